"""Since when an instalment is out, and when what was handed over is looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0025"


def upgrade() -> None:
    """Go forward."""
    op.add_column("instalments", sa.Column("published_at", sa.DateTime(timezone=True)))
    op.add_column(
        "remote_posts",
        sa.Column(
            "look_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_column("remote_posts", "look_at")
    op.drop_column("instalments", "published_at")
