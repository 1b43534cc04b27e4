"""The list of instalments, an instalment by section, and deciding on its items."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from store import clock, decisions
from store.models import (
    AuditRow,
    DecisionRow,
    DefinitionRow,
    InstalmentRow,
    ItemRow,
    SeriesRow,
)
from store.session import transaction
from tests.desk.browser import Answer, Browser, Element
from tests.desk.house import SHEET, House, shown
from tests.desk.newsroom import FRIDAY, PASSWORD


def states(house: House) -> dict[int, str]:
    with transaction(house.engine) as session:
        asked = select(ItemRow.id, ItemRow.state).order_by(ItemRow.id)
        return dict(session.execute(asked).all())


def press(browser: Browser, button: str, item: int) -> Answer:
    """Press a button of an item on the instalment's page and go where that leads."""
    return browser.follow(browser.press(button, on=shown(browser.get(SHEET), item)))


def undo_bar(page: Element) -> Element:
    return page.one("div", id="undo")


# The first page


def test_the_first_page_lists_each_series_with_its_current_instalments_and_earlier_ones(
    house: House,
) -> None:
    with house.newsroom() as room:
        now = clock.real_now(room.session)
        series = room.series("delta-talks", title="Delta Talks", time_zone="Europe/Paris")
        for number, days in ((1, -15), (2, -8), (3, -1), (4, 6)):
            instalment = room.instalment(series, number, now + timedelta(days=days))
        room.item(instalment, "One")
        decided = room.item(instalment, "Two")
        room.session.execute(update(ItemRow).where(ItemRow.id == decided).values(state="accepted"))
        room.series("quiet-corner", title="Quiet Corner")
    page = house.signed_in().get("/").page
    shelves = list(page.all("section"))
    assert [one.one("h2").text for one in shelves] == [
        "Delta Talks",
        "Harbour Watch",
        "Quiet Corner",
    ]
    newest, finishing = shelves[0].all("article")
    assert newest.one("a").attributes["href"] == "/instalments/delta-talks/4"
    assert "takes stories until" in newest.text
    assert "Paris time (in 5 days)" in newest.text
    assert newest.one("p", class_="tally").text == "1 to decide 2 items"
    assert "was cut off on" in finishing.text
    earlier = shelves[0].one("details").one("ul")
    assert [link.text for link in earlier.all("a")] == ["No. 2", "No. 1"]
    assert "No open instalment" in shelves[2].text


def test_without_any_series_the_first_page_says_what_to_do(house: House) -> None:
    browser = house.signed_in()
    with transaction(house.engine) as session:
        session.execute(delete(InstalmentRow))
        session.execute(update(SeriesRow).values(definition_id=None))
        session.execute(delete(DefinitionRow))
        session.execute(delete(SeriesRow))
    assert "serieswatch seed" in browser.get("/").page.one("main").text


# An instalment


def test_an_instalment_stands_section_by_section_and_says_where_nothing_was_found(
    house: House,
) -> None:
    lead = house.item("Envoys agree a ceasefire", section="lead")
    other = house.item("Ferries sail again", section="items")
    page = house.signed_in().get(SHEET).page
    sections = list(page.all("section", class_="part"))
    headings = [one.one("h2").text for one in sections]
    assert headings == ["Lead", "In other diplomatic news", "Foreign ministry news"]
    assert sections[0].one("article").attributes["id"] == f"item-{lead}"
    assert sections[1].one("article").attributes["id"] == f"item-{other}"
    assert sections[2].one("p", class_="empty").text == "No ministry news found this week."


