"""Captured documents: the original bytes of every answer, kept before anything reads them."""

import uuid
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pipeline.records import Answer
from store.models import DocumentRow


def keep(  # noqa: PLR0913  # the facts of one capture, each by its name
    session: Session,
    *,
    feed_id: int,
    fetch_token: uuid.UUID,
    answer: Answer,
    body_hash: str,
    at: datetime,
) -> int:
    """Keep an answer as it came, ready to be parsed; gives the document's id."""
    return session.execute(
        insert(DocumentRow)
        .values(
            feed_id=feed_id,
            fetch_token=fetch_token,
            captured_at=at,
            url=answer.url,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body,
            body_hash=body_hash,
        )
        .returning(DocumentRow.id)
    ).scalar_one()


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


def note_outcome(
    session: Session,
    document_id: int,
    *,
    format: str | None,  # noqa: A002  # the field's own word, as in cli.md
    outcome: dict[str, int],
    problems: list[str],
) -> None:
    """Write down what came of a document: its format, counts, and what was odd about it."""
    session.execute(
        update(DocumentRow)
        .where(DocumentRow.id == document_id)
        .values(format=format, outcome=outcome, problems=problems)
    )
