"""What people do on an item's page: other links, moves, pasted links, refused suggestions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0021"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_TIME = sa.DateTime(timezone=True)


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    table = "item_changes"
    op.create_table(
        table,
        _key(),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("made_version", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", _TIME, nullable=True),
        _to(table, "item_id", "items"),
        _to(table, "user_id", "users"),
        _to(table, "undone_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_changes")),
    )
    op.create_index("ix_item_changes_item_id", table, ["item_id"])
    table = "refused_suggestions"
    op.create_table(
        table,
        _key(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        sa.Column("refused_by", sa.Text(), nullable=False),
        sa.Column("refused_at", _TIME, nullable=False),
        sa.Column("taken_back_by", sa.Text(), nullable=True),
        sa.Column("taken_back_at", _TIME, nullable=True),
        _to(table, "development_id", "developments"),
        _to(table, "other_id", "developments"),
        _to(table, "story_id", "stories"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_suggestions")),
    )
    op.create_index("ix_refused_suggestions_development_id", table, ["development_id"])
    table = "pasted_links"
    op.create_table(
        table,
        _key(),
        sa.Column("instalment_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        sa.Column("reason", sa.Text(), server_default="it waits to be fetched", nullable=False),
        sa.Column("hops", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("story_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("pasted_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("work_state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("due_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("announced_until", _TIME, nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        _to(table, "instalment_id", "instalments"),
        _to(table, "document_id", "documents"),
        _to(table, "story_id", "stories"),
        _to(table, "item_id", "items"),
        _to(table, "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pasted_links")),
    )
    op.create_index("ix_pasted_links_instalment_id", table, ["instalment_id"])
    op.create_index("ix_pasted_links_item_id", table, ["item_id"])
    op.create_index(
        "ix_pasted_links_waiting",
        table,
        ["due_at"],
        postgresql_where=sa.text("work_state = 'ready'"),
    )


def downgrade() -> None:
    """Go back."""
    for table in ("pasted_links", "refused_suggestions", "item_changes"):
        op.drop_table(table)
