"""The journey of a story, top to bottom. Start reading the project here.

    due feeds | fetch | keep | parse | normalise | known, new or changed
              | tag, credit, quote | copies | cluster | match | draft | the editors' queue

    due feeds, fetch, keep                          workers/polling.py
    parse, normalise, known, new or changed         workers/reading.py
    tag, credit, quote                              below (place_stories)
    copies                                          workers/copying.py
    cluster                                         below, on what workers/clustering.py remembers
    match                                           workers/matching.py
    draft                                           workers/drafting.py

Each function, there and here, is one stretch of the way. It claims the rows that wait for it
(store/work.py), does its work without a transaction open, writes all effects and closes the lease
in one last transaction, and returns the ids of what should be woken next. Whoever calls it rings
the bell (workers/tasks.py); a bell that gets lost is rung again by `sweep`, because the rows still
wait.

None of them knows Celery, or a clock but the database's.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import prefixes, tag
from pipeline.records import Placement, Tagged
from pipeline.text import content_words
from pipeline.window import window
from store import (
    changes,
    clock,
    crediting,
    developments,
    drafts,
    notices,
    outlets,
    quotes,
    series,
    snoozes,
    statistics,
    stories,
    tags,
    taught,
    waiting,
    work,
)
from store.models import DocumentRow, InstalmentRow, StoryRow
from store.session import engine, transaction
from workers import clustering, consequences, copying, drafting, ending, limits, matching
from workers.clustering import CLUSTERER, Board
from workers.knowledge import knowledge_with
from workers.leases import claim, ours
from workers.polling import due_feeds, fetch_feeds
from workers.reading import parse_documents, revision_of, set_dead_aside

__all__ = [
    "Bells",
    "Placed",
    "due_feeds",
    "fetch_feeds",
    "forget",
    "keep_up",
    "parse_documents",
    "place_stories",
    "refresh_draft",
    "revision_of",
    "sweep",
    "tick",
]

log = logging.getLogger(__name__)

BATCH = 200  # stories placed by one task: a task costs as much as a story, so never one each

# Of these the first may have been another's of the batch that it was read in; after that it is read
# alone. So one that killed two workers by itself is given to no third.
MOST_DEATHS = 3

TAGGER = f"machine:{tag.TAGGER}"
READER = f"machine:{tag.READER}"
SAME_TEXT = "its text is, word for word, that of a story told in this development"

# --- tag, cluster, match


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing a batch has changed, and whether more stories wait."""

    instalments: list[int]
    more: bool


def place_stories(settings: Settings) -> Placed:
    """Tag the next stories, find copies and developments, match; one batch, in order of arrival.

    Only one worker places at a time: clustering is a sequence of decisions, each resting on the
    ones before. Whoever comes meanwhile goes away again; the one at work sees to what is left.
    """
    stale: list[int] = []
    with developments.turn(engine()) as turn:
        if turn and not ending.is_asked():  # a bell heard late: a batch takes its time
            stale = _place_next(settings, turn)
    # Only now that the turn is given back: who came before and went away counts on us.
    with transaction() as session:
        return Placed(stale, more=turn is not None and bool(_next(session, settings, limit=1)))


def _next(session: Session, settings: Settings, *, limit: int = BATCH) -> list[int]:
    if clock.is_gathering(session):
        return []
    return stories.next_to_place(session, limit=limit, max_attempts=settings.max_attempts)


