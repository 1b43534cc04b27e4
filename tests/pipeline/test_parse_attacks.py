"""Documents made to keep a parser busy: each is refused, set aside or read, and soon done with.

What bounds them is the work they may ask for, told here in CPU seconds far above what they take:
without the limits most of these took from half a minute to hours.
"""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import gate, parse
from pipeline.parse.limits import (
    MOST_ITEM_MARKS,
    MOST_ITEMS,
    MOST_MARKS,
    MOST_NAMESPACES,
    MOST_UNBROKEN,
    MOST_VALUES,
)
from pipeline.parse.sitemap import MOST_CHILDREN
from pipeline.records import Document, Memory
from tests.builders import FEED_URL, NOW, an_answer

K = 1_000
MOST_SECONDS = 90.0  # of computing: what grew by its square would take hours, on any machine


def rss(inside: str, *, root: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"{root}><channel>{inside}</channel></rss>'


def an_item(inside: str = "<title>x</title>") -> str:
    return f"<item>{inside}</item>"


def in_item(tag: str, inside: str) -> str:
    return rss(an_item(f"<title>x</title><{tag}>{inside}</{tag}>"))


def beside(inside: str) -> str:
    return rss(inside + an_item())


def page(inside: str) -> str:
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</urlset>'


def json_feed(items: str) -> str:
    return '{"version": "https://jsonfeed.org/version/1.1", "items": ' + items


def laughs() -> str:
    more = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE r [<!ENTITY l0 "lol">{more}]>' + in_item("title", "&l9;")[21:]


ATTACKS: dict[str, Callable[[], str]] = {
    "entities that unfold a billionfold": laughs,
    "entities declared too late to be seen": lambda: rss("")[:40] + laughs(),
    "tags never closed, in an item": lambda: in_item("description", "<b>" * 80 * K),
    "tags never closed, beside the items": lambda: beside("<b>" * 400 * K),
    "tags never closed, in items without end": lambda: rss("<item>" * 100 * K),
    "tags never closed, in a body": lambda: in_item(
        "description", "<![CDATA[" + "<b>" * 80 * K + "]]>"
    ),
    "tags closed at last": lambda: beside("<b>" * 100 * K + "</b>" * 100 * K),
    "items": lambda: rss(an_item("<title>x</title><link>https://w.example/</link>") * 5 * K),
    "empty items": lambda: rss("<item/>" * 40 * K),
    "malformed items": lambda: rss(an_item("<title>a & b</title>" + "a & b <br> " * 40) * 500),
    "items of bytes that are no text": lambda: rss(an_item("<title>\udcff</title>") * 300),
    "items with a base of their own": lambda: rss(an_item('<title xml:base="/a">x</title>') * 300),
    "attributes": lambda: beside("<a " + " ".join(f"a{n}='1'" for n in range(100 * K)) + "/>"),
    "attributes in an item": lambda: rss(
        an_item("<a " + " ".join(f"a{n}='1'" for n in range(20 * K)) + "/>")
    ),
    "a long attribute": lambda: beside(f'<a a="{"x" * 4_000 * K}"/>'),
    "namespaces": lambda: beside("".join(f'<a xmlns:a{n}="u"/>' for n in range(9 * K))),
    "namespaces in items": lambda: rss(
        "".join(an_item(f'<t:t xmlns:t="u:{n}" xmlns:a{n}="u{n}"/>') for n in range(2 * K))
    ),
    "an author without a blank": lambda: in_item("author", "a" * 250 * K),
    "an author in pieces": lambda: in_item("dc:creator", ("a" * 900 + "&#97;<b/>") * 200),
    "authors in authors": lambda: rss(an_item("<author>" * 9 * K + "a" * 100 * K)),
    "ampersands in an item": lambda: in_item("description", "&" * 250 * K),
    "ampersands beside the items": lambda: beside("&" * 4_000 * K),
    "links cut short": lambda: in_item("description", "<![CDATA[" + '<a href="' * 28 * K + "]]>"),
    "comments never closed": lambda: beside("<!--" * 1_200 * K),
    "comments in an item": lambda: rss(an_item("<!--" * 60 * K)),
    "CDATA never closed": lambda: beside("<![CDATA[" * 500 * K),
    "CDATA after CDATA": lambda: in_item("description", "<![CDATA[]]>" * 20 * K),
    "declarations": lambda: beside("<!a" * 400 * K),
    "instructions": lambda: beside("<?a " * 1_200 * K),
    "NULs": lambda: beside("\0" * 4_000 * K),
    "brackets": lambda: beside("<" * 1_000 * K),
    "quotes": lambda: beside('<a b="' * 700 * K),
    "tags of items cut short": lambda: rss('<item a="' * 500 * K),
    "sources of items cut short": lambda: rss(an_item("<source>" * 500 * K) + an_item()),
    "lines before the first element": lambda: (
        '<?xml version="1.0"?>' + "\n" * 60 * K + rss("")[21:]
    ),
    "lines in a comment before it": lambda: "<!--" + "\n" * 60 * K + "-->" + rss("")[21:],
    "declarations before it": lambda: "\n<!DOCTYPE a" * 2 * K + rss(""),
    "tombstones": lambda: (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/'
        '1.0">' + '<at:deleted-entry ref="x" when="2024-01-01T00:00:00Z"/>' * 10 * K + "</feed>"
    ),
    "lists in lists": lambda: json_feed("[" * 190 * K),
    "brackets of JSON": lambda: json_feed("[" * 2_400 * K),
    "a number without end": lambda: json_feed('[{"id": ' + "9" * 4_000 * K + "}]}"),
    "things of JSON": lambda: json_feed("[" + '{"title": "x"},' * 30 * K + "{}]}"),
    "pages": lambda: page("<url><loc>https://w.example/1</loc></url>" * 20 * K),
    "pages in pages": lambda: page("<url>" * 100 * K),
    "maps": lambda: "<sitemapindex>" + "<sitemap><loc>https://w.example/</loc></sitemap>" * 20 * K,
    "a web page": lambda: "<html>" + "<b>" * 400 * K,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_document_keeps_us_busy_for_long(name: str) -> None:
    body = ATTACKS[name]().encode("utf-8", "surrogateescape")[: 5 * 1024 * 1024]
    began = time.process_time()
    first = gate(body, {}, None)
    gate(body, {}, Memory(first.frame, frozenset(first.hashes[1:])))
    with suppress(UnreadableFeed):
        document = parse(an_answer(body))
        assert len(document.entries) <= MOST_ITEMS
        for entry in document.entries:
            normalise(entry, feed_url=FEED_URL, outlet="w", now=NOW)
    assert time.process_time() - began < MOST_SECONDS


def read(body: str) -> Document:
    return parse(an_answer(body))


def test_an_item_of_too_many_tags_is_set_aside_and_its_siblings_are_read() -> None:
    document = read(rss(an_item() + an_item("<b></b>" * MOST_ITEM_MARKS)))
    assert [entry.title for entry in document.entries] == ["x"]
    assert document.refused[0].reason == "it has 40,002 tags; the limit is 20,000"
    assert document.problems == ("item 2 is too long to be read",)


def test_tags_in_cdata_and_comments_cost_nothing_and_are_not_counted() -> None:
    quiet = f"<description><![CDATA[{'<b>' * MOST_ITEM_MARKS}]]></description>"
    comment = f"<!--{'<b>' * MOST_ITEM_MARKS}-->"
    assert len(read(rss(an_item("<title>x</title>" + quiet + comment))).entries) == 1


def test_items_beyond_the_tags_that_can_be_afforded_are_set_aside_as_one() -> None:
    heavy = an_item("<title>x</title>" + "<b></b>" * 5 * K)
    document = read(rss(heavy * 12))
    assert len(document.entries) == MOST_MARKS // 10_004
    said = "12 items are more than the limit of 100,000 tags allows: the last 3 were left unread"
    assert document.problems == (said,)
    assert [(one.position, one.reason) for one in document.refused] == [(9, said)]
    assert document.refused[0].raw == (heavy * 3).encode()


def test_of_what_is_set_aside_as_one_only_so_much_is_kept() -> None:
    document = read(rss(an_item(f"<title>{'x' * 2_500}</title>") * 2 * MOST_ITEMS))
    assert len(document.refused[0].raw) == 4 * 1024 * 1024
    assert document.refused[0].reason.endswith("(of 4,937 kB the first 4,096 are kept)")


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<b>" * 2 * MOST_ITEM_MARKS, "outside its items it has 40,005 tags; the limit is 20,000"),
        (
            "<a " + " ".join(f"a{n}='{n}'" for n in range(2 * K)) + "/>",
            f"outside its items one of its tags has 2,000 attributes; the limit is {MOST_VALUES}",
        ),
        (
            "".join(f"<a xmlns:b{n}='{n}'/>" for n in range(K)),
            f"outside its items it declares 1,000 namespaces; the limit is {MOST_NAMESPACES}",
        ),
        (
            "<webMaster>" + "a" * MOST_UNBROKEN * 2 + "</webMaster>",
            f"outside its items an author's name in it has {MOST_UNBROKEN:,} letters without",
        ),
    ],
)
def test_a_frame_that_would_strain_the_parser_is_refused(inside: str, why: str) -> None:
    with pytest.raises(UnreadableFeed) as refusal:
        read(beside(inside))
    assert why in refusal.value.why


