"""Which development does a story tell: one that is open, or a new one?"""

from collections.abc import Sequence
from datetime import datetime

from pipeline.cluster.overlap import Open
from pipeline.records import Candidate, Placement

__all__ = ["METHOD", "Open", "place"]

METHOD = "headline-words/1"  # what decided: kept with each placement


def place(title: str, at: datetime, candidates: Sequence[Candidate]) -> Placement:
    """Return where a story with `title`, first seen `at`, belongs among the open developments.

    For more than one story build an `Open` of the candidates once, and tell it what was decided.
    """
    return Open(candidates).place(title, at)
