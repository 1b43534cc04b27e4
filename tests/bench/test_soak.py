"""The fits and verdicts of the long run, its publishers, and its fast clock."""

import random
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from sqlalchemy import Engine, text

from bench.soak_clock import Fast, begin, go_on
from bench.soak_origin import COPIED, OF, PACES, Publishers, reply_of
from bench.soak_report import stayed
from bench.soak_stages import Even, Used
from bench.soak_verdicts import (
    Trend,
    of_bytes,
    of_count,
    of_process,
    of_rows,
    theil_sen,
    trend,
)
from cli.origin import Asked
from config.settings import Settings
from pipeline.cluster.memory import BLOCK, BLOCKS
from store.fates import FATES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_DAY = [(quarter / 4, 0.0) for quarter in range(97)]


def a_day(
    *, an_hour: float, at_first: float = 200.0, until: float = 24.0
) -> list[tuple[float, float]]:
    """A value that rises so much an hour until then, with noise, and is measured for a day."""
    chance = random.Random(7)
    return [(at, at_first + an_hour * min(at, until) + chance.uniform(-2, 2)) for at, _ in A_DAY]


def test_the_slope_is_that_of_the_line_whatever_lies_beside_it() -> None:
    line = [(float(x), 3.0 + 0.5 * x) for x in range(50)]
    assert theil_sen(line) == pytest.approx(0.5)
    spoilt = [(x, 900.0 if x % 5 == 0 else y) for x, y in line]
    assert theil_sen(spoilt) == pytest.approx(0.5, abs=0.05)
    assert theil_sen([(1.0, 1.0)]) == 0.0
    assert theil_sen([(1.0, 1.0), (1.0, 5.0)]) == 0.0


def test_many_points_are_thinned_and_say_the_same() -> None:
    assert theil_sen([(x / 100, x / 50) for x in range(5_000)]) == pytest.approx(2.0)


def test_medians_are_of_the_first_the_warm_and_the_last_hour() -> None:
    told = trend([(h / 2, float(h)) for h in range(17)], hours=8.0)
    assert (told.first, told.warm, told.last) == (0.5, 4.5, 15.0)
    assert told.slope == pytest.approx(2.0)
    assert (told.hours, told.points) == (6.0, 13)
    with pytest.raises(ValueError, match="nothing"):
        trend([], hours=8.0)


def test_a_run_cut_short_before_it_was_warm_has_no_slope() -> None:
    told = trend([(0.0, 5.0), (0.1, 6.0)], hours=8.0)
    assert (told.slope, told.points, told.hours) == (0.0, 0, 0.0)
    assert of_process(told) == "too short"


def test_a_leak_grows_and_a_cache_that_fills_does_not() -> None:
    assert of_process(trend(a_day(an_hour=1.5), hours=24.0)) == "grows"
    told = trend(a_day(an_hour=1.5), hours=24.0)
    assert of_process(told, remembers=1.2) == "grows as it should"
    assert of_process(told, remembers=0.9) == "grows", "by more than what it remembers"
    assert of_process(trend(a_day(an_hour=0.0), hours=24.0)) == "flat"
    assert of_process(trend(a_day(an_hour=20.0, until=5.0), hours=24.0)) == "flat"
    assert of_process(trend(a_day(an_hour=0.3), hours=24.0)) == "flat"  # under the slope
    big = a_day(an_hour=0.6, at_first=5_000.0)
    assert of_process(trend(big, hours=24.0)) == "flat"  # under the share


def test_a_leak_that_is_hidden_by_recycling_is_no_growth() -> None:
    saw = [(at, 150.0 + 10.0 * (at % 3)) for at, _ in A_DAY]
    assert of_process(trend(saw, hours=24.0)) == "flat"


def test_an_hour_in_which_a_child_was_replaced_is_no_measure() -> None:
    went = Trend(first=348.0, warm=245.0, last=358.0, slope=0.66, hours=18.0, points=100)
    assert of_process(went) == "flat"
    leak = Trend(first=200.0, warm=245.0, last=358.0, slope=6.0, hours=18.0, points=100)
    assert of_process(leak) == "grows"
    assert of_process(leak, allowed=64.0) == "grows"
    assert of_process(leak, allowed=128.0) == "flat"


