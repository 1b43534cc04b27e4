"""Passwords, the limit on guessing, sessions."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import signingin, users
from store.models import AuditRow, SessionRow, SignInAttemptRow, UserRow
from store.signingin import OpenSession, Refused

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
GOOD = "three tidy herons"
WRONG = "wrong guess"
HOME = "192.0.2.7"


def a_sign_in(
    session: Session,
    *,
    name: str = "ann",
    password: str = GOOD,
    address: str = HOME,
    now: datetime = NOW,
) -> OpenSession | Refused:
    return signingin.sign_in(session, name=name, password=password, address=address, now=now)


def an_open_session(session: Session, *, now: datetime = NOW) -> OpenSession:
    opened = a_sign_in(session, now=now)
    assert isinstance(opened, OpenSession)
    return opened


def a_failure(session: Session, *, name: str = "ann", address: str = HOME) -> None:
    session.add(SignInAttemptRow(name=name, address=address, at=NOW))
    session.flush()


@pytest.fixture
def ann(session: Session) -> users.Person:
    return users.add(session, name="ann", password=GOOD, display_name="Ann Reed", role="chief")


def test_the_right_password_opens_a_session_of_twelve_hours(
    session: Session, ann: users.Person
) -> None:
    opened = an_open_session(session)
    assert opened.person == ann
    assert opened.expires_at == NOW + timedelta(hours=12)
    for hours in (3.9, 7.8, 11.7, 11.99):  # somebody comes by now and then
        again = signingin.signed_in(session, opened.token, now=NOW + timedelta(hours=hours))
        assert again == opened


def test_a_session_that_nobody_uses_ends_after_four_hours(
    session: Session, ann: users.Person
) -> None:
    opened = an_open_session(session)
    assert opened.person == ann
    assert signingin.signed_in(session, opened.token, now=NOW + timedelta(hours=3)) == opened
    idle = NOW + timedelta(hours=7)
    assert signingin.signed_in(session, opened.token, now=idle - timedelta(seconds=1)) == opened
    assert signingin.signed_in(session, opened.token, now=idle + timedelta(hours=4)) is None


def test_a_session_ends_at_its_time(session: Session, ann: users.Person) -> None:
    opened = an_open_session(session)
    assert ann.id == opened.person.id
    assert signingin.signed_in(session, opened.token, now=opened.expires_at) is None


def test_a_password_is_kept_as_argon2id_and_a_token_only_as_its_hash(
    session: Session, ann: users.Person
) -> None:
    opened = an_open_session(session)
    stored = session.scalars(select(UserRow.password_hash).where(UserRow.id == ann.id)).one()
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    row = session.scalars(select(SessionRow)).one()
    assert len(row.token_hash) == 32
    assert opened.token.encode() not in row.token_hash
    assert row.csrf_token != opened.token


def test_two_sign_ins_share_neither_token_nor_csrf_token(
    session: Session, ann: users.Person
) -> None:
    one, two = an_open_session(session), an_open_session(session)
    assert one.person == two.person == ann
    assert len({one.token, two.token, one.csrf_token, two.csrf_token}) == 4


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "three tidy heron"), ("ann", ""), ("bob", GOOD), ("", GOOD)]
)
def test_a_wrong_name_or_password_is_refused_in_the_same_words(
    session: Session, ann: users.Person, name: str, password: str
) -> None:
    assert ann.disabled_at is None
    assert a_sign_in(session, name=name, password=password) == Refused(why="wrong")


@pytest.mark.parametrize("name", ["ANN", " ann ", "\uff41nn"])
def test_case_blanks_and_width_of_a_name_do_not_matter(
    session: Session, ann: users.Person, name: str
) -> None:
    opened = a_sign_in(session, name=name)
    assert isinstance(opened, OpenSession)
    assert opened.person == ann


def test_an_accent_composed_otherwise_is_the_same_password(session: Session) -> None:
    apart, composed = "cafe\u0301 at the quay", "caf\u00e9 at the quay"
    users.add(session, name="ann", password=apart)
    assert isinstance(a_sign_in(session, password=composed), OpenSession)


def test_a_nul_or_a_very_long_name_is_only_a_wrong_name(session: Session) -> None:
    assert a_sign_in(session, name="an\0n" + "n" * 10_000) == Refused(why="wrong")
    assert session.scalars(select(SignInAttemptRow.name)).one() == ("an" + "n" * 63)[:64]


def test_guessing_at_one_name_is_limited_even_from_many_addresses(
    session: Session, ann: users.Person
) -> None:
    for guess in range(signingin.LIMITS.per_name - 1):
        a_failure(session, address=f"192.0.2.{guess}")
    assert a_sign_in(session, password=WRONG, address="192.0.2.99") == Refused(why="wrong")
    limited = a_sign_in(session, address="198.51.100.1")  # right at last, and too late
    assert isinstance(limited, Refused)
    assert limited.why == "limited"
    assert 0 < limited.retry_after <= 15 * 60 + 1
    assert ann.name == "ann"


def test_guessing_from_one_address_is_limited_over_many_names(
    session: Session, ann: users.Person
) -> None:
    for guess in range(signingin.LIMITS.per_address - 1):
        a_failure(session, name=f"name{guess}")
    assert a_sign_in(session, name="one-more") == Refused(why="wrong")
    limited = a_sign_in(session)
    assert isinstance(limited, Refused)
    assert limited.why == "limited"
    assert isinstance(a_sign_in(session, address="198.51.100.1"), OpenSession)
    assert ann.name == "ann"


def test_the_limit_ends_and_attempts_under_it_do_not_prolong_it(
    session: Session, ann: users.Person
) -> None:
    for _ in range(signingin.LIMITS.per_name):
        a_failure(session)
    for minutes in (1, 5, 14):
        late = a_sign_in(session, now=NOW + timedelta(minutes=minutes))
        assert isinstance(late, Refused)
        assert late.why == "limited"
    assert session.scalar(select(func.count()).select_from(SignInAttemptRow)) == 8
    opened = a_sign_in(session, now=NOW + timedelta(minutes=15))
    assert isinstance(opened, OpenSession)
    assert opened.person == ann


def test_failed_attempts_are_forgotten_after_a_day(session: Session) -> None:
    a_sign_in(session)
    a_sign_in(session, now=NOW + timedelta(days=1, minutes=1))
    assert session.scalar(select(func.count()).select_from(SignInAttemptRow)) == 1


def test_signing_out_ends_this_session_and_no_other(session: Session, ann: users.Person) -> None:
    one, two = an_open_session(session), an_open_session(session)
    signingin.sign_out(session, one.token, now=NOW)
    assert signingin.signed_in(session, one.token, now=NOW) is None
    still = signingin.signed_in(session, two.token, now=NOW)
    assert still is not None
    assert still.person == ann


def test_disabling_somebody_ends_their_sessions_and_bars_them(
    session: Session, ann: users.Person
) -> None:
    opened = an_open_session(session)
    disabled = users.disable(session, "Ann", actor="operator", now=NOW)
    assert (disabled.id, disabled.disabled_at) == (ann.id, NOW)
    assert signingin.signed_in(session, opened.token, now=NOW) is None
    assert a_sign_in(session) == Refused(why="wrong")
    revoked = session.scalars(select(SessionRow.revoked_at)).one()
    assert revoked == NOW


def test_a_session_opened_while_its_person_was_being_disabled_is_worth_nothing(
    session: Session, ann: users.Person
) -> None:
    opened = an_open_session(session)
    session.execute(update(UserRow).where(UserRow.id == ann.id).values(disabled_at=NOW))
    assert signingin.signed_in(session, opened.token, now=NOW) is None


def test_disabling_twice_changes_nothing_more(session: Session, ann: users.Person) -> None:
    users.disable(session, "ann", actor="operator", now=NOW)
    again = users.disable(session, "ann", actor="operator", now=NOW + timedelta(hours=1))
    assert again.disabled_at == NOW
    assert again.id == ann.id
    lines = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert lines == ["user.add", "user.disable"]


def test_disabling_nobody_says_so(session: Session) -> None:
    with pytest.raises(BadInput, match="nobody called zoe"):
        users.disable(session, "zoe", actor="operator", now=NOW)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"password": "ninechars"}, "at least 10 characters"),
        ({"name": ""}, "sign-in name"),
        ({"name": "ann reed"}, "no blanks"),
        ({"name": "a" * 65}, "1 to 64"),
        ({"name": "an\x07n"}, "sign-in name"),
        ({"role": "owner"}, "editor, chief, operator"),
    ],
)
def test_a_silly_person_is_refused_in_plain_words(
    session: Session, values: dict[str, str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        users.add(session, **({"name": "ann", "password": GOOD} | values))


def test_a_name_is_given_once_whatever_its_case(session: Session, ann: users.Person) -> None:
    with pytest.raises(BadInput, match="already somebody called ann"):
        users.add(session, name="ANN", password=GOOD)
    assert users.everyone(session) == [ann]


def test_who_was_added_and_by_whom_stands_in_the_audit_trail(session: Session) -> None:
    person = users.add(session, name="ann", password=GOOD, actor="operator:zoe")
    line = session.scalars(select(AuditRow)).one()
    assert (line.actor, line.action, line.subject_id) == (
        "operator:zoe",
        "user.add",
        str(person.id),
    )
    assert line.detail == {"name": "ann", "role": "editor"}


def test_long_dead_sessions_are_swept_when_somebody_signs_in(
    session: Session, ann: users.Person
) -> None:
    old = an_open_session(session)
    fresh = an_open_session(session, now=NOW + timedelta(days=31))
    assert session.scalar(select(func.count()).select_from(SessionRow)) == 1
    assert signingin.signed_in(session, old.token, now=NOW) is None
    assert fresh.person == ann


def test_a_hash_of_weaker_costs_is_replaced_at_the_next_sign_in(
    session: Session, ann: users.Person
) -> None:
    weak = PasswordHasher(time_cost=1).hash(GOOD)
    session.execute(update(UserRow).where(UserRow.id == ann.id).values(password_hash=weak))
    an_open_session(session)
    stored = session.scalars(select(UserRow.password_hash).where(UserRow.id == ann.id)).one()
    assert "t=1" in weak
    assert stored is not None
    assert "t=3" in stored
