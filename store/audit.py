"""The audit trail: who changed what and when, machines included. Rows are only ever added."""

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
