"""When a feed is polled next, and why then."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Hints, Next, OutletKind, Outlook, Rhythm
from pipeline.schedule import SHORTEST, first_poll, next_poll

HOUR = 3600.0
DAY = 24 * HOUR
NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)  # a Wednesday
FLAT = Rhythm(an_hour=1.0, hours=(1.0,) * 24, days=(1.0,) * 7, days_watched=84)


def after(outlook: Outlook, *, now: datetime = NOW, jitter: float = 0) -> Next:
    return next_poll(outlook, now=now, jitter=jitter)


def wait(outlook: Outlook, *, now: datetime = NOW, jitter: float = 0) -> float:
    return after(outlook, now=now, jitter=jitter).seconds


def in_(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_good_poll_is_repeated_after_the_feeds_own_interval() -> None:
    chosen = after(Outlook(interval_seconds=900))
    assert chosen == Next(900, "that is as often as its operator allows")


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [(0, SHORTEST), (-5, SHORTEST), (math.nan, SHORTEST), (9 * DAY, DAY), (math.inf, DAY)],
)
def test_a_silly_interval_is_clamped(interval: float, seconds: float) -> None:
    assert wait(Outlook(interval_seconds=interval)) == seconds


def test_jitter_lengthens_a_wait_by_up_to_a_tenth() -> None:
    outlook = Outlook(interval_seconds=600)
    waits = [wait(outlook, jitter=jitter) for jitter in (1, 0.5, 7, -7, math.nan)]
    assert waits == pytest.approx([660, 630, 660, 600, 600])


# --- its own rhythm


def test_a_feed_that_brings_an_item_an_hour_is_not_asked_before_something_is_likely() -> None:
    chosen = after(Outlook(interval_seconds=300, rhythm=FLAT))
    assert chosen.seconds == pytest.approx(HOUR / 8)
    assert chosen.why == "about 1 item an hour at this time of the week"


def test_a_rhythm_never_asks_more_often_than_the_operator_allows() -> None:
    assert wait(Outlook(interval_seconds=900, rhythm=replace(FLAT, an_hour=60))) == 900


def test_a_quiet_night_is_slept_through_but_for_a_look_now_and_then() -> None:
    hours = tuple(24.0 if hour == 8 else 0.0001 for hour in range(24))
    column = replace(FLAT, an_hour=1 / 24, hours=hours)
    before = NOW.replace(hour=6, minute=30)
    chosen = after(Outlook(rhythm=column), now=before)
    assert 1.5 * HOUR < chosen.seconds < 1.7 * HOUR
    assert chosen.why == "hardly an item a day at this time of the week"
    earlier = after(Outlook(rhythm=column), now=before.replace(hour=2))
    assert earlier == Next(2 * HOUR, f"{chosen.why}, but no later than in 2 h")
    at_eight = wait(Outlook(rhythm=column, interval_seconds=300), now=before.replace(hour=8))
    assert at_eight == pytest.approx(HOUR / 8)


def test_a_feed_watched_for_less_than_a_week_has_no_rhythm_yet() -> None:
    assert wait(Outlook(rhythm=replace(FLAT, an_hour=0.001, days_watched=6.9))) == 900


@pytest.mark.parametrize(("kind", "seconds"), [("wire", HOUR), ("outlet", 2 * HOUR)])
def test_however_little_a_rhythm_expects_there_is_a_ceiling(
    kind: OutletKind, seconds: float
) -> None:
    chosen = after(Outlook(kind=kind, rhythm=replace(FLAT, an_hour=1e-6)))
    assert chosen.seconds == seconds
    assert "but no later than in" in chosen.why


def test_an_operator_who_wants_a_feed_asked_rarely_has_the_last_word() -> None:
    assert wait(Outlook(interval_seconds=12 * HOUR)) == 12 * HOUR


def test_a_wire_is_asked_sooner_than_an_outlet_of_the_same_rhythm() -> None:
    outlook = Outlook(interval_seconds=120, rhythm=FLAT)
    assert wait(replace(outlook, kind="wire")) < wait(outlook)


def test_the_longer_a_feed_is_dormant_the_rarer_it_is_asked_up_to_once_a_day() -> None:
    def silent(days: float) -> float:
        return wait(Outlook(last_new_at=NOW - timedelta(days=days), rhythm=FLAT))

    assert silent(30) == 900
    assert silent(40) == pytest.approx(40 * DAY / 200)
    assert silent(400) == DAY
    why = after(Outlook(last_new_at=NOW - timedelta(days=40))).why
    assert why == "nothing new has come for 40 days"


# --- what one gap may cost


def test_a_window_that_rolls_over_is_looked_at_three_times() -> None:
    chosen = after(Outlook(interval_seconds=HOUR, window_seconds=2 * HOUR, window_items=30))
    assert chosen == Next(2400, "its window of 30 items holds only 2 h")
    assert "its window holds" in after(Outlook(interval_seconds=HOUR, window_seconds=6000)).why


@pytest.mark.parametrize(
    ("kind", "interval", "floor"),
    [("wire", 900, 120), ("outlet", 900, 600), ("outlet", 300, 300), ("official", 1800, 600)],
)
def test_a_window_shortens_the_interval_down_to_the_floor_of_its_kind(
    kind: OutletKind, interval: float, floor: float
) -> None:
    assert wait(Outlook(kind=kind, interval_seconds=interval, window_seconds=30)) == floor


@pytest.mark.parametrize("window", [0, -5, math.nan, math.inf, None])
def test_items_that_all_bear_one_time_tell_nothing_of_their_window(window: float | None) -> None:
    assert wait(Outlook(window_seconds=window)) == 900


def test_a_window_bounds_what_the_rhythm_stretches() -> None:
    quiet = replace(FLAT, an_hour=0.01)
    assert wait(Outlook(rhythm=quiet, window_seconds=3 * HOUR)) == HOUR
    assert wait(Outlook(rhythm=quiet, window_seconds=300 * HOUR)) == 2 * HOUR


def test_a_document_that_shared_nothing_with_the_one_before_shortens_to_the_floor() -> None:
    chosen = after(Outlook(interval_seconds=HOUR, has_lost=True, window_seconds=9000))
    assert chosen == Next(600, "its last document shared no item with the one before")


@pytest.mark.parametrize(
    ("overlap", "seconds"), [(0.1, 1800), (0.34, 3600), (0.66, 3600), (0.9, 4200), (None, 3600)]
)
def test_where_windows_are_unknown_what_was_known_already_tells_a_little(
    overlap: float | None, seconds: float
) -> None:
    assert wait(Outlook(interval_seconds=HOUR, overlap=overlap)) == seconds


def test_where_the_window_is_known_the_share_of_known_items_tells_nothing_more() -> None:
    assert wait(Outlook(interval_seconds=HOUR, overlap=0.9, window_seconds=DAY)) == HOUR
    assert wait(Outlook(interval_seconds=HOUR, overlap=0.1, window_seconds=DAY)) == HOUR


def test_where_a_hub_pushes_only_a_slow_safety_poll_is_left() -> None:
    chosen = after(Outlook(is_pushed=True, window_seconds=600))
    assert chosen == Next(12 * 900, "its hub pushes what is new: this is the safety poll")
    assert wait(Outlook(is_pushed=True, interval_seconds=HOUR)) == 6 * HOUR


# --- what the publisher says


@pytest.mark.parametrize(
    ("hints", "seconds"),
    [
        (Hints(ttl_minutes=60), HOUR),
        (Hints(update_seconds=2 * HOUR), 2 * HOUR),
        (Hints(ttl_minutes=60, update_seconds=2 * HOUR), 2 * HOUR),
        (Hints(ttl_minutes=5), 900),
        (Hints(ttl_minutes=1e9), 6 * HOUR),
        (Hints(ttl_minutes=math.inf), 6 * HOUR),
        (Hints(ttl_minutes=math.nan, update_seconds=math.nan), 900),
        (Hints(ttl_minutes=-60, update_seconds=0), 900),
    ],
)
def test_a_hint_makes_us_later_within_reason(hints: Hints, seconds: float) -> None:
    assert wait(Outlook(hints=hints)) == seconds


def test_a_hint_says_why() -> None:
    why = after(Outlook(hints=Hints(ttl_minutes=60))).why
    assert why == "the publisher suggests not to come back within 60 min"


def test_a_hint_never_makes_us_lose_items_and_hardly_slows_a_wire() -> None:
    hints = Hints(ttl_minutes=1440)
    assert wait(Outlook(hints=hints, window_seconds=2 * HOUR)) == 2400
    assert wait(Outlook(hints=hints, window_seconds=2 * HOUR, is_pushed=True)) == 6 * HOUR
    assert wait(Outlook(kind="wire", interval_seconds=300, hints=hints)) == 900


def test_a_poll_that_would_fall_into_skipped_hours_waits_for_their_end() -> None:
    chosen = after(Outlook(hints=Hints(skip_hours=(10, 11, 12))))
    assert chosen == Next(2.5 * HOUR, "the publisher rests until 13:00 UTC")
    assert wait(Outlook(hints=Hints(skip_hours=(11,)))) == 900


def test_skipped_hours_are_said_in_greenwich_time_wherever_now_is_told() -> None:
    there = NOW.astimezone(tz=datetime.fromisoformat("2026-03-04T00:00+05:30").tzinfo)
    assert wait(Outlook(hints=Hints(skip_hours=(10,))), now=there) == 1800


def test_hour_twenty_four_is_midnight() -> None:
    late = NOW.replace(hour=23, minute=50)
    assert wait(Outlook(hints=Hints(skip_hours=(24,))), now=late) == 4200


def test_skipped_days_hold_us_only_up_to_the_ceiling() -> None:
    assert wait(Outlook(hints=Hints(skip_days=(2, 3)))) == 6 * HOUR
    evening = NOW.replace(hour=21)
    assert wait(Outlook(hints=Hints(skip_days=(2, 9))), now=evening) == 2.5 * HOUR


@pytest.mark.parametrize(
    "hints", [Hints(skip_hours=tuple(range(1, 25))), Hints(skip_days=tuple(range(7)))]
)
def test_hints_that_skip_everything_say_nothing(hints: Hints) -> None:
    assert wait(Outlook(hints=hints)) == 900


def test_freshness_means_not_before_up_to_six_hours() -> None:
    chosen = after(Outlook(fresh_until=in_(2 * HOUR)))
    assert chosen == Next(2 * HOUR, "the publisher says nothing changes before 12:30 UTC")
    assert wait(Outlook(fresh_until=in_(9 * DAY))) == 6 * HOUR
    assert wait(Outlook(fresh_until=in_(-50))) == 900


# --- failures and waits that were asked for


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1200), (2, 2400), (3, 4800), (7, 76800)])
def test_each_failure_in_a_row_doubles_the_wait(failures: int, seconds: float) -> None:
    outlook = Outlook(interval_seconds=600, failures=failures, state="http_5xx")
    assert wait(outlook) == seconds


def test_a_failure_says_why() -> None:
    assert after(Outlook(failures=1, state="timeout")).why == "it failed once"
    assert after(Outlook(failures=3, state="timeout")).why == "it failed 3 times in a row"


@pytest.mark.parametrize("state", ["http_4xx", "dns"])
@pytest.mark.parametrize("failures", [16, 100, 10_000, 10**400])
def test_a_feed_that_always_fails_is_still_asked_once_a_day(failures: int, state: str) -> None:
    assert wait(Outlook(failures=failures, state=state)) == DAY


def test_a_name_that_is_not_found_counts_half() -> None:
    assert wait(Outlook(interval_seconds=600, failures=2, state="dns")) == 1200
    assert wait(Outlook(interval_seconds=600, failures=4, state="dns")) == 2400


def test_a_feed_that_is_gone_is_asked_once_a_day() -> None:
    chosen = after(Outlook(failures=1, state="gone"))
    assert chosen == Next(DAY, "it said that it is gone: it is asked once a day")


def test_a_publisher_who_asks_us_to_wait_is_obeyed() -> None:
    chosen = after(Outlook(retry_after=9 * HOUR))
    assert chosen == Next(9 * HOUR, "the publisher asked us to wait 9 h")
    assert wait(Outlook(retry_after=5)) == 900
    assert wait(Outlook(failures=3, state="rate_limited", retry_after=3000)) == 7200


@pytest.mark.parametrize("asked", [10 * DAY, math.inf])
def test_the_publisher_cannot_make_us_wait_more_than_a_day(asked: float) -> None:
    assert wait(Outlook(retry_after=asked)) == DAY


@pytest.mark.parametrize("asked", [-5, 0, math.nan])
def test_a_wait_that_makes_no_sense_is_no_wait(asked: float) -> None:
    assert wait(Outlook(retry_after=asked)) == 900


def test_a_wait_of_the_whole_server_holds_for_each_of_its_feeds_and_ends_jittered() -> None:
    outlook = Outlook(not_before=in_(2 * HOUR))
    assert after(outlook) == Next(2 * HOUR, "its server is left alone until 12:30 UTC")
    releases = [wait(outlook, jitter=jitter) for jitter in (0.1, 0.5, 0.9)]
    assert releases == pytest.approx([2 * HOUR + 12, 2 * HOUR + 60, 2 * HOUR + 108])
    assert wait(Outlook(not_before=in_(-1))) == 900
    assert wait(Outlook(not_before=in_(9 * DAY))) == DAY


def test_the_short_wait_of_a_server_does_not_hurry_its_feeds() -> None:
    assert wait(Outlook(not_before=in_(30)), jitter=1) == pytest.approx(990)


# --- what always holds

some_seconds = st.floats(min_value=-1e12, max_value=1e12) | st.sampled_from(
    [math.nan, math.inf, -math.inf]
)
some_time = st.integers(min_value=-(10**7), max_value=10**7).map(in_)
some_hints = st.builds(
    Hints,
    ttl_minutes=st.none() | some_seconds,
    skip_hours=st.lists(st.integers(-3, 30), max_size=24).map(tuple),
    skip_days=st.lists(st.integers(-3, 9), max_size=7).map(tuple),
    update_seconds=st.none() | some_seconds,
)
some_rhythm = st.builds(
    Rhythm,
    an_hour=st.floats(min_value=1e-9, max_value=1e6),
    hours=st.integers(0, 23).map(lambda busy: (1e-6,) * busy + (9.0,) + (1e-6,) * (23 - busy)),
    days=st.sampled_from([(1.0,) * 7, (1.4,) * 5 + (1e-6,) * 2]),
    days_watched=st.floats(0, 84),
)
some_outlook = st.builds(
    Outlook,
    kind=st.sampled_from(["wire", "outlet", "official", "own"]),
    interval_seconds=some_seconds,
    rhythm=st.none() | some_rhythm,
    window_seconds=st.none() | some_seconds,
    window_items=st.none() | st.integers(0, 5000),
    overlap=st.none() | st.floats(0, 1),
    has_lost=st.booleans(),
    last_new_at=st.none() | some_time,
    hints=st.none() | some_hints,
    fresh_until=st.none() | some_time,
    retry_after=st.none() | some_seconds,
    failures=st.integers(min_value=0, max_value=10**9),
    state=st.sampled_from(["ok", "dns", "gone", "timeout", "rate_limited"]),
    is_pushed=st.booleans(),
    not_before=st.none() | some_time,
)
some_jitter = st.floats(min_value=0, max_value=1)


@given(outlook=some_outlook, now=some_time, jitter=some_jitter)
def test_a_feed_always_gets_a_next_poll_within_reason_and_a_reason(
    outlook: Outlook, now: datetime, jitter: float
) -> None:
    chosen = after(outlook, now=now, jitter=jitter)
    assert SHORTEST <= chosen.seconds <= DAY * 1.1 + 1  # so it is neither NaN nor never
    assert chosen.why


@given(outlook=some_outlook, asked=st.floats(0, 1e12), jitter=some_jitter)
def test_nobody_comes_back_before_the_time_that_was_asked_for(
    outlook: Outlook, asked: float, jitter: float
) -> None:
    assert wait(replace(outlook, retry_after=asked), jitter=jitter) >= min(asked, DAY)
    until = in_(min(asked, DAY))
    assert in_(wait(replace(outlook, not_before=until), jitter=jitter)) >= until


@given(outlook=some_outlook, fewer=st.integers(0, 60), more=st.integers(0, 60))
def test_more_failures_never_bring_a_feed_back_sooner(
    outlook: Outlook, fewer: int, more: int
) -> None:
    fewer, more = sorted((fewer, more))
    assert wait(replace(outlook, failures=fewer)) <= wait(replace(outlook, failures=more))


@given(outlook=some_outlook, one=some_jitter, other=some_jitter)
def test_two_feeds_that_fail_alike_do_not_stay_in_step(
    outlook: Outlook, one: float, other: float
) -> None:
    failing = replace(outlook, failures=5, state="timeout", not_before=None)
    apart = abs(wait(failing, jitter=one) - wait(failing, jitter=other))
    assert apart == pytest.approx(0.1 * abs(one - other) * wait(failing), abs=1e-6)


@given(outlook=some_outlook, jitter=some_jitter)
def test_no_feed_is_polled_more_often_than_its_operator_allows_unless_items_are_at_risk(
    outlook: Outlook, jitter: float
) -> None:
    safe = replace(outlook, window_seconds=None, overlap=None, has_lost=False, interval_seconds=700)
    assert wait(safe, jitter=jitter) >= 700


@given(outlook=some_outlook, window=st.floats(min_value=1, max_value=1e7))
def test_no_window_rolls_over_between_two_polls_of_a_feed_that_nobody_holds_back(
    outlook: Outlook, window: float
) -> None:
    free = replace(
        outlook,
        window_seconds=window,
        hints=replace(outlook.hints or Hints(), skip_hours=(), skip_days=()),
        fresh_until=None,
        retry_after=None,
        failures=0,
        state="ok",
        is_pushed=False,
        not_before=None,
    )
    assert wait(free) <= max(window / 3, 600)


def test_first_polls_are_spread_over_the_interval_and_stay_where_they_are() -> None:
    phases = [first_poll(f"outlet-{n}.example", interval=600) for n in range(200)]
    assert phases == [first_poll(f"outlet-{n}.example", interval=600) for n in range(200)]
    assert all(0 <= phase < 600 for phase in phases)
    by_minute = [sum(60 * n <= phase < 60 * (n + 1) for phase in phases) for n in range(10)]
    assert min(by_minute) >= 8  # 20 expected


def test_a_first_poll_is_no_later_than_a_day_off() -> None:
    assert 0 <= first_poll("outlet.example", interval=100 * DAY) < DAY
