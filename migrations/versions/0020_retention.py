"""retention."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0022"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "retention",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("let_go", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("work_state", sa.Text(), server_default="ready", nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("announced_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention")),
        sa.UniqueConstraint("rule", name=op.f("uq_retention_rule")),
    )
    op.create_index(
        "ix_retention_waiting",
        "retention",
        ["due_at"],
        postgresql_where=sa.text("work_state = 'ready'"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("retention")
