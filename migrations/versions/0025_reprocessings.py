"""reprocessings."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "reprocessings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("documents_upto", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stories_upto", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "begun_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reprocessings")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("reprocessings")