def test_an_item_shows_outlet_link_day_reasons_excerpt_and_score(house: House) -> None:
    headline, summary = "Envoys agree a ceasefire", "The envoys left by the back door."
    spans = [
        {"field": "title", "start": 15, "end": 24, "text": "ceasefire"},
        {"field": "summary", "start": 4, "end": 10, "text": "envoys"},
    ]
    why = (
        {"reason": "query", "text": 'hits "ceasefire" (title), "envoys" (summary)', "spans": spans},
        {"reason": "tag", "text": "speaks of Port Lucan, which the series names", "spans": []},
    )
    item = house.item(
        headline,
        summary=summary,
        why=why,
        url="https://www.meridian.example/a?b=1&c=2",
        published=FRIDAY - timedelta(days=2, hours=3, minutes=55),
        score=0.734,
        zone="auto",
    )
    article = shown(house.signed_in().get(SHEET), item)
    assert article.one("b", class_="outlet").text == "Meridian Wire"
    link = article.one("h3").one("a")
    assert link.text == "Envoys agree a ceasefire"
    assert link.attributes == {
        "href": "https://www.meridian.example/a?b=1&c=2",
        "rel": "noreferrer noopener",
    }
    assert article.one("span", class_="host").text == "meridian.example"
    # 17:05 UTC is five past noon in New York
    assert next(article.all("time")).text == "Wed 18 Nov, 12:05"
    assert article.one("h3").one("mark").text == "ceasefire"
    assert article.one("p", class_="summary").one("mark").text == "envoys"
    reasons = article.one("div", class_="why")
    first = reasons.one("p", class_="reason")
    assert [mark.text for mark in first.all("mark")] == ["ceasefire", "envoys"]
    assert first.text == "hits ceasefire (title), envoys (summary)"
    further = reasons.one("details", class_="further")
    assert further.one("summary").text == "1 more reason"
    assert article.one("span", class_="score").text == "strong match, score 0.73"
    assert further.one("li").text == "speaks of Port Lucan, which the series names"


def test_a_single_reason_has_nothing_to_fold_away_and_none_is_said_so(house: House) -> None:
    single = house.item("One", why=({"reason": "query", "text": "by hand", "spans": []},))
    none = house.item("None", score=0.5, zone="new_zone")
    answer = house.signed_in().get(SHEET)
    assert shown(answer, single).one("div", class_="why").text == "Why by hand"
    assert "no reason was recorded" in shown(answer, none).text
    assert "new_zone, score 0.50" in shown(answer, none).text


