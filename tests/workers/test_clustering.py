"""What a worker remembers of developments: read piece by piece, whoever stops it in between."""

import os
import signal
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from threading import Event, Thread
from types import FrameType
from typing import Any, NoReturn

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from config.settings import override, settings
from pipeline import tag
from pipeline.cluster.memory import Memory
from store import developments
from store.models import MemberRow, StoryRow, WeighedRow
from tests.rounds import Rounds, an_item, newsroom, own_database
from workers import clustering, flow
from workers.limits import undisturbed

ENDED = """
    SELECT pg_terminate_backend(pid, 60000) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = :key AND objid = 0 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
TITLES = [f"{what} in Port {where} agreed" for what in ("Ferries", "Tolls") for where in "ABC"]


class Stop(Exception):
    """A limit of time, raised in the middle of anything."""


@pytest.fixture(scope="module")
def clustering_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "clustering") as engine:
        yield engine


@pytest.fixture
def rounds(clustering_database: Engine) -> Iterator[Rounds]:
    with newsroom(clustering_database) as rounds:
        yield rounds


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Stop

    before = signal.signal(signal.SIGUSR1, stop)
    yield
    signal.signal(signal.SIGUSR1, before)


def board(rounds: Rounds) -> clustering.Board:
    """What the process remembers now."""
    with rounds.session() as session:
        assert clustering.catch_up(session, seconds=3600)
        return clustering.take(session)


def time_is_up() -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


def done_though_time_is_up() -> list[str]:
    """What gets done of a thing that must not stay half done, where its time is up amid it."""
    done = []

    def work() -> None:
        with undisturbed():
            time_is_up()
            done.append("all of it")

    with pytest.raises(Stop):
        work()
    return done


def test_a_limit_of_time_waits_for_what_must_not_stay_half_done() -> None:
    assert done_though_time_is_up() == ["all of it"]
    with pytest.raises(Stop):
        time_is_up()


def test_it_waits_also_where_another_thread_would_hear_of_it() -> None:
    over = Event()
    Thread(target=over.wait, daemon=True).start()
    assert done_though_time_is_up() == ["all of it"]
    over.set()


def test_a_board_that_a_defect_left_half_changed_is_forgotten(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, title in enumerate(TITLES, start=100):
        rounds.bring(an_item(number, title=title, summary=""))
    flow.forget()
    add = Memory.add

    def once(memory: Memory, number: int, *rest: Any, **more: Any) -> None:  # noqa: ANN401  # passed on
        if number == 3:
            raise KeyError(number)
        add(memory, number, *rest, **more)

    with monkeypatch.context() as broken, rounds.session() as session:
        broken.setattr(Memory, "add", once)
        with pytest.raises(KeyError):
            clustering.catch_up(session, seconds=3600)
    again = board(rounds).open._memory  # noqa: SLF001  # what it has in mind
    assert again.numbers == list(range(1, len(TITLES) + 1)), "each once"


def test_who_is_stopped_while_reading_goes_on_there_and_ends_with_the_same(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, title in enumerate(TITLES, start=100):
        rounds.bring(an_item(number, title=title, summary=""))
    asked: list[int] = []

    def slowly(session: Session, first: int) -> Generator[developments.Told, None, None]:
        """Three stories, then the time is up; however often one begins anew."""
        asked.append(first)
        for number, told in enumerate(whole(session, first)):
            if number == 3:
                time_is_up()
            yield told

    whole = developments.told_since
    flow.forget()
    monkeypatch.setattr(clustering, "PIECE", 2)
    monkeypatch.setattr(developments, "told_since", slowly)
    rounds.serve(an_item(200, title="Ferries in Port A delayed", summary=""))
    rounds.parse(rounds.poll())
    for _ in range(2):
        with pytest.raises(Stop):
            flow.place_stories(settings())
    [waiting] = [row for row in rounds.rows(StoryRow) if row.work_state == "ready"]
    assert waiting.attempts == 0, "nothing was claimed before all was read"
    rounds.place()
    assert asked[:3] == [1, 3, 5], "each began where the last was stopped"
    monkeypatch.undo()
    resumed = board(rounds)
    flow.forget()
    at_once = board(rounds)
    assert resumed.last == at_once.last == len(TITLES) + 1
    title, at = "Ferries delayed in Port A", waiting.first_seen_at
    assert resumed.open.place(title, "", at) == at_once.open.place(title, "", at)


def test_who_loses_its_turn_amid_a_batch_writes_nothing_of_it(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.bring(an_item(100, title=TITLES[0]))
    rounds.serve(an_item(101, title=TITLES[1]), an_item(102, title=TITLES[3]))
    rounds.parse(rounds.poll())
    usual = tag.tag
    with ExitStack() as others:

        def tagged(*told: Any) -> Any:  # noqa: ANN401  # passed on
            """The connection that holds the turn dies alone, and another process has the turn."""
            monkeypatch.setattr(tag, "tag", usual)
            with rounds.session() as session:
                assert session.scalar(text(ENDED), {"key": developments.PLACING}) is True
            assert others.enter_context(developments.turn(rounds.engine)) is not None
            return usual(*told)

        monkeypatch.setattr(tag, "tag", tagged)
        with pytest.raises(OperationalError):
            flow.place_stories(settings())
        assert len(rounds.rows(MemberRow)) == 1, "the other may have read this already"
    waiting = [row for row in rounds.rows(StoryRow) if row.work_state == "ready"]
    assert [(row.attempts, row.lease_until) for row in waiting] == [(1, None), (1, None)]
    rounds.come_due(StoryRow)
    rounds.place()
    assert sorted(row.number for row in rounds.rows(WeighedRow)) == [1, 2, 3]


@pytest.mark.parametrize("loses", [False, True])
def test_who_had_much_to_read_leaves_placing_to_the_next_bell_unless_it_is_replaced_before(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch, *, loses: bool
) -> None:
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    hours = iter(range(0, 36_000, 3_600))
    with monkeypatch.context() as slow:
        slow.setattr(clustering, "monotonic", lambda: next(hours))
        assert flow.place_stories(settings()) == flow.Placed([], more=True)
    assert rounds.rows(MemberRow) == []
    assert [row.work_state for row in rounds.rows(StoryRow)] == ["ready"]
    if loses:  # all that it has read, so that no bell would ever find it read
        override(child_memory_mb="1")
        with monkeypatch.context() as slow:
            slow.setattr(clustering, "monotonic", lambda: next(hours))
            assert flow.place_stories(settings()).more is False
    else:
        rounds.place()
    assert len(rounds.rows(MemberRow)) == 1
