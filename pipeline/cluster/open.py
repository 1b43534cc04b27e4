"""The open developments, and which of them a story belongs to."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from math import exp, log, sqrt

from pipeline import prefixes
from pipeline.cluster.setting import SHIPPED, Setting
from pipeline.cluster.timing import Timing, bin_of
from pipeline.records import Placement, Weighed
from pipeline.text import terms

OPEN_FOR = timedelta(days=14)  # a development takes no further story after this long a silence
# Stories that are remembered at most, forgotten by the block. Which stories a process remembers
# follows from the number of the last one, never from when the process began.
BLOCK = 20_000
BLOCKS = 10

_BODY = 200  # words of it that are read: what the news is stands at the beginning
_IN_HEADLINE = 2.0  # a headline's word counts as much as so many of the body's
_KEPT = 80  # words of a story
_UNIT = 1000  # the length of a story's weights
_FEW = 100  # stories that are thought to have been read before the first, so that not all is rare

_FOUND_BY = 25  # of a story's words
_LATEST = 150  # stories that have a word, of which it is found
_LOOKED_AT = 1500  # stories, counted each time they are met, before the rest of the words is left
_LEAST_LIKE = 20_000  # of _UNIT squared: below, nobody would call two stories alike
_NEIGHBOURS = 40  # stories
_CANDIDATES = 12  # developments
_FIRST, _LAST = 8, 24  # stories by which a development is known: bounded, and held to its beginning
_BEGINNING = 2  # stories
_SPEAKING = 1.0  # log odds
_FLOOR = 0.1  # likeness to the nearest story, below which no time makes up for it
_THREE = 3

_SURE = 0.45  # likeness: such stories tell one development, whatever their times
_OTHERS = 3  # developments whose times are counted beside
_AMONG = 3000  # the last ones opened
_ENOUGH_OPEN = 8
_SCATTER = 0x9E37_79B1
_HALF = 0.5
_SHOWN = 5


@dataclass(slots=True, eq=False)
class _Story:
    number: int
    development: int
    at: datetime
    words: array[int]
    weights: array[int]
    headline: array[int]
    length: float
    same: int | None
    others: tuple[int, ...]


@dataclass(slots=True, eq=False)
class _Development:
    title: str
    last_at: datetime
    stories: list[_Story]  # all that are remembered
    known_by: list[_Story]
    whole: dict[int, int]  # the sum of their weights; whole numbers, so taken back exactly
    headlines: dict[int, int]
    length: float
    headline_length: float


@dataclass(slots=True, eq=False)
class _Near:
    """A development beside a story, with how alike they are by each of MEASURES."""

    development: int
    measures: tuple[float, ...]
    logit: float = 0.0


class Open:
    """The open developments, by the telling words of their stories.

    Ask `place`, then tell with `add` what became of it. Everything in here follows from the stories
    added, in their order, of which the oldest are forgotten by the block: so a process that begins
    with the last stories goes on as any other would.
    """

    def __init__(self, setting: Setting = SHIPPED) -> None:
        self._setting = setting
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._having: list[int] = []  # stories, by the word's slot
        self._found: dict[int, tuple[array[int], array[int]]] = {}
        self._stories: dict[int, _Story] = {}
        self._developments: dict[int, _Development] = {}
        self._numbers: list[int] = []  # of the stories, in their order
        self._timing = Timing()
        self._start = 0

    # --- placing

    def place(self, title: str, text: str, at: datetime) -> Placement:
        """Return the development that a story belongs to most likely, or a new one, and why."""
        weights, headline = self._weigh(title, text)
        near = self._near(weights, headline, at)
        weighed = self._weighed(weights, headline, near, at)
        silence = self._timing.silence()
        for one in near:
            one.logit = self._setting.logit(one.measures, silence)
        near.sort(key=lambda one: (-one.logit, one.development))
        best, second = (*near, None, None)[:2]
        if best is None:
            return Placement(
                development=None,
                score=1.0,
                runner_up=None,
                runner_up_score=0.0,
                why="a new development: nothing open is like it",
                weighed=weighed,
            )
        what = self._told(best, weights, at)
        if best.logit < 0:
            return Placement(
                development=None,
                score=1 - _chance(best.logit),
                runner_up=best.development,
                runner_up_score=_chance(best.logit),
                why=f"a new development: {what} is not enough ({_chance(best.logit):.2f})",
                weighed=weighed,
            )
        return Placement(
            development=best.development,
            score=_chance(best.logit),
            runner_up=second.development if second else None,
            runner_up_score=_chance(second.logit) if second else 0.0,
            why=what,
            weighed=weighed,
        )

    def measured(self, title: str, text: str, at: datetime) -> tuple[list[_Near], Weighed]:
        """Return the developments near a story, unjudged, and the story weighed: to fit with."""
        weights, headline = self._weigh(title, text)
        near = self._near(weights, headline, at)
        return near, self._weighed(weights, headline, near, at)

    def _weigh(self, title: str, text: str) -> tuple[dict[str, int], dict[str, int]]:
        """Return the telling words of a story with their weights, and those of its headline.

        A word weighs by how often the story has it and how few of the remembered ones do.
        """
        # Nine letters a word and more: what is cut off would not be read anyway.
        in_title = terms(prefixes.blanked(title))  # "UPDATE 2-" says nothing of what it is about
        in_body = terms(text[: 12 * _BODY])[:_BODY]
        counts: dict[str, float] = {}
        for word in in_body:
            counts[word] = counts.get(word, 0.0) + 1
        for word in in_title:
            counts[word] = counts.get(word, 0.0) + _IN_HEADLINE
        read = log(len(self._stories) + 1 + _FEW)
        slots, having = self._slots, self._having
        rarity = {
            word: read - log((having[slots[word]] if word in slots else 0) + 1.5) for word in counts
        }
        order = sorted((-(1 + log(count)) * rarity[word], word) for word, count in counts.items())
        kept = [(word, -weight) for weight, word in order[:_KEPT]]
        kept += [(word, -weight) for weight, word in order[_KEPT:] if word in set(in_title)]
        return _to_length(kept), _to_length(sorted((word, rarity[word]) for word in {*in_title}))

    def _near(self, weights: dict[str, int], headline: dict[str, int], at: datetime) -> list[_Near]:
        """Return the developments of the stories most like it, with how alike they are."""
        mine = {self._slots[w]: weight for w, weight in weights.items() if w in self._slots}
        titled = {self._slots[w]: weight for w, weight in headline.items() if w in self._slots}
        length = _length(weights.values())
        by_development: dict[int, list[float]] = {}
        for story in self._neighbours(weights):
            development = self._developments[story.development]
            likenesses = by_development.get(story.development)
            if likenesses is None:
                if len(by_development) == _CANDIDATES or abs(at - development.last_at) > OPEN_FOR:
                    continue
                likenesses = by_development[story.development] = []
            likenesses.append(_likeness(mine, length, story))
        near = []
        for number, likenesses in by_development.items():
            known = self._developments[number]
            measures = self._measures(
                known, likenesses=likenesses, mine=mine, titled=titled, length=length, at=at
            )
            # One word in common is not enough, however rare, unless the times speak for it.
            in_common = len(mine.keys() & known.whole.keys())
            if likenesses[0] >= _FLOOR and (in_common > 1 or measures[-1] >= _SPEAKING):
                near.append(_Near(number, measures))
        return near

    def _neighbours(self, weights: dict[str, int]) -> list[_Story]:
        """Return the stories that share most of a story's heaviest words."""
        shared: dict[int, int] = {}
        get = shared.get
        looked_at = 0
        for word, weight in list(weights.items())[:_FOUND_BY]:
            slot = self._slots.get(word)
            if slot is None or slot not in self._found:
                continue
            numbers, theirs = self._found[slot]
            if len(numbers) > _LATEST:
                numbers, theirs = numbers[-_LATEST:], theirs[-_LATEST:]
            for number, other in zip(numbers, theirs, strict=True):
                shared[number] = get(number, 0) + weight * other
            looked_at += len(numbers)
            if looked_at > _LOOKED_AT:
                break
        like = [(score, number) for number, score in shared.items() if score >= _LEAST_LIKE]
        return [self._stories[number] for _, number in nlargest(_NEIGHBOURS, like)]

    def _measures(  # noqa: PLR0913 - what was worked out once is handed on
        self,
        development: _Development,
        *,
        likenesses: list[float],
        mine: dict[int, int],
        titled: dict[int, int],
        length: float,
        at: datetime,
    ) -> tuple[float, ...]:
        """Return how alike a story and a development are, by each of MEASURES."""
        likenesses.sort(reverse=True)
        nearest = likenesses[0]
        few = likenesses[:_THREE]
        headline = _dot(titled, development.headlines) / (_UNIT * development.headline_length)
        if len(development.known_by) == 1:
            whole = first = nearest
        else:
            whole = _dot(mine, development.whole) / (length * development.length)
            beginning = development.known_by[:_BEGINNING]
            first = max(_likeness(mine, length, story) for story in beginning)
        evidence = self._timing.evidence(at - development.last_at)
        return (whole, nearest, sum(few) / len(few), first, headline, evidence)

    def _weighed(
        self, weights: dict[str, int], headline: dict[str, int], near: list[_Near], at: datetime
    ) -> Weighed:
        """Return the story with what is to be kept of it: its words, and what its time teaches."""
        surest = max(near, key=lambda one: (one.measures[1], -one.development), default=None)
        same = belongs = None
        if surest is not None and surest.measures[1] >= _SURE:
            belongs = surest.development
            same = bin_of(at - self._developments[belongs].last_at)
        return Weighed(
            words=tuple(weights),
            weights=tuple(weights.values()),
            headline=tuple(headline.get(word, 0) for word in weights),
            same=same,
            others=tuple(self._others(at, belongs)),
        )

    def _others(self, at: datetime, surest: int | None) -> Iterable[int]:
        """Give the times since the last stories of some developments, whichever they tell.

        Drawn by stories, so that a development counts as often as it is told: of one that is told
        every minute any story comes within a minute, and that says nothing.
        """
        if len(self._numbers) < _ENOUGH_OPEN:
            return
        among = min(len(self._numbers), _AMONG)
        for turn in range(_OTHERS):
            drawn = (len(self._numbers) * _OTHERS + turn + 1) * _SCATTER & 0xFFFF_FFFF
            number = self._stories[self._numbers[-1 - (drawn * among >> 32)]].development
            gap = at - self._developments[number].last_at
            if number != surest and abs(gap) <= OPEN_FOR:
                yield bin_of(gap)

    def _told(self, near: _Near, weights: dict[str, int], at: datetime) -> str:
        """Return in words what a story shares with a development."""
        development = self._developments[near.development]
        shared = sorted(
            (-weight * development.whole.get(self._slots[word], 0), word)
            for word, weight in weights.items()
            if word in self._slots
        )
        quoted = [f"“{word}”" for weight, word in shared[:_SHOWN] if weight]
        what = f"shares {_listed(quoted)} with “{development.title}”"
        evidence = near.measures[-1]
        if abs(evidence) < _HALF:
            return what
        apart = _apart(at - development.last_at)
        usual = "as is usual within one development" if evidence > 0 else "longer than is usual"
        return f"{what}; {apart} its last story, {usual}"

    # --- remembering

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
        known = self._developments.get(development)
        if known is None:
            known = self._developments[development] = _opened(title, at)
        known.last_at = max(known.last_at, at)
        known.stories.append(story)
        _known_by(known, story)

    def _remember(self, number: int, development: int, weighed: Weighed, at: datetime) -> _Story:
        slots = [self._slot(word) for word in weighed.words]
        for slot in slots:
            self._having[slot] += 1
        for slot, weight in zip(slots[:_FOUND_BY], weighed.weights, strict=False):
            numbers, weights = self._found.setdefault(slot, (array("Q"), array("H")))
            numbers.append(number)
            weights.append(weight)
            if len(numbers) > 4 * _LATEST:
                del numbers[: 2 * _LATEST], weights[: 2 * _LATEST]
        self._timing.count(weighed.same, weighed.others)
        story = _Story(
            number=number,
            development=development,
            at=at,
            words=array("I", slots),
            weights=array("H", weighed.weights),
            headline=array("H", weighed.headline),
            length=_length(weighed.weights),
            same=weighed.same,
            others=weighed.others,
        )
        self._stories[number] = story
        self._numbers.append(number)
        return story

    def _slot(self, word: str) -> int:
        slot = self._slots.get(word)
        if slot is None:
            if self._free:
                slot = self._free.pop()
            else:
                slot = len(self._having)
                self._having.append(0)
            self._slots[word] = slot
        return slot

    def _forget(self) -> None:
        """Drop the stories before the first block, and all that only they bear out."""
        gone = [story for number, story in self._stories.items() if number < self._start]
        touched: set[int] = set()
        for story in gone:
            del self._stories[story.number]
            self._timing.count(story.same, story.others, -1)
            touched.add(story.development)
            for slot in story.words:
                self._having[slot] -= 1
        for slot, (numbers, weights) in list(self._found.items()):
            old = sum(1 for number in numbers if number < self._start)
            del numbers[:old], weights[:old]
            if not numbers:
                del self._found[slot]
        for word, slot in list(self._slots.items()):
            if not self._having[slot]:
                del self._slots[word]
                self._free.append(slot)
        for number in touched:
            known = self._developments[number]
            left = [story for story in known.stories if story.number >= self._start]
            if left:
                self._developments[number] = _again(known.title, left)
            else:
                del self._developments[number]
        self._numbers = list(self._stories)


