"""The notices as the desk lists them: those that wait, those settled, and what a kill overtook."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from store.models import NoticeRow, OutletRow, StoryRow, VersionRow
from store.notices import KEPT

WAITING = ("unresolved", "proposed")  # states of a notice that wait for somebody or something


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A notice as the desk lists it."""

    id: int
    state: str
    action: str
    outlet: str  # its name
    headline: str
    said: str
    names: str  # what it names, in words
    story_id: int | None
    story_title: str
    why: str
    at: datetime
    keep_until: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A story of which only the kill has come: nothing of it can be used when it comes."""

    story_id: int
    outlet: str
    headline: str
    at: datetime


def notices(
    session: Session, *, after: tuple[int, datetime, int] | None = None, limit: int = 100
) -> list[NoticeLine]:
    """The notices, those that wait for somebody first, then the latest of the others.

    `after`: whether the last one told waits (1 or 0), when it came, and its number.
    """
    row = NoticeRow
    waits = case((row.state.in_(WAITING), 1), else_=0)
    asked = (
        select(row, OutletRow.name, VersionRow.title)
        .join(OutletRow, OutletRow.id == row.outlet_id)
        .outerjoin(StoryRow, StoryRow.id == row.story_id)
        .outerjoin(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .order_by(waits.desc(), row.at.desc(), row.id.desc())
        .limit(limit)
    )
    if after is not None:
        asked = asked.where(tuple_(waits, row.at, row.id) < after)
    return [
        NoticeLine(
            id=one.id,
            state=one.state,
            action=one.action,
            outlet=outlet,
            headline=one.headline,
            said=one.said,
            names=_names(one),
            story_id=one.story_id,
            story_title=title or "",
            why=one.why,
            at=one.at,
            keep_until=one.keep_until,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
        )
        for one, outlet, title in session.execute(asked)
    ]


def overtaken(session: Session, *, at: datetime) -> list[Overtaken]:
    """Kills of the last week that came before the story they kill, the latest first."""
    told, other = VersionRow.wire["status"].astext, aliased(VersionRow)
    usable = exists().where(
        other.story_id == StoryRow.id, other.wire["status"].astext != "canceled"
    )
    asked = (
        select(StoryRow.id, OutletRow.name, VersionRow.title, StoryRow.first_seen_at)
        .join(VersionRow, VersionRow.story_id == StoryRow.id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.status == "killed", StoryRow.first_seen_at > at - KEPT)
        .where(VersionRow.number == StoryRow.current_version, told == "canceled", ~usable)
        .order_by(StoryRow.first_seen_at.desc())
        .limit(50)
    )
    return [Overtaken(*row) for row in session.execute(asked)]


def count_open(session: Session) -> int:
    """How many notices wait for somebody."""
    asked = select(func.count()).where(
        or_(NoticeRow.state == "unresolved", NoticeRow.state == "proposed")
    )
    return session.scalar(asked) or 0


def _names(row: NoticeRow) -> str:
    """What a notice names, in words."""
    if row.lineage:
        return f"item {row.lineage}"
    if row.numbers:
        source, number, day = row.numbers[0].split(" ", 2)
        return f"item {source} {number} of {day}".replace("  ", " ")
    return f"“{row.hint}”"
