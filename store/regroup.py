"""Rulings: an editor merges two developments or splits one. They outrank every score.

A ruling moves the stories themselves, so whoever reads which story belongs where reads it ruled,
and clustering goes on from there. What it changed it keeps, so an undo puts all of it back; what
arrived meanwhile stays where it is. Items of open instalments go along; closed ones are history.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.errors import BadInput
from pipeline.text import content_words
from store import audit, developments, itemjoins, rulings, work
from store.drafts import OPEN_STATES
from store.models import (
    DevelopmentRow,
    DuplicateRow,
    InstalmentRow,
    MatchRow,
    MemberRow,
    RulingRow,
    StoryRow,
    VersionRow,
)
from store.models.foundation import Json
from store.rulings import Ruling


def merge(  # noqa: PLR0913  # who rules what when and why: each a plain fact
    session: Session, into_id: int, other_id: int, *, by: str, at: datetime, reason: str = ""
) -> Ruling:
    """Make one development of two: the stories and open items of `other_id` go to `into_id`.

    Raises BadInput for one that is not there, is merged already, or is the same.
    """
    developments.take_turn(session)
    if into_id == other_id:
        raise BadInput(f"development {into_id} cannot be merged into itself; name two developments")
    for number in (into_id, other_id):
        _standing(session, number)
    revision = developments.next_revision(session)
    story_ids = _members(session, other_id)
    _move(session, story_ids, into_id)
    before: Json = {"merged": _repoint(session, DevelopmentRow.merged_into, other_id, into_id)}
    before["followers"] = _repoint(session, DevelopmentRow.follows_id, other_id, into_id)
    # What followed itself would be no sequence: the later of the two follows what the first did.
    _unfollow_itself(session, into_id, before)
    _change(session, other_id, merged_into=into_id, revision=revision)
    _settle(session, [into_id], revision=revision)
    before["items"] = itemjoins.join(session, other_id, into_id, at=at, by=by)
    ruling = _record(
        session,
        kind="merge",
        development_id=into_id,
        other_id=other_id,
        story_ids=story_ids,
        reason=reason,
        decided_by=by,
        decided_at=at,
        revision=revision,
        before=before,
    )
    _wake(session, story_ids)
    return ruling


def split(  # noqa: PLR0913  # who rules what when and why: each a plain fact
    session: Session,
    development_id: int,
    story_ids: Sequence[int],
    *,
    by: str,
    at: datetime,
    reason: str = "",
) -> Ruling:
    """Make a development of its own of some stories of one; their copies go along.

    Raises BadInput for stories that are not there, or that are all there is.
    """
    developments.take_turn(session)
    old = _standing(session, development_id)
    members = _members(session, development_id)
    strangers = sorted(set(story_ids) - set(members))
    if not story_ids or strangers:
        named = ", ".join(map(str, strangers)) or "none"
        raise BadInput(
            f"these stories are not in development {development_id}: {named}; "
            f"`serieswatch developments show {development_id}` lists those that are"
        )
    moved = [number for number in _families(session, story_ids) if number in set(members)]
    if len(moved) == len(members):
        raise BadInput(
            f"these are all stories of development {development_id}, with their copies: "
            "leave at least one"
        )
    revision = developments.next_revision(session)
    [other_id] = developments.next_ids(session, 1)
    title = _first_title(session, moved)
    session.execute(
        insert(DevelopmentRow).values(
            id=other_id,
            title=title,
            words=sorted(content_words(title)),
            first_at=at,
            last_at=at,
            revision=revision,
        )
    )
    before: Json = {"title": old.title, "words": old.words}
    _move(session, moved, other_id)
    kept_title = _first_title(session, sorted(set(members) - set(moved)))
    _change(session, development_id, title=kept_title, words=sorted(content_words(kept_title)))
    _settle(session, [development_id, other_id], revision=revision)
    before["items"] = itemjoins.part(session, development_id, other_id, moved, by=by)
    ruling = _record(
        session,
        kind="split",
        development_id=development_id,
        other_id=other_id,
        story_ids=moved,
        reason=reason,
        decided_by=by,
        decided_at=at,
        revision=revision,
        before=before,
    )
    _wake(session, members)
    return ruling


def undo(session: Session, ruling_id: int, *, by: str, at: datetime) -> Ruling:
    """Take a ruling back. Raises BadInput where that is done, or a later ruling rests on it."""
    developments.take_turn(session)
    row = session.get(RulingRow, ruling_id, populate_existing=True)
    if row is None:
        raise BadInput(f"there is no ruling {ruling_id}: `serieswatch developments show ID` lists")
    if row.undone_at is not None:
        raise BadInput(f"ruling {ruling_id} was taken back by {row.undone_by} already")
    both = (row.development_id, row.other_id)
    later = session.scalar(
        select(func.max(RulingRow.id)).where(
            RulingRow.id > ruling_id,
            RulingRow.undone_at.is_(None),
            or_(RulingRow.development_id.in_(both), RulingRow.other_id.in_(both)),
        )
    )
    if later is not None:
        raise BadInput(f"ruling {later} rests on ruling {ruling_id}: undo that one first")
    revision = developments.next_revision(session)
    if row.kind == "merge":
        changed = _part_again(session, row, by=by, at=at)
    else:
        changed = _join_again(session, row, by=by, at=at)
    _settle(session, list(both), revision=revision)
    session.execute(
        update(RulingRow)
        .where(RulingRow.id == ruling_id)
        .values(undone_by=by, undone_at=at, revision=revision, story_ids=changed)
    )
    _note(session, by, "undo", row.development_id, ruling_id)
    _wake(session, [*_members(session, both[0]), *_members(session, both[1])])
    return rulings.told(session.get_one(RulingRow, ruling_id, populate_existing=True))


def _part_again(session: Session, row: RulingRow, *, by: str, at: datetime) -> list[int]:
    """Take a merge back: what was moved goes home, and its copies that came meanwhile."""
    into = set(_members(session, row.development_id))
    # A copy that stood in the other one before the merge stays, whatever text it is of by now.
    came_since = set(
        session.scalars(
            select(MemberRow.story_id).where(
                MemberRow.development_id == row.development_id,
                MemberRow.decided_at > row.decided_at,
            )
        )
    )
    goes = into & ({*row.story_ids} | came_since)
    home = [number for number in _families(session, row.story_ids) if number in goes]
    _move(session, home, row.other_id)
    _change(session, row.other_id, merged_into=None)
    for column, ids in (
        (DevelopmentRow.merged_into, row.before["merged"]),
        (DevelopmentRow.follows_id, row.before["followers"]),
    ):
        changed = update(DevelopmentRow).where(DevelopmentRow.id.in_(ids))
        session.execute(changed.values({column: row.other_id}))
    if "follows" in row.before:
        _change(session, row.development_id, follows_id=row.before["follows"])
    itemjoins.unjoin(session, row.before["items"], at=at, by=by)
    return home


def _join_again(session: Session, row: RulingRow, *, by: str, at: datetime) -> list[int]:
    """Take a split back: whatever is told of the new development goes to the old one again."""
    moved = _members(session, row.other_id)
    _move(session, moved, row.development_id)
    _repoint(session, DevelopmentRow.merged_into, row.other_id, row.development_id)
    _repoint(session, DevelopmentRow.follows_id, row.other_id, row.development_id)
    _unfollow_itself(session, row.development_id, {})
    _change(session, row.other_id, merged_into=row.development_id)
    _change(session, row.development_id, title=row.before["title"], words=row.before["words"])
    itemjoins.join(session, row.other_id, row.development_id, at=at, by=by)
    return moved


# --- writing


def _standing(session: Session, development_id: int) -> DevelopmentRow:
    row = session.get(DevelopmentRow, development_id, populate_existing=True)
    if row is None:
        raise BadInput(
            f"there is no development {development_id}: `serieswatch developments list` shows them"
        )
    if row.merged_into is not None:
        raise BadInput(
            f"development {development_id} is part of development {row.merged_into} now; "
            "name that one"
        )
    return row


def _members(session: Session, development_id: int) -> list[int]:
    row = MemberRow
    asked = select(row.story_id).where(row.development_id == development_id)
    return list(session.scalars(asked.order_by(row.story_id)))


def _families(session: Session, story_ids: Sequence[int]) -> list[int]:
    """These stories with their originals and all copies of those."""
    row = DuplicateRow
    stands = row.undone_at.is_(None)
    roots = select(row.root_id).where(stands, row.story_id.in_(story_ids))
    originals = {*story_ids, *session.scalars(roots)}
    copies = select(row.story_id).where(stands, row.root_id.in_(originals))
    return sorted({*originals, *session.scalars(copies)})


def _move(session: Session, story_ids: Sequence[int], development_id: int) -> None:
    moved = update(MemberRow).where(MemberRow.story_id.in_(story_ids))
    session.execute(moved.values(development_id=development_id))


def _repoint(
    session: Session, column: InstrumentedAttribute[int | None], from_id: int, to_id: int
) -> list[int]:
    """Let what points at one development point at another; gives whose pointers they are."""
    changed = update(DevelopmentRow).where(column == from_id).values({column: to_id})
    return sorted(session.scalars(changed.returning(DevelopmentRow.id)))


def _unfollow_itself(session: Session, development_id: int, before: Json) -> None:
    row = session.get_one(DevelopmentRow, development_id, populate_existing=True)
    if row.follows_id == development_id:
        before["follows"] = None
        _change(session, development_id, follows_id=None)


def _change(session: Session, development_id: int, **values: object) -> None:
    session.execute(
        update(DevelopmentRow).where(DevelopmentRow.id == development_id).values(**values)
    )


def _settle(session: Session, ids: Sequence[int], *, revision: int) -> None:
    """Give developments the times of the stories they have now, and a new revision."""
    times = (
        select(
            MemberRow.development_id,
            func.min(StoryRow.first_seen_at).label("first"),
            func.max(StoryRow.first_seen_at).label("last"),
        )
        .join(StoryRow, StoryRow.id == MemberRow.story_id)
        .where(MemberRow.development_id.in_(ids))
        .group_by(MemberRow.development_id)
        .subquery()
    )
    session.execute(
        update(DevelopmentRow)
        .where(DevelopmentRow.id == times.c.development_id)
        .values(first_at=times.c.first, last_at=times.c.last)
    )
    of_ids = update(DevelopmentRow).where(DevelopmentRow.id.in_(ids))
    session.execute(of_ids.values(revision=revision))


def _first_title(session: Session, story_ids: Sequence[int]) -> str:
    asked = (
        select(VersionRow.title)
        .join(
            StoryRow,
            (StoryRow.id == VersionRow.story_id) & (StoryRow.current_version == VersionRow.number),
        )
        .where(StoryRow.id.in_(story_ids))
        .order_by(StoryRow.first_seen_at, StoryRow.id)
        .limit(1)
    )
    return session.execute(asked).scalar_one()


def _wake(session: Session, story_ids: Sequence[int]) -> None:
    """Let the open instalments that these stories belong to be drafted anew."""
    asked = (
        select(MatchRow.instalment_id)
        .distinct()
        .join(InstalmentRow, InstalmentRow.id == MatchRow.instalment_id)
        .where(MatchRow.story_id.in_(story_ids), InstalmentRow.state.in_(OPEN_STATES))
    )
    work.wake(session, InstalmentRow, sorted(session.scalars(asked)))


def _record(session: Session, **values: object) -> Ruling:
    row = session.scalars(insert(RulingRow).values(**values).returning(RulingRow)).one()
    _note(session, row.decided_by, row.kind, row.development_id, row.id)
    return rulings.told(row)


def _note(session: Session, by: str, action: str, development_id: int, ruling_id: int) -> None:
    audit.note(
        session,
        actor=by,
        action=f"development.{action}",
        subject_kind="development",
        subject_id=development_id,
        detail={"ruling": ruling_id},
    )
