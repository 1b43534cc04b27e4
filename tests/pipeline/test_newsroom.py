"""Tests of pipeline.newsroom: a feeds.toml becomes outlets, and every mistake has its line.

The outlets are invented, on example domains.
"""

import pytest

from pipeline.errors import BadCatalogue
from pipeline.newsroom import by_homepage, name_of, owner_of, read_outlets
from pipeline.records import Custom, Outlet, OutletFeed

FILE = """\
[[outlet]]
key = "tide-wire"
name = "Tide Wire"
kind = "wire"
homepage = "https://tide-wire.example/"
country = "NL"
language = "en"
aliases = ["TW", "the Tide"]

[[outlet.feed]]
url = "https://tide-wire.example/all.xml"
title = "All"

[[outlet.feed]]
url = "http://tide-wire.example/slow.xml"
interval_minutes = 90

[[outlet]]
key = "lantern"
name = "The Lantern"
"""


def refusal(text: str) -> BadCatalogue:
    with pytest.raises(BadCatalogue) as refused:
        read_outlets(text, "feeds.toml")
    return refused.value


def test_outlets_are_read_with_all_their_facts_in_the_files_order() -> None:
    wire, lantern = read_outlets(FILE, "feeds.toml")
    assert wire == Outlet(
        key="tide-wire",
        name="Tide Wire",
        kind="wire",
        homepage="https://tide-wire.example/",
        country="NL",
        language="en",
        aliases=("TW", "the Tide"),
        feeds=(
            OutletFeed(
                url="https://tide-wire.example/all.xml", title="All", interval_seconds=5 * 60
            ),
            OutletFeed(url="http://tide-wire.example/slow.xml", interval_seconds=90 * 60),
        ),
    )
    assert lantern == Outlet(key="lantern", name="The Lantern")


@pytest.mark.parametrize(
    ("kind", "minutes"), [("wire", 5), ("outlet", 15), ("official", 30), ("own", 15)]
)
def test_a_feed_without_an_interval_has_that_of_its_outlets_kind(kind: str, minutes: int) -> None:
    [outlet] = read_outlets(
        f'[[outlet]]\nkey = "x"\nname = "X"\nkind = "{kind}"\n'
        '[[outlet.feed]]\nurl = "https://x.example/"\n',
        "feeds.toml",
    )
    assert outlet.feeds[0].interval_seconds == minutes * 60


def test_full_text_is_asked_for_feed_by_feed() -> None:
    file = FILE.replace("interval_minutes = 90", "full_text = true")
    wire, _ = read_outlets(file, "feeds.toml")
    assert [feed.full_text for feed in wire.feeds] == [False, True]


def test_a_source_may_have_customs_of_its_own() -> None:
    told = (
        'time_zone = "Europe/London"\ncharset = "cp1252"\nbare_prefixes = true\n'
        'prefixes = { EILT = "alert", SNAP = "" }'
    )
    wire, _ = read_outlets(FILE.replace("interval_minutes = 90", told), "feeds.toml")
    assert [feed.custom for feed in wire.feeds] == [
        None,
        Custom(
            time_zone="Europe/London",
            charset="cp1252",
            prefixes=(("EILT", "alert"), ("SNAP", "")),
            has_bare_prefixes=True,
        ),
    ]


