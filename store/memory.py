"""What is remembered of each feed's raw items, so that no parser reads one of them twice."""

from collections.abc import Sequence

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.records import Memory
from store.models import DocumentRow, FeedMemoryRow

HASH = 16  # bytes
DOCUMENTS = 4  # items leave a feed and come back: so many documents' worth is remembered
LEAST = 256  # items, however short the document
MOST = 8192  # items, however long


def load(session: Session, feed_ids: Sequence[int]) -> dict[int, Memory]:
    """What is remembered of these feeds; a feed that was never read is left out.

    So is one of which a document waits to be read: what that changes, this one may change back.
    """
    row = FeedMemoryRow
    is_waiting = exists().where(
        DocumentRow.feed_id == row.feed_id, DocumentRow.work_state == "ready"
    )
    asked = select(row.feed_id, row.frame, row.items).where(row.feed_id.in_(feed_ids), ~is_waiting)
    return {
        feed_id: Memory(frame, frozenset(_split(items)))
        for feed_id, frame, items in session.execute(asked)
    }


_KEPT = text("SELECT frame, items FROM feed_memory WHERE feed_id = :feed FOR UPDATE")
_REMEMBERED = text("""
    INSERT INTO feed_memory (feed_id, frame, items, seen, known)
    VALUES (:feed, :frame, :items, :seen, :known)
    ON CONFLICT (feed_id) DO UPDATE SET
        frame = excluded.frame,
        items = excluded.items,
        seen = feed_memory.seen + excluded.seen,
        known = feed_memory.known + excluded.known
""")


def remember(  # noqa: PLR0913  # the facts of one document, each by its name
    session: Session,
    feed_id: int,
    *,
    frame: str,
    hashes: bytes,
    counts: int | None,
    has_changes: bool = False,
) -> None:
    """Remember a document's items, in the transaction that takes them in or sets them aside.

    `hashes` are those of all its items, `counts` says how many were known, None to count nothing
    (a replay). Under another frame than before nothing that was remembered holds any more; nor
    does it once a story is worded anew: its old wording may come back, and must then be seen.
    """
    before = session.execute(_KEPT, {"feed": feed_id}).one_or_none()
    holds = before is not None and before.frame == frame and not has_changes
    kept = _split(before.items) if before is not None and holds else []
    new = _split(hashes)
    most = min(max(DOCUMENTS * len(new), LEAST), MOST)
    known, seen = (0, 0) if counts is None else (counts, len(new))
    session.execute(
        _REMEMBERED,
        {
            "feed": feed_id,
            "frame": frame,
            "items": b"".join(list(dict.fromkeys([*new, *kept]))[:most]),
            "seen": seen,
            "known": known,
        },
    )


def count_known(session: Session, counted: Sequence[tuple[int, int]]) -> None:
    """Count documents of which all items were known: feed and number of items of each."""
    row = FeedMemoryRow
    statement = insert(row).values(
        [{"feed_id": f, "frame": "", "items": b"", "seen": n, "known": n} for f, n in counted]
    )
    more = {
        "seen": row.seen + statement.excluded.seen,
        "known": row.known + statement.excluded.known,
    }
    session.execute(statement.on_conflict_do_update(index_elements=["feed_id"], set_=more))


def _split(items: bytes) -> list[bytes]:
    return [items[at : at + HASH] for at in range(0, len(items), HASH)]
