"""Tests of what editors' decisions teach. All decisions are invented."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.match import COLD_MODEL, compile_series, match, named, numbers
from pipeline.match.learn import (
    CALIBRATED_FROM,
    FEWEST,
    Example,
    Learnt,
    learn,
    model_from_json,
    model_to_json,
)
from pipeline.match.query import Reading
from pipeline.records import Section, Series, Tagged
from tests.builders import a_story

START = datetime(2024, 5, 1, tzinfo=UTC)
FERRY = Series(
    key="ferry-watch",
    title="Ferry Watch",
    title_template="Ferry Watch: {headline}",
    query="ferry OR river",
    description="Crossings of the river, and talks about them.",
    sections=(Section(key="all", heading=""),),
)
COMPILED = compile_series(FERRY)
FILLING = ("rain", "stone", "clock", "bridge", "garden", "paper", "window", "market")


def a_decision(title: str, *, wanted: bool, day: float = 0) -> Example:
    story = Tagged(story=a_story(title=title, summary="", url=None))
    values, terms = numbers(Reading(story), COMPILED)
    return Example(values=values, terms=terms, is_wanted=wanted, at=START + timedelta(days=day))


def of_mills(count: int) -> list[Example]:
    """Decisions of a newsroom that wants mills and no bakeries, which no query tells."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        wanted = number % 3 == 0
        words = chance.sample(FILLING, 2)
        title = f"Ferry {words[0]} {'mill' if wanted else 'bakery'} {words[1]}"
        made.append(a_decision(title, wanted=wanted, day=number))
    return made


def scored(title: str, learnt: Learnt) -> float:
    story = Tagged(story=a_story(title=title, summary="", url=None))
    return match(story, compile_series(FERRY, learnt.model)).score


def test_below_ten_decisions_the_cold_score_decides() -> None:
    learnt = learn(of_mills(FEWEST - 1), FERRY)
    assert learnt.model == COLD_MODEL
    assert "learning begins with 10" in learnt.figures.note
    assert learn([], FERRY).figures.decisions == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_decisions_of_one_class_teach_nothing_however_many(wanted: bool) -> None:
    decisions = [a_decision(f"Ferry {number}", wanted=wanted, day=number) for number in range(100)]
    learnt = learn(decisions, FERRY)
    assert learnt.model == COLD_MODEL
    assert "are alike" in learnt.figures.note
    assert ("not wanted" in learnt.figures.note) is not wanted


def test_after_a_hundred_rejections_in_a_row_a_good_story_is_still_suggested() -> None:
    both = of_mills(30)
    rejected = [a_decision(f"Ferry bakery {n}", wanted=False, day=30 + n) for n in range(100)]
    learnt = learn([*both, *rejected], FERRY)
    story = Tagged(story=a_story(title="Ferry mill", summary="", url=None))
    assert match(story, compile_series(FERRY, learnt.model)).zone == "suggest"
    assert learnt.model.auto_from is None
    assert learn([*both[:1], *rejected], FERRY).model == COLD_MODEL


def test_what_decisions_tell_better_than_the_query_is_learnt_and_said() -> None:
    learnt = learn(of_mills(60), FERRY)
    assert learnt.model.method == "logistic/1, calibrated"
    assert scored("Ferry mill garden", learnt) > 0.6
    assert scored("Ferry bakery garden", learnt) < 0.4
    figures = learnt.figures
    assert (figures.decisions, figures.wanted, figures.judged, figures.note) == (60, 20, 60, "")
    assert figures.average_precision is not None
    assert figures.cold_average_precision is not None
    assert figures.average_precision > figures.cold_average_precision
    story = Tagged(story=a_story(title="Ferry mill garden", summary="", url=None))
    why = match(story, compile_series(FERRY, learnt.model)).why
    [taught] = [reason for reason in why if reason.reason == "learnt"]
    assert taught.weight > 0
    assert "mill" in taught.text


def test_before_fifty_decisions_nothing_is_calibrated_and_nothing_earned() -> None:
    learnt = learn(of_mills(CALIBRATED_FROM - 1), FERRY)
    assert learnt.model.method == "logistic/1"
    assert learnt.model.auto_from is None
    assert learnt.model.suggest_from is None


