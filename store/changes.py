"""What happens to a story, and everything on the desk that rests on it: one transaction for both.

A change is noted once. It travels to the items that show the story or quote it, to those that
show a copy of its text, and to those that tell the same development. Items get an alert; nothing
that an editor wrote is touched.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.records import ChangeKind
from store import audit, work
from store.models import (
    AlertRow,
    ChangeRow,
    GatheredRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    MemberRow,
    StepRow,
    StoryRow,
    VersionRow,
)

# What an editor must decide about before an instalment that rests on it can go out.
GRAVE = frozenset(("correction", "killed", "withheld", "withdrawn", "embargo"))
TAKEN_BACK = frozenset(("killed", "withheld", "withdrawn"))
FIRM = ("own", "quote", "copy")  # bearings by which an item has the story's very text
_CAUSES = {
    "correction": "A source was corrected.",
    "killed": "A source was killed.",
    "withheld": "A source was held back.",
    "withdrawn": "A source was taken down.",
    "embargo": "A source was put under embargo.",
}
OUT = ("published", "corrected")  # states of an instalment that readers may have
CLOSING = ("ready", "approved")  # states that a grave change opens again


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that has happened to a story; `occasion` tells it from all else that did."""

    story_id: int
    kind: ChangeKind
    occasion: str
    version_id: int | None = None
    before_id: int | None = None
    said: str = ""
    is_in_substance: bool = False


@dataclass(frozen=True, slots=True)
class _Bearing:
    """How a change bears on an item."""

    change: ChangeRow
    item_id: int
    bearing: str
    instalment_id: int
    is_accepted: bool


def record(session: Session, happened: Sequence[Happened], *, by: str, at: datetime) -> list[int]:
    """Note what has happened, with all that comes of it; gives the ids of changes not known before.

    The stories must be locked by whoever calls.
    """
    if not happened:
        return []
    rows = [
        {
            "story_id": one.story_id,
            "kind": one.kind,
            "occasion": one.occasion,
            "version_id": one.version_id,
            "before_id": one.before_id,
            "said": one.said,
            "is_in_substance": one.is_in_substance,
            "made_by": by,
            "at": at,
        }
        for one in happened
    ]
    kept = upsert(ChangeRow).values(rows).on_conflict_do_nothing().returning(ChangeRow)
    new = sorted(session.scalars(kept), key=lambda change: change.id)
    lines = [
        audit.Line(
            action=f"story.{change.kind}",
            subject_kind="story",
            subject_id=change.story_id,
            detail={"change": change.id, "said": change.said},
        )
        for change in new
    ]
    audit.note_all(session, lines, actor=by, at=at)
    _travel(session, new, by=by, at=at)
    released = [change.story_id for change in new if change.kind == "released"]
    if released:
        _settle_moot(session, released, by=by, at=at)
    return [change.id for change in new]


def _settle_moot(session: Session, story_ids: Sequence[int], *, by: str, at: datetime) -> None:
    """A story that may be used again asks nobody any more what to do without it."""
    moot = select(ChangeRow.id).where(
        ChangeRow.story_id.in_(story_ids), ChangeRow.kind.in_(("withheld", "withdrawn", "embargo"))
    )
    done = session.execute(
        update(AlertRow)
        .where(AlertRow.change_id.in_(moot), AlertRow.settled_at.is_(None))
        .values(settled_by=by, settled_at=at)
        .returning(AlertRow.item_id, AlertRow.id)
    )
    lines = [
        audit.Line(
            action="item.settle", subject_kind="item", subject_id=item, detail={"alert": alert}
        )
        for item, alert in done
    ]
    audit.note_all(session, lines, actor=by, at=at)


