"""Does this story belong to that series? Answered with the score, the zone and the reasons.

Until editors' decisions teach it better, a series only suggests: what its query hits is shown, the
rest is ignored, with the reason why.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.match import why
from pipeline.match.leftout import left_out
from pipeline.match.query import Query, Reading, read_query
from pipeline.records import Match, Reason, Section, Series, Tagged, Zone
from pipeline.text import fold

__all__ = ["MATCHER", "CompiledSeries", "compile_series", "match", "match_all", "read_query"]

MATCHER = "query/1"  # what decided: kept with each match, so that an old one can be explained


@dataclass(frozen=True, slots=True)
class CompiledSeries:
    """A series with its queries read: made once, asked of every story."""

    series: Series
    query: Query
    exclude: Query | None
    sections: tuple[tuple[Section, Query | None], ...]
    codes: frozenset[str]  # of the tags that speak for a story


def compile_series(series: Series) -> CompiledSeries:
    """Return `series` with its queries read. Raises BadQuery if one cannot be."""
    house = {fold(variant): name for variant, name in series.spelling.items()}

    def read(source: str) -> Query | None:
        return read_query(source, house) if source.strip() else None

    return CompiledSeries(
        series=series,
        query=read_query(series.query, house),
        exclude=read(series.exclude),
        sections=tuple((section, read(section.query)) for section in series.sections),
        codes=frozenset((*series.entities, *series.countries, *series.subjects)),
    )


def match(story: Tagged, series: Series | CompiledSeries) -> Match:
    """Return how `story` stands in `series`: always, so that a miss can be explained too.

    The score, 0 to 1, is the sum of the reasons' weights. Raises BadQuery if a series that was
    not compiled has a query that cannot be read.
    """
    return match_all(story, [series])[0]


def match_all(
    story: Tagged, series: Iterable[Series | CompiledSeries], *, explain_misses: bool = True
) -> list[Match]:
    """Return how `story` stands in each of several series, reading the story only once.

    Finding out why a query is *not* hit costs more than the query: left out unless misses are to
    be explained.
    """
    reading = Reading(story)
    return [
        _match(
            reading,
            one if isinstance(one, CompiledSeries) else compile_series(one),
            explain_misses=explain_misses,
        )
        for one in series
    ]


def _match(reading: Reading, compiled: CompiledSeries, *, explain_misses: bool) -> Match:
    key = compiled.series.key
    hits = compiled.query.hits(reading)
    if hits is None and not explain_misses:
        return Match(series=key, score=0.0, zone="ignore", why=())
    if hits is None:
        return _standing(key, list(why.near_miss(compiled.query, reading)), "ignore")
    reasons = [
        *why.query_hit(compiled.query, hits, reading),
        *why.tags_named(reading.tagged.tags, compiled.codes),
    ]
    if against := _against(compiled, reading):
        cost = -math.fsum(reason.weight for reason in reasons)
        return _standing(key, [*reasons, replace(against, weight=cost)], "ignore")
    return replace(_standing(key, reasons, "suggest"), sections=_sections(compiled, reading))


def _standing(key: str, reasons: Sequence[Reason], zone: Zone) -> Match:
    rounded = tuple(replace(reason, weight=round(reason.weight, 4)) for reason in reasons)
    score = round(math.fsum(reason.weight for reason in rounded), 4) + 0.0  # never -0.0
    return Match(series=key, score=score, zone=zone, why=rounded)


def _against(compiled: CompiledSeries, reading: Reading) -> Reason | None:
    """Return what keeps a story out although the query is hit."""
    series = compiled.series
    if series.status != "running":
        successor = f"; {series.succeeded_by} has taken over" if series.succeeded_by else ""
        return Reason(reason="status", weight=0.0, text=f"the series is {series.status}{successor}")
    if rule := left_out(reading.tagged.story, series):
        return Reason(reason="left out", weight=0.0, text=rule)
    if compiled.exclude and (hits := compiled.exclude.hits(reading)) is not None:
        return why.excluded(hits)
    return None


def _sections(compiled: CompiledSeries, reading: Reading) -> tuple[str, ...]:
    """Return the keys of the sections whose sources and query take the story, in order."""
    story = reading.tagged.story
    return tuple(
        section.key
        for section, query in compiled.sections
        if (not section.outlet_kinds or story.outlet_kind in section.outlet_kinds)
        and (not section.outlets or story.outlet in section.outlets)
        and (query is None or query.hits(reading) is not None)
    )
