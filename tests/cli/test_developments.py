"""`developments`: listed, shown, ruled on and taken back at the console, as text and as JSON."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from store.models import MemberRow
from tests.cli.console import Console
from tests.rounds import Rounds, an_item, newsroom, own_database

TITLES = ("Ferry talks in Port Lucan resume", "Port Lucan: ferry talks resume after walkout")


@pytest.fixture(scope="module")
def developments_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "console_developments") as engine:
        yield engine


@pytest.fixture
def rounds(developments_database: Engine) -> Iterator[Rounds]:
    with newsroom(developments_database) as rounds:
        for number, title in enumerate((*TITLES, "Whale seen off Brennick")):
            rounds.bring(an_item(100 + number, title=title, summary=""))
        yield rounds


def ids(rounds: Rounds) -> tuple[int, list[int]]:
    members = rounds.rows(MemberRow)
    return members[0].development_id, [one.story_id for one in members]


def test_developments_are_listed_with_how_many_tell_them(
    serieswatch: Console, rounds: Rounds
) -> None:
    number, _ = ids(rounds)
    said = serieswatch("developments", "list", "--json")
    assert said.code == 0
    assert {(one["id"], one["stories"]) for one in said.lines} >= {(number, 2)}
    said = serieswatch("developments", "list", "--words", "whale")
    assert "Whale seen off Brennick" in said.out
    assert TITLES[0] not in said.out
    assert "no such" in serieswatch("developments", "list", "--size", 9).out


def test_a_development_is_shown_with_its_timeline_and_reasons(
    serieswatch: Console, rounds: Rounds
) -> None:
    number, [first, second, _] = ids(rounds)
    said = serieswatch("developments", "show", number, "--json")
    assert [one["id"] for one in said.json["timeline"]] == [first, second]
    assert "shares" in said.json["timeline"][1]["why"]
    said = serieswatch("developments", "show", number)
    assert said.out.startswith(f"development {number}: {TITLES[0]}")
    assert said.out.index(TITLES[0]) < said.out.index(TITLES[1])
    shown = serieswatch("stories", "show", second, "--json").json["development"]
    assert [one["outlet"] for one in shown["timeline"]] == ["harbour-post"] * 2
    text = serieswatch("stories", "show", second).out
    assert f"\ndevelopment {number}: {TITLES[0]}\n" in text
    assert text.index(TITLES[0]) < text.rindex(TITLES[1])
    refused = serieswatch("developments", "show", 10**9)
    assert (refused.code, refused.out) == (1, "")
    assert "developments list" in refused.err


def test_a_split_a_merge_and_their_undoing(serieswatch: Console, rounds: Rounds) -> None:
    number, [_, second, _] = ids(rounds)
    said = serieswatch("developments", "split", number, second, "--reason", "two", "--json")
    assert (said.code, said.json["kind"], said.json["stories"]) == (0, "split", [second])
    other = said.json["other"]
    shown = serieswatch("developments", "show", number)
    assert f"ruling {said.json['ruling']}: split of {other} by console:" in shown.out
    assert shown.out.rstrip().endswith("two")
    merged = serieswatch("developments", "merge", number, other)
    assert merged.out.startswith(f"Development {other} is part of {number} now.")
    again = serieswatch("developments", "merge", number, other)
    assert (again.code, again.out) == (1, "")
    assert again.err.count("\n") == 1
    ruling = int(merged.out.rsplit("undo ", 1)[1].split("`")[0])
    assert serieswatch("developments", "undo", ruling).out == f"Ruling {ruling} is taken back.\n"
    assert "undone by console:" in serieswatch("developments", "show", other).out
    assert serieswatch("developments", "undo", ruling).code == 1


def test_suggestions_and_a_fit_that_has_too_little_to_go_by(
    serieswatch: Console, rounds: Rounds
) -> None:
    assert serieswatch("developments", "suggest").code == 0
    assert serieswatch("developments", "suggest", "--json").code == 0
    assert len(rounds.rows(MemberRow)) == 3
    refused = serieswatch("developments", "refit")
    assert (refused.code, refused.out) == (1, "")
    assert "fewer than 5 rulings" in refused.err
