"""Subscriptions at hubs: what a feed names, what was asked and verified, what was pushed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import work
from store.models import DocumentRow, FeedRow, SubscriptionRow

# What a poll sees first, the hub may push a little later: only then is it missed.
GRACE = timedelta(minutes=15)
# A hub that has not pushed yet is given so long before a poll's finds speak against it: what was
# published before it knew us, it owes us not.
FIRST_PUSH_WITHIN = timedelta(hours=6)
LONGEST_REASON = 300  # characters; it may be the hub's own words

_IS_ACTIVE = SubscriptionRow.state == "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription with what its feed has to do with it."""

    id: int
    feed_id: int
    feed_url: str
    hub: str
    topic: str
    token: str
    secret: str
    state: str  # wanted, asked, active, denied, expired, broken
    is_asked: bool  # a question of ours has not had its answer
    asked_at: datetime | None
    verified_at: datetime | None
    expires_at: datetime | None
    failures: int
    is_paused: bool  # its feed is


def note_ways(session: Session, feed_id: int, *, hub: str, topic: str) -> None:
    """A document of the feed names this hub and topic. Others than before are asked anew.

    A new hub gets a new callback and a new secret: what the old one still pushes, nobody takes.
    """
    row = SubscriptionRow
    told = {
        "hub": hub,
        "topic": topic,
        "token": secrets.token_urlsafe(32),
        "secret": secrets.token_urlsafe(32),
    }
    forgotten = ("asked_mode", "asked_at", "verified_at", "expires_at", "last_push_at", "missed_at")
    anew = told | dict.fromkeys(forgotten)
    changed = session.scalars(
        insert(row)
        .values(feed_id=feed_id, **told)
        .on_conflict_do_update(
            index_elements=["feed_id"],
            set_=anew
            | {"state": "wanted", "reason": "the feed names another hub now", "failures": 0},
            where=or_(row.hub != hub, row.topic != topic),
        )
        .returning(row.id)
    ).all()
    if changed:
        work.wake(session, row, changed)


def due(session: Session, *, limit: int, ring_seconds: float) -> list[int]:
    """Take note of the subscriptions that are due and give their ids, the longest due first."""
    return work.announce(session, SubscriptionRow, limit=limit, ring_seconds=ring_seconds)


def put_off(session: Session, *, seconds: float) -> None:
    """Let those that are due wait for something else than us: they are no work that piles up."""
    row = SubscriptionRow
    due = (row.work_state == "ready", row.due_at <= func.now(), row.lease_token.is_(None))
    later = func.now() + timedelta(seconds=seconds)
    session.execute(update(row).where(*due).values(due_at=later))


def load(session: Session, subscription_id: int) -> Subscription | None:
    """One subscription, None for an unknown id."""
    return _one(session, SubscriptionRow.id == subscription_id)


def of_callback(session: Session, token: str) -> Subscription | None:
    """The subscription that has this callback, None if none has."""
    return _one(session, SubscriptionRow.token == token)


def _one(session: Session, where: ColumnElement[bool]) -> Subscription | None:
    found = session.execute(
        select(SubscriptionRow, FeedRow.is_paused, FeedRow.url)
        .join(FeedRow, FeedRow.id == SubscriptionRow.feed_id)
        .where(where)
    ).one_or_none()
    if found is None:
        return None
    row, is_paused, feed_url = found
    return Subscription(
        id=row.id,
        feed_id=row.feed_id,
        feed_url=feed_url,
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        state=row.state,
        is_asked=row.asked_mode is not None,
        asked_at=row.asked_at,
        verified_at=row.verified_at,
        expires_at=row.expires_at,
        failures=row.failures,
        is_paused=is_paused,
    )


# --- asking


def note_asked(session: Session, subscription_id: int, *, mode: str = "subscribe") -> None:
    """The hub is about to be asked: from now on it may check back. An active one stays active."""
    row = SubscriptionRow
    session.execute(
        update(row)
        .where(row.id == subscription_id)
        .values(
            asked_mode=mode,
            asked_at=func.now(),
            state=case((_IS_ACTIVE, row.state), else_="asked"),
            reason=case((_IS_ACTIVE, row.reason), else_="asked; the hub has not checked back yet"),
            last_push_at=case((_IS_ACTIVE, row.last_push_at)),
            missed_at=case((_IS_ACTIVE, row.missed_at)),
        )
    )


def note_failed(session: Session, subscription_id: int, *, reason: str, is_dead: bool) -> None:
    """The hub did not take our question, or never checked back. What it granted still holds."""
    row = SubscriptionRow
    state = "broken" if is_dead else "wanted"
    session.execute(
        update(row)
        .where(row.id == subscription_id)
        .values(
            # It checks back while we still ask: then its answer to the question is no matter.
            failures=row.failures + 1,
            asked_mode=None,
            state=case((_IS_ACTIVE, row.state), else_=state),
            reason=reason[:LONGEST_REASON],
        )
    )


def confirm(session: Session, token: str, *, topic: str, lease_seconds: int) -> bool:
    """The hub checks back: True if that is what was asked, and nobody has confirmed it before."""
    row = SubscriptionRow
    found = session.scalar(
        update(row)
        .where(row.token == token, row.topic == topic, row.asked_mode == "subscribe")
        .values(
            asked_mode=None,
            state="active",
            reason="the hub pushes; the feed is polled all the same, less often",
            verified_at=func.now(),
            expires_at=func.now() + timedelta(seconds=lease_seconds),
            failures=0,
        )
        .returning(row.id)
    )
    return found is not None


