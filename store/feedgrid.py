"""The feeds as the desk shows them: a page of the grid at a time, one feed whole, its last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from store.models import (
    DocumentRow,
    FeedRow,
    OutletRow,
    PollCountRow,
    PollDayRow,
    SightingRow,
    SubscriptionRow,
    TroubleRow,
)

WELL = ("ok", "not_modified")
PAGE = 50
DAYS = 14  # of items, in the grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which feeds are asked for: of a state, of an outlet, with some words, a page of them."""

    state: str = ""  # 'unwell', 'paused', a state; '' for all
    outlet: str = ""  # key
    words: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The ids of one page of feeds, and how many there are of each state over all pages."""

    ids: list[int]
    found: int
    feeds: int
    outlets: int
    paused: int
    unwell: int
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One document as the page of its feed shows it."""

    id: int
    captured: datetime
    way: str
    status: int
    bytes: int
    items: int | None
    known: int
    format: str | None
    outcome: dict[str, Any] | None
    problems: list[str]
    state: str


def grid(session: Session, chosen: Chosen) -> Grid:
    """One page of the feeds that were asked for: those that need a look first, then by outlet."""
    row = FeedRow
    needs = _needs_a_look()
    state = case((row.is_paused, "paused"), else_=row.state)
    counted = session.execute(select(state, func.count()).group_by(state)).all()
    unwell = session.scalar(select(func.count()).select_from(row).where(needs)) or 0
    outlets = session.scalar(select(func.count(row.outlet_id.distinct()))) or 0
    asked = _narrowed(select(row.id), chosen)
    found = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
    ids = session.scalars(
        asked.order_by(needs.desc(), OutletRow.key, row.url)
        .limit(PAGE)
        .offset((chosen.page - 1) * PAGE)
    )
    states = {name: int(number) for name, number in counted}
    return Grid(
        ids=list(ids),
        found=found,
        feeds=sum(states.values()),
        outlets=outlets,
        paused=states.get("paused", 0),
        unwell=unwell,
        states=states,
    )


def _needs_a_look() -> ColumnElement[bool]:
    row = FeedRow
    is_open = exists().where(TroubleRow.feed_id == row.id, TroubleRow.closed_at.is_(None))
    return row.is_paused.is_(False) & or_(row.state.not_in(WELL), is_open)


def _narrowed(asked: Select[int], chosen: Chosen) -> Select[int]:
    row = FeedRow
    asked = asked.join(OutletRow, OutletRow.id == row.outlet_id)
    if chosen.state == "unwell":
        asked = asked.where(_needs_a_look())
    elif chosen.state == "paused":
        asked = asked.where(row.is_paused)
    elif chosen.state:
        asked = asked.where(row.state == chosen.state, row.is_paused.is_(False))
    if chosen.outlet:
        asked = asked.where(OutletRow.key == chosen.outlet)
    if chosen.words:
        asked = asked.where(
            or_(
                *(
                    column.icontains(chosen.words, autoescape=True)
                    for column in (row.url, row.title, OutletRow.name)
                )
            )
        )
    return asked


def items_by_day(
    session: Session, ids: Sequence[int], *, until: datetime, days: int = DAYS
) -> dict[int, dict[date, int]]:
    """How many stories each of these feeds carried for the first time, day by day in UTC."""
    row = SightingRow
    day = cast(func.timezone("UTC", row.first_seen_at), Date).label("day")
    since = until - timedelta(days=days)
    asked = (
        select(row.feed_id, day, func.count())
        .where(row.feed_id.in_(ids), row.first_seen_at > since, row.first_seen_at <= until)
        .group_by(row.feed_id, day)
    )
    found: dict[int, dict[date, int]] = {}
    for feed_id, on, number in session.execute(asked):
        found.setdefault(feed_id, {})[on] = number
    return found


def polls_by_day(session: Session, feed_id: int, *, days: int = 30) -> dict[date, dict[str, int]]:
    """How a feed's polls ended, day by day by the real clock."""
    row = PollDayRow
    today = cast(func.timezone("UTC", func.now()), Date)
    asked = (
        select(row.day, row.state, row.polls)
        .where(row.feed_id == feed_id, row.day > today - days)
        .order_by(row.day)
    )
    found: dict[date, dict[str, int]] = {}
    for day, state, polls in session.execute(asked):
        found.setdefault(day, {})[state] = polls
    return found


def polls(session: Session, feed_id: int) -> dict[str, int]:
    """How a feed's polls ended, since ever, the most frequent first."""
    row = PollCountRow
    asked = select(row.state, row.polls).where(row.feed_id == feed_id).order_by(row.polls.desc())
    return dict(session.execute(asked).all())


def documents(session: Session, feed_id: int, *, limit: int = 20) -> list[DocumentLine]:
    """The latest documents of a feed, the newest first, without their bytes."""
    row = DocumentRow
    asked = (
        select(row.id, row.captured_at, row.way, row.status, func.octet_length(row.body))
        .add_columns(row.items, row.known, row.format, row.outcome, row.problems, row.work_state)
        .where(row.feed_id == feed_id)
        .order_by(row.id.desc())
        .limit(limit)
    )
    return [
        DocumentLine(
            id=number,
            captured=captured,
            way=way,
            status=status,
            bytes=size,
            items=items,
            known=known,
            format=form,
            outcome=outcome,
            problems=problems,
            state=state,
        )
        for (
            number, captured, way, status, size, items, known, form, outcome, problems, state
        ) in session.execute(asked)
    ]  # fmt: skip


def settings(session: Session, feed_id: int) -> dict[str, Any] | None:
    """What an operator may set for a feed, and how it is asked; None if there is no such feed."""
    row = session.get(FeedRow, feed_id)
    if row is None:
        return None
    hub = session.scalar(
        select(SubscriptionRow.hub).where(SubscriptionRow.feed_id == feed_id).limit(1)
    )
    return {
        "title": row.title,
        "interval_minutes": row.interval_seconds // 60,
        "user_agent": row.user_agent or "",
        "wants_full_text": row.wants_full_text,
        "host": row.host,
        "original_url": row.original_url,
        "moved_to": row.moved_to,
        "hub": hub,
        "validators_lie": row.validators_lie,
        "has_validators": bool(row.etag or row.last_modified),
        "failures": row.failures,
        "work_error": row.last_error or "",
    }


def outlets(session: Session) -> list[tuple[str, str]]:
    """Every outlet's key and name, by name."""
    asked = select(OutletRow.key, OutletRow.name).order_by(func.lower(OutletRow.name))
    return [(key, name) for key, name in session.execute(asked)]
