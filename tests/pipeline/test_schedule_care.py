"""Care for other people's servers: audits, moved addresses, and feeds that share a server."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Audited, HostGroup, Move, Rhythm, Trust
from pipeline.schedule import (
    adopts,
    after_audit,
    may_start,
    released,
    soft_limited,
    waits_until,
    wants_audit,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
HALF_A_DAY = 43_200.0
HOURLY = Rhythm(
    an_hour=1.0, hours=(1.0,) * 24, days=(1.0,) * 7, days_watched=30,
    pauses=600, usual_pause=1.0, pause_spread=0.5, longest_pause=4.0,
)  # fmt: skip
DOUBTED = Trust(is_not_modified=True, last_new_at=NOW - 6 * HOUR, rhythm=HOURLY)


# --- audits


def test_a_304_against_the_feeds_own_habit_is_looked_into() -> None:
    assert wants_audit(DOUBTED, now=NOW) == (
        "it says that nothing has changed, but about 6 items would have come"
    )


@pytest.mark.parametrize(
    "trust",
    [
        replace(DOUBTED, is_not_modified=False),
        replace(DOUBTED, last_new_at=NOW - HOUR),
        replace(DOUBTED, last_new_at=None),
        replace(DOUBTED, rhythm=None),
        replace(DOUBTED, rhythm=replace(HOURLY, pauses=4)),
        replace(DOUBTED, rhythm=replace(HOURLY, usual_pause=4.0)),
        replace(DOUBTED, audited_at=NOW - 11 * HOUR),
        replace(DOUBTED, audited_at=NOW - 20 * HOUR, wait_seconds=2 * HALF_A_DAY),
        replace(DOUBTED, audited_at=NOW - 11 * HOUR, wait_seconds=60),
        replace(DOUBTED, audited_at=NOW - 11 * HOUR, siblings_have_news=True),
        Trust(is_not_modified=False, siblings_have_news=True),
    ],
)
def test_without_a_reason_or_too_soon_nobody_is_asked_plainly(trust: Trust) -> None:
    assert wants_audit(trust, now=NOW) is None


def test_news_at_its_siblings_calls_for_an_audit() -> None:
    trust = replace(DOUBTED, last_new_at=NOW, siblings_have_news=True, audited_at=NOW - 12 * HOUR)
    assert wants_audit(trust, now=NOW) == (
        "it says that nothing has changed, while its host's other sources have news"
    )


def test_a_lying_feed_is_looked_at_once_a_week() -> None:
    lying = Trust(is_not_modified=False, validators_lie=True, audited_at=NOW - 6 * DAY)
    assert wants_audit(lying, now=NOW) is None
    assert wants_audit(lying, now=NOW + DAY) == (
        "its validators lied: once a week we look whether they still do"
    )


def test_new_items_under_unchanged_validators_are_the_lie() -> None:
    audited = after_audit(DOUBTED, found_new=True, is_same_validator=True)
    assert audited.validators_lie


def test_new_items_under_new_validators_may_just_have_come() -> None:
    audited = after_audit(DOUBTED, found_new=True, is_same_validator=False)
    assert audited == Audited(validators_lie=False, wait_seconds=HALF_A_DAY)


def test_an_audit_that_finds_nothing_doubles_the_wait_up_to_four_weeks() -> None:
    waits = []
    trust = DOUBTED
    for _ in range(9):
        audited = after_audit(trust, found_new=False, is_same_validator=True)
        assert not audited.validators_lie
        waits.append(audited.wait_seconds / HALF_A_DAY)
        trust = replace(trust, wait_seconds=audited.wait_seconds)
    assert waits == [2, 4, 8, 16, 32, 56, 56, 56, 56]


def test_the_flag_falls_when_new_items_come_with_new_validators_and_only_then() -> None:
    lying = replace(DOUBTED, validators_lie=True)
    assert not after_audit(lying, found_new=True, is_same_validator=False).validators_lie
    assert after_audit(lying, found_new=True, is_same_validator=True).validators_lie
    assert after_audit(lying, found_new=False, is_same_validator=False).validators_lie


@given(hours=st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_no_two_audits_of_a_feed_lie_closer_than_twelve_hours(hours: list[int]) -> None:
    trust, now, audits = DOUBTED, NOW, []
    for step in hours:
        now += step * HOUR
        if wants_audit(trust, now=now):
            audits.append(now)
            audited = after_audit(trust, found_new=False, is_same_validator=True)
            trust = replace(trust, audited_at=now, wait_seconds=audited.wait_seconds)
    assert all(b - a >= 12 * HOUR for a, b in pairwise(audits))


# --- permanent redirects

MOVED = Move(polls=5, since=NOW - 3 * DAY, is_feed=True, shared_items=12)


def test_an_address_is_adopted_after_five_polls_over_three_days_that_share_items() -> None:
    assert adopts(MOVED, now=NOW) == (
        "5 polls over 3 days were sent there for good, and it has 12 items of the old address"
    )
    assert "it has an item of" in (adopts(replace(MOVED, shared_items=1), now=NOW) or "")


@pytest.mark.parametrize(
    "move",
    [
        replace(MOVED, polls=4),
        replace(MOVED, since=NOW - 2.9 * DAY),
        replace(MOVED, is_feed=False),
        replace(MOVED, shared_items=0),
        replace(MOVED, polls=500, since=NOW - HOUR),  # a busy feed behind a captive portal
    ],
)
def test_no_address_is_adopted_on_less(move: Move) -> None:
    assert adopts(move, now=NOW) is None


# --- feeds that share a server


def test_a_group_has_two_requests_at_once_five_seconds_apart() -> None:
    assert may_start(HostGroup(), now=NOW)
    assert may_start(HostGroup(in_flight=1, last_start=NOW - timedelta(seconds=5)), now=NOW)
    assert not may_start(HostGroup(last_start=NOW - timedelta(seconds=4.9)), now=NOW)
    assert not may_start(HostGroup(in_flight=2), now=NOW)


def test_a_group_may_have_limits_of_its_own_but_is_never_shut() -> None:
    slow = HostGroup(gap_seconds=60, most_at_once=1, last_start=NOW - timedelta(seconds=30))
    assert not may_start(slow, now=NOW)
    assert may_start(slow, now=NOW + timedelta(seconds=30))
    assert not may_start(replace(slow, in_flight=1), now=NOW + HOUR)
    assert may_start(replace(slow, gap_seconds=0), now=NOW)
    assert may_start(HostGroup(most_at_once=0), now=NOW)


def test_a_group_that_was_asked_to_wait_starts_nothing_before() -> None:
    group = HostGroup(not_before=NOW + HOUR)
    assert not may_start(group, now=NOW)
    assert may_start(group, now=NOW + HOUR)


def test_after_a_wait_one_probe_goes_ahead_of_the_others() -> None:
    waited = HostGroup(not_before=NOW, in_flight=1)
    assert not may_start(waited, now=NOW + HOUR)
    probing = replace(waited, last_start=NOW + timedelta(seconds=30))
    assert not may_start(probing, now=NOW + timedelta(seconds=60))
    assert may_start(replace(probing, in_flight=0), now=NOW + timedelta(seconds=60))
    well = replace(waited, last_start=NOW + timedelta(minutes=5))
    assert may_start(well, now=NOW + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("refused", "feeds", "wait"),
    [
        (0, 1, None),
        (1, 1, None),
        (1, 3, None),
        (2, 3, 900),
        (3, 3, 1800),
        (3, 16, None),
        (4, 16, 900),
        (4, 100, None),
        (5, 100, 900),
        (10**9, 100, 21_600),
    ],
)
def test_several_refusals_in_one_window_are_a_limit_of_the_whole_group(
    refused: int, feeds: int, wait: float | None
) -> None:
    assert soft_limited(refused, feeds) == wait


@pytest.mark.parametrize(
    ("seconds", "waited"),
    [(60, 60), (-60, 0), (math.nan, 0), (math.inf, 86_400), (1e18, 86_400)],
)
def test_a_group_is_left_alone_as_asked_up_to_a_day(seconds: float, waited: float) -> None:
    assert waits_until(seconds, now=NOW) == NOW + timedelta(seconds=waited)


@given(jitters=st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_group_released_from_a_wait_comes_back_spread_and_never_early(
    jitters: list[float],
) -> None:
    back = [released(NOW, jitter) for jitter in jitters]
    assert all(NOW <= at <= NOW + timedelta(minutes=2) for at in back)
    assert (max(back) - min(back)).total_seconds() == pytest.approx(
        120 * (max(jitters) - min(jitters)), abs=1e-5
    )
