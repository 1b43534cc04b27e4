"""Which feeds a web page leads to: those it names, else those that sites have by custom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml import etree

from pipeline.records import Answer

USUAL_NAMES = ("feed.xml", "atom.xml", "rss.xml", "index.xml", "feed/", "rss/")
MOST_LINKS = 20
MOST_BYTES = 1_000_000  # of a page: its links stand in the head

_KINDS = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/rdf+xml": "RSS 1.0",
    "application/feed+json": "JSON Feed",
    "application/json": "JSON Feed",
    "application/xml": "XML",
    "text/xml": "XML",
}
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
_FORM = re.compile(r"\b(?:rss|atom|json|xml|rdf|feed|[0-9.]+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed a page names."""

    url: str
    title: str = ""
    kind: str = ""  # RSS, Atom, JSON Feed ... as the page says; '' where nothing was said

    @property
    def is_of_comments(self) -> bool:
        """Whether it brings what readers write, and not the outlet."""
        return bool(_COMMENTS.search(self.title) or _COMMENTS.search(urlsplit(self.url).path))


def named(page: Answer) -> tuple[Found, ...]:
    """The feeds a page names in link[rel=alternate], in its own order, comments last."""
    base = page.url
    found: dict[str, Found] = {}
    for tag, attributes in _links(page):
        told = {name.lower(): value.strip() for name, value in attributes.items()}
        if tag == "base":
            base = _absolute(page.url, told.get("href", "")) or base
            continue
        feed = _feed(told, base)
        if feed is not None:
            found.setdefault(feed.url, feed)
    ordered = sorted(found.values(), key=lambda feed: feed.is_of_comments)
    return tuple(ordered[:MOST_LINKS])


def usual(page_url: str) -> tuple[str, ...]:
    """The addresses where sites keep their feed by custom: at the root, and beside the page."""
    parts = urlsplit(page_url)
    beside = parts.path[: parts.path.rfind("/") + 1] or "/"
    places = dict.fromkeys(
        urlunsplit((parts.scheme, parts.netloc, directory + name, "", ""))
        for directory in ("/", beside)
        for name in USUAL_NAMES
    )
    return tuple(places)


def best(found: tuple[Found, ...]) -> Found | None:
    """The one feed to take; None where a person must choose.

    One stands out where all the others bring comments, or are the same feed in another form.
    """
    of_outlet = [feed for feed in found if not feed.is_of_comments] or list(found)
    names = {" ".join(_FORM.sub(" ", feed.title.lower()).split()) for feed in of_outlet}
    forms = {feed.kind for feed in of_outlet}
    is_same = len(names) == 1 and len(forms) == len(of_outlet)
    return of_outlet[0] if len(of_outlet) == 1 or is_same else None


def _feed(told: dict[str, str], base: str) -> Found | None:
    """The feed a link element names, if it names one."""
    if "alternate" not in told.get("rel", "").lower().split():
        return None
    kind = _KINDS.get(told.get("type", "").partition(";")[0].strip().lower())
    url = _absolute(base, told.get("href", ""))
    # WordPress names its programming interface as an alternate of the page, in JSON.
    if kind is None or url is None or "/wp-json/" in url or "oembed" in url:
        return None
    return Found(url=url, title=" ".join(told.get("title", "").split()), kind=kind)


class _Links:
    """Takes in the links of a page, tag by tag.

    In a tree, a tag of many attributes costs the square of their number: minutes, where somebody
    means it.
    """

    def __init__(self) -> None:
        self._found: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in {"base", "link"}:
            self._found.append((tag, dict(attributes)))

    def close(self) -> list[tuple[str, dict[str, str]]]:
        return self._found


def _links(page: Answer) -> list[tuple[str, dict[str, str]]]:
    """The elements of a page that say where feeds are, in its order: name and attributes."""
    head = page.body[:MOST_BYTES]
    parser = etree.HTMLParser(  # type: ignore[call-overload]  # it calls those methods there are
        # Left to itself it takes a page that does not say so for Latin-1.
        encoding="utf-8" if _is_utf8(head) else None,
        recover=True,
        no_network=True,
        huge_tree=False,
        target=_Links(),
    )
    links: list[tuple[str, dict[str, str]]] = etree.fromstring(head, parser)
    return links


def _is_utf8(head: bytes) -> bool:
    try:
        head[:-4].decode()  # its last character may be cut in two
    except UnicodeDecodeError:
        return False
    return True


def _absolute(base: str, href: str) -> str | None:
    try:
        url = urljoin(base, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if href and parts.scheme in {"http", "https"} and parts.hostname else None
