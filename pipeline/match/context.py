"""What a story leaves out because everybody knows it: its development's other stories say it.

"Trump and Putin in Alaska" names no war; the stories beside it do. What the story says itself
must answer a part of the query; only for the parts it is silent on the others are asked, and they
count for less. The answer rests on the story and the set of its siblings, not on who came first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.match.query import Hit, Node, Not, Query, Reading
from pipeline.match.strength import Said, Way, said_of

_COUNTS = 0.7  # of what the others say, beside what a story says itself
_FEWEST = 2  # others that must say it
_SHARE = 0.4  # of all others that must say it
MOST = 30  # siblings that are asked


@dataclass(frozen=True, slots=True)
class Context:
    """The way a query is answered by a story together with its development."""

    way: Way
    text: str  # in words: who says what the story does not


def in_context(query: Query, reading: Reading, siblings: Sequence[Reading]) -> Context | None:
    """Return the best way hit by the story with its siblings; None if there is none."""
    found = [context for way in query.ways if (context := _context(way, reading, siblings))]
    return max(found, key=lambda context: context.way.share, default=None)


def _context(
    parts: Sequence[Node], reading: Reading, siblings: Sequence[Reading]
) -> Context | None:
    said: list[Said] = []
    words: list[str] = []
    owned = 0
    for part in parts:
        own = said_of(part, reading)
        if own is not None:
            owned += bool(own.hits)
            said.append(own)
            continue
        others = None if isinstance(part, Not) else _others(part, siblings)
        if others is None:
            return None
        said.append(Said(others.points))
        words.append(others.text)
    if not owned:
        return None
    return Context(Way(tuple(parts), tuple(said)), f"its development says it: {'; '.join(words)}")


@dataclass(frozen=True, slots=True)
class _Others:
    points: float
    text: str


def _others(part: Node, siblings: Sequence[Reading]) -> _Others | None:
    """Return how much the siblings say of a part, if enough of them do."""
    found = [said for sibling in siblings if (said := said_of(part, sibling)) is not None]
    if len(found) < max(_FEWEST, _SHARE * len(siblings)):
        return None
    points = _COUNTS * sum(sorted(said.points for said in found)) / len(siblings)
    return _Others(points, f"{len(found)} of {len(siblings)} other stories name {_most(found)}")


def _most(found: Sequence[Said]) -> str:
    """Return the words that most of the siblings say, without their places."""
    counts: dict[str, int] = {}
    for said in found:
        for words in {_words(hit) for hit in said.hits}:
            counts[words] = counts.get(words, 0) + 1
    ranked = sorted(counts, key=lambda words: (-counts[words], words))
    return ", ".join(f'"{words}"' for words in ranked[:3])


def _words(hit: Hit) -> str:
    return hit.span.text if hit.span else hit.term
