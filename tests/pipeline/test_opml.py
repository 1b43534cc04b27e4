"""Lists of feeds: what is read of them, what is refused, and that they come back as they went."""

import time
from dataclasses import replace

import pytest

from pipeline import opml
from pipeline.errors import BadInput
from pipeline.opml import ListedFeed

FEEDS = (
    ListedFeed(
        url="https://harbour-post.example/feeds/world.xml",
        title="World & more",
        interval_seconds=600,
        outlet="harbour-post",
        outlet_name='The "Harbour" Post',
        outlet_kind="wire",
        homepage="https://harbour-post.example/",
        language="en",
    ),
    ListedFeed(
        url="https://harbour-post.example/feeds/sea.xml?a=1&b=2",
        interval_seconds=900,
        is_paused=True,
        outlet="harbour-post",
        outlet_name='The "Harbour" Post',
        outlet_kind="wire",
        homepage="https://harbour-post.example/",
        language="en",
    ),
    ListedFeed(
        url="file:///srv/wire/in", outlet="tide-wire", outlet_name="Tide <Wire>", title="Наш провід"
    ),
    ListedFeed(
        url="imaps://desk@mail.example/INBOX", outlet="tide-wire", outlet_name="Tide <Wire>"
    ),
)


def a_list(*outlines: str, head: str = "") -> bytes:
    return f'{head}<opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def an_entry(url: str = "https://lantern.example/rss", **told: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in told.items())
    return f'<outline type="rss" xmlUrl="{url}"{more}/>'


def test_what_is_written_is_read_back_and_written_the_same() -> None:
    written = opml.write(FEEDS, "All of ours")
    read = opml.read(written, "list.opml")
    assert read == opml.FeedList(feeds=FEEDS)
    assert opml.write(read.feeds, "All of ours") == written


def test_characters_that_xml_cannot_hold_are_left_out_in_writing() -> None:
    feed = replace(FEEDS[0], title="Wor\x00ld\ud800 \x08news")
    [read] = opml.read(opml.write([feed], "\x01"), "list.opml").feeds
    assert read.title == "World news"


def test_a_list_of_another_reader_gets_outlets_by_host() -> None:
    read = opml.read(
        a_list(
            an_entry("https://www.lantern.example/rss", text="Lantern", title="The Lantern"),
            an_entry("https://feeds.bay.example/a", htmlUrl="https://bay.example/", text="Bay A"),
            an_entry("https://feeds.bay.example/b", htmlUrl="https://bay.example/", text="Bay B"),
        ),
        "list.opml",
    )
    assert [(feed.outlet, feed.outlet_name, feed.title) for feed in read.feeds] == [
        ("lantern-example", "The Lantern", "The Lantern"),
        ("bay-example", "bay.example", "Bay A"),
        ("bay-example", "bay.example", "Bay B"),
    ]
    assert {feed.outlet_kind for feed in read.feeds} == {"outlet"}
    assert {feed.interval_seconds for feed in read.feeds} == {None}


def test_a_group_of_one_host_is_the_outlet_and_a_folder_of_several_is_not() -> None:
    read = opml.read(
        a_list(
            '<outline text="News">',
            '<outline text="The Bay Bugle" language="fr">',
            an_entry("https://bay.example/a"),
            an_entry("https://bay.example/b"),
            "</outline>",
            an_entry("https://lantern.example/rss"),
            an_entry("https://quay.example/rss"),
            "</outline>",
        ),
        "list.opml",
    )
    names = {feed.url: (feed.outlet, feed.outlet_name, feed.language) for feed in read.feeds}
    assert names == {
        "https://bay.example/a": ("bay-example", "The Bay Bugle", "fr"),
        "https://bay.example/b": ("bay-example", "The Bay Bugle", "fr"),
        "https://lantern.example/rss": ("lantern-example", "lantern.example", ""),
        "https://quay.example/rss": ("quay-example", "quay.example", ""),
    }


