"""The database whose clock is ours: the product's leases and due times run on simulated days."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bench.shifted import set_clock, shift
from store import clock, feeds, work
from store.models import FeedRow
from store.session import transaction

LONG_AGO = datetime(2026, 3, 2, tzinfo=UTC)


def a_feed(database: Engine) -> int:
    with transaction(database) as session:
        outlet = feeds.ensure_outlet(
            session, key="post", name="The Post", kind="outlet", homepage="", country="",
            language="", aliases=[],
        )  # fmt: skip
        feeds.ensure_feed(
            session,
            url="https://post.example/feed",
            outlet_id=outlet,
            title="",
            interval_seconds=900,
            due_at=LONG_AGO + timedelta(hours=1),
        )
        return feeds.ids_by_url(session)["https://post.example/feed"]


def test_now_is_what_we_say(database: Engine) -> None:
    shift(database)
    set_clock(database, LONG_AGO)
    with transaction(database) as session:
        assert clock.real_now(session) == LONG_AGO


def test_a_feed_falls_due_when_our_clock_says_so(database: Engine) -> None:
    shift(database)
    set_clock(database, LONG_AGO)
    feed = a_feed(database)
    for hours, is_due in ((0, False), (1, True)):
        set_clock(database, LONG_AGO + timedelta(hours=hours))
        with transaction(database) as session:
            lease = work.claim(session, FeedRow, [feed], lease_seconds=60, max_attempts=None)
        assert (lease is not None) is is_due
