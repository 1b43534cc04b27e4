"""The database verbs: what they print, as tables and as JSON; what they change and refuse."""

import io
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update

from cli.main import main
from store import taught
from store.models import (
    AuditRow,
    DocumentRow,
    FeedRow,
    ItemRow,
    MatchRow,
    OutletRow,
    SetAsideRow,
    StoryRow,
    UserRow,
)
from tests.cli.console import Console, Said
from tests.rounds import (
    FRIDAY,
    LONG,
    SERIES,
    TIDES,
    UNREADABLE,
    WORLD,
    Rounds,
    an_item,
    newsroom,
    own_database,
)
from workers import teaching

STEER = "\x1b[2J"  # what would wipe a terminal


@pytest.fixture(scope="module")
def console_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "console") as engine:
        yield engine


@pytest.fixture
def rounds(console_database: Engine) -> Iterator[Rounds]:
    with newsroom(console_database) as rounds:
        yield rounds


@pytest.fixture
def week(rounds: Rounds) -> Rounds:
    """A paper with two stories and something unreadable, and a wire whose text one of them is."""
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    rounds.bring(an_item(1, link="https://tide-wire.example/1", body=LONG), url=TIDES)
    rounds.bring(an_item(1, title="Storm keeps ferries in", body=LONG), UNREADABLE, an_item(2))
    return rounds


def refused(said: Said, *words: str) -> None:
    """It was refused with one plain sentence, and nothing else."""
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith("serieswatch: ")
    assert said.err.count("\n") == 1
    for word in words:
        assert word in said.err


# --- feeds


def test_feeds_are_listed_with_state_and_reason(serieswatch: Console, week: Rounds) -> None:
    week.fail(status=404)
    week.poll()
    said = serieswatch("feeds", "list", "--json")
    assert (said.code, said.err) == (0, "")
    paper, wire = said.lines
    assert set(paper) == {
        *("id", "url", "title", "outlet", "kind", "state", "reason", "since", "last_attempt"),
        *("last_success", "last_new", "next_poll", "interval_seconds", "failures", "is_paused"),
        *("stories", "troubles", "rhythm", "slice_hit_ratio", "set_aside", "lost_suspected"),
        *("last_seen", "next_why", "hub"),
    }
    assert (paper["outlet"], paper["state"], paper["stories"]) == ("harbour-post", "http_4xx", 2)
    assert (wire["outlet"], wire["kind"], wire["state"]) == ("tide-wire", "wire", "ok")
    assert datetime.fromisoformat(paper["last_attempt"]).tzinfo is not None
    table = serieswatch("feeds", "list")
    heading, *lines = table.out.splitlines()
    assert heading.split()[:4] == ["id", "outlet", "state", "stories"]
    assert "the address is gone or has moved" in lines[0]
    assert len(lines) == 2


