"""Tests of pipeline.draft.link: whose page is linked and who is credited. All invented."""

from dataclasses import replace
from datetime import timedelta

from pipeline.draft import Telling, broke
from pipeline.draft.link import Choice, choose
from tests.builders import NOW, a_telling

GAZETTE = ("lock-gazette", "Lock Gazette")
POST = a_telling(1, title="Brook lets ferries sail, Lock Gazette reports", origins=(GAZETTE,))
ORIGIN = a_telling(
    2,
    title="Exclusive: Brook secretly lets ferries sail",
    outlet="lock-gazette",
    outlet_name="Lock Gazette",
    score=0.6,
)
WIRE = a_telling(3, title="Brook lets ferries sail", outlet="tide-wire", outlet_name="Tide Wire")


def linked(*tellings: Telling) -> Choice:
    found = choose(tellings, language="en")
    assert found == choose(tellings[::-1], language="en")
    return found


def test_the_page_of_who_broke_it_is_linked_before_a_better_match() -> None:
    found = linked(POST, ORIGIN, WIRE)
    assert (found.telling.story, found.origins) == (2, (GAZETTE,))
    assert found.why == "link: Lock Gazette, who broke it"


def test_an_origin_without_a_page_here_is_credited_and_missed() -> None:
    found = linked(POST)
    assert (found.telling.story, found.origins) == (1, (GAZETTE,))
    assert (
        found.why
        == "link: Harbour Post, who alone has it; Lock Gazette broke it, but has no page here"
    )


def test_an_origin_that_turns_readers_away_is_credited_and_not_linked() -> None:
    found = linked(POST, replace(ORIGIN, is_open=False))
    assert found.telling.story == 1
    assert found.why.endswith("Lock Gazette broke it, but its page is not open to readers")


def test_whom_the_chosen_page_itself_credits_is_looked_for_too() -> None:
    """One of many outlets credits it: too few to say who broke it, but it is the chosen page."""
    crowd = [
        a_telling(n, title="Ferries may sail", outlet=f"paper-{n}", score=0.6)
        for n in range(10, 18)
    ]
    found = linked(replace(POST, score=0.99), ORIGIN, *crowd)
    assert found.telling.story == 2


def test_of_others_the_open_the_own_language_the_own_page_the_original_come_first() -> None:
    for worse in (
        {"url": None},
        {"is_open": False},
        {"language": "fr"},
        {"is_own_page": False},
        {"root": 9},
        {"score": 0.5},
    ):
        better = replace(WIRE, outlet="zz-paper", first_seen=NOW + timedelta(hours=1))
        assert linked(replace(WIRE, story=4, **worse), better).telling.outlet == "zz-paper"
    assert "the best match among the open pages" in linked(WIRE, replace(POST, origins=())).why
    shut = [replace(one, origins=(), is_open=False) for one in (WIRE, POST)]
    assert linked(*shut).why.endswith("though readers may be turned away")


def test_a_report_is_linked_before_an_opinion_that_matches_better() -> None:
    column = replace(WIRE, story=4, url="https://tide-wire.example/opinion/ferries", score=0.99)
    assert linked(column, WIRE).telling.story == 3


def test_a_headline_that_says_what_all_say_is_shown_before_an_aside() -> None:
    told = [
        a_telling(n, title=title, outlet=f"paper-{n}")
        for n, title in enumerate(
            (
                "Lindmark sells forty ferries to Port Lucan",
                "Port Lucan buys forty ferries of Lindmark",
            ),
            5,
        )
    ]
    aside = a_telling(4, title="Loans cannot pay for this, says harbour expert", outlet="paper-4")
    assert linked(aside, *told).telling.story in (5, 6)


def test_a_look_back_is_shown_after_what_came_with_the_others() -> None:
    told = [a_telling(n, title="Envoys sign in Port Lucan", outlet=f"paper-{n}") for n in (5, 6, 7)]
    late = replace(
        WIRE, title="Envoys sign in Port Lucan", published=NOW + timedelta(days=4), score=0.82
    )
    assert linked(*told, late).telling.story == 5


def test_a_brief_gives_way_to_who_has_its_text_whole() -> None:
    brief = replace(WIRE, length=100)
    whole = replace(
        brief, story=4, root=3, length=900, outlet="harbour-post", outlet_name="Harbour Post"
    )
    found = linked(brief, whole)
    assert found.telling.story == 4
    assert found.why == "link: Harbour Post, who has the whole text of what Tide Wire cut short"
    assert linked(brief, replace(whole, length=120)).telling.story == 3
    assert linked(replace(brief, length=0), whole).telling.story == 3


def test_who_credits_itself_broke_only_what_it_tells() -> None:
    own = replace(ORIGIN, origins=(GAZETTE,))
    crowd = [a_telling(n, outlet=f"paper-{n}") for n in range(10, 14)]
    assert broke([own, *crowd]) == ()
    assert broke([own, *crowd], own) == (GAZETTE,)
    assert broke([POST, *crowd]) == (GAZETTE,)
