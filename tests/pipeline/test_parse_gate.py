"""The gate: what of a document is new, told by the bytes of its items alone."""

from collections.abc import Mapping, Sequence

import pytest

from pipeline.parse import gate, is_torn, parse
from pipeline.records import Gated, Memory
from tests.builders import an_answer

RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
    "<link>https://wire.example/</link>{head}{items}{tail}</channel></rss>"
)


def an_item(number: int, inside: str = "") -> str:
    link = f"<link>https://wire.example/{number}</link>"
    return f"<item><title>Story {number}</title>{link}<guid>w-{number}</guid>{inside}</item>"


def rss(*items: str, head: str = "", tail: str = "", between: str = "") -> str:
    return RSS.format(head=head, items=between.join(items), tail=tail)


def gated(
    body: str | bytes, memory: Memory | None = None, headers: Mapping[str, str] | None = None
) -> Gated:
    return gate(body.encode() if isinstance(body, str) else body, headers or {}, memory)


def remembered(body: str | bytes, *, but: Sequence[int] = ()) -> Memory:
    first = gated(body)
    assert first.why_whole == ""
    known = [one for at, one in enumerate(first.hashes) if at not in but]
    return Memory(first.frame, frozenset(known))


def test_without_a_memory_all_is_new() -> None:
    body = rss(an_item(1), an_item(2)).encode()
    found = gated(body)
    assert (found.body, found.known, found.why_whole) == (body, 0, "")
    assert len(set(found.hashes)) == 2
    assert {len(one) for one in found.hashes} == {16}


def test_the_reduced_document_is_the_original_without_the_very_bytes_of_known_items() -> None:
    body = rss(an_item(1), an_item(2), an_item(3), between="\n<!-- <item> -->\n")
    found = gated(body, remembered(body, but=[1]))
    assert found.known == 2
    assert found.body.decode() == body.replace(an_item(1), "").replace(an_item(3), "")
    assert found.hashes == gated(body).hashes


def test_what_is_known_throughout_leaves_nothing_to_read() -> None:
    body = rss(an_item(1), an_item(2))
    found = gated(body, remembered(body))
    assert found.known == len(found.hashes) == 2
    assert b"<item>" not in found.body


def test_a_new_date_on_the_feed_makes_no_item_new() -> None:
    dated = "<lastBuildDate>Fri, 31 May 2024 {}</lastBuildDate><!-- made at {} -->"
    before = rss(an_item(1), head=dated.format("09:00:00 GMT", "9"))
    after = rss(an_item(1), head=dated.format("10:00:00 GMT", "10"), tail="<!-- 3 ms -->")
    assert gated(after, remembered(before)).known == 1


def test_an_item_changed_in_one_byte_is_new() -> None:
    before, after = rss(an_item(1), an_item(2)), rss(an_item(1), an_item(2, " "))
    found = gated(after, remembered(before))
    assert found.known == 1
    assert an_item(2, " ").encode() in found.body


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version="1.0"?>', 'version="1.0" encoding="iso-8859-1"?>'),
        ("<rss ", '<rss xml:base="https://other.example/" '),
        ("<rss ", '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" '),
        ("<channel>", '<channel xml:lang="fr">'),
        ("https://wire.example/</link>", "https://other.example/</link>"),
        ("<title>Wire", "<language>fr</language><title>Wire"),
    ],
)
def test_what_gives_items_their_meaning_forgets_them_when_it_changes(old: str, new: str) -> None:
    before = rss(an_item(1))
    after = before.replace(old, new, 1)
    assert after != before
    found = gated(after, remembered(before))
    assert (found.known, found.why_whole, found.body) == (0, "", after.encode())
    assert gated(after, remembered(after)).known == 1


def test_the_servers_word_on_the_encoding_is_part_of_what_gives_items_meaning() -> None:
    body, latin = rss(an_item(1)), {"content-type": "text/xml; charset=iso-8859-1"}
    assert gated(body, remembered(body), latin).known == 0
    assert gated(body, Memory(gated(body, None, latin).frame, frozenset()), latin).known == 0


