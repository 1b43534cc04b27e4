"""Days, distances, excerpts, links and marks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import words

NEW_YORK = ZoneInfo("America/New_York")
MOMENT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


def test_a_day_is_the_desks_day_and_not_that_of_utc() -> None:
    assert words.weekday(MOMENT, NEW_YORK, near=MOMENT) == "Thu 19 Nov"
    assert words.clock_time(MOMENT, NEW_YORK) == "21:30"


def test_a_day_of_another_year_names_its_year() -> None:
    assert words.weekday(MOMENT, NEW_YORK, near=MOMENT + timedelta(days=300)) == ("Thu 19 Nov 2026")


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/New_York", "New York time"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Europe/Paris", "Paris time"),
    ],
)
def test_a_zone_is_called_as_people_call_it(zone: str, name: str) -> None:
    assert words.zone_name(ZoneInfo(zone)) == name


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(hours=-1, minutes=-59), "1 hour ago"),
        (timedelta(hours=30), "in 30 hours"),
        (timedelta(days=-2), "2 days ago"),
    ],
)
def test_how_far_off_a_moment_is(distance: timedelta, said: str) -> None:
    assert words.away(MOMENT + distance, MOMENT) == said


def test_an_excerpt_ends_between_words() -> None:
    assert words.excerpt("short") == "short"
    assert words.excerpt("one two, three", 10) == "one two \u2026"
    assert words.excerpt("x" * 40, 10) == "x" * 10 + " \u2026"
    assert words.excerpt("\u00a0" * 40, 10) == " \u2026"


def test_a_flag_without_words_is_shown_as_it_is() -> None:
    assert words.flag("killed") == "withdrawn by its outlet"
    assert words.flag("some_new_flag") == "some new flag"


def test_marks_stand_where_the_words_still_stand() -> None:
    why = [
        {"spans": [{"field": "title", "start": 0, "end": 5, "text": "Peace"}]},
        {"spans": [{"field": "title", "start": 6, "end": 11, "text": "talks"}]},
        {"spans": [{"field": "summary", "start": 0, "end": 5, "text": "Peace"}]},
    ]
    assert words.marked("Peace talks", why, "title") == ("<mark>Peace</mark> <mark>talks</mark>")
    assert words.marked("Quiet talks", why, "title") == "Quiet <mark>talks</mark>"
    assert words.marked("Peace", why, "title") == "<mark>Peace</mark>"


def test_marks_that_overlap_are_one() -> None:
    spans = [
        {"field": "title", "start": 0, "end": 5, "text": "peace"},
        {"field": "title", "start": 0, "end": 11, "text": "peace talks"},
    ]
    assert words.marked("peace talks", [{"spans": spans}], "title") == "<mark>peace talks</mark>"


def test_a_reason_marks_its_quoted_words_and_no_others() -> None:
    one = {
        "text": 'hits "talks" (title), "5 < 6" (summary): talks',
        "spans": [{"text": "talks"}, {"text": "5 < 6"}, {"text": ""}],
    }
    assert words.reason(one) == (
        "hits <mark>talks</mark> (title), <mark>5 &lt; 6</mark> (summary): talks"
    )


def test_a_reason_of_long_ago_may_lack_anything() -> None:
    assert words.reason({}) == ""
    assert words.reason({"text": "by hand", "spans": None}) == "by hand"
    assert words.marked("x", [{"spans": "y"}, {"spans": [1, {}]}], "title") == "x"


@given(
    text=some.text(max_size=40),
    spans=some.lists(
        some.fixed_dictionaries(
            {"field": some.just("title"), "start": some.integers(), "end": some.integers()}
        ),
        max_size=5,
    ),
    say=some.booleans(),
)
def test_marking_never_fails_and_never_lets_markup_through(
    text: str, spans: list[dict[str, object]], say: bool
) -> None:
    for span in spans:
        start, end = span["start"], span["end"]
        assert isinstance(start, int)
        assert isinstance(end, int)
        span["text"] = text[start:end] if say else text
    shown = str(words.marked(text, [{"spans": spans}], "title"))
    rest = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in rest
    assert ">" not in rest


@given(url=some.text(max_size=60))
def test_no_address_that_passes_is_anything_but_a_web_address(url: str) -> None:
    if words.safe_link(url) is not None:
        assert url.lower().startswith(("http://", "https://"))
        assert words.host(url) or url.lower().startswith(("http://www.", "https://www."))


def test_no_link_is_no_link() -> None:
    assert words.safe_link(None) is None
    assert words.safe_link("") is None
    assert words.safe_link("https://www.meridian.example/a") == "https://www.meridian.example/a"
    assert words.host("https://www.meridian.example/a") == "meridian.example"
