"""What is asked of a site for a story's page, and what its robots.txt has to say to that."""

from dataclasses import replace
from urllib.parse import urlsplit

from protego import Protego

from pipeline import __version__
from pipeline.records import Answer, Request
from pipeline.text import storable

ROBOTS_READ = 500_000  # bytes of a robots.txt that count; RFC 9309 lets a reader stop there
LONGEST_DELAY = 600.0  # seconds: a site that asks for more between two pages gets this much
NAME = "serieswatch"
_ACCEPT = "text/html, application/xhtml+xml;q=0.9"
_SCHEMES = frozenset({"http", "https"})
_OK = 200
_LIMITS = frozenset({420, 429})
_REFUSALS = range(400, 500)


def request(url: str, *, contact: str, user_agent: str | None = None) -> Request:
    """What to ask for; redirects are answers, since each new place has rules of its own."""
    headers = {
        "User-Agent": user_agent or f"{NAME}/{__version__} (+{contact})",
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
    names = {NAME, user_agent or NAME}
    delays = [float(delay) for name in names if (delay := read.crawl_delay(name)) is not None]
    wanted = [delay for delay in delays if delay > 0]
    delay = min(max(wanted), LONGEST_DELAY) if wanted else None
    return all(read.can_fetch(url, name) for name in names), delay
