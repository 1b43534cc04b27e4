"""Tests of pipeline.draft: where a matched story goes and how it is credited. All invented."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft import (
    Heard,
    Planned,
    attribution,
    instalment_title,
    section_for,
    worth_running,
)
from pipeline.draft.placing import order
from pipeline.records import ItemForm, Match, Quote, Section, Series, Span
from tests.builders import NOW, a_telling

SECTIONS = (
    Section(key="lead", heading="", minimum_score=0.9),
    Section(key="other", heading="Other news"),
    Section(key="ministry", heading="From the ministry", query="outlet:harbour-ministry"),
)


def a_series(**fields: object) -> Series:
    usual: dict[str, object] = {
        "key": "river-watch",
        "title": "River Watch",
        "title_template": "River Watch: {headline}",
        "query": "ferry",
        "sections": SECTIONS,
        "time_zone": "America/New_York",
    }
    return Series(**{**usual, **fields})  # type: ignore[arg-type]  # fields of many types


def a_match(score: float, *sections: str) -> Match:
    return Match(series="river-watch", score=score, zone="suggest", why=(), sections=sections)


def test_a_story_goes_to_the_first_section_that_takes_it() -> None:
    assert section_for(a_match(0.95, "lead", "other"), a_series()) == "lead"


def test_a_story_below_the_leads_score_goes_to_the_next_section() -> None:
    assert section_for(a_match(0.89, "lead", "other"), a_series()) == "other"


def test_a_section_with_a_query_of_its_own_is_asked_before_those_without() -> None:
    assert section_for(a_match(0.95, "lead", "other", "ministry"), a_series()) == "ministry"


def test_a_section_that_names_outlets_or_kinds_counts_as_one_of_its_own() -> None:
    for section in (
        Section(key="own", heading="", outlets=("river-review",)),
        Section(key="own", heading="", outlet_kinds=("own",)),
    ):
        series = a_series(sections=(*SECTIONS[:2], section))
        assert section_for(a_match(0.95, "lead", "other", "own"), series) == "own"


def test_a_story_no_section_takes_has_none() -> None:
    assert section_for(a_match(0.5, "lead"), a_series()) is None
    assert section_for(a_match(0.5), a_series()) is None


def planned(number: int, merit: float, hours: int) -> Planned:
    seen = NOW + timedelta(hours=hours)
    telling = a_telling(number, first_seen=seen)
    return Planned(
        development=number,
        tellings=(telling,),
        section="other",
        headline=telling.title,
        attribution="",
        merit=merit,
        score=0.5,
        zone="suggest",
        why=(),
    )


ITEMS = (planned(1, 0.5, 1), planned(2, 0.9, 2), planned(3, 0.5, 3))


def test_the_best_come_first_and_of_equals_the_newest() -> None:
    ranked = order(ITEMS, Section(key="other", heading=""))
    assert [item.development for item in ranked] == [2, 3, 1]


def test_a_section_may_be_ordered_by_time() -> None:
    newest = order(ITEMS, Section(key="other", heading="", order="newest"))
    assert [item.development for item in newest] == [3, 2, 1]
    oldest = order(ITEMS, Section(key="other", heading="", order="oldest"))
    assert [item.development for item in oldest] == [1, 2, 3]


def test_sixty_items_are_all_ranked_none_is_dropped() -> None:
    items = [planned(number, 0.5, 0) for number in range(60)]
    ranked = order(items, Section(key="other", heading="", maximum=12))
    assert [item.development for item in ranked] == list(range(60))


@given(st.permutations(ITEMS), st.sampled_from(["score", "newest", "oldest"]))
def test_the_order_does_not_depend_on_the_order_of_arrival(items: list[Planned], rule: str) -> None:
    section = Section(key="other", heading="", order=rule)  # type: ignore[arg-type]  # one of three
    assert order(items, section) == order(ITEMS, section)


THURSDAY_NIGHT = datetime(2024, 5, 31, 1, 30, tzinfo=UTC)  # still Thursday in New York


def test_the_line_credits_the_outlet_with_the_weekday_at_the_desk() -> None:
    line = attribution(a_series(), "the Example Gazette", THURSDAY_NIGHT)
    assert line == "On Thursday, the Example Gazette reported"


def test_the_line_may_give_the_date_instead() -> None:
    series = a_series(item=ItemForm(day="date"))
    line = attribution(series, "Harbour Post", THURSDAY_NIGHT)
    assert line == "On May 30, the Harbour Post reported"


def test_a_story_without_a_date_gets_a_line_without_a_day() -> None:
    assert attribution(a_series(), "the Example Gazette", None) == "The Example Gazette reported"
    assert attribution(a_series(), "bne Example", None) == "bne Example reported"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Harbour Post", "the Harbour Post"),
        ("The Quay", "the Quay"),
        ("Times of Harrow", "the Times of Harrow"),
        ("BBC", "the BBC"),
        ("BBC News", "BBC News"),
        ("Tide Wire", "Tide Wire"),
        ("Asia Times", "Asia Times"),
    ],
)
def test_newspapers_are_named_with_their_article(name: str, said: str) -> None:
    assert attribution(a_series(), name, THURSDAY_NIGHT) == f"On Thursday, {said} reported"


def test_a_credit_at_the_end_follows_its_own_template() -> None:
    form = ItemForm(credit_at="end", credit_line="according to {outlet} on {day}")
    line = attribution(a_series(item=form), "Harbour Post", THURSDAY_NIGHT)
    assert line == "according to the Harbour Post on Thursday"


def test_the_title_is_made_around_the_leads_headline_word_for_word() -> None:
    series = a_series(title_template="River Watch {number} ({date}): {headline}")
    title = instalment_title(
        series, "What {now}, Port Lucan?", number=7, cut_off=datetime(2024, 6, 1, tzinfo=UTC)
    )
    assert title == "River Watch 7 (May 31, 2024): What {now}, Port Lucan?"


def test_every_month_and_weekday_has_its_english_name() -> None:
    series = a_series(item=ItemForm(day="date"), time_zone="UTC")
    noon = time(12, 0, tzinfo=UTC)
    lines = [
        attribution(series, "X", datetime.combine(date(2024, month, 1), noon))
        for month in range(1, 13)
    ]
    assert lines[0] == "On January 1, X reported"
    assert lines[11] == "On December 1, X reported"
    weekly = a_series(time_zone="UTC")
    days = {attribution(weekly, "X", NOW + timedelta(days=day)).split()[1] for day in range(7)}
    assert len(days) == 7


def a_quote(words: str, *, start: int = 0, field: str = "text", **facts: str) -> Quote:
    span = Span(field=field, start=start, end=start + len(words), text=words)
    usual = {"speaker": "Ana Ruiz"}
    return Quote(text=words, span=span, **(usual | facts))  # type: ignore[arg-type]  # texts all


LINE = "We will go on with the ferry for as long as it floats, and"


def heard(*quotes: Quote, linked: int = 0) -> list[Heard]:
    """These quotations, numbered from 1, each of a story of its own; the first is the linked."""
    return [
        Heard(id=number, quote=quote, story=number, is_linked=number == linked + 1)
        for number, quote in enumerate(quotes, start=1)
    ]


def test_whole_sentences_by_somebody_named_and_in_office_are_worth_running_first() -> None:
    found = heard(
        a_quote("raft of hopes and of much else", kind="partial"),
        a_quote(f"{LINE} longer it will float.", speaker="an official"),
        a_quote("The terms are what they were in March, and they will stay so.", speaker="Ben Oye"),
        a_quote("Nobody has asked us what we would sign, so we sign nothing.", office="Minister"),
    )
    assert worth_running(found) == [4, 3, 2]


def test_titles_scraps_repetitions_and_words_of_nobody_are_not_worth_running() -> None:
    found = heard(
        a_quote(f"{LINE} so on.", field="title"),
        a_quote("peace summit"),
        a_quote(f"{LINE} so on.", speaker=""),
        a_quote(f"{LINE} so on.", outlet="harbour-post"),
        a_quote(f"{LINE} so on."),
        a_quote(f"{LINE} so on.", field="summary"),
    )
    assert len(worth_running(found)) == 1
    assert worth_running([]) == []


def test_what_several_outlets_quote_runs_once_and_from_the_linked_page() -> None:
    words = "We shall meet again in Port Lucan before the month is out."
    found = heard(
        a_quote("A different thing that somebody once said here, and not in jest at all."),
        a_quote(words),
    )
    again = Heard(id=9, quote=a_quote(f"{words[:-1]},"), story=9)
    assert worth_running([*found, again]) == [1, 2]
    assert worth_running([again, *heard(a_quote(words))]) == [1]


def test_another_speaker_runs_before_the_same_one_speaks_twice() -> None:
    found = heard(
        a_quote("We will not sit down while the harbour is closed to us.", office="Minister"),
        a_quote("Our envoys leave on Monday, whoever comes or does not.", office="Minister"),
        a_quote("The other side has read the paper and said nothing of it.", speaker="Ben Oye"),
        a_quote("Then we go home and write another one for them to read.", speaker="B. Oye"),
    )
    assert worth_running(found) == [1, 3, 2]


def test_a_quotation_as_long_as_a_speech_gives_way() -> None:
    speech = " ".join(f"word{number}" for number in range(200))
    found = heard(a_quote(speech), a_quote(f"{LINE} so on.", speaker="Ben Oye"))
    assert worth_running(found) == [2, 1]


def test_words_without_letters_are_one_quotation() -> None:
    found = heard(a_quote("1 ! ? ! ? ! ?", speaker="A"), a_quote("!! ?? !! ?? !! ??", speaker="B"))
    assert len(worth_running(found)) == 1
