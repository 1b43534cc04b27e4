"""`feeds check`: one address fetched by all the rules, told or refused; needs no database."""

from collections.abc import Iterator

import pytest

from tests.cli.console import Console
from tests.origin import Origin, origin
from tests.rounds import UNREADABLE, a_feed, an_item

LINKS = '<https://hub.example/>; rel="hub", <https://harbour-post.example/world.xml>; rel="self"'
MONDAY_MORNING = "2026-03-09T10:00:00+00:00"


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERIESWATCH_DATABASE_URL", "mysql://nobody.example/")


@pytest.fixture
def outlet() -> Iterator[Origin]:
    with origin() as served:
        body = a_feed("<ttl>20</ttl>", an_item(1), UNREADABLE, an_item(2))
        served.serve("/feed", body=body, headers={"Link": LINKS})
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
        "newest": MONDAY_MORNING,
        "hints": {"ttl_minutes": 20.0},
        "hub": {"hub": "https://hub.example/", "topic": "https://harbour-post.example/world.xml"},
        "refused_items": [{"position": 1, "reason": said.json["refused_items"][0]["reason"]}],
        "found_by": "itself",
        "asked": 1,
    }
    assert said.json["refused_items"][0]["reason"]
    plain = serieswatch("feeds", "check", url, *allowed(outlet)).out.splitlines()
    assert plain[0] == "The Harbour Post: 2 items, 1 unreadable"
    assert plain[1] == f"  - {an_item(1).title}"
    assert f"newest item: {MONDAY_MORNING}" in plain
    assert "hints: ttl_minutes 20.0" in plain
    assert "hub: https://hub.example/" in plain
    assert "requests: 1" in plain
    assert plain[-1].startswith("item 2 was refused: ")


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


# --- from a page to its feed


def a_page(*links: str) -> bytes:
    return f"<!doctype html><html><head>{''.join(links)}</head><body>News</body></html>".encode()


def a_link(href: str, title: str = "", kind: str = "rss") -> str:
    return f'<link rel="alternate" type="application/{kind}+xml" href="{href}" title="{title}">'


def asked(outlet: Origin) -> list[str]:
    return [one.path for one in outlet.requests]


def test_a_page_leads_to_the_feed_it_names(serieswatch: Console, outlet: Origin) -> None:
    outlet.serve("/news/", body=a_page(a_link("/comments/feed"), a_link("/feed")))
    said = serieswatch("feeds", "check", outlet.url("/news/"), *allowed(outlet), "--json")
    assert said.code == 0
    assert said.json["url"] == outlet.url("/feed")
    assert (said.json["found_by"], said.json["asked"]) == ("link", 2)
    assert asked(outlet) == ["/news/", "/feed"]
    plain = serieswatch("feeds", "check", outlet.url("/news/"), *allowed(outlet)).out
    assert "found by: a link of the page" in plain


def test_several_feeds_are_listed_with_titles_and_one_is_picked(
    serieswatch: Console, outlet: Origin
) -> None:
    outlet.serve("/news", body=a_page(a_link("/feed", "World"), a_link("/sport", "Sport")))
    url = outlet.url("/news")
    said = serieswatch("feeds", "check", url, *allowed(outlet), "--json")
    assert said.code == 0
    assert said.json == {
        "url": url,
        "feeds": [
            {"number": 1, "kind": "RSS", "title": "World", "url": outlet.url("/feed")},
            {"number": 2, "kind": "RSS", "title": "Sport", "url": outlet.url("/sport")},
        ],
        "asked": 1,
    }
    assert asked(outlet) == ["/news"]  # nothing is fetched that nobody chose
    plain = serieswatch("feeds", "check", url, *allowed(outlet)).out
    assert "--pick" in plain
    assert "Sport" in plain
    picked = serieswatch("feeds", "check", url, "--pick", "1", *allowed(outlet), "--json")
    assert picked.json["url"] == outlet.url("/feed")
    missing = serieswatch("feeds", "check", url, "--pick", "3", *allowed(outlet))
    assert (missing.code, missing.out) == (1, "")
    assert "names 2 feeds" in missing.err


def test_a_named_feed_that_is_none_is_not_taken_for_one(
    serieswatch: Console, outlet: Origin
) -> None:
    outlet.serve("/one", body=a_page(a_link("/missing")))
    said = serieswatch("feeds", "check", outlet.url("/one"), *allowed(outlet))
    assert said.code == 1
    assert "/missing" in said.err
    outlet.serve("/two", body=a_page(a_link("/missing", "A"), a_link("/feed", "A", "atom")))
    said = serieswatch("feeds", "check", outlet.url("/two"), *allowed(outlet), "--json")
    assert [feed["url"] for feed in said.json["feeds"]] == [
        outlet.url("/missing"),
        outlet.url("/feed"),
    ]
    assert said.json["asked"] == 2


def test_usual_addresses_are_tried_where_the_page_names_none(
    serieswatch: Console, outlet: Origin
) -> None:
    outlet.serve("/desk/news.html", body=a_page())
    outlet.serve("/desk/rss.xml", body=a_feed(an_item(1)))
    said = serieswatch("feeds", "check", outlet.url("/desk/news.html"), *allowed(outlet), "--json")
    assert said.json["url"] == outlet.url("/desk/rss.xml")
    assert (said.json["found_by"], said.json["asked"]) == ("custom", 10)
    assert asked(outlet)[1:3] == ["/feed.xml", "/atom.xml"]


def test_a_page_sent_for_everything_that_is_missing_is_no_feed(
    serieswatch: Console, outlet: Origin
) -> None:
    outlet.serve("/", body=a_page())
    outlet.serve("/feed.xml", body=a_page())  # a web page, with status 200
    outlet.serve("/atom.xml", status=302, headers={"Location": "/feed"})  # leads to a feed
    said = serieswatch("feeds", "check", outlet.url("/"), *allowed(outlet))
    assert said.code == 1
    assert "names no feed, and there is none at the usual addresses" in said.err
    assert "/feed" not in asked(outlet)  # redirects of guesses are not followed
    assert len(asked(outlet)) == 7


def test_a_server_that_does_not_like_guesses_is_asked_no_further(
    serieswatch: Console, outlet: Origin
) -> None:
    outlet.serve("/", body=a_page())
    outlet.serve("/feed.xml", status=429)
    outlet.serve("/atom.xml", body=a_feed(an_item(1)))
    assert serieswatch("feeds", "check", outlet.url("/"), *allowed(outlet)).code == 1
    assert asked(outlet) == ["/", "/feed.xml"]


def test_the_settings_are_obeyed_where_there_are_any(
    serieswatch: Console, outlet: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIESWATCH_CONTACT_URL", "https://newsroom.example/reader")
    monkeypatch.setenv("SERIESWATCH_ALLOW_INSIDE", f"10.0.0.0/8, {allowed(outlet)[1]}")
    assert serieswatch("feeds", "check", outlet.url("/feed")).code == 0
    [request] = outlet.requests
    assert "newsroom.example/reader" in request.headers["user-agent"]
    monkeypatch.setenv(
        "SERIESWATCH_CONNECT_TO", f"post.example={outlet.root.removeprefix('http://')}"
    )
    assert serieswatch("feeds", "check", "http://post.example/feed").code == 0
