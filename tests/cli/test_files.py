"""The file verbs: parse, match and series check, without database, broker or network.

Documents, stories and series are invented, on example domains.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import Console
from tests.rounds import SERIES, UNREADABLE, a_feed, an_item

PARSE_KEYS = {
    *("file", "format", "id", "version", "status", "change", "acts_on", "embargo_until", "url"),
    *("title", "byline", "published", "updated", "language", "summary", "text", "outlet"),
    *("subjects", "ed_note", "problems"),
}


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """File verbs do not so much as look for one."""
    monkeypatch.setenv("SERIESWATCH_DATABASE_URL", "mysql://nobody.example/")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A feed of two items with one between them that cannot be read."""
    path = tmp_path / "feed.xml"
    path.write_bytes(a_feed(an_item(1, body="<p>A body.</p>"), UNREADABLE, an_item(2)))
    return path


# --- parse


def test_parse_prints_one_line_an_item_with_every_key_of_the_contract(
    serieswatch: Console, feed: Path
) -> None:
    said = serieswatch("parse", feed)
    assert (said.code, said.err) == (0, "")
    first, refused, second = said.lines
    assert set(first) == set(second) == PARSE_KEYS
    assert set(refused) == PARSE_KEYS | {"position"}
    assert first == {
        "file": str(feed),
        "format": "feed",
        "id": "post-1",
        "version": None,
        "status": "usable",
        "change": None,
        "acts_on": None,
        "embargo_until": None,
        "url": "https://harbour-post.example/world/1",
        "title": an_item(1).title,
        "byline": "",
        "published": "2026-03-09T10:00:00+00:00",
        "updated": None,
        "language": "en",
        "summary": "Page1.",
        "text": "A body.",
        "outlet": "The Harbour Post",
        "subjects": [],
        "ed_note": None,
        "problems": [],
    }


def test_an_item_that_cannot_be_read_is_a_line_in_its_place_with_the_reason(
    serieswatch: Console, feed: Path
) -> None:
    refused = serieswatch("parse", feed).lines[1]
    assert (refused["position"], refused["id"], refused["status"]) == (2, None, None)
    assert refused["title"] == ""
    assert refused["problems"] == ["it has no headline, no text and no link"]


def test_a_dash_is_standard_input_and_links_are_read_against_the_url_given(
    serieswatch: Console,
) -> None:
    document = a_feed(an_item(1, link="/ferries/1")).replace(
        b"<link>https://harbour-post.example/</link>", b""
    )
    said = serieswatch("parse", "-", "--url", "https://tide.example/feed", stdin=document)
    [line] = said.lines
    assert (line["file"], line["url"]) == ("-", "https://tide.example/ferries/1")


def test_a_file_that_cannot_be_read_is_one_line_and_costs_the_others_nothing(
    serieswatch: Console, feed: Path, tmp_path: Path
) -> None:
    page, missing = tmp_path / "page.html", tmp_path / "missing.xml"
    page.write_text("<html><body>Not here</body></html>", encoding="utf-8")
    said = serieswatch("parse", page, missing, feed, tmp_path)
    assert said.code == 1
    first, second, *items, last = said.lines
    assert set(first) == {"file", "error"}
    assert first["file"] == str(page)
    assert "web page instead of a feed" in first["error"]
    assert second == {
        "file": str(missing),
        "error": "cannot be read: No such file or directory",
    }
    assert [item["id"] for item in items] == ["post-1", None, "post-2"]
    assert last["error"] == "cannot be read: Is a directory"
    assert f"{missing}: cannot be read" in said.err
    assert len(said.err.splitlines()) == 3


@pytest.mark.parametrize(("format_", "name"), [("newsml-g2", "NewsML-G2"), ("nitf", "NITF")])
def test_a_format_that_a_file_is_not_of_says_so(
    serieswatch: Console, feed: Path, format_: str, name: str
) -> None:
    said = serieswatch("parse", "--format", format_, feed)
    assert said.code == 1
    assert f"this is called {name}, but there is no" in said.json["error"]


