# The one measure the benches use.

from collections.abc import Sequence

def average_precision_score(wanted: Sequence[bool], scores: Sequence[float]) -> float: ...