@pytest.mark.parametrize(
    "inside",
    [
        "<description><![CDATA[an <item> in </item> CDATA]]></description>",
        "<!-- <item> --><!-- </item> -->",
        "<?page <item> ?>",
        '<x:entry xmlns:x="urn:example:x"><x:item/></x:entry>',
        '<items/><entryway a="1"></entryway>',
        "<description a='>' b=\"'/>\">x</description>",
    ],
)
def test_only_tags_of_items_part_them(inside: str) -> None:
    items = [an_item(1, inside), an_item(2), an_item(3, inside)]
    found = gated(rss(*items), remembered(rss(*items), but=[0]))
    assert found.body.decode() == rss(items[0])
    assert len(found.hashes) == 3


def test_prefixes_and_items_written_as_one_empty_tag_are_items_too() -> None:
    atom = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>1</a:id></a:entry>'
        '<a:entry about=">"/><a:entry\n><a:id>3</a:id></a:entry></a:feed>'
    )
    found = gated(atom, remembered(atom, but=[1]))
    assert len(found.hashes) == 3
    assert '<a:entry about=">"/>' in found.body.decode()
    assert "<a:id>" not in found.body.decode()


def test_items_of_rss_1_stand_outside_the_channel() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="c"><items><rdf:Seq>'
        '<rdf:li resource="1"/></rdf:Seq></items></channel>'
        '<item rdf:about="1"><title>A</title></item><item rdf:about="2"><title>B</title></item>'
        "</rdf:RDF>"
    )
    found = gated(rdf, remembered(rdf, but=[1]))
    assert (len(found.hashes), found.known) == (2, 1)
    (entry,) = parse(an_answer(found.body)).entries
    assert (entry.guid, entry.title) == ("2", "B")


def test_a_tombstone_is_hidden_only_once_it_was_read() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/'
        '1.0">{}<entry><id>2</id><title>Two</title></entry></feed>'
    )
    before = feed.format("")
    after = feed.format('<at:deleted-entry ref="1" when="2024-05-31T10:00:00Z"/>')
    found = gated(after, remembered(before))
    assert (found.known, len(found.hashes)) == (1, 2)
    assert [one.ref for one in parse(an_answer(found.body)).tombstones] == ["1"]
    assert gated(after, remembered(after)).known == 2


def test_known_items_that_share_an_id_or_a_link_with_a_new_one_stay_beside_it() -> None:
    shared = [
        an_item(1).replace("w-1", "news"),
        an_item(2).replace("w-2", "news"),
        an_item(3).replace("w-3", "other").replace("/3<", "/2#comments<"),
        an_item(4),
    ]
    body = rss(*shared)
    found = gated(body, remembered(body, but=[0]))
    assert found.known == 1  # the second has its id, the third the second's page
    whole = {entry.url: entry for entry in parse(an_answer(body)).entries}
    for entry in parse(an_answer(found.body)).entries:
        assert (entry.guid, entry.url_is_shared) == (
            whole[entry.url].guid,
            whole[entry.url].url_is_shared,
        )


