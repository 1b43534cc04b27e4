"""Whom the desk writes to: an address for each person, and what was told when."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class DigestRow(Leased, Base):
    """A person's mail: due once something waits for them, one letter for all of it.

    `told_until` is in product time: what came after it has not been told.
    """

    __tablename__ = "digests"

    constraints: ClassVar[tuple[Any, ...]] = (UniqueConstraint("user_id"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str]
    told_until: Mapped[datetime]
    sent: Mapped[int] = mapped_column(server_default="0")  # letters so far
    said: Mapped[str] = mapped_column(server_default="")  # why the last one did not go out