def test_other_carriers_are_counted_and_folded_away_with_their_links(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        room.carrier(item, "Harbour Post", "https://harbour-post.example/a")
        room.carrier(item, "Kanal Nord", None)
    also = shown(house.signed_in().get(SHEET), item).one("details", class_="also")
    assert also.one("summary").text.startswith("+2 ")
    assert [link.attributes["href"] for link in also.all("a")] == ["https://harbour-post.example/a"]
    assert "Kanal Nord (no link)" in also.text


def test_a_story_from_before_the_window_is_marked_with_its_real_day(house: House) -> None:
    early = house.item("Late last week", published=FRIDAY - timedelta(days=8))
    fresh = house.item("This week")
    answer = house.signed_in().get(SHEET)
    assert "Thu 12 Nov, 16:00" in shown(answer, early).text
    assert "before the window" in shown(answer, early).text
    assert "before the window" not in shown(answer, fresh).text


def test_before_the_window_is_said_once_even_if_the_item_is_flagged_so(house: House) -> None:
    item = house.item(published=FRIDAY - timedelta(days=8), flags=("before_window", "corrected"))
    text = shown(house.signed_in().get(SHEET), item).text
    assert text.count("before the window") == 1
    assert "corrected by its outlet" in text


def test_a_story_without_a_date_says_when_it_was_first_seen(house: House) -> None:
    item = house.item(published=None)
    text = shown(house.signed_in().get(SHEET), item).text
    assert "no date given; first seen Thu 19 Nov" in text


def test_what_an_earlier_instalment_covered_is_linked_to_its_item(house: House) -> None:
    with house.newsroom() as room:
        earlier = room.instalment(house.series, 6, FRIDAY - timedelta(days=7))
        before = room.item(earlier, "First round")
        item = room.item(
            house.instalment, "Second round", development_id=room.development_of(before)
        )
    link = shown(house.signed_in().get(SHEET), item).one("span", class_="covered").one("a")
    assert link.attributes["href"] == f"/instalments/harbour-watch/6#item-{before}"


def test_our_own_stories_are_marked_ours(house: House) -> None:
    own = house.item("Column", outlet="Harbour Review")
    other = house.item("Report")
    answer = house.signed_in().get(SHEET)
    assert shown(answer, own).one("span", class_="ours").text == "ours"
    assert not list(shown(answer, other).all("span", class_="ours"))


def test_previous_instalments_stand_at_the_foot(house: House) -> None:
    with house.newsroom() as room:
        room.instalment(house.series, 6, FRIDAY - timedelta(days=7), title="Ferries sail again")
    foot = house.signed_in().get(SHEET).page.one("section", class_="previous")
    assert foot.one("li").text == "Ferries sail again"
    assert foot.one("a").attributes["href"] == "/instalments/harbour-watch/6"


def test_beyond_a_sections_maximum_items_wait_folded_away_and_come_up_by_rejection(
    house: House,
) -> None:
    with house.newsroom() as room:
        sections = [{"key": "items", "heading": "Items", "maximum": 2}]
        series = room.series("short-list", sections=sections)
        instalment = room.instalment(series)
        items = [room.item(instalment, f"Headline {number}") for number in range(4)]
    browser = house.signed_in()
    path = "/instalments/short-list/1"

    def folded(page: Element) -> list[str]:
        more = list(page.all("details", class_="more"))
        return [one.attributes["id"] for fold in more for one in fold.all("article")]

    page = browser.get(path).page
    assert folded(page) == [f"item-{items[2]}", f"item-{items[3]}"]
    browser.press("Reject", on=page.one("article", id=f"item-{items[0]}"))
    page = browser.get(path).page
    assert folded(page) == [f"item-{items[3]}"]
    browser.press("Accept", on=page.one("article", id=f"item-{items[1]}"))
    assert folded(browser.get(path).page) == [f"item-{items[3]}"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        " https://meridian.example/",
        "https://",
        "http://[",
        "//meridian.example/x",
        "https://meridian.example/\\@elsewhere.example",
        "https://meridian.example/\n",
    ],
)
def test_only_web_addresses_become_links(house: House, url: str) -> None:
    item = house.item(url=url)
    with house.newsroom() as room:
        room.carrier(item, "Harbour Post", url)
    article = shown(house.signed_in().get(SHEET), item)
    links = [one.attributes["href"] for one in article.all("a")]
    assert {link for link in links if not link.startswith(f"/items/{item}/aside?")} == {
        f"/items/{item}"
    }
    assert "its link is no web address and is left out" in article.text


def test_hostile_words_from_a_source_stay_words(house: House) -> None:
    hostile = "</h3><script>alert('x')</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }}"
    spans = [{"field": "title", "start": 5, "end": 13, "text": "<script>"}]
    why = ({"reason": "query", "text": 'hits "<script>" (title) <b>', "spans": spans},)
    item = house.item(
        hostile,
        summary=hostile + " in the summary",
        outlet="<b>Meridian</b>",
        why=why,
        flags=("<i>flag</i>",),
        url='https://meridian.example/"onmouseover="alert(1)',
    )
    browser = house.signed_in()
    answer = browser.get(SHEET)
    article = shown(answer, item)
    assert article.one("h3").text.replace(" ", "") == hostile.replace(" ", "")
    assert article.one("h3").one("mark").text == "<script>"
    assert all("src" in one.attributes and not one.text for one in answer.page.all("script"))
    assert not list(answer.page.all("img"))
    assert not list(article.all("i"))
    assert "49" not in article.text
    assert "<b>Meridian</b>" in article.text
    link = article.one("h3").one("a")
    assert set(link.attributes) == {"href", "rel"}
    # and on every other page that names it
    press(browser, "Accept", item)
    for page in (browser.get(SHEET).page, conflict(house, browser, item).page):
        assert all("src" in one.attributes and not one.text for one in page.all("script"))
        assert not list(page.all("img"))


