"""Auto, suggest or ignore; and which of the ignored are shown, so that recall is known.

"Auto" means queued for an editor unasked, never published. It has to be earned: the precision the
newsroom asked for must be reached, with its lower confidence bound, over what was reviewed last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from pipeline.match.score import Model
from pipeline.records import Series, Story, Zone

LAST_REVIEWED = 100  # decisions that precision is reckoned over
_ONE_SIDED = 1.645  # standard deviations: nineteen times in twenty
_UNCERTAIN = 0.8  # of the score from which stories are suggested
_FAR = 20  # how much more seldom a story without a hit is shown than one with


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A story that was decided upon, and the score it had before anything was learnt from it."""

    score: float
    is_wanted: bool


def zone_of(score: float, series: Series, model: Model) -> Zone:
    """Return the zone of a story that hits the query and that no rule keeps out."""
    if score < floor(series, model):
        return "ignore"
    is_earned = model.auto_from is not None and score >= model.auto_from
    return "auto" if is_earned else "suggest"


def floor(series: Series, model: Model) -> float:
    """Return the score from which stories are suggested.

    Calibration makes scores mean what they say; it makes no story less worth showing.
    """
    return series.suggest_from if model.suggest_from is None else model.suggest_from


def lower_bound(wanted: int, of: int, deviations: float = _ONE_SIDED) -> float:
    """Return what a share surely is at least (Wilson); 0 of nothing."""
    return interval(wanted, of, deviations)[0]


def interval(wanted: float, of: float, deviations: float = 1.96) -> tuple[float, float]:
    """Return the bounds of a share, by Wilson; everything is possible of nothing."""
    if of <= 0:
        return 0.0, 1.0
    share, spread = wanted / of, deviations**2 / of
    middle = share + spread / 2
    margin = deviations * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max((middle - margin) / (1 + spread), 0.0), min((middle + margin) / (1 + spread), 1.0)


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of what was wanted was found, and between which bounds that surely lies."""

    estimate: float
    low: float
    high: float


def recall(
    accepted: int, *, reviewed: int, wanted: int, covers: float, stands_for: float
) -> Recall | None:
    """Return how much was found, by the ignored stories that were reviewed; None without any.

    The reviewed cover many more that were ignored; `stands_for` of these are wanted as it seems.
    """
    if not reviewed:
        return None
    fewest, most = (bound * covers for bound in interval(wanted, reviewed))

    def found(missed: float) -> float:
        return round(accepted / (accepted + missed), 4) if accepted + missed else 0.0

    return Recall(estimate=found(stands_for), low=found(most), high=found(fewest))


def auto_from(reviewed: Sequence[Reviewed], precision: float) -> float | None:
    """Return the lowest score from which the asked precision is surely kept; None: nowhere yet.

    Only the last reviewed count. A score that many share is taken with all that have it.
    """
    ranked = sorted(reviewed[-LAST_REVIEWED:], key=lambda one: -one.score)
    earned, wanted = None, 0
    for count, one in enumerate(ranked, 1):
        wanted += one.is_wanted
        is_last_of_score = count == len(ranked) or ranked[count].score < one.score
        if is_last_of_score and lower_bound(wanted, count) >= precision:
            earned = one.score
    return earned


def place_of(story: Story) -> float:
    """Return the story's place in the lottery of what is shown though ignored, from 0 to 1."""
    known_by = story.canonical_url or story.url or f"{story.outlet} {story.title}"
    return int.from_bytes(blake2b(known_by.encode(), digest_size=6).digest()) / 2**48


def turn_of(series: str) -> float:
    """Return where in the lottery a series begins, so that not all draw the same stories."""
    return int.from_bytes(blake2b(series.encode(), digest_size=6).digest()) / 2**48


def chance(series: Series, *, is_hit: bool) -> float:
    """Return how likely an ignored story is drawn: of those without a hit there are many more."""
    return series.show_ignored if is_hit else series.show_ignored / _FAR


def is_drawn(place: float, series: Series, *, is_hit: bool) -> bool:
    """Return whether an ignored story at that place is shown: the same whoever asks when."""
    return (place - turn_of(series.key)) % 1.0 < chance(series, is_hit=is_hit)


def is_uncertain(score: float, series: Series, model: Model) -> bool:
    """Return whether a story below the floor is so only just."""
    return score >= _UNCERTAIN * floor(series, model)
