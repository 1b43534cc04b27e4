"""Tables of handing over: the places there are, what stands in them, and each wish to hand over."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint, false, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


class TargetRow(Base):
    """A place instalments can be handed over to. What opens it is no row: see `credentials`."""

    __tablename__ = "targets"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # wordpress
    title: Mapped[str]  # as editors call it
    url: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())
    retired_at: Mapped[datetime | None]  # nothing more is handed over to it


class DeliveryRow(Leased, Base):
    """A wish to hand an instalment over to some target; carried out by a worker, once."""

    __tablename__ = "deliveries"

    constraints: ClassVar[tuple[Any, ...]] = (UniqueConstraint("target", "idempotency_key"),)

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"), index=True)
    target: Mapped[str]  # its key
    idempotency_key: Mapped[str]
    payload: Mapped[Json]  # title, html, excerpt, slug, status: as they stood when it was wished
    remote_id: Mapped[str | None]
    wished_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    wished_at: Mapped[datetime]
    is_forced: Mapped[bool] = mapped_column(server_default=false())  # over what was changed there
    outcome: Mapped[str] = mapped_column(server_default="")  # delivered, stopped, given_up
    said: Mapped[str] = mapped_column(server_default="")  # why it was stopped, or is being retried
    found: Mapped[Json | None]  # title and html of what somebody made of it there
    ended_at: Mapped[datetime | None]


class RemotePostRow(Base):
    """What of an instalment stands at a target, as the target gave it back."""

    __tablename__ = "remote_posts"
    __table_args__ = (UniqueConstraint("instalment_id", "target"),)

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))
    target: Mapped[str]
    remote_id: Mapped[str]
    link: Mapped[str]
    status: Mapped[str]
    mark: Mapped[str]  # when it was last changed there, in the target's own words
    title: Mapped[str]
    html: Mapped[str]
    seen_at: Mapped[datetime]
    look_at: Mapped[datetime] = mapped_column(server_default=func.now())  # again; real time
