"""The journey of a story, top to bottom. Start reading the project here.

    due feeds | fetch | keep | parse | normalise | known, new or changed | tag | cluster | match
              | draft | the editors' queue

Each function below is one stretch of the way. It claims the rows that wait for it (store/work.py),
does its work without a transaction open, writes all effects and closes the lease in one last
transaction, and returns the ids of what should be woken next. Whoever calls it rings the bell
(workers/tasks.py); a bell that gets lost is rung again by `sweep`, because the rows still wait.

This module knows no Celery, and no clock but the database's.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from config.settings import CATALOGUE, Settings
from pipeline import cluster, dedupe, draft, fetch, match, schedule, tag
from pipeline.definition import series_from_json
from pipeline.errors import BadInput, LeaseLost, UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import (
    Answer,
    Document,
    Match,
    Request,
    Section,
    Series,
    Story,
    Tagged,
    Verdict,
    VersionKind,
)
from pipeline.text import content_words
from pipeline.window import window
from store import (
    clock,
    developments,
    documents,
    drafts,
    feeds,
    intake,
    series,
    setaside,
    stories,
    tags,
    waiting,
    work,
)
from store.models import DocumentRow, FeedRow, InstalmentRow, StoryRow
from store.session import engine, transaction

log = logging.getLogger(__name__)

BATCH = 200  # stories placed by one task: a task costs as much as a story, so never one each
OPEN_FOR = timedelta(hours=72)  # a development takes no further story after this long a silence

TAGGER = "machine:gazetteer/1"  # kept with what it decided, so that it can be explained later
CLUSTERER = f"machine:{cluster.METHOD}"
SAME_TEXT = "its text is, word for word, that of a story told in this development"
RETRY_SECONDS = 5.0  # after a defect or an outage; attempts are capped, so this need not grow
POLL_AGAIN_SECONDS = 300.0  # a feed is never given up, and no publisher is to suffer for our defect

Get = Callable[[Request], Answer]


# --- due feeds


def due_feeds(settings: Settings, *, limit: int = 200) -> list[int]:
    """Take note of the feeds that are due and give their ids, the longest due first."""
    with transaction() as session:
        ring = settings.dispatch_seconds * 5
        return work.announce(session, FeedRow, limit=limit, ring_seconds=ring)


# --- fetch, keep


def fetch_feed(feed_id: int, settings: Settings, get: Get) -> int | None:
    """Poll one feed and keep what came; gives the document to parse, if there is a new one."""
    with transaction() as session:
        lease = _claim(session, FeedRow, [feed_id], settings)
        if lease is None:
            return None
        polled = feeds.load(session, feed_id)
    document_id = None
    with _ours(lease):
        answer = get(fetch.request(polled.feed, contact=settings.contact_url))
        with transaction() as session:
            verdict = fetch.verdict(polled.feed, answer, now=clock.real_now(session))
            document_id = _keep(session, lease, answer, verdict, clock.now(session))
            feeds.note_poll(session, feed_id, verdict)
            again_in = schedule.next_poll(
                interval=polled.interval_seconds,
                failures=polled.feed.failures + 1 if verdict.is_failure else 0,
                state=verdict.state,
                retry_after=verdict.retry_after,
                jitter=random.random(),
            )
            work.finish(session, lease, again_in=again_in)
        log.info("polled", extra={"feed": feed_id, "state": verdict.state, "doc": document_id})
    return document_id


def _keep(
    session: Session, lease: work.Lease, answer: Answer, verdict: Verdict, now: datetime
) -> int | None:
    """Keep the bytes of a new answer: to be parsed, or set aside where it can be no feed."""
    if verdict.is_fresh and verdict.body_hash is not None:
        return documents.keep(
            session,
            feed_id=lease.ids[0],
            fetch_token=lease.token,
            answer=answer,
            body_hash=verdict.body_hash,
            at=now,
        )
    if verdict.body_hash is not None and verdict.is_failure:
        thing = setaside.SetAside(
            feed_id=lease.ids[0],
            document_id=None,
            stage="fetch",
            state=verdict.state,
            reason=verdict.reason,
            raw=answer.body,
        )
        setaside.keep(session, [thing], at=now)
    return None


# --- parse, normalise, known, new or changed


def parse_document(document_id: int, settings: Settings) -> bool:
    """Read one kept document and take its stories in; True if there are stories to place now."""
    with transaction() as session:
        lease = _claim(session, DocumentRow, [document_id], settings)
        if lease is None:
            return False
        document = documents.load(session, document_id)
        polled = feeds.load(session, document.feed_id)
    is_more = False
    with _ours(lease):
        try:
            parsed = parse(documents.answer(document))
        except UnreadableFeed as problem:
            _set_document_aside(document, lease, problem)
            return False
        arrivals = _arrivals(parsed, polled, document.captured_at)
        with transaction() as session:
            taken = intake.take_in(
                session,
                arrivals,
                feed_id=polled.feed.id,
                outlet_id=polled.outlet_id,
                document_id=document_id,
                at=document.captured_at,
                revise=revision_of,
            )
            _note_parsed(session, document, parsed, taken)
            is_more = bool(taken.to_place) and not clock.is_gathering(session)
            work.finish(session, lease)
        log.info(
            "parsed",
            extra={"doc": document_id, "feed": polled.feed.id, "new": taken.new}
            | {"changed": taken.changed, "known": taken.known, "refused": len(parsed.refused)},
        )
    return is_more


def revision_of(old: Story, new: Story) -> tuple[VersionKind, Story] | None:
    """How a story has changed and what to keep: what a feed stops sending is not withdrawn."""
    kind = dedupe.version_kind(old, new)
    if kind is None:
        return None
    return kind, new if kind == "replaced" else dedupe.carried_over(old, new)


def _arrivals(
    parsed: Document, polled: feeds.PolledFeed, seen_at: datetime
) -> list[intake.Arrival]:
    """The document's entries as clean stories with what they are known by."""
    arrivals = []
    for entry in parsed.entries:
        story = normalise(
            entry,
            feed_url=polled.feed.url,
            outlet=polled.outlet,
            outlet_kind=polled.outlet_kind,
            language=parsed.language or polled.language,
            now=seen_at,
        )
        arrivals.append(intake.Arrival(story=story, keys=dedupe.keys(story)))
    return arrivals


