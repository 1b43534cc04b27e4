"""The numbers by which clustering decides: fitted once, the same for every desk until it refits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MEASURES = (
    *("whole", "nearest", "near three", "first", "headline", "time"),
    *("names", "numbers", "clash"),
)
NEAREST, TIME, NAMES = map(MEASURES.index, ("nearest", "time", "names"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How much each measure of likeness counts, and from where on a story joins.

    The weights are those of a logistic regression; `python -m bench developments refit` fits them.
    """

    weights: tuple[float, ...]  # of MEASURES, in their order
    offset: float
    # Where times say nothing a story can only be told by its words: then fewer must be enough.
    timeless: float = 0.0

    def logit(self, measures: Sequence[float], silence: float) -> float:
        """Return how likely a story is to belong, as log odds; `silence` is that of its times."""
        counted = sum([w * m for w, m in zip(self.weights, measures, strict=True)])
        return counted + self.offset + self.timeless * silence


SHIPPED = Setting(
    weights=(4.11, 2.66, 1.83, 2.21, 1.29, 2.45, 3.85, 1.78, -0.56),
    offset=-5.73,
    timeless=1.0,
)


def setting_to_json(setting: Setting) -> dict[str, Any]:
    """Return a setting as it is stored, each weight under the name of its measure."""
    weights = dict(zip(MEASURES, setting.weights, strict=True))
    return {"weights": weights, "offset": setting.offset, "timeless": setting.timeless}


def setting_from_json(stored: dict[str, Any]) -> Setting:
    """Return a stored setting. Raises KeyError for one of other measures than ours."""
    return Setting(
        weights=tuple(float(stored["weights"][measure]) for measure in MEASURES),
        offset=float(stored["offset"]),
        timeless=float(stored["timeless"]),
    )
