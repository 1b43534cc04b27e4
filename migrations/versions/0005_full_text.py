"""full text."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "story_versions", sa.Column("source", sa.Text(), server_default="feed", nullable=False)
    )
    op.create_table(
        "article_pages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("story_url", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        sa.Column(
            "reason",
            sa.Text(),
            server_default="its page was not asked for yet",
            nullable=False,
        ),
        sa.Column("hops", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("byline", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problems", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("work_state", sa.Text(), server_default="ready", nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("announced_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_article_pages_story_id_stories")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_article_pages_feed_id_feeds")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_article_pages_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_pages")),
        sa.UniqueConstraint("story_id", name=op.f("uq_article_pages_story_id")),
    )
    op.create_index(
        "ix_article_pages_waiting",
        "article_pages",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("work_state = 'ready'"),
    )
    op.create_index(
        "ix_article_pages_host",
        "article_pages",
        ["host"],
        unique=False,
        postgresql_where=sa.text("state = 'wanted' AND lease_until IS NOT NULL"),
    )
    op.create_table(
        "robots_rules",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots_rules")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("robots_rules")
    op.drop_index(
        "ix_article_pages_host",
        table_name="article_pages",
        postgresql_where=sa.text("state = 'wanted' AND lease_until IS NOT NULL"),
    )
    op.drop_index(
        "ix_article_pages_waiting",
        table_name="article_pages",
        postgresql_where=sa.text("work_state = 'ready'"),
    )
    op.drop_table("article_pages")
    op.drop_column("story_versions", "source")
