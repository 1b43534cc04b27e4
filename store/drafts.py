"""Instalments and their items: opened, brought up to date, shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item as the desk and the console show it."""

    id: int
    rank: int  # place in the whole instalment, 1 first
    state: str  # queued, accepted, rejected
    version: int  # of the row: a write names the version it was based on
    headline: str
    attribution: str
    summary: str  # of the chosen story's version
    development: int
    story: int
    outlet: str  # key
    outlet_name: str
    origin: tuple[str, ...]  # keys of the outlets that broke it
    url: str | None
    published: datetime | None
    first_seen: datetime
    also: tuple[tuple[str, str, str | None], ...]  # other carriers: outlet key, name, url
    quotes: tuple[dict[str, object], ...]
    score: float
    zone: str
    why: tuple[dict[str, object], ...]  # reason, weight, text, spans
    covered_before: tuple[dict[str, object], ...]  # instalment, item
    flags: tuple[str, ...]
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section of an instalment with its items in order."""

    key: str
    heading: str
    when_empty: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentView:
    """An instalment as the desk and the console show it."""

    id: int
    series: str  # key
    series_title: str
    number: int
    opens: datetime
    cut_off: datetime
    state: str
    title: str
    sections: tuple[SectionView, ...]
    previous: tuple[dict[str, object], ...]  # title, url


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentLine:
    """One line of the list of instalments."""

    series: str
    series_title: str
    number: int
    opens: datetime
    cut_off: datetime
    state: str
    items: int
    undecided: int
