"""A simulated day of a thousand feeds through the real stack: does memory or any table grow?

    python -m bench soak [--feeds N] [--hours H] [--speed S] [--keep-samples FILE]

The processes are those the product starts itself: beat, a fetch worker, a parse worker with two
children, the desk, PostgreSQL and Redis. The publishers are invented (bench/soak_origin.py): most
answer with validators, some without, some fail, are gone, move, refuse, flap, are slow or silent;
they copy from one another and change titles. An editor decides and writes at the desk.

Which clock is fast: the database's, and so every time in rows. Polls fall due, leases end, windows
close, days turn and retention strikes at S times the usual speed. The rounds that beat rings are as
frequent per simulated hour as in production, but none comes more often than every real second;
what that leaves out (of dispatch, wishes and pages nearly all) is printed.

Which clock is not: what a process counts by itself. So leases are told as S times longer, that is
as long as always on the wall; limits of tasks are as good as off; a child of the pool is replaced
after as many tasks as always; a request may take three seconds. PostgreSQL vacuums by the wall
too, so it is told to look S times as often; and a connection to it, used for an hour in production,
is used for an hour of the database's: its server process holds open every file that it read.

At the end the clock leaps two years and retention is rung until it has come through, to see that
what may not stay goes. 1 if a process or a table grows that should not, or something stays.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import soak_report
from bench.scripted import Editor
from bench.soak_clock import Fast, begin, go_on
from bench.soak_origin import Origin, Publishers, origin
from bench.soak_samples import Family, Sample, take
from bench.whole import LOOK_EVERY, NotThrough
from cli import stack
from cli.seeding import definitions
from cli.supervisor import Program
from config.settings import environment, override, settings
from pipeline.records import Outlet, OutletFeed
from store import feeds as store_feeds
from store import retention, schema, seed, users, waiting, work
from store.models import DocumentRow, FeedRow, InstalmentRow, RetentionRow, StoryRow
from store.session import engine, transaction

FEEDS, HOURS, SPEED = 1_000, 24.0, 48.0
ENTRIES = 6  # in a document
RHYTHM = 900  # seconds, as feeds have it that nobody told otherwise
EVERY = 5.0  # real seconds between two samples
TABLES_EVERY = 6  # samples: every row of every table is counted with so many
FASTEST = 1.0  # real seconds between two rounds
TURN = 3.0  # real seconds between two deeds of the editor
LEAP = timedelta(days=732)
FIRST_PATIENCE = 900.0  # real seconds for the first poll of all feeds
PATIENCE = 240.0  # and for retention
# Feeds that were never asked, and work that waits but for a little: time goes on meanwhile.
UNREAD = """
SELECT (SELECT count(*) FROM feeds WHERE last_attempt_at IS NULL) + greatest(0, -20
    + (SELECT count(*) FROM documents WHERE work_state = 'ready')
    + (SELECT count(*) FROM stories WHERE work_state = 'ready'))
"""
RETAINING = "SELECT count(*) FROM retention WHERE due_at <= now() OR lease_until > now()"
PASSWORD = "a-long-night-of-polls"  # noqa: S105  # of a stack that is gone afterwards
SPREAD = """
UPDATE feeds SET interval_seconds = :rhythm,
    due_at = now() + (row_number - 1) * interval '1 second' * :rhythm / :feeds
