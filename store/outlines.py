"""An instalment in outline: which items stand where in which state, however many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.models import (
    DefinitionRow,
    InstalmentRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StoryRow,
)


@dataclass(frozen=True, slots=True)
class Stub:
    """An item with no more than its place and state."""

    id: int
    section: str
    state: str
    outlet: str = ""  # key, of the story it shows


def of_instalment(session: Session, series: str, number: int) -> Sequence[Stub]:
    """Every item of an instalment, in the order of its section."""
    asked = (
        select(ItemRow.id, ItemRow.section, ItemRow.state, OutletRow.key)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(SeriesRow.key == series, InstalmentRow.number == number)
        .where(ItemRow.merged_into.is_(None))
        .order_by(ItemRow.position, ItemRow.id)
    )
    return [Stub(*row) for row in session.execute(asked)]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a series' definition says of laying items out."""

    maxima: Mapping[str, int]  # items a section should hold at most, in the sections' order; 0: any
    own_outlets: frozenset[str]  # keys of the outlets that are the house's own


def of_series(session: Session, series: str) -> Outline:
    """What the definition of a series says; nothing for a series that is not there."""
    definition = DefinitionRow.definition
    asked = (
        select(definition["sections"], definition["own_outlets"])
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.key == series)
    )
    sections, own_outlets = session.execute(asked).one_or_none() or ((), ())
    return Outline(
        maxima={one["key"]: one.get("maximum", 0) for one in sections},
        own_outlets=frozenset(own_outlets or ()),
    )
