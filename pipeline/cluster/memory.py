"""What is remembered of the stories placed: their words, and which development each belongs to."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from pipeline.cluster.timing import Timing
from pipeline.cluster.weigh import is_number, length
from pipeline.records import Weighed

# Stories that are remembered at most, forgotten by the block. Which stories a process remembers
# follows from the number of the last one, never from when the process began.
BLOCK = 20_000
BLOCKS = 10

FOUND_BY = 25  # of a story's words
LATEST = 150  # stories that have a word, of which it is found
FIRST, LAST = 8, 24  # stories by which a development is known: bounded, and held to its beginning


def first_remembered(last: int) -> int:
    """Return the number of the first story that counts once this one has been placed."""
    return max(0, (last // BLOCK - BLOCKS) * BLOCK)


@dataclass(slots=True, eq=False)
class Known:
    """A story as it is remembered, its words as slots."""

    number: int
    development: int
    at: datetime
    words: array[int]
    weights: array[int]
    headline: array[int]
    names: array[int]  # those of its words that are names
    numbers: array[int]  # and those that are numbers
    length: float
    same: int | None
    others: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Development:
    """A development by the words of the stories that it is known by."""

    title: str
    last_at: datetime
    stories: list[Known]  # all that are remembered
    known_by: list[Known]
    whole: dict[int, int]  # the sum of their weights; whole numbers, so taken back exactly
    headlines: dict[int, int]
    names: dict[int, int]  # in how many of them
    numbers: dict[int, int]
    length: float
    headline_length: float
    square: int  # of `whole`, kept up as it grows
    headline_square: int
    names_square: int  # of `whole`, over its names


class Memory:
    """The stories placed last, by their words, and the developments they make.

    All of it follows from the stories added, in their order, of which the oldest are forgotten by
    the block: so a process that begins with the last stories has the same.
    """

    def __init__(self) -> None:
        self.stories: dict[int, Known] = {}
        self.developments: dict[int, Development] = {}
        self.numbers: list[int] = []  # of the stories, in their order
        self.timing = Timing()
        self.slots: dict[str, int] = {}
        self.having: list[int] = []  # stories, by the word's slot
        self._free: list[int] = []
        self._found: dict[int, tuple[array[int], array[int]]] = {}
        self._start = 0

    def add(
        self, number: int, development: int, weighed: Weighed, *, title: str, at: datetime
    ) -> None:
        """Note that a story belongs to a development, which is new if nobody has named it yet.

        Numbers ascend with the order of placing, of all stories there ever were.
        """
        start = first_remembered(number)
        if start > self._start:
            self._start = start
            self._forget()
        story = self._remember(number, development, weighed, at)
        known = self.developments.get(development)
        if known is None:
            known = self.developments[development] = _opened(title, at)
        _join(known, story)

    def move(self, placed: Sequence[tuple[int, int, str]]) -> None:
        """Put stories, given by number, development and its title, where an editor says they are.

        The developments are then what they were, had the stories been there from the beginning.
        """
        touched: dict[int, str] = {}
        for number, development, title in placed:
            story = self.stories.get(number)
            if story is None:
                continue
            old = self.developments[story.development]
            touched.setdefault(story.development, old.title)
            touched[development] = title
            old.stories.remove(story)
            story.development = development
            into = self.developments.setdefault(development, _opened(title, story.at))
            into.stories.append(story)
        for number, title in touched.items():
            left = sorted(self.developments[number].stories, key=lambda one: one.number)
            self._again(number, title, left)

    def found_by(self, slot: int) -> tuple[array[int], array[int]]:
        """Return the latest stories that a word finds, each with the word's weight there."""
        numbers, weights = self._found.get(slot, _NONE)
        if len(numbers) > LATEST:
            return numbers[-LATEST:], weights[-LATEST:]
        return numbers, weights

    def _remember(self, number: int, development: int, weighed: Weighed, at: datetime) -> Known:
        slots = [self._slot(word) for word in weighed.words]
        for slot in slots:
            self.having[slot] += 1
        for slot, weight in zip(slots[:FOUND_BY], weighed.weights, strict=False):
            numbers, weights = self._found.setdefault(slot, (array("Q"), array("H")))
            numbers.append(number)
            weights.append(weight)
            if len(numbers) > 4 * LATEST:
                del numbers[: 2 * LATEST], weights[: 2 * LATEST]
        self.timing.count(weighed.same, weighed.others)
        counted = [slot for slot, word in zip(slots, weighed.words, strict=True) if is_number(word)]
        story = Known(
            number=number,
            development=development,
            at=at,
            words=array("I", slots),
            weights=array("H", weighed.weights),
            headline=array("H", weighed.headline),
            names=array("I", [slots[place] for place in weighed.names]),
            numbers=array("I", counted),
            length=length(weighed.weights),
            same=weighed.same,
            others=weighed.others,
        )
        self.stories[number] = story
        self.numbers.append(number)
        return story

    def _slot(self, word: str) -> int:
        slot = self.slots.get(word)
        if slot is None:
            if self._free:
                slot = self._free.pop()
            else:
                slot = len(self.having)
                self.having.append(0)
            self.slots[word] = slot
        return slot

    def _forget(self) -> None:
        """Drop the stories before the first block, and all that only they bear out."""
        gone = [story for number, story in self.stories.items() if number < self._start]
        touched: set[int] = set()
        for story in gone:
            del self.stories[story.number]
            self.timing.count(story.same, story.others, -1)
            touched.add(story.development)
            for slot in story.words:
                self.having[slot] -= 1
        for slot, (numbers, weights) in list(self._found.items()):
            old = sum(1 for number in numbers if number < self._start)
            del numbers[:old], weights[:old]
            if not numbers:
                del self._found[slot]
        for word, slot in list(self.slots.items()):
            if not self.having[slot]:
                del self.slots[word]
                self._free.append(slot)
        for number in touched:
            known = self.developments[number]
            left = [story for story in known.stories if story.number >= self._start]
            self._again(number, known.title, left)
        self.numbers = list(self.stories)

    def _again(self, number: int, title: str, stories: Sequence[Known]) -> None:
        """Let a development be as if it had begun with the first of these stories."""
        if not stories:
            del self.developments[number]
            return
        known = self.developments[number] = _opened(title, stories[0].at)
        for story in stories:
            _join(known, story)


