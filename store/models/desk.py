"""Tables of the desk: instalments, their items and texts, decisions, people, the audit trail."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


class InstalmentRow(Leased, Base):
    """One issue of a series: (series, cut-off) is its identity, titles and dates may change.

    It waits (work_state ready) whenever something that belongs in it has arrived.
    """

    __tablename__ = "instalments"

    constraints: ClassVar = (
        UniqueConstraint("series_id", "cut_off"),
        UniqueConstraint("series_id", "number"),
    )

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]  # 1 first, in the order they were opened
    opens_at: Mapped[datetime]  # arrived after this
    cut_off: Mapped[datetime]  # and at or before this
    tail_from: Mapped[datetime]  # older publications are not offered
    state: Mapped[str] = mapped_column(server_default="assembling")
    opened_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(server_default="")
    subhead: Mapped[str] = mapped_column(server_default="")
    lead: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str | None]  # where readers find it, once it is out
    published_at: Mapped[datetime | None]  # since when it is out: as stated, or as reported
    # What the machine proposes: title, lead, subhead; why a section is empty. Applied by nobody.
    proposed: Mapped[Json] = mapped_column(server_default="{}")
    version: Mapped[int] = mapped_column(server_default="1")  # for optimistic writes


class ItemRow(Base):
    """One development in one instalment. What a person touched no machine moves or rewrites."""

    __tablename__ = "items"
    __table_args__ = (
        # One for each development; those that were merged into another stand aside.
        Index(
            "uq_items_instalment_id_development_id",
            "instalment_id",
            "development_id",
            unique=True,
            postgresql_where=text("merged_into IS NULL"),
        ),
        Index("ix_items_development_id", "development_id"),
        Index("ix_items_story_id", "story_id"),
        Index(
            "ix_items_queue",
            "score",
            "id",
            postgresql_where=text("state = 'queued' AND merged_into IS NULL"),
        ),
    )

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    section: Mapped[str]
    position: Mapped[float]  # order within the section
    state: Mapped[str] = mapped_column(server_default="queued")  # accepted, rejected, snoozed
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))  # whose link is used
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"))
    headline: Mapped[str]
    attribution: Mapped[str] = mapped_column(server_default="")
    link: Mapped[str | None]  # an editor's instead of the story's
    day: Mapped[str | None]  # an editor's instead of the story's date, in words
    score: Mapped[float]
    merit: Mapped[float] = mapped_column(server_default="0")  # what it is ranked by
    zone: Mapped[str]
    why: Mapped[list[Json]]
    flags: Mapped[list[str]] = mapped_column(server_default="{}")
    added_at: Mapped[datetime]
    touched_at: Mapped[datetime | None]  # by a person
    version: Mapped[int] = mapped_column(server_default="1")  # for optimistic writes
    # The item it became one with, when their developments were merged: it is shown no more.
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("items.id"))


class ItemTextRow(Base):
    """What an editor wrote into an item, version by version; a burst of saves is one version."""

    __tablename__ = "item_texts"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    markdown: Mapped[str]
    # The fields beside the text as they stood; None in versions from before they were kept.
    fields: Mapped[Json | None]
    made: Mapped[int] = mapped_column(server_default="0")  # counts saves: what a save is based on
    tab: Mapped[str] = mapped_column(server_default="")  # of the browser that saved last
    turn: Mapped[int] = mapped_column(server_default="0")  # of that tab's saves
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]


class InstalmentTextRow(Base):
    """What an editor wrote into an instalment: title, lead, a section's text; as ItemTextRow."""

    __tablename__ = "instalment_texts"
    __table_args__ = (UniqueConstraint("instalment_id", "field", "number"),)

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))
    field: Mapped[str]  # title, subhead, kicker, lead, previous, section:<key>
    number: Mapped[int]
    markdown: Mapped[str]
    made: Mapped[int]
    tab: Mapped[str] = mapped_column(server_default="")
    turn: Mapped[int] = mapped_column(server_default="0")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]


class PresenceRow(Base):
    """Who has a text open for editing, as their browser last said. It locks nothing."""

    __tablename__ = "presences"

    place: Mapped[str] = mapped_column(primary_key=True)  # item 5, instalment 3
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seen_at: Mapped[datetime]


class ItemQuoteRow(Base):
    """A quotation used in an item, tied to the stored version it was taken from."""

    __tablename__ = "item_quotes"
    __table_args__ = (UniqueConstraint("item_id", "quote_id"),)

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"))
    text: Mapped[str]
    speaker: Mapped[str | None]
    office: Mapped[str | None]
    forum: Mapped[str | None]
    day: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default="0")  # within its item
    is_proposed: Mapped[bool] = mapped_column(server_default=false())  # by the machine
    check: Mapped[str] = mapped_column(server_default="unavailable")
    check_why: Mapped[str] = mapped_column(server_default="")
    differences: Mapped[list[Json]] = mapped_column(server_default="[]")  # quoted, source
    noted: Mapped[list[str]] = mapped_column(server_default="{}")
    checked_against: Mapped[str] = mapped_column(server_default="")  # version and its status
    checked_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(server_default="below")  # below the headline, in the text
    # A person's word that it may run although its source cannot be read here.
    vouched_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    vouched_why: Mapped[str] = mapped_column(server_default="")
    vouched_at: Mapped[datetime | None]


class DecisionRow(Base):
    """What somebody decided about an item. An undo is a further decision that names the first."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("ix_decisions_item_id_id", "item_id", "id"),
        # Of two decisions based on one version, one stands: the database holds us to it.
        UniqueConstraint("item_id", "made_version"),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]  # accept, reject, snooze, wake, undo, leave
    state_before: Mapped[str]
    state_after: Mapped[str]
    made_version: Mapped[int]  # of the item: who made the current version is who to name
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), unique=True)
    reason: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime]


class UserRow(Base):
    """A person who signs in at the desk. `name` is what they type."""

    __tablename__ = "users"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    password_hash: Mapped[str | None]  # argon2id, with its own salt and costs; None: no password
    role: Mapped[str] = mapped_column(server_default="editor")  # for all series; see store/rights
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    disabled_at: Mapped[datetime | None]


class SessionRow(Base):
    """A signed-in browser. The cookie's token is kept hashed; a row can be revoked."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    id: Mapped[int] = mapped_column(Identity(), unique=True)  # what lists call it by
    last_seen_at: Mapped[datetime | None]  # to some minutes
    address: Mapped[str] = mapped_column(server_default="")  # where it was opened
    agent: Mapped[str] = mapped_column(server_default="")  # and with what browser
    way: Mapped[str] = mapped_column(server_default="password")  # or oidc, or invitation


class SignInAttemptRow(Base):
    """A failed sign-in, kept to slow down guessing."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_at", "at"),)

    id: Mapped[Key]
    name: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditRow(Base):
    """Who changed what, machines included. Rows are added and never changed."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject_kind_subject_id", "subject_kind", "subject_id"),
        Index("ix_audit_actor_id", "actor", "id"),
        Index("ix_audit_action_id", "action", "id"),
        Index("ix_audit_at", "at"),
        Index(
            "ix_audit_words",
            text("jsonb_to_tsvector('simple'::regconfig, detail, '[\"all\"]'::jsonb)"),
            postgresql_using="gin",
        ),
    )

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    product_at: Mapped[datetime]  # the same moment on the product's clock
    actor: Mapped[str]  # a user's name, or machine:<process>
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    detail: Mapped[Json] = mapped_column(server_default="{}")
