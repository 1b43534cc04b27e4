"""The series' pages: what is missing, definitions written and saved, words about the ignored."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from pipeline.definition import read_series, series_to_json
from store import clock, definitions, rematches, replays, seed, series, troubles
from store.models import (
    AuditRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    OutletRow,
    RematchRow,
    SampleRow,
    SeriesRow,
    StoryRow,
)
from store.troubles import Trouble
from tests.desk.browser import Answer, Browser, Element
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY

DEFINITION = """# The harbour, week by week.
key = "harbour-watch"
title = "Harbour Watch"

[calendar]
time_zone = "America/New_York"
cut_off = "16:00"

[matching]
query = "envoys^3 OR harbour"

[form]
own_outlets = ["harbour-review"]
outlet_share = 0.4

[[sections]]
key = "items"
heading = "In other diplomatic news"

[[sections]]
key = "primary"
heading = "Foreign ministry news"
outlet_kinds = ["official"]
when_empty = "No ministry news found this week."
"""
PAGE = "/series/harbour-watch"


@pytest.fixture
def defined(house: House) -> House:
    """The house, its series with a definition that config's file gave."""
    with house.newsroom() as room:
        read = series_to_json(read_series(DEFINITION, "a.toml"))
        sources = {"harbour-watch": DEFINITION}
        seed.put_series(room.session, [read], by="tests", sources=sources)
        room.session.execute(update(SeriesRow).values(title="Harbour Watch"))
    return house


def change(browser: Browser, do: str, source: str, *, version: int = 2, **more: str) -> Answer:
    page = browser.get(f"{PAGE}/definition").page
    token = page.one("form", class_="editor").one("input", name="token").attributes["value"]
    fields = {"token": token, "version": str(version), "source": source, "do": do, "note": "why"}
    return browser.send(f"{PAGE}/definition", fields | more)


def a_miss(house: House, title: str = "Customs house repainted") -> int:
    """A story that was ignored only just."""
    with house.newsroom() as room:
        story, version = room.story(title, "", "Quay Herald", "https://q.example/1", FRIDAY)
        now = definitions.in_force(room.session, house.series)
        assert now is not None
        room.session.add(
            SampleRow(
                series_id=house.series,
                story_id=story,
                version_id=version,
                definition_id=now.id,
                matcher="cold/2",
                shown_as="uncertain",
                chance=1.0,
                score=0.44,
                why=[
                    {
                        "reason": "query",
                        "weight": 2.0,
                        "text": 'hits "house"',
                        "spans": [{"field": "title", "start": 8, "end": 13, "text": "house"}],
                    }
                ],
                seen_at=FRIDAY - timedelta(days=1),
            )
        )
        return story


def test_all_series_are_listed_and_each_leads_to_its_page(defined: House) -> None:
    browser = defined.signed_in("ben")
    link = browser.get("/series").page.one("main").one("a")
    assert (link.text, link.attributes["href"]) == ("Harbour Watch", PAGE)
    page = browser.get(PAGE).page
    assert "Next cut-off" in page.text
    assert "nothing has been decided yet" in page.text
    assert "the definition alone: nothing has been learnt under this version of it yet" in page.text
    assert browser.get("/series/nobody-watch").status == 404


def test_what_is_missing_is_told_on_the_series_page_and_beside_the_instalment(
    defined: House,
) -> None:
    defined.item()
    with defined.newsroom() as room:
        ministry = room.feed("Harbour Ministry", state="not_modified")
        room.session.execute(
            update(OutletRow).where(OutletRow.key == "harbour-ministry").values(kind="official")
        )
        now = clock.now(room.session)
        silent = Trouble(
            feed_id=ministry, kind="silent", reason="nothing new", since=now - timedelta(days=3)
        )
        troubles.start(room.session, [silent], at=now)
    said = "No ministry news found this week: Harbour Ministry has been silent for 3 days."
    browser = defined.signed_in("ben")
    for path in (PAGE, "/instalments/harbour-watch/7"):
        lacks = browser.get(path).page.one("section", class_="lacks")
        assert said in lacks.text
        assert lacks.one("a").attributes["href"] == f"/sources/{ministry}"
    with defined.newsroom() as room:
        room.session.execute(update(InstalmentRow).values(state="published"))
    assert not list(browser.get(PAGE).page.all("section", class_="lacks"))


