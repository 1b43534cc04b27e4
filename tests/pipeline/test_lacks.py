"""What an instalment lacks, in words. Feeds and series are invented."""

from datetime import UTC, datetime, timedelta

from pipeline.definition import read_series
from pipeline.lacks import Silent, lacks

NOW = datetime(2026, 3, 13, 12, tzinfo=UTC)
SERIES = read_series(
    """
key = "ferry-watch"
title = "Ferry Watch"
[matching]
query = "ferry"
[[sections]]
key = "lead"
minimum = 1
[[sections]]
key = "other-news"
minimum = 3
[[sections]]
key = "ministry"
heading = "Harbour ministry:"
outlet_kinds = ["official"]
when_empty = "No ministry news found this week."
[[sections]]
key = "post"
outlets = ["harbour-post"]
""",
    "a.toml",
)
FULL = {"lead": 1, "other-news": 3, "ministry": 1, "post": 1}


def a_feed(number: int = 1, **changed: object) -> Silent:
    facts: dict[str, object] = {
        "feed_id": number,
        "name": "Harbour Ministry",
        "outlet": "harbour-ministry",
        "kind": "official",
        "trouble": "silent",
        "since": NOW - timedelta(days=3, hours=2),
        "brought": 0,
    }
    return Silent(**facts | changed)  # type: ignore[arg-type]  # fields by their names


def texts(items: dict[str, int], *silent: Silent) -> list[str]:
    return [one.text for one in lacks(SERIES, items, silent, now=NOW)]


def test_an_instalment_that_has_all_it_should_lacks_nothing() -> None:
    assert texts(FULL) == []
    # A silent feed nobody has drawn on, of which no section is short, is for operators.
    assert texts(FULL, a_feed()) == []


def test_an_empty_section_says_what_the_series_wants_said_and_which_feed_may_be_why() -> None:
    [one] = lacks(SERIES, FULL | {"ministry": 0}, [a_feed(brought=4)], now=NOW)
    assert one.text == (
        "No ministry news found this week: Harbour Ministry has been silent for 3 days, and gave "
        "4 stories in the weeks before."
    )
    assert (one.kind, one.section, [feed.feed_id for feed in one.feeds]) == (
        *("empty", "ministry"),
        [1],
    )


def test_a_feed_nobody_drew_on_may_still_be_why_a_section_of_its_kind_is_empty() -> None:
    [told] = texts(FULL | {"ministry": 0}, a_feed(trouble="failing", since=None))
    assert told == "No ministry news found this week: Harbour Ministry has failed."


def test_a_section_under_its_minimum_is_thin_and_one_that_may_stay_empty_is_not_missed() -> None:
    items = {"other-news": 1, "ministry": 2}
    assert texts(items) == [
        "Nothing for “Lead” yet.",
        "“Other news” has 1 item of the 3 it should have.",
    ]


def test_a_section_that_takes_everything_names_only_feeds_the_series_has_drawn_on() -> None:
    post = a_feed(
        2, name="Harbour Post", outlet="harbour-post", kind="outlet", brought=1, since=None
    )
    [told] = texts(FULL | {"other-news": 2}, a_feed(), post)
    assert told == (
        "“Other news” has 2 items of the 3 it should have: Harbour Post has been silent, and gave "
        "1 story in the weeks before."
    )


def test_silent_feeds_that_no_section_names_are_told_at_the_end_the_weightiest_first() -> None:
    feeds = [
        a_feed(n, name=f"Paper {n}", outlet=f"paper-{n}", kind="outlet", brought=n, trouble=t)
        for n, t in ((1, "silent"), (2, "failing"), (3, "gone"), (4, "moved"), (5, "silent"))
    ]
    [one] = lacks(SERIES, FULL, feeds, now=NOW)
    assert one.kind == "silent"
    assert one.text == (
        "Paper 5 has been silent for 3 days, and gave 5 stories in the weeks before; Paper 4 has "
        "had trouble for 3 days, and gave 4 stories in the weeks before; Paper 3 has been gone for "
        "3 days, and gave 3 stories in the weeks before; 2 more feeds are not well."
    )
    assert texts(FULL, *feeds[:4])[0].endswith("; 1 more feed is not well.")


def test_hours_are_told_up_to_two_days() -> None:
    for distance, said in ((timedelta(minutes=5), "1 hour"), (timedelta(hours=47), "47 hours")):
        feed = a_feed(brought=1, since=NOW - distance)
        assert f"silent for {said}, and" in texts(FULL, feed)[0]
