"""Names looked up by us, so that each address can be judged before anything connects to it."""

import queue
import socket  # noqa: TID251  # asks name servers; opens nothing
import threading
from collections.abc import Callable

from workers.http.deadlines import Deadline
from workers.http.places import Place
from workers.http.problems import NoAnswer, words

Resolve = Callable[[str, int], list[str]]

IDLE_SECONDS = 1.0  # after which a thread that looks up names ends

_Found = queue.SimpleQueue[list[str] | Exception]


def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as this machine looks them up. Raises OSError if there are none."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class LookUps:
    """Threads that look names up: the machine's own look-up knows no time-out.

    One is started when none is idle, so a name server that hangs holds up nobody else; it ends
    after IDLE_SECONDS without work.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._waiting: queue.SimpleQueue[tuple[Place, _Found]] = queue.SimpleQueue()
        self._idle = 0  # threads that wait and are promised to nobody
        self._lock = threading.Lock()

    def __call__(self, place: Place, deadline: Deadline) -> list[str]:
        """The addresses of the place's name. Raises NoAnswer."""
        found: _Found = queue.SimpleQueue()
        with self._lock:
            is_one_free = self._idle > 0
            self._idle -= is_one_free
        self._waiting.put((place, found))
        if not is_one_free:
            threading.Thread(target=self._work, name="look up names", daemon=True).start()
        try:
            addresses = found.get(timeout=max(deadline.left(), 0))
        except queue.Empty as empty:
            raise NoAnswer("dns", f"no name server told us about {place.name} in time") from empty
        if isinstance(addresses, Exception):
            raise NoAnswer("dns", f"{place.name}: {words(addresses)}") from addresses
        return addresses

    def _work(self) -> None:
        while True:
            try:
                place, found = self._waiting.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._idle:  # else this thread has just been promised to somebody
                        self._idle -= 1
                        return
                continue
            addresses: list[str] | Exception
            try:
                addresses = self._resolve(place.name, place.port)
            except (OSError, ValueError) as problem:  # ValueError: "a..b" is no name
                addresses = problem
            with self._lock:
                self._idle += 1
            found.put(addresses)
