"""Which words rise and fall among what a series takes and refuses: a war's vocabulary moves."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.text import terms

LATELY = timedelta(weeks=4)
_FEWEST = 2  # headlines a word must stand in
_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A headline that was decided upon."""

    title: str
    is_wanted: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A word, in how many headlines of the last weeks it stands and in how many before."""

    term: str
    lately: int
    before: int
    is_rising: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What moves among the accepted and among the rejected, what moves most first."""

    accepted: tuple[Moving, ...]
    rejected: tuple[Moving, ...]


def drift(decided: Iterable[Decided], now: datetime) -> Drift:
    """Return the words that rise and fall; none where nothing was decided before the last weeks."""
    told = list(decided)
    return Drift(
        accepted=_moving([one for one in told if one.is_wanted], now),
        rejected=_moving([one for one in told if not one.is_wanted], now),
    )


def _moving(decided: list[Decided], now: datetime) -> tuple[Moving, ...]:
    since = now - LATELY
    lately = [one.title for one in decided if one.at > since]
    before = [one.title for one in decided if one.at <= since]
    if not lately or not before:
        return ()
    counted = [Counter(term for title in titles for term in set(terms(title)))
               for titles in (lately, before)]  # fmt: skip
    sizes = len(lately), len(before)
    ranked = []
    for term in sorted(counted[0].keys() | counted[1].keys()):
        new, old = counted[0][term], counted[1][term]
        if new + old < _FEWEST or term.isdigit():
            continue
        # How surely the two shares differ: a rough z, half a headline added on either side.
        share = (new + old + 1) / (sum(sizes) + 2)
        spread = math.sqrt(share * (1 - share) * (1 / sizes[0] + 1 / sizes[1]))
        moved = (new / sizes[0] - old / sizes[1]) / spread
        if abs(moved) >= 1:
            ranked.append((-abs(moved), term, new, old, moved > 0))
    return tuple(
        Moving(term=term, lately=new, before=old, is_rising=is_rising)
        for _, term, new, old, is_rising in sorted(ranked)[:_MOST]
    )
