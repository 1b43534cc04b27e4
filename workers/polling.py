"""The first stretches of the journey: due feeds, fetch, keep. One task polls a batch of feeds.

    due | host groups allow it | claimed, with all it needs | fetched, side by side
        | what the answer means | only what is new of it | written down, lot by lot | documents kept

A feed's lease is its own: what becomes of one poll is nothing to the others of its batch. No
transaction is open while a server thinks or a document is cut.
"""

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import fetch, schedule
from pipeline.domains import host_of
from pipeline.parse import gate, is_torn
from pipeline.records import (
    Answer,
    Audited,
    Gated,
    HostGroup,
    Memory,
    Move,
    Outlook,
    Request,
    Trust,
    Verdict,
)
from store import clock, documents, feeds, groups, memory, polls, setaside, work
from store.session import transaction
from workers.leases import failed, ours
from workers.sidebyside import side_by_side

log = logging.getLogger(__name__)

Get = Callable[[Request], Answer]

RING_AGAIN_SECONDS = 10.0  # a feed's bell that got lost is rung again after so long
REFUSALS = frozenset({403, 420})  # may be a limit that is not called so: its siblings tell


# --- due feeds


def due_feeds(settings: Settings) -> list[int]:
    """Take note of the feeds that are due and may be polled now; gives their ids, oldest first."""
    limits = _limits(settings)
    with transaction() as session:
        due = polls.due(session, limits)
        if not due:
            return []
        allowed = _allowed(due, groups.look(session, due, limits), clock.real_now(session))
        return polls.announce(session, allowed, ring_seconds=RING_AGAIN_SECONDS)


def _limits(settings: Settings) -> groups.Limits:
    return groups.Limits(settings.host_gap_seconds, settings.host_at_once)


def _allowed(
    due: Iterable[groups.Standing], standing: dict[str, HostGroup], now: datetime
) -> list[int]:
    """The ids of those whose groups allow a request now; each counts for those that follow it."""
    allowed = []
    for feed in due:
        if all(schedule.may_start(standing[key], now=now) for key in feed.keys):
            allowed.append(feed.id)
            for key in feed.keys:
                group = standing[key]
                standing[key] = replace(group, in_flight=group.in_flight + 1, last_start=now)
    return allowed


# --- fetch, keep


def fetch_feeds(feed_ids: Sequence[int], settings: Settings, get: Get) -> list[int]:
    """Poll a batch of feeds and keep what is new; gives the documents to parse."""
    claimed = _claimed(feed_ids, settings)
    if claimed is None:
        return []
    lease, due = claimed
    kept: list[int] = []
    problems: list[BaseException] = []
    for lot in side_by_side(lambda one: get(_request(one, settings)), due):
        answered = []
        for one, answer in lot:
            if isinstance(answer, Answer):
                answered.append((one, answer))
            else:  # a defect of ours: the publisher is not asked again at once
                failed(work.Lease(lease.table, lease.token, (one.feed.id,)), answer)
                problems.append(answer)
        ids = tuple(one.feed.id for one, _ in answered)
        try:
            with ours(work.Lease(lease.table, lease.token, ids)):
                kept += _write_down(lease, answered, settings)
        except Exception as problem:  # noqa: BLE001  # told at the end: the later lots are written
            problems.append(problem)
    if problems:
        raise problems[0]
    return kept


def _claimed(
    feed_ids: Sequence[int], settings: Settings
) -> tuple[work.Lease, list[polls.DueFeed]] | None:
    """Lease those of the feeds that are due and free and whose groups allow it; None for none."""
    with transaction() as session:
        free = polls.free(session, feed_ids)
        grouped = [feed for feed in free if feed.keys]
        standing = groups.lock(session, grouped, _limits(settings)) if grouped else {}
        ids = _allowed(free, standing, clock.real_now(session)) if free else []
        if not ids:
            return None
        groups.start(session, {key for feed in free if feed.id in set(ids) for key in feed.keys})
        return polls.claim(session, ids, lease_seconds=settings.lease_seconds)


def _request(due: polls.DueFeed, settings: Settings) -> Request:
    return fetch.request(due.feed, contact=settings.contact_url, plain=due.is_audit)


@dataclass(frozen=True, slots=True)
class _Poll:
    """A feed with what it answered, and what of it is new; nothing is new of a quiet answer."""

    due: polls.DueFeed
    answer: Answer
    verdict: Verdict
    gated: Gated | None

    @property
    def id(self) -> int:
        return self.due.feed.id

    @property
    def has_news(self) -> bool:
        """There are items in it that were not read before, or that cannot be told apart."""
        return self.verdict.is_fresh

    @property
    def is_all_known(self) -> bool:
        """It is another document, and all its items were read before."""
        return self.gated is not None and not self.has_news


