"""What editors say to one another about an item. Comments are added and never changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, insert, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pipeline.errors import BadInput
from store import audit
from store.models import (
    AssignmentRow,
    CommentRow,
    DecisionRow,
    InstalmentRow,
    ItemRow,
    SeriesRow,
    UserRow,
)
from store.users import Person

LONGEST = 4000  # characters
_OPEN = ("assembling", "in_review", "ready")
_MOST = 50
_AGAIN = timedelta(minutes=1)  # the same words of the same person are the same press so long
_FRESH = timedelta(days=7)  # what was said to somebody is shown so long, if they do not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One remark, by whom and when."""

    id: int
    who: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A remark for somebody, with the item it is about."""

    item_id: int
    headline: str
    place: str  # the instalment, in words
    who: str
    text: str
    at: datetime


def add(session: Session, item_id: int, by: Person, words: str, *, at: datetime) -> int:
    """Add a remark; pressed twice it is one. Raises BadInput when it is empty or too long."""
    said = words.replace("\r\n", "\n").replace("\0", "").strip()
    if not said:
        raise BadInput("There is nothing to say yet: write a word into the field")
    if len(said) > LONGEST:
        raise BadInput(f"That is longer than {LONGEST} characters: say it shorter")
    # The item's row is held, so that of two presses at once the second sees the first.
    held = select(ItemRow.id).where(ItemRow.id == item_id)
    session.execute(held.with_for_update(key_share=True))
    asked = select(CommentRow).where(CommentRow.item_id == item_id)
    last = session.scalar(asked.order_by(CommentRow.id.desc()).limit(1))
    if (
        last is not None  # said again behind somebody's answer, it is another remark
        and (last.author_id, last.text) == (by.id, said)
        and last.written_at > at - _AGAIN
    ):
        return last.id
    comment_id = session.scalars(
        insert(CommentRow)
        .values(item_id=item_id, author_id=by.id, text=said, written_at=at)
        .returning(CommentRow.id)
    ).one()
    audit.note(
        session,
        actor=by.name,
        action="item.comment",
        subject_kind="item",
        subject_id=item_id,
        detail={"comment": comment_id},
    )
    return comment_id


def of_item(session: Session, item_id: int) -> list[Comment]:
    """What was said of an item, the oldest first."""
    asked = (
        select(CommentRow, UserRow.display_name)
        .join(UserRow, UserRow.id == CommentRow.author_id)
        .where(CommentRow.item_id == item_id)
        .order_by(CommentRow.written_at, CommentRow.id)
    )
    return [
        Comment(id=row.id, who=who, text=row.text, at=row.written_at)
        for row, who in session.execute(asked)
    ]


def concerns(
    user_id: int | ColumnElement[int] | InstrumentedAttribute[int],
) -> ColumnElement[bool]:
    """Whether a comment is for somebody: of what is theirs to see to, or an answer to theirs."""
    earlier, given = aliased(CommentRow), aliased(AssignmentRow)
    theirs = exists().where(given.user_id == user_id, given.item_id == CommentRow.item_id)
    answered = exists().where(
        earlier.author_id == user_id,
        earlier.item_id == CommentRow.item_id,
        earlier.id < CommentRow.id,
    )
    return and_(CommentRow.author_id != user_id, or_(theirs, answered))


def said_to(session: Session, user_id: int, *, since: datetime) -> dict[int, list[tuple[str, str]]]:
    """What others have said since then that is for somebody, by item: who, and their words."""
    asked = (
        select(CommentRow.item_id, UserRow.display_name, CommentRow.text)
        .join(UserRow, UserRow.id == CommentRow.author_id)
        .where(CommentRow.written_at > since, concerns(user_id))
        .order_by(CommentRow.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for item_id, who, words in session.execute(asked):
        found.setdefault(item_id, []).append((who, words))
    return found


def _waits(
    user_id: int | ColumnElement[int], now: datetime | ColumnElement[datetime]
) -> ColumnElement[bool]:
    """Whether a comment waits for somebody: for them, and neither answered nor decided upon."""
    own, decided = aliased(CommentRow), DecisionRow
    answered = exists().where(
        own.author_id == user_id, own.item_id == CommentRow.item_id, own.id > CommentRow.id
    )
    settled = exists().where(
        decided.user_id == user_id,
        decided.item_id == CommentRow.item_id,
        decided.decided_at > CommentRow.written_at,
    )
    return and_(CommentRow.written_at > now - _FRESH, concerns(user_id), ~answered, ~settled)


def awaiting(
    user_id: int | ColumnElement[int], now: datetime | ColumnElement[datetime]
) -> Select[int]:
    """The items of open instalments about which something was said to somebody, and waits."""
    item = aliased(ItemRow)  # whoever asks has items of their own in the question
    return (
        select(CommentRow.item_id)
        .join(item, item.id == CommentRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == item.instalment_id)
        .where(_waits(user_id, now), InstalmentRow.state.in_(_OPEN))
        .correlate(None)
    )


def unanswered(session: Session, user: Person, *, now: datetime) -> list[Unanswered]:
    """What was said to somebody lately that they have neither answered nor decided about.

    Of open instalments; the latest word about each item, the latest first.
    """
    asked = (
        select(CommentRow, UserRow.display_name, ItemRow.headline, SeriesRow.title)
        .add_columns(InstalmentRow.number)
        .join(UserRow, UserRow.id == CommentRow.author_id)
        .join(ItemRow, ItemRow.id == CommentRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(_waits(user.id, now))
        .where(ItemRow.merged_into.is_(None), InstalmentRow.state.in_(_OPEN))
        .order_by(CommentRow.id.desc())
        .limit(_MOST)
    )
    found: dict[int, Unanswered] = {}
    for row, who, headline, title, number in session.execute(asked):
        found.setdefault(
            row.item_id,
            Unanswered(
                item_id=row.item_id, headline=headline, place=f"{title} No. {number}",
                who=who, text=row.text, at=row.written_at,
            ),
        )  # fmt: skip
    return list(found.values())


def carry(session: Session, from_id: int, to_id: int) -> None:
    """Say what was said of one item of another, too, which stands for it now. Again, none twice."""
    session.execute(_CARRY, {"here": from_id, "there": to_id})


_CARRY = text(
    """
    INSERT INTO item_comments (item_id, author_id, text, written_at)
    SELECT :there, c.author_id, c.text, c.written_at FROM item_comments c
    WHERE c.item_id = :here AND NOT EXISTS (
        SELECT FROM item_comments o WHERE o.item_id = :there AND o.author_id = c.author_id
            AND o.written_at = c.written_at AND o.text = c.text
    )
    ORDER BY c.written_at, c.id
    """
)
