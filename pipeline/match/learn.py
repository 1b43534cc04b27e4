"""What editors' decisions teach: a logistic regression that starts from the cold score.

The cold score is itself what the regression leans on; only as decisions come in may it lean on the
single numbers and on words instead. It is judged on decisions it had not learnt from yet, one after
another in time: where it does no better than the cold score, the cold score decides.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipeline.match.features import NAMES
from pipeline.match.score import BASE, COLD, COLD_MODEL, Model, cold_odds, logistic, odds_of
from pipeline.match.zones import Reviewed, auto_from
from pipeline.records import Series

METHOD = "logistic/1"
FEWEST = 10  # decisions before anything is learnt
FEWEST_OF_CLASS = 2  # wanted, and unwanted ones, among them
CALIBRATED_FROM = 50  # decisions, on predictions made before each was known
MOST = 1_000  # the last decisions count
_STEP = 5  # decisions between two fits while it is judged, at least
_MOST_STEPS = 20
_BLOCKS = 5
_JUDGED_BY = 200  # the last foretold decisions judge
_MOST_TERMS = 400
_FEWEST_WITH_TERM = 2
_TRUST = 6.0  # how much more easily the cold score is leant on than a single number
_TERM = 0.35  # how much less easily a word is
# How far the weights may leave the cold ones with each decision: as little as decisions ask for.
_FREEDOMS = (0.02, 0.06)
_BETTER = 0.005  # average precision by which more freedom must tell better to be given
_SECONDS_A_WEEK = 7 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One decision: what a development's story looked like, whether it was wanted, and when."""

    values: tuple[float, ...]  # in the order of NAMES
    terms: frozenset[str]
    is_wanted: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well the model and the cold score foretold decisions that were not known yet."""

    decisions: int
    wanted: int
    judged: int = 0
    average_precision: float | None = None
    cold_average_precision: float | None = None
    log_loss: float | None = None
    cold_log_loss: float | None = None
    note: str = ""  # why nothing was learnt, or why the cold score decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A model and how far it is to be believed."""

    model: Model
    figures: Figures


def learn(examples: Sequence[Example], series: Series) -> Learnt:
    """Return the model that the decisions, given in time order, teach for `series`.

    The same decisions give the same model. Where they are too few, all alike, or teach nothing,
    the model is the cold one, and its figures say so.
    """
    known = examples[-MOST:]
    wanted = sum(one.is_wanted for one in known)
    figures = Figures(decisions=len(known), wanted=wanted)
    if note := _too_little(known, wanted):
        return Learnt(model=COLD_MODEL, figures=replace(figures, note=note))
    freedom, unseen = _freedom(known, series)
    figures = _judged(figures, _foretold(known, series, freedom))
    if freedom is None:
        model, note = COLD_MODEL, "decisions are told no better than by the cold score: it decides"
        figures = replace(figures, note=note)
    else:
        model = _fit(known, series, freedom)
    if len(known) < CALIBRATED_FROM:
        return Learnt(model=model, figures=figures)
    slope, shift = _platt(unseen)
    reviewed = [
        Reviewed(round(logistic(odds), 6), is_wanted) for odds, is_wanted in _straightened(unseen)
    ]
    earned = auto_from(reviewed, series.precision)
    seen_through = logistic(slope * odds_of(series.suggest_from) + shift)
    model = replace(
        _bent(model, slope, shift),
        suggest_from=round(min(seen_through, series.suggest_from), 6),
        auto_from=earned,
    )
    return Learnt(model=model, figures=figures)


def _too_little(known: Sequence[Example], wanted: int) -> str:
    if len(known) < FEWEST:
        return f"{len(known)} decisions: learning begins with {FEWEST}"
    if min(wanted, len(known) - wanted) < FEWEST_OF_CLASS:
        kind = "wanted" if wanted > len(known) / 2 else "not wanted"
        return f"nearly all {len(known)} decisions are alike ({kind}): nothing tells them apart"
    return ""


@dataclass(frozen=True, slots=True)
class _Forecast:
    """A decision, and the log-odds foretold for it by what was known before."""

    odds: float
    cold: float
    is_wanted: bool


