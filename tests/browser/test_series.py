"""Series and sources in a real browser: what is missing, a definition mended, a feed found."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from config import settings as told
from pipeline.definition import read_series, series_to_json
from pipeline.records import Answer
from store import clock, seed, setaside, troubles
from store import session as sessions
from store.models import DocumentRow, LookupRow, OutletRow, ReplayRow, SeriesRow
from store.setaside import SetAside
from store.troubles import Trouble
from tests.browser.driver import Desk, axe, fits
from tests.desk.newsroom import FRIDAY
from tests.desk.test_series import DEFINITION
from tests.fakes import FakeHttp
from tests.rounds import a_feed, an_item
from workers import matching, replaying, wishes

PAGE = "/series/harbour-watch"


@pytest.fixture
def defined(desk: Desk) -> Iterator[Desk]:
    """The desk with a definition from config's file, and its database as the workers' own."""
    with desk.house.newsroom() as room:
        read = series_to_json(read_series(DEFINITION, "a.toml"))
        sources = {"harbour-watch": DEFINITION}
        seed.put_series(room.session, [read], by="tests", sources=sources)
        room.session.execute(update(SeriesRow).values(title="Harbour Watch"))
        room.person("olu", "Olu Bell", "operator")
    url = desk.house.engine.url.render_as_string(hide_password=False)
    told.override(database_url=url)
    sessions.engine.cache_clear()
    matching.forget()
    yield desk
    sessions.engine().dispose()
    sessions.engine.cache_clear()
    matching.forget()


def only(desk: Desk, table: type[ReplayRow] | type[LookupRow]) -> int:
    with desk.house.newsroom() as room:
        return room.session.scalars(select(table.id).order_by(table.id.desc()).limit(1)).one()


def test_23_a_feed_silent_for_three_days_is_told_beside_the_instalment(defined: Desk) -> None:
    defined.house.item()
    with defined.house.newsroom() as room:
        ministry = room.feed("Harbour Ministry", state="not_modified")
        official = update(OutletRow).where(OutletRow.key == "harbour-ministry")
        room.session.execute(official.values(kind="official"))
        now = clock.now(room.session)
        since = now - timedelta(days=3)
        silent = Trouble(feed_id=ministry, kind="silent", reason="nothing new", since=since)
        troubles.start(room.session, [silent], at=now)
    for js in (True, False):
        page = defined.open("ben", js=js)
        missing = page.get_by_role("region", name="What is missing")
        expect(missing).to_contain_text(
            "No ministry news found this week: Harbour Ministry has been silent for 3 days."
        )
    missing.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Ministry")


def test_a_definition_is_mended_tried_over_past_days_and_saved(defined: Desk) -> None:
    defined.expects(422)
    with defined.house.newsroom() as room:
        room.story("Quay opens again", "", "Quay Herald", "https://q.example/1", FRIDAY)
    page = defined.open("ann", f"{PAGE}/definition")
    wrong = DEFINITION.replace("OR harbour", "OR quay^3").replace("cut_off", "cutoff")
    page.get_by_label("The definition, as a TOML file").fill(wrong)
    page.get_by_role("button", name="Save as a new version").click()
    mistake = page.get_by_role("link", name="Line 7")
    expect(page.get_by_role("alert")).to_contain_text('did you mean "cut_off"')
    axe(page)
    mistake.click()
    marked = page.evaluate(
        "(() => { const t = document.activeElement;"
        " return t.value.slice(t.selectionStart, t.selectionEnd); })()"
    )
    assert marked == 'cutoff = "16:00"'
    page.get_by_label("The definition, as a TOML file").fill(wrong.replace("cutoff", "cut_off"))
    page.get_by_label("Over the last").select_option("30")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("status")).to_contain_text("Stories are looked at")
    replaying.answer(only(defined, ReplayRow), told.settings())
    expect(page.locator(".changes")).to_have_text("1 gained 0 lost 0 kept")
    expect(page.get_by_role("heading", name="Quay opens again")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Save it as a new version").click()
    expect(page.get_by_text("version 3 by ann")).to_be_visible()


def test_the_pages_of_a_series_are_sound_in_light_dark_and_on_a_phone(defined: Desk) -> None:
    for number in range(3):
        defined.house.item(f"Envoys meet {number}")
    paths = (PAGE, f"{PAGE}/definition", f"{PAGE}/versions", f"{PAGE}/versions/2", "/series")
    check(defined, "ann", paths)
    page = defined.open("ann", PAGE)
    page.locator("#picture-coverage summary").click()
    expect(page.locator("#picture-coverage table")).to_be_visible()


def check(desk: Desk, name: str, paths: tuple[str, ...]) -> None:
    """Look at pages in light, in the dark and on a phone."""
    for how in ({}, {"dark": True}, {"phone": True}):
        page = desk.open(name, paths[0], **how)
        for path in paths:
            page.goto(path)
            axe(page)
            fits(page)


def test_a_feed_is_found_from_its_pages_address_and_followed(defined: Desk) -> None:
    home, feed = "https://quay-herald.example/", "https://quay-herald.example/all.xml"
    link = f'<link rel="alternate" type="application/rss+xml" title="All" href="{feed}">'
    body = f"<!doctype html><html><head>{link}</head><body>News</body></html>".encode()
    headers = {"content-type": "text/html"}
    answers = {
        home: Answer(url=home, status=200, headers=headers, body=body),
        feed: Answer(url=feed, status=200, headers={}, body=a_feed(an_item(1), an_item(2))),
    }
    page = defined.open("olu", "/sources/add")
    axe(page)
    page.get_by_label("Address of a page or of its feed").fill(home)
    page.get_by_role("button", name="Look there").click()
    expect(page.get_by_role("status")).to_contain_text("Somebody is looking")
    wishes.look_up(only(defined, LookupRow), told.settings(), FakeHttp(answers).get)
    expect(page.get_by_role("heading", name="The Harbour Post")).to_be_visible()
    expect(page.locator(".preview li")).to_have_text([an_item(1).title, an_item(2).title])
    axe(page)
    fits(page)
    page.get_by_label("Name of the new outlet").fill("The Quay Herald")
    page.get_by_role("button", name="Follow it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Quay Herald")
    expect(page.get_by_text(feed)).to_be_visible()


def test_what_was_set_aside_is_sent_round_again(defined: Desk) -> None:
    with defined.house.newsroom() as room:
        room.story("Quay opens", "", "Quay Herald", None, None)
        feed = room.feed("Quay Herald", state="parse_error", reason="cannot be read")
        document = room.session.scalars(select(DocumentRow.id)).one()
        room.session.execute(update(DocumentRow).values(work_state="done"))
        thing = SetAside(
            feed_id=feed,
            document_id=document,
            stage="item",
            state="parse_error",
            reason="no title",
            raw=json.dumps({"a": 1}).encode(),
        )
        setaside.keep(room.session, [thing], at=clock.now(room.session))
        number = setaside.latest(room.session)[0].id
    check(defined, "olu", ("/sources", f"/sources/{feed}", "/set-aside", f"/set-aside/{number}"))
    page: Page = defined.open("olu", f"/set-aside/{number}")
    expect(page.locator("pre")).to_have_text('{"a": 1}')
    page.get_by_role("button", name="Send it round again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set aside")
    with defined.house.newsroom() as room:
        assert room.session.get_one(DocumentRow, document).work_state == "ready"
