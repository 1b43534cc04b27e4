"""Tables of the way in: outlets, their feeds, captured documents, what was set aside."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


class OutletRow(Base):
    """Who publishes. `key` never changes; `name` is how an instalment credits it."""

    __tablename__ = "outlets"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="outlet")  # wire, outlet, official, own
    homepage: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="")
    aliases: Mapped[list[str]] = mapped_column(server_default="{}")


class FeedRow(Leased, Base):
    """One address that is polled: its validators, its health, and its place in the queue.

    A feed is never done: finishing a poll sets `due_at` to the next one.
    """

    __tablename__ = "feeds"

    id: Mapped[Key]
    url: Mapped[str] = mapped_column(unique=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), index=True)
    title: Mapped[str] = mapped_column(server_default="")
    is_paused: Mapped[bool] = mapped_column(server_default="false")
    interval_seconds: Mapped[int] = mapped_column(server_default="900")
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    answer_hash: Mapped[str | None]  # of the last body captured, whatever it was
    state: Mapped[str] = mapped_column(server_default="never")  # ok, html, http_4xx, timeout ...
    reason: Mapped[str] = mapped_column(server_default="not polled yet")
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())
    last_attempt_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]  # product time of the last new story
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PollCountRow(Base):
    """How often each feed's polls ended how: a counter that survives restarts."""

    __tablename__ = "poll_counts"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    polls: Mapped[int] = mapped_column(server_default="0")


class DocumentRow(Leased, Base):
    """A captured answer of a feed: the original bytes, from which all else can be made again."""

    __tablename__ = "documents"

    constraints: ClassVar = (
        # One lease fetches once: a fetch that finished twice would show here.
        UniqueConstraint("fetch_token"),
        Index("ix_documents_feed_id_id", "feed_id", "id"),
    )

    id: Mapped[Key]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    fetch_token: Mapped[uuid.UUID]
    captured_at: Mapped[datetime]  # product time: when the stories in it were first seen
    url: Mapped[str]  # after redirects
    status: Mapped[int]
    headers: Mapped[Json]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_hash: Mapped[str]
    format: Mapped[str | None]
    outcome: Mapped[Json | None]  # entries, new, changed, known, refused: counts once parsed
    problems: Mapped[list[str]] = mapped_column(server_default="{}")


class SetAsideRow(Base):
    """What could not be processed: its bytes and the reason, to be looked at and sent round again.

    The same bytes refused again by the same stage of the same feed are the same row, seen again.
    """

    __tablename__ = "set_aside"
    __table_args__ = (
        UniqueConstraint("feed_id", "stage", "raw_hash"),
        Index("ix_set_aside_open", "id", postgresql_where=text("settled_at IS NULL")),
    )

    id: Mapped[Key]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    stage: Mapped[str]  # fetch, parse, item
    state: Mapped[str]  # parse_error, html, empty, too_big ...
    reason: Mapped[str]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    raw_hash: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(server_default="1")
    settled_at: Mapped[datetime | None]  # replayed with success, or dismissed
    settled_how: Mapped[str | None]
