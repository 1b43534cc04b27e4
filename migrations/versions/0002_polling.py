"""polling."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "host_groups",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("gap_seconds", sa.Double(), nullable=True),
        sa.Column("most_at_once", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_host_groups")),
    )
    op.create_table(
        "feed_memory",
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.Text(), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.Column("seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("known", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_memory_feed_id_feeds")
        ),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_feed_memory")),
    )
    op.create_table(
        "troubles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_troubles_feed_id_feeds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_troubles")),
    )
    op.create_index(op.f("ix_troubles_feed_id"), "troubles", ["feed_id"], unique=False)
    op.create_index(
        "ix_troubles_open",
        "troubles",
        ["feed_id", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("documents", sa.Column("way", sa.Text(), server_default="poll", nullable=False))
    op.add_column("documents", sa.Column("items", sa.BigInteger(), nullable=True))
    op.add_column(
        "documents", sa.Column("known", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("feeds", sa.Column("user_agent", sa.Text(), nullable=True))
    op.add_column(
        "feeds", sa.Column("wants_full_text", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("feeds", sa.Column("host", sa.Text(), server_default="", nullable=False))
    op.add_column("feeds", sa.Column("address", sa.Text(), nullable=True))
    op.add_column(
        "feeds", sa.Column("hints", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column(
        "feeds", sa.Column("rhythm", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("feeds", sa.Column("window_seconds", sa.Double(), nullable=True))
    op.add_column("feeds", sa.Column("overlap", sa.Double(), nullable=True))
    op.add_column("feeds", sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "feeds", sa.Column("lost_suspected", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("feeds", sa.Column("next_why", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "feeds", sa.Column("validators_lie", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column(
        "feeds", sa.Column("is_audit_due", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("feeds", sa.Column("audited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "feeds",
        sa.Column("audit_wait_seconds", sa.BigInteger(), server_default="43200", nullable=False),
    )
    op.add_column("feeds", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("moved_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "feeds", sa.Column("moved_polls", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("feeds", sa.Column("original_url", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("feeds", "original_url")
    op.drop_column("feeds", "moved_polls")
    op.drop_column("feeds", "moved_since")
    op.drop_column("feeds", "moved_to")
    op.drop_column("feeds", "audit_wait_seconds")
    op.drop_column("feeds", "audited_at")
    op.drop_column("feeds", "is_audit_due")
    op.drop_column("feeds", "validators_lie")
    op.drop_column("feeds", "next_why")
    op.drop_column("feeds", "lost_suspected")
    op.drop_column("feeds", "fresh_until")
    op.drop_column("feeds", "overlap")
    op.drop_column("feeds", "window_seconds")
    op.drop_column("feeds", "rhythm")
    op.drop_column("feeds", "hints")
    op.drop_column("feeds", "address")
    op.drop_column("feeds", "host")
    op.drop_column("feeds", "wants_full_text")
    op.drop_column("feeds", "user_agent")
    op.drop_column("documents", "known")
    op.drop_column("documents", "items")
    op.drop_column("documents", "way")
    op.drop_index(
        "ix_troubles_open", table_name="troubles", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_index(op.f("ix_troubles_feed_id"), table_name="troubles")
    op.drop_table("troubles")
    op.drop_table("feed_memory")
    op.drop_table("host_groups")
