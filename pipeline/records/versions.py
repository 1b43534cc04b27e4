"""What a story is known by, how its versions stand, and whose copy it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.records.stories import Story
from pipeline.records.wires import Embargo

# owner: the word of a feed nearer to the page took over; carried: a further feed's, not shown;
# page: the story's own page was read for its text; the last line: what a wire's version is to the
# one before it
VersionKind = Literal[
    "first",
    "cosmetic",
    "date_only",
    "substantive",
    "replaced",
    "owner",
    "carried",
    "page",
    "update",
    "correction",
    "embargo",
    "withheld",
    "killed",
]
# What happened to a story, as far as whoever rests on it must know. released: usable again, or no
# longer under embargo
ChangeKind = Literal[
    "update", "correction", "embargo", "withheld", "killed", "withdrawn", "released"
]
RelationKind = Literal["reissue", "syndicated", "rewrite", "update", "correction", "excerpt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a story is known by. `text` stands in where a feed gives neither guid nor link."""

    guid: str | None  # within its feed
    url: str | None  # across all feeds
    text: str | None  # hash of title and text, within its feed; set only without guid and url
    body: str | None  # hash of the folded body: equal means the same text printed again
    content: str  # hash of all an editor would see, dates left out: equal means unchanged
    # What other items of its document have too, to be remembered as no identity within its feed.
    shared: tuple[str, ...] = ()
    # Of a wire's item, within its outlet: the lineages it is a version of, and its own numbers.
    lineages: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    corrects: tuple[str, ...] = ()  # numbers of items that it says it corrects, the surest first
    # What it may also be known by: no identity, but what a merge is made or proposed upon.
    loose_guid: str | None = None  # digest of the guid without scheme and host, within its feed
    loose_url: str | None = None  # digest of the address in whatever form the page is shown
    title: str | None = None  # digest of the folded headline, within its outlet and a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A feed that carries a story: what decides whether its word of it stands."""

    feed_id: int
    outlet_id: int
    version: int  # which version of the story says what this feed said last
    nearness: int  # 0: the page is its outlet's own; 1: wire, official or own; 2: any other
    fullness: int  # characters of the summary and text that it gives
    edited_at: datetime | None = None  # when it last said something else than before


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """What two stories that share an alternate are to each other."""

    is_sure: bool  # the same story; otherwise perhaps so, for a person to say
    score: float  # 0..1
    why: str  # in words an editor can check


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One version of a wire's story, as it was told; `story.wire` is set."""

    number: int  # under which it is kept: says nothing of its place in the order
    fingerprint: str
    story: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class WireStanding:
    """What stands of a wire's story, all versions considered, in whatever order they came."""

    current: int  # number of the version that is shown
    status: Literal["usable", "withheld", "killed"]
    embargo: Embargo | None
    kinds: Mapping[int, VersionKind]  # what each version is to the one before it, by number
    said: str  # the publisher's words about its status, where it is not usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a story's text is to one that was there before it, of which it is a copy."""

    kind: RelationKind
    score: float  # 0..1, the share of the shorter text that the other has, too
    of_longer: float = 1.0  # the share of the longer one that the shorter has
    why: tuple[str, ...]  # in words an editor can check
