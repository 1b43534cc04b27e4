"""What must hold of any bytes in any wire format: items or words, soon, and nothing else opened."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Document
from pipeline.text import storable
from tests.builders import NOW, an_answer

FORMATS = ("newsml-g2", "newsml1", "nitf", "ninjs", "iptc7901", "anpa", "auto")
WIRES = Path(__file__).parent.parent / "wires"
SAMPLES = [path.read_bytes() for path in sorted(WIRES.iterdir()) if path.suffix not in (".py", "")]
quickly = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
K = 1_000
MOST_SECONDS = 60.0  # of computing: what grew by its square would take longer, on any machine


def read(body: bytes, name: str) -> Document | None:
    """The document, with every item made a story; None where it is refused in words."""
    try:
        document = parse(an_answer(body), format=name)
    except UnreadableFeed as refusal:
        in_words(refusal)
        return None
    for entry in (*document.entries, *document.beside):
        story = normalise(entry, feed_url="https://wire.example/", outlet="bell", now=NOW)
        for text in (story.title, story.text, story.html, story.byline, *story.problems):
            assert storable(text) == text
        assert "<script" not in story.html
    for refused in document.refused:
        assert refused.reason
    return document


def in_words(refusal: UnreadableFeed) -> None:
    """A refusal says why."""
    assert refusal.why


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of the invented documents with pieces cut out, doubled and mixed up."""
    body = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 80)))
        piece = draw(st.binary(max_size=12) | st.just(body[start:end] * 2))
        body = body[:start] + piece + body[end:]
    return body


@quickly
@given(st.binary(max_size=300) | damaged(), st.sampled_from(FORMATS))
def test_any_bytes_are_items_or_a_refusal_in_words(body: bytes, name: str) -> None:
    read(body, name)


_NAMES = st.sampled_from(
    """
    uri headline headlines bodies value role body_html body_text subject scheme code version
    versioncreated embargoed pubstatus signal associations altids type urgency standard $standard
    """.split(),  # noqa: SIM905  # plainer than quoted names
) | st.text(max_size=5)


@quickly
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inside: st.lists(inside, max_size=4) | st.dictionaries(_NAMES, inside, max_size=5),
        max_leaves=12,
    )
)
def test_any_json_is_items_or_a_refusal_in_words(value: object) -> None:
    read(json.dumps({"uri": "urn:x", "headline": "x", "any": value}).encode(), "ninjs")
    if isinstance(value, dict):
        read(json.dumps({"uri": "urn:x"} | value).encode(), "ninjs")


_LONG = {
    "deep": ("nitf", b"<nitf><body><body.content>" + b"<p>" * 33_000),
    "closed": (
        "nitf",
        b"<nitf><body><body.content>" + b"<em>x</em>" * 10_000 + b"</body.content></body></nitf>",
    ),
    "attributes": ("nitf", b"<nitf " + b" ".join(b'a%d="x"' % n for n in range(9_000)) + b"/>"),
    "spaces": ("nitf", b"<nitf><head>" + b" \n" * 50_000 + b"</head></nitf>"),
    "quotes": ("newsml-g2", b'<newsMessage x="' + b"'<newsItem a=\"" * 8_000),
    "items": ("newsml-g2", b"<newsMessage><itemSet>" + b"<newsItem>&" * 9_000),
    "comments": ("newsml-g2", b"<newsMessage><itemSet>" + b"<!-- " * 20_000),
    "cdata": ("newsml1", b"<NewsML>" + b"<![CDATA[" * 11_000),
    "revisions": ("newsml1", b"<NewsML>" + b"<NewsItem>" * 10_000),
    "doctypes": ("nitf", b"<!DOCTYPE nitf " * 6_000),
    "brackets": ("ninjs", b'{"uri":"x","a":' + b"[" * 100_000),
    "objects": ("ninjs", b'{"uri":"x","a":[' + b'{"a":1},' * 12_000 + b"1]}"),
    "headlines": ("ninjs", b'{"uri":"x","headline":"' + b"UPDATE 1-" * 11_000 + b'"}'),
    "starts": ("iptc7901", b"\x01bel1 1 a\x02" * 9_000),
    "lines": ("iptc7901", b"\x01bel0123 4 pl\x02" + b"\r\n  x" * 20_000 + b"\x03"),
    "headers": ("anpa", b"\x16\x16\x01a0451\x1f\x02" + b"^x<\r\n" * 20_000 + b"\x03"),
    "codes": ("anpa", b"\x16\x16\x01a0451\x1f\nr i x" + b" a" * 45_000 + b"\x02x\x03"),
    "code": ("anpa", b"\x16\x16\x01a0451\x1f\nr i x" + b" " * 90_000 + b"\x02x\x03"),
    "slugs": ("iptc7901", b"\x01bel0123 4 pl\x02" + b"KILL/" * 19_000 + b"\x03"),
    "trailers": ("iptc7901", b"\x01bel0123 4 pl\x02x\x03" + b"310930 M" * 12_000),
    "kills": (
        "iptc7901",
        b"\x01bel0123 4 pl\x02Slug\r\nKILL\r\n\r\n" + b"kill " * 20_000 + b"\x03",
    ),
    "blanks": ("iptc7901", b"\x01bel0123 4 pl" + b" " * 100_000 + b"\x02x\x03"),
}


