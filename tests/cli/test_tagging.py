"""`tag FILE` and the verbs of the list of names. Stories, lists and names are invented."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config import settings as told
from tests.cli.console import Console
from tests.rounds import Rounds, an_item


@pytest.fixture
def rounds(database: Engine) -> Iterator[Rounds]:
    """The flow over a database of its own; one server is asked again without a pause."""
    told.override(host_gap_seconds="0")
    rounds = Rounds(database)
    rounds.follow()
    yield rounds
    told.override(host_gap_seconds="5")


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    """Two stories, of which the second has a key of its own."""
    path = tmp_path / "stories.jsonl"
    lines = [
        {
            "id": "a",
            "title": "Moscow rejects the peace plan, Aldo Verrani says",
            "outlet": "Reuters",
        },
        {"id": "b", "title": "Nothing", "text": "The Heron Prize went to nobody.", "mine": 7},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_tag_prints_a_line_a_story_with_evidence_that_stands_there(
    serieswatch: Console, stories: Path
) -> None:
    said = serieswatch("tag", stories)
    assert said.code == 0
    first, second = said.lines
    assert set(first) == {"id", "tags", "credits", "quotes"}
    assert second["mine"] == 7
    found = {(one["scheme"], one["code"]): one for one in first["tags"]}
    russia = found["place", "RU"]
    assert russia["evidence"] == [{"field": "title", "start": 0, "end": 6, "text": "Moscow"}]
    assert "stands for the government" in russia["why"]
    assert 0 < russia["score"] <= 1
    assert found["place", "Q649"]["label"] == "Moscow"
    assert found["subject", "20000075"]["label"] == "peace plan"
    assert found["person", "name:aldo-verrani"]["label"] == "Aldo Verrani"
    assert found["outlet_kind", "wire"]["evidence"][0]["field"] == "outlet"
    given = json.loads(stories.read_text(encoding="utf-8").splitlines()[0])
    for one in first["tags"]:
        assert one["evidence"]
        for span in one["evidence"]:
            assert given[span["field"]][span["start"] : span["end"]] == span["text"]


def test_the_lists_of_this_desk_are_right(serieswatch: Console) -> None:
    said = serieswatch("tags", "check")
    assert said.code == 0
    assert "all right" in said.out
    assert serieswatch("tags", "check", "--json").json["entries"] > 1000


def test_check_lists_names_never_met_and_capitals_not_known(
    serieswatch: Console, stories: Path
) -> None:
    told = serieswatch("tags", "check", stories, "--json").json
    assert told["stories"] == 2
    unknown = {one["text"]: one["stories"] for one in told["unknown"]}
    assert unknown == {"Aldo Verrani": 1, "The Heron Prize": 1}
    never = {one["code"] for one in told["never_met"]}
    assert "Q649" not in never
    assert "Q1899" in never
    said = serieswatch("tags", "check", stories)
    assert "never met" in said.out
    assert "1  The Heron Prize" in said.out


# --- larger lists


def test_a_larger_list_is_taken_in_whole_and_taken_in_again(
    serieswatch: Console, tmp_path: Path
) -> None:
    given = tmp_path / "ports.tsv"
    given.write_text("Q900000001\tperson\tInés Calder\tI. Calder\n", encoding="utf-8")
    into = tmp_path / "lists"
    words = ("tags", "import", given, "--form", "wikidata-tsv", "--into", into)
    said = serieswatch(*words, "--json")
    assert said.json == {"file": str(into / "ports.names"), "names": 2}
    kept = (into / "ports.names").read_bytes()
    again = serieswatch(*words, "--name", "ports")
    assert "2 names" in again.out
    assert (into / "ports.names").read_bytes() == kept
    assert [path.name for path in into.iterdir()] == ["ports.names"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Q1\tperson\n", "wanted are number, type and label"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_its_line(
    serieswatch: Console, tmp_path: Path, content: bytes, why: str
) -> None:
    given = tmp_path / "broken.tsv"
    given.write_bytes(content)
    said = serieswatch("tags", "import", given, "--form", "wikidata-tsv", "--into", tmp_path / "x")
    assert said.code == 1
    assert why in said.err
    assert not (tmp_path / "x").exists()


def test_a_list_that_is_not_there_is_refused(serieswatch: Console, tmp_path: Path) -> None:
    said = serieswatch("tags", "import", tmp_path / "none", "--form", "jrc-names")
    assert said.code == 1
    assert "cannot be read" in said.err


def test_a_release_of_the_vocabulary_is_compared_with_the_rules(
    serieswatch: Console, tmp_path: Path
) -> None:
    release = tmp_path / "topics.tsv"
    head = "NewsCode-QCode (flat)\tName (en-GB)\tRetiredDate\n"
    release.write_text(f"{head}medtop:20000639\tstatecraft\t\n", encoding="utf-8")
    words = ("tags", "import", release, "--form", "media-topics")
    changes = serieswatch(*words, "--json").json["changes"]
    assert {"code": "20000639", "what": "diplomacy: is called statecraft now"} in changes
    assert "20000639: diplomacy: is called statecraft now" in serieswatch(*words).out


# --- corrections

TOWNS = """
Aldwick Brennick Corrow Dunmere Eastley Farrow Gannock Hexley Irwell Jarrick Keld Lorne Marsk
Nessock Orrin Penrick Quay Rossett Sark Tarrow Usk Varrick Wexley Yarrow
"""


def test_corrections_are_kept_and_learnt_from(serieswatch: Console, rounds: Rounds) -> None:
    items = []
    for number, town in enumerate(TOWNS.split()):
        subject = "Ferry strike in the harbour of" if number % 2 else "Bakers raise bread prices in"
        items.append(an_item(number + 1, title=f"{subject} {town}", summary=f"So says {town}."))
    rounds.bring(*items)
    listed = serieswatch("stories", "list", "--json").lines
    for story in listed:
        answer = "right" if "Ferry" in story["title"] else "wrong"
        said = serieswatch("tags", "correct", story["id"], "20000639", answer, "--by", "ann")
        assert said.out == f"story {story['id']}: 20000639 is {answer}\n"
    serieswatch("tags", "correct", listed[0]["id"], "20000640", "wrong", "--json")
    learnt = {one["code"]: one for one in serieswatch("tags", "learn", "--json").lines}
    assert len(listed) == 24
    assert learnt["20000639"]["learnt"]
    assert learnt["20000639"]["precision"] >= 0.8
    assert learnt["20000640"] == {"code": "20000640", "learnt": False, "of": 1}
    told = serieswatch("tags", "learn").out
    assert "learnt, version 2" in told
    assert "its rules stand" in told
    rounds.bring(an_item(90, title="A new ferry strike", summary=""))
    newest = serieswatch("stories", "list", "--json", "--limit", "1").lines[0]
    assert newest["title"] == "A new ferry strike"
    shown = serieswatch("stories", "show", newest["id"], "--json").json
    assert "20000639" in json.dumps(shown)


def test_a_correction_of_no_story_is_refused(serieswatch: Console, rounds: Rounds) -> None:
    assert rounds.feeds
    said = serieswatch("tags", "correct", "999", "20000639", "right")
    assert said.code == 1
    assert "there is no story 999" in said.err
