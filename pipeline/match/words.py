"""What was hit, what is missing and where, in words an editor can check against the story."""

from collections.abc import Iterator, Sequence

from pipeline.match.query import PLACES, And, Fact, Hit, Node, Not, Or, Reading, Words
from pipeline.records import Span

_SHOWN = 6  # words named of a part that nothing answered


def told(hits: Sequence[Hit]) -> str:
    """Return what was hit and where: "peace talks", "Kyiv" (title), "envoy" (summary)."""
    by_place: dict[str, dict[str, None]] = {}
    ends: dict[str, int] = {}  # how far each field is told: "peace talks" makes "talks" needless
    for hit in sorted(hits, key=_longest_first):
        place, words = (hit.span.field, hit.span.text) if hit.span else ("fact", hit.term)
        if hit.span is None or hit.span.end > ends.get(place, 0):
            by_place.setdefault(place, {})[f'"{words}"'] = None
            ends[place] = hit.span.end if hit.span else 0
    return ", ".join(f"{', '.join(words)} ({place})" for place, words in by_place.items())


def _longest_first(hit: Hit) -> tuple[int, int, int]:
    if hit.span is None:
        return len(PLACES), 0, 0
    return PLACES.index(hit.span.field), hit.span.start, -hit.span.end


def spans(hits: Sequence[Hit]) -> tuple[Span, ...]:
    """Return where the hits stand, each place once."""
    found = {hit.span for hit in hits if hit.span}
    return tuple(sorted(found, key=lambda one: (PLACES.index(one.field), one.start, one.end)))


def is_in_title(hit: Hit) -> bool:
    """Whether the hit stands in the headline."""
    return hit.span is not None and hit.span.field == "title"


def lacking(part: Node, reading: Reading) -> tuple[str, tuple[Span, ...]]:
    """Return what part of a query nothing answers, or what is there and must not be."""
    if isinstance(part, Not):
        hits = part.part.hits(reading) or ()
        return f"must not speak of {told(hits)}", spans(hits)
    return f"nothing of: {named(part)}", ()


def named(part: Node) -> str:
    """Return the first words that a part of a query looks for, the weightiest before others."""
    terms = [term for term, _ in sorted(_terms(part), key=lambda one: -one[1])]
    terms = list(dict.fromkeys(terms))
    more = f" and {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else ""
    return f"{', '.join(terms[:_SHOWN])}{more}"


def _terms(node: Node, boost: float = 1.0) -> Iterator[tuple[str, float]]:
    if isinstance(node, Words | Fact):
        yield node.term, boost * node.boost
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _terms(part, boost * node.boost)
