"""What editors decide about items: accept, reject, and take it back. Nothing is overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from pipeline.errors import SerieswatchError
from store import audit, rejections
from store.among import among
from store.models import DecisionRow, InstalmentRow, ItemRow, SeriesRow, UserRow
from store.users import Person

Action = Literal["accept", "reject", "snooze", "wake"]

# The states of an item and how a decision moves it on: the one table behind the code, the desk's
# buttons and the tests. Undo is no move of its own: it restores what a decision found.
MOVES: Mapping[str, Mapping[Action, str]] = MappingProxyType(
    {
        "queued": MappingProxyType(
            {"accept": "accepted", "reject": "rejected", "snooze": "snoozed"}
        ),
        "snoozed": MappingProxyType({"accept": "accepted", "reject": "rejected", "wake": "queued"}),
        "accepted": MappingProxyType({"reject": "rejected"}),
        "rejected": MappingProxyType({"accept": "accepted"}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision: by whom, what, when, and which version of the item it made."""

    id: int
    item_id: int
    user_id: int
    who: str  # as others read the name
    action: str  # accept, reject, snooze, wake, undo, leave
    state_before: str
    state_after: str
    made_version: int
    undoes_id: int | None
    decided_at: datetime
    reason: str = ""  # of a rejection: see store/rejections.py


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNow:
    """An item as it is at this moment, and in which instalment it stands."""

    id: int
    state: str
    version: int
    headline: str
    series: str  # key
    number: int  # of the instalment


class UnknownItem(SerieswatchError):
    """There is no item of that id. Carries `item_id`."""

    def __init__(self, item_id: int) -> None:
        super().__init__(f"There is no item {item_id}")
        self.item_id = item_id


class Conflict(SerieswatchError):
    """The item is no longer as it was when the page was made, so nothing was written.

    Carries the `item` as it is now and the `decision` that stands in the way: the one that made
    the current version; None where the machine changed the item.
    """

    def __init__(self, item: ItemNow, decision: Decision | None) -> None:
        who = "It was brought up to date" if decision is None else _sentence(decision)
        super().__init__(f"{who}: “{item.headline}” is {item.state} now; look again and decide")
        self.item = item
        self.decision = decision


class Closed(SerieswatchError):
    """The instalment is approved, so its items stay as they were approved. Carries the `item`."""

    def __init__(self, item: ItemNow) -> None:
        super().__init__(
            f"{item.series} No. {item.number} is approved: open it again on its page Approval, "
            f"then decide about “{item.headline}”"
        )
        self.item = item


class NothingToUndo(SerieswatchError):
    """Nobody's decision stands on the item. Carries the `item` as it is now."""

    def __init__(self, item: ItemNow) -> None:
        super().__init__(f"Nothing is decided about “{item.headline}”: there is nothing to undo")
        self.item = item


def decide(  # noqa: PLR0913  # who decides what about which version when, and why: all is needed
    session: Session,
    item_id: int,
    user: Person,
    action: Action,
    *,
    based_on: int,
    now: datetime,
    reason: str = "",
) -> Decision:
    """Accept or reject an item, if it still has the version `based_on`; gives the decision.

    A rejection without a `reason` is given the one its source gives, if that was killed or the
    like: then it says nothing of what belongs in the series. The same request twice, as a double
    click sends it, gives the one decision twice; another `reason` then is told of it. Raises
    UnknownItem, Closed where its instalment is approved, and Conflict when somebody was faster or
    the item cannot be moved so.
    """
    item = find(session, item_id)
    see_that_it_is_open(session, item)
    after = MOVES.get(item.state, {}).get(action)
    if item.version == based_on and after is not None and moved(session, item, after, now=now):
        if action == "reject" and not reason:
            was_accepted = item.state == "accepted"
            reason = rejections.of_source(session, item_id, was_accepted=was_accepted, now=now)
        return record(
            session,
            item,
            user,
            action=action,
            after=after,
            undoes=None,
            now=now,
            reason=reason,
        )
    made = _repeated(session, item_id, user, action=action, based_on=based_on)
    return _explained(session, made, user, reason) if reason not in {"", made.reason} else made