def test_a_mistake_is_told_with_its_line_and_nothing_is_saved(defined: House) -> None:
    browser = defined.signed_in()
    wrong = DEFINITION.replace('cut_off = "16:00"', 'cutoff = "16:00"').replace("heading", "heding")
    answer = change(browser, "save", wrong)
    assert answer.status == 422
    mistakes = answer.page.one("section", class_="mistakes")
    assert [a.text for a in mistakes.all("a")] == ["Line 7", "Line 18", "Line 22"]
    assert "did you mean" in mistakes.text
    assert answer.page.one("textarea").text.startswith("# The harbour")
    other = change(browser, "check", DEFINITION.replace("harbour-watch", "gaza-watch"))
    assert "a key never changes" in other.page.one("section", class_="mistakes").text
    assert change(browser, "check", DEFINITION).page.one("p", class_="fine").text.startswith("No ")
    with defined.newsroom() as room:
        now = definitions.in_force(room.session, defined.series)
        assert now is not None
        assert now.number == 2


def test_a_definition_is_saved_as_a_version_rematched_and_the_next_seed_leaves_it(
    defined: House,
) -> None:
    browser = defined.signed_in()
    changed = DEFINITION.replace("OR harbour", "OR harbour OR quay")
    assert change(browser, "save", changed.replace("\n", "\r\n")).status == 303
    with defined.newsroom() as room:
        now = definitions.in_force(room.session, defined.series)
        assert now is not None
        assert (now.number, now.created_by, now.note) == (3, "ann", "why")
        assert now.source == changed
        [wish] = room.session.scalars(select(RematchRow)).all()
        assert (wish.definition_id, wish.asked_by, wish.work_state) == (now.id, "ann", "ready")
        # The file says the old thing again, twice: it is kept beside, once.
        file = series_to_json(read_series(DEFINITION, "a.toml"))
        for _ in range(2):
            seeded = seed.put_series(room.session, [file], sources={"harbour-watch": DEFINITION})
            assert (seeded.new_definitions, seeded.kept) == ([], ["harbour-watch"])
        told = definitions.versions(room.session, defined.series)
        assert [(one.number, one.is_in_force) for one in told] == [
            *((4, False), (3, True), (2, False), (1, False)),
        ]
    page = browser.get(PAGE).page
    assert "The file that comes with the desk says something else since version 4" in page.text
    compared = browser.get(f"{PAGE}/versions/4?against=3").page.one("div", class_="lines")
    assert 'gone: \u2212 query = "envoys^3 OR harbour OR quay"' in compared.text
    # Taking over what the file says is going back to it: a version of its own.
    back = browser.get(f"{PAGE}/definition?from=4").page
    assert back.one("input", name="note").attributes["value"] == "back to version 4"
    assert change(browser, "save", DEFINITION, version=3).status == 303
    with defined.newsroom() as room:
        again = seed.put_series(room.session, [file], sources={"harbour-watch": DEFINITION})
        assert again.kept == []
    assert browser.get(f"{PAGE}/definition.toml").body == DEFINITION


def test_the_second_of_two_who_write_at_once_loses_nothing(defined: House) -> None:
    browser = defined.signed_in()
    assert change(browser, "save", DEFINITION.replace("OR harbour", "OR quay")).status == 303
    late = change(browser, "save", DEFINITION.replace("OR harbour", "OR pier"))
    assert late.status == 409
    assert "Version 3 by ann was saved meanwhile" in late.page.text
    assert "OR pier" in late.page.one("textarea").text
    lines = late.page.one("div", class_="lines").text
    assert "OR quay" in lines
    assert "OR pier" in lines
    form = late.page.one("form", class_="editor")
    assert form.one("input", name="version").attributes["value"] == "3"


