"""Things done side by side on a few threads, handed back in lots as they are done."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

FIRST_THREADS = 4  # enough for servers that answer at once, and cheaper than many
MORE_THREADS = 4  # at each look while somebody waits: one slow server holds up nobody
LOOK_EVERY = 0.05  # seconds
LONGEST_LOT = 0.25  # seconds a result waits for others, that they may be written together


def side_by_side(
    act: Callable[[Thing], Result],
    things: Sequence[Thing],
    *,
    start: Callable[[threading.Thread], None] = threading.Thread.start,
) -> Iterator[list[tuple[Thing, Result | BaseException]]]:
    """Do `act` on every thing, and give the results in lots: all that is done is handed over soon.

    What `act` raises is a result like any other. Who stops listening waits for what is under way;
    what had not begun is left undone. Where the machine gives no more threads, those there do all.
    """
    crew = _Crew(act, things, start)
    try:
        yield from crew.lots()
    finally:
        crew.dismiss()


class _Crew(Generic[Thing, Result]):
    def __init__(
        self,
        act: Callable[[Thing], Result],
        things: Sequence[Thing],
        start: Callable[[threading.Thread], None],
    ) -> None:
        self._act, self._start = act, start
        self._left = deque(things)
        self._done: deque[tuple[Thing, Result | BaseException]] = deque()
        self._unfinished = len(things)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []

    def lots(self) -> Iterator[list[tuple[Thing, Result | BaseException]]]:
        handed, number = 0, self._unfinished
        handed_at = monotonic()
        self._add(FIRST_THREADS)
        while handed < number:
            is_over = self._is_over.wait(LOOK_EVERY)
            if is_over or (self._done and monotonic() - handed_at >= LONGEST_LOT):
                lot = [self._done.popleft() for _ in range(len(self._done))]
                handed += len(lot)
                yield lot
                handed_at = monotonic()
            self._add(MORE_THREADS)

    def dismiss(self) -> None:
        self._left.clear()
        for thread in self._threads:
            thread.join()

    def _add(self, number: int) -> None:
        for _ in range(min(number, len(self._left))):
            thread = threading.Thread(target=self._work, name="poll")
            try:
                self._start(thread)
            except RuntimeError:  # "can't start new thread": a limit of the machine or container
                if not self._threads:
                    raise
                return
            self._threads.append(thread)

    def _work(self) -> None:
        while True:
            try:
                thing = self._left.popleft()
            except IndexError:
                return
            result: Result | BaseException
            try:
                result = self._act(thing)
            except BaseException as problem:  # noqa: BLE001  # told to whoever asked for the thing
                result = problem
            self._done.append((thing, result))
            with self._lock:
                self._unfinished -= 1
                if not self._unfinished:
                    self._is_over.set()
