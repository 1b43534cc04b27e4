"""What becomes of items when developments are merged or split: two become one, or one follows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from store import audit, comments
from store.drafts import OPEN_STATES
from store.models import InstalmentRow, ItemQuoteRow, ItemRow, ItemTextRow
from store.models.foundation import Json

# Of two items the one that is kept: what somebody has accepted before what is only touched.
_WORTH = ("accepted", "rejected", "snoozed", "queued")


def join(session: Session, from_id: int, into_id: int, *, at: datetime, by: str) -> list[Json]:
    """Let the items of one development stand for another, in every open instalment.

    Where both have one, one is kept: the accepted one, or else the one somebody has touched. The
    other stands aside with its decisions; what was written into it is added to the one kept. Gives
    what was changed.
    """
    changed: list[Json] = []
    for mine, theirs in _side_by_side(session, from_id, into_id):
        if theirs is None:
            _set(session, mine, development_id=into_id)
            changed.append({"item": mine.id, "development": from_id})
            _note(session, by, "item.follow", mine, {"development": into_id})
            continue
        kept, aside = sorted((theirs, mine), key=_first_kept)
        was = kept.development_id
        _set(session, aside, merged_into=kept.id)
        _set(session, kept, development_id=into_id)
        comments.carry(session, aside.id, kept.id)
        changed.append(
            {
                "item": kept.id,
                "development": was,
                "aside": aside.id,
                "text": _add_text(session, kept.id, aside.id, at=at),
                "quotes": _move_quotes(session, aside.id, kept.id),
            }
        )
        _note(session, by, "item.merge", kept, {"aside": aside.id})
    return changed


def unjoin(session: Session, changed: Sequence[Json], *, at: datetime, by: str) -> None:
    """Put back what `join` changed, where the instalment is still open."""
    for one in reversed(changed):
        kept = _open_item(session, one["item"])
        if kept is None:
            continue
        _set(session, kept, development_id=one["development"])
        _note(session, by, "item.follow", kept, {"development": one["development"]})
        aside = _open_item(session, one["aside"]) if "aside" in one else None
        if aside is None:
            continue
        _set(session, aside, merged_into=None)
        comments.carry(session, kept.id, aside.id)
        _note(session, by, "item.part", kept, {"aside": aside.id})
        back = update(ItemQuoteRow).where(ItemQuoteRow.id.in_(one["quotes"]))
        session.execute(back.values(item_id=aside.id))
        if one["text"] is not None:
            _take_text_back(session, kept.id, one["text"], at=at)


def part(
    session: Session, from_id: int, to_id: int, story_ids: Sequence[int], *, by: str
) -> list[Json]:
    """Let open items that show one of these stories follow it to its new development."""
    row = ItemRow
    asked = _open_items(from_id).where(row.story_id.in_(story_ids))
    changed: list[Json] = []
    for item in session.scalars(asked):
        _set(session, item, development_id=to_id)
        changed.append({"item": item.id, "development": from_id})
        _note(session, by, "item.follow", item, {"development": to_id})
    return changed


def _side_by_side(
    session: Session, from_id: int, into_id: int
) -> list[tuple[ItemRow, ItemRow | None]]:
    """The open items of the one development, each with the other's in that instalment."""
    found = list(session.scalars(_open_items(from_id, into_id)))
    theirs = {item.instalment_id: item for item in found if item.development_id == into_id}
    mine = [item for item in found if item.development_id == from_id]
    return [(item, theirs.get(item.instalment_id)) for item in mine]


def _open_items(*development_ids: int) -> Select[ItemRow]:
    row = ItemRow
    return (
        select(row)
        .join(InstalmentRow, InstalmentRow.id == row.instalment_id)
        .where(row.development_id.in_(development_ids), row.merged_into.is_(None))
        .where(InstalmentRow.state.in_(OPEN_STATES))
        .order_by(row.id)
        .with_for_update(of=row)
        .execution_options(populate_existing=True)
    )


def _open_item(session: Session, item_id: int) -> ItemRow | None:
    row = ItemRow
    asked = (
        select(row)
        .join(InstalmentRow, InstalmentRow.id == row.instalment_id)
        .where(row.id == item_id, InstalmentRow.state.in_(OPEN_STATES))
        .with_for_update(of=row)
    )
    return session.scalars(asked.execution_options(populate_existing=True)).one_or_none()


def _first_kept(item: ItemRow) -> tuple[int, bool, float, int]:
    return _WORTH.index(item.state), item.touched_at is None, item.position, item.id


def _set(session: Session, item: ItemRow, **values: object) -> None:
    """Change an item; nobody's page that was made before may decide about it then."""
    row = ItemRow
    session.execute(update(row).where(row.id == item.id).values(**values, version=row.version + 1))


def _texts(session: Session, item_id: int) -> ItemTextRow | None:
    row = ItemTextRow
    asked = select(row).where(row.item_id == item_id).order_by(row.number.desc()).limit(1)
    return session.scalars(asked).one_or_none()


def _add_text(session: Session, kept_id: int, aside_id: int, *, at: datetime) -> int | None:
    """Add what was written into the one to the other, as a further version; gives its number."""
    theirs, mine = _texts(session, aside_id), _texts(session, kept_id)
    if theirs is None or not theirs.markdown:
        return None
    before = mine.markdown if mine else ""
    number = 1 + (mine.number if mine else 0)
    session.execute(
        insert(ItemTextRow).values(
            item_id=kept_id,
            number=number,
            markdown=f"{before}\n\n{theirs.markdown}" if before else theirs.markdown,
            author_id=theirs.author_id,
            created_at=at,
        )
    )
    return number


def _take_text_back(session: Session, kept_id: int, number: int, *, at: datetime) -> None:
    """Let an item say what it said before, unless somebody has written in it since."""
    row = ItemTextRow
    latest = _texts(session, kept_id)
    if latest is None or latest.number != number:
        return
    asked = select(row.markdown).where(row.item_id == kept_id, row.number == number - 1)
    session.execute(
        insert(row).values(
            item_id=kept_id,
            number=number + 1,
            markdown=session.scalar(asked) or "",
            author_id=latest.author_id,
            created_at=at,
        )
    )


def _move_quotes(session: Session, from_id: int, to_id: int) -> list[int]:
    row = ItemQuoteRow
    moved = update(row).where(row.item_id == from_id).values(item_id=to_id).returning(row.id)
    return sorted(session.scalars(moved))


def _note(session: Session, by: str, action: str, item: ItemRow, detail: Json) -> None:
    audit.note(
        session,
        actor=by,
        action=action,
        subject_kind="item",
        subject_id=item.id,
        detail=dict(detail),
    )
