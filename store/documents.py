"""Captured documents: what was new in every answer, kept before anything reads it."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Interval, bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from pipeline.errors import LeaseLost
from pipeline.records import Answer, Custom, Gated, OutletKind
from store import wires, work
from store.models import DocumentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer to be kept, cut down to what is new in it."""

    feed_id: int
    answer: Answer
    body_hash: str
    gated: Gated
    way: str = "poll"  # poll, audit, push, archive, drop, mail


def keep_all(
    session: Session,
    captures: Sequence[Capture],
    *,
    fetch_token: uuid.UUID,
    at: datetime,
    ring_seconds: float = 0,
) -> list[int]:
    """Keep answers, ready to be parsed; gives the documents' ids in the order of the answers.

    Who rings for them at once says for how long nobody else need do so.
    """
    if not captures:
        return []
    rows = [
        {
            "feed_id": one.feed_id,
            "fetch_token": fetch_token,
            "captured_at": at,
            "url": one.answer.url,
            "status": one.answer.status,
            "headers": dict(one.answer.headers),
            "body": one.gated.body,
            "body_hash": one.body_hash,
            "way": one.way,
            "items": len(one.gated.hashes) or None,
            "known": one.gated.known,
            "frame": one.gated.frame,
            "hashes": b"".join(one.gated.hashes) or None,
            "ring": timedelta(seconds=ring_seconds),
        }
        for one in captures
    ]
    statement = (
        insert(DocumentRow)
        .values(announced_until=func.now() + bindparam("ring", type_=Interval))
        .returning(DocumentRow.id, sort_by_parameter_order=True)
    )
    return list(session.scalars(statement, rows))


def keep(  # noqa: PLR0913  # the facts of one capture, each by its name
    session: Session,
    *,
    feed_id: int,
    fetch_token: uuid.UUID,
    answer: Answer,
    body_hash: str,
    at: datetime,
    way: str = "poll",
) -> int:
    """Keep one answer whole, as it came, ready to be parsed; gives the document's id."""
    whole = Gated(body=answer.body, frame="")
    capture = Capture(feed_id=feed_id, answer=answer, body_hash=body_hash, gated=whole, way=way)
    return keep_all(session, [capture], fetch_token=fetch_token, at=at)[0]


def load(session: Session, document_id: int) -> DocumentRow:
    """The whole row, bytes included. Raises NoResultFound for an unknown id."""
    return session.scalars(select(DocumentRow).where(DocumentRow.id == document_id)).one()


def answer(document: DocumentRow) -> Answer:
    """The answer as it was when it came."""
    return Answer(
        url=document.url,
        status=document.status,
        headers=document.headers,
        body=document.body,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A kept document under a lease, with what reading it needs to know of its feed."""

    id: int
    feed_id: int
    captured_at: datetime
    answer: Answer
    body_hash: str
    way: str
    known: int
    frame: str
    hashes: bytes | None
    is_replay: bool  # it was read before
    feed_url: str
    outlet_id: int
    outlet: str  # key
    outlet_kind: OutletKind
    language: str | None
    wants_full_text: bool  # the pages of its stories are read too
    custom: Custom  # what its source does where its format leaves it open


_IS_FREE = """
    id = ANY(:ids) AND work_state = 'ready' AND due_at <= now()
    AND (lease_until IS NULL OR lease_until <= now())
"""
_CLAIMED = text(f"""
    UPDATE documents AS d SET
        lease_token = :token,
        lease_until = now() + make_interval(secs => :lease),
        attempts = d.attempts + 1,
        announced_until = NULL
    FROM (
        SELECT id, lease_token FROM documents
        WHERE {_IS_FREE} AND attempts < :most
        ORDER BY id FOR UPDATE SKIP LOCKED
    ) AS was, feeds AS f JOIN outlets AS o ON o.id = f.outlet_id
    WHERE was.id = d.id AND f.id = d.feed_id
    RETURNING d.id, d.feed_id, d.captured_at, d.url, d.status, d.headers, d.body, d.body_hash,
        d.way, d.known, d.frame, d.hashes, d.outcome IS NOT NULL AS is_replay,
        f.url AS feed_url, o.id AS outlet_id, o.key AS outlet, o.kind, o.language,
        f.wants_full_text, f.custom, was.lease_token IS NOT NULL AS was_held
""")  # noqa: S608  # our own words
_TRIED = text(f"SELECT id FROM documents WHERE {_IS_FREE} AND attempts > 0 ORDER BY id")  # noqa: S608  # our own words


def claim(
    session: Session, ids: Sequence[int], *, lease_seconds: int, max_attempts: int
) -> tuple[work.Lease, list[Unread]] | None:
    """Lease those of the documents that are due and free, with all that reading them needs.

    None when there are none. Rows that have used up their attempts are not given out.
    """
    token = work.new_token()
    asked = {"ids": list(ids), "token": token, "lease": lease_seconds, "most": max_attempts}
    claimed = session.execute(_CLAIMED, asked).all()
    if not claimed:
        return None
    work.note_expired(session, DocumentRow, sum(row.was_held for row in claimed))
    found = sorted((_unread(row) for row in claimed), key=_number)
    return work.Lease(DocumentRow, token, tuple(one.id for one in found)), found


def tried_before(session: Session, ids: Sequence[int]) -> list[int]:
    """Those of the documents that wait though somebody has tried to read them."""
    return list(session.scalars(_TRIED, {"ids": list(ids)}))


def _number(document: Unread) -> int:
    return document.id


def _unread(row: Any) -> Unread:  # noqa: ANN401  # a row of _CLAIMED
    return Unread(
        id=row.id,
        feed_id=row.feed_id,
        captured_at=row.captured_at,
        answer=Answer(url=row.url, status=row.status, headers=row.headers, body=row.body),
        body_hash=row.body_hash,
        way=row.way,
        known=row.known,
        frame=row.frame,
        hashes=row.hashes,
        is_replay=row.is_replay,
        feed_url=row.feed_url,
        outlet_id=row.outlet_id,
        outlet=row.outlet,
        outlet_kind=cast("OutletKind", row.kind),  # the column holds these words only
        language=row.language or None,
        wants_full_text=row.wants_full_text,
        custom=wires.custom_from_json(row.custom),
    )


_FINISHED = text("""
    UPDATE documents SET
        format = :format,
        outcome = CAST(:outcome AS jsonb),
        problems = CAST(:problems AS text[]),
        leads = CAST(:leads AS text[]),
        work_state = 'done', lease_token = NULL, lease_until = NULL, attempts = 0, last_error = NULL
    WHERE id = :id AND lease_token = :token AND lease_until > clock_timestamp()
    RETURNING id
""")


def finish(  # noqa: PLR0913  # the facts of one reading, each by its name
    session: Session,
    lease: work.Lease,
    document_id: int,
    *,
    format: str | None,  # noqa: A002  # the field's own word, as in cli.md
    outcome: dict[str, int],
    problems: Sequence[str],
    leads: Sequence[str] = (),
) -> None:
    """Write down what came of a document, and close its lease in the transaction of its effects.

    `outcome` counts, `problems` are what was odd about it, `leads` the documents it names: an older
    page, an index's sitemaps. Raises LeaseLost if the lease has run
    out or is another's: the caller's effects roll back.
    """
    told = {
        "format": format,
        "outcome": json.dumps(outcome),
        "problems": list(problems),
        "leads": list(leads),
    }
    if session.scalar(_FINISHED, told | {"id": document_id, "token": lease.token}) is None:
        raise LeaseLost(f"the lease on document {document_id} has run out or was taken over")
