"""Tests of pipeline.draft: a whole instalment from its stories, and its title. All invented."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.draft import NOTHING, Memory, Name, Past, Planned, Telling, assemble, propose
from pipeline.records import Section, Series
from tests.builders import NOW, a_telling

DAY = timedelta(days=1)
OPENS, CUT_OFF = NOW - 3 * DAY, NOW + 4 * DAY
SERIES = Series(
    key="river-watch",
    title="River Watch",
    title_template="River Watch {number}: {headline}",
    subhead_template="Also new: {headline}",
    query="ferry",
    sections=(
        Section(key="lead", heading="", minimum_score=0.9, maximum=1),
        Section(key="other", heading="Other news"),
        Section(key="ministry", heading="From the ministry", query="outlet:harbour-ministry"),
    ),
)


def planned(*tellings: Telling, series: Series = SERIES, memory: Memory = NOTHING) -> list[Planned]:
    return assemble(series, tellings, opens=OPENS, cut_off=CUT_OFF, memory=memory)


def a_matter(number: int, **fields: Any) -> Telling:  # noqa: ANN401  # fields of many types
    return a_telling(number, title=f"Matter {number} is signed", section="other", **fields)


def test_the_lead_is_the_matter_of_most_merit_that_matches_well_enough() -> None:
    told = [a_matter(1, score=0.99), a_matter(2, score=0.95), a_matter(3, score=0.6)]
    told += [replace(told[1], story=20 + n, root=20 + n, outlet=f"paper-{n}") for n in range(4)]
    found = planned(*told)
    assert [(one.section, one.development) for one in found] == [
        ("lead", 2),
        ("other", 1),
        ("other", 3),
    ]
    assert len(found[0].tellings) == 5
    assert found[0].score == 0.95


def test_a_score_alone_makes_no_lead_and_neither_does_an_opinion() -> None:
    column = a_matter(1, score=0.99, url="https://harbour-post.example/opinion/x")
    broad = [a_matter(2, score=0.8, outlet=f"paper-{n}") for n in range(3)]
    broad = [replace(one, story=30 + n, root=30 + n) for n, one in enumerate(broad)]
    assert [one.section for one in planned(column, *broad)] == ["other", "other"]
    assert [one.section for one in planned(column)] == ["other"]


def test_a_section_of_its_own_keeps_what_it_took_and_a_dropped_one_what_it_had() -> None:
    told = (
        replace(a_matter(1), section="ministry"),
        replace(a_matter(2), section="gone"),
        a_matter(3),
    )
    assert [one.section for one in planned(*told)] == ["other", "ministry", "gone"]


def test_an_item_says_why_it_stands_there_links_there_and_what_it_gathers() -> None:
    place = Name(field="title", start=0, end=10, code="place:lucan", label="Port Lucan")
    first = a_telling(1, title="Port Lucan summit on ferry fees opens", names=(place,))
    second = a_telling(2, title="Port Lucan summit on ferry fees ends", names=(place,))
    [one] = planned(first, second)
    assert [under.development for under in one.gathered] == [2]
    assert {why["reason"] for why in one.why} == {"rank", "link", "gathered"}
    assert one.why[-1]["text"].startswith(
        "tells “Port Lucan summit on ferry fees ends” as well, one happening: both tell of “"
    )


def test_credit_goes_to_who_broke_it_where_the_series_says_so() -> None:
    told = a_matter(1, origins=(("lock-gazette", "the Lock Gazette"),))
    [one] = planned(told)
    assert one.attribution == "On Friday, the Lock Gazette reported"
    [other] = planned(told, series=replace(SERIES, credit_rule="outlet"))
    assert other.attribution == "On Friday, the Harbour Post reported"


def test_what_was_published_before_the_window_is_flagged() -> None:
    [old] = planned(a_matter(1, published=OPENS))
    [new] = planned(a_matter(1, published=None))
    assert (old.flags, new.flags) == (("before_window",), ())


def test_reports_stand_for_an_item_before_opinions_of_the_same_development() -> None:
    column = a_telling(2, development=1, score=0.99, url="https://x.example/opinion/y", zone="auto")
    [one] = planned(a_matter(1), column)
    assert one.linked.story == 1
    assert (one.score, one.zone) == (0.8, "auto")
    assert [told.story for told in one.tellings] == [1, 2]


def test_what_is_known_from_before_is_said() -> None:
    memory = replace(
        NOTHING,
        covered={1: (Past(instalment=2, item=5, headline="Envoys sail"),)},
        followed={2: (Past(instalment=2, item=6, headline="Brook speaks", why="shares “Brook”"),)},
    )
    covered, new = planned(a_matter(2), a_matter(1), memory=memory)[::-1]
    assert "covered before in No. 2" in {why["text"] for why in covered.why}
    assert any(why["text"].startswith("goes on from No. 2") for why in new.why)


def test_a_title_a_lead_and_a_line_beneath_are_proposed_from_headlines() -> None:
    items = planned(a_matter(1, score=0.95), a_matter(2, score=0.9), a_matter(3, score=0.6))
    found = propose(SERIES, items, number=7, cut_off=CUT_OFF)
    assert (found.title, found.lead) == ("River Watch 7: Matter 1 is signed", 1)
    assert (found.subhead, found.subhead_of) == ("Also new: Matter 2 is signed", 2)
    assert found.why == (
        "the main development among the reports: 1 report by 1 outlet on 1 day, matching at 0.95"
    )
    assert [one.development for one in found.candidates] == [1]  # as many as the lead may hold
    free = replace(SERIES, sections=SERIES.sections[1:])
    assert len(propose(free, items, number=7, cut_off=CUT_OFF).candidates) == 3


def test_an_instalment_of_no_reports_proposes_nothing_and_says_so() -> None:
    ministry = replace(a_matter(1), section="ministry")
    column = a_matter(2, url="https://harbour-post.example/opinion/x")
    for items in ([], planned(ministry), planned(column)):
        found = propose(SERIES, items, number=7, cut_off=CUT_OFF)
        assert (found.title, found.lead, found.subhead) == ("", None, "")
        assert "no report" in found.why
    [only] = planned(a_matter(1))
    assert propose(SERIES, [only], number=7, cut_off=CUT_OFF).subhead_of is None


def test_sixty_matters_are_sixty_items() -> None:
    titles = [f"Harbour {chr(97 + n % 26) * 3}{n} agrees with river {n}q" for n in range(60)]
    told = [a_telling(n, title=title) for n, title in enumerate(titles, 1)]
    assert len(planned(*told)) == 60


def test_of_the_tail_the_few_best_that_were_not_used_are_offered() -> None:
    day = OPENS - DAY
    tail = [
        a_matter(n, score=0.9 + n / 200, published=day, is_early=True, outlet=f"paper-{n}")
        for n in range(1, 10)
    ]
    column = a_matter(10, url="https://x.example/opinion/y", published=day, is_early=True)
    poor = a_matter(11, score=0.3, published=day, is_early=True)
    used = (Past(instalment=1, item=1, headline="Matter 9 is signed"),)
    memory = replace(NOTHING, covered={9: used})
    found = planned(*tail, column, poor, a_matter(12), memory=memory)
    assert sorted(one.development for one in found) == [4, 5, 6, 7, 8, 12]
    assert all(one.flags == ("before_window",) for one in found if one.development != 12)
    alone = planned(poor, column)
    assert alone == []


def test_what_stands_already_stays_though_it_is_of_the_tail() -> None:
    poor = a_matter(11, score=0.3, published=OPENS - DAY, is_early=True)
    assert len(planned(poor, memory=replace(NOTHING, standing={11: 1}))) == 1


def test_what_began_in_the_tail_and_goes_on_counts_all_who_told_it() -> None:
    early = a_matter(1, published=OPENS - DAY, is_early=True, outlet="tide-wire")
    [one] = planned(early, replace(a_matter(1), story=2, root=2, version=2))
    assert any(why["text"] == "2 outlets report it independently" for why in one.why)
