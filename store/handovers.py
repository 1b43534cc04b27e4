"""What is handed over of an instalment: which issue of it this is, and what editors wrote in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from store.models import ItemRow, ItemTextRow, StepRow

_ISSUES = ("approve", "correct", "withdraw")  # each of these makes a further version


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One version of an instalment as receivers count them."""

    version: int
    generation: int  # one more with each correction
    said: str  # what was corrected, or why it was withdrawn
    first_at: datetime
    last_at: datetime


def issue(session: Session, instalment_id: int) -> Issue | None:
    """The issue that stands, None for an instalment that was never approved."""
    asked = select(StepRow).where(
        StepRow.instalment_id == instalment_id, StepRow.action.in_(_ISSUES)
    )
    taken = list(session.scalars(asked.order_by(StepRow.id)))
    if not taken:
        return None
    return Issue(
        version=len(taken),
        generation=1 + sum(step.action == "correct" for step in taken),
        said=taken[-1].reason,
        first_at=taken[0].taken_at,
        last_at=taken[-1].taken_at,
    )


def texts(session: Session, instalment_id: int) -> dict[int, str]:
    """What editors have written into the items of an instalment last, by item."""
    asked = (
        select(ItemTextRow.item_id, ItemTextRow.markdown)
        .ext(distinct_on(ItemTextRow.item_id))
        .join(ItemRow, ItemRow.id == ItemTextRow.item_id)
        .where(ItemRow.instalment_id == instalment_id)
        .order_by(ItemTextRow.item_id, ItemTextRow.number.desc())
    )
    return dict(session.execute(asked).all())
