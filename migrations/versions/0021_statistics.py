"""Counts that a scrape reads, and days of fingerprints made by whoever may make no tables."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0015"

# Run as whoever owns the tables: an application role without DDL may turn days, and nothing else.
_MAKE = """
CREATE FUNCTION make_fingerprint_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := 'fingerprints_' || to_char(day, 'YYYYMMDD');
BEGIN
    -- An attached table locks the others less than one that is born as a part of them.
    EXECUTE format('CREATE TABLE public.%I (LIKE public.fingerprints INCLUDING ALL)', part);
    EXECUTE format(
        'ALTER TABLE public.fingerprints ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        part, day, day + 1
    );
END $$
"""
_DROP = """
CREATE FUNCTION drop_fingerprint_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TABLE public.%I', 'fingerprints_' || to_char(day, 'YYYYMMDD'));
END $$
"""


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "statistics",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), server_default="", nullable=False),
        sa.Column("second", sa.Text(), server_default="", nullable=False),
        sa.Column("closed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("closed_sum", sa.Float(), server_default="0", nullable=False),
        sa.Column("open_sum", sa.Float(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", "first", "second", name=op.f("pk_statistics")),
    )
    op.create_table(
        "statistics_reach",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_id", sa.BigInteger(), nullable=False),
        sa.Column("next_id", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_statistics_reach")),
    )
    for statement in (_MAKE, _DROP):
        op.execute(statement)
    for name in ("make_fingerprint_day", "drop_fingerprint_day"):
        op.execute(f"REVOKE ALL ON FUNCTION {name}(date) FROM PUBLIC")


def downgrade() -> None:
    """Go back."""
    op.execute("DROP FUNCTION drop_fingerprint_day(date)")
    op.execute("DROP FUNCTION make_fingerprint_day(date)")
    op.drop_table("statistics_reach")
    op.drop_table("statistics")
