"""What can go wrong with a running stack, each kind done for real, and when it was well again."""

import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx
import psutil
import psycopg
import redis

from bench.playing import Family

CUT = (1.0, 3.0)  # seconds for which a way is cut, a server is silent, a disk is full
MOST_WAIT = 150.0  # seconds after which a fault counts as never mended
HELD = """
    SELECT lease_token FROM feeds WHERE lease_token IS NOT NULL
    UNION SELECT lease_token FROM documents WHERE lease_token IS NOT NULL
    UNION SELECT lease_token FROM stories WHERE lease_token IS NOT NULL
    UNION SELECT lease_token FROM instalments WHERE lease_token IS NOT NULL
    UNION SELECT lease_token FROM article_pages WHERE lease_token IS NOT NULL
"""
PRELOAD = "libfaketime.so.1"
# Runs before the program in every Python of the stack: one kind of worker, if it is told so by a
# file, begins anew with a clock that is wrong.
WRONG_CLOCK = """
import os, sys
def move():
    try:
        kind, by = open(os.environ["CHAOS_CLOCK"]).read().split()
    except (KeyError, OSError, ValueError):
        return
    words = open("/proc/self/cmdline").read().split("\\0")
    if kind in words and "LD_PRELOAD" not in os.environ:
        told = dict(os.environ, LD_PRELOAD=os.environ["CHAOS_PRELOAD"], FAKETIME=by,
                    FAKETIME_DONT_FAKE_MONOTONIC="1")
        os.execve(sys.executable, [sys.executable, *words[1:-1]], told)
move()
"""


class NotPossible(Exception):
    """A fault that cannot be made on this machine; the text says why."""


@dataclass(slots=True)
class Stack:
    """A running stack as whoever breaks it sees it."""

    family: Family
    sockets: Path  # of PostgreSQL and Redis
    desk: str
    volume: Path | None  # a small one of its own, that the database lives on
    clock: Path  # the file that moves one worker's clock
    preload: str  # libfaketime, '' where there is none
    over: threading.Event

    def database(self) -> psycopg.Connection:
        """A connection of our own."""
        return psycopg.connect(
            host=str(self.sockets), port=5432, user="serieswatch", dbname="serieswatch",
            connect_timeout=3, autocommit=True,
        )  # fmt: skip

    def broker(self) -> redis.Redis:
        """A connection of our own."""
        return redis.Redis(unix_socket_path=str(self.sockets / "redis.sock"), socket_timeout=3)

    def kill(self, kind: str, number: int = signal.SIGKILL, *, is_child: bool = False) -> int:
        """Send a signal to one process of a kind, the first of its pids; gives which."""
        while not self.over.is_set():
            if found := self.family.of_kind(kind, is_child=is_child):
                victim = min(found, key=lambda one: one.pid)
                with suppress(psutil.NoSuchProcess):
                    victim.send_signal(number)
                    return victim.pid
            self.over.wait(0.05)
        return 0


Make = Callable[[Stack, random.Random], None]


def _kill(kind: str, *, is_child: bool = False, number: int = signal.SIGKILL) -> Make:
    def make(stack: Stack, _: random.Random) -> None:
        stack.kill(kind, number, is_child=is_child)

    return make


def _session_ends(stack: Stack, chance: random.Random) -> None:
    """One of the database's own sessions is killed with -9: all of them go, it starts anew."""
    sessions = stack.family.of_kind("postgres", is_child=True)
    if sessions:
        with suppress(psutil.NoSuchProcess):
            chance.choice(sorted(sessions, key=lambda one: one.pid)).kill()


def _flush(stack: Stack, _: random.Random) -> None:
    with suppress(redis.RedisError), closing(stack.broker()) as client:
        client.flushall()


def _cut(stack: Stack, chance: random.Random) -> None:
    """The way to Redis is gone: whoever is connected is thrown out, and nobody comes in."""
    socket = stack.sockets / "redis.sock"
    away = socket.with_name("redis.away")
    with suppress(OSError, redis.RedisError), closing(stack.broker()) as client:
        client.ping()
        socket.rename(away)
        for kind in ("normal", "pubsub"):
            client.client_kill_filter(_type=kind, skipme=True)
    stack.over.wait(chance.uniform(*CUT))
    with suppress(OSError):
        if socket.exists():  # it was started anew meanwhile
            away.unlink(missing_ok=True)
        else:
            away.rename(socket)


def _silent(kind: str) -> Make:
    """A process stands still, and then goes on as if nothing had been."""

    def make(stack: Stack, chance: random.Random) -> None:
        pid = stack.kill(kind, signal.SIGSTOP)
        stack.over.wait(chance.uniform(*CUT))
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).send_signal(signal.SIGCONT)

    return make


def _fill(stack: Stack, chance: random.Random) -> None:
    if stack.volume is None:
        raise NotPossible("needs root, to mount a small volume")
    ballast = stack.volume / "ballast"
    free = os.statvfs(stack.volume)
    with suppress(OSError), ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize))
    stack.over.wait(chance.uniform(*CUT))
    ballast.unlink(missing_ok=True)


