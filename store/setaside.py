"""What could not be processed: kept with its bytes and reason, looked at, sent round again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store.models import FeedRow, SetAsideRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Something to be set aside: an answer, a document or one item of it."""

    feed_id: int
    document_id: int | None
    stage: str  # fetch, parse, item
    state: str
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideLine:
    """One set-aside thing as the console and the desk list it."""

    id: int
    feed: str  # address
    feed_id: int
    document_id: int | None
    stage: str
    state: str
    reason: str
    bytes: int
    first_at: datetime
    last_at: datetime
    times: int
    settled_at: datetime | None
    settled_how: str | None


def keep(session: Session, things: Sequence[SetAside], *, at: datetime) -> None:
    """Set things aside at product time `at`. The same bytes again count up, they add no row.

    What had been dealt with and comes again is open again.
    """
    rows: dict[tuple[int, str, str], dict[str, object]] = {}
    for thing in things:
        # A page served instead of a feed is another one at each poll: one row for all of them.
        identity = thing.state.encode() if thing.stage == "fetch" else thing.raw
        raw_hash = hashlib.sha256(identity).hexdigest()
        rows[thing.feed_id, thing.stage, raw_hash] = {
            "feed_id": thing.feed_id,
            "document_id": thing.document_id,
            "stage": thing.stage,
            "state": thing.state,
            "reason": thing.reason,
            "raw": thing.raw,
            "raw_hash": raw_hash,
            "first_at": at,
            "last_at": at,
        }
    if not rows:
        return
    statement = insert(SetAsideRow).values([rows[key] for key in sorted(rows)])
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["feed_id", "stage", "raw_hash"],
            set_={
                "times": SetAsideRow.times + 1,
                "last_at": func.greatest(SetAsideRow.last_at, statement.excluded.last_at),
                "state": statement.excluded.state,
                "raw": statement.excluded.raw,
                "reason": statement.excluded.reason,
                "document_id": statement.excluded.document_id,
                "settled_at": None,
                "settled_how": None,
            },
        )
    )


def lines(session: Session, *, settled: bool = False) -> list[SetAsideLine]:
    """What is set aside, oldest first; with `settled` also what has been dealt with."""
    row = SetAsideRow
    asked = (
        select(row, FeedRow.url, func.octet_length(row.raw))
        .join(FeedRow, FeedRow.id == row.feed_id)
        .order_by(row.id)
    )
    if not settled:
        asked = asked.where(row.settled_at.is_(None))
    return [
        SetAsideLine(
            id=kept.id,
            feed=url,
            feed_id=kept.feed_id,
            document_id=kept.document_id,
            stage=kept.stage,
            state=kept.state,
            reason=kept.reason,
            bytes=size,
            first_at=kept.first_at,
            last_at=kept.last_at,
            times=kept.times,
            settled_at=kept.settled_at,
            settled_how=kept.settled_how,
        )
        for kept, url, size in session.execute(asked)
    ]


def latest(session: Session, *, limit: int = 100) -> list[SetAsideLine]:
    """What is set aside and not dealt with, what came last first."""
    return _lines(session, SetAsideRow.settled_at.is_(None), limit=limit)


def newest(session: Session, *, before: int | None, limit: int) -> list[SetAsideLine]:
    """What is set aside and not dealt with, by number, the highest first; those below `before`."""
    row = SetAsideRow
    asked = (
        select(*_COLUMNS)
        .join(FeedRow, FeedRow.id == row.feed_id)
        .where(row.settled_at.is_(None))
        .order_by(row.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(row.id < before)
    return [SetAsideLine(**found) for found in session.execute(asked).mappings()]


def of_feed(session: Session, feed_id: int, *, limit: int = 20) -> list[SetAsideLine]:
    """What was set aside of one feed, dealt with or not, what came last first."""
    return _lines(session, SetAsideRow.feed_id == feed_id, limit=limit)


def _lines(session: Session, which: ColumnElement[bool], *, limit: int) -> list[SetAsideLine]:
    asked = (
        select(*_COLUMNS)
        .join(FeedRow, FeedRow.id == SetAsideRow.feed_id)
        .where(which)
        .order_by(SetAsideRow.last_at.desc(), SetAsideRow.id.desc())
        .limit(limit)
    )
    return [SetAsideLine(**row) for row in session.execute(asked).mappings()]


_COLUMNS = (
    *(SetAsideRow.id, FeedRow.url.label("feed"), SetAsideRow.feed_id, SetAsideRow.document_id),
    *(SetAsideRow.stage, SetAsideRow.state, SetAsideRow.reason),
    func.octet_length(SetAsideRow.raw).label("bytes"),
    *(SetAsideRow.first_at, SetAsideRow.last_at, SetAsideRow.times),
    *(SetAsideRow.settled_at, SetAsideRow.settled_how),
)


def show(session: Session, number: int) -> tuple[SetAsideLine, bytes] | None:
    """One set-aside thing and its bytes; None if there is none of that number."""
    raw = session.scalar(select(SetAsideRow.raw).where(SetAsideRow.id == number))
    if raw is None:
        return None
    return _lines(session, SetAsideRow.id == number, limit=1)[0], raw


_SETTLED = text("""
    UPDATE set_aside SET
        settled_at = now(),
        settled_how = CASE WHEN document_id = :document THEN 'replayed'
            ELSE 'the feed is well again' END
    WHERE settled_at IS NULL AND feed_id = :feed AND (document_id = :document OR stage = 'fetch')
""")


def settle(session: Session, *, feed_id: int, document_id: int) -> None:
    """Close what had been set aside of a document that has now been processed.

    And what its feed answered instead of a document, now that it gives documents again.
    """
    session.execute(_SETTLED, {"feed": feed_id, "document": document_id})


def documents_to_replay(session: Session, numbers: Sequence[int]) -> list[int]:
    """The documents behind open set-aside things; all of them when no numbers are given."""
    asked = (
        select(SetAsideRow.document_id)
        .where(SetAsideRow.settled_at.is_(None), SetAsideRow.document_id.is_not(None))
        .distinct()
    )
    if numbers:
        asked = asked.where(SetAsideRow.id.in_(numbers))
    return sorted(found for found in session.scalars(asked) if found is not None)


def count(session: Session) -> int:
    """How many things are set aside and not dealt with."""
    asked = select(func.count()).select_from(SetAsideRow).where(SetAsideRow.settled_at.is_(None))
    return session.scalar(asked) or 0
