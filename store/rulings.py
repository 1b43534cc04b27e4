"""Rulings of editors on developments: what was ruled, and which stories it moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.models import DevelopmentRow, MemberRow, RulingRow, WeighedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What an editor has ruled, and whether it was taken back."""

    id: int
    kind: str  # merge, split
    development_id: int  # what stays
    other_id: int  # what was merged into it, or split from it
    story_ids: tuple[int, ...]  # that changed sides
    reason: str
    by: str
    at: datetime
    undone_by: str | None
    undone: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A story whose development a ruling has changed, as clustering remembers it."""

    number: int
    development_id: int
    title: str  # of the development


def of_development(session: Session, development_id: int) -> list[Ruling]:
    """The rulings about a development, those taken back among them, oldest first."""
    row = RulingRow
    about = (row.development_id == development_id) | (row.other_id == development_id)
    return [told(one) for one in session.scalars(select(row).where(about).order_by(row.id))]


def last_of(session: Session, development_id: int) -> int:
    """The revision of the last ruling about a development, or of its undo; 0 before the first."""
    row = RulingRow
    about = (row.development_id == development_id) | (row.other_id == development_id)
    return session.execute(
        select(func.coalesce(func.max(row.revision), 0)).where(about)
    ).scalar_one()


def standing(session: Session) -> list[Ruling]:
    """All rulings that were not taken back, oldest first."""
    row = RulingRow
    asked = select(row).where(row.undone_at.is_(None)).order_by(row.id)
    return [told(one) for one in session.scalars(asked)]


def everything(session: Session) -> list[Ruling]:
    """All rulings there ever were, oldest first."""
    return [told(one) for one in session.scalars(select(RulingRow).order_by(RulingRow.id))]


def last_revision(session: Session) -> int:
    """The revision of the last ruling or undo, 0 before the first."""
    return session.execute(select(func.coalesce(func.max(RulingRow.revision), 0))).scalar_one()


def moved_since(session: Session, revision: int, *, first: int) -> Iterator[Moved]:
    """Where stories are now that later rulings have moved, as far as they are remembered."""
    row = RulingRow
    asked = select(row.story_ids).where(row.revision > revision)
    story_ids = {number for ids in session.scalars(asked) for number in ids}
    places = (
        select(WeighedRow.number, MemberRow.development_id, DevelopmentRow.title)
        .join(MemberRow, MemberRow.story_id == WeighedRow.story_id)
        .join(DevelopmentRow, DevelopmentRow.id == MemberRow.development_id)
        .where(WeighedRow.story_id.in_(story_ids), WeighedRow.number >= first)
        .order_by(WeighedRow.number)
    )
    for number, development_id, title in session.execute(places):
        yield Moved(number=number, development_id=development_id, title=title)


def told(row: RulingRow) -> Ruling:
    """A ruling as its row says."""
    return Ruling(
        id=row.id,
        kind=row.kind,
        development_id=row.development_id,
        other_id=row.other_id,
        story_ids=tuple(row.story_ids),
        reason=row.reason,
        by=row.decided_by,
        at=row.decided_at,
        undone_by=row.undone_by,
        undone=row.undone_at,
    )
