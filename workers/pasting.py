"""Links that editors pasted: asked for at once, read, taken in like any story, put where wanted.

    a wish in a row | may robots read it? | fetch, each redirect anew | extract | known or new
                  | placed with all others | an item in the instalment, or why not

The rows of `pasted_links` say what waits. Nobody asks twice by itself: whoever pasted the link is
told why it led to nothing, and tries again or does not.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html import escape

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import article, dedupe, draft, pasted, schedule
from pipeline.definition import series_from_json
from pipeline.domains import host_of
from pipeline.errors import BadInput
from pipeline.normalise import canonical_url, normalise
from pipeline.records import Answer, Article, Entry, PageFound, PageRead, Request
from store import articles, clock, crediting, documents, drafts, groups, intake, series, work
from store import pasted as links
from store.models import PastedRow
from store.pasted import Asked
from store.session import transaction
from workers.articles import NO_RULES_GOOD_FOR, NOT_OURS, RULES_GOOD_FOR
from workers.leases import claim, ours
from workers.limits import TooCostly, limited
from workers.reading import RULES

log = logging.getLogger(__name__)

Get = Callable[[Request], Answer]

MOST_RUNG = 20
MOST_HOPS = 5
MOST_DEATHS = 2  # a page that has killed two workers is given to no third
# Editors are no operators: what they paste opens no address inside, and no credentials go along.
NAMED_BY = "https://pasted.invalid/"


def due(settings: Settings) -> links.Waiting:
    """Take note of the pasted links to ring for; those that fail too often are given up."""
    with transaction() as session:
        dead = work.bury(
            session, PastedRow, max_attempts=settings.max_attempts, most_deaths=MOST_DEATHS
        )
        if dead:
            links.note_dead(session, dead, at=clock.now(session))
            log.error("gave up pasted links after too many attempts", extra={"ids": dead})
        return links.waiting(session, limit=MOST_RUNG)


# --- fetch


def fetch(pasted_id: int, settings: Settings, get: Get) -> bool:
    """Ask for a pasted page, or first for what its site says to robots; True if it has come."""
    with transaction() as session:
        found = _claimed(session, pasted_id, settings)
        if found is None:
            return False
        asked, lease, is_robots = found
    has_come = False
    with ours(lease):
        ask = article.robots_request if is_robots else article.request
        request = ask(asked.url, contact=settings.contact_url)
        answer = get(replace(request, named_by=NAMED_BY))
        with transaction() as session:
            if is_robots:
                _note_rules(session, asked, lease, answer)
            else:
                has_come = _note_page(session, asked, lease, answer)
    return has_come


def _claimed(
    session: Session, pasted_id: int, settings: Settings
) -> tuple[Asked, work.Lease, bool] | None:
    """The link under a lease if something is to be asked now; settled at once where nothing is."""
    for asked in links.free(session, [pasted_id], state="wanted"):
        story_id = links.known(session, canonical_url(asked.url, feed_url=""))
        if story_id is not None:  # no need to ask for what is here
            links.note(session, asked.id, state="read", reason=KNOWN, story_id=story_id)
            work.wake(session, PastedRow, [asked.id])
            return None
        origin = article.origin(asked.url)
        state, said = articles.rules(session, [origin]).get(origin, ("", ""))
        if state == "unreachable" or not article.allows(said, asked.url)[0]:
            why = ROBOTS_AWAY if state == "unreachable" else ROBOTS_SAY_NO
            _done(session, asked, settings, "robots", why)
            return None
        standing = groups.Standing(asked.id, asked.host, None)
        limits = groups.Limits(settings.host_gap_seconds, settings.host_at_once)
        locked = groups.lock(session, [standing], limits)
        now = clock.real_now(session)
        if not all(schedule.may_start(locked[key], now=now) for key in standing.keys):
            waits = "the server's turn has not come yet"
            links.note(session, asked.id, reason=waits, announced_until=None)  # rung again at once
            return None
        lease = claim(session, PastedRow, [asked.id], settings)
        if lease is not None:
            groups.start(session, standing.keys)
            return asked, lease, not state
    return None


KNOWN = "its story is known; it is put into the instalment"
ROBOTS_SAY_NO = "the site's robots.txt keeps us from the page"
ROBOTS_AWAY = "the site's robots.txt was not to be had, which forbids all; try again later"


def _note_rules(session: Session, asked: Asked, lease: work.Lease, answer: Answer) -> None:
    state, said = article.rules(answer)
    if answer.problem == "blocked_address":  # not a site that is away, but one that is none
        _close(session, asked, lease, "blocked_address", BLOCKED.format(answer.detail))
        return
    good_for = NO_RULES_GOOD_FOR if state == "unreachable" else RULES_GOOD_FOR
    articles.keep_rules(
        session, article.origin(asked.url), state=state, rules=said, good_for=good_for
    )
    links.note(session, asked.id, reason="robots.txt was read; the page is next")
    work.finish(session, lease, again_in=0)


BLOCKED = "that address may not be asked for ({})"


def _note_page(session: Session, asked: Asked, lease: work.Lease, answer: Answer) -> bool:
    """Write down what came; True for a page that waits to be read."""
    found = article.found(answer, now=clock.real_now(session))
    if found.state == "rate_limited":
        groups.leave_alone(
            session, asked.host, seconds=found.wait, url=asked.url, said=found.reason
        )
    if found.target is not None and asked.hops < MOST_HOPS:
        url, why = pasted.address(found.target)
        if url:
            values = {"url": url, "host": host_of(url), "hops": asked.hops + 1}
            links.note(session, asked.id, reason=pasted.why_not(found.reason), **values)
            work.finish(session, lease, again_in=0)
        else:
            _close(session, asked, lease, "redirect", f"the page sends us astray: {why}")
        return False
    if found.state != "fetched":
        _close(session, asked, lease, *_refused(answer, found))
        return False
    at = clock.now(session)
    source = links.source(session, answer.url, otherwise=pasted.unknown_outlet(answer.url))
    body_hash = sha256(answer.body).hexdigest()
    document_id = articles.keep_bytes(
        session, feed_id=source.feed_id, answer=answer, body_hash=body_hash, at=at
    )
    values = {"document_id": document_id, "url": answer.url}
    links.note(session, asked.id, state="fetched", reason="the page has come", **values)
    work.finish(session, lease, again_in=0)
    return True


def _refused(answer: Answer, found: PageFound) -> tuple[str, str]:
    if answer.problem == "blocked_address":
        return answer.problem, BLOCKED.format(answer.detail)
    if found.target is not None:
        return "redirect", f"the page sends us on for the {MOST_HOPS + 1}th time"
    return found.state, pasted.why_not(found.reason)


# --- extract


def read(pasted_id: int, settings: Settings) -> bool:
    """Read a page that has come and take its story in; True if there are stories to place now."""
    with transaction() as session:
        found = links.free(session, [pasted_id], state="fetched")
        lease = claim(session, PastedRow, [pasted_id], settings) if found else None
        if lease is None:
            return False
        [asked] = found
        answer = documents.answer(documents.load(session, asked.document_id or 0))
    is_more = False
    with ours(lease):
        page = _read(answer, settings)
        with transaction() as session:
            if page.article is None:
                if page.state in NOT_OURS:
                    articles.drop_bytes(session, asked.document_id or 0)
                _close(session, asked, lease, page.state, pasted.why_not(page.reason))
            else:
                is_new = _take_in(session, asked, answer, page.article)
                work.finish(session, lease, again_in=0)
                is_more = is_new and not clock.is_gathering(session)
    return is_more


def _read(answer: Answer, settings: Settings) -> PageRead:
    try:
        with limited(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb):
            # No headline is known that it could be measured by: what it shows is what it is.
            return article.read(answer, title="")
    except TooCostly as problem:
        return PageRead(state="too_costly", reason=f"the page is too costly to read ({problem})")


def _take_in(session: Session, asked: Asked, answer: Answer, page: Article) -> bool:
    """Take the page's story in like any other's; True if it is to be placed."""
    source = links.source(session, answer.url, otherwise=pasted.unknown_outlet(answer.url))
    at, domain = clock.now(session), host_of(answer.url)
    url, remark = pasted.settled(answer.url, page.original)
    paragraphs = (f"<p>{escape(each)}</p>" for each in page.text.split("\n\n"))
    entry = Entry(
        position=0,
        url=url,
        title=pasted.headline(page.title, source.name, domain, domain.partition(".")[0]),
        content="\n".join(paragraphs),
        byline=page.byline,
        published=page.published,
        published_raw="" if page.published is None else page.published.isoformat(),
        language=page.language,
    )
    story = normalise(
        entry, feed_url=source.feed_url, outlet=source.outlet, outlet_kind=source.kind, now=at
    )
    arrival = intake.Arrival(story=story, keys=dedupe.keys(story))
    taken = intake.take_in(
        session,
        [arrival],
        feed_id=source.feed_id,
        outlet_id=source.outlet_id,
        document_id=asked.document_id or 0,
        at=at,
        rules=RULES,
    )
    canonical = story.canonical_url or ""
    story_id = links.known(session, canonical)
    reason = "it is being placed" + (f"; {remark}" if remark else "")
    links.note(session, asked.id, state="read", reason=reason, story_id=story_id)
    return bool(taken.to_place)


# --- queue


def queue(pasted_id: int, settings: Settings) -> list[int]:
    """Put a pasted story that was placed into its instalment; gives the instalments to refresh."""
    with transaction() as session:
        found = links.free(session, [pasted_id], state="read")
        lease = claim(session, PastedRow, [pasted_id], settings) if found else None
        if lease is None:
            return []
    [asked] = found
    state = ""
    with ours(lease), transaction() as session:
        story = links.ready(session, asked.story_id or 0)
        if story is None:
            work.finish(session, lease, again_in=1)  # it waits to be placed
        else:
            at = clock.now(session)
            credit = _credit(session, asked, story)
            state, reason, item_id = links.put(session, asked, story, attribution=credit, at=at)
            _, elsewhere, where = asked.reason.partition(pasted.ELSEWHERE)
            reason += f"; {elsewhere}{where}" if where else ""
            links.note(session, asked.id, state=state, reason=reason, item_id=item_id, done_at=at)
            work.finish(session, lease)
            log.info("pasted link settled", extra={"pasted": asked.id, "state": state})
    return [asked.instalment_id] if state == "queued" else []


def _credit(session: Session, asked: Asked, story: links.Ready) -> str:
    """The line that credits whoever broke it, as a draft has it."""
    of = drafts.load(session, asked.instalment_id).series_id
    try:
        definition = series_from_json(series.definition(session, of))
    except BadInput:
        return ""
    origins = crediting.origins(session, [story.version_id]).get(story.version_id, [])
    is_to_origin = definition.credit_rule == "origin" and bool(origins)
    credited = origins[0].name if is_to_origin else story.outlet_name
    return draft.attribution(definition, credited, story.published)


# --- settling


def _close(session: Session, asked: Asked, lease: work.Lease, state: str, reason: str) -> None:
    """It led to nothing: say why. Whoever pasted it may try again."""
    at = clock.now(session)
    links.note(session, asked.id, state=state, reason=reason, done_at=at)
    work.finish(session, lease)


def _done(session: Session, asked: Asked, settings: Settings, state: str, reason: str) -> None:
    """Done with a link that was not asked for."""
    lease = claim(session, PastedRow, [asked.id], settings)
    if lease is not None:
        _close(session, asked, lease, state, reason)
