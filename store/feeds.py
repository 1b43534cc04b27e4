"""Feeds and their health: read for a poll, updated by one, listed for the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import and_, case, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.records import Feed, OutletKind, Verdict
from store.models import FeedRow, OutletRow, PollCountRow, SightingRow

UNREADABLE = ("parse_error", "html", "empty", "poison")  # there was an answer, but no feed in it


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledFeed:
    """A feed with what the steps after the fetch need to know of its outlet."""

    feed: Feed
    interval_seconds: int
    outlet_id: int
    outlet: str  # key
    outlet_kind: OutletKind
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One feed as `feeds list` shows it."""

    id: int
    url: str
    title: str
    outlet: str
    kind: str
    state: str
    reason: str
    since: datetime
    last_attempt: datetime | None
    last_success: datetime | None
    last_new: datetime | None
    next_poll: datetime
    interval_seconds: int
    failures: int
    is_paused: bool
    stories: int


def load(session: Session, feed_id: int) -> PolledFeed:
    """One feed, ready to be polled. Raises NoResultFound for an unknown id."""
    row, outlet = session.execute(
        select(FeedRow, OutletRow)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(FeedRow.id == feed_id)
    ).one()
    return PolledFeed(
        feed=Feed(
            id=row.id,
            url=row.url,
            kind=_kind(outlet),
            etag=row.etag,
            last_modified=row.last_modified,
            answer_hash=row.answer_hash,
            failures=row.failures,
        ),
        interval_seconds=row.interval_seconds,
        outlet_id=outlet.id,
        outlet=outlet.key,
        outlet_kind=_kind(outlet),
        language=outlet.language or None,
    )


def _kind(outlet: OutletRow) -> OutletKind:
    return cast("OutletKind", outlet.kind)  # the column holds these words only


def note_poll(session: Session, feed_id: int, verdict: Verdict) -> None:
    """Write down how a poll ended: state, reason, validators, counters. Real time throughout.

    The same unreadable bytes again are no good news: the feed stays in the state they put it in,
    and without validators. So a 304 always speaks of a body that was read, and is good news.
    """
    row = FeedRow
    is_same_again = verdict.state == "not_modified" and verdict.body_hash is not None
    is_still_unreadable = and_(literal(is_same_again), row.state.in_(UNREADABLE))
    values: dict[str, object] = {
        "state": case((is_still_unreadable, row.state), else_=verdict.state),
        "reason": case((is_still_unreadable, row.reason), else_=verdict.reason),
        "state_since": case(
            (is_still_unreadable | row.state.in_(_alike(verdict.state)), row.state_since),
            else_=func.now(),
        ),
        "last_attempt_at": func.now(),
        "failures": row.failures + 1
        if verdict.is_failure
        else case((is_still_unreadable, row.failures + 1), else_=0),
    }
    if not verdict.is_failure:
        values["last_success_at"] = case(
            (is_still_unreadable, row.last_success_at), else_=func.now()
        )
        for name in ("etag", "last_modified"):
            values[name] = case((is_still_unreadable, null()), else_=getattr(verdict, name))
    if verdict.body_hash is not None:
        values["answer_hash"] = verdict.body_hash
    session.execute(update(row).where(row.id == feed_id).values(**values))
    session.execute(
        insert(PollCountRow)
        .values(feed_id=feed_id, state=verdict.state, polls=1)
        .on_conflict_do_update(
            index_elements=["feed_id", "state"], set_={"polls": PollCountRow.polls + 1}
        )
    )


def note_unreadable(
    session: Session, feed_id: int, *, body_hash: str, state: str, reason: str
) -> None:
    """The answer came, but no parser could read it: the feed is not well, whatever HTTP said.

    Its validators are dropped: they belong to a body that was never processed. Nothing happens if
    the feed has given another answer since, which speaks for itself.
    """
    row = FeedRow
    session.execute(
        update(row)
        .where(row.id == feed_id, row.answer_hash == body_hash)
        .values(
            state=state,
            reason=reason,
            state_since=case((row.state == state, row.state_since), else_=func.now()),
            failures=row.failures + 1,
            etag=None,
            last_modified=None,
        )
    )


def note_read(
    session: Session, feed_id: int, *, body_hash: str, problems: Sequence[str] = ()
) -> None:
    """The answer the feed gave last was read: with problems they are told, else it is well."""
    row = FeedRow
    if problems:
        session.execute(
            update(row)
            .where(row.id == feed_id, row.answer_hash == body_hash)
            .values(reason="read, but: " + "; ".join(problems)[:1000])
        )
    session.execute(
        update(row)
        .where(row.id == feed_id, row.answer_hash == body_hash, row.state.in_(UNREADABLE))
        .values(
            state="ok",
            reason="its last document was read at a further try",
            state_since=func.now(),
            last_success_at=func.now(),
            failures=0,
        )
    )


