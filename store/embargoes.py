"""Embargoes: which are in force, and letting those lift whose time has come.

Nothing sleeps until an embargo ends: its end stands in the story's row, and whoever delivers or
exports looks at the clock again. Lifting only tells the desk that it has happened.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from store import changes, lineages
from store.changes import Happened
from store.models import StoryRow, VersionRow

LIFTED_BY = "machine:embargo"
_MOST = 500  # lifted in one round; the next comes within half a minute


@dataclass(frozen=True, slots=True)
class Held:
    """An embargo as it stands: until when, None for no known end; and of which story."""

    until: datetime | None
    story_id: int


def is_held(now: datetime) -> ColumnElement[bool]:
    """Whether a story is under embargo at this moment, for statements."""
    return or_(
        StoryRow.embargo == "unknown",
        and_(StoryRow.embargo == "until", StoryRow.embargo_until > now),
    )


def held(story: StoryRow, now: datetime) -> Held | None:
    """The embargo a story is under at this moment, None for none."""
    if story.embargo == "unknown":
        return Held(None, story.id)
    if story.embargo == "until" and story.embargo_until is not None and story.embargo_until > now:
        return Held(story.embargo_until, story.id)
    return None


def lift_due(session: Session, *, at: datetime) -> list[int]:
    """Note which embargoes have ended; gives their stories. Again at once, it finds none."""
    row = StoryRow
    due = (
        select(row.id)
        .where(row.embargo == "until", row.embargo_until <= at)
        .order_by(row.id)
        .limit(_MOST)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = list(session.scalars(due))
    return _lift(session, ids, said="Its time has come.", by=LIFTED_BY, at=at)


def lift(session: Session, story_id: int, *, said: str, by: str, at: datetime) -> bool:
    """Take a person's word that an embargo is over; True if there was one."""
    asked = select(StoryRow.id).where(StoryRow.id == story_id, StoryRow.embargo != "none")
    ids = list(session.scalars(asked.with_for_update(key_share=True)))
    return bool(_lift(session, ids, said=said, by=by, at=at))


def _lift(session: Session, ids: list[int], *, said: str, by: str, at: datetime) -> list[int]:
    if not ids:
        return []
    current = (
        select(StoryRow.id, VersionRow.id, StoryRow.embargo_until)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(StoryRow.id.in_(ids))
    )
    happened = [
        Happened(
            story_id=story_id,
            kind="released",
            occasion=_occasion(until, by, at),
            version_id=version_id,
            said=said,
        )
        for story_id, version_id, until in session.execute(current)
    ]
    told = update(StoryRow).where(StoryRow.id.in_(ids))
    session.execute(told.values(embargo="none", embargo_until=None))
    changes.record(session, happened, by=by, at=at)
    return ids


def _occasion(until: datetime | None, by: str, at: datetime) -> str:
    """What tells this lift from others: until further notice may be said, and lifted, twice."""
    name = lineages.embargo_name(until)
    return name if until is not None or by == LIFTED_BY else f"{name} lifted {at.isoformat()}"
