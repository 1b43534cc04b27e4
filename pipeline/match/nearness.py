"""Which of some headlines a story comes nearest to: the cosine of their terms, rare ones first."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.match.terms import rarity

LEAST = 0.12  # cosine below which nothing is near
_MOST_SHARED = 5  # words that are told


@dataclass(frozen=True, slots=True)
class Near:
    """A headline that a story comes near: how near, from 0 to 1, and by which words."""

    title: str
    similarity: float
    shared: tuple[str, ...]


def nearest(titles: Mapping[str, Counter[str]], terms: Counter[str]) -> Near | None:
    """Return which of some headlines comes nearest, by the words it shares, if one comes near."""
    found = [(_cosine(words, terms), title) for title, words in titles.items()]
    best, title = max(found, default=(0.0, ""))
    if best < LEAST:
        return None
    shared = sorted(set(titles[title]) & set(terms), key=lambda word: (-rarity(word), word))
    return Near(title, best, tuple(shared[:_MOST_SHARED]))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    product = sum(sorted(rarity(word) ** 2 for word in one if word in other))
    return product / (_length(one) * _length(other)) if product else 0.0


def _length(words: Counter[str]) -> float:
    return math.sqrt(sum(sorted(rarity(word) ** 2 for word in words)))
