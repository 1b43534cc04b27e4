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
