"""What a worker's main process sees of its tasks: how many ended how, and how long they took.

Asked of the requests in the main process: the children of a prefork pool may be killed at any
moment, and what they had counted would go with them.
"""

from collections import Counter
from collections.abc import Iterator
from threading import Lock

from celery import Task
from celery.worker.request import Request

from store.exposition import Family, said


class Counts:
    """Counts of ended tasks by name and outcome, and the seconds they took."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ended: Counter[tuple[str, str]] = Counter()
        self._seconds: Counter[str] = Counter()

    def note(self, task: str, outcome: str, seconds: float = 0.0) -> None:
        """Count one task's end."""
        with self._lock:
            self._ended[task, outcome] += 1
            self._seconds[task] += seconds  # type: ignore[assignment]  # a Counter adds any numbers

    def families(self) -> Iterator[Family]:
        """The counts as metrics."""
        with self._lock:
            ended, seconds = sorted(self._ended.items()), sorted(self._seconds.items())
        told = [(said(("task", "outcome"), key), number) for key, number in ended]
        took = [(said(("task",), (name,)), number) for name, number in seconds]
        yield Family("tasks_total", "counter", "Tasks by how they ended in this process.", told)
        yield Family("task_seconds_total", "counter", "Seconds tasks took that ended well.", took)


COUNTS = Counts()


class CountedRequest(Request):
    """A task on its way through this worker, counted at its end."""

    def __init_subclass__(cls) -> None:
        """Count what ends well: Celery makes a class of every task, with an end of its own."""
        ends_well = cls.__dict__["on_success"]

        def on_success(
            self: CountedRequest, result: tuple[bool, object, float], **told: object
        ) -> object:
            failed, _, seconds = result
            if not failed:  # what failed comes by on_failure
                COUNTS.note(self.name, "done", seconds)
            return ends_well(self, result, **told)

        cls.on_success = on_success  # type: ignore[assignment]  # its `self` is the narrower class

    def on_failure(self, *args: object, **told: object) -> object:
        """Count what failed, or whose process died."""
        COUNTS.note(self.name, "failed")
        return super().on_failure(*args, **told)

    def on_timeout(self, soft: object, timeout: object) -> object:
        """Count what ran into its limit; the hard one kills, and is no failure's other name."""
        COUNTS.note(self.name, "warned" if soft else "timed_out")
        return super().on_timeout(soft, timeout)


class CountedTask(Task):
    """A task whose requests are counted."""

    Request = "workers.counted:CountedRequest"