def test_where_decisions_follow_the_cold_score_it_goes_on_deciding() -> None:
    decisions = []
    for number in range(60):
        wanted = number % 2 == 0
        title = f"Ferry over the river: talks {number}" if wanted else f"Market {number}"
        decisions.append(a_decision(title, wanted=wanted, day=number))
    learnt = learn(decisions, FERRY)
    assert learnt.model.method == "cold/2, calibrated"
    assert "it decides" in learnt.figures.note
    # Calibrated, the order is the cold one and nothing that was suggested is lost.
    assert learnt.model.suggest_from is not None
    for title in ("Ferry talks", "Market", "River and market"):
        cold = match(Tagged(story=a_story(title=title, summary="")), COMPILED)
        now = match(
            Tagged(story=a_story(title=title, summary="")), compile_series(FERRY, learnt.model)
        )
        assert cold.zone == "ignore" or now.zone != "ignore"


def test_decisions_that_contradict_each_other_turn_nothing_upside_down() -> None:
    decisions = []
    for number in range(60):
        wanted = number % 2 == 0
        title = f"Market {number}" if wanted else f"Ferry over the river: talks {number}"
        decisions.append(a_decision(title, wanted=wanted, day=number))
    learnt = learn(decisions, FERRY)
    assert learnt.figures.decisions == 60
    assert scored("Ferry over the river: talks", learnt) <= 1


def test_when_one_class_stands_in_one_block_there_is_nothing_to_compare() -> None:
    early = [a_decision(f"Ferry mill {number}", wanted=True, day=number) for number in range(4)]
    late = [a_decision(f"Ferry bakery {n}", wanted=False, day=9 + n) for n in range(16)]
    learnt = learn([*early, *late], FERRY)
    assert learnt.model == COLD_MODEL
    assert "it decides" in learnt.figures.note


def test_the_same_decisions_give_the_same_model_to_the_last_digit() -> None:
    assert learn(of_mills(60), FERRY) == learn(of_mills(60), FERRY)


def test_a_decision_taken_back_leaves_no_trace() -> None:
    decisions = of_mills(60)
    with_one_more = [*decisions, a_decision("Ferry mill window", wanted=False, day=61)]
    assert learn(with_one_more[:-1], FERRY) == learn(decisions, FERRY)
    assert learn(with_one_more, FERRY) != learn(decisions, FERRY)


def test_older_decisions_count_less() -> None:
    fickle = replace(FERRY, half_life_weeks=1)
    before = of_mills(30)
    since = [
        replace(one, is_wanted=not one.is_wanted, at=START + timedelta(days=300 + n))
        for n, one in enumerate(of_mills(30))
    ]
    changed = learn([*before, *since], fickle)
    story = Tagged(story=a_story(title="Ferry mill rain", summary="", url=None))
    other = Tagged(story=a_story(title="Ferry bakery rain", summary="", url=None))
    compiled = compile_series(fickle, changed.model)
    assert match(story, compiled).score <= match(other, compiled).score


def test_decisions_without_a_time_count_alike() -> None:
    undated = [replace(one, at=None) for one in of_mills(60)]
    assert scored("Ferry mill", learn(undated, FERRY)) > scored(
        "Ferry bakery", learn(undated, FERRY)
    )


def test_a_model_is_stored_and_read_back_unchanged() -> None:
    model = learn(of_mills(60), FERRY).model
    assert model_from_json(model_to_json(model)) == model
    old = model_to_json(model)
    del old["weights"]["plain"]  # a number that came later weighs as it does cold
    assert model_from_json(old).weights["plain"] == COLD_MODEL.weights["plain"]


def test_auto_is_earned_by_many_right_forecasts_and_by_nothing_else() -> None:
    decisions = [
        a_decision(
            f"Ferry over the river: talks {n}" if n % 3 else f"Market {n}",
            wanted=bool(n % 3),
            day=n,
        )
        for n in range(120)
    ]
    learnt = learn(decisions, replace(FERRY, precision=0.9))
    assert learnt.model.auto_from is not None
    story = Tagged(story=a_story(title="Ferry over the river: talks 3", summary="", url=None))
    assert match(story, compile_series(FERRY, learnt.model)).zone == "auto"
    assert match(story, COMPILED).zone == "suggest"
    strict = learn(decisions, replace(FERRY, precision=0.999))
    assert strict.model.auto_from is None


def test_a_model_bears_the_name_its_matches_are_to_bear() -> None:
    story = Tagged(story=a_story(title="Ferry", summary=""))
    model = named(COLD_MODEL, "cold/2, model 7")
    assert match(story, compile_series(FERRY, model)).matcher == "cold/2, model 7"
