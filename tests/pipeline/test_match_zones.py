"""Tests of the zones, of what earns them, and of the ignored that are shown. All invented."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.match import compile_series, match, match_all
from pipeline.match.score import COLD_MODEL
from pipeline.match.zones import (
    LAST_REVIEWED,
    Reviewed,
    auto_from,
    chance,
    interval,
    is_drawn,
    lower_bound,
    place_of,
    recall,
    zone_of,
)
from pipeline.records import Section, Series, Tagged
from tests.builders import a_story

QUAY = Series(
    key="quay-watch",
    title="Quay Watch",
    title_template="Quay Watch: {headline}",
    query="quay",
    sections=(Section(key="all", heading=""),),
)


def test_nothing_is_queued_unasked_before_it_is_earned() -> None:
    assert zone_of(0.999, QUAY, COLD_MODEL) == "suggest"
    earned = replace(COLD_MODEL, auto_from=0.8)
    assert [zone_of(score, QUAY, earned) for score in (0.9, 0.8, 0.79, 0.49)] == [
        *("auto", "auto", "suggest", "ignore")
    ]
    # What was earned below the floor is not shown as more than a suggestion would be.
    assert zone_of(0.4, QUAY, replace(COLD_MODEL, auto_from=0.3)) == "ignore"
    assert zone_of(0.45, QUAY, replace(COLD_MODEL, suggest_from=0.4)) == "suggest"


def test_a_lower_bound_is_below_the_share_and_grows_with_its_number() -> None:
    assert lower_bound(0, 0) == 0
    assert lower_bound(9, 10) < lower_bound(90, 100) < 0.9
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(5, 10)
    assert 0 < low < 0.5 < high < 1


def test_twenty_right_answers_do_not_earn_nine_in_ten_and_thirty_do() -> None:
    assert auto_from([Reviewed(0.95, is_wanted=True)] * 20, 0.9) is None
    assert auto_from([Reviewed(0.95, is_wanted=True)] * 30, 0.9) == 0.95
    assert auto_from([], 0.9) is None


def test_only_the_last_reviewed_count_and_equal_scores_stand_or_fall_together() -> None:
    wrong = [Reviewed(0.95, is_wanted=False)] * LAST_REVIEWED
    right = [Reviewed(0.95, is_wanted=True)] * LAST_REVIEWED
    assert auto_from([*wrong, *right], 0.9) == 0.95
    assert auto_from([*right, *wrong], 0.9) is None
    mixed = [*right[:40], Reviewed(0.9, is_wanted=False), *[Reviewed(0.9, is_wanted=True)] * 3]
    assert auto_from(mixed, 0.9) == 0.9
    assert auto_from([*right[:40], *[Reviewed(0.9, is_wanted=False)] * 20], 0.9) == 0.95


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_its_share(wanted: int, others: int) -> None:
    low, high = interval(wanted, wanted + others)
    assert 0 <= low <= high <= 1
    if wanted + others:
        assert low - 1e-9 <= wanted / (wanted + others) <= high + 1e-9


def test_about_as_many_ignored_are_drawn_as_asked_for_and_always_the_same() -> None:
    places = [
        place_of(a_story(title=f"Rain {n}", url=None, canonical_url=None)) for n in range(9999)
    ]
    half = replace(QUAY, show_ignored=0.1)
    drawn = [is_drawn(place, half, is_hit=True) for place in places]
    assert 800 < sum(drawn) < 1200
    assert drawn == [is_drawn(place, half, is_hit=True) for place in places]
    other = replace(half, key="weir-watch")
    assert drawn != [is_drawn(place, other, is_hit=True) for place in places]
    assert chance(half, is_hit=False) < chance(half, is_hit=True)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_or_none_of_the_ignored_are_shown_as_asked(share: float) -> None:
    # Battlefield words of this series put a story below the floor that the query brings in.
    series = replace(QUAY, against="title:regatta^9", show_ignored=share, suggest_from=0.9)
    story = Tagged(story=a_story(title="Regatta at the quay", summary=""))
    found = match(story, series)
    assert (found.zone, found.shown_as) == ("ignore", "sample" if share else "")


def test_what_is_ignored_only_just_is_shown_as_uncertain() -> None:
    story = Tagged(story=a_story(title="Rain", summary="Nothing at the quay"))
    score = match(story, QUAY).score
    series = replace(QUAY, suggest_from=min(score * 1.1, 1.0), show_ignored=0.0)
    found = match(story, series)
    assert (found.zone, found.shown_as) == ("ignore", "uncertain")


def test_what_a_rule_keeps_out_is_no_sample_and_a_story_without_a_hit_may_be_one() -> None:
    every = compile_series(replace(QUAY, show_ignored=1.0))
    live = Tagged(story=a_story(title="Quay live: updates", summary=""))
    assert match(live, every).shown_as == ""
    stories = [
        Tagged(story=a_story(title=f"Rain {n}", canonical_url=None, url=None)) for n in range(400)
    ]
    found = [match_all(story, [every], explain_misses=False)[0] for story in stories]
    assert 5 < sum(one.shown_as == "sample" for one in found) < 50
    assert [one.shown_as for one in found] == [match(story, every).shown_as for story in stories]


def test_recall_is_not_known_before_something_ignored_was_reviewed() -> None:
    assert recall(9, reviewed=0, wanted=0, covers=0.0, stands_for=0.0) is None


def test_recall_is_told_with_its_bounds_from_what_the_sample_stands_for() -> None:
    found = recall(90, reviewed=50, wanted=1, covers=500.0, stands_for=10.0)
    assert found is not None
    assert found.estimate == 0.9
    assert 0 < found.low < 0.9 < found.high < 1
    none_missed = recall(90, reviewed=50, wanted=0, covers=500.0, stands_for=0.0)
    assert none_missed is not None
    assert (none_missed.estimate, none_missed.high) == (1.0, 1.0)
    assert none_missed.low < 1
    nothing = recall(0, reviewed=5, wanted=0, covers=0.0, stands_for=0.0)
    assert nothing is not None
    assert nothing.estimate == 0
