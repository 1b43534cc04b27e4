"""Links that people pasted: which wait, what came of each, how its story joins an instalment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.models import PastedRow, UserRow

UNDER_WAY = ("wanted", "fetched", "read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A pasted link as the desk shows it."""

    id: int
    given: str
    state: str
    reason: str
    who: str
    at: datetime
    item: int | None

    @property
    def is_under_way(self) -> bool:
        """Whether somebody still works on it."""
        return self.state in UNDER_WAY

    @property
    def is_here(self) -> bool:
        """Whether it has led to an item."""
        return self.state in {"queued", "already"}


def of_instalment(session: Session, instalment_id: int, *, most: int = 50) -> Sequence[Pasted]:
    """The links pasted for an instalment, latest first."""
    row = PastedRow
    asked = (
        select(row, UserRow.display_name)
        .join(UserRow, UserRow.id == row.user_id)
        .where(row.instalment_id == instalment_id)
        .order_by(row.id.desc())
        .limit(most)
    )
    return [
        Pasted(
            id=one.id,
            given=one.given,
            state=one.state,
            reason=one.reason,
            who=who,
            at=one.pasted_at,
            item=one.item_id,
        )
        for one, who in session.execute(asked)
    ]
