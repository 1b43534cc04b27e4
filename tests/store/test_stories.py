"""Stories as they are asked about: the newest first, one whole, with its copies and its way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from store import stories
from tests.rounds import LONG, MONDAY, TIDES, Rounds, an_item, newsroom, own_database


@pytest.fixture(scope="module")
def read(server: Engine) -> Iterator[Rounds]:
    """A wire's story, its copy by a paper under another headline, retitled there, and one more."""
    with own_database(server, "stories") as engine, newsroom(engine) as rounds:
        rounds.follow(TIDES, outlet="tide-wire", kind="wire")
        rounds.bring(an_item(1, link="https://tide-wire.example/1", body=LONG), url=TIDES)
        rounds.at(MONDAY + timedelta(hours=1))
        rounds.bring(an_item(5, title="Gale halts ferry", body=LONG))
        rounds.at(MONDAY + timedelta(hours=2))
        rounds.bring(
            an_item(5, title="Gale halts every ferry in Kyiv", body=LONG),
            an_item(6, title="100% of bakers strike_"),
        )
        yield rounds


def test_the_newest_stories_come_first_in_their_current_words(read: Rounds) -> None:
    with read.session() as session:
        lines = stories.lines(session)
        assert stories.count(session) == {
            "stories": 3,
            "versions": 4,
            "duplicates": 1,
            "clusters": 2,
        }
    told = [(line["title"], line["outlet"], line["version"]) for line in lines]
    assert told == [
        ("100% of bakers strike_", "harbour-post", 1),
        ("Gale halts every ferry in Kyiv", "harbour-post", 2),
        (an_item(1).title, "tide-wire", 1),
    ]
    assert [line["original"] for line in lines] == [
        lines[0]["id"],
        lines[2]["id"],
        lines[2]["id"],
    ]
    assert lines[2]["first_seen"] == MONDAY


def test_the_list_can_be_narrowed_and_signs_in_the_words_mean_themselves(read: Rounds) -> None:
    with read.session() as session:

        def titles(**narrowed: object) -> list[object]:
            found = stories.lines(session, **narrowed)  # type: ignore[arg-type]  # passed through
            return [line["title"] for line in found]

        assert titles(outlet="tide-wire") == [an_item(1).title]
        assert titles(words="HALTS EVERY") == ["Gale halts every ferry in Kyiv"]
        assert titles(words="0% of") == ["100% of bakers strike_"]
        assert titles(words="%") == ["100% of bakers strike_"]
        assert titles(words="strike_") == ["100% of bakers strike_"]
        assert titles(words="e_y") == []
        assert len(titles(limit=1)) == 1


def test_one_story_is_shown_with_its_versions_copies_tags_and_matches(read: Rounds) -> None:
    with read.session() as session:
        copy = stories.lines(session, words="every ferry in Kyiv")[0]
        shown = stories.show(session, int(str(copy["id"])))
        assert stories.show(session, 10**9) is None
    assert shown is not None
    root = shown["original"]
    assert root != shown["id"]
    told = shown["versions"], shown["feeds"], shown["copies"], shown["tags"], shown["matches"]
    versions, carried_by, copies, tags, matches = told
    assert isinstance(versions, list)
    assert [(v["version"], v["kind"], v["title"]) for v in versions] == [
        (1, "first", "Gale halts ferry"),
        (2, "substantive", "Gale halts every ferry in Kyiv"),
    ]
    assert isinstance(carried_by, list)
    assert [feed["feed"] for feed in carried_by] == ["https://harbour-post.example/world.xml"]
    assert isinstance(copies, list)
    assert [(c["id"], c["relation"]) for c in copies] == [(shown["id"], "syndicated")]
    assert isinstance(tags, list)
    # Kyiv, and the language that the feed says.
    assert [(tag["scheme"], tag["code"]) for tag in tags] == [
        ("language", "en"),
        ("place", "Q1899"),
    ]
    assert isinstance(matches, list)
    assert [match["series"] for match in matches] == ["ferry-watch", "ferry-watch"]
    development = shown["development"]
    assert isinstance(development, dict)
    assert [story["id"] for story in development["timeline"]] == [root, shown["id"]]
    assert shown["text"] == LONG


def test_a_story_is_handed_to_the_steps_in_its_current_words(read: Rounds) -> None:
    with read.session() as session:
        ids = [int(str(line["id"])) for line in stories.lines(session)]
        kept = stories.current(session, [*ids, 10**9])
    assert [one.id for one in kept] == sorted(ids)
    wire, copy, _ = kept
    assert (wire.root, copy.root) == (None, wire.id)
    assert (copy.version, copy.story.title) == (2, "Gale halts every ferry in Kyiv")
    assert (copy.first_seen, copy.seen) == (
        MONDAY + timedelta(hours=1),
        MONDAY + timedelta(hours=2),
    )
    assert (wire.story.outlet, wire.story.outlet_kind) == ("tide-wire", "wire")
