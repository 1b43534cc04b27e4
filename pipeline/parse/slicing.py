"""Where a document's items stand in its bytes, found without reading them, and which are new."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from pipeline.parse.sniffing import Sniffed, brings_entities, encoding, sniff
from pipeline.records import Gated, Memory

# Part of every frame: another number, and all that is remembered is forgotten once.
_METHOD = b"1"
_HASH_BYTES = 16
_MOST_HASHED = 50_000  # as many as a sitemap may have


class Known(NamedTuple):
    """One element that slicing looks for."""

    name: bytes
    start: int
    end: int


def _tokens(names: bytes) -> re.Pattern[bytes]:
    """What may hold a tag that is none, or the beginning of a start or end tag of `names`."""
    return re.compile(rb"<(?:!\[CDATA\[|!--|\?|(/?)((?:[\w.-]++:)?(?i:" + names + rb"))(?=[\s/>]))")


# A tombstone (RFC 6721) is an item to the gate: known once it was read, and never hidden before.
_IN_A_FEED = _tokens(b"item|entry|deleted-entry")
_IN_A_SITEMAP = _tokens(b"url")
_CLOSED_BY = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_REST_OF_TAG = re.compile(rb"(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")


class _Spans(NamedTuple):
    """Where items stand; `open_at` is where one starts that never ends, `read_to` how far it is."""

    closed: Sequence[Known]
    open_at: int | None = None
    read_to: int = 0


def _spans(body: bytes, token: re.Pattern[bytes]) -> _Spans | None:
    """Return where items start and end; None where their tags do not pair."""
    closed: list[Known] = []
    depth = open_at = at = 0
    outermost = b""
    while found := token.search(body, at):
        slash, name = found.groups()
        at = found.end()
        if name is None:
            mark = _CLOSED_BY[found.group()]
            end = body.find(mark, at)
            at = len(body) if end < 0 else end + len(mark)  # left open, it swallows the rest
            continue
        if depth == 0:
            open_at, outermost = found.start(), name
        rest = _REST_OF_TAG.match(body, at)
        if rest is None:
            is_torn = depth <= 1 and depth == len(slash) and body.find(b"<", at) < 0
            return _Spans(closed, open_at, len(body)) if is_torn else None
        at = rest.end()
        if slash:
            depth -= 1
        elif body[at - 2 : at - 1] != b"/":
            depth += 1
        if depth < 0 or (depth == 0 and name != outermost):
            return None
        if depth == 0:
            closed.append(Known(name, open_at, at))
    if depth > 1:
        return None
    return _Spans(closed, open_at if depth else None, at)


_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ROOT = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sliced:
    """A document cut at its items."""

    header: bytes
    items: tuple[bytes, ...]
    trailer: bytes
    between: bytes = b""  # what stands between the items
    torn: bytes = b""  # the last item where the document ends inside it

    def around(self, items: Iterable[bytes], *, between: bool = False) -> bytes:
        """Return the document with only `items` in it, and what stood between if wanted."""
        return self.header + b"".join(items) + (self.between if between else b"") + self.trailer


def sliced(body: bytes) -> Sliced | None:
    """Return `body` cut at its items, or None where that is not sure or there are none."""
    root = _ROOT.search(body)
    found = _spans(body, _IN_A_FEED)
    if root is None or found is None or b"\0" in body[:4]:
        return None  # the last: UTF-16 or wider, in which a tag is not what it seems
    spans = [one for one in found.closed if not _is_tombstone(one.name)]
    items = tuple(body[one.start : one.end] for one in spans)
    between = b"".join(body[one.end : two.start] for one, two in pairwise(spans))
    if found.open_at is None:
        if not spans:
            return None
        return Sliced(body[: spans[0].start], items, body[spans[-1].end :], between)
    name = root[1]
    if re.search(rb"</" + re.escape(name) + rb"\s*>", body[found.read_to :]):
        return None  # not torn: an end tag is missing somewhere
    closing = b"</channel></" + name + b">" if name.lower() == b"rss" else b"</" + name + b">"
    start = spans[0].start if spans else found.open_at
    return Sliced(body[:start], items, closing, between, body[found.open_at :])


def _is_tombstone(name: bytes) -> bool:
    return name.lower().endswith(b"deleted-entry")


def is_torn(body: bytes) -> bool:
    """Return whether an XML document ends before its end tag; no page and no JSON is torn."""
    return _is_torn(sniff(body), body)


def _is_torn(sniffed: Sniffed, body: bytes) -> bool:
    if sniffed.format != "feed" and (sniffed.format == "html" or not sniffed.root):
        return False
    letters = body.replace(b"\0", b"") if b"\0" in body else body  # of UTF-16 and UTF-32 too
    if sniffed.format == "feed":
        return _END.search(letters) is None
    end = rb"</(?:[\w.-]+:)?" + re.escape(sniffed.root.encode("utf-8")) + rb"[\s>]"
    return re.search(end, letters, re.IGNORECASE) is None


def gate(body: bytes, headers: Mapping[str, str], memory: Memory | None) -> Gated:
    """Return what of a document was not read before: the document without its known items.

    Nothing is cut where that is not sure, and `why_whole` says why; then `frame` is '' and there
    is nothing to remember. Where the frame is another than the remembered one, all is new.
    `headers` are the answer's, names in lower case. Items are known by their very bytes.
    """
    sniffed = sniff(body)
    why = _why_not(sniffed, body, headers)
    tokens = _IN_A_SITEMAP if _is_sitemap(sniffed) else _IN_A_FEED
    found = None if why else _spans(body, tokens)
    why = why or _why_unsure(found)
    torn = _is_torn(sniffed, body)
    if found is None or why:
        return Gated(body=body, frame="", why_whole=why, is_torn=torn)
    spans = found.closed
    hashes = tuple(_hash(body[one.start : one.end]) for one in spans)
    frame = _frame(body, spans, sniffed, headers)
    if memory is None or memory.frame != frame:
        return Gated(body=body, frame=frame, hashes=hashes, is_torn=torn)
    is_new = [digest not in memory.items for digest in hashes]
    if any(is_new) and not all(is_new):
        is_new = _with_relatives([body[one.start : one.end] for one in spans], is_new)
    pieces: list[bytes] = []
    at = 0
    for one, stays in zip(spans, is_new, strict=True):
        if not stays:
            pieces.append(body[at : one.start])
            at = one.end
    pieces.append(body[at:])
    return Gated(
        body=b"".join(pieces),
        frame=frame,
        hashes=hashes,
        known=is_new.count(False),
        is_torn=torn,
    )


_NAMED = re.compile(
    rb"<(?:[\w.-]++:)?(?i:(item)|guid|id|link|origlink|loc)(?=[\s>])([^<>]*+)>\s*+"
    rb"(?:<!\[CDATA\[\s*+)?([^<\]\s#]*+)"
)
_ATTRIBUTE = re.compile(rb"(?:href|rdf:about)\s*=\s*[\"']([^\"'#]*+)")
_ELSEWHERE = re.compile(rb"\srel\s*=\s*[\"'](?!alternate)")  # the item's comments, its edits ...


def _with_relatives(items: Sequence[bytes], is_new: Sequence[bool]) -> list[bool]:
    """Return which items stay: the new ones, and any that share an id or a link with one that does.

    What different items of a document share identifies none of them, and an item printed twice
    counts once: neither could be told if the other one were cut out.
    """
    marks = [_marks(raw) for raw in items]
    bearers: dict[bytes, list[int]] = {}
    for at, found in enumerate(marks):
        for mark in found:
            bearers.setdefault(mark, []).append(at)
    stays = list(is_new)
    to_follow = [at for at, stay in enumerate(stays) if stay]
    while to_follow:
        for mark in marks[to_follow.pop()]:
            for at in bearers.pop(mark, ()):
                if not stays[at]:
                    stays[at] = True
                    to_follow.append(at)
    return stays


def _marks(raw: bytes) -> set[bytes]:
    """Return what may be an item's id or link, as written."""
    start, end = raw.find(b"<source>"), raw.rfind(b"</source>")
    if 0 <= start < end:
        raw = raw[:start] + raw[end:]  # of Atom: it has the ids of another feed
    found = set()
    for is_item, attributes, text in _NAMED.findall(raw):
        if not is_item:
            found.add(text)
        if attributes and not _ELSEWHERE.search(attributes):
            found.update(_ATTRIBUTE.findall(attributes))
    return found - {b""}