@pytest.mark.parametrize("name", _LONG)
def test_a_hundred_kilobytes_are_read_or_refused_soon(name: str) -> None:
    format_, body = _LONG[name]
    began = time.process_time()
    read(body[: 100 * K], format_)
    assert time.process_time() - began < MOST_SECONDS


class _Counting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the library's word
        """Count whoever comes."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # ours, set below
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Counting)
    asked: list[str] = []
    server.asked = asked  # type: ignore[attr-defined]  # a place to write down who came
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


_ROOTS = {
    "nitf": "<nitf>{}<body><body.head><hedline><hl1>x &e;</hl1></hedline></body.head></body></nitf>",
    "newsml-g2": '<newsItem guid="x &e;">{}<itemMeta/><contentMeta><headline>x &e;</headline></contentMeta></newsItem>',
    "newsml1": "<NewsML>{}<NewsItem><Identification><NewsIdentifier><ProviderId>x &e;</ProviderId></NewsIdentifier><NameLabel>&e;</NameLabel></Identification></NewsItem></NewsML>",
}
_TYPES = {"nitf": "nitf", "newsml-g2": "newsItem", "newsml1": "NewsML"}


@pytest.mark.parametrize("name", _ROOTS)
@pytest.mark.parametrize(
    "subset",
    [
        '<!DOCTYPE {root} SYSTEM "{url}/external.dtd">',
        '<!DOCTYPE {root} PUBLIC "-//X//X//EN" "{url}/external.dtd" []>',
        '<!DOCTYPE {root} [<!ENTITY e SYSTEM "{file}">]>',
        '<!DOCTYPE {root} [<!ENTITY e SYSTEM "{url}/entity">]>',
        '<!DOCTYPE {root} [<!ENTITY % p SYSTEM "{url}/parameter"> %p;]>',
        '<!DOCTYPE {root} [<!ENTITY % p SYSTEM "{file}"> %p;]>',
        "<!DOCTYPE {root} [<!ENTITY % p \"<!ENTITY e SYSTEM '{file}'>\"> %p;]>",
        '<!DOCTYPE x SYSTEM "{url}/wrong-name.dtd">',
        '<?xml-stylesheet href="{url}/style.xsl"?>',
        '<!DOCTYPE {root} [<!NOTATION n SYSTEM "{url}/notation">]>',
    ],
)
def test_nothing_outside_a_document_is_read_or_opened(
    name: str, subset: str, tmp_path: Path, listening: tuple[str, list[str]]
) -> None:
    url, asked = listening
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words")
    inside = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    head = subset.format(root=_TYPES[name], url=url, file=secret.as_uri())
    for format_ in (name, "auto"):
        document = read((head + _ROOTS[name].format(inside)).encode(), format_)
        assert "the secret words" not in repr(document)
    assert asked == []


@pytest.mark.parametrize("name", _ROOTS)
def test_entities_that_unfold_are_refused_before_anything_is_read(name: str) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE {_TYPES[name]} [<!ENTITY e0 "x">{levels}<!ENTITY e "&e11;">]>'
    began = time.process_time()
    with pytest.raises(UnreadableFeed, match="declares entities of its own"):
        parse(an_answer(head + _ROOTS[name].format("")))
    assert time.process_time() - began < MOST_SECONDS
