"""What editors write into an instalment and its items, version by version. No word is lost.

A save names the save it was made upon. Saves of one tab that follow one another are one version,
a burst; what another tab or person saves meanwhile is not overwritten: the later one is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from pipeline.errors import SerieswatchError
from store import audit, clock
from store.models import InstalmentRow, InstalmentTextRow, ItemRow, ItemTextRow, UserRow
from store.users import Person

QUIET = timedelta(seconds=90)  # without a save, and the next begins a version of its own
LONGEST_BURST = timedelta(minutes=15)
_KEPT_SHARE = 0.7  # what takes out more of a text begins a version, so that the longer one stays
SHUT = ("approved", "withdrawn")  # states in which nothing is written any more
OF_ITEM = ("headline", "attribution", "link", "day")  # the fields beside an item's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text as it stood, and whose it was."""

    number: int = 0  # 0: nobody has written anything yet
    made: int = 0  # what the next save is based on
    markdown: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    who: str = ""  # as others read the name
    author_id: int | None = None
    at: datetime | None = None  # saved last


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to save."""

    markdown: str
    fields: Mapping[str, str] = field(default_factory=dict)
    based_on: int
    tab: str = ""
    turn: int = 0  # of the tab's saves: an older one that arrives late is no news
    is_fresh: bool = False  # a version of its own, however soon it follows


class Overtaken(SerieswatchError):
    """Somebody else has saved meanwhile; nothing was written. Carries what stands `now`."""

    def __init__(self, now: Version) -> None:
        super().__init__(f"{now.who or 'Somebody'} has changed this meanwhile")
        self.now = now


class Shut(SerieswatchError):
    """The instalment is approved or withdrawn: open it again before anything is written."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where the versions of one text stand: the table, and what tells them from others there."""

    table: type[ItemTextRow] | type[InstalmentTextRow]
    key: Mapping[str, object]
    audited: audit.Line


def of_instalment(session: Session, instalment_id: int) -> dict[str, str]:
    """The texts of an instalment as they stand, by field; what nobody has written is not there."""
    return {name: one.markdown for name, one in fields_of(session, instalment_id).items()}


def fields_of(session: Session, instalment_id: int) -> dict[str, Version]:
    """The newest version of each text of an instalment, by field."""
    row = InstalmentTextRow
    asked = (
        select(row, UserRow.display_name)
        .outerjoin(UserRow, UserRow.id == row.author_id)
        .ext(distinct_on(row.field))
        .where(row.instalment_id == instalment_id)
        .order_by(row.field, row.number.desc())
        .execution_options(populate_existing=True)
    )
    return {one.field: _version(one, who) for one, who in session.execute(asked)}


def of_item(session: Session, item_id: int) -> Version:
    """An item's text as it stands."""
    found = history_of_item(session, item_id, most=1)
    return found[0] if found else Version()


def history_of_item(
    session: Session, item_id: int, *, before: int | None = None, most: int = 200
) -> list[Version]:
    """The versions of an item's text, the newest first; those before a number."""
    return _history(session, _of_item(item_id), before=before, most=most)


def history_of(
    session: Session, instalment_id: int, name: str, *, before: int | None = None, most: int = 200
) -> list[Version]:
    """The versions of one text of an instalment, the newest first; those before a number."""
    shelf = _of_instalment(instalment_id, name)
    return _history(session, shelf, before=before, most=most)


