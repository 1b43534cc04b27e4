"""What must hold of any bytes and any text on the way from answer to story."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.cluster import Open
from pipeline.dedupe import carried_over, keys, version_kind
from pipeline.errors import UnreadableFeed
from pipeline.normalise import canonical_url, normalise
from pipeline.parse import gate, parse
from pipeline.parse.slicing import sliced
from pipeline.records import Entry, Memory, Story
from pipeline.text import (
    content_words,
    fold,
    fold_with_offsets,
    original_span,
    sentences,
    storable,
    words,
)
from tests.builders import FEED_URL, NOW, a_story, an_answer

any_text = st.text(st.characters(codec=None), max_size=80)
MARKUP = (
    "<b>|</b>|<p>|<script>|</script>|&amp;|&lt;|&#0;|<a href='x'>|<|\"|]]>|<![CDATA[|<!--|-->|x"
    "| |\x00|\ud800|é|会|&nbsp;|<div>|</i>|\n"
)
markup = st.lists(st.sampled_from(MARKUP.split("|")), max_size=25).map("".join)
FEED = (
    b"<item>|</item>|<item/>|<entry>|</entry>|<title>|</title>|a & b|<link>https://w.example/|</link>"
    b"|<guid>g</guid>|<![CDATA[|]]>|<!--|-->|\xff|&#99999999;|\x00"
    b"|<pubDate>Fri, 31 May 2024 09:30:00 GMT</pubDate>"
)
feed_pieces = st.lists(st.sampled_from(FEED.split(b"|")), max_size=20).map(b"".join)
quickly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def is_storable(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(is_storable, value))
    return not isinstance(value, str) or storable(value) == value


@quickly
@given(
    st.binary(max_size=200) | feed_pieces.map(lambda b: b"<rss><channel>" + b + b"</channel></rss>")
)
def test_any_bytes_are_a_document_or_a_refusal_in_words(body: bytes) -> None:
    try:
        document = parse(an_answer(body))
    except UnreadableFeed:
        return
    positions = [e.position for e in document.entries] + [r.position for r in document.refused]
    assert len(set(positions)) == len(positions)
    assert all(one.raw and one.reason for one in document.refused)
    assert all(is_storable(getattr(e, f.name)) for e in document.entries for f in fields(Entry))


@quickly
@given(st.lists(feed_pieces, max_size=6), feed_pieces)
def test_a_sliced_document_is_made_of_its_own_bytes(items: list[bytes], between: bytes) -> None:
    inside = between.join(b"<item>" + item + b"</item>" for item in items)
    body = b"<rss><channel>" + inside + b"</channel></rss>"
    cut = sliced(body)
    if cut is None:
        return
    at = len(cut.header)
    assert body.startswith(cut.header)
    for item in cut.items:
        at = body.index(item, at) + len(item)
    assert body.endswith(cut.torn or cut.trailer)


PIECES = (
    "<description>&lt;b&gt;x</description>|<description><![CDATA[<item>]]></description>"
    "|<!-- <item> -->|<e:entry><e:item/></e:entry>|<title>A & B</title>|<title>C</title>|<x>"
    "|<content:encoded><![CDATA[<p>y</p>]]></content:encoded>|<category>z</category>"
    "|<dc:creator>Ann Ode</dc:creator>|<link>https://w.example/one</link>|<guid>one</guid>"
    "|<description xml:base='https://b.example/'>q</description>|<?i <item> ?>|\xff"
)
inside = st.lists(st.sampled_from(PIECES.split("|")), max_size=5).map("".join)


@quickly
@given(
    st.lists(st.tuples(inside, st.booleans()), min_size=1, max_size=6),
    st.sampled_from(("", "\n", "<!-- between </item> -->")),
    st.sampled_from(("utf-8", "latin-1", "utf-16")),
)
def test_a_document_without_its_known_items_gives_what_the_whole_one_gives(
    given_items: list[tuple[str, bool]], between: str, encoding: str
) -> None:
    items = [
        f"<item><guid>g{n}</guid><title>Story {n}</title>{text}</item>"
        for n, (text, _) in enumerate(given_items)
    ]
    head = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" xmlns:e="urn:example:e"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>W</title>'
    )
    body = (head + between.join(items) + "</channel></rss>").encode(encoding)
    first = gate(body, {}, None)
    known = {one for one, (_, is_known) in zip(first.hashes, given_items, strict=False) if is_known}
    cut = gate(body, {}, Memory(first.frame, frozenset(known)))
    assert cut.hashes == first.hashes
    assert cut.known <= len(known)
    whole = [replace(entry, position=0) for entry in parse(an_answer(body)).entries]
    part = [replace(entry, position=0) for entry in parse(an_answer(cut.body)).entries]
    assert [entry for entry in whole if entry in part] == part
    assert len(part) >= len(whole) - cut.known


@quickly
@given(st.binary(max_size=200) | feed_pieces)
def test_any_bytes_pass_the_gate_and_none_is_lost_there(body: bytes) -> None:
    body = b"<rss><channel>" + body + b"</channel></rss>"
    first = gate(body, {}, None)
    assert first.body == body
    again = gate(body, {}, Memory(first.frame, frozenset(first.hashes)))
    assert again.known == len(first.hashes) == len(again.hashes)
    assert len(again.body) <= len(body)


@quickly
@given(st.lists(st.tuples(any_text, st.integers(0, 9)), max_size=8))
def test_well_formed_items_all_arrive_and_none_is_the_poorer_for_a_broken_sibling(
    given_items: list[tuple[str, int]],
) -> None:
    items = [
        f"<item><title>{escape(storable(text))}</title><guid>g{place}</guid>"
        f"<link>https://w.example/{number}</link></item>"
        for place, (text, number) in enumerate(given_items)
    ]
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>W</title>'
    good = parse(an_answer(head + "".join(items) + "</channel></rss>"))
    broken = "<item><title>a & b</title><guid>broken</guid></item>"
    beside = parse(an_answer(head + broken + "".join(items) + "</channel></rss>"))
    found = [(e.guid, e.title, e.url) for e in beside.entries if e.guid != "broken"]
    assert found == [(e.guid, e.title, e.url) for e in good.entries]
    assert {e.url for e in good.entries} == {f"https://w.example/{n}" for _, n in given_items}


@quickly
@given(any_text | markup, any_text | markup, any_text, any_text)
def test_any_entry_becomes_a_story_that_can_be_stored_and_compared(
    title: str, body: str, url: str, guid: str
) -> None:
    entry = Entry(
        position=0,
        title=title,
        summary=body,
        content=body,
        url=url,
        guid=guid,
        base_url=url,
        byline=title,
        published_raw=guid,
        published=datetime(2030, 1, 1, tzinfo=UTC),
    )
    story = normalise(entry, feed_url=FEED_URL, outlet="w", now=NOW)
    assert all(is_storable(getattr(story, field.name)) for field in fields(Story))
    assert "<script" not in story.html
    assert "\n" not in story.title
    assert story.published == NOW
    assert keys(story) == keys(story)
    assert version_kind(story, story) is None
    assert carried_over(story, story) == story
    version_kind(a_story(), story)
    board = Open()
    placed = board.place(story.title, story.text, NOW)
    assert placed.weighed is not None
    board.add(1, 1, placed.weighed, title=story.title, at=NOW)
    board.place(story.title, story.text, NOW)


@quickly
@given(st.from_regex(r"https?://[a-zA-Z0-9.-]{1,20}(:[0-9]{1,4})?/[ -~é]{0,40}", fullmatch=True))
def test_a_canonical_link_is_its_own_canonical_link(url: str) -> None:
    entry = Entry(position=0, url=url)
    once = normalise(entry, feed_url=FEED_URL, outlet="w", now=NOW).canonical_url
    if once is not None:
        assert canonical_url(once, feed_url=FEED_URL) == once
        marked = once + ("&" if "?" in once else "?") + "utm_source=x&fbclid=y"
        if "#" not in once:
            assert canonical_url(marked, feed_url=FEED_URL) == once


@quickly
@given(any_text)
def test_folding_is_stable_and_its_offsets_are_sound(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text) == fold(folded)
    assert len(offsets) == len(folded) + 1
    assert all(0 <= a <= b <= len(text) for a, b in pairwise(offsets))
    for at in range(len(folded)):
        start, end = original_span(offsets, at, at + 1)
        assert start < end
    assert words(folded) == words(text)
    assert all(word == fold(word) for word in content_words(text))


@quickly
@given(any_text)
def test_sentences_follow_one_another_and_lose_nothing_but_blanks(text: str) -> None:
    at = 0
    for start, end in sentences(text):
        assert text[at:start].strip() == ""
        assert text[start:end] == text[start:end].strip() != ""
        at = end
    assert text[at:].strip() == ""


def test_damaged_documents_are_read_or_refused() -> None:
    """A few hundred of those that `bench` makes, of recorded feeds where there are any."""
    program = [sys.executable, "-m", "bench.mutated", "300"]
    root = Path(__file__).parent.parent.parent
    told = subprocess.run(program, cwd=root, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "300 damaged documents" in told.stdout
