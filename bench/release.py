"""A newsroom that is played while releases come and go: whose work is in hand, and who ends how."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

import psutil
import psycopg

from bench.playing import PLAY, Family, PlayFailed, is_running

KINDS = {
    "fetch": ("worker", "--kind", "fetch", "--concurrency", "8"),
    "parse": ("worker", "--kind", "parse", "--concurrency", "2"),
    "beat": ("beat",),
}
IS_UP = {"fetch": " ready.", "parse": " ready.", "beat": "maxinterval"}
MIGRATING = 7300  # the advisory lock of migrations/env.py, which only runs within Alembic
PATIENCE = 180.0  # seconds in which each thing waited for must come about
LOOK = 0.02  # seconds between looks at the leases: most are short
LEASED = {"feeds": "fetch", "documents": "parse", "stories": "parse", "instalments": "parse"}
LEASES = " UNION ALL ".join(
    f"SELECT '{kind}', replace(lease_token::text, '-', '') FROM {table} "  # noqa: S608  # our own tables
    "WHERE lease_token IS NOT NULL"
    for table, kind in LEASED.items()
)
PROCESS = 16  # letters of a lease's token that tell which process has it
READ = "SELECT count(*) FROM documents WHERE work_state = 'done'"
AT_THE_GATE = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@dataclass(slots=True)
class Ended:
    """How a process ended that was asked to."""

    what: str
    code: int | None  # None: nobody said
    seconds: float


@dataclass(slots=True)
class Release:
    """The code of one release, and those of its processes that we started."""

    tree: Path
    logs: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = ""  # of this time that it was started
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def launch(self, *words: str) -> subprocess.Popen[str]:
        """A command of it, begun; what it prints can be read."""
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "cli.main", *words],
            cwd=self.tree, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def start(self, name: str) -> None:
        """Start a worker of each kind and a beat, under that name."""
        self.name = name
        for kind, words in KINDS.items():
            with self._log(kind).open("wb") as printed:
                self.running[kind] = subprocess.Popen(  # noqa: S603  # our own command
                    [sys.executable, "-m", "cli.main", *words],
                    cwd=self.tree, env=self.environment, stdout=printed, stderr=subprocess.STDOUT,
                )  # fmt: skip

    def is_up(self) -> bool:
        """Whether all of them are ready to work."""
        return all(word in self._log(kind).read_text() for kind, word in IS_UP.items())

    def end(self) -> list[Ended]:
        """Ask all to end; how each did."""
        began, asked = monotonic(), self.running
        for process in asked.values():
            process.send_signal(signal.SIGTERM)
        after = _seconds(
            began, {kind: partial(_is_over, process) for kind, process in asked.items()}
        )
        self.running = {}
        return [
            Ended(f"{self.name}: {kind}", process.wait(PATIENCE), after[kind])
            for kind, process in asked.items()
        ]

    def kill(self) -> None:
        """Leave nothing running, whatever has happened."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def _log(self, kind: str) -> Path:
        return self.logs / f"{self.name.replace(' ', '-')}-{kind}.log"