def test_a_file_without_outlets_follows_nobody() -> None:
    assert read_outlets("", "feeds.toml") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('key = "lantern"', "", 18, '"key" is missing'),
        ('name = "The Lantern"', 'name = " "', 20, '"name" is empty'),
        ('key = "lantern"', 'key = "The Lantern"', 19, "small letters, digits and hyphens"),
        ('key = "lantern"', 'key = "tide-wire"', 19, 'the key "tide-wire" is used twice'),
        ('kind = "wire"', 'kind = "wired"', 4, 'did you mean "wire"?'),
        ('homepage = "', 'homepag = "', 5, 'did you mean "homepage"?'),
        ('"TW", "the Tide"', '"TW", 7', 8, "must be a list of texts"),
        ("https://tide-wire.example/all", "ftp://tide-wire.example/all", 11, "http:// or https://"),
        ("https://tide-wire.example/all", "https://u:p@tide-wire.example/a", 11, "no user name"),
        ("http://tide-wire.example/slow", "https://tide-wire.example/all", 15, "stands here twice"),
        ("interval_minutes = 90", "interval_minutes = 1.5", 16, "must be a whole number"),
        ("interval_minutes = 90", "full_text = 1", 16, "must be true or false"),
        ("interval_minutes = 90", 'time_zone = "Ruritania"', 16, "is no time zone"),
        ("interval_minutes = 90", 'charset = "hex"', 16, "is no charset"),
        ("interval_minutes = 90", 'prefixes = { EILT = "loud" }', 16, "a prefix is one of kill"),
        ("interval_minutes = 90", "interval_minutes = -1", 16, "must be a whole number"),
        ("interval_minutes", "intervall_minutes", 16, 'did you mean "interval_minutes"?'),
        ('[[outlet.feed]]\nurl = "http:', '[outlet.more]\nurl = "http:', 14, "unknown key"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in FILE
    refused = refusal(FILE.replace(old, new, 1))
    assert words in str(refused)
    assert refused.line == line
    assert str(refused).startswith(f"feeds.toml:{line}: ")


def test_feeds_that_are_no_tables_and_no_toml_at_all_are_refused() -> None:
    assert '"feed" must be tables' in str(refusal('[[outlet]]\nkey="x"\nname="X"\nfeed = ["u"]'))
    assert '"feed" must be tables' in str(refusal('[[outlet]]\nkey="x"\nname="X"\nfeed = "u"'))
    assert "this is not TOML" in str(refusal("[[outlet\n"))
    assert "must be a list of tables" in str(refusal('outlet = "x"'))
    misnamed = FILE.replace('[[outlet]]\nkey = "lantern"', '[[outlets]]\nkey = "lantern"')
    assert 'did you mean "outlet"?' in str(refusal(misnamed))


def test_the_first_of_several_mistakes_is_the_one_told() -> None:
    broken = FILE.replace('kind = "wire"', 'kind = "x"').replace('key = "lantern"', 'key = "?"')
    assert refusal(broken).line == 4


POST = Outlet(key="harbour-post", name="Harbour Post", homepage="https://www.harbourpost.example/")
TIDE = Outlet(key="tide", name="Tide Wire", homepage="https://news.tide.example/world")
OTHER = Outlet(key="other", name="Other", homepage="https://harbourpost.example/other")
HOMES = by_homepage((POST, TIDE, OTHER, Outlet(key="none", name="None")))


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://feeds.harbourpost.example/world.rss", POST),
        ("https://edition.harbourpost.example/a", POST),
        ("https://news.tide.example/a", TIDE),
        ("https://tide.example/a", None),
        ("https://feeds.feedburner.com/harbourpost", None),
        ("https://[nonsense/", None),
        ("", None),
    ],
)
def test_an_outlet_is_found_by_the_host_of_its_homepage(url: str, owner: Outlet | None) -> None:
    assert owner_of(url, HOMES) == owner


@pytest.mark.parametrize(
    ("url", "title", "name"),
    [
        ("https://harbourpost.example/a", "World news | The Harbour Post", "The Harbour Post"),
        ("https://harbourpost.example/a", "Harbour Post RSS - World", "Harbour Post"),
        ("https://tide.example/a", "Quay Review", "Quay Review"),
        ("https://tide.example/a", "Latest headlines", "tide.example"),
        (
            "https://tide.example/a",
            "All that the sea has brought us here",
            "tide.example",
        ),
        ("https://tide.example/a", "World - Politics", "tide.example"),
        ("https://tide.example/a", "", "tide.example"),
        ("file:///var/drop", "Quay", "Quay"),
        ("file:///var/drop", "", ""),
    ],
)
def test_an_outlet_no_list_has_is_called_what_its_feed_calls_itself(
    url: str, title: str, name: str
) -> None:
    assert name_of(url, title) == name