def test_a_format_nobody_knows_is_wrong_usage(serieswatch: Console, feed: Path) -> None:
    assert serieswatch("parse", "--format", "telex", feed).code == 2


def test_every_invented_document_is_parsed_without_a_traceback(serieswatch: Console) -> None:
    documents = sorted(
        path for path in (Path(__file__).parents[1] / "feeds").iterdir() if path.suffix != ".py"
    )
    said = serieswatch("parse", *documents)
    assert said.code == 1  # a web page and others that are no feed are among them
    assert "Traceback" not in said.err
    told = {line["file"] for line in said.lines}
    # An index of sitemaps names further documents, and has no item of its own.
    assert told == {str(path) for path in documents if path.stem != "sitemap_index"}


# --- match


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "ferries.toml"
    path.write_text(SERIES, encoding="utf-8")
    return path


def stories(*lines: object) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


TOLD = (
    "Envoys of both sides met for a third day in Port Lucan on Monday and said they had agreed on "
    "most of a text, though not on the number of prisoners to be exchanged before the winter."
)


def test_cluster_prints_for_each_story_whose_copy_it_is_and_what_it_tells(
    serieswatch: Console,
) -> None:
    at = "2026-03-09T12:{:02}:00Z"
    given = stories(
        {"id": 7, "title": "Envoys meet in Port Lucan", "text": TOLD, "date": at.format(1)},
        {"id": "b", "title": "Bakers strike over flour", "summary": "No bread in Oldmere today."},
        {"id": "c", "title": "CORRECTED-Envoys meet in Port Lucan", "text": TOLD, "kept": True},
        {"id": "d", "title": "Port Lucan envoys near a text", "text": TOLD[:110]},
        {"id": "e", "title": "Port Lucan talks: envoys meet on prisoners", "date": at.format(2)},
    )
    said = serieswatch("cluster", "-", stdin=given)
    assert (said.code, said.err) == (0, "")
    assert [line["id"] for line in said.lines] == [7, "b", "c", "d", "e"]
    assert [line["original"] for line in said.lines] == [7, "b", 7, 7, "e"]
    assert [line["cluster"] for line in said.lines] == [7, "b", 7, 7, 7]
    kinds = [line["relation"] for line in said.lines]
    assert kinds == ["original", "original", "correction", "excerpt", "original"]
    assert said.lines[2]["kept"] is True
    assert said.lines[2]["why"][0] == "it says itself that it corrects"
    assert said.lines[4]["why"][0].startswith("shares ")
    assert all(0 <= line["score"] <= 1 for line in said.lines)


def test_cluster_says_which_line_is_no_story(serieswatch: Console) -> None:
    said = serieswatch("cluster", "-", stdin=stories({"id": 1}))
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "-:1:" in said.err


def test_match_prints_for_each_story_its_score_zone_and_reasons(
    serieswatch: Console, series: Path
) -> None:
    given = stories(
        {"id": "a", "title": "Ferry talks in Kyiv", "date": "2026-03-09", "outlet": "tide"},
        {"id": 2, "title": "Bakers strike", "text": "No bread.", "url": "https://x.example/"},
    )
    said = serieswatch("match", "--series", series, "-", stdin=given)
    assert (said.code, said.err) == (0, "")
    ferry, bakers = said.lines
    assert set(ferry) == set(bakers) == {"id", "score", "zone", "why", "matcher"}
    assert (ferry["id"], ferry["zone"]) == ("a", "suggest")
    assert (bakers["id"], bakers["zone"]) == (2, "ignore")
    assert 0 < ferry["score"] <= 1
    assert bakers["score"] < 0.01
    for reason in (*ferry["why"], *bakers["why"]):
        assert set(reason) >= {"reason", "weight", "text"}
    odds = sum(reason["weight"] for reason in ferry["why"])
    assert abs(1 / (1 + math.exp(-odds)) - ferry["score"]) < 0.001
    assert 'hits "Ferry" (title)' in [reason["text"] for reason in ferry["why"]]
    [span] = next(one for one in ferry["why"] if one["reason"] == "query")["spans"]
    assert span == {"field": "title", "start": 0, "end": 5, "text": "Ferry"}


