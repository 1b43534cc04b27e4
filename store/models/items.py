"""Tables of the item's page: what people did to items, links they pasted, what they refused."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


class ItemChangeRow(Base):
    """What a person did to an item beside deciding about it. Taken back, it stays on record."""

    __tablename__ = "item_changes"
    __table_args__ = (Index("ix_item_changes_item_id", "item_id"),)

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[str]  # link, move
    before: Mapped[Json]  # what an undo puts back
    after: Mapped[Json]
    made_version: Mapped[int]  # of the item: who made the current version is who to name
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]  # product time
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]


class RefusedRow(Base):
    """A merge or split that was suggested and that a person has refused: suggested no more."""

    __tablename__ = "refused_suggestions"
    __table_args__ = (Index("ix_refused_suggestions_development_id", "development_id"),)

    id: Mapped[Key]
    kind: Mapped[str]  # merge, split
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))  # of a merge
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))  # of a split
    refused_by: Mapped[str]
    refused_at: Mapped[datetime]
    taken_back_by: Mapped[str | None]
    taken_back_at: Mapped[datetime | None]


class PastedRow(Leased, Base):
    """A link that somebody pasted: fetched, read, taken in and put into the instalment.

    `state`: wanted (to be fetched), fetched (its bytes wait to be read), read (its story waits to
    be placed), queued (it is in the instalment), already (it was), or why not, as
    pipeline/article names it; `reason` says it in words.
    """

    __tablename__ = "pasted_links"

    constraints: ClassVar = (
        Index("ix_pasted_links_instalment_id", "instalment_id"),
        Index("ix_pasted_links_item_id", "item_id"),
    )

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))
    section: Mapped[str]
    given: Mapped[str]  # the address as it was pasted
    url: Mapped[str]  # where the page is, after the redirects so far
    host: Mapped[str]  # registrable domain of that
    state: Mapped[str] = mapped_column(server_default="wanted")
    reason: Mapped[str] = mapped_column(server_default="it waits to be fetched")
    hops: Mapped[int] = mapped_column(server_default="0")  # redirects followed
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))  # its bytes
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))  # who pasted it
    pasted_at: Mapped[datetime]  # product time
    done_at: Mapped[datetime | None]
