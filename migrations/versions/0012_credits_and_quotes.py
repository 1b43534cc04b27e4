"""What a credit and a quotation are, who decided so, and how an item's quotations were checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

# table, column, type, what rows have that were there before
COLUMNS = (
    ("credits", "outlet", sa.Text(), "''"),
    ("credits", "kind", sa.Text(), "'report'"),
    ("credits", "is_origin", sa.Boolean(), "true"),
    ("credits", "decided_by", sa.Text(), "''"),
    ("quotes", "insertions", postgresql.ARRAY(sa.Text()), "'{}'"),
    ("quotes", "outlet", sa.Text(), "''"),
    ("quotes", "decided_by", sa.Text(), "''"),
    ("item_quotes", "office", sa.Text(), None),
    ("item_quotes", "forum", sa.Text(), None),
    ("item_quotes", "day", sa.Text(), None),
    ("item_quotes", "position", sa.BigInteger(), "0"),
    ("item_quotes", "is_proposed", sa.Boolean(), "false"),
    ("item_quotes", "check_why", sa.Text(), "''"),
    ("item_quotes", "differences", postgresql.JSONB(astext_type=sa.Text()), "'[]'"),
    ("item_quotes", "noted", postgresql.ARRAY(sa.Text()), "'{}'"),
    ("item_quotes", "checked_against", sa.Text(), "''"),
)
# Nothing has filled these tables before, so that no row can stand in the way.
ONCE = (
    ("credits", ("version_id", "field", "start", "end")),
    ("quotes", ("version_id", "field", "start", "end")),
    ("item_quotes", ("item_id", "quote_id")),
)


def upgrade() -> None:
    """Go forward."""
    for table, column, kind, default in COLUMNS:
        op.add_column(
            table,
            sa.Column(
                column,
                kind,
                server_default=None if default is None else sa.text(default),
                nullable=default is None,
            ),
        )
    for table, columns in ONCE:
        op.create_unique_constraint(f"uq_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """Go back."""
    for table, columns in ONCE:
        op.drop_constraint(f"uq_{table}_{'_'.join(columns)}", table, type_="unique")
    for table, column, _, _ in reversed(COLUMNS):
        op.drop_column(table, column)