def undo(session: Session, item_id: int, user: Person, *, based_on: int, now: datetime) -> Decision:
    """Take back the user's own decision on an item and restore what it found; level by level.

    Gives the further decision that names the first. Raises UnknownItem, Closed, NothingToUndo, and
    Conflict when the decision that stands is somebody else's or the item has changed.
    """
    item = find(session, item_id)
    see_that_it_is_open(session, item)
    found = session.execute(_standing().where(DecisionRow.item_id == item_id)).one_or_none()
    if item.version == based_on:
        if found is None:
            raise NothingToUndo(item)
        last = decision_of(*found)
        if last.user_id != user.id or last.state_after != item.state:
            raise Conflict(item, last)
        if moved(session, item, last.state_before, now=now):
            return record(
                session, item, user, action="undo", after=last.state_before, undoes=last.id, now=now
            )
    return _repeated(session, item_id, user, action="undo", based_on=based_on)


def of_instalment(session: Session, instalment_id: int) -> dict[int, Decision]:
    """The decision that stands on each decided item of an instalment, by item.

    A decision stands until a later one on its item covers it or it is undone. What somebody can
    undo is the newest that stands and is theirs: see `undoable`.
    """
    asked = _standing().join(ItemRow, ItemRow.id == DecisionRow.item_id)
    asked = asked.where(ItemRow.instalment_id == instalment_id)
    return {row.item_id: decision_of(row, who) for row, who in session.execute(asked)}


def of_items(session: Session, item_ids: Sequence[int]) -> dict[int, Decision]:
    """The decision that stands on each of these items that has one."""
    asked = _standing().where(among(DecisionRow.item_id, item_ids))
    return {row.item_id: decision_of(row, who) for row, who in session.execute(asked)}


def history(
    session: Session, item_id: int, *, before: int | None = None, most: int = 200
) -> list[Decision]:
    """Everything that was decided about an item, what was taken back included, latest first."""
    asked = (
        select(DecisionRow, UserRow.display_name)
        .join(UserRow, UserRow.id == DecisionRow.user_id)
        .where(DecisionRow.item_id == item_id)
        .order_by(DecisionRow.id.desc())
        .limit(most)
    )
    if before is not None:
        asked = asked.where(DecisionRow.id < before)
    return [decision_of(row, who) for row, who in session.execute(asked)]


def undoable(standing: Mapping[int, Decision], user: Person) -> Decision | None:
    """The newest decision of this user among those that stand, None if there is none."""
    own = [decision for decision in standing.values() if decision.user_id == user.id]
    return max(own, key=lambda decision: decision.id, default=None)


