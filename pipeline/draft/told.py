"""What the draft step is given, and what it gives: tellings, and the items planned of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

Why = dict[str, Any]  # reason, weight, text, spans: as a row keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A person, a place or a body that a story names, and where."""

    field: str  # title, summary
    start: int
    end: int
    code: str  # one for all spellings: "person:Q3874799"
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A matched story that tells a development, with all that its place in an item rests on."""

    development: int
    story: int
    version: int
    root: int  # the original whose text it has: itself, unless it is a copy
    title: str
    summary: str = ""
    length: int = 0  # of its text, in characters; 0 where only a summary came
    url: str | None = None
    outlet: str  # key
    outlet_name: str
    kind: str = "outlet"  # of the outlet: wire, outlet, official, own
    is_own_page: bool = True  # the outlet's own, no aggregator's or mirror's
    is_open: bool = True  # nobody was turned away at its page
    language: str = ""
    published: datetime | None = None
    first_seen: datetime
    score: float  # of the match
    zone: str = "suggest"
    section: str
    why: tuple[Why, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()  # key ('' where no list has it) and name
    names: tuple[Name, ...] = ()
    offices: tuple[str, ...] = ()  # of those whom it quotes directly
    speakers: tuple[str, ...] = ()  # named, whom it quotes directly
    follows: int | None = None  # the development its own goes on from
    is_early: bool = False  # it arrived before the window opened: of the tail

    @property
    def is_copy(self) -> bool:
        """Whether its text is another story's."""
        return self.root != self.story

    @property
    def source(self) -> str:
        """Who speaks: the outlet, or of what an aggregator lists the site that the page is on."""
        host = "" if self.is_own_page or not self.url else urlsplit(self.url).hostname
        return host.removeprefix("www.") if host else self.outlet

    @property
    def at(self) -> datetime:
        """When it was published, or else first seen."""
        return self.published or self.first_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where an earlier instalment held a development, or what it goes on from."""

    instalment: int  # number
    item: int
    headline: str
    state: str = "accepted"  # of that item; what was not used is no reason to leave it out now
    why: str = ""  # of a follow-up: why it is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of an instalment's developments from before, by development."""

    covered: Mapping[int, tuple[Past, ...]]
    followed: Mapping[int, tuple[Past, ...]]  # items that it goes on from
    # Whose item is to keep its place when several are one happening, the first wins.
    standing: Mapping[int, int]
    apart: frozenset[tuple[int, int]] = frozenset()  # an editor took them apart: (lower, higher)


NOTHING = Memory(covered={}, followed={}, standing={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A further development that an item tells of, with the reason."""

    development: int
    score: float  # 0..1
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An item as it should stand."""

    development: int
    gathered: tuple[Gathered, ...] = ()
    tellings: tuple[Telling, ...]  # of all its developments, the linked one first
    section: str
    headline: str
    attribution: str
    merit: float  # what it is ranked by
    score: float
    zone: str
    why: tuple[Why, ...]
    flags: tuple[str, ...] = ()

    @property
    def linked(self) -> Telling:
        """The story whose page the item links to."""
        return self.tellings[0]
