"""The stretch after the fetch: parse, normalise, known, new or changed. Many documents a task.

Each document has a transaction of its own: its stories, what is remembered of its items, and the
end of its lease. One that cannot be read, or costs too much, is set aside; the others go on.
"""

import logging
from collections.abc import Sequence
from time import monotonic

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import article, dedupe, schedule, websub
from pipeline.errors import UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Document
from store import (
    articles,
    clock,
    documents,
    feeds,
    gaps,
    intake,
    memory,
    setaside,
    subscriptions,
    work,
)
from store.models import DocumentRow
from store.session import transaction
from workers import consequences, ending
from workers.leases import ours
from workers.limits import TooCostly, limited

log = logging.getLogger(__name__)

_AnyDocument = documents.Unread | DocumentRow

PARTIAL = 226  # an answer with the new items alone
revision_of = dedupe.revised
RULES = intake.Rules(
    revise=dedupe.revised,
    nearness=dedupe.nearness,
    leading=dedupe.leading,
    resemblance=dedupe.resemblance,
    complete=article.completed,
)


def parse_documents(document_ids: Sequence[int], settings: Settings) -> bool:
    """Read kept documents and take their stories in; True if there are stories to place now.

    What was tried before is read alone: if it kills this process, too, no other has died with it.
    """
    began = monotonic()
    is_more = False
    fresh = _claimed(document_ids, settings, max_attempts=1)
    if fresh is not None:
        lease, found = fresh
        for number, document in enumerate(found):
            if ending.is_asked() or monotonic() - began > settings.task_seconds / 3:
                left = tuple(one.id for one in found[number:])
                with transaction() as session:
                    work.give_back(session, work.Lease(lease.table, lease.token, left))
                break
            is_more |= _read(document, _own(lease, document), settings)
    if fresh is None or len(fresh[1]) < len(document_ids):
        with transaction() as session:
            tried = documents.tried_before(session, document_ids)
        for document_id in tried:
            if ending.is_asked():
                break
            again = _claimed([document_id], settings, max_attempts=settings.max_attempts)
            if again is not None:
                lease, [document] = again
                is_more |= _read(document, lease, settings)
    return is_more


def _claimed(
    document_ids: Sequence[int], settings: Settings, *, max_attempts: int
) -> tuple[work.Lease, list[documents.Unread]] | None:
    with transaction() as session:
        return documents.claim(
            session, document_ids, lease_seconds=settings.lease_seconds, max_attempts=max_attempts
        )


def _own(lease: work.Lease, document: documents.Unread) -> work.Lease:
    return work.Lease(lease.table, lease.token, (document.id,))


def _read(document: documents.Unread, lease: work.Lease, settings: Settings) -> bool:
    """Read one document and take its stories in; True if there are stories to place now."""
    is_more = False
    with ours(lease):
        try:
            with limited(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb):
                parsed = parse(document.answer, custom=document.custom)
                arrivals, came = consequences.parted(stories_of(parsed, document))
        except UnreadableFeed as problem:
            _set_document_aside(document, lease, state=problem.state, reason=problem.why)
            return False
        except TooCostly as problem:
            _set_document_aside(document, lease, state="too_costly", reason=str(problem))
            return False
        with transaction() as session:
            if document.way == "archive":
                arrivals = gaps.missing(session, document.id, document.feed_id, arrivals)
            taken = intake.take_in(
                session,
                arrivals,
                feed_id=document.feed_id,
                outlet_id=document.outlet_id,
                document_id=document.id,
                at=document.captured_at,
                rules=RULES,
            )
            consequences.follow(
                session,
                document,
                arrivals,
                taken,
                came=came,
                tombstones=parsed.tombstones,
                at=document.captured_at,
            )
            if document.wants_full_text:
                articles.want(session, document.feed_id, at=document.captured_at)
            _note_parsed(session, document, lease, parsed, taken)
            is_more = bool(taken.to_place) and not clock.is_gathering(session)
        log.info(
            "parsed",
            extra={"doc": document.id, "feed": document.feed_id, "new": taken.new}
            | {"changed": taken.changed, "known": taken.known, "refused": len(parsed.refused)}
            | {"stories": sorted(taken.to_place)},
        )
    return is_more


def stories_of(parsed: Document, document: documents.Unread) -> list[intake.Arrival]:
    """The document's entries as clean stories with what they are known by."""
    arrivals = []
    for entry in parsed.entries:
        story = normalise(
            entry,
            feed_url=document.feed_url,
            outlet=document.outlet,
            outlet_kind=document.outlet_kind,
            language=parsed.language or document.language,
            now=document.captured_at,
            custom=document.custom,
        )
        arrivals.append(intake.Arrival(story=story, keys=dedupe.keys(story)))
    return arrivals


