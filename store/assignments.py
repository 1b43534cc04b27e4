"""Who is to see to an item, and what awaits somebody: theirs to decide, and theirs that changed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy import delete as remove
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from pipeline.errors import BadInput
from store import audit, comments
from store.changes import FIRM, GRAVE
from store.drafts import OPEN_STATES
from store.models import (
    AlertRow,
    AssignmentRow,
    ChangeRow,
    DecisionRow,
    InstalmentRow,
    ItemRow,
    SeriesRow,
    UserRow,
)
from store.users import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """An item that waits for one person."""

    item_id: int
    headline: str
    series: str  # key
    series_title: str
    number: int  # of the instalment
    cut_off: datetime
    has_changed: bool  # its source was corrected or taken back after it was accepted
    assigned_by: str | None  # as others read the name; None: it is theirs by their own decision
    assigned_at: datetime | None


def people(session: Session) -> list[tuple[int, str]]:
    """Everybody an item may be given to: id and the name others read."""
    asked = (
        select(UserRow.id, UserRow.display_name)
        .where(UserRow.disabled_at.is_(None))
        .order_by(UserRow.display_name)
    )
    return [(user_id, name) for user_id, name in session.execute(asked)]


def assign(
    session: Session, item_id: int, user_id: int | None, *, by: Person, at: datetime
) -> None:
    """Give an item to a person, or (None) to nobody. Raises BadInput for who is not there."""
    if user_id is None:
        gone = session.execute(
            remove(AssignmentRow)
            .where(AssignmentRow.item_id == item_id)
            .returning(AssignmentRow.user_id)
        ).one_or_none()
        if gone is not None:
            audit.note_all(
                session, [_line(item_id, "item.unassign", gone[0])], actor=by.name, at=at
            )
        return
    asked = select(UserRow.name).where(UserRow.id == user_id, UserRow.disabled_at.is_(None))
    name = session.scalar(asked)
    if name is None:
        raise BadInput("There is nobody of that number at the desk: load the page anew")
    facts = {"user_id": user_id, "by_id": by.id, "at": at}
    changed = session.execute(
        insert(AssignmentRow)
        .values(item_id=item_id, **facts)
        .on_conflict_do_update(
            index_elements=["item_id"], set_=facts, where=AssignmentRow.user_id != user_id
        )
        .returning(AssignmentRow.item_id)
    ).one_or_none()
    if changed is not None:
        audit.note_all(session, [_line(item_id, "item.assign", name)], actor=by.name, at=at)


def awaiting(session: Session, user: Person) -> list[Awaiting]:
    """What is theirs to decide or has changed at its source: that first, then by cut-off."""
    by = aliased(UserRow)
    asked = (
        _awaiting(union(*_near(user.id)))
        .where(_is_theirs(user.id))
        .with_only_columns(ItemRow, InstalmentRow, SeriesRow, AssignmentRow.at, by.display_name)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .outerjoin(by, by.id == AssignmentRow.by_id)
        .order_by((ItemRow.state == "accepted").desc(), InstalmentRow.cut_off, ItemRow.id)
    )
    return [
        Awaiting(
            item_id=item.id,
            headline=item.headline,
            series=series.key,
            series_title=series.title,
            number=instalment.number,
            cut_off=instalment.cut_off,
            has_changed=item.state == "accepted",
            assigned_by=name,
            assigned_at=given_at,
        )
        for item, instalment, series, given_at, name in session.execute(asked)
    ]


def count_awaiting(session: Session, user_id: int, *, now: datetime) -> int:
    """How many items wait for a person: to be decided, changed at their source, or spoken of."""
    return session.scalar(_counting(), {"user": user_id, "now": now}) or 0


@cache
def _counting() -> Select[int]:
    """The statement of it, made once: it stands on every page."""
    user = bindparam("user", type_=BigInteger)
    now = bindparam("now", type_=DateTime(timezone=True))
    near = union(*_near(user), comments.awaiting(user, now))
    return _awaiting(near).where(is_awaiting(user, now=now)).with_only_columns(func.count())


def is_awaiting(
    user_id: int | ColumnElement[int], *, now: datetime | ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether an item waits for a person; asked of items with their instalment and assignment."""
    return or_(_is_theirs(user_id), ItemRow.id.in_(comments.awaiting(user_id, now)))


def _is_theirs(user_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Whether it waits to be decided by them, or to be looked at since its source has changed."""
    accepted_it = (
        exists()
        .where(
            DecisionRow.item_id == ItemRow.id,
            DecisionRow.user_id == user_id,
            DecisionRow.action == "accept",
        )
        .correlate(ItemRow)
    )
    mine = AssignmentRow.user_id == user_id
    return or_(
        and_(mine, ItemRow.state == "queued", InstalmentRow.state.in_(OPEN_STATES)),
        and_(
            ItemRow.state == "accepted",
            has_changed(),
            or_(mine, and_(AssignmentRow.user_id.is_(None), accepted_it)),
        ),
    )


def has_changed() -> ColumnElement[bool]:
    """Whether an item's source was corrected or taken back, and nobody has seen to it yet."""
    return (
        exists()
        .where(
            AlertRow.item_id == ItemRow.id,
            AlertRow.settled_at.is_(None),
            AlertRow.bearing.in_(FIRM),
            AlertRow.change_id == ChangeRow.id,
            ChangeRow.kind.in_(GRAVE - {"embargo"}),
        )
        .correlate(ItemRow)
    )


def _awaiting(near: CompoundSelect[int]) -> Select[ItemRow]:
    return (
        select(ItemRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .outerjoin(AssignmentRow, AssignmentRow.item_id == ItemRow.id)
        .where(ItemRow.merged_into.is_(None), ItemRow.id.in_(near))
    )


def _near(user_id: int | ColumnElement[int]) -> tuple[Select[int], Select[int]]:
    """The few items that can wait for a person at all: given to them, or changed."""
    given = select(AssignmentRow.item_id).where(AssignmentRow.user_id == user_id)
    changed = select(AlertRow.item_id).where(AlertRow.settled_at.is_(None))
    return given, changed


def _line(item_id: int, action: str, whom: object) -> audit.Line:
    return audit.Line(action=action, subject_kind="item", subject_id=item_id, detail={"whom": whom})
