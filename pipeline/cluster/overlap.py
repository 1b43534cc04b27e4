"""Placing by the rare words that headlines share."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import log, sqrt
from typing import NamedTuple

from pipeline.records import Candidate, Placement
from pipeline.text import content_words

WINDOW = timedelta(hours=72)
# Chosen on public headline sets so that 94 to 98 of 100 pairs put together belong together. A
# wrong merge hides a story from the editor; a missed one only shows a development twice.
CUT = 0.36
_FEWEST_SHARED = 2
_LEAST_WEIGHT = 9.0  # two names nobody else writes about, or three or four common words
_FEWEST_OPEN = 500  # with few developments open every word looks rare
_SHOWN = 5


class _Near(NamedTuple):
    score: float
    development: int
    words: list[str]


class Open:
    """The open developments, by the words of their headlines.

    Give each development the words of its first headline only: with every further one it would
    drift, and large developments would swallow their neighbours.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._words: dict[int, frozenset[str]] = {}
        self._titles: dict[int, str] = {}
        self._last_at: dict[int, datetime] = {}
        self._having: defaultdict[str, list[int]] = defaultdict(list)
        for candidate in candidates:
            self._titles[candidate.id] = candidate.title
            self._last_at[candidate.id] = candidate.last_at
            self._index(candidate.id, candidate.words)

    def add(self, development: int, title: str, at: datetime) -> None:
        """Note that a story belongs to a development, which is new if nobody has named it yet."""
        if development not in self._titles:
            self._titles[development] = title
            self._index(development, self.words(title))
        self._last_at[development] = max(at, self._last_at.get(development, at))

    @staticmethod
    def words(title: str) -> frozenset[str]:
        """Return the words by which a development with this first headline is found."""
        return content_words(title)

    def place(self, title: str, at: datetime) -> Placement:
        """Return the development that shares most of a headline's rare words, or a new one."""
        near = self._nearest(self.words(title), at)
        best, second = (*near, None, None)[:2]
        if best is None:
            why = "a new development: nothing open shares two telling words with it"
            return Placement(
                development=None, score=1.0, runner_up=None, runner_up_score=0.0, why=why
            )
        what = f"{_listed(best.words)} with “{self._titles[best.development]}”"
        if best.score < CUT:
            return Placement(
                development=None,
                score=1.0,
                runner_up=best.development,
                runner_up_score=best.score,
                why=f"a new development: it shares only {what} ({best.score:.2f}, needs {CUT})",
            )
        return Placement(
            development=best.development,
            score=best.score,
            runner_up=second.development if second else None,
            runner_up_score=second.score if second else 0.0,
            why=f"shares {what}",
        )

    def _index(self, development: int, words: frozenset[str]) -> None:
        self._words[development] = words
        for word in words:
            self._having[word].append(development)

    def _rarity(self, word: str) -> float:
        """Return what a word tells: about 7 for one nobody else has, near 0 for one all have."""
        having = len(self._having[word]) if word in self._having else 0
        return max(log((max(len(self._words), _FEWEST_OPEN) + 1) / (having + 0.5)), 0.0)

    def _nearest(self, words: frozenset[str], at: datetime) -> list[_Near]:
        """Return the developments that share enough with a headline, the best first."""
        rarity = {word: self._rarity(word) for word in words}
        shared: defaultdict[int, list[str]] = defaultdict(list)
        for word in sorted(words, key=lambda word: (-rarity[word], word)):
            for development in self._having.get(word, ()):
                shared[development].append(word)
        near: list[_Near] = []
        for development, common in shared.items():
            weight = sum(rarity[word] for word in common)
            if (
                len(common) >= _FEWEST_SHARED
                and weight >= _LEAST_WEIGHT
                and abs(at - self._last_at[development]) <= WINDOW
            ):
                of_development = sum(map(self._rarity, self._words[development]))
                score = weight / sqrt(sum(rarity.values()) * of_development)
                near.append(_Near(score, development, common))
        return sorted(near, key=lambda one: (-one.score, one.development))


def _listed(words: list[str]) -> str:
    quoted = [f"“{word}”" for word in words[:_SHOWN]]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
