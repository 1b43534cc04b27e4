"""A series as it is defined, its sections and form; the window of an instalment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of an instalment, in order."""

    key: str
    heading: str
    query: str = ""  # empty: any story
    outlet_kinds: tuple[str, ...] = ()  # sources allowed; empty: every kind
    outlets: tuple[str, ...] = ()  # sources allowed, by key; empty: every outlet
    minimum_score: float = 0.0  # of the match; a lead asks for more than an item does
    minimum: int = 0
    maximum: int = 12
    order: Literal["score", "newest", "oldest"] = "score"
    when_empty: str = ""  # what the page says; '' hides an empty section


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemForm:
    """How the items of a series are written."""

    mark: str = "\u2014"  # what opens an item
    credit_at: Literal["start", "end"] = "start"
    credit_line: str = "On {day}, {outlet} reported"
    credit_line_undated: str = "{outlet} reported"  # for a story that gives no date
    day: Literal["weekday", "date"] = "weekday"
    quotation_required: bool = False
    paragraphs: int = 3  # at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a finished instalment may be pushed, and as what."""

    name: str
    status: Literal["draft", "pending"] = "draft"  # never published: that is a person's deed there


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One definition of a series: what belongs, how an instalment is built."""

    key: str
    title: str  # "Diplomacy Watch"
    title_template: str  # "Diplomacy Watch: {headline}"
    subhead_template: str = "{headline}"
    kicker: str = ""
    description: str = ""
    status: Literal["running", "paused", "ended"] = "running"
    succeeded_by: str = ""  # key of the series that took over from an ended one
    language: str = "en"
    spelling: Mapping[str, str] = field(default_factory=dict)  # house spelling by folded variant
    # the calendar: a cut-off is a wall-clock time in the desk's zone
    cadence: Literal["daily", "weekdays", "weekly"] = "weekly"
    weekday: int = 4  # Monday 0; of the cut-off, weekly
    cut_off: time = time(20, 0)
    time_zone: str = "UTC"
    tail_days: int = 7  # published this long before the window is still offered, marked
    skipped: tuple[date, ...] = ()  # days whose cut-off does not take place
    # what belongs
    query: str
    against: str = ""  # a query: what it hits speaks against a story, the weightier the more
    exclude: str = ""  # a query: what it hits is not for this series
    exemplars: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # codes of tags that speak for a story
    countries: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    leave_out: tuple[Literal["own_instalments", "round_ups", "live_pages"], ...] = (
        "own_instalments",
        "round_ups",
        "live_pages",
    )
    suggest_from: float = 0.5  # the score from which a story is shown
    precision: float = 0.9  # asked of what is queued unasked, with its lower confidence bound
    half_life_weeks: int = 26  # after which a decision counts half
    show_ignored: float = 0.02  # the share of what was ignored that is shown all the same
    # the form
    lead: Literal["prose", "promoted"] = "promoted"  # written by the editor, or the best item
    sections: tuple[Section, ...]
    item: ItemForm = field(default_factory=ItemForm)
    credit_rule: Literal["origin", "outlet"] = "origin"
    outlet_share: float = 1.0  # a hint: more of the items than this from one outlet is remarked
    own_outlets: tuple[str, ...] = ()  # their stories are "ours"
    own_items_apart: bool = False  # ours do not count towards a section's maximum
    previous_instalments: int = 2
    previous_of: str = ""  # key of the series whose instalments are listed; '' for its own
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time one instalment covers: arrived after `opens`, at or before `cut_off`."""

    opens: datetime
    cut_off: datetime
    tail_from: datetime  # published before this is too old to offer
