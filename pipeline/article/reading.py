"""Which words of a page are its story's, and whether they are for everybody."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from pipeline.article.asking import NAME, is_web_page
from pipeline.article.meaning import STAYS, reserved
from pipeline.records import Answer, Article, PageRead, Story
from pipeline.text import content_words, storable, words

SHORTEST_TEXT = 200  # characters; below that it is a notice, not an article
SHARED_WITH_TITLE = 0.5  # of the headline's words must stand on the page
# What sites mark their closed articles with, as a whole class or id.
_CLOSED = frozenset(
    {
        *("paywall", "pay-wall", "paywalled", "article-paywall", "content-paywall", "regwall"),
        *("piano-paywall", "subscriber-only", "subscribers-only", "subscription-required"),
        *("premium-content", "paid-content", "metered-content"),
    }
)
_TIERS = frozenset({"locked", "metered"})  # meta article:content_tier
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_SAYS_CHARSET = re.compile(rb"<meta[^>]+charset|<\?xml[^>]+encoding", re.IGNORECASE)
_BULLET = re.compile(r"- (?=\S)")
_BLANKS = re.compile(r"\s+")


def read(answer: Answer, *, title: str) -> PageRead:
    """Read a page that came for the story with this headline; every outcome has its sentence."""
    tree = _tree(answer.body, answer.headers.get("content-type", ""))
    if tree is None:
        return PageRead(state="no_text", reason=f"its page is empty; {STAYS}")
    metas = _metas(tree)
    if why := reserved(",".join((metas.get("robots", ""), metas.get(NAME, ""))), metas):
        return PageRead(state="reserved", reason=f"{why}; {STAYS}")
    if _is_closed(tree, metas):
        return PageRead(state="paywall", reason=f"its page is for subscribers; {STAYS}")
    article = _article(tree, metas, answer.url)
    if len(article.text) < SHORTEST_TEXT:
        return PageRead(state="no_text", reason=f"no article was found on its page; {STAYS}")
    if not _is_about(article, title):
        reason = f"what its page shows ({article.title[:100]!r}) is not this story; {STAYS}"
        return PageRead(state="other_page", reason=reason)
    return PageRead(state="read", reason="its text is its page's", article=article)


def extract(page: bytes, url: str, *, content_type: str = "") -> Article:
    """Return what a page shows of its article; `problems` says what was not to be found.

    No address is opened, whatever the page names.
    """
    tree = _tree(page, content_type)
    if tree is None:
        return Article(problems=("the page is empty",))
    return _article(tree, _metas(tree), url)


def completed(story: Story, article: Article) -> Story:
    """Return a feed's words of a story with the text its page shows, if that is the fuller one.

    Headline and summary stay the feed's; byline, date and language fill only what it lacks.
    """
    if len(article.text) <= len(story.text):
        return story
    paragraphs = (f"<p>{html.escape(each)}</p>" for each in article.text.split("\n\n"))
    problems = tuple(each for each in story.problems if each not in _LACKS or not _fills(article))
    return replace(
        story,
        text=article.text,
        html="\n".join(paragraphs),
        byline=story.byline or article.byline,
        published=story.published or article.published,
        language=story.language or article.language,
        problems=(*problems, *article.problems),
    )


_LACKS = frozenset({"it has no date"})  # as normalising says


def _fills(article: Article) -> bool:
    return article.published is not None


def _tree(page: bytes, content_type: str) -> HtmlElement | None:
    """Return the page's elements, None for a page without any."""
    told = _CHARSET.search(content_type)
    encoding = _known(told[1]) if told else None
    if encoding is None and not _SAYS_CHARSET.search(page[:4096]):
        encoding = "utf-8" if _is_utf8(page) else "windows-1252"
    try:
        return document_fromstring(page, parser=HTMLParser(encoding=encoding, huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _known(charset: str) -> str | None:
    try:
        HTMLParser(encoding=charset)
    except LookupError:
        return None
    return charset


def _is_utf8(page: bytes) -> bool:
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Return what the page's meta elements say, by name in lower case; the first of each counts."""
    metas: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("http-equiv") or ""
        metas.setdefault(name.strip().lower(), _line(element.get("content") or ""))
    return metas


def _is_closed(tree: HtmlElement, metas: Mapping[str, str]) -> bool:
    if metas.get("article:content_tier", "").lower() in _TIERS:
        return True
    if any(_says_closed(node) for node in _linked(tree)):
        return True
    marks = (f"{e.get('class') or ''} {e.get('id') or ''}" for e in tree.iter(etree.Element))
    return any(not _CLOSED.isdisjoint(mark.lower().split()) for mark in marks)


def _says_closed(node: Mapping[str, Any]) -> bool:
    return str(node.get("isAccessibleForFree", "")).rsplit("/", 1)[-1].lower() == "false"


def _linked(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Yield every object of the page's JSON-LD, whatever it is inside of."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            waiting = deque([json.loads(script.text or "", strict=False)])
        except (ValueError, RecursionError):
            continue
        while waiting:
            node = waiting.popleft()
            if isinstance(node, list):
                waiting += node
            elif isinstance(node, dict):
                yield node
                waiting += node.values()


def _article(tree: HtmlElement, metas: Mapping[str, str], url: str) -> Article:
    linked = [node for node in _linked(tree) if "headline" in node]
    title = metas.get("og:title") or _line(tree.findtext(".//title") or "")
    byline = next((name for node in linked if (name := _names(node.get("author")))), "")
    byline = byline or _person(metas.get("author", ""))
    told = [node.get("datePublished") for node in linked]
    told.append(metas.get("article:published_time"))
    published = next((date for each in told if (date := _date(each))), None)
    original = _original(tree, url)
    language = (tree.get("lang") or metas.get("content-language") or "").strip()[:35]
    # Last, for it takes the page to pieces.
    text = _text(tree, url, title)
    problems = () if text else ("no article was found on the page",)
    return Article(
        title=title,
        text=text,
        byline=byline,
        published=published,
        language=language or None,
        original=original,
        problems=problems,
    )


def _original(tree: HtmlElement, url: str) -> str:
    """Return the address a page names as its own, '' for none that is a web page's."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            try:
                named = urljoin(url, (link.get("href") or "").strip())
            except ValueError:
                return ""
            return named if is_web_page(named) else ""
    return ""


def _text(tree: HtmlElement, url: str, title: str) -> str:
    """Return the article's paragraphs, without a headline above them: that is told already."""
    headings = (heading.text_content() for heading in tree.iter("h1"))
    told_already = [words(heading) for heading in (title, *headings)]
    extracted = trafilatura.bare_extraction(
        tree,
        url=url,
        include_comments=False,
        include_tables=False,
        with_metadata=False,
    )
    # Typed as if it might be a dictionary, which it is only where that is asked for.
    told: str = getattr(extracted, "text", None) or ""
    lines = [_BULLET.sub("", _line(line), count=1) for line in told.splitlines()]
    paragraphs = [line for line in lines if line]
    if paragraphs and words(paragraphs[0]) in told_already:
        del paragraphs[0]
    return "\n\n".join(paragraphs)


def _is_about(article: Article, title: str) -> bool:
    """Return whether a page is the story's own, and no login, consent or error page instead."""
    wanted = content_words(title)
    shown = content_words(f"{article.title}\n{article.text}")
    return not wanted or len(wanted & shown) >= SHARED_WITH_TITLE * len(wanted)


def _names(author: object) -> str:
    """Return the names JSON-LD gives as authors; one that is an address is none."""
    several = author if isinstance(author, list) else [author]
    told = [one.get("name") if isinstance(one, dict) else one for one in several]
    names = [name for one in told if isinstance(one, str) and (name := _person(one))]
    return ", ".join(dict.fromkeys(names))


def _person(told: str) -> str:
    name = _line(html.unescape(told))
    return "" if "://" in name or len(name) > 200 else name  # noqa: PLR2004  # no name is so long


def _date(told: object) -> datetime | None:
    try:
        date = datetime.fromisoformat(str(told).strip())
        return date.astimezone(UTC) if date.tzinfo else None  # whose clock, nobody knows
    except (ValueError, OverflowError):
        return None


def _line(text: str) -> str:
    return _BLANKS.sub(" ", storable(text)).strip()
