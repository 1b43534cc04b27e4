"""The rhythm of each feed: when its stories came, read to be learnt from, and what was learnt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from store.models import FeedRow, SightingRow, VersionRow

LEARN_AGAIN = timedelta(days=1)  # news changes a rhythm slowly
LEARN_SOON = timedelta(hours=1)  # but not one that rests on little
LITTLE = 14.0  # days watched


@dataclass(frozen=True, slots=True)
class Came:
    """When a feed's stories came, in order, and when its very first document did."""

    moments: list[datetime]
    first: datetime


def to_learn(session: Session, now: datetime) -> list[int]:
    """The feeds that have brought news since their rhythm was learnt, if that is a while ago."""
    row, sighting = FeedRow, SightingRow
    news = exists().where(
        sighting.feed_id == row.id,
        or_(row.rhythm_at.is_(None), sighting.first_seen_at > row.rhythm_at),
    )
    is_young = func.coalesce(row.rhythm["days_watched"].as_float() < LITTLE, True)
    wait = case((is_young, LEARN_SOON), else_=LEARN_AGAIN)
    is_time = or_(row.rhythm_at.is_(None), row.rhythm_at + wait <= now)
    return list(session.scalars(select(row.id).where(is_time, news).order_by(row.id)))


def arrivals(session: Session, feed_ids: Sequence[int], *, since: datetime) -> dict[int, Came]:
    """When each feed's stories of the time after `since` were published, in order.

    Where a publication time is missing, lay ahead, or names a day and no hour, the arrival stands
    for it; but not for what a feed's very first document held, which came at no time of its own.
    """
    sighting, version = SightingRow, VersionRow
    first = (
        select(func.min(SightingRow.first_seen_at).label("at"), SightingRow.feed_id)
        .where(SightingRow.feed_id.in_(feed_ids))
        .group_by(SightingRow.feed_id)
        .subquery()
    )
    published = version.published_at
    names_an_hour = published != func.date_trunc("day", published)
    is_sane = func.coalesce(names_an_hour & (published < sighting.first_seen_at), False)
    at = case((is_sane, published), else_=sighting.first_seen_at)
    asked = (
        select(sighting.feed_id, at, first.c.at)
        .join(first, first.c.feed_id == sighting.feed_id)
        .join(version, (version.story_id == sighting.story_id) & (version.number == 1))
        .where(
            sighting.feed_id.in_(feed_ids),
            sighting.first_seen_at > since,
            or_(published.is_(None), published > since),
            or_(is_sane, sighting.first_seen_at > first.c.at),
        )
        .order_by(at)
    )
    found: dict[int, Came] = {}
    for feed_id, moment, began in session.execute(asked):
        found.setdefault(feed_id, Came([], began)).moments.append(moment)
    return found


def keep(session: Session, learnt: Mapping[int, dict[str, Any]], *, at: datetime) -> None:
    """Keep what was learnt of these feeds at product time `at`."""
    if learnt:
        session.connection().execute(
            update(FeedRow.__table__)  # type: ignore[arg-type]  # a mapped class's own table
            .where(FeedRow.id == bindparam("feed"))
            .values(rhythm=bindparam("rhythm"), rhythm_at=at),
            [{"feed": feed, "rhythm": rhythm} for feed, rhythm in sorted(learnt.items())],
        )
