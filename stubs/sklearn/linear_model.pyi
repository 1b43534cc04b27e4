# The one learner we use.

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

class LogisticRegression:
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    def __init__(self, *, C: float = ..., max_iter: int = ...) -> None: ...  # noqa: N803  # its own word
    def fit(
        self, x: NDArray[Any], y: Sequence[bool], weight: Sequence[float] | None = ..., /
    ) -> LogisticRegression: ...