@pytest.mark.parametrize(
    ("warm", "slope", "verdict"),
    [
        (1_000.0, 1.0, "flat"),  # 18 rows
        (1_000.0, 5.0, "flat"),  # 90 rows, not a tenth
        (1_000.0, 6.0, "grows"),  # 108
        (3.0, 1.0, "flat"),  # more than a tenth, but 18 rows
        (0.0, 2.0, "grows"),
        (500.0, -20.0, "flat"),
    ],
)
def test_rows_that_should_stand(warm: float, slope: float, verdict: str) -> None:
    told = Trend(warm, warm, warm, slope, 18.0, 40)
    assert of_rows(told, may_grow=False) == verdict
    grown = "grows as it should" if verdict == "grows" else "flat"
    assert of_rows(told, may_grow=True) == grown


def test_bytes_and_counts_that_should_stand() -> None:
    def went(warm: float, slope: float, points: int = 40) -> Trend:
        return Trend(warm, warm, warm, slope, 18.0, points)

    assert of_bytes(went(8e6, 1e5), may_grow=False) == "flat"  # 1.8 MB, not a quarter
    assert of_bytes(went(4e6, 1e5), may_grow=False) == "grows"
    assert of_bytes(went(1e4, 5e4), may_grow=False) == "flat"  # .9 MB
    assert of_count(went(40, 0.2)) == "flat"
    assert of_count(went(40, 1.0)) == "grows"
    assert of_count(went(40, 1.0, points=3)) == "too short"
    assert of_count(Trend(40, 40, 40, 9.0, 3.0, 40)) == "too short"


def test_what_goes_up_and_down_grows_only_beyond_that() -> None:
    def went(slope: float) -> Trend:
        ups = [(n / 4, 1700.0 + 150 * (n % 3 - 1) + slope * n / 4) for n in range(96)]
        return trend(ups, hours=24.0)

    assert went(0.0).scatter == pytest.approx(300)
    assert of_count(went(12.0)) == "flat"  # 216 in 18 hours, more than a tenth
    assert of_count(went(25.0)) == "grows"  # 450


def test_what_should_have_gone_and_stayed_is_named() -> None:
    before = dict.fromkeys(FATES, 5)
    after = before | {"fingerprints": 0}
    assert stayed({"sessions": 0}, before, after) == []
    assert stayed({"sessions": 3}, before, after) == ["sessions: 3 rows might still go"]
    assert stayed({}, before, before) == ["fingerprints: its days were not dropped"]
    assert stayed({}, dict.fromkeys(FATES, 0), dict.fromkeys(FATES, 0)) == []


# --- the publishers


NEWS = Publishers("test", NOON, feeds=200, entries=4)


def ask(feed: int, at: datetime, *, old: bool = False, etag: str = "") -> tuple[int, bytes, str]:
    path = NEWS.path(feed) + (".old" if old else "")
    headers = {"if-none-match": etag} if etag else {}
    asked = Asked(host=NEWS.name(feed), path=path, headers=headers)
    reply = reply_of(NEWS, feed, asked, at)
    return reply.status, reply.body, reply.headers.get("ETag", "")


def of_manner(manner: str) -> int:
    return next(feed for feed in range(OF) if NEWS.manner(feed) == manner)


def test_a_feed_is_not_modified_until_its_next_story() -> None:
    feed = of_manner("")
    every = NEWS.every(feed)
    status, body, etag = ask(feed, NOON)
    assert status == HTTPStatus.OK
    assert ask(feed, NOON, etag=etag)[0] == HTTPStatus.NOT_MODIFIED
    later, changed, other = ask(feed, NOON + every, etag=etag)
    assert later == HTTPStatus.OK
    assert changed != body
    assert other != etag