def _clock(stack: Stack, chance: random.Random) -> None:
    """One worker begins anew, an hour and more before or after the others."""
    if not stack.preload:
        raise NotPossible("needs libfaketime (Debian: apt install libfaketime)")
    kind = chance.choice(["fetch", "parse"])
    hours = chance.choice(["+1h", "-1h", "+26h", "-26h"])
    stack.clock.write_text(f"{kind} {hours}")
    stack.kill(kind, signal.SIGKILL)
    stack.over.wait(chance.uniform(4, 7))  # it works so for a while
    stack.clock.write_text("")
    stack.kill(kind, signal.SIGKILL)


FAULTS: Mapping[str, Make] = {
    "fetch worker killed": _kill("fetch"),
    "parse worker killed": _kill("parse"),
    "parse child killed": _kill("parse", is_child=True),
    "fetch worker told to end": _kill("fetch", number=signal.SIGTERM),
    "parse worker told to end": _kill("parse", number=signal.SIGTERM),
    "parse worker stands still": _silent("parse"),
    "beat killed": _kill("beat"),
    "desk killed": _kill("desk"),
    "Redis killed": _kill("redis"),
    "Redis flushed": _flush,
    "Redis silent": _silent("redis"),
    "way to Redis cut": _cut,
    "PostgreSQL killed": _kill("postgres"),
    "PostgreSQL restarted": _kill("postgres", number=signal.SIGINT),
    "a session of PostgreSQL killed": _session_ends,
    "disk full": _fill,
    "clock of a worker moved": _clock,
}


@dataclass(slots=True)
class Mended:
    """A fault, and how long it took until the stack was well again; None if it never was."""

    kind: str
    seconds: float | None


@dataclass(slots=True)
class Breaker:
    """Makes one fault after another while a play runs, and times how each is mended."""

    seed: int
    most: int
    between: tuple[float, float]
    mended: list[Mended] = field(default_factory=list)
    not_possible: dict[str, str] = field(default_factory=dict)

    def work(self, stack: Stack) -> None:
        """Break things until the play is over, every kind in turn, each round in another order."""
        chance = random.Random(self.seed)
        turns: list[str] = []
        timers = []
        for _ in range(self.most):
            if not turns:
                kinds = [one for one in FAULTS if one not in self.not_possible]
                turns = chance.sample(kinds, len(kinds))
            if stack.over.wait(chance.uniform(*self.between)):
                break
            kind = turns.pop()
            held, ticked, began = _held(stack), _last_tick(stack), monotonic()
            try:
                FAULTS[kind](stack, chance)
            except NotPossible as why:
                self.not_possible[kind] = str(why)
                continue
            if not stack.over.is_set():
                timer = threading.Thread(target=self._time, args=(stack, kind, held, ticked, began))
                timer.start()
                timers.append(timer)
        for timer in timers:
            timer.join()

    def _time(  # what was so before the fault, each by its name
        self, stack: Stack, kind: str, held: set[str], ticked: float, began: float
    ) -> None:
        """Wait until nothing is left of what was held at the fault, and everything answers."""
        made = monotonic()
        ticked = max(ticked, _last_tick(stack))
        while monotonic() - made < MOST_WAIT:
            # The play may end sooner than the last fault is mended: then it was, or nothing waited.
            if stack.over.is_set() or _is_well(stack, held, ticked):
                self.mended.append(Mended(kind, monotonic() - began))
                return
            stack.over.wait(0.25)
        self.mended.append(Mended(kind, None))


def _is_well(stack: Stack, held: set[str], ticked: float) -> bool:
    """Everything runs and answers, beat's bell has reached a worker since, old leases are over."""
    for kind in ("fetch", "parse", "beat", "desk", "redis", "postgres"):
        if not stack.family.of_kind(kind):
            return False
    try:
        if httpx.get(f"{stack.desk}healthz", timeout=2).status_code != httpx.codes.OK:
            return False
    except httpx.HTTPError:
        return False
    return _last_tick(stack) > ticked and not held & _held(stack, otherwise=held)


def _last_tick(stack: Stack) -> float:
    with suppress(psycopg.Error), closing(stack.database()) as database:
        row = database.execute(
            "SELECT extract(epoch FROM max(at)) FROM heartbeats WHERE name = 'beat'"
        ).fetchone()
        return float(row[0] or 0) if row else 0.0
    return 0.0


def _held(stack: Stack, otherwise: set[str] | None = None) -> set[str]:
    """The leases that somebody holds; `otherwise` where the database does not answer."""
    with suppress(psycopg.Error), closing(stack.database()) as database:
        return {str(token) for (token,) in database.execute(HELD).fetchall()}
    return otherwise or set()


def find_preload() -> str:
    """Where libfaketime is; '' where it is not."""
    for place in sorted(Path("/usr/lib").glob(f"*/faketime/{PRELOAD}")):
        return str(place)
    return ""


def mount(place: Path, megabytes: int) -> bool:
    """A volume of its own there, so that it can be filled; False where that is not allowed."""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(  # noqa: S603  # a fixed command
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


def unmount(place: Path) -> None:
    """Take the volume away again."""
    subprocess.run(["/bin/umount", "-l", str(place)], check=False, capture_output=True)  # noqa: S603  # as above