def _note_parsed(
    session: Session, document: DocumentRow, parsed: Document, taken: intake.TakenIn
) -> None:
    """Set refused items aside, note the outcome, and tell the feed that it brought new stories."""
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
    setaside.settle(session, document_id=document.id, how="replayed")
    setaside.settle_answers(session, feed_id=document.feed_id)
    setaside.keep(session, refused, at=document.captured_at)
    documents.note_outcome(
        session,
        document.id,
        format=parsed.format,
        outcome={
            "entries": len(parsed.entries),
            "new": taken.new,
            "changed": taken.changed,
            "known": taken.known,
            "flapping": taken.flapping,
            "refused": len(parsed.refused),
        },
        problems=list(parsed.problems),
    )
    feeds.note_read(
        session,
        document.feed_id,
        body_hash=document.body_hash,
        problems=_problems(parsed, taken),
    )
    if taken.new:
        feeds.note_new(session, document.feed_id, at=document.captured_at)


def _problems(parsed: Document, taken: intake.TakenIn) -> list[str]:
    """What an operator should know of a document that was read."""
    found = list(parsed.problems)
    if parsed.refused:
        found.append(f"{len(parsed.refused)} items could not be read and are set aside")
    if taken.flapping:
        found.append(f"{taken.flapping} stories change too often: their last change was not kept")
    return found


def _set_document_aside(document: DocumentRow, lease: work.Lease, problem: UnreadableFeed) -> None:
    """No parser reads it: keep bytes and reason, tell the feed, and go on."""
    with transaction() as session:
        thing = setaside.SetAside(
            feed_id=document.feed_id,
            document_id=document.id,
            stage="parse",
            state=problem.state,
            reason=problem.why,
            raw=document.body,
        )
        setaside.keep(session, [thing], at=document.captured_at)
        feeds.note_unreadable(
            session,
            document.feed_id,
            body_hash=document.body_hash,
            state=problem.state,
            reason=problem.why,
        )
        documents.note_outcome(
            session, document.id, format=None, outcome={"entries": 0}, problems=[problem.why]
        )
        work.finish(session, lease)
    log.warning("set aside", extra={"doc": document.id, "state": problem.state})


