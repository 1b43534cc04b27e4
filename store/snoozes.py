"""Items put off until a time: they come back by themselves, by the product's clock."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, decisions
from store.decisions import Decision
from store.drafts import OPEN_STATES
from store.models import InstalmentRow, ItemRow, SnoozeRow
from store.users import Person

LONGEST = timedelta(days=60)
_OUT = ("published", "corrected", "withdrawn")  # these are never opened again


def snooze(  # noqa: PLR0913  # who puts off what, until when, seen in which version
    session: Session,
    item_id: int,
    user: Person,
    until: datetime,
    *,
    based_on: int,
    now: datetime,
) -> Decision:
    """Put an item off. Raises BadInput for a time that will not do, and what decide raises."""
    if not now < until <= now + LONGEST:
        raise BadInput(f"An item is put off until a time to come, at most {LONGEST.days} days off")
    decision = decisions.decide(session, item_id, user, "snooze", based_on=based_on, now=now)
    facts = {"until": until, "by_id": user.id}
    session.execute(
        insert(SnoozeRow)
        .values(item_id=item_id, **facts)
        .on_conflict_do_update(index_elements=["item_id"], set_=facts)
    )
    return decision


def return_due(session: Session, *, now: datetime) -> int:
    """Let every item whose time has come wait for a decision again; gives how many.

    Of an instalment that is out for good none comes back: its rows go. One that is approved may be
    opened again, and what was put off in it comes back then.
    """
    due = select(SnoozeRow.item_id).where(SnoozeRow.until <= now)
    if session.scalar(due.limit(1)) is None:  # nearly always: nothing is written then
        return 0
    stands_in = select(ItemRow.id).join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
    out = stands_in.where(InstalmentRow.state.in_(_OUT))
    session.execute(
        delete(SnoozeRow)
        .where(SnoozeRow.until <= now, SnoozeRow.item_id.in_(out))
        .execution_options(synchronize_session=False)
    )
    returning = stands_in.where(
        ItemRow.id.in_(due), ItemRow.state == "snoozed", InstalmentRow.state.in_(OPEN_STATES)
    )
    back = session.scalars(
        update(ItemRow)
        .where(ItemRow.id.in_(returning), ItemRow.state == "snoozed")
        .values(state="queued", version=ItemRow.version + 1)
        .returning(ItemRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(delete(SnoozeRow).where(SnoozeRow.item_id.in_(back)))
    lines = [
        audit.Line(action="item.return", subject_kind="item", subject_id=item_id)
        for item_id in back
    ]
    audit.note_all(session, lines, actor="machine:desk", at=now)
    return len(back)
