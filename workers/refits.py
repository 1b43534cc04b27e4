"""Fitting clustering to what this desk's editors have merged and split."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from pipeline import cluster
from store import clock, developments, fits, rulings
from store.models import WeighedRow
from store.models.foundation import Json
from store.session import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fit, and whether it is used."""

    id: int
    is_used: bool
    setting: Json
    report: Json


def refit(engine: Engine, *, by: str) -> Fitted | None:
    """Fit to the rulings that stand, and use it if it is better; None for too few of them.

    It reads the placements as they are now, so the same rows give the same fit.
    """
    with transaction(engine) as session:
        taught = cluster.examples_of(_told(session), _ruled(session))
    found = cluster.refit(taught)
    if found is None:
        return None
    report: Json = {
        "rulings": found.rulings,
        "examples": found.examples,
        "right_before": found.right_before,
        "right_after": found.right_after,
        "loss_before": found.loss_before,
        "loss_after": found.loss_after,
    }
    setting = cluster.setting_to_json(found.setting)
    with transaction(engine) as session:
        number = fits.keep(
            session,
            method=cluster.METHOD,
            setting=setting,
            is_used=found.is_better,
            report=report,
            by=by,
            at=clock.now(session),
        )
    return Fitted(id=number, is_used=found.is_better, setting=setting, report=report)


def _told(session: Session) -> Iterator[cluster.Stood]:
    first = cluster.first_remembered(developments.last_number(session))
    for told in developments.told_since(session, first):
        yield cluster.Stood(
            number=told.number,
            development=told.development_id,
            title=told.title,
            at=told.at,
            weighed=told.weighed,
        )


def _ruled(session: Session) -> list[cluster.Ruled]:
    """What stands of the rulings: whom they put where, by the stories' numbers."""
    standing = rulings.standing(session)
    now_in = developments.standing_ids(session)
    story_ids = {story for ruling in standing for story in ruling.story_ids}
    asked = select(WeighedRow.story_id, WeighedRow.number)
    numbers = dict(session.execute(asked.where(WeighedRow.story_id.in_(story_ids))).all())
    found = []
    for ruling in standing:
        into, other = (now_in(one) for one in (ruling.development_id, ruling.other_id))
        is_split = ruling.kind == "split"
        if is_split and into == other:
            continue  # merged again since: what it said no longer stands
        found.append(
            cluster.Ruled(
                stories=frozenset(numbers[s] for s in ruling.story_ids if s in numbers),
                belong=other if is_split else into,
                apart=into if is_split else None,
            )
        )
    return found
