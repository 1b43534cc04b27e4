"""Sound items beside unsound ones, and what a feed says besides its items."""

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import gate, parse
from pipeline.records import Document, Memory
from tests.builders import an_answer

URL = "https://feeds.example/world/feed.xml"


def read(body: str | bytes, content_type: str = "") -> Document:
    return parse(an_answer(body, url=URL, headers={"content-type": content_type}))


def rss(*items: str, head: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Wire</title>'
        f"<link>https://wire.example/</link>{head}{inside}</channel></rss>"
    )


def an_item(number: int, title: str = "Story") -> str:
    link = f"<link>https://wire.example/{number}</link>"
    return f"<title>{title} {number}</title>{link}<guid>w-{number}</guid>"


def test_bytes_that_are_no_text_spoil_only_the_item_they_stand_in() -> None:
    body = rss(an_item(1, "Café"), an_item(2, "Caf?"), an_item(3, "Café")).encode()
    document = read(body.replace(b"Caf?", b"Caf\xe9"))
    assert [entry.title for entry in document.entries] == ["Café 1", "Café 2", "Café 3"]
    assert document.problems == ()
    alone = read(rss(an_item(1, "Café"), an_item(3, "Café")))
    assert (document.entries[0], document.entries[2].title) == (alone.entries[0], "Café 3")


def test_a_base_set_by_one_item_moves_no_other() -> None:
    based = '<content type="html" xml:base="https://one.example/a/">x</content>'
    entry = "<entry><id>{0}</id><title>T{0}</title><link href='page{0}'/>{1}</entry>"
    feed = '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{}</feed>'
    whole = read(feed.format(entry.format(1, based) + entry.format(2, "")))
    alone = read(feed.format(entry.format(2, "")))
    assert whole.entries[1].url == alone.entries[0].url == "https://feeds.example/world/page2"
    assert whole.entries[1].base_url == alone.entries[0].base_url
    assert whole.entries[0].base_url == "https://one.example/a/"


def test_a_fault_is_told_without_its_line_which_depends_on_what_stands_before() -> None:
    body = rss(an_item(1), an_item(2, "Salt &colon; bread"))
    first = gate(body.encode(), {}, None)
    cut = gate(body.encode(), {}, Memory(first.frame, frozenset(first.hashes[:1])))
    (entry,) = read(cut.body).entries
    assert entry.problems == read(body).entries[1].problems
    assert entry.problems == ("not well-formed, read as far as it goes: undefined entity",)


def test_an_item_that_is_none_of_the_feeds_costs_no_other_its_bytes() -> None:
    foreign = '<x:item xmlns:x="urn:example:x"><x:price>3</x:price></x:item>'
    document = read(rss(an_item(1), "", head=foreign))
    assert [entry.guid for entry in document.entries] == ["w-1"]
    assert document.refused[0].raw == b"<item></item>"


def test_text_xml_without_a_charset_is_utf_8() -> None:
    document = read(rss(an_item(1, "Café")), "text/xml")
    assert document.entries[0].title == "Café 1"
    assert document.problems == ()


def test_items_the_parser_gives_up_are_set_aside_alone() -> None:
    document = read(rss(an_item(1), an_item(2, "&#99999999999;"), an_item(3)))
    assert [entry.guid for entry in document.entries] == ["w-1", "w-3"]
    assert document.refused[0].reason == "not well-formed: the parser gave it up"


def test_what_is_loosely_read_keeps_clear_of_the_places_of_what_was_refused() -> None:
    long = "<title>Long</title><description>" + "x" * 300_000 + "</description>"
    document = read(rss(an_item(1), long, an_item(2), head="<a>") + "<item><title>y</title></item>")
    places = [entry.position for entry in document.entries]
    places += [refused.position for refused in document.refused]
    assert len(places) == len(set(places)) == 4


