"""Does this story belong to that series? Answered with the score, the zone and the reasons.

A series' query brings a story in; how much the story says of it, and what else speaks for and
against, gives the score. Until editors' decisions teach better weights and earn more, a series
only suggests.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pipeline.match import nearness, why
from pipeline.match.drift import Decided, drift
from pipeline.match.features import Seen, see
from pipeline.match.grammar import read_query
from pipeline.match.index import Gate, Lottery
from pipeline.match.learn import Example, Figures, Learnt, learn, model_from_json, model_to_json
from pipeline.match.leftout import left_out
from pipeline.match.query import Query, Reading
from pipeline.match.score import COLD_MODEL, EXCLUDED, LEFT_OUT, METHOD, Model, logistic
from pipeline.match.terms import Vocabulary, counted_terms, terms_of, vocabulary
from pipeline.match.zones import chance, floor, is_drawn, is_uncertain, place_of, recall, zone_of
from pipeline.records import Match, Reason, Section, Series, Story, Tagged
from pipeline.text import fold

__all__ = [
    "COLD_MODEL",
    "METHOD",
    "CompiledSeries",
    "Decided",
    "Example",
    "Figures",
    "Learnt",
    "Many",
    "Model",
    "Reading",
    "chance",
    "compile_series",
    "drift",
    "judge",
    "learn",
    "match",
    "match_all",
    "missed",
    "model_from_json",
    "model_to_json",
    "named",
    "nearest_to",
    "numbers",
    "read_query",
    "recall",
    "sections",
]

_NOT_SHOWN: Literal[""] = ""
_EVERY_WORD = 0.4  # what a word of the description counts where a series has no query


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledSeries:
    """A series with its queries read: made once, asked of every story."""

    series: Series
    query: Query
    against: Query | None
    exclude: Query | None
    sections: tuple[tuple[Section, Query | None], ...]
    own: Vocabulary
    exemplars: Mapping[str, Counter[str]]
    past: Mapping[str, Counter[str]] = field(default_factory=dict)  # items of past instalments
    model: Model = COLD_MODEL


def compile_series(
    series: Series, model: Model | None = None, past: Iterable[str] = ()
) -> CompiledSeries:
    """Return `series` with its queries read. Raises BadQuery if one cannot be.

    `past` are headlines of past instalments' items, to be named where a story comes near one.
    """
    house = {fold(variant): name for variant, name in series.spelling.items()}

    def read(source: str, *, plain: float | None = None) -> Query | None:
        told = {} if plain is None else {"plain": plain}
        return read_query(source, house, **told) if source.strip() else None

    own = vocabulary(series.description, series.exemplars)
    return CompiledSeries(
        series=series,
        query=read(series.query) or read_query(_any_word(own), house),
        against=read(series.against, plain=1.0),
        exclude=read(series.exclude),
        sections=tuple((section, read(section.query)) for section in series.sections),
        own=own,
        exemplars={title: terms_of(title) for title in series.exemplars},
        past={title: terms_of(title) for title in past},
        model=model or COLD_MODEL,
    )


def _any_word(own: Vocabulary) -> str:
    """Return the query of a series that has none: its own words, each saying little."""
    words = sorted(own.weights, key=lambda word: (-own.weights[word], word))
    return " OR ".join(f'"{word}"^{_EVERY_WORD}' for word in words)


def match(  # what is known beside the story, all of it optional
    story: Tagged,
    series: Series | CompiledSeries,
    *,
    model: Model | None = None,
    arrived: datetime | None = None,
    siblings: Sequence[Tagged] = (),
) -> Match:
    """Return how `story` stands in `series`: always, so that a miss can be explained too.

    `siblings` are the other stories of its development. The score, 0 to 1, is the logistic of the
    sum of the reasons' weights. Raises BadQuery if a series that was not compiled has a query that
    cannot be read.
    """
    compiled = series if isinstance(series, CompiledSeries) else compile_series(series, model)
    others = [Reading(sibling) for sibling in siblings]
    return judge(Reading(story), compiled, arrived=arrived, siblings=others)


def nearest_to(story: Story, headlines: Iterable[str]) -> nearness.Near | None:
    """Return which of some headlines a story's words come nearest to, if one comes near."""
    return nearness.nearest({title: terms_of(title) for title in headlines}, counted_terms(story))


def match_all(
    story: Tagged, series: Iterable[Series | CompiledSeries], *, explain_misses: bool = True
) -> list[Match]:
    """Return how `story` stands in each of several series, reading the story only once.

    Unless misses are to be explained, a story that does not hit a query is not weighed, and one
    that is ignored gets no reasons.
    """
    reading = Reading(story)
    compiled = [one if isinstance(one, CompiledSeries) else compile_series(one) for one in series]
    return [
        judge(reading, one, explain=explain_misses)
        if explain_misses or one.query.is_hit(reading)
        else missed(reading, one)
        for one in compiled
    ]


def named(model: Model, method: str) -> Model:
    """Return the model under the name that its matches are to bear."""
    return replace(model, method=method)


