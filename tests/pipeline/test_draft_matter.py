"""Tests of pipeline.draft.matter: whose plan a headline tells of, and which act. All invented."""

from datetime import timedelta

import pytest

from pipeline.draft import NOTHING, Name, Telling
from pipeline.draft.gather import gather
from pipeline.draft.matter import Matter, matter_of, same_matter
from pipeline.draft.wording import named
from tests.builders import NOW, a_telling

CODES = {
    "Lindmark": "place:LM",
    "Harrow": "place:HW",
    "Ostland": "place:OS",
    "the Lodge": "about:LM",  # where Lindmark is governed from
    "Macron": "person:Q3052772",
    "France": "place:FR",
    "Ada Brook": "person:brook",
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(story: int, title: str, summary: str = "", *, at: timedelta = HOUR) -> Telling:
    names = tuple(
        Name(field=field, start=found, end=found + len(words), code=code, label=words)
        for field, text in (("title", title), ("summary", summary))
        for words, code in CODES.items()
        if (found := text.find(words)) >= 0
    )
    return a_telling(story, title=title, summary=summary, published=NOW + at, names=names)


def is_one(one: str, other: str) -> bool:
    mine, theirs = matter_of(told(1, one)), matter_of(told(2, other))
    return mine is not None and theirs is not None and same_matter(mine, theirs)


@pytest.mark.parametrize(
    ("title", "whose"),
    [
        ("Harrow is ready to discuss Lindmark's new peace plan", {"LM"}),
        ("Lindmark's 12-point plan: what it asks of Harrow", {"LM"}),
        ("Lindmark-backed ceasefire proposal reaches Harrow", {"LM"}),
        ("Islanders shrug at peace plan by the Lindmark", {"LM"}),
        ("the Lodge is quietly preparing a Harrow-Ostland peace plan", {"LM"}),
        ("Lindmark approves plan for peace between Harrow and Ostland", {"LM"}),
        ("Ada Brook unveils peace plan for Harrow", {"person:brook"}),
        ("Harrow-Ostland peace plan is signed", {"HW", "OS"}),
        ("Lindmark pitches Harrow-Ostland peace plan", {"LM"}),
    ],
)
def test_a_plan_is_whose_name_stands_before_it_or_who_draws_it_up(
    title: str, whose: set[str]
) -> None:
    found = matter_of(told(1, title))
    assert found is not None
    assert (found.kind, set(found.whose)) == ("plan", whose)


@pytest.mark.parametrize(
    "title",
    ["Envoys plan a picnic in Lindmark", "Peace plan is late", "Trainers are sold out", "Gale"],
)
def test_other_headlines_tell_of_none(title: str) -> None:
    assert matter_of(told(1, title)) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Lindmark's 12-point plan for Harrow", "the Lodge drafts peace proposal for Harrow", True),
        ("Lindmark's 12-point plan for Harrow", "Lindmark's 20-point plan for Harrow", False),
        ("Lindmark's peace plan for Harrow", "Ostland's peace plan for Harrow", False),
        ("Lindmark's peace plan for Harrow", "Lindmark's peace plan for Ostland", False),
        ("Lindmark's plan for Harrow", "Lindmark plan dismays Harrow", False),
        ("Lindmark's plan for Harrow", "Lindmark peace plan dismays Harrow", True),
        ("Lindmark's ferry tax plan for Harrow", "Lindmark peace plan for Harrow", False),
        ("Lindmark's ferry tax plan for Harrow", "Lindmark's ferry tax proposal in Harrow", True),
        ("France in talks on trainers for Harrow", "Macron wants instructors in Harrow", True),
        ("Macron to train troops in Harrow", "Lindmark to send instructors to Harrow", False),
        ("Macron to train troops in Harrow", "France lifts ban on strikes from Harrow", False),
    ],
)
def test_one_owner_and_one_place_besides_make_one_matter(
    one: str, other: str, *, expected: bool
) -> None:
    assert is_one(one, other) is expected
    assert is_one(other, one) is expected


def test_of_a_city_that_stands_for_its_state_the_state_counts() -> None:
    title = "Lucan peace plan reaches Harrow"
    names = (
        Name(field="title", start=0, end=5, code="place:Q61", label="Lucan"),
        Name(field="title", start=0, end=5, code="place:LM", label="Lindmark"),
        Name(field="title", start=0, end=2, code="place:ZZ", label="Lu"),
        Name(field="title", start=25, end=31, code="place:HW", label="Harrow"),
    )
    found = matter_of(a_telling(1, title=title, names=names))
    assert found == Matter("plan", frozenset({"LM"}), frozenset({"HW"}), "peace")


PLAN = told(1, "Lindmark's 12-point plan asks much of Harrow")
SAME = told(2, "Envoys brood: the Lodge peace proposal cuts the fleet of Harrow", at=DAY)
LATER = told(3, "Harrow answers peace plan by the Lodge", "Harrow waits.", at=4 * DAY)
OTHER = told(5, "Ostland's peace plan asks nothing", "Harrow listens.")
GALE = told(4, "Gale closes the northern lock")


def test_reports_of_one_plan_in_other_words_make_one_item_and_it_says_why() -> None:
    found = gather([PLAN, SAME, LATER, OTHER, GALE], NOTHING, usual="peace, plans and envoys")
    assert {head: [one.development for one in under] for head, under in found.items()} == {
        1: [2],
        3: [],
        4: [],
        5: [],
    }
    assert found[1][0].why == "one happening: both headlines tell of a plan of Lindmark"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Lindmark's peace plan for Harrow", "a plan of Lindmark"),
        ("Harrow-Ostland peace plan is signed", "a plan of Harrow and Ostland"),
        ("Macron presents peace plan to Harrow", "a plan of Macron"),
        ("Macron, France and the peace plan of all", None),
        ("France in talks on trainers for Harrow", "training soldiers, and name France first"),
        ("Macron lifts ban on strikes from Harrow", "permission to strike, and name Macron first"),
    ],
)
def test_whose_it_is_said_by_name_and_never_by_a_code(title: str, said: str | None) -> None:
    found = matter_of(told(1, title))
    assert (None if found is None else found.said) == said


def test_a_country_is_said_as_one_says_it_and_before_who_leads_it() -> None:
    names = (
        Name(field="title", start=0, end=5, code="person:Q6279", label="Joe Biden"),
        Name(field="summary", start=0, end=2, code="place:US", label="United States"),
        Name(field="title", start=27, end=34, code="place:GE", label="Georgia (country)"),
    )
    title = "Biden unveils peace plan for Georgia and for others"
    found = matter_of(a_telling(1, title=title, names=names))
    assert found is not None
    assert found.said == "a plan of the United States"
    assert [named(one) for one in ("Georgia (country)", "Czech Republic", "Netherlands")] == [
        "Georgia",
        "the Czech Republic",
        "the Netherlands",
    ]
