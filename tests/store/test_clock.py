"""The product's clock: the database's, or a recorded one where the setting says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import settings as told
from store import audit, clock
from store.models import AuditRow

THEN = datetime(2023, 8, 5, 6, 0, tzinfo=UTC)


@pytest.fixture
def recorded(session: Session) -> Iterator[Session]:
    told.override(recorded_clock="yes")
    yield session
    told.override(recorded_clock="no")


def is_real(session: Session, moment: datetime) -> bool:
    return abs(clock.real_now(session) - moment) < timedelta(minutes=1)


def test_the_recorded_clock_counts_only_where_the_setting_says_so(session: Session) -> None:
    clock.set_recorded(session, THEN)
    assert clock.recorded_now(session) == THEN
    assert is_real(session, clock.now(session))
    assert not clock.is_gathering(session)


def test_during_a_replay_the_products_time_is_the_recorded_one(recorded: Session) -> None:
    assert is_real(recorded, clock.now(recorded))  # none was set yet
    clock.set_recorded(recorded, THEN)
    assert clock.now(recorded) == THEN
    clock.set_recorded(recorded, THEN + timedelta(hours=1))
    assert clock.now(recorded) == THEN + timedelta(hours=1)
    assert is_real(recorded, clock.real_now(recorded))


def test_a_recorded_clock_that_was_taken_away_is_gone(recorded: Session) -> None:
    clock.set_recorded(recorded, THEN)
    clock.stop_recorded(recorded)
    assert clock.recorded_now(recorded) is None
    assert is_real(recorded, clock.now(recorded))


def test_a_moment_gathers_until_it_is_set_without(recorded: Session) -> None:
    assert not clock.is_gathering(recorded)
    clock.set_recorded(recorded, THEN, is_gathering=True)
    assert clock.is_gathering(recorded)
    clock.set_recorded(recorded, THEN)
    assert not clock.is_gathering(recorded)


def test_times_are_aware_and_utc(recorded: Session) -> None:
    clock.set_recorded(recorded, THEN.astimezone())
    for moment in (clock.now(recorded), clock.real_now(recorded)):
        assert moment.tzinfo is UTC


def test_a_line_of_the_audit_trail_says_who_did_what_to_what_at_both_clocks(
    recorded: Session,
) -> None:
    clock.set_recorded(recorded, THEN)
    audit.note(
        recorded,
        actor="machine:draft",
        action="instalment.open",
        subject_kind="instalment",
        subject_id=7,
        detail={"cut_off": "soon"},
    )
    audit.note(recorded, actor="ann", action="look", subject_kind="feed", subject_id="x")
    first, second = recorded.scalars(select(AuditRow).order_by(AuditRow.id))
    assert (first.actor, first.action) == ("machine:draft", "instalment.open")
    assert (first.subject_kind, first.subject_id) == ("instalment", "7")
    assert (first.detail, second.detail) == ({"cut_off": "soon"}, {})
    assert first.product_at == THEN
    assert is_real(recorded, first.at)