def test_items_may_not_make_up_together_what_none_may_have_alone() -> None:
    items = "".join(an_item(f"<a xmlns:b{n}='{n}'/>") for n in range(K))
    with pytest.raises(UnreadableFeed, match="it declares 1,000 namespaces; the limit is 300"):
        read(rss(items))


def test_much_of_the_same_is_no_strain() -> None:
    same = "<a xmlns:media='urn:example:media'/>" * 500
    many = " ".join(f"a{n}='{n}'" for n in range(MOST_VALUES))
    long = f"<a b='{'x' * 3_000}{'=' * 50}'/><a {many}/>" + "<a b='c'/>" * 1_000
    authors = "<author>" + "Ann Ode, " * 500 + "</author><author a='b'/><author>Bo</author>"
    unclosed = "<managingEditor>" + "Ann Ode, " * 500
    for inside in (same, long, authors):
        assert len(read(rss(an_item() + an_item(inside + "<title>y</title>"))).entries) == 2
    assert len(read(rss(unclosed + an_item())).entries) == 1


def test_a_malformed_document_of_many_tags_is_told_so_before_it_is_read() -> None:
    heavy = "<title>x</title>" + "<b></b>" * 1_500
    document = read(rss(an_item(heavy) + an_item(heavy + "a & b") + an_item(heavy)))
    loosely = ["not well-formed" in "".join(entry.problems) for entry in document.entries]
    assert loosely == [False, True, False]
    assert document.problems[0].startswith("not well-formed, read as far as it goes: line 1:")