def first_remembered(last: int) -> int:
    """Return the number of the first story that counts once this one has been placed."""
    return max(0, (last // BLOCK - BLOCKS) * BLOCK)


def _opened(title: str, at: datetime) -> _Development:
    return _Development(
        title=title,
        last_at=at,
        stories=[],
        known_by=[],
        whole={},
        headlines={},
        length=1.0,
        headline_length=1.0,
    )


def _again(title: str, stories: Sequence[_Story]) -> _Development:
    """Return the development as if it had begun with the first of these stories."""
    known = _opened(title, stories[0].at)
    for story in stories:
        known.last_at = max(known.last_at, story.at)
        known.stories.append(story)
        _known_by(known, story)
    return known


def _known_by(known: _Development, story: _Story) -> None:
    """Let a development be known by this story too, and by one between first and last no more."""
    known.known_by.append(story)
    _count(known, story, 1)
    if len(known.known_by) > _FIRST + _LAST:
        _count(known, known.known_by.pop(_FIRST), -1)
    known.length = _length(known.whole.values())
    known.headline_length = _length(known.headlines.values())


def _count(known: _Development, story: _Story, times: int) -> None:
    for summed, weights in ((known.whole, story.weights), (known.headlines, story.headline)):
        for slot, weight in zip(story.words, weights, strict=True):
            if weight:
                summed[slot] = summed.get(slot, 0) + times * weight
                if not summed[slot]:
                    del summed[slot]


def _to_length(weights: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Return weights in whole numbers, so that together they have the length of `_UNIT`."""
    length = sqrt(sum(weight * weight for _, weight in weights)) or 1.0
    return {word: max(1, int(weight / length * _UNIT + _HALF)) for word, weight in weights}


def _length(weights: Iterable[int]) -> float:
    return sqrt(sum([weight * weight for weight in weights])) or 1.0


def _dot(one: dict[int, int], other: dict[int, int]) -> int:
    return sum([weight * other[slot] for slot, weight in one.items() if slot in other])


def _likeness(mine: dict[int, int], length: float, story: _Story) -> float:
    get = mine.get
    shared = sum([get(s, 0) * w for s, w in zip(story.words, story.weights, strict=True)])
    return float(shared / (length * story.length))


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, logit))))


def _listed(quoted: Sequence[str]) -> str:
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)


def _apart(gap: timedelta) -> str:
    """Return in words how long after another a story came."""
    seconds = abs(gap.total_seconds())
    units = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    unit, name = next((one for one in units if seconds >= one[0]), units[-1])
    number = int(seconds / unit)
    return f"{number} {name}{'' if number == 1 else 's'} {'before' if gap.days < 0 else 'after'}"
