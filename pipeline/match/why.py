"""The reasons of a match or a miss, in words an editor can check against the story.

A reason's weight is what it adds to the log-odds or takes away; the score is the logistic of their
sum. Reasons without weight say what else an editor may want to know: what is missing, what comes
nearest, what would have changed the answer.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.match import nearness
from pipeline.match.features import Seen
from pipeline.match.query import Hit, Reading
from pipeline.match.score import Model, odds_of, weighed
from pipeline.match.strength import Said, Way, share
from pipeline.match.words import is_in_title, lacking, named, spans, told
from pipeline.records import Reason

_MORE = 2.0  # points of one more phrase in the headline


def odds(seen: Seen, model: Model, terms: Mapping[str, int]) -> float:
    """Return the sum of the reasons' weights, without telling them."""
    weighty = [round(weight, 4) for _, weight in weighed(model, seen.features)]
    return math.fsum([*weighty, _learnt(model, terms)[0], round(model.base, 4)])


def _learnt(model: Model, terms: Mapping[str, int]) -> tuple[float, list[str]]:
    """Return what the story's words add by what was learnt, and the words, weightiest first."""
    if not model.terms:
        return 0.0, []
    known = {word: model.terms[word] for word in terms if word in model.terms}
    ranked = sorted(known, key=lambda word: (-abs(known[word]), word))
    return round(math.fsum(known.values()), 4), ranked


def weights(seen: Seen, model: Model, terms: Mapping[str, int]) -> Iterator[Reason]:
    """Yield what adds to the score and what takes from it, the weightiest first."""
    found = [
        Reason(reason=one.name, weight=round(weight, 4), text=one.text(), spans=one.spans())
        for one, weight in weighed(model, seen.features)
        if round(weight, 4)
    ]
    weight, words = _learnt(model, terms)
    if words:
        text = f"words editors' decisions speak for or against: {', '.join(words[:6])}"
        found.append(Reason(reason="learnt", weight=weight, text=text))
    yield from sorted(found, key=lambda one: (-abs(one.weight), one.reason))
    text = "before anything is read: most stories do not belong"
    yield Reason(reason="start", weight=round(model.base, 4), text=text)


def excluded(hits: Sequence[Hit], weight: float) -> Reason:
    """Return that the series' exclusion is hit, and by what."""
    text = f"excluded by {told(hits)}"
    return Reason(reason="exclude", weight=weight, text=text, spans=spans(hits))


def missing(way: Way, reading: Reading) -> Iterator[Reason]:
    """Yield what the query asks for and the story does not say, on the way that comes nearest."""
    if not way.hits and all(said is None for said in way.said):
        yield Reason(reason="missing", weight=0.0, text="nothing the query looks for is there")
        return
    for part, said in zip(way.parts, way.said, strict=True):
        if said is None:
            text, places = lacking(part, reading)
            yield Reason(reason="missing", weight=0.0, text=text, spans=places)


def turn(seen: Seen, model: Model, odds: float, threshold: float) -> Reason | None:
    """Return what would have changed the answer, if one thing would have."""
    needed = odds_of(threshold)
    text = _to_be_ignored(seen) if odds >= needed else _to_be_suggested(seen, model, odds, needed)
    return Reason(reason="turn", weight=0.0, text=text) if text else None


def _to_be_suggested(seen: Seen, model: Model, odds: float, needed: float) -> str:
    against = next(one for one in seen.features if one.name == "against")
    weight = model.weights["against"] * against.value
    if seen.counter and odds - weight >= needed:
        words = told(seen.counter.hits)
        return f"without {words} it would be suggested"
    weakest = min(range(len(seen.way.parts)), key=lambda at: _points(seen.way.said[at]))
    if odds + _gain(seen, model, weakest) >= needed:
        part = seen.way.parts[weakest]
        return f"one more of these in the headline would make it suggested: {named(part)}"
    return ""


def _to_be_ignored(seen: Seen) -> str:
    """Return the one word that a part of the query rests on."""
    for said in seen.way.said:
        words = {hit.term for hit in said.hits} if said else set()
        if len(words) == 1 and said:
            return f"without {told(said.hits)} it would not be suggested"
    return ""


def _gain(seen: Seen, model: Model, at: int) -> float:
    """Return what one more phrase in the headline would add, by the parts of the query alone."""
    said = list(seen.way.said)
    before = said[at]
    said[at] = Said(_points(before) + _MORE, before.hits if before else ())
    after = Way(seen.way.parts, tuple(said))
    least = min(_share(one) for one in said) - min(_share(one) for one in seen.way.said)
    parts = max(len(said), 1)
    is_new = not (before and any(map(is_in_title, before.hits)))
    return (
        model.weights["query"] * (after.share - seen.way.share)
        + model.weights["least"] * least
        + model.weights["headline"] * is_new / parts
    )


def _points(said: Said | None) -> float:
    return said.points if said else 0.0


def _share(said: Said | None) -> float:
    return share(_points(said))


def nearest(kind: str, titles: Mapping[str, Counter[str]], terms: Counter[str]) -> Reason | None:
    """Return which of some headlines comes nearest, by the words it shares, if one comes near."""
    near = nearness.nearest(titles, terms)
    if near is None:
        return None
    shared = ", ".join(near.shared)
    text = f'nearest {kind}: "{near.title}" (similarity {near.similarity:.2f}, shares {shared})'
    return Reason(reason="nearest", weight=0.0, text=text)
