"""When to poll a feed again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schedule import DAY, SHORTEST, first_poll, next_poll


def wait_after(
    *,
    interval: float = 600,
    failures: int = 0,
    state: str = "ok",
    retry_after: float | None = None,
    jitter: float = 0,
) -> float:
    return next_poll(
        interval=interval, failures=failures, state=state, retry_after=retry_after, jitter=jitter
    )


def test_a_good_poll_is_repeated_after_the_feeds_own_interval() -> None:
    assert wait_after(interval=600) == 600


@pytest.mark.parametrize(("failures", "wait"), [(1, 1200), (2, 2400), (3, 4800), (7, 76800)])
def test_each_failure_in_a_row_doubles_the_wait(failures: int, wait: float) -> None:
    assert wait_after(failures=failures, state="http_5xx") == wait


@pytest.mark.parametrize("failures", [8, 100, 10_000, 10**400])
def test_a_feed_that_always_fails_is_still_asked_once_a_day(failures: int) -> None:
    assert wait_after(failures=failures, state="http_4xx") == DAY


def test_a_name_that_is_not_found_counts_half() -> None:
    assert wait_after(failures=2, state="dns") == 1200
    assert wait_after(failures=4, state="dns") == 2400


def test_a_feed_that_is_gone_is_asked_once_a_day() -> None:
    assert wait_after(failures=1, state="gone") == DAY


def test_the_publisher_may_ask_us_to_wait_longer_but_not_to_come_sooner() -> None:
    assert wait_after(retry_after=3000) == 3000
    assert wait_after(retry_after=5) == 600
    assert wait_after(failures=3, state="rate_limited", retry_after=3000) == 4800


def test_the_publisher_cannot_make_us_wait_more_than_a_day() -> None:
    assert wait_after(retry_after=10 * DAY) == DAY


@pytest.mark.parametrize(("interval", "wait"), [(0, SHORTEST), (-5, SHORTEST), (9 * DAY, DAY)])
def test_a_silly_interval_is_clamped(interval: float, wait: float) -> None:
    assert wait_after(interval=interval) == wait


def test_jitter_lengthens_a_wait_by_up_to_a_tenth() -> None:
    assert wait_after(jitter=1) == pytest.approx(660)
    assert wait_after(jitter=0.5) == pytest.approx(630)
    assert wait_after(jitter=7) == pytest.approx(660)
    assert wait_after(jitter=-7) == 600


def test_two_feeds_that_fail_with_equal_intervals_do_not_stay_in_step() -> None:
    at_the_cap = [wait_after(failures=50, state="timeout", jitter=jitter) for jitter in (0.1, 0.9)]
    assert abs(at_the_cap[0] - at_the_cap[1]) > DAY / 20


@given(
    interval=st.floats(min_value=-1e9, max_value=1e9),
    failures=st.integers(min_value=0, max_value=10**9),
    state=st.sampled_from(["ok", "dns", "gone", "timeout", "rate_limited"]),
    retry_after=st.none() | st.floats(min_value=-1e12, max_value=1e12),
    jitter=st.floats(min_value=0, max_value=1),
)
def test_a_feed_always_gets_a_next_poll_within_reason(
    *, interval: float, failures: int, state: str, retry_after: float | None, jitter: float
) -> None:
    wait = wait_after(
        interval=interval, failures=failures, state=state, retry_after=retry_after, jitter=jitter
    )
    assert SHORTEST <= wait <= DAY * 1.1 + 1
    assert retry_after is None or wait >= min(retry_after, DAY)


def test_first_polls_are_spread_over_the_interval_and_stay_where_they_are() -> None:
    phases = [first_poll(f"outlet-{n}.example", interval=600) for n in range(200)]
    assert phases == [first_poll(f"outlet-{n}.example", interval=600) for n in range(200)]
    assert all(0 <= phase < 600 for phase in phases)
    by_minute = [sum(60 * n <= phase < 60 * (n + 1) for phase in phases) for n in range(10)]
    assert min(by_minute) >= 8  # 20 expected


def test_a_first_poll_is_no_later_than_a_day_off() -> None:
    assert 0 <= first_poll("outlet.example", interval=100 * DAY) < DAY