def test_an_edited_definition_is_tried_by_a_wish_that_a_worker_answers(defined: House) -> None:
    browser = defined.signed_in()
    answer = change(browser, "replay", DEFINITION.replace("OR harbour", "OR quay"), days="7")
    waiting = browser.follow(answer).page
    assert "Stories are looked at: 0 of ?" in waiting.text
    number = int(browser.at.rpartition("/")[2])
    result = {"gained": 1, "lost": 0, "kept": 2, "lost_stories": [], "kept_stories": []}
    story: dict[str, object] = {
        "title": "<b>Quay</b> opens",
        "outlet": "quay",
        "seen": "2026-11-20T10:00:00",
    }
    story |= {"story": 1, "score": 0.7, "why": ['hits "quay"']}
    with defined.newsroom() as room:
        replays.end(room.session, number, result=result | {"gained_stories": [story]})
    page = browser.get(browser.at).page
    assert page.one("p", class_="changes").text == "1 gained 0 lost 2 kept"
    assert page.one("h2", dir="auto").text == "<b>Quay</b> opens"
    assert "OR quay" in page.one("div", class_="lines").text
    saved = browser.press("Save it", on=page, source=DEFINITION.replace("OR harbour", "OR quay"))
    assert saved.status == 303
    assert browser.get(f"/series/other/replays/{number}").status == 404


def test_pausing_is_a_version_and_an_ended_series_may_name_its_successor(defined: House) -> None:
    browser = defined.signed_in()
    assert browser.press("Pause", on=browser.get(PAGE).page).status == 303
    page = browser.get(PAGE).page
    assert "It is paused and takes no stories" in page.text
    with defined.newsroom() as room:
        room.series("quay-watch", title="Quay Watch")
        now = definitions.in_force(room.session, defined.series)
        assert now is not None
        assert (now.definition["status"], now.note) == ("paused", "paused")
        assert str(now.source).startswith("# The harbour, week by week.\n")
        assert series.id_of(room.session, "harbour-watch") == defined.series
    wrong = browser.press("End Harbour Watch", on=page, succeeded_by="nobody")
    assert (wrong.status, "There are: quay-watch" in wrong.page.text) == (400, True)
    assert browser.press("End Harbour Watch", on=page, succeeded_by="quay-watch").status == 303
    assert "quay-watch has taken over" in browser.get(PAGE).page.text
    assert browser.press("Resume", on=browser.get(PAGE).page).status == 303
    assert "Next cut-off" in browser.get(PAGE).page.text


def test_only_chiefs_of_a_series_may_change_it(defined: House) -> None:
    ben = defined.signed_in("ben")
    page = ben.get(f"{PAGE}/definition").page
    assert "readonly" in page.one("textarea").attributes
    assert change(ben, "save", DEFINITION).status == 403
    assert not list(ben.get(PAGE).page.all("div", class_="running"))


def test_a_near_miss_is_taken_in_by_a_persons_word_and_stays_in(defined: House) -> None:
    story = a_miss(defined)
    browser = defined.signed_in("ben")
    page = browser.get(PAGE).page
    assert page.one("article", id=f"story-{story}").one("mark").text == "house"
    assert browser.press("Take it in", on=page.one("article", id=f"story-{story}")).status == 303
    assert not list(browser.get(PAGE).page.all("article", id=f"story-{story}"))
    with defined.newsroom() as room:
        [match] = room.session.scalars(select(MatchRow)).all()
        assert (match.story_id, match.matcher, match.zone) == (story, "person:ben", "suggest")
        assert (match.section, match.instalment_id) == ("items", defined.instalment)
        assert match.why[0]["text"] == "taken in by Ben Okoro"
        assert series.of_one(room.session, defined.series, [story]) == {story: True}
        instalment = room.session.get_one(InstalmentRow, defined.instalment)
        assert instalment.work_state == "ready"
        noted = room.session.scalars(select(AuditRow.action)).all()
        assert {"series.review", "series.take_in"} <= set(noted)


def test_a_word_about_an_ignored_story_is_an_example_and_no_match(defined: House) -> None:
    story = a_miss(defined)
    browser = defined.signed_in("ben")
    article = browser.get(PAGE).page.one("article", id=f"story-{story}")
    assert browser.press("It does not", on=article).status == 303
    with defined.newsroom() as room:
        [sample] = room.session.scalars(select(SampleRow)).all()
        assert (sample.is_wanted, sample.reviewed_by) == (False, "ben")
        assert room.session.scalars(select(MatchRow)).all() == []
    assert "0 of 1 reviewed belonged" in browser.get(PAGE).page.text


