"""The whole product beside a measurement: its real processes, made busy and watched to the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

import psutil
from sqlalchemy import update
from sqlalchemy.orm import Session

from bench.playing import WORDS
from cli import stack
from cli.seeding import definitions
from config.settings import override
from pipeline.records import Outlet, OutletFeed
from store import feeds, schema, seed, waiting, work
from store.models import DocumentRow, FeedRow, InstalmentRow, StoryRow
from store.session import engine, transaction

YEAR = 86400 * 365
PATIENCE = 300.0  # seconds in which a piece of work must come to its end
LOOK_EVERY = 0.1  # seconds between questions whether anything waits


class NotThrough(Exception):
    """Some work did not come to its end; the text says what waits."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the product's processes used over some time."""

    cpu: Mapping[str, float]  # seconds, by kind of process
    seconds: float  # on the clock

    @property
    def total(self) -> float:
        """CPU seconds of all processes together."""
        return sum(self.cpu.values())


@dataclass(slots=True)
class Whole:
    """A running product. The measuring process itself, and what else it started, is not counted."""

    running: stack.Running
    ids: dict[str, int]  # of feeds, by url
    _kinds: dict[psutil.Process, str] = field(default_factory=dict)
    _pause: Event = field(default_factory=Event)

    @contextmanager
    def counted(self) -> Iterator[list[Cost]]:
        """What runs in the block is counted; the list holds the cost afterwards."""
        found: list[Cost] = []
        before, began = self._used(), monotonic()
        yield found
        spent = self._used()
        spent.subtract(before)
        found.append(Cost({k: s for k, s in spent.most_common() if s > 0}, monotonic() - began))

    def poll(self, urls: Sequence[str] = (), *, patience: float = PATIENCE) -> Cost:
        """Make these feeds due, or all, and wait until nothing waits any more: drafts included."""
        chosen = [self.ids[url] for url in urls] or list(self.ids.values())
        with self.counted() as cost:
            with transaction() as session:
                work.wake(session, FeedRow, chosen)
            self.wait(patience)
        return cost[0]

    def wait(self, patience: float = PATIENCE) -> None:
        """Return when nothing waits at any stage. Raises NotThrough if that takes too long."""
        give_up = monotonic() + patience
        # One connection for all looks: a new one for each would be the server's work, not ours.
        with engine().connect() as connection, Session(connection) as session:
            while waiting.is_waiting(session, FeedRow, DocumentRow, StoryRow, InstalmentRow):
                session.rollback()
                self.running.check()
                if monotonic() > give_up:
                    raise NotThrough(f"still waiting after {patience:.0f} s: {self._stuck()}")
                self._pause.wait(LOOK_EVERY)

    def idle(self, seconds: float) -> Cost:
        """What the processes use when there is nothing to do."""
        with self.counted() as cost:
            self._pause.wait(seconds)
        return cost[0]

    def _stuck(self) -> str:
        with transaction() as session:
            stages = [stage for stage in waiting.stages(session) if stage.ready + stage.leased]
        return ", ".join(f"{s.stage}: {s.ready} ready, {s.leased} leased" for s in stages)

    def _used(self) -> Counter[str]:
        """CPU seconds of every process since its start, those of children that ended included."""
        used: dict[str, float] = defaultdict(float)
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if process not in self._kinds:
                    words = " ".join(process.cmdline())
                    self._kinds[process] = next((k for w, k in WORDS.items() if w in words), "")
                if kind := self._kinds[process]:
                    t = process.cpu_times()
                    used[kind] += t.user + t.system + t.children_user + t.children_system
        return Counter(used)


@contextmanager
def whole(
    urls: Mapping[str, str], *, port: int, told: Mapping[str, str] | None = None
) -> Iterator[Whole]:
    """The product following feeds (host by url), all of .example led to one port; ended with us.

    The series that ship with it are in force; `told` are settings besides. No feed is due.
    """
    with stack.servers(None) as running:
        override(
            allow_inside=f"127.0.0.1/32:{port}",
            connect_to=f"*.example=127.0.0.1:{port}",
            **(told or {}),
        )
        schema.migrate(engine())
        outlets = [
            Outlet(
                key=f"{host.replace('.', '-')}-{number}",
                name=host,
                homepage=f"https://{host}/",
                language="en",
                feeds=(OutletFeed(url=url, title=host),),
            )
            for number, (url, host) in enumerate(urls.items())
        ]
        with transaction() as session:
            seed.put_outlets(session, outlets)
            seed.put_series(session, definitions())
            # Polled when the measurement says so, and not once more before it is over.
            session.execute(update(FeedRow).values(interval_seconds=86400))
            feeds.postpone(session, seconds=YEAR)
        running.start_processes(parsers=2, desk=False, port=None)
        with transaction() as session:
            ids = feeds.ids_by_url(session)
        yield Whole(running, ids)
