"""Merges and splits that are suggested, and those that a person has refused: suggested no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, timelines
from store.models import DevelopmentRow, RefusedRow

MOST = 1000  # suggestions there can be at a time
_ASKED = 4  # times as many are looked at as are wanted: some of them have been refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A suggestion that was refused."""

    id: int
    kind: str
    development: int
    title: str
    other: int | None
    story: int | None
    by: str
    at: datetime


def open_ones(session: Session, *, limit: int = 50) -> list[dict[str, Any]]:
    """The suggestions that nobody has refused, latest first."""
    row = RefusedRow
    refused = {
        (one.kind, one.development_id, one.other_id, one.story_id)
        for one in session.scalars(select(row).where(row.taken_back_at.is_(None)))
    }
    found = timelines.suggestions(session, limit=limit + _ASKED * len(refused))
    return [one for one in found if _name(one) not in refused][:limit]


def _name(one: dict[str, Any]) -> tuple[str, int, int | None, int | None]:
    is_merge = one["kind"] == "merge"
    return (
        one["kind"],
        one["development"],
        one["other"] if is_merge else None,
        None if is_merge else one["story"],
    )


def refuse(  # noqa: PLR0913  # who refuses what when: each a plain fact
    session: Session,
    *,
    kind: str,
    development: int,
    other: int | None,
    story: int | None,
    by: str,
    at: datetime,
) -> None:
    """Suggest this merge or split no more; refused twice is refused once.

    Raises BadInput for what is no suggestion.
    """
    named = other if kind == "merge" else story
    if kind not in {"merge", "split"} or named is None:
        raise BadInput("that is no suggestion; load the page anew")
    for one in open_ones(session, limit=MOST):
        if _name(one) == (kind, development, other, story):
            break
    else:
        return  # refused already, ruled on, or not suggested any more
    session.execute(
        insert(RefusedRow).values(
            kind=kind,
            development_id=development,
            other_id=other,
            story_id=story,
            refused_by=by,
            refused_at=at,
        )
    )
    _note(session, by, "suggestion.refuse", development, {"kind": kind, "named": named})


def take_back(session: Session, refused_id: int, *, by: str, at: datetime) -> None:
    """Let a refused suggestion be made again. Raises BadInput for one that was not refused."""
    row = RefusedRow
    done = session.execute(
        update(row)
        .where(row.id == refused_id, row.taken_back_at.is_(None))
        .values(taken_back_by=by, taken_back_at=at)
        .returning(row.development_id)
    ).scalar_one_or_none()
    if done is None:
        raise BadInput("that is not refused any more; load the page anew")
    _note(session, by, "suggestion.take_back", done, {"refused": refused_id})


def refused(session: Session, *, before: int | None = None, limit: int = 20) -> list[Refused]:
    """The refusals that stand, latest first; those before a number."""
    row = RefusedRow
    asked = (
        select(row, DevelopmentRow.title)
        .join(DevelopmentRow, DevelopmentRow.id == row.development_id)
        .where(row.taken_back_at.is_(None))
        .order_by(row.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(row.id < before)
    return [
        Refused(
            id=one.id,
            kind=one.kind,
            development=one.development_id,
            title=title,
            other=one.other_id,
            story=one.story_id,
            by=one.refused_by,
            at=one.refused_at,
        )
        for one, title in session.execute(asked)
    ]


def _note(
    session: Session, by: str, action: str, development: int, detail: dict[str, object]
) -> None:
    audit.note(
        session,
        actor=by,
        action=action,
        subject_kind="development",
        subject_id=development,
        detail=detail,
    )
