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
        moment = recorded_now(session)
        if moment is not None:
            return moment
    return real_now(session)


def real_now(session: Session) -> datetime:
    """The database's own time, one for all processes whatever their machines' clocks say."""
    clock = func.clock_timestamp(type_=DateTime(timezone=True))
    moment: datetime = session.execute(select(clock)).scalar_one()
    return moment.astimezone(UTC)


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


def recorded_now(session: Session) -> datetime | None:
    """Where the recorded clock stands, None when there is none."""
    moment = session.scalar(select(RecordedClockRow.recorded_at))
    return None if moment is None else moment.astimezone(UTC)
