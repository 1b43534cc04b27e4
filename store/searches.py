"""Searches of the queue kept under a name, for oneself or for the desk."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit
from store.models import SavedSearchRow, UserRow
from store.users import Person

LONGEST_NAME = 60
MOST = 100  # of one person: a list that is still looked through


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A search under its name."""

    id: int
    name: str
    query: str
    owner: str  # as others read the name
    is_mine: bool
    is_shared: bool


def save(  # noqa: PLR0913  # the search, its name, whose and for whom
    session: Session, owner: Person, name: str, query: str, *, is_shared: bool, at: datetime
) -> None:
    """Keep a search; one of the same name of the same person is replaced."""
    called = " ".join(name.replace("\0", "").split())
    if not called or len(called) > LONGEST_NAME:
        raise BadInput(f"A search is kept under a name of 1 to {LONGEST_NAME} characters")
    others = select(func.count()).where(
        SavedSearchRow.owner_id == owner.id, SavedSearchRow.name != called
    )
    if (session.scalar(others) or 0) >= MOST:
        raise BadInput(f"You keep {MOST} searches already: drop one that you need no more first")
    facts = {"query": query, "is_shared": is_shared}
    session.execute(
        insert(SavedSearchRow)
        .values(owner_id=owner.id, name=called, created_at=at, **facts)
        .on_conflict_do_update(index_elements=["owner_id", "name"], set_=facts)
    )
    detail: dict[str, object] = {"name": called, "query": query, "shared": is_shared}
    audit.note(
        session,
        actor=owner.name,
        action="search.save",
        subject_kind="search",
        subject_id=called,
        detail=detail,
    )


def of(session: Session, user: Person) -> list[Saved]:
    """Somebody's own searches and those shared with the desk, by name."""
    asked = (
        select(SavedSearchRow, UserRow.display_name)
        .join(UserRow, UserRow.id == SavedSearchRow.owner_id)
        .where(or_(SavedSearchRow.owner_id == user.id, SavedSearchRow.is_shared))
        .order_by(SavedSearchRow.name, SavedSearchRow.id)
    )
    return [
        Saved(
            id=row.id,
            name=row.name,
            query=row.query,
            owner=owner,
            is_mine=row.owner_id == user.id,
            is_shared=row.is_shared,
        )
        for row, owner in session.execute(asked)
    ]


def forget(session: Session, search_id: int, user: Person) -> None:
    """Drop one of somebody's own searches; others' stay."""
    gone = session.execute(
        delete(SavedSearchRow)
        .where(SavedSearchRow.id == search_id, SavedSearchRow.owner_id == user.id)
        .returning(SavedSearchRow.name)
    ).one_or_none()
    if gone is not None:
        audit.note(
            session,
            actor=user.name,
            action="search.forget",
            subject_kind="search",
            subject_id=gone[0],
        )
