"""Signing in, with a limit on guessing, and the sessions of whoever did."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import audit
from store.models import SessionRow, SignInAttemptRow, UserRow
from store.passwords import hashed, needs_rehash, token_hash, verify
from store.users import LONGEST_NAME, Person, folded, of_series, person_of

# Noted no more often, so that reading a page mostly writes nothing.
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long sessions last and how often may be guessed; config/settings.py has the same."""

    lasts: timedelta = timedelta(hours=12)  # a working day, however busy it is
    idle: timedelta = timedelta(hours=4)  # and as long as nobody comes by
    window: timedelta = timedelta(minutes=15)
    per_name: int = 8  # failures in the window, wherever they come from
    per_address: int = 40  # a whole office may share one address


LIMITS = Limits()
LONGEST_WINDOW = timedelta(days=1)

# Advisory locks: guesses at one name, or from one address, take turns. Otherwise a burst of
# simultaneous guesses would all see the count as it was before any of them. Addresses are locked
# before names, always, so that no two sign-ins wait for one another.
_FROM_ADDRESS, _AT_NAME = 7304, 7305


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A signed-in browser. `token` goes into its cookie and is stored nowhere."""

    token: str
    csrf_token: str  # every form of this session carries it
    expires_at: datetime
    person: Person
    id: int = 0  # what lists call it by

    def may(self, right: str, series: str | None = None) -> bool:
        """Whether whoever is signed in may use a right: pages show buttons by it."""
        return self.person.may(right, series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A sign-in that failed: name and password do not go together, or too many guesses."""

    why: Literal["wrong", "limited"]
    retry_after: int = 0  # seconds until a further attempt is looked at


def sign_in(  # noqa: PLR0913  # who, with what, from where, when: all of it is looked at
    session: Session,
    *,
    name: str,
    password: str,
    address: str,
    now: datetime,
    agent: str = "",
    limits: Limits = LIMITS,
) -> OpenSession | Refused:
    """Open a session for whoever knows the password, or say why not.

    `address` is the browser's network address. A refusal is an ordinary result and no error: the
    failed attempt must be committed. While the limit holds, no password is looked at and no
    attempt is counted, so that somebody else's guessing cannot keep a name locked for ever.
    """
    name, guesser = folded(name)[:LONGEST_NAME], _guesser(address)
    session.execute(select(func.pg_advisory_xact_lock(_FROM_ADDRESS, func.hashtext(guesser))))
    session.execute(select(func.pg_advisory_xact_lock(_AT_NAME, func.hashtext(name))))
    wait = max(
        _wait(session, SignInAttemptRow.name == name, limits.per_name, limits, now=now),
        _wait(session, SignInAttemptRow.address == guesser, limits.per_address, limits, now=now),
    )
    if wait > timedelta(0):
        return Refused(why="limited", retry_after=int(wait.total_seconds()) + 1)
    row = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    is_theirs = verify(password, None if row is None else row.password_hash)
    if row is None or not is_theirs or row.disabled_at is not None or not row.password_hash:
        _record_failure(session, name=name, address=guesser, now=now)
        return Refused(why="wrong")
    if needs_rehash(row.password_hash):
        row.password_hash = hashed(password)
    person = person_of(row)
    return open_session(session, person, address=address, agent=agent, now=now, limits=limits)


def check_again(
    session: Session, name: str, password: str, *, now: datetime, limits: Limits = LIMITS
) -> Refused | None:
    """None if that is the password of somebody already signed in; counted like signing in."""
    session.execute(select(func.pg_advisory_xact_lock(_AT_NAME, func.hashtext(name))))
    wait = _wait(session, SignInAttemptRow.name == name, limits.per_name, limits, now=now)
    if wait > timedelta(0):
        return Refused(why="limited", retry_after=int(wait.total_seconds()) + 1)
    stored = session.scalar(select(UserRow.password_hash).where(UserRow.name == name))
    if verify(password, stored):
        return None
    _record_failure(session, name=name, address="", now=now)
    return Refused(why="wrong")