def concerning(session: Session, story_ids: Sequence[int]) -> list[int]:
    """Those of the stories that some item shows, quotes, or tells the development of."""
    asked = (
        select(StoryRow.id)
        .where(StoryRow.id.in_(story_ids))
        .where(
            exists().where(ItemRow.story_id == StoryRow.id)
            | exists().where(
                MemberRow.story_id == StoryRow.id,
                ItemRow.development_id == MemberRow.development_id,
            )
            | exists().where(
                MemberRow.story_id == StoryRow.id,
                GatheredRow.development_id == MemberRow.development_id,
                GatheredRow.undone_at.is_(None),
            )
            | exists().where(
                VersionRow.story_id == StoryRow.id, ItemQuoteRow.version_id == VersionRow.id
            )
        )
    )
    return list(session.scalars(asked.order_by(StoryRow.id)))


def _travel(session: Session, changes: Sequence[ChangeRow], *, by: str, at: datetime) -> None:
    """Raise an alert on every item that a change bears on, and open what must not go out so."""
    bearings = [one for change in changes for one in _bearings(session, change)]
    if not bearings:
        return
    # Items before instalments, as a refresh takes them; each in the order of ids.
    items = sorted({one.item_id for one in bearings})
    locked = select(ItemRow.id).where(ItemRow.id.in_(items)).order_by(ItemRow.id)
    session.execute(locked.with_for_update(key_share=True, read=True))
    of = sorted({one.instalment_id for one in bearings})
    asked = select(InstalmentRow).where(InstalmentRow.id.in_(of)).order_by(InstalmentRow.id)
    fresh = asked.with_for_update().execution_options(populate_existing=True)
    instalments = {row.id: row for row in session.scalars(fresh)}
    raised = _raise(session, bearings, instalments, at=at)
    _note_raised(session, raised, by=by, at=at)
    _open_again(session, raised, instalments, by=by, at=at)


def catch_up(session: Session, instalment_id: int, *, by: str, at: datetime) -> int:
    """Raise the alerts of what was taken back before an item came that bears on it; gives how many.

    A killed text comes in again as another outlet's copy of it. Again at once, this raises none.
    """
    ids = list(session.scalars(_TAKEN_BACK_BEFORE, {"instalment": instalment_id}))
    asked = select(ChangeRow).where(ChangeRow.id.in_(ids)).order_by(ChangeRow.id)
    bearings = [
        one
        for change in session.scalars(asked)
        for one in _bearings(session, change)
        if one.instalment_id == instalment_id
    ]
    if not bearings:
        return 0
    instalment = session.get_one(InstalmentRow, instalment_id)
    raised = _raise(session, bearings, {instalment_id: instalment}, at=at)
    _note_raised(session, raised, by=by, at=at)
    # What only told the same development may by now show the very text.
    for one in bearings:
        if one.bearing in FIRM:
            session.execute(
                update(AlertRow)
                .where(AlertRow.item_id == one.item_id, AlertRow.change_id == one.change.id)
                .where(AlertRow.bearing == "development", AlertRow.settled_at.is_(None))
                .values(bearing=one.bearing)
            )
    return len(raised)


# The last word about each story near an instalment's items that stands taken back now.
_TAKEN_BACK_BEFORE = text(
    """
    WITH shown AS (
        SELECT story_id, development_id FROM items WHERE instalment_id = :instalment
        UNION SELECT i.story_id, g.development_id FROM item_developments g
        JOIN items i ON i.id = g.item_id
        WHERE i.instalment_id = :instalment AND g.undone_at IS NULL
    ), root AS (
        SELECT coalesce(d.root_id, shown.story_id) AS id FROM shown
        LEFT JOIN duplicates d ON d.story_id = shown.story_id AND d.undone_at IS NULL
    ), near AS (
        SELECT id FROM root
        UNION SELECT d.story_id FROM duplicates d JOIN root ON root.id = d.root_id
        UNION SELECT m.story_id FROM development_stories m
        JOIN shown ON shown.development_id = m.development_id
    )
    SELECT DISTINCT ON (c.story_id) c.id FROM near
    JOIN stories s ON s.id = near.id AND s.status IN ('killed', 'withheld', 'withdrawn')
    JOIN story_changes c ON c.story_id = s.id AND c.kind = s.status
    ORDER BY c.story_id, c.id DESC
    """
)


