"""A story's own page: may it be read, and which words on it are the story's."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from protego import Protego

from pipeline import __version__
from pipeline.records import Answer, Article, PageFound, PageRead, Request, Story
from pipeline.text import content_words, storable, words

ROBOTS_READ = 500_000  # bytes of a robots.txt that count; RFC 9309 lets a reader stop there
LONGEST_DELAY = 600.0  # seconds: a site that asks for more between two pages gets this much
LONGEST_WAIT = 24 * 60 * 60.0  # what a server may ask for before its page is tried once more
SHORTEST_TEXT = 200  # characters; below that it is a notice, not an article
SHARED_WITH_TITLE = 0.5  # of the headline's words must stand on the page

_NAME = "serieswatch"
_ACCEPT = "text/html, application/xhtml+xml;q=0.9"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_SCHEMES = frozenset({"http", "https"})
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LIMITS = frozenset({420, 429})
_BUSY = 503
_REFUSALS = range(400, 500)
_TROUBLED = range(500, 600)
_REFUSED = {
    401: "its page asks for a password",
    402: "its page is to be paid for",
    403: "the site refuses us its page",
    451: "the site may not show its page here, for legal reasons",
}
_TROUBLE = {
    "timeout": "its page did not come in time",
    "connect": "its server did not answer",
    "broken": "its page broke off",
    "dns": "its server's name could not be looked up",
    "tls": "no secure connection to its server could be made",
}
_STAYS = "the feed's own words stand"

# What sites mark their closed articles with, as a whole class or id.
_CLOSED = frozenset(
    {
        *("paywall", "pay-wall", "paywalled", "article-paywall", "content-paywall", "regwall"),
        *("piano-paywall", "subscriber-only", "subscribers-only", "subscription-required"),
        *("premium-content", "paid-content", "metered-content"),
    }
)
_TIERS = frozenset({"locked", "metered"})  # meta article:content_tier
_RESERVED = frozenset({"noarchive"})  # no copy is to be kept
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_SAYS_CHARSET = re.compile(rb"<meta[^>]+charset|<\?xml[^>]+encoding", re.IGNORECASE)
_BULLET = re.compile(r"- (?=\S)")
_BLANKS = re.compile(r"\s+")


# --- asking


def request(url: str, *, contact: str, user_agent: str | None = None) -> Request:
    """What to ask for; redirects are answers, since each new place has rules of its own."""
    headers = {
        "User-Agent": user_agent or f"{_NAME}/{__version__} (+{contact})",
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, br",  # what workers/http unpacks, and nothing else
    }
    return Request(url=url, headers=headers, stays=True)


def robots_request(url: str, *, contact: str, user_agent: str | None = None) -> Request:
    """What to ask for a site's rules for robots; these may stand behind redirects (RFC 9309)."""
    asked = request(f"{origin(url)}/robots.txt", contact=contact, user_agent=user_agent)
    headers = dict(asked.headers) | {"Accept": "text/plain, */*;q=0.1"}
    return replace(asked, headers=headers, stays=False)


def origin(url: str) -> str:
    """Scheme, host and port of a web address: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_web_page(url: str | None) -> bool:
    """Whether an address can be a page on the web at all."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme in _SCHEMES and bool(parts.hostname)
    except ValueError:  # brackets that hold no address
        return False


# --- robots.txt


def rules(answer: Answer) -> tuple[str, str]:
    """What a site says to robots: (state, text), the state read, none or unreachable.

    RFC 9309: a refusal (4xx) is no rule; a server in trouble forbids everything meanwhile.
    """
    if answer.status == _OK:
        text = answer.body[:ROBOTS_READ].decode("utf-8-sig", "replace")
        return "read", storable(text)
    if answer.status in _REFUSALS and answer.status not in _LIMITS:
        return "none", ""
    return "unreachable", ""


def allows(rules: str, url: str, *, user_agent: str | None = None) -> tuple[bool, float | None]:
    """Whether a robots.txt lets us read a page, and the seconds it wants between two, if any.

    Where an operator lets us go by another name, both names must be allowed.
    """
    read = Protego.parse(rules)
    names = {_NAME, user_agent or _NAME}
    delays = [float(delay) for name in names if (delay := read.crawl_delay(name)) is not None]
    wanted = [delay for delay in delays if delay > 0]
    delay = min(max(wanted), LONGEST_DELAY) if wanted else None
    return all(read.can_fetch(url, name) for name in names), delay


# --- what the answer means