def _foretold(known: Sequence[Example], series: Series, freedom: float | None) -> list[_Forecast]:
    """Return how each decision was foretold by a model of those before it; cold, before any."""
    told: list[_Forecast] = []
    step = max(_STEP, len(known) // _MOST_STEPS)
    for start in range(0, len(known), step):
        before = known[:start]
        is_learnt = freedom and not _too_little(before, sum(one.is_wanted for one in before))
        model = _fit(before, series, freedom) if freedom and is_learnt else COLD_MODEL
        told += [_forecast(model, one) for one in known[start : start + step]]
    return told[-_JUDGED_BY:]


def _forecast(model: Model, one: Example) -> _Forecast:
    return _Forecast(_odds(model, one), cold_odds(one.values), one.is_wanted)


def _odds(model: Model, example: Example) -> float:
    numbers = zip(NAMES, example.values, strict=True)
    parts = [model.base, *(model.weights[name] * value for name, value in numbers)]
    return math.fsum([*parts, *(model.terms.get(word, 0.0) for word in example.terms)])


def _freedom(known: Sequence[Example], series: Series) -> tuple[float | None, Sequence[_Forecast]]:
    """Return how much freedom tells unseen decisions best, None if cold is as good; and so told.

    Every fifth in time is told by what the others teach.
    """
    told = cold = [_forecast(COLD_MODEL, one) for one in known]
    chosen, best = None, _precision([(one.cold, one.is_wanted) for one in cold]) + _BETTER
    worst = _loss(_straightened(cold))
    for freedom in _FREEDOMS:
        unseen = _unseen(known, series, freedom)
        seen = [(one.odds, one.is_wanted) for one in unseen]
        if seen and _precision(seen) > best and _loss(seen) <= worst:
            chosen, best, told = freedom, _precision(seen), unseen
    return chosen, told


def _unseen(known: Sequence[Example], series: Series, freedom: float) -> list[_Forecast]:
    """Return how each decision is told by the others; nothing if one block holds a whole class."""
    count = len(known)
    told: list[_Forecast] = []
    for part in range(_BLOCKS):
        start, end = part * count // _BLOCKS, (part + 1) * count // _BLOCKS
        others = [*known[:start], *known[end:]]
        if len({one.is_wanted for one in others}) == 1:
            return []
        model = _fit(others, series, freedom)
        told += [_forecast(model, one) for one in known[start:end]]
    return told


def _straightened(told: Sequence[_Forecast]) -> list[tuple[float, bool]]:
    """Return log-odds bent so that they mean what they say: the cold ones were not made to."""
    slope, shift = _platt(told)
    return [(slope * one.odds + shift, one.is_wanted) for one in told]


def _precision(told: Sequence[tuple[float, bool]]) -> float:
    """Return the average precision of a ranking; stories of one score stand side by side."""
    wanted = sum(is_wanted for _, is_wanted in told)
    found, found_before, precision = 0, 0, 0.0
    ranked = sorted(told, key=lambda one: -one[0])
    for count, (odds, is_wanted) in enumerate(ranked, 1):
        found += is_wanted
        if count == len(ranked) or ranked[count][0] < odds:
            precision += (found - found_before) / wanted * found / count
            found_before = found
    return precision


def _judged(figures: Figures, told: Sequence[_Forecast]) -> Figures:
    return replace(
        figures,
        judged=len(told),
        average_precision=round(_precision([(one.odds, one.is_wanted) for one in told]), 4),
        cold_average_precision=round(_precision([(one.cold, one.is_wanted) for one in told]), 4),
        log_loss=_loss([(one.odds, one.is_wanted) for one in told]),
        cold_log_loss=_loss([(one.cold, one.is_wanted) for one in told]),
    )


def _loss(told: Sequence[tuple[float, bool]]) -> float:
    lost = [-math.log(logistic(odds if is_wanted else -odds)) for odds, is_wanted in told]
    return round(math.fsum(lost) / len(lost), 4)


def _fit(known: Sequence[Example], series: Series, freedom: float) -> Model:
    """Return the regression on decisions, the younger weighing more, as weights of a model."""
    counted = Counter(word for one in known for word in one.terms)
    often = [word for word, count in counted.items() if count >= _FEWEST_WITH_TERM]
    words = sorted(often, key=lambda word: (-counted[word], word))[:_MOST_TERMS]
    rows = [
        [
            _TRUST * cold_odds(one.values),
            *one.values,
            *(_TERM * (word in one.terms) for word in words),
        ]
        for one in known
    ]
    wanted = [one.is_wanted for one in known]
    fitted, base = _regression(rows, wanted, _ages(known, series), freedom * len(known))
    trust, rest = _TRUST * fitted[0], fitted[1:]
    own, terms = rest[: len(NAMES)], rest[len(NAMES) :]
    trust *= _TRUST
    weights = {name: trust * COLD[name] + weight for name, weight in zip(NAMES, own, strict=True)}
    return Model(
        method=METHOD,
        base=round(trust * BASE + base, 6),
        weights={name: round(weight, 6) for name, weight in weights.items()},
        terms={word: round(_TERM * weight, 6) for word, weight in zip(words, terms, strict=True)},
    )


def _ages(known: Sequence[Example], series: Series) -> list[float]:
    """Return what each decision counts: half after the series' half-life."""
    last = max((one.at for one in known if one.at), default=None)
    half_life = series.half_life_weeks * _SECONDS_A_WEEK
    return [
        0.5 ** ((last - one.at).total_seconds() / half_life) if last and one.at else 1.0
        for one in known
    ]


def _platt(told: Sequence[_Forecast]) -> tuple[float, float]:
    """Return slope and shift that make foretold log-odds mean what they say; never a slope down."""
    rows = [[one.odds] for one in told]
    [slope], shift = _regression(rows, [one.is_wanted for one in told], [1.0] * len(told), 1.0)
    return (slope, shift) if slope > 0 else (1.0, 0.0)


def _regression(
    rows: Sequence[Sequence[float]],
    wanted: Sequence[bool],
    weights: Sequence[float],
    freedom: float,
) -> tuple[list[float], float]:
    from pipeline.match.regression import fit  # noqa: PLC0415  # a second that only learners wait

    return fit(rows, wanted, weights, freedom=freedom)


def _bent(model: Model, slope: float, shift: float) -> Model:
    return replace(
        model,
        method=f"{model.method}, calibrated",
        base=round(slope * model.base + shift, 6),
        weights={name: round(slope * weight, 6) for name, weight in model.weights.items()},
        terms={word: round(slope * weight, 6) for word, weight in model.terms.items()},
    )


def model_to_json(model: Model) -> dict[str, Any]:
    """Return `model` as plain JSON values; `model_from_json` gives it back unchanged."""
    return {
        "method": model.method,
        "base": model.base,
        "weights": dict(model.weights),
        "terms": dict(model.terms),
        "suggest_from": model.suggest_from,
        "auto_from": model.auto_from,
    }


def model_from_json(stored: Mapping[str, Any]) -> Model:
    """Return the model that was stored. A number it does not know yet weighs as it does cold."""
    return Model(
        method=stored["method"],
        base=stored["base"],
        weights={**COLD, **stored["weights"]},
        terms=stored["terms"],
        suggest_from=stored["suggest_from"],
        auto_from=stored["auto_from"],
    )
