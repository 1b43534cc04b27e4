"""The archive through the steps again, from stored originals, by today's rules.

The steps are the ordinary ones, under the ordinary leases and the turn of whoever places: running
workers lose nothing and wait for a batch at most. What a person said or touched stays, as it does
when a story is placed. A second round finds nothing more to do.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from threading import Event

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import prefixes, tag
from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from store import (
    clock,
    crediting,
    developments,
    documents,
    drafts,
    intake,
    outlets,
    quotes,
    rereading,
    stories,
    tags,
    work,
)
from store.models import DocumentRow, InstalmentRow
from store.session import engine, transaction
from workers import consequences, copying, flow, matching, reading, rematching
from workers.knowledge import knowledge_with
from workers.leases import ours
from workers.limits import TooCostly, limited

log = logging.getLogger(__name__)

DOCUMENTS, STORIES = 50, 200  # a batch
PATIENCE = 0.2  # seconds until the turn is asked for again
MOST_TOLD = 20  # things named of one story and area


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise of one story, by area: what it has gained and what it has lost."""

    story: int
    title: str
    is_new: bool
    areas: dict[str, dict[str, list[str]]]


@dataclass(slots=True)
class Totals:
    """What a round has looked at, and what it has changed."""

    documents: int = 0
    unreadable: int = 0
    documents_with_news: int = 0
    stories: int = 0
    new_stories: int = 0
    changed_versions: int = 0
    changed_stories: int = 0
    areas: dict[str, dict[str, int]] = field(default_factory=dict)
    instalments: int = 0  # brought up to date

    def note(self, change: Change) -> None:
        """Count one story's change."""
        self.changed_stories += 1
        for area, how in change.areas.items():
            counted = self.areas.setdefault(area, {"stories": 0, "gained": 0, "lost": 0})
            counted["stories"] += 1
            counted["gained"] += len(how["gained"])
            counted["lost"] += len(how["lost"])


Told = Callable[[Totals], None]
Changed = Callable[[Change], None]


def rules() -> str:
    """Which taggers, readers and matchers a round is of."""
    with transaction() as session:
        held = matching.hold(session)
        known = knowledge_with(outlets.known(session), tags.models(session))
        matchers = sorted(
            f"{of.definition_id}:{of.compiled.model.method}" for of in held.open.values()
        )
    return " ".join([known.version, tag.READER, *matchers])


def run(since: datetime, settings: Settings, *, changed: Changed, told: Told) -> Totals:
    """Read all that was captured since then again, and go on where a round was cut short."""
    totals, named = Totals(), rules()
    with transaction() as session:
        at = rereading.round_of(session, since, named)
    after = at.documents_upto
    while ids := _next_documents(after, since):
        for number in ids:
            _read_again(number, settings, totals)
        after = ids[-1]
        with transaction() as session:
            rereading.come(session, at.id, documents_upto=after)
        told(totals)
    _place(settings)
    after = at.stories_upto
    while True:
        with transaction() as session:
            kept = stories.after(session, after, limit=STORIES, since=since)
        if not kept:
            break
        for _, of_day in groupby(kept, key=lambda one: one.first_seen.date()):
            for change in _again([one.id for one in of_day], at.id):
                totals.note(change)
                changed(change)
        after = kept[-1].id
        totals.stories += len(kept)
        told(totals)
    with transaction() as session:
        waiting = rereading.stale_instalments(session)
    for instalment in waiting:
        flow.refresh_draft(instalment, settings)
    totals.instalments = len(waiting)
    with transaction() as session:
        rereading.end(session, at.id)
    copying.turn_days()  # of the days long gone that were needed
    return totals


# --- documents


def _next_documents(after: int, since: datetime) -> list[int]:
    with transaction() as session:
        return rereading.documents(session, after=after, since=since, limit=DOCUMENTS)


