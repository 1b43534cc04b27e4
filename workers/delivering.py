"""Handing instalments over to a CMS, as drafts: once, whatever is lost on the way."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace

from config.settings import Settings
from pipeline import deliver as steps
from pipeline import fetch
from pipeline.deliver import Post, Trouble
from pipeline.records import Answer, Feed, Request
from store import clock, deliveries, gates, published, work
from store.deliveries import Wish
from store.models import DeliveryRow
from store.session import transaction
from workers.leases import ours

log = logging.getLogger(__name__)

Get = Callable[[Request], Answer]
Post_ = Callable[[Request, bytes], Answer]

AT_ONCE = 5
_OPEN_TO = frozenset({"approved", "published", "corrected"})


def due(settings: Settings) -> list[int]:
    """The wishes that are due."""
    with transaction() as session:
        return deliveries.due(session, limit=AT_ONCE, ring_seconds=settings.lease_seconds)


def deliver(delivery_id: int, settings: Settings, get: Get, post: Post_) -> None:
    """Carry one wish out, or see why it cannot be: that is told on the desk, nothing is lost."""
    with transaction() as session:
        lease = work.claim(
            session,
            DeliveryRow,
            [delivery_id],
            lease_seconds=settings.lease_seconds,
            max_attempts=None,  # how often it is tried is ours to say: hours, not seconds
        )
        if lease is None:
            return
        wish = deliveries.load(session, delivery_id)
        if wish is None:
            deliveries.close_orphan(session, delivery_id, now=clock.now(session))
            work.finish(session, lease)
            return
        now = clock.now(session)
        # Once more at the last moment: an embargo or a kill may have come since it was wished.
        said = _objection(wish) or "; ".join(
            f"{one.headline}: {one.said}" if one.headline else one.said
            for one in gates.objections(session, wish.instalment_id, now=now)
        )
        if said:
            deliveries.end(session, wish, "stopped", said=said, now=now)
            work.finish(session, lease)
            return
    with ours(lease):
        end = _handed_over(wish, _Api(wish.place.url, settings, get, post))
        with transaction() as session:
            now = clock.now(session)
            if end.post is not None and end.outcome == "delivered":
                deliveries.note_standing(session, wish, end.post, now=now)
                wish = replace(wish, post_id=end.post.id)
            elif end.post is not None:
                published.report(session, wish.instalment_id, wish.place.key, end.post, now=now)
                deliveries.note_status(session, wish, end.post, now=now)
            if end.outcome or wish.tries >= steps.MOST_TRIES:
                outcome = end.outcome or "given_up"
                found = end.post if end.is_edited else None
                deliveries.end(session, wish, outcome, said=end.said, found=found, now=now)
                work.finish(session, lease)
            else:
                deliveries.note_try(session, wish.id, said=end.said)
                again = steps.wait(wish.tries, jitter=random.random(), asked=end.retry_after)
                work.fail(session, lease, error=end.said, retry_in=again)
        log.info(
            "handed over" if end.outcome == "delivered" else "not handed over",
            extra={"delivery": wish.id, "target": wish.place.key, "why": end.said},
        )


def to_look_at() -> list[int]:
    """The posts handed over that are to be looked at: has somebody published them?"""
    with transaction() as session:
        return published.due(session, limit=AT_ONCE)


def look(post_id: int, settings: Settings, get: Get) -> None:
    """Read back from the CMS how a post stands: published is what it reports, never assumed."""
    with transaction() as session:
        if not published.claim(session, post_id):
            return
        instalment_id, target, url, number = published.load(session, post_id)
    found = steps.read(get(steps.look(base(url, settings), number)))
    if isinstance(found, Trouble) and not found.is_gone:
        log.info("no word of a post", extra={"post": post_id, "why": found.said})
        return
    with transaction() as session:
        now = clock.now(session)
        if isinstance(found, Post):
            published.report(session, instalment_id, target, found, now=now)
            status, link = found.status, found.link
        else:
            status, link = "deleted", ""
        published.note_seen(session, post_id, status=status, link=link, now=now)


class _End:
    """How one try ended. Without an `outcome` it is tried again."""

    def __init__(
        self,
        outcome: str,
        said: str = "",
        *,
        post: Post | None = None,
        is_edited: bool = False,
        retry_after: int | None = None,
    ) -> None:
        self.outcome = outcome
        self.said = said
        self.post = post
        self.is_edited = is_edited
        self.retry_after = retry_after


class _Api:
    """One WordPress: our questions, answered or not."""

    def __init__(self, url: str, settings: Settings, get: Get, post: Post_) -> None:
        self._get = get
        self._post = post
        self._base = base(url, settings)

    def there(self, wish: Wish) -> Post | Trouble | None:
        """The post of this instalment, if there is one: by its number, else by its slug."""
        if wish.post_id is None:
            asked = steps.find(self._base, wish.draft.slug)
            return steps.read(self._get(asked))
        found = steps.read(self._get(steps.look(self._base, wish.post_id)))
        return None if isinstance(found, Trouble) and found.is_gone else found

    def write(self, wish: Wish, post_id: int | None) -> Post | Trouble | None:
        """Make the draft, or write over it."""
        asked = steps.write(self._base, wish.draft, post_id=post_id)
        return steps.read(self._post(*asked))


def base(url: str, settings: Settings) -> Request:
    """What every question to the CMS at this address has: who asks, and on which port."""
    return steps.base(fetch.request(Feed(id=0, url=url), contact=settings.contact_url))


def _objection(wish: Wish) -> str:
    if wish.state not in _OPEN_TO:
        return f"the instalment is {wish.state.replace('_', ' ')} again: approve it first"
    return ""


def _handed_over(wish: Wish, api: _Api) -> _End:
    there = api.there(wish)
    if isinstance(there, Trouble):
        return _in_trouble(there)
    step = steps.next_step(
        there, wish.draft, known=wish.known, is_forced=wish.is_forced, shown=wish.shown
    )
    if step.step == "stop":
        return _End("stopped", step.why, post=there, is_edited=step.is_edited)
    if step.step == "leave":
        return _End("delivered", post=there)
    written = api.write(wish, None if there is None else there.id)
    if isinstance(written, Trouble):
        return _in_trouble(written)
    if written is None:
        return _End("stopped", "it answered without saying what it made of our draft")
    return _End("delivered", post=written)


def _in_trouble(trouble: Trouble) -> _End:
    if trouble.is_passing:
        return _End("", trouble.said, retry_after=trouble.retry_after)
    return _End("stopped", trouble.said)
