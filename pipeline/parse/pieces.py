"""A message whose XML does not hold: its items cut out, so that one fault costs one item."""

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_OPENING = re.compile(r"<(?![?!])[\w:.-]++(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")


def items_of(text: str, names: str) -> Iterator[tuple[str, str]]:
    """Give the items of a message, each with a document of its own around it.

    `names` are the elements that are items, parted by bars. The document is the message's own
    start tag, which declares the namespaces, and the item; what stands between items is left out.
    """
    opening = _OPENING.search(text)
    if opening is None:
        return
    frame = opening.group()
    name = re.split(r"[\s>]", frame[1:], maxsplit=1)[0]
    closing = f"</{name}>"
    quiet = _COMMENT.sub(lambda found: " " * len(found.group()), text)
    tag = re.compile(rf"<(/?)((?:[\w.-]+:)?(?:{names}))(?=[\s/>])")
    start, name = -1, ""
    for found in tag.finditer(quiet, opening.end()):
        if not found[1] and start >= 0:  # the one before never ended
            yield _framed(frame, text[start : found.start()], closing)
        if not found[1]:
            start, name = found.start(), found[2]
        elif start >= 0 and found[2] == name:
            end = quiet.find(">", found.end()) + 1 or len(text)
            yield _framed(frame, text[start:end], closing)
            start = -1
    if start >= 0:
        yield _framed(frame, text[start:], closing)


def _framed(frame: str, item: str, closing: str) -> tuple[str, str]:
    return item, frame + item + closing


def is_torn(text: str, name: str) -> bool:
    """Return whether a document ends without its root's end tag."""
    return re.search(rf"</(?:[\w.-]+:)?{re.escape(name)}\s*>", text) is None


def told(fault: str) -> tuple[str, ...]:
    """Return what to say of a document that is not well-formed and was read all the same."""
    return (f"not well-formed, read as far as it goes: {fault}",) if fault else ()