def find(session: Session, item_id: int) -> ItemNow:
    """An item as it is now. Raises UnknownItem."""
    asked = (
        select(ItemRow.state, ItemRow.version, ItemRow.headline)
        .add_columns(SeriesRow.key, InstalmentRow.number)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(ItemRow.id == item_id)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        raise UnknownItem(item_id)
    state, version, headline, series, number = found
    return ItemNow(
        id=item_id, state=state, version=version, headline=headline, series=series, number=number
    )


def see_that_it_is_open(session: Session, item: ItemNow) -> None:
    """Raise Closed if what is decided would change what somebody has approved.

    The instalment is held meanwhile, so that nobody approves what is just being changed.
    """
    # The item before its instalment, as everybody takes them.
    session.execute(select(ItemRow.id).where(ItemRow.id == item.id).with_for_update())
    of_item = select(ItemRow.instalment_id).where(ItemRow.id == item.id).scalar_subquery()
    asked = select(InstalmentRow.state).where(InstalmentRow.id == of_item)
    if session.scalar(asked.with_for_update(read=True)) == "approved":
        raise Closed(item)


def moved(session: Session, item: ItemNow, after: str, *, now: datetime) -> bool:
    """Compare and set: true if nobody changed the item since it was read."""
    moved = session.execute(
        update(ItemRow)
        .where(ItemRow.id == item.id, ItemRow.version == item.version, ItemRow.state == item.state)
        .values(state=after, version=item.version + 1, touched_at=now)
        .returning(ItemRow.id)
    )
    return moved.one_or_none() is not None


def record(  # noqa: PLR0913  # what a decision row says, all by keyword
    session: Session,
    item: ItemNow,
    user: Person,
    *,
    action: str,
    after: str,
    undoes: int | None,
    now: datetime,
    reason: str = "",
) -> Decision:
    """Write down a decision that has just moved its item, here and in the audit trail."""
    row = session.scalars(
        insert(DecisionRow)
        .values(
            item_id=item.id,
            user_id=user.id,
            action=action,
            state_before=item.state,
            state_after=after,
            made_version=item.version + 1,
            undoes_id=undoes,
            reason=reason,
            decided_at=now,
        )
        .returning(DecisionRow)
    ).one()
    detail: dict[str, object] = {"decision": row.id, "from": item.state, "to": after}
    if undoes is not None:
        detail["undoes"] = undoes
    if reason:
        detail["reason"] = reason
    audit.note(
        session,
        actor=user.name,
        action=f"item.{action}",
        subject_kind="item",
        subject_id=item.id,
        detail=detail,
    )
    return decision_of(row, user.display_name)


def _repeated(
    session: Session, item_id: int, user: Person, *, action: str, based_on: int
) -> Decision:
    """The decision this very request has made already, as a double click has it; else Conflict."""
    item = find(session, item_id)  # again: somebody has been here since
    asked = (
        select(DecisionRow, UserRow.display_name)
        .join(UserRow, UserRow.id == DecisionRow.user_id)
        .where(DecisionRow.item_id == item_id, DecisionRow.made_version == item.version)
    )
    found = session.execute(asked).one_or_none()
    latest = None if found is None else decision_of(*found)
    if (
        latest is not None
        and (latest.user_id, latest.action) == (user.id, action)
        and latest.made_version == based_on + 1
    ):
        return latest
    raise Conflict(item, latest)


def _explained(session: Session, made: Decision, user: Person, reason: str) -> Decision:
    """A decision with the reason that whoever made it gives only now, on an older page."""
    one = update(DecisionRow).where(DecisionRow.id == made.id)
    session.execute(one.values(reason=reason))
    audit.note(
        session,
        actor=user.name,
        action=f"item.{made.action}",
        subject_kind="item",
        subject_id=made.item_id,
        detail={"decision": made.id, "reason": reason},
    )
    return replace(made, reason=reason)


def _standing() -> Select[DecisionRow, str]:
    """Of each item the newest decision that was not undone, with who decided."""
    later = aliased(DecisionRow)
    return (
        select(DecisionRow, UserRow.display_name)
        .ext(distinct_on(DecisionRow.item_id))
        .join(UserRow, UserRow.id == DecisionRow.user_id)
        .where(
            DecisionRow.action.not_in(("undo", "leave")),
            ~exists().where(later.undoes_id == DecisionRow.id),
        )
        .order_by(DecisionRow.item_id, DecisionRow.id.desc())
    )


def decision_of(row: DecisionRow, who: str) -> Decision:
    """A decision as others are told of it."""
    return Decision(
        id=row.id,
        item_id=row.item_id,
        user_id=row.user_id,
        who=who,
        action=row.action,
        state_before=row.state_before,
        state_after=row.state_after,
        made_version=row.made_version,
        undoes_id=row.undoes_id,
        decided_at=row.decided_at,
        reason=row.reason,
    )


PAST = {
    "accept": "accepted",
    "reject": "rejected",
    "snooze": "put off",
    "wake": "brought back",
    "undo": "took back a decision on",
    "leave": "let stand what others decided about",
}


def _sentence(decision: Decision) -> str:
    moment = decision.decided_at.isoformat(timespec="minutes")
    return f"{decision.who} {PAST[decision.action]} it at {moment}"
