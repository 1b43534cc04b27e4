"""The schema's version: brought up to date by Alembic, and asked about by every process."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

SCRIPTS = Path(__file__).parent.parent / "migrations"


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the tables up to date; gives the versions before and after."""
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(config, "head")
    return before, head()


def version(engine: Engine) -> str | None:
    """The version the database is at; None for one that was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The version this code needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:  # pragma: no cover  # the scripts are part of the package
        raise RuntimeError("no migration found")
    return found


def revisions() -> frozenset[str]:
    """Every version this code can bring up to date."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(one.revision for one in found)


def is_newer(found: str | None) -> bool:
    """Whether these tables are of a later release: of a version that this one never heard of."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return found is not None and found not in known


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config
