"""What people do to items beside deciding: another link, another series. Taken back, it stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput, SerieswatchError
from store import audit, comments, decisions, offers, planned
from store.decisions import Closed, Conflict, ItemNow
from store.drafts import OPEN_STATES, Opening
from store.models import (
    DecisionRow,
    InstalmentRow,
    ItemChangeRow,
    ItemRow,
    MemberRow,
    OutletRow,
    StoryRow,
    UserRow,
    VersionRow,
)
from store.models.foundation import Json
from store.rejections import NOT_THIS_SERIES
from store.users import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of an item by a person, with who made it."""

    id: int
    item_id: int
    kind: str  # link, move
    before: Json
    after: Json
    made_version: int
    user_id: int
    who: str  # as others read the name
    at: datetime
    is_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What somebody did to an item, as it is told to whoever was too late."""

    who: str
    what: str  # accept, reject, undo, link, move
    at: datetime
    version: int  # of the item that it made
    detail: str = ""


class Overtaken(SerieswatchError):
    """The item is no longer as it was when the page was made, so nothing was written.

    Carries the `item` as it is now, and the `events` since then.
    """

    def __init__(self, item: ItemNow, events: Sequence[Event]) -> None:
        super().__init__(f"“{item.headline}” has changed since the page was made")
        self.item = item
        self.events = events


def of_item(session: Session, item_id: int) -> list[Change]:
    """What people have done to an item, those taken back among it, latest first."""
    asked = (
        select(ItemChangeRow, UserRow.display_name)
        .join(UserRow, UserRow.id == ItemChangeRow.user_id)
        .where(ItemChangeRow.item_id == item_id)
        .order_by(ItemChangeRow.id.desc())
    )
    return [_change(row, who) for row, who in session.execute(asked)]


def choose_link(  # noqa: PLR0913  # who chooses what for which version when: all of it is needed
    session: Session,
    item_id: int,
    user: Person,
    story_id: int,
    *,
    based_on: int,
    attribution: str | None = None,
    takes_headline: bool = False,
    now: datetime,
) -> Change:
    """Let an item show another story of its development, or of those that it gathers.

    No refresh changes that.

    `attribution` is its new credit, None to keep the one it has. Raises Overtaken, Closed, and
    BadInput for a story that is not told there or may not be used.
    """
    item = _held(session, item_id, based_on=based_on)
    found = session.execute(
        select(StoryRow.status, VersionRow.id, VersionRow.title, OutletRow.name)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(MemberRow, MemberRow.story_id == StoryRow.id)
        .where(StoryRow.id == story_id, StoryRow.merged_into.is_(None))
        .where(MemberRow.development_id.in_([item.development_id, *planned.told(session, item_id)]))
    ).one_or_none()
    if found is None:
        raise BadInput("that story is not among those told here any more; load the page anew")
    status, version_id, title, outlet = found
    if status != "usable":
        raise BadInput(f"{outlet} has taken that story back, so its link cannot be used")
    before: Json = {
        "story": item.story_id,
        "version": item.version_id,
        "headline": item.headline,
        "attribution": item.attribution,
        "touched": None if item.touched_at is None else item.touched_at.isoformat(),
    }
    after: Json = {"story": story_id, "outlet": outlet, "version": version_id}
    values: dict[str, object] = {"story_id": story_id, "version_id": version_id}
    if attribution is not None:
        values["attribution"] = attribution
    if takes_headline:
        values["headline"] = title
    _set(session, item, touched_at=now, **values)
    return _record(session, item, user, kind="link", before=before, after=after, now=now)


def move(  # noqa: PLR0913  # who moves which version where when: all of it is needed
    session: Session,
    item_id: int,
    user: Person,
    into: Opening,
    section: str,
    *,
    based_on: int,
    now: datetime,
) -> Change:
    """Move an item into an instalment of another series: rejected here, accepted there.

    Both are decisions, from which both series learn. What was written and quoted goes along.
    Raises Overtaken, Closed, and decisions.Conflict.
    """
    item = _held(session, item_id, based_on=based_on)
    state = item.state
    if state != "rejected":
        decisions.decide(
            session,
            item_id,
            user,
            "reject",
            based_on=based_on,
            now=now,
            reason=NOT_THIS_SERIES,
        )
    there, is_new = _there(session, item, into, section, now=now)
    comments.carry(session, item_id, there)
    version, was = session.execute(
        select(ItemRow.version, ItemRow.state).where(ItemRow.id == there)
    ).one()
    if was != "accepted":
        decisions.decide(session, there, user, "accept", based_on=version, now=now)
    session.refresh(item)
    after: Json = {
        "item": there,
        "is_new": is_new,
        "was": was,
        "instalment": into.id,
        "title": session.scalar(_TITLE, {"id": into.id}),
    }
    before: Json = {"state": state}
    return _record(session, item, user, kind="move", before=before, after=after, now=now)


_TITLE = text(
    """
    SELECT s.title || ' No. ' || i.number FROM instalments i JOIN series s ON s.id = i.series_id
    WHERE i.id = :id
    """
)
_COPY_TEXT = text(
    """
    INSERT INTO item_texts (item_id, number, markdown, author_id, created_at)
    SELECT :there, 1, markdown, author_id, :now FROM item_texts WHERE item_id = :here
    ORDER BY number DESC LIMIT 1
    """
)
_COPY_QUOTES = text(
    """
    INSERT INTO item_quotes (item_id, quote_id, version_id, text, speaker, office, forum, day,
        position, is_proposed, "check", check_why, differences, noted, checked_against, checked_at)
    SELECT :there, quote_id, version_id, text, speaker, office, forum, day,
        position, is_proposed, "check", check_why, differences, noted, checked_against, checked_at
    FROM item_quotes WHERE item_id = :here ORDER BY id
    """
)


def _there(
    session: Session, item: ItemRow, into: Opening, section: str, *, now: datetime
) -> tuple[int, bool]:
    """The item of the same development in that instalment, and whether it was made just now."""
    row = ItemRow
    mine = (row.instalment_id == into.id) & (row.development_id == item.development_id)
    asked = select(row.id).where(mine, row.merged_into.is_(None)).with_for_update()
    found = session.scalar(asked)
    if found is not None:
        return found, False
    lowest = select(func.coalesce(func.max(row.position), 0.0)).where(
        row.instalment_id == into.id, row.touched_at.is_not(None)
    )
    why = [{"reason": "moved", "weight": 0.0, "text": "an editor moved it here", "spans": []}]
    made = insert(row).values(
        instalment_id=into.id,
        development_id=item.development_id,
        section=section,
        position=session.execute(lowest).scalar_one() + 1,
        story_id=item.story_id,
        version_id=item.version_id,
        headline=item.headline,
        attribution=item.attribution,
        score=item.score,
        zone=item.zone,
        why=why,
        flags=list(item.flags),
        added_at=now,
        touched_at=now,
    )
    there = session.execute(made.returning(row.id)).scalar_one()
    session.execute(_COPY_TEXT, {"here": item.id, "there": there, "now": now})
    session.execute(_COPY_QUOTES, {"here": item.id, "there": there})
    return there, True


def undo(session: Session, change_id: int, user: Person, *, now: datetime) -> Change:
    """Take one's own change of an item back, if nobody has changed the same thing since.

    Raises BadInput for one that is not theirs or is taken back already; Overtaken; Closed.
    """
    row = session.scalars(
        select(ItemChangeRow).where(ItemChangeRow.id == change_id).with_for_update()
    ).one_or_none()
    if row is None or row.user_id != user.id or row.undone_at is not None:
        raise BadInput("there is nothing of yours to take back; load the page anew")
    item = _held(session, row.item_id, based_on=None)
    if row.kind == "link":
        if item.story_id != row.after["story"]:
            raise _overtaken(session, item, row.made_version)
        touched = row.before["touched"]
        _set(
            session,
            item,
            story_id=row.before["story"],
            version_id=row.before["version"],
            headline=row.before["headline"],
            attribution=row.before["attribution"],
            touched_at=None if touched is None else datetime.fromisoformat(touched),
        )
    else:
        _move_back(session, item, row, user, now=now)
    row.undone_by, row.undone_at = user.id, now
    session.flush()  # before it is read again
    _note(session, user, f"item.{row.kind}.undo", item.id, {"change": row.id})
    return _change(row, user.display_name)


def _move_back(
    session: Session, item: ItemRow, row: ItemChangeRow, user: Person, *, now: datetime
) -> None:
    there = row.after["item"]
    moved = session.get_one(ItemRow, there, populate_existing=True, with_for_update=True)
    try:
        if row.after["was"] != "accepted":
            decisions.undo(session, there, user, based_on=moved.version, now=now)
        if row.before["state"] != "rejected":
            decisions.undo(session, item.id, user, based_on=item.version, now=now)
    except (Conflict, decisions.NothingToUndo) as problem:
        raise _overtaken(session, item, row.made_version) from problem
    comments.carry(session, there, item.id)
    if row.after["is_new"]:  # it stands aside: nothing that was decided about it is lost
        session.refresh(moved)
        _set(session, moved, merged_into=item.id)


def events_since(session: Session, item_id: int, version: int) -> list[Event]:
    """What people did to an item since it had this version, oldest first."""
    decided = (
        select(DecisionRow, UserRow.display_name)
        .join(UserRow, UserRow.id == DecisionRow.user_id)
        .where(DecisionRow.item_id == item_id, DecisionRow.made_version > version)
    )
    found = [
        Event(who=who, what=row.action, at=row.decided_at, version=row.made_version)
        for row, who in session.execute(decided)
    ]
    found += [
        Event(
            who=one.who,
            what=one.kind,
            at=one.at,
            version=one.made_version,
            detail=str(one.after.get("outlet") or one.after.get("title") or ""),
        )
        for one in of_item(session, item_id)
        if one.made_version > version
    ]
    found += [
        Event(who=who, what="offer", at=at, version=made)
        for made, who, at in offers.taken_since(session, item_id, version)
    ]
    return sorted(found, key=lambda event: (event.version, event.at))


# --- writing


def _held(session: Session, item_id: int, *, based_on: int | None) -> ItemRow:
    """The item, locked with its instalment, if both are as they should be."""
    row = ItemRow
    asked = select(row).where(row.id == item_id, row.merged_into.is_(None)).with_for_update()
    item = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if item is None:
        raise decisions.UnknownItem(item_id)
    # The item before its instalment, as everybody takes them.
    state = select(InstalmentRow.state).where(InstalmentRow.id == item.instalment_id)
    if session.scalar(state.with_for_update(read=True)) not in OPEN_STATES:
        raise Closed(decisions.find(session, item_id))
    if based_on is not None and item.version != based_on:
        raise _overtaken(session, item, based_on)
    return item


def _overtaken(session: Session, item: ItemRow, version: int) -> Overtaken:
    now = decisions.find(session, item.id)
    return Overtaken(now, events_since(session, item.id, version))


def _set(session: Session, item: ItemRow, **values: object) -> None:
    """Change an item; nobody's page that was made before may decide about it then."""
    changed = update(ItemRow).where(ItemRow.id == item.id)
    session.execute(changed.values(**values, version=ItemRow.version + 1))
    session.refresh(item)


def _record(  # noqa: PLR0913  # what a change's row says, all by keyword
    session: Session,
    item: ItemRow,
    user: Person,
    *,
    kind: str,
    before: Json,
    after: Json,
    now: datetime,
) -> Change:
    row = session.scalars(
        insert(ItemChangeRow)
        .values(
            item_id=item.id,
            kind=kind,
            before=before,
            after=after,
            made_version=item.version,
            user_id=user.id,
            made_at=now,
        )
        .returning(ItemChangeRow)
    ).one()
    _note(session, user, f"item.{kind}", item.id, {"change": row.id} | after)
    return _change(row, user.display_name)


def _note(session: Session, user: Person, action: str, item_id: int, detail: Json) -> None:
    audit.note(
        session,
        actor=user.name,
        action=action,
        subject_kind="item",
        subject_id=item_id,
        detail=dict(detail),
    )


def _change(row: ItemChangeRow, who: str) -> Change:
    return Change(
        id=row.id,
        item_id=row.item_id,
        kind=row.kind,
        before=row.before,
        after=row.after,
        made_version=row.made_version,
        user_id=row.user_id,
        who=who,
        at=row.made_at,
        is_undone=row.undone_at is not None,
    )