def _write_down(
    lease: work.Lease, answered: Sequence[tuple[polls.DueFeed, Answer]], settings: Settings
) -> list[int]:
    """Write down what a lot of polls brought, in one transaction; gives the documents kept."""
    found = [_judged(due, answer) for due, answer in answered]
    fresh = [one.id for one in found if one.verdict.is_fresh]
    remembered: dict[int, Memory] = {}
    if fresh:
        with transaction() as session:
            remembered = memory.load(session, fresh)
    found = [_cut(one, remembered.get(one.id)) for one in found]
    with transaction() as session:
        waits = groups.waits(session, [one.due.standing for one in found])
        noted = polls.note(session, lease, [_polled(one, waits) for one in found])
        mine = [one for one in found if one.id in noted]
        document_ids = _keep(session, lease, mine, settings)
        _slow_down(session, mine)
        _move(session, mine)
    for one in found:
        if one.id not in noted:
            log.warning("lease lost, poll forgotten", extra={"feed": one.id})
    if log.isEnabledFor(logging.DEBUG):
        for one in mine:
            log.debug("polled", extra={"feed": one.id, "state": one.verdict.state})
    log.info("polled", extra={"feeds": len(mine), "documents": document_ids})
    return document_ids


def _judged(due: polls.DueFeed, answer: Answer) -> _Poll:
    verdict = fetch.verdict(due.feed, answer, now=due.at, plain=due.is_audit)
    return _Poll(due, answer, verdict, None)


def _cut(one: _Poll, remembered: Memory | None) -> _Poll:
    """The poll with its document cut down to the items not read before, if there are any."""
    if not one.verdict.is_fresh:
        return _unvalidated(one) if _is_torn_again(one) else one
    gated = gate(one.answer.body, one.answer.headers, remembered)
    if gated.is_torn:
        one = _unvalidated(one)
    if gated.hashes and gated.known == len(gated.hashes):
        quiet = replace(
            one.verdict, state="not_modified", reason="nothing new (its items are all known)"
        )
        return replace(one, verdict=replace(quiet, is_fresh=False), gated=gated)
    return replace(one, gated=gated)


def _is_torn_again(one: _Poll) -> bool:
    """Whether the body we had last, torn, has come again with validators.

    Of a torn body none are kept. So where the feed has some, its body was found whole, and need not
    be looked through again.
    """
    verdict, feed = one.verdict, one.due.feed
    is_same = verdict.body_hash is not None and not verdict.is_failure
    is_asked = bool(verdict.etag or verdict.last_modified)
    was_whole = bool(feed.etag or feed.last_modified)
    return is_same and is_asked and not was_whole and is_torn(one.answer.body)


def _unvalidated(one: _Poll) -> _Poll:
    """The poll of a torn document: a 304 to its validators would hide what did not come."""
    verdict = replace(one.verdict, etag=None, last_modified=None, validators_of=None)
    return replace(one, verdict=verdict)


def _polled(one: _Poll, waits: Mapping[str, datetime]) -> polls.Polled:
    """The poll as it is written down: with when to come back and why, and what it has shown."""
    due, verdict = one.due, one.verdict
    again = schedule.next_poll(_outlook(one, waits), now=due.at, jitter=random.random())
    audited, outcome = _audited(one)
    return polls.Polled(
        due=due,
        verdict=verdict,
        again_in=again.seconds,
        why=again.why,
        address=one.answer.address,
        is_refused=one.answer.status in REFUSALS,
        overlap=1.0 if one.is_all_known and not verdict.is_partial else None,
        shares=_shares(one),
        audit=audited,
        audit_outcome=outcome,
    )


def _outlook(one: _Poll, waits: Mapping[str, datetime]) -> Outlook:
    due, verdict = one.due, one.verdict
    is_same = verdict.body_hash is not None and not one.has_news
    is_unwell = verdict.is_failure or (due.is_unreadable and is_same)
    fresh_for = verdict.fresh_for
    return Outlook(
        kind=due.feed.kind,
        interval_seconds=due.interval_seconds,
        rhythm=schedule.rhythm_from_json(dict(due.rhythm)) if due.rhythm else None,
        window_seconds=due.window_seconds,
        overlap=due.overlap,
        has_lost=due.overlap == 0,
        last_new_at=due.last_new_at,
        hints=schedule.hints_from_json(due.hints),
        fresh_until=None if fresh_for is None else due.at + timedelta(seconds=fresh_for),
        retry_after=_asked_to_wait(verdict),
        failures=due.feed.failures + 1 if is_unwell else 0,
        state=verdict.state,
        is_pushed=due.is_pushed,
        not_before=max((waits[key] for key in due.standing.keys & waits.keys()), default=None),
    )


# --- audits: do its validators tell the truth?


def _audited(one: _Poll) -> tuple[Audited | None, str | None]:
    """What an audit leaves behind and its outcome in a word; nothing where this was none.

    A feed whose validators lie is asked plainly anyway: what counts is whether something new comes
    under new validators, however long that takes.
    """
    due, verdict = one.due, one.verdict
    if not due.is_audit:
        return None, None
    was_lying = due.feed.validators_lie
    if verdict.is_failure:
        return None, None if was_lying else "failed"
    if was_lying and not one.has_news:
        return None, None
    is_same = (verdict.etag, verdict.last_modified) == (due.feed.etag, due.feed.last_modified)
    trust = Trust(
        is_not_modified=False, validators_lie=was_lying, wait_seconds=due.audit_wait_seconds
    )
    audited = schedule.after_audit(trust, found_new=one.has_news, is_same_validator=is_same)
    if not one.has_news:
        return audited, "agrees"
    if audited.validators_lie:
        return audited, "lie"
    return audited, "mended" if was_lying else "news"


