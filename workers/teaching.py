"""What decisions teach a series, learnt at night beside the flow."""

import logging
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pipeline import match
from pipeline.definition import series_from_json
from store import clock, series, stories, taught
from store.session import transaction
from workers.rematching import readings

log = logging.getLogger(__name__)

FITTED_EVERY = timedelta(hours=20)  # nightly, however late the bell


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
    read_again = readings(session, [*kept.values()])
    examples = []
    for one in decided:
        story = kept.get(one.story_id)
        if story is None:
            continue
        values, terms = match.numbers(read_again[story.id], compiled, arrived=story.seen)
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
