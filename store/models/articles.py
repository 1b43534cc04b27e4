"""Tables of full text: the pages of stories that are to be read, and what sites say to robots."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class ArticlePageRow(Leased, Base):
    """A story's own page, asked for once, and once more where that may help.

    `state`: wanted (to be fetched), fetched (its bytes wait to be read), read, or why the feed's
    own words stand, as pipeline/article names it; `reason` says it in words.
    """

    __tablename__ = "article_pages"

    constraints: ClassVar = (
        UniqueConstraint("story_id"),
        # Which servers are being asked just now: see store/groups.py.
        Index(
            "ix_article_pages_host",
            "host",
            postgresql_where=text("state = 'wanted' AND lease_until IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))  # which asks for full text
    story_url: Mapped[str]  # the canonical link the text is good for
    url: Mapped[str]  # where the page is, after the redirects so far
    host: Mapped[str]  # registrable domain of that
    state: Mapped[str] = mapped_column(server_default="wanted")
    reason: Mapped[str] = mapped_column(server_default="its page was not asked for yet")
    hops: Mapped[int] = mapped_column(server_default="0")  # redirects followed
    tries: Mapped[int] = mapped_column(server_default="0")  # of which nothing came
    fetched_at: Mapped[datetime | None]  # product time
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))  # its bytes
    # what its page shows; its text stands here as long as later words of the feed need it
    title: Mapped[str] = mapped_column(server_default="")
    text: Mapped[str] = mapped_column(server_default="")
    byline: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str | None]
    published_at: Mapped[datetime | None]
    problems: Mapped[list[str]] = mapped_column(server_default="{}")


class RobotsRulesRow(Base):
    """What one site says to robots, until it is asked again. Both times are the database's own."""

    __tablename__ = "robots_rules"

    origin: Mapped[str] = mapped_column(primary_key=True)  # https://outlet.example
    state: Mapped[str]  # read, none, unreachable (then nothing is read there)
    rules: Mapped[str] = mapped_column(server_default="")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
