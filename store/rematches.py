"""Rematches: stored stories matched again under a definition, as wished for, and how far."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import work
from store.models import DefinitionRow, RematchRow, SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Rematch:
    """How far stored stories were matched again under a definition."""

    id: int
    reached: int  # id of the last story done
    stories: int
    matched: int
    closed: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RematchLine:
    """A rematch as pages and the console show it."""

    id: int
    definition: int  # number
    stories: int
    matched: int
    closed: int
    total: int
    asked_by: str
    begun: datetime | None
    ended: datetime | None
    state: str  # of the work: ready, done, dead
    error: str

    @property
    def percent(self) -> int:
        """How much of it is done."""
        if self.ended is not None:
            return 100
        return min(99, 100 * self.stories // self.total) if self.total else 0


def ask(session: Session, series_id: int, *, definition_id: int, matcher: str, by: str) -> int:
    """Wish for a rematch; a worker sees to it. One that is there already is not begun again."""
    name = {"series_id": series_id, "definition_id": definition_id, "matcher": matcher}
    session.execute(insert(RematchRow).values(**name, asked_by=by).on_conflict_do_nothing())
    return session.scalars(select(RematchRow.id).filter_by(**name)).one()


def ask_again(
    session: Session, series_id: int, *, definition_id: int, matcher: str, by: str
) -> int:
    """Wish for a rematch from the beginning, also of what was matched again before."""
    number = ask(session, series_id, definition_id=definition_id, matcher=matcher, by=by)
    anew = {"reached": 0, "stories": 0, "matched": 0, "closed": 0, "asked_by": by}
    session.execute(
        update(RematchRow)
        .where(RematchRow.id == number)
        .values(**anew, begun_at=None, ended_at=None)
    )
    work.wake(session, RematchRow, [number])
    return number


def note_start(session: Session, rematch_id: int, *, total: int) -> None:
    """Note how many stories there are, and since when it is at work."""
    row = RematchRow
    session.execute(
        update(row)
        .where(row.id == rematch_id)
        .values(total=total, begun_at=func.coalesce(row.begun_at, func.now()), ended_at=None)
    )


def hold(session: Session, rematch_id: int) -> Rematch:
    """A rematch, locked: of two who carry it out, one waits for the other's batch."""
    row = session.scalars(
        select(RematchRow)
        .where(RematchRow.id == rematch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return Rematch(
        id=row.id,
        reached=row.reached,
        stories=row.stories,
        matched=row.matched,
        closed=row.closed,
        total=row.total,
    )


def advance(  # noqa: PLR0913  # how far, each figure by its name
    session: Session, rematch_id: int, *, reached: int, stories: int, matched: int, closed: int
) -> None:
    """Write down how far a rematch has come."""
    row = RematchRow
    session.execute(
        update(row)
        .where(row.id == rematch_id)
        .values(
            reached=reached,
            stories=row.stories + stories,
            matched=row.matched + matched,
            closed=row.closed + closed,
        )
    )


def end(session: Session, rematch_id: int) -> None:
    """Note that nothing is left to do."""
    row = RematchRow
    session.execute(
        update(row).where(row.id == rematch_id, row.ended_at.is_(None)).values(ended_at=func.now())
    )


def wished(session: Session, rematch_id: int) -> tuple[str, bool] | None:
    """The series' key, and whether the definition is still the one in force."""
    asked = (
        select(SeriesRow.key, SeriesRow.definition_id == RematchRow.definition_id)
        .join(RematchRow, RematchRow.series_id == SeriesRow.id)
        .where(RematchRow.id == rematch_id)
    )
    found = session.execute(asked).one_or_none()
    return None if found is None else (found[0], bool(found[1]))


def lines(
    session: Session, series_id: int, *, before: int | None = None, limit: int = 5
) -> list[RematchLine]:
    """The latest rematches of a series, the newest first; those before a number."""
    asked = (
        select(RematchRow, DefinitionRow.number)
        .join(DefinitionRow, DefinitionRow.id == RematchRow.definition_id)
        .where(RematchRow.series_id == series_id)
        .order_by(RematchRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(RematchRow.id < before)
    return [
        RematchLine(
            id=row.id,
            definition=number,
            stories=row.stories,
            matched=row.matched,
            closed=row.closed,
            total=row.total,
            asked_by=row.asked_by,
            begun=row.begun_at,
            ended=row.ended_at,
            state=row.work_state,
            error=row.last_error or "",
        )
        for row, number in session.execute(asked)
    ]
