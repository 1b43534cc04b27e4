"""Being told to end: signals as an orderly exit, so that every `with` on the way is left."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

REPEAT = 1.0  # seconds within which a second signal is the echo of the first


class StoppedBySignal(SystemExit):
    """Ctrl-C, SIGTERM or SIGHUP, as an orderly exit with 128 + its number. Carries `signal`."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)


@contextmanager
def signals_as_exit() -> Iterator[None]:
    """Within it Ctrl-C, SIGTERM and SIGHUP raise StoppedBySignal, so that every `with` is left.

    Only in the main thread. `nohup` is respected: a SIGHUP that was ignored stays ignored.
    """
    last = -REPEAT

    def leave(number: int, _frame: FrameType | None) -> None:
        nonlocal last
        # A closing terminal, and `timeout`, send the same signal twice: once is an order, and an
        # exception in the middle of the cleaning up would only hurry it.
        moment = time.monotonic()
        if moment - last < REPEAT:
            return
        last = moment
        if number == signal.SIGHUP:
            _let_go_of_terminal()
        raise StoppedBySignal(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go_of_terminal() -> None:
    """Point our outputs away from a terminal that is gone: printing there would raise."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere, stream)
    os.close(nowhere)
