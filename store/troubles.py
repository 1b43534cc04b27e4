"""Troubles of feeds: what the watch looks at, and the rows that open once and close once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Interval, case, func, or_, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from pipeline.records import ANSWERED_304
from store.models import FeedRow, OutletRow, SightingRow, TroubleRow

LOCK_CLASS = 7308  # of our advisory locks: whoever watches does not hinder who places

Kind = Literal["gone", "failing", "silent", "items_missed", "moved"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # the worst first


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One feed as the watch sees it. Times are the product's, spans are of the real clock."""

    id: int
    kind: str  # of its outlet
    state: str
    reason: str
    failures: int
    has_succeeded: bool
    since_success: timedelta  # since the last good poll, or since it is followed
    since_asked: timedelta | None  # since the last poll, None before the first
    age: timedelta  # since it is followed
    last_new: datetime | None
    rhythm: dict[str, Any] | None
    lost: int
    overlap: float | None
    moved_to: str | None
    moved_polls: int
    twin: int | None  # another feed that stands on the address this one has moved to


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble of one feed, as the watch finds it."""

    feed_id: int
    kind: Kind
    reason: str
    since: datetime | None = None  # when it was last well
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    """A feed that answers "not modified": whether one believes it is another question."""

    id: int
    rhythm: dict[str, Any] | None
    last_new: datetime | None
    siblings_new: datetime | None  # when any feed of the same host last brought news


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleLine:
    """One trouble as the console and the desk show it."""

    id: int
    feed_id: int
    feed: str  # address
    outlet: str  # key
    kind: str
    reason: str
    done: str
    since: datetime | None
    opened: datetime
    closed: datetime | None


def turn(session: Session) -> bool:
    """Whether it is this session's turn to watch, until its transaction ends: one does at a time.

    Two that look at the same moment would each believe its own look: what the one closed, the
    other would open again.
    """
    asked = text("SELECT pg_try_advisory_xact_lock(:class, 0)").bindparams(**{"class": LOCK_CLASS})
    return bool(session.scalar(asked))


def watched(session: Session) -> list[Watched]:
    """Every feed that is followed and not paused."""
    row, twin = FeedRow, aliased(FeedRow)
    # Spans, not times: a replay's product time is years away from the clock that polls run on.
    success = type_coerce(func.now() - func.coalesce(row.last_success_at, row.created_at), Interval)
    asked_at = type_coerce(func.now() - row.last_attempt_at, Interval)
    age = type_coerce(func.now() - row.created_at, Interval)
    other = (
        select(func.min(twin.id))
        .where(twin.url == row.moved_to, twin.id != row.id, twin.is_paused.is_(False))
        .scalar_subquery()
    )
    asked = (
        select(
            row.id,
            OutletRow.kind,
            row.state,
            row.reason,
            row.failures,
            row.last_success_at.is_not(None).label("has_succeeded"),
            success.label("since_success"),
            asked_at.label("since_asked"),
            age.label("age"),
            last_new(row).label("last_new"),
            row.rhythm,
            row.lost_suspected.label("lost"),
            row.overlap,
            row.moved_to,
            row.moved_polls,
            case((row.moved_to.is_not(None), other)).label("twin"),
        )
        .join(OutletRow, OutletRow.id == row.outlet_id)
        .where(row.is_paused.is_(False))
    )
    return [Watched(**one) for one in session.execute(asked).mappings()]


def last_new(feed: type[FeedRow]) -> ColumnElement[datetime | None]:
    """When a feed last carried a story that it had not carried before.

    Not only those that were new to us: a feed that repeats its house's other feeds is not silent.
    """
    row = SightingRow
    seen = select(func.max(row.first_seen_at)).where(row.feed_id == feed.id).scalar_subquery()
    return func.greatest(feed.last_new_at, seen)


def open_ones(session: Session) -> list[TroubleRow]:
    """Every open trouble, the oldest first."""
    asked = select(TroubleRow).where(TroubleRow.closed_at.is_(None)).order_by(TroubleRow.id)
    return list(session.scalars(asked))


def lost_before(session: Session, feed_ids: Sequence[int]) -> dict[int, int]:
    """Up to which number of lost documents each of these feeds has had a trouble for them."""
    row = TroubleRow
    asked = (
        select(row.feed_id, func.max(row.lost))
        .where(row.feed_id.in_(feed_ids), row.kind == "items_missed")
        .group_by(row.feed_id)
    )
    return dict(session.execute(asked).all())


def start(session: Session, found: Sequence[Trouble], *, at: datetime) -> dict[int, Trouble]:
    """Open these troubles at product time `at`; gives those that were not open yet, by id."""
    if not found:
        return {}
    row = TroubleRow
    opened = session.execute(
        insert(row)
        .values(
            [
                {
                    "feed_id": one.feed_id,
                    "kind": one.kind,
                    "reason": one.reason,
                    "since": one.since,
                    "lost": one.lost,
                    "opened_at": at,
                }
                for one in found
            ]
        )
        .on_conflict_do_nothing(
            index_elements=["feed_id", "kind"], index_where=text("closed_at IS NULL")
        )
        .returning(row.id, row.feed_id, row.kind)
    )
    by_key = {(one.feed_id, str(one.kind)): one for one in found}
    return {number: by_key[feed_id, kind] for number, feed_id, kind in opened}


def grow(session: Session, number: int, *, reason: str, lost: int) -> None:
    """An open trouble has got worse: what is said of it from now on."""
    session.execute(
        update(TroubleRow).where(TroubleRow.id == number).values(reason=reason, lost=lost)
    )


def end(session: Session, numbers: Sequence[int], *, at: datetime) -> list[int]:
    """Close these troubles at product time `at`; gives those that were open."""
    row = TroubleRow
    closing = (
        update(row)
        .where(row.id.in_(numbers), row.closed_at.is_(None))
        .values(closed_at=at)
        .returning(row.id)
    )
    return sorted(session.scalars(closing)) if numbers else []


def note_done(session: Session, number: int, done: str) -> None:
    """Say what was done about a trouble."""
    session.execute(update(TroubleRow).where(TroubleRow.id == number).values(done=done))


def lines(session: Session, *, closed_since: datetime | None = None) -> list[TroubleLine]:
    """The open troubles, the worst kind first; with `closed_since` also those closed after it."""
    row = TroubleRow
    is_told: ColumnElement[bool] = row.closed_at.is_(None)
    if closed_since is not None:
        is_told = or_(is_told, row.closed_at > closed_since)
    worst = case(
        {kind: place for place, kind in enumerate(KINDS)}, value=row.kind, else_=len(KINDS)
    )
    asked = (
        select(row, FeedRow.url, OutletRow.key)
        .join(FeedRow, FeedRow.id == row.feed_id)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(is_told)
        .order_by(row.closed_at.is_not(None), worst, row.opened_at.desc(), row.id)
    )
    return [_line(trouble, url, outlet) for trouble, url, outlet in session.execute(asked)]


def lines_of(session: Session, feed_id: int, *, limit: int = 30) -> list[TroubleLine]:
    """The troubles of one feed: the open ones, then those that are over, the latest first."""
    row = TroubleRow
    asked = (
        select(row, FeedRow.url, OutletRow.key)
        .join(FeedRow, FeedRow.id == row.feed_id)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(row.feed_id == feed_id)
        .order_by(row.closed_at.is_not(None), row.opened_at.desc(), row.id.desc())
        .limit(limit)
    )
    return [_line(trouble, url, outlet) for trouble, url, outlet in session.execute(asked)]


def _line(trouble: TroubleRow, url: str, outlet: str) -> TroubleLine:
    return TroubleLine(
        id=trouble.id,
        feed_id=trouble.feed_id,
        feed=url,
        outlet=outlet,
        kind=trouble.kind,
        reason=trouble.reason,
        done=trouble.done,
        since=trouble.since,
        opened=trouble.opened_at,
        closed=trouble.closed_at,
    )


def ask_for_audits(session: Session, feed_ids: Sequence[int]) -> list[int]:
    """Let the next poll of these feeds be a plain one; gives those it had not been asked for."""
    row = FeedRow
    asking = (
        update(row)
        .where(row.id.in_(feed_ids), row.is_audit_due.is_(False))
        .values(is_audit_due=True)
        .returning(row.id)
    )
    return sorted(session.scalars(asking)) if feed_ids else []


def may_be_audited(session: Session) -> list[Quiet]:
    """Feeds that answer 304 to their validators and whose last audit is long ago."""
    row, sibling = FeedRow, aliased(FeedRow)
    siblings = (
        select(sibling.host, func.max(sibling.last_new_at).label("at"))
        .where(sibling.host != "")
        .group_by(sibling.host)
        .subquery()
    )
    asked = (
        select(row.id, row.rhythm, last_new(row), siblings.c.at)
        .outerjoin(siblings, siblings.c.host == row.host)
        .where(
            row.is_paused.is_(False),
            row.is_audit_due.is_(False),
            row.validators_lie.is_(False),
            row.state == "not_modified",
            row.reason == ANSWERED_304,
            or_(row.etag.is_not(None), row.last_modified.is_not(None)),
            or_(
                row.audited_at.is_(None),
                row.audited_at + func.make_interval(0, 0, 0, 0, 0, 0, row.audit_wait_seconds)
                <= func.now(),
            ),
        )
    )
    return [Quiet(*one) for one in session.execute(asked)]
