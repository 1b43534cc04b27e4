"""Tables of what was read: stories, their versions, what they are known by and what they are about.

Nothing here is overwritten: a changed story gets a further version, a merge is a row beside it.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


class StoryRow(Leased, Base):
    """One story of one outlet, whatever its versions. It waits until it has been placed.

    `status` and `embargo` are the publisher's word: usable, withheld, withdrawn, killed; none,
    until, unknown.
    """

    __tablename__ = "stories"

    constraints: ClassVar = (
        Index("ix_stories_first_seen_at", "first_seen_at"),
        Index("ix_stories_outlet_id", "outlet_id"),
        Index(
            "ix_stories_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        # What lifts by itself is a row that comes due, never a task that sleeps.
        Index(
            "ix_stories_embargo_until",
            "embargo_until",
            postgresql_where=text("embargo = 'until'"),
        ),
    )

    id: Mapped[Key]
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))  # whose word of it stands
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))  # where it was seen first
    first_seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # when the current version was seen
    current_version: Mapped[int] = mapped_column(server_default="1")
    changes_not_kept: Mapped[int] = mapped_column(server_default="0")  # above 0 it is flapping
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))  # shown as that one
    status: Mapped[str] = mapped_column(server_default="usable")
    embargo: Mapped[str] = mapped_column(server_default="none")
    embargo_until: Mapped[datetime | None]


# What the desk's search looks through; the beginning says enough, and bounds what a search costs.
WORDS = text(
    "to_tsvector('english'::regconfig, (((title || ' '::text) || summary) || ' '::text) "
    '|| "left"(text, 6000))'
)


class VersionRow(Base):
    """One version of a story, as clean text. Tags, credits and quotes count offsets into it."""

    __tablename__ = "story_versions"
    __table_args__ = (
        UniqueConstraint("story_id", "number"),
        # The same words under the same dates are the same version, however often they come back.
        UniqueConstraint("story_id", "fingerprint"),
        Index("ix_story_versions_document_id", "document_id"),
        Index("ix_story_versions_words", WORDS, postgresql_using="gin"),
    )

    id: Mapped[Key]
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    number: Mapped[int]  # 1 first
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))  # the bytes it came from
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    seen_at: Mapped[datetime]
    # first, cosmetic, date_only, substantive, replaced, owner, carried, page; of a wire's story
    # update, correction, embargo, withheld, killed, too: what it is to the one before it
    kind: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="feed")  # or page: whose text it is
    from_story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"))  # merged into this
    content_hash: Mapped[str]  # dates left out
    fingerprint: Mapped[str]  # content and dates
    title: Mapped[str]
    summary: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    url: Mapped[str | None]
    canonical_url: Mapped[str | None]
    byline: Mapped[str]
    language: Mapped[str | None]
    published_at: Mapped[datetime | None]
    published_raw: Mapped[str]
    updated_at: Mapped[datetime | None]
    problems: Mapped[list[str]] = mapped_column(server_default="{}")
    wire: Mapped[Json | None]  # what a wire says of this version: records.Wire


class StoryKeyRow(Base):
    """What a story is known by, for ever: (scheme, scope, value) leads to one story.

    Schemes: guid (scope: feed), url (scope: all), text (scope: feed, where a feed gives neither),
    shared (scope: feed; 'guid ...' or 'url ...' that several items of one document had at once: it
    identifies nothing in this feed, though it comes alone some day),
    reused (scope: feed; a guid with the content it stood for, once a feed has given the guid to
    another story), lineage and number (scope: outlet; what a wire's items are versions of, and
    what its notices call them by), body (scope: all; leads to the first story with that text: no
    identity, but what makes later ones its duplicates).
    """

    __tablename__ = "story_keys"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)  # feed id, or '' for all feeds
    value: Mapped[str] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), index=True)
    first_seen_at: Mapped[datetime]


class AlternateRow(Base):
    """What a story may also be known by: no identity, but what a merge is made or proposed upon.

    Schemes: guid (scope: feed; without scheme and host), url (scope: all; whatever the form it is
    shown in), title (scope: outlet; good for a week). Values are digests of 32 characters.
    """

    __tablename__ = "story_alternates"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    seen_at: Mapped[datetime]


class SightingRow(Base):
    """What each feed that carries a story has said of it: evidence of its spread.

    Which feed's word stands is decided from these rows alone, never from who was read first.
    """

    __tablename__ = "sightings"
    __table_args__ = (
        # What a feed brought when: its rhythm, and whether it has fallen silent.
        Index("ix_sightings_feed_id_first_seen_at", "feed_id", "first_seen_at"),
    )

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    first_seen_at: Mapped[datetime]
    fingerprint: Mapped[str]  # of what this feed said last: two feeds may word one story apart
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))  # in which it said so
    version: Mapped[int] = mapped_column(server_default="1")  # which one says it
    nearness: Mapped[int] = mapped_column(server_default="2")  # 0: the page is the outlet's own
    fullness: Mapped[int] = mapped_column(server_default="0")  # characters of summary and text
    edited_at: Mapped[datetime | None]  # when it last said something else than before
    returns: Mapped[int] = mapped_column(server_default="0")  # to words it had left: an A/B test


class MergeRow(Base):
    """Two stories that are one, or may be: proposed, made, refused or undone.

    Of a merge nothing is lost: the merged story keeps its versions, sightings and keys, and goes
    on being read under its own id, so that it can be taken apart again at any time.
    """

    __tablename__ = "story_merges"
    __table_args__ = (
        # What was refused or undone is not proposed again.
        UniqueConstraint("story_id", "into_id"),
        Index("ix_story_merges_into_id", "into_id"),
        Index("ix_story_merges_open", "id", postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[Key]
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))  # the later one
    into_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))  # the one that is shown
    state: Mapped[str]  # proposed, made, refused, undone
    alternate: Mapped[str]  # what they share: guid, url, title; '' where a person saw it
    score: Mapped[float]
    why: Mapped[list[Json]]
    decided_by: Mapped[str]  # machine and its version, or a person
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    # What each feed said of the story that is shown, by feed, before it spoke for the merged one.
    before: Mapped[Json] = mapped_column(server_default="{}")


class WithdrawalRow(Base):
    """A story that a feed says it has deleted. The story stays: the desk may have used it."""

    __tablename__ = "withdrawals"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    seen_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # as the feed says
    comment: Mapped[str] = mapped_column(server_default="")


REVISIONS = Sequence("development_revisions", metadata=Base.metadata)


class DevelopmentRow(Base):
    """One happening, as told by one or more stories: what an item of an instalment stands for."""

    __tablename__ = "developments"
    __table_args__ = (
        Index("ix_developments_last_at", "last_at"),
        Index("ix_developments_revision", "revision"),
        Index(
            "ix_developments_follows_id",
            "follows_id",
            postgresql_where=text("follows_id IS NOT NULL"),
        ),
        Index(
            "ix_developments_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    title: Mapped[str]  # of its first story
    words: Mapped[list[str]]  # folded content words of its first story's title
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    revision: Mapped[int]  # of its last change, from one sequence, in the order of commits
    # The development it goes on from: a sub-development of a story that lasts for days.
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    follows_score: Mapped[float] = mapped_column(server_default="0")
    follows_why: Mapped[str] = mapped_column(server_default="")


class MemberRow(Base):
    """A story's place in a development, with the score, the reason and the runner-up."""

    __tablename__ = "development_stories"
    __table_args__ = (Index("ix_development_stories_development_id", "development_id"),)

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    score: Mapped[float]
    why: Mapped[str]
    runner_up_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    runner_up_score: Mapped[float] = mapped_column(server_default="0")
    form: Mapped[str] = mapped_column(server_default="")  # roundup, live: tells of several
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class TagRow(Base):
    """What a version is about, with the words that earned it."""

    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_scheme_code", "scheme", "code"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    score: Mapped[float]
    evidence: Mapped[list[Json]]  # field, start, end, text
    why: Mapped[str] = mapped_column(server_default="")  # where the words alone do not say it
    decided_by: Mapped[str]


