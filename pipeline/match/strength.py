"""How much a story says of what a query looks for: the query as a scale instead of a gate.

Each word, phrase or fact that is hit counts its weight (`^3`; 1 if none is written), less where it
stands below the headline. In a part of alternatives the weights of different places add up, and the
first says more than the fifth: a part with one point is half said, with two three quarters. All
parts of a way count alike, and one that is hardly said leaves little of the others.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.match.query import And, Fact, Hit, Node, Not, Or, Query, Reading, Words
from pipeline.records import Span

_PLACE = {"title": 1.0, "summary": 0.45, "text": 0.45}
_UNSAID = 0.04  # points of a part that nothing answers: a near miss is more than nothing


@dataclass(frozen=True, slots=True)
class Said:
    """What answers one part of a query: how much it says, and by what."""

    points: float
    hits: tuple[Hit, ...] = ()

    @property
    def share(self) -> float:
        """How far the part is said, from 0 to 1."""
        return share(self.points)


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a query: how far each of its parts is said; None where nothing answers."""

    parts: tuple[Node, ...]
    said: tuple[Said | None, ...]

    @property
    def shares(self) -> list[float]:
        """How far each part is said; what only must not be there is not said at all."""
        return [0.0 if said is None else said.share for said in self.said if _is_asked(said)]

    @property
    def share(self) -> float:
        """How far the way as a whole is said, from 0 to 1; of a near miss, a little."""
        shares = [max(share, _UNSAID) for share in self.shares]
        return math.pow(math.prod(shares), 1 / len(shares))

    @property
    def is_hit(self) -> bool:
        """Whether every part is answered."""
        return None not in self.said

    @property
    def hits(self) -> list[Hit]:
        """Everything that answers one of the parts."""
        return [hit for said in self.said if said for hit in said.hits]


def _is_asked(said: Said | None) -> bool:
    return said is None or bool(said.hits) or said.points > 0


def share(points: float) -> float:
    """Return how far a part with so many points is said: half for one, three quarters for two."""
    return 1 - math.exp2(-points)


def best_way(query: Query, reading: Reading) -> Way:
    """Return the way through the query of which the story says most; a real hit before others."""
    ways = [_way(parts, reading) for parts in query.ways]
    return max(ways, key=lambda way: (way.is_hit, way.share))


def _way(parts: Sequence[Node], reading: Reading) -> Way:
    asked: tuple[Node, ...] = tuple(part for part in parts if not isinstance(part, Not))
    said = [said_of(part, reading) for part in asked]
    forbidden = [part for part in parts if part not in asked and part.hits(reading) is None]
    if forbidden:
        return Way((*asked, *forbidden), (*said, *(None for _ in forbidden)))
    return Way(asked, tuple(said))


def said_of(node: Node, reading: Reading) -> Said | None:
    """Return how much the story says of `node`; None where the node is not hit."""
    if isinstance(node, Words | Fact):
        hits = node.hits(reading)
        return None if hits is None else Said(node.boost * max(map(_place, hits)), tuple(hits))
    if isinstance(node, Not):
        return None if node.hits(reading) is None else Said(0.0)
    if isinstance(node, Or):
        found = [said for part in node.asked(reading) if (said := said_of(part, reading))]
        return _together(found, node.boost)
    every = [(part, said_of(part, reading)) for part in node.parts]
    return _at_once(every, node)


def _at_once(every: Sequence[tuple[Node, Said | None]], node: And) -> Said | None:
    """Return what parts say that are needed all: as much as the one that says least."""
    found = [said for _, said in every if said is not None]
    if len(found) < len(every):
        return None
    asked = [said.points for part, said in every if said and not isinstance(part, Not)]
    hits = tuple(hit for said in found for hit in said.hits)
    return Said(min(asked, default=0.0) * node.boost, hits)


def _together(found: Sequence[Said], boost: float) -> Said | None:
    """Return what alternatives say together: those at one place count once, the weightiest."""
    if not found:
        return None
    taken: dict[str, list[tuple[int, int]]] = {}
    points = 0.0
    hits: list[Hit] = []
    for said in sorted(found, key=_weightiest):
        spans = [hit.span for hit in said.hits if hit.span]
        if not spans or any(_is_free(span, taken) for span in spans):
            points += said.points
        for span in spans:
            taken.setdefault(span.field, []).append((span.start, span.end))
        hits += said.hits
    return Said(points * boost, tuple(hits))


def _is_free(span: Span, taken: Mapping[str, Sequence[tuple[int, int]]]) -> bool:
    """Return whether no weightier alternative stands where this does."""
    return all(span.end <= start or end <= span.start for start, end in taken.get(span.field, ()))


def _weightiest(said: Said) -> tuple[float, int, int]:
    """Sorts by weight; equals, and so the order of the query, do not change the sum."""
    spans = [hit.span for hit in said.hits if hit.span]
    longest = max((span.end - span.start for span in spans), default=0)
    first = min((span.start for span in spans), default=0)
    return -said.points, -longest, first


def _place(hit: Hit) -> float:
    return _PLACE[hit.span.field] if hit.span else 1.0
