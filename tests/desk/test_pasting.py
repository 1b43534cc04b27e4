"""Pasting a link at the desk: the wish, what became of it, trying again."""

import pytest
from sqlalchemy import select, update

from store.models import InstalmentRow, PastedRow
from store.session import transaction
from tests.desk.house import SHEET, House
from tests.desk.test_item import open_item


def links(house: House) -> list[tuple[str, str, str]]:
    with transaction(house.engine) as session:
        rows = session.scalars(select(PastedRow).order_by(PastedRow.id))
        return [(row.url, row.section, row.state) for row in rows]


def test_a_link_pasted_on_an_items_page_is_a_wish_whose_way_is_shown(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    url = "https://lock-gazette.example/a#top"
    answer = browser.press("Fetch it", on=open_item(browser, item), url=url, section="primary")
    assert answer.headers["location"] == f"{SHEET}/pasted"
    page = browser.follow(answer).page
    assert "On its way: It waits to be fetched." in page.one("div", id="links").text
    assert page.one("div", id="links").attributes["data-look-again"] == f"{SHEET}/pasted"
    assert links(house) == [("https://lock-gazette.example/a", "primary", "wanted")]
    browser.press("Fetch it", on=open_item(browser, item), url=url)  # again: one wish
    assert len(links(house)) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("javascript:alert(1)", "no web address"),
        ("", "no web address"),
        ("https://ann:secret@lock.example/", "leave them out"),
        ("https://lock.example:22/", "a port of its own"),
        ("https://lock.example/" + "x" * 5000, "longer than"),
        ('https://"><script>alert(1)</script>.example/', ""),
    ],
)
def test_what_is_no_link_is_refused_in_words(house: House, url: str, said: str) -> None:
    browser = house.signed_in()
    page = browser.get(f"{SHEET}/pasted").page
    answer = browser.press("Fetch it", on=page, url=url, section="nowhere")
    assert answer.status in {422, 303}
    assert "<script>" not in answer.body
    if answer.status == 422:
        assert said in answer.page.one("p", role="alert").text
        assert links(house) == []


def test_why_it_led_to_nothing_is_shown_and_it_may_be_tried_again(house: House) -> None:
    browser = house.signed_in()
    page = browser.get(f"{SHEET}/pasted").page
    browser.press("Fetch it", on=page, url="lock-gazette.example/a", section="items")
    with transaction(house.engine) as session:
        gone = "the page is not to be had (answered 404)"
        session.execute(update(PastedRow).values(state="no_page", reason=gone, work_state="done"))
    page = browser.get(f"{SHEET}/pasted").page
    assert "Not fetched: The page is not to be had (answered 404)." in page.text
    page = browser.follow(browser.press("Try again", on=page)).page
    assert "On its way" in page.text
    assert links(house) == [("https://lock-gazette.example/a", "items", "wanted")]


def test_nothing_is_pasted_into_what_is_approved_or_not_there(house: House) -> None:
    browser = house.signed_in()
    page = browser.get(f"{SHEET}/pasted").page
    with transaction(house.engine) as session:
        session.execute(update(InstalmentRow).values(state="approved"))
    answer = browser.press("Fetch it", on=page, url="https://lock-gazette.example/a")
    assert answer.status == 422
    assert "approved" in answer.page.one("p", role="alert").text
    assert browser.get("/instalments/harbour-watch/99/pasted").status == 404
    token = page.one("form", class_="paste").one("input", name="token").attributes["value"]
    assert browser.send("/pasted/999/again", {"token": token}).status == 404
