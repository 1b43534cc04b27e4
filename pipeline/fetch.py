"""What to ask a feed's server for, and what its answer means for the feed."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from pipeline import __version__
from pipeline.records import Answer, Feed, Request, Verdict

LONGEST_RETRY_AFTER = 24 * 60 * 60
LONGEST_VALIDATOR = 1000  # characters; servers refuse requests that grow much beyond

_PRODUCT = f"serieswatch/{__version__}"
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_HEAD = 64 * 1024  # bytes looked at to tell a web page from a feed
_BEFORE_THE_ROOT = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ROOT = re.compile(r"<(?:!doctype\s+)?([\w:.-]+)", re.IGNORECASE)
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_PAGE_ELEMENT = re.compile(
    r"html|head|body|title|meta|link|style|script|noscript|iframe|frameset|div|span|section|main|"
    r"header|p|h[1-6]|br|hr|b|center|font|table|form|a|img|pre",
    re.IGNORECASE,
)

_LATER = "it will be asked again later"
_CHECK = "check the feed's address on the outlet's site"

_WITH_BODY = frozenset({200, 203, 226})  # 226: only the new items, as A-IM allows
_NOT_MODIFIED = 304

_STATUS_IN_WORDS = {
    401: "the site wants a password for this feed; ask the outlet, or find an open feed of theirs",
    403: "the site refuses to give us this feed; ask the outlet to let our reader in",
    404: f"the address is gone or has moved; {_CHECK}",
    410: f"the outlet says the feed is gone for good; {_CHECK}",
    420: f"the site says we ask too often; {_LATER}",
    429: f"the site says we ask too often; {_LATER}",
    451: "the site may not show this feed here, for legal reasons; find another source",
}
_HUNDRED_IN_WORDS = {  # all other statuses
    2: f"that brings no feed; {_LATER}",
    3: f"it does not say where the feed is now; {_CHECK}",
    4: f"the site refuses the request; {_CHECK}",
    5: f"the outlet's server has trouble; {_LATER}",
}
_STATUS_STATES = {410: "gone", 420: "rate_limited", 429: "rate_limited"}

_PROBLEM_IN_WORDS = {
    "dns": "its name could not be looked up ({}); check the address, and our own name server",
    "tls": "no secure connection could be made ({}); if that stays so, tell the outlet",
    "timeout": f"no complete answer came in time ({{}}); {_LATER}",
    "connect": f"the server did not answer ({{}}); {_LATER}",
    "broken": f"the answer broke off or cannot be unpacked ({{}}); {_LATER}",
    "too_big": "the answer is too large ({}); check that the address is a feed's, "
    "or raise SERIESWATCH_BODY_CAP_MB",
    "redirect": f"it sends us on to where we do not follow ({{}}); {_CHECK}",
    "blocked_address": "its address may not be polled ({}); correct the address, or allow a source "
    "inside the house with SERIESWATCH_ALLOW_INSIDE",
}


def request(feed: Feed, *, contact: str) -> Request:
    """What to ask for: both validators exactly as they came, and who we are (`contact`, a URL)."""
    headers = {
        "User-Agent": f"{_PRODUCT} (+{contact})",
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip",  # what workers/http.py unpacks, and nothing else
    }
    if feed.etag is not None:
        headers["If-None-Match"] = feed.etag
        headers["A-IM"] = "feed"  # RFC 3229: the new items alone will do
    if feed.last_modified is not None:
        headers["If-Modified-Since"] = feed.last_modified
    return Request(url=feed.url, headers=headers)


def verdict(feed: Feed, answer: Answer, *, now: datetime) -> Verdict:
    """What an answer means. Every outcome has a state and one sentence for the operator.

    `etag` and `last_modified` are what the feed's row must hold from now on; after a failure they
    are what it held before. They may be stored only together with the body they belong to.
    `body_hash` is the sha256 (hex) of the body, None where none came: with a failure it says that
    there are bytes to set aside. `retry_after` is in seconds, at most a day.
    """
    if answer.status is None:
        return _without_answer(feed, answer)
    if answer.status in _WITH_BODY:
        return _with_body(feed, answer)
    was_asked_for_news = feed.etag is not None or feed.last_modified is not None
    if answer.status == _NOT_MODIFIED and was_asked_for_news:
        return Verdict(
            state="not_modified",
            reason="nothing new (answered 304)",
            etag=_validator(answer, "etag") or feed.etag,
            last_modified=_validator(answer, "last-modified") or feed.last_modified,
        )
    hundred = answer.status // 100
    if (
        answer.status == _NOT_MODIFIED
    ):  # else the feed would look healthy for ever and never bring a story
        words = f"that means nothing new since a time we never named; {_LATER}"
    else:
        words = _STATUS_IN_WORDS.get(answer.status) or _HUNDRED_IN_WORDS.get(hundred, _LATER)
    return _failed(
        feed,
        state=_STATUS_STATES.get(answer.status, f"http_{hundred}xx"),
        reason=f"answered {answer.status}: {words}",
        retry_after=_retry_after(answer.headers, now),
    )


def _with_body(feed: Feed, answer: Answer) -> Verdict:
    """The verdict on a body: the bytes decide, whatever the validators and the type say."""
    body_hash = sha256(answer.body).hexdigest()
    if not answer.body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        reason = f"answered with an empty document; {_LATER}"
        return _failed(feed, state="empty", reason=reason, body_hash=body_hash)
    if _is_page(answer):
        reason = f"answered with a web page instead of a feed; {_CHECK}"
        return _failed(feed, state="html", reason=reason, body_hash=body_hash)
    is_fresh = body_hash != feed.answer_hash
    return Verdict(
        state="ok" if is_fresh else "not_modified",
        reason="new document" if is_fresh else "nothing new (the same document again)",
        is_fresh=is_fresh,
        etag=_validator(answer, "etag"),
        last_modified=_validator(answer, "last-modified"),
        body_hash=body_hash,
    )


def _without_answer(feed: Feed, answer: Answer) -> Verdict:
    problem = answer.problem or "connect"
    words = _PROBLEM_IN_WORDS.get(problem, f"{problem} ({{}}); {_LATER}")
    return _failed(feed, state=problem, reason=words.format(answer.detail or "no details"))


def _failed(
    feed: Feed,
    *,
    state: str,
    reason: str,
    retry_after: int | None = None,
    body_hash: str | None = None,
) -> Verdict:
    return Verdict(
        state=state,
        reason=reason,
        is_failure=True,
        retry_after=retry_after,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=body_hash,
    )


def _validator(answer: Answer, name: str) -> str | None:
    """A validator as it came, or None if it could not be sent back as it is."""
    value = answer.headers.get(name, "")
    if not value or len(value) > LONGEST_VALIDATOR or _CONTROL.search(value):
        return None
    return value


def _is_page(answer: Answer) -> bool:
    """Whether the body is a web page. A feed sent as text/html is still a feed."""
    head = _text(answer.body[:_HEAD])
    if _FEED_ROOT.search(head):  # also below a warning that the outlet's PHP printed first
        return False
    opening = _BEFORE_THE_ROOT.match(head)
    start = opening.end() if opening else 0
    if root := _ROOT.match(head, start):
        return _PAGE_ELEMENT.fullmatch(root[1]) is not None
    is_called_page = "html" in answer.headers.get("content-type", "").lower()
    return is_called_page and head[start : start + 1] not in {"{", "["}  # JSON is no page


def _text(head: bytes) -> str:
    """The first bytes as text good enough to find tags in."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    return head.decode("utf-8-sig", errors="replace")


def _retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds the publisher asks us to wait, capped; None if it asks nothing or nonsense.

    A date is taken relative to the answer's own Date: the server's clock may be hours off.
    """
    raw = headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return min(int(raw[:12]), LONGEST_RETRY_AFTER)
    until = _http_date(raw)
    if until is None:
        return None
    seconds = (until - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return min(int(seconds), LONGEST_RETRY_AFTER) if seconds >= 0 else None


def _http_date(raw: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(raw)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