class Many:
    """Many series that are asked at once: a story costs what it hits, however many there are."""

    def __init__(self, compiled: Sequence[CompiledSeries]) -> None:
        """File the series under what a story must have for their queries to be hit."""
        self.compiled = tuple(compiled)
        self._gate = Gate([one.query for one in self.compiled])
        self._lottery = Lottery([one.series for one in self.compiled])

    def hit(self, reading: Reading) -> list[CompiledSeries]:
        """Return the series whose query the story hits: the same as asking each."""
        asked = (self.compiled[number] for number in self._gate.candidates(reading))
        return [one for one in asked if one.query.is_hit(reading)]

    def match(self, reading: Reading, *, arrived: datetime | None = None) -> list[Match]:
        """Return the story's standing in the series it hits, and in those that draw it unhit."""
        found = {
            one.series.key: judge(reading, one, arrived=arrived, explain=False)
            for one in self.hit(reading)
        }
        for number in self._lottery.drawn(reading):
            one = self.compiled[number]
            if one.series.key not in found and one.series.status == "running":
                found[one.series.key] = missed(reading, one)
        return [found[key] for key in sorted(found)]


def missed(reading: Reading, compiled: CompiledSeries) -> Match:
    """Return the standing of a story that does not hit the query, unweighed and unexplained."""
    drawn = is_drawn(place_of(reading.tagged.story), compiled.series, is_hit=False)
    return Match(
        series=compiled.series.key,
        score=0.0,
        zone="ignore",
        why=(),
        matcher=compiled.model.method,
        shown_as="sample" if drawn else "",
    )


def numbers(
    reading: Reading,
    compiled: CompiledSeries,
    *,
    arrived: datetime | None = None,
    siblings: Sequence[Reading] = (),
) -> tuple[tuple[float, ...], frozenset[str]]:
    """Return what is learnt from when the story is decided upon: its numbers and its terms."""
    return _seen(reading, compiled, arrived, siblings).values, frozenset(reading.counted)


def _seen(
    reading: Reading,
    compiled: CompiledSeries,
    arrived: datetime | None,
    siblings: Sequence[Reading],
) -> Seen:
    return see(
        reading,
        compiled.series,
        query=compiled.query,
        against=compiled.against,
        own=compiled.own,
        arrived=arrived,
        siblings=siblings,
    )


def judge(
    reading: Reading,
    compiled: CompiledSeries,
    *,
    arrived: datetime | None = None,
    siblings: Sequence[Reading] = (),
    explain: bool = True,
) -> Match:
    """Return how the story stands in the series, weighed and explained.

    What is ignored, and not shown all the same, is told its reasons only if `explain` asks.
    """
    series, model = compiled.series, compiled.model
    seen = _seen(reading, compiled, arrived, siblings)
    ruled = _ruled(compiled, reading)
    odds = math.fsum([why.odds(seen, model, reading.counted), *(one.weight for one in ruled)])
    score = round(logistic(odds), 6)
    zone = zone_of(score, series, model) if seen.way.is_hit and not ruled else "ignore"
    is_settled = bool(ruled) or zone != "ignore"
    shown_as = _NOT_SHOWN if is_settled else _shown_as(score, seen, compiled, reading)
    reasons: list[Reason] = []
    if explain or zone != "ignore" or shown_as:
        reasons += [*why.weights(seen, model, reading.counted), *ruled]
        reasons += [] if ruled else _asides(seen, compiled, reading, odds)
    return Match(
        series=series.key,
        score=score,
        zone=zone,
        why=tuple(reasons),
        sections=() if zone == "ignore" else sections(compiled, reading),
        matcher=model.method,
        shown_as=shown_as,
    )


def _ruled(compiled: CompiledSeries, reading: Reading) -> list[Reason]:
    """Return what keeps a story out whatever it says."""
    series = compiled.series
    if series.status != "running":
        successor = f"; {series.succeeded_by} has taken over" if series.succeeded_by else ""
        text = f"the series is {series.status}{successor}"
        return [Reason(reason="status", weight=EXCLUDED, text=text)]
    if rule := left_out(reading.tagged.story, series):
        return [Reason(reason="left out", weight=LEFT_OUT, text=rule)]
    if compiled.exclude and (hits := compiled.exclude.hits(reading)) is not None:
        return [why.excluded(hits, EXCLUDED)]
    return []


def _asides(
    seen: Seen, compiled: CompiledSeries, reading: Reading, odds: float
) -> Iterator[Reason]:
    """Yield what is missing, what comes nearest, what would have changed the answer."""
    if not seen.way.is_hit:
        yield from why.missing(seen.way, reading)
    elif turn := why.turn(seen, compiled.model, odds, floor(compiled.series, compiled.model)):
        yield turn
    for kind, titles in (("exemplar", compiled.exemplars), ("past item", compiled.past)):
        if near := why.nearest(kind, titles, reading.counted):
            yield near


def _shown_as(
    score: float, seen: Seen, compiled: CompiledSeries, reading: Reading
) -> Literal["", "sample", "uncertain"]:
    """Return why an ignored story is shown all the same, if it is."""
    is_hit = seen.way.is_hit
    if is_hit and is_uncertain(score, compiled.series, compiled.model):
        return "uncertain"
    place = place_of(reading.tagged.story)
    return "sample" if is_drawn(place, compiled.series, is_hit=is_hit) else ""


def sections(compiled: CompiledSeries, reading: Reading) -> tuple[str, ...]:
    """Return the keys of the sections whose sources and query take the story, in order."""
    story = reading.tagged.story
    return tuple(
        section.key
        for section, query in compiled.sections
        if (not section.outlet_kinds or story.outlet_kind in section.outlet_kinds)
        and (not section.outlets or story.outlet in section.outlets)
        and (query is None or query.is_hit(reading))
    )
