"""Full text: the pages of stories whose feed an operator has set to it, asked for and read.

    stories of such a feed | may robots read it? | fetch, one page at a time of a server | keep
                  | extract, in a process that may be killed | a version with the page's text

The rows of `article_pages` say what waits; each page is asked for once, and once more where that
may help. Every redirect is a question of its own, with the robots.txt and the limits of where it
leads. Where a page is closed, reserved, not to be had or another one, the feed's own words stand
and the row says why.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import article, dedupe, schedule
from pipeline.domains import host_of
from pipeline.records import Answer, HostGroup, PageFound, PageRead, Request
from store import articles, clock, groups, work
from store.articles import Fetched, Wanted
from store.models import ArticlePageRow
from store.session import transaction
from workers import ending
from workers.leases import claim, failed, ours
from workers.limits import TooCostly, limited
from workers.sidebyside import side_by_side

log = logging.getLogger(__name__)

Get = Callable[[Request], Answer]

MOST_RUNG = 200  # pages rung for at once, each of another server
RING_AGAIN_SECONDS = 10.0
MOST_HOPS = 5
MOST_TRIES = 2  # once, and once more
MOST_DEATHS = 2  # a page that has killed two workers is given to no third
RETRY_SECONDS = 1800.0
RULES_GOOD_FOR = timedelta(hours=24)  # RFC 9309: not longer
NO_RULES_GOOD_FOR = timedelta(minutes=25)  # so that the second try asks anew
NOT_OURS = frozenset({"paywall", "reserved"})  # no copy is kept of these


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pages to ring for."""

    wanted: list[int]
    fetched: list[int]


def read_pages(settings: Settings) -> Waiting:
    """Take note of the pages that may be asked for, one of each server, and of those to be read."""
    with transaction() as session:
        dead = work.bury(
            session,
            ArticlePageRow,
            max_attempts=settings.max_attempts,
            most_deaths=MOST_DEATHS,
        )
        if dead:
            articles.note_dead(session, dead)
            log.error("gave up pages after too many attempts", extra={"ids": dead})
        wanted = articles.due(session, most=MOST_RUNG, ring_seconds=RING_AGAIN_SECONDS)
        fetched = work.announce(
            session,
            ArticlePageRow,
            limit=MOST_RUNG,
            ring_seconds=settings.sweep_seconds,
            only=ArticlePageRow.state == "fetched",
        )
        return Waiting(wanted, fetched)


# --- fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A page that may be asked for, or its site's robots.txt first."""

    page: Wanted
    is_robots: bool
    delay: float | None  # seconds that robots.txt wants between two pages

    @property
    def standing(self) -> groups.Standing:
        return groups.Standing(self.page.id, self.page.host, self.page.address)


def fetch_pages(page_ids: Sequence[int], settings: Settings, get: Get) -> list[int]:
    """Ask for pages whose server's turn has come; gives those that wait to be read."""
    with transaction() as session:
        asked = _claimed(session, page_ids, settings)
    problems: list[BaseException] = []
    fetched = []
    for lot in side_by_side(lambda claimed: get(_request(claimed[0], settings)), asked):
        for (one, lease), answer in lot:
            if isinstance(answer, Answer):
                with ours(lease), transaction() as session:
                    if _note(session, one, lease, answer, settings):
                        fetched.append(one.page.id)
            else:  # a defect of ours
                failed(lease, answer)
                problems.append(answer)
    if problems:
        raise problems[0]
    return fetched


def _claimed(
    session: Session, page_ids: Sequence[int], settings: Settings
) -> list[tuple[_Asked, work.Lease]]:
    """Lease the pages whose server's turn has come; those that never may be asked are done with."""
    pages = articles.free(session, page_ids, state="wanted")
    rules = articles.rules(session, {article.origin(page.url) for page in pages})
    asked = [one for page in pages if (one := _judged(session, page, rules, settings))]
    limits = groups.Limits(settings.host_gap_seconds, settings.host_at_once)
    # All at once: they are locked in one order, as everybody does.
    standing = groups.lock(session, [one.standing for one in asked], limits) if asked else {}
    now = clock.real_now(session)
    claimed = []
    for one in asked:
        lease = None
        if all(_may_start(standing[key], one.delay, now) for key in one.standing.keys):
            lease = claim(session, ArticlePageRow, [one.page.id], settings)
        if lease is not None:
            claimed.append((one, lease))
            for key in one.standing.keys:
                group = standing[key]
                standing[key] = replace(group, in_flight=group.in_flight + 1, last_start=now)
    groups.start(session, {key for one, _ in claimed for key in one.standing.keys})
    return claimed


def _judged(
    session: Session, page: Wanted, rules: Mapping[str, tuple[str, str]], settings: Settings
) -> _Asked | None:
    """What is to be asked for, None where that is nothing now, or nothing ever."""
    state, said = rules.get(article.origin(page.url), ("", ""))
    is_allowed, delay = article.allows(said, page.url, user_agent=page.user_agent)
    if not page.is_wanted:
        _done(session, page, settings, "off", "full text was switched off for its feed")
    elif not page.is_shown:
        _done(session, page, settings, "merged", "its story is shown as another one")
    elif state == "unreachable":
        _again_or_never(session, page, settings, ROBOTS_AWAY)
    elif not is_allowed:
        _done(session, page, settings, "robots", ROBOTS_SAY_NO)
    else:
        return _Asked(page=page, is_robots=not state, delay=delay)
    return None


