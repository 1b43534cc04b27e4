"""The texts of the last days, by their fingerprints, and whose copy a new one is."""

from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.dedupe.relation import Reading, related
from pipeline.records import Relation

TEMPLATE = 30  # stories: a fingerprint that more of them carry belongs to a form, not to a text
FEWEST_SHARED = 2  # fingerprints: one alone is a standing phrase as often as a copy
COMPARED = 8  # stories, those with most fingerprints in common first
DAYS = 7  # so long a text is looked for; a day more and it is a new one, unless word for word
_NEARLY_ALL = 0.9  # of the longer text: whoever is like the one is like the other
# Where so many stories come that a day of them would not fit, a day is kept in parts.
_PART = 20_000
_PARTS = 10


@dataclass(frozen=True, slots=True)
class Copy:
    """What a text is a copy of."""

    root: int  # the first story with that text
    of: int  # the story it is most like: the root, or a copy of it
    relation: Relation  # to that one


@dataclass(slots=True)
class _Part:
    day: date
    having: dict[int, list[int]] = field(default_factory=dict)  # stories by fingerprint
    readings: dict[int, Reading] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)


def shared_by(
    keys: Collection[int], *carriers: Mapping[int, Collection[int]], most: int
) -> dict[int, int]:
    """Return how many of these fingerprints each story has; what too many have is left out."""
    shared: dict[int, int] = {}
    for key in keys:
        having = {story for carried in carriers for story in carried.get(key, ())}
        if len(having) <= most:
            for story in having:
                shared[story] = shared.get(story, 0) + 1
    return shared


def likeliest(shared: Mapping[int, int], keys: Collection[int]) -> list[int]:
    """Return which stories to compare with one of these fingerprints, the likeliest first.

    `shared` tells how many fingerprints each story has in common with it.
    """
    fewest = min(FEWEST_SHARED, len(keys))
    enough = sorted((-count, story) for story, count in shared.items() if count >= fewest)
    return [story for _, story in enough[:COMPARED]]


def found_by(
    reading: Reading, of: Reading | None = None, relation: Relation | None = None
) -> frozenset[int]:
    """Return the fingerprints by which a story is to be found, once it is a copy `of` another.

    Only those the other has not, and none where the two are nearly the same: a text in forty
    papers is one text, and no form.
    """
    if of is None or relation is None:
        return reading.fingerprints
    if relation.of_longer >= _NEARLY_ALL:
        return frozenset()
    return reading.fingerprints - of.fingerprints


class Recent:
    """The last days' texts in memory; the oldest are forgotten by the day.

    Stories are known by numbers of the caller's.
    """

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque()

    def take(self, story: int, reading: Reading, day: date) -> Copy | None:
        """Remember a story that came that day; gives what it is a copy of, if it is one."""
        copy = self._copied(reading)
        self._remember(story, reading, day, copy)
        return copy

    def _copied(self, reading: Reading) -> Copy | None:
        copies = [
            Copy(part.roots[story], story, relation)
            for story, part in self._like(reading.fingerprints)
            if (relation := related(part.readings[story], reading)) is not None
        ]
        # Of equals the one that shares most fingerprints, which comes first.
        return max(copies, key=lambda copy: copy.relation.score, default=None)

    def _like(self, keys: frozenset[int]) -> list[tuple[int, _Part]]:
        """Return the stories to compare with one of these fingerprints, the likeliest first."""
        shared: Counter[int] = Counter()
        parts: dict[int, _Part] = {}
        for key in keys:
            carriers: list[int] = []
            for part in self._parts:
                for story in part.having.get(key, ()):
                    parts[story] = part
                    carriers.append(story)
            if len(carriers) <= TEMPLATE:
                shared.update(carriers)
        return [(story, parts[story]) for story in likeliest(shared, keys)]

    def _remember(self, story: int, reading: Reading, day: date, copy: Copy | None) -> None:
        newest = self._parts[-1] if self._parts else None
        if newest is None or newest.day < day or len(newest.readings) >= _PART:
            newest = _Part(max(day, newest.day) if newest else day)
            self._parts.append(newest)
        # A story that comes late is kept with those beside it.
        while (newest.day - self._parts[0].day).days >= DAYS or len(self._parts) > _PARTS:
            self._parts.popleft()
        # Found by the one it copies while that is kept; once that is of another day, by itself.
        of = newest.readings.get(copy.of) if copy else None
        keys = found_by(reading, of, copy.relation if copy else None)
        newest.readings[story] = reading
        newest.roots[story] = copy.root if copy else story
        for key in keys:
            carriers = newest.having.setdefault(key, [])
            if len(carriers) <= TEMPLATE:
                carriers.append(story)
