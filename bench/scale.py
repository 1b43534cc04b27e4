"""How many feeds two cores carry at a five-minute rhythm, and what gives way first.

    python -m bench scale
    python -m bench.scale [--feeds N]... [--minutes N]

The real processes in real time, as shipped, on feeds that each publish a story every twenty
minutes; all have been read once before, and fall due evenly over five minutes. Printed are the CPU
seconds a minute by kind of process, how late polls were, and how long it took from a story's
publication, and from the poll that found it, until it was tagged, placed and matched. The server
is a process of its own and not counted, but it has its share of the same cores.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event
from urllib.parse import urlsplit

from sqlalchemy import text

from bench.newsroom_feeds import Newsroom
from bench.whole import Cost, NotThrough, whole
from cli.origin import Asked, Reply, serving
from store.session import transaction

FEEDS = (1_000, 10_000)
RHYTHM = 300  # seconds
MINUTES = 6.0
FIRST = 10_000  # stories read before the measurement, over all feeds: history, not the question
MOST_ENTRIES = 8

SPREAD = """
UPDATE feeds SET interval_seconds = :rhythm,
    due_at = now() + (row_number - 1) * interval '1 second' * :rhythm / :feeds
FROM (SELECT id AS of_id, row_number() OVER (ORDER BY id) FROM feeds) AS numbered
WHERE id = of_id
"""
DELAYS = """
SELECT extract(epoch FROM s.due_at - v.published_at), extract(epoch FROM s.due_at - v.seen_at)
FROM stories s JOIN story_versions v ON v.story_id = s.id AND v.number = 1
WHERE s.work_state = 'done' AND v.published_at >= :since
"""
LATE = """
SELECT extract(epoch FROM now() - due_at) FROM feeds WHERE due_at <= now()
"""
WAITING = """
SELECT (SELECT count(*) FROM documents WHERE work_state = 'ready'),
       (SELECT count(*) FROM stories WHERE work_state = 'ready')
"""


def _serve(told: Connection, newsroom: Newsroom) -> None:
    """Serve the newsroom as it is at each moment; a "asked" is answered with who came when."""
    feeds = {newsroom.path(feed): feed for feed in range(newsroom.feeds)}
    asked: list[tuple[int, float, int]] = []

    def answer(one: Asked) -> Reply:
        now = datetime.now(UTC)  # noqa: TID251  # the publishers' own clock
        feed = feeds[urlsplit(one.path).path]
        newer = newsroom.newer(feed, now)
        headers = {"ETag": f'"{newer}"', "Content-Type": "application/rss+xml"}
        if one.headers.get("if-none-match") == headers["ETag"]:
            reply = Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        else:
            reply = Reply(headers=headers, body=newsroom.document(feed, newer=newer))
        asked.append((feed, now.timestamp(), reply.status))
        return reply

    with serving(answer) as port:
        told.send(port)
        while told.recv() is not None:
            told.send(asked)


@contextmanager
def _server(newsroom: Newsroom) -> Iterator[tuple[int, Connection]]:
    ours, its = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(its, newsroom), daemon=True)
    process.start()
    its.close()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(None)
        process.join(10)
        process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What came of so many feeds."""

    feeds: int
    minutes: float
    cost: Cost
    polls: int
    with_news: int
    gaps: Sequence[float]  # seconds between two polls of one feed
    overdue: Sequence[float]  # seconds by which feeds were late at the end
    to_queue: Sequence[float]  # seconds from publication
    after_poll: Sequence[float]  # seconds from the poll that found it
    waiting: tuple[int, int]  # documents and stories at the end


def carry(feeds: int, *, minutes: float) -> Carried:
    """So many feeds for so many minutes. Raises NotThrough if not even the start is done."""
    began = datetime.now(UTC)  # noqa: TID251  # a measurement in real time
    entries = max(1, min(MOST_ENTRIES, FIRST // feeds))
    newsroom = Newsroom("scale", began, feeds=feeds, entries=entries, is_live=True)
    hosts = {newsroom.url(feed): newsroom.name(feed) for feed in range(feeds)}
    with _server(newsroom) as (port, told), whole(hosts, port=port) as product:
        product.poll(patience=1200)
        with transaction() as session:
            session.execute(text(SPREAD), {"rhythm": RHYTHM, "feeds": feeds})
        told.send("asked")
        before = len(told.recv())
        since = datetime.now(UTC)  # noqa: TID251  # a measurement in real time
        with product.counted() as costs:
            Event().wait(minutes * 60)
        told.send("asked")
        asked = told.recv()[before:]
        with transaction() as session:
            delays = session.execute(text(DELAYS), {"since": since}).all()
            overdue = [float(late) for late in session.scalars(text(LATE))]
            documents, stories = session.execute(text(WAITING)).one()
        return Carried(
            feeds=feeds,
            minutes=minutes,
            cost=costs[0],
            polls=len(asked),
            with_news=sum(status == HTTPStatus.OK for _, _, status in asked),
            gaps=list(_gaps(asked)),
            overdue=overdue,
            to_queue=[float(delay) for delay, _ in delays],
            after_poll=[float(delay) for _, delay in delays],
            waiting=(documents, stories),
        )


def _gaps(asked: Sequence[tuple[int, float, int]]) -> Iterator[float]:
    """Seconds between two polls of a feed."""
    last: dict[int, float] = {}
    for feed, at, _ in asked:
        if feed in last:
            yield at - last[feed]
        last[feed] = at


def main(arguments: Sequence[str] = ()) -> int:
    """Print what each number of feeds costs. Nothing here passes or fails."""
    parser = argparse.ArgumentParser(prog="bench scale", description=__doc__)
    parser.add_argument("--feeds", type=int, action="append")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    args = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, shared with the server that is polled")
    for feeds in args.feeds or FEEDS:
        try:
            print("\n".join(_table(carry(feeds, minutes=args.minutes))), flush=True)
        except NotThrough as problem:
            print(f"{feeds} feeds: NOT MEASURED: {problem}")
    return 0


def _table(one: Carried) -> Iterator[str]:
    by_kind = ", ".join(f"{k} {s / one.minutes:.1f}" for k, s in one.cost.cpu.items())
    yield f"{one.feeds} feeds, polled every {RHYTHM // 60} minutes, for {one.minutes:g} minutes:"
    wanted = one.feeds / RHYTHM
    yield (
        f"  polls a second: {one.polls / one.minutes / 60:.2f} of the {wanted:.2f} that are due, "
        f"{one.with_news} of {one.polls} with news"
    )
    yield f"  CPU seconds a minute, all processes: {one.cost.total / one.minutes:.1f} ({by_kind})"
    yield f"  seconds between two polls of a feed: {_spread(one.gaps)}"
    yield f"  overdue at the end: {len(one.overdue)} feeds, by seconds: {_spread(one.overdue)}"
    yield f"  from publication to the queue, seconds: {_spread(one.to_queue)}"
    yield f"  from the poll that found it to the queue, seconds: {_spread(one.after_poll)}"
    yield f"  waiting at the end: {one.waiting[0]} documents, {one.waiting[1]} stories"


def _spread(numbers: Sequence[float]) -> str:
    if len(numbers) < 2:  # noqa: PLR2004  # quantiles need two
        return "none"
    p95 = statistics.quantiles(numbers, n=20, method="inclusive")[-1]
    median = statistics.median(numbers)
    return f"median {median:.1f}, p95 {p95:.1f}, most {max(numbers):.1f} ({len(numbers)} counted)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
