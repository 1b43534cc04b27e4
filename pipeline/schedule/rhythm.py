"""A feed's own rhythm: what it brings by hour of day and day of week, learnt from what came."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, median_low
from typing import Any

from pipeline.records import Rhythm

HOUR = timedelta(hours=1)
HOURS = 24
DAYS = 7
WATCHED_ENOUGH = 7.0  # days: each weekday was seen
LEARN_FROM = timedelta(days=84)  # twelve weeks: habits change, and a weekday needs a dozen samples
DOUBT = 0.5  # items each factor is shrunk by towards "no different": little data, flat profile
BURST = 4  # an hour that brings more than this many times the usual is an import, not a habit


def learn(arrivals: Sequence[datetime], *, since: datetime, until: datetime) -> Rhythm:
    """The rhythm of a feed that was watched from `since` to `until`; of LEARN_FROM at most.

    `arrivals` says when each new item was first seen, in any order; what lies outside is left
    out. An hour that brings far more than the usual one counts as a few items only, so that an
    import or one live blog makes no habit. What comes after the last arrival is counted only as
    far as the longest pause before it: a longer one is for the silence alarm to judge, and a
    feed that falls silent keeps the rhythm it is measured by.
    """
    since = max(since, until - LEARN_FROM)
    seen = sorted(at.astimezone(UTC) for at in arrivals if since <= at <= until)
    until = max(_watched_until(seen, since, until), since + HOUR)
    slots = _usual(Counter(map(_slot, seen)))
    watched = _hours(since, until)
    hours, days = _profile(slots, watched)
    # The pace is such that the profile, over the time watched, expects what came.
    weight = sum(share * hours[at.hour] * days[at.weekday()] for at, share in watched)
    rhythm = Rhythm(
        an_hour=(sum(slots.values()) + DOUBT) / weight,
        hours=hours,
        days=days,
        items=len(seen),
        days_watched=(until - since) / timedelta(days=1),
    )
    return _with_pauses(rhythm, seen)


def expected(rhythm: Rhythm, since: datetime, until: datetime) -> float:
    """How many items the rhythm expects between two times; 0.0 where they are in no order."""
    if until <= since:
        return 0.0
    # Whole weeks weigh the same, wherever they begin.
    weeks = (until - since) // timedelta(weeks=1)
    rest = since + weeks * timedelta(weeks=1)
    a_week = rhythm.an_hour * sum(rhythm.hours) * sum(rhythm.days)
    return weeks * a_week + sum(share * rate(rhythm, at) for at, share in _hours(rest, until))


def rate(rhythm: Rhythm, at: datetime) -> float:
    """The items an hour that the rhythm expects at this time of the week."""
    at = at.astimezone(UTC)
    return rhythm.an_hour * rhythm.hours[at.hour] * rhythm.days[at.weekday()]


def seconds_until(rhythm: Rhythm, *, items: float, now: datetime, most: float) -> float:
    """Seconds from `now` until so many items are expected to have come; `most` at most."""
    left = items
    for at, share in _hours(now, now + timedelta(seconds=most)):
        an_hour = rate(rhythm, at)
        if share * an_hour >= left:
            return (at - now).total_seconds() + left / an_hour * 3600
        left -= share * an_hour
    return most


def rhythm_to_json(rhythm: Rhythm) -> dict[str, Any]:
    """The rhythm as a row keeps it."""
    rounded = {name: _rounded(value) for name, value in asdict(rhythm).items()}
    return {**rounded, "an_hour": rhythm.an_hour}


def rhythm_from_json(kept: Mapping[str, Any] | None) -> Rhythm | None:
    """The rhythm a row keeps; None where it keeps none, or one that cannot be used."""
    try:
        facts = dict(kept or {})
        rhythm = Rhythm(**{**facts, "hours": tuple(facts["hours"]), "days": tuple(facts["days"])})
        is_sound = len(rhythm.hours) == HOURS and len(rhythm.days) == DAYS
        figures = (rhythm.an_hour, *rhythm.hours, *rhythm.days)
        is_sound = is_sound and all(0 < figure < math.inf for figure in figures)
    except (KeyError, TypeError):
        return None  # kept by another version: it is learnt anew within a day
    return rhythm if is_sound else None


def _watched_until(seen: Sequence[datetime], since: datetime, until: datetime) -> datetime:
    if not seen:
        return until
    longest = max(
        (later - earlier for earlier, later in pairwise([since, *seen])),
    )
    return min(until, seen[-1] + longest)


def _usual(slots: Counter[datetime]) -> dict[datetime, float]:
    """Items of each hour that had any, with no hour far above the others."""
    if not slots:
        return {}
    _, *others = sorted(slots.values(), reverse=True)
    cap = BURST * median_low(others) if others else 1
    return {slot: float(min(count, cap)) for slot, count in slots.items()}


def _profile(
    slots: Mapping[datetime, float], watched: Sequence[tuple[datetime, float]]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The factors of hours and days, told apart as far as there is evidence for it.

    Hours lean on their neighbours, as nobody publishes by our clock. Eight items in one hour are
    one piece of evidence, not eight: each hour weighs what it brought against the usual hour.
    """
    a_piece = fmean(slots.values()) if slots else 1.0
    hours, days = [0.0] * HOURS, [0.0] * DAYS
    for slot, count in slots.items():
        for away, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            hours[(slot.hour + away) % HOURS] += share * count / a_piece
        days[slot.weekday()] += count / a_piece
    hours_watched, days_watched = [0.0] * HOURS, [0.0] * DAYS
    for at, share in watched:
        hours_watched[at.hour] += share
        days_watched[at.weekday()] += share
    return _factors(hours, hours_watched), _factors(days, days_watched)


def _factors(came: Sequence[float], watched: Sequence[float]) -> tuple[float, ...]:
    """Each cell against the average one, shrunk towards it; 1.0 on average."""
    usual = sum(came) / sum(watched)
    raw = [
        (count + DOUBT) / (usual * share + DOUBT)
        for count, share in zip(came, watched, strict=True)
    ]
    return tuple(factor / fmean(raw) for factor in raw)


def _with_pauses(rhythm: Rhythm, seen: Sequence[datetime]) -> Rhythm:
    """The rhythm with what is usual between two arrivals in different hours."""
    pauses = [
        expected(rhythm, earlier, later)
        for earlier, later in pairwise(seen)
        if _slot(earlier) != _slot(later)
    ]
    if not pauses:
        return rhythm
    usual = median(pauses)
    above = [pause - usual for pause in pauses if pause > usual]
    return replace(
        rhythm,
        pauses=len(pauses),
        usual_pause=usual,
        pause_spread=fmean(above) if above else 0.0,
        longest_pause=max(pauses),
    )


def _hours(since: datetime, until: datetime) -> list[tuple[datetime, float]]:
    """The clock hours between two times, each from when on and how much of it lies between."""
    return list(_walk(since.astimezone(UTC), until.astimezone(UTC)))


def _walk(since: datetime, until: datetime) -> Iterator[tuple[datetime, float]]:
    at = since
    while at < until:
        end = min(_slot(at) + HOUR, until)
        yield at, (end - at) / HOUR
        at = end


def _slot(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _rounded(value: object) -> object:
    if isinstance(value, tuple):
        return [round(factor, 4) for factor in value]
    return round(value, 4) if isinstance(value, float) else value