FROM (SELECT id AS of_id, row_number() OVER (ORDER BY id) FROM feeds) AS numbered
WHERE id = of_id
"""


@dataclass(slots=True)
class Soaked:
    """What was seen, from the first simulated minute to the last, and after the leap."""

    feeds: int
    hours: float
    speed: float
    samples: list[Sample]
    cpu: dict[str, float]  # seconds, by kind of process, over the samples
    answers: dict[str, int]  # of the publishers, by status
    editor: Editor
    rounds: dict[str, tuple[float, float]]  # rung an hour: here, in production
    before: Sample | None = None  # the leap
    after: Sample | None = None
    let_go: dict[str, int] = field(default_factory=dict)  # rows, by rule, in the leap
    left: dict[str, int] = field(default_factory=dict)  # what each rule would still take then
    real_seconds: float = 0.0
    not_through: str = ""  # why the leap was not seen to its end


@dataclass(slots=True)
class _Stack:
    """The running stack, and what looks at it."""

    running: stack.Running
    server: Origin
    family: Family
    broker: redis.Redis
    clock: Fast
    began: Fast  # the clock with which the hours are counted
    pause: Event = field(default_factory=Event)

    def sample(self, *, tables: bool) -> Sample:
        now = datetime.now(UTC)  # noqa: TID251  # a measurement in real time
        return take(self.began.hours(now), self.family, engine(), self.broker, tables=tables)


def soak(feeds: int, *, hours: float, speed: float) -> Soaked:
    """So many feeds for so many simulated hours. Raises NotThrough if the start is not done."""
    began = datetime.now(UTC)  # noqa: TID251  # a measurement in real time
    publishers = Publishers("soak", began, feeds=feeds, entries=ENTRIES)
    with stack.servers(None) as running:
        # Not at the whole speed yet: everything comes at once, but hosts want their pauses.
        clock = go_on(engine(), begin(engine()), speed=speed / 4)
        with origin(publishers, clock) as server, _told(running, publishers, server.port, speed):
            broker = redis.Redis.from_url(_broker_of(settings().broker_url))
            watched = _Stack(running, server, Family(frozenset({server.pid})), broker, clock, clock)
            _until(watched, FIRST_PATIENCE, lambda session: not session.scalar(text(UNREAD)))
            return _hours(watched, feeds, hours, speed)


def _hours(watched: _Stack, feeds: int, hours: float, speed: float) -> Soaked:
    """The simulated hours, with an editor beside them, and the leap after them."""
    with transaction() as session:
        session.execute(text(SPREAD), {"rhythm": RHYTHM, "feeds": feeds})
    watched.began = watched.clock = go_on(engine(), watched.clock, speed=speed)
    watched.server.go_by(watched.clock)
    editor = Editor(watched.running.desk_url, "editor", PASSWORD, 1, pause=TURN)
    over = Event()
    beside = Thread(target=editor.work, args=(over,), daemon=True)
    beside.start()
    samples = [watched.sample(tables=True)]
    cpu, answered = watched.family.cpu, watched.server.counts()
    try:
        while samples[-1].hours < hours:
            watched.pause.wait(EVERY)
            watched.running.check()
            samples.append(watched.sample(tables=len(samples) % TABLES_EVERY == 0))
            if len(samples) % (TABLES_EVERY * 2) == 0:
                print(soak_report.progress(samples[-1]), flush=True)
    finally:
        over.set()
        beside.join()
    soaked = Soaked(
        feeds=feeds,
        hours=hours,
        speed=speed,
        samples=samples,
        cpu={k: s - cpu.get(k, 0.0) for k, s in watched.family.cpu.items()},
        answers={k: n - answered.get(k, 0) for k, n in watched.server.counts().items()},
        editor=editor,
        rounds=_rounds(speed),
        real_seconds=samples[-1].hours * 3600 / speed,
    )
    try:
        _leap(watched, soaked)
    except NotThrough as problem:  # the day itself was measured
        soaked.not_through = str(problem)
    return soaked


def _leap(watched: _Stack, soaked: Soaked) -> None:
    """Two years on, with nothing new: what retention lets go of, and what stays."""
    with transaction() as session:
        store_feeds.postpone(session, seconds=2 * LEAP.total_seconds())
    _wait(watched, PATIENCE, DocumentRow, StoryRow, InstalmentRow)
    soaked.before = watched.sample(tables=True)
    before = _let_go()
    watched.clock = go_on(engine(), watched.clock, speed=1.0, skip=LEAP)
    watched.server.go_by(watched.clock)
    watched.running.ring("let_go")
    _until(watched, PATIENCE, lambda session: not session.scalar(text(RETAINING)))
    watched.running.ring("turn_days")
    watched.pause.wait(5.0)
    soaked.after = watched.sample(tables=True)
    soaked.left = _left()
    soaked.let_go = {rule: rows - before.get(rule, 0) for rule, rows in _let_go().items()}


def _left() -> dict[str, int]:
    """What each rule would take if it were asked once more; nothing is taken."""
    with Session(engine()) as session:  # never committed
        upto = {row.rule: row.upto for row in session.query(RetentionRow)}
        found = {}
        for name, rule in retention.RULES.items():
            days = rule.days(settings())
            found[name] = rule.sweep(session, upto.get(name, 0), days).let_go
    return found


def _let_go() -> dict[str, int]:
    with transaction() as session:
        return {row.rule: row.let_go for row in session.query(RetentionRow)}


def _wait(watched: _Stack, patience: float, *tables: work.Table) -> None:
    """Return when nothing waits in these tables. Raises NotThrough after so many real seconds."""
    _until(watched, patience, lambda session: not waiting.is_waiting(session, *tables))


def _until(watched: _Stack, patience: float, is_so: Callable[[Session], bool]) -> None:
    give_up = monotonic() + patience
    while True:
        with transaction() as session:
            if is_so(session):
                return
        watched.running.check()
        if monotonic() > give_up:
            raise NotThrough(f"still waiting after {patience:.0f} s")
        watched.pause.wait(LOOK_EVERY)


@contextmanager
def _told(
    running: stack.Running, publishers: Publishers, port: int, speed: float
) -> Iterator[None]:
    """The product with these feeds, its processes started, every feed due."""
    override(
        allow_inside=f"127.0.0.1/32:{port}",
        connect_to=f"*.example=127.0.0.1:{port}",
        fetch_deadline="3",
        lease_seconds=str(int(180 * speed)),
        connection_seconds=str(max(1, int(3600 / speed))),
        sweep_seconds=str(30 * speed),  # to workers it is how long a bell may take: by the wall
    )
    schema.migrate(engine())
    outlets = [
        Outlet(
            key=f"gazette-{feed}",
            name=publishers.name(feed),
            homepage=f"https://{publishers.name(feed)}/",
            language="en",
            feeds=(OutletFeed(url=url, title=f"Gazette {feed}"),),
        )
        for feed, url in publishers.asked_at.items()
    ]
    with transaction() as session:
        seed.put_outlets(session, outlets)
        seed.put_series(session, definitions())
        users.add(session, name="editor", password=PASSWORD, role="chief")
        work.wake(session, FeedRow, [row.id for row in session.query(FeedRow)])
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER SYSTEM SET autovacuum_naptime = {max(1, int(60 / speed))}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    _start(running, "fetch", "worker", "--kind", "fetch", "--concurrency", str(stack.FETCHERS))
    _start(running, "parse", "worker", "--kind", "parse", "--concurrency", "2")
    override(desk_port=str(stack.free_port()))
    running.desk_url = f"http://127.0.0.1:{settings().desk_port}/"
    _start(running, "desk", "desk")
    override(**{f"{name}_seconds": str(every) for name, every in _beats(speed).items()})
    _start(running, "beat", "beat")
    yield


def _start(running: stack.Running, name: str, *verb: str) -> None:
    argv = (sys.executable, "-m", "cli.main", *verb)
    told = environment() | {"TMPDIR": str(running.scratch), stack.ENDS: str(stack.END_SECONDS)}
    patience = stack.END_SECONDS + stack.MARGIN  # it hands back what it has not finished by then
    running.servers.supervisor.start(Program(name=name, argv=argv, env=told, patience=patience))


def _usual() -> dict[str, float]:
    """How often each round is rung in production, in seconds."""
    usual = type(settings())(database_url="")
    names = ("dispatch", "sweep", "watch", "count", "pages", "learn")
    return {name: float(getattr(usual, f"{name}_seconds")) for name in names}


def _beats(speed: float) -> dict[str, float]:
    """And here, in seconds by the wall."""
    return {name: max(FASTEST, every / speed) for name, every in _usual().items()}


def _rounds(speed: float) -> dict[str, tuple[float, float]]:
    here = _beats(speed)
    return {name: (3600 / speed / here[name], 3600 / every) for name, every in _usual().items()}


def _broker_of(url: str) -> str:
    """The broker's address in the words of its own library."""
    return url.replace("redis+socket://", "unix://", 1).partition("?")[0]


def main(words: Sequence[str] | None = None) -> int:
    """Print slopes and verdicts; 1 if something grows that should not, or stays that should go."""
    parser = argparse.ArgumentParser(prog="bench soak", description=__doc__)
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--hours", type=float, default=HOURS)
    parser.add_argument("--speed", type=float, default=SPEED)
    parser.add_argument("--keep-samples", type=Path, help="write every sample there, as JSON")
    args = parser.parse_args(words)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; the publishers share them")
    try:
        soaked = soak(args.feeds, hours=args.hours, speed=args.speed)
    except NotThrough as problem:
        print(f"NOT MEASURED: {problem}")
        return 1
    if args.keep_samples:
        args.keep_samples.write_text(json.dumps([asdict(one) for one in soaked.samples]))
    lines, is_sound = soak_report.report(soaked)
    print("\n".join(lines))
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
