"""developments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "development_words",
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("headline", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("same", sa.SmallInteger(), nullable=True),
        sa.Column("others", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_development_words_story_id_stories")
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_development_words")),
        sa.UniqueConstraint("number", name=op.f("uq_development_words_number")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("development_words")
