"""The item's page: the draft beside its source, why it is there, and what may be done about it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from pipeline.draft import Planned
from store import clock, planned, taught
from store.models import (
    AuditRow,
    DecisionRow,
    GatheredRow,
    InstalmentRow,
    ItemChangeRow,
    ItemRow,
    ItemTextRow,
    OfferRow,
    OutletRow,
)
from store.session import transaction
from tests.builders import a_telling
from tests.desk import beside
from tests.desk.browser import Answer, Browser, Element
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY

TEXT = (
    "Envoys of both towns met on Tuesday.\n\n“We have agreed on a date,” said Mara Quist, the "
    "harbour minister, at a briefing.\n\nThe ferry fares were not discussed."
)
QUOTED = "We have agreed on a date"
HIT = {
    "reason": "query",
    "weight": 2.4,
    "text": 'hits "Envoys" (title)',
    "spans": [{"field": "title", "start": 0, "end": 6, "text": "Envoys"}],
}
TURN = {
    "reason": "turn",
    "weight": 0.0,
    "text": 'without "Envoys" (title) it would not be suggested',
    "spans": [],
}


def panel(page: Element, name: str) -> Element:
    return page.one("section", **{"aria-labelledby": name})


def open_item(browser: Browser, item: int) -> Element:
    answer = browser.get(f"/items/{item}")
    assert answer.status == 200, answer.body
    return answer.page


def press(browser: Browser, button: str, *, on: Element, **changed: str) -> Answer:
    """Press a button and go where that leads."""
    return browser.follow(browser.press(button, on=on, **changed))


def row(house: House, item: int) -> ItemRow:
    with transaction(house.engine) as session:
        found = session.get_one(ItemRow, item)
        session.expunge(found)
        return found


def noted(house: House) -> list[str]:
    with transaction(house.engine) as session:
        asked = select(AuditRow.action).where(AuditRow.subject_kind == "item").order_by(AuditRow.id)
        return list(session.scalars(asked))


# --- what it shows


def test_the_source_stands_beside_the_draft_with_phrases_and_quotations_set_off(
    house: House,
) -> None:
    item = house.item("Envoys meet in the old customs house", why=(HIT,))
    with house.newsroom() as room:
        version = beside.says(room, beside.story_of(room, item), text=TEXT, byline="Ines Calder")
        facts = {"speaker": "Mara Quist", "office": "harbour minister", "forum": "briefing"}
        beside.quotes(room, version, QUOTED, TEXT, **facts)
        beside.runs(room, item, version, QUOTED, check="exact")
        beside.credited(room, version, "Tide Wire", "Tide Wire reported")
    page = open_item(house.signed_in(), item)
    assert [one.text for one in page.all("h2")][:2] == ["Draft", "Source"]
    stored = page.one("article", class_="stored")
    assert stored.one("h3").one("mark").text == "Envoys"
    assert stored.one("div", class_="text").one("span", class_="said-so").text == QUOTED
    assert "Ines Calder" in stored.text
    found = panel(page, "found")
    assert found.one("figcaption").text == "Mara Quist, harbour minister, briefing"
    assert QUOTED in panel(page, "quoted").text
    assert "Tide Wire origin reported by: Tide Wire reported" in panel(page, "credits").text


def test_why_it_matched_names_rule_phrase_weights_and_what_decided(house: House) -> None:
    item = house.item("Envoys meet in the old customs house")
    with house.newsroom() as room:
        beside.matched(room, item, HIT, TURN)
        earlier = room.instalment(house.series, 6, FRIDAY - timedelta(days=7), title="A week ago")
        past = room.item(earlier, "Envoys meet in the customs house again")
        room.session.get_one(ItemRow, past).state = "accepted"
    why = panel(open_item(house.signed_in(), item), "why-here")
    first, last = (one.text for one in why.one("tbody").all("tr"))
    assert first == "Query hits Envoys (title) +2.40"
    assert last.startswith('What would change the answer without "Envoys" (title) it would not be')
    assert "under version 1 of the definition, by what was learnt" in why.text
    (near,) = why.all("p", class_="near")
    assert near.one("a").attributes["href"] == f"/items/{past}"
    assert "No. 6 (similarity 0." in near.text
    assert "New: no earlier instalment" in why.text


def test_what_covered_it_before_and_who_else_uses_it_is_linked(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        development = room.development_of(item)
        earlier = room.instalment(house.series, 6, FRIDAY - timedelta(days=7))
        before = room.item(earlier, "Envoys set out", development_id=development)
        series = room.series("delta-talks", title="Delta Talks")
        there = room.item(room.instalment(series, 2), "Envoys", development_id=development)
    why = panel(open_item(house.signed_in(), item), "why-here")
    linked = {one.attributes["href"]: one.text for one in why.all("a")}
    assert linked == {f"/items/{before}": "No. 6", f"/items/{there}": "Delta Talks No. 2"}


def test_versions_are_compared_word_by_word_any_two(house: House) -> None:
    item = house.item("Envoys meet")
    with house.newsroom() as room:
        story = beside.story_of(room, item)
        beside.changes(room, story, title="Envoys meet on Monday")
        beside.changes(room, story, "correction", title="Envoys meet on Tuesday")
    browser = house.signed_in()
    page = open_item(browser, item)
    diff = page.one("article", class_="diff")  # what changed since the item was made from it
    assert diff.one("h4").text == "From version 1 to version 3"
    assert diff.one("p", class_="title").one("ins").text.strip() == "on Tuesday"
    assert "the item was made from it" in panel(page, "versions").text
    page = browser.get(f"/items/{item}?old=2&new=3").page
    diff = page.one("article", class_="diff")
    title = diff.one("p", class_="title")
    assert (title.one("del").text, title.one("ins").text) == ("Monday", "Tuesday")
    for odd in ("old=9&new=1", "old=x&new=1", "old=1&new=1", "old=-1&new=99999999999"):
        answer = browser.get(f"/items/{item}?{odd}")
        assert answer.status == 200


def test_copies_stand_under_their_original_with_relation_score_and_reasons(house: House) -> None:
    item = house.item(outlet="Tide Wire")
    with house.newsroom() as room:
        original = beside.story_of(room, item)
        for outlet in ("Harbour Post", "Lock Gazette", "Delta Daily"):
            copy = room.carrier(item, outlet, f"https://{outlet.split()[0].lower()}.example/a")
            beside.is_copy(room, copy, original)
        room.carrier(item, "Marsh Mail", None)
    page = open_item(house.signed_in(), item)
    assert page.one("article", class_="stored").one("a", href="#tellers").text == "Tide Wire +3"
    tellers = panel(page, "tellers")
    assert "5 stories, 2 texts." in tellers.text
    copies = list(tellers.all("div", class_="copy"))
    assert [one.one("b", class_="outlet").text for one in copies] == [
        *("Harbour Post", "Lock Gazette", "Delta Daily")
    ]
    assert "printed from the above, 93 %" in copies[0].text
    assert "93 of 100 word pairs are the other's" in copies[0].text
    assert "no link to use" in tellers.text


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</textarea><svg/onload=alert(1)>",
    "\u202egnp.exe {{ 7*7 }} {% raw %}",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_of_a_source_stay_words_on_the_whole_page(house: House, words: str) -> None:
    why = {"reason": words, "weight": 1.0, "text": f'hits "{words}"', "spans": []}
    item = house.item(words, summary=words, outlet="Tide Wire", url=words, why=(why,))
    with house.newsroom() as room:
        story = beside.story_of(room, item)
        version = beside.says(room, story, text=words, byline=words, problems=[words])
        beside.quotes(room, version, words, words, speaker=words, office=words)
        beside.runs(room, item, version, words, check="differs", why=words)
        beside.credited(room, version, words, words)
        copy = room.carrier(item, "Harbour Post", words)
        beside.is_copy(room, copy, story)
        beside.matched(room, item, why)
        development = room.development_of(item)
        room.session.execute(update(OutletRow).values(name=words))
    browser = house.signed_in()
    for path in (f"/items/{item}", f"/developments/{development}", "/developments"):
        answer = browser.get(path)
        assert answer.status == 200
        assert "<script>alert" not in answer.body
        assert "<img" not in answer.body
        assert "<svg/onload" not in answer.body
        assert all(one.attributes["href"].startswith(("/", "#")) for one in answer.page.all("a")), (
            path
        )
        assert words.split(maxsplit=1)[0] in answer.page.text


# --- another link


def test_an_editors_choice_of_link_survives_every_refresh_and_can_be_taken_back(
    house: House,
) -> None:
    item = house.item("Envoys meet", outlet="Tide Wire")
    with house.newsroom() as room:
        other = room.carrier(item, "Harbour Post", "https://harbour-post.example/envoys")
        development = room.development_of(item)
        before = beside.story_of(room, item)
    browser = house.signed_in()
    page = press(browser, "Use this link of Harbour Post", on=open_item(browser, item)).page
    assert "Harbour Post" in page.one("article", class_="stored").one("b", class_="outlet").text
    assert row(house, item).story_id == other
    with transaction(house.engine) as session:  # as a refresh has it
        told = a_telling(before, development=development, version=1, title="Another headline")
        made = Planned(
            development=development,
            tellings=(told,),
            section="items",
            headline="Another headline",
            attribution="",
            merit=1.0,
            score=0.9,
            zone="auto",
            why=(),
        )
        planned.put_items(session, house.instalment, [made], at=clock.now(session))
    assert (row(house, item).story_id, row(house, item).headline) == (other, "Envoys meet")
    page = open_item(browser, item)
    line = page.one("form", class_="undo-line")
    assert line.text.startswith("You chose the link of Harbour Post")
    browser.follow(browser.send(line.attributes["action"], hidden(line)))
    assert row(house, item).story_id == before
    assert row(house, item).touched_at is None
    assert noted(house) == ["item.link", "item.link.undo"]


def hidden(form: Element) -> dict[str, str]:
    return {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in form.all("input")
        if one.attributes.get("type") == "hidden"
    }


def test_who_chooses_too_late_is_told_who_did_what_and_nothing_is_overwritten(
    house: House,
) -> None:
    item = house.item("Envoys meet", outlet="Tide Wire")
    with house.newsroom() as room:
        one = room.carrier(item, "Harbour Post", "https://harbour-post.example/envoys")
        room.carrier(item, "Lock Gazette", "https://lock-gazette.example/envoys")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    late = open_item(ben, item)
    press(ann, "Use this link of Harbour Post", on=open_item(ann, item))
    answer = ben.press("Use this link of Lock Gazette", on=late)
    assert answer.status == 409
    assert "Ann Reed chose the link of Harbour Post" in answer.page.one("main").text
    assert row(house, item).story_id == one


def test_a_story_taken_back_or_told_elsewhere_cannot_be_chosen(house: House) -> None:
    item, stranger = house.item("Envoys meet"), house.item("Ferries stop")
    with house.newsroom() as room:
        elsewhere = beside.story_of(room, stranger)
    browser = house.signed_in()
    with house.newsroom() as room:
        room.carrier(item, "Harbour Post", "https://harbour-post.example/envoys")
    page = open_item(browser, item)
    for story in (elsewhere, 999_999):
        answer = browser.press("Use this link of Harbour Post", on=page, story=str(story))
        assert answer.status == 409
        assert "is not among those told here any more" in answer.page.text
    assert noted(house) == []


# --- another series


def test_not_this_series_removes_it_and_is_what_the_matcher_learns_from(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    answer = browser.press("Not this series", on=open_item(browser, item))
    assert answer.headers["location"] == f"/instalments/harbour-watch/7#item-{item}"
    assert row(house, item).state == "rejected"
    with transaction(house.engine) as session:
        (learnt,) = taught.decided(session, house.series)
        assert not learnt.is_wanted
        assert session.scalars(select(DecisionRow.reason)).one() == "not this series"


def test_a_reason_given_on_a_page_from_before_ones_own_rejection_is_kept_with_it(
    house: House,
) -> None:
    item = house.item()
    browser = house.signed_in()
    page = open_item(browser, item)
    for button, reason in (
        ("Reject", ""),
        ("Told already", "told already"),
        ("Not this series", "not this series"),
        ("Reject", "not this series"),  # says no more, and takes nothing away
    ):
        assert browser.press(button, on=page).status == 303
        with transaction(house.engine) as session:
            assert list(session.scalars(select(DecisionRow.reason))) == [reason]
            assert bool(taught.decided(session, house.series)) == (reason != "told already")
    with transaction(house.engine) as session:
        told = session.scalars(select(AuditRow.detail).where(AuditRow.action == "item.reject"))
        assert [one.get("reason", "") for one in told] == ["", "told already", "not this series"]
    ben = house.signed_in("ben")
    other = house.item("Envoys meet again")
    old = open_item(ben, other)
    browser.press("Told already", on=open_item(browser, other))
    assert ben.press("Not this series", on=old).status == 409  # another's decision is not explained


def test_told_already_rejects_it_and_the_matcher_learns_nothing_from_that(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    browser.press("Told already", on=open_item(browser, item))
    assert row(house, item).state == "rejected"
    assert "by you" in open_item(browser, item).text
    assert ": told already" in open_item(browser, item).text
    with transaction(house.engine) as session:
        assert taught.decided(session, house.series) == []


@pytest.fixture
def delta(house: House) -> int:
    """A second series, with an instalment that takes what comes now."""
    with house.newsroom() as room:
        return room.series("delta-talks", title="Delta Talks")


def test_a_moved_item_is_rejected_here_and_accepted_there_and_both_series_learn(
    house: House, delta: int
) -> None:
    item = house.item("Envoys meet")
    with house.newsroom() as room:
        room.session.execute(
            insert(ItemTextRow).values(
                item_id=item, number=1, markdown="My own words.", created_at=FRIDAY
            )
        )
    browser = house.signed_in()
    page = press(browser, "Move it", on=open_item(browser, item), to="delta-talks items").page
    line = page.one("form", class_="undo-line")
    assert "You moved it to Delta Talks No. 1, where it is accepted" in line.text
    there = int(line.one("a").attributes["href"].rpartition("/")[2])
    moved = row(house, there)
    assert (row(house, item).state, moved.state, moved.section) == ("rejected", "accepted", "items")
    with transaction(house.engine) as session:
        assert [one.is_wanted for one in taught.decided(session, house.series)] == [False]
        assert [one.is_wanted for one in taught.decided(session, delta)] == [True]
        written = select(ItemTextRow.markdown).where(ItemTextRow.item_id == there)
        assert session.scalars(written).all() == ["My own words."]
    browser.follow(browser.send(line.attributes["action"], hidden(line)))
    assert row(house, item).state == "queued"
    assert row(house, there).merged_into == item  # shown no more
    assert browser.get(f"/items/{there}").headers["location"] == f"/items/{item}"
    with transaction(house.engine) as session:
        assert taught.decided(session, house.series) == taught.decided(session, delta) == []
        assert session.scalars(select(ItemChangeRow.undone_by)).one() == house.ann.id


def test_an_item_moves_only_into_a_section_of_another_series(house: House, delta: int) -> None:
    item = house.item()
    browser = house.signed_in()
    page = open_item(browser, item)
    assert delta
    for to in ("", "harbour-watch items", "delta-talks nowhere", "no-series items", "x" * 3000):
        assert browser.press("Move it", on=page, to=to).status == 400
    assert row(house, item).state == "queued"


# --- offers, comments


def test_offers_carry_the_version_and_the_second_is_told_who_took_what(house: House) -> None:
    item = house.item("Envoys meet")
    with house.newsroom() as room:
        for name in ("Tide Wire", "Lock Gazette"):
            room.session.execute(
                insert(OfferRow).values(
                    item_id=item,
                    kind="origin",
                    key=name,
                    detail={"attribution": f"{name} reported"},
                    why=f"{name} broke it",
                    offered_at=FRIDAY,
                )
            )
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    late = open_item(ben, item)
    press(ann, "Take it: Tide Wire broke it", on=open_item(ann, item))
    for button in ("Take it: Lock Gazette broke it", "Leave it: Lock Gazette broke it"):
        answer = ben.press(button, on=late)
        assert answer.status == 409
        assert "Ann Reed took what was offered for it" in answer.page.one("main").text
    same = ben.press("Leave it: Tide Wire broke it", on=late)
    assert same.status == 409
    assert "is accepted by ann: there is nothing to decide" in same.page.text
    assert row(house, item).attribution == "Tide Wire reported"
    press(ben, "Take it: Lock Gazette broke it", on=open_item(ben, item))
    assert row(house, item).attribution == "Lock Gazette reported"


def test_the_link_may_be_of_any_story_that_the_item_gathers_and_the_credit_follows(
    house: House,
) -> None:
    item, bell = house.item("Envoys meet", outlet="Tide Wire"), house.item("A bell is rung")
    with house.newsroom() as room:
        told = room.carrier(bell, "Quay Herald", "https://quay-herald.example/bell")
        facts = {"item_id": item, "development_id": room.development_of(bell), "score": 0.7}
        room.session.execute(
            insert(GatheredRow).values(**facts, gathered_at=FRIDAY, why="both name the old bell")
        )
        room.session.execute(update(ItemRow).where(ItemRow.id == item).values(attribution=""))
    browser = house.signed_in()
    page = press(browser, "Use this link of Quay Herald", on=open_item(browser, item)).page
    assert (row(house, item).story_id, row(house, item).headline) == (told, "Envoys meet")
    assert "Quay Herald reported" in row(house, item).attribution
    assert "Its link is used" in panel(page, "gathered").text
    assert "Quay Herald" in page.one("article", class_="stored").one("b", class_="outlet").text
    refused = browser.press("An item of its own", on=page)
    assert refused.status == 409
    assert "use another link first" in refused.page.text
    press(browser, "Use this link of Tide Wire", on=open_item(browser, item))
    assert "Tide Wire reported" in row(house, item).attribution
    page = open_item(browser, item)
    assert browser.press("An item of its own", on=page).status == 303
    late = browser.press("Use this link of Quay Herald", on=page)
    assert late.status == 409
    assert "is not among those told here any more" in late.page.text


def test_what_an_item_tells_besides_its_own_is_taken_apart_once(house: House) -> None:
    item = house.item("Envoys meet")
    with house.newsroom() as room:
        other = room.development_of(house.item("A bell is rung"))
        facts = {"item_id": item, "development_id": other, "score": 0.7, "gathered_at": FRIDAY}
        room.session.execute(insert(GatheredRow).values(**facts, why="both name the old bell"))
    browser = house.signed_in()
    page = open_item(browser, item)
    assert "A bell is rung both name the old bell" in panel(page, "gathered").text
    with transaction(house.engine) as session:
        session.execute(update(InstalmentRow).values(state="approved"))
    shut = browser.press("An item of its own", on=page)
    assert (shut.status, "is approved: open it again" in shut.page.text) == (409, True)
    with transaction(house.engine) as session:
        session.execute(update(InstalmentRow).values(state="assembling"))
    assert browser.press("An item of its own", on=page).status == 303
    assert (
        "A bell is rung" not in open_item(browser, item).one("section", class_="source-side").text
    )
    again = browser.press("An item of its own", on=page)
    assert again.status == 409
    assert "It tells that no more" in again.page.text
    assert noted(house)[-1] == "item.take_apart"


def test_what_was_said_of_an_item_goes_along_when_it_is_moved_and_comes_back(
    house: House, delta: int
) -> None:
    item = house.item("Envoys meet")
    browser = house.signed_in()
    assert delta

    def say(of: int, words: str) -> None:
        page = press(browser, "Comment", on=open_item(browser, of), text=words).page
        assert words in panel(page, "comments-head").text

    say(item, "Ask the harbour master.")
    press(browser, "Move it", on=open_item(browser, item), to="delta-talks items")
    there = next(one.id for one in house_items(house) if one.id != item)
    assert "Ask the harbour master." in panel(open_item(browser, there), "comments-head").text
    say(there, "She has called back.")
    line = open_item(browser, item).one("form", class_="undo-line")
    browser.follow(browser.send(line.attributes["action"], hidden(line)))
    here = panel(open_item(browser, item), "comments-head").text
    assert here.index("Ask the harbour master.") < here.index("She has called back.")
    assert here.count("Ask") == 1


def house_items(house: House) -> list[ItemRow]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(ItemRow)))


def test_a_remark_or_a_star_pressed_twice_is_one(house: House) -> None:
    item = house.item()
    with transaction(house.engine) as session:
        clock.set_recorded(session, FRIDAY)  # both are of one moment, however slow the machine
    browser = house.signed_in()
    page = open_item(browser, item)
    for _ in range(2):
        assert browser.press("Comment", on=page, text="Ask first.").status == 303
        assert browser.press("☆ Star", on=page).status == 303
    page = open_item(browser, item)
    assert panel(page, "comments-head").text.count("Ask first.") == 1
    for _ in range(2):
        assert browser.press("★ Star", on=page).status == 303
    assert "☆ Star" in open_item(browser, item).text
    browser.press("Comment", on=page, text="Ask first!")  # other words are another remark
    browser.press("Comment", on=page, text="Ask first.")  # as are the same, said once more
    assert panel(open_item(browser, item), "comments-head").text.count("Ask first") == 3
