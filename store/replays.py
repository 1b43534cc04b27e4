"""Replays that were wished for at the desk: the edited definition, how far, what came out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from store.models import ReplayRow, SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A wish for a replay, and what came of it so far."""

    id: int
    series: str
    based_on: int
    source: str
    definition: dict[str, Any]
    note: str
    days: int
    asked_by: str
    asked_at: datetime
    stories: int
    total: int
    result: dict[str, Any] | None
    state: str
    error: str

    @property
    def percent(self) -> int:
        """How much of it is done."""
        if self.result is not None:
            return 100
        return min(99, 100 * self.stories // self.total) if self.total else 0


def ask(  # noqa: PLR0913  # the facts of a wish, each by its name
    session: Session,
    series_id: int,
    *,
    based_on: int,
    source: str,
    definition: Mapping[str, Any],
    days: int,
    note: str,
    by: str,
) -> int:
    """Wish for a replay; a worker sees to it. Gives its number."""
    return session.execute(
        insert(ReplayRow)
        .values(
            series_id=series_id,
            based_on=based_on,
            source=source,
            definition=dict(definition),
            days=days,
            note=note,
            asked_by=by,
        )
        .returning(ReplayRow.id)
    ).scalar_one()


def find(session: Session, replay_id: int) -> Wish | None:
    """One wish; None if there is none of that number."""
    asked = (
        select(ReplayRow, SeriesRow.key)
        .join(SeriesRow, SeriesRow.id == ReplayRow.series_id)
        .where(ReplayRow.id == replay_id)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    row, key = found
    return Wish(
        id=row.id,
        series=key,
        based_on=row.based_on,
        source=row.source,
        definition=row.definition,
        note=row.note,
        days=row.days,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        stories=row.stories,
        total=row.total,
        result=row.result,
        state=row.work_state,
        error=row.last_error or "",
    )


def wished(session: Session, replay_id: int) -> Wish:
    """One wish that is there, since it was claimed."""
    found = find(session, replay_id)
    if found is None:
        raise LookupError(replay_id)
    return found


def note_start(session: Session, replay_id: int, *, total: int) -> None:
    """Note how many stories will be looked at."""
    session.execute(
        update(ReplayRow).where(ReplayRow.id == replay_id).values(total=total, stories=0)
    )


def advance(session: Session, replay_id: int, *, stories: int) -> None:
    """Note how many were looked at."""
    session.execute(update(ReplayRow).where(ReplayRow.id == replay_id).values(stories=stories))


def end(session: Session, replay_id: int, *, result: Mapping[str, Any]) -> None:
    """Keep what came out."""
    session.execute(
        update(ReplayRow)
        .where(ReplayRow.id == replay_id)
        .values(result=dict(result), ended_at=func.now())
    )
