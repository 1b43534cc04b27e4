"""What a run cost: CPU seconds and memory of this process and all it started."""

from threading import Event, Lock, Thread
from typing import Self

import psutil


class Meter:
    """Samples the process tree. A process that ended keeps the CPU time it was last seen with."""

    def __init__(self, *, every: float = 1.0) -> None:
        self._every = every
        self._cpu: dict[tuple[int, float], float] = {}
        self._lock = Lock()  # our thread and the caller both sample
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.peak_rss_mb = 0.0

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Sample once more and stop."""
        self._stop.set()
        self._thread.join()
        self.sample()

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all processes seen so far."""
        with self._lock:
            return sum(self._cpu.values())

    def sample(self) -> None:
        """Look at every process of the tree once. Shared memory is counted once where told."""
        me = psutil.Process()
        memory = 0.0
        with self._lock:
            for process in [me, *me.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                    self._cpu[process.pid, process.create_time()] = times.user + times.system
                    memory += _own_share(process)
                except psutil.Error:  # it ended between being listed and being asked
                    continue
            self.peak_rss_mb = max(self.peak_rss_mb, memory / 2**20)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.sample()


def _own_share(process: psutil.Process) -> float:
    """Resident bytes, with pages shared between processes divided among them where it is known."""
    try:
        return float(process.memory_full_info().pss)
    except (AttributeError, psutil.AccessDenied):  # not Linux, or another user's process
        return float(process.memory_info().rss)
