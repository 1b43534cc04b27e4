"""identity."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def _bare(url: str) -> str:
    """The expression for an address's host, without what feeds and pages are served from."""
    host = f"lower(substring({url} from '^[A-Za-z]+://(?:[^/?#@]*@)?([^/:?#]+)'))"
    return f"regexp_replace({host}, '^(www|feeds|feed|rss|m|api)[.](?=.*[.])', '')"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "story_alternates",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_alternates_story_id_stories")
        ),
        sa.PrimaryKeyConstraint(
            "scheme", "scope", "value", "story_id", name=op.f("pk_story_alternates")
        ),
    )
    op.create_table(
        "story_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("alternate", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_merges_story_id_stories")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["stories.id"], name=op.f("fk_story_merges_into_id_stories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_merges")),
        sa.UniqueConstraint("story_id", "into_id", name=op.f("uq_story_merges_story_id_into_id")),
    )
    op.create_index("ix_story_merges_into_id", "story_merges", ["into_id"])
    op.create_index(
        "ix_story_merges_open",
        "story_merges",
        ["id"],
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "withdrawals",
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_withdrawals_story_id_stories")
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_withdrawals_feed_id_feeds")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_withdrawals_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("story_id", "feed_id", name=op.f("pk_withdrawals")),
    )
    op.add_column(
        "sightings", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.add_column(
        "sightings", sa.Column("nearness", sa.BigInteger(), server_default="2", nullable=False)
    )
    op.add_column(
        "sightings", sa.Column("fullness", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("sightings", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "sightings", sa.Column("returns", sa.BigInteger(), server_default="0", nullable=False)
    )
    # Until a feed says more of a story, what stands is its word.
    op.execute(
        "UPDATE sightings SET version = s.current_version FROM stories s WHERE s.id = story_id"
    )
    # A story's own outlet would otherwise stand no nearer to it than an aggregate that edits it.
    op.execute(
        f"""
        UPDATE sightings SET fullness = judged.fullness, nearness = judged.nearness
        FROM (
            SELECT told.story_id, told.feed_id, told.fullness,
                CASE
                    WHEN told.page IS NULL OR told.page IN (told.site, told.home)
                        OR right(told.page, length(told.site) + 1) = '.' || told.site
                        OR right(told.page, length(told.home) + 1) = '.' || told.home
                    THEN 0
                    WHEN told.kind = 'outlet' THEN 2
                    ELSE 1
                END AS nearness
            FROM (
                SELECT s.story_id, s.feed_id, o.kind,
                    length(v.summary) + length(v.text) AS fullness,
                    {_bare("v.canonical_url")} AS page,
                    {_bare("f.url")} AS site,
                    {_bare("o.homepage")} AS home
                FROM sightings s
                JOIN story_versions v ON v.story_id = s.story_id AND v.number = s.version
                JOIN feeds f ON f.id = s.feed_id
                JOIN outlets o ON o.id = f.outlet_id
            ) AS told
        ) AS judged
        WHERE judged.story_id = sightings.story_id AND judged.feed_id = sightings.feed_id
        """  # noqa: S608  # the pieces are our own text
    )
    op.add_column(
        "stories",
        sa.Column("changes_not_kept", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column("stories", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_stories_merged_into_stories"), "stories", "stories", ["merged_into"], ["id"]
    )
    op.create_index(
        "ix_stories_merged_into",
        "stories",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column("story_versions", sa.Column("from_story_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_story_versions_from_story_id_stories"),
        "story_versions",
        "stories",
        ["from_story_id"],
        ["id"],
    )


def downgrade() -> None:
    """Go back."""
    op.drop_column("story_versions", "from_story_id")
    op.drop_index("ix_stories_merged_into", table_name="stories")
    op.drop_column("stories", "merged_into")
    op.drop_column("stories", "changes_not_kept")
    for name in ("returns", "edited_at", "fullness", "nearness", "version"):
        op.drop_column("sightings", name)
    op.drop_table("withdrawals")
    op.drop_table("story_merges")
    op.drop_table("story_alternates")
