"""Watched directories and mailboxes: what of them was taken, and how their feeds are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store.models import DroppedFileRow, FeedRow, MailboxRow, PollCountRow

# A file that is gone is forgotten after this long: a share that was away comes back as it was.
FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file as it was seen: by these facts it is known again."""

    name: str
    size: int
    changed_ns: int
    state: str  # seen (perhaps still being written), taken, refused
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a mailbox was read: the last message's UID, and what makes UIDs valid."""

    validity: int
    last_uid: int


def seen_files(session: Session, feed_id: int) -> dict[str, SeenFile]:
    """All files of a directory that are remembered, by name."""
    row = DroppedFileRow
    asked = select(row.name, row.size, row.changed_ns, row.state, row.hash)
    return {
        name: SeenFile(name=name, size=size, changed_ns=changed, state=state, hash=hashed)
        for name, size, changed, state, hashed in session.execute(
            asked.where(row.feed_id == feed_id)
        )
    }


def remember_files(session: Session, feed_id: int, files: Sequence[SeenFile]) -> None:
    """Remember files as they were seen, in the transaction that keeps what was taken of them."""
    if not files:
        return
    statement = insert(DroppedFileRow).values(
        [
            {
                "feed_id": feed_id,
                "name": file.name,
                "size": file.size,
                "changed_ns": file.changed_ns,
                "state": file.state,
                "hash": file.hash,
            }
            for file in sorted(files, key=lambda file: file.name)
        ]
    )
    names = ("size", "changed_ns", "state", "hash")
    changed = {name: statement.excluded[name] for name in names} | {"seen_at": func.now()}
    session.execute(
        statement.on_conflict_do_update(index_elements=["feed_id", "name"], set_=changed)
    )


def forget_files(session: Session, feed_id: int, names: Sequence[str]) -> None:
    """Forget those of the files that have been gone for long."""
    row = DroppedFileRow
    session.execute(
        delete(row).where(
            row.feed_id == feed_id,
            row.name.in_(names),
            row.seen_at < func.now() - FORGET_AFTER,
        )
    )


def mark(session: Session, feed_id: int) -> Mark | None:
    """How far a mailbox was read, None where it never was."""
    found = session.get(MailboxRow, feed_id)
    return None if found is None else Mark(found.validity, found.last_uid)


def set_mark(session: Session, feed_id: int, to: Mark) -> None:
    """Remember how far a mailbox was read, in the transaction that keeps its messages."""
    facts = {"validity": to.validity, "last_uid": to.last_uid}
    session.execute(
        insert(MailboxRow)
        .values(feed_id=feed_id, **facts)
        .on_conflict_do_update(index_elements=["feed_id"], set_=facts)
    )


def note_look(session: Session, feed_id: int, *, state: str, reason: str, is_failure: bool) -> None:
    """Write down how a look at a directory or mailbox ended, as polls are written down."""
    row = FeedRow
    told = {
        "state": state,
        "reason": reason[:1000],
        "state_since": case((row.state == state, row.state_since), else_=func.now()),
        "last_attempt_at": func.now(),
        "failures": row.failures + 1 if is_failure else 0,
    }
    if not is_failure:
        told["last_success_at"] = func.now()
    session.execute(update(row).where(row.id == feed_id).values(**told))
    session.execute(
        insert(PollCountRow)
        .values(feed_id=feed_id, state=state, polls=1)
        .on_conflict_do_update(
            index_elements=["feed_id", "state"], set_={"polls": PollCountRow.polls + 1}
        )
    )