def _may_start(group: HostGroup, delay: float | None, now: datetime) -> bool:
    """Whether a page of this group may be asked for now.

    What robots.txt wants between two pages holds for pages alone: polls keep their own pace.
    """
    gap = max(group.gap_seconds or 0.0, delay or 0.0)
    return schedule.may_start(replace(group, gap_seconds=gap), now=now)


ROBOTS_SAY_NO = "its site's robots.txt keeps us from its page; the feed's own words stand"
ROBOTS_AWAY = PageFound(
    state="robots",
    reason="its site's robots.txt was not to be had, which forbids all; the feed's own words stand",
    may_come_back=True,
)


def _request(one: _Asked, settings: Settings) -> Request:
    ask = article.robots_request if one.is_robots else article.request
    asked = ask(one.page.url, contact=settings.contact_url, user_agent=one.page.user_agent)
    return replace(asked, named_by=one.page.feed_url)


def _note(
    session: Session, one: _Asked, lease: work.Lease, answer: Answer, settings: Settings
) -> bool:
    """Write down what came; True for a page that waits to be read."""
    page = one.page
    if one.is_robots:
        state, said = article.rules(answer)
        good_for = NO_RULES_GOOD_FOR if state == "unreachable" else RULES_GOOD_FOR
        origin = article.origin(page.url)
        articles.keep_rules(session, origin, state=state, rules=said, good_for=good_for)
        work.finish(session, lease, again_in=settings.host_gap_seconds)
        return False
    found = article.found(answer, now=clock.real_now(session))
    if found.state == "rate_limited":
        groups.leave_alone(session, page.host, seconds=found.wait, url=page.url, said=found.reason)
    if found.target is not None:
        _follow(session, page, lease, found, settings)
        return False
    if found.state != "fetched":
        _not_now(session, page, lease, found, max(found.wait or 0.0, RETRY_SECONDS))
        return False
    at = clock.now(session)
    body_hash = sha256(answer.body).hexdigest()
    document_id = articles.keep_bytes(
        session, feed_id=page.feed_id, answer=answer, body_hash=body_hash, at=at
    )
    values = {"fetched_at": at, "document_id": document_id}
    articles.note(session, page.id, state=found.state, reason=found.reason, **values)
    work.finish(session, lease, again_in=0)
    return True


def _follow(
    session: Session, page: Wanted, lease: work.Lease, found: PageFound, settings: Settings
) -> None:
    """Ask for the page where it is now, when the turn of that server comes."""
    target = found.target or ""
    if page.hops >= MOST_HOPS:
        reason = f"its page sends us on for the {MOST_HOPS + 1}th time; the feed's own words stand"
        articles.note(session, page.id, state="redirect", reason=reason)
        work.finish(session, lease)
        return
    there = {"url": target, "host": host_of(target), "hops": page.hops + 1}
    articles.note(session, page.id, reason=found.reason, **there)
    work.finish(session, lease, again_in=settings.host_gap_seconds)


def _not_now(
    session: Session, page: Wanted, lease: work.Lease, found: PageFound, wait: float
) -> None:
    """Nothing came: ask once more later where that may help, else leave it at that."""
    again = found.may_come_back and page.tries + 1 < MOST_TRIES
    state = "wanted" if again else found.state
    articles.note(session, page.id, state=state, reason=found.reason, tries=page.tries + 1)
    work.finish(session, lease, again_in=wait if again else None)


def _again_or_never(session: Session, page: Wanted, settings: Settings, found: PageFound) -> None:
    lease = claim(session, ArticlePageRow, [page.id], settings)
    if lease is not None:
        _not_now(session, page, lease, found, RETRY_SECONDS)


def _done(session: Session, page: Wanted, settings: Settings, state: str, reason: str) -> None:
    """Done with a page that was not asked for."""
    lease = claim(session, ArticlePageRow, [page.id], settings)
    if lease is not None:
        articles.note(session, page.id, state=state, reason=reason)
        work.finish(session, lease)


# --- extract


def extract_pages(page_ids: Sequence[int], settings: Settings) -> bool:
    """Read pages that have come; True if there are stories to place now."""
    found = [_extract(page_id, settings) for page_id in page_ids if not ending.is_asked()]
    return any(found)


def _extract(page_id: int, settings: Settings) -> bool:
    with transaction() as session:
        if not articles.free(session, [page_id], state="fetched"):
            return False
        lease = claim(session, ArticlePageRow, [page_id], settings)
        if lease is None:
            return False
        page = articles.load(session, page_id)
    is_more = False
    with ours(lease):
        read = _read(page, settings)
        with transaction() as session:
            is_more = _keep(session, page, read) and not clock.is_gathering(session)
            work.finish(session, lease)
        log.info("page read", extra={"story": page.story_id, "state": read.state})
    return is_more


def _read(page: Fetched, settings: Settings) -> PageRead:
    try:
        with limited(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb):
            return article.read(page.answer, title=page.title)
    except TooCostly as problem:
        reason = f"its page is too costly to read ({problem}); the feed's own words stand"
        return PageRead(state="too_costly", reason=reason)


def _keep(session: Session, page: Fetched, read: PageRead) -> bool:
    """Let what the page shows be the story's text; True if the story is to be placed anew."""
    if read.article is None:
        articles.note(session, page.id, state=read.state, reason=read.reason)
        if read.state in NOT_OURS:
            articles.drop_bytes(session, page.document_id)
        return False
    return articles.keep(
        session,
        page,
        read.article,
        reason=read.reason,
        complete=article.completed,
        leading=dedupe.leading,
    )
