"""Bytes to entries: the invented documents of tests/feeds, and what none of them shows."""

import io
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.errors import BadInput, UnreadableFeed
from pipeline.parse import parse
from pipeline.parse.limits import MOST_ITEM_BYTES, MOST_ITEMS
from pipeline.records import Document, Refused
from tests.builders import an_answer

FEEDS = Path(__file__).parent.parent / "feeds"
FEED_URL = "https://feeds.example/world/feed.xml"
DOCUMENTS = sorted(path.name for path in FEEDS.iterdir() if path.is_file() and path.suffix != ".py")


def the_document(body: bytes | str, headers: Mapping[str, str] | None = None) -> Document:
    return parse(an_answer(body, url=FEED_URL, headers=dict(headers or {})))


def rss(*items: str, head: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
        f"<link>https://wire.example/</link>{head}{inside}</channel></rss>"
    )


def an_item(number: int) -> str:
    link = f"<link>https://wire.example/{number}</link>"
    return f"<title>Story number {number}</title>{link}<guid>w-{number}</guid>"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_becomes_the_records_beside_it(name: str) -> None:
    beside = import_module(f"tests.feeds.{name.partition('.')[0]}")
    answer = an_answer(
        (FEEDS / name).read_bytes(), url=FEED_URL, headers=getattr(beside, "HEADERS", {})
    )
    if hasattr(beside, "DOCUMENT"):
        assert parse(answer) == beside.DOCUMENT
        return
    with pytest.raises(UnreadableFeed) as refusal:
        parse(answer)
    assert (refusal.value.state, refusal.value.why) == (beside.STATE, beside.WHY)
    assert refusal.value.url == FEED_URL


def test_every_document_has_its_records_and_every_records_its_document() -> None:
    beside = {path.stem for path in FEEDS.glob("*.py")}
    assert {name.partition(".")[0] for name in DOCUMENTS} == beside


@pytest.mark.parametrize(
    ("body", "state", "says"),
    [
        (b"", "empty", "nothing at all"),
        (b" \n\t ", "empty", "nothing at all"),
        (b"<html><body>Moved</body></html>", "html", "web page"),
        (b"<p>Service unavailable</p>", "html", "web page"),
        (b"Oops <!doctype html><html></html>", "html", "web page"),
        (b'<!doctype html><html><svg><feed xmlns="x"></feed></svg></html>', "html", "web page"),
        (b"hello world", "parse_error", "it begins with 'hello world'"),
        (b"https://wire.example/feed.xml", "parse_error", "it begins with 'https://wire"),
        (b"<note>hi</note>", "parse_error", "its first element is <note>"),
        (b"\x1f\x8b\x08\x00", "parse_error", "compressed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "parse_error", "a list of items"),
        (b'{"version": "https://jsonfeed.org/version/1", "items"', "parse_error", "cannot be read"),
        (b'{"uri": "urn:x"', "parse_error", "cannot be read"),
        (b'[{"a": 1}]', "parse_error", "this is JSON, but"),
        (b'<contentSet guid="x"/>', "parse_error", "its first element is <contentSet>"),
        (b"<NewsMLX/>", "parse_error", "its first element is <NewsMLX>"),
        (b'<opml version="2.0"/>', "parse_error", "import it instead"),
        (b"abc and no more than that \x01 123", "parse_error", "it begins with"),
        (b"<!-- never closed <rss", "parse_error", "it begins with '<!-- never"),
    ],
)
def test_what_is_no_feed_is_refused_in_plain_words(body: bytes, state: str, says: str) -> None:
    with pytest.raises(UnreadableFeed) as refusal:
        the_document(body)
    assert refusal.value.state == state
    assert says in refusal.value.why


def test_a_named_format_is_taken_at_its_word() -> None:
    assert parse(an_answer(rss(an_item(1))), format="feed").format == "feed"
    with pytest.raises(UnreadableFeed, match="this is called NITF, but there is no article in it"):
        parse(an_answer(rss(an_item(1))), format="nitf")
    with pytest.raises(BadInput, match="'yaml' is no format: write auto or one of feed, jsonfeed"):
        parse(an_answer(rss()), format="yaml")


def test_text_that_is_called_a_feed_and_is_none_says_so() -> None:
    with pytest.raises(UnreadableFeed, match="there is no feed in what the source returned"):
        parse(an_answer(b"only words"), format="feed")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    bomb = '<!DOCTYPE rss SYSTEM "a>b" [<!ENTITY a "aa">]>' + rss("<title>&a;</title>")[21:]
    with pytest.raises(UnreadableFeed, match="entities of its own"):
        the_document(bomb.encode(encoding))


def test_entities_cannot_be_smuggled_past_in_an_encoding_like_utf_7() -> None:
    hidden = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE rss [+ADwAIQ-ENTITY a "b">]>'
    document = the_document(hidden + rss("<title>&a;</title>")[21:].encode())
    assert "it declares 'utf-7', which its own bytes are not" in document.problems
    document = the_document(rss(an_item(1)), {"content-type": "text/xml; charset=utf-7"})
    assert document.problems == ("the server says 'utf-7', which these bytes are not",)
    assert document.entries[0].title == "Story number 1"


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "punycode", "unicode_escape"])
def test_a_charset_that_the_bytes_belie_is_left_out(charset: str) -> None:
    document = the_document(rss(an_item(1)), {"content-type": f'text/xml; charset="{charset}"'})
    assert document.entries[0].title == "Story number 1"
    assert document.problems == (f"the server says {charset!r}, which these bytes are not",)


