"""Counts that a scrape reads: right from the first look, cheap ever after, never counted twice."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import clock, statistics
from store.models import StatisticReachRow, StatisticRow, StoryRow
from tests.desk.newsroom import FRIDAY, Newsroom


def counted(session: Session, name: str) -> dict[tuple[str, str], int]:
    """What a scrape would read."""
    row = StatisticRow
    asked = select(row.first, row.second, row.closed + row.open).where(row.name == name)
    return {(first, second): number for first, second, number in session.execute(asked)}


def settle(session: Session, name: str) -> None:
    """Let so much time pass that a statistic is closed at the next look."""
    earlier = clock.real_now(session) - timedelta(days=2)
    row = StatisticReachRow
    session.execute(update(row).where(row.name == name).values(next_at=earlier))


def test_what_was_there_before_and_what_comes_is_counted_once(session: Session) -> None:
    room = Newsroom(session)
    room.story("Envoys meet", "", "Meridian Wire", None, None)
    assert statistics.count(session)
    assert counted(session, "stories") == {("meridian-wire", ""): 1}
    room.story("Envoys leave", "", "Meridian Wire", None, None)
    room.story("A dock is dredged", "", "Quiet Post", None, None)
    for _ in range(3):
        statistics.count(session)
        assert counted(session, "stories") == {("meridian-wire", ""): 2, ("quiet-post", ""): 1}


def test_closing_changes_no_count(session: Session) -> None:
    room = Newsroom(session)
    statistics.count(session)
    for number in range(5):
        room.story(f"Envoys meet, day {number}", "", "Meridian Wire", None, None)
        settle(session, "stories")
        statistics.count(session)
        assert counted(session, "stories") == {("meridian-wire", ""): number + 1}
    reach = session.get_one(StatisticReachRow, "stories")
    assert 0 < reach.closed_id <= reach.next_id


def test_a_row_whose_transaction_ends_late_is_still_counted(session: Session) -> None:
    room = Newsroom(session)
    first, _ = room.story("Envoys meet", "", "Meridian Wire", None, None)
    statistics.count(session)
    late, _ = room.story("Told late", "", "Quiet Post", None, None)
    _, _ = room.story("Told at once", "", "Meridian Wire", None, None)
    # Not there yet for whoever looks meanwhile.
    quiet = session.scalars(select(StoryRow.outlet_id).where(StoryRow.id == late)).one()
    loud = session.scalars(select(StoryRow.outlet_id).where(StoryRow.id == first)).one()
    session.execute(update(StoryRow).where(StoryRow.id == late).values(outlet_id=loud))
    statistics.count(session)
    assert counted(session, "stories") == {("meridian-wire", ""): 3}
    session.execute(update(StoryRow).where(StoryRow.id == late).values(outlet_id=quiet))
    statistics.count(session)
    assert counted(session, "stories") == {("meridian-wire", ""): 2, ("quiet-post", ""): 1}


def test_times_fall_into_the_bucket_whose_bound_they_do_not_exceed(session: Session) -> None:
    room = Newsroom(session)
    seen = FRIDAY - timedelta(days=1)  # when Newsroom's stories are seen
    statistics.count(session)
    for seconds in (0, 1, 1.5, 60, 90_000, -30):
        room.story("Envoys meet", "", "Meridian Wire", None, seen - timedelta(seconds=seconds))
    statistics.count(session)
    assert counted(session, "seen") == {
        ("outlet", "1"): 2,
        ("outlet", "5"): 1,
        ("outlet", "60"): 1,
        ("outlet", "+Inf"): 1,
    }
    row = StatisticRow
    total = session.scalars(select(row.open_sum).where(row.name == "seen", row.second == "5"))
    assert list(total) == [1.5]


def test_what_no_row_keeps_is_added_up(session: Session) -> None:
    statistics.add(session, "dead_letters", "documents", 2)
    statistics.add(session, "dead_letters", "documents", 1)
    statistics.count(session)
    assert counted(session, "dead_letters") == {("documents", ""): 3}
