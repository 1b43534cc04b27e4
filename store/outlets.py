"""The outlets, with the names that others credit them by."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.records import Outlet
from store.models import OutletRow


def known(session: Session) -> tuple[Outlet, ...]:
    """Every outlet there is a row for, by key."""
    return tuple(
        Outlet(
            key=row.key,
            name=row.name,
            kind=row.kind,  # type: ignore[arg-type]  # the column holds these words only
            homepage=row.homepage,
            aliases=tuple(row.aliases),
        )
        for row in session.scalars(select(OutletRow).order_by(OutletRow.key))
    )
