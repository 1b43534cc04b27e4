"""`feeds add`, `set`, `unmove`, `import` and `export`, as an operator types them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from config import settings as told
from pipeline import opml
from store import feeds
from store.models import AuditRow, FeedRow, HostGroupRow, OutletRow
from tests.cli.console import Console, Said
from tests.origin import Origin, origin
from tests.rounds import WORLD, Rounds, a_feed, an_item, newsroom, own_database


@pytest.fixture(scope="module")
def following_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "following") as engine:
        yield engine


@pytest.fixture
def rounds(following_database: Engine) -> Iterator[Rounds]:
    with newsroom(following_database) as rounds:
        yield rounds


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    with origin() as served:
        place = served.root.removeprefix("http://")
        monkeypatch.setenv("SERIESWATCH_ALLOW_INSIDE", place.replace(":", "/32:"))
        served.serve("/feed", body=a_feed(an_item(1), title="The Quay"))
        served.serve("/sport", body=a_feed(an_item(2), title="The Quay: sport"))
        yield served


def refused(said: Said, *words: str) -> None:
    """It was refused with a plain sentence."""
    assert said.code == 1
    assert said.err.count("\n") == 1
    for word in words:
        assert word in said.err


def a_page(*links: str) -> bytes:
    return f"<!doctype html><html><head>{''.join(links)}</head><body>News</body></html>".encode()


def a_link(href: str, title: str = "") -> str:
    return f'<link rel="alternate" type="application/rss+xml" href="{href}" title="{title}">'


def addresses(rounds: Rounds) -> set[str]:
    return {row.url for row in rounds.rows(FeedRow)}


# --- add


def test_a_feed_is_looked_at_before_it_is_followed_and_named_by_its_title(
    serieswatch: Console, rounds: Rounds, outlet: Origin
) -> None:
    url = outlet.url("/feed")
    said = serieswatch("feeds", "add", url, "--json")
    assert said.code == 0
    assert said.json == {"id": rounds.feed(url).id, "url": url, "outlet": "127-0-0-1"}
    assert "1 requests were made" in said.err
    assert rounds.feed(url).title == "The Quay"
    assert serieswatch("feeds", "add", url).out.endswith("is followed already.\n")
    assert len(outlet.requests) == 1  # what is known is not asked again


def test_a_page_is_followed_by_the_feed_it_names(
    serieswatch: Console, rounds: Rounds, outlet: Origin
) -> None:
    outlet.serve("/", body=a_page(a_link("/feed")))
    said = serieswatch("feeds", "add", outlet.url("/"), "--json")
    assert said.json["url"] == outlet.url("/feed")
    assert addresses(rounds) == {WORLD, outlet.url("/feed")}
    assert serieswatch("feeds", "add", outlet.url("/")).out.endswith("is followed already.\n")


def test_of_several_feeds_one_must_be_chosen(
    serieswatch: Console, rounds: Rounds, outlet: Origin
) -> None:
    outlet.serve("/", body=a_page(a_link("/feed", "World"), a_link("/sport", "Sport")))
    said = serieswatch("feeds", "add", outlet.url("/"))
    refused(said, "choose with --pick NUMBER")
    assert "Sport" in said.out
    assert addresses(rounds) == {WORLD}
    said = serieswatch("feeds", "add", outlet.url("/"), "--pick", "2", "--json")
    assert said.json["url"] == outlet.url("/sport")
    assert rounds.feed(outlet.url("/sport")).title == "The Quay: sport"


def test_a_page_without_a_feed_is_not_followed_unless_it_is_insisted_on(
    serieswatch: Console, rounds: Rounds, outlet: Origin
) -> None:
    outlet.serve("/", body=a_page())
    refused(serieswatch("feeds", "add", outlet.url("/")), "names no feed", "--unchecked")
    outlet.serve("/list", body=b"<opml version='2.0'/>")
    refused(serieswatch("feeds", "add", outlet.url("/list")), "a list of feeds (OPML)")
    assert addresses(rounds) == {WORLD}
    outlet.requests.clear()
    assert serieswatch("feeds", "add", outlet.url("/"), "--unchecked").code == 0
    assert outlet.requests == []
    assert outlet.url("/") in addresses(rounds)


def test_an_address_is_the_same_however_its_host_is_written(
    serieswatch: Console, rounds: Rounds
) -> None:
    said = serieswatch("feeds", "add", "HTTPS://Upper.Example/News.xml", "--unchecked", "--json")
    assert said.json["url"] == "https://upper.example/News.xml"
    again = serieswatch("feeds", "add", "https://UPPER.example/News.xml", "--unchecked")
    assert again.out.endswith("is followed already.\n")
    assert addresses(rounds) == {WORLD, "https://upper.example/News.xml"}


def test_a_feed_that_does_not_answer_now_is_followed_all_the_same(
    serieswatch: Console, rounds: Rounds, outlet: Origin
) -> None:
    outlet.serve("/feed", status=503)
    said = serieswatch("feeds", "add", outlet.url("/feed"), "--json")
    assert said.code == 0
    assert "could not be looked at: answered 503" in said.err
    assert outlet.url("/feed") in addresses(rounds)


def test_a_directory_is_followed_where_it_may_be_watched(
    serieswatch: Console, rounds: Rounds, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"file://{tmp_path}"
    refused(serieswatch("feeds", "add", url), "SERIESWATCH_DROP_DIRECTORIES")
    request.addfinalizer(lambda: told.override(drop_directories=""))
    told.override(drop_directories=str(tmp_path.parent))
    said = serieswatch("feeds", "add", url, "--outlet", "harbour-post", "--json")
    assert said.json["outlet"] == "harbour-post"
    row = rounds.feed(url)
    assert (row.interval_seconds, row.host) == (60, "")
    refused(serieswatch("feeds", "set", row.id, "--gap", "9"), "no --gap")
    assert serieswatch("feeds", "add", f"{url}/more", "--json").json["outlet"].endswith("more")


def test_a_mailbox_is_followed_without_its_password(serieswatch: Console, rounds: Rounds) -> None:
    refused(serieswatch("feeds", "add", "imaps://wire:pw@mail.example/"), "without a password")
    refused(serieswatch("feeds", "add", "imaps://mail.example/"), "imaps://USER@HOST")
    said = serieswatch("feeds", "add", "imaps://wire@mail.example/INBOX", "--json")
    assert said.json["outlet"] == "mail-example"
    assert rounds.feed("imaps://wire@mail.example/INBOX").interval_seconds == 300


# --- set


def test_what_an_operator_sets_is_kept_and_on_record(serieswatch: Console, rounds: Rounds) -> None:
    number = rounds.feeds[WORLD]
    said = serieswatch(
        *("feeds", "set", number, "--interval", "300", "--user-agent", "Desk/1 (hello)"),
        *("--full-text", "yes", "--gap", "12", "--json"),
    )
    assert said.code == 0
    assert said.json == {
        "id": number,
        "interval_seconds": 300,
        "user_agent": "Desk/1 (hello)",
        "wants_full_text": True,
        "gap_seconds": 12,
    }
    row = rounds.feed()
    assert (row.interval_seconds, row.user_agent, row.wants_full_text) == (
        300,
        "Desk/1 (hello)",
        True,
    )
    [group] = rounds.rows(HostGroupRow)
    assert (group.key, group.gap_seconds) == ("harbour-post.example", 12)
    [note] = [note for note in rounds.rows(AuditRow) if note.action == "feed.set"]
    assert note.subject_id == str(number)
    assert note.detail["gap_seconds"] == 12
    said = serieswatch(
        "feeds", "set", number, "--user-agent", "", "--full-text", "no", "--gap", "0"
    )
    assert "harbour-post.example and all its feeds" in said.out
    assert rounds.feed().user_agent is None
    assert rounds.feed().wants_full_text is False
    assert rounds.rows(HostGroupRow)[0].gap_seconds == 0


def test_a_sources_customs_are_set_one_by_one(serieswatch: Console, rounds: Rounds) -> None:
    number = rounds.feeds[WORLD]
    assert serieswatch("feeds", "set", number, "--time-zone", "Europe/London").code == 0
    assert serieswatch("feeds", "set", number, "--charset", "cp1252").code == 0
    assert rounds.feed().custom == {"time_zone": "Europe/London", "charset": "cp1252"}


def test_what_cannot_be_set_is_refused(serieswatch: Console, rounds: Rounds) -> None:
    number = rounds.feeds[WORLD]
    assert serieswatch("feeds", "set", number).code == 2
    for wrong in ("59", "86401", "1.5", "soon", "-60"):
        assert serieswatch("feeds", "set", number, "--interval", wrong).code == 2
    assert serieswatch("feeds", "set", number, "--full-text", "maybe").code == 2
    refused(serieswatch("feeds", "set", number, "--user-agent", "a\r\nX: y"), "plain ASCII")
    refused(serieswatch("feeds", "set", number, "--time-zone", "Ruritania"), "no time zone")
    refused(serieswatch("feeds", "set", number, "--charset", "hex"), "no charset")
    refused(serieswatch("feeds", "set", 10**9, "--interval", "60"), "there is no feed")
    assert rounds.feed().interval_seconds == 900
    assert [note for note in rounds.rows(AuditRow) if note.action == "feed.set"] == []


# --- unmove


def test_an_adopted_redirect_is_taken_back(serieswatch: Console, rounds: Rounds) -> None:
    number = rounds.feeds[WORLD]
    refused(serieswatch("feeds", "unmove", number), "has adopted no redirect")
    refused(serieswatch("feeds", "unmove", 10**9), "has adopted no redirect")
    with rounds.session() as session:
        assert feeds.adopt(session, number, url="https://new.example/x", why="a test has it so")
    said = serieswatch("feeds", "unmove", number, "--json")
    assert said.json == {"id": number, "url": WORLD}
    assert addresses(rounds) == {WORLD}


# --- import and export


def listed(*feeds: opml.ListedFeed) -> bytes:
    return opml.write(feeds, "A list")


LANTERN = opml.ListedFeed(
    url="https://lantern.example/rss",
    title="Lantern",
    interval_seconds=300,
    is_paused=True,
    outlet="the-lantern",
    outlet_name="The Lantern",
    outlet_kind="wire",
    homepage="https://lantern.example/",
    language="en",
)


def test_a_list_is_imported_once_with_its_outlets(
    serieswatch: Console, rounds: Rounds, tmp_path: Path
) -> None:
    path = tmp_path / "list.opml"
    path.write_bytes(listed(LANTERN, opml.ListedFeed(url=WORLD, outlet="other", title="Not mine")))
    said = serieswatch("feeds", "import", path, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json == {"added": 1, "known": 1, "refused": []}
    row = rounds.feed(LANTERN.url)
    assert (row.title, row.interval_seconds, row.is_paused) == ("Lantern", 300, True)
    assert row.work_state == "done"  # paused: nobody polls it
    outlets = {one.id: one for one in rounds.rows(OutletRow)}
    made = outlets[row.outlet_id]
    assert (made.key, made.name, made.kind) == ("the-lantern", "The Lantern", "wire")
    assert outlets[rounds.feed().outlet_id].key == "harbour-post"  # it stays where it was
    again = serieswatch("feeds", "import", path, "--json")
    assert again.json == {"added": 0, "known": 2, "refused": []}
    notes = [note for note in rounds.rows(AuditRow) if note.action == "feeds.import"]
    assert [note.detail for note in notes] == [{"added": [row.id], "known": 1}]


def test_what_is_exported_restores_an_empty_house(serieswatch: Console, rounds: Rounds) -> None:
    serieswatch("feeds", "import", "-", stdin=listed(LANTERN))
    exported = serieswatch("feeds", "export").out
    lines = serieswatch("feeds", "export", "--json").lines
    assert [one["url"] for one in lines] == [WORLD, LANTERN.url]
    with rounds.session() as session:
        session.execute(delete(FeedRow))
        session.execute(delete(OutletRow))
    said = serieswatch("feeds", "import", "-", "--json", stdin=exported.encode())
    assert said.json == {"added": 2, "known": 0, "refused": []}
    assert serieswatch("feeds", "export").out == exported


def test_an_outlet_known_by_its_site_is_not_made_twice(
    serieswatch: Console, rounds: Rounds
) -> None:
    with rounds.session() as session:
        feeds.ensure_outlet(
            session, key="harbour-post", name="H", homepage="https://www.harbour-post.example/"
        )
    other = b"<opml><body><outline xmlUrl='https://harbour-post.example/b'/></body></opml>"
    assert serieswatch("feeds", "import", "-", "--json", stdin=other).json["added"] == 1
    assert [one.key for one in rounds.rows(OutletRow)] == ["harbour-post"]


def test_bad_entries_are_refused_one_by_one_and_the_rest_is_followed(
    serieswatch: Console, rounds: Rounds
) -> None:
    body = (
        b"<opml><body><outline xmlUrl='ftp://x.example/'/><outline xmlUrl='https://a.example/'/>"
        b"<outline type='rss' text='Nowhere'/></body></opml>"
    )
    said = serieswatch("feeds", "import", "-", "--json", stdin=body)
    assert said.code == 0
    assert said.json["added"] == 1
    assert [one["url"] for one in said.json["refused"]] == ["ftp://x.example/", "Nowhere"]
    assert all(one["why"] for one in said.json["refused"])
    plain = serieswatch("feeds", "import", "-", stdin=body)
    assert plain.out == "0 feeds added, 1 known, 2 refused.\n"
    assert plain.err.count("refused: ") == 2
    assert addresses(rounds) == {WORLD, "https://a.example/"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<rss/>", "no list of feeds"),
        (b"", "no list of feeds"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", "entities of its own"),
        (b"<opml><body/></opml>", "no feed that could be followed"),
    ],
)
def test_what_is_no_list_is_refused(
    serieswatch: Console, rounds: Rounds, body: bytes, words: str
) -> None:
    refused(serieswatch("feeds", "import", "-", stdin=body), words)
    assert addresses(rounds) == {WORLD}


def test_a_file_that_is_not_there_or_far_too_large_is_refused(
    serieswatch: Console, rounds: Rounds, tmp_path: Path
) -> None:
    refused(serieswatch("feeds", "import", tmp_path / "none.opml"), "no such file")
    refused(serieswatch("feeds", "import", tmp_path), "is a directory")
    with (tmp_path / "huge.opml").open("wb") as file:
        file.truncate(11_000_000)
    refused(serieswatch("feeds", "import", tmp_path / "huge.opml"), "more than 10 MB")
    assert addresses(rounds) == {WORLD}