def conflict(house: House, browser: Browser, item: int) -> Answer:
    """What somebody gets who decides on a page of before."""
    token = next(browser.get(SHEET).page.all("input", name="token")).attributes["value"]
    with transaction(house.engine) as session:
        session.execute(update(ItemRow).values(version=ItemRow.version + 5))
    return browser.send(f"/items/{item}/reject", {"token": token, "version": "1"})


def test_a_page_is_in_english_with_one_h1_landmarks_labels_and_no_id_twice(house: House) -> None:
    items = [house.item(f"Headline {number}") for number in range(3)]
    browser = house.browser()
    pages = [browser.get("/sign-in").page]
    browser.sign_in("ann", PASSWORD)
    press(browser, "Accept", items[0])
    pages += [browser.get(path).page for path in ("/", SHEET, "/nowhere")]
    pages.append(conflict(house, browser, items[1]).page)
    for page in pages:
        assert page.one("html").attributes["lang"] == "en"
        assert page.one("title").text.endswith("· serieswatch")
        assert len(list(page.all("h1"))) == 1
        assert len(list(page.all("main"))) == 1
        assert "width=device-width" in page.one("meta", name="viewport").attributes["content"]
        ids = [one.attributes["id"] for one in everything(page) if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        labelled = {label.attributes["for"] for label in page.all("label")}
        for field in page.all("input"):
            if field.attributes.get("type") != "hidden":
                assert field.attributes["id"] in labelled
        for element in everything(page):
            for reference in ("aria-labelledby", "aria-describedby"):
                if reference in element.attributes:
                    assert element.attributes[reference] in ids
        for button in page.all("button"):
            assert button.text


def everything(page: Element) -> list[Element]:
    found = [one for one in page.inside if isinstance(one, Element)]
    return found + [below for one in found for below in everything(one)]


def test_each_button_says_what_it_is_about_to_those_who_cannot_see_where_it_stands(
    house: House,
) -> None:
    item = house.item("Envoys agree a ceasefire")
    article = shown(house.signed_in().get(SHEET), item)
    deeds = article.one("div", class_="deeds")
    assert [button.text for button in deeds.all("button")] == [
        "Accept “Envoys agree a ceasefire”",
        "Reject “Envoys agree a ceasefire”",
        "More of “Envoys agree a ceasefire”⋯",  # on a phone alone
    ]
    tools = article.one("ul", class_="tools")
    named = [*tools.all("a"), *tools.all("button")]
    assert len(named) == 6
    assert all(one.text.endswith("“Envoys agree a ceasefire”") for one in named)


# Deciding


def test_accepting_counts_and_leads_on_to_the_next_item(house: House) -> None:
    items = [house.item(f"Headline {number}") for number in range(3)]
    browser = house.signed_in()
    answer = browser.press("Accept", on=shown(browser.get(SHEET), items[0]))
    assert answer.status == 303
    assert answer.headers["location"] == f"{SHEET}#item-{items[1]}"
    assert states(house)[items[0]] == "accepted"
    page = browser.follow(answer).page
    assert page.one("p", id="tally").text == "2 to decide 1 accepted 0 rejected"
    section = page.one("section", id="section-items")
    assert next(section.all("p", class_="count")).text == "2 to decide · 1 accepted"


def test_the_next_item_is_the_next_that_waits_in_whatever_section(house: House) -> None:
    first = house.item("First", section="lead")
    decided = house.item("Decided", section="items")
    last = house.item("Last", section="primary")
    browser = house.signed_in()
    press(browser, "Reject", decided)
    answer = browser.press("Accept", on=shown(browser.get(SHEET), first))
    assert answer.headers["location"] == f"{SHEET}#item-{last}"
    answer = browser.press("Accept", on=shown(browser.get(SHEET), last))
    assert answer.headers["location"] == f"{SHEET}#item-{last}"


def test_a_decided_item_stays_where_it_stood_with_who_and_when(house: House) -> None:
    items = [house.item(f"Headline {number}") for number in range(2)]
    press(house.signed_in("ben"), "Reject", items[0])
    for name, who in (("ben", "you"), ("ann", "Ben Okoro")):
        answer = house.signed_in(name).get(SHEET)
        order = [one.attributes["id"] for one in answer.page.all("article")]
        assert order == [f"item-{item}" for item in items]
        article = shown(answer, items[0])
        assert "rejected" in article.attributes["class"].split()
        assert article.one("p", class_="decided").text.startswith(f"Rejected by {who}, ")
        assert article.one("p", class_="decided").one("time").attributes["datetime"]
        assert "Reasons and excerpt" in article.text


def test_the_buttons_of_an_item_are_those_of_its_state(house: House) -> None:
    for state, moves in decisions.MOVES.items():
        item = house.item(f"Item {state}")
        with transaction(house.engine) as session:
            session.execute(update(ItemRow).where(ItemRow.id == item).values(state=state))
        article = shown(house.signed_in().get(SHEET), item)
        deeds = article.one("div", class_="deeds")
        actions = [form.attributes["action"] for form in deeds.all("form")]
        plain = [action for action in moves if action != "snooze"]
        assert actions == [f"/items/{item}/{action}" for action in plain]
        put_off = [one for one in article.all("a") if "aside-snooze" in one.attributes["href"]]
        assert bool(put_off) == ("snooze" in moves)


def test_opening_the_page_changes_nothing(house: House) -> None:
    house.item()
    browser = house.signed_in()
    with transaction(house.engine) as session:
        before = session.execute(select(ItemRow.version, ItemRow.touched_at)).all()
        audited = session.scalar(select(func.count()).select_from(AuditRow))
    for _ in range(2):
        browser.get(SHEET)
    with transaction(house.engine) as session:
        assert session.execute(select(ItemRow.version, ItemRow.touched_at)).all() == before
        assert session.scalar(select(func.count()).select_from(AuditRow)) == audited


def test_undo_takes_three_decisions_back_one_by_one(house: House) -> None:
    items = [house.item(f"Headline {number}") for number in range(3)]
    browser = house.signed_in()
    press(browser, "Accept", items[0])
    press(browser, "Reject", items[2])
    press(browser, "Accept", items[1])
    restored = []
    for _ in range(3):
        bar = undo_bar(browser.get(SHEET).page)
        answer = browser.press("Undo", on=bar)
        restored.append(answer.headers["location"].rpartition("-")[2])
    assert [int(item) for item in restored] == [items[1], items[2], items[0]]
    assert set(states(house).values()) == {"queued"}
    assert not list(undo_bar(browser.get(SHEET).page).all("button"))
    with transaction(house.engine) as session:
        trail = session.execute(
            select(AuditRow.actor, AuditRow.action)
            .where(AuditRow.subject_kind == "item")
            .order_by(AuditRow.id)
        ).all()
    assert [tuple(line) for line in trail] == [
        ("ann", "item.accept"),
        ("ann", "item.reject"),
        ("ann", "item.accept"),
        ("ann", "item.undo"),
        ("ann", "item.undo"),
        ("ann", "item.undo"),
    ]


def test_undo_says_what_it_takes_back(house: House) -> None:
    item = house.item("Envoys agree a ceasefire")
    browser = house.signed_in()
    press(browser, "Reject", item)
    button = undo_bar(browser.get(SHEET).page).one("button")
    assert button.text == "Undo: you rejected “Envoys agree a ceasefire”"


def test_nobody_is_offered_to_undo_what_another_decided(house: House) -> None:
    item = house.item()
    press(house.signed_in("ben"), "Accept", item)
    answer = house.signed_in("ann").get(SHEET)
    assert not list(undo_bar(answer.page).all("button"))
    deeds = shown(answer, item).one("div", class_="deeds")
    assert [one.attributes["action"] for one in deeds.all("form")] == [f"/items/{item}/reject"]


def test_the_second_of_two_editors_sees_who_did_what_and_when_and_can_go_on(house: House) -> None:
    item = house.item("Envoys agree a ceasefire")
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    seen_by_ben = shown(ben.get(SHEET), item)
    press(ann, "Accept", item)
    answer = ben.press("Reject", on=seen_by_ben)
    assert answer.status == 409
    assert states(house)[item] == "accepted"
    said = answer.page.one("p", role="alert")
    assert "Ann Reed accepted this item on" in said.text
    assert said.one("time").attributes["datetime"]
    assert "changed nothing" in said.text
    assert next(answer.page.one("main").all("a")).attributes["href"] == f"{SHEET}#item-{item}"
    again = ben.press("Reject", on=shown(answer, item))
    assert again.status == 303
    assert states(house)[item] == "rejected"


def test_an_undo_after_somebody_else_decided_asks_and_names_them(house: House) -> None:
    item = house.item()
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    press(ann, "Accept", item)
    seen_by_ann = undo_bar(ann.get(SHEET).page)
    press(ben, "Reject", item)
    answer = ann.press("Undo", on=seen_by_ann)
    assert answer.status == 409
    assert "after you Ben Okoro rejected it on" in answer.page.one("p", class_="said").text
    assert states(house)[item] == "rejected"
    # Theirs stands, and is asked about no more.
    left = ann.press("Let theirs stand", on=answer.page.one("main"))
    assert left.status == 303
    assert states(house)[item] == "rejected"
    assert not list(undo_bar(ann.get(SHEET).page).all("button"))


def test_an_undo_may_take_back_what_others_decided_since_as_well(house: House) -> None:
    item = house.item()
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    press(ann, "Accept", item)
    press(ben, "Reject", item)
    asked = ann.press("Undo", on=undo_bar(ann.get(SHEET).page))
    ann.press("Take back theirs and yours", on=asked.page.one("main"))
    assert states(house)[item] == "queued"
    with transaction(house.engine) as session:
        lines = session.execute(select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id))
        trail = [tuple(line) for line in lines if line.action.startswith("item.")]
    assert trail[-2:] == [("ann", "item.undo"), ("ann", "item.undo")]


