"""Things done side by side: no slow one holds up the others, and a defect is a result."""

import threading
from collections.abc import Iterator

import pytest

from workers import sidebyside
from workers.sidebyside import side_by_side


def test_everything_is_done_once_and_its_result_comes_with_it() -> None:
    found = [pair for lot in side_by_side(lambda n: n * n, range(30)) for pair in lot]
    assert sorted(found) == [(n, n * n) for n in range(30)]
    assert list(side_by_side(lambda n: n, [])) == []


def test_what_is_raised_is_a_result_and_the_others_are_done() -> None:
    def act(number: int) -> float:
        return 1 / number

    found = dict(pair for lot in side_by_side(act, [0, 1, 2]) for pair in lot)
    assert isinstance(found[0], ZeroDivisionError)
    assert (found[1], found[2]) == (1, 0.5)


@pytest.fixture
def released() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_slow_ones_hold_up_nobody_however_many_they_are(
    released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidebyside, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(sidebyside, "LONGEST_LOT", 0.001)
    slow = sidebyside.FIRST_THREADS * 2  # more than there are hands at first

    def act(number: int) -> int:
        if number < slow:
            assert released.wait(120)
        return number

    quick: list[int] = []
    done: list[int] = []
    for lot in side_by_side(act, range(slow + 5)):
        done += [number for number, _ in lot]
        if not released.is_set():
            quick += [number for number, _ in lot]
            if len(quick) == 5:
                released.set()
    assert sorted(quick) == list(range(slow, slow + 5))
    assert sorted(done) == list(range(slow + 5))


def test_who_stops_listening_waits_for_what_is_under_way_and_begins_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sidebyside, "FIRST_THREADS", 1)
    monkeypatch.setattr(sidebyside, "MORE_THREADS", 0)
    monkeypatch.setattr(sidebyside, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(sidebyside, "LONGEST_LOT", 0.001)
    begun: list[int] = []
    goes_on = threading.Event()

    def act(number: int) -> int:
        begun.append(number)
        if number == 1:
            goes_on.wait(120)
        return number

    lots = side_by_side(act, range(100))
    assert next(lots) == [(0, 0)]
    threading.Timer(0.05, goes_on.set).start()
    lots.close()  # type: ignore[attr-defined]  # a generator is an iterator that can be closed
    assert begun == [0, 1]


def test_where_the_machine_gives_no_more_threads_those_it_gave_do_all() -> None:
    given: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        if len(given) == 2:
            raise RuntimeError("can't start new thread")
        given.append(thread)
        thread.start()

    found = [pair for lot in side_by_side(lambda n: n * n, range(30), start=start) for pair in lot]
    assert sorted(found) == [(n, n * n) for n in range(30)]
    assert len(given) == 2


def test_where_it_gives_none_at_all_that_is_said() -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.raises(RuntimeError, match="new thread"):
        list(side_by_side(lambda n: n, [1], start=start))
