"""The audit trail: who changed what and when, machines included. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from store import clock
from store.models import AuditRow


def note(  # noqa: PLR0913  # an audit line has these facts, each by its name
    session: Session,
    *,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: object,
    detail: dict[str, object] | None = None,
) -> None:
    """Add a line in the transaction of the change itself. `actor`: a name, or machine:<step>."""
    session.execute(
        insert(AuditRow).values(
            product_at=clock.now(session),
            actor=actor,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            detail=detail or {},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happened to one subject, among many."""

    action: str
    subject_kind: str
    subject_id: object
    detail: dict[str, object] = field(default_factory=dict)


def note_all(session: Session, lines: Sequence[Line], *, actor: str, at: datetime) -> None:
    """Add many lines of one actor and one moment in one statement."""
    rows = [
        {
            "product_at": at,
            "actor": actor,
            "action": line.action,
            "subject_kind": line.subject_kind,
            "subject_id": str(line.subject_id),
            "detail": line.detail,
        }
        for line in lines
    ]
    if rows:
        session.execute(insert(AuditRow), rows)
