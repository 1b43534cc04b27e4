"""The order of an instalment's accepted items: where an editor puts one, it stays."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, texts
from store.decisions import Conflict, find
from store.models import ItemRow
from store.users import Person

_NEAREST = 1e-6  # positions closer than this are numbered anew


def move(  # noqa: PLR0913  # who moves what where upon which version: all of it is needed
    session: Session,
    item_id: int,
    user: Person,
    *,
    sections: Sequence[str],
    way: str = "",
    section: str = "",
    before: int | None = None,
    based_on: int,
    now: datetime,
) -> None:
    """Move an accepted item `up` or `down` among its like, or to a section, before another item.

    `sections` are the instalment's, in order: up from the first place of one leads to the last of
    the one above. Raises Conflict where the item has changed, BadInput for a place that is none.
    """
    here = find(session, item_id)
    of = select(ItemRow.instalment_id).where(ItemRow.id == item_id).scalar_subquery()
    asked = (
        select(ItemRow)
        .where(ItemRow.instalment_id == of, ItemRow.state == "accepted")
        .where(ItemRow.merged_into.is_(None))
        .order_by(ItemRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.id: row for row in session.scalars(asked)}
    row = rows.get(item_id)
    if row is None or row.version != based_on:
        raise Conflict(find(session, item_id), None)
    texts.hold(session, row.instalment_id)
    parts: dict[str, list[ItemRow]] = {key: [] for key in (*sections, *sorted({row.section}))}
    for one in sorted(rows.values(), key=lambda one: (one.position, one.id)):
        parts.setdefault(one.section, []).append(one)
    to, place = _place(parts, row, way=way, section=section, before=before)
    others = [one for one in parts[to] if one.id != item_id]
    if to == row.section and place == parts[to].index(row):
        return
    position, came_from = _between(session, others, place), row.section
    session.execute(
        update(ItemRow)
        .where(ItemRow.id == item_id)
        .values(section=to, position=position, touched_at=now, version=row.version + 1)
    )
    line = audit.Line(
        action="item.move",
        subject_kind="item",
        subject_id=item_id,
        detail={"from": came_from, "to": to, "place": place + 1, "series": here.series},
    )
    audit.note_all(session, [line], actor=user.name, at=now)


def _place(
    parts: dict[str, list[ItemRow]], row: ItemRow, *, way: str, section: str, before: int | None
) -> tuple[str, int]:
    """The section and the place in it, counted without the item itself."""
    keys = list(parts)
    at, part = parts[row.section].index(row), keys.index(row.section)
    if way == "up":
        if at:
            return row.section, at - 1
        return (keys[part - 1], len(parts[keys[part - 1]])) if part else (row.section, at)
    if way == "down":
        if at < len(parts[row.section]) - 1:
            return row.section, at + 1
        return (keys[part + 1], 0) if part < len(keys) - 1 else (row.section, at)
    if section not in parts:
        raise BadInput(f"there is no section {section}")
    others = [one.id for one in parts[section] if one.id != row.id]
    return section, others.index(before) if before in others else len(others)


def _between(session: Session, others: Sequence[ItemRow], place: int) -> float:
    """A position between two neighbours; where there is no room, all are numbered anew."""
    if not others:
        return 1.0
    above = others[place - 1].position if place else others[0].position - 2
    below = others[place].position if place < len(others) else others[-1].position + 2
    if below - above > _NEAREST:
        return (above + below) / 2
    for number, one in enumerate(others):
        position = float(number if number < place else number + 1)
        session.execute(update(ItemRow).where(ItemRow.id == one.id).values(position=position))
    return float(place)
