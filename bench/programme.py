"""Days among publishers that stall, burst and lie: what is lost, doubled, misbehaved.

    python -m bench programme
    python -m bench.programme [--days N] [--only NAME] [--who ours|reader] [--breaches N]

The publishers are bench/gazettes.py behind a real server, the judge is bench/referee.py. Ours is
the product's own: its tasks, one after another in this process as Celery runs them without a
broker, in the order of the shipped timetable, its one HTTP client over loopback, and PostgreSQL.
Simulated are two things: the database's clock (bench/shifted.py), and the wait for a server that
stalls: ours gives up after two seconds, the server after four. Dispatch is rung every twenty
seconds, if a feed falls due then, and every minute where a group makes its feeds wait; what else
the timetable has, every ten minutes or as seldom as it says.

reader, polled for every 15 minutes with its own clock told the same moments, polls what is due by
its own rules (`scheduled=True`: it honours Retry-After and max-age); a second world of the same
seed is shown to it, through a proxy, as it has no other way to reach names that do not exist.
"""

import argparse
import logging
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import text

from bench.gazettes import DAY, HOUR, MARK, MINUTE, START, Gazette, World, full_programme
from bench.reader_side import PeerFailed, reader
from bench.referee import BREACHES, Held, Score, score
from bench.shifted import set_clock, shift
from cli import stack
from cli.origin import serving
from cli.output import Progress
from cli.seeding import definitions
from config.settings import override, settings
from config.timetable import timetable
from pipeline.records import Outlet, OutletFeed
from store import schema, seed
from store.session import engine, transaction

DAYS = 2  # in five one also sees a redirect adopted and a lying validator found out
SEED = 3
TOLD = {"fetch_deadline": "2", "host_gap_seconds": "5"}  # seconds; the second is the shipped one
STALLS = {"between_drips": 0.2, "patience": 4.0}  # seconds
INTERVALS = {"outlet": 900, "wire": 300}
STEP = timedelta(seconds=20)  # between two dispatches, at least
SLOWEST = 12  # gazettes of which we tell how late their stories were seen
SELDOM = 10 * MINUTE  # between two rings of what is rung besides, at least

HELD = """
SELECT f.url, v.title || ' ' || v.summary || ' ' || v.text, s.first_seen_at,
       (SELECT count(*) FROM story_versions x
        WHERE x.story_id = s.id AND x.kind NOT IN ('first', 'date_only'))
FROM stories s
JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
JOIN feeds f ON f.id = s.feed_id
WHERE s.merged_into IS NULL
"""
_MARKED = re.compile(MARK + r"([0-9a-f]{6})")


@dataclass(slots=True)
class Clock:
    """The one clock of a world."""

    now: datetime = START

    def __call__(self) -> datetime:
        """What time it is there."""
        return self.now


@dataclass(slots=True)
class Ran:
    """One reader through the programme."""

    score: Score
    seconds: float  # real ones
    states: Mapping[str, str] = field(default_factory=dict)  # of feeds at the end, by gazette
    failures: Counter[str] = field(default_factory=Counter)  # of our tasks, by what they said


# --- ours


def ours(gazettes: Sequence[Gazette], until: datetime) -> Ran:
    """The product through the programme."""
    clock = Clock()
    world = World(gazettes, clock)
    began = monotonic()
    with ExitStack() as ending:
        port = ending.enter_context(serving(world.answer, **STALLS))
        ending.enter_context(stack.servers(None))
        shift(engine())
        set_clock(engine(), START)
        connect_to = ",".join(f"{host}=127.0.0.1:{port}" for host in world.hosts)
        override(connect_to=connect_to, **TOLD)
        schema.migrate(engine())
        _follow(gazettes)
        product = _Product(clock, world)
        progress = Progress(int((until - START) / HOUR), "simulated hours")
        while clock.now < until:
            product.tick()
            progress.at(int((clock.now - START) / HOUR), f"{len(world.log)} requests")
        progress.close()
        with transaction() as session:
            rows = session.execute(text(HELD)).all()
            told = session.execute(text("SELECT url, state || ': ' || reason FROM feeds")).all()
    gap = timedelta(seconds=settings().host_gap_seconds)
    judged = score(world, list(_held(rows)), until=until, gap=gap)
    by_url = {g.url: g.name for g in gazettes}
    states = {by_url.get(url, url): said for url, said in told}
    return Ran(judged, monotonic() - began, states, product.failures)


