"""People of the desk: their passwords, signing in with a limit on guessing, and sessions."""

import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ColumnElement, delete, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, rights
from store.models import SeriesRoleRow, SeriesRow, SessionRow, SignInAttemptRow, UserRow
from store.rights import ROLES

SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 500
FEWEST_LETTERS = 4  # different ones
LONGEST_NAME = 64
LONGEST_SHOWN = 100
SEEN_EVERY = timedelta(
    minutes=5
)  # noted no more often, so that reading a page mostly writes nothing
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

# Each check takes 64 MiB on purpose; a burst of sign-ins must not take the machine's memory.
_AT_ONCE = threading.BoundedSemaphore(2)
_HASHER = PasswordHasher()  # argon2id, RFC 9106's second profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in. `name` is what they type, `display_name` what others read.

    `role` is for all series; `of_series` has a higher one for some, by the series' key.
    """

    id: int
    name: str
    display_name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    of_series: Mapping[str, str] = field(default_factory=dict)
    has_password: bool = True

    def may(self, right: str, series: str | None = None) -> bool:
        """Whether they may use a right for a series; without one: for any series at all."""
        return rights.allows(self.role, self.of_series, right, series)


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


def add(  # noqa: PLR0913  # the columns of a person, all by keyword
    session: Session,
    *,
    name: str,
    password: str,
    display_name: str = "",
    role: str = "editor",
    actor: str = "console",
) -> Person:
    """Add a person who may sign in. Raises BadInput in words for whoever typed it."""
    see_that_it_is_strong(password, name)
    return _add(
        session, name=name, password=password, display_name=display_name, role=role, actor=actor
    )


def add_without_password(
    session: Session, *, name: str, display_name: str = "", role: str, actor: str
) -> Person:
    """Add a person who signs in with a link, or through a provider. Raises BadInput."""
    return _add(
        session, name=name, password=None, display_name=display_name, role=role, actor=actor
    )


def _add(  # noqa: PLR0913  # as above
    session: Session, *, name: str, password: str | None, display_name: str, role: str, actor: str
) -> Person:
    name = folded(name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or " " in name:
        raise BadInput(
            f"A sign-in name has 1 to {LONGEST_NAME} characters and no blanks: for example ann.reed"
        )
    if role not in ROLES:
        raise BadInput(f"There is no role {role!r}: use {', '.join(ROLES)}")
    shown = "".join(c for c in display_name if c.isprintable()).strip()[:LONGEST_SHOWN]
    row = session.scalars(
        insert(UserRow)
        .values(
            name=name,
            display_name=shown or name,
            password_hash=None if password is None else hashed(password),
            role=role,
        )
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(UserRow)
    ).one_or_none()
    if row is None:
        raise BadInput(f"There is already somebody called {name}: choose another name")
    audit.note(
        session,
        actor=actor,
        action="user.add",
        subject_kind="user",
        subject_id=row.id,
        detail={"name": name, "role": role},
    )
    return _person(row)


def see_that_it_is_strong(password: str, name: str) -> None:
    """Raise BadInput, in words for whoever typed it, for a password that is easily guessed."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(
            f"The password is too short: it needs at least {SHORTEST_PASSWORD} characters. "
            "Several unrelated words make a good one."
        )
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"The password is longer than {LONGEST_PASSWORD} characters")
    if folded(password) in {folded(name), folded(name) * 2} or len(set(password)) < FEWEST_LETTERS:
        raise BadInput("The password is easily guessed. Several unrelated words make a good one.")


def everyone(session: Session) -> list[Person]:
    """All people, disabled ones too, by name."""
    asked = select(UserRow, of_series()).order_by(UserRow.name)
    return [_person(row, roles) for row, roles in session.execute(asked)]


def find(session: Session, name: str) -> Person | None:
    """The person of that sign-in name, disabled or not."""
    asked = select(UserRow, of_series()).where(UserRow.name == folded(name))
    found = session.execute(asked).one_or_none()
    return None if found is None else _person(*found)


def by_id(session: Session, user_id: int) -> Person | None:
    """The person of that number, disabled or not."""
    asked = select(UserRow, of_series()).where(UserRow.id == user_id)
    found = session.execute(asked).one_or_none()
    return None if found is None else _person(*found)


def who_may(session: Session, right: str, series: str | None, *, most: int = 5) -> list[str]:
    """The names, as others read them, of some who may use a right: whom to ask."""
    able = [one for one in everyone(session) if one.disabled_at is None and one.may(right, series)]
    # Whoever stands lowest and still may is the nearest to ask.
    able.sort(key=lambda one: (ROLES.index(one.role), one.display_name))
    return [one.display_name for one in able[:most]]


def of_series() -> ColumnElement[dict[str, str]]:
    """As a column beside UserRow: what they are for single series, by key."""
    return (
        select(
            func.coalesce(
                func.jsonb_object_agg(SeriesRow.key, SeriesRoleRow.role),
                literal_column("'{}'::jsonb"),
                type_=JSONB,
            )
        )
        .select_from(SeriesRoleRow)
        .join(SeriesRow, SeriesRow.id == SeriesRoleRow.series_id)
        .where(SeriesRoleRow.user_id == UserRow.id)
        .correlate(UserRow)
        .scalar_subquery()
    )


def disable(session: Session, name: str, *, actor: str, now: datetime) -> Person:
    """Bar a person from signing in and end their sessions. Raises BadInput for an unknown name."""
    row = session.scalars(
        select(UserRow).where(UserRow.name == folded(name)).with_for_update()
    ).one_or_none()
    if row is None:
        raise BadInput(f"There is nobody called {name}: `serieswatch users list` shows all names")
    if row.disabled_at is None:
        row.disabled_at = now
        session.flush()  # the statement below and the audit line belong after it
        audit.note(
            session,
            actor=actor,
            action="user.disable",
            subject_kind="user",
            subject_id=row.id,
            detail={"name": row.name},
        )
    session.execute(
        update(SessionRow)
        .where(SessionRow.user_id == row.id, SessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return _person(row)


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
    if _HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = hashed(password)
    person = _person(row)
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


def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password made that hash. An unknown person's (None) takes the same time."""
    nobody = _nobody()  # before the check, so that making it never tells unknown names from known
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or nobody, _composed(password))
        except VerifyMismatchError:
            return False
    return password_hash is not None


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
        person=_person(user, roles),
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


def _person(row: UserRow, of_series: Mapping[str, str] | None = None) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=row.role,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        of_series=of_series or {},
        has_password=row.password_hash is not None,
    )


def folded(name: str) -> str:
    """A name as it is stored: case, composition and outer blanks do not matter."""
    # A NUL cannot be asked for in PostgreSQL; no name holds one.
    return unicodedata.normalize("NFKC", name).casefold().strip().replace("\0", "")


def _composed(password: str) -> str:
    """One form for what keyboards compose differently; blanks and case count."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """The hash under which a password is stored."""
    with _AT_ONCE:
        return _HASHER.hash(_composed(password))


@cache
def _nobody() -> str:
    """A hash that no password makes, to check the passwords of unknown names against."""
    return hashed(secrets.token_urlsafe(32))


def token_hash(token: str) -> bytes:
    """What is stored of a token: whoever reads the tables can do nothing with it."""
    return hashlib.sha256(token.encode()).digest()
