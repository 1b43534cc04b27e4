"""What each stage costs a story, and whether it costs more as stories add up.

    python -m bench stages [ROUNDS]

The stretches of workers/flow.py, one after another in this process, on an embedded PostgreSQL:
fetch, parse, place (tags, copies, developments, matches), draft. Each of 200 publishers
brings three stories a round; all have been read once before. CPU seconds are of this process and,
apart, of PostgreSQL. The server is a process of its own and not counted.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psutil
from sqlalchemy import text

from bench.newsroom_feeds import Newsroom
from bench.soak_clock import Fast
from bench.soak_origin import Publishers, origin
from cli.embedded import servers, temporary_directory
from cli.seeding import definitions
from config.settings import override, settings
from pipeline.records import Outlet, OutletFeed
from store import feeds as store_feeds
from store import schema, seed, work
from store.models import FeedRow
from store.session import engine, transaction
from workers import client, flow

FEEDS = 200
MINUTE = timedelta(minutes=1)
A_ROUND = 3  # stories of each feed
ROUNDS = 5
STAGES = ("fetch", "parse", "place", "draft")


class Even(Publishers):
    """Publishers that all behave, and have published so many further stories as we say."""

    def newer(self, feed: int, now: datetime) -> int:  # noqa: ARG002  # all alike
        """As many as there are minutes since the first document."""
        return int((now - self.last_at).total_seconds() // 60)

    def manner(self, feed: int) -> str:  # noqa: ARG002  # as above
        """Well."""
        return ""

    def name(self, feed: int) -> str:
        """A host of its own."""
        return Newsroom.name(self, feed)


class Used:
    """CPU seconds by stage: ours, and PostgreSQL's beside."""

    def __init__(self) -> None:
        self.ours: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        self.database: dict[str, float] = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is used inside is that stage's."""
        ours, database = time.process_time(), _postgres()
        yield
        self.ours[name] += time.process_time() - ours
        self.database[name] += _postgres() - database


def _postgres() -> float:
    used = 0.0
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if one.name() == "postgres":
                told = one.cpu_times()
                used += told.user + told.system + told.children_user + told.children_system
    return used


def through(ids: Sequence[int], used: Used) -> None:
    """Poll these feeds and take what comes all the way into drafts."""
    told = settings()
    get = client.made(told).get
    with transaction() as session:
        work.wake(session, FeedRow, ids)
    with used.stage("fetch"):
        documents = []
        for at in range(0, len(ids), 40):
            documents += flow.fetch_feeds(ids[at : at + 40], told, get)
    with used.stage("parse"):
        for at in range(0, len(documents), 8):
            flow.parse_documents(documents[at : at + 8], told)
    stale: set[int] = set()
    with used.stage("place"):
        is_more = True
        while is_more:
            placed = flow.place_stories(told)
            stale.update(placed.instalments)
            is_more = placed.more
    with used.stage("draft"):
        for instalment in sorted(stale):
            flow.refresh_draft(instalment, told)


def main(words: Sequence[str] = ()) -> int:
    """Print what each round costs; nothing here passes or fails."""
    rounds = int(words[0]) if words else ROUNDS
    began = datetime.now(UTC)  # noqa: TID251  # a measurement in real time
    clock = Fast(began, began, 0.0)
    news = Even("stages", began, feeds=FEEDS, entries=A_ROUND)
    with (
        temporary_directory() as directory,
        servers(directory, broker=False) as started,
        origin(news, clock) as server,
    ):
        override(
            database_url=started.database_url,
            allow_inside=f"127.0.0.1/32:{server.port}",
            connect_to=f"*.example=127.0.0.1:{server.port}",
        )
        engine.cache_clear()
        schema.migrate(engine())
        ids = _followed(news)
        print(f"{os.cpu_count()} cores; {FEEDS} feeds, {A_ROUND} new stories each a round")
        print(f"{'':8}{'stories':>9}{'all':>8}   CPU ms a story, ours + PostgreSQL's")
        for number in range(rounds + 1):
            server.go_by(Fast(began, began + number * A_ROUND * MINUTE, 0.0))
            before, used = _stories(), Used()
            through(ids, used)
            if number:  # the first one warms up
                print(_line(used, before, _stories() - before), flush=True)
        quiet = Used()
        through(ids, quiet)
        ours = (quiet.ours["fetch"] + quiet.database["fetch"]) / FEEDS * 1e3
        print(f"a poll that is answered 304: {ours:.1f} CPU ms, PostgreSQL's included")
        engine().dispose()
    return 0


def _followed(news: Publishers) -> list[int]:
    outlets = [
        Outlet(
            key=f"gazette-{feed}",
            name=news.name(feed),
            homepage=f"https://{news.name(feed)}/",
            language="en",
            feeds=(OutletFeed(url=url, title=news.name(feed)),),
        )
        for feed, url in news.urls.items()
    ]
    with transaction() as session:
        seed.put_outlets(session, outlets)
        seed.put_series(session, definitions())
        return sorted(store_feeds.ids_by_url(session).values())


def _stories() -> int:
    with transaction() as session:
        return int(session.scalar(text("SELECT count(*) FROM stories")) or 0)


def _line(used: Used, before: int, new: int) -> str:
    parts = ", ".join(
        f"{stage} {used.ours[stage] / new * 1e3:.1f} + {used.database[stage] / new * 1e3:.1f}"
        for stage in STAGES
    )
    whole = (sum(used.ours.values()) + sum(used.database.values())) / new * 1e3
    return f"{'':8}{before:9}{whole:8.1f}   {parts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
