"""Which items of a feed would spoil their siblings: those have to be read alone."""

import re
from collections.abc import Sequence
from xml.parsers import expat

from pipeline.parse.slicing import Sliced, is_written_in

_BASE = re.compile(rb"[\s:]base\s*=")


def doubtful_alone(cut: Sliced, items: Sequence[bytes], codec: str) -> frozenset[int]:
    """Return the places of items that must be read alone in a document that may be well-formed.

    One that is not text in the document's encoding would change the encoding of all. One that
    sets a base of its own, in a document without any, would leave it to those that follow:
    feedparser forgets to take back a base where there was none before.
    """
    doubtful = set()
    outside = cut.around((), between=True)
    if not all(is_written_in(raw, codec) for raw in (outside, b"".join(items))):
        doubtful = {at for at, raw in enumerate(items) if not is_written_in(raw, codec)}
    if not _BASE.search(outside):
        doubtful |= {at for at, raw in enumerate(items) if b"base" in raw and _BASE.search(raw)}
    return frozenset(doubtful)


def malformed_alone(cut: Sliced, items: Sequence[bytes], codec: str) -> frozenset[int]:
    """Return the places of items with which the document would not be well-formed."""
    header, trailer = cut.header.decode(codec, "replace"), cut.trailer.decode(codec, "replace")
    return frozenset(
        at
        for at, raw in enumerate(items)
        if _fault(header + raw.decode(codec, "replace") + trailer)
    )


def fault(body: bytes, codec: str) -> str:
    """Return why a document is not well-formed, and where; '' if it is. Reads no entity."""
    return _fault(body.decode(codec, "replace"))


_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*+>", re.IGNORECASE)


def _fault(document: str) -> str:
    parser = expat.ParserCreate("utf-8", " ")
    # feedparser drops a DOCTYPE; with one, expat would let pass entities that nobody declares.
    document = _DOCTYPE.sub("", document.removeprefix("\ufeff"), count=1)
    try:
        parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError as problem:
        return f"line {problem.lineno}:{problem.offset}: {expat.errors.messages[problem.code]}"
    return ""
