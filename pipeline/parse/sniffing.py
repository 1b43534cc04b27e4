"""What a document is, by its first bytes: which format, or that it is none."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass

_HEAD_BYTES = 65_536
# Longest marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_PROLOG = re.compile(
    r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+>)*+", re.DOTALL | re.IGNORECASE
)
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_FEED_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_BEFORE_A_MESSAGE = 16  # line ends and signs of synchronisation
_ANPA = re.compile(r"[\s\x00\x16]*\x01\s*[A-Za-z]{1,3}\d{3,6}\x1f")
_PAGE = re.compile(r"<(?:!doctype\s+)?html", re.IGNORECASE)
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org')
_NINJS = re.compile(r'"uri"\s*:|"name"\s*:\s*"ninjs"', re.IGNORECASE)
# A document type named after its format may declare things: what it is shows all the same.
_NAMED_TYPE = re.compile(r"<!DOCTYPE\s+([\w.-]+)", re.IGNORECASE)
_ROOTS = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), "feed"),
    **dict.fromkeys(("html", "head", "body"), "html"),
    **dict.fromkeys(("urlset", "sitemapindex"), "sitemap"),
    **dict.fromkeys(
        [
            "newsmessage",
            "newsitem",
            "packageitem",
            "conceptitem",
            "knowledgeitem",
            "planningitem",
            "catalogitem",
            "catalog",
        ],
        "newsml-g2",
    ),
    "newsml": "newsml1",
    "nitf": "nitf",
    "opml": "opml",
}
# A page may be cut down to a piece of one, as error pages often are.
_PIECES_OF_A_PAGE = frozenset(
    ("b", "br", "center", "div", "h1", "h2", "iframe", "meta", "p", "pre", "script", "title"),
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the head of a document shows."""

    format: str  # feed, html, jsonfeed, ...; json for other JSON, unknown for anything else
    prolog: str  # what stands before the format's first element
    root: str  # the name of the document's first element; '' if it opens with none
    codec: str | None  # where the first bytes show it


def sniff(body: bytes) -> Sniffed:
    """Return what `body` is. Only its head is read; no name or header is believed."""
    codec = next((codec for mark, codec in _MARKS if body.startswith(mark)), None)
    # Latin-1 gives every byte a character, and what is looked for is ASCII.
    text = body[:_HEAD_BYTES].decode(codec or "latin-1", "replace").removeprefix("\ufeff")
    start, root = _first_element(text)
    known = _ROOTS.get(root.lower())
    if known is not None:
        return Sniffed(known, text[:start], root, codec)
    # A warning printed by the publisher's own software may stand before its feed.
    feed = _FEED_ELEMENT.search(text, start)
    if feed is not None and not _PAGE.search(text, start, feed.start()):
        return Sniffed("feed", text[: feed.start()], root, codec)
    return Sniffed(_unmarked(text, start, root), text[:start], root, codec)


def _first_element(text: str) -> tuple[int, str]:
    """Return where a text's first element starts, and its name; '' where none comes first."""
    opening = _PROLOG.match(text)
    start = opening.end() if opening else 0
    element = _ELEMENT.match(text, start)
    if element is None and (named := _NAMED_TYPE.match(text, start)):
        name = re.escape(named[1])
        element = re.compile(rf"<(?:[\w.-]+:)?({name})(?=[\s/>])").search(text, named.end())
        start = element.start() if element else start
    return start, element.group(1) if element else ""


def without_prolog(text: str) -> str:
    """Return a document from its first element on: without declarations, and whatever they do."""
    start, root = _first_element(text)
    return text[start:] if root else text


def _unmarked(text: str, start: int, root: str) -> str:
    """Return what a document is in which no known element comes first."""
    if text[start : start + 1] in ("{", "["):
        if _JSON_FEED.search(text):
            return "jsonfeed"
        return "ninjs" if _NINJS.search(text) else "json"
    if root.lower() in _PIECES_OF_A_PAGE or _PAGE.search(text):
        return "html"
    if "\x01" in text[:_BEFORE_A_MESSAGE] and ("\x02" in text or "\x03" in text):
        return "anpa" if _ANPA.match(text) else "iptc7901"
    return "gzip" if text.startswith("\x1f\x8b") else "unknown"


_OWN_ENTITIES = re.compile(r"<!ENTITY|<!DOCTYPE[^>\[]*\[", re.IGNORECASE)


def brings_entities(sniffed: Sniffed) -> bool:
    """Return whether a document declares entities: kilobytes that may unfold to gigabytes."""
    return _OWN_ENTITIES.search(sniffed.prolog) is not None


_UNFOLDING = re.compile(r"<!ENTITY(?!\s+%)", re.IGNORECASE)


def brings_unfolding(sniffed: Sniffed) -> bool:
    """Return whether a wire's document declares what its text may unfold to.

    What only names further parts of its DTD, as NewsML 1 has it, is cut out and never read.
    """
    return _UNFOLDING.search(sniffed.prolog) is not None


_DECLARED = re.compile(r"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)[\"']")
_PROBE = rb'<!DOCTYPE a [<!ENTITY b "+AC0-\u0041~{">]>'


def media_type(header: str) -> tuple[str, str]:
    """Return the media type and the charset that a Content-Type names, '' for none."""
    media, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media.strip(), value.strip().strip("\"'")
    return media.strip(), ""


def encoding(sniffed: Sniffed, content_type: str) -> str:
    """Return the encoding that a document's bytes should have, by its codec's name in Python.

    As feedparser weighs it: what the first bytes show, the server's word, the document's own,
    else UTF-8. What nobody knows and what cannot be true is passed over.
    """
    if sniffed.codec:
        return sniffed.codec
    for named in (media_type(content_type)[1], declared_encoding(sniffed) or ""):
        with suppress(LookupError, ValueError):
            if named and reads_ascii_as_ascii(named):
                b" ".decode(named)  # "hex" is a codec too, but none of text
                found = codecs.lookup(named).name
                return "gb18030" if found == "gb2312" else found
    return "utf-8"


def declared_encoding(sniffed: Sniffed) -> str | None:
    """Return the encoding an XML declaration names, or None."""
    declared = _DECLARED.search(sniffed.prolog)
    return declared.group(1) if declared else None


def reads_ascii_as_ascii(encoding: str) -> bool:
    """Return whether what was read of a head stays true in `encoding`.

    It does not in UTF-7, say, which could smuggle a declaration past the look at the head. Unknown
    names are true: nobody will decode with them.
    """
    try:
        return _PROBE.decode(encoding) == _PROBE.decode("ascii")
    except LookupError:
        return True
    except (UnicodeError, ValueError):
        return False
