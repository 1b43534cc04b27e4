"""Tables of the archive's upkeep: what is let go of in time, what is read again; how far it is."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class RetentionRow(Leased, Base):
    """A rule of store/retention.py, never done: it falls due again and again."""

    __tablename__ = "retention"

    id: Mapped[Key]
    rule: Mapped[str] = mapped_column(unique=True)
    upto: Mapped[int] = mapped_column(server_default="0")  # rows up to this id were looked at
    let_go: Mapped[int] = mapped_column(server_default="0")  # rows, since ever


class ReprocessingRow(Base):
    """A round of `reprocess --apply`, and how far it has come: one that was cut short goes on."""

    __tablename__ = "reprocessings"

    id: Mapped[Key]
    since: Mapped[datetime]
    rules: Mapped[str]  # which tagger, reader and matchers: others begin anew
    documents_upto: Mapped[int] = mapped_column(server_default="0")
    stories_upto: Mapped[int] = mapped_column(server_default="0")
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
