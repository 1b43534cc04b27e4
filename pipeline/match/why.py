"""The reasons of a match, in words an editor can check against the story.

The weights order what is suggested. They are set by hand, until decisions can teach better ones.
"""

from collections.abc import Collection, Iterator, Sequence

from pipeline.match.query import PLACES, And, Fact, Hit, Node, Not, Or, Query, Reading, Words
from pipeline.records import Reason, Span, Tag

_HIT = 0.30  # the query is hit
_TITLE = 0.26  # and all its parts in the title
_FURTHER = 0.04, 6  # each further phrase of the query, and how many count
_TAG = 0.04, 5  # each tag the series names, and how many count
_NEAR = 0.3  # a query that is not hit: for the share of its parts that is
_SHOWN = 6  # words named of a part that nothing answered


def query_hit(query: Query, hits: Sequence[Hit], reading: Reading) -> Iterator[Reason]:
    """Yield by what the query is hit, how much of it in the title, by how many phrases."""
    yield Reason(reason="query", weight=_HIT, text=f"hits {_told(hits)}", spans=_spans(hits))
    parts, in_title = max(_in_title(query, reading), key=lambda counts: counts[1] / counts[0])
    if in_title:
        text = f"{in_title} of {parts} parts of the query are in the title"
        yield Reason(reason="title", weight=_TITLE * in_title / parts, text=text)
    phrases = {hit.term.casefold() for hit in hits}
    each, most = _FURTHER
    if further := len(phrases) - 1:
        text = f"{len(phrases)} different phrases of the query"
        yield Reason(reason="phrases", weight=each * min(further, most), text=text)


def tags_named(tags: Sequence[Tag], codes: Collection[str]) -> Iterator[Reason]:
    """Yield the tags that the series names, the first few."""
    weight, most = _TAG
    for tag in [tag for tag in tags if tag.code in codes][:most]:
        text = f"speaks of {tag.label}, which the series names"
        yield Reason(reason="tag", weight=weight, text=text, spans=tag.evidence)


def excluded(hits: Sequence[Hit]) -> Reason:
    """Return that the series' exclusion is hit, and by what."""
    text = f"excluded by {_told(hits)}"
    return Reason(reason="exclude", weight=0.0, text=text, spans=_spans(hits))


def near_miss(query: Query, reading: Reading) -> Iterator[Reason]:
    """Yield why the query is not hit, by the way of it that comes nearest."""
    ways = [(way, [part.hits(reading) for part in way]) for way in query.ways]
    way, parts = max(ways, key=lambda one: _share(one[1]))
    if not any(parts):
        yield Reason(reason="query", weight=0.0, text="nothing the query looks for is there")
        return
    hits = [hit for found in parts for hit in found or ()]
    weight, text = _NEAR * _share(parts), f"hits only {_told(hits)}"
    yield Reason(reason="query", weight=weight, text=text, spans=_spans(hits))
    for part, found in zip(way, parts, strict=True):
        if found is None:
            yield _missing(part, reading)


def _missing(part: Node, reading: Reading) -> Reason:
    if isinstance(part, Not):
        hits = part.part.hits(reading) or ()
        return Reason(
            reason="missing",
            weight=0.0,
            text=f"must not speak of {_told(hits)}",
            spans=_spans(hits),
        )
    terms = list(dict.fromkeys(_terms(part)))
    more = f" and {len(terms) - _SHOWN} more" if len(terms) > _SHOWN else ""
    text = f"nothing of: {', '.join(terms[:_SHOWN])}{more}"
    return Reason(reason="missing", weight=0.0, text=text)


def _share(parts: Sequence[list[Hit] | None]) -> float:
    return len([hits for hits in parts if hits]) / len(parts)


def _in_title(query: Query, reading: Reading) -> Iterator[tuple[int, int]]:
    """Yield for each way the query is hit how many parts it has, and how many the title hits."""
    for way in query.ways:
        parts = [part.hits(reading) for part in way]
        if None not in parts:
            asked = [hits for hits in parts if hits]  # what must not be there shows nothing
            titled = [hits for hits in asked if any(_is_in_title(hit) for hit in hits)]
            yield max(len(asked), 1), len(titled)


def _is_in_title(hit: Hit) -> bool:
    return hit.span is not None and hit.span.field == "title"


def _told(hits: Sequence[Hit]) -> str:
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


def _spans(hits: Sequence[Hit]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(hit.span for hit in hits if hit.span))


def _terms(node: Node) -> Iterator[str]:
    if isinstance(node, Words | Fact):
        yield node.term
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _terms(part)