def _follow(gazettes: Sequence[Gazette]) -> None:
    outlets = [
        Outlet(
            key=gazette.name,
            name=gazette.name,
            kind=gazette.kind,
            homepage=f"https://{gazette.host}/",
            language="en",
            feeds=(OutletFeed(url=gazette.url, interval_seconds=INTERVALS[gazette.kind]),),
        )
        for gazette in gazettes
    ]
    with transaction() as session:
        seed.put_outlets(session, outlets)
        seed.put_series(session, definitions())


class _Product:
    """Our tasks without a broker: what one rings is done on the spot."""

    def __init__(self, clock: Clock, world: World) -> None:
        from workers import tasks  # noqa: PLC0415  # reads the settings, known only by now
        from workers.app import app  # noqa: PLC0415  # so does this

        app.conf.task_always_eager = True
        self._tasks = tasks
        self._clock = clock
        self._world = world
        self._rounds = {
            str(entry["task"]): max(SELDOM, timedelta(seconds=float(str(entry["schedule"]))))
            for entry in timetable(settings()).values()
            if entry["task"] != "workers.dispatch"
        }
        self._next_round = dict.fromkeys(self._rounds, START)
        self._failed = _Failures()
        logging.getLogger("celery.app.trace").addHandler(self._failed)

    @property
    def failures(self) -> Counter[str]:
        """What our tasks failed with."""
        return self._failed.said

    def tick(self) -> None:
        """One round of beat, and on to the next: sooner while there is something to do."""
        before = len(self._world.log)
        self._ring("workers.dispatch")
        for task, every in self._rounds.items():
            if self._clock.now >= self._next_round[task]:
                self._ring(task)
                self._next_round[task] = self._clock.now + every
        self._clock.now = self._next(is_busy=len(self._world.log) > before)
        set_clock(engine(), self._clock.now)

    def _next(self, *, is_busy: bool) -> datetime:
        """The next round at which there is something to do; the very next after work."""
        now = self._clock.now
        if is_busy:
            return now + STEP
        with engine().connect() as connection:
            due = connection.scalar(text("SELECT min(due_at) FROM feeds"))
        # A feed that is due and was not polled waits for its group.
        soon = now + MINUTE if due is None or due <= now else due
        rounds = -(-(min(soon, *self._next_round.values()) - now) // STEP)
        return now + STEP * max(1, rounds)

    def _ring(self, task: str) -> None:
        getattr(self._tasks, task.removeprefix("workers.")).apply_async(())


class _Failures(logging.Handler):
    """Counts what Celery says of tasks that failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of one."""
        said = getattr(record, "data", {})
        self.said[f"{said.get('name')}: {said.get('exc')}"[:300]] += 1


def _held(rows: Sequence[tuple[str, str, datetime, int]]) -> Iterator[Held]:
    for url, words, first_seen, updates in rows:
        marked = _MARKED.search(words)
        yield Held(marked[1] if marked else "", url, first_seen, updates)


# --- reader


def theirs(gazettes: Sequence[Gazette], until: datetime) -> Ran:
    """The peer through the same days. Raises PeerFailed."""
    clock = Clock()
    world = World(gazettes, clock)
    began = monotonic()
    with (
        serving(world.answer, **STALLS) as port,
        reader(proxy=f"http://127.0.0.1:{port}") as peer,
    ):
        peer.follow([gazette.url for gazette in gazettes])
        peer.every(15)
        while clock.now < until:
            peer.poll_at(clock.now)
            clock.now += 15 * MINUTE
        entries = peer.entries()
    held = []
    for entry in entries:
        marked = _MARKED.search(f"{entry['summary']} {entry['content']}")
        seen = datetime.fromisoformat(entry["added"])
        held.append(Held(marked[1] if marked else "", entry["feed"], seen, entry["changes"]))
    judged = score(world, held, until=until, gap=timedelta(seconds=5))
    return Ran(judged, monotonic() - began)


# --- the table


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; 1 if ours lost, doubled or wrongly changed a story, or was impolite."""
    parser = argparse.ArgumentParser(prog="bench programme", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--only", help="gazettes whose name begins so")
    parser.add_argument("--who", choices=("ours", "reader"), help="one of the two alone")
    parser.add_argument("--breaches", type=int, default=20, help="how many of each to print")
    args = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    random.seed(SEED)
    until = START + args.days * DAY
    ran: dict[str, Ran] = {}
    if args.who != "reader":
        ran["ours"] = ours(_gazettes(args.days, args.only), until)
    if args.who != "ours":
        try:
            ran["reader"] = theirs(_gazettes(args.days, args.only), until)
        except PeerFailed as problem:
            print(f"NOT MEASURED: {problem}")
    print("\n".join(_table(ran, args.days, args.breaches)))
    if "ours" not in ran:
        return 0
    mine = ran["ours"].score
    bad = (mine.lost, mine.doubled, mine.false_updates, mine.breaches, ran["ours"].failures)
    return int(any(bad))


def _gazettes(days: int, only: str | None) -> list[Gazette]:
    found = full_programme(days * DAY)
    return [gazette for gazette in found if gazette.name.startswith(only or "")]


def _table(ran: Mapping[str, Ran], days: int, shown: int) -> Iterator[str]:
    scores = [one.score for one in ran.values()]
    yield f"{f'{days} days':56}" + "".join(f"{name:>12}" for name in ran)
    yield _row("requests", [one.requests for one in scores])
    yield _row("answered 304", [one.not_modified for one in scores])
    yield _row("megabytes of documents", [one.bytes / 1e6 for one in scores])
    yield _row("stories offered long enough", [one.offered for one in scores])
    yield _row("lost", [len(one.lost) for one in scores])
    yield _row("doubled", [len(one.doubled) for one in scores])
    yield _row("false updates", [one.false_updates.total() for one in scores])
    yield _row("held, but never published", [one.unknown for one in scores])
    yield _row("minutes to first sight, median", [one.latency[0] for one in scores])
    yield _row("minutes to first sight, p95", [one.latency[1] for one in scores])
    yield _row(
        "  the same of those always well, median", [one.latency_of_well[0] for one in scores]
    )
    yield _row("  the same of those always well, p95", [one.latency_of_well[1] for one in scores])
    for kind, words in BREACHES.items():
        yield _row(words, [one.count(kind) for one in scores])
    yield _row("real seconds it took", [one.seconds for one in ran.values()])
    for name, one in ran.items():
        yield from _details(name, one, shown)


def _row(name: str, numbers: Sequence[float]) -> str:
    cells = (f"{number:12}" if isinstance(number, int) else f"{number:12.1f}" for number in numbers)
    return f"{name:56}" + "".join(cells)


def _details(name: str, one: Ran, shown: int) -> Iterator[str]:
    judged = one.score
    for title, found in (("lost", judged.lost), ("doubled", judged.doubled)):
        by = Counter(entry.partition(" ")[0] for entry in found)
        if by:
            yield f"{name}: {title} of " + ", ".join(f"{g} {n}" for g, n in by.most_common())
    if judged.false_updates:
        by = judged.false_updates
        yield f"{name}: false updates of " + ", ".join(f"{g} {n}" for g, n in by.most_common())
    slowest = list(judged.latency_by_gazette.items())
    yield f"{name}: minutes to first sight, median and p95, of the slowest: " + ", ".join(
        f"{gazette} {median:.0f} {p95:.0f}" for gazette, (median, p95) in slowest[:SLOWEST]
    )
    for kind in BREACHES:
        of_kind = [breach for breach in judged.breaches if breach.kind == kind]
        by = Counter(breach.gazette for breach in of_kind)
        if by:
            yield f"{name}: {kind}: " + ", ".join(f"{g} {n}" for g, n in by.most_common())
        if name == "ours":
            for breach in of_kind[:shown]:
                yield f"    {breach.at:%a %H:%M:%S} {breach.gazette}: {breach.what}"
    for said, times in one.failures.most_common(5):
        yield f"{name}: a task failed {times} times: {said}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
