"""What an answer held: the items as their format gave them, and what else the document says."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.records.wires import Wire


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a feed's raw items: all of it under one frame."""

    frame: str  # hash of what gives items their meaning: prolog, root, channel, base, channel link
    items: frozenset[bytes]  # 16-byte hashes of items that were read before, or set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A document cut down to the items not read before, or left whole where that is not sure."""

    body: bytes  # the document without its known items; the very bytes where nothing was cut
    frame: str  # '' where the document cannot be sliced
    hashes: tuple[bytes, ...] = ()  # of all items in it, in order, known ones included
    known: int = 0  # items cut out
    why_whole: str = ""  # why nothing could be cut; '' where slicing was sure
    is_torn: bool = False  # it ends before its end tag: its validators promise what never came


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as its format gave it, before any cleaning. Empty text is ''."""

    position: int  # place in the document, 0 first
    guid: str | None = None
    shared_guid: str | None = None  # other items of the document have it too: it identifies nothing
    url: str | None = None  # as written, possibly relative
    url_is_shared: bool = False  # other items of the document have it too: it identifies nothing
    base_url: str | None = None  # xml:base or the document's own address
    title: str = ""
    title_type: str = "text/plain"  # text/plain or text/html
    summary: str = ""  # HTML
    content: str = ""  # HTML, the full body where the feed has one
    byline: str = ""
    published: datetime | None = None
    published_raw: str = ""
    updated: datetime | None = None
    updated_raw: str = ""
    language: str | None = None
    wire: Wire | None = None  # of formats that carry a wire's own account of the item
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One item that could not be read: its bytes and the reason, for setting aside."""

    position: int
    reason: str
    raw: bytes
    entry: Entry | None = None  # what it says all the same, where that is no story


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a publisher says about when to come back. Hints: clamped before they are used."""

    ttl_minutes: float | None = None
    skip_hours: tuple[int, ...] = ()  # GMT, 0..23
    skip_days: tuple[int, ...] = ()  # Monday 0
    update_seconds: float | None = None  # sy:updatePeriod / sy:updateFrequency


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Other addresses a document names for itself."""

    hub: str | None = None  # WebSub
    topic: str | None = None  # rel=self: what to subscribe to
    previous: str | None = None  # RFC 5005 prev-archive, or the next page of a paged feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry the publisher has deleted (RFC 6721)."""

    ref: str
    when: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A captured document, read."""

    format: str  # feed; later also jsonfeed, newsml-g2, nitf, ninjs ...
    title: str = ""
    link: str | None = None
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    beside: tuple[Entry, ...] = ()  # items that are no stories: packages, pictures, concepts
    refused: tuple[Refused, ...] = ()
    problems: tuple[str, ...] = ()  # of the document as a whole
    hints: Hints = Hints()
    ways: Ways = Ways()
    tombstones: tuple[Tombstone, ...] = ()
    more: tuple[str, ...] = ()  # addresses of further documents: a sitemap index's children
