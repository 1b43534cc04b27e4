"""Addresses somebody wants to follow: the wish to look there, and what a worker found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, update
from sqlalchemy.orm import Session

from store.models import LookupRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One wish to look at an address, and its answer once there is one."""

    id: int
    url: str
    asked_by: str
    asked_at: datetime
    result: dict[str, Any] | None
    state: str
    error: str


def ask(session: Session, url: str, *, by: str) -> int:
    """Wish to see what stands at an address; gives the wish's number."""
    return session.execute(
        insert(LookupRow).values(url=url, asked_by=by).returning(LookupRow.id)
    ).scalar_one()


def find(session: Session, number: int) -> Lookup | None:
    """One wish; None if there is none of that number."""
    row = session.get(LookupRow, number)
    if row is None:
        return None
    return Lookup(
        id=row.id,
        url=row.url,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        result=row.result,
        state=row.work_state,
        error=row.last_error or "",
    )


def answer(session: Session, number: int, result: Mapping[str, Any]) -> None:
    """Keep what was found there."""
    session.execute(
        update(LookupRow)
        .where(LookupRow.id == number)
        .values(result=dict(result), ended_at=func.now())
    )