def test_an_encoding_nobody_knows_is_no_obstacle() -> None:
    document = the_document(
        rss("<title>Caf\u00e9 talks</title>"), {"content-type": "text/xml; charset=x-y"}
    )
    assert document.entries[0].title == "Café talks"


def test_the_server_may_call_a_feed_what_it_likes() -> None:
    document = the_document(rss(an_item(1)), {"content-type": "text/html; boundary=x"})
    assert document.entries[0].guid == "w-1"
    assert document.problems == ("text/html; boundary=x is not an XML media type",)


def test_bytes_that_name_a_file_are_never_opened(tmp_path: Path) -> None:
    hidden = tmp_path / "feed.xml"
    hidden.write_text(rss(an_item(1)))
    for body in (str(hidden), f"file://{hidden}"):
        with pytest.raises(UnreadableFeed):
            parse(an_answer(body), format="feed")


def test_a_warning_before_the_feed_costs_only_a_note() -> None:
    document = the_document("<br />\n<b>Warning</b>: no cache in /feed.php\n" + rss(an_item(1)))
    assert [entry.guid for entry in document.entries] == ["w-1"]
    assert document.problems[0].startswith("not well-formed, read as far as it goes: line ")


def test_a_feed_without_items_is_a_feed() -> None:
    assert the_document(rss()).entries == ()


def test_more_items_than_the_limit_are_left_and_counted() -> None:
    document = the_document(rss(*map(an_item, range(MOST_ITEMS + 3))))
    assert len(document.entries) == MOST_ITEMS
    said = "2,003 items are more than the limit of 2,000: the last 3 were left unread"
    assert document.problems == (said,)
    rest = "".join(f"<item>{an_item(n)}</item>" for n in range(MOST_ITEMS, MOST_ITEMS + 3))
    assert document.refused == (Refused(position=MOST_ITEMS, reason=said, raw=rest.encode()),)


def test_the_limit_holds_where_items_cannot_be_told_apart() -> None:
    tangled = rss("<item>" * (MOST_ITEMS + 3) + "<title>x</title>")
    document = the_document(tangled)
    assert len(document.entries) + len(document.refused) == MOST_ITEMS + 1  # the rest are one
    assert any("more than the limit" in problem for problem in document.problems)


def test_an_item_too_long_is_set_aside_with_its_bytes() -> None:
    long = "<title>Long</title><description>" + "x" * MOST_ITEM_BYTES + "</description>"
    document = the_document(rss(an_item(1), long, an_item(3)))
    assert [entry.position for entry in document.entries] == [0, 2]
    (refused,) = document.refused
    assert (refused.position, refused.raw) == (1, f"<item>{long}</item>".encode())
    assert refused.reason == "it is 256 kB long; the limit is 256 kB"
    assert document.problems == ("item 2 is too long to be read",)


def test_a_malformed_item_changes_nothing_about_its_siblings() -> None:
    good = [
        an_item(1) + "<description>Salt &amp;amp; bread &lt;b&gt;rise</description>",
        an_item(2),
    ]
    alone = the_document(rss(*good))
    beside = the_document(rss(good[0], "<title>Salt & bread</title>", good[1]))
    assert [e.title for e in beside.entries if e.problems] == ["Salt & bread"]
    assert [(e.guid, e.summary) for e in beside.entries if not e.problems] == [
        (e.guid, e.summary) for e in alone.entries
    ]


def test_many_malformed_items_are_each_read_alone() -> None:
    document = the_document(
        rss(*(f"{an_item(n)}<description>a & b</description>" for n in range(250)))
    )
    said = "not well-formed, read as far as it goes: invalid token"
    assert [entry.problems for entry in document.entries] == [(said,)] * 250
    assert len(document.problems) == 1


def test_a_document_too_long_to_be_read_item_by_item_is_read_at_once() -> None:
    head = f"<generator>{'x' * 200_000}</generator>"
    document = the_document(
        rss(*(f"{an_item(n)}<description>a & b</description>" for n in range(100)), head=head)
    )
    assert [entry.problems for entry in document.entries] == [()] * 100
    assert len(document.problems) == 1


def test_a_fault_outside_the_items_is_read_over() -> None:
    document = the_document(rss(an_item(1), an_item(2), head="<webMaster>A & B</webMaster>"))
    assert len(document.entries) == 2
    assert document.problems[0].startswith("not well-formed")


def test_a_fault_between_the_items_is_read_over() -> None:
    body = rss(an_item(1), an_item(2)).replace("</item><item>", "</item>&<item>")
    document = the_document(body)
    assert [entry.problems for entry in document.entries] == [(), ()]
    assert document.problems[0].startswith("not well-formed")


