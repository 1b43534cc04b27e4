"""Definitions edited at the desk, rematches and replays by workers, lookups, days of polls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0020"

_JSON = postgresql.JSONB(astext_type=sa.Text())
_NOW = sa.text("now()")


def _moment(name: str, *, default: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=_NOW if default else None,
        nullable=not default,
    )


def _number(name: str, default: str | None = "0") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def _leased() -> list[sa.Column[object]]:
    return [
        sa.Column("work_state", sa.Text(), server_default="ready", nullable=False),
        _moment("due_at", default=True),
        _moment("announced_until"),
        _moment("lease_until"),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
    ]


def _waiting(table: str) -> None:
    op.create_index(
        f"ix_{table}_waiting", table, ["due_at"], postgresql_where=sa.text("work_state = 'ready'")
    )


def upgrade() -> None:
    """Go forward."""
    op.add_column("series_definitions", sa.Column("source", sa.Text(), nullable=True))
    note = sa.Column("note", sa.Text(), server_default="", nullable=False)
    op.add_column("series_definitions", note)
    for column in _leased():
        op.add_column("series_rematches", column)
    for name in ("closed", "total"):
        op.add_column("series_rematches", _number(name))
    asked_by = sa.Column("asked_by", sa.Text(), server_default="", nullable=False)
    op.add_column("series_rematches", asked_by)
    for name in ("begun_at", "ended_at"):
        op.add_column("series_rematches", _moment(name))
    # Those of before were carried out by whoever asked for them.
    op.execute("UPDATE series_rematches SET work_state = 'done', total = stories")
    _waiting("series_rematches")
    op.create_index("ix_matches_series_id_seen_at", "matches", ["series_id", "seen_at"])
    op.create_table(
        "series_replays",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _number("series_id", None),
        _number("based_on", None),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("definition", _JSON, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        _number("days", None),
        sa.Column("asked_by", sa.Text(), nullable=False),
        _moment("asked_at", default=True),
        _number("stories"),
        _number("total"),
        sa.Column("result", _JSON, nullable=True),
        _moment("ended_at"),
        *_leased(),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_replays_series_id_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_replays")),
    )
    _waiting("series_replays")
    op.create_index("ix_series_replays_series_id", "series_replays", ["series_id"])
    op.create_table(
        "feed_lookups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        _moment("asked_at", default=True),
        sa.Column("result", _JSON, nullable=True),
        _moment("ended_at"),
        *_leased(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_lookups")),
    )
    _waiting("feed_lookups")
    op.create_table(
        "poll_days",
        _number("feed_id", None),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _number("polls"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_poll_days_feed_id_feeds")),
        sa.PrimaryKeyConstraint("feed_id", "day", "state", name=op.f("pk_poll_days")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("poll_days")
    op.drop_table("feed_lookups")
    op.drop_table("series_replays")
    op.drop_index("ix_matches_series_id_seen_at", table_name="matches")
    op.drop_index("ix_series_rematches_waiting", table_name="series_rematches")
    for name in ("begun_at", "ended_at", "asked_by", "closed", "total"):
        op.drop_column("series_rematches", name)
    for leased in _leased():
        op.drop_column("series_rematches", leased.name)
    op.drop_column("series_definitions", "note")
    op.drop_column("series_definitions", "source")
