"""Fitting the weights of clustering to stories whose development is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp

from pipeline.cluster.setting import MEASURES, Setting

_ROUNDS = 12  # of Newton's method, which has settled after eight
# The evidence of times is a likelihood ratio already, so what it counts is known beforehand; a
# stream whose stories come in bursts would teach that nothing else matters.
_OF_TIME = 2.5
_DOUBT = tuple(0.05 if measure == "time" else 5.0 for measure in MEASURES)  # variances
_OFFSET_DOUBT = 25.0
_DESK_DOUBT = 0.5  # of each shipped weight, where a desk's own rulings speak


@dataclass(frozen=True, slots=True)
class Example:
    """A story beside a development: how alike they are, and whether it belongs there."""

    measures: tuple[float, ...]
    belongs: bool
    silence: float = 0.0  # how sure it is that times say nothing


def fit(sets: Sequence[Sequence[Example]], setting: Setting, *, worth: float = 1000.0) -> Setting:
    """Return the setting with weights fitted to sets of examples, by logistic regression.

    Each set counts as much as `worth` examples, however many it holds.
    """
    prior = [_OF_TIME if measure == "time" else 0.0 for measure in MEASURES] + [0.0]
    rows = [
        ((*example.measures, 1.0), float(example.belongs), worth / len(examples), 0.0)
        for examples in sets
        for example in examples
    ]
    return _fitted(rows, setting, prior, (*_DOUBT, _OFFSET_DOUBT))


def adapt(sets: Sequence[Sequence[Example]], setting: Setting, *, worth: float = 5.0) -> Setting:
    """Return a setting moved from what it is towards sets of examples, the further the more say so.

    Each set, an editor's ruling, counts as much as `worth` examples.
    """
    prior = [*setting.weights, setting.offset]
    rows = [
        (
            (*example.measures, 1.0),
            float(example.belongs),
            worth / len(examples),
            setting.timeless * example.silence,
        )
        for examples in sets
        for example in examples
    ]
    return _fitted(rows, setting, prior, [_DESK_DOUBT] * len(prior))


_Row = tuple[tuple[float, ...], float, float, float]  # measures, whether it belongs, worth, fixed


def _fitted(
    rows: Sequence[_Row], setting: Setting, prior: Sequence[float], doubt: Sequence[float]
) -> Setting:
    """Return the setting most likely, given what was thought before and how sure that was."""
    found = list(prior)
    for _ in range(_ROUNDS):
        slope, curve = _derivatives(rows, found)
        for n, variance in enumerate(doubt):
            slope[n] -= (found[n] - prior[n]) / variance
            curve[n][n] += 1 / variance
        step = _solved(curve, slope)
        found = [value + change for value, change in zip(found, step, strict=True)]
    *weights, offset = (round(value, 2) for value in found)
    return replace(setting, weights=tuple(weights), offset=offset)


def _derivatives(
    rows: Iterable[_Row], found: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    """Return gradient and curvature of the log likelihood."""
    size = len(found)
    slope = [0.0] * size
    curve = [[0.0] * size for _ in range(size)]
    for row, belongs, weight, fixed in rows:
        logit = fixed + sum([one * value for one, value in zip(row, found, strict=True)])
        chance = 1 / (1 + exp(-max(-30.0, min(30.0, logit))))
        pull, spread = weight * (belongs - chance), weight * chance * (1 - chance)
        for n, one in enumerate(row):
            slope[n] += pull * one
            along = curve[n]
            for m in range(n + 1):
                along[m] += spread * one * row[m]
    for n in range(size):
        for m in range(n):
            curve[m][n] = curve[n][m]
    return slope, curve


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Return the solution of linear equations whose matrix is positive definite."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for n in range(size):
        for m in range(n + 1, size):
            share = rows[m][n] / rows[n][n]
            rows[m] = [one - share * other for one, other in zip(rows[m], rows[n], strict=True)]
    found = [0.0] * size
    for n in reversed(range(size)):
        known = sum(rows[n][m] * found[m] for m in range(n + 1, size))
        found[n] = (rows[n][size] - known) / rows[n][n]
    return found
