"""developments."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
