"""Places to hand over to, what stands there, and how each wish ended."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0016"


def _text(name: str, *, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _time(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "targets",
        _key(),
        _text("key"),
        _text("kind"),
        _text("title"),
        _text("url"),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _time("retired_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint("key", name=op.f("uq_targets_key")),
    )
    op.create_table(
        "remote_posts",
        _key(),
        sa.Column("instalment_id", sa.BigInteger(), nullable=False),
        _text("target"),
        _text("remote_id"),
        _text("link"),
        _text("status"),
        _text("mark"),
        _text("title"),
        _text("html"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instalment_id"],
            ["instalments.id"],
            name=op.f("fk_remote_posts_instalment_id_instalments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_posts")),
        sa.UniqueConstraint(
            "instalment_id", "target", name=op.f("uq_remote_posts_instalment_id_target")
        ),
    )
    op.add_column(
        "deliveries",
        sa.Column("is_forced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("deliveries", _text("outcome", default=""))
    op.add_column("deliveries", _text("said", default=""))
    op.add_column("deliveries", sa.Column("found", postgresql.JSONB(), nullable=True))
    op.add_column("deliveries", _time("ended_at"))


def downgrade() -> None:
    """Go back."""
    for column in ("ended_at", "found", "said", "outcome", "is_forced"):
        op.drop_column("deliveries", column)
    op.drop_table("remote_posts")
    op.drop_table("targets")
