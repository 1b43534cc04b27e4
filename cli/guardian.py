"""The last one out: ends what its parent had started when the parent is gone, however it went.

A parent that is killed with SIGKILL cannot clean up. So this small process is started before all
others and reads a pipe: the parent, and each child as it starts, write one line at a time. When
the last writer is gone the pipe ends, and whatever is still on the list is stopped and removed.
Standard library only, so that it starts quickly (`python -I -S guardian.py <pipe`).

    watch PID SIGNAL    a child and the signal that asks it to end; it leads its own process group
    forget PID          that child has ended
    remove PATH         a directory to remove at the end
    keep PATH           that directory is cared for
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "serieswatch-"  # of every directory we throw away: nothing else is ever removed
# Asked, asked sternly (PostgreSQL drops its own children then), forced: seconds given after each.
PATIENCE = {"soft": 8.0, "stern": 6.0}
TICK = 0.02


@dataclass(slots=True)
class Watched:
    """One child: how to ask it to end, and when it was born, for its number may be given again."""

    pid: int
    soft_stop: int
    born: str = field(init=False)

    def __post_init__(self) -> None:
        self.born = born(self.pid)

    def is_running(self) -> bool:
        """True while this very process lives (not a later one with its number, not a zombie)."""
        return bool(self.born) and born(self.pid) == self.born


def born(pid: int) -> str:
    """What identifies a living process besides its number: when it began. Empty if it has ended."""
    try:
        # The name in parentheses may hold blanks; state is field 3 and the start time field 22.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return ""
    # No /proc (macOS): ask ps, which every Unix has.
    told = subprocess.run(  # noqa: S603  # a fixed program, and a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, began = told.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def follow(lines: Iterable[str]) -> tuple[list[Watched], list[Path]]:
    """What is left to end and to remove when the pipe has ended."""
    children: dict[int, Watched] = {}
    directories: dict[str, Path] = {}
    for line in lines:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "watch":
            pid, _, soft_stop = rest.partition(" ")
            children[int(pid)] = Watched(int(pid), int(soft_stop))
        elif word == "forget":
            children.pop(int(rest), None)
        elif word == "remove" and Path(rest).name.startswith(PREFIX):
            directories[rest] = Path(rest)
        elif word == "keep":
            directories.pop(rest, None)
    return list(children.values()), list(directories.values())


def end(children: list[Watched]) -> None:
    """Stop these children and what is left of their groups; back when they are gone."""
    for step, patience in PATIENCE.items():
        for child in children:
            if child.is_running():
                _signal(child.pid, child.soft_stop if step == "soft" else signal.SIGQUIT)
        if _wait(children, patience):
            break
    for child in children:
        # A group outlives its leader, and its number is not given away while it does.
        if child.is_running() or not born(child.pid):
            _signal(child.pid, signal.SIGKILL, group=True)
    _wait(children, PATIENCE["stern"])


def _wait(children: list[Watched], seconds: float) -> bool:
    """True as soon as all have ended, False when the time is up."""
    pause = threading.Event()
    for _ in range(int(seconds / TICK)):
        if not any(child.is_running() for child in children):
            return True
        pause.wait(TICK)
    return False


def _signal(pid: int, number: int, *, group: bool = False) -> None:
    # Gone already; macOS answers "not permitted" for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)


def main() -> None:
    """Wait for the end of the pipe on standard input, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children, directories = follow(sys.stdin)
    end(children)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