def test_names_of_attributes_are_read_in_any_case_and_a_feed_may_hold_feeds() -> None:
    read = opml.read(
        b"<OPML><body><outline XMLURL='https://lantern.example/rss' TEXT='Lantern'>"
        b"<outline xmlurl='https://lantern.example/sport'/></outline></body></OPML>",
        "list.opml",
    )
    assert [feed.url for feed in read.feeds] == [
        "https://lantern.example/rss",
        "https://lantern.example/sport",
    ]


def test_the_same_feed_twice_is_one_feed() -> None:
    read = opml.read(a_list(an_entry(), an_entry(title="Again"), an_entry()), "list.opml")
    assert len(read.feeds) == 1
    assert (read.repeated, read.refused) == (2, ())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "names no address"),
        ("ftp://lantern.example/rss", "must begin with http"),
        ("javascript:alert(1)", "must begin with http"),
        ("feeds/rss.xml", "must begin with http"),
        ("http://[oops", "cannot be read"),
        ("http://lantern.example:99999/", "cannot be read"),
        ("https://u:p@lantern.example/", "user name or password"),
        ("https://u@lantern.example/", "user name or password"),
        ("imaps://desk:secret@mail.example/", "user name or password"),
        ("https:///rss", "no host name"),
        ("https://a..b/rss", "no host name"),
        ("file://elsewhere/srv", "names no directory"),
        ("file:srv", "names no directory"),
    ],
)
def test_a_bad_entry_is_refused_by_itself_and_its_neighbours_stay(url: str, why: str) -> None:
    read = opml.read(a_list(an_entry(url), an_entry()), "list.opml")
    assert [feed.url for feed in read.feeds] == ["https://lantern.example/rss"]
    [refused] = read.refused
    assert why in refused.why
    assert refused.url == url
    assert "secret" not in refused.why


@pytest.mark.parametrize(
    ("told", "seconds"), [("600", 600), ("1", 60), ("999999", 86_400), ("soon", None), ("-5", None)]
)
def test_an_interval_is_kept_within_reason(told: str, seconds: int | None) -> None:
    listed = a_list(f'<outline xmlUrl="https://a.example/" s:interval="{told}"/>')
    listed = listed.replace(b"<opml", f'<opml xmlns:s="{opml.OUR_NAMES}"'.encode())
    [feed] = opml.read(listed, "list.opml").feeds
    assert feed.interval_seconds == seconds


def test_a_key_or_kind_nobody_could_have_is_not_believed() -> None:
    listed = a_list('<outline xmlUrl="https://a.example/" s:key="../etc" s:kind="king"/>')
    listed = listed.replace(b"<opml", f'<opml xmlns:s="{opml.OUR_NAMES}"'.encode())
    [feed] = opml.read(listed, "list.opml").feeds
    assert (feed.outlet, feed.outlet_kind) == ("a-example", "outlet")


def test_an_address_without_letters_that_make_a_key_has_a_name_all_the_same() -> None:
    [feed] = opml.read(a_list(an_entry("file:///%%")), "list.opml").feeds
    assert (feed.outlet, feed.outlet_name) == ("unnamed", "unnamed")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Lantern.example/rss", "lantern-example"),
        ("https://bücher.example", "xn-bcher-kva-example"),
        ("file:///srv/wire/in", "srv-wire-in"),
        ("http://[oops", ""),
        ("", ""),
        ("https://a..b/", ""),
    ],
)
def test_an_outlets_key_is_made_of_its_host_or_path(url: str, key: str) -> None:
    assert opml.outlet_key(url) == key


