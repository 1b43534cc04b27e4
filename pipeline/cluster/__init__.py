"""Which development does a story tell: one that is open, or a new one?"""

from pipeline.cluster.forms import form_of
from pipeline.cluster.learn import Example, fit
from pipeline.cluster.memory import first_remembered
from pipeline.cluster.open import Open
from pipeline.cluster.refit import FEWEST, Refit, Ruled, Stood, examples_of, refit
from pipeline.cluster.setting import (
    MEASURES,
    SHIPPED,
    Setting,
    setting_from_json,
    setting_to_json,
)

__all__ = [
    "FEWEST",
    "MEASURES",
    "METHOD",
    "SHIPPED",
    "Example",
    "Open",
    "Refit",
    "Ruled",
    "Setting",
    "Stood",
    "examples_of",
    "first_remembered",
    "fit",
    "form_of",
    "refit",
    "setting_from_json",
    "setting_to_json",
]

METHOD = "learned-words/2"  # what decided: kept with each placement