def _bearings(session: Session, change: ChangeRow) -> list[_Bearing]:
    found = session.execute(
        _BEARINGS,
        {
            "story": change.story_id,
            "has_copies": change.kind in GRAVE,
            "has_others": change.kind in GRAVE - {"embargo"},
        },
    )
    return [
        _Bearing(change, item_id, bearing, instalment_id, state == "accepted")
        for item_id, bearing, instalment_id, state in found
    ]


# The nearest bearing of each item. An agency's kill reaches all who carry its text, whoever was
# read first; that an outlet takes its own page down reaches only the copies of that page.
_BEARINGS = text(
    """
    WITH RECURSIVE shown AS (
        SELECT coalesce(merged_into, id) AS id FROM stories WHERE id = :story
    ), mine AS (
        SELECT id FROM stories
        WHERE id = :story OR id = (SELECT id FROM shown)
            OR merged_into = (SELECT id FROM shown)
    ), root AS (
        SELECT d.root_id AS id FROM duplicates d JOIN mine ON mine.id = d.story_id
        JOIN stories s ON s.id = d.story_id JOIN outlets o ON o.id = s.outlet_id
        WHERE d.undone_at IS NULL AND o.kind = 'wire'
        UNION SELECT id FROM mine
    ), copies AS (
        SELECT d.story_id AS id FROM duplicates d JOIN root ON root.id = d.root_id
        WHERE d.undone_at IS NULL
        UNION SELECT id FROM root
        UNION
        SELECT other.story_id FROM development_stories me
        JOIN development_stories other ON other.development_id = me.development_id
        JOIN stories s ON s.id = other.story_id
        JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
        JOIN credits c ON c.version_id = v.id
        WHERE me.story_id = :story
            AND c.outlet_id = (SELECT outlet_id FROM stories WHERE id = :story)
    ), bearing AS (
        SELECT i.id, 1 AS nearness, 'own' AS bearing FROM items i JOIN mine ON mine.id = i.story_id
        UNION ALL
        SELECT q.item_id, 2, 'quote' FROM item_quotes q
        JOIN story_versions v ON v.id = q.version_id JOIN mine ON mine.id = v.story_id
        UNION ALL
        SELECT i.id, 3, 'copy' FROM items i JOIN copies ON copies.id = i.story_id
        WHERE :has_copies
        UNION ALL
        SELECT i.id, 4, 'development' FROM items i
        JOIN development_stories m ON m.development_id = i.development_id AND m.story_id = :story
        WHERE :has_others
        UNION ALL
        SELECT g.item_id, 4, 'development' FROM item_developments g
        JOIN development_stories m ON m.development_id = g.development_id AND m.story_id = :story
        WHERE :has_others AND g.undone_at IS NULL
    )
    SELECT DISTINCT ON (b.id) b.id, b.bearing, i.instalment_id, i.state
    FROM bearing b JOIN items i ON i.id = b.id
    ORDER BY b.id, b.nearness
    """
)


def _raise(
    session: Session,
    bearings: Sequence[_Bearing],
    instalments: Mapping[int, InstalmentRow],
    *,
    at: datetime,
) -> list[_Bearing]:
    """Add the alerts; gives the bearings whose alert is new."""
    rows = [
        {
            "item_id": one.item_id,
            "change_id": one.change.id,
            "bearing": one.bearing,
            "is_task": one.change.kind != "embargo"
            and _is_grave(one)
            and instalments[one.instalment_id].state in OUT,
            "raised_at": at,
        }
        for one in bearings
    ]
    kept = upsert(AlertRow).values(rows).on_conflict_do_nothing()
    written = session.execute(kept.returning(AlertRow.item_id, AlertRow.change_id))
    new = {(item_id, change_id) for item_id, change_id in written}
    return [one for one in bearings if (one.item_id, one.change.id) in new]


