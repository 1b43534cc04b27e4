"""Tables of copies: whose text a story is, by what it is found, and what people have kept apart."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json


class DuplicateRow(Base):
    """A story that is another's text again. `root_id` is the original: one hop, never a chain."""

    __tablename__ = "duplicates"
    __table_args__ = (Index("ix_duplicates_of_id", "of_id"),)

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), index=True)
    of_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))  # which it is most like
    relation: Mapped[str]  # to the original: reissue, syndicated, rewrite, update, correction, ...
    score: Mapped[float]
    why: Mapped[list[Json]]
    decided_by: Mapped[str]  # machine and its version, or a person
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class ApartRow(Base):
    """Two stories of which a person says that they are two texts: no machine makes them one."""

    __tablename__ = "kept_apart"
    __table_args__ = (Index("ix_kept_apart_other_id", "other_id"),)

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class FingerprintRow(Base):
    """A fingerprint of a story's text, in a partition of the day on which it was looked at.

    Partitions are made ahead and dropped when their week is over: what an insert costs follows
    the rate of arrival, never the archive. No foreign key: stories are never deleted, and each of
    a story's forty rows would have to be checked.
    """

    __tablename__ = "fingerprints"
    __table_args__ = {"postgresql_partition_by": "RANGE (seen_on)"}  # noqa: RUF012 - as they ask

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_on: Mapped[date] = mapped_column(primary_key=True)
