"""Signs of life: a file's time for health checks, and a row for the alarms."""

import logging
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from kombu.exceptions import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config.settings import settings
from store import waiting
from store.session import transaction

log = logging.getLogger(__name__)

TICK_SECONDS = 20.0  # how often a worker's row is brought up to date
STILL = 60.0  # a loop that has not come round for so long stands still: its row shall show it

SAY_AGAIN = 60.0  # seconds until beat says once more that nobody can be rung

_last: list[float] = []  # empty or one: when the loop last came round


def touch() -> None:
    """Note that this process is doing its rounds, if it was told where."""
    _last[:] = [monotonic()]
    if settings().alive_file:
        Path(settings().alive_file).touch()


def age() -> float | None:
    """Seconds since the loop came round; None before the first time."""
    return monotonic() - _last[0] if _last else None


def tick_in_rows(name: str, on: Engine) -> None:
    """Keep the row of this kind of worker up to date while its loop comes round; from a thread.

    `on` is an engine that nobody else uses: the pool may fork while a statement is under way.
    """

    def tick() -> None:
        while not Event().wait(TICK_SECONDS):
            still = age()
            if still is None or still > STILL:
                continue
            try:
                with transaction(on) as session:
                    waiting.note_tick(session, name)
            except SQLAlchemyError as problem:  # the alarm on the row says it better than we could
                log.debug("no tick: %s", problem)

    Thread(target=tick, name="ticks", daemon=True).start()


class Rounds(Scheduler):
    """Beat's schedule, kept in memory: what is due stands in rows, so there is nothing to save."""

    _said: float | None = None  # when it was last said that the broker does not answer

    def tick(self, *args: object, **kwargs: object) -> float:
        """Ring what is due; gives the seconds until the next time."""
        touch()
        return super().tick(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        """Ring for one. Each round tries anew: a broker that is away is told of in a line.

        Celery's own words are a traceback for every bell, half a million lines an hour.
        """
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except SchedulingError as problem:
            if isinstance(problem.__context__, OperationalError):
                self._say_once_a_while(problem.__context__)
            else:
                log.exception("cannot be rung: %s", entry.name)
        else:
            if self._said is not None:
                log.warning("the broker answers again")
                self._said = None

    def _say_once_a_while(self, problem: Exception) -> None:
        now = monotonic()
        if self._said is None or now - self._said > SAY_AGAIN:
            self._said = now
            log.warning("the broker does not answer, nothing is rung until it does: %s", problem)
