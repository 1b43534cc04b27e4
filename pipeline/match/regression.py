"""What computes with scikit-learn: that takes a second to load, so only who learns loads it."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits


def fit(
    rows: Sequence[Sequence[float]],
    wanted: Sequence[bool],
    weights: Sequence[float],
    *,
    freedom: float,
) -> tuple[list[float], float]:
    """Return the weights of a logistic regression, and what it adds to every row.

    `freedom` is how far the weights may leave zero.
    """
    regression = LogisticRegression(C=freedom, max_iter=2_000)
    with threadpool_limits(1):  # sums in one order whatever the machine, and no threads that wait
        regression.fit(np.array(rows), wanted, weights)
    return [float(one) for one in regression.coef_[0]], float(regression.intercept_[0])
