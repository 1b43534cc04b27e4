"""Where a story stands as an item, and what was merged into a development: found without a walk."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Go forward."""
    op.create_index("ix_items_story_id", "items", ["story_id"])
    op.create_index(
        "ix_developments_merged_into",
        "developments",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_developments_merged_into", table_name="developments")
    op.drop_index("ix_items_story_id", table_name="items")
