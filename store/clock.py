"""The product's clock: the database's time, or during a replay the recorded time.

Leases, attempts and health use `now()` in their statements and so always run on the real clock.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Moment:
    """Both clocks as they were asked once: a request goes by one moment from end to end."""

    real: datetime
    product: datetime


def moment(session: Session) -> Moment:
    """The database's own time and the product's, asked together."""
    clock = func.clock_timestamp(type_=DateTime(timezone=True))
    if not settings().recorded_clock:
        real = real_now(session)
        return Moment(real, real)
    recorded = select(RecordedClockRow.recorded_at).scalar_subquery()
    real, told = session.execute(select(clock, recorded)).one()
    is_played: bool = told is not None
    return Moment(real.astimezone(UTC), (told if is_played else real).astimezone(UTC))


def real_now(session: Session) -> datetime:
    """The database's own time, one for all processes whatever their machines' clocks say."""
    clock = func.clock_timestamp(type_=DateTime(timezone=True))
    moment: datetime = session.execute(select(clock)).scalar_one()
    return moment.astimezone(UTC)


def set_recorded(session: Session, moment: datetime, *, is_gathering: bool = False) -> None:
    """Move the recorded clock to `moment`; `is_gathering` while more arrives of that moment.

    What a recording says arrived at one moment is placed together, in one order: so a replay
    comes out the same however its processes fare.
    """
    facts = {"recorded_at": moment, "is_gathering": is_gathering}
    session.execute(
        insert(RecordedClockRow)
        .values(id=1, **facts)
        .on_conflict_do_update(index_elements=["id"], set_=facts | {"moved_at": func.now()})
    )


def is_gathering(session: Session) -> bool:
    """Whether a replay still brings in what arrived at the present moment."""
    if not settings().recorded_clock:
        return False
    return bool(session.scalar(select(RecordedClockRow.is_gathering)))


def stop_recorded(session: Session) -> None:
    """Take the recorded clock away."""
    session.execute(delete(RecordedClockRow))


def recorded_now(session: Session) -> datetime | None:
    """Where the recorded clock stands, None when there is none."""
    moment = session.scalar(select(RecordedClockRow.recorded_at))
    return None if moment is None else moment.astimezone(UTC)
