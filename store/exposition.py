"""Figures in Prometheus' text format: families of samples, each with its kind and its help."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "serieswatch_"

# What follows the name (labels as `said` gives them; of a histogram its suffix first), and the
# value; None leaves the sample out.
Sample = tuple[str, float | None]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name without the prefix, gauge, counter or histogram, what it tells."""

    name: str
    kind: str
    what: str
    samples: Iterable[Sample]


def said(names: Sequence[str], values: Sequence[object]) -> str:
    """Labels as they stand behind a name: `{feed="17",outlet="kestrel"}`; '' where there are none.

    Values are bounded by whoever asks: the key of a feed or series, never an address or a story.
    """
    if not names:
        return ""
    pattern, marks = _pattern(tuple(names))
    plain = pattern % tuple(values)
    # Tens of thousands in a scrape, and hardly ever one with a quotation mark of its own.
    if plain.count('"') == marks and "\\" not in plain and "\n" not in plain:
        return plain
    return pattern % tuple(_escaped(str(value)) for value in values)


def text_format(families: Iterable[Family]) -> str:
    """The families as Prometheus reads them."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    full = PREFIX + family.name
    yield f"# HELP {full} {family.what}\n# TYPE {full} {family.kind}\n"
    for labels, value in family.samples:
        if value is not None:
            yield f"{full}{labels} {_number(value)}\n"


def histogram(
    labels: str, buckets: Sequence[float], counts: Sequence[int], total: float
) -> Iterator[Sample]:
    """The samples of one histogram; `counts` has one more than `buckets`, for what is above."""
    inside = labels[1:-1] + "," if labels else ""
    reached = 0
    for most, number in zip((*map(str, buckets), "+Inf"), counts, strict=True):
        reached += number
        yield f'_bucket{{{inside}le="{most}"}}', reached
    yield f"_sum{labels}", total
    yield f"_count{labels}", reached


@cache
def _pattern(names: tuple[str, ...]) -> tuple[str, int]:
    """What values are put into, and how many quotation marks it has."""
    return "{" + ",".join(f'{name}="%s"' for name in names) + "}", 2 * len(names)


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    """Whole numbers as such: a time in 1.7e+09 would be off by minutes."""
    whole = int(value)
    return str(whole) if value == whole else repr(round(float(value), 6))
