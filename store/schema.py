"""The schema's version: brought up to date by Alembic, and asked about by every process."""

import logging
from pathlib import Path
from threading import Event

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from pipeline.errors import SerieswatchError

log = logging.getLogger(__name__)

SCRIPTS = Path(__file__).parent.parent / "migrations"


IN_THE_WAY = frozenset(
    {"55P03", "40P01"}
)  # somebody held a table too long, or each waited for other
TRIES = 10  # at the whole of it: what is cut short has changed nothing
PAUSE = 1.0


class TablesInUse(SerieswatchError):
    """Whoever works on the tables did not let a step come to its turn; nothing was changed."""


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the tables up to date while others work; gives the versions before and after.

    Raises TablesInUse when they cannot be had.
    """
    for number in range(1, TRIES + 1):
        try:
            return _migrated(engine)
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) not in IN_THE_WAY:
                raise
            if number == TRIES:
                raise TablesInUse(
                    f"tables are in use, {TRIES} times over: nothing was changed. A backup or a "
                    "long question may hold them; run it again when that has ended"
                ) from problem
            log.warning("a table is in use, once more: %s", str(problem.orig).partition("\n")[0])
            Event().wait(PAUSE)
    raise AssertionError  # pragma: no cover  # the last try gives or raises


def _migrated(engine: Engine) -> tuple[str | None, str]:
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