def save_item(
    session: Session, item_id: int, user: Person, wish: Wish, *, now: datetime
) -> Version:
    """Keep what somebody wrote into an item, and the fields beside it; gives what stands now.

    Raises Shut, and Overtaken where somebody else was faster.
    """
    # The item before its instalment, as everybody takes them.
    item = session.scalars(
        select(ItemRow)
        .where(ItemRow.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    hold(session, item.instalment_id)
    stands = {name: getattr(item, name) or "" for name in OF_ITEM}
    wanted = {**stands, **wish.fields}
    wanted["headline"] = wanted["headline"].strip() or stands["headline"]
    if not wish.markdown and wanted == stands and not of_item(session, item_id).made:
        return Version()  # nothing is written, and nothing was
    whole = Wish(
        markdown=wish.markdown,
        fields=wanted,
        based_on=wish.based_on,
        tab=wish.tab,
        turn=wish.turn,
        is_fresh=wish.is_fresh,
    )
    saved, is_new = _save(session, _of_item(item_id), user, whole, now=now)
    changed: dict[str, object] = {
        name: value if name in {"headline", "attribution"} else value or None
        for name, value in saved.fields.items()
        if name in OF_ITEM and value != stands[name]
    }
    if changed:  # what others decide about has changed under them
        changed["version"] = item.version + 1
    if changed or is_new:
        told = update(ItemRow).where(ItemRow.id == item_id)
        session.execute(told.values(**changed, touched_at=now))
    if is_new:
        _bump(session, item.instalment_id)
    return saved


def save_text(  # noqa: PLR0913  # who writes what where upon what: all of it is needed
    session: Session, instalment_id: int, name: str, user: Person, wish: Wish, *, now: datetime
) -> Version:
    """Keep what somebody wrote into a text of an instalment; gives what stands now.

    Raises Shut, and Overtaken where somebody else was faster.
    """
    hold(session, instalment_id)
    saved, is_new = _save(session, _of_instalment(instalment_id, name), user, wish, now=now)
    if name in {"title", "subhead", "lead"}:
        row = InstalmentRow
        session.execute(update(row).where(row.id == instalment_id).values({name: saved.markdown}))
    if is_new:
        _bump(session, instalment_id)
    return saved


def _of_item(item_id: int) -> _Shelf:
    line = audit.Line(action="item.write", subject_kind="item", subject_id=item_id)
    return _Shelf(ItemTextRow, {"item_id": item_id}, line)


def _of_instalment(instalment_id: int, name: str) -> _Shelf:
    line = audit.Line(
        action="instalment.write",
        subject_kind="instalment",
        subject_id=instalment_id,
        detail={"field": name},
    )
    return _Shelf(InstalmentTextRow, {"instalment_id": instalment_id, "field": name}, line)


def hold(session: Session, instalment_id: int) -> None:
    """Hold the instalment, so that nobody approves what is just being changed. Raises Shut."""
    asked = select(InstalmentRow.state).where(InstalmentRow.id == instalment_id)
    state = session.scalars(asked.with_for_update()).one()
    if state in SHUT:
        raise Shut(f"This instalment is {state}: open it again on its page Approval, then write")


def _bump(session: Session, instalment_id: int) -> None:
    """Whoever has the page Approval open has not seen this: their step is not to be taken."""
    row = InstalmentRow
    session.execute(update(row).where(row.id == instalment_id).values(version=row.version + 1))


def _history(session: Session, shelf: _Shelf, *, before: int | None, most: int) -> list[Version]:
    table: Any = shelf.table
    asked = (
        select(table, UserRow.display_name)
        .outerjoin(UserRow, UserRow.id == table.author_id)
        .filter_by(**shelf.key)
        .order_by(table.number.desc())
        .limit(most)
        .execution_options(populate_existing=True)
    )
    if before is not None:
        asked = asked.where(table.number < before)
    return [_version(row, who) for row, who in session.execute(asked)]


def _save(
    session: Session, shelf: _Shelf, user: Person, wish: Wish, *, now: datetime
) -> tuple[Version, bool]:
    """Keep a text upon the newest version; gives what stands, and whether a version is new."""
    table: Any = shelf.table  # both have these columns
    newest = select(table).filter_by(**shelf.key).order_by(table.number.desc()).limit(1)
    last = session.scalars(newest.execution_options(populate_existing=True)).one_or_none()
    moment = clock.real_now(session)  # a recorded clock may stand still while people type
    if last is not None:
        stands = _version(last, _name(session, last.author_id))
        is_own = bool(wish.tab) and last.tab == wish.tab and last.author_id == user.id
        if is_own and wish.turn <= last.turn:
            return stands, False  # sent twice, or late: the same tab has saved more since
        if (wish.markdown, dict(wish.fields)) == (stands.markdown, _same(stands, wish)):
            if is_own:
                session.execute(update(table).where(table.id == last.id).values(turn=wish.turn))
            return stands, False
        if last.made != wish.based_on and not is_own:
            raise Overtaken(stands)
        if is_own and not wish.is_fresh and _goes_on(last, wish, moment, now):
            number, made = last.number, last.made + 1
            values = {"markdown": wish.markdown, "saved_at": moment, "turn": wish.turn}
            values |= {"made": made} | _fields(shelf, wish)
            session.execute(update(table).where(table.id == last.id).values(**values))
            return _saved(number, made, user, wish, moment), False
    elif wish.based_on:
        raise Overtaken(Version())
    number, made = (1, 1) if last is None else (last.number + 1, last.made + 1)
    values = {
        **shelf.key,
        "number": number,
        "markdown": wish.markdown,
        "made": made,
        "tab": wish.tab,
        "turn": wish.turn,
        "author_id": user.id,
        "created_at": now,
        "saved_at": moment,
    }
    session.execute(insert(table).values(**values, **_fields(shelf, wish)))
    line = shelf.audited
    told = audit.Line(
        action=line.action,
        subject_kind=line.subject_kind,
        subject_id=line.subject_id,
        detail={**line.detail, "version": number},
    )
    audit.note_all(session, [told], actor=user.name, at=now)
    return _saved(number, made, user, wish, moment), True


def _goes_on(
    last: ItemTextRow | InstalmentTextRow, wish: Wish, moment: datetime, now: datetime
) -> bool:
    """Whether a save belongs to the burst of the one before it, so that one version holds both."""
    is_near = last.saved_at is not None and moment - last.saved_at <= QUIET
    is_brief = now - last.created_at <= LONGEST_BURST
    return is_near and is_brief and len(wish.markdown) >= _KEPT_SHARE * len(last.markdown)


def _same(stands: Version, wish: Wish) -> dict[str, str]:
    """The fields as they stand, as far as the wish names them."""
    return {name: stands.fields.get(name, "") for name in wish.fields}


def _fields(shelf: _Shelf, wish: Wish) -> dict[str, object]:
    return {"fields": dict(wish.fields)} if shelf.table is ItemTextRow else {}


def _saved(number: int, made: int, user: Person, wish: Wish, at: datetime) -> Version:
    return Version(
        number=number,
        made=made,
        markdown=wish.markdown,
        fields=wish.fields,
        who=user.display_name,
        author_id=user.id,
        at=at,
    )


def _name(session: Session, user_id: int | None) -> str:
    asked = select(UserRow.display_name).where(UserRow.id == user_id)
    return session.scalar(asked) or ""


def _version(row: ItemTextRow | InstalmentTextRow, who: str | None) -> Version:
    return Version(
        number=row.number,
        made=row.made,
        markdown=row.markdown,
        fields=(row.fields or {}) if isinstance(row, ItemTextRow) else {},
        who=who or "",
        author_id=row.author_id,
        at=row.saved_at or row.created_at,
    )
