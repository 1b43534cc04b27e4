"""When a feed counts as silent, and when its window may have lost items."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Heard, Rhythm
from pipeline.schedule import learn, lost_items, silence
from pipeline.schedule.silence import bearable_pause

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
COLUMN = [
    MONDAY + day * DAY + 9 * HOUR + (day * 37 % 50) * HOUR / 60 for day in range(56) if day % 7 < 5
]
LAST = COLUMN[-1]  # a Friday
RHYTHM = learn(COLUMN, since=MONDAY, until=LAST)
HEARD = Heard(added_at=MONDAY, last_new_at=LAST, rhythm=RHYTHM)


def test_a_column_may_rest_at_the_weekend_and_miss_a_day() -> None:
    assert silence(HEARD, at=LAST + 2.9 * DAY) is None  # Monday before nine
    assert silence(HEARD, at=LAST + 3.5 * DAY) is None  # Monday's did not come


def test_a_column_that_misses_three_days_is_silent_and_the_sentence_says_by_how_much() -> None:
    assert silence(HEARD, at=LAST + 5.05 * DAY) == (
        "nothing new for 5 days, when by its own habit about 3 items would have come;"
        " it answers, always with items known already"
    )


@pytest.mark.parametrize(
    ("state", "reason", "failures", "said"),
    [
        ("html", "it returned a web page", 0, "it answers, but it returned a web page"),
        ("html", "", 0, "it answers, but html"),
        ("timeout", "no answer in 30 s", 1, "the last poll failed: no answer in 30 s"),
        ("http_5xx", "", 9, "the last 9 polls failed: http_5xx"),
        ("not_modified", "304", 0, "it answers, always with items known already"),
    ],
)
def test_it_is_silent_however_it_answers(state: str, reason: str, failures: int, said: str) -> None:
    heard = replace(HEARD, state=state, reason=reason, failures=failures)
    sentence = silence(heard, at=LAST + 9 * DAY)
    assert sentence is not None
    assert sentence.endswith(f"; {said}")


def test_a_source_that_never_brought_anything_is_silent_after_two_days() -> None:
    heard = Heard(added_at=MONDAY, state="empty", reason="it has no items")
    assert silence(heard, at=MONDAY + 47 * HOUR) is None
    assert silence(heard, at=MONDAY + 48 * HOUR) == (
        "nothing has ever come from it in 2 days; it answers, but it has no items"
    )


def test_a_source_without_a_rhythm_is_silent_after_two_weeks() -> None:
    young = replace(RHYTHM, days_watched=5.0)
    for rhythm in (None, young):
        heard = Heard(added_at=MONDAY, last_new_at=MONDAY, rhythm=rhythm)
        assert silence(heard, at=MONDAY + 13 * DAY) is None
        assert silence(heard, at=MONDAY + 14 * DAY) is not None


def test_a_monthly_source_of_which_little_is_known_has_longer() -> None:
    issues = [MONDAY, MONDAY + 30 * DAY, MONDAY + 60 * DAY]
    rhythm = learn(issues, since=MONDAY - DAY, until=issues[-1])
    heard = Heard(added_at=MONDAY, last_new_at=issues[-1], rhythm=rhythm)
    assert silence(heard, at=issues[-1] + 40 * DAY) is None
    assert silence(heard, at=issues[-1] + 80 * DAY) == (
        "nothing new for 80 days; it answers, always with items known already"
    )


def test_a_busy_wire_is_silent_within_hours_but_never_within_two() -> None:
    items = [MONDAY + number * HOUR / 10 for number in range(10 * 24 * 28)]
    rhythm = learn(items, since=MONDAY, until=items[-1])
    wire = Heard(kind="wire", added_at=MONDAY, last_new_at=items[-1], rhythm=rhythm)
    assert silence(wire, at=items[-1] + 1.9 * HOUR) is None
    assert silence(wire, at=items[-1] + 3 * HOUR) is not None
    assert silence(replace(wire, kind="outlet"), at=items[-1] + 11 * HOUR) is None


def test_bursts_are_a_habit_too() -> None:
    """Three days of twenty items each, then ten days of nothing, again and again."""
    items = [
        MONDAY + (13 * turn + day) * DAY + (8 + number / 2) * HOUR
        for turn in range(6)
        for day in range(3)
        for number in range(20)
    ]
    rhythm = learn(items, since=MONDAY, until=items[-1])
    heard = Heard(added_at=MONDAY, last_new_at=items[-1], rhythm=rhythm)
    assert silence(heard, at=items[-1] + 10.5 * DAY) is None
    assert silence(heard, at=items[-1] + 21 * DAY) is not None


def test_few_pauses_make_the_alarm_more_patient() -> None:
    many = Rhythm(
        an_hour=0.1, hours=(1.0,) * 24, days=(1.0,) * 7, days_watched=80,
        pauses=200, usual_pause=1.0, pause_spread=1.0, longest_pause=3.0,
    )  # fmt: skip
    few = replace(many, pauses=20, days_watched=8)
    assert bearable_pause(few) > bearable_pause(many)


def test_a_trouble_opens_once_and_closes_once_whatever_is_learnt_meanwhile() -> None:
    opened = LAST + 6 * DAY
    assert silence(HEARD, at=opened) is not None
    patient = replace(HEARD, rhythm=replace(RHYTHM, longest_pause=99.0))
    assert silence(patient, at=opened) is None
    assert silence(patient, at=opened + DAY, is_open=True, since=LAST) is not None
    back = replace(patient, last_new_at=opened + 2 * DAY)
    assert silence(back, at=opened + 2 * DAY, is_open=True, since=LAST) is None


def test_a_source_that_never_delivered_closes_with_its_first_story() -> None:
    heard = Heard(added_at=MONDAY)
    assert silence(heard, at=MONDAY + 9 * DAY, is_open=True) is not None
    delivered = replace(heard, last_new_at=MONDAY + 9 * DAY)
    assert silence(delivered, at=MONDAY + 9 * DAY, is_open=True) is None


@given(sooner=st.integers(0, 10**5), later=st.integers(0, 10**5))
def test_who_is_silent_stays_silent(sooner: int, later: int) -> None:
    sooner, later = sorted((sooner, later))
    if silence(HEARD, at=LAST + timedelta(minutes=sooner)) is not None:
        assert silence(HEARD, at=LAST + timedelta(minutes=later)) is not None


def opened_and_closed(
    arrivals: list[datetime], *, until: datetime, state: str = "not_modified", failures: int = 0
) -> tuple[list[datetime], list[datetime]]:
    """Watch a feed four times a day, learning each week; gives when its trouble opened, closed."""
    opened: list[datetime] = []
    closed: list[datetime] = []
    since, rhythm, at = None, None, MONDAY
    while at < until:
        at += DAY / 4
        come = [one for one in arrivals if one <= at]
        if at.hour == 0 and at.weekday() == 0:
            rhythm = learn(come, since=MONDAY, until=at)
        heard = Heard(
            added_at=MONDAY,
            last_new_at=max(come, default=None),
            rhythm=rhythm,
            state=state,
            failures=failures,
        )
        is_open = len(opened) > len(closed)
        said = silence(heard, at=at, is_open=is_open, since=since)
        if said and not is_open:
            opened.append(at)
            since = heard.last_new_at
        elif is_open and not said:
            closed.append(at)
    return opened, closed


@pytest.mark.parametrize(
    ("state", "failures"),
    [("timeout", 40), ("html", 40), ("not_modified", 0), ("ok", 0)],
    ids=["fails", "a web page", "repeats itself", "undated, or all filtered out"],
)
def test_each_kind_of_silence_opens_once_and_closes_once(state: str, failures: int) -> None:
    back = [LAST + 20 * DAY + number * DAY for number in range(5)]
    opened, closed = opened_and_closed(
        COLUMN + back, until=back[-1], state=state, failures=failures
    )
    assert len(opened) == len(closed) == 1
    assert LAST + 4 * DAY < opened[0] < LAST + 6 * DAY
    assert back[0] <= closed[0] <= back[0] + DAY / 4


def test_a_source_that_never_delivered_opens_once_and_closes_once() -> None:
    first = MONDAY + 9 * DAY
    opened, closed = opened_and_closed([first], until=first + 10 * DAY)
    assert opened == [MONDAY + 2 * DAY]
    assert closed == [first]


def test_feeds_that_publish_at_random_are_hardly_ever_called_silent() -> None:
    """Six feeds, 140 days each: a burst of items every other day, at any time."""
    chance = Random(3)
    alarms = 0
    for _ in range(6):
        arrivals, at = [], MONDAY
        while at < MONDAY + 140 * DAY:
            at += chance.expovariate(0.5) * DAY
            arrivals += [at] * chance.randint(1, 6)
        alarms += len(opened_and_closed(arrivals, until=MONDAY + 140 * DAY)[0])
    assert alarms <= 2  # one in a feed's year


# --- items that may have come and gone


def test_a_document_with_nothing_known_may_have_lost_items() -> None:
    assert lost_items(items=30, known=0, held_before=True) == (
        "none of its 30 items was in a document before: others may have come and gone in between"
    )
    only = lost_items(items=1, known=0, held_before=True)
    assert only is not None
    assert only.startswith("its only item was in no document before:")


def test_a_document_with_one_known_item_has_lost_none() -> None:
    assert lost_items(items=30, known=1, held_before=True) is None


def test_a_first_or_an_empty_document_has_lost_nothing() -> None:
    assert lost_items(items=30, known=0, held_before=False) is None
    assert lost_items(items=0, known=0, held_before=True) is None


def test_a_list_that_flips_back_to_known_items_has_lost_none() -> None:
    first, second = {"a", "b"}, {"c", "d"}
    held: set[str] = set()
    suspected = []
    for document in (first, second, first, second, first):
        known = len(document & held)
        said = lost_items(items=len(document), known=known, held_before=bool(held))
        suspected.append(said is not None)
        held |= document
    assert suspected == [False, True, False, False, False]  # once, when nobody could know


def test_a_list_whose_items_were_out_before_the_last_look_was_exchanged_not_rolled_over() -> None:
    def lost(oldest: datetime | None, last_look: datetime | None) -> bool:
        said = lost_items(items=30, known=0, held_before=True, oldest=oldest, last_look=last_look)
        return said is not None

    assert not lost(MONDAY, MONDAY + 2 * HOUR)
    assert lost(MONDAY, MONDAY + HOUR / 2)  # items appear some time after their date
    assert lost(MONDAY + 2 * HOUR, MONDAY)
    assert lost(None, MONDAY)
    assert lost(MONDAY, None)
