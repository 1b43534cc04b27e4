"""Who is at the desk: roles, invitations, passwords, and the sessions that are open."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, passwords, signingin, users
from store.models import InvitationRow, SeriesRoleRow, SeriesRow, SessionRow, UserRow
from store.rights import EVERYWHERE, OF_SERIES, ROLES
from store.signingin import LIMITS, Limits
from store.users import Person

INVITATION_LASTS = timedelta(days=3)
_APPROVING = 7307  # advisory lock: changes of who may approve take turns


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A signed-in browser as its owner and operators see it."""

    id: int
    user_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    way: str


def give(
    session: Session, user_id: int, role: str, *, series: str = EVERYWHERE, actor: str
) -> Person:
    """Make somebody that, for all series or for one; '' for one takes it back. Raises BadInput."""
    row = _locked(session, user_id)
    if series == EVERYWHERE:
        if role not in ROLES:
            raise BadInput(f"There is no role {role!r}: use {', '.join(ROLES)}")
        if row.role == "operator" and role != "operator":
            _see_that_an_operator_stays(session, user_id)
        _see_that_somebody_approves(session, replace(_there(session, user_id), role=role))
        row.role = role
        session.flush()  # the audit line belongs after it
    else:
        _give_of_series(session, row, role, series, actor=actor)
    _note(session, "user.role", row, actor=actor, role=role or "none", series=series)
    return _there(session, user_id)


def _give_of_series(session: Session, row: UserRow, role: str, series: str, *, actor: str) -> None:
    series_id = session.scalar(select(SeriesRow.id).where(SeriesRow.key == series))
    if series_id is None:
        raise BadInput(f"There is no series {series!r}")
    if role and role not in OF_SERIES:
        raise BadInput(f"For one series one is {' or '.join(OF_SERIES)}, not {role!r}")
    before = _there(session, row.id)
    others = {key: told for key, told in before.of_series.items() if key != series}
    after = others | ({series: role} if role else {})
    _see_that_somebody_approves(session, replace(before, of_series=after))
    if not role:
        session.execute(
            delete(SeriesRoleRow).where(
                SeriesRoleRow.user_id == row.id, SeriesRoleRow.series_id == series_id
            )
        )
        return
    facts = {"role": role, "given_by": actor}
    session.execute(
        insert(SeriesRoleRow)
        .values(user_id=row.id, series_id=series_id, **facts)
        .on_conflict_do_update(
            index_elements=["user_id", "series_id"], set_=facts | {"given_at": func.now()}
        )
    )


def set_of_series(session: Session, user_id: int, roles: dict[str, str], *, actor: str) -> None:
    """Make somebody exactly that in single series, as a sign-in provider says it."""
    person = _there(session, user_id)
    for series in person.of_series.keys() | roles.keys():
        if person.of_series.get(series, "") != roles.get(series, ""):
            give(session, user_id, roles.get(series, ""), series=series, actor=actor)


def invite(  # noqa: PLR0913  # who, as what, by whom, when
    session: Session,
    *,
    name: str,
    display_name: str,
    role: str,
    actor: str,
    now: datetime,
) -> tuple[Person, str]:
    """Add somebody without a password, and the token of the link with which they set one."""
    person = users.add_without_password(
        session, name=name, display_name=display_name, role=role, actor=actor
    )
    return person, new_link(session, person.id, actor=actor, now=now)


def new_link(session: Session, user_id: int, *, actor: str, now: datetime) -> str:
    """The token of a link with which somebody sets a new password; earlier ones are void."""
    row = _locked(session, user_id)
    if row.disabled_at is not None:
        raise BadInput(f"{row.display_name} is shut out: let them in first")
    session.execute(delete(InvitationRow).where(InvitationRow.user_id == user_id))
    token = secrets.token_urlsafe(32)
    session.execute(
        insert(InvitationRow).values(
            token_hash=passwords.token_hash(token),
            user_id=user_id,
            made_by=actor,
            made_at=now,
            expires_at=now + INVITATION_LASTS,
        )
    )
    _note(session, "user.invite", row, actor=actor)
    return token


def invited(session: Session, token: str, *, now: datetime) -> Person | None:
    """Whom a link is for; None if it is used, too old, or none of ours."""
    asked = select(InvitationRow.user_id).where(_is_good(token, now))
    user_id = session.scalar(asked)
    person = None if user_id is None else users.by_id(session, user_id)
    return None if person is None or person.disabled_at is not None else person


def take_up(session: Session, token: str, password: str, *, now: datetime) -> Person | None:
    """Set the password a link's owner chose; the link is used up. BadInput for a weak one."""
    person = invited(session, token, now=now)
    if person is None:
        return None
    users.see_that_it_is_strong(password, person.name)
    used = session.scalar(
        update(InvitationRow)
        .where(_is_good(token, now))
        .values(used_at=now)
        .returning(InvitationRow.user_id)
    )
    if used is None:
        return None
    set_password(session, person.id, password, actor=person.name, now=now)
    return users.by_id(session, person.id)


def set_password(  # noqa: PLR0913  # whose, which, by whom, when, and what stays open
    session: Session, user_id: int, password: str, *, actor: str, now: datetime, keep: int = 0
) -> None:
    """Give somebody a password and end their sessions, but for the one to `keep`."""
    row = _locked(session, user_id)
    users.see_that_it_is_strong(password, row.name)
    row.password_hash = passwords.hashed(password)
    session.flush()  # the statements below belong after it
    sign_out_everywhere(session, user_id, now=now, keep=keep)
    session.execute(
        delete(InvitationRow).where(
            InvitationRow.user_id == user_id, InvitationRow.used_at.is_(None)
        )
    )
    _note(session, "user.password", row, actor=actor)


