"""Where a feed's items stand in its bytes, found without reading them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What may hold a tag that is none comes first; left open, it swallows the rest of the document.
_TOKEN = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)"
    rb"|<!--(?:.*?-->|.*)"
    rb"|<(?P<close>/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])[^<>]*(?P<end>>?)",
    re.DOTALL | re.IGNORECASE,
)
_ROOT = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sliced:
    """A document cut at its items; what stands between them is left out."""

    header: bytes
    items: tuple[bytes, ...]
    trailer: bytes
    torn: bytes = b""  # the last item where the document ends inside it

    def around(self, items: Iterable[bytes]) -> bytes:
        """Return the document with only `items` in it."""
        return self.header + b"".join(items) + self.trailer


def sliced(body: bytes) -> Sliced | None:
    """Return `body` cut at its items, or None where that is not sure or there are none."""
    root = _ROOT.search(body)
    found = _spans(body)
    if root is None or found is None or b"\0" in body[:4]:
        return None  # the last: UTF-16 or wider, in which a tag is not what it seems
    spans, open_at, read_to = found
    items = tuple(body[start:end] for start, end in spans)
    if open_at is None:
        return Sliced(body[: spans[0][0]], items, body[spans[-1][1] :]) if spans else None
    name = root[1]
    if re.search(rb"</" + re.escape(name) + rb"\s*>", body[read_to:]):
        return None  # not torn: an end tag is missing somewhere
    closing = b"</channel></" + name + b">" if name.lower() == b"rss" else b"</" + name + b">"
    return Sliced(body[: spans[0][0] if spans else open_at], items, closing, body[open_at:])


def _spans(body: bytes) -> tuple[list[tuple[int, int]], int | None, int] | None:
    """Return where items start and end, where one starts that never ends, and how far that reads.

    None if items stand inside items, or end tags without a start.
    """
    spans: list[tuple[int, int]] = []
    depth = open_at = read_to = 0
    for token in _TOKEN.finditer(body):
        read_to = token.end()
        if token["end"] is None:
            continue  # a comment or CDATA section
        if depth == 0:
            open_at = token.start()
        if token["close"]:
            depth -= 1
        elif not token.group().endswith(b"/>"):
            depth += 1
        if depth < 0:
            return None
        if depth == 0:
            spans.append((open_at, token.end()))
    if depth > 1:
        return None
    return spans, open_at if depth else None, read_to