BOMB = """<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize(
    "body",
    [
        a_list('<outline text="&b;"/>', head=BOMB),
        a_list(head='<!DOCTYPE opml SYSTEM "file:///etc/passwd" [<!ENTITY x SYSTEM "y">]>'),
        b"\xef\xbb\xbf" + a_list(head=BOMB),
        BOMB.encode("utf-16"),
        BOMB.encode("utf-16-be").join((b"\xfe\xff", b"")),
    ],
)
def test_entities_are_refused_before_anything_is_unfolded(body: bytes) -> None:
    with pytest.raises(BadInput, match="entities of its own"):
        opml.read(body, "list.opml")


@pytest.mark.parametrize("encoding", ["UTF-7", "no-such-thing", "base64"])
def test_an_encoding_nobody_should_use_changes_nothing(encoding: str) -> None:
    listed = a_list(an_entry(), head=f'<?xml version="1.0" encoding="{encoding}"?>')
    [feed] = opml.read(listed, "list.opml").feeds
    assert feed.url == "https://lantern.example/rss"


def test_what_is_hidden_in_an_encoding_is_judged_as_it_will_be_parsed() -> None:
    head = b'<?xml version="1.0" encoding="UTF-7"?>'
    with pytest.raises(BadInput, match="entities of its own"):
        opml.read(head + b'+ADwAIQ-DOCTYPE opml +AFs-<+ACE-ENTITY a "b">]>', "list.opml")


def test_lists_in_other_encodings_are_read() -> None:
    head = '<?xml version="1.0" encoding="windows-1251"?>'
    entry = an_entry(text="Наш маяк")
    listed = f"{head}<opml><body>{entry}</body></opml>".encode("windows-1251")
    assert opml.read(listed, "list.opml").feeds[0].title == "Наш маяк"
    listed = f"<opml><body>{entry}</body></opml>".encode("utf-16")
    assert opml.read(listed, "list.opml").feeds[0].title == "Наш маяк"


def test_an_external_doctype_is_harmless_and_never_fetched() -> None:
    listed = a_list(an_entry(), head='<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd">')
    assert len(opml.read(listed, "list.opml").feeds) == 1


@pytest.mark.parametrize("body", [b"", b"   ", b"<rss/>", b"<html><body/></html>", b"plain text"])
def test_what_is_no_list_is_refused_with_its_name(body: bytes) -> None:
    with pytest.raises(BadInput, match=r"list\.opml is no list of feeds"):
        opml.read(body, "list.opml")


def test_a_damaged_list_gives_what_can_be_read_and_says_so() -> None:
    body = a_list(an_entry(text="Ships & Tides"), an_entry("https://quay.example/rss"))
    read = opml.read(body, "list.opml")
    assert [feed.url for feed in read.feeds] == [
        "https://lantern.example/rss",
        "https://quay.example/rss",
    ]
    [damage] = read.refused
    assert "not well-formed (line 1)" in damage.why


@pytest.mark.parametrize(
    "inside",
    [b"<!DOCTYPE " * 300_000, b"<outline>" * 300_000, b"&" * 1_000_000, b" " * 3_000_000],
)
def test_a_list_made_to_cost_time_costs_little(inside: bytes) -> None:
    began = time.process_time()
    for body in (b"<opml>" + inside, inside + b"<opml/>"):
        try:
            assert opml.read(body, "list.opml").feeds == ()
        except BadInput:
            continue
    assert time.process_time() - began < 90  # what grew by its square would take hours


def test_of_an_outline_with_attributes_without_end_the_first_are_read() -> None:
    many = " ".join(f'a{n}=""' for n in range(opml.MOST_ATTRIBUTES - 1))
    body = f"""<opml><body>
        <outline xmlUrl="https://lantern.example/rss" {many} title="The Lantern"/>
        <outline {many} xmlUrl="https://quay.example/rss" title="Not read"/>
        <outline {many} a="" xmlUrl="https://pier.example/rss"/>
        </body></opml>"""
    read = opml.read(body.encode(), "list.opml")
    assert [(feed.url, feed.title) for feed in read.feeds] == [
        ("https://lantern.example/rss", ""),
        ("https://quay.example/rss", ""),
    ]
    assert read.refused == ()


def test_a_list_without_end_is_cut_and_that_is_told() -> None:
    entries = (an_entry(f"https://a{number}.example/") for number in range(opml.MOST_ENTRIES + 2))
    read = opml.read(a_list(*entries), "list.opml")
    assert len(read.feeds) == opml.MOST_ENTRIES
    assert "more than 10000 entries" in read.refused[0].why


def test_a_feed_listed_twice_with_its_host_in_other_letters_is_one() -> None:
    outlines = [
        f'<outline type="rss" xmlUrl="{url}"/>'
        for url in ("HTTPS://Wire.Example/A.xml", "https://wire.example/A.xml")
    ]
    (feed,) = opml.read(a_list(*outlines), "list.opml").feeds
    assert feed.url == "https://wire.example/A.xml"
