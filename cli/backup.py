"""`backup` and `restore`: the whole database in one file, checked, and put back checked.

    NAME.dump        pg_dump's custom format, of one moment, whatever goes on meanwhile
    NAME.dump.json   what is in it: version, tables, rows of each, when, how long, its hash

The file holds everything, password hashes too: it is made readable for its owner alone.
"""

import hashlib
import json
import os
import secrets
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from cli.dumping import NoBackup, Tools, newest, tools_for
from cli.output import print_done, tell
from store import clock, schema, snapshots
from store.session import make_engine, transaction

BLOCK = 2**20
TRIAL = "serieswatch_trial_"  # then the moment it was begun
TOLD = 5  # tables named where counts differ


def backup(args: Namespace, engine: Engine) -> int:
    """Write the database of this moment into a file, and make sure that it can be read again."""
    manifest = make(args.to, engine, verify=args.verify)
    rows: dict[str, int] = manifest["rows"]
    how = "restored into a trial database and counted" if args.verify else "read to its end"
    print_done(
        manifest,
        f"{manifest['file']}: {sum(rows.values())} rows of {len(rows)} tables, "
        f"{manifest['bytes']} bytes, {how}.",
        as_json=args.json,
    )
    return 0


def make(to: str, engine: Engine, *, verify: bool) -> dict[str, Any]:
    """A good backup in that file or folder; gives its manifest, with its whole path as `file`."""
    began = monotonic()
    with engine.connect() as connection:
        tools = tools_for(connection)
    with ExitStack() as held:
        moment = held.enter_context(snapshots.exported(engine))
        target = _target(to, moment.at)
        with _unfinished(target) as file:
            tools.dump(engine.url, snapshot=moment.name, into=file)
            held.close()  # what follows reads the file: no migration need wait for it
            listed = _check(tools, file, moment.counts)
            if verify:
                _compare(_restored_counts(tools, file, engine), moment.counts, "in the trial")
            manifest = {
                "file": target.name,
                "serieswatch": _our_version(),
                "postgresql": tools.major,
                "tables_at": moment.revision,
                "made_at": moment.at.astimezone(UTC).isoformat(),
                "seconds": round(monotonic() - began, 2),
                "bytes": file.stat().st_size,
                "sha256": _hash(file),
                "entries": listed,
                "verified": "restored" if verify else "read",
                "rows": moment.counts,
            }
            _write_beside(target, manifest)
    with transaction(engine) as session:
        snapshots.note_backup(session)
    return manifest | {"file": str(target)}


def restore(args: Namespace, engine: Engine) -> int:
    """Put a backup into an empty database, bring it to this version, and make it fit for work."""
    archive = Path(args.file)
    manifest = _manifest(archive)
    tools = newest()
    revision = tools.revision(archive)
    if revision not in schema.revisions():
        raise NoBackup(
            f"{archive} is of a newer serieswatch: its tables are at {revision}, this version "
            f"knows them up to {schema.head()}. Install that version, or a newer one"
        )
    with engine.connect() as connection:
        if there := snapshots.tables(connection):
            raise NoBackup(
                f"the database is not empty ({len(there)} tables, {there[0]} the first): restore "
                "overwrites nothing. Name another database, or another folder with --keep"
            )
        tools = tools_for(connection)
    tools.restore(archive, engine.url)
    counted = snapshots.counted(engine)
    if manifest is not None:
        _compare(counted, manifest["rows"], "restored")
    schema.migrate(engine)
    from workers import copying  # noqa: PLC0415  # and all the steps: who makes backups needs none

    with transaction(engine) as session:
        done = snapshots.revive(session, of=archive.name)
        copying.turned(session, clock.now(session).astimezone(UTC).date())
    said = {
        "file": str(archive),
        "tables_at": {"backup": revision, "now": schema.head()},
        "rows": sum(counted.values()),
        "compared": manifest is not None,
        "leases_cleared": done["leases"],
        "sessions_ended": done["sessions"],
    }
    compared = "as many as its manifest says" if manifest else "not compared: it has no manifest"
    print_done(
        said,
        f"Restored {said['rows']} rows ({compared}), tables at {schema.head()}; "
        f"{done['leases']} leases cleared, {done['sessions']} sessions ended.",
        as_json=args.json,
    )
    return 0


# --- the file


