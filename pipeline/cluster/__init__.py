"""Which development does a story tell: one that is open, or a new one?"""

from pipeline.cluster.learn import Example, fit
from pipeline.cluster.open import Open, first_remembered
from pipeline.cluster.setting import MEASURES, SHIPPED, Setting

__all__ = [
    "MEASURES",
    "METHOD",
    "SHIPPED",
    "Example",
    "Open",
    "Setting",
    "first_remembered",
    "fit",
]

METHOD = "learned-words/1"  # what decided: kept with each placement
