"""What is weighed of a story for a series: a few numbers, each with the words that explain it."""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.match.context import Context, in_context
from pipeline.match.query import Hit, Query, Reading
from pipeline.match.strength import Said, Way, best_way, said_of, share
from pipeline.match.terms import Vocabulary, nearness
from pipeline.match.words import is_in_title, spans, told
from pipeline.records import Series, Span, Tag

# In the order in which the learner sees them: a stored model rests on it.
NAMES = (
    *("query", "headline", "least", "wording", "subjects", "entities", "countries"),
    *("against", "official", "age", "development", "plain"),
)
_MOST_AGAINST = 4.0
_MOST_WEEKS = 4.0
_SECONDS_A_WEEK = 7 * 24 * 3600
_ASIDE = 0.5  # what stands only behind "as", "after", "while" says half as much against a story
_CLAUSE = re.compile(
    r"(?<=\w)(?:,)? (?:as|after|while|amid) (?!(?:an?|part|well|many|much) )", re.IGNORECASE
)
_SHOWN = 5  # shared words that are told


@dataclass(frozen=True, slots=True)
class Feature:
    """One number about a story, and why it is what it is: told only to whoever asks."""

    name: str
    value: float
    text: Callable[[], str]
    spans: Callable[[], tuple[Span, ...]] = tuple


@dataclass(frozen=True, slots=True)
class Seen:
    """A story as one series sees it: how its query is answered, and the numbers."""

    way: Way
    counter: Said | None  # what speaks against it
    features: tuple[Feature, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers alone, in the order of NAMES."""
        return tuple(feature.value for feature in self.features)


def see(  # noqa: PLR0913  # what a series is, read once, and when the story came
    reading: Reading,
    series: Series,
    *,
    query: Query,
    against: Query | None,
    own: Vocabulary,
    arrived: datetime | None = None,
    siblings: Sequence[Reading] = (),
) -> Seen:
    """Return the numbers about the story, in the order of NAMES.

    `siblings` are the other stories of its development: what they say counts where it is silent.
    """
    way = best_way(query, reading)
    context = None if way.is_hit or not siblings else in_context(query, reading, siblings)
    counter = None if against is None else _counter(against, reading)
    near, shared = nearness(own, reading.counted)
    story, tags = reading.tagged.story, reading.tagged.tags
    return Seen(
        context.way if context else way,
        counter,
        (
            Feature("query", way.share, lambda: _told(way.hits), lambda: spans(way.hits)),
            _headline(way),
            _least(way),
            Feature("wording", near, lambda: _shares(shared)),
            _tagged("subjects", tags, series.subjects),
            _tagged("entities", tags, series.entities),
            _tagged("countries", tags, series.countries),
            _speaks_against(counter, reading),
            Feature(
                "official", float(story.outlet_kind == "official"), lambda: "speaks for itself"
            ),
            _age(story.published, arrived),
            _development(way, context),
            _plain(query, way),
        ),
    )


def _development(own: Way, context: Context | None) -> Feature:
    """Return how much more of the query is said once the development's other stories speak."""
    if context is None:
        return Feature("development", 0.0, lambda: "its development adds nothing")
    return Feature("development", context.way.share - own.share, lambda: context.text)


def _plain(query: Query, way: Way) -> Feature:
    is_plain = way.is_hit and not query.is_weighted
    return Feature(
        "plain", float(is_plain), lambda: "the query gives no weights: every hit is meant"
    )


def _told(hits: Sequence[Hit]) -> str:
    return f"hits {told(hits)}" if hits else "hits nothing of the query"


def _shares(shared: Sequence[str]) -> str:
    return f"shares words with the description: {', '.join(shared[:_SHOWN])}"


def _headline(way: Way) -> Feature:
    titled = [said for said in way.said if said and any(map(is_in_title, said.hits))]
    parts = len(way.shares)
    text = f"{len(titled)} of {parts} parts of the query are in the title"
    return Feature("headline", len(titled) / parts, lambda: text)


def _least(way: Way) -> Feature:
    """Return how far the part is said of which the story says least."""
    least = min(way.shares)
    hits = next((said.hits for said in way.said if said and said.share == least), ())
    return Feature("least", least, lambda: f"least is said of one part: {told(hits) or 'nothing'}")


def _counter(against: Query, reading: Reading) -> Said | None:
    """Return what speaks against the story, up to a limit."""
    said = said_of(against.node, reading)
    if said is None:
        return None
    points = said.points * (_ASIDE if _is_aside(said.hits, reading) else 1.0)
    return Said(min(points, _MOST_AGAINST), said.hits)


def _by_half(hits: Sequence[Hit], reading: Reading) -> str:
    return ", by half: only behind what the headline tells" if _is_aside(hits, reading) else ""


def _is_aside(hits: Sequence[Hit], reading: Reading) -> bool:
    """Whether all that is hit stands behind what the headline tells: "…, as drones strike"."""
    clause = _CLAUSE.search(reading.tagged.story.title)
    if clause is None:
        return False
    spans = [hit.span for hit in hits]
    return all(span and span.field == "title" and span.start >= clause.end() for span in spans)


def _speaks_against(counter: Said | None, reading: Reading) -> Feature:
    if counter is None:
        return Feature("against", 0.0, lambda: "nothing speaks against it")
    hits = counter.hits
    return Feature(
        *("against", counter.points),
        lambda: f"against it speaks {told(hits)}{_by_half(hits, reading)}",
        lambda: spans(hits),
    )


def _tagged(name: str, tags: Sequence[Tag], codes: Collection[str]) -> Feature:
    """Return how far the story speaks of what the series names, by its tags."""
    found = [tag for tag in tags if tag.code in codes]
    return Feature(
        *(name, share(math.fsum(tag.score for tag in found))),
        lambda: f"speaks of {', '.join(tag.label for tag in found)}, which the series names",
        lambda: tuple(dict.fromkeys(span for tag in found for span in tag.evidence)),
    )


def _age(published: datetime | None, arrived: datetime | None) -> Feature:
    if published is None or arrived is None:
        return Feature("age", 0.0, lambda: "how old it was when it came is not known")
    weeks = max((arrived - published).total_seconds() / _SECONDS_A_WEEK, 0.0)
    text = f"was {weeks * 7:.0f} days old when it came"
    return Feature("age", min(weeks, _MOST_WEEKS), lambda: text)
