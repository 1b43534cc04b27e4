"""Bytes to entries: what of a document is new, what it is, and what stands in it."""

from pipeline.errors import BadInput, UnreadableFeed
from pipeline.parse import (
    anpa,
    feeds,
    iptc7901,
    jsonfeed,
    newsml1,
    newsml_g2,
    ninjs,
    nitf,
    sitemap,
)
from pipeline.parse.slicing import gate, is_torn
from pipeline.parse.sniffing import Sniffed, brings_entities, brings_unfolding, sniff
from pipeline.records import Answer, Custom, Document

__all__ = ["gate", "is_torn", "parse"]

# The formats we read, and what they are called.
_NAMES = {
    "feed": "RSS or Atom",
    "jsonfeed": "JSON Feed",
    "sitemap": "a sitemap",
    "nitf": "NITF",
    "ninjs": "ninjs",
    "newsml-g2": "NewsML-G2",
    "newsml1": "NewsML 1",
    "iptc7901": "IPTC 7901",
    "anpa": "ANPA 1312",
}


_NO_CUSTOM = Custom()
_WIRES = {
    "anpa": anpa.read,
    "iptc7901": iptc7901.read,
    "newsml-g2": newsml_g2.read,
    "newsml1": newsml1.read,
    "nitf": nitf.read,
    "ninjs": ninjs.read,
}


def parse(
    answer: Answer,
    *,
    format: str = "auto",  # noqa: A002 - the console's word
    custom: Custom = _NO_CUSTOM,
) -> Document:
    """Return the document in an answer's body. `format` says what it is where sniffing errs.

    `custom` says what its source does where the formats of wires leave it open.

    A sitemap of pages without headlines is no feed, unless `format` asks for it by name: then its
    entries are addresses only, for filling a gap. A sitemap index has no entries but `more`.

    Raises UnreadableFeed, with the state for `feeds list`, where no document can be had from it;
    BadInput for a format nobody knows.
    """
    if format != "auto" and format not in _NAMES:
        raise BadInput(f"{format!r} is no format: write auto or one of {', '.join(_NAMES)}")
    if not answer.body.strip():
        raise UnreadableFeed(answer.url, "the source returned nothing at all", state="empty")
    sniffed = sniff(answer.body)
    kind = sniffed.format if format == "auto" else format
    if kind == "jsonfeed":
        return jsonfeed.read(answer, sniffed)
    if kind not in ("feed", "sitemap", *_WIRES):
        why, state = _refusal(kind, sniffed, answer.body)
        raise UnreadableFeed(answer.url, why, state=state)
    declares = brings_unfolding if kind in _WIRES else brings_entities
    if declares(sniffed):
        raise UnreadableFeed(
            answer.url,
            "it declares entities of its own, which may unfold without end; it was not read."
            " Ask the publisher for a feed without a DOCTYPE",
        )
    if kind in _WIRES:
        return _WIRES[kind](answer, sniffed, custom)
    if kind == "sitemap":
        return sitemap.read(answer, sniffed, as_feed=format == "auto")
    return feeds.read(answer, sniffed)


def _refusal(kind: str, sniffed: Sniffed, body: bytes) -> tuple[str, str]:
    """Return why a document of this kind is not read, and its feed's state."""
    if kind == "html":
        return "the source returned a web page instead of a feed; look for a new address", "html"
    if kind == "opml":
        why = "this is a list of feeds (OPML), not a feed: import it instead"
    elif kind == "gzip":
        why = "the source returned compressed bytes without saying so"
    elif kind == "json":
        why = "this is JSON, but not of a kind that carries news"
    elif sniffed.root:
        why = f"this is no feed: its first element is <{sniffed.root}>"
    else:
        start = body.lstrip()[:40].decode("ascii", "replace")
        why = f"this is no feed: it begins with {start!r}"
    return why, "parse_error"
