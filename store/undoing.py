"""Taking back one's own decisions, one after the other, whatever others decided meanwhile.

An undo is a decision itself. Where somebody has decided after you, nothing happens until you say
so: either theirs is taken back as well, or yours is let stand as it is and the next one is asked
for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from pipeline.errors import SerieswatchError
from store import decisions
from store.decisions import Decision, ItemNow
from store.drafts import OPEN_STATES
from store.models import DecisionRow, InstalmentRow, ItemRow, SeriesRow, SnoozeRow, UserRow
from store.users import Person

ASIDE = ("undo", "leave")  # decisions about decisions


class DecidedSince(SerieswatchError):
    """Others have decided about the item after this decision. Carries all of it."""

    def __init__(self, item: ItemNow, mine: Decision, later: Sequence[Decision]) -> None:
        super().__init__(f"{later[0].who} has decided about “{item.headline}” after you")
        self.item = item
        self.mine = mine
        self.later = later  # the newest first


class NotYours(SerieswatchError):
    """There is no such decision of this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What an undo would take back now."""

    decision: Decision
    headline: str
    series: str  # key
    number: int


def next_of(session: Session, user: Person, *, instalment_id: int | None = None) -> Next | None:
    """This person's newest decision that can be taken back; of one instalment or anywhere open."""
    of_item = aliased(DecisionRow)
    undone, since = aliased(DecisionRow), aliased(DecisionRow)
    is_undone = exists().where(undone.undoes_id == DecisionRow.id).correlate(DecisionRow)
    since_undone = exists().where(of_item.undoes_id == since.id).correlate(since)
    decided_since = (
        exists()
        .where(since.item_id == DecisionRow.item_id, since.id > DecisionRow.id)
        .where(since.action.not_in(ASIDE), ~since_undone)
        .correlate(DecisionRow)
    )
    asked = (
        _with_names()
        .add_columns(ItemRow.headline, InstalmentRow.number, SeriesRow.key)
        .join(ItemRow, ItemRow.id == DecisionRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(DecisionRow.user_id == user.id, DecisionRow.action.not_in(ASIDE), ~is_undone)
        .where(ItemRow.merged_into.is_(None), InstalmentRow.state.in_(OPEN_STATES))
        # What the machine moved on meanwhile, as the end of a snooze, is nobody's to take back.
        .where(or_(ItemRow.state == DecisionRow.state_after, decided_since))
        .order_by(DecisionRow.id.desc())
        .limit(1)
    )
    if instalment_id is not None:
        asked = asked.where(ItemRow.instalment_id == instalment_id)
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    row, who, headline, number, series = found
    return Next(
        decision=decisions.decision_of(row, who), headline=headline, series=series, number=number
    )


def take_back(
    session: Session, decision_id: int, user: Person, *, now: datetime, over: bool = False
) -> int:
    """Restore what this decision of the user found; gives the item.

    Already taken back is no fault. `over`: also take back what others decided after it. Raises
    NotYours, Closed, and DecidedSince where others did and `over` is not said.
    """
    mine, item = _mine(session, decision_id, user)
    if _is_undone(session, decision_id):
        return item.id
    later = _later(session, mine)
    if later and not over:
        raise DecidedSince(item, mine, later)
    for one in (*later, mine):
        item = decisions.find(session, item.id)
        if item.state != one.state_after:  # the machine has moved it on: there is nothing to undo
            continue
        decisions.moved(session, item, one.state_before, now=now)
        decisions.record(
            session, item, user, action="undo", after=one.state_before, undoes=one.id, now=now
        )
    if decisions.find(session, item.id).state != "snoozed":
        session.execute(delete(SnoozeRow).where(SnoozeRow.item_id == item.id))
    return item.id


def leave(session: Session, decision_id: int, user: Person, *, now: datetime) -> int:
    """Let stand what others decided after this decision; it is asked about no more."""
    mine, item = _mine(session, decision_id, user)
    if not _is_undone(session, decision_id):
        decisions.moved(session, item, item.state, now=now)
        decisions.record(
            session, item, user, action="leave", after=item.state, undoes=mine.id, now=now
        )
    return item.id


def _mine(session: Session, decision_id: int, user: Person) -> tuple[Decision, ItemNow]:
    found = session.execute(_with_names().where(DecisionRow.id == decision_id)).one_or_none()
    if found is None or found[0].user_id != user.id or found[0].action in ASIDE:
        raise NotYours("This decision is not yours to take back.")
    mine = decisions.decision_of(*found)
    decisions.see_that_it_is_open(session, decisions.find(session, mine.item_id))
    return mine, decisions.find(session, mine.item_id)


def _is_undone(session: Session, decision_id: int) -> bool:
    asked = select(DecisionRow.id).where(DecisionRow.undoes_id == decision_id)
    return session.scalar(asked) is not None


def _later(session: Session, mine: Decision) -> list[Decision]:
    """What stands on the item that was decided after it, the newest first."""
    undone = aliased(DecisionRow)
    asked = (
        _with_names()
        .where(DecisionRow.item_id == mine.item_id, DecisionRow.id > mine.id)
        .where(DecisionRow.action.not_in(ASIDE))
        .where(~exists().where(undone.undoes_id == DecisionRow.id).correlate(DecisionRow))
        .order_by(DecisionRow.id.desc())
    )
    return [decisions.decision_of(row, who) for row, who in session.execute(asked)]


def _with_names() -> Select[DecisionRow, str]:
    return select(DecisionRow, UserRow.display_name).join(
        UserRow, UserRow.id == DecisionRow.user_id
    )
