"""How Alembic runs here: one migrator at a time, and no step that waits long for a lock."""

from alembic import context
from sqlalchemy import Connection, text

from store.models import Base
from store.schema import STEP_SECONDS
from store.session import make_engine

MIGRATING = 7300  # advisory lock: a second migrator waits for the first


def run(connection: Connection) -> None:
    """Run the steps asked for on this connection, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=False,
        on_version_apply=context.config.attributes.get("on_version_apply"),
    )
    limit = round(1000 * context.config.attributes.get("step_seconds", STEP_SECONDS))
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        # A migration that must wait behind a long query would make all others wait behind it.
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        connection.execute(text(f"SET LOCAL statement_timeout = {limit}"))
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    with make_engine(context.config.get_main_option("sqlalchemy.url") or "").connect() as own:
        run(own)