def test_an_empty_house_is_told_what_to_do_next(serieswatch: Console, rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(delete(FeedRow))
    for words, advice in (
        (("feeds", "list"), "serieswatch seed"),
        (("stories", "list"), "no such stories"),
        (("drafts", "list"), "none opens before a story matches"),
        (("setaside", "list"), "Nothing is set aside"),
        (("users", "list"), "serieswatch users add NAME"),
    ):
        said = serieswatch(*words)
        assert said.code == 0
        assert advice in said.out
        assert serieswatch(*words, "--json").out == ""


def test_a_feed_is_added_once_under_its_hosts_name_and_that_is_on_record(
    serieswatch: Console, rounds: Rounds
) -> None:
    url = "https://www.lantern.example/rss"
    said = serieswatch("feeds", "add", url, "--unchecked", "--json")
    assert said.code == 0
    feed_id = said.json["id"]
    assert said.json == {"id": feed_id, "url": url, "outlet": "lantern-example"}
    again = serieswatch("feeds", "add", url)
    assert (again.code, again.out) == (0, f"Feed {feed_id} is followed already.\n")
    assert rounds.feed(url).id == feed_id
    names = {outlet.key: outlet.name for outlet in rounds.rows(OutletRow)}
    assert names["lantern-example"] == "lantern.example"
    [note] = [note for note in rounds.rows(AuditRow) if note.action == "feed.add"]
    assert note.actor.startswith("console:")
    assert (note.subject_id, note.detail) == (str(feed_id), {"url": url})


def test_a_feed_may_be_added_to_a_known_outlet_and_stays_with_it(
    serieswatch: Console, rounds: Rounds
) -> None:
    url = "https://feeds.elsewhere.example/post.xml"
    words = ("--outlet", "harbour-post", "--unchecked", "--json")
    assert serieswatch("feeds", "add", url, *words).json["outlet"] == "harbour-post"
    owner = rounds.feed(url).outlet_id
    assert serieswatch("feeds", "add", url).code == 0
    rounds.follow(TIDES, outlet="tide-wire")
    refused(serieswatch("feeds", "add", url, "--outlet", "tide-wire"), "followed already")
    assert rounds.feed(url).outlet_id == owner
    refused(serieswatch("feeds", "add", "https://x.example/", "--outlet", "nobody"), "nobody")


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "x.example", "https://", "http://[oops", "https://u:p@x.example/"]
)
def test_what_is_no_address_of_a_feed_is_not_added(
    serieswatch: Console, rounds: Rounds, url: str
) -> None:
    refused(serieswatch("feeds", "add", url), "no address of a feed", "https://")
    assert len(rounds.rows(FeedRow)) == 1


def test_a_feed_is_paused_and_resumed_and_both_are_on_record(
    serieswatch: Console, rounds: Rounds
) -> None:
    feed_id = rounds.feeds[WORLD]
    assert serieswatch("feeds", "pause", feed_id).out == f"Feed {feed_id} is paused.\n"
    assert serieswatch("feeds", "list", "--json").json["state"] == "paused"
    refused(serieswatch("feeds", "poll", feed_id), "no such feed is being polled")
    said = serieswatch("feeds", "resume", feed_id, "--json")
    assert said.json == {"id": feed_id, "paused": False}
    actions = [note.action for note in rounds.rows(AuditRow)][-2:]
    assert actions == ["feed.pause", "feed.resume"]
    refused(serieswatch("feeds", "pause", 10**9), "there is no feed 1000000000")


def test_polling_by_hand_makes_one_feed_or_all_due(serieswatch: Console, rounds: Rounds) -> None:
    other = rounds.follow(TIDES, outlet="tide-wire")
    first = rounds.feeds[WORLD]
    said = serieswatch("feeds", "poll", other, "--json")
    assert said.json == {"feeds": [other]}
    due = select(FeedRow.id).where(FeedRow.due_at <= func.now())
    with rounds.session() as session:
        assert list(session.scalars(due)) == [other]
    assert serieswatch("feeds", "poll", "--json").json == {"feeds": [first, other]}
    refused(serieswatch("feeds", "poll", 10**9), "no such feed")


# --- stories


def test_a_person_says_that_a_story_is_no_copy_and_that_it_is_one_after_all(
    week: Rounds, serieswatch: Console
) -> None:
    lines = serieswatch("stories", "list", "--json").lines
    copy = next(line for line in lines if line["original"] != line["id"])
    root = copy["original"]
    shown = serieswatch("stories", "show", copy["id"], "--json").json
    assert (shown["copy_of"]["id"], shown["copy_of"]["relation"]) == (root, "syndicated")
    assert shown["copy_of"]["by"].startswith("machine:")
    said = serieswatch("stories", "not-copy", copy["id"])
    assert f"no copy of story {root}" in said.out
    week.place()
    shown = serieswatch("stories", "show", copy["id"], "--json").json
    assert (shown["copy_of"], shown["original"]) == (None, copy["id"])
    refused(serieswatch("stories", "not-copy", copy["id"]), "a copy of none")
    again = serieswatch("stories", "copy-of", copy["id"], root, "--json").json
    assert again == {"id": copy["id"], "original": root}
    week.place()
    shown = serieswatch("stories", "show", root, "--json").json
    [told] = shown["copies"]
    assert (told["id"], told["why"][0]["text"]) == (copy["id"], "a person says so")
    apart = serieswatch("stories", "not-copy", copy["id"], "--of", root, "--json").json
    assert apart == {"id": copy["id"], "not_copy_of": root}


