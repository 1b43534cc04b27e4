"""Feeds and their health: read for a poll, updated by one, listed for the operator."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Double,
    Integer,
    bindparam,
    case,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from pipeline.domains import host_of
from pipeline.records import Feed, OutletKind
from store import audit
from store.models import DocumentRow, FeedRow, OutletRow, PollCountRow, SightingRow

UNREADABLE = (
    "parse_error",
    "html",
    "empty",
    "poison",
    "too_costly",
)  # there was an answer, but no feed in it


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
    next_why: str  # why it is polled then
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


def note_unreadable(  # noqa: PLR0913  # the facts of one failure, each by its name
    session: Session, feed_id: int, *, document_id: int, body_hash: str, state: str, reason: str
) -> None:
    """The answer came, but no parser could read it: the feed is not well, whatever HTTP said.

    Its validators are dropped: they belong to a body that was never processed, unless a further
    document was kept since. All else stays as it is if the feed has given another answer since,
    which speaks for itself.
    """
    row = FeedRow
    is_followed = exists().where(DocumentRow.feed_id == feed_id, DocumentRow.id > document_id)
    session.execute(
        update(row)
        .where(row.id == feed_id, ~is_followed)
        .values(etag=None, last_modified=None, validators_of=None)
    )
    session.execute(
        update(row)
        .where(row.id == feed_id, row.answer_hash == body_hash)
        .values(
            state=state,
            reason=reason,
            state_since=case((row.state == state, row.state_since), else_=func.now()),
            failures=row.failures + 1,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a document that was read has shown of its feed."""

    hints: dict[str, Any]
    items: int  # in the document
    known: int  # how many of them were known
    is_whole: bool  # no part of the feed: what is missing from it has left the feed
    span_seconds: float | None  # from its oldest to its newest item, None where that is not known


# Conditions are those of the row as it was: an UPDATE's right sides all see the old values.
_READ = text("""
    UPDATE feeds AS f SET
        reason = CASE
            WHEN f.answer_hash <> :body_hash THEN f.reason
            WHEN f.state = ANY(:unreadable) THEN 'its last document was read at a further try'
            WHEN :problems <> '' THEN 'read, but: ' || :problems
            ELSE f.reason END,
        state = CASE WHEN f.answer_hash = :body_hash AND f.state = ANY(:unreadable)
            THEN 'ok' ELSE f.state END,
        state_since = CASE WHEN f.answer_hash = :body_hash AND f.state = ANY(:unreadable)
            THEN now() ELSE f.state_since END,
        last_success_at = CASE WHEN f.answer_hash = :body_hash AND f.state = ANY(:unreadable)
            THEN now() ELSE f.last_success_at END,
        failures = CASE WHEN f.answer_hash = :body_hash AND f.state = ANY(:unreadable)
            THEN 0 ELSE f.failures END,
        last_new_at = greatest(f.last_new_at, CAST(:new_at AS timestamptz)),
        hints = CASE WHEN :is_shown THEN CAST(:hints AS jsonb) ELSE f.hints END,
        moved_shares = f.moved_shares
            OR (:is_shown AND :known > 0 AND f.moved_document_id IS NOT DISTINCT FROM :document),
        overlap = CASE WHEN :is_whole THEN :overlap ELSE f.overlap END,
        window_seconds = CASE WHEN :is_whole THEN :span ELSE f.window_seconds END,
        lost_suspected = f.lost_suspected + CASE
            WHEN :is_whole AND :known = 0 AND f.overlap IS NOT NULL THEN 1 ELSE 0 END
    WHERE id = :id
""").bindparams(
    bindparam("known", type_=Integer),
    bindparam("document", type_=BigInteger),
    bindparam("overlap", type_=Double),
    bindparam("span", type_=Double),
)


def note_read(  # noqa: PLR0913  # the facts of one reading, each by its name
    session: Session,
    feed_id: int,
    *,
    document_id: int,
    body_hash: str,
    problems: Sequence[str] = (),
    new_at: datetime | None = None,
    shown: Shown | None = None,
) -> None:
    """A document of a feed was read; `new_at` is its product time if it brought new stories.

    If it is the answer the feed gave last, its problems are told, and a feed that was not well is
    well. `shown` says what it tells of the feed's pace. A part of a feed shows no window, and what
    it lacks means nothing; in a whole one that shares nothing with the one before, items may have
    been missed.
    """
    is_whole = shown is not None and shown.is_whole and shown.items > 0
    session.execute(
        _READ,
        {
            "id": feed_id,
            "document": document_id,
            "body_hash": body_hash,
            "unreadable": list(UNREADABLE),
            "problems": "; ".join(problems)[:1000],
            "new_at": new_at,
            "is_shown": shown is not None,
            "hints": json.dumps(shown.hints) if shown and shown.hints else None,
            "is_whole": is_whole,
            "known": shown.known if shown else 0,
            "overlap": shown.known / shown.items if shown and shown.items else None,
            "span": shown.span_seconds if shown else None,
        },
    )


