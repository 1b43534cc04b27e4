"""Feeds and the outlets they belong to, as the catalogue and their rows have them."""

from dataclasses import dataclass
from typing import Literal

OutletKind = Literal["wire", "outlet", "official", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """What one source does where its format leaves it open."""

    time_zone: str = "UTC"  # of dates that name none
    charset: str = ""  # of text that does not say; '' as the format would have it
    # Its own words before headlines and what they mean (kill, hold, correct, refile, repeat,
    # update, ld, alert); '' for one of the house's that is an ordinary word there.
    prefixes: tuple[tuple[str, str], ...] = ()
    has_bare_prefixes: bool = False  # REFILE, EXTRA and the like may end in a mere blank


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What fetching and scheduling need to know of one feed."""

    id: int
    url: str
    kind: OutletKind = "outlet"
    etag: str | None = None  # opaque, quotes and W/ included: echoed exactly as received
    last_modified: str | None = None  # opaque too; never reformatted
    answer_hash: str | None = None  # sha256 of the last body that was captured
    failures: int = 0  # polls failed in a row
    is_limited: bool = False  # the last poll was told to come back later
    user_agent: str | None = None  # instead of ours, where an operator has set one
    validators_lie: bool = False  # found out by an audit: they are not sent
    validators_of: str | None = None  # the address they came from; None: not known, sent anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFeed:
    """A feed as the catalogue names it."""

    url: str
    title: str = ""
    interval_seconds: int = 900  # how often it is polled at most
    full_text: bool = False  # the pages of its stories are read too
    custom: Custom | None = None  # None: the file does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An outlet as the catalogue names it, with its feeds."""

    key: str  # never changes: rows refer to it
    name: str  # as an instalment credits it
    kind: OutletKind = "outlet"
    homepage: str = ""
    country: str = ""  # ISO 3166
    language: str = ""
    aliases: tuple[str, ...] = ()  # how others name it when they credit it
    feeds: tuple[OutletFeed, ...] = ()
