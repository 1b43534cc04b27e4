"""What the tests of our processes share: a family of them, its end, and waiting for a fact."""

import itertools
import json
import os
import pwd
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from cli.stack import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds until something that must happen never will, on a machine full of others


def is_so_within(seconds: float, fact: Callable[[], bool]) -> bool:
    """True as soon as it is so; False when it is not within that time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.02)
    return True


def own_port() -> int:
    """A port for a process that is started soon: none of those handed out to whoever asks for any.

    So nobody takes it meanwhile; and each process that runs tests has ports of its own.
    """
    return free_port(20_000 + (os.getpid() * 8 + next(_PORTS) % 8) % 12_000)


_PORTS = itertools.count()


def family(pid: int) -> list[psutil.Process]:
    """A process and all it has started, and what those have."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def is_running(process: psutil.Process) -> bool:
    """True while that very process lives; a zombie nobody has waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def are_gone(processes: list[psutil.Process], within: float = PATIENCE) -> bool:
    """True once none of them runs."""
    return is_so_within(within, lambda: not any(is_running(process) for process in processes))


@dataclass(frozen=True)
class Run:
    """A script at work in a process of its own, and what it said about itself once it was up."""

    process: subprocess.Popen[str]
    said: Mapping[str, Any]

    def end(self, signal: int) -> tuple[int, list[psutil.Process]]:
        """Send it a signal; its exit code, and the family it had at that moment."""
        everyone = family(self.process.pid)
        self.process.send_signal(signal)
        return self.process.wait(timeout=PATIENCE), everyone


@contextmanager
def running(
    script: str, *arguments: object, python: str = sys.executable, **options: object
) -> Iterator[Run]:
    """A Python script, started, once it has printed its one line of JSON; killed at the end."""
    process = subprocess.Popen(
        [python, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **options,  # type: ignore[call-overload]  # passed on as they are
    )
    with process:
        try:
            assert process.stdout is not None
            yield Run(process, json.loads(process.stdout.readline() or "{}"))
        except BaseException:
            for member in family(process.pid):  # a failed test leaves nothing running either
                member.kill()
            raise
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def can_run(argv: list[str], user: pwd.struct_passwd, environment: dict[str, str]) -> bool:
    """Whether that user can run the command here."""
    try:
        done = subprocess.run(
            argv, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", env=environment,
            capture_output=True, check=False,
        )  # fmt: skip
    except PermissionError:
        return False
    return done.returncode == 0


def python_for(user: pwd.struct_passwd, copy: Path) -> Path:
    """Our Python, or a copy of it when it lies where that user may not go (in root's home)."""
    python = Path(sys.executable)
    if can_run([str(python), "-c", "import json"], user, {}):
        return python
    library = Path("lib", f"python{sys.version_info.major}.{sys.version_info.minor}")
    unneeded = shutil.ignore_patterns("site-packages", "test", "config-*", "*.opt-*.pyc")
    original = Path(sys.base_prefix)
    shutil.copytree(original / library, copy / library, ignore=unneeded)
    for shared in (original / "lib").glob("libpython*"):
        shutil.copy(shared, copy / "lib")
    (copy / "bin").mkdir()
    return Path(shutil.copy(python.resolve(), copy / "bin"))
