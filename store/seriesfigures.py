"""What the desk tells of a series in figures: coverage, decisions, sources, delays, near misses."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Date, Float, and_, cast, func, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.lacks import Silent
from pipeline.match import Decided
from store.models import (
    DecisionRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    OutletRow,
    SampleRow,
    StoryRow,
    TroubleRow,
    VersionRow,
)

DRAWN_ON = timedelta(weeks=8)  # what a series took so lately says which feeds it draws on
_NOT_WELL = ("silent", "failing", "gone")
_ACCEPTED = ("accepted", "placed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The instalment a series is at: the one that takes stories, else the last one opened."""

    id: int
    number: int
    opens: datetime
    cut_off: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How many stories of a day a series has taken."""

    day: date
    auto: int
    suggest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What was decided in a week: it begins on that day."""

    week: date
    accepted: int
    rejected: int

    @property
    def precision(self) -> float:
        """The share that was accepted."""
        return self.accepted / (self.accepted + self.rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShare:
    """What was decided of an outlet's stories."""

    outlet: str  # key
    name: str
    kind: str
    accepted: int
    rejected: int
    queued: int

    @property
    def decided(self) -> int:
        """How many have a decision."""
        return self.accepted + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """An ignored story that is shown all the same, for a person's word."""

    id: int
    story: int
    title: str
    outlet: str
    url: str | None
    score: float
    shown_as: str  # uncertain, sample
    seen: datetime
    why: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A past instalment, as a mark in a picture."""

    number: int
    cut_off: datetime
    state: str


def current(session: Session, series_id: int, now: datetime) -> Current | None:
    """The instalment whose window holds `now`, else the latest; None before the first."""
    row = InstalmentRow
    asked = (
        select(row)
        .where(row.series_id == series_id)
        .order_by(and_(row.opens_at < now, row.cut_off >= now).desc(), row.cut_off.desc())
        .limit(1)
    )
    found = session.scalars(asked).one_or_none()
    if found is None:
        return None
    return Current(
        id=found.id,
        number=found.number,
        opens=found.opens_at,
        cut_off=found.cut_off,
        state=found.state,
    )


def items_by_section(session: Session, instalment_id: int) -> dict[str, int]:
    """How many items that were not rejected stand in each section of an instalment."""
    asked = (
        select(ItemRow.section, func.count())
        .where(
            ItemRow.instalment_id == instalment_id,
            ItemRow.merged_into.is_(None),
            ItemRow.state != "rejected",
        )
        .group_by(ItemRow.section)
    )
    return dict(session.execute(asked).all())


def not_well(session: Session, series_id: int, now: datetime) -> list[Silent]:
    """The feeds that are silent, failing or gone, with how much the series drew on them lately."""
    # A feed with several troubles is named by the one that is open longest.
    asked = (
        select(TroubleRow, OutletRow)
        .join(FeedRow, FeedRow.id == TroubleRow.feed_id)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(
            TroubleRow.closed_at.is_(None),
            TroubleRow.kind.in_(_NOT_WELL),
            FeedRow.is_paused.is_(False),
        )
        .order_by(TroubleRow.opened_at, TroubleRow.id)
    )
    found: dict[int, tuple[TroubleRow, OutletRow]] = {}
    for trouble, outlet in session.execute(asked):
        found.setdefault(trouble.feed_id, (trouble, outlet))
    brought = _brought(session, series_id, sorted(found), now)
    return [
        Silent(
            feed_id=feed_id,
            name=outlet.name,
            outlet=outlet.key,
            kind=outlet.kind,
            trouble=trouble.kind,
            since=trouble.since or trouble.opened_at,
            brought=brought.get(feed_id, 0),
        )
        for feed_id, (trouble, outlet) in found.items()
    ]


def _brought(session: Session, series_id: int, feeds: list[int], now: datetime) -> dict[int, int]:
    if not feeds:
        return {}
    asked = (
        select(StoryRow.feed_id, func.count(StoryRow.id.distinct()))
        .join(MatchRow, MatchRow.story_id == StoryRow.id)
        .where(
            MatchRow.series_id == series_id,
            MatchRow.seen_at > now - DRAWN_ON,
            MatchRow.zone != "ignore",
            StoryRow.feed_id.in_(feeds),
        )
        .group_by(StoryRow.feed_id)
    )
    return dict(session.execute(asked).all())


def coverage(session: Session, series_id: int, *, since: datetime, zone: str) -> list[Day]:
    """How many stories a series took, day by day in the desk's zone; days without any left out."""
    row = MatchRow
    day = cast(func.timezone(zone, row.seen_at), Date).label("day")
    auto = func.count(row.story_id.distinct()).filter(row.zone == "auto")
    both = func.count(row.story_id.distinct())
    asked = (
        select(day, auto, both)
        .where(row.series_id == series_id, row.seen_at >= since, row.zone != "ignore")
        .group_by(day)
        .order_by(day)
    )
    return [
        Day(day=on, auto=surely, suggest=taken - surely)
        for on, surely, taken in session.execute(asked)
    ]


def marks(session: Session, series_id: int, *, since: datetime) -> list[Mark]:
    """The instalments whose cut-off lies after `since`, the oldest first."""
    row = InstalmentRow
    asked = select(row.number, row.cut_off, row.state).where(
        row.series_id == series_id, row.cut_off >= since
    )
    return [
        Mark(number=number, cut_off=cut_off, state=state)
        for number, cut_off, state in session.execute(asked.order_by(row.cut_off))
    ]


def weeks(session: Session, series_id: int, *, since: datetime, zone: str) -> list[Week]:
    """What was decided week by week, by the items' states as they stand now."""
    local = func.timezone(zone, ItemRow.touched_at)
    week = cast(func.date_trunc("week", local), Date).label("week")
    accepted = func.count().filter(ItemRow.state.in_(_ACCEPTED))
    rejected = func.count().filter(ItemRow.state == "rejected")
    asked = (
        select(week, accepted, rejected)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(
            InstalmentRow.series_id == series_id,
            ItemRow.merged_into.is_(None),
            ItemRow.touched_at >= since,
            ItemRow.state.in_([*_ACCEPTED, "rejected"]),
        )
        .group_by(week)
        .order_by(week)
    )
    return [Week(week=on, accepted=yes, rejected=no) for on, yes, no in session.execute(asked)]


def by_zone(session: Session, series_id: int, *, since: datetime) -> dict[str, tuple[int, int]]:
    """How many items were accepted and how many decided, by the zone they were offered in."""
    asked = (
        select(
            ItemRow.zone,
            func.count().filter(ItemRow.state.in_(_ACCEPTED)),
            func.count(),
        )
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(
            InstalmentRow.series_id == series_id,
            ItemRow.merged_into.is_(None),
            ItemRow.touched_at >= since,
            ItemRow.state.in_([*_ACCEPTED, "rejected"]),
        )
        .group_by(ItemRow.zone)
    )
    return {zone: (yes, both) for zone, yes, both in session.execute(asked)}


def sources(
    session: Session, series_id: int, *, since: datetime, instalment_id: int | None = None
) -> list[SourceShare]:
    """What became of each outlet's items, most accepted first; of one instalment, or since then."""
    state = ItemRow.state
    asked = (
        select(
            OutletRow.key,
            OutletRow.name,
            OutletRow.kind,
            func.count().filter(state.in_(_ACCEPTED)).label("accepted"),
            func.count().filter(state == "rejected").label("rejected"),
            func.count().filter(state.in_(("queued", "snoozed"))).label("queued"),
        )
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(
            InstalmentRow.series_id == series_id,
            ItemRow.merged_into.is_(None),
            InstalmentRow.cut_off >= since
            if instalment_id is None
            else InstalmentRow.id == instalment_id,
        )
        .group_by(OutletRow.id)
        .order_by(text("accepted DESC, rejected DESC, key"))
    )
    return [
        SourceShare(outlet=key, name=name, kind=kind, accepted=yes, rejected=no, queued=waiting)
        for key, name, kind, yes, no, waiting in session.execute(asked)
    ]


DELAYS: tuple[tuple[str, float], ...] = (
    ("15 min", 15),
    ("30 min", 30),
    ("1 hour", 60),
    ("3 hours", 180),
    ("6 hours", 360),
    ("12 hours", 720),
    ("1 day", 1440),
)  # up to so many minutes


@dataclass(frozen=True, slots=True)
class Delays:
    """From publication to the queue: how many items up to each of DELAYS, and how many later."""

    counts: tuple[int, ...]
    median_minutes: float | None


def delays(session: Session, series_id: int, *, since: datetime) -> Delays:
    """How long the stories of items took from their publication to the queue.

    An item is added for its first story; one that says it was published later than that is left
    out, and so is one without a date.
    """
    minutes = cast(
        func.extract("epoch", ItemRow.added_at - VersionRow.published_at) / 60, Float
    ).label("minutes")
    told = (
        select(minutes)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(VersionRow, VersionRow.id == ItemRow.version_id)
        .where(
            InstalmentRow.series_id == series_id,
            InstalmentRow.cut_off >= since,
            ItemRow.merged_into.is_(None),
            VersionRow.published_at <= ItemRow.added_at,
        )
        .subquery()
    )
    bounds = [0.0, *(most for _, most in DELAYS), float("inf")]
    counts = [
        func.count()
        .filter(told.c.minutes > low if low else told.c.minutes >= 0)
        .filter(told.c.minutes <= high)
        for low, high in pairwise(bounds)
    ]
    median = func.percentile_cont(0.5).within_group(told.c.minutes.asc())
    middle, *counted = session.execute(select(median, *counts)).one()
    return Delays(tuple(counted), None if middle is None else float(middle))


def near_misses(
    session: Session,
    series_id: int,
    *,
    shown_as: str,
    after: tuple[float | datetime, int] | None = None,
    limit: int = 20,
) -> list[NearMiss]:
    """The ignored that wait for a word: ignored only just, the nearest first, or drawn.

    `after`: score or moment, by which is ordered, and number of the last one told.
    """
    row = SampleRow
    by: InstrumentedAttribute[Any] = row.score if shown_as == "uncertain" else row.seen_at
    order = (by.desc(), row.id.desc())
    # The few that are shown are chosen before their words are joined: there may be thousands.
    first = (
        select(row.id)
        .join(StoryRow, StoryRow.id == row.story_id)
        .where(row.series_id == series_id, row.is_wanted.is_(None), row.shown_as == shown_as)
        .where(StoryRow.merged_into.is_(None))
        .order_by(*order)
        .limit(limit)
    )
    if after is not None:
        first = first.where(tuple_(by, row.id) < after)
    asked = (
        select(row, VersionRow.title, VersionRow.url, OutletRow.name)
        .join(VersionRow, VersionRow.id == row.version_id)
        .join(StoryRow, StoryRow.id == row.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(row.id.in_(list(session.scalars(first))))
        .order_by(*order)
    )
    return [
        NearMiss(
            id=sample.id,
            story=sample.story_id,
            title=title,
            outlet=outlet,
            url=url,
            score=sample.score,
            shown_as=sample.shown_as,
            seen=sample.seen_at,
            why=sample.why,
        )
        for sample, title, url, outlet in session.execute(asked)
    ]


def decided(session: Session, series_id: int, *, limit: int = 2000) -> list[Decided]:
    """The headlines of the items decided last, with the decisions' times."""
    asked = (
        select(ItemRow.headline, ItemRow.state, func.max(DecisionRow.decided_at))
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(DecisionRow, DecisionRow.item_id == ItemRow.id)
        .where(
            InstalmentRow.series_id == series_id,
            ItemRow.merged_into.is_(None),
            ItemRow.state.in_([*_ACCEPTED, "rejected"]),
        )
        .group_by(ItemRow.id)
        .order_by(func.max(DecisionRow.decided_at).desc())
        .limit(limit)
    )
    return [
        Decided(title=title, is_wanted=state in _ACCEPTED, at=at)
        for title, state, at in session.execute(asked)
    ]
