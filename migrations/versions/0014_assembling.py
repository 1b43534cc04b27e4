"""What an instalment assembles: gathered developments, offers, what items are ranked by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0018"

_JSON = postgresql.JSONB(astext_type=sa.Text())


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    op.add_column("items", sa.Column("merit", sa.Float(), server_default="0", nullable=False))
    op.add_column("instalments", sa.Column("proposed", _JSON, server_default="{}", nullable=False))
    op.create_table(
        "item_developments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        _to("item_developments", "item_id", "items"),
        _to("item_developments", "development_id", "developments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_developments")),
        sa.UniqueConstraint(
            *("item_id", "development_id"),
            name=op.f("uq_item_developments_item_id_development_id"),
        ),
    )
    op.create_index("ix_item_developments_development_id", "item_developments", ["development_id"])
    op.create_table(
        "item_offers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("detail", _JSON, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _to("item_offers", "item_id", "items"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_offers")),
        sa.UniqueConstraint(
            *("item_id", "kind", "key"), name=op.f("uq_item_offers_item_id_kind_key")
        ),
    )
    op.create_index(
        "ix_item_offers_open",
        "item_offers",
        ["item_id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("item_offers")
    op.drop_table("item_developments")
    op.drop_column("instalments", "proposed")
    op.drop_column("items", "merit")
