"""What clustering decides by at this desk: settings fitted to its rulings, version by version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store import audit
from store.models import ClusterFitRow
from store.models.foundation import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted setting that is in use."""

    id: int
    setting: Json


def current(session: Session, *, method: str) -> Fit | None:
    """The newest fit in use, if its weights are of this method; None where the shipped one is."""
    row = ClusterFitRow
    asked = select(row).where(row.is_used).order_by(row.id.desc()).limit(1)
    found = session.scalars(asked).one_or_none()
    if found is None or found.method != method:
        return None
    return Fit(id=found.id, setting=found.setting)


def keep(  # noqa: PLR0913  # what the row says, all by keyword
    session: Session,
    *,
    method: str,
    setting: Json,
    is_used: bool,
    report: Json,
    by: str,
    at: datetime,
) -> int:
    """Write a fit, in use or not; gives its id."""
    row = ClusterFitRow
    fitted = insert(row).values(
        method=method,
        setting=setting,
        is_used=is_used,
        report=report,
        fitted_by=by,
        fitted_at=at,
    )
    number = session.execute(fitted.returning(row.id)).scalar_one()
    audit.note(
        session,
        actor=by,
        action="developments.refit",
        subject_kind="cluster_fit",
        subject_id=number,
        detail={"used": is_used},
    )
    return number
