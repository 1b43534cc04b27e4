"""Why a tag is there; corrections of tags by people, and what was learnt from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Go forward."""
    op.add_column("tags", sa.Column("why", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "tag_corrections",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("corrected_by", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["story_versions.id"],
            name=op.f("fk_tag_corrections_version_id_story_versions"),
        ),
        sa.PrimaryKeyConstraint("version_id", "scheme", "code", name=op.f("pk_tag_corrections")),
    )
    op.create_index("ix_tag_corrections_scheme_code", "tag_corrections", ["scheme", "code"])
    op.create_table(
        "subject_models",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("model", postgresql.JSONB(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_subject_models")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("subject_models")
    op.drop_index("ix_tag_corrections_scheme_code", table_name="tag_corrections")
    op.drop_table("tag_corrections")
    op.drop_column("tags", "why")
