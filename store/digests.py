"""What waits for a person and has not been told them, and the letters that tell it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from pipeline.letter import Waiting
from store import audit, comments, work
from store.models import (
    AlertRow,
    AssignmentRow,
    ChangeRow,
    CommentRow,
    DigestRow,
    InstalmentRow,
    ItemRow,
    SeriesRow,
    UserRow,
)

# One address, nothing that ends a header line or names a second one.
_ADDRESS = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_UNDECIDED = ("queued", "snoozed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to be written: to whom, and everything that waits and was not told yet."""

    id: int
    name: str
    address: str
    number: int  # of this person's letters, 1 first: a receiver tells two of the same by it
    waiting: Sequence[Waiting]
    tries: int


def write_to(session: Session, name: str, address: str, *, by: str, now: datetime) -> None:
    """Write to a person at this address from now on; '' writes no more. Raises BadInput."""
    user = session.scalars(select(UserRow).where(UserRow.name == name)).one_or_none()
    if user is None:
        raise BadInput(f"nobody is called {name!r}. `serieswatch users list` names everybody")
    if address and not _ADDRESS.fullmatch(address):
        raise BadInput(f"{address!r} is no mail address: write it as ann@newsroom.example")
    row = DigestRow
    if address:
        session.execute(
            insert(row)
            .values(user_id=user.id, address=address, told_until=now, work_state="done")
            .on_conflict_do_update(index_elements=["user_id"], set_={"address": address})
        )
    else:
        session.execute(delete(row).where(row.user_id == user.id))
    audit.note(
        session,
        actor=by,
        action="user.mail",
        subject_kind="user",
        subject_id=user.id,
        detail={"address": address},
    )


def address_of(session: Session, user_id: int) -> str:
    """Where a person is written to; '' for nowhere."""
    return session.scalar(select(DigestRow.address).where(DigestRow.user_id == user_id)) or ""


def wake(session: Session, *, quiet_seconds: float) -> None:
    """Make letters due, some time after what they tell of: what follows at once goes in as well.

    Only what `_waiting` would tell: a letter that had nothing to tell would be due again and again.
    """
    row = DigestRow
    stands = ItemRow.merged_into.is_(None)
    assigned = exists().where(
        AssignmentRow.user_id == row.user_id,
        AssignmentRow.by_id != row.user_id,
        AssignmentRow.at > row.told_until,
        ItemRow.id == AssignmentRow.item_id,
        ItemRow.state.in_(_UNDECIDED),
        stands,
    )
    changed = exists().where(
        AssignmentRow.user_id == row.user_id,
        ItemRow.id == AssignmentRow.item_id,
        stands,
        AlertRow.item_id == AssignmentRow.item_id,
        AlertRow.settled_at.is_(None),
        ChangeRow.id == AlertRow.change_id,
        ChangeRow.at > row.told_until,
    )
    said = exists().where(
        comments.concerns(row.user_id),
        CommentRow.written_at > row.told_until,
        ItemRow.id == CommentRow.item_id,
        stands,
    )
    able = exists().where(UserRow.id == row.user_id, UserRow.disabled_at.is_(None))
    asked = select(row.id).where(row.work_state == "done", able, or_(assigned, changed, said))
    found = list(session.scalars(asked))
    if found:
        work.wake(session, row, found)
        session.execute(
            update(row)
            .where(row.id.in_(found))
            .values(due_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, quiet_seconds))
        )


def due(session: Session, *, limit: int, ring_seconds: float) -> list[int]:
    """Take note of the letters that are due and give their ids."""
    return work.announce(session, DigestRow, limit=limit, ring_seconds=ring_seconds)


def load(session: Session, digest_id: int) -> Letter | None:
    """A letter with what it is to tell; None for somebody who is written to no more."""
    row = DigestRow
    asked = (
        select(row, UserRow.display_name)
        .join(UserRow, UserRow.id == row.user_id)
        .where(row.id == digest_id, UserRow.disabled_at.is_(None))
        .execution_options(populate_existing=True)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    one, name = found
    return Letter(
        id=one.id,
        name=name,
        address=one.address,
        number=one.sent + 1,
        waiting=_waiting(session, one.user_id, one.told_until),
        tries=one.attempts,
    )


def _waiting(session: Session, user_id: int, told_until: datetime) -> list[Waiting]:
    """What is newly theirs to decide, what became of its sources, and what was said to them."""
    said = comments.said_to(session, user_id, since=told_until)
    mine = (
        select(AssignmentRow, ItemRow, InstalmentRow, SeriesRow.key, SeriesRow.title, UserRow)
        .select_from(ItemRow)
        .outerjoin(
            AssignmentRow,
            (AssignmentRow.item_id == ItemRow.id) & (AssignmentRow.user_id == user_id),
        )
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .outerjoin(UserRow, UserRow.id == AssignmentRow.by_id)
        .where(or_(AssignmentRow.user_id == user_id, ItemRow.id.in_(list(said))))
        .where(ItemRow.merged_into.is_(None))
        .order_by(SeriesRow.key, InstalmentRow.number, ItemRow.position)
    )
    happened = (
        select(AlertRow.item_id, ChangeRow.kind)
        .join(ChangeRow, ChangeRow.id == AlertRow.change_id)
        .join(AssignmentRow, AssignmentRow.item_id == AlertRow.item_id)
        .where(AssignmentRow.user_id == user_id, AlertRow.settled_at.is_(None))
        .where(ChangeRow.at > told_until)
        .order_by(ChangeRow.id)
    )
    changes: dict[int, list[str]] = {}
    for item_id, kind in session.execute(happened):
        changes.setdefault(item_id, []).append(kind)

    found = []
    for row in session.execute(mine):
        given: AssignmentRow | None = row[0]
        giver: UserRow | None = row[5]
        _, item, instalment, key, title, _ = row
        is_new = (
            given is not None
            and given.at > told_until
            and given.by_id != user_id
            and item.state in _UNDECIDED
        )
        if is_new or item.id in changes or item.id in said:
            one = Waiting(
                item=item.id,
                headline=item.headline,
                series=key,
                series_title=title,
                number=instalment.number,
                by="" if giver is None else giver.display_name,
                is_new=is_new,
                happened=tuple(changes.get(item.id, ())),
                said=tuple(said.get(item.id, ())),
            )
            found.append(one)
    return found


def note_sent(session: Session, letter: Letter, *, until: datetime) -> None:
    """A letter went out that told everything up to that moment."""
    row = DigestRow
    session.execute(
        update(row).where(row.id == letter.id).values(told_until=until, sent=letter.number, said="")
    )


def note_failed(session: Session, letter: Letter, *, said: str) -> None:
    """A letter did not go out; it will be tried again, with what has come until then."""
    session.execute(update(DigestRow).where(DigestRow.id == letter.id).values(said=said))
