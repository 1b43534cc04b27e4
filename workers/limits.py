"""Limits of time and memory on one piece of work, for processes that may be killed.

Three lines of defence: a wish to stop that Python code follows; memory that is not given; and,
where neither helps because a library does not return, an end of the process by the system itself.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pipeline.errors import SerieswatchError

LAST_RESORT = 1.5  # times the seconds allowed: then the process ends, whatever it is doing
ASK_AGAIN = 0.25  # seconds: a library may swallow the first wish to stop
_STATUS = Path("/proc/self/statm")
_killable = False
_sharing = threading.Lock()
_inside: list[int] = []  # bytes each of those at work now may have the process hold
_usual: list[tuple[int, int]] = []  # the process's own limits, while somebody is inside


class TooCostly(SerieswatchError):
    """The work took more time or memory than it may; the text says which and how much."""


class _Stop(BaseException):
    """No Exception: what catches all of those must not catch this."""


def may_be_killed() -> None:
    """Say that this process is a pool's child: another takes its place when it ends."""
    global _killable  # noqa: PLW0603  # a fact about the process, told once
    _killable = True


def is_replaced_soon(megabytes: int) -> bool:
    """Whether the pool puts another in this child's place after its task, for holding too much."""
    if not sys.platform.startswith("linux"):
        return False
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > megabytes * 1000  # kB, as it counts


@contextmanager
def limited(*, seconds: float, memory_mb: float) -> Iterator[None]:
    """Work within limits; raises TooCostly beyond them. All is as before afterwards.

    Time is what this process computes, not what it waits for the processor: a busy machine makes
    no document dear. Signals reach the main thread only: in any other the time is not limited.
    Memory is counted from what the process holds at the start.
    """
    is_main = threading.current_thread() is threading.main_thread()
    try:
        with _memory(memory_mb), _time(seconds, is_limited=is_main):
            yield
    except _Stop as stop:
        raise TooCostly(f"reading it took more than {seconds:g} seconds of computing") from stop
    except MemoryError as more:
        raise TooCostly(f"reading it took more than {memory_mb:g} MB of memory") from more


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let a task's limit of time wait until this is done: short work that must not stay half done.

    Only the limit that asks is put off, which Celery tells by this signal; the one that ends the
    process is not. The signal is heard and told later, not blocked: blocked in one thread, it is
    given to another, and told in the main one all the same.
    """
    if threading.current_thread() is not threading.main_thread():  # where nobody is told
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
        if asked:
            signal.raise_signal(signal.SIGUSR1)


@contextmanager
def _time(seconds: float, *, is_limited: bool) -> Iterator[None]:
    if not is_limited:
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise _Stop

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, ASK_AGAIN)
    if _killable:
        # Nobody handles this one: the system ends us. It counts what we compute, not what we wait.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds * LAST_RESORT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def _memory(megabytes: float) -> Iterator[None]:
    """The limit is the whole process's: of several threads inside, the last one out lifts it."""
    size = _size()
    if size is None:
        yield
        return
    most = size + int(megabytes * 2**20)
    with _sharing:
        if not _inside:
            _usual.append(resource.getrlimit(resource.RLIMIT_AS))
        _inside.append(most)
        _give()
    try:
        yield
    finally:
        with _sharing:
            _inside.remove(most)
            _give()
            if not _inside:
                _usual.clear()


def _give() -> None:
    """Let the process have what the most demanding of those inside may have."""
    ((soft, hard),) = _usual
    most = max(_inside, default=soft)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _size() -> int | None:
    """Bytes of address space this process holds; None where the system does not say."""
    if not sys.platform.startswith("linux"):
        return None
    pages = int(_STATUS.read_bytes().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
