"""The product's clock: the database's time, or during a replay the recorded time.

Leases, attempts and health use `now()` in their statements and so always run on the real clock.
"""

from datetime import UTC, datetime

from sqlalchemy import DateTime, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.settings import settings
from store.models import RecordedClockRow


def now(session: Session) -> datetime:
    """The product's time: what first seen, windows, cut-offs and deadlines go by."""
    if settings().recorded_clock:
        recorded = session.scalar(select(RecordedClockRow.recorded_at))
        if recorded is not None:
            return recorded.astimezone(UTC)
    return real_now(session)


def real_now(session: Session) -> datetime:
    """The database's own time, one for all processes whatever their machines' clocks say."""
    moment = session.execute(select(func.clock_timestamp(type_=DateTime(timezone=True))))
    return moment.scalar_one().astimezone(UTC)


def set_recorded(session: Session, moment: datetime) -> None:
    """Move the recorded clock to `moment`."""
    session.execute(
        insert(RecordedClockRow)
        .values(id=1, recorded_at=moment)
        .on_conflict_do_update(
            index_elements=["id"], set_={"recorded_at": moment, "moved_at": func.now()}
        )
    )


def stop_recorded(session: Session) -> None:
    """Take the recorded clock away."""
    session.execute(delete(RecordedClockRow))


def recorded(session: Session) -> datetime | None:
    """Where the recorded clock stands, None when there is none."""
    return session.scalar(select(RecordedClockRow.recorded_at))
