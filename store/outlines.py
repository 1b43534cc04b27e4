"""An instalment in outline: which items stand where in which state, however many they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.models import InstalmentRow, ItemRow, SeriesRow


@dataclass(frozen=True, slots=True)
class Stub:
    """An item with no more than its place and state."""

    id: int
    section: str
    state: str


def of_instalment(session: Session, series: str, number: int) -> Sequence[Stub]:
    """Every item of an instalment, in the order of its section."""
    asked = (
        select(ItemRow.id, ItemRow.section, ItemRow.state)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(SeriesRow.key == series, InstalmentRow.number == number)
        .where(ItemRow.merged_into.is_(None))
        .order_by(ItemRow.position, ItemRow.id)
    )
    return [Stub(*row) for row in session.execute(asked)]
