"""Leases: a row that waits becomes exactly one worker's, whoever dies and however it is rung."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from pipeline.errors import LeaseLost
from store import clock, feeds, polls, work
from store.models import FeedRow, StatisticRow
from store.session import transaction

TERMS = {"lease_seconds": 60, "max_attempts": 3}


def a_feed(session: Session, url: str = "https://gazette.example/feed") -> int:
    outlet = feeds.ensure_outlet(session, key="gazette", name="The Gazette")
    return feeds.ensure_feed(session, url=url, outlet_id=outlet)


def let_lease_run_out(session: Session, feed_id: int) -> None:
    past = func.now() - timedelta(seconds=1)
    session.execute(update(FeedRow).where(FeedRow.id == feed_id).values(lease_until=past))


def row(session: Session, feed_id: int) -> FeedRow:
    session.expire_all()
    return session.scalars(select(FeedRow).where(FeedRow.id == feed_id)).one()


def test_a_due_row_is_announced_once_until_the_ring_has_passed(session: Session) -> None:
    feed_id = a_feed(session)
    assert work.announce(session, FeedRow, limit=10, ring_seconds=60) == [feed_id]
    assert work.announce(session, FeedRow, limit=10, ring_seconds=60) == []
    past = func.now() - timedelta(seconds=1)
    session.execute(update(FeedRow).values(announced_until=past))
    assert work.announce(session, FeedRow, limit=10, ring_seconds=60) == [feed_id]


def test_a_row_that_is_not_due_is_neither_announced_nor_given_out(session: Session) -> None:
    feed_id = a_feed(session)
    session.execute(update(FeedRow).values(due_at=func.now() + timedelta(hours=1)))
    assert work.announce(session, FeedRow, limit=10, ring_seconds=60) == []
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is None


def test_a_doubled_bell_finds_the_row_taken(session: Session) -> None:
    feed_id = a_feed(session)
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is not None
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is None


def test_a_lease_that_ran_out_goes_to_the_next_and_the_first_can_write_nothing(
    session: Session,
) -> None:
    feed_id = a_feed(session)
    first = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert first is not None
    let_lease_run_out(session, feed_id)
    second = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert second is not None
    for late in (work.finish, work.renew):
        with pytest.raises(LeaseLost):
            late(session, first, **({"lease_seconds": 60} if late is work.renew else {}))
    with pytest.raises(LeaseLost):
        work.fail(session, first, error="too late", retry_in=1)
    work.finish(session, second)
    assert row(session, feed_id).work_state == "done"


def test_a_lease_that_ran_out_cannot_be_finished_though_nobody_else_has_it(
    session: Session,
) -> None:
    feed_id = a_feed(session)
    lease = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert lease is not None
    let_lease_run_out(session, feed_id)
    with pytest.raises(LeaseLost):
        work.finish(session, lease)


def test_a_failure_gives_the_row_back_with_its_error_and_its_attempt_counted(
    session: Session,
) -> None:
    feed_id = a_feed(session)
    lease = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert lease is not None
    work.fail(session, lease, error="it rained", retry_in=30)
    failed = row(session, feed_id)
    assert (failed.work_state, failed.attempts, failed.last_error) == ("ready", 1, "it rained")
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is None  # not due before the 30 s


def test_a_row_that_kills_its_worker_each_time_ends_as_dead(session: Session) -> None:
    feed_id = a_feed(session)
    for _ in range(3):
        assert work.claim(session, FeedRow, [feed_id], **TERMS) is not None
        assert work.bury(session, FeedRow, max_attempts=3) == []  # somebody holds it
        let_lease_run_out(session, feed_id)
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is None
    assert work.bury(session, FeedRow, max_attempts=3) == [feed_id]
    dead = row(session, feed_id)
    assert dead.work_state == "dead"
    assert dead.last_error is not None
    assert "killed" in dead.last_error


def test_waking_a_row_takes_it_from_its_holder_and_clears_its_attempts(session: Session) -> None:
    feed_id = a_feed(session)
    lease = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert lease is not None
    work.wake(session, FeedRow, [feed_id])
    with pytest.raises(LeaseLost):
        work.finish(session, lease)
    assert row(session, feed_id).attempts == 0
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is not None


def test_a_batch_lease_takes_what_is_free_and_finishes_all_of_it(session: Session) -> None:
    ids = [a_feed(session, f"https://gazette.example/{n}") for n in range(4)]
    other = work.claim(session, FeedRow, ids[:1], **TERMS)
    lease = work.claim(session, FeedRow, ids, **TERMS)
    assert other is not None
    assert lease is not None
    assert lease.ids == tuple(ids[1:])
    work.finish(session, lease)
    states = [row(session, feed_id).work_state for feed_id in ids]
    assert states == ["ready", "done", "done", "done"]


def test_many_workers_at_the_same_instant_get_each_row_once(database: Engine) -> None:
    with transaction(database) as session:
        ids = [a_feed(session, f"https://gazette.example/{n}") for n in range(40)]
    start = threading.Barrier(6)
    taken: list[int] = []

    def claim_all() -> None:
        start.wait()
        for feed_id in ids:
            with transaction(database) as session:
                lease = work.claim(session, FeedRow, [feed_id], **TERMS)
            if lease is not None:
                taken.extend(lease.ids)

    threads = [threading.Thread(target=claim_all) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ids


def test_an_attempt_that_an_outage_ended_is_not_counted_and_its_holder_keeps_its_lease(
    session: Session,
) -> None:
    before, after = a_feed(session), a_feed(session, "https://gazette.example/other")
    lease = work.claim(session, FeedRow, [before], **TERMS)
    assert lease is not None
    session.execute(update(FeedRow).values(lease_until=FeedRow.lease_until - timedelta(seconds=30)))
    assert work.claim(session, FeedRow, [after], **TERMS) is not None
    since = clock.real_now(session) - timedelta(seconds=10)
    work.excuse(session, FeedRow, since=since, lease_seconds=60)
    assert (row(session, before).attempts, row(session, after).attempts) == (0, 1)
    work.finish(session, lease, again_in=60)


@pytest.mark.parametrize("how", ["given back", "handed back"])
def test_an_attempt_that_was_excused_is_not_taken_off_twice(session: Session, how: str) -> None:
    feed_id = a_feed(session)
    lease = work.claim(session, FeedRow, [feed_id], **TERMS)
    assert lease is not None
    later = clock.real_now(session) + timedelta(seconds=10)
    work.excuse(session, FeedRow, since=later, lease_seconds=60)
    if how == "given back":
        work.give_back(session, lease)
    else:
        assert work.hand_back(session, FeedRow) == ([feed_id], [])
    assert row(session, feed_id).attempts == 0


def test_a_lease_that_ran_out_is_counted_when_its_row_is_taken_up_again(session: Session) -> None:
    feed_id = a_feed(session)
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is not None
    assert expired(session) == {}
    let_lease_run_out(session, feed_id)
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is not None
    assert work.claim(session, FeedRow, [feed_id], **TERMS) is None
    assert expired(session) == {"feeds": 1}
    work.take_over(session, FeedRow, [feed_id], lease_seconds=60)
    assert expired(session) == {"feeds": 2}
    let_lease_run_out(session, feed_id)
    polls.claim(session, [feed_id], lease_seconds=60)
    assert expired(session) == {"feeds": 3}


def expired(session: Session) -> dict[str, int]:
    """The leases counted as run out, by table."""
    row = StatisticRow
    asked = select(row.first, row.closed).where(row.name == "leases_expired")
    return dict(session.execute(asked).all())
