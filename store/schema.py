"""The schema's version: brought up to date by Alembic, and asked about by every process."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.migration import MigrationInfo
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
TOO_LONG = "57014"  # a statement was ended: by its limit, or by somebody who asked for that
STEP_SECONDS = 5.0  # what one statement of a step may take: it may hold up all who read the table
PAUSE = 1.0


class TablesInUse(SerieswatchError):
    """Whoever works on the tables did not let a step come to its turn; nothing was changed."""


class TablesOfLater(SerieswatchError):
    """The tables were brought up to date by a later release; nothing was changed."""


class StepTooLong(SerieswatchError):
    """A step had more rows to go through than its time allows; nothing was changed."""


def migrate(
    engine: Engine,
    *,
    step_seconds: float = STEP_SECONDS,
    said: Callable[[str], object] = log.info,
) -> tuple[str | None, str]:
    """Bring the tables up to date while others work; gives the versions before and after.

    `said` is told of each step of tables that hold something, when it begins. Raises TablesInUse
    when the tables cannot be had, StepTooLong when a statement takes longer than it may,
    TablesOfLater when this release does not know the version they are at.
    """
    for number in range(1, TRIES + 1):
        try:
            return _migrated(engine, step_seconds, said)
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) not in IN_THE_WAY:
                raise
            if number == TRIES:
                raise TablesInUse(
                    f"tables are in use, {TRIES} times over: nothing was changed. A backup or a "
                    "long question may hold them; run it again when that has ended"
                ) from problem
            log.warning("a table is in use, once more: %s", _said(problem))
            Event().wait(PAUSE)
    raise AssertionError  # the last try gives or raises


def _migrated(
    engine: Engine, step_seconds: float, said: Callable[[str], object]
) -> tuple[str | None, str]:
    with engine.begin() as connection:
        config = _config()
        before = MigrationContext.configure(connection).get_current_revision()
        if is_newer(before):
            raise TablesOfLater(
                f"the tables are at {before} and this release knows them up to {head()}: a later "
                "one has changed them, and nothing needs to be done. This one runs on them where "
                "SERIESWATCH_NEWER_TABLES=yes is set; start it without `migrate`"
            )
        steps = _steps(before)

        def told(*, step: MigrationInfo, **_: object) -> None:
            """Alembic has done this one."""
            steps.remove(str(step.up_revision_id))
            begin()

        def begin() -> None:
            if steps and before:  # one that is empty is made in a moment
                said(f"bringing the tables to {steps[0]}; {len(steps) - 1} more to come after that")

        config.attributes |= {
            "connection": connection,
            "step_seconds": step_seconds,
            "on_version_apply": told,
        }
        begin()
        try:
            command.upgrade(config, "head")
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) != TOO_LONG:
                raise
            raise StepTooLong(
                f"the step to {steps[0]} takes longer than {step_seconds:g} s, or somebody ended "
                "it in the database; nothing was changed. When nobody minds waiting, give it more "
                f"time: `serieswatch migrate --step-seconds {max(60, step_seconds * 10):g}`. "
                f"The database said: {_said(problem)}"
            ) from problem
    return before, head()


def _said(problem: OperationalError) -> str:
    """What the database said, in its own language: two endings have one code and two sentences."""
    return str(problem.orig).partition("\n")[0]


def _steps(before: str | None) -> list[str]:
    """The versions still to be reached, in order."""
    script = ScriptDirectory.from_config(_config())
    found = script.iterate_revisions("head", before or "base")
    return [one.revision for one in found][::-1]


def version(engine: Engine) -> str | None:
    """The version the database is at; None for one that was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The version this code needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:  # the scripts are part of the package
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