@pytest.mark.usefixtures("week")
def test_stories_are_listed_and_one_is_shown_whole(serieswatch: Console) -> None:
    said = serieswatch("stories", "list", "--json")
    assert [line["title"] for line in said.lines] == [
        an_item(2).title,
        "Storm keeps ferries in",
        an_item(1).title,
    ]
    assert set(said.lines[0]) == {
        *("id", "title", "outlet", "url", "published", "first_seen", "version", "status"),
        "original",
    }
    copy = said.lines[1]
    shown = serieswatch("stories", "show", copy["id"], "--json").json
    assert (shown["id"], shown["original"]) == (copy["id"], said.lines[2]["id"])
    assert shown["text"] == LONG
    assert set(shown) >= {"versions", "feeds", "copies", "development", "tags", "matches"}
    plain = serieswatch("stories", "show", copy["id"])
    assert "title: Storm keeps ferries in" in plain.out
    assert "copies:" in plain.out
    refused(serieswatch("stories", "show", 10**9), "there is no story 1000000000")


@pytest.mark.usefixtures("week")
def test_the_list_of_stories_can_be_narrowed(serieswatch: Console) -> None:
    assert len(serieswatch("stories", "list", "--outlet", "tide-wire", "--json").lines) == 1
    assert len(serieswatch("stories", "list", "--words", "ferries", "--json").lines) == 1
    assert len(serieswatch("stories", "list", "--limit", "2", "--json").lines) == 2
    table = serieswatch("stories", "list", "--outlet", "tide-wire").out.splitlines()
    assert table[0].split() == ["id", "first_seen", "outlet", "title"]
    assert "2026-03-09 12:00" in table[1]


# --- drafts


@pytest.mark.usefixtures("week")
def test_instalments_are_listed_as_the_contract_says(serieswatch: Console) -> None:
    said = serieswatch("drafts", "list", "--json")
    assert said.lines == [
        {
            "series": "ferry-watch",
            "instalment": 1,
            "cut_off": FRIDAY.isoformat(),
            "state": "assembling",
            "items": 2,
        }
    ]
    assert serieswatch("drafts", "list", "ferry-watch", "--json").lines == said.lines
    assert serieswatch("drafts", "list").out.split()[:3] == ["series", "number", "cut_off"]


@pytest.mark.usefixtures("week")
def test_an_instalment_is_shown_with_every_key_of_the_contract(serieswatch: Console) -> None:
    said = serieswatch("drafts", "show", "ferry-watch", "--json")
    assert (said.code, said.err) == (0, "")
    shown = said.json
    assert {name: shown[name] for name in ("series", "instalment", "cut_off", "window")} == {
        "series": "ferry-watch",
        "instalment": 1,
        "cut_off": FRIDAY.isoformat(),
        "window": ["2026-03-06T20:00:00+00:00", FRIDAY.isoformat()],
    }
    assert (shown["state"], shown["previous"]) == ("assembling", [])
    assert [(s["key"], s["heading"]) for s in shown["sections"]] == [
        ("lead", ""),
        ("other", "In other harbour news"),
        ("ministry", "Harbour ministry"),
    ]
    items = [item for section in shown["sections"] for item in section["items"]]
    assert [item["rank"] for item in items] == [1, 2]
    item = next(item for item in items if item["outlet"] == "tide-wire")
    assert set(item) >= {
        *("id", "rank", "state", "headline", "development", "story", "outlet", "origin", "url"),
        *("published", "also", "quotes", "score", "why", "covered_before", "flags"),
    }
    assert (item["state"], item["headline"]) == ("queued", an_item(1).title)
    assert item["origin"] == ["tide-wire"]
    assert item["url"] == "https://tide-wire.example/1"
    assert item["published"] == "2026-03-09T10:00:00+00:00"
    assert item["also"] == [
        {"outlet": "harbour-post", "url": "https://harbour-post.example/world/1"}
    ]
    assert (item["quotes"], item["covered_before"], item["flags"]) == ([], [], [])
    assert {"reason", "weight", "text"} <= set(item["why"][0])
    assert serieswatch("drafts", "show", "ferry-watch", "--format", "json").json == shown
    assert serieswatch("drafts", "show", "ferry-watch", "--instalment", "1", "--json").json == shown


