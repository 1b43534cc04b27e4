"""polling."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from pipeline.domains import host_of

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
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost", sa.BigInteger(), server_default="0", nullable=False),
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
    op.create_table(
        "backfills",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("trouble_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("depth", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("found", sa.BigInteger(), server_default="0", nullable=False),
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
            ["document_id"], ["documents.id"], name=op.f("fk_backfills_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_backfills_feed_id_feeds")),
        sa.ForeignKeyConstraint(
            ["trouble_id"], ["troubles.id"], name=op.f("fk_backfills_trouble_id_troubles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
        sa.UniqueConstraint("trouble_id", "url", name=op.f("uq_backfills_trouble_id_url")),
    )
    op.create_index(
        "ix_backfills_waiting",
        "backfills",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("work_state = 'ready'"),
    )
    op.create_index("ix_backfills_document_id", "backfills", ["document_id"], unique=False)
    op.create_index(
        "ix_sightings_feed_id_first_seen_at",
        "sightings",
        ["feed_id", "first_seen_at"],
        unique=False,
    )
    op.create_table(
        "audit_counts",
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("audits", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("pk_audit_counts")),
    )
    op.drop_constraint(op.f("uq_documents_fetch_token"), "documents", type_="unique")
    op.create_unique_constraint(
        op.f("uq_documents_feed_id_fetch_token"), "documents", ["feed_id", "fetch_token"]
    )
    op.add_column("documents", sa.Column("frame", sa.Text(), server_default="", nullable=False))
    op.add_column("documents", sa.Column("hashes", sa.LargeBinary(), nullable=True))
    op.add_column("documents", sa.Column("way", sa.Text(), server_default="poll", nullable=False))
    op.add_column(
        "documents",
        sa.Column("leads", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("documents", sa.Column("items", sa.BigInteger(), nullable=True))
    op.add_column(
        "documents", sa.Column("known", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("feeds", sa.Column("validators_of", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("user_agent", sa.Text(), nullable=True))
    op.add_column(
        "feeds", sa.Column("wants_full_text", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("feeds", sa.Column("host", sa.Text(), server_default="", nullable=False))
    op.add_column("feeds", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_feeds_host"), "feeds", ["host"], unique=False)
    op.create_index(op.f("ix_feeds_address"), "feeds", ["address"], unique=False)
    op.add_column(
        "feeds", sa.Column("hints", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column(
        "feeds", sa.Column("rhythm", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("feeds", sa.Column("rhythm_at", sa.DateTime(timezone=True), nullable=True))
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
    op.add_column(
        "feeds", sa.Column("moved_shares", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("feeds", sa.Column("moved_document_id", sa.BigInteger(), nullable=True))
    op.add_column("feeds", sa.Column("original_url", sa.Text(), nullable=True))
    op.add_column("feeds", sa.Column("refused_move", sa.Text(), nullable=True))
    # Without its host a feed would share no limits with its siblings.
    feeds = sa.table("feeds", sa.column("id"), sa.column("url"), sa.column("host"))
    there = op.get_bind().execute(sa.select(feeds.c.id, feeds.c.url)).all()
    for number, url in there:
        op.execute(sa.update(feeds).where(feeds.c.id == number).values(host=host_of(url)))


def downgrade() -> None:
    """Go back."""
    op.drop_column("feeds", "refused_move")
    op.drop_column("feeds", "original_url")
    op.drop_column("feeds", "moved_document_id")
    op.drop_column("feeds", "moved_shares")
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
    op.drop_column("feeds", "rhythm_at")
    op.drop_column("feeds", "rhythm")
    op.drop_column("feeds", "hints")
    op.drop_index(op.f("ix_feeds_address"), table_name="feeds")
    op.drop_index(op.f("ix_feeds_host"), table_name="feeds")
    op.drop_column("feeds", "refused_at")
    op.drop_column("feeds", "address")
    op.drop_column("feeds", "host")
    op.drop_column("feeds", "wants_full_text")
    op.drop_column("feeds", "user_agent")
    op.drop_column("feeds", "validators_of")
    op.drop_column("documents", "leads")
    op.drop_column("documents", "known")
    op.drop_column("documents", "items")
    op.drop_column("documents", "way")
    op.drop_column("documents", "hashes")
    op.drop_column("documents", "frame")
    op.drop_constraint(op.f("uq_documents_feed_id_fetch_token"), "documents", type_="unique")
    op.create_unique_constraint(op.f("uq_documents_fetch_token"), "documents", ["fetch_token"])
    op.drop_table("audit_counts")
    op.drop_index("ix_sightings_feed_id_first_seen_at", table_name="sightings")
    op.drop_index("ix_backfills_document_id", table_name="backfills")
    op.drop_index(
        "ix_backfills_waiting",
        table_name="backfills",
        postgresql_where=sa.text("work_state = 'ready'"),
    )
    op.drop_table("backfills")
    op.drop_index(
        "ix_troubles_open", table_name="troubles", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.drop_index(op.f("ix_troubles_feed_id"), table_name="troubles")
    op.drop_table("troubles")
    op.drop_table("feed_memory")
    op.drop_table("host_groups")
