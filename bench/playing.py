"""Runs `serieswatch play` apart: its summary, and what each kind of its processes cost."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
PLAY = (sys.executable, "-m", "cli.main", "play")
WORDS = {  # in the command line: which kind of process it is
    "--kind fetch": "fetch",
    "--kind parse": "parse",
    "cli.main beat": "beat",
    "cli.main desk": "desk",
    "guardian.py": "guardian",
    "redis-server": "redis",
    "postgres": "postgres",
}
EVERY = 0.2  # seconds between looks at the processes
WEIGHED = 5  # memory is asked for at every fifth: it takes the kernel long to say


class PlayFailed(Exception):
    """A play ended with an error; the text is what it said."""


class Family:
    """A play's processes, from its first child to its last, and what they have used so far."""

    def __init__(self, pid: int) -> None:
        self._parent = psutil.Process(pid)
        self._kinds: dict[psutil.Process, str] = {}
        self._used: dict[psutil.Process, float] = {}  # CPU seconds
        self._looks = 0
        self.peak_mb = 0.0  # of all together
        self.mb: dict[str, float] = {}  # the most of each kind

    def look(self) -> None:
        """Look at every process once. One that ended keeps the time it was last seen with."""
        is_weighed = self._looks % WEIGHED == 0
        self._looks += 1
        memory: dict[str, float] = defaultdict(float)
        with suppress(psutil.NoSuchProcess):
            for process in [self._parent, *self._parent.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    self._kinds[process] = self._kind(process)
                    times = process.cpu_times()
                    self._used[process] = times.user + times.system
                    if is_weighed:
                        memory[self._kinds[process]] += _own_share(process)
        self.peak_mb = max(self.peak_mb, sum(memory.values()))
        for kind, now in memory.items():
            self.mb[kind] = max(self.mb.get(kind, 0.0), now)

    def _kind(self, process: psutil.Process) -> str:
        """What it is. A child is its parent's like for the moment until it runs its own program."""
        known = self._kinds.get(process, "play")
        if known == "play" and process != self._parent:
            words = " ".join(process.cmdline())
            return next((kind for word, kind in WORDS.items() if word in words), "play")
        return known

    @property
    def cpu(self) -> dict[str, float]:
        """CPU seconds by kind of process, the costliest first."""
        used: dict[str, float] = defaultdict(float)
        for process, seconds in self._used.items():
            used[self._kinds[process]] += seconds
        return dict(sorted(used.items(), key=lambda one: -one[1]))

    def of_kind(self, kind: str, *, is_child: bool = False) -> list[psutil.Process]:
        """The living processes of a kind that the play started or, as `is_child`, these did."""
        found = []
        for process, its_kind in list(self._kinds.items()):  # another thread looks meanwhile
            with suppress(psutil.NoSuchProcess):
                if its_kind == kind and is_running(process):
                    is_direct = process.ppid() == self._parent.pid
                    found += [process] if is_direct is not is_child else []
        return found

    def left(self) -> list[str]:
        """What still runs, in words."""
        return [f"{kind} (pid {p.pid})" for p, kind in self._kinds.items() if is_running(p)]


@dataclass(frozen=True, slots=True)
class Played:
    """How a play came out. `left` names the processes and directories it left behind."""

    summary: Mapping[str, Any]
    cpu: Mapping[str, float]
    peak_mb: float  # of all together
    mb: Mapping[str, float]  # the most of each kind
    left: tuple[str, ...]

    @property
    def cpu_seconds(self) -> float:
        """Of all processes together."""
        return sum(self.cpu.values())


def play(
    folder: Path,
    *,
    keep: Path,
    tree: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    meddle: Callable[[Family, threading.Event], None] | None = None,
) -> Played:
    """Play recorded feeds to the end, the database kept in `keep`.

    `tree` holds the code; `settings` are environment variables. `meddle` runs beside it, in a
    thread, with the family and what is set when it is over. Raises PlayFailed.
    """
    with own_directory() as temporary:
        process = subprocess.Popen(  # noqa: S603  # our own command
            [*PLAY, str(folder), "--once", "--json", "--keep", str(keep)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tree,
            env=dict(os.environ) | {"TMPDIR": str(temporary)} | dict(settings or {}),
        )
        family = Family(process.pid)
        over = threading.Event()
        beside = [threading.Thread(target=_look_often, args=(family, over))]
        if meddle is not None:
            beside.append(threading.Thread(target=meddle, args=(family, over)))
        for thread in beside:
            thread.start()
        try:
            printed, said = process.communicate()
        finally:
            process.terminate()
            process.wait()
            over.set()
            for thread in beside:
                thread.join()
        left = (*family.left(), *sorted(path.name for path in temporary.iterdir()))
    if process.returncode:
        raise PlayFailed(f"play {folder} ended with {process.returncode}: {said[-3000:]}")
    return Played(json.loads(printed), family.cpu, family.peak_mb, family.mb, left)


def _look_often(family: Family, over: threading.Event) -> None:
    while not over.wait(EVERY):
        family.look()


@contextmanager
def own_directory() -> Iterator[Path]:
    """A directory that goes again, which the servers' account may pass through."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def _own_share(process: psutil.Process) -> float:
    """Its memory in MB; what it shares with others divided among them, where that is known."""
    told = process.memory_full_info()
    return float(getattr(told, "pss", told.uss)) / 2**20


def is_running(process: psutil.Process) -> bool:
    """True while that very process lives; a zombie nobody has waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