@pytest.mark.usefixtures("week")
def test_an_instalment_is_shown_as_markdown_and_as_html(serieswatch: Console) -> None:
    markdown = serieswatch("drafts", "show", "ferry-watch").out
    assert markdown.startswith(f"# {an_item(1).title}\n")
    assert "*Nothing is accepted yet" in markdown
    assert f"[{an_item(2).title}](https://harbour-post.example/world/2)" in markdown
    assert "*No ministry news found this week.*" in markdown
    html = serieswatch("drafts", "show", "ferry-watch", "--format", "html").out
    assert '<a href="https://tide-wire.example/1"' in html


def test_what_is_not_drafted_is_refused_with_what_there_is(
    serieswatch: Console, week: Rounds
) -> None:
    refused(serieswatch("drafts", "show", "nobody-watch"), "nobody-watch", "ferry-watch")
    refused(serieswatch("drafts", "show", "ferry-watch", "--instalment", 9), "no instalment 9")
    with week.session() as session:
        session.execute(delete(ItemRow))
    week.define(SERIES.replace("ferry-watch", "bridge-watch"))
    refused(serieswatch("drafts", "show", "bridge-watch"), "has no instalment yet")


# --- series


@pytest.mark.usefixtures("week")
def test_series_are_listed_with_what_matched(serieswatch: Console) -> None:
    assert serieswatch("series", "list", "--json").lines == [
        {
            "series": "ferry-watch",
            "title": "Ferry Watch",
            "status": "running",
            "definition": 1,
            "auto": 0,
            "suggest": 3,
            "warning": None,
        }
    ]
    assert "Ferry Watch" in serieswatch("series", "list").out


@pytest.mark.usefixtures("week")
def test_a_series_is_shown_with_its_model_its_recall_and_what_waits(serieswatch: Console) -> None:
    said = serieswatch("series", "show", "ferry-watch", "--json")
    line = json.loads(said.out)
    assert (line["series"], line["model"], line["to_review"]) == ("ferry-watch", None, [])
    assert line["recall"]["estimate"] is None
    plain = serieswatch("series", "show", "ferry-watch").out
    assert "recall: not known" in plain
    assert "nothing is learnt yet" in plain
    refused(serieswatch("series", "show", "nobody"), 'no series "nobody"')
    teaching.refit()
    taught = json.loads(serieswatch("series", "show", "ferry-watch", "--json").out)["model"]
    assert (taught["number"], taught["method"], taught["auto_from"]) == (1, "cold/2", None)
    assert "model: cold/2" in serieswatch("series", "show", "ferry-watch").out


@pytest.mark.usefixtures("week")
def test_a_definition_is_replayed_before_it_goes_live(serieswatch: Console, tmp_path: Path) -> None:
    as_is = json.loads(serieswatch("series", "replay", "ferry-watch", "--days", 9, "--json").out)
    assert (as_is["gained"], as_is["lost"], as_is["kept"]) == (0, 0, 3)
    file = tmp_path / "ferry.toml"
    file.write_text(SERIES.replace("ferry OR ferries OR Zelensky", "xyzzy"), encoding="utf-8")
    args = ("series", "replay", "ferry-watch", "--days", 9, "--definition", file)
    changed = json.loads(serieswatch(*args, "--json").out)
    assert (changed["gained"], changed["lost"], changed["kept"]) == (0, 3, 0)
    assert {one["change"] for one in changed["stories"]} == {"lost"}
    plain = serieswatch(*args)
    assert "3 lost" in plain.err
    assert "lost" in plain.out
    refused(serieswatch("series", "replay", "nobody", "--days", 9), "no running series")
    assert serieswatch("series", "replay", "ferry-watch").code == 2


