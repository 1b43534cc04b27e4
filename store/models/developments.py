"""Tables of clustering: what it goes on, what editors ruled, and what it has learnt of that."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key


class WeighedRow(Base):
    """A placed story's telling words as they weighed when it came; see `records.Weighed`.

    From the last of these rows any process can go on placing exactly as the one before it. Copies
    have none: a text that forty outlets print must not count forty times.
    """

    __tablename__ = "development_words"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)  # 1, 2, 3 ... in the order of placing
    at: Mapped[datetime]  # when the story was first seen
    words: Mapped[list[str]]
    weights: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    headline: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    # Places in `words` of those that are names, counted from 0.
    names: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default="{}")
    same: Mapped[int | None] = mapped_column(SmallInteger)
    others: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))


class RulingRow(Base):
    """An editor's word on developments: two are one, or some stories are another one.

    It outranks every score. Undone, it stays on record.
    """

    __tablename__ = "rulings"
    __table_args__ = (
        Index("ix_rulings_development_id", "development_id"),
        Index("ix_rulings_other_id", "other_id"),
        Index("ix_rulings_revision", "revision"),
    )

    id: Mapped[Key]
    kind: Mapped[str]  # merge, split
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))  # what stays
    # What was merged into it, or was split from it.
    other_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    story_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))  # that changed sides
    reason: Mapped[str] = mapped_column(server_default="")
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    revision: Mapped[int]  # of its last change, from the sequence of developments
    before: Mapped[Json] = mapped_column(server_default="{}")  # what an undo puts back


class ClusterFitRow(Base):
    """What clustering decides by, fitted to this desk's rulings; the newest that is used counts."""

    __tablename__ = "cluster_fits"

    id: Mapped[Key]
    method: Mapped[str]  # whose measures these weights are of
    setting: Mapped[Json]  # the weights by measure, and the rest of a Setting
    is_used: Mapped[bool]
    report: Mapped[Json]  # before and after
    fitted_by: Mapped[str]
    fitted_at: Mapped[datetime]