def _note_raised(session: Session, raised: Sequence[_Bearing], *, by: str, at: datetime) -> None:
    lines = [
        audit.Line(
            action="item.alert",
            subject_kind="item",
            subject_id=one.item_id,
            detail={"change": one.change.id, "kind": one.change.kind, "bearing": one.bearing},
        )
        for one in raised
    ]
    audit.note_all(session, lines, actor=by, at=at)


def _is_grave(one: _Bearing) -> bool:
    # Who carries a text that is under embargo elsewhere may have it from somebody else.
    bearings = ("own", "quote") if one.change.kind == "embargo" else FIRM
    return one.is_accepted and one.change.kind in GRAVE and one.bearing in bearings


def _open_again(
    session: Session,
    raised: Sequence[_Bearing],
    instalments: Mapping[int, InstalmentRow],
    *,
    by: str,
    at: datetime,
) -> None:
    """Send instalments back to be assembled whose accepted items can no longer stand as they are.

    A draft that is still open is woken: its untouched items may find a better story.
    """
    grave: dict[int, list[_Bearing]] = defaultdict(list)
    for one in raised:
        if _is_grave(one):
            grave[one.instalment_id].append(one)
    for number, causes in sorted(grave.items()):
        if (row := instalments[number]).state in CLOSING:
            reason = f"{_CAUSES[causes[0].change.kind]} {causes[0].change.said}".strip()
            take_step(session, row, "reopen", "assembling", by=by, user=None, reason=reason, at=at)
        elif row.state in OUT:  # a correction settles its tasks: none that nobody has seen
            row.version += 1
            session.execute(
                update(InstalmentRow).where(InstalmentRow.id == number).values(version=row.version)
            )
    still_open = [
        number for number, row in instalments.items() if row.state in {"assembling", "in_review"}
    ]
    work.wake(session, InstalmentRow, still_open)


def take_step(  # noqa: PLR0913  # what a step's row says, all by keyword
    session: Session,
    row: InstalmentRow,
    action: str,
    after: str,
    *,
    by: str,
    user: int | None,
    reason: str,
    at: datetime,
) -> None:
    """Move an instalment that is locked to another state; who, when and why stay beside it."""
    before, made = row.state, row.version + 1
    if after in OUT and before not in OUT:
        _ask_for_corrections(session, row.id)
    session.execute(
        update(InstalmentRow).where(InstalmentRow.id == row.id).values(state=after, version=made)
    )
    row.state, row.version = after, made  # so that whoever holds it sees it as it is
    session.execute(
        insert(StepRow).values(
            instalment_id=row.id,
            action=action,
            state_before=before,
            state_after=after,
            made_version=made,
            taken_by=by,
            user_id=user,
            reason=reason,
            taken_at=at,
        )
    )
    line = audit.Line(
        action=f"instalment.{action}",
        subject_kind="instalment",
        subject_id=row.id,
        detail={"from": before, "to": after, "reason": reason},
    )
    audit.note_all(session, [line], actor=by, at=at)


def _ask_for_corrections(session: Session, instalment_id: int) -> None:
    """What nobody has seen to before an instalment went out is to be corrected in it now."""
    grave = select(ChangeRow.id).where(ChangeRow.kind.in_(GRAVE - {"embargo"}))
    accepted = select(ItemRow.id).where(
        ItemRow.instalment_id == instalment_id, ItemRow.state == "accepted"
    )
    session.execute(
        update(AlertRow)
        .where(AlertRow.item_id.in_(accepted), AlertRow.change_id.in_(grave))
        .where(AlertRow.settled_at.is_(None), AlertRow.bearing.in_(FIRM))
        .values(is_task=True)
    )


def of_story(session: Session, story_id: int) -> list[dict[str, Any]]:
    """All that happened to a story, oldest first, for whoever looks at it."""
    shown = select(StoryRow.id).where(
        (StoryRow.id == story_id) | (StoryRow.merged_into == story_id)
    )
    asked = select(ChangeRow).where(ChangeRow.story_id.in_(shown)).order_by(ChangeRow.id)
    return [
        {"kind": one.kind, "at": one.at, "said": one.said, "by": one.made_by}
        for one in session.scalars(asked)
    ]