_SPAN = text("""
    SELECT CAST(extract(epoch FROM max(at) - min(at)) AS float8) FROM (
        SELECT coalesce(v.published_at, s.first_seen_at) AS at
        FROM sightings AS s JOIN story_versions AS v ON v.story_id = s.story_id AND v.number = 1
        WHERE s.feed_id = :feed ORDER BY s.first_seen_at DESC LIMIT :items
    ) AS latest
""")


def span_of_latest(session: Session, feed_id: int, items: int) -> float | None:
    """Seconds from the oldest to the newest of the last so many stories a feed has brought.

    Stands for a document's own span where only its new items were read.
    """
    span: float | None = session.scalar(_SPAN, {"feed": feed_id, "items": items})
    return span


def note_first_from_there(session: Session, feed_id: int, *, document_id: int) -> None:
    """The first document that came from where the feed has moved: it shows whether they share."""
    session.execute(
        update(FeedRow).where(FeedRow.id == feed_id).values(moved_document_id=document_id)
    )


def adopt(session: Session, feed_id: int, *, url: str, why: str) -> bool:
    """Poll a feed at another address from now on; False if another feed stands there already.

    The first address is kept and the change can be taken back: see `take_back`.
    """
    row = FeedRow
    before = session.execute(
        select(row.url).where(row.id == feed_id).with_for_update()
    ).scalar_one()
    moved = _moved(session, feed_id, url, original_url=func.coalesce(row.original_url, row.url))
    if moved:
        audit.note(
            session,
            actor="machine:polling",
            action="moved",
            subject_kind="feed",
            subject_id=feed_id,
            detail={"from": before, "to": url, "why": why},
        )
    return moved


def take_back(session: Session, feed_id: int, *, by: str) -> str | None:
    """Poll a feed at its first address again, and follow it no more to where it had moved.

    Gives that first address; None if it never moved, or another feed stands there by now.
    """
    row = FeedRow
    found = session.execute(
        select(row.url, row.original_url).where(row.id == feed_id).with_for_update()
    ).one_or_none()
    if found is None or found.original_url is None:
        return None
    if not _moved(session, feed_id, found.original_url, original_url=None, refused_move=found.url):
        return None
    audit.note(
        session,
        actor=by,
        action="taken back",
        subject_kind="feed",
        subject_id=feed_id,
        detail={"from": found.url, "to": found.original_url},
    )
    return str(found.original_url)


def _moved(session: Session, feed_id: int, url: str, **more: object) -> bool:
    """Another address, with nothing that belonged to the one before."""
    row, other = FeedRow, aliased(FeedRow)
    is_taken = exists().where(other.url == url, other.id != feed_id)
    found = session.scalar(
        update(row)
        .where(row.id == feed_id, ~is_taken)
        .values(
            url=url,
            host=host_of(url),
            address=None,
            etag=None,
            last_modified=None,
            validators_of=None,
            moved_to=None,
            moved_since=None,
            moved_polls=0,
            moved_shares=False,
            moved_document_id=None,
            **more,
        )
        .returning(row.id)
    )
    return found is not None


def lines(session: Session, ids: Sequence[int] | None = None) -> list[FeedLine]:
    """All feeds with their health, by outlet; or these only."""
    counted = select(SightingRow.feed_id, func.count().label("stories"))
    if ids is not None:
        counted = counted.where(SightingRow.feed_id.in_(ids))
    carried = counted.group_by(SightingRow.feed_id).subquery()
    asked = (
        select(FeedRow, OutletRow, func.coalesce(carried.c.stories, 0))
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .outerjoin(carried, carried.c.feed_id == FeedRow.id)
        .order_by(OutletRow.key, FeedRow.url)
    )
    if ids is not None:
        asked = asked.where(FeedRow.id.in_(ids))
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
            next_why=feed.next_why,
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
    """The id of the feed with this url, made or brought up to date with the facts given.

    One that has moved is known by its first address, too, and stays where it is polled now.
    """
    row, asked = FeedRow, str(facts["url"])
    known = select(row.url).where((row.url == asked) | (row.original_url == asked))
    url = session.scalar(known.order_by(row.url != asked, row.id).limit(1)) or asked
    facts |= {"url": url, "host": host_of(url)}
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
    """Every feed's id by its address, and by the first one of a feed that has moved."""
    row = FeedRow
    first = select(row.original_url, row.id).where(row.original_url.is_not(None))
    moved = {str(url): number for url, number in session.execute(first)}
    return moved | dict(session.execute(select(row.url, row.id)).all())


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