def test_pictures_carry_words_and_a_table_and_a_hint_above_the_outlets_share(
    defined: House,
) -> None:
    for number in range(4):
        outlet = "Meridian Wire" if number < 3 else "Harbour Review"
        defined.item(f"Envoys meet {number}", outlet=outlet)
    defined.item("A ferry is late", outlet="Quay Herald")
    with defined.newsroom() as room:
        states = iter(("accepted", "accepted", "rejected", "accepted", "queued"))
        for item in room.session.scalars(select(ItemRow).order_by(ItemRow.id)):
            item.state, item.touched_at = next(states), FRIDAY
            item.added_at = FRIDAY - timedelta(days=2)
        room.session.execute(update(StoryRow).values(first_seen_at=FRIDAY))
    page = defined.signed_in().get(PAGE).page
    mix = page.one("figure", id="picture-mix")
    assert "Meridian Wire has 67% of the outside items" in mix.one("p", class_="hint").text
    assert "1 of our own, counted apart" in mix.one("desc").text
    assert row(mix, "Meridian Wire") == ["2", "0", "67%"]
    assert row(mix, "Harbour Review (ours)") == ["1", "0", "apart"]
    rate = page.one("figure", id="picture-rate")
    assert row(rate, "Meridian Wire") == ["2", "1", "67%"]
    weeks = page.one("figure", id="picture-precision")
    assert "3 of 4 decided items were accepted, 75%." in weeks.one("desc").text
    assert len(list(weeks.all("rect"))) == 2
    for figure in page.all("figure"):
        svg = figure.one("svg")
        assert svg.attributes["role"] == "img"
        named = svg.attributes["aria-labelledby"].split()
        assert [svg.one("title").attributes["id"], svg.one("desc").attributes["id"]] == named
        assert "style" not in {name for rect in svg.all("rect") for name in rect.attributes}


def row(figure: Element, head: str) -> list[str]:
    """The cells of a table's row."""
    for one in figure.one("tbody").all("tr"):
        if one.one("th").text == head:
            return [cell.text for cell in one.all("td")]
    raise AssertionError(head)


def test_a_rematch_says_how_far_it_is(defined: House) -> None:
    browser = defined.signed_in()
    page = browser.get(PAGE).page
    assert browser.press("Match all stored stories again", on=page).status == 303
    with defined.newsroom() as room:
        [wish] = room.session.scalars(select(RematchRow.id)).all()
        rematches.note_start(room.session, wish, total=200)
        rematches.advance(room.session, wish, reached=9, stories=50, matched=3, closed=0)
    told = browser.get(f"{PAGE}/rematch").page
    assert "50 of 200, 3 match" in told.text
    assert told.one("progress").attributes["value"] == "25"
    with defined.newsroom() as room:
        rematches.end(room.session, wish)
    told = browser.get(f"{PAGE}/rematch").page
    assert "3 of 50 stories match" in told.text
    assert "hx-get" not in told.one("div", id="rematch").attributes


def test_odd_addresses_are_not_found(defined: House) -> None:
    browser = defined.signed_in()
    for path in ("versions/99", "replays/1", "definition?from=99", "versions/x"):
        assert browser.get(f"{PAGE}/{path}").status == 404, path
    assert browser.get(f"{PAGE}/compare?one=x").status == 400
    assert browser.follow(browser.get(f"{PAGE}/compare?one=1&other=2")).status == 200


def test_the_pages_of_a_definition_and_of_handing_over_name_no_file_and_no_console(
    defined: House,
) -> None:
    browser = defined.signed_in()
    page = browser.get(f"{PAGE}/definition").page
    assert "words next to one another, in this order" in page.text
    assert "docs/" not in page.text
    page = browser.get("/instalments/harbour-watch/7/delivery").page
    assert "Ask an operator to connect your CMS" in page.text
    assert "targets add" not in page.text
    assert any(a.attributes["href"] == f"{PAGE}/definition" for a in page.one("main").all("a"))
