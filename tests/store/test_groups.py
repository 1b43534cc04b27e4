"""Host groups: who shares a server, how busy it is, and how long it is left in peace."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store import clock, feeds, groups
from store.models import FeedRow, HostGroupRow

LIMITS = groups.Limits(gap_seconds=5, most_at_once=2)
HERE = "203.0.113.9"


def a_feed(session: Session, url: str, address: str | None = None) -> groups.Standing:
    outlet = feeds.ensure_outlet(session, key="gazette", name="The Gazette")
    feed_id = feeds.ensure_feed(session, url=url, outlet_id=outlet, address=address)
    host = session.scalars(select(FeedRow.host).where(FeedRow.id == feed_id)).one()
    return groups.Standing(feed_id, host, address)


def test_a_feed_stands_in_the_groups_of_its_domain_and_its_address() -> None:
    assert groups.Standing(1, "gazette.example", HERE).keys == {"gazette.example", HERE}
    assert groups.Standing(1, "gazette.example", None).keys == {"gazette.example"}
    assert groups.Standing(1, HERE, HERE).keys == {HERE}
    assert groups.Standing(1, "", None).keys == set()
    moved = groups.Standing(1, "gazette.example", None, "https://feeds.shared.example/a")
    assert moved.keys == {"gazette.example", "shared.example"}


def test_a_group_nobody_asked_yet_has_the_houses_limits(session: Session) -> None:
    feed = a_feed(session, "https://gazette.example/a")
    [group] = groups.look(session, [feed], LIMITS).values()
    assert (group.gap_seconds, group.most_at_once, group.in_flight) == (5, 2, 0)
    assert (group.last_start, group.not_before) == (None, None)
    assert session.scalars(select(HostGroupRow)).all() == []  # a look writes nothing
    groups.lock(session, [feed], LIMITS)
    assert [row.key for row in session.scalars(select(HostGroupRow))] == ["gazette.example"]


def test_what_is_under_way_is_counted_from_leases_that_run(session: Session) -> None:
    one, two = (a_feed(session, f"https://gazette.example/{n}", HERE) for n in "ab")
    other = a_feed(session, "https://courier.example/a", HERE)
    soon = func.now() + timedelta(seconds=60)
    session.execute(update(FeedRow).where(FeedRow.id == one.id).values(lease_until=soon))
    session.execute(update(FeedRow).where(FeedRow.id == other.id).values(lease_until=soon))
    past = func.now() - timedelta(seconds=60)
    session.execute(update(FeedRow).where(FeedRow.id == two.id).values(lease_until=past))
    found = groups.lock(session, [two], LIMITS)
    assert {key: group.in_flight for key, group in found.items()} == {
        "gazette.example": 1,
        HERE: 2,
    }


def test_what_is_rung_for_counts_as_begun_when_more_is_to_be_rung_for(session: Session) -> None:
    one, two = (a_feed(session, f"https://gazette.example/{n}") for n in "ab")
    soon = func.now() + timedelta(seconds=60)
    session.execute(update(FeedRow).where(FeedRow.id == one.id).values(announced_until=soon))
    [group] = groups.look(session, [two], LIMITS).values()
    assert group.in_flight == 1
    assert group.last_start is not None
    assert groups.lock(session, [two], LIMITS)["gazette.example"].in_flight == 0


def test_a_start_is_noted_for_all_groups_of_a_feed(session: Session) -> None:
    feed = a_feed(session, "https://gazette.example/a", HERE)
    groups.lock(session, [feed], LIMITS)
    groups.start(session, feed.keys)
    groups.start(session, [])
    found = groups.look(session, [feed], LIMITS)
    now = clock.real_now(session)
    for group in found.values():
        assert group.last_start is not None
        assert abs(now - group.last_start) < timedelta(minutes=1)


def test_groups_put_off_take_their_feeds_with_them_and_never_shorten_a_wait(
    session: Session,
) -> None:
    feed, sibling = (a_feed(session, f"https://gazette.example/{n}") for n in "ab")
    held = a_feed(session, "https://gazette.example/c")
    other = a_feed(session, "https://courier.example/a")
    token = func.gen_random_uuid()
    session.execute(update(FeedRow).where(FeedRow.id == held.id).values(lease_token=token))
    groups.put_off(session, feed.keys, seconds=600, spread=60, reason="it said so")
    groups.put_off(session, feed.keys, seconds=60, spread=60, reason="and again")
    waits = groups.waits(session, [feed, other])
    assert list(waits) == ["gazette.example"]
    assert waits["gazette.example"] - clock.real_now(session) > timedelta(seconds=500)
    asked = select(FeedRow.id, func.extract("epoch", FeedRow.due_at - func.now()))
    due = dict(session.execute(asked).all())
    for one in (feed, sibling):
        assert 600 <= due[one.id] <= 660
    assert due[held.id] <= 0  # it is being polled: its end looks at the group
    assert due[other.id] <= 0
    assert groups.waits(session, [groups.Standing(9, "", None)]) == {}


def test_refusals_of_a_moment_ago_are_counted_by_group(session: Session) -> None:
    one, two, three = (a_feed(session, f"https://gazette.example/{n}", HERE) for n in "abc")
    for feed, ago in ((one, 10), (two, 20), (three, 4000)):
        at = func.now() - timedelta(seconds=ago)
        session.execute(update(FeedRow).where(FeedRow.id == feed.id).values(refused_at=at))
    assert groups.refused(session, one.keys) == {"gazette.example": (2, 3), HERE: (2, 3)}