@pytest.mark.usefixtures("week")
def test_stored_stories_are_matched_again_with_progress(serieswatch: Console) -> None:
    said = serieswatch("series", "rematch", "ferry-watch")
    assert "3 match" in said.out
    assert "stories, 3 match" in said.err
    again = json.loads(serieswatch("series", "rematch", "ferry-watch", "--json").out)
    assert (again["series"], again["matched"]) == ("ferry-watch", 3)


@pytest.mark.usefixtures("week")
def test_an_ignored_story_is_reviewed_by_name(serieswatch: Console, week: Rounds) -> None:
    refused(serieswatch("series", "review", "ferry-watch", 1, "yes"), "nothing to review")
    match = week.rows(MatchRow)[0]
    with week.session() as session:
        sample = taught.Sample(
            series_id=match.series_id,
            story_id=match.story_id,
            version_id=match.version_id,
            definition_id=match.definition_id,
            matcher="cold/2",
            shown_as="sample",
            chance=0.5,
            score=0.1,
            why=[],
            seen_at=match.seen_at,
        )
        taught.keep_samples(session, [sample])
    said = serieswatch("series", "review", "ferry-watch", match.story_id, "no", "--json")
    assert json.loads(said.out)["is_wanted"] is False
    recall = json.loads(serieswatch("series", "show", "ferry-watch", "--json").out)["recall"]
    assert recall["reviewed"] == 1
    assert "0 of 1 reviewed belonged" in serieswatch("series", "show", "ferry-watch").out


# --- set aside


@pytest.mark.usefixtures("week")
def test_what_is_set_aside_is_listed_and_shown_with_its_bytes(serieswatch: Console) -> None:
    [line] = serieswatch("setaside", "list", "--json").lines
    assert set(line) == {
        *("id", "feed", "feed_id", "document_id", "stage", "state", "reason", "bytes"),
        *("first_at", "last_at", "times", "settled_at", "settled_how"),
    }
    assert (line["stage"], line["times"], line["feed"]) == ("item", 1, WORLD)
    shown = serieswatch("setaside", "show", line["id"], "--json").json
    assert shown["raw"] == UNREADABLE
    plain = serieswatch("setaside", "show", line["id"])
    assert plain.out == UNREADABLE
    assert line["reason"] in plain.err
    table = serieswatch("setaside", "list").out
    assert "it has no headline" in table
    refused(serieswatch("setaside", "show", 10**9), "nothing is set aside under 1000000000")


