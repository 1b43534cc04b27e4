"""The numbers by which clustering decides: fitted once, the same for every desk until it refits."""

from collections.abc import Sequence
from dataclasses import dataclass

MEASURES = ("whole", "nearest", "near three", "first", "headline", "time")


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
    weights=(6.48, 3.89, 3.04, 2.77, 1.55, 2.59),
    offset=-5.29,
    timeless=1.2,
)
