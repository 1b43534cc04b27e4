"""Who looks after an item, what was said of it, until when it sleeps; searches and keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key


class AssignmentRow(Base):
    """The one person who is to see to an item."""

    __tablename__ = "item_assignments"

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class CommentRow(Base):
    """What somebody said of an item to the others; never changed."""

    __tablename__ = "item_comments"

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    written_at: Mapped[datetime]


class SnoozeRow(Base):
    """Until when a snoozed item stays away; by product time."""

    __tablename__ = "item_snoozes"

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class StarRow(Base):
    """An item somebody keeps an eye on; theirs alone."""

    __tablename__ = "item_stars"
    __table_args__ = (Index("ix_item_stars_item_id", "item_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)


class SavedSearchRow(Base):
    """A search of the queue under a name, for its owner or for the whole desk."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[Key]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    query: Mapped[str]  # as in the address of the queue
    is_shared: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]


class UserKeysRow(Base):
    """The keys of somebody who wants them otherwise: off, or other letters."""

    __tablename__ = "user_keys"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    is_off: Mapped[bool] = mapped_column(server_default=false())
    keys: Mapped[Json]  # action -> key, where it is not the usual one
