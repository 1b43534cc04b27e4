"""Publishers' markup: made harmless, and made plain text."""

import html
import re
from collections import Counter
from collections.abc import Callable
from typing import Literal
from urllib.parse import urljoin, urlsplit

import nh3

from pipeline.text import storable

# Hyphens nobody sees, joints, marks that turn the reading direction. The joiners that Persian,
# Hindi and emoji need (U+200C, U+200D) and the plain direction marks stay.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def one_line(text: str) -> str:
    """Return `text` as one line: blanks folded, invisible marks gone."""
    return " ".join(_seen(storable(text)).split())


def _seen(text: str) -> str:
    """Return `text` without invisible marks: all of them stand outside ASCII."""
    return text if text.isascii() else _INVISIBLE.sub(_visible, text)


def _visible(mark: re.Match[str]) -> str:
    return " " if mark.group() in "\u2028\u2029" else ""


_TAGS = frozenset(
    """
    a abbr b blockquote br cite code dd del div dl dt em figcaption h1 h2 h3 h4 h5 h6 i ins li
    ol p pre q s small strong sub sup table tbody td th thead tr u ul
    """.split(),  # noqa: SIM905 - plainer than forty quoted names
)
_WITH_ALL_INSIDE = frozenset(
    """
    audio button canvas embed form head iframe math noscript object script select style svg
    template textarea title video
    """.split(),  # noqa: SIM905 - plainer than twenty quoted names
)
_MARKED_UP = re.compile(
    r"<(?:!--|/?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|iframe|img|ins|li|ol|p|script"
    r"|small|span|strike|strong|style|sub|sup|svg|table|u|ul)(?=[\s/>]))",
    re.IGNORECASE,
)
_ESCAPED_MARKUP = re.compile(r"&lt;/?(?:a|b|br|div|em|i|img|p|script|span|strong)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ANY_TAG = re.compile(r"<[^<>]*>")


def plain_line(text: str, *, is_html: bool = False) -> str:
    """Return a headline or name as one plain line.

    What was escaped once too often is resolved once; markup that then shows is stripped too.
    """
    text = storable(text)
    if is_html or _MARKED_UP.search(text):
        text = _without_tags(text)
    if _ENTITY.search(text):
        text = html.unescape(text)
        text = _without_tags(text) if _MARKED_UP.search(text) else text
    return one_line(text)


_NO_TAGS = nh3.Cleaner(tags=set(), clean_content_tags=set(_WITH_ALL_INSIDE))


def _without_tags(markup: str) -> str:
    if "<" not in markup and "&" not in markup:
        return markup
    if _is_tangled(markup):
        return html.unescape(_ANY_TAG.sub(" ", markup))
    return html.unescape(_NO_TAGS.clean(markup))


def sanitised(markup: str, base: str, problems: list[str]) -> str:
    """Return a body with nothing in it but text, plain structure and links to web pages.

    Links are resolved against `base`. Adds to `problems` if its tags had to be given up.
    """
    markup = storable(markup)
    if not _MARKED_UP.search(markup) and _ESCAPED_MARKUP.search(markup):
        markup = html.unescape(markup)  # escaped once too often
    if _is_tangled(markup):
        problems.append("its markup is too deeply nested: only its text was kept")
        markup = html.escape(html.unescape(_ANY_TAG.sub(" ", markup)), quote=False)

    if not _SPECIAL.search(markup):
        return markup.strip()  # the words of many a summary: nothing for the sanitiser to do
    if not _RELATIVE.search(markup):
        return storable(_ABSOLUTE_LINKS.clean(markup)).strip()

    def resolved(link: str) -> str | None:
        try:
            address = urljoin(base, link.strip())
            return address if urlsplit(address).scheme in ("http", "https") else None
        except ValueError:
            return None

    return storable(_cleaner(resolved).clean(markup)).strip()


# What the sanitiser would write otherwise: brackets, references, what becomes a reference.
_SPECIAL = re.compile("[<>&\r\xa0]")
_RELATIVE = re.compile(r"href\s*+=(?!\s*+[\"']?https?://)", re.IGNORECASE)


def _cleaner(resolved: Callable[[str], str | None] | Literal["deny"]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_WITH_ALL_INSIDE,
        attributes={"a": {"href"}, "abbr": {"title"}},
        url_schemes={"http", "https"},
        url_relative=resolved,
        link_rel="nofollow noopener noreferrer",
    )


# Made once: making one costs as much as cleaning a paragraph.
_ABSOLUTE_LINKS = _cleaner("deny")


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that never stay open: they close themselves, or the next of their kind closes them.
_NEVER_OPEN = frozenset(
    """
    area base br col embed hr img input link meta source track wbr p li dt dd tr td th option
    """.split(),  # noqa: SIM905 - plainer than twenty quoted names
)
_FEW_TAGS = 400
_DEEPEST = 200
_MOST_WORK = 500_000  # open elements times tags: what the sanitiser may have to carry along


def _is_tangled(markup: str) -> bool:
    """Return whether so many elements stay open that sanitising costs the square of the size.

    15,000 open elements in 200 kB took it 6 seconds.
    """
    if markup.count("<") < _FEW_TAGS:
        return False
    tags = _TAG.findall(markup)
    open_now: Counter[str] = Counter()
    deepest = depth = 0
    for slash, name in tags:
        name = name.lower()  # noqa: PLW2901 - the same name, as HTML compares it
        if name in _NEVER_OPEN or (slash and not open_now[name]):
            continue
        step = -1 if slash else 1
        open_now[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or deepest * len(tags) > _MOST_WORK


_BLOCK = re.compile(
    r"</?(?:blockquote|dd|div|dl|dt|figcaption|h[1-6]|li|ol|p|pre|table|tr|ul)(?=[\s>])[^<>]*>",
)


def plain_text(sanitised_html: str) -> str:
    """Return the text of a sanitised body, its paragraphs parted by a blank line."""
    text = " ".join(sanitised_html.split())  # as a browser would: line ends are blanks
    if "<" not in text and "&" not in text:
        return one_line(text)
    text = (
        _BLOCK.sub("\n\n", text).replace("<br>", "\n").replace("</td>", " ").replace("</th>", " ")
    )
    text = html.unescape(_ANY_TAG.sub("", text))
    if _ENTITY.search(text):
        text = html.unescape(text)  # escaped once too often
    lines = (" ".join(line.split()) for line in _seen(storable(text)).split("\n"))
    return _GAP.sub("\n\n", "\n".join(lines)).strip()


_GAP = re.compile(r"\n{3,}")
