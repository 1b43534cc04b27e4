"""What an answer to the question for a page means; every outcome has its state and sentence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from pipeline.article.asking import NAME, is_web_page
from pipeline.records import Answer, PageFound

LONGEST_WAIT = 24 * 60 * 60.0  # what a server may ask for before its page is tried once more
STAYS = "the feed's own words stand"
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
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
_RESERVED = frozenset({"noarchive"})  # no copy is to be kept


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
        return PageFound(state="not_html", reason=f"its page is no web page but {kind}; {STAYS}")
    if why := reserved(answer.headers.get("x-robots-tag", ""), answer.headers):
        return PageFound(state="reserved", reason=f"{why}; {STAYS}")
    return PageFound(state="fetched", reason="its page has come and waits to be read")


def _without_answer(answer: Answer) -> PageFound:
    problem = answer.problem or "broken"
    if problem in _TROUBLE:
        reason = f"{_TROUBLE[problem]} ({answer.detail}); {STAYS}"
        return PageFound(state=problem, reason=reason, may_come_back=True)
    what = "its page is too large" if problem == "too_big" else "its page may not be asked for"
    return PageFound(state=problem, reason=f"{what} ({answer.detail}); {STAYS}")


def _moved(answer: Answer) -> PageFound:
    # Headers are read as latin-1; what publishers put there is UTF-8.
    raw = answer.headers.get("location", "").encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        target = urljoin(answer.url, raw.strip()).partition("#")[0]
    except ValueError:
        target = ""
    is_down = urlsplit(answer.url).scheme == "https" and not target.startswith("https:")
    if not raw or is_down or not is_web_page(target):
        reason = f"its page sends us on to where we do not follow ({raw[:200]}); {STAYS}"
        return PageFound(state="redirect", reason=reason)
    return PageFound(state="moved", reason=f"its page is at {target}", target=target)


def _refused(answer: Answer, status: int, now: datetime) -> PageFound:
    wait = _wait(answer, now)
    if status in _LIMITS or (status == _BUSY and wait is not None):
        return PageFound(
            state="rate_limited",
            reason=f"its server wants fewer questions (answered {status}); {STAYS}",
            wait=wait,
            may_come_back=True,
        )
    if status in _TROUBLED:
        reason = f"its server has trouble (answered {status}); {STAYS}"
        return PageFound(state="http_5xx", reason=reason, may_come_back=True)
    said = _REFUSED.get(status, "its page is not to be had")
    state = "http_4xx" if status in _REFUSALS else "no_page"
    return PageFound(state=state, reason=f"{said} (answered {status}); {STAYS}")


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


def reserved(robots: str, headers: Mapping[str, str]) -> str:
    """Why no copy of a page is to be kept, '' where nothing says so.

    Only what is said to all, or to us: `googlebot: noarchive` is another's business.
    """
    to_whom = ""
    for part in robots.lower().split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip() not in {"unavailable_after", "max-snippet", "max-image-preview"}:
            to_whom, part = name.strip(), rest  # noqa: PLW2901  # what is said, without to whom
        if part.strip() in _RESERVED and to_whom in {"", "*", NAME}:
            return "its publisher lets nobody keep a copy of the page (noarchive)"
    if headers.get("tdm-reservation", "").strip() == "1":
        return "its publisher keeps the page from being read by machines (tdm-reservation)"
    return ""
