"""How alike a story and a development are, by several measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from pipeline.cluster.memory import FIRST, Development, Known
from pipeline.cluster.weigh import UNIT, is_number, length
from pipeline.records import Weighed

_BEGINNING = 2  # stories
_THREE = 3
# What is counted where neither has any: headlines alone seldom name anybody within a sentence. And
# where only one has: about what accounts of different happenings have in common.
_NO_NAMES = 0.4
_ONE_SIDED = 0.2
_NO_NUMBERS = 0.5


@dataclass(slots=True, eq=False)
class Seen:
    """A story to be measured: what it shares with the remembered ones, by the words' slots."""

    words: dict[int, int]
    headline: dict[int, int]
    names: dict[int, int]
    numbers: dict[int, int]
    length: float
    names_square: int  # these two also count words that no remembered story has
    numbers_square: int


def seen(weighed: Weighed, slots: Mapping[str, int]) -> Seen:
    """Return a weighed story, ready to be measured."""
    words: dict[int, int] = {}
    headline: dict[int, int] = {}
    numbers: dict[int, int] = {}
    numbers_square = 0
    for word, weight, titled in zip(weighed.words, weighed.weights, weighed.headline, strict=True):
        slot = slots.get(word)
        if slot is not None:
            words[slot] = weight
            if titled:
                headline[slot] = titled
        if is_number(word):
            numbers_square += weight * weight
            if slot is not None:
                numbers[slot] = weight
    named = [(slots.get(weighed.words[place]), weighed.weights[place]) for place in weighed.names]
    return Seen(
        words=words,
        headline=headline,
        names={slot: weight for slot, weight in named if slot is not None},
        numbers=numbers,
        length=length(weighed.weights),
        names_square=sum([weight * weight for _, weight in named]),
        numbers_square=numbers_square,
    )


def likeness(story: Seen, other: Known) -> float:
    """Return from 0 to 1 how alike two stories are."""
    get = story.words.get
    shared = sum([get(s, 0) * w for s, w in zip(other.words, other.weights, strict=True)])
    return float(shared / (story.length * other.length))


def measures(
    story: Seen, development: Development, alike: Mapping[int, float], evidence: float
) -> tuple[float, ...]:
    """Return how alike a story and a development are, by each of MEASURES.

    `alike` is how alike the stories of it are that are nearest, by their numbers; `evidence` is
    that of the time.
    """
    likenesses = sorted(alike.values(), reverse=True)
    nearest = likenesses[0]
    few = likenesses[:_THREE]
    headline = dot(story.headline, development.headlines) / (UNIT * development.headline_length)
    if len(development.known_by) == 1:
        whole = first = nearest
    else:
        whole = dot(story.words, development.whole) / (story.length * development.length)
        firsts = development.known_by[:_BEGINNING]
        first = max(
            alike[one.number] if one.number in alike else likeness(story, one) for one in firsts
        )
    return (
        whole,
        nearest,
        sum(few) / len(few),
        first,
        headline,
        evidence,
        _names(story, development),
        _numbers(story, development),
        _clash(story, development),
    )


def _names(story: Seen, development: Development) -> float:
    """Return how alike they are by names alone: two happenings of one kind have other people."""
    whole = development.whole
    # A name is one wherever it is written as one: the other may have it in its headline only.
    also = sum([whole[s] ** 2 for s in story.names if s in whole and s not in development.names])
    theirs = development.names_square + also
    if not story.names_square or not theirs:
        return _ONE_SIDED if story.names_square or theirs else _NO_NAMES
    return float(dot(story.names, whole) / sqrt(story.names_square * theirs))


def _numbers(story: Seen, development: Development) -> float:
    """Return which share of a story's numbers the development has, by their weight."""
    if not story.numbers_square:
        return _NO_NUMBERS
    shared = [w * w for s, w in story.numbers.items() if s in development.whole]
    return sum(shared) / story.numbers_square


def _clash(story: Seen, development: Development) -> float:
    """Return 1 if both have numbers and none in common, else 0."""
    if not story.numbers_square or not development.numbers:
        return 0.0
    return float(development.numbers.keys().isdisjoint(story.numbers))


def dot(one: Mapping[int, int], other: Mapping[int, int]) -> int:
    """Return the product of two vectors of weights."""
    return sum([weight * other[slot] for slot, weight in one.items() if slot in other])


def have_two(one: Mapping[int, int], other: Mapping[int, int]) -> bool:
    """Return whether at least two words of the one are in the other."""
    shared = (slot for slot in one if slot in other)
    return next(shared, None) is not None and next(shared, None) is not None


def beginning(story: Seen, development: Development) -> float:
    """Return how alike a story is to what a development began with."""
    summed: dict[int, int] = {}
    for first in development.known_by[:FIRST]:
        for slot, weight in zip(first.words, first.weights, strict=True):
            summed[slot] = summed.get(slot, 0) + weight
    return dot(story.words, summed) / (story.length * length(summed.values()))
