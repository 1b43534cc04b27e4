"""How a worker ends when it is asked to: in a while, and with nothing left under its leases.

Celery takes on nothing new from then on and waits for the tasks in hand, however long they take.
So the stretches that do many things look here between two of them and leave the rest; and what is
in hand still when the time is up is handed back: its rows are free at once, and whoever takes them
does the work anew. A thread that was started before sees to that, for the main one is waiting.

SIGTERM, SIGINT and SIGHUP ask it so. SIGQUIT, or SIGINT once more, asks for the end at once:
nothing is waited for, all is handed back.
"""

import logging
import mmap
import os
import select
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

import psutil
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from store import work
from store.session import transaction

log = logging.getLogger(__name__)

TRIES = 5  # looks after what somebody was just writing: it is committed in a moment
PAUSE = 0.2
IN_TIME, AT_ONCE = b".", b"!"
LOCK_SECONDS = 2  # a table that somebody holds longer is left: its rows wait for the lease's end

_asked = mmap.mmap(-1, 1)  # seen by the processes that are forked, too


def ask() -> None:
    """Note that this process and those it has forked are to end soon."""
    _asked[0] = 1


def is_asked() -> bool:
    """Whether what can wait should be left to others."""
    return _asked[0] == 1


def forget() -> None:
    """As if nobody had asked: for a test, which is one of many in a process."""
    _asked[0] = 0


class Ending:
    """Sees to it that this worker ends within so many seconds of being asked.

    `on` is an engine that nobody else uses. `in_hand` says what is being done, for the log.
    """

    def __init__(self, seconds: float, on: Engine, in_hand: Callable[[], Iterable[str]]) -> None:
        self._seconds = seconds
        self._on = on
        self._in_hand = in_hand
        self._read, self._write = os.pipe()
        self._pid = os.getpid()
        Thread(target=self._watch, name="ending", daemon=True).start()

    def ask(self) -> None:
        """The time runs from now on. May be called by whoever handles a signal, and twice."""
        self._say(IN_TIME)

    def hurry(self) -> None:
        """No time is left: all that is in hand is handed back now. May be called like `ask`."""
        self._say(AT_ONCE)

    def _say(self, how: bytes) -> None:
        if os.getpid() == self._pid:  # who was forked from us has the handlers, too
            ask()
            os.write(self._write, how)

    def over(self) -> None:
        """All tasks have ended: free what a child may have left that died meanwhile."""
        hand_back(self._on)

    def _watch(self) -> None:
        heard = os.read(self._read, 1)
        began = monotonic()
        while heard != AT_ONCE and (more := began + self._seconds - monotonic()) > 0:
            if select.select([self._read], [], [], more)[0]:
                heard = os.read(self._read, 1)
        left = sorted(self._in_hand())
        log.warning(
            "not done within the time there is, handed back to others",
            extra={"tasks": left, "seconds": round(monotonic() - began, 1)},
        )
        if _kill_children():
            _end_sessions(self._on)
        hand_back(self._on)
        os._exit(0)


def hand_back(on: Engine) -> dict[str, list[int]]:
    """Free all that is still ours, table by table; gives what was."""
    freed: dict[str, list[int]] = {}
    for table in work.TABLES:
        name = table.__tablename__
        try:
            if ids := _freed(table, on):
                freed[name] = ids
        except SQLAlchemyError as problem:
            log.warning("not handed back: %s", problem, extra={"table": name})
    if freed:
        log.warning("handed back", extra=freed)
    return freed


def _freed(table: work.Table, on: Engine) -> list[int]:
    """Free rows of one table. Who still writes some is given a moment, then their session ends."""
    freed: list[int] = []
    for number in range(TRIES):
        with transaction(on) as session:
            session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            ids, left = work.hand_back(session, table)
            freed += ids
            if not left:
                break
            if number == TRIES - 2:
                work.end_sessions(session)
        Event().wait(PAUSE)
    return freed


def _kill_children() -> bool:
    """Kill them all; whether there were any."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=2)
    return bool(children)


def _end_sessions(on: Engine) -> None:
    """End what the killed were doing in the database.

    It goes on with a statement until it looks for who asked, and keeps its locks: whoever claims
    the row meanwhile that was handed back finds it taken, and leaves it to the next sweep.
    """
    try:
        with transaction(on) as session:
            work.end_sessions(session)
    except SQLAlchemyError as problem:
        log.warning("sessions not ended: %s", problem)