def _place_next(settings: Settings, turn: Connection) -> list[int]:
    with transaction(turn) as session:
        ids = _next(session, settings)
        if not ids:
            return []
        # Who had much to read leaves placing to the next bell: a batch needs its time, too. Unless
        # what was read is gone by then.
        has_time = clustering.catch_up(session, seconds=settings.task_seconds / 4)
        if not has_time and not limits.is_replaced_soon(settings.child_memory_mb):
            return []
        lease = work.take_over(session, StoryRow, ids, lease_seconds=settings.lease_seconds)
        kept = sorted(stories.current(session, ids), key=lambda one: ids.index(one.id))
        house = matching.hold(session)
        known = knowledge_with(outlets.known(session), tags.models(session))
    stale: list[int] = []
    with ours(lease):
        tagged: dict[int, Tagged] = {}
        found: list[tuple[stories.Kept, matching.Standing]] = []
        shown: list[taught.Sample] = []
        for one in kept:
            # A headline's prefixes ("UPDATE 2-") say nothing of what it is about.
            told = replace(one.story, title=prefixes.blanked(one.story.title))
            tagged[one.id] = tag.tag(told, known)
            standings = house.standings(one, tagged[one.id])
            found += [(one, standing) for standing in standings.taken]
            shown += [matching.sample(one, of, ignored) for of, ignored in standings.shown]
        with transaction(turn) as session:  # none is written where the turn is lost
            now = clock.now(session)
            if notices.is_any_waiting(session):  # a kill may have overtaken one of these
                notices.retry(session, at=now)
            read = {one.version_id: tagged[one.id] for one in kept}
            by = f"machine:{known.version}"
            tags.keep(session, {n: one.tags for n, one in read.items()}, decided_by=by)
            crediting.keep(session, {n: one.credits for n, one in read.items()}, decided_by=READER)
            quotes.keep(session, {n: one.quotes for n, one in read.items()}, decided_by=READER)
            kept, led = copying.find(session, kept, now)
            board = _find_developments(session, kept, now)
            matches = [_matched(session, one, of, now) for one, of in found]
            series.keep_matches(session, matches)
            lent = matching.through_developments(session, house, ids)
            matches += (further := [_matched(session, one, of, now) for one, of in lent])
            series.keep_matches(session, further)
            taught.keep_samples(session, shown)
            held = drafts.holding(session, [*ids, *led])
            stale = sorted({*(m.instalment_id for m in matches), *held})
            # Stories before instalments, as whoever tells of a change takes them.
            work.finish(session, lease)
            work.wake(session, InstalmentRow, stale)
        if board is not None:
            clustering.remember(board)
        log.info(
            "placed",
            extra={"stories": lease.ids, "matches": len(matches), "instalments": stale},
        )
    return stale


def _matched(
    session: Session, one: stories.Kept, found: matching.Standing, now: datetime
) -> series.Matched:
    """The match to be kept, in the instalment it belongs to."""
    return series.Matched(
        series_id=found.of.id,
        definition_id=found.of.definition_id,
        story_id=one.id,
        version_id=one.version_id,
        matcher=found.match.matcher,
        score=found.match.score,
        zone=found.match.zone,
        section=found.section,
        why=[asdict(reason) for reason in found.match.why],
        seen_at=one.seen,
        instalment_id=_instalment(session, found.of, one.seen, now),
    )


def _instalment(session: Session, of: matching.Open, seen: datetime, now: datetime) -> int:
    """The instalment of what arrived then, opened if nobody has opened it yet.

    One that is approved takes no more: what comes then goes into the next one.
    """
    instalment = drafts.open_instalment(session, of.id, window(of.series, seen), at=now)
    while instalment.state not in drafts.OPEN_STATES:
        following = window(of.series, instalment.cut_off + timedelta(microseconds=1))
        instalment = drafts.open_instalment(session, of.id, following, at=now)
    return instalment.id


def _find_developments(
    session: Session, kept: Sequence[stories.Kept], now: datetime
) -> Board | None:
    """Give every story of the batch its development: a copy its original's, others by words."""
    placed = developments.of_stories(session, [one.id for one in kept])
    to_place = [one for one in kept if one.id not in placed]
    if not to_place:
        return None
    board = clustering.take(session)
    # A copy may be placed before its original: whichever comes first opens, the other joins.
    families = developments.of_families(session, [one.root or one.id for one in to_place])
    fresh_ids = iter(developments.next_ids(session, len(to_place)))
    opened, joined = [], []
    for one in to_place:
        family = one.root or one.id
        if family in families:
            joined.append(_joined(one, families[family]))
            continue
        # When it came, not when it says it was published: that some feeds make up.
        text = one.story.text or one.story.summary
        found = board.open.place(one.story.title, text, one.first_seen)
        if found.development is None:
            opened.append(_opened(one, found, next(fresh_ids)))
        development = found.development or opened[-1].id
        families[family] = development
        if found.weighed is None:  # a round-up draws no others after it
            joined.append(_placed(one, development, found, by=board.by))
            continue
        board.last += 1
        joined.append(_placed(one, development, found, by=board.by, number=board.last))
        board.open.add(
            board.last, development, found.weighed, title=one.story.title, at=one.first_seen
        )
    revision = developments.next_revision(session)
    developments.keep(session, opened, joined, at=now, revision=revision)
    return board


