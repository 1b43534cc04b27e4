"""How the feeds are: what `feeds list` and the desk's page of sources say of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline import schedule
from pipeline.records import Rhythm
from store import troubles
from store.models import FeedMemoryRow, FeedRow, OutletRow, SetAsideRow
from store.troubles import TroubleLine

WATCHED_ENOUGH = 1.0  # days, before a rhythm is worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One feed's health, as far as its own row does not say it."""

    outlet_name: str
    troubles: tuple[TroubleLine, ...]  # open ones, the worst first
    set_aside: int  # things of it that wait to be looked at
    slice_hit_ratio: float | None  # share of its items known by their bytes, since ever
    rhythm: Rhythm | None  # None until it has been watched for long enough
    last_seen: datetime | None  # when it last carried a story it had not carried before
    next_why: str
    lost_suspected: int

    @property
    def pace(self) -> str:
        """Its rhythm in words."""
        return schedule.pace(self.rhythm.an_hour) if self.rhythm else "not known yet"


def of_feeds(session: Session, ids: Sequence[int] | None = None) -> dict[int, Health]:
    """The health of every feed, or of these, by its id."""
    open_ones: dict[int, list[TroubleLine]] = {}
    for line in troubles.lines(session):
        open_ones.setdefault(line.feed_id, []).append(line)
    aside = (
        select(SetAsideRow.feed_id, func.count().label("things"))
        .where(SetAsideRow.settled_at.is_(None))
        .group_by(SetAsideRow.feed_id)
        .subquery()
    )
    row, memory = FeedRow, FeedMemoryRow
    share = memory.known / func.nullif(memory.seen, 0)
    asked = (
        select(
            row.id,
            OutletRow.name,
            func.coalesce(aside.c.things, 0),
            share,
            row.rhythm,
            troubles.last_new(row),
            row.next_why,
            row.lost_suspected,
        )
        .join(OutletRow, OutletRow.id == row.outlet_id)
        .outerjoin(aside, aside.c.feed_id == row.id)
        .outerjoin(memory, memory.feed_id == row.id)
    )
    if ids is not None:
        asked = asked.where(row.id.in_(ids))
    return {
        feed_id: Health(
            outlet_name=name,
            troubles=tuple(open_ones.get(feed_id, ())),
            set_aside=things,
            slice_hit_ratio=None if ratio is None else round(float(ratio), 4),
            rhythm=_learnt(rhythm),
            last_seen=last_seen,
            next_why=why,
            lost_suspected=lost,
        )
        for feed_id, name, things, ratio, rhythm, last_seen, why, lost in session.execute(asked)
    }


def _learnt(kept: dict[str, Any] | None) -> Rhythm | None:
    rhythm = schedule.rhythm_from_json(kept)
    return rhythm if rhythm and rhythm.days_watched >= WATCHED_ENOUGH else None
