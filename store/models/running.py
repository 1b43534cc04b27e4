"""Tables of the running system itself: heartbeats, and the recorded clock of a replay."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base


class HeartbeatRow(Base):
    """When beat's last tick reached a worker: the sign that the whole chain works."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)  # beat
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecordedClockRow(Base):
    """The product's time during a replay: one row, moved by `play` and by nothing else."""

    __tablename__ = "recorded_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    is_gathering: Mapped[bool] = mapped_column(server_default="false")  # of this moment, more comes
    moved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StatisticRow(Base):
    """A count over rows that a scrape reads instead of counting: see store/statistics.py.

    `closed` counts rows that are settled for good, `open` those since; `closed_sum` and `open_sum`
    add up what was measured of them.
    """

    __tablename__ = "statistics"

    name: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[str] = mapped_column(primary_key=True, server_default="")  # values of its labels
    second: Mapped[str] = mapped_column(primary_key=True, server_default="")
    closed: Mapped[int] = mapped_column(server_default="0")
    open: Mapped[int] = mapped_column(server_default="0")
    closed_sum: Mapped[float] = mapped_column(server_default="0")
    open_sum: Mapped[float] = mapped_column(server_default="0")


class StatisticReachRow(Base):
    """How far a statistic is closed: rows up to `closed_id` are never counted again."""

    __tablename__ = "statistics_reach"

    name: Mapped[str] = mapped_column(primary_key=True)
    closed_id: Mapped[int]
    next_id: Mapped[int]  # the newest row at `next_at`: how far the next closing goes
    next_at: Mapped[datetime]
