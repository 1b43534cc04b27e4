"""Spans, paces and times as people say them; figures kept within bounds."""

import math
from datetime import UTC, datetime

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def span(seconds: float) -> str:
    """A span as one number and its unit: 40 s, 15 min, 2 h, 3 days."""
    for size, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def pace(an_hour: float) -> str:
    """Items an hour, or a day where they are few."""
    for many, unit in ((round(an_hour), "an hour"), (round(an_hour * 24), "a day")):
        if many >= 1:
            return f"about {many} {'item' if many == 1 else 'items'} {unit}"
    return "hardly an item a day"


def some_items(expected: float) -> str:
    """Whole items, rounded down: what was not quite due is not held against a feed."""
    whole = max(int(expected), 1)
    return "an item" if whole == 1 else f"{whole} items"


def clock(at: datetime) -> str:
    """The time of day, in UTC and saying so."""
    return f"{at.astimezone(UTC):%H:%M} UTC"


def within(value: float, low: float, high: float) -> float:
    """The value, no less than `low` and no more than `high`; `low` for what is no number."""
    return low if math.isnan(value) else min(max(value, low), high)
