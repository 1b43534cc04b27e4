"""WebSub, the subscriber's side: which hub to ask, with what words, and when to ask again."""

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256, sha384, sha512
from urllib.parse import urlencode, urljoin, urlsplit

from pipeline.records import Request, Ways

WANTED_LEASE = 10 * 86_400  # seconds we ask a hub for; it gives what it likes
SHORTEST_LEASE, LONGEST_LEASE = 300, 90 * 86_400
ANSWER_WITHIN = 3600.0  # seconds a hub may take to check back with us
FIRST_LOOK, LOOK_AGAIN = 120.0, 600.0  # whether it did
MOST_FAILURES = 4  # in a row, then the hub counts as dead
TRY_DEAD_AFTER = 7 * 86_400.0
EARLIEST_RENEWAL, LATEST_RENEWAL = 0.5, 0.9  # of the lease: drawn, so that no two hubs' days meet
LONGEST_ADDRESS = 2000

_METHODS = {"sha1": sha1, "sha256": sha256, "sha384": sha384, "sha512": sha512}
_SIGNATURE = re.compile(r"\s*([a-z0-9]+)\s*=\s*([0-9A-Fa-f]+)\s*")
_LINK = re.compile(r"<([^<>]*)>((?:[^,<\"]|\"[^\"]*\")*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]+))", re.IGNORECASE)


def hub_and_topic(headers: Mapping[str, str], document: Ways, url: str) -> tuple[str, str] | None:
    """The hub that tells of a feed and the topic it knows the feed by; None if it names no two.

    The answer's Link header is asked before the document; `url` is the base of relative addresses.
    """
    told = dict(reversed(list(_links(headers.get("link", "")))))
    hub, topic = (
        _absolute(url, told.get("hub") or document.hub),
        _absolute(url, told.get("self") or document.topic),
    )
    return (hub, topic) if hub and topic else None


def subscription(  # noqa: PLR0913  # what is said to the hub, each by its name
    *, hub: str, topic: str, callback: str, secret: str, user_agent: str, mode: str = "subscribe"
) -> tuple[Request, bytes]:
    """The question to put to a hub: what to post, and the form to post."""
    form = {
        "hub.callback": callback,
        "hub.mode": mode,
        "hub.topic": topic,
        "hub.lease_seconds": str(WANTED_LEASE),
        "hub.secret": secret,
    }
    headers = {"User-Agent": user_agent, "Content-Type": "application/x-www-form-urlencoded"}
    return Request(url=hub, headers=headers), urlencode(form).encode("ascii")


def lease(told: str | None) -> int:
    """The seconds a hub grants, as it told them; what it was asked for where it says nothing."""
    if told is None or not re.fullmatch(r"[0-9]{1,12}", told):
        return WANTED_LEASE
    return min(max(int(told), SHORTEST_LEASE), LONGEST_LEASE)


def is_signed(header: str | None, secret: str, body: bytes) -> bool:
    """Whether an X-Hub-Signature is that of this body, found out in constant time."""
    told = _SIGNATURE.fullmatch(header or "")
    method = _METHODS.get(told[1]) if told else None
    if told is None or method is None:
        return False
    expected = hmac.new(secret.encode(), body, method).hexdigest()
    return hmac.compare_digest(expected, told[2].lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand with one subscription."""

    state: str  # wanted, asked, active, denied, expired, broken
    is_asked: bool  # a question of ours has not had its answer
    asked_at: datetime | None
    verified_at: datetime | None
    expires_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do about a subscription now: ask its hub, or look again after `again_in` seconds."""

    is_due: bool
    again_in: float = 0.0
    is_overdue: bool = False  # the hub took our question and never came back


def next_step(of: Standing, *, now: datetime, jitter: float) -> Step:
    """What to do now. `jitter` is a number from 0 to 1 that spreads renewals over the day."""
    since_asked = (now - of.asked_at).total_seconds() if of.asked_at else None
    if of.is_asked and since_asked is not None:
        if since_asked < ANSWER_WITHIN:
            return Step(is_due=False, again_in=LOOK_AGAIN)
        return Step(is_due=True, is_overdue=True)
    if of.state in {"denied", "broken"} and since_asked is not None:
        wait = TRY_DEAD_AFTER * (1 + jitter / 10) - since_asked
        return Step(is_due=wait <= 0, again_in=max(wait, 0.0))
    if of.state == "active" and of.verified_at is not None and of.expires_at is not None:
        whole = (of.expires_at - of.verified_at).total_seconds()
        passed = (now - of.verified_at).total_seconds()
        if passed < whole * EARLIEST_RENEWAL:
            share = EARLIEST_RENEWAL + (LATEST_RENEWAL - EARLIEST_RENEWAL) * jitter
            return Step(is_due=False, again_in=whole * share - passed)
    return Step(is_due=True)


def patience(failures: int, jitter: float) -> float:
    """Seconds until a hub is asked again that did not answer `failures` times in a row."""
    if failures >= MOST_FAILURES:
        return TRY_DEAD_AFTER * (1 + jitter / 10)
    return ANSWER_WITHIN * 2.0 ** max(failures - 1, 0) * (1 + jitter / 10)


def _links(header: str) -> Iterator[tuple[str, str]]:
    """Relation and address of each link in a Link header (RFC 8288)."""
    for address, rest in _LINK.findall(header):
        for quoted, plain in _REL.findall(rest)[:1]:  # of two, the first counts
            for relation in (quoted or plain).lower().split():
                yield relation, address.strip()


def _absolute(base: str, address: str | None) -> str | None:
    """The address with its scheme and host, None for one that is not of the web."""
    if not address or len(address) > LONGEST_ADDRESS:
        return None
    try:
        url = urljoin(base, address)
        parts = urlsplit(url)
    except ValueError:
        return None
    is_plain = url.isprintable() and " " not in url
    return url if parts.scheme in {"http", "https"} and parts.hostname and is_plain else None
