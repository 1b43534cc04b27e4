"""Tables of the way in: outlets, their feeds, captured documents, what was set aside."""

import uuid
from datetime import date, datetime
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
    validators_of: Mapped[str | None]  # the address these two came from: no other is told them
    answer_hash: Mapped[str | None]  # of the last body captured, whatever it was
    state: Mapped[str] = mapped_column(server_default="never")  # ok, html, http_4xx, timeout ...
    reason: Mapped[str] = mapped_column(server_default="not polled yet")
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())
    last_attempt_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]  # product time of the last new story
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # what an operator may set for it
    user_agent: Mapped[str | None]  # instead of ours, for the one server that insists
    wants_full_text: Mapped[bool] = mapped_column(server_default="false")  # pages are read too
    custom: Mapped[Json] = mapped_column(server_default="{}")  # what its format leaves open
    # politeness: a request must pass the limits of both groups (HostGroupRow)
    # registrable domain; '' has no limits
    host: Mapped[str] = mapped_column(server_default="", index=True)
    # the lowest address its name led to last, None for our own house
    address: Mapped[str | None] = mapped_column(index=True)
    refused_at: Mapped[datetime | None]  # when it last answered 403 or 420
    # rhythm
    hints: Mapped[Json | None]  # ttl, skip_hours ... as the document said last
    rhythm: Mapped[Json | None]  # items expected by hour and weekday, learnt from what came
    rhythm_at: Mapped[datetime | None]  # product time: when that was learnt
    window_seconds: Mapped[float | None]  # between the oldest and newest item in the document
    overlap: Mapped[float | None]  # share of the last document's items that were known, 0..1
    fresh_until: Mapped[datetime | None]  # the publisher's max-age or Expires
    lost_suspected: Mapped[int] = mapped_column(server_default="0")  # documents that shared no item
    next_why: Mapped[str] = mapped_column(server_default="")  # why it is polled then
    # validators that lie: found by a plain request now and then
    validators_lie: Mapped[bool] = mapped_column(server_default="false")
    is_audit_due: Mapped[bool] = mapped_column(server_default="false")
    audited_at: Mapped[datetime | None]
    audit_wait_seconds: Mapped[int] = mapped_column(server_default="43200")
    # a permanent redirect is followed at once and adopted late
    moved_to: Mapped[str | None]
    moved_since: Mapped[datetime | None]
    moved_polls: Mapped[int] = mapped_column(server_default="0")
    moved_shares: Mapped[bool] = mapped_column(server_default="false")  # the same items are there
    moved_document_id: Mapped[int | None]  # the first that came from there: shows what it shares
    original_url: Mapped[str | None]  # before the first adoption
    refused_move: Mapped[str | None]  # the address a person took it back from: not adopted again


class FeedMemoryRow(Base):
    """Which raw items of a feed have been read: what is known costs no parser a second look.

    Saved in the transaction that takes the items in, so that a crash forgets both.
    """

    __tablename__ = "feed_memory"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    frame: Mapped[str]  # hash of what gives items their meaning; another frame forgets them all
    items: Mapped[bytes] = mapped_column(LargeBinary)  # 16 bytes an item, the latest first
    seen: Mapped[int] = mapped_column(server_default="0")  # items that came, since ever
    known: Mapped[int] = mapped_column(server_default="0")  # of these, known by their bytes


class HostGroupRow(Base):
    """Feeds that share a server: one registrable domain, or one address."""

    __tablename__ = "host_groups"

    key: Mapped[str] = mapped_column(primary_key=True)  # outlet.example, or 203.0.113.9
    last_start: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # as the server asked, or as several refusals suggest
    reason: Mapped[str] = mapped_column(server_default="")
    gap_seconds: Mapped[float | None]  # between two starts, where not the house's own
    most_at_once: Mapped[int | None]


class TroubleRow(Base):
    """Something wrong with a feed that an operator should see: opens once and closes once."""

    __tablename__ = "troubles"
    __table_args__ = (
        Index(
            "ix_troubles_open",
            "feed_id",
            "kind",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), index=True)
    kind: Mapped[str]  # silent, failing, items_missed, moved, gone
    reason: Mapped[str]
    done: Mapped[str] = mapped_column(server_default="")  # what was done about it
    since: Mapped[datetime | None]  # product time: when it was last well, None for never
    lost: Mapped[int] = mapped_column(server_default="0")  # items_missed: lost_suspected as noted
    opened_at: Mapped[datetime]  # product time
    closed_at: Mapped[datetime | None]


class PollCountRow(Base):
    """How often each feed's polls ended how: a counter that survives restarts."""

    __tablename__ = "poll_counts"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    polls: Mapped[int] = mapped_column(server_default="0")


class PollDayRow(Base):
    """How often a feed's polls ended how, day by day: its recent history. Kept for some weeks."""

    __tablename__ = "poll_days"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)  # by the real clock, UTC
    state: Mapped[str] = mapped_column(primary_key=True)
    polls: Mapped[int] = mapped_column(server_default="0")


class LookupRow(Leased, Base):
    """A wish to see what stands at an address, and what a worker found there."""

    __tablename__ = "feed_lookups"

    id: Mapped[Key]
    url: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    result: Mapped[Json | None]
    ended_at: Mapped[datetime | None]


class AuditCountRow(Base):
    """How often a plain request that checked a feed's validators came out how, over all feeds."""

    __tablename__ = "audit_counts"

    outcome: Mapped[str] = mapped_column(primary_key=True)  # agrees, news, lie, failed, cleared
    audits: Mapped[int] = mapped_column(server_default="0")


class DocumentRow(Leased, Base):
    """A captured answer of a feed: its bytes but for items that had been read before."""

    __tablename__ = "documents"

    constraints: ClassVar = (
        # One lease fetches a feed once: a fetch that finished twice would show here.
        UniqueConstraint("feed_id", "fetch_token"),
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
    way: Mapped[str] = mapped_column(
        server_default="poll"
    )  # poll, audit, push, archive, drop, mail
    # Items known by their bytes when it came are cut out of `body`: they were read before.
    items: Mapped[int | None]  # how many it had, None where that is not known
    known: Mapped[int] = mapped_column(server_default="0")  # how many of them were cut out
    # What the feed's memory takes over once it is read: see FeedMemoryRow.
    frame: Mapped[str] = mapped_column(server_default="")
    hashes: Mapped[bytes | None] = mapped_column(LargeBinary)
    format: Mapped[str | None]
    outcome: Mapped[Json | None]  # entries, new, changed, known, refused: counts once parsed
    problems: Mapped[list[str]] = mapped_column(server_default="{}")
    # Further documents it names, once parsed: an older page of its feed, an index's sitemaps.
    leads: Mapped[list[str]] = mapped_column(server_default="{}")


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
