"""What a worker remembers of developments: read piece by piece, whoever stops it in between."""

import os
import signal
from collections.abc import Generator, Iterator
from types import FrameType
from typing import NoReturn

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.settings import settings
from store import developments
from store.models import MemberRow, StoryRow
from tests.rounds import Rounds, an_item, newsroom, own_database
from workers import clustering, flow
from workers.limits import undisturbed

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
        assert clustering.catch_up(session, seconds=60)
        return clustering.take(session)


def time_is_up() -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


def test_a_limit_of_time_waits_for_what_must_not_stay_half_done() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            time_is_up()
            done.append("all of it")

    with pytest.raises(Stop):
        work()
    assert done == ["all of it"]
    with pytest.raises(Stop):
        time_is_up()


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


def test_who_had_much_to_read_leaves_placing_to_the_next_bell(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    with monkeypatch.context() as slow:
        hours = iter(range(0, 36_000, 3_600))
        slow.setattr(clustering, "monotonic", lambda: next(hours))
        assert flow.place_stories(settings()) == flow.Placed([], more=True)
    assert rounds.rows(MemberRow) == []
    assert [row.work_state for row in rounds.rows(StoryRow)] == ["ready"]
    rounds.place()
    assert len(rounds.rows(MemberRow)) == 1
