"""What to ask a feed's server for, and what its answer means for the feed."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from urllib.parse import urlsplit

from pipeline import __version__
from pipeline.records import ANSWERED_304, Answer, Feed, Request, Verdict

LONGEST_RETRY_AFTER = 24 * 60 * 60
LONGEST_FRESH = 6 * 60 * 60  # news: whoever promises a quiet week is asked before that all the same
LONGEST_VALIDATOR = 1000  # characters; servers refuse requests that grow much beyond

_PRODUCT = f"serieswatch/{__version__}"
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_WEB_PORTS = frozenset({None, 80, 443})
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

_WITH_BODY = frozenset({200, 203})
_PARTIAL = 226  # RFC 3229: the new items alone, where `IM: feed` says so
_NOT_MODIFIED = 304
_FORBIDDEN = 403
_GONE = 410
_PERMANENT = frozenset({301, 308})
_ASKS_US_TO_SLOW_DOWN = frozenset({420, 429})
_LIMITED_IF_IT_SAYS_WHEN = frozenset({403, 503})
_REDIRECTION = range(300, 400)

# Cloudflare's word for "too many requests", which some sites send with 403.
_CLOUDFLARE_1015 = re.compile(rb"\b1015\b")
_DIRECTIVE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|([^\s,\"]*)))?")
_SECONDS = re.compile(r"\s*([0-9]+)\s*(?:,.*)?")  # a header sent twice comes as "60, 60"

_STATUS_IN_WORDS = {
    401: "the site wants a password for this feed; ask the outlet, or find an open feed of theirs",
    403: "the site refuses to give us this feed; ask the outlet to let our reader in",
    404: f"the address is gone or has moved; {_CHECK}",
    410: f"the outlet says the feed is gone for good; {_CHECK}",
    451: "the site may not show this feed here, for legal reasons; find another source",
}
_HUNDRED_IN_WORDS = {  # all other statuses
    2: f"that brings no feed; {_LATER}",
    3: f"it does not say where the feed is now; {_CHECK}",
    4: f"the site refuses the request; {_CHECK}",
    5: f"the outlet's server has trouble; {_LATER}",
}
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


def request(feed: Feed, *, contact: str, plain: bool = False) -> Request:
    """What to ask for: both validators exactly as they came, and who we are (`contact`, a URL).

    A `plain` request, an audit, names no validators; nor does one to a feed whose validators lie.
    """
    headers = {
        "User-Agent": feed.user_agent or f"{_PRODUCT} (+{contact})",
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, br",  # what workers/http unpacks, and nothing else
    }
    if not plain and not feed.validators_lie:
        if feed.etag is not None:
            headers["If-None-Match"] = feed.etag
            headers["A-IM"] = "feed"  # RFC 3229: the new items alone will do
        if feed.last_modified is not None:
            headers["If-Modified-Since"] = feed.last_modified
    return Request(
        url=feed.url,
        headers=headers,
        own_port=_own_port(feed.url),
        validators_of=feed.validators_of,
        # What asked us to wait was the last poll, and we come back by then or later.
        has_waited=feed.is_limited,
    )


def verdict(feed: Feed, answer: Answer, *, now: datetime, plain: bool = False) -> Verdict:
    """What an answer means. Every outcome has a state and one sentence for the operator.

    `plain` says that it answers a plain request. `etag`, `last_modified` and `validators_of` are
    what the feed's row must hold from now on; after a failure they are what it held before. They
    may be stored only together with the body they belong to. `body_hash` is the sha256 (hex) of
    the body, None where none came: with a failure it says that there are bytes to set aside.
    `retry_after` is in seconds, at most a day; `fresh_for` too, at most LONGEST_FRESH, None where
    the publisher says nothing about it.
    """
    if answer.status is None:
        return _without_answer(feed, answer)
    if answer.status in _WITH_BODY or (answer.status == _PARTIAL and _is_partial(answer)):
        return _with_body(feed, answer, now)
    if answer.status == _NOT_MODIFIED and not plain and _knows_our_validators(feed, answer):
        return Verdict(
            state="not_modified",
            reason=ANSWERED_304,
            etag=_validator(answer, "etag") or feed.etag,
            last_modified=_validator(answer, "last-modified") or feed.last_modified,
            validators_of=answer.url,
            fresh_for=_fresh_for(answer.headers, now),
            moved_to=_moved_to(answer),
        )
    return _refused(feed, answer, now)


def asks_to_wait(headers: Mapping[str, str]) -> bool:
    """Whether an answer asks us to wait, for however long; its headers have lower-case names."""
    raw = headers.get("retry-after", "")
    if seconds := _SECONDS.fullmatch(raw):
        return int(seconds[1][:12]) > 0
    until, date = _http_date(raw), _http_date(headers.get("date", ""))
    return until is not None and (date is None or until > date)


def _own_port(url: str) -> int | None:
    """The port a feed's own address names, where it is not one of the web's."""
    try:
        port = urlsplit(url).port
    except ValueError:  # the client says what is wrong with it
        return None
    return None if port in _WEB_PORTS else port


def _knows_our_validators(feed: Feed, answer: Answer) -> bool:
    """Whether a 304 answers our question: it was asked with validators, and at this address."""
    has_some = feed.etag is not None or feed.last_modified is not None
    is_told = feed.validators_of in {None, answer.url}
    return has_some and is_told and not feed.validators_lie


def _is_partial(answer: Answer) -> bool:
    """Whether a 226 is a feed of the new items: any other manipulation we did not ask for."""
    return answer.headers.get("im", "").strip().lower() == "feed"


def _moved_to(answer: Answer) -> str | None:
    """Where the feed says it lives now, if every redirect on the way was a permanent one."""
    if answer.hops and all(hop.status in _PERMANENT for hop in answer.hops):
        return answer.url
    return None


def _refused(feed: Feed, answer: Answer, now: datetime) -> Verdict:
    """The verdict on every status that brings neither a feed nor the news that there is none."""
    status = answer.status or 0
    retry_after = _retry_after(answer.headers, now)
    is_limited = _is_limited(answer, retry_after)
    if status == _NOT_MODIFIED:
        # else the feed would look healthy for ever and never bring a story
        words = f"that means nothing new since a time we never named; {_LATER}"
    elif status == _PARTIAL:
        words = f"that is a part of something, and not the new items; {_LATER}"
    elif is_limited and retry_after:
        words = (
            f"the site asks us to come back in {_in_words(retry_after)}, and not before; so we do"
        )
    elif is_limited:
        words = f"the site says we ask too often; {_LATER}"
    else:
        words = _STATUS_IN_WORDS.get(status) or _HUNDRED_IN_WORDS.get(status // 100, _LATER)
    state = "gone" if status == _GONE else f"http_{status // 100}xx"
    return _failed(
        feed,
        state="rate_limited" if is_limited else state,
        reason=f"answered {status}: {words}",
        retry_after=retry_after,
        is_limited=is_limited,
    )


def _is_limited(answer: Answer, retry_after: int | None) -> bool:
    """Whether the server, and not this feed alone, wants fewer questions."""
    status = answer.status or 0
    if status in _ASKS_US_TO_SLOW_DOWN:
        return True
    if status in _REDIRECTION:  # just where the client did not follow one
        return asks_to_wait(answer.headers)
    if retry_after and status in _LIMITED_IF_IT_SAYS_WHEN:
        return True
    return status == _FORBIDDEN and _CLOUDFLARE_1015.search(answer.body) is not None


def _in_words(seconds: int) -> str:
    for unit, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{round(seconds / unit)} {name}"
    return f"{seconds} seconds" if seconds > 1 else "1 second"


def _with_body(feed: Feed, answer: Answer, now: datetime) -> Verdict:
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
        validators_of=answer.url,
        body_hash=body_hash,
        fresh_for=_fresh_for(answer.headers, now),
        is_partial=answer.status == _PARTIAL,
        moved_to=_moved_to(answer),
    )


def _without_answer(feed: Feed, answer: Answer) -> Verdict:
    problem = answer.problem or "connect"
    words = _PROBLEM_IN_WORDS.get(problem, f"{problem} ({{}}); {_LATER}")
    return _failed(feed, state=problem, reason=words.format(answer.detail or "no details"))


def _failed(  # noqa: PLR0913  # named facts, each with its default
    feed: Feed,
    *,
    state: str,
    reason: str,
    retry_after: int | None = None,
    is_limited: bool = False,
    body_hash: str | None = None,
) -> Verdict:
    return Verdict(
        state=state,
        reason=reason,
        is_failure=True,
        retry_after=retry_after,
        is_limited=is_limited,
        etag=feed.etag,
        last_modified=feed.last_modified,
        validators_of=feed.validators_of,
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
    raw = headers.get("retry-after", "")
    if told := _SECONDS.fullmatch(raw):
        return min(int(told[1][:12]), LONGEST_RETRY_AFTER)
    until = _http_date(raw)
    if until is None:
        return None
    seconds = (until - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return min(int(seconds), LONGEST_RETRY_AFTER) if seconds >= 0 else None


def _fresh_for(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds for which the publisher says nothing will change; None if it says nothing.

    RFC 9111, for a private cache: what cannot be read counts as stale.
    """
    told = _directives(headers.get("cache-control", ""))
    if told.get("no-cache") == "" or "no-store" in told:  # no-cache="name" is about that header
        return 0
    if (max_age := told.get("max-age")) is not None:
        lifetime = _whole(max_age)
    elif (expires := headers.get("expires")) is not None:
        until = _http_date(expires)
        date = _http_date(headers.get("date", "")) or now
        lifetime = int((until - date).total_seconds()) if until else 0
    else:
        return None
    return max(0, min(lifetime - _whole(headers.get("age", "")), LONGEST_FRESH))


def _directives(raw: str) -> dict[str, str]:
    """The directives of a Cache-Control header, names in lower case; of two, the first counts."""
    told: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(raw):
        told.setdefault(name.lower(), quoted or plain)
    return told


def _whole(raw: str) -> int:
    """A header's whole number of seconds; 0 for what is none."""
    told = _SECONDS.fullmatch(raw)
    return int(told[1][:12]) if told else 0


def _http_date(raw: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(raw)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
