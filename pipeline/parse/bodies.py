"""The running text of a wire item, XHTML or NITF or none, as HTML: every text escaped once."""

import re
from collections.abc import Iterator
from html import escape

from pipeline.parse.elements import Element, name_of

# What readers of HTML call what NITF and XHTML call so; '' keeps the words without their element.
_AS_IN_HTML = """
    a abbr b blockquote br cite code dd div dl dt em h1 h2 h3 h4 h5 h6 i li ol p pre q s small
    strong sub sup table tbody td th thead tr u ul
"""
_NAMES = {
    **{name: name for name in _AS_IN_HTML.split()},
    "article": "div",
    "block": "div",
    "bq": "blockquote",
    "credit": "p",
    "header": "div",
    "hl1": "h2",
    "hl2": "h3",
    "main": "div",
    "note": "p",
    "nitf-table": "div",
    "section": "div",
}
_LEFT_OUT = frozenset(
    """
    audio button canvas form head iframe img link media meta noscript object rt rp script select
    style svg template textarea title video
    """.split(),  # noqa: SIM905 - plainer than two dozen quoted names
)
_BLOCK = "blockquote|dd|div|dl|dt|h1|h2|h3|h4|h5|h6|li|ol|p|pre|table|tbody|td|th|thead|tr|ul"
_BLANK_BY_A_BLOCK = re.compile(rf" ?(</?(?:{_BLOCK})>) ?")
_A_BLOCK = re.compile(rf"<(?:{_BLOCK})>")
_GAP = re.compile(r"\n[ \t\r]*\n")


def html_inside(element: Element | None) -> str:
    """Return what stands inside an element as HTML, '' for none; words alone become paragraphs."""
    if element is None:
        return ""
    inside = "".join(_inside(element)).strip()
    if not _A_BLOCK.search(inside):
        return _as_paragraphs(inside)
    if "<pre>" not in inside:
        inside = _BLANK_BY_A_BLOCK.sub(r"\1", " ".join(inside.split()))
    return inside if _A_BLOCK.match(inside) else f"<div>{inside}</div>"


def paragraphs(text: str) -> str:
    """Return plain text as HTML, a blank line parting two paragraphs."""
    return _as_paragraphs(escape(text, quote=False))


def _as_paragraphs(escaped: str) -> str:
    pieces = (" ".join(piece.split()) for piece in _GAP.split(escaped.replace("\r\n", "\n")))
    return "".join(f"<p>{piece}</p>" for piece in pieces if piece)


def _inside(element: Element) -> Iterator[str]:
    if element.text:
        yield escape(element.text, quote=False)
    for child in element:
        yield from _element(child)
        if child.tail:
            yield escape(child.tail, quote=False)


def _element(element: Element) -> Iterator[str]:
    name = name_of(element).lower()
    if not name or name in _LEFT_OUT:
        return
    known = _NAMES.get(name, "")
    if known == "br":
        yield "<br>"
        return
    if known == "a":
        href = element.get("href")
        yield f'<a href="{escape(href)}">' if href else "<a>"
    elif known:
        yield f"<{known}>"
    elif name == "frac-sep" and not (element.text or "").strip():
        yield "/"
    yield from _inside(element)
    if known:
        yield f"</{known}>"