@pytest.mark.parametrize(
    "broken",
    [
        rss(an_item(1)).replace("</item>", ""),  # an end tag is missing, the document goes on
        rss(an_item(1), an_item(2)).replace("</item><item>", "</item></item><item>"),
        rss(an_item(1)).replace("</channel>", "</channel"),
    ],
)
def test_items_that_cannot_be_told_apart_are_read_loosely(broken: str) -> None:
    document = the_document(broken)
    assert document.entries[0].title == "Story number 1"
    assert document.problems


def test_an_item_of_a_tangled_document_is_set_aside_as_it_was_understood() -> None:
    body = rss(an_item(1), "<pubDate>today</pubDate>").replace("</item></channel>", "</channel>")
    (refused,) = the_document(body + "<item>").refused[:1]
    assert b'"published": "today"' in refused.raw


def test_what_is_called_an_item_in_another_vocabulary_is_none() -> None:
    foreign = '<x:item xmlns:x="urn:example:x"><x:price>3</x:price></x:item>'
    for second in ("Salt and bread", "Salt & bread"):
        document = the_document(rss(an_item(1), f"<title>{second}</title>", head=foreign))
        assert [entry.title for entry in document.entries] == ["Story number 1", second]


def test_a_fault_that_stops_the_parser_outside_the_items_is_a_refusal() -> None:
    with pytest.raises(UnreadableFeed, match="the parser gave it up"):
        the_document(rss(an_item(1), head="<webMaster>&#99999999999;</webMaster>"))


@pytest.mark.parametrize("name", ["torn.rss"])
def test_a_torn_feed_reads_as_if_its_last_item_had_not_begun(name: str) -> None:
    torn = (FEEDS / name).read_bytes()
    for cut in range(torn.rindex(b"<item>") + 6, len(torn), 3):
        document = the_document(torn[:cut])
        assert [entry.guid for entry in document.entries] == ["sw-1"]
        assert document.refused[0].raw == torn[torn.rindex(b"<item>") : cut]


@pytest.mark.parametrize(
    ("opening", "torn"),
    [
        ('<feed xmlns="http://www.w3.org/2005/Atom">', "<entry><title>Tor"),
        ("<rss><channel>", "<item><title><![CDATA[Torn</item></channel></rss>"),
    ],
)
def test_a_feed_torn_in_its_first_item_is_a_feed(opening: str, torn: str) -> None:
    document = the_document(opening + torn)
    assert document.entries == ()
    assert document.refused[0].raw == torn.encode()


def test_an_item_written_as_one_empty_tag_is_set_aside() -> None:
    document = the_document(rss(an_item(1)).replace("</channel>", "<item/></channel>"))
    assert len(document.entries) == 1
    assert document.refused[0].raw == b"<item/>"


def test_items_that_all_link_to_the_front_page_stay_apart() -> None:
    words = ("Budget", "Bridge", "Ferry", "Harvest", "Pilot", "Tariff", "Truce", "Vote")
    pairs = [f"{a} {b} talks" for a in words for b in words if a < b] * 3
    items = (f"<title>{p}</title><link>https://wire.example/</link>" for p in pairs)
    document = the_document(rss(*(f"{item}<guid>g{n}</guid>" for n, item in enumerate(items))))
    assert len({entry.guid for entry in document.entries}) == 28
    assert all(entry.url_is_shared for entry in document.entries)
    assert document.problems == ("56 items repeat others and were left out",)


def test_plain_text_of_an_atom_body_keeps_its_paragraphs_and_other_media_are_left() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title>'
        '<content type="text">One &lt; two.\n\nThree.</content></entry>'
        '<entry><title>U</title><content type="image/png">iVBORw0KGgo=</content></entry>'
        "<entry><title>V</title><summary>It is &lt;b&gt;marked up&lt;/b&gt;</summary></entry>"
        "</feed>"
    )
    one, two, three = the_document(atom).entries
    assert one.content == "<p>One &lt; two.</p><p>Three.</p>"
    assert two.content == ""
    assert three.summary == "It is <b>marked up</b>"


def test_a_byline_names_writers_and_no_addresses() -> None:
    dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    body = rss(
        f"{an_item(1)}<author>ann@wire.example</author>",
        f"{an_item(2)}<author>ann@wire.example (Ann Ode)</author>",
        f"{an_item(3)}<dc:creator>Ann Ode</dc:creator><dc:creator>Bo Lind</dc:creator>",
    ).replace("<rss ", f"<rss {dc} ")
    assert [entry.byline for entry in the_document(body).entries] == [
        "",
        "Ann Ode",
        "Ann Ode, Bo Lind",
    ]


def test_parsing_leaves_the_answer_alone_and_gives_the_same_twice() -> None:
    answer = an_answer(rss(an_item(1)))
    assert parse(answer) == parse(answer)
    assert io.BytesIO(answer.body).read() == rss(an_item(1)).encode()
