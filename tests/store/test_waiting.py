"""What waits at each stage: counted for the gauges, and told apart from what is being done."""

from datetime import timedelta

import pytest
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from store import clock, feeds, waiting, work
from store.models import DocumentRow, FeedRow, HeartbeatRow, InstalmentRow, StoryRow
from tests.desk.newsroom import FRIDAY, Newsroom

TABLES: dict[str, work.Table] = {
    "fetch": FeedRow,
    "parse": DocumentRow,
    "place": StoryRow,
    "draft": InstalmentRow,
}


@pytest.fixture
def one_of_each(session: Session) -> Session:
    """A feed, a document, a story and an instalment, all due."""
    room = Newsroom(session)
    room.story("Ferry talks", "", "Gazette", None, FRIDAY)
    room.instalment(room.series())
    return session


def counts(session: Session) -> dict[str, tuple[int, int, int]]:
    return {s.stage: (s.ready, s.leased, s.dead) for s in waiting.stages(session)}


def test_stages_stand_in_the_order_a_story_passes_them(one_of_each: Session) -> None:
    assert list(counts(one_of_each)) == ["fetch", "parse", "place", "draft"]
    assert waiting.count(one_of_each) == 4
    assert waiting.is_waiting(one_of_each, *TABLES.values())


@pytest.mark.parametrize("stage", TABLES)
def test_a_row_is_counted_as_what_it_is(one_of_each: Session, stage: str) -> None:
    session, table = one_of_each, TABLES[stage]
    assert counts(session)[stage] == (1, 0, 0)
    ids = work.announce(session, table, limit=9, ring_seconds=9)
    lease = work.claim(session, table, ids, lease_seconds=60, max_attempts=5)
    assert lease is not None
    assert counts(session)[stage] == (0, 1, 0)
    assert waiting.is_waiting(session, table)
    work.fail(session, lease, error="it rained", retry_in=3600)
    # What failed still waits for its next try; a feed waits only when it is due.
    assert counts(session)[stage] == ((0, 0, 0) if stage == "fetch" else (1, 0, 0))
    assert waiting.is_waiting(session, table) == (stage != "fetch")
    session.execute(update(table).values(attempts=5, due_at=func.now()))
    work.bury(session, table, max_attempts=5)
    assert counts(session)[stage] == (0, 0, 1)
    assert not waiting.is_waiting(session, table)
    assert waiting.count(session) == 3


def test_the_oldest_that_is_due_says_since_when_a_stage_waits(one_of_each: Session) -> None:
    session = one_of_each
    hour_ago = func.now() - timedelta(hours=1)
    session.execute(update(DocumentRow).values(due_at=hour_ago))
    oldest = {stage.stage: stage.oldest_due for stage in waiting.stages(session)}
    now = clock.real_now(session)
    assert oldest["parse"] is not None
    assert timedelta(minutes=59) < now - oldest["parse"] < timedelta(minutes=90)
    session.execute(update(DocumentRow).values(work_state="done"))
    assert {s.stage: s.oldest_due for s in waiting.stages(session)}["parse"] is None


def test_a_feed_that_is_not_due_does_not_wait(one_of_each: Session) -> None:
    feeds.postpone(one_of_each, seconds=60)
    assert counts(one_of_each)["fetch"] == (0, 0, 0)


def test_a_process_ticks_in_place(session: Session) -> None:
    assert waiting.ticks(session) == {}
    waiting.note_tick(session, "beat")
    waiting.note_tick(session, "beat")
    waiting.note_tick(session, "fetch")
    assert set(waiting.ticks(session)) == {"beat", "fetch"}


def test_a_database_that_was_away_is_noticed_once(session: Session) -> None:
    assert waiting.restarted(session) is None  # seen for the first time
    assert waiting.restarted(session) is None
    earlier = HeartbeatRow.at - timedelta(minutes=1)
    session.execute(update(HeartbeatRow).values(at=earlier))
    up = waiting.restarted(session)
    assert up is not None
    assert up < clock.real_now(session)
    assert waiting.restarted(session) is None