# --- documents


def _keep(
    session: Session, lease: work.Lease, found: Sequence[_Poll], settings: Settings
) -> list[int]:
    """Keep what is new, set aside what can be no feed, and count what was known."""
    now = clock.now(session) if any(one.verdict.body_hash for one in found) else None
    if now is None:
        return []
    news = [one for one in found if one.has_news]
    document_ids = documents.keep_all(
        session,
        [_capture(one) for one in news],
        fetch_token=lease.token,
        at=now,
        ring_seconds=settings.sweep_seconds,
    )
    for one, document_id in zip(news, document_ids, strict=True):
        if one.verdict.moved_to is not None and one.verdict.moved_to != one.due.moved_to:
            feeds.note_first_from_there(session, one.id, document_id=document_id)
    counted = [(one.id, len(one.gated.hashes)) for one in found if one.gated and one.is_all_known]
    if counted:
        memory.count_known(session, counted)
    things = [
        setaside.SetAside(
            feed_id=one.id,
            document_id=None,
            stage="fetch",
            state=one.verdict.state,
            reason=one.verdict.reason,
            raw=one.answer.body,
        )
        for one in found
        if one.verdict.body_hash is not None and one.verdict.is_failure
    ]
    setaside.keep(session, things, at=now)
    return document_ids


def _capture(one: _Poll) -> documents.Capture:
    gated = one.gated or Gated(body=one.answer.body, frame="")
    return documents.Capture(
        feed_id=one.id,
        answer=one.answer,
        body_hash=one.verdict.body_hash or "",
        gated=gated,
        way="audit" if one.due.is_audit else "poll",
    )


# --- limits of servers


def _asked_to_wait(verdict: Verdict) -> float | None:
    if verdict.is_limited:
        return verdict.retry_after or groups.LIMIT_SECONDS
    return verdict.retry_after


def _slow_down(session: Session, found: Sequence[_Poll]) -> None:
    """Leave the servers alone that asked for it, or that refused several of their feeds.

    All in one order, whatever the order of the answers: two lots never wait in a circle.
    """
    rests: dict[str, tuple[float, str]] = {}  # the longest for each group, and why
    for one in found:
        if one.verdict.is_limited:
            why = groups.why_alone(one.due.feed.url, one.verdict.reason)
            rest = (_asked_to_wait(one.verdict) or groups.LIMIT_SECONDS, why)
            for key in _answering(one):
                rests[key] = max(rests.get(key, rest), rest)
    refused = [one for one in found if one.answer.status in REFUSALS and not one.verdict.is_limited]
    keys = {key for one in refused for key in _now_standing(one).keys}
    for key, (number, members) in (groups.refused(session, keys) if keys else {}).items():
        seconds = schedule.soft_limited(number, members)
        if seconds is not None:
            why = f"its server is left alone: it refused {number} feeds of {key} in a row"
            rests[key] = max(rests.get(key, (seconds, why)), (seconds, why))
    for key, (seconds, why) in sorted(rests.items()):
        groups.put_off(session, [key], seconds=seconds, spread=groups.SPREAD_SECONDS, reason=why)


def _answering(one: _Poll) -> set[str]:
    """The groups whose limit an answer may speak of: the feed's, and where it was sent on to."""
    keys = _now_standing(one).keys
    return keys | ({host_of(one.answer.url)} - {""}) if keys else keys


def _now_standing(one: _Poll) -> groups.Standing:
    """The feed's place among the groups, by the address it was found at just now."""
    return one.due.standing._replace(address=one.answer.address or one.due.standing.address)


# --- permanent redirects


def _shares(one: _Poll) -> bool | None:
    """Whether an answer from elsewhere has items the feed had before; None: reading will tell.

    Asked only of the first answer from there: after that its own items are what was had before.
    """
    if one.verdict.is_failure or one.verdict.moved_to is None:
        return None
    if not one.due.was_read:
        return True  # it has lived there for as long as we know it
    return not one.has_news or (one.gated is not None and one.gated.known > 0) or None


def _move(session: Session, found: Sequence[_Poll]) -> None:
    """Adopt the address that a feed has been sent on to for long enough."""
    for one in found:
        target = one.verdict.moved_to
        due = one.due
        if target is None or target != due.moved_to or target == due.refused_move:
            continue
        move = Move(
            polls=due.moved_polls + 1,
            since=due.moved_since or due.at,
            is_feed=not one.verdict.is_failure,
            shared_items=int(due.moved_shares),
        )
        why = schedule.adopts(move, now=due.at)
        if why is not None and feeds.adopt(session, one.id, url=target, why=why):
            log.info("moved", extra={"feed": one.id, "to": target, "why": why})