@dataclass(slots=True)
class Play:
    """A play with a desk, at work, and whose leases have been seen in its tables."""

    process: subprocess.Popen[str]
    family: Family
    newcomer: str  # who was started last: a process not seen before is theirs
    said: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)  # release and kind
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # leases seen
    _database: psycopg.Connection | None = None

    def until(self, fact: Callable[[], object], what: str) -> None:
        """Return once that is so. Raises PlayFailed if the recording ends before, or it is late."""
        give_up = monotonic() + PATIENCE
        while not fact():
            is_over = self.process.poll() is not None or self.is_played()
            if is_over or monotonic() > give_up:
                why = "all is played" if is_over else f"{PATIENCE:.0f} s have passed"
                raise PlayFailed(f"not reached: {what}; {why}. {self.words()[-2000:]}")
            self.over.wait(LOOK)

    def words(self) -> str:
        """All it has said."""
        return "".join(list(self.said))

    def is_played(self) -> bool:
        """Whether the recording is at its end."""
        return "All is played" in self.words()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nothing more of the recording arrives, and no publisher answers."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Meanwhile `migrate` changes nothing: it waits as it would for another one."""
        with self._connected() as database:
            database.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            yield

    def is_somebody_at_the_gate(self) -> bool:
        """Whether `migrate` waits for it."""
        return self._asked(AT_THE_GATE) > 0

    def in_hand(self, name: str | None = None) -> int:
        """Rows under a lease of that release, or of any; notes whose leases there are."""
        held: Counter[str] = Counter()
        for kind, token in self._ask(LEASES):
            owner, _ = self.owners.setdefault(token[:PROCESS], (self.newcomer, kind))
            self.taken[owner].add(token)
            held[owner] += 1
        return held.total() if name is None else held[name]

    def is_at_work(self, name: str) -> bool:
        """Whether leases of both kinds of its workers have been seen."""
        return {kind for owner, kind in self.owners.values() if owner == name} == {"fetch", "parse"}

    def documents_read(self) -> int:
        """How many documents have been read so far."""
        return self._asked(READ)

    def sockets(self) -> str:
        """Where its PostgreSQL listens; '' before it does."""
        found = re.search(r"PostgreSQL \S+ .*on a socket in (\S+),", self.words())
        return found[1] if found else ""

    def desk(self) -> str:
        """Where its desk is; '' before it answers."""
        found = re.search(r"The desk: (\S+)", self.words())
        return found[1] if found else ""

    def end_first(self, name: str) -> list[Ended]:
        """Ask the processes that the play itself started to end; how each did.

        It starts them anew: on newer tables they wait, say so, and do nothing.
        """
        began = monotonic()
        asked = {kind: process for kind in KINDS for process in self.family.of_kind(kind)}
        for process in asked.values():
            process.terminate()
        over = {kind: partial(_is_gone, process) for kind, process in asked.items()}
        after = _seconds(began, over)
        return [
            Ended(f"{name}: {kind}", self._code(process.pid), after[kind])
            for kind, process in asked.items()
        ]

    def _code(self, pid: int) -> int | None:
        """How its process ended; its supervisor says so in a moment."""
        told = re.compile(rf"\(pid {pid}\) ended with code (\d+)")
        with suppress(PlayFailed):
            self.until(lambda: told.search(self.words()), "its end")
        found = told.search(self.words())
        return int(found[1]) if found else None

    def close(self) -> None:
        """Leave its database alone."""
        if self._database is not None:
            self._database.close()

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            host=self.sockets(), port=5432, user="serieswatch", dbname="serieswatch",
            autocommit=True,
        )  # fmt: skip

    def _ask(self, question: str) -> list[tuple[str, ...]]:
        if self._database is None:
            self._database = self._connected()
        return self._database.execute(question.encode()).fetchall()

    def _asked(self, question: str) -> int:
        return int(self._ask(question)[0][0])


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def _is_gone(process: psutil.Process) -> bool:
    return not is_running(process)


def _seconds(began: float, over: Mapping[str, Callable[[], bool]]) -> dict[str, float]:
    """After how many seconds each was over. Raises PlayFailed if one never is."""
    after: dict[str, float] = {}
    pause = threading.Event()
    while missing := over.keys() - after.keys():
        now = monotonic() - began
        after |= {name: now for name in missing if over[name]()}
        if now > PATIENCE:
            raise PlayFailed(f"asked to end, and at work after {now:.0f} s: {sorted(missing)}")
        pause.wait(LOOK)
    return after


@contextmanager
def playing(week: Path, keep: Path, tree: Path, scratch: Path, name: str) -> Iterator[Play]:
    """A play by the code of that tree; ended with the block."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*PLAY, str(week), "--json", "--keep", str(keep)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tree,
        env=dict(os.environ) | {"TMPDIR": str(scratch)},
    )  # fmt: skip
    one = Play(process, Family(process.pid), name)

    def listen() -> None:
        assert process.stderr is not None  # noqa: S101  # it was asked for
        one.said.extend(iter(process.stderr.readline, ""))

    def look() -> None:
        while not one.over.wait(0.2):
            with suppress(psutil.Error):
                one.family.look()

    threads = [threading.Thread(target=listen), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    try:
        yield one
    finally:
        one.close()
        process.terminate()
        process.wait()
        one.over.set()
        for thread in threads:
            thread.join()


def migrated(one: Play, release: Release) -> tuple[str, str]:
    """Change the tables by that release's `migrate` while work is in hand; before and after."""
    with one.gate():
        with one.held():
            process = release.launch("migrate", "--json")
            try:
                one.until(
                    lambda: one.is_somebody_at_the_gate() or process.poll() is not None, "migrate"
                )
            except PlayFailed:
                process.kill()
                raise
        one.until(one.in_hand, "work in hand while the tables change")
    printed, _ = process.communicate()
    if process.returncode:
        raise PlayFailed(f"migrate: {printed[-3000:]}")
    told = json.loads(printed.splitlines()[-1])
    return told["before"], told["after"]