def change_password(  # noqa: PLR0913  # whose, old and new, from which session, when
    session: Session,
    person: Person,
    *,
    old: str,
    new: str,
    now: datetime,
    keep: int,
    limits: Limits = LIMITS,
) -> None:
    """Change one's own password, knowing the present one. Raises BadInput in plain words.

    Guesses at the present one count as guesses at signing in do: a session left open on a desk
    must not be a way to find the password.
    """
    row = _locked(session, person.id)
    if row.password_hash is not None:
        refused = signingin.check_again(session, person.name, old, now=now, limits=limits)
        if refused is not None:
            raise BadInput(
                "There were too many wrong attempts: try again later"
                if refused.why == "limited"
                else "The present password is not right"
            )
    set_password(session, person.id, new, actor=person.name, now=now, keep=keep)


def enable(session: Session, user_id: int, *, actor: str) -> Person:
    """Let somebody in again who was shut out; their sessions stay ended."""
    row = _locked(session, user_id)
    if row.disabled_at is not None:
        row.disabled_at = None
        session.flush()  # the audit line belongs after it
        _note(session, "user.enable", row, actor=actor)
    return _there(session, user_id)


def disable(session: Session, user_id: int, *, actor: str, now: datetime) -> Person:
    """Shut somebody out at once. Raises BadInput for the last operator."""
    row = _locked(session, user_id)
    if row.role == "operator":
        _see_that_an_operator_stays(session, user_id)
    if row.disabled_at is None:
        before = _there(session, user_id)
        _see_that_somebody_approves(session, replace(before, role="reader", of_series={}))
    return users.disable(session, row.name, actor=actor, now=now)


def sessions(
    session: Session, user_id: int, *, now: datetime, limits: Limits = LIMITS
) -> list[SessionLine]:
    """Where somebody is signed in, the latest first."""
    last = func.coalesce(SessionRow.last_seen_at, SessionRow.created_at)
    asked = (
        select(SessionRow, last)
        .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        .where(SessionRow.expires_at > now, last > now - limits.idle)
        .order_by(last.desc())
        .limit(100)
    )
    return [
        SessionLine(
            id=row.id,
            user_id=row.user_id,
            created_at=row.created_at,
            last_seen_at=seen,
            expires_at=row.expires_at,
            address=row.address,
            agent=row.agent,
            way=row.way,
        )
        for row, seen in session.execute(asked)
    ]


def revoke(session: Session, user_id: int, session_id: int, *, actor: str, now: datetime) -> bool:
    """End one session of somebody; whether there was one to end."""
    ended = session.scalar(
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.user_id == user_id)
        .where(SessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(SessionRow.id)
    )
    if ended is not None:
        audit.note(
            session,
            actor=actor,
            action="session.revoke",
            subject_kind="user",
            subject_id=user_id,
            detail={"session": session_id},
        )
    return ended is not None


def sign_out_everywhere(session: Session, user_id: int, *, now: datetime, keep: int = 0) -> None:
    """End all sessions of somebody, but for the one to `keep`."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        .where(SessionRow.id != keep)
        .values(revoked_at=now)
    )


def series_titles(session: Session) -> dict[str, str]:
    """Every series' title by its key."""
    asked = select(SeriesRow.key, SeriesRow.title).order_by(SeriesRow.title)
    return {key: title for key, title in session.execute(asked)}  # noqa: C416  # rows, not pairs


def _is_good(token: str, now: datetime) -> ColumnElement[bool]:
    return (
        (InvitationRow.token_hash == passwords.token_hash(token))
        & (InvitationRow.expires_at > now)
        & InvitationRow.used_at.is_(None)
    )


def _locked(session: Session, user_id: int) -> UserRow:
    asked = select(UserRow).where(UserRow.id == user_id).with_for_update()
    row = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise BadInput("There is nobody of that number")
    return row


def _there(session: Session, user_id: int) -> Person:
    person = users.by_id(session, user_id)
    assert person is not None  # noqa: S101  # its row is held
    return person


def _see_that_an_operator_stays(session: Session, user_id: int) -> None:
    """Raise BadInput if nobody but this one could manage the house; locks operators in order."""
    asked = (
        select(UserRow.id)
        .where(UserRow.role == "operator", UserRow.disabled_at.is_(None))
        .order_by(UserRow.id)
        .with_for_update()
    )
    if all(one == user_id for one in session.scalars(asked).all()):
        raise BadInput("Somebody must stay operator: make somebody else one first")


def _see_that_somebody_approves(session: Session, after: Person) -> None:
    """Raise BadInput if no instalment of a running series could be approved after such a change."""
    session.execute(select(func.pg_advisory_xact_lock(_APPROVING)))  # of two who go, one waits
    everybody = users.everyone(session)
    before = next(one for one in everybody if one.id == after.id)
    others = [one for one in everybody if one.disabled_at is None and one.id != after.id]
    running = select(SeriesRow.key, SeriesRow.title).where(SeriesRow.status == "running")
    for key, title in session.execute(running.order_by(SeriesRow.key)):
        is_less = before.may("approve", key) and not after.may("approve", key)
        if is_less and not any(one.may("approve", key) for one in others):
            raise BadInput(
                f"Somebody must stay who may approve {title}: make somebody else its chief first"
            )


def _note(session: Session, action: str, row: UserRow, *, actor: str, **detail: object) -> None:
    audit.note(
        session,
        actor=actor,
        action=action,
        subject_kind="user",
        subject_id=row.id,
        detail={"name": row.name, **detail},
    )
