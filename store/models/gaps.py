"""The table of gap filling: addresses that may hold what a feed's window lost."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class BackfillRow(Leased, Base):
    """One address to look at for what a feed's window lost. Done once it has been fetched.

    What came is kept as a document of its own; `outcome` is said when that has been read.
    """

    __tablename__ = "backfills"

    constraints: ClassVar = (
        UniqueConstraint("trouble_id", "url"),
        Index("ix_backfills_document_id", "document_id"),
    )

    id: Mapped[Key]
    trouble_id: Mapped[int] = mapped_column(ForeignKey("troubles.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    url: Mapped[str]
    kind: Mapped[str]  # archive (an older page of the feed), robots, sitemap
    depth: Mapped[int] = mapped_column(server_default="1")  # 1 first; pages and sitemaps lead on
    after: Mapped[datetime | None]  # product time: only what is newer was missed
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    outcome: Mapped[str] = mapped_column(server_default="")  # in words; '' until it is known
    found: Mapped[int] = mapped_column(server_default="0")  # new stories it brought