def test_a_story_is_read_with_all_its_keys_and_unknown_ones_are_carried_through(
    serieswatch: Console, series: Path
) -> None:
    story = {
        "id": "a",
        "title": "Talks",
        "summary": "On a ferry.",
        "language": "en",
        "date": "2026-03-09T10:00:00+01:00",
        "label": {"gold": True},
        "score": "theirs",
    }
    [line] = serieswatch("match", "--series", series, "-", stdin=stories(story)).lines
    assert line["zone"] == "suggest"
    assert line["label"] == {"gold": True}
    assert isinstance(line["score"], float)
    assert "summary" not in line


def test_a_series_may_be_named_by_its_key_among_configs_own(
    serieswatch: Console, tmp_path: Path
) -> None:
    path = tmp_path / "stories.jsonl"
    path.write_bytes(stories({"id": 1, "title": "Ukraine peace talks open in Geneva"}) + b"\n")
    said = serieswatch("match", "--series", "diplomacy-watch", path)
    assert said.code == 0
    assert [line["zone"] for line in said.lines] == ["suggest"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{not json", "this line is not JSON"),
        (b"\xff\xfe\xfd", "this line is not JSON"),
        (b"[" * 100_000, "this line is not JSON"),
        (b"[1]", 'a story needs an "id" and a "title"'),
        (b'{"id": 1}', 'a story needs an "id" and a "title"'),
        (b'{"title": "x"}', 'a story needs an "id" and a "title"'),
        (b'{"id": 1, "title": 7}', '"title" must be a text'),
        (b'{"id": 1, "title": "x", "text": ["y"]}', '"text" must be a text'),
        (b'{"id": 1, "title": "x", "url": 5}', '"url" must be a text'),
        (b'{"id": 1, "title": "x", "date": "soon"}', '"date" must be ISO 8601'),
    ],
)
def test_a_line_that_is_no_story_is_named_by_file_and_number(
    serieswatch: Console, series: Path, line: bytes, words: str
) -> None:
    given = stories({"id": "a", "title": "Ferry"}) + b"\n" + line
    said = serieswatch("match", "--series", series, "-", stdin=given)
    assert said.code == 1
    assert said.err.startswith("serieswatch: -:3: ")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_half_a_character_in_a_story_is_printed_as_json_all_the_same(
    serieswatch: Console, series: Path
) -> None:
    given = b'{"id": "\\ud800", "title": "A \\udfff ferry"}'
    said = serieswatch("match", "--series", series, "-", stdin=given)
    assert said.code == 0
    assert said.json["id"] == "\ud800"


def test_unknown_series_missing_files_and_what_is_not_there_yet_are_told_plainly(
    serieswatch: Console, series: Path, tmp_path: Path
) -> None:
    unknown = serieswatch("match", "--series", "nobody-watch", "-")
    assert unknown.code == 1
    assert 'no series "nobody-watch"' in unknown.err
    assert "diplomacy-watch" in unknown.err
    missing = serieswatch("match", "--series", series, tmp_path / "missing")
    assert missing.code == 1
    assert "cannot be read: No such file" in missing.err
    nowhere = serieswatch("match", "--series", tmp_path / "no.toml", "-")
    assert nowhere.code == 1
    assert "no.toml cannot be read" in nowhere.err
    assert serieswatch("match", "--series", series, "--decisions", tmp_path / "no", "-").code == 1
    assert serieswatch("match", "-").code == 2


def decided(number: int, *, accepted: bool) -> dict[str, Any]:
    """A decision: what this newsroom takes speaks of the mill, which the query does not know."""
    title = f"Ferry {number} and the mill" if accepted else f"Ferry {number} and the bakery"
    return {"id": number, "title": title, "text": "By the river.", "accepted": accepted}


