"""One poll: what is asked of a server, what came back, and what that means for the feed."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask a server for."""

    url: str
    headers: Mapping[str, str]
    own_port: int | None = None  # beside 80 and 443, for the server of `url` alone
    validators_of: str | None = None  # only this address is told them; None: every one on the way
    has_waited: bool = False  # a redirect that asks us to wait first may be followed at once
    stays: bool = False  # redirects are answers: what is asked for stands here or nowhere
    named_by: str | None = None  # the feed whose document named `url`; None: an operator did


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: who sent us on, how, and where to."""

    url: str
    status: int  # 301, 302, 303, 307, 308
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, or why nothing did. Exactly one of `status` and `problem` is set."""

    url: str  # after redirects: the base of relative links
    status: int | None = None
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""  # content-decoded; of a refusal at most its beginning
    problem: str | None = None  # dns, tls, timeout, connect, broken, too_big, redirect ...
    detail: str = ""  # the problem in plain words
    seconds: float = 0.0
    hops: tuple[Hop, ...] = ()  # the redirects on the way, first to last
    address: str | None = None  # the lowest address the first name led to; None for a detour


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer means for its feed."""

    state: str  # ok, not_modified, empty, html, http_4xx, http_5xx, dns, tls, timeout, too_big ...
    reason: str  # one plain sentence for `feeds list`
    is_fresh: bool = False  # there is a new body worth parsing
    is_failure: bool = False
    retry_after: int | None = None  # seconds, from the publisher
    is_limited: bool = False  # the server asks us to slow down: its whole group waits
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None  # the address that gave them: no other is told them
    body_hash: str | None = None
    fresh_for: int | None = None  # seconds for which the publisher says nothing will change
    is_partial: bool = False  # 226: only what is new; what is absent means nothing
    moved_to: str | None = None  # where every hop was permanent: the address at their end