def _read_again(number: int, settings: Settings, totals: Totals) -> None:
    """Read one document by today's rules and take in what is news."""
    with transaction() as session:
        work.wake(session, DocumentRow, [number])
        claimed = documents.claim(
            session, [number], lease_seconds=settings.lease_seconds, max_attempts=1
        )
    if claimed is None:  # somebody else is at it
        return
    lease, [document] = claimed
    totals.documents += 1
    with ours(lease):
        try:
            with limited(seconds=settings.read_seconds, memory_mb=settings.read_memory_mb):
                parsed = parse(document.answer, custom=document.custom)
                arrivals, _ = consequences.parted(reading.stories_of(parsed, document))
        except (UnreadableFeed, TooCostly) as problem:
            totals.unreadable += 1
            log.info("cannot be read again", extra={"doc": number, "why": str(problem)})
            arrivals = []
        with transaction() as session:
            news = rereading.news(
                session,
                arrivals,
                document_id=number,
                feed_id=document.feed_id,
                outlet_id=document.outlet_id,
            )
            if news:
                _take_in(session, document, news, totals)
            work.finish(session, lease)


def _take_in(
    session: Session,
    document: documents.Unread,
    news: Sequence[intake.Arrival],
    totals: Totals,
) -> None:
    taken = intake.take_in(
        session,
        news,
        feed_id=document.feed_id,
        outlet_id=document.outlet_id,
        document_id=document.id,
        at=document.captured_at,
        rules=reading.RULES,
    )
    consequences.follow(session, document, news, taken, at=document.captured_at)
    totals.documents_with_news += bool(taken.new or taken.changed)
    totals.new_stories += taken.new
    totals.changed_versions += taken.changed


def _place(settings: Settings) -> None:
    """Place the stories that are new or worded anew."""
    while flow.place_stories(settings).more:
        pass


# --- stories


def _again(ids: Sequence[int], number: int) -> Iterator[Change]:
    """Read the words of stories of one day again; yields what is otherwise of them."""
    with _turn() as turn, transaction(turn) as session:
        before = rereading.content(session, ids)
        kept = stories.current(session, ids)
        _retag(session, kept)
        copying.find(session, kept, clock.now(session))
        held = matching.hold(session)
        for of in held.open.values():
            rematching.match_again(session, of, kept)
        after = rereading.content(session, ids)
        changed = [one.id for one in kept if _differences(one.id, before, after)]
        work.wake(session, InstalmentRow, drafts.holding(session, changed))
        rereading.come(session, number, stories_upto=ids[-1])
    for one in kept:
        if areas := _differences(one.id, before, after):
            yield Change(one.id, one.story.title, is_new=False, areas=areas)


def _retag(session: Session, kept: Sequence[stories.Kept]) -> None:
    """Tags, credits and quotations as they are told today, in place of what machines said."""
    known = knowledge_with(outlets.known(session), tags.models(session))
    read = {
        one.version_id: tag.tag(replace(one.story, title=prefixes.blanked(one.story.title)), known)
        for one in kept
    }
    tags.keep(
        session, {n: one.tags for n, one in read.items()}, decided_by=f"machine:{known.version}"
    )
    credited = {n: one.credits for n, one in read.items()}
    crediting.keep(session, credited, decided_by=flow.READER)
    quoted = {n: one.quotes for n, one in read.items()}
    quotes.keep(session, quoted, decided_by=flow.READER)


def _differences(
    story_id: int, before: rereading.Content, after: rereading.Content
) -> dict[str, dict[str, list[str]]]:
    areas = {}
    for area in rereading.AREAS:
        was = before[area].get(story_id, frozenset())
        now = after[area].get(story_id, frozenset())
        if was != now:
            areas[area] = {
                "gained": sorted(now - was)[:MOST_TOLD],
                "lost": sorted(was - now)[:MOST_TOLD],
            }
    return areas


@contextmanager
def _turn() -> Iterator[Connection]:
    """The turn of whoever places, once nobody else has it."""
    pause = Event()
    while True:
        with developments.turn(engine()) as turn:
            if turn:
                yield turn
                return
        pause.wait(PATIENCE)
