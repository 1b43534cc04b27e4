"""Hostile stories in a real browser: no payload runs on any page that shows them."""

from playwright.sync_api import expect

from tests.browser.driver import Desk, axe, fits
from tests.desk.test_sweeps import hostile_house, make, pages

_TOUCH = """() => document.querySelectorAll('*').forEach(one =>
    ['mouseover', 'focus', 'error', 'load'].forEach(kind => one.dispatchEvent(new Event(kind))))"""


def test_nothing_a_feed_says_runs_in_a_browser(desk: Desk) -> None:
    hostile_house(desk.house)
    make(desk.house, "ann", "operator")
    page = desk.open("ann", "/")
    desk.expects(404, 409)
    seen = 0
    for way in pages(desk.house):
        asked = page.request.get(way.path)
        if asked.status != 200 or not asked.headers["content-type"].startswith("text/html"):
            continue  # a file, or nothing there
        page.goto(way.path)
        page.evaluate(_TOUCH)
        assert page.evaluate("window.broken === undefined"), way.path
        assert page.locator("x-probe").count() == 0, way.path
        seen += 1
    assert seen > 8


def test_pages_of_people_are_sound_in_light_dark_and_on_a_phone(desk: Desk) -> None:
    make(desk.house, "ann", "operator")
    for how in ({}, {"dark": True}, {"phone": True}):
        for path in ("/people", f"/people/{desk.house.ben.id}", "/me", "/audit"):
            page = desk.open("ann", path, **how)
            expect(page.locator("h1")).to_be_visible()
            axe(page)
            fits(page)


def test_an_operator_invites_somebody_and_they_come_in(desk: Desk) -> None:
    make(desk.house, "ann", "operator")
    page = desk.open("ann", "/people")
    page.get_by_label("Name to sign in with").fill("cleo")
    page.get_by_label("Name as others read it").fill("Cleo Marsh")
    page.get_by_role("button", name="Make a link for them").click()
    link = page.locator(".once code").inner_text()
    guest = desk.open(None, link)
    guest.get_by_label("Password, of ten").fill("four wet otters")
    guest.get_by_label("The same again").fill("four wet otters")
    guest.get_by_role("button", name="Save it").click()
    expect(guest.get_by_role("link", name="Cleo Marsh")).to_be_visible()
