"""Feeds and outlets as they are kept: made once, changed in place, told to the operator whole."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from pipeline.records import Verdict
from store import feeds, polls, waiting, work
from store.models import DocumentRow, FeedRow, OutletRow, SightingRow
from tests.desk.newsroom import Newsroom

URL = "https://gazette.example/world.xml"
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def a_feed(session: Session, url: str = URL, outlet: str = "gazette", **facts: object) -> int:
    outlet_id = feeds.ensure_outlet(session, key=outlet, name=outlet.title())
    return feeds.ensure_feed(session, url=url, outlet_id=outlet_id, **facts)


def poll(session: Session, feed_id: int, verdict: Verdict) -> None:
    """Poll a feed, with this verdict."""
    work.wake(session, FeedRow, [feed_id])
    assert [one.id for one in polls.free(session, [feed_id])] == [feed_id]
    lease, [due] = polls.claim(session, [feed_id], lease_seconds=60)
    polled = polls.Polled(due=due, verdict=verdict, again_in=900, why="as a test has it")
    assert polls.note(session, lease, [polled]) == {feed_id}


def test_a_feed_belongs_to_the_group_of_its_registrable_domain(session: Session) -> None:
    feed_id = a_feed(session, "https://rss.news.gazette.example/world.xml")
    drop = a_feed(session, "file:///srv/wire")
    hosts = dict(session.execute(select(FeedRow.id, FeedRow.host)).all())
    assert hosts == {feed_id: "gazette.example", drop: ""}


def test_a_new_feed_is_listed_as_never_polled_and_due(session: Session) -> None:
    feed_id = a_feed(session, title="World", interval_seconds=600)
    [line] = feeds.lines(session)
    assert (line.id, line.url, line.title) == (feed_id, URL, "World")
    assert (line.outlet, line.kind, line.interval_seconds) == ("gazette", "outlet", 600)
    assert (line.state, line.reason) == ("never", "not polled yet")
    assert (line.last_attempt, line.last_success, line.last_new) == (None, None, None)
    assert (line.failures, line.is_paused, line.stories) == (0, False, 0)
    assert work.announce(session, FeedRow, limit=9, ring_seconds=9) == [feed_id]


def test_what_is_ensured_again_keeps_its_id_and_takes_the_new_facts(session: Session) -> None:
    feed_id = a_feed(session, interval_seconds=600)
    due = feeds.lines(session)[0].next_poll
    again = a_feed(
        session, interval_seconds=300, due_at=func.now() + timedelta(days=1), title="World"
    )
    assert again == feed_id
    [line] = feeds.lines(session)
    assert (line.interval_seconds, line.title) == (300, "World")
    assert line.next_poll == due  # where it stands in the queue is not the file's to say
    outlet = feeds.ensure_outlet(session, key="gazette", name="The Gazette", country="NL")
    assert outlet == feeds.outlet_id(session, "gazette")
    row = session.get_one(OutletRow, outlet)
    assert (row.name, row.country) == ("The Gazette", "NL")
    assert feeds.outlet_id(session, "nobody") is None


def test_feeds_are_listed_by_outlet_with_the_stories_they_carried(session: Session) -> None:
    room = Newsroom(session)
    room.story("A ferry", "", "Tide Wire", None, None)
    story_id, _ = room.story("A quay", "", "Gazette", None, None)
    [gazette, wire] = feeds.lines(session)
    assert (gazette.outlet, wire.outlet) == ("gazette", "tide-wire")
    document_id = session.scalars(select(DocumentRow.id).limit(1)).one()
    sighting = {"feed_id": wire.id, "document_id": document_id, "fingerprint": "x"}
    session.execute(insert(SightingRow).values(story_id=story_id, first_seen_at=NOW, **sighting))
    assert {line.outlet: line.stories for line in feeds.lines(session)} == {
        "gazette": 0,
        "tide-wire": 1,
    }


def test_pausing_takes_a_feed_out_of_the_rounds_and_resuming_makes_it_due(
    session: Session,
) -> None:
    feed_id = a_feed(session)
    assert feeds.set_paused(session, feed_id, is_paused=True)
    assert feeds.lines(session)[0].state == "paused"
    assert work.announce(session, FeedRow, limit=9, ring_seconds=9) == []
    assert feeds.active(session) == feeds.active(session, feed_id) == []
    assert waiting.count(session) == 0
    assert feeds.set_paused(session, feed_id, is_paused=False)
    assert feeds.lines(session)[0].state == "never"
    assert work.announce(session, FeedRow, limit=9, ring_seconds=9) == [feed_id]
    assert feeds.active(session) == feeds.active(session, feed_id) == [feed_id]


def test_there_is_no_pausing_a_feed_that_is_not_there(session: Session) -> None:
    assert not feeds.set_paused(session, 1_000_000, is_paused=True)
    assert feeds.active(session, 1_000_000) == []
    with pytest.raises(NoResultFound):
        feeds.load(session, 1_000_000)


def test_a_feed_is_loaded_with_what_the_steps_need_of_its_outlet(session: Session) -> None:
    feed_id = a_feed(session, interval_seconds=600, etag='W/"1"', answer_hash="x")
    polled = feeds.load(session, feed_id)
    assert (polled.feed.id, polled.feed.url, polled.feed.etag) == (feed_id, URL, 'W/"1"')
    assert (polled.feed.answer_hash, polled.interval_seconds) == ("x", 600)
    assert (polled.outlet, polled.outlet_kind, polled.language) == ("gazette", "outlet", None)


def test_polls_are_counted_by_how_they_ended_over_all_feeds(session: Session) -> None:
    first, second = a_feed(session), a_feed(session, "https://gazette.example/top.xml")
    for feed_id, state in ((first, "ok"), (second, "ok"), (second, "html"), (second, "html")):
        is_failure = state != "ok"
        verdict = Verdict(state=state, reason="as a test has it", is_failure=is_failure)
        poll(session, feed_id, verdict)
    assert feeds.polls(session) == {"ok": 2, "html": 2}
    assert {line.url: line.failures for line in feeds.lines(session)} == {
        URL: 0,
        "https://gazette.example/top.xml": 2,
    }


def test_every_feed_can_be_put_off_and_found_by_its_address(session: Session) -> None:
    feed_id = a_feed(session, answer_hash="x")
    feeds.postpone(session, seconds=3600)
    assert work.announce(session, FeedRow, limit=9, ring_seconds=9) == []
    assert feeds.ids_by_url(session) == {URL: feed_id}
    assert feeds.answer_hashes(session, [feed_id, 7]) == {feed_id: "x"}


def test_a_poll_that_failed_in_another_way_begins_a_new_state(session: Session) -> None:
    feed_id = a_feed(session)
    long_ago = NOW - timedelta(days=1)
    for state, begins_anew in (("timeout", False), ("dns", True)):
        row = session.scalars(select(FeedRow)).one()
        row.state, row.state_since = "timeout", long_ago
        session.flush()  # so that the poll finds it
        verdict = Verdict(state=state, reason="as a test has it", is_failure=True)
        poll(session, feed_id, verdict)
        session.expire_all()
        assert (feeds.lines(session)[0].since != long_ago) == begins_anew