def test_an_item_the_machine_changed_meanwhile_is_shown_again_and_nobody_is_blamed(
    house: House,
) -> None:
    item = house.item("Old headline")
    browser = house.signed_in()
    seen = shown(browser.get(SHEET), item)
    with transaction(house.engine) as session:
        session.execute(
            update(ItemRow).values(headline="New headline", version=ItemRow.version + 1)
        )
    answer = browser.press("Accept", on=seen)
    assert answer.status == 409
    assert answer.page.one("h1").text == "This item has changed"
    assert shown(answer, item).one("h3").text == "New headline"
    assert states(house)[item] == "queued"


def test_undoing_where_nothing_is_decided_says_so(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    token = next(browser.get(SHEET).page.all("input", name="token")).attributes["value"]
    answer = browser.send(f"/items/{item}/undo", {"token": token, "version": "1"})
    assert answer.status == 409
    assert answer.page.one("h1").text == "There is nothing to undo"


def test_a_double_click_is_no_conflict(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    seen = shown(browser.get(SHEET), item)
    assert browser.press("Accept", on=seen).status == 303
    assert browser.press("Accept", on=seen).status == 303
    with transaction(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 1


def test_deciding_never_leads_to_another_site(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    seen = shown(browser.get(SHEET), item)
    answer = browser.press("Accept", on=seen, then="//elsewhere.example/")
    assert answer.headers["location"] == "/"


def test_of_many_editors_at_one_instant_one_decides_and_the_others_are_told(house: House) -> None:
    item = house.item()
    browsers = [house.signed_in("ann" if number % 2 else "ben") for number in range(4)]
    pages = [shown(browser.get(SHEET), item) for browser in browsers]
    together = threading.Barrier(len(browsers))
    answers: list[int] = []

    def decide(browser: Browser, page: Element, button: str) -> None:
        together.wait()
        answers.append(browser.press(button, on=page).status)

    threads = [
        threading.Thread(target=decide, args=(browser, page, button))
        for browser, page, button in zip(
            browsers, pages, ("Accept", "Reject", "Reject", "Accept"), strict=True
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409, 409, 409]
    with transaction(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 1
        assert session.scalars(select(ItemRow.version)).one() == 2
