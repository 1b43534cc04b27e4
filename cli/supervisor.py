"""Starts our processes, restarts the one that dies, and ends them all, however we are ended.

Each child leads a session of its own, so that Ctrl-C in the terminal reaches us alone and we end
the children in order: what works first, then the servers it stands on. `guardian.py` does the same
for us when we are killed. The line `watch PID` is written to it by the child's own launcher before
the program begins: at no moment is a child running that nobody knows of.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from pipeline.errors import SerieswatchError

log = logging.getLogger(__name__)

LAUNCHER = 'echo "watch $$ $0" >&0 && exec "$@" </dev/null'  # standard input is the guardian's pipe
TICK = 0.1
AT_ONCE = 5.0  # a child that lived no longer than this never really started
TRIES = 5  # so often in a row it may end at once, then we give up, if it never ran for longer
OUTAGE = 900.0  # seconds for which one that did run is tried again: a full disk, a server away
LOG_CAP = 4_000_000  # bytes; one older log of the same size is kept beside it
PAUSE_CAP = 1.0  # seconds at most before a child is started again
LONG_PAUSE = 10.0  # and once it has failed so often that it may take longer
STERN = 3.0  # seconds between asking sternly and forcing


class CannotStart(SerieswatchError):
    """A program did not start, or did not become ready; the text holds the end of its log."""


class ChildKeepsEnding(SerieswatchError):
    """A program ended at once so often that starting it again is no use. Carries its `name`."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(frozen=True, slots=True)
class Account:
    """The account a program runs under when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how it wants to be treated. `env` None means ours."""

    name: str  # also of its log file
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    account: Account | None = None
    soft_stop: signal.Signals = signal.SIGTERM
    patience: float = 10.0  # seconds it may take to end after being asked
    is_server: bool = False  # the others stand on it: it is stopped after them
    leftovers: Callable[[], list[psutil.Process]] | None = None  # its own who left its group


@dataclass(slots=True)
class Child:
    """A program that runs, and how it has fared."""

    program: Program
    process: subprocess.Popen[bytes]
    began: float  # monotonic
    is_ready: bool = False  # before that, `start` looks after it, not the watch
    quick_ends: int = 0  # in a row, of whatever cause
    own_failures: int = 0  # those of them that nobody else caused
    ran_until: float | None = None  # monotonic; when it last ended after it had really run
    again_at: float | None = None  # monotonic; set while it is down and waits to be started


