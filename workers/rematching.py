"""A rematch: all stored stories matched again under a changed definition, batch by batch.

Whoever carries it out, a worker in slices or the console in one go, holds the rematch's row for
each batch, so two of them do no harm, and whoever comes later goes on where the last one stopped.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import match
from pipeline.records import Match, Tagged, Window
from pipeline.window import window
from store import clock, crediting, drafts, rematches, series, stories, tags, work
from store.models import InstalmentRow, RematchRow
from store.session import engine, transaction
from workers import ending, matching
from workers.leases import claim, ours

BATCH = 2_000  # stories matched again in one transaction
SLICE = 20.0  # seconds a worker goes on before it lets others have their turn


@dataclass(frozen=True, slots=True)
class Rematched:
    """How far a rematch has come."""

    stories: int
    matched: int
    closed: int  # would match, but their instalment takes no more
    of: int  # stories there are


def rematch(
    key: str,
    *,
    by: str = "",
    on: Engine | None = None,
    tell: Callable[[Rematched], None] | None = None,
) -> Rematched:
    """Match all stored stories again with the definition in force; goes on where it stopped.

    What matches goes into the instalment it arrived for, if that is still open; what does not match
    any more leaves the open ones. Editors' work is not touched: the refresh of a draft sees to it.
    """
    with transaction(on or engine()) as session:
        of = matching.held_of(session, key)
        if of is None:
            raise series.UnknownSeries(f'no running series "{key}": `serieswatch series list`')
        number = rematches.ask(
            session,
            of.id,
            definition_id=of.definition_id,
            matcher=of.compiled.model.method,
            by=by,
        )
        rematches.note_start(session, number, total=stories.total(session))
    return _through(of, number, on=on or engine(), tell=tell)


def carry_on(rematch_id: int, settings: Settings, *, seconds: float = SLICE) -> bool:
    """Carry out a rematch that was wished for, for a while; True if something is left to do."""
    with transaction() as session:
        lease = claim(session, RematchRow, [rematch_id], settings)
        if lease is None:
            return False
        wished = rematches.wished(session, rematch_id)
        of = matching.held_of(session, wished[0]) if wished and wished[1] else None
        if of is not None:
            rematches.note_start(session, rematch_id, total=stories.total(session))
    with ours(lease):
        # One whose definition is no longer in force, or whose series takes no stories, is over.
        is_left = of is not None and _slice(of, rematch_id, until=time.monotonic() + seconds)
        with transaction() as session:
            if not is_left:
                rematches.end(session, rematch_id)
            work.finish(session, lease, again_in=0 if is_left else None)
    return is_left


def _slice(of: matching.Open, number: int, *, until: float) -> bool:
    many = match.Many([of.compiled])
    while _batch(of, many, number, on=engine()) is not None:
        if ending.is_asked() or time.monotonic() > until:
            return True
    return False


def _through(
    of: matching.Open, number: int, *, on: Engine, tell: Callable[[Rematched], None] | None
) -> Rematched:
    many = match.Many([of.compiled])
    while (done := _batch(of, many, number, on=on)) is not None:
        if tell:
            tell(done)
    with transaction(on) as session:
        rematches.end(session, number)
        told = rematches.hold(session, number)
    return Rematched(told.stories, told.matched, told.closed, told.total)


def _batch(of: matching.Open, many: match.Many, number: int, *, on: Engine) -> Rematched | None:
    """Match the next batch again; None when there is none."""
    with transaction(on) as session:
        done = rematches.hold(session, number)
        kept = stories.after(session, done.reached, limit=BATCH)
        if not kept:
            return None
        matched, closed = _again(session, of, many, kept)
        rematches.advance(
            session, done.id, reached=kept[-1].id, stories=len(kept), matched=matched, closed=closed
        )
    return Rematched(
        done.stories + len(kept), done.matched + matched, done.closed + closed, done.total
    )


def readings(session: Session, kept: Sequence[stories.Kept]) -> dict[int, match.Reading]:
    """Stored stories as queries see them, with their tags and credits, by id."""
    versions = [one.version_id for one in kept]
    tagged = tags.of_versions(session, versions)
    credited = crediting.of_versions(session, versions)
    return {
        one.id: match.Reading(
            Tagged(
                story=one.story,
                tags=tagged.get(one.version_id, ()),
                credits=credited.get(one.version_id, ()),
            )
        )
        for one in kept
    }


def match_again(session: Session, of: matching.Open, kept: Sequence[stories.Kept]) -> None:
    """Match these stories again in one series, as a rematch does, and wake what it concerns."""
    _again(session, of, match.Many([of.compiled]), kept)


def _again(
    session: Session, of: matching.Open, many: match.Many, kept: Sequence[stories.Kept]
) -> tuple[int, int]:
    """Match a batch again; gives how many match, and how many of these came too late."""
    before = series.of_one(session, of.id, [one.id for one in kept])
    read = readings(session, kept)
    found: list[tuple[stories.Kept, Match]] = []
    lost: list[stories.Kept] = []
    said = 0
    for one in kept:
        if before.get(one.id):  # a person has taken it in: no definition puts it out
            said += 1
            continue
        hit = [m for m in many.match(read[one.id], arrived=one.seen) if m.zone != "ignore"]
        if hit:
            found.append((one, hit[0]))
        elif one.id in before:
            lost.append(one)
    found += matching.beside_others(session, of, lost)
    places = _Places(session, of, clock.now(session))
    rows = []
    closed = 0
    for one, standing in found:
        instalment = places.of_arrival(one.seen)
        if instalment.state not in drafts.OPEN_STATES:
            closed += 1
            continue
        placed = matching.placed(of, standing)
        section = placed.section if placed else ""
        rows.append(row(of, one, standing, section=section, instalment_id=instalment.id))
    series.keep_matches(session, rows)
    work.wake(session, InstalmentRow, sorted({one.instalment_id for one in rows}))
    return said + sum(standing.zone != "ignore" for _, standing in found), closed


@dataclass(slots=True)
class _Places:
    """The instalments that stories arrived for; each asked for once."""

    session: Session
    of: matching.Open
    now: datetime
    known: list[tuple[Window, drafts.Opening]] = field(default_factory=list)

    def of_arrival(self, seen: datetime) -> drafts.Opening:
        for stretch, opening in self.known:
            if stretch.opens < seen <= stretch.cut_off:
                return opening
        stretch = window(self.of.series, seen)
        opening = drafts.open_instalment(self.session, self.of.id, stretch, at=self.now)
        self.known.append((stretch, opening))
        return opening


def row(
    of: matching.Open, one: stories.Kept, found: Match, *, section: str, instalment_id: int
) -> series.Matched:
    """A match as it is kept."""
    return series.Matched(
        series_id=of.id,
        definition_id=of.definition_id,
        story_id=one.id,
        version_id=one.version_id,
        matcher=found.matcher,
        score=found.score,
        zone=found.zone,
        section=section,
        why=[asdict(reason) for reason in found.why],
        seen_at=one.seen,
        instalment_id=instalment_id,
    )
