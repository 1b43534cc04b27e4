"""Tables of what happened to stories after they came, and whom on the desk that concerns."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key


class ChangeRow(Base):
    """Something that happened to a story: a correction, a kill, an embargo set or lifted."""

    __tablename__ = "story_changes"
    __table_args__ = (
        # One thing happens once, however often its document is read.
        UniqueConstraint("story_id", "kind", "occasion"),
    )

    id: Mapped[Key]
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    kind: Mapped[str]  # update, correction, embargo, withheld, killed, withdrawn, released
    occasion: Mapped[str]  # what made it: a version's fingerprint, a notice, a moment
    version_id: Mapped[int | None] = mapped_column(ForeignKey("story_versions.id"))  # as it is now
    before_id: Mapped[int | None] = mapped_column(ForeignKey("story_versions.id"))  # as it was
    said: Mapped[str]  # in the publisher's words; '' if it gave none
    is_in_substance: Mapped[bool]  # another account, not another wording
    made_by: Mapped[str]  # machine and its step, or a person
    at: Mapped[datetime]  # product time


class NoticeRow(Base):
    """A wire's word about another of its items, which it names or only hints at.

    States: unresolved (what it names has not come), proposed (an editor is asked), carried_out,
    refused, expired.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("outlet_id", "fingerprint"),
        Index(
            "ix_notices_open", "id", postgresql_where=text("state IN ('unresolved', 'proposed')")
        ),
    )

    id: Mapped[Key]
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))  # the bytes it came from
    fingerprint: Mapped[str]
    action: Mapped[str]  # kill, withhold, correct
    headline: Mapped[str]
    said: Mapped[str]
    lineage: Mapped[str | None]  # what it names, as it does; else
    numbers: Mapped[list[str]] = mapped_column(server_default="{}")  # the surest first; else
    hint: Mapped[str]  # words that may name it
    state: Mapped[str]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))  # its target, or likely
    why: Mapped[str] = mapped_column(server_default="")  # why that one
    at: Mapped[datetime]  # when it came, in product time
    keep_until: Mapped[datetime]  # it is tried against what arrives until then
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class AlertRow(Base):
    """A change that concerns an item. Open until somebody has seen to it; never deleted.

    `bearing` says how: own (the item's story), quote (a quotation of it), copy (the item's story
    carries its text), development (another story of the item's development).
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("item_id", "change_id"),
        Index("ix_alerts_open", "item_id", postgresql_where=text("settled_at IS NULL")),
    )

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    change_id: Mapped[int] = mapped_column(ForeignKey("story_changes.id"))
    bearing: Mapped[str]
    is_task: Mapped[bool]  # its instalment was out already: it is to be corrected
    raised_at: Mapped[datetime]
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class StepRow(Base):
    """A step of an instalment from one state to the next: who, when, why."""

    __tablename__ = "instalment_steps"
    __table_args__ = (
        # Of two steps based on one version, one is taken: the database holds us to it.
        UniqueConstraint("instalment_id", "made_version"),
    )

    id: Mapped[Key]
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))
    action: Mapped[str]
    state_before: Mapped[str]
    state_after: Mapped[str]
    made_version: Mapped[int]
    taken_by: Mapped[str]  # a user's name, or machine:<step>
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(server_default="")
    taken_at: Mapped[datetime]
