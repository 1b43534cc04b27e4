"""Being told by hubs instead of asking: subscribing, renewing, and noticing when a hub fails.

What a hub says to us, its check and its pushes, comes in at the desk (desk/hubs.py).
"""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import fetch, websub
from pipeline.records import Answer, Feed, Request
from store import clock, subscriptions, work
from store.models import DocumentRow, SubscriptionRow
from store.session import transaction
from store.subscriptions import Subscription
from workers.leases import ours

log = logging.getLogger(__name__)

Post = Callable[[Request, bytes], Answer]

AT_ONCE = 5  # subscriptions rung at a time: many feeds share one hub
UNREACHED_SECONDS = 600.0  # until it is looked whether hubs can reach us by now
PAUSED_SECONDS = 86_400.0  # until a paused feed's subscription is looked at again
TOLD_WITHIN = timedelta(seconds=websub.ANSWER_WITHIN)  # a hub that is told to stop checks back
_TAKEN = range(200, 300)


def due(settings: Settings) -> list[int]:
    """Close what hubs have failed at, and give the ids of the subscriptions that are due.

    Without an address where hubs reach us there is nothing to ask them.
    """
    with transaction() as session:
        failed = subscriptions.close_failed(session)
        if failed:
            log.warning("hubs failed, polled as before", extra={"feeds": failed})
        if not settings.public_url:
            subscriptions.put_off(session, seconds=UNREACHED_SECONDS)
            return []
        ring = settings.lease_seconds
        return subscriptions.due(session, limit=AT_ONCE, ring_seconds=ring)


def pushed(settings: Settings) -> list[int]:
    """Take note of what hubs pushed and nobody reads yet; gives the ids of the documents."""
    with transaction() as session:
        is_pushed = DocumentRow.way == "push"
        ring = settings.sweep_seconds
        return work.announce(session, DocumentRow, limit=200, ring_seconds=ring, only=is_pushed)


def subscribe(subscription_id: int, settings: Settings, post: Post) -> None:
    """Do what is due about one subscription: ask its hub, or see whether it has checked back."""
    with transaction() as session:
        lease = work.claim(
            session,
            SubscriptionRow,
            [subscription_id],
            lease_seconds=settings.lease_seconds,
            max_attempts=None,  # a hub that is dead today is tried again next week
        )
        found = subscriptions.load(session, subscription_id)
        if lease is None or found is None:
            return
        step = _step(found, clock.real_now(session))
        if not step.is_due:
            work.finish(session, lease, again_in=step.again_in)
            return
        if step.is_overdue:
            work.finish(session, lease, again_in=_failed(session, found, "it never checked back"))
            return
        # Written down before it is asked: it may check back while our question is under way.
        subscriptions.note_asked(session, found.id, mode=_mode(found))
    with ours(lease):
        request, form = _question(found, settings)
        answer = post(request, form)
        with transaction() as session:
            if answer.status in _TAKEN:
                again_in = PAUSED_SECONDS if found.is_paused else websub.FIRST_LOOK
            else:
                again_in = _failed(session, found, _why(answer))
            work.finish(session, lease, again_in=again_in)
        log.info("asked a hub", extra={"feed": found.feed_id, "status": answer.status})


def _step(found: Subscription, now: datetime) -> websub.Step:
    if found.is_paused:
        # What the hub has granted is given back; else it pushes until its time runs out.
        is_told = found.asked_at is not None and found.asked_at + TOLD_WITHIN > now
        is_due = found.state == "active" and not (found.is_asked and is_told)
        return websub.Step(is_due=is_due, again_in=PAUSED_SECONDS)
    standing = websub.Standing(
        state=found.state,
        is_asked=found.is_asked,
        asked_at=found.asked_at,
        verified_at=found.verified_at,
        expires_at=found.expires_at,
        failures=found.failures,
    )
    return websub.next_step(standing, now=now, jitter=random.random())


def _mode(found: Subscription) -> str:
    """A feed that is paused wants no pushes either."""
    return "unsubscribe" if found.is_paused else "subscribe"


def _question(found: Subscription, settings: Settings) -> tuple[Request, bytes]:
    """What to post to the hub, under the name we poll with."""
    as_usual = fetch.request(Feed(id=found.feed_id, url=found.hub), contact=settings.contact_url)
    question, form = websub.subscription(
        hub=found.hub,
        topic=found.topic,
        callback=f"{settings.public_url}/hubs/{found.token}",
        secret=found.secret,
        user_agent=as_usual.headers["User-Agent"],
        mode=_mode(found),
    )
    return replace(question, named_by=found.feed_url), form


def _failed(session: Session, found: Subscription, why: str) -> float:
    """Note that the hub did not do its part; gives the seconds until it is tried again."""
    failures = found.failures + 1
    is_dead = failures >= websub.MOST_FAILURES
    reason = f"the hub failed {failures} times ({why})" if is_dead else f"the hub: {why}"
    subscriptions.note_failed(session, found.id, reason=reason, is_dead=is_dead)
    log.warning("a hub failed", extra={"feed": found.feed_id, "why": why})
    return websub.patience(failures, random.random())


def _why(answer: Answer) -> str:
    """Why a hub did not take our question, in plain words."""
    if answer.status is None:
        return f"{answer.problem}: {answer.detail}"
    words = " ".join(answer.body[:200].decode("utf-8", "replace").split())
    return f"answered {answer.status}" + (f", {words}" if words.isprintable() and words else "")
