"""What the sample newsroom is made of: feeds, stories, and the facts tests may rely on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FeedKind = Literal["wire", "outlet", "official"]
Layout = Literal["rss2", "rss1", "atom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFeed:
    """One invented feed: whose it is, and how that publisher writes its documents."""

    folder: str
    url: str  # of the feed itself, on an example domain
    outlet: str
    kind: FeedKind
    language: str
    credit: str  # the name other outlets print when they carry its copy
    homepage: str
    description: str
    layout: Layout = "rss2"
    encoding: str = "utf-8"
    window: int = 24  # how many items one document holds
    page: str = ""  # address of a story's page; slots: number, slug, day
    tracking: str = ""  # what the feed appends to the address
    guid: str = ""  # slots as in `page`, and page itself; empty: this publisher sends none
    guid_is_link: bool = False
    offset_hours: int = 0  # of the times it prints
    has_bodies: bool = True
    has_summaries: bool = True
    has_datelines: bool = False  # wires open their text with place, day and name
    carries_note: str = ""  # the boilerplate it puts under carried copy


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """One invented story, as a test wants to know it."""

    feed: str
    guid: str | None
    url: str  # the page, without tracking marks
    title: str  # of its first version
    published: datetime
    series: tuple[str, ...]  # the keys of the series it was written for; none for most
    development: str  # what it reports, shared by the accounts and copies of one event; may be ''
    is_decoy: bool  # looks like a series' material and is none
    copy_of: str  # url of the wire story it carries, or ''


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Facts about the written newsroom that hold by construction.

    Stories are counted by the product's identity rule: (feed, guid), else the canonical address
    across all feeds, else the text. A few planted items may fairly be judged either way (a guid
    reused for another story, an item whose XML is broken, a kill notice); the true count lies
    from `stories_at_least` to `stories_at_most`, both included.
    """

    feeds: int
    documents: int
    unreadable_documents: int  # a web page, an empty file: nothing to be had from them
    damaged_documents: int  # not well-formed, but most of their items can be saved
    stories_at_least: int
    stories_at_most: int
    series_stories: Mapping[str, int]  # written for the series, copies included
    developments: Mapping[str, int]  # distinct events behind them
