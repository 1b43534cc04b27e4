"""What is done with a series beside the flow: learnt, matched again, replayed over days."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from pipeline import match
from pipeline.definition import series_from_json
from pipeline.records import Match, Series, Tagged
from pipeline.window import window
from store import clock, drafts, series, stories, tags, taught, work
from store.models import InstalmentRow
from store.session import engine, transaction
from workers import matching

log = logging.getLogger(__name__)

FITTED_EVERY = timedelta(hours=20)  # nightly, however late the bell
BATCH = 1_000  # stories matched again in one transaction


def refit() -> list[str]:
    """Learn anew from what was decided, each running series at most once a night; their keys."""
    with transaction() as session:
        now = clock.now(session)
        known = taught.models(session)
        due = [one for one in series.running(session) if _is_due(one, known.get(one.id), now)]
    for one in due:
        with transaction() as session:  # one series that cannot be learnt costs the others nothing
            _fit(session, one, now)
    return [one.key for one in due]


def _is_due(of: series.Running, model: taught.Model | None, now: datetime) -> bool:
    if model is None or model.definition_id != of.definition_id:
        return True
    return now - model.fitted_at >= FITTED_EVERY or model.fitted_at > now


def _fit(session: Session, of: series.Running, now: datetime) -> None:
    read = series_from_json(of.definition)
    compiled = match.compile_series(read)
    decided = taught.decided(session, of.id)
    ids = [one.story_id for one in decided]
    kept = {one.id: one for one in stories.current(session, ids)}
    tagged = tags.of_versions(session, [one.version_id for one in kept.values()])
    examples = []
    for one in decided:
        story = kept.get(one.story_id)
        if story is None:
            continue
        reading = match.Reading(Tagged(story=story.story, tags=tagged.get(story.version_id, ())))
        values, terms = match.numbers(reading, compiled, arrived=story.seen)
        examples.append(
            match.Example(values=values, terms=terms, is_wanted=one.is_wanted, at=one.at)
        )
    learnt = match.learn(examples, read)
    number = taught.keep_model(
        session,
        of.id,
        definition_id=of.definition_id,
        model=match.model_to_json(learnt.model),
        figures=asdict(learnt.figures),
        now=now,
    )
    log.info("learnt", extra={"series": of.key, "model": number, "decisions": len(examples)})


@dataclass(frozen=True, slots=True)
class Rematched:
    """How far a rematch has come."""

    stories: int
    matched: int
    closed: int  # would match, but their instalment takes no more
    of: int  # stories there are


def rematch(
    key: str, *, on: Engine | None = None, tell: Callable[[Rematched], None] | None = None
) -> Rematched:
    """Match all stored stories again with the definition in force; goes on where it stopped.

    What matches goes into the instalment it arrived for, if that is still open; what does not match
    any more leaves the open ones. Editors' work is not touched: the refresh of a draft sees to it.
    """
    with transaction(on or engine()) as session:
        held = matching.hold(session)
        of = held.open.get(key)
        if of is None:
            raise series.UnknownSeries(f'no running series "{key}": `serieswatch series list`')
        many = match.Many([of.compiled])
        total = stories.total(session)
    closed = 0
    while True:
        with transaction(on or engine()) as session:
            done = series.rematch_of(
                session, of.id, definition_id=of.definition_id, matcher=of.compiled.model.method
            )
            kept = stories.after(session, done.reached, limit=BATCH)
            if not kept:
                return Rematched(done.stories, done.matched, closed, total)
            matched, left = _again(session, of, many, kept)
            closed += left
            series.rematched(
                session, done.id, reached=kept[-1].id, stories=len(kept), matched=matched
            )
        if tell:
            tell(Rematched(done.stories + len(kept), done.matched + matched, closed, total))


def _again(
    session: Session, of: matching.Open, many: match.Many, kept: list[stories.Kept]
) -> tuple[int, int]:
    """Match a batch again; gives how many match, and how many of these came too late."""
    now = clock.now(session)
    before = series.taken(session, [one.id for one in kept])
    tagged = tags.of_versions(session, [one.version_id for one in kept])
    rows: list[series.Matched] = []
    counted = closed = 0
    for one in kept:
        reading = match.Reading(Tagged(story=one.story, tags=tagged.get(one.version_id, ())))
        found = [m for m in many.match(reading, arrived=one.seen) if m.zone != "ignore"]
        was = of.id in before.get(one.id, ())
        if not found and not was:
            continue
        of_now = found[0] if found else matching.beside_others(session, of, one)
        standing = matching.placed(of, of_now)
        counted += of_now.zone != "ignore"
        instalment = drafts.open_instalment(session, of.id, window(of.series, one.seen), at=now)
        if instalment.state not in drafts.OPEN_STATES:
            closed += 1
            continue
        section = standing.section if standing else ""
        rows.append(row(of, one, of_now, section=section, instalment_id=instalment.id))
    series.keep_matches(session, rows)
    work.wake(session, InstalmentRow, sorted({one.instalment_id for one in rows}))
    return counted, closed


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One story that a definition would match, or matched once and would not now."""

    story: int
    title: str
    outlet: str
    seen: datetime
    score: float
    zone: str
    was: bool  # it is matched as things are
    why: tuple[str, ...]

    @property
    def change(self) -> str:
        """What the definition would change: gained, lost, or nothing: kept."""
        is_now = self.zone != "ignore"
        return "kept" if is_now and self.was else "gained" if is_now else "lost"


def replay(session: Session, key: str, *, days: int, proposed: Series | None) -> list[Replayed]:
    """What a definition would match of the last days, against what was matched; writes nothing.

    Without a proposed definition it is the one in force. The model decides only for the definition
    it was fitted under.
    """
    of = matching.hold(session).open.get(key)
    if of is None:
        raise series.UnknownSeries(f'no running series "{key}": `serieswatch series list`')
    compiled = match.compile_series(proposed) if proposed else of.compiled
    since = clock.now(session) - timedelta(days=days)
    return sorted(_replayed(session, of, compiled, since), key=_order)


def _replayed(
    session: Session, of: matching.Open, compiled: match.CompiledSeries, since: datetime
) -> Iterator[Replayed]:
    many = match.Many([compiled])
    reached = 0
    while kept := stories.after(session, reached, limit=BATCH, since=since):
        reached = kept[-1].id
        before = series.taken(session, [one.id for one in kept])
        tagged = tags.of_versions(session, [one.version_id for one in kept])
        for one in kept:
            reading = match.Reading(Tagged(story=one.story, tags=tagged.get(one.version_id, ())))
            was = of.id in before.get(one.id, ())
            is_hit = bool(many.hit(reading))
            if not was and not is_hit:
                continue
            found = match.judge(reading, compiled, arrived=one.seen)
            if was or found.zone != "ignore":
                yield Replayed(
                    story=one.id,
                    title=one.story.title,
                    outlet=one.story.outlet,
                    seen=one.seen,
                    score=found.score,
                    zone=found.zone,
                    was=was,
                    why=tuple(reason.text for reason in found.why),
                )


def _order(one: Replayed) -> tuple[int, float, int]:
    return ("gained", "lost", "kept").index(one.change), -one.score, one.story
