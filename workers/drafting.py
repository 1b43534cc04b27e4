"""The flow's stretch of drafting: what is told is gathered, ranked, put and explained.

stories that match | gather | link, credit | rank, section | items, offers | title, lead
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline import draft
from pipeline.definition import series_from_json
from pipeline.records import Series, Window
from store import drafts, emptiness, planned, series, tellings
from workers import quoting


def refresh(session: Session, instalment: drafts.Opening, *, at: datetime) -> int:
    """Bring an open instalment up to date; gives how many items are new."""
    definition = series_from_json(series.definition(session, instalment.series_id))
    window = Window(
        opens=instalment.opens, cut_off=instalment.cut_off, tail_from=instalment.tail_from
    )
    scope = tellings.Scope(
        series_id=instalment.series_id,
        tail_from=instalment.tail_from,
        opens=instalment.opens,
        instalment_id=instalment.id,
    )
    made = assemble(session, definition, scope, window, number=instalment.number)
    new = planned.put_items(session, instalment.id, made.items, at=at)
    planned.propose(session, instalment.id, made.proposal, empty=made.empty)
    quoting.refresh(session, instalment.id, at=at)
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What an instalment would hold and be called, and why some of its sections are empty."""

    items: list[draft.Planned]
    proposal: draft.Proposal
    empty: dict[str, str]


def assemble(
    session: Session,
    definition: Series,
    scope: tellings.Scope,
    window: Window,
    *,
    number: int,
) -> Assembled:
    """An instalment from what is stored; nothing is written."""
    told = tellings.tellings(session, scope)
    memory = planned.remember(
        session, scope.series_id, told, window=window, instalment_id=scope.instalment_id
    )
    items = draft.assemble(
        definition, told, opens=window.opens, cut_off=window.cut_off, memory=memory
    )
    held = {one.section for one in items}
    empty = {
        section.key: emptiness.why(session, section, window)
        for section in definition.sections
        if section.key not in held
    }
    proposal = draft.propose(definition, items, number=number, cut_off=window.cut_off)
    return Assembled(items=items, proposal=proposal, empty=empty)
