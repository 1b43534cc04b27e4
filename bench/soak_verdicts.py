"""What a long run's samples say: a slope that outliers do not bend, and whether something grows."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Verdict = Literal["flat", "grows", "grows as it should", "too short"]
Points = Sequence[tuple[float, float]]  # simulated hours, value

WARM_UP = 0.25  # of the hours: pools fill, caches are read, children are forked
FEWEST = 8  # points after it; fewer say nothing
LEAST = 4.0  # hours after it: what fills in less is no growth yet
MOST = 400  # of a series, evenly chosen: a fit looks at every pair

# A process grows if both are so: a slope that would be felt in a week, and a last hour that is
# plainly above the first one after warm-up.
MB_AN_HOUR = 0.5
SHARE_ABOVE = 0.05
# A table that should stand grows if, over the hours measured, it would gain more than this.
ROWS_GAINED = 20
ROWS_SHARE = 0.10
BYTES_GAINED = 1_000_000
BYTES_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Trend:
    """How a value went: at first, at last, and how much an hour after warm-up."""

    first: float  # median of the first hour
    warm: float  # of the first hour after warm-up
    last: float  # of the last hour
    slope: float  # an hour, after warm-up
    hours: float  # measured after warm-up
    points: int  # of them
    scatter: float = 0.0  # nine of ten values lie in a band so wide around that line


def theil_sen(points: Points) -> float:
    """The median of the slopes between all pairs of points; 0 where there is no pair."""
    step = max(1, len(points) // MOST)
    chosen = points[::step]
    slopes = [(y - v) / (x - u) for (u, v), (x, y) in combinations(chosen, 2) if x != u]
    return statistics.median(slopes) if slopes else 0.0


def trend(points: Points, *, hours: float) -> Trend:
    """How the value went over so many simulated hours. Raises ValueError without points."""
    if not points:
        raise ValueError("nothing was sampled")
    warm_up = hours * WARM_UP
    end = max(at for at, _ in points)
    rest = [(at, value) for at, value in points if at >= warm_up]
    slope = theil_sen(rest)
    return Trend(
        first=_median(points, 0.0),
        warm=_median(points, warm_up) if rest else points[-1][1],
        last=statistics.median(value for at, value in points if at >= end - 1.0),
        slope=slope,
        hours=max(0.0, end - warm_up),
        points=len(rest),
        scatter=_scatter([value - slope * at for at, value in rest]),
    )


def _scatter(values: Sequence[float]) -> float:
    """How far apart the outermost are when the outermost tenth is left out."""
    if len(values) < FEWEST:
        return 0.0
    cuts = statistics.quantiles(values, n=20)
    return cuts[-1] - cuts[0]


def _median(points: Points, since: float) -> float:
    """Of the hour from then on; of the first value after it where that hour has none."""
    hour = [value for at, value in points if since <= at < since + 1.0]
    later = [value for at, value in points if at >= since]
    return statistics.median(hour or later[:1])


def of_process(one: Trend, *, allowed: float = 0.0, remembers: float = 0.0) -> Verdict:
    """Whether a process's memory (in MB) grows. What it held at first or when warm is no growth.

    Both are asked: an hour in which a child of a pool was replaced is a low one. `allowed` are MB
    that it was told to take, `remembers` those an hour that it adds to what it is there to keep in
    mind, until that is full.
    """
    if one.points < FEWEST or one.hours < LEAST:
        return "too short"
    is_steep = one.slope > MB_AN_HOUR + remembers
    is_above = one.last > max(one.first, one.warm) * (1 + SHARE_ABOVE) + allowed
    if is_steep and is_above:
        return "grows"
    return "grows as it should" if remembers and one.slope > MB_AN_HOUR and is_above else "flat"


def of_rows(one: Trend, *, may_grow: bool) -> Verdict:
    """Whether a table's rows grow, and may."""
    return _of_table(one, ROWS_GAINED, ROWS_SHARE, may_grow=may_grow)


def of_bytes(one: Trend, *, may_grow: bool) -> Verdict:
    """Whether a table's bytes, indexes and dead rows included, grow, and may."""
    return _of_table(one, BYTES_GAINED, BYTES_SHARE, may_grow=may_grow)


def of_count(one: Trend) -> Verdict:
    """Whether descriptors, threads, connections or keys grow: they are few, and should stand.

    A gain within what they go up and down by anyway says nothing: PostgreSQL's processes hold open
    what they have read since their connection was made, 1,500 files now and 2,000 a minute later.
    """
    return _of_table(one, max(10, one.scatter), 0.10, may_grow=False)


def _of_table(one: Trend, gained: float, share: float, *, may_grow: bool) -> Verdict:
    if one.points < FEWEST or one.hours < LEAST:
        return "too short"
    gain = one.slope * one.hours
    if gain <= max(gained, share * max(one.first, one.warm)):
        return "flat"
    return "grows as it should" if may_grow else "grows"