# --- tag, cluster, match


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing a batch has changed, and whether more stories wait."""

    instalments: list[int]
    more: bool


def place_stories(settings: Settings) -> Placed:
    """Tag the next stories, find their developments, match them; one batch, in order of arrival.

    Only one worker places at a time: clustering is a sequence of decisions, each resting on the
    ones before. Whoever comes meanwhile goes away again; the one at work sees to what is left.
    """
    stale: list[int] = []
    with developments.turn(engine()) as is_ours:
        if is_ours:
            stale = _place_next(settings)
    # Only now that the turn is given back: who came before and went away counts on us.
    with transaction() as session:
        return Placed(stale, more=is_ours and bool(_next(session, settings, limit=1)))


def _next(session: Session, settings: Settings, *, limit: int = BATCH) -> list[int]:
    if clock.is_gathering(session):
        return []
    return stories.next_to_place(session, limit=limit, max_attempts=settings.max_attempts)


def _place_next(settings: Settings) -> list[int]:
    with transaction() as session:
        ids = _next(session, settings)
        if not ids:
            return []
        lease = work.take_over(session, StoryRow, ids, lease_seconds=settings.lease_seconds)
        kept = sorted(stories.current(session, ids), key=lambda one: ids.index(one.id))
        open_series = [of for running in series.running(session) if (of := _open(running))]
    stale: list[int] = []
    with _ours(lease):
        tagged = {one.id: tag.tag(one.story, _gazetteer()) for one in kept}
        found = [(one, of) for one in kept for of in _matches(tagged[one.id], open_series)]
        with transaction() as session:
            now = clock.now(session)
            of_version = {one.version_id: tagged[one.id].tags for one in kept}
            tags.keep(session, of_version, decided_by=TAGGER)
            open_ones = _find_developments(session, kept, now)
            matches = [_matched(session, one, of, now) for one, of in found]
            series.keep_matches(session, matches)
            stale = sorted({*(m.instalment_id for m in matches), *drafts.holding(session, ids)})
            work.wake(session, InstalmentRow, stale)
            work.finish(session, lease)
        if open_ones is not None:
            _REMEMBERED.append(open_ones)
        log.info("placed", extra={"stories": lease.ids, "matches": len(matches)})
    return stale


@dataclass(frozen=True, slots=True)
class _Open:
    """A running series, its definition read and its queries compiled."""

    id: int
    definition_id: int
    series: Series
    compiled: match.CompiledSeries


_READ: dict[int, _Open] = {}  # by definition id: a definition never changes under its id


def _open(running: series.Running) -> _Open | None:
    """The series with its definition read; None, said loudly, if that cannot be read."""
    found = _READ.get(running.definition_id)
    if found is None:
        try:
            read = series_from_json(running.definition)
            found = _Open(running.id, running.definition_id, read, match.compile_series(read))
        except BadInput:
            log.exception("definition cannot be read, series left out: %s", running.key)
            return None
        _READ[running.definition_id] = found
    return found


@lru_cache(maxsize=1)
def _gazetteer() -> tag.Gazetteer:
    path = CATALOGUE / "tags.toml"
    return tag.Gazetteer(tag.read_tags(path.read_text(encoding="utf-8"), str(path)))


@dataclass(frozen=True, slots=True)
class _Standing:
    """A story's standing in one series that it is of interest to."""

    of: _Open
    match: Match
    section: str


def _matches(tagged: Tagged, open_series: Sequence[_Open]) -> Iterator[_Standing]:
    """The story's standing in those series that it is of interest to."""
    found = match.match_all(tagged, [of.compiled for of in open_series])
    for of, standing in zip(open_series, found, strict=True):
        section = draft.section_for(standing, of.series)
        if standing.zone != "ignore" and section is not None:
            yield _Standing(of, standing, section)


def _matched(
    session: Session, one: stories.Kept, found: _Standing, now: datetime
) -> series.Matched:
    """The match to be kept, in the instalment it belongs to."""
    return series.Matched(
        series_id=found.of.id,
        definition_id=found.of.definition_id,
        story_id=one.id,
        version_id=one.version_id,
        matcher=match.MATCHER,
        score=found.match.score,
        zone=found.match.zone,
        section=found.section,
        why=[asdict(reason) for reason in found.match.why],
        seen_at=one.seen,
        instalment_id=_instalment(session, found.of, one.seen, now),
    )


def _instalment(session: Session, of: _Open, seen: datetime, now: datetime) -> int:
    """The instalment of what arrived then, opened if nobody has opened it yet.

    One that is approved takes no more: what comes then goes into the next one.
    """
    instalment = drafts.open_instalment(session, of.id, window(of.series, seen), at=now)
    while instalment.state not in drafts.OPEN_STATES:
        following = window(of.series, instalment.cut_off + timedelta(microseconds=1))
        instalment = drafts.open_instalment(session, of.id, following, at=now)
    return instalment.id


