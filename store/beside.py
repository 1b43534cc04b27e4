"""What stands beside an item on a list: whose it is, what was said, where else it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from store.among import among
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
    used: int = 0  # in how many places of other series it stands
    used_in: Sequence[Used] = ()  # these, the latest cut-off first; where asked, only the first


def of_items(
    session: Session, item_ids: Sequence[int], user: Person, *, named: int | None = None
) -> dict[int, Beside]:
    """What stands beside each of these items, for this person.

    `named`: no more than so many of the other places are named, the rest only counted.
    """
    return _of(session, item_ids, user, _used(session, item_ids, named))


def of_item(session: Session, item_id: int, user: Person) -> Beside:
    """The same of one item, for a page that tells by itself where else it stands."""
    return _of(session, [item_id], user, {})[item_id]


def _of(
    session: Session,
    item_ids: Sequence[int],
    user: Person,
    used: Mapping[int, tuple[int, Sequence[Used]]],
) -> dict[int, Beside]:
    asked = (
        select(ItemRow.id, UserRow.id, UserRow.display_name, _said, _starred(user.id))
        .add_columns(SnoozeRow.until)
        .outerjoin(AssignmentRow, AssignmentRow.item_id == ItemRow.id)
        .outerjoin(UserRow, UserRow.id == AssignmentRow.user_id)
        .outerjoin(SnoozeRow, SnoozeRow.item_id == ItemRow.id)
        .where(among(ItemRow.id, item_ids))
    )
    nowhere: tuple[int, Sequence[Used]] = (0, ())
    return {
        item_id: Beside(
            assignee=None if whose is None else (whose, name),
            comments=said,
            is_starred=is_starred,
            snoozed_until=until,
            used=used.get(item_id, nowhere)[0],
            used_in=tuple(used.get(item_id, nowhere)[1]),
        )
        for item_id, whose, name, said, is_starred, until in session.execute(asked)
    }


_said = (
    select(func.count())
    .where(CommentRow.item_id == ItemRow.id)
    .correlate(ItemRow)
    .scalar_subquery()
)


def _starred(user_id: int) -> ColumnElement[bool]:
    return (
        exists().where(StarRow.item_id == ItemRow.id, StarRow.user_id == user_id).correlate(ItemRow)
    )


def star(session: Session, item_id: int, user: Person, *, is_starred: bool) -> None:
    """Put somebody's star on an item, or take it away; the same twice is the same."""
    mine = {"user_id": user.id, "item_id": item_id}
    if is_starred:
        session.execute(insert(StarRow).values(**mine).on_conflict_do_nothing())
    else:
        session.execute(delete(StarRow).filter_by(**mine))


def _used(
    session: Session, item_ids: Sequence[int], most: int | None
) -> dict[int, tuple[int, list[Used]]]:
    """The same developments in other series, what was rejected there left out: how many, which."""
    other, there = aliased(ItemRow), aliased(InstalmentRow)
    places = (
        select(ItemRow.id.label("item"), other.id, SeriesRow.key, SeriesRow.title)
        .add_columns(there.number, other.state)
        .add_columns(
            func.row_number()
            .over(partition_by=ItemRow.id, order_by=(there.cut_off.desc(), other.id))
            .label("place"),
            func.count().over(partition_by=ItemRow.id).label("held"),
        )
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(other, other.development_id == ItemRow.development_id)
        .join(there, there.id == other.instalment_id)
        .join(SeriesRow, SeriesRow.id == there.series_id)
        .where(among(ItemRow.id, item_ids), there.series_id != InstalmentRow.series_id)
        .where(other.state != "rejected", other.merged_into.is_(None))
        .subquery()
    )
    asked = select(places).order_by(places.c.item, places.c.place)
    if most is not None:
        asked = asked.where(places.c.place <= most)
    found: dict[int, tuple[int, list[Used]]] = {}
    for item_id, other_id, key, title, number, state, _, held in session.execute(asked):
        used = Used(item_id=other_id, series=key, series_title=title, number=number, state=state)
        found.setdefault(item_id, (held, []))[1].append(used)
    return found