def found(answer: Answer, *, now: datetime) -> PageFound:
    """What the answer for a page means. Every outcome has a state and a sentence."""
    if answer.status is None:
        return _without_answer(answer)
    if answer.status in _REDIRECTS:
        return _moved(answer)
    if answer.status != _OK:
        return _refused(answer, answer.status, now)
    if not _is_html(answer):
        kind = answer.headers.get("content-type", "").partition(";")[0].strip() or "something else"
        return PageFound(state="not_html", reason=f"its page is no web page but {kind}; {_STAYS}")
    if why := _reserved(answer.headers.get("x-robots-tag", ""), answer.headers):
        return PageFound(state="reserved", reason=f"{why}; {_STAYS}")
    return PageFound(state="fetched", reason="its page has come and waits to be read")


def _without_answer(answer: Answer) -> PageFound:
    problem = answer.problem or "broken"
    if problem in _TROUBLE:
        reason = f"{_TROUBLE[problem]} ({answer.detail}); {_STAYS}"
        return PageFound(state=problem, reason=reason, may_come_back=True)
    what = "its page is too large" if problem == "too_big" else "its page may not be asked for"
    return PageFound(state=problem, reason=f"{what} ({answer.detail}); {_STAYS}")


def _moved(answer: Answer) -> PageFound:
    # Headers are read as latin-1; what publishers put there is UTF-8.
    raw = answer.headers.get("location", "").encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        target = urljoin(answer.url, raw.strip()).partition("#")[0]
    except ValueError:
        target = ""
    is_down = urlsplit(answer.url).scheme == "https" and not target.startswith("https:")
    if not raw or is_down or not is_web_page(target):
        reason = f"its page sends us on to where we do not follow ({raw[:200]}); {_STAYS}"
        return PageFound(state="redirect", reason=reason)
    return PageFound(state="moved", reason=f"its page is at {target}", target=target)


def _refused(answer: Answer, status: int, now: datetime) -> PageFound:
    wait = _wait(answer, now)
    if status in _LIMITS or (status == _BUSY and wait is not None):
        return PageFound(
            state="rate_limited",
            reason=f"its server wants fewer questions (answered {status}); {_STAYS}",
            wait=wait,
            may_come_back=True,
        )
    if status in _TROUBLED:
        reason = f"its server has trouble (answered {status}); {_STAYS}"
        return PageFound(state="http_5xx", reason=reason, may_come_back=True)
    said = _REFUSED.get(status, "its page is not to be had")
    state = "http_4xx" if status in _REFUSALS else "no_page"
    return PageFound(state=state, reason=f"{said} (answered {status}); {_STAYS}")


def _wait(answer: Answer, now: datetime) -> float | None:
    """Seconds a server asks us to wait, at most a day; None where it does not say."""
    raw = answer.headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return min(float(raw[:12]), LONGEST_WAIT)
    until = _http_date(raw)
    if until is None:
        return None
    asked = (until - (_http_date(answer.headers.get("date", "")) or now)).total_seconds()
    return min(max(asked, 0.0), LONGEST_WAIT)


def _http_date(raw: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(raw)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _is_html(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind:
        return kind in _PAGES
    return answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _reserved(robots: str, headers: Mapping[str, str]) -> str:
    """Why no copy of a page is to be kept, '' where nothing says so.

    Only what is said to all, or to us: `googlebot: noarchive` is another's business.
    """
    to_whom = ""
    for part in robots.lower().split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip() not in {"unavailable_after", "max-snippet", "max-image-preview"}:
            to_whom, part = name.strip(), rest  # noqa: PLW2901  # what is said, without to whom
        if part.strip() in _RESERVED and to_whom in {"", "*", _NAME}:
            return "its publisher lets nobody keep a copy of the page (noarchive)"
    if headers.get("tdm-reservation", "").strip() == "1":
        return "its publisher keeps the page from being read by machines (tdm-reservation)"
    return ""


# --- reading the page


def read(answer: Answer, *, title: str) -> PageRead:
    """Read a page that came for the story with this headline; every outcome has its sentence."""
    tree = _tree(answer.body, answer.headers.get("content-type", ""))
    if tree is None:
        return PageRead(state="no_text", reason=f"its page is empty; {_STAYS}")
    metas = _metas(tree)
    if why := _reserved(",".join((metas.get("robots", ""), metas.get(_NAME, ""))), metas):
        return PageRead(state="reserved", reason=f"{why}; {_STAYS}")
    if _is_closed(tree, metas):
        return PageRead(state="paywall", reason=f"its page is for subscribers; {_STAYS}")
    article = _article(tree, metas, answer.url)
    if len(article.text) < SHORTEST_TEXT:
        return PageRead(state="no_text", reason=f"no article was found on its page; {_STAYS}")
    if not _is_about(article, title):
        reason = f"what its page shows ({article.title[:100]!r}) is not this story; {_STAYS}"
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


def is_paywalled(page: bytes, *, content_type: str = "") -> bool:
    """Return whether a page says that its article is not for everybody."""
    tree = _tree(page, content_type)
    return tree is not None and _is_closed(tree, _metas(tree))


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
