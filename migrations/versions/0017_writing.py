"""What editors write: texts of instalments, fields beside an item's text, who has it open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0019"

_JSON = postgresql.JSONB(astext_type=sa.Text())


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    op.add_column("instalments", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("link", sa.Text(), nullable=True))
    op.add_column("items", sa.Column("day", sa.Text(), nullable=True))
    op.add_column("item_texts", sa.Column("fields", _JSON, nullable=True))
    for name in ("made", "turn"):
        op.add_column(
            "item_texts", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.add_column("item_texts", sa.Column("tab", sa.Text(), server_default="", nullable=False))
    op.add_column("item_texts", sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "instalment_texts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("instalment_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("tab", sa.Text(), server_default="", nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        _to("instalment_texts", "instalment_id", "instalments"),
        _to("instalment_texts", "author_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment_texts")),
        sa.UniqueConstraint(
            *("instalment_id", "field", "number"),
            name=op.f("uq_instalment_texts_instalment_id_field_number"),
        ),
    )
    op.create_table(
        "presences",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        _to("presences", "user_id", "users"),
        sa.PrimaryKeyConstraint("place", "user_id", name=op.f("pk_presences")),
    )
    op.add_column(
        "item_quotes", sa.Column("place", sa.Text(), server_default="below", nullable=False)
    )
    op.add_column("item_quotes", sa.Column("vouched_by", sa.BigInteger(), nullable=True))
    op.add_column(
        "item_quotes", sa.Column("vouched_why", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("item_quotes", sa.Column("vouched_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_item_quotes_vouched_by_users"), "item_quotes", "users", ["vouched_by"], ["id"]
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("fk_item_quotes_vouched_by_users"), "item_quotes", type_="foreignkey")
    for name in ("vouched_at", "vouched_why", "vouched_by", "place"):
        op.drop_column("item_quotes", name)
    op.drop_table("presences")
    op.drop_table("instalment_texts")
    for name in ("saved_at", "tab", "turn", "made", "fields"):
        op.drop_column("item_texts", name)
    op.drop_column("items", "day")
    op.drop_column("items", "link")
    op.drop_column("instalments", "address")
