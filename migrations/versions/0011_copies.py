"""copies."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "fingerprints",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", "story_id", "seen_on", name=op.f("pk_fingerprints")),
        postgresql_partition_by="RANGE (seen_on)",
    )
    op.create_table(
        "kept_apart",
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["stories.id"], name=op.f("fk_kept_apart_other_id_stories")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_kept_apart_story_id_stories")
        ),
        sa.PrimaryKeyConstraint("story_id", "other_id", name=op.f("pk_kept_apart")),
    )
    op.create_index("ix_kept_apart_other_id", "kept_apart", ["other_id"])
    op.add_column("duplicates", sa.Column("of_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_duplicates_of_id_stories"), "duplicates", "stories", ["of_id"], ["id"]
    )
    op.create_index("ix_duplicates_of_id", "duplicates", ["of_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_duplicates_of_id", table_name="duplicates")
    op.drop_constraint(op.f("fk_duplicates_of_id_stories"), "duplicates", type_="foreignkey")
    op.drop_column("duplicates", "of_id")
    op.drop_table("kept_apart")
    op.drop_table("fingerprints")
