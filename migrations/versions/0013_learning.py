"""What decisions teach a series, what of the ignored is shown, how far a rematch has come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

_JSON = postgresql.JSONB(astext_type=sa.Text())


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "series_models",
        _key(),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition_id", sa.BigInteger(), nullable=False),
        sa.Column("model", _JSON, nullable=False),
        sa.Column("figures", _JSON, nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        _to("series_models", "series_id", "series"),
        _to("series_models", "definition_id", "series_definitions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_models")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_series_models_series_id_number")),
    )
    op.create_table(
        "match_samples",
        _key(),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("definition_id", sa.BigInteger(), nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("shown_as", sa.Text(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", _JSON, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        _to("match_samples", "series_id", "series"),
        _to("match_samples", "story_id", "stories"),
        _to("match_samples", "version_id", "story_versions"),
        _to("match_samples", "definition_id", "series_definitions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_samples")),
        sa.UniqueConstraint(
            "series_id", "story_id", name=op.f("uq_match_samples_series_id_story_id")
        ),
    )
    op.create_index("ix_match_samples_story_id", "match_samples", ["story_id"])
    op.create_table(
        "series_rematches",
        _key(),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("definition_id", sa.BigInteger(), nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("reached", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stories", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("matched", sa.BigInteger(), server_default="0", nullable=False),
        _to("series_rematches", "series_id", "series"),
        _to("series_rematches", "definition_id", "series_definitions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_rematches")),
        sa.UniqueConstraint(
            *("series_id", "definition_id", "matcher"),
            name=op.f("uq_series_rematches_series_id_definition_id_matcher"),
        ),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("series_rematches")
    op.drop_table("match_samples")
    op.drop_table("series_models")
