"""Assignments, comments, snoozes, stars, saved searches, keys; search over all words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0017"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_TIME = sa.DateTime(timezone=True)
WORDS = (
    "to_tsvector('english'::regconfig, (((title || ' '::text) || summary) || ' '::text) "
    '|| "left"(text, 6000))'
)


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "item_assignments",
        *(_id("item_id"), _id("user_id"), _id("by_id")),
        sa.Column("at", _TIME, nullable=False),
        _to("item_assignments", "item_id", "items"),
        _to("item_assignments", "user_id", "users"),
        _to("item_assignments", "by_id", "users"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_assignments")),
    )
    op.create_index("ix_item_assignments_user_id", "item_assignments", ["user_id"])
    op.create_table(
        "item_comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(_id("item_id"), _id("author_id")),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", _TIME, nullable=False),
        _to("item_comments", "item_id", "items"),
        _to("item_comments", "author_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_comments")),
    )
    op.create_index("ix_item_comments_item_id", "item_comments", ["item_id"])
    op.create_table(
        "item_snoozes",
        _id("item_id"),
        sa.Column("until", _TIME, nullable=False),
        _id("by_id"),
        _to("item_snoozes", "item_id", "items"),
        _to("item_snoozes", "by_id", "users"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_snoozes")),
    )
    op.create_index("ix_item_snoozes_until", "item_snoozes", ["until"])
    op.create_table(
        "item_stars",
        *(_id("user_id"), _id("item_id")),
        _to("item_stars", "user_id", "users"),
        _to("item_stars", "item_id", "items"),
        sa.PrimaryKeyConstraint("user_id", "item_id", name=op.f("pk_item_stars")),
    )
    op.create_index("ix_item_stars_item_id", "item_stars", ["item_id"])
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _id("owner_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        _to("saved_searches", "owner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_searches_owner_id_name")),
    )
    op.create_table(
        "user_keys",
        _id("user_id"),
        sa.Column("is_off", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("keys", _JSON, nullable=False),
        _to("user_keys", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_keys")),
    )
    # The desk-wide queue: the best first, or the newest, of what waits.
    waiting = sa.text("state = 'queued' AND merged_into IS NULL")
    op.create_index("ix_items_queue", "items", ["score", "id"], postgresql_where=waiting)
    # Also for what is already stored, however much that is: this one step may take its time.
    op.execute("SET LOCAL statement_timeout = '20min'")
    op.create_index(
        "ix_story_versions_words", "story_versions", [sa.text(WORDS)], postgresql_using="gin"
    )
    op.execute("SET LOCAL statement_timeout = '5s'")


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_story_versions_words", "story_versions")
    op.drop_index("ix_items_queue", "items")
    for table in (
        *("user_keys", "saved_searches", "item_stars"),
        *("item_snoozes", "item_comments", "item_assignments"),
    ):
        op.drop_table(table)
