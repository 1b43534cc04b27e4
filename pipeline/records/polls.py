"""What decides when a feed is polled next, and how far what it says of itself is believed."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.records.documents import Hints
from pipeline.records.feeds import OutletKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a feed brings by its own habit, learnt from what came (schedule.learn). All in UTC.

    The items expected in an hour are `an_hour` times the factors of that hour and that weekday.
    A pause is what was expected between two arrivals and did not come: counted in items, so that
    a night weighs little and a busy noon much.
    """

    an_hour: float  # items an hour, on average over a week; never 0
    hours: tuple[float, ...]  # 24 factors, 1.0 on average
    days: tuple[float, ...]  # 7 factors, Monday first, 1.0 on average
    items: int = 0  # arrivals it was learnt from
    days_watched: float = 0.0  # for how long
    pauses: int = 0  # pauses seen
    usual_pause: float = 0.0  # their median, in expected items
    pause_spread: float = 0.0  # by how much the longer half of them lies above it, on average
    longest_pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All that decides when a feed is polled next, as it stands at the end of a poll."""

    kind: OutletKind = "outlet"
    interval_seconds: float = 900  # the operator's: how often at most
    rhythm: Rhythm | None = None
    window_seconds: float | None = None  # from the oldest to the newest item in the document
    window_items: int | None = None  # how many they are; only said in the reason
    overlap: float | None = None  # share of the last changed document's items that were known
    has_lost: bool = False  # that document shared no item with the one before (lost_items)
    last_new_at: datetime | None = None  # when something new last came
    hints: Hints | None = None
    fresh_until: datetime | None = None  # the publisher's max-age or Expires
    retry_after: float | None = None  # seconds, from the publisher
    failures: int = 0  # polls failed in a row, this one included
    state: str = "ok"  # this poll's verdict
    is_pushed: bool = False  # a hub has really pushed lately
    not_before: datetime | None = None  # of its host groups, the later one


@dataclass(frozen=True, slots=True)
class Next:
    """When to poll next, and what decided it."""

    seconds: float  # from now
    why: str  # for `feeds list`: plain words that continue "then, because ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What has been heard of a feed so far: what the silence alarm judges. Product times.

    Arrivals count by when they were first seen here, never by the date an item carries: so an
    undated source cannot pass for a lively one.
    """

    kind: OutletKind = "outlet"
    added_at: datetime
    last_new_at: datetime | None = None  # None: nothing ever came
    rhythm: Rhythm | None = None
    state: str = "ok"  # of the last poll
    reason: str = ""  # of the last poll, in words
    failures: int = 0  # polls failed in a row


# What a feed's row says of its last poll where the server said 304: of a document that was sent
# again, unchanged, nobody need doubt that it is unchanged.
ANSWERED_304 = "nothing new (answered 304)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far a feed's validators may be believed, and what speaks against them just now."""

    is_not_modified: bool  # the last poll was answered 304
    validators_lie: bool = False
    audited_at: datetime | None = None
    wait_seconds: float = 43_200  # between two audits
    last_new_at: datetime | None = None
    rhythm: Rhythm | None = None
    siblings_have_news: bool = False  # its host's other feeds or its sitemap, since last_new_at


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit leaves behind on the feed."""

    validators_lie: bool
    wait_seconds: float  # until the next audit, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect as it was seen so far: the same target, poll after poll."""

    polls: int  # that every hop of was 301 or 308, in a row
    since: datetime  # the first of them
    is_feed: bool  # the target parsed as a feed
    shared_items: int  # items it shares with the old address, by their ids


@dataclass(frozen=True, slots=True, kw_only=True)
class HostGroup:
    """Feeds that share a server, as politeness sees them now."""

    in_flight: int = 0
    last_start: datetime | None = None
    not_before: datetime | None = None
    gap_seconds: float | None = None  # between two starts, where not the house's own
    most_at_once: int | None = None
