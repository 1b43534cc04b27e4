"""Sitemaps: those for news give entries without bodies; an index gives further addresses."""

from datetime import UTC, datetime

from lxml import etree

from pipeline.errors import UnreadableFeed
from pipeline.parse.dates import written_moment
from pipeline.parse.entries import language_tag, resolved, web_address
from pipeline.parse.limits import MOST_ITEMS, beyond, too_many
from pipeline.parse.markup import inner_text, tree
from pipeline.parse.repeats import told_apart
from pipeline.parse.sniffing import Sniffed, encoding
from pipeline.records import Answer, Document, Entry, Refused
from pipeline.text import storable

MOST_CHILDREN = 50
_NEVER = datetime.min.replace(tzinfo=UTC)


def read(answer: Answer, sniffed: Sniffed, *, as_feed: bool) -> Document:
    """Return the document of a sitemap: the stories it names, or an index's children, newest first.

    A sitemap of mere pages is no feed: with `as_feed` it raises UnreadableFeed, without it gives
    entries that are addresses only, for filling a gap. UnreadableFeed also for what is no sitemap.
    """
    root = tree(answer.body, encoding(sniffed, answer.headers.get("content-type", "")))
    kind = _name(root) if root is not None else ""
    if root is None or kind not in ("urlset", "sitemapindex"):
        why = "this is called a sitemap, but there is none in it: it may be cut off or another page"
        raise UnreadableFeed(answer.url, why)
    if kind == "sitemapindex":
        return _index(root, answer.url)
    pages = [element for element in root if _name(element) == "url"]
    entries: list[Entry] = []
    refused: list[Refused] = []
    for position, page in enumerate(pages[:MOST_ITEMS]):
        entry = _entry(page, answer.url, position)
        if entry.url:
            entries.append(entry)
        else:
            raw = etree.tostring(page, with_tail=False)
            refused.append(Refused(position=position, reason="it has no address", raw=raw))
    if as_feed and entries and not any(entry.title for entry in entries):
        raise UnreadableFeed(
            answer.url,
            "this sitemap lists pages without headlines, so it is no feed; look for the outlet's"
            " news sitemap. It can be read to fill a gap",
        )
    problems: tuple[str, ...] = ()
    if len(pages) > MOST_ITEMS:
        problems = (too_many(len(pages), MOST_ITEMS, f"limit of {MOST_ITEMS:,}"),)
        rest = b"".join(etree.tostring(page, with_tail=False) for page in pages[MOST_ITEMS:])
        refused.append(beyond(problems[0], rest, position=MOST_ITEMS))
    settled, repeats = told_apart(entries)
    return Document(
        format="sitemap",
        title=_text(root, "name"),
        entries=settled,
        refused=tuple(refused),
        problems=(*problems, *repeats),
    )


def _index(root: etree._Element, base: str) -> Document:
    """Return the document of a sitemap index: no entries, but where to find some."""
    children: list[tuple[datetime, str]] = []
    for child in root:
        address = web_address(resolved(base, _text(child, "loc")))
        changed, _ = written_moment(_text(child, "lastmod"))
        if address:
            children.append((changed or _NEVER, address))
    children.sort(key=lambda child: child[0], reverse=True)  # the undated last, as they stand
    addresses = list(dict.fromkeys(address for _, address in children))
    problems: tuple[str, ...] = ()
    if len(addresses) > MOST_CHILDREN:
        problems = (
            f"it names {len(addresses):,} sitemaps: the {MOST_CHILDREN} changed last are read",
        )
    return Document(format="sitemap", more=tuple(addresses[:MOST_CHILDREN]), problems=problems)


def _entry(page: etree._Element, base: str, position: int) -> Entry:
    problems: list[str] = []
    updated_raw, published_raw = _text(page, "lastmod"), _text(page, "publication_date")
    published, problem = written_moment(published_raw) if published_raw else (None, "")
    updated, other = written_moment(updated_raw) if updated_raw else (None, "")
    problems += [one for one in (problem, other) if one]
    url = web_address(resolved(base, _text(page, "loc")))
    return Entry(
        position=position,
        url=url,
        base_url=url,
        title=_text(page, "title"),
        published=published,
        published_raw=published_raw,
        updated=updated,
        updated_raw=updated_raw,
        language=language_tag(_text(page, "language")),
        problems=tuple(problems),
    )


def _name(element: etree._Element) -> str:
    # What stands for a reference that was not resolved has a function for its name.
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


_MAPS = ("http://www.sitemaps.org/schemas/sitemap/", "http://www.google.com/schemas/sitemap/")
_NEWS = "http://www.google.com/schemas/sitemap-news/"


def _text(element: etree._Element, name: str) -> str:
    """Return the text of the first element of that name inside; pictures have titles too."""
    for one in element.iter(f"{{*}}{name}"):
        space = etree.QName(one).namespace or _MAPS[0]
        if space.startswith((*_MAPS, _NEWS)):
            return " ".join(storable(inner_text(one)).split())
    return ""
