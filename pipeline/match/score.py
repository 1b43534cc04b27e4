"""From a story's numbers to its score: weights in log-odds, added up; the score is their logistic.

The cold weights are the house's, the same for every series: what a series knows stands in its
definition. A learned model (learn.py) brings weights of its own, which start from these.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.match.features import NAMES, Feature

METHOD = "cold/2"  # of the weights below: kept with each match, so that an old one can be explained
BASE = -6.3  # before anything is read: most stories belong to no series
COLD: Mapping[str, float] = MappingProxyType(
    {
        "query": 5.0,
        "headline": 1.2,
        "least": 2.0,
        "wording": 1.2,
        "subjects": 0.6,
        "entities": 0.3,
        "countries": 0.3,
        "against": -0.9,
        "official": 0.3,
        "age": -0.3,
        "development": 8.0,
        "plain": 3.2,
    }
)
# What is decided by rule, before any weighing.
EXCLUDED = -8.0
LEFT_OUT = -3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The weights that decide, by feature and by term, and from where on they decide what."""

    method: str = METHOD
    base: float = BASE
    weights: Mapping[str, float] = field(default_factory=lambda: COLD)
    terms: Mapping[str, float] = field(default_factory=dict)  # learnt from decisions
    suggest_from: float | None = None  # the series' own, seen through a calibration
    auto_from: float | None = None  # earned by decisions; None: nothing is queued unasked


COLD_MODEL = Model()


def weighed(model: Model, features: tuple[Feature, ...]) -> list[tuple[Feature, float]]:
    """Return what each feature adds to the log-odds."""
    return [(one, model.weights[one.name] * one.value) for one in features]


def cold_odds(values: tuple[float, ...]) -> float:
    """Return the log-odds by the cold weights, of numbers in the order of NAMES."""
    return BASE + math.fsum(COLD[name] * value for name, value in zip(NAMES, values, strict=True))


def logistic(odds: float) -> float:
    """Return the probability for log-odds."""
    return 1 / (1 + math.exp(-max(min(odds, 30.0), -30.0)))


def odds_of(probability: float) -> float:
    """Return the log-odds of a probability."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))
