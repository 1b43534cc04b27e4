"""A story's standing in a series, with its reasons."""

from dataclasses import dataclass
from typing import Literal

from pipeline.records.tags import Span

Zone = Literal["auto", "suggest", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a match, in words an editor can check."""

    reason: str  # query, exclude, ...
    weight: float  # signed share of the score
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A story's standing in one series."""

    series: str
    score: float  # 0..1
    zone: Zone
    why: tuple[Reason, ...]
    sections: tuple[str, ...] = ()  # keys of those whose query and sources take the story
    matcher: str = ""  # what decided: the method, or the model learnt from decisions
    shown_as: Literal["", "sample", "uncertain"] = ""  # of an ignored one: why it is shown anyway