def test_addresses_of_comments_and_of_the_feed_an_item_is_from_make_no_relatives() -> None:
    entry = (
        "<entry><id>{0}</id><title>T{0}</title><link rel='replies' href='https://w.example/talk'/>"
        "<link href='https://w.example/{0}'/><source><id>urn:w</id></source></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{entry.format(1)}{entry.format(2)}</feed>'
    assert gated(feed, remembered(feed, but=[0])).known == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rss(an_item(1)).encode("utf-16"), "it is written as UTF-16-LE"),
        (rss(an_item(1)).encode("utf-32-be"), "it is written as UTF-32-BE"),
        (rss(an_item(1), "\0"), "there are NULs in it"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]>' + rss(an_item(1))[21:], "it declares entities of"),
        (rss(), "it has no items"),
        (rss(an_item(1)).replace("</item>", ""), "it breaks off inside an item"),
        (rss(an_item(1))[:-30], "it breaks off inside an item"),
        (rss(an_item(1)).partition("</chan")[0] + "<item a=", "it breaks off inside an item"),
        (rss("<item>", an_item(1)).replace("</item>", ""), "the tags of its items do not pair"),
        (rss(an_item(1), "</item>"), "the tags of its items do not pair"),
        (rss(an_item(1)).replace("</item>", "</entry>"), "the tags of its items do not pair"),
        (rss(an_item(1), "<item <title>"), "the tags of its items do not pair"),
        (rss("<item>" * 3 + "<item a"), "the tags of its items do not pair"),
        (rss(an_item(1)) + "<![CDATA[<item>", ""),
        (rss("<item><![CDATA[", an_item(2)), "it breaks off inside an item"),
        (rss(an_item(1, "<description>Caf\u00e9</description>")).encode("latin-1"), "not all utf"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', "its format is read who"),
        ("<html></html>", "its format is read whole"),
        (rss("<item/>" * 50_001), "it has more than 50,000 items"),
    ],
)
def test_what_is_not_sure_is_read_whole_and_says_why(body: str | bytes, why: str) -> None:
    raw = body.encode() if isinstance(body, str) else body
    found = gated(raw)
    assert why in found.why_whole
    assert bool(found.why_whole) == (why != "")
    assert found.body == raw
    if why:
        assert (found.frame, found.hashes, found.known) == ("", (), 0)


@pytest.mark.parametrize(
    ("encoding", "declared", "text", "is_cut"),
    [
        ("windows-1251", "windows-1251", "Переговоры", True),
        ("gb18030", "gb2312", "会谈", True),
        ("shift_jis", "shift_jis", "会談", True),
        # The second byte of this sign is a bracket; here it seems to close a CDATA section.
        ("shift_jis", "shift_jis", "<![CDATA[\u30be]>]]>", False),
        # In two-byte mode any bytes may come, brackets among them.
        ("iso-2022-jp", "iso-2022-jp", "\u6761", False),
        ("utf-8", "x-unknown", "会谈", True),
        ("utf-8", "hex", "会谈", True),
        ("utf-8-sig", "utf-8", "会谈", True),
    ],
)
def test_encodings_are_trusted_where_a_tag_is_a_tag(
    encoding: str, declared: str, text: str, is_cut: bool
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    body = (head + rss(an_item(1, text), an_item(2))[21:]).encode(encoding)
    found = gated(body)
    if not is_cut:
        assert "its bytes are not all" in found.why_whole
        return
    cut = gated(body, Memory(found.frame, frozenset(found.hashes[1:])))
    assert cut.known == 1
    assert parse(an_answer(cut.body)).entries == parse(an_answer(body)).entries[:1]


def test_pages_of_a_sitemap_are_cut_like_items() -> None:
    page = "<url><loc>https://wire.example/{0}</loc><n:news><n:title>T{0}</n:title></n:news></url>"
    body = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com'
        f'/schemas/sitemap-news/0.9">{page.format(1)}{page.format(2)}</urlset>'
    )
    found = gated(body, remembered(body, but=[0]))
    assert found.known == 1
    assert [entry.title for entry in parse(an_answer(found.body)).entries] == ["T1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("root", ["rss", "atom:feed", "rdf:RDF", "urlset", "sitemapindex"])
def test_a_document_without_its_end_tag_is_torn(root: str, encoding: str) -> None:
    whole = f"<{root}><item><title>Talks</title></item></{root}>"
    assert not gated(whole.encode(encoding)).is_torn
    for length in (len(whole) - 1, whole.index("</item>") + 7, whole.index("Talks")):
        assert gated(whole[:length].encode(encoding)).is_torn


@pytest.mark.parametrize("body", [b"<html><body>", b'{"items": ['])
def test_a_page_and_json_are_never_torn(body: bytes) -> None:
    assert not is_torn(body)