def test_only_so_many_sitemaps_of_an_index_are_named() -> None:
    maps = "".join(f"<sitemap><loc>https://w.example/{n}</loc></sitemap>" for n in range(99))
    document = read(f"<sitemapindex>{maps}</sitemapindex>")
    assert len(document.more) == MOST_CHILDREN
    assert document.problems == ("it names 99 sitemaps: the 50 changed last are read",)


def test_more_pages_of_a_sitemap_than_the_limit_are_set_aside_as_one() -> None:
    document = parse(
        an_answer(page("<url><loc>https://w.example/</loc></url>" * (MOST_ITEMS + 2))),
        format="sitemap",
    )
    said = "2,002 items are more than the limit of 2,000: the last 2 were left unread"
    assert said in document.problems
    assert [(one.position, one.reason) for one in document.refused] == [(MOST_ITEMS, said)]
    assert document.refused[0].raw.count(b"<loc>") == 2


def test_more_items_of_a_json_feed_than_the_limit_are_set_aside_as_one() -> None:
    document = read(json_feed("[" + '{"title": "x"},' * (MOST_ITEMS + 1) + '{"title": "y"}]}'))
    said = "2,002 items are more than the limit of 2,000: the last 2 were left unread"
    assert said in document.problems
    assert document.refused[0].raw == b'[{"title": "x"}, {"title": "y"}]'
