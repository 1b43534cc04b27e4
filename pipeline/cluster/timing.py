"""What the time between two stories says about their telling one development.

Nobody tells how long a development lasts: on one desk's feeds forty outlets write within minutes,
on another's a week passes. So it is learnt from the stream itself. Of stories so alike that they
surely belong together, the time since the last one is counted; beside it the time since the last
story of other developments, whichever they are. The ratio of the two is the evidence, weighed by
how far they differ at all: where times are noise, it says nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import log

_BINS = 26
_BASE = (
    2.5  # each bin reaches that many times as far as the one before; the last begins at a century
)
_PRIOR = 8.0
_HALF = 0.25  # of divergence, in nats, at which times count half
_MOST = 4.0  # log odds that a time can weigh
_LEAST_SEEN = 0.2
_ENOUGH = 5  # stories, before times that say nothing are believed half to say nothing


def bin_of(gap: timedelta) -> int:
    """Return the bin of the time between two stories, in whichever order."""
    seconds = abs(gap.total_seconds())
    return 0 if seconds < 1 else min(_BINS - 1, 1 + int(log(seconds) / log(_BASE)))


class Timing:
    """Counts of times, and what they say. Counts are whole numbers: taken back exactly."""

    def __init__(self) -> None:
        self._same = [0] * _BINS
        self._other = [0] * _BINS
        self._evidence: list[float] | None = None
        self._weight = 0.0

    def count(self, same: int | None, others: Sequence[int], times: int = 1) -> None:
        """Add the bins that a story's decision gave; -1 times takes them back."""
        if same is not None:
            self._same[same] += times
        for one in others:
            self._other[one] += times
        self._evidence = None

    def evidence(self, gap: timedelta) -> float:
        """Return what a time says, in log odds: above 0 for one development."""
        return self._table()[bin_of(gap)]

    def silence(self) -> float:
        """Return from 0 to 1 how sure it is that times say nothing in this stream."""
        self._table()
        asked = sum(self._same)
        return (1 - self._weight) * asked / (asked + _ENOUGH)

    def _table(self) -> list[float]:
        if self._evidence is None:
            self._evidence = self._learn()
        return self._evidence

    def _learn(self) -> list[float]:
        same, other = _smoothed(self._same), _smoothed(self._other)
        seen = [n for n in range(_BINS) if same[n] + other[n] > _LEAST_SEEN]
        if not seen:
            self._weight = 0.0
            return [0.0] * _BINS
        of_same, of_other = _shares(same, seen), _shares(other, seen)
        ratios = {n: log(of_same[n] / of_other[n]) for n in seen}
        divergence = sum(of_same[n] * ratios[n] for n in seen)
        # Twice the counts times the divergence grows like the bins by chance alone: so much is
        # taken off, or the first dozen stories would prove anything.
        by_chance = 2 * sum(self._same) * divergence
        sure = max(0.0, 1 - len(seen) / by_chance) if by_chance > 0 else 0.0
        self._weight = sure * divergence / (divergence + _HALF)
        return [
            max(-_MOST, min(_MOST, ratios[n])) * self._weight if n in ratios else 0.0
            for n in range(_BINS)
        ]


def _smoothed(counts: Sequence[int]) -> list[float]:
    padded = [0, *counts, 0]
    return [
        0.25 * padded[n] + 0.5 * padded[n + 1] + 0.25 * padded[n + 2] for n in range(len(counts))
    ]


def _shares(counts: Sequence[float], seen: Sequence[int]) -> dict[int, float]:
    whole = sum(counts) + _PRIOR
    return {n: (counts[n] + _PRIOR / len(seen)) / whole for n in seen}