class TagCorrectionRow(Base):
    """What a person says of a tag: the version is about this, or is not. The last word stands."""

    __tablename__ = "tag_corrections"
    __table_args__ = (Index("ix_tag_corrections_scheme_code", "scheme", "code"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    is_right: Mapped[bool]
    corrected_by: Mapped[str]
    corrected_at: Mapped[datetime]


class SubjectModelRow(Base):
    """What corrections taught of one Media Topic. Older ones stay: they explain older tags."""

    __tablename__ = "subject_models"

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model: Mapped[Json]  # the words and their weights, see pipeline/tag/learn.py
    learnt_at: Mapped[datetime]


class CreditRow(Base):
    """Whom a version credits for its news: the origin, as against the outlet whose page it is."""

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("version_id", "field", "start", "end"),)

    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"), index=True)
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))  # where it has a row
    outlet: Mapped[str] = mapped_column(server_default="")  # its key; '' where no list has it
    name: Mapped[str]
    # report, citing, headline, dateline, signature, via, byline, post
    kind: Mapped[str] = mapped_column(server_default="report")
    is_origin: Mapped[bool] = mapped_column(server_default=text("true"))
    phrase: Mapped[str]
    field: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    decided_by: Mapped[str] = mapped_column(server_default="")


class QuoteRow(Base):
    """Words in quotation marks, where they stand, and who said them where."""

    __tablename__ = "quotes"
    __table_args__ = (UniqueConstraint("version_id", "field", "start", "end"),)

    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"), index=True)
    text: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="direct")  # direct, partial
    speaker: Mapped[str | None]
    office: Mapped[str | None]
    forum: Mapped[str | None]
    day: Mapped[str | None]
    insertions: Mapped[list[str]] = mapped_column(server_default="{}")
    outlet: Mapped[str] = mapped_column(server_default="")  # whose own words they are
    field: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    decided_by: Mapped[str] = mapped_column(server_default="")
