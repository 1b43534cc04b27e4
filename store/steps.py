"""An instalment's way from being assembled to being out: its states, who moved it, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.errors import SerieswatchError
from store import audit, changes, gates
from store.gates import Objection
from store.models import AlertRow, InstalmentRow, ItemRow, StepRow, UserRow
from store.users import Person


@dataclass(frozen=True, slots=True)
class Way:
    """Where an action leads, and what it asks for."""

    to: str
    is_gated: bool = False  # only with nothing that objects
    needs_reason: bool = False
    right: str = "step"  # who may: store/rights.py


# The states of an instalment and how an action moves it on: the one table behind the code, the
# desk's buttons and the tests.
WAYS: Mapping[str, Mapping[str, Way]] = MappingProxyType(
    {
        "assembling": {"review": Way("in_review")},
        "in_review": {"ready": Way("ready", is_gated=True), "reopen": Way("assembling")},
        "ready": {
            "approve": Way("approved", is_gated=True, right="approve"),
            "reopen": Way("assembling"),
        },
        "approved": {
            # What is so is so, whatever objects: it asks for a correction then.
            "publish": Way("published", right="approve"),
            "reopen": Way("assembling", right="approve"),
        },
        "published": {
            "correct": Way("corrected", is_gated=True, needs_reason=True, right="approve"),
            "withdraw": Way("withdrawn", needs_reason=True, right="approve"),
        },
        "corrected": {
            "correct": Way("corrected", is_gated=True, needs_reason=True, right="approve"),
            "withdraw": Way("withdrawn", needs_reason=True, right="approve"),
        },
        "withdrawn": {},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was taken."""

    id: int
    action: str
    state_before: str
    state_after: str
    who: str  # as others read the name; a machine's as it is
    reason: str
    at: datetime


class Refused(SerieswatchError):
    """A step that cannot be taken. Carries the `objections`; none where the step is none."""

    def __init__(self, why: str, objections: Sequence[Objection] = ()) -> None:
        super().__init__(why)
        self.objections = objections


def take(  # noqa: PLR0913  # who takes which step of which version when: all of it is needed
    session: Session,
    instalment_id: int,
    user: Person,
    action: str,
    *,
    based_on: int,
    reason: str = "",
    now: datetime,
) -> str:
    """Take a step, if the instalment is as the page showed it and nothing objects; gives the state.

    The same request twice, as a double click sends it, takes one step. Raises Refused.
    """
    asked = select(InstalmentRow).where(InstalmentRow.id == instalment_id)
    # The row is held while we look: whoever kills a source waits, or we see the kill.
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalars(locked).one()
    way = WAYS[row.state].get(action)
    if row.version != based_on:
        last = _last(session, instalment_id)
        if last is not None and (last.user_id, last.action, last.made_version) == (
            user.id,
            action,
            based_on + 1,
        ):
            return row.state
        raise Refused(_overtaken(row, last))
    if way is None:
        raise Refused(f"An instalment that is {row.state.replace('_', ' ')} cannot go that way.")
    if way.needs_reason and not reason.strip():
        raise Refused("Say what is corrected or why it is withdrawn: readers are told so.")
    with session.begin_nested():  # what is refused has settled nothing
        if action in {"correct", "withdraw"}:
            _settle_tasks(session, instalment_id, user, now=now)
        if way.is_gated and (found := gates.objections(session, instalment_id, now=now)):
            raise Refused("It cannot go on as it stands.", found)
    changes.take_step(
        session,
        row,
        action,
        way.to,
        by=user.name,
        user=user.id,
        reason=reason.strip(),
        at=now,
    )
    return way.to


def _settle_tasks(session: Session, instalment_id: int, user: Person, *, now: datetime) -> None:
    """A correction sees to the tasks that asked for it; what is withdrawn asks for none."""
    items = select(ItemRow.id).where(ItemRow.instalment_id == instalment_id)
    done = session.scalars(
        update(AlertRow)
        .where(AlertRow.item_id.in_(items), AlertRow.is_task, AlertRow.settled_at.is_(None))
        .values(settled_by=user.name, settled_at=now)
        .returning(AlertRow.id)
    )
    lines = [audit.Line(action="task.settle", subject_kind="alert", subject_id=one) for one in done]
    audit.note_all(session, lines, actor=user.name, at=now)


def of(session: Session, instalment_id: int) -> list[Step]:
    """Every step of an instalment, the latest first."""
    asked = (
        select(StepRow, UserRow.display_name)
        .outerjoin(UserRow, UserRow.id == StepRow.user_id)
        .where(StepRow.instalment_id == instalment_id)
        .order_by(StepRow.id.desc())
    )
    return [
        Step(
            id=row.id,
            action=row.action,
            state_before=row.state_before,
            state_after=row.state_after,
            who=name or row.taken_by,
            reason=row.reason,
            at=row.taken_at,
        )
        for row, name in session.execute(asked)
    ]


def _last(session: Session, instalment_id: int) -> StepRow | None:
    asked = select(StepRow).where(StepRow.instalment_id == instalment_id)
    return session.scalars(asked.order_by(StepRow.id.desc()).limit(1)).one_or_none()


def _overtaken(row: InstalmentRow, last: StepRow | None) -> str:
    who = "Somebody changed it" if last is None else f"{last.taken_by} was faster"
    if last is not None and last.made_version < row.version:
        who = "A source has changed meanwhile"
    return f"{who}: it is {row.state.replace('_', ' ')} now. Look again and decide."