def _note_parsed(
    session: Session,
    document: documents.Unread,
    lease: work.Lease,
    parsed: Document,
    taken: intake.TakenIn,
) -> None:
    """Set refused items aside, note the outcome, and what the document has shown of its feed."""
    refused = [
        setaside.SetAside(
            feed_id=document.feed_id,
            document_id=document.id,
            stage="item",
            state="unreadable_item",
            reason=f"item {item.position + 1}: {item.reason}",
            raw=item.raw,
        )
        for item in parsed.refused
    ]
    setaside.settle(session, feed_id=document.feed_id, document_id=document.id)
    setaside.keep(session, refused, at=document.captured_at)
    feeds.note_read(
        session,
        document.feed_id,
        document_id=document.id,
        body_hash=document.body_hash,
        problems=_problems(parsed, taken),
        new_at=document.captured_at if taken.new else None,
        shown=_shown(session, document, parsed, taken),
    )
    _note_hub(session, document, parsed, taken)
    _remember(session, document, has_changes=taken.reworded > 0)
    documents.finish(
        session,
        lease,
        document.id,
        format=parsed.format,
        outcome={
            "entries": document.known + len(parsed.entries),
            "new": taken.new,
            "changed": taken.changed,
            "known": document.known + taken.known,
            "flapping": taken.flapping,
            "refused": len(parsed.refused),
        }
        | ({"beside": len(parsed.beside)} if parsed.beside else {}),
        problems=parsed.problems,
        leads=[parsed.ways.previous] if parsed.ways.previous else parsed.more,
    )


def _shown(
    session: Session, document: documents.Unread, parsed: Document, taken: intake.TakenIn
) -> feeds.Shown | None:
    """What a poll's document shows of its feed's pace; archives and replays show nothing."""
    if document.way not in {"poll", "audit"} or document.is_replay:
        return None
    items = document.known + len(parsed.entries)
    return feeds.Shown(
        hints=schedule.hints_to_json(parsed.hints),
        items=items,
        known=items - taken.new,
        is_whole=document.answer.status != PARTIAL,
        span_seconds=_span(session, document, parsed, items),
    )


def _note_hub(
    session: Session, document: documents.Unread, parsed: Document, taken: intake.TakenIn
) -> None:
    """Note the hub a polled document names, and that it held what the hub may have lost."""
    if document.way not in {"poll", "audit"} or document.is_replay:
        return
    named = websub.hub_and_topic(document.answer.headers, parsed.ways, document.answer.url)
    if named is not None:
        hub, topic = named
        subscriptions.note_ways(session, document.feed_id, hub=hub, topic=topic)
    if taken.new:
        subscriptions.note_found_by_poll(session, document.feed_id)


def _span(
    session: Session, document: documents.Unread, parsed: Document, items: int
) -> float | None:
    """Seconds from the document's oldest item to its newest, None where they tell no times."""
    if document.known:
        return feeds.span_of_latest(session, document.feed_id, items)
    times = [time for entry in parsed.entries if (time := entry.published or entry.updated)]
    return (max(times) - min(times)).total_seconds() if times else None


def _remember(session: Session, document: documents.Unread, *, has_changes: bool) -> None:
    """Remember the document's items as read, whatever came of each; a replay counts nothing."""
    if document.hashes:
        memory.remember(
            session,
            document.feed_id,
            frame=document.frame,
            hashes=document.hashes,
            counts=None if document.is_replay else document.known,
            has_changes=has_changes,
        )


def _problems(parsed: Document, taken: intake.TakenIn) -> list[str]:
    """What an operator should know of a document that was read."""
    found = list(parsed.problems)
    if parsed.refused:
        found.append(f"{len(parsed.refused)} items could not be read and are set aside")
    if taken.flapping:
        found.append(f"{taken.flapping} stories change too often: their last change was not kept")
    return found


def _set_document_aside(
    document: documents.Unread, lease: work.Lease, *, state: str, reason: str
) -> None:
    """It cannot be read: keep bytes and reason, tell the feed, and go on.

    Its items are not remembered: the next document that has them is read with them. The same bytes
    again are no news, so what cost us dearly is not paid for at every poll.
    """
    with transaction() as session:
        _lay_aside(session, document, state=state, reason=reason, raw=document.answer.body)
        documents.finish(
            session, lease, document.id, format=None, outcome={"entries": 0}, problems=[reason]
        )
    log.warning("set aside", extra={"doc": document.id, "state": state})


def set_dead_aside(session: Session, document_ids: Sequence[int]) -> None:
    """A document that killed every worker that read it is set aside like any unreadable one."""
    for document_id in document_ids:
        document = documents.load(session, document_id)
        reason = f"reading it failed {document.attempts} times: {document.last_error}"
        _lay_aside(session, document, state="poison", reason=reason, raw=document.body)


def _lay_aside(
    session: Session, document: _AnyDocument, *, state: str, reason: str, raw: bytes
) -> None:
    thing = setaside.SetAside(
        feed_id=document.feed_id,
        document_id=document.id,
        stage="parse",
        state=state,
        reason=reason,
        raw=raw,
    )
    setaside.keep(session, [thing], at=document.captured_at)
    feeds.note_unreadable(
        session,
        document.feed_id,
        document_id=document.id,
        body_hash=document.body_hash,
        state=state,
        reason=reason,
    )
