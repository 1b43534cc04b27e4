"""Many series at once: which of them a story can possibly hit, found without asking each.

Of every query the group of words is kept of which at least one must stand in the story, the rarest
group where there are several. A story's own words lead to the series that wait for them; only
those are asked. So a story costs what it hits, however many series there are.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.match.query import STEM, Fact, Node, Not, Or, Query, Reading, Words
from pipeline.match.terms import rarity
from pipeline.match.zones import chance, is_drawn, place_of, turn_of
from pipeline.records import Series

_COST = {"language": 400.0, "kind": 200.0, "tag": 8.0, "place": 8.0, "topic": 8.0}
_PREFIX = 2.0  # a word with a star is met so much more often
_COMMON = 20.0  # so is a word of every page


@dataclass(frozen=True, slots=True)
class _Key:
    """What a story must have: a word, the beginning of one, or a fact."""

    kind: str  # word, prefix, or the field of a fact
    value: str

    @property
    def cost(self) -> float:
        """How often it is met, roughly."""
        if self.kind not in ("word", "prefix"):
            return _COST.get(self.kind, 1.0)
        cost = 1.0 if rarity(self.value) > 1 else _COMMON
        return cost * (_PREFIX if self.kind == "prefix" else 1.0)


class Gate:
    """Queries, filed under what a story must have for them to be hit."""

    def __init__(self, queries: Sequence[Query]) -> None:
        """File each query under its rarest group; those that wait for nothing are always asked."""
        self._words: defaultdict[str, list[int]] = defaultdict(list)
        self._prefixes: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self._facts: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._always: list[int] = []
        for number, query in enumerate(queries):
            keys = _needed(query.node)
            if keys is None:
                self._always.append(number)
                continue
            for key in keys:
                self._file(key, number)

    def _file(self, key: _Key, number: int) -> None:
        if key.kind == "word":
            self._words[key.value].append(number)
        elif key.kind == "prefix":
            self._prefixes[key.value[:STEM]].append((key.value, number))
        else:
            self._facts[key.kind][key.value].append(number)

    def candidates(self, reading: Reading) -> list[int]:
        """Return the numbers of the queries that the story may hit, in their order."""
        found = set(self._always)
        head = reading.head
        for word in head.places.keys() & self._words.keys():
            found.update(self._words[word])
        for stem in head.stems.keys() & self._prefixes.keys():
            words = head.stems[stem]
            for prefix, number in self._prefixes[stem]:
                if number not in found and any(word.startswith(prefix) for word in words):
                    found.add(number)
        for field, waiting in self._facts.items():
            for value in reading.facts[field].keys() & waiting.keys():
                found.update(waiting[value])
        return sorted(found)


def _needed(node: Node) -> frozenset[_Key] | None:
    """Return a group of which the story must have one for `node` to be hit; None: of nothing."""
    if isinstance(node, Words):
        return _of_words(node)
    if isinstance(node, Fact):
        return frozenset({_Key(node.field, node.value)})
    if isinstance(node, Not):
        return None
    groups = [_needed(part) for part in node.parts]
    if isinstance(node, Or):
        return None if None in groups else frozenset().union(*(group or () for group in groups))
    known = [group for group in groups if group is not None]
    return min(known, key=_cost, default=None)


def _of_words(node: Words) -> frozenset[_Key] | None:
    """Return the spellings of the rarest word of a phrase."""
    if node.field == "text":
        return None  # anywhere in the body, which is not read for this
    pieces = []
    for piece in node.pieces:
        is_short = any(len(spelling) < STEM for spelling in piece.spellings)
        if piece.is_prefix and is_short:
            continue  # a later word of a row may be "F-1*"
        kind = "prefix" if piece.is_prefix else "word"
        pieces.append(frozenset(_Key(kind, spelling) for spelling in piece.spellings))
    return min(pieces, key=_cost, default=None)


def _cost(group: frozenset[_Key]) -> float:
    return sum(key.cost for key in group)


class Lottery:
    """Which series draw a story that hits nothing of theirs, so that their recall is known."""

    def __init__(self, series: Sequence[Series]) -> None:
        """Sort the series by where in the lottery they begin."""
        turns = sorted((turn_of(one.key), number) for number, one in enumerate(series))
        self._series = series
        self._turns = [turn for turn, _ in turns]
        self._numbers = [number for _, number in turns]
        self._widest = max((chance(one, is_hit=False) for one in series), default=0.0)

    def drawn(self, reading: Reading) -> Iterator[int]:
        """Yield the numbers of the series that draw the story."""
        place = place_of(reading.tagged.story)
        for whole in (0.0, 1.0):  # the lottery goes round
            first = bisect_left(self._turns, place + whole - self._widest)
            for at in range(first, bisect_right(self._turns, place + whole)):
                if is_drawn(place, self._series[self._numbers[at]], is_hit=False):
                    yield self._numbers[at]