class Supervisor:
    """The children of this process. A context manager: leaving it ends them all.

    `logs` is the directory for one log file each. A watch thread restarts whoever ends by itself;
    when that is no use it gives up, and `check`, `wait` and `start` raise ChildKeepsEnding.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: dict[str, Child] = {}
        self._remove_if_killed: list[Path] = []
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._gave_up = threading.Event()
        self._failure: ChildKeepsEnding | None = None
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._revive_guardian()
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(
        self, program: Program, ready: Callable[[], bool] | None = None, within: float = 30.0
    ) -> int:
        """Start a program and keep it running; back with its pid once `ready` says True.

        Raises CannotStart when it ends before, or is not ready within that many seconds.
        """
        self.check()
        with self._lock:
            child = self._launch(program)
            self._children[program.name] = child
        deadline = time.monotonic() + within
        while ready is not None and not ready():
            if child.process.poll() is not None:
                self._drop(child)
                raise CannotStart(self._how_it_ended(child, " before it was ready"))
            if time.monotonic() > deadline:
                self._drop(child)
                raise CannotStart(
                    f"{program.name} did not answer within {within:.0f} seconds. "
                    f"{self._tail(program.name)}"
                )
            self._ending.wait(0.01)
        child.is_ready = True
        return child.process.pid

    def run(self, program: Program, within: float = 60.0) -> None:
        """Run a program to its end. Raises CannotStart when it fails or takes longer."""
        with self._lock:
            child = self._launch(program)
            self._children[program.name] = child
        try:
            child.process.wait(within)
        except subprocess.TimeoutExpired as problem:
            raise CannotStart(
                f"{program.name} did not end within {within:.0f} seconds. "
                f"{self._tail(program.name)}"
            ) from problem
        finally:
            self._drop(child)
        if child.process.returncode:
            raise CannotStart(self._how_it_ended(child))

    def remove_if_killed(self, directory: Path) -> None:
        """Have that directory removed if we are killed; its name begins with guardian.PREFIX."""
        with self._lock:
            self._remove_if_killed.append(directory)
            self._tell(f"remove {directory}")

    def pids(self) -> dict[str, int]:
        """The process ids of the moment, by the programs' names."""
        with self._lock:
            return {name: child.process.pid for name, child in self._children.items()}

    def log_file(self, name: str) -> Path:
        """Where the program of that name writes what it prints."""
        return self._logs / f"{name}.log"

    def check(self) -> None:
        """Raise ChildKeepsEnding if a program could not be kept running."""
        if self._failure is not None:
            raise self._failure

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass. Raises ChildKeepsEnding as soon as that is so."""
        self._gave_up.wait(seconds)
        self.check()

    def stop(self) -> None:
        """End every child, those that work before the servers; nothing of ours is left after."""
        self._ending.set()
        try:
            if self._watcher.is_alive():
                self._watcher.join()
            with self._lock:
                for is_server in (False, True):
                    self._end(is_server=is_server)
                self._children.clear()
                for directory in self._remove_if_killed:
                    self._tell(f"keep {directory}")
        finally:
            self._dismiss_guardian()

    # ── One child ─────────────────────────────────────────────────────────────────────────────────

    def _launch(self, program: Program) -> Child:
        guardian = self._revive_guardian()
        account = program.account
        self._bound_log(program.name)
        with self.log_file(program.name).open("ab") as printed:
            try:
                process = subprocess.Popen(  # noqa: S603  # running what it is given is its task
                    ["/bin/sh", "-c", LAUNCHER, str(int(program.soft_stop)), *program.argv],
                    stdin=guardian.stdin,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    env=program.env,
                    cwd=program.cwd,
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                )
            except OSError as problem:
                raise CannotStart(why_not_started(program.name, account, problem)) from problem
        return Child(program, process, time.monotonic())

    def _drop(self, child: Child) -> None:
        """Have done with a child, ended or not."""
        with self._lock:
            self._clear_away(child)
            del self._children[child.program.name]

    def _clear_away(self, child: Child) -> None:
        """Force what is left of a child that has just ended, or must now."""
        process = child.process
        with suppress(ProcessLookupError, PermissionError):  # PermissionError: zombies on macOS
            os.killpg(process.pid, signal.SIGKILL)
        was_forced = process.wait() != 0
        if was_forced and child.program.leftovers is not None:
            strays = child.program.leftovers()
            for stray in strays:
                with suppress(psutil.NoSuchProcess):
                    stray.kill()
            psutil.wait_procs(strays, timeout=STERN)
        self._tell(f"forget {process.pid}")

    def _end(self, *, is_server: bool) -> None:
        """Ask the servers, or the others, to end: newest first, all at once; at last force them."""
        children = [
            child
            for child in reversed(self._children.values())
            if child.program.is_server is is_server and child.again_at is None
        ]
        asked = time.monotonic()
        for child in children:
            child.process.send_signal(child.program.soft_stop)
        for child in children:
            if not _ends_by(child, asked + child.program.patience):
                log.warning("%s does not end when asked: forcing it", child.program.name)
                child.process.send_signal(signal.SIGQUIT)
                _ends_by(child, time.monotonic() + STERN)
            self._clear_away(child)

    # ── The watch ─────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        while not self._ending.wait(TICK):
            with self._lock:
                try:
                    self._revive_guardian()
                    for child in list(self._children.values()):
                        if child.is_ready:
                            self._look_after(child)
                except OSError as problem:  # a full disk, no more processes: it may pass
                    log.warning("the watch over our programs stumbled: %s", problem)

    def _look_after(self, child: Child) -> None:
        self._bound_log(child.program.name)
        if child.again_at is None:
            if child.process.poll() is not None:
                self._note_end(child)
        elif time.monotonic() >= child.again_at:
            try:
                again = self._launch(child.program)
            except (CannotStart, OSError) as problem:
                self._give_up(child, f"{child.program.name} cannot be started again: {problem}")
            else:
                child.process, child.began, child.again_at = again.process, again.began, None

    def _note_end(self, child: Child) -> None:
        """Decide when to start it again, or that it is no use."""
        lived = time.monotonic() - child.began
        self._clear_away(child)
        if lived > AT_ONCE:
            child.quick_ends = child.own_failures = 0
            child.ran_until = time.monotonic()
        child.quick_ends += 1
        # Somebody's kill -9, or the kernel's for want of memory, is not the program's own failure.
        child.own_failures += child.process.returncode != -signal.SIGKILL
        may_pass = child.ran_until is not None and time.monotonic() - child.ran_until < OUTAGE
        if child.own_failures >= TRIES and not may_pass:
            often = f", {child.own_failures} times in a row, at once"
            self._give_up(child, self._how_it_ended(child, often))
            return
        cap = PAUSE_CAP if child.own_failures < TRIES else LONG_PAUSE
        pause = min(cap, TICK * 2 ** min(child.quick_ends, TRIES * 2))
        child.again_at = time.monotonic() + pause
        log.warning("%s after %.1f s: starting it again", _end_of(child), lived)

    def _give_up(self, child: Child, why: str) -> None:
        del self._children[child.program.name]
        self._failure = ChildKeepsEnding(child.program.name, why)
        self._gave_up.set()

    def _how_it_ended(self, child: Child, when: str = "") -> str:
        """One sentence and the end of its log."""
        return f"{_end_of(child)}{when}. {self._tail(child.program.name)}"

    def _tail(self, name: str, lines: int = 10) -> str:
        """The last lines of a program's log, as the end of a message."""
        path = self.log_file(name)
        try:
            printed = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        except OSError as problem:
            return f"Its log cannot be read: {problem}"
        return "\n".join([f"The end of {path}:", *(f"  {line}" for line in printed)])

    def _bound_log(self, name: str) -> None:
        """Keep a log below its cap: the program appends to the file, so it can be emptied."""
        path = self.log_file(name)
        with suppress(OSError):
            if path.stat().st_size > LOG_CAP:
                shutil.copyfile(path, path.with_name(f"{path.name}.1"))
                os.truncate(path, 0)

    # ── The guardian ──────────────────────────────────────────────────────────────────────────────

    def _revive_guardian(self) -> subprocess.Popen[bytes]:
        """The guardian, started (again, if somebody killed it) and told all it must know."""
        with self._lock:
            if self._guardian is not None and self._guardian.poll() is None:
                return self._guardian
            if self._guardian is not None:
                _close(self._guardian)
            self._guardian = subprocess.Popen(  # noqa: S603  # our own file, our own Python
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
            for child in self._children.values():
                self._tell(f"watch {child.process.pid} {int(child.program.soft_stop)}")
            for directory in self._remove_if_killed:
                self._tell(f"remove {directory}")
            return self._guardian

    def _tell(self, line: str) -> None:
        """One line to the guardian. One that is gone is told everything when it is revived."""
        if self._guardian is not None and self._guardian.stdin is not None:
            with suppress(BrokenPipeError):
                os.write(self._guardian.stdin.fileno(), f"{line}\n".encode())

    def _dismiss_guardian(self) -> None:
        """End its pipe: it ends what is still on its list, nothing unless we were hurried."""
        if self._guardian is not None:
            _close(self._guardian)
            self._guardian = None


def _end_of(child: Child) -> str:
    """How a child ended, in words."""
    code = child.process.returncode
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"{child.program.name} (pid {child.process.pid}) {how}"


def _ends_by(child: Child, deadline: float) -> bool:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _close(guardian: subprocess.Popen[bytes]) -> None:
    if guardian.stdin is not None:
        guardian.stdin.close()
    guardian.wait()


def why_not_started(name: str, account: Account | None, problem: OSError) -> str:
    """Why a program could not be started, and what to do."""
    if account is None:
        return f"{name} cannot be started: {problem}"
    return (
        f"{name} must not run as root, and becoming {account.name} was refused "
        f"({problem.strerror}). Start serieswatch as an ordinary user, or name servers of your own "
        f"(--database URL, SERIESWATCH_BROKER_URL)"
    )
