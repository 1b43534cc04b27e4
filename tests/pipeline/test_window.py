"""Tests of pipeline.window: which instalment a moment belongs to."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Section, Series
from pipeline.window import window

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


def a_series(**fields: object) -> Series:
    usual: dict[str, object] = {
        "key": "river-watch",
        "title": "River Watch",
        "title_template": "River Watch: {headline}",
        "query": "ferry",
        "sections": (Section(key="items", heading=""),),
        "cadence": "weekly",
        "weekday": 4,
        "cut_off": time(20, 0),
        "time_zone": "America/New_York",
    }
    return Series(**{**usual, **fields})  # type: ignore[arg-type]  # fields of many types


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_week_runs_from_one_fridays_cut_off_to_the_next() -> None:
    found = window(a_series(), at("2024-05-29T12:00:00+00:00"))
    assert found.opens == at("2024-05-25T00:00:00+00:00")  # Friday 20:00 in New York, in summer
    assert found.cut_off == at("2024-06-01T00:00:00+00:00")
    assert found.cut_off.tzinfo is UTC


def test_a_story_at_the_cut_off_still_belongs_and_a_moment_later_it_does_not() -> None:
    cut_off = at("2024-06-01T00:00:00+00:00")
    assert window(a_series(), cut_off).cut_off == cut_off
    late = window(a_series(), cut_off + timedelta(microseconds=1))
    assert late.opens == cut_off
    assert late.cut_off == cut_off + WEEK


def test_the_tail_reaches_back_from_where_the_window_opens() -> None:
    found = window(a_series(tail_days=7), at("2024-05-29T12:00:00+00:00"))
    assert found.tail_from == at("2024-05-18T00:00:00+00:00")
    assert window(a_series(tail_days=0), at("2024-05-29T12:00:00+00:00")).tail_from == found.opens


def test_the_cut_off_keeps_its_wall_clock_time_when_the_clocks_change() -> None:
    # New York put its clocks forward on 10 March 2024 and back on 3 November 2024.
    spring = window(a_series(), at("2024-03-12T12:00:00+00:00"))
    assert spring.cut_off - spring.opens == WEEK - timedelta(hours=1)
    assert spring.cut_off == at("2024-03-16T00:00:00+00:00")
    autumn = window(a_series(), at("2024-11-05T12:00:00+00:00"))
    assert autumn.cut_off - autumn.opens == WEEK + timedelta(hours=1)
    assert autumn.tail_from == at("2024-10-26T00:00:00+00:00")


def test_a_cut_off_the_clock_leaves_out_or_repeats_takes_place_once() -> None:
    nightly = a_series(cadence="daily", cut_off=time(2, 30))
    missing = window(nightly, at("2024-03-10T04:00:00+00:00"))
    assert missing.cut_off == at("2024-03-10T07:30:00+00:00")  # as if it were winter still
    earlier = a_series(cadence="daily", cut_off=time(1, 30))
    doubled = window(earlier, at("2024-11-03T04:00:00+00:00"))
    assert doubled.cut_off == at("2024-11-03T05:30:00+00:00")  # the first of the two
    assert window(earlier, doubled.cut_off + MINUTE).cut_off == at("2024-11-04T06:30:00+00:00")


def test_a_skipped_friday_gives_one_window_of_two_weeks() -> None:
    series = a_series(skipped=(date(2024, 5, 31),))
    for moment in ("2024-05-29T12:00:00+00:00", "2024-06-05T12:00:00+00:00"):
        found = window(series, at(moment))
        assert (found.opens, found.cut_off) == (
            at("2024-05-25T00:00:00+00:00"),
            at("2024-06-08T00:00:00+00:00"),
        )


def test_a_daily_series_closes_every_day_and_one_of_weekdays_rests_on_saturday() -> None:
    saturday = at("2024-06-01T12:00:00+00:00")
    daily = window(a_series(cadence="daily"), saturday)
    assert daily.cut_off == at("2024-06-02T00:00:00+00:00")
    weekdays = window(a_series(cadence="weekdays"), saturday)
    assert weekdays.opens == at("2024-06-01T00:00:00+00:00")
    assert weekdays.cut_off == at("2024-06-04T00:00:00+00:00")


def test_a_zone_that_once_skipped_a_whole_day_loses_no_time() -> None:
    # Samoa had no 30 December 2011.
    series = a_series(cadence="daily", time_zone="Pacific/Apia")
    moment = at("2011-12-29T00:00:00+00:00")
    found = window(series, moment)
    for _ in range(5):
        following = window(series, found.cut_off + MINUTE)
        assert following.opens == found.cut_off
        found = following


zones = st.sampled_from(
    [
        *("America/New_York", "Europe/London", "Europe/Kyiv", "Australia/Lord_Howe"),
        *("Asia/Kolkata", "Pacific/Apia", "Africa/Cairo", "UTC"),
    ]
)
calendars = st.fixed_dictionaries(
    {
        "cadence": st.sampled_from(["daily", "weekdays", "weekly"]),
        "weekday": st.integers(0, 6),
        "cut_off": st.times(),
        "time_zone": zones,
        "tail_days": st.integers(0, 30),
        "skipped": st.lists(st.dates(date(2009, 12, 1), date(2010, 2, 1)), max_size=20).map(tuple),
    }
)
moments = st.datetimes(datetime(2009, 11, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without a zone


@given(calendars, moments)
def test_every_moment_lies_in_its_window(calendar: dict[str, object], moment: datetime) -> None:
    found = window(a_series(**calendar), moment)
    assert found.opens < moment <= found.cut_off
    assert found.tail_from <= found.opens


@given(calendars, moments)
def test_windows_join_without_gap_or_overlap(calendar: dict[str, object], at: datetime) -> None:
    series = a_series(**calendar)
    found = window(series, at)
    assert window(series, found.cut_off) == found
    following = window(series, found.cut_off + timedelta(microseconds=1))
    assert following.opens == found.cut_off
    earlier = window(series, found.opens)
    assert earlier.cut_off == found.opens


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Kyiv", "Australia/Lord_Howe"])
def test_five_years_of_fridays_are_five_years_of_windows(zone: str) -> None:
    series = a_series(time_zone=zone)
    found = window(series, at("2020-01-01T00:00:00+00:00"))
    for _ in range(5 * 52):
        local = found.cut_off.astimezone(ZoneInfo(zone))
        assert (local.weekday(), local.time()) == (4, time(20, 0))
        following = window(series, found.cut_off + MINUTE)
        assert following.opens == found.cut_off
        found = following
