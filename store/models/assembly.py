"""Tables of assembling: which developments one item tells, and changes that are only offered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key


class GatheredRow(Base):
    """A further development that an item tells, since both are one happening; with the reason.

    Undone by a person, it stays on record: these two are not gathered again.
    """

    __tablename__ = "item_developments"
    __table_args__ = (
        UniqueConstraint("item_id", "development_id"),
        Index("ix_item_developments_development_id", "development_id"),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))  # that shows it
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    score: Mapped[float]
    why: Mapped[str]
    gathered_at: Mapped[datetime]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class OfferRow(Base):
    """A change to an item that a person works on: offered, never applied by a machine.

    States: open, accepted, declined, lapsed (it holds no more). What was declined is not offered
    again; what lapsed is, once it holds again.
    """

    __tablename__ = "item_offers"
    __table_args__ = (
        UniqueConstraint("item_id", "kind", "key"),
        Index("ix_item_offers_open", "item_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[str]  # version, link, origin, development, rank
    key: Mapped[str]  # what is offered: the same is offered once
    detail: Mapped[Json]
    why: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    offered_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
