"""`backup --every`: the service that makes backups for as long as it runs, and lets old ones go.

When the next is due is read from the folder and from the database, so that a restart makes none too
many, and a new disk or a database that was put back gets its first one at once.
"""

import logging
import os
import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cli import backup, figures
from cli.dumping import NoBackup
from cli.leaving import signals_as_exit
from config.logs import configure_logs
from config.settings import settings
from store import clock, snapshots, waiting
from store.exposition import Family
from store.session import transaction

log = logging.getLogger(__name__)

LOOK = 60.0  # seconds between two looks whether one is due
RETRY = 900.0  # seconds after one that failed
LEAST = 3  # so many stay, however old: a clock that jumps or a month of rest takes not all but one
LEFT = timedelta(days=1)  # what is unfinished for so long was left by one that was killed
NAMED = re.compile(r"serieswatch-(\d{8}T\d{6}Z)\.dump")
UNFINISHED = re.compile(r"\.serieswatch-(\d{8}T\d{6}Z)\.dump\.[0-9a-f]{8}\.unfinished")


def keep(args: Namespace, engine: Engine) -> int:
    """Make backups until ended."""
    told = settings()
    configure_logs(told.log_format, secrets=told.secrets)
    alive = Path(told.alive_file) if told.alive_file else None
    keeper = Keeper(Path(args.to), engine, args, alive)
    figures.serve("backup", told, keeper.families)
    with signals_as_exit():  # so that half a file and a trial database are cleared away
        while True:
            keeper.look()
            Event().wait(LOOK)


class Keeper:
    """One folder of backups, looked after."""

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        args: Namespace,
        alive: Path | None,
        *,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._folder, self._engine, self._alive, self._elapsed = folder, engine, alive, elapsed
        self._every = timedelta(hours=args.every)
        self._days: int | None = args.days
        self._verify: bool = args.verify
        self._failed_at: float | None = None

    def look(self) -> None:
        """Make a backup if one is due. What fails is told, and tried again before long."""
        if self._failed_at is not None and self._elapsed() - self._failed_at < RETRY:
            return
        try:
            now, last = self._times()
            # One that is ahead of now was made while the clock was wrong: it says nothing of today.
            if last is None or last > now or now - last >= self._every:
                self._make(now)
            self._failed_at = None
            self._show()
        except (NoBackup, SQLAlchemyError, OSError) as problem:
            self._failed_at = self._elapsed()
            self._show()
            said = str(getattr(problem, "orig", None) or problem).partition("\n")[0]
            log.error("no backup was made: %s", said)  # noqa: TRY400  # a sentence says it all

    def families(self) -> Iterator[Family]:
        """Whether it fails, for the alarm."""
        failing = [("", int(self._failed_at is not None))]
        yield Family("backup_failing", "gauge", "1 while backups fail.", failing)

    def _times(self) -> tuple[datetime, datetime | None]:
        """Now, and when the last good backup was made that is both here and known of."""
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise NoBackup(f"{self._folder} is no folder that user {os.getuid()} may write to")
        with transaction(self._engine) as session:
            now = clock.real_now(session).astimezone(UTC)
            known = waiting.ticks(session).get(snapshots.BACKUP)
        here = max((at for at, _ in self._there()), default=None)
        return now, min(known, here) if known and here else None

    def _make(self, now: datetime) -> None:
        self._clear(now)
        self._let_go(now)  # before, too: what fills the disk would hinder every backup to come
        self._show()
        made = backup.make(str(self._folder), self._engine, verify=self._verify)
        told = {name: made[name] for name in ("file", "bytes", "seconds", "verified")}
        log.info("backup made", extra={"file": told.pop("file")} | told)
        self._let_go(now)

    def _there(self) -> Iterator[tuple[datetime, Path]]:
        """The whole backups in the folder, with the moment each is of."""
        for file in self._folder.iterdir():
            found = NAMED.fullmatch(file.name)
            if found and file.with_name(f"{file.name}.json").exists():
                yield _moment(found[1]), file

    def _let_go(self, now: datetime) -> None:
        """Remove what is older than was asked for; the newest stay all the same."""
        if self._days is None:
            return
        for at, file in sorted(self._there())[:-LEAST]:
            if now - at > timedelta(days=self._days):
                file.unlink()
                file.with_name(f"{file.name}.json").unlink()
                log.info("old backup removed", extra={"file": str(file)})

    def _clear(self, now: datetime) -> None:
        """Remove what backups that were killed have left."""
        for file in self._folder.iterdir():
            found = UNFINISHED.fullmatch(file.name)
            if found and now - _moment(found[1]) > LEFT:
                file.unlink()
        backup.drop_left_trials(self._engine, before=now - LEFT)

    def _show(self) -> None:
        """Let the health check see how it stands."""
        if self._alive is None:
            return
        if self._failed_at is None:
            self._alive.touch()
        else:
            with suppress(FileNotFoundError):
                self._alive.unlink()


def _moment(told: str) -> datetime:
    return datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
