"""rulings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "rulings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("story_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["development_id"],
            ["developments.id"],
            name=op.f("fk_rulings_development_id_developments"),
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["developments.id"], name=op.f("fk_rulings_other_id_developments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    op.create_index("ix_rulings_development_id", "rulings", ["development_id"])
    op.create_index("ix_rulings_other_id", "rulings", ["other_id"])
    op.create_index("ix_rulings_revision", "rulings", ["revision"])
    op.create_table(
        "cluster_fits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("setting", postgresql.JSONB(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("fitted_by", sa.Text(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_fits")),
    )
    op.add_column(
        "development_words",
        sa.Column(
            "names", postgresql.ARRAY(sa.SmallInteger()), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "development_stories", sa.Column("form", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("developments", sa.Column("follows_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "developments", sa.Column("follows_score", sa.Float(), server_default="0", nullable=False)
    )
    op.add_column(
        "developments", sa.Column("follows_why", sa.Text(), server_default="", nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_developments_follows_id_developments"),
        "developments",
        "developments",
        ["follows_id"],
        ["id"],
    )
    op.create_index(
        "ix_developments_follows_id",
        "developments",
        ["follows_id"],
        postgresql_where=sa.text("follows_id IS NOT NULL"),
    )
    op.add_column("items", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_items_merged_into_items"), "items", "items", ["merged_into"], ["id"]
    )
    # Of two items that became one, both stay; only the one that is shown must be alone.
    op.drop_constraint("uq_items_instalment_id_development_id", "items", type_="unique")
    op.create_index(
        "uq_items_instalment_id_development_id",
        "items",
        ["instalment_id", "development_id"],
        unique=True,
        postgresql_where=sa.text("merged_into IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("uq_items_instalment_id_development_id", "items")
    op.create_unique_constraint(
        "uq_items_instalment_id_development_id", "items", ["instalment_id", "development_id"]
    )
    op.drop_constraint(op.f("fk_items_merged_into_items"), "items", type_="foreignkey")
    op.drop_column("items", "merged_into")
    op.drop_index("ix_developments_follows_id", "developments")
    op.drop_constraint(
        op.f("fk_developments_follows_id_developments"), "developments", type_="foreignkey"
    )
    for column in ("follows_why", "follows_score", "follows_id"):
        op.drop_column("developments", column)
    op.drop_column("development_stories", "form")
    op.drop_column("development_words", "names")
    op.drop_table("cluster_fits")
    op.drop_table("rulings")
