"""`feeds check`: one address fetched by all the rules, told or refused; needs no database."""

from collections.abc import Iterator

import pytest

from tests.cli.console import Console
from tests.origin import Origin, origin
from tests.rounds import UNREADABLE, a_feed, an_item


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERIESWATCH_DATABASE_URL", "mysql://nobody.example/")


@pytest.fixture
def outlet() -> Iterator[Origin]:
    with origin() as served:
        served.serve("/feed", body=a_feed(an_item(1), UNREADABLE, an_item(2)))
        served.serve("/page", body=b"<!doctype html><html><body>Hello</body></html>")
        served.serve("/opml", body=b"<opml version='2.0'/>")
        yield served


def allowed(outlet: Origin) -> tuple[str, str]:
    return "--allow-inside", outlet.root.removeprefix("http://").replace(":", "/32:")


def test_what_is_there_is_told(serieswatch: Console, outlet: Origin) -> None:
    url = outlet.url("/feed")
    said = serieswatch("feeds", "check", url, *allowed(outlet), "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json == {
        "url": url,
        "format": "feed",
        "title": "The Harbour Post",
        "language": "en",
        "items": 2,
        "refused": 1,
        "problems": [],
        "titles": [an_item(1).title, an_item(2).title],
    }
    plain = serieswatch("feeds", "check", url, *allowed(outlet)).out.splitlines()
    assert plain[0] == "The Harbour Post: 2 items, 1 unreadable"
    assert plain[1] == f"  - {an_item(1).title}"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/page", "answered with a web page instead of a feed"),
        ("/opml", "a list of feeds (OPML)"),
        ("/missing", "the address is gone or has moved"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(
    serieswatch: Console, outlet: Origin, path: str, words: str
) -> None:
    said = serieswatch("feeds", "check", outlet.url(path), *allowed(outlet), "--json")
    assert (said.code, said.out) == (1, "")
    assert words in said.err
    assert said.err.count("\n") == 1


def test_an_address_inside_the_house_is_refused_unless_it_is_allowed(
    serieswatch: Console, outlet: Origin
) -> None:
    said = serieswatch("feeds", "check", outlet.url("/feed"))
    assert said.code == 1
    assert "may not be polled" in said.err
    assert outlet.requests == []


@pytest.mark.parametrize("url", ["http://[oops", "nonsense", "ftp://x.example/", "http://"])
def test_what_is_no_address_is_refused(serieswatch: Console, url: str) -> None:
    said = serieswatch("feeds", "check", url)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("serieswatch: ")
    assert said.err.count("\n") == 1


def test_a_network_that_cannot_be_allowed_is_named(serieswatch: Console, outlet: Origin) -> None:
    said = serieswatch("feeds", "check", outlet.url("/feed"), "--allow-inside", "my house")
    assert said.code == 1
    assert "'my house' is not a network that can be allowed" in said.err
