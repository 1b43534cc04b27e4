"""A story as it is stored, and what its own page gave for it."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.records.feeds import OutletKind
from pipeline.records.wires import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One version of a story: clean text, absolute link, UTC. Offsets count into these fields."""

    title: str
    summary: str = ""  # plain text
    text: str = ""  # the body as plain text, paragraphs parted by a blank line; '' if none came
    html: str = ""  # the body, sanitised
    guid: str | None = None
    url: str | None = None  # http or https, as the publisher gave it
    canonical_url: str | None = None  # without tracking marks: the identity across feeds
    shared_guid: str | None = None  # which other items of its document have too
    shared_url: str | None = None  # the same of its canonical link
    outlet: str = ""  # key of the outlet whose page this is
    outlet_kind: OutletKind = "outlet"
    byline: str = ""
    language: str | None = None
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    wire: Wire | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a story's own page shows of it: nothing that does not stand there."""

    title: str = ""
    text: str = ""  # paragraphs parted by a blank line; '' where none was found
    byline: str = ""
    published: datetime | None = None
    language: str | None = None
    original: str = ""  # the address that the page itself names as its own (rel=canonical)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFound:
    """What an answer to the question for a story's page means."""

    state: str  # fetched, moved, rate_limited, http_4xx, http_5xx, not_html, paywall ...
    reason: str  # one plain sentence for whoever asks why there is no full text
    target: str | None = None  # moved: where the page is now
    wait: float | None = None  # seconds, as the server asks
    may_come_back: bool = False  # worth one more try, later


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What reading a story's page gave; `article` is None where its text is not ours to take."""

    state: str  # read, paywall, reserved, no_text, other_page
    reason: str
    article: Article | None = None
