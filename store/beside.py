"""What stands beside an item on a list: whose it is, what was said, where else it stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from store.models import (
    AssignmentRow,
    CommentRow,
    InstalmentRow,
    ItemRow,
    SeriesRow,
    SnoozeRow,
    StarRow,
    UserRow,
)
from store.users import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Where the same development stands in another series."""

    item_id: int
    series: str  # key
    series_title: str
    number: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What an item's line says besides the item itself."""

    assignee: tuple[int, str] | None = None  # id, and the name others read
    comments: int = 0
    is_starred: bool = False  # by whoever looks
    snoozed_until: datetime | None = None
    used_in: Sequence[Used] = ()


def of_items(session: Session, item_ids: Sequence[int], user: Person) -> dict[int, Beside]:
    """What stands beside each of these items, for this person."""
    given = {
        item_id: (user_id, name)
        for item_id, user_id, name in session.execute(
            select(AssignmentRow.item_id, UserRow.id, UserRow.display_name)
            .join(UserRow, UserRow.id == AssignmentRow.user_id)
            .where(AssignmentRow.item_id.in_(item_ids))
        )
    }
    counted = session.execute(
        select(CommentRow.item_id, func.count())
        .where(CommentRow.item_id.in_(item_ids))
        .group_by(CommentRow.item_id)
    )
    said = {row[0]: row[1] for row in counted}
    starred = set(
        session.scalars(
            select(StarRow.item_id).where(StarRow.user_id == user.id, StarRow.item_id.in_(item_ids))
        )
    )
    snoozed = session.scalars(select(SnoozeRow).where(SnoozeRow.item_id.in_(item_ids)))
    asleep = {row.item_id: row.until for row in snoozed}
    used = _used(session, item_ids)
    return {
        item_id: Beside(
            assignee=given.get(item_id),
            comments=said.get(item_id, 0),
            is_starred=item_id in starred,
            snoozed_until=asleep.get(item_id),
            used_in=tuple(used.get(item_id, ())),
        )
        for item_id in item_ids
    }


def star(session: Session, item_id: int, user: Person) -> bool:
    """Put somebody's star on an item, or take it away; gives whether it is there now."""
    gone = session.execute(
        delete(StarRow)
        .where(StarRow.user_id == user.id, StarRow.item_id == item_id)
        .returning(StarRow.item_id)
    ).one_or_none()
    if gone is None:
        session.execute(
            insert(StarRow).values(user_id=user.id, item_id=item_id).on_conflict_do_nothing()
        )
    return gone is None


def _used(session: Session, item_ids: Sequence[int]) -> dict[int, list[Used]]:
    """The same developments in other series, what was rejected there left out."""
    other, there = aliased(ItemRow), aliased(InstalmentRow)
    asked = (
        select(ItemRow.id, other.id, SeriesRow.key, SeriesRow.title, there.number, other.state)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(other, other.development_id == ItemRow.development_id)
        .join(there, there.id == other.instalment_id)
        .join(SeriesRow, SeriesRow.id == there.series_id)
        .where(ItemRow.id.in_(item_ids), there.series_id != InstalmentRow.series_id)
        .where(other.state != "rejected", other.merged_into.is_(None))
        .order_by(ItemRow.id, there.cut_off.desc(), other.id)
    )
    found: dict[int, list[Used]] = defaultdict(list)
    for item_id, other_id, key, title, number, state in session.execute(asked):
        used = Used(item_id=other_id, series=key, series_title=title, number=number, state=state)
        found[item_id].append(used)
    return found