def note_new(session: Session, feed_id: int, *, at: datetime) -> None:
    """New stories came from this feed at product time `at`."""
    row = FeedRow
    newest = func.greatest(func.coalesce(row.last_new_at, at), at)
    session.execute(update(row).where(row.id == feed_id).values(last_new_at=newest))


def lines(session: Session) -> list[FeedLine]:
    """All feeds with their health, by outlet."""
    carried = (
        select(SightingRow.feed_id, func.count().label("stories"))
        .group_by(SightingRow.feed_id)
        .subquery()
    )
    asked = (
        select(FeedRow, OutletRow, func.coalesce(carried.c.stories, 0))
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .outerjoin(carried, carried.c.feed_id == FeedRow.id)
        .order_by(OutletRow.key, FeedRow.url)
    )
    return [
        FeedLine(
            id=feed.id,
            url=feed.url,
            title=feed.title,
            outlet=outlet.key,
            kind=outlet.kind,
            state="paused" if feed.is_paused else feed.state,
            reason=feed.reason,
            since=feed.state_since,
            last_attempt=feed.last_attempt_at,
            last_success=feed.last_success_at,
            last_new=feed.last_new_at,
            next_poll=feed.due_at,
            interval_seconds=feed.interval_seconds,
            failures=feed.failures,
            is_paused=feed.is_paused,
            stories=stories,
        )
        for feed, outlet, stories in session.execute(asked)
    ]


def outlet_id(session: Session, key: str) -> int | None:
    """The id of the outlet with this key, None if there is none."""
    return session.scalar(select(OutletRow.id).where(OutletRow.key == key))


def ensure_outlet(session: Session, **facts: object) -> int:
    """The id of the outlet with this key, made or brought up to date with the facts given."""
    statement = insert(OutletRow).values(**facts)
    changed = {name: statement.excluded[name] for name in facts if name != "key"}
    return session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_=changed).returning(
            OutletRow.id
        )
    ).scalar_one()


def ensure_feed(session: Session, **facts: object) -> int:
    """The id of the feed with this url, made or brought up to date with the facts given."""
    statement = insert(FeedRow).values(**facts)
    changed = {name: statement.excluded[name] for name in facts if name not in {"url", "due_at"}}
    return session.execute(
        statement.on_conflict_do_update(index_elements=["url"], set_=changed).returning(FeedRow.id)
    ).scalar_one()


def set_paused(session: Session, feed_id: int, *, is_paused: bool) -> bool:
    """Pause or resume polling one feed; False if there is no such feed. Nothing is deleted.

    A poll under way is not kept: it would make the feed due again.
    """
    found = session.scalar(
        update(FeedRow)
        .where(FeedRow.id == feed_id)
        .values(
            is_paused=is_paused,
            work_state="done" if is_paused else "ready",
            due_at=func.now(),
            lease_token=None,
            lease_until=None,
        )
        .returning(FeedRow.id)
    )
    return found is not None


def postpone(session: Session, *, seconds: float) -> None:
    """Put off every feed's next poll by so much from now."""
    session.execute(update(FeedRow).values(due_at=func.now() + timedelta(seconds=seconds)))


def ids_by_url(session: Session) -> dict[str, int]:
    """Every feed's id by its address."""
    return dict(session.execute(select(FeedRow.url, FeedRow.id)).all())


def answer_hashes(session: Session, ids: Sequence[int]) -> dict[int, str | None]:
    """The sha256 of the last body captured of each of these feeds."""
    asked = select(FeedRow.id, FeedRow.answer_hash).where(FeedRow.id.in_(ids))
    return dict(session.execute(asked).all())


def polls(session: Session) -> dict[str, int]:
    """How many polls have ended in each state, over all feeds."""
    asked = select(PollCountRow.state, func.sum(PollCountRow.polls)).group_by(PollCountRow.state)
    return {state: int(number) for state, number in session.execute(asked)}


def active(session: Session, feed_id: int | None = None) -> list[int]:
    """Ids of the feeds that are polled, or of the one asked for if it is."""
    asked = select(FeedRow.id).where(FeedRow.is_paused.is_(False)).order_by(FeedRow.id)
    if feed_id is not None:
        asked = asked.where(FeedRow.id == feed_id)
    return list(session.scalars(asked))


def _alike(state: str) -> tuple[str, ...]:
    """The states that count as no change: a feed is as well with a 304 as with a new body."""
    return ("ok", "not_modified") if state in {"ok", "not_modified"} else (state,)
