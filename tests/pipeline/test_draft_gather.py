"""Tests of pipeline.draft.gather: which developments are one happening. All invented."""

from dataclasses import replace
from datetime import timedelta

from pipeline.draft import NOTHING, Memory, Name, Telling
from pipeline.draft.gather import gather
from tests.builders import NOW, a_telling

USUAL = "Envoys, talks and terms around the ferry war; peace plans and summits."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def named(text: str, field: str, **codes: str) -> tuple[Name, ...]:
    """The names in a text: their words, `_` for a blank, by code."""
    found = []
    for words, code in codes.items():
        name = words.replace("_", " ")
        at = text.find(name)
        if at >= 0:
            found.append(Name(field=field, start=at, end=at + len(name), code=code, label=name))
    return tuple(found)


CODES = {"Port_Lucan": "place:lucan", "Ada_Brook": "person:brook", "Lindmark": "place:LM"}


def told(
    story: int, title: str, summary: str = "", *, at: timedelta = HOUR, **more: int
) -> Telling:
    names = (*named(title, "title", **CODES), *named(summary, "summary", **CODES))
    usual = a_telling(story, title=title, summary=summary, published=NOW + at, names=names)
    return replace(usual, **more)  # type: ignore[arg-type]  # numbers all


SUMMIT = told(1, "Ada Brook opens summit on ferry fees in Port Lucan", "Forty delegations came.")
OUTCOME = told(2, "Port Lucan summit on ferry fees ends without paper, says Ada Brook", at=DAY)
GALE = told(3, "Gale closes the northern lock for a week")


def gathered(*tellings: Telling, memory: Memory = NOTHING) -> dict[int, list[int]]:
    found = gather(tellings, memory, usual=USUAL)
    return {head: [one.development for one in under] for head, under in found.items()}


def test_a_summit_and_its_outcome_are_one_happening_and_it_says_why() -> None:
    found = gather([SUMMIT, OUTCOME, GALE], NOTHING, usual=USUAL)
    [one] = found[1]
    assert (one.development, found[3]) == (2, ())
    assert one.why.startswith("one happening: both tell of “")
    assert "“Port Lucan”" in one.why
    assert 0 < one.score <= 1


def test_the_order_of_arrival_plays_no_part() -> None:
    assert gathered(GALE, OUTCOME, SUMMIT) == gathered(SUMMIT, OUTCOME, GALE)


def test_the_development_with_most_stories_heads() -> None:
    again = replace(OUTCOME, story=9, version=9, root=9)
    assert gathered(SUMMIT, OUTCOME, again) == {2: [1]}


def test_the_one_whose_item_stands_already_heads_before_a_bigger_one() -> None:
    again = replace(OUTCOME, story=9, version=9, root=9)
    memory = replace(NOTHING, standing={1: 1})
    assert gathered(SUMMIT, OUTCOME, again, memory=memory) == {1: [2]}


def test_of_those_gathered_the_one_whose_item_stands_heads_and_keeps_the_reasons() -> None:
    again = replace(OUTCOME, story=9, version=9, root=9)
    third = replace(SUMMIT, development=5, story=5, version=5, root=5)
    free = gather([SUMMIT, OUTCOME, again, third], NOTHING, usual=USUAL)[2]
    memory = replace(NOTHING, standing={5: 1})
    found = gather([SUMMIT, OUTCOME, again, third], memory, usual=USUAL)[5]
    assert {one.development for one in free} == {1, 5}
    assert [one.development for one in found] == [2, 1]
    assert found[0].why == next(one.why for one in free if one.development == 5)


def test_two_items_that_editors_work_on_stay_two() -> None:
    assert gathered(SUMMIT, OUTCOME, memory=replace(NOTHING, standing={1: 0, 2: 0})) == {
        1: [],
        2: [],
    }


def test_what_an_editor_took_apart_is_not_gathered_again() -> None:
    apart = frozenset({(1, 2)})
    assert gathered(SUMMIT, OUTCOME, memory=replace(NOTHING, apart=apart)) == {1: [], 2: []}


def test_what_is_told_a_week_later_is_another_happening() -> None:
    late = replace(OUTCOME, published=NOW + 8 * DAY)
    assert gathered(SUMMIT, late) == {1: [], 2: []}


def test_words_without_a_name_are_not_enough() -> None:
    one = told(1, "Ferry fees rise again as crews threaten a strike")
    other = told(2, "Ferry fees rise as crews strike again")
    assert gathered(one, other) == {1: [], 2: []}


def test_one_sum_told_by_two_is_a_name_however_it_is_written() -> None:
    one = told(1, "Ada Brook asks parliament for $24bn for the ferries")
    other = told(2, "Ada Brook seeks $24 billion more for ferries, parliament hears")
    assert gathered(one, other) == {1: [2]}


def test_the_reason_says_words_as_they_are_written_never_stems_or_codes() -> None:
    one = told(1, "Ada Brook asks the parliament for $2.4bn for ferries")
    other = told(2, "Ada Brook is asking parliament for 2.4 billion: ferries wait")
    [under] = gather([one, other], NOTHING, usual="")[1]
    said = set(under.why.removeprefix("one happening: both tell of ").split(", "))
    assert {"“Ada Brook”", "“2.4 billion”", "“ferries”", "“parliament”"} < said


def test_who_is_set_in_another_country_needs_more_in_common() -> None:
    one = told(1, "Port Lucan puts owners of ferries on its list, Ada Brook says")
    other = told(2, "Lindmark strikes owners of old ferries, Ada Brook says")
    assert gathered(one, other) == {1: [], 2: []}


def test_what_goes_on_from_another_soon_is_gathered_on_less_and_says_so() -> None:
    one = told(1, "Ada Brook names terms", "Crews, owners and the harbour office answer on Monday.")
    other = told(
        2, "Owners answer Ada Brook", "The harbour office waits for crews.", at=DAY, follows=1
    )
    [first] = gather([one, other], NOTHING, usual=USUAL)[1]
    assert first.why.endswith("; goes on from it")


def test_one_stray_story_of_many_does_not_bring_two_matters_together() -> None:
    others = [
        told(10 + n, f"Lindmark minister speaks of {matter}", development=10)
        for n, matter in enumerate(
            (
                *("schools and rents", "wheat prices", "rail lines", "winter gas", "old bridges"),
                *("tax on salt", "a zoo for bears", "night trains", "choir funds", "snow ploughs"),
            )
        )
    ]
    stray = told(20, "Ada Brook opens summit on ferry fees in Port Lucan", development=10)
    assert gathered(SUMMIT, *others, stray) == {10: [], 1: []}


def test_what_says_nothing_is_like_nothing() -> None:
    assert gathered(told(1, "…"), told(2, "…")) == {1: [], 2: []}


def test_of_names_that_overlap_the_longer_counts() -> None:
    title = "Port Lucan summit on ferry fees"
    inner = Name(field="title", start=5, end=10, code="person:lucan", label="Lucan")
    outer = Name(field="title", start=0, end=10, code="place:lucan", label="Port Lucan")
    beyond = Name(field="title", start=40, end=44, code="place:x", label="X")
    one = a_telling(1, title=title, names=(inner, outer, beyond))
    other = a_telling(2, title=title, names=(outer,))
    assert gathered(one, other) == {1: [2]}