@dataclass(slots=True)
class _OpenOnes:
    """The open developments as this process last knew them: it asks only for what has changed."""

    since: datetime
    revision: int
    ones: cluster.Open


_REMEMBERED: list[_OpenOnes] = []  # empty or one; taken out while in use, so a failure forgets it


def _open_ones(session: Session, oldest: datetime) -> _OpenOnes:
    """The developments that a story first seen at `oldest` or later may join.

    The same for every process, however long it runs and whatever it placed itself: how rare a
    word is depends on all that are open. So they are counted from a midnight, by first headlines.
    """
    since = oldest.replace(hour=0, minute=0, second=0, microsecond=0) - OPEN_FOR
    known = _REMEMBERED.pop() if _REMEMBERED else None
    if known is None or known.since != since:
        known = _OpenOnes(since, 0, cluster.Open([]))
    for changed in developments.open_since(session, since, after=known.revision):
        known.ones.add(changed.id, changed.title, changed.last_at)
    known.revision = developments.next_revision(session)
    return known


def _find_developments(
    session: Session, kept: Sequence[stories.Kept], now: datetime
) -> _OpenOnes | None:
    """Give every story of the batch its development: a copy its original's, others by title."""
    placed = developments.of_stories(session, [one.id for one in kept])
    to_place = [one for one in kept if one.id not in placed]
    if not to_place:
        return None
    open_ones = _open_ones(session, min(one.first_seen for one in to_place))
    # A copy may be placed before its original: whichever comes first opens, the other joins.
    families = developments.of_families(session, [one.root or one.id for one in to_place])
    fresh_ids = iter(developments.next_ids(session, len(to_place)))
    opened, joined = [], []
    for one in to_place:
        family = one.root or one.id
        if family in families:
            joined.append(_joined(one, families[family], 1.0, SAME_TEXT))
        else:
            found = open_ones.ones.place(one.story.title, one.first_seen)
            if found.development is None:
                new = developments.Opened(
                    id=next(fresh_ids),
                    title=one.story.title,
                    words=content_words(one.story.title),
                    at=one.first_seen,
                )
                opened.append(new)
            development = found.development or opened[-1].id
            runner_up = (found.runner_up, found.runner_up_score)
            joined.append(_joined(one, development, found.score, found.why, runner_up=runner_up))
        families[family] = joined[-1].development_id
        open_ones.ones.add(families[family], one.story.title, one.first_seen)
    developments.keep(session, opened, joined, at=now, revision=open_ones.revision)
    return open_ones


def _joined(
    one: stories.Kept,
    development: int,
    score: float,
    why: str,
    runner_up: tuple[int | None, float] = (None, 0.0),
) -> developments.Joined:
    return developments.Joined(
        story_id=one.id,
        development_id=development,
        seen=one.first_seen,
        score=score,
        why=why,
        runner_up_id=runner_up[0],
        runner_up_score=runner_up[1],
        decided_by=CLUSTERER,
    )


# --- draft


def refresh_draft(instalment_id: int, settings: Settings) -> None:
    """Bring one open instalment up to date without touching an editor's work."""
    with transaction() as session:
        lease = _claim(session, InstalmentRow, [instalment_id], settings)
        if lease is None:
            return
    with _ours(lease), transaction() as session:
        instalment = drafts.load(session, instalment_id)
        if instalment.state in drafts.OPEN_STATES:
            definition = series_from_json(series.definition(session, instalment.series_id))
            items = _items(definition, instalment, drafts.offered(session, instalment))
            new = drafts.put_items(session, instalment, items, at=clock.now(session))
            log.info("drafted", extra={"instalment": instalment_id, "new": new})
        work.finish(session, lease)


def _items(
    definition: Series, instalment: drafts.Opening, offered: Sequence[drafts.Offered]
) -> list[drafts.Drafted]:
    """One item for each development, section by section, as each section orders them."""
    by_development: dict[int, list[drafts.Offered]] = defaultdict(list)
    for story in offered:
        by_development[story.development_id].append(story)
    leads = {number: min(group, key=_lead_first) for number, group in by_development.items()}
    items = []
    # A section dropped from the definition keeps what it had: nothing that matched disappears.
    dropped = {lead.section for lead in leads.values()} - {s.key for s in definition.sections}
    sections = (*definition.sections, *(Section(key=key, heading=key) for key in sorted(dropped)))
    for section in sections:
        offers = [
            draft.Offer(development=number, score=lead.score, at=lead.first_seen)
            for number, lead in leads.items()
            if lead.section == section.key
        ]
        ranked = [leads[offer.development] for offer in draft.order(offers, section)]
        items += [_item(definition, instalment, lead) for lead in ranked]
    return items


