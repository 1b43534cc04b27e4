"""What editors write: Markdown without raw HTML, made HTML that does no harm; words as Markdown."""

import re
from functools import cache
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.text import storable

_SIGNS = re.compile(r"[\\`*_\[\]<>#|~&]")  # may be mark-up wherever they stand
_START = re.compile(r"^(\d{0,9})([-+=.)])")  # makes a list or a heading at the start of a line
_TAGS = frozenset(
    "a blockquote br code em h1 h2 h3 h4 h5 h6 hr li ol p pre strong ul".split()  # noqa: SIM905 - plainer than quoted names
)
# In somebody else's reader raw HTML may be on, and addresses may run.
_RAW = re.compile(r"(?<!\\)<(?!(?:https?://|mailto:)[^\s<>]*>)")
_RUNS = re.compile(r"(\](?:\(|:))(?=[\s<\\]*(?:javascript|vbscript|data|file)\s*:)", re.IGNORECASE)

_WEB = re.compile(r"https?://[^\s\\]+\Z", re.IGNORECASE)
_IN_ADDRESSES = "%/:?#[]@!$&'*+,;=~"


@cache
def _reader() -> MarkdownIt:
    # No pictures: every reader's browser would ask for their addresses.
    return MarkdownIt("commonmark", {"html": False}).disable("image")


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def to_html(markdown: str) -> str:
    """Return a text as HTML: no script, no style, no picture, no address that runs."""
    return _cleaner().clean(_reader().render(storable(markdown))).strip()


def to_text(markdown: str) -> str:
    """Return the words of a text without its mark-up, its blocks parted by blank lines."""
    blocks = (
        "".join("\n" if one.type == "softbreak" else one.content for one in token.children or ())
        if token.type == "inline"
        else token.content
        for token in _tokens(markdown)
    )
    return "\n\n".join(filter(None, blocks))


def plain(text: str) -> str:
    """Return words on one line as Markdown in which nothing is mark-up."""
    return _START.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", " ".join(storable(text).split())))


def link(words: str, url: str | None) -> str:
    """Return words, Markdown already, linked to an address of the web; nothing in it ends it."""
    if not url or not _WEB.match(url):
        return words
    return f"[{words}]({quote(url, safe=_IN_ADDRESSES)})"


def portable(markdown: str) -> str:
    """Return an editor's text as others may read it: what opens is closed, nothing in it is raw."""
    text = _RUNS.sub(r"\1#", _RAW.sub(r"\\<", storable(markdown).strip()))
    last = _tokens(f"{text}\n\nlast")[-1:]
    is_left_open = bool(last) and last[0].type == "fence"
    return f"{text}\n{last[0].markup}" if is_left_open else text


def opens_with_words(markdown: str) -> bool:
    """Whether a text begins with a paragraph, so that something may stand before it on its line."""
    return [token.type for token in _tokens(markdown)[:1]] == ["paragraph_open"]


def links_to(markdown: str, url: str | None) -> bool:
    """Whether a text links to an address."""
    inside = (child for token in _tokens(markdown) for child in token.children or ())
    wanted = _reader().normalizeLink(url) if url else None
    return any(child.attrGet("href") == wanted for child in inside if child.type == "link_open")


def _tokens(markdown: str) -> list[Token]:
    return _reader().parse(storable(markdown))
