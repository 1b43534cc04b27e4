"""Stories that were ignored and are taken in by a person: a match of their own word."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pipeline import draft, match
from pipeline.records import Match, Reason, Series, Tagged
from pipeline.window import window
from store import audit, crediting, drafts, series, stories, tags, work
from store.models import InstalmentRow
from store.users import Person


def take_in(  # noqa: PLR0913  # which story into which series, by whose word, when
    session: Session,
    series_id: int,
    definition_id: int,
    read: Series,
    story_id: int,
    *,
    by: Person,
    now: datetime,
) -> int | None:
    """Let a story stand in the series by a person's word; gives its instalment, None for no story.

    It goes into the instalment it arrived for, or the next one that is still open. No rematch
    puts it out again.
    """
    kept = stories.current(session, [story_id])
    if not kept:
        return None
    one = kept[0]
    tagged = Tagged(
        story=one.story,
        tags=tags.of_versions(session, [one.version_id]).get(one.version_id, ()),
        credits=crediting.of_versions(session, [one.version_id]).get(one.version_id, ()),
    )
    compiled = match.compile_series(read)
    found = match.match(tagged, compiled, arrived=one.seen)
    said = Reason(reason="person", weight=0.0, text=f"taken in by {by.display_name}")
    instalment_id = _open(session, series_id, read, one.seen, now)
    series.keep_matches(
        session,
        [
            series.Matched(
                series_id=series_id,
                definition_id=definition_id,
                story_id=one.id,
                version_id=one.version_id,
                matcher=f"{series.BY_PERSON}{by.name}",
                score=found.score,
                zone="suggest",
                section=_section(compiled, found.score, match.Reading(tagged)),
                why=[asdict(reason) for reason in (said, *found.why)],
                seen_at=one.seen,
                instalment_id=instalment_id,
            )
        ],
    )
    work.wake(session, InstalmentRow, [instalment_id])
    audit.note(
        session,
        actor=by.name,
        action="series.take_in",
        subject_kind="series",
        subject_id=read.key,
        detail={"story": story_id, "instalment": instalment_id},
    )
    return instalment_id


def _section(compiled: match.CompiledSeries, score: float, reading: match.Reading) -> str:
    """The section that takes it; where none does, the last that takes anything, else the last."""
    told = Match(
        series=compiled.series.key,
        score=score,
        zone="suggest",
        why=(),
        sections=match.sections(compiled, reading),
    )
    taking = draft.section_for(told, compiled.series)
    if taking is not None:
        return taking
    every = compiled.series.sections
    open_to_all = [one for one in every if not (one.query or one.outlet_kinds or one.outlets)]
    return (open_to_all or every)[-1].key


def _open(session: Session, series_id: int, read: Series, seen: datetime, now: datetime) -> int:
    stretch = window(read, seen)
    opening = drafts.open_instalment(session, series_id, stretch, at=now)
    while opening.state not in drafts.OPEN_STATES:
        stretch = window(read, opening.cut_off + timedelta(microseconds=1))
        opening = drafts.open_instalment(session, series_id, stretch, at=now)
    return opening.id
