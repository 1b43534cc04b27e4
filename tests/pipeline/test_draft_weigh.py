"""Tests of pipeline.draft.weigh: what an item is ranked by, and that it says so. All invented."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.draft import Past, Telling
from pipeline.draft.voice import NEWS, Voice
from pipeline.draft.weigh import weigh
from tests.builders import NOW, a_telling

WEEK, DAY = timedelta(days=7), timedelta(days=1)
OPENS, CUT_OFF = NOW - 3 * DAY, NOW + 4 * DAY


def reason(name: str, weight: float, *titles: str, text: str = "said") -> dict[str, Any]:
    spans = []
    at = 0
    for title in titles:
        spans.append({"field": "title", "start": at, "end": at + len(title), "text": title})
        at += len(title) + 1
    return {"reason": name, "weight": weight, "text": text, "spans": spans}


REPORT = a_telling(
    1, title="Envoys meet in Port Lucan", why=(reason("query", 5.0, "Envoys", "meet"),)
)


def merit(*reports: Telling, voice: Voice = NEWS, **more: list[Past]) -> float:
    return weigh(reports, voice=voice, opens=OPENS, cut_off=CUT_OFF, **more)[0]


def said(*reports: Telling, voice: Voice = NEWS, **more: list[Past]) -> list[str]:
    _, why = weigh(reports, voice=voice, opens=OPENS, cut_off=CUT_OFF, **more)
    assert {one["reason"] for one in why} == {"rank"}
    return [one["text"] for one in why]


def test_the_reasons_add_up_to_what_an_item_weighs() -> None:
    weight, why = weigh([REPORT], voice=NEWS, opens=OPENS, cut_off=CUT_OFF)
    assert weight == round(sum(one["weight"] for one in why), 4)


def test_a_better_match_weighs_more_until_it_says_nothing_more() -> None:
    assert merit(replace(REPORT, score=0.9)) > merit(REPORT)
    assert merit(replace(REPORT, score=1.0)) == merit(replace(REPORT, score=0.999))
    assert merit(replace(REPORT, score=0.0)) == merit(replace(REPORT, score=0.4))


def test_outlets_count_that_report_it_in_their_own_words_and_the_days() -> None:
    other = replace(REPORT, story=2, root=2, outlet="tide-wire", published=NOW + DAY)
    copy = replace(other, root=1)
    assert "2 outlets report it independently" in said(REPORT, other)
    assert "reported on 2 days" in said(REPORT, other)
    assert merit(REPORT, other) > merit(REPORT, copy) > merit(REPORT)
    assert said(copy) == said(replace(copy, outlet="lock-gazette"))


def test_of_an_aggregators_pages_each_site_is_an_outlet() -> None:
    listed = [
        replace(REPORT, story=n, root=n, outlet="lists", is_own_page=False, url=f"https://{host}/x")
        for n, host in enumerate(
            ("www.harbour-post.example", "tide-wire.example", "tide-wire.example")
        )
    ]
    assert "2 outlets report it independently" in said(*listed)
    assert replace(listed[0], url=None).source == "lists"


def test_an_opinion_stands_below_a_report_that_matches_no_better() -> None:
    voice = Voice("opinion", "its address says “opinion”")
    assert merit(replace(REPORT, score=0.97), voice=voice) < merit(replace(REPORT, score=0.6))
    assert "an opinion piece: its address says “opinion”" in said(REPORT, voice=voice)
    assert merit(REPORT, voice=Voice("explainer", "")) > merit(
        REPORT, voice=Voice("collection", "")
    )


def test_who_is_credited_or_speaks_for_itself_or_is_quoted_is_said() -> None:
    crediting = replace(REPORT, origins=(("tide-wire", "Tide Wire"),))
    assert "credited to Tide Wire" in said(crediting)
    assert not any("credited" in one for one in said(replace(crediting, outlet="tide-wire")))
    assert "a primary source speaks for itself" in said(replace(REPORT, kind="official"))
    assert "its headline says it is exclusive" in said(replace(REPORT, title="Exclusive: terms"))
    assert "quotes Minister" in said(replace(REPORT, offices=("Minister",), speakers=("A",)))
    assert "quotes Ada Brook" in said(replace(REPORT, speakers=("Ada Brook",)))


def test_the_fresher_stands_first_and_what_is_older_than_the_window_says_its_day() -> None:
    late = replace(REPORT, published=CUT_OFF)
    assert merit(late) > merit(REPORT)
    old = replace(REPORT, published=OPENS - DAY)
    assert merit(old) < merit(REPORT) - 0.5
    assert f"published before the window, on {OPENS - DAY:%Y-%m-%d}" in said(old)
    assert "came when 43% of the window had passed" in said(replace(REPORT, published=None))


def test_a_headline_that_names_what_is_asked_for_weighs_more() -> None:
    silent = replace(REPORT, why=())
    assert "its headline names nothing that the query asks for" in said(silent)
    one, two = (
        replace(REPORT, why=(reason("query", 5.0, *names),)) for names in (["A"], ["A", "B"])
    )
    three = replace(
        REPORT, why=(reason("query", 5.0, "A", "B", "C", "D"), reason("other", 1.0, "E"))
    )
    assert merit(silent) < merit(one) < merit(two) < merit(three)
    overlapping = reason("query", 5.0, "peace summit")
    overlapping["spans"].append({"field": "title", "start": 6, "end": 12, "text": "summit"})
    overlapping["spans"].append({"field": "summary", "start": 0, "end": 3, "text": "Ada"})
    assert "its headline names “peace summit”" in said(replace(REPORT, why=(overlapping,)))


def test_a_headline_in_which_somebody_acts_weighs_more() -> None:
    assert "its headline says what somebody does: “meet”" in said(REPORT)
    assert merit(replace(REPORT, title="The long quiet of Port Lucan")) < merit(REPORT)


def test_what_touches_on_the_matter_or_speaks_against_it_weighs_less() -> None:
    partly = replace(
        REPORT, why=(*REPORT.why, reason("least", 1.0, text="least is said of one part"))
    )
    wholly = replace(REPORT, why=(*REPORT.why, reason("least", 2.0)))
    against = replace(
        REPORT, why=(*REPORT.why, reason("against", -0.9, text="against it speaks “drone”"))
    )
    assert merit(partly) < merit(wholly) == merit(REPORT)
    assert "says little of what is asked; least is said of one part" in said(partly)
    assert "against it speaks “drone”" in said(against)
    assert merit(against) < merit(REPORT)


def test_what_was_covered_weighs_less_each_time_and_what_is_new_says_so() -> None:
    past = [Past(instalment=n, item=n, headline="Envoys sail") for n in (3, 4, 5)]
    assert "covered before in No. 3, No. 4" in said(REPORT, covered=past[:2])
    new, once, twice, thrice = (merit(REPORT, covered=past[:n]) for n in range(4))
    assert new > once > twice == thrice
    assert "new: no earlier instalment has had it" in said(REPORT)
    unused = replace(past[0], state="queued")
    assert "stood in No. 3, and was not used there" in said(REPORT, covered=[unused])
    assert merit(REPORT, covered=[unused]) == new
    follow_up = replace(past[0], why="shares “envoys”")
    assert "goes on from No. 3, “Envoys sail”: shares “envoys”" in said(
        REPORT, followed=[follow_up]
    )