def _is_sitemap(sniffed: Sniffed) -> bool:
    return sniffed.root.lower() == "urlset"


def _why_not(sniffed: Sniffed, body: bytes, headers: Mapping[str, str]) -> str:
    """Return why a document cannot be cut, '' if it can."""
    if sniffed.codec and sniffed.codec != "utf-8":
        return f"it is written as {sniffed.codec.upper()}"
    if sniffed.format != "feed" and not _is_sitemap(sniffed):
        return "its format is read whole"
    if b"\0" in body:
        return "there are NULs in it"
    if brings_entities(sniffed):
        return "it declares entities of its own"
    named = encoding(sniffed, headers.get("content-type", ""))
    return "" if is_written_in(body, named) else f"its bytes are not all {named}"


def _why_unsure(found: _Spans | None) -> str:
    """Return why it is not sure what its items are, '' if it is."""
    if found is None:
        return "the tags of its items do not pair"
    if found.open_at is not None:
        return "it breaks off inside an item"
    if not found.closed:
        return "it has no items"
    return f"it has more than {_MOST_HASHED:,} items" if len(found.closed) > _MOST_HASHED else ""


def is_written_in(body: bytes, codec: str) -> bool:
    """Return whether bytes are text in `codec`, and a tag in it exactly where one seems to be."""
    if codec == "utf-8" and body.isascii():
        return True
    try:
        text = body.decode(codec)
    except (UnicodeError, ValueError):
        return False
    # In some of East Asia's encodings a letter's second byte may look like a bracket.
    return codec == "utf-8" or all(
        text.count(mark.decode()) == body.count(mark) for mark in (b"<", b">", b"]]>")
    )