class Terminal(io.TextIOWrapper):
    """Standard output as a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_strangers_bytes_are_shown_and_command_nothing(
    week: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    with week.session() as session:
        session.execute(update(SetAsideRow).values(raw=f"a{STEER}\tb\n".encode() + b"\xff"))
    [aside] = week.rows(SetAsideRow)
    paper = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(paper, encoding="utf-8"))
    assert main(["setaside", "show", str(aside.id)]) == 0
    sys.stdout.flush()
    assert paper.getvalue() == b"a\\x1b[2J\tb\n\\xff\n"


def test_a_replay_makes_the_kept_documents_wait_again(serieswatch: Console, week: Rounds) -> None:
    [line] = serieswatch("setaside", "list", "--json").lines
    said = serieswatch("setaside", "replay", "--json")
    assert said.json == {"documents": [line["document_id"]], "given_up": {}}
    waits = [d.id for d in week.rows(DocumentRow) if d.work_state == "ready"]
    assert waits == [line["document_id"]]
    note = week.rows(AuditRow)[-1]
    assert (note.action, note.subject_id) == ("setaside.replay", str(line["document_id"]))
    assert serieswatch("setaside", "replay", line["id"]).code == 0
    refused(serieswatch("setaside", "replay", 10**9), "no kept document behind that")


def test_a_replay_of_all_wakes_what_was_given_up_at_any_stage(
    serieswatch: Console, week: Rounds
) -> None:
    with week.session() as session:
        story_id = session.scalars(select(func.min(StoryRow.id))).one()
        given_up = update(StoryRow).where(StoryRow.id == story_id)
        session.execute(given_up.values(work_state="dead", attempts=5, last_error="it rained"))
    assert "it rained" in serieswatch("doctor").out
    said = serieswatch("setaside", "replay", "--json")
    assert said.json["given_up"] == {"place": [story_id]}
    [story] = [story for story in week.rows(StoryRow) if story.id == story_id]
    assert (story.work_state, story.attempts) == ("ready", 0)


def test_what_was_dealt_with_is_listed_only_when_asked_for(
    serieswatch: Console, rounds: Rounds
) -> None:
    rounds.serve(body=b"<opml/>")
    document = rounds.poll()
    rounds.parse(document)
    with rounds.session() as session:
        session.execute(update(DocumentRow).values(body=b"<rss version='2.0'><channel/></rss>"))
    [line] = serieswatch("setaside", "list", "--json").lines
    serieswatch("setaside", "replay", line["id"])
    rounds.parse(document)
    assert serieswatch("setaside", "list", "--json").out == ""
    [settled] = serieswatch("setaside", "list", "--all", "--json").lines
    assert settled["settled_how"] == "replayed"


def test_a_reason_from_outside_cannot_steer_the_terminal(
    serieswatch: Console, rounds: Rounds
) -> None:
    with rounds.session() as session:
        session.execute(update(FeedRow).values(reason=f"odd{STEER}\nsecond line\x9b2J"))
        session.execute(
            insert(OutletRow).values(key="odd", name=f"Odd {STEER}", homepage="", country="")
        )
    said = serieswatch("feeds", "list")
    assert "\x1b" not in said.out
    assert "\x9b" not in said.out
    assert "odd[2J second line2J" in said.out


# --- users


def test_people_are_added_listed_and_shut_out(serieswatch: Console, rounds: Rounds) -> None:
    added = serieswatch(
        *("users", "add", "Ann.Reed", "--role", "chief", "--password-stdin", "--json"),
        stdin=b"three tidy herons\n",
    )
    assert (added.code, added.json) == (0, {"name": "Ann.Reed", "role": "chief"})
    [line] = serieswatch("users", "list", "--json").lines
    nothing_else = {"of_series": {}, "password": True, "disabled": None}
    assert line == {"name": "ann.reed", "role": "chief"} | nothing_else
    assert "herons" not in str(rounds.rows(UserRow)[0].password_hash)
    assert serieswatch("users", "disable", "ann.reed").code == 0
    [line] = serieswatch("users", "list", "--json").lines
    assert datetime.fromisoformat(line["disabled"]).tzinfo is not None
    assert [n.action for n in rounds.rows(AuditRow)][-2:] == ["user.add", "user.disable"]


def test_a_bad_password_a_known_name_and_an_unknown_one_are_refused(
    serieswatch: Console, rounds: Rounds
) -> None:
    add = ("users", "add", "ann", "--password-stdin")
    refused(serieswatch(*add, stdin=b"short\n"), "too short")
    refused(serieswatch(*add, stdin=b""), "too short")
    assert serieswatch(*add, stdin=b"three tidy herons").code == 0
    refused(serieswatch(*add, stdin=b"three tidy herons"), "already somebody called ann")
    refused(serieswatch("users", "disable", "nobody"), "nobody called nobody")
    assert len(rounds.rows(UserRow)) == 1


def test_somebody_without_a_name_on_this_machine_is_named_by_number(
    serieswatch: Console, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)  # nobody's
    assert serieswatch("feeds", "pause", rounds.feeds[WORLD]).code == 0
    assert rounds.rows(AuditRow)[-1].actor == "console:uid-4000000000"