@pytest.mark.parametrize(
    ("period", "frequency", "seconds"),
    [
        ("dayly", "", None),
        ("always", "", None),
        ("", "2", 43_200.0),
        ("weekly", "", 604_800.0),
        ("hourly", "0.1", 36_000.0),
        ("hourly", "-1", None),
        ("hourly", "inf", None),
        ("", "", None),
    ],
)
def test_how_often_a_feed_says_it_changes(
    period: str, frequency: str, seconds: float | None
) -> None:
    head = f"<sy:updatePeriod>{period}</sy:updatePeriod>" if period else ""
    head += f"<sy:updateFrequency>{frequency}</sy:updateFrequency>" if frequency else ""
    sy = '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    assert read(rss(head=head).replace("<rss", sy)).hints.update_seconds == seconds


@pytest.mark.parametrize(("ttl", "minutes"), [("60", 60.0), ("soon", None), ("0", None)])
def test_how_long_a_feed_says_it_keeps(ttl: str, minutes: float | None) -> None:
    assert read(rss(an_item(1), head=f"<ttl>{ttl}</ttl>")).hints.ttl_minutes == minutes


def test_a_json_feed_may_have_ended_and_say_so() -> None:
    body = (
        '\ufeff{"version": "https://jsonfeed.org/version/1", "expired": true, "items": '
        '[{"id": 1.5, "title": "T", "hubs": 3}], "author": {"name": "Ann Ode"}}'
    )
    document = read(body)
    assert document.problems == ("the publisher says that it has ended",)
    assert (document.entries[0].guid, document.entries[0].byline) == ("1.5", "Ann Ode")


def test_an_item_of_a_json_feed_too_long_is_set_aside() -> None:
    body = '{"version": "https://jsonfeed.org/version/1", "items": [{"content_text": "%s"}]}'
    (refused,) = read(body % ("x" * 300_000)).refused
    assert refused.reason == "it is longer than the limit of 256 kB"


def test_a_json_feed_in_bytes_that_are_no_text_is_refused() -> None:
    with pytest.raises(UnreadableFeed, match="it is JSON that cannot be read"):
        read(b'{"version": "https://jsonfeed.org/version/1", "title": "\xff"}')


def test_a_sitemap_of_pages_is_read_where_it_is_asked_for_by_name() -> None:
    body = (
        "<urlset xmlns='http://www.google.com/schemas/sitemap/0.84'><url><loc>/a</loc>"
        "<lastmod>2024-05-31</lastmod></url><url>"
        "<x:title xmlns:x='urn:x'>T</x:title></url></urlset>"
    )
    with pytest.raises(UnreadableFeed, match="it is no feed"):
        read(body)
    document = parse(an_answer(body, url=URL), format="sitemap")
    assert [(entry.url, entry.title) for entry in document.entries] == [
        ("https://feeds.example/a", "")
    ]
    assert [one.reason for one in document.refused] == ["it has no address"]


@pytest.mark.parametrize("body", ["words", "<rss/>", "<a>&b;</a>", "<!-- -->", "\0\0"])
def test_what_is_called_a_sitemap_and_is_none_is_refused(body: str) -> None:
    with pytest.raises(UnreadableFeed, match="there is none in it"):
        parse(an_answer(body), format="sitemap")


def test_references_in_a_sitemap_are_not_unfolded() -> None:
    document = parse(
        an_answer("<urlset>&a;<url><loc>https://w.example/1</loc></url></urlset>"),
        format="sitemap",
    )
    assert len(document.entries) == 1


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("0001-01-01T00:00:00Z", "is no date"),
        ("0001-01-01T00:00:00+14:00", "cannot be read"),
        ("Fri, 31 May 2024 09:30:00 GMT", ""),
    ],
)
def test_dates_outside_feeds_are_read_as_they_come(written: str, problem: str) -> None:
    item = f'{{"title": "T", "url": "https://w.example/", "date_published": "{written}"}}'
    body = f'{{"version": "https://jsonfeed.org/version/1", "items": [{item}]}}'
    (entry,) = read(body).entries
    assert problem in "".join(entry.problems)
    assert (entry.published is None) == bool(problem)