def _hash(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=_HASH_BYTES).digest()


_PROLOG = re.compile(rb"<\?xml[^>]*+>|<!DOCTYPE[^>]*+>", re.IGNORECASE)
_WRAPPING = re.compile(
    rb"<(?:[\w.-]++:)?(?:rss|feed|rdf|channel|urlset)(?=[\s>])(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>",
    re.IGNORECASE,
)
# What items of a feed inherit: the page that links are relative to, and the language.
_INHERITED = re.compile(rb"<(link|(?:dc:)?language)>[^<]*+(?:<!\[CDATA\[[^<]*+)?</\1\s*>")


def _frame(
    body: bytes, spans: Sequence[Known], sniffed: Sniffed, headers: Mapping[str, str]
) -> str:
    """Return a hash of what gives items their meaning; of dates and the like it knows nothing."""
    head, tail = body[: spans[0].start], body[spans[-1].end :]
    parts = [
        _METHOD,
        headers.get("content-type", "").lower().encode(),
        headers.get("content-language", "").encode(),
        *_PROLOG.findall(sniffed.prolog.encode("latin-1", "replace")),
        *_WRAPPING.findall(head),
    ]
    inherited = _INHERITED.finditer(head + tail) if sniffed.root.lower() != "feed" else ()
    parts += [found.group() for found in inherited]
    return blake2b(b"\0".join(parts), digest_size=_HASH_BYTES).hexdigest()
