"""What editors say to one another about an item. Comments are added and never changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit
from store.models import CommentRow, UserRow
from store.users import Person

LONGEST = 4000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One remark, by whom and when."""

    id: int
    who: str
    text: str
    at: datetime


def add(session: Session, item_id: int, by: Person, words: str, *, at: datetime) -> int:
    """Add a remark. Raises BadInput when it is empty or too long."""
    said = words.replace("\r\n", "\n").replace("\0", "").strip()
    if not said:
        raise BadInput("There is nothing to say yet: write a word into the field")
    if len(said) > LONGEST:
        raise BadInput(f"That is longer than {LONGEST} characters: say it shorter")
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