def test_match_learns_from_decisions_and_says_how_well_it_holds(
    serieswatch: Console, series: Path, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    lines = [decided(number, accepted=number % 2 == 0) for number in range(60)]
    decisions.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    given = stories({"id": "a", "title": "Ferry to the mill"}, {"id": "b", "title": "Ferry bakery"})
    cold = serieswatch("match", "--series", series, "-", stdin=given)
    assert cold.lines[0]["score"] == cold.lines[1]["score"]
    learnt = serieswatch("match", "--series", series, "--decisions", decisions, "-", stdin=given)
    mill, bakery = learnt.lines
    assert mill["score"] > bakery["score"] + 0.5
    assert mill["matcher"].startswith("logistic/1")
    assert "60 decisions, 30 accepted" in learnt.err
    again = serieswatch("match", "--series", series, "--decisions", decisions, "-", stdin=given)
    assert again.out == learnt.out


def test_of_decisions_about_one_story_the_last_counts_and_few_teach_nothing(
    serieswatch: Console, series: Path, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    lines = [
        decided(1, accepted=True),
        {"id": 1, "title": "Ferry, retitled", "accepted": False},
        {"id": 2, "title": "FERRY, retitled", "accepted": True},
    ]
    decisions.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    given = stories({"id": "a", "title": "Ferry to the mill"})
    said = serieswatch("match", "--series", series, "--decisions", decisions, "-", stdin=given)
    assert "1 decisions, 1 accepted: cold" in said.err
    assert "learning begins with 10" in said.err
    decisions.write_text('{"id": 1, "title": "Ferry"}', encoding="utf-8")
    refused = serieswatch("match", "--series", series, "--decisions", decisions, "-", stdin=given)
    assert refused.code == 1
    assert 'needs "accepted": true or false' in refused.err


# --- series check


def test_a_good_definition_is_all_right(serieswatch: Console, series: Path) -> None:
    said = serieswatch("series", "check", series)
    assert (said.code, said.out) == (0, f"{series}: all right\n")
    said = serieswatch("series", "check", "--json", series)
    assert said.json == {"file": str(series), "ok": True, "problems": []}


def test_configs_own_series_are_all_right(serieswatch: Console) -> None:
    ours = sorted((Path(__file__).parents[2] / "config" / "series").glob("*.toml"))
    assert len(ours) >= 3
    assert serieswatch("series", "check", *ours).code == 0


def test_every_mistake_is_told_with_its_line_and_the_other_files_are_looked_at(
    serieswatch: Console, series: Path, tmp_path: Path
) -> None:
    bad, missing, scrambled = (tmp_path / name for name in ("bad.toml", "no.toml", "odd.toml"))
    bad.write_text(
        SERIES.replace('query = "', 'query = "(').replace("weekday", "wekday"), encoding="utf-8"
    )
    scrambled.write_bytes(b"key = '\xff'")
    said = serieswatch("series", "check", bad, missing, scrambled, series)
    assert said.code == 1
    first, second, *rest = said.out.splitlines()
    assert first.startswith(f"{bad}:6: ")
    assert "wekday" in first
    assert second.startswith(f"{bad}:11: ")
    assert rest == [
        f"{missing} cannot be read: No such file or directory",
        f"{scrambled} is not UTF-8 text: save it as UTF-8",
        f"{series}: all right",
    ]
    told = serieswatch("series", "check", "--json", bad, missing)
    assert told.code == 1
    wrong, gone = told.lines
    assert [problem["line"] for problem in wrong["problems"]] == [6, 11]
    assert gone["problems"] == [
        {"line": None, "why": f"{missing} cannot be read: No such file or directory"}
    ]


def test_a_definition_may_come_on_standard_input(serieswatch: Console) -> None:
    assert serieswatch("series", "check", "-", stdin=SERIES.encode()).out == "-: all right\n"
