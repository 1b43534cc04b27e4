"""People of the desk: who may sign in, and what they are."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, rights
from store.models import SeriesRoleRow, SeriesRow, SessionRow, UserRow
from store.passwords import hashed
from store.rights import ROLES

SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 500
FEWEST_LETTERS = 4  # different ones
LONGEST_NAME = 64
LONGEST_SHOWN = 100


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
    return person_of(row)


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
    return [person_of(row, roles) for row, roles in session.execute(asked)]


def find(session: Session, name: str) -> Person | None:
    """The person of that sign-in name, disabled or not."""
    asked = select(UserRow, of_series()).where(UserRow.name == folded(name))
    found = session.execute(asked).one_or_none()
    return None if found is None else person_of(*found)


def by_id(session: Session, user_id: int) -> Person | None:
    """The person of that number, disabled or not."""
    asked = select(UserRow, of_series()).where(UserRow.id == user_id)
    found = session.execute(asked).one_or_none()
    return None if found is None else person_of(*found)


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
    return person_of(row)


def person_of(row: UserRow, of_series: Mapping[str, str] | None = None) -> Person:
    """A person as their row says, with what they are for single series."""
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