def _item(definition: Series, instalment: drafts.Opening, lead: drafts.Offered) -> drafts.Drafted:
    is_older = lead.published is not None and lead.published <= instalment.opens
    return drafts.Drafted(
        development_id=lead.development_id,
        story_id=lead.story_id,
        version_id=lead.version_id,
        section=lead.section,
        headline=lead.title,
        attribution=draft.attribution(definition, lead.outlet_name, lead.published),
        score=lead.score,
        zone=lead.zone,
        why=lead.why,
        flags=("before_window",) if is_older else (),
    )


def _lead_first(story: drafts.Offered) -> tuple[bool, float, datetime, datetime, str, str, int]:
    """Whose page an item shows: an original before copies, then the best match, then the first.

    Two that came at one moment are told apart by what they say, not by who was read first.
    """
    published = story.published or story.first_seen
    first = (story.first_seen, published, story.outlet, story.title, story.story_id)
    return story.is_copy, -story.score, *first


# --- sweep


@dataclass(frozen=True, slots=True)
class Bells:
    """What waits and should be rung, by stage."""

    documents: list[int]
    stories: bool
    instalments: list[int]


def sweep(settings: Settings, *, limit: int = 1000) -> Bells:
    """Find what waits though its bell was lost or its worker died; lay aside what keeps failing."""
    with transaction() as session:
        for table in (DocumentRow, StoryRow, InstalmentRow):
            dead = work.bury(session, table, max_attempts=settings.max_attempts)
            if dead:
                name = table.__tablename__
                log.error("gave up after too many attempts", extra={"table": name, "ids": dead})
                if table is DocumentRow:
                    _set_dead_aside(session, dead)
        ring = settings.sweep_seconds
        return Bells(
            documents=work.announce(session, DocumentRow, limit=limit, ring_seconds=ring),
            stories=waiting.is_waiting(session, StoryRow),
            instalments=work.announce(session, InstalmentRow, limit=limit, ring_seconds=ring),
        )


def _set_dead_aside(session: Session, document_ids: Sequence[int]) -> None:
    """A document that killed every worker that read it is set aside like any unreadable one."""
    for document_id in document_ids:
        document = documents.load(session, document_id)
        reason = f"reading it failed {document.attempts} times: {document.last_error}"
        thing = setaside.SetAside(
            feed_id=document.feed_id,
            document_id=document.id,
            stage="parse",
            state="poison",
            reason=reason,
            raw=document.body,
        )
        setaside.keep(session, [thing], at=document.captured_at)
        feeds.note_unreadable(
            session,
            document.feed_id,
            body_hash=document.body_hash,
            state="poison",
            reason=reason,
        )


def forget() -> None:
    """Drop what this process remembers of its database: it was given another one."""
    _READ.clear()
    _REMEMBERED.clear()


def tick(name: str) -> None:
    """Note that a process did its rounds, for the doctor and the alarms."""
    with transaction() as session:
        waiting.note_tick(session, name)


def _claim(
    session: Session, table: work.Table, ids: Sequence[int], settings: Settings
) -> work.Lease | None:
    """Lease rows on our terms: a feed is never given up, all else ends in `dead`."""
    attempts = None if table is FeedRow else settings.max_attempts
    return work.claim(
        session, table, ids, lease_seconds=settings.lease_seconds, max_attempts=attempts
    )


@contextmanager
def _ours(lease: work.Lease) -> Iterator[None]:
    """Work under a lease, with its two bad ends.

    A lease that ran out: all is rolled back and forgotten, somebody else does it. Anything else is
    a defect or an outage: the rows are given back with the error and tried again after a while,
    and the task fails with its traceback.
    """
    try:
        yield
    except LeaseLost as lost:
        log.warning("lease lost, rolled back", extra={"why": str(lost)})
        with transaction() as session:
            work.give_back(session, lease)
    except Exception as problem:
        with suppress(LeaseLost), transaction() as session:
            error = f"{type(problem).__name__}: {problem}"[-2000:]
            retry_in = POLL_AGAIN_SECONDS if lease.table is FeedRow else RETRY_SECONDS
            work.fail(session, lease, error=error, retry_in=retry_in)
        raise
