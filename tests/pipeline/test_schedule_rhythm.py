"""A feed's own rhythm, learnt from what came."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Rhythm
from pipeline.schedule import LEARN_FROM, expected, learn, rhythm_from_json, rhythm_to_json
from pipeline.schedule.rhythm import rate, seconds_until
from pipeline.schedule.words import clock, pace, some_items, span

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
FLAT = Rhythm(an_hour=2.0, hours=(1.0,) * 24, days=(1.0,) * 7)


def every(step: timedelta, *, since: datetime, until: datetime) -> list[datetime]:
    def walk() -> Iterator[datetime]:
        at = since
        while at < until:
            yield at
            at += step

    return list(walk())


def a_column(weeks: int) -> list[datetime]:
    """One item each working day at nine."""
    mornings = every(DAY, since=MONDAY + 9 * HOUR, until=MONDAY + weeks * WEEK)
    return [at for at in mornings if at.weekday() < 5]


def test_a_steady_feed_is_expected_at_the_pace_it_came() -> None:
    arrivals = every(HOUR / 4, since=MONDAY, until=MONDAY + 4 * WEEK)
    rhythm = learn(arrivals, since=MONDAY, until=MONDAY + 4 * WEEK)
    assert rhythm.an_hour == pytest.approx(4, rel=0.01)
    assert rhythm.items == len(arrivals)
    assert rhythm.days_watched == pytest.approx(28, abs=0.1)
    assert max(rhythm.hours) < 1.1
    assert max(rhythm.days) < 1.1


def test_a_column_is_expected_on_working_days_in_the_morning() -> None:
    rhythm = learn(a_column(12), since=MONDAY, until=MONDAY + 12 * WEEK)
    tuesday, saturday = MONDAY + 13 * WEEK + DAY, MONDAY + 13 * WEEK + 5 * DAY
    assert expected(rhythm, tuesday, tuesday + DAY) == pytest.approx(1, abs=0.15)
    assert expected(rhythm, saturday, saturday + DAY) < 0.1
    assert expected(rhythm, tuesday + 7 * HOUR, tuesday + 12 * HOUR) > 0.8
    assert rate(rhythm, tuesday + 9 * HOUR) > 20 * rate(rhythm, tuesday + 20 * HOUR)


def test_little_evidence_makes_no_wild_profile() -> None:
    three = [MONDAY + 9 * HOUR, MONDAY + 2 * DAY + 9 * HOUR, MONDAY + 3 * DAY + 9 * HOUR]
    rhythm = learn(three, since=MONDAY, until=MONDAY + 4 * DAY)
    assert max(rhythm.hours) < 4
    assert min(rhythm.hours) > 0.5
    assert min(rhythm.days) > 0.3


def test_an_import_of_a_hundred_items_makes_no_habit() -> None:
    column = a_column(8)
    with_import = [*column, *[MONDAY + 14 * HOUR] * 100]
    plain, after = (
        learn(arrivals, since=MONDAY, until=MONDAY + 8 * WEEK) for arrivals in (column, with_import)
    )
    assert after.an_hour < 1.2 * plain.an_hour
    assert after.hours[14] < after.hours[9] / 2


def test_a_first_document_alone_counts_as_one_item() -> None:
    rhythm = learn([MONDAY] * 30, since=MONDAY - HOUR, until=MONDAY + DAY)
    assert expected(rhythm, MONDAY, MONDAY + HOUR) < 2
    assert rhythm.pauses == 0


def test_a_feed_that_never_brought_anything_expects_next_to_nothing_and_still_not_nothing() -> None:
    rhythm = learn([], since=MONDAY, until=MONDAY + 4 * WEEK)
    assert 0 < expected(rhythm, MONDAY, MONDAY + WEEK) < 0.2


def test_only_the_last_weeks_count_and_what_lies_outside_is_left_out() -> None:
    until = MONDAY + 52 * WEEK
    recent = every(DAY, since=until - LEARN_FROM, until=until)
    old = every(HOUR, since=MONDAY, until=until - LEARN_FROM)
    later = every(HOUR, since=until + HOUR, until=until + DAY)
    assert learn([*later, *old, *recent], since=MONDAY, until=until) == learn(
        recent, since=until - LEARN_FROM, until=until
    )


def test_a_feed_that_fell_silent_keeps_the_rhythm_it_is_measured_by() -> None:
    column = a_column(6)
    soon = learn(column, since=MONDAY, until=MONDAY + 7 * WEEK)
    late = learn(column, since=MONDAY, until=MONDAY + 11 * WEEK)
    assert late == soon


def test_pauses_are_told_in_expected_items_so_that_a_weekend_is_none() -> None:
    rhythm = learn(a_column(12), since=MONDAY, until=MONDAY + 12 * WEEK)
    assert rhythm.pauses == 59
    assert rhythm.usual_pause == pytest.approx(1, abs=0.2)
    assert rhythm.longest_pause < 1.5


def test_the_same_pause_again_and_again_has_no_spread() -> None:
    two = [MONDAY, MONDAY + DAY]
    assert learn(two, since=MONDAY, until=MONDAY + DAY).pause_spread == 0


def test_what_is_expected_adds_up() -> None:
    rhythm = learn(a_column(8), since=MONDAY, until=MONDAY + 8 * WEEK)
    start, middle, end = MONDAY + 7 * HOUR / 3, MONDAY + 3 * WEEK + HOUR / 7, MONDAY + 5 * WEEK
    whole = expected(rhythm, start, end)
    assert whole == pytest.approx(
        expected(rhythm, start, middle) + expected(rhythm, middle, end), rel=1e-9
    )
    assert expected(FLAT, MONDAY, MONDAY + WEEK) == pytest.approx(2 * 24 * 7)
    assert expected(FLAT, MONDAY, MONDAY + HOUR / 2) == pytest.approx(1)


def test_nothing_is_expected_of_time_that_runs_backwards() -> None:
    assert expected(FLAT, MONDAY, MONDAY) == 0
    assert expected(FLAT, MONDAY + DAY, MONDAY) == 0


def test_hours_are_those_of_greenwich_wherever_times_are_told() -> None:
    zone = datetime.fromisoformat("2026-03-02T00:00+05:30").tzinfo
    column = a_column(4)
    there = [at.astimezone(zone) for at in column]
    until = MONDAY + 4 * WEEK
    assert learn(there, since=MONDAY.astimezone(zone), until=until) == learn(
        column, since=MONDAY, until=until
    )
    rhythm = learn(column, since=MONDAY, until=until)
    nine = MONDAY + 9 * HOUR
    assert expected(rhythm, nine.astimezone(zone), nine + HOUR) == expected(
        rhythm, nine, nine + HOUR
    )


def test_the_time_until_an_item_is_likely_ends_within_the_hour_it_falls_in() -> None:
    assert seconds_until(FLAT, items=1, now=MONDAY, most=1e6) == pytest.approx(1800)
    assert seconds_until(FLAT, items=5, now=MONDAY + HOUR / 6, most=1e6) == pytest.approx(9000)
    assert seconds_until(FLAT, items=1000, now=MONDAY, most=3600) == 3600


def test_a_rhythm_survives_its_row() -> None:
    rhythm = learn(a_column(8), since=MONDAY, until=MONDAY + 8 * WEEK)
    kept = json.loads(json.dumps(rhythm_to_json(rhythm)))
    back = rhythm_from_json(kept)
    assert back is not None
    assert rhythm_to_json(back) == rhythm_to_json(rhythm)
    days = MONDAY, MONDAY + 9 * DAY
    assert expected(back, *days) == pytest.approx(expected(rhythm, *days), rel=1e-3)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {},
        {"an_hour": 1},
        {"an_hour": 1, "hours": 3, "days": [1] * 7},
        {"an_hour": 1, "hours": [1] * 23, "days": [1] * 7},
        {"an_hour": 1, "hours": [1] * 24, "days": [1] * 8},
        {"an_hour": 0, "hours": [1] * 24, "days": [1] * 7},
        {"an_hour": math.nan, "hours": [1] * 24, "days": [1] * 7},
        {"an_hour": 1, "hours": ["x"] * 24, "days": [1] * 7},
        {"an_hour": 1, "hours": [1] * 24, "days": [1] * 7, "mood": "bad"},
    ],
)
def test_a_row_that_keeps_no_sound_rhythm_has_none(kept: dict[str, object] | None) -> None:
    assert rhythm_from_json(kept) is None


@given(
    minutes=st.lists(st.integers(0, 60 * 24 * 90), max_size=60),
    watched=st.integers(-5, 60 * 24 * 90),
)
def test_a_rhythm_is_always_sound(minutes: list[int], watched: int) -> None:
    arrivals = [MONDAY + timedelta(minutes=number) for number in minutes]
    rhythm = learn(arrivals, since=MONDAY, until=MONDAY + timedelta(minutes=watched))
    assert rhythm_from_json(rhythm_to_json(rhythm)) is not None
    assert sum(rhythm.hours) == pytest.approx(24)
    assert sum(rhythm.days) == pytest.approx(7)
    assert max(rhythm.hours) <= 24
    assert 0 <= rhythm.usual_pause <= rhythm.longest_pause < math.inf
    assert rhythm == learn(arrivals[::-1], since=MONDAY, until=MONDAY + timedelta(minutes=watched))


@given(
    hours=st.lists(st.floats(0.01, 24), min_size=24, max_size=24),
    start=st.integers(0, 10_000),
    first=st.integers(0, 10_000),
    second=st.integers(0, 10_000),
)
def test_more_time_never_expects_less(
    hours: list[float], start: int, first: int, second: int
) -> None:
    rhythm = Rhythm(an_hour=0.7, hours=tuple(hours), days=(1.0,) * 7)
    since = MONDAY + timedelta(minutes=start)
    sooner, later = (since + timedelta(minutes=number) for number in sorted((first, second)))
    assert expected(rhythm, since, sooner) <= expected(rhythm, since, later) + 1e-9


def test_spans_and_paces_read_as_people_say_them() -> None:
    seconds = (0, 40, 119, 120, 5400, 7200, 86_400, 172_800, 10 * 86_400)
    assert [span(number) for number in seconds] == [
        "0 s", "40 s", "119 s", "2 min", "90 min", "2 h", "24 h", "2 days", "10 days",
    ]  # fmt: skip
    assert [pace(an_hour) for an_hour in (6.2, 1, 0.4, 0.05, 0.01)] == [
        "about 6 items an hour",
        "about 1 item an hour",
        "about 10 items a day",
        "about 1 item a day",
        "hardly an item a day",
    ]
    assert [some_items(number) for number in (0, 1.9, 2, 7.8)] == [
        "an item", "an item", "2 items", "7 items",
    ]  # fmt: skip
    assert clock(MONDAY + 14 * HOUR + HOUR / 12) == "14:05 UTC"