def leave(session: Session, token: str, *, topic: str) -> bool:
    """The hub checks whether we want no more pushes: True if that is what it was told."""
    row = SubscriptionRow
    found = session.scalar(
        update(row)
        .where(row.token == token, row.topic == topic, row.asked_mode == "unsubscribe")
        .values(
            asked_mode=None,
            state="wanted",
            reason="the hub was told to stop: its feed is paused",
            expires_at=None,
            last_push_at=None,
            missed_at=None,
        )
        .returning(row.id)
    )
    return found is not None


def look_again(session: Session, feed_id: int) -> None:
    """The feed was paused, or is polled again: its hub is to be told."""
    row = SubscriptionRow
    ids = session.scalars(select(row.id).where(row.feed_id == feed_id)).all()
    work.wake_idle(session, row, ids)


def is_last_pushed(session: Session, feed_id: int, *, body_hash: str) -> bool:
    """Whether the hub pushed these very bytes the last time, read or not."""
    row = DocumentRow
    last = select(row.body_hash).where(row.feed_id == feed_id, row.way == "push")
    return session.scalar(last.order_by(row.id.desc()).limit(1)) == body_hash


def deny(session: Session, token: str, *, topic: str, reason: str) -> bool:
    """The hub will not tell us, or no longer; False if it is not ours to be told so."""
    row = SubscriptionRow
    feed_id = session.scalar(
        update(row)
        .where(row.token == token, row.topic == topic)
        .values(
            asked_mode=None,
            state="denied",
            reason=f"the hub refuses: {reason}"[:LONGEST_REASON],
            # It is asked again so long after this, not after it was asked.
            asked_at=func.now(),
        )
        .returning(row.feed_id)
    )
    if feed_id is None:
        return False
    work.wake_idle(session, FeedRow, _polled(session, [feed_id]))
    return True


# --- being told


def note_push(session: Session, subscription_id: int) -> None:
    """The hub has pushed: nothing it had not told us is missing any more."""
    row = SubscriptionRow
    session.execute(
        update(row)
        .where(row.id == subscription_id)
        .values(pushes=row.pushes + 1, last_push_at=func.now(), missed_at=None)
    )


def note_unsigned(session: Session, subscription_id: int) -> None:
    """Something came to the callback without the right signature."""
    row = SubscriptionRow
    session.execute(update(row).where(row.id == subscription_id).values(unsigned=row.unsigned + 1))


def note_too_big(session: Session, subscription_id: int) -> None:
    """Something came to the callback that was too large to be taken."""
    row = SubscriptionRow
    session.execute(update(row).where(row.id == subscription_id).values(too_big=row.too_big + 1))


# Of one text, so that it is compiled once: it is asked of every document with news.
_FOUND_BY_POLL = text(
    """
    UPDATE subscriptions SET missed_at = now()
    WHERE feed_id = :feed AND state = 'active' AND missed_at IS NULL AND (
        last_push_at < now() - CAST(:grace AS interval)
        OR (last_push_at IS NULL AND verified_at < now() - CAST(:first AS interval))
    )
    """
)


def note_found_by_poll(session: Session, feed_id: int) -> None:
    """A poll has found new items in the feed: if the hub does not push them soon, it is broken.

    A push of the last minutes may be waiting to be read, with those very items in it.
    """
    asked = {"feed": feed_id, "grace": GRACE, "first": FIRST_PUSH_WITHIN}
    session.execute(_FOUND_BY_POLL, asked)


def close_failed(session: Session) -> list[int]:
    """End what has run out, or lost a push; gives the ids of the feeds, which are due now."""
    row = SubscriptionRow
    is_lost = row.missed_at < func.now() - GRACE
    closed = session.execute(
        update(row)
        .where(_IS_ACTIVE, or_(is_lost, row.expires_at <= func.now()))
        .values(
            state=case((is_lost, "broken"), else_="expired"),
            reason=case(
                (is_lost, "a poll found what the hub did not push: polled as before"),
                else_="the hub's time ran out before it was renewed: polled as before",
            ),
            asked_mode=None,
            asked_at=func.now(),
            last_push_at=None,
            missed_at=None,
        )
        .returning(row.id, row.feed_id, row.state)
    ).all()
    if not closed:
        return []
    work.wake_idle(session, row, [found.id for found in closed])
    ids = _polled(session, [found.feed_id for found in closed])
    work.wake_idle(session, FeedRow, ids)
    return ids


def states(session: Session) -> dict[int, dict[str, object]]:
    """How every feed that names a hub stands with it: state, reason, pushes; by feed."""
    return {
        row.feed_id: {
            "hub": row.hub,
            "state": row.state,
            "reason": row.reason,
            "until": row.expires_at,
            "pushes": row.pushes,
            "unsigned": row.unsigned,
        }
        for row in session.scalars(select(SubscriptionRow))
    }


def _polled(session: Session, feed_ids: Sequence[int]) -> list[int]:
    """Those of the feeds that are not paused."""
    asked = select(FeedRow.id).where(FeedRow.id.in_(feed_ids), FeedRow.is_paused.is_(False))
    return list(session.scalars(asked))