def _target(to: str, at: datetime) -> Path:
    """Where the backup goes. Raises NoBackup rather than write over anything."""
    place = Path(to)
    if place.is_dir():
        place = place / f"serieswatch-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
    if place.exists():
        raise NoBackup(f"{place} is there already: name another file, or a folder")
    if not place.parent.is_dir():
        raise NoBackup(f"there is no folder {place.parent}")
    return place.resolve()


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """The file under another name until it is whole and checked; half a backup looks like none."""
    file = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield file
        with file.open("rb+") as written:
            os.fsync(written.fileno())
        file.rename(target)
    except OSError as problem:
        raise NoBackup(f"{target} cannot be written: {problem.strerror}") from problem
    finally:
        with suppress(OSError):
            if file.exists():  # it did not come so far
                file.unlink()
                _beside(target).unlink(missing_ok=True)


def _write_beside(target: Path, manifest: Mapping[str, object]) -> None:
    beside = _beside(target)
    beside.touch(0o600)
    beside.write_text(f"{json.dumps(manifest, indent=1)}\n", encoding="utf-8")


def _beside(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.json")


def _manifest(archive: Path) -> dict[str, Any] | None:
    """What the backup says of itself, its hash found right; None if it says nothing."""
    if not archive.is_file():
        raise NoBackup(f"there is no file {archive}")
    try:
        told: dict[str, Any] = json.loads(_beside(archive).read_text(encoding="utf-8"))
        hashed, _ = told["sha256"], told["rows"]
    except FileNotFoundError:
        tell(f"{_beside(archive).name} is not there: rows cannot be compared.")
        return None
    except (ValueError, KeyError, TypeError) as problem:
        raise NoBackup(f"{_beside(archive)} is no manifest of a backup") from problem
    if hashed != _hash(archive):
        raise NoBackup(
            f"{archive} is not the file that its manifest was written for: it was changed, or cut "
            "short on its way"
        )
    return told


def _hash(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as read:
        while block := read.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def _our_version() -> str:
    try:
        return version("serieswatch")
    except PackageNotFoundError:  # run from the tree, as in the image
        return "unpacked"


# --- checks


def _check(tools: Tools, file: Path, counted: Mapping[str, int]) -> int:
    """Read the archive to its end and see that every table's rows are listed; gives its entries."""
    listed = [line for line in tools.contents(file) if line and not line.startswith(";")]
    with_rows = " ".join(line for line in listed if "TABLE DATA" in line)
    # A table in partitions has none of its own: theirs are listed.
    missing = [
        name
        for name in counted
        if f"TABLE DATA public {name} " not in f"{with_rows} "
        and f"TABLE DATA public {name}_" not in with_rows
        and counted[name]
    ]
    if missing:
        raise NoBackup(f"the backup lacks the rows of {', '.join(missing)}")
    tools.read(file)
    return len(listed)


def _restored_counts(tools: Tools, file: Path, engine: Engine) -> dict[str, int]:
    """The rows of each table in a database made of the file for that, and dropped again."""
    with trial(tools, file, engine) as restored:
        return snapshots.counted(restored)


@contextmanager
def trial(tools: Tools, file: Path, engine: Engine) -> Iterator[Engine]:
    """A database made of the file, on the same server; dropped at the end."""
    begun = datetime.now(UTC)  # noqa: TID251  # part of a name, for those who clear up
    name = f"{TRIAL}{begun:%Y%m%dt%H%M%S}_{secrets.token_hex(4)}"
    apart = engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with apart.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    except ProgrammingError as problem:
        raise NoBackup(
            "this account may not make the database that a copy is put into: give it CREATEDB"
        ) from problem
    url = make_url(engine.url.render_as_string(hide_password=False)).set(database=name)
    restored = make_engine(url.render_as_string(hide_password=False))
    try:
        tools.restore(file, url)
        yield restored
    finally:
        restored.dispose()
        with apart.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def drop_left_trials(engine: Engine, *, before: datetime) -> None:
    """Drop trial databases begun before then: whoever made them was killed."""
    apart = engine.execution_options(isolation_level="AUTOCOMMIT")
    oldest_kept = f"{TRIAL}{before.astimezone(UTC):%Y%m%dt%H%M%S}"
    with apart.connect() as connection:
        asked = text("SELECT datname FROM pg_database WHERE datname LIKE :trials")
        for name in connection.scalars(asked, {"trials": TRIAL.replace("_", r"\_") + "%"}).all():
            if name < oldest_kept:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _compare(found: Mapping[str, int], wanted: Mapping[str, int], where: str) -> None:
    differ = [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]
    if differ:
        told = ", ".join(
            f"{name} {wanted.get(name)} in the backup, {found.get(name)} {where}"
            for name in differ[:TOLD]
        )
        raise NoBackup(f"rows differ: {told}")
