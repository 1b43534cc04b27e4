"""Limits of time and memory: what goes beyond them ends, and all is as before afterwards."""

import resource
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from workers.limits import TooCostly, limited

ROOT = Path(__file__).parents[2]


def as_it_is() -> tuple[object, ...]:
    return (
        signal.getsignal(signal.SIGVTALRM),
        signal.getitimer(signal.ITIMER_VIRTUAL),
        signal.getitimer(signal.ITIMER_PROF),
        resource.getrlimit(resource.RLIMIT_AS),
    )


def run_for_ever() -> None:
    while True:
        pass


def test_work_within_its_limits_is_left_alone_and_leaves_nothing_behind() -> None:
    before = as_it_is()
    with limited(seconds=5, memory_mb=100):
        assert as_it_is() != before
    assert as_it_is() == before


def test_work_that_takes_too_long_is_stopped_even_if_it_swallows_every_exception() -> None:
    before = as_it_is()

    def swallow_all() -> None:
        while True:
            with suppress(Exception):
                run_for_ever()

    with (
        pytest.raises(TooCostly, match=r"took more than 0\.05 seconds"),
        limited(seconds=0.05, memory_mb=100),
    ):
        swallow_all()
    assert as_it_is() == before


def test_waiting_is_no_work() -> None:
    with limited(seconds=0.05, memory_mb=100):
        threading.Event().wait(0.3)


def test_work_that_swallows_the_first_wish_to_stop_is_asked_again() -> None:
    def deaf_once() -> None:
        with suppress(BaseException):
            run_for_ever()
        run_for_ever()

    with pytest.raises(TooCostly), limited(seconds=0.05, memory_mb=100):
        deaf_once()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what it holds")
def test_of_two_threads_that_overlap_the_last_one_out_lifts_the_limit() -> None:
    before = as_it_is()
    is_second_in, is_first_out = threading.Event(), threading.Event()

    def second() -> None:
        with limited(seconds=5, memory_mb=200):
            is_second_in.set()
            assert is_first_out.wait(120)

    other = threading.Thread(target=second)
    with limited(seconds=5, memory_mb=500):
        other.start()
        assert is_second_in.wait(120)
    assert as_it_is() != before
    is_first_out.set()
    other.join()
    assert as_it_is() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what it holds")
def test_work_that_takes_too_much_memory_is_stopped() -> None:
    before = as_it_is()
    with (
        pytest.raises(TooCostly, match="more than 50 MB of memory"),
        limited(seconds=5, memory_mb=50),
    ):
        bytearray(512 * 2**20)  # more than ending threads of other tests give back meanwhile
    assert as_it_is() == before
    assert len(bytearray(80 * 2**20)) == 80 * 2**20


def test_an_error_of_the_work_itself_passes_as_it_is() -> None:
    before = as_it_is()
    with pytest.raises(ZeroDivisionError), limited(seconds=5, memory_mb=100):
        raise ZeroDivisionError
    assert as_it_is() == before


def test_in_another_thread_time_is_not_limited_and_memory_is() -> None:
    found: list[object] = []

    def work() -> None:
        with limited(seconds=5, memory_mb=100):
            found.append(signal.getitimer(signal.ITIMER_VIRTUAL))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(0.0, 0.0)]


def test_a_library_that_does_not_return_ends_with_its_process_where_that_may_be() -> None:
    program = textwrap.dedent(
        """
        from itertools import repeat
        from workers.limits import limited, may_be_killed
        may_be_killed()
        with limited(seconds=0.2, memory_mb=100):
            sum(repeat(1, 10**11))  # C code: no wish to stop gets through
        """
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=180, check=False)
    assert ended.returncode == -signal.SIGPROF