def test_each_manner_is_kept() -> None:
    odd, third = NOON.replace(hour=13), NOON.replace(hour=12)
    assert ask(of_manner("fails"), NOON)[0] == HTTPStatus.SERVICE_UNAVAILABLE
    assert ask(of_manner("gone"), NOON)[0] == HTTPStatus.NOT_FOUND
    assert ask(of_manner("flaps"), odd)[0] == HTTPStatus.SERVICE_UNAVAILABLE
    assert ask(of_manner("flaps"), NOON)[0] == HTTPStatus.OK
    assert ask(of_manner("refuses"), third)[0] == HTTPStatus.TOO_MANY_REQUESTS
    assert ask(of_manner("refuses"), odd)[0] == HTTPStatus.OK
    assert b"<rss" not in ask(of_manner("no feed"), NOON)[1]
    assert ask(of_manner("moved"), NOON, old=True)[0] == HTTPStatus.MOVED_PERMANENTLY
    assert ask(of_manner("elsewhere"), NOON, old=True)[0] == HTTPStatus.FOUND
    assert ask(of_manner("elsewhere"), NOON)[0] == HTTPStatus.OK
    assert ask(of_manner("no validators"), NOON, etag='"0"') == (
        HTTPStatus.OK,
        NEWS.document(of_manner("no validators")),
        "",
    )


def test_feeds_have_the_paces_and_copies_they_are_said_to_have() -> None:
    many = Publishers("test", NOON, feeds=1_000, entries=4)
    fast = sum(many.every(feed) == PACES[0][1] for feed in range(1_000))
    assert fast == pytest.approx(1_000 * PACES[0][0], abs=20)
    agency = {Publishers.told(NEWS, 7, number).title for number in range(10)}
    told = [NEWS.told(feed, number).title for feed in range(8, 108) for number in range(10)]
    assert sum(one in agency for one in told) / len(told) == pytest.approx(COPIED, abs=0.03)


# --- the clock


def test_the_clock_runs_fast_goes_on_and_leaps(database: Engine) -> None:
    fast = begin(database)
    fast = go_on(database, fast, speed=3_600.0)
    with database.connect() as connection:
        began, real = connection.execute(text("SELECT now(), pg_catalog.now()")).one()
    assert abs(fast.at(real) - began) < timedelta(seconds=1)
    assert fast.hours(fast.real + timedelta(seconds=2)) == pytest.approx(2.0)
    leapt = go_on(database, fast, speed=1.0, skip=timedelta(days=700))
    with database.connect() as connection:
        later, moment = connection.execute(text("SELECT now(), clock_timestamp()")).one()
    assert timedelta(days=700) < later - began < timedelta(days=701)
    assert later <= moment
    assert leapt.base == fast.at(leapt.real) + timedelta(days=700)


def test_a_clock_without_a_leap_never_goes_back() -> None:
    fast = Fast(NOON, NOON, 48.0)
    then = NOON + timedelta(minutes=30)
    assert fast.at(then) == NOON + timedelta(hours=24)


def test_the_even_publishers_bring_what_a_round_asks_for() -> None:
    even = Even("stages", NOON, feeds=20, entries=3)
    assert [even.newer(5, NOON + timedelta(minutes=m)) for m in (0, 3, 6)] == [0, 3, 6]
    assert {even.manner(feed) for feed in range(20)} == {""}
    assert len({even.name(feed) for feed in range(20)}) == 20


def test_what_is_used_is_put_down_to_its_stage() -> None:
    used = Used()
    with used.stage("parse"):
        sum(number**2 for number in range(300_000))
    assert used.ours["parse"] > 0.0
    assert used.ours["place"] == 0.0


def test_a_child_of_the_pool_may_have_in_mind_all_that_is_to_be_remembered() -> None:
    most = BLOCK * (BLOCKS + 1)  # stories; 5.65 kB each, beside 240 MB: docs/operations/scale.md
    assert Settings(database_url="").child_memory_mb > 240 + most * 5.65 / 1000