def _opened(one: stories.Kept, found: Placement, number: int) -> developments.Opened:
    return developments.Opened(
        id=number,
        title=one.story.title,
        words=content_words(one.story.title),
        at=one.first_seen,
        follows_id=found.follows,
        follows_score=found.follows_score,
        follows_why=found.follows_why,
    )


def _joined(one: stories.Kept, development: int) -> developments.Joined:
    """A copy's place: beside the story whose text it has."""
    return developments.Joined(
        story_id=one.id,
        development_id=development,
        seen=one.first_seen,
        score=1.0,
        why=SAME_TEXT,
        runner_up_id=None,
        runner_up_score=0.0,
        decided_by=CLUSTERER,
    )


def _placed(
    one: stories.Kept, development: int, found: Placement, *, by: str, number: int = 0
) -> developments.Joined:
    return developments.Joined(
        story_id=one.id,
        development_id=development,
        seen=one.first_seen,
        score=found.score,
        why=found.why,
        runner_up_id=found.runner_up,
        runner_up_score=found.runner_up_score,
        decided_by=by,
        weighed=found.weighed,
        number=number,
        at=one.first_seen,
        form=found.form,
    )


# --- draft


def refresh_draft(instalment_id: int, settings: Settings) -> None:
    """Bring one open instalment up to date without touching an editor's work."""
    with transaction() as session:
        lease = claim(session, InstalmentRow, [instalment_id], settings)
        if lease is None:
            return
    with ours(lease), transaction() as session:
        instalment = drafts.load(session, instalment_id)
        if instalment.state in drafts.OPEN_STATES:
            now = clock.now(session)
            new = drafting.refresh(session, instalment, at=now)
            changes.catch_up(session, instalment_id, by="machine:drafts", at=now)
            log.info("drafted", extra={"instalment": instalment_id, "new": new})
        work.finish(session, lease)


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
        since = waiting.restarted(session)
        for table in (DocumentRow, StoryRow, InstalmentRow):
            if since is not None:
                work.excuse(session, table, since=since, lease_seconds=settings.lease_seconds)
            deaths = MOST_DEATHS if table is DocumentRow else None
            dead = work.bury(session, table, max_attempts=settings.max_attempts, most_deaths=deaths)
            if dead:
                name = table.__tablename__
                log.error("gave up after too many attempts", extra={"table": name, "ids": dead})
                statistics.add(session, "dead_letters", name, len(dead))
                if table is DocumentRow:
                    set_dead_aside(session, dead)
        ring = settings.sweep_seconds
        return Bells(
            documents=work.announce(session, DocumentRow, limit=limit, ring_seconds=ring),
            stories=waiting.is_waiting(session, StoryRow),
            instalments=work.announce(session, InstalmentRow, limit=limit, ring_seconds=ring),
        )


def keep_up() -> None:
    """Do what time alone brings: embargoes end, kills wait or lapse, what was put off returns."""
    with transaction() as session:
        now = clock.now(session)
        consequences.keep_up(session, at=now)
        snoozes.return_due(session, now=now)


def forget() -> None:
    """Drop what this process remembers of its database: it was given another one."""
    matching.forget()
    clustering.forget()


def tick(name: str) -> None:
    """Note that a process did its rounds, for the doctor and the alarms."""
    with transaction() as session:
        waiting.note_tick(session, name)
