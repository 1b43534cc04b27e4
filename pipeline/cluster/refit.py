"""Fitting clustering to one desk: what its editors merged and split, beside the shipped prior."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, log

from pipeline.cluster.learn import Example, adapt
from pipeline.cluster.open import Open
from pipeline.cluster.setting import SHIPPED, Setting
from pipeline.records import Weighed

FEWEST = 5  # rulings that teach something, below which nothing is fitted
_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A story as it was weighed, and the development it stands in now, all rulings heeded."""

    number: int
    development: int
    title: str  # of the development
    at: datetime
    weighed: Weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """An editor's ruling: these stories belong to the first development, not to the second."""

    stories: frozenset[int]  # by number
    belong: int
    apart: int | None  # what they were split from; None for a merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """A setting fitted to rulings, and how it does on rulings that it was not fitted to."""

    setting: Setting
    is_better: bool
    rulings: int
    examples: int
    right_before: int
    right_after: int
    loss_before: float
    loss_after: float


def examples_of(told: Iterable[Stood], rulings: Sequence[Ruled]) -> list[list[Example]]:
    """Return what each ruling teaches, found by placing all stories once more, in their order.

    A story of a ruling is an example beside the development it belongs to and beside the one it
    was split from, where the machine would look at them at all. Rulings that teach nothing, about
    stories long forgotten, are left out.
    """
    taught: list[list[Example]] = [[] for _ in rulings]
    board = Open()
    for one in told:
        for ruling, examples in zip(rulings, taught, strict=True):
            if one.number in ruling.stories:
                near, _ = board.measured(one.weighed, one.at)
                silence = board.silence()
                examples += [
                    Example(found.measures, found.development == ruling.belong, silence)
                    for found in near
                    if found.development in {ruling.belong, ruling.apart}
                ]
        board.add(one.number, one.development, one.weighed, title=one.title, at=one.at)
    return [examples for examples in taught if examples]


def refit(taught: Sequence[Sequence[Example]], shipped: Setting = SHIPPED) -> Refit | None:
    """Return a setting fitted to what rulings teach, judged by ruling left out; None for too few.

    It is better if it decides rulings that it has not seen more surely, and no fewer of them right.
    """
    if len(taught) < FEWEST:
        return None
    right_before = right_after = 0
    loss_before = loss_after = 0.0
    for fold in range(_FOLDS):
        seen = [one for n, one in enumerate(taught) if n % _FOLDS != fold]
        setting = adapt(seen, shipped)
        for examples in taught[fold::_FOLDS]:
            right, loss = _judged(examples, shipped)
            right_before, loss_before = right_before + right, loss_before + loss
            right, loss = _judged(examples, setting)
            right_after, loss_after = right_after + right, loss_after + loss
    return Refit(
        setting=adapt(taught, shipped),
        is_better=loss_after < loss_before and right_after >= right_before,
        rulings=len(taught),
        examples=sum(map(len, taught)),
        right_before=right_before,
        right_after=right_after,
        loss_before=round(loss_before / len(taught), 4),
        loss_after=round(loss_after / len(taught), 4),
    )


def _judged(examples: Sequence[Example], setting: Setting) -> tuple[int, float]:
    """Return how many are decided as the editor did, and how unsurely, on average."""
    right, loss = 0, 0.0
    for example in examples:
        logit = setting.logit(example.measures, example.silence)
        right += (logit >= 0) == example.belongs
        towards = logit if example.belongs else -logit
        loss += log(1 + exp(-max(-30.0, min(30.0, towards))))
    return right, loss / len(examples)