_NONE: tuple[array[int], array[int]] = (array("Q"), array("H"))


def _opened(title: str, at: datetime) -> Development:
    return Development(
        title=title,
        last_at=at,
        stories=[],
        known_by=[],
        whole={},
        headlines={},
        names={},
        numbers={},
        length=1.0,
        headline_length=1.0,
        square=0,
        headline_square=0,
        names_square=0,
    )


def _join(known: Development, story: Known) -> None:
    """Let a development be known by this story too, and by one between first and last no more."""
    known.last_at = max(known.last_at, story.at)
    known.stories.append(story)
    known.known_by.append(story)
    _count(known, story, 1)
    if len(known.known_by) > FIRST + LAST:
        _count(known, known.known_by.pop(FIRST), -1)
    known.length = sqrt(known.square) or 1.0
    known.headline_length = sqrt(known.headline_square) or 1.0
    known.names_square = sum([known.whole[slot] ** 2 for slot in known.names])


def _count(known: Development, story: Known, times: int) -> None:
    known.square += _sum(known.whole, story.words, story.weights, times)
    known.headline_square += _sum(known.headlines, story.words, story.headline, times)
    for counted, slots in ((known.names, story.names), (known.numbers, story.numbers)):
        _sum(counted, slots, [1] * len(slots), times)


def _sum(summed: dict[int, int], slots: Sequence[int], weights: Sequence[int], times: int) -> int:
    """Add weights to a sum, or take them back; gives by how much its square grows."""
    grown = 0
    for slot, weight in zip(slots, weights, strict=True):
        if weight:
            old = summed.get(slot, 0)
            new = old + times * weight
            grown += new * new - old * old
            if new:
                summed[slot] = new
            else:
                del summed[slot]
    return grown