def signed_in(
    session: Session, token: str, *, now: datetime, limits: Limits = LIMITS
) -> OpenSession | None:
    """The open session a cookie's token stands for; None if over, revoked or never given out."""
    last = func.coalesce(SessionRow.last_seen_at, SessionRow.created_at)
    asked = (
        select(SessionRow, UserRow, of_series())
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.token_hash == token_hash(token), SessionRow.expires_at > now)
        .where(
            SessionRow.revoked_at.is_(None), UserRow.disabled_at.is_(None), last > now - limits.idle
        )
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    row, user, roles = found
    if (row.last_seen_at or row.created_at) < now - SEEN_EVERY:
        _note_seen(session, row.token_hash, now=now)
    return OpenSession(
        token=token,
        csrf_token=row.csrf_token,
        expires_at=row.expires_at,
        person=person_of(user, roles),
        id=row.id,
    )


def _note_seen(session: Session, hashed: bytes, *, now: datetime) -> None:
    """Note that somebody came by, unless a neighbouring request is just doing so."""
    seen = or_(SessionRow.last_seen_at.is_(None), SessionRow.last_seen_at < now - SEEN_EVERY)
    free = (
        select(SessionRow.token_hash)
        .where(SessionRow.token_hash == hashed, seen)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == free)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """Revoke a session; its cookie is worth nothing from now on, wherever it was copied to."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == token_hash(token), SessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def open_session(  # noqa: PLR0913  # whose, from where, with what, how, when
    session: Session,
    person: Person,
    *,
    address: str,
    now: datetime,
    agent: str = "",
    way: str = "password",
    limits: Limits = LIMITS,
) -> OpenSession:
    """A new session of somebody who has shown who they are; `way` says how."""
    # Long dead rows answer no question any more; signing in is rare enough to sweep them.
    session.execute(delete(SessionRow).where(SessionRow.expires_at < now - timedelta(days=30)))
    opened = OpenSession(
        token=secrets.token_urlsafe(32),
        csrf_token=secrets.token_urlsafe(32),
        expires_at=now + limits.lasts,
        person=person,
    )
    row = SessionRow(
        token_hash=token_hash(opened.token),
        user_id=person.id,
        csrf_token=opened.csrf_token,
        created_at=now,
        expires_at=opened.expires_at,
        last_seen_at=now,
        address=address,
        agent="".join(c for c in agent if c.isprintable())[:LONGEST_AGENT],
        way=way,
    )
    session.add(row)
    session.flush()  # for its number
    audit.note(
        session, actor=person.name, action="session.open", subject_kind="user",
        subject_id=person.id, detail={"name": person.name, "address": address, "way": way},
    )  # fmt: skip
    return replace(opened, id=row.id)


def _guesser(address: str) -> str:
    """Whose guesses are counted together: an address; of IPv6 the network it may choose from."""
    try:
        own = ip_address(address)
    except ValueError:  # a socket without an address
        return address
    if own.version == 4:  # noqa: PLR2004  # of the protocol
        return address
    if own.ipv4_mapped is not None:
        return str(own.ipv4_mapped)
    return str(ip_network((own, 64), strict=False))


def _wait(
    session: Session, whose: ColumnElement[bool], most: int, limits: Limits, *, now: datetime
) -> timedelta:
    """How long until fewer than `most` failures lie in the window; zero or less: do already."""
    failures: Sequence[datetime] = session.scalars(
        select(SignInAttemptRow.at).where(whose).order_by(SignInAttemptRow.at.desc()).limit(most)
    ).all()
    if len(failures) < most:
        return timedelta(0)
    return failures[-1] + limits.window - now


def _record_failure(session: Session, *, name: str, address: str, now: datetime) -> None:
    yesterday = now - LONGEST_WINDOW
    session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.at < yesterday))
    session.execute(insert(SignInAttemptRow).values(name=name, address=address, at=now))
