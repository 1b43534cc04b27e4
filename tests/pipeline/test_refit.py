"""Clustering learns from what editors merged and split, and only where that is better."""

import pytest

from pipeline.cluster import (
    FEWEST,
    MEASURES,
    SHIPPED,
    Example,
    Ruled,
    Setting,
    Stood,
    examples_of,
    refit,
    setting_from_json,
    setting_to_json,
)
from tests.pipeline.test_cluster import OTHERS, Desk


def near_misses(number: int) -> tuple[str, str]:
    """Two headlines that share too little for one development, as shipped."""
    one = ("floods", "close", "oldmere", "market", "hall")
    other = (
        *("market", "hall", "traders", "distant", "wexcombe", "sue", "insurers"),
        *("unpaid", "winter", "storm", "claims"),
    )
    own = [[f"{word}{number}" for word in words] for words in (one, other)]
    return " ".join(own[0]), " ".join(own[1])


def a_desk(pairs: int) -> Desk:
    """A desk where the machine has kept each pair apart."""
    desk = Desk(*OTHERS)
    for number in range(pairs):
        for title in near_misses(number):
            assert desk.tell(title).development is None
    return desk


def stood(desk: Desk, into: dict[int, int]) -> list[Stood]:
    return [
        Stood(number=n, development=into.get(d, d), title=title, at=at, weighed=weighed)
        for n, d, weighed, title, at in desk.kept
    ]


def test_merges_teach_that_less_is_enough_at_this_desk() -> None:
    desk = a_desk(8)
    into = {12 + 2 * n: 11 + 2 * n for n in range(8)}
    rulings = [Ruled(stories=frozenset({b}), belong=a, apart=None) for b, a in into.items()]
    taught = examples_of(stood(desk, into), rulings)
    assert [[one.belongs for one in examples] for examples in taught] == [[True]] * 8
    found = refit(taught)
    assert found is not None
    assert found.is_better
    assert (found.rulings, found.examples, found.right_before) == (8, 8, 0)
    assert found.right_after > 0
    assert found.loss_after < found.loss_before
    assert refit(taught) == found  # the same rows give the same
    title = near_misses(20)
    again = Desk(*OTHERS, title[0], setting=found.setting)
    assert again.tell(title[1]).development == 11


def test_a_split_teaches_beside_what_was_split_and_what_was_left() -> None:
    desk = Desk(*OTHERS, "Quake in Karvala kills many", "Quake in Karvala kills dozens")
    into = {11: 11}
    told = stood(desk, into)
    told[-1] = Stood(
        number=12,
        development=12,
        title="Quake in Karvala kills dozens",
        at=told[-1].at,
        weighed=told[-1].weighed,
    )
    again = desk.tell("Quake in Karvala kills dozens more")
    assert again.weighed is not None
    told.append(Stood(number=13, development=12, title="", at=desk.at, weighed=again.weighed))
    taught = examples_of(told, [Ruled(stories=frozenset({12, 13}), belong=12, apart=11)])
    assert sorted(one.belongs for one in taught[0]) == [False, False, True]


def test_rulings_about_what_is_forgotten_teach_nothing() -> None:
    assert examples_of([], [Ruled(stories=frozenset({1}), belong=1, apart=None)]) == []


def test_a_few_rulings_are_too_few() -> None:
    one = [Example((0.5,) * len(MEASURES), belongs=True)]
    assert refit([one] * (FEWEST - 1)) is None
    assert refit([one] * FEWEST) is not None


def test_editors_who_rule_now_so_now_so_change_nothing() -> None:
    unsure = Setting(weights=(0.0,) * len(MEASURES), offset=0.0)
    taught = [[Example((0.5,) * len(MEASURES), belongs=n % 2 == 0)] for n in range(FEWEST)]
    found = refit(taught, unsure)
    assert found is not None
    assert not found.is_better


def test_a_setting_is_stored_by_the_names_of_its_measures() -> None:
    stored = setting_to_json(SHIPPED)
    assert set(stored["weights"]) == set(MEASURES)
    assert setting_from_json(stored) == SHIPPED
    del stored["weights"]["names"]
    with pytest.raises(KeyError):
        setting_from_json(stored)
