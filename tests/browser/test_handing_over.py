"""Scenarios 13, 21 and 22 of the desk: embargoes, drafts in a CMS, and a CMS that is down."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from config import settings as told
from store import changes, clock, steps, targets
from store import session as sessions
from store.changes import Happened
from store.models import DefinitionRow, DeliveryRow, ItemRow, RemotePostRow, StoryRow
from store.targets import Place
from tests.browser.driver import Desk, axe, fits
from tests.desk.house import SHEET
from tests.desk.newsroom import FRIDAY
from tests.wordpress import FakeWordPress, wordpress
from workers import client, delivering

PAGE = "/instalments/harbour-watch/7/delivery"


@dataclass
class Cms:
    """The CMS, and a worker that hands over."""

    site: FakeWordPress

    def work(self) -> None:
        settings = told.settings()
        http = client.made(settings)
        for one in delivering.due(settings):
            delivering.deliver(one, settings, http.get, http.post)

    def look(self) -> None:
        """Time goes by, and a worker looks at what was handed over."""
        with sessions.transaction() as session:
            session.execute(update(RemotePostRow).values(look_at=FRIDAY - timedelta(days=9999)))
        http = client.made(told.settings())
        for one in delivering.to_look_at():
            delivering.look(one, told.settings(), http.get)

    def later(self) -> None:
        """Time goes by until the next try."""
        with sessions.transaction() as session:
            session.execute(update(DeliveryRow).values(due_at=FRIDAY - timedelta(days=9999)))


@pytest.fixture
def cms(desk: Desk) -> Iterator[Cms]:
    """An approved instalment whose series may be handed over to a WordPress."""
    with wordpress() as site:
        told.override(
            database_url=desk.house.engine.url.render_as_string(hide_password=False),
            allow_inside=f"127.0.0.1/32:{site.port}",
            credentials=site.credentials,
        )
        sessions.engine.cache_clear()
        item = desk.house.item("Envoys meet in the old customs house")
        with sessions.transaction() as session:
            session.execute(update(ItemRow).where(ItemRow.id == item).values(state="accepted"))
            definition = DefinitionRow.definition.op("||")(
                {"targets": [{"name": "cms"}, {"name": "export"}]}
            )
            session.execute(update(DefinitionRow).values(definition=definition))
            place = Place(key="cms", kind="wordpress", title="Our WordPress", url=site.api)
            targets.add(session, place, by="tests")
            for at, action in enumerate(("review", "ready", "approve"), start=1):
                steps.take(
                    session, desk.house.instalment, desk.house.ann, action, based_on=at, now=FRIDAY
                )
        yield Cms(site)
    sessions.engine().dispose()
    sessions.engine.cache_clear()


def place(page: Page) -> str:
    return page.locator(".place .fate").inner_text()


@pytest.mark.parametrize("js", [True, False], ids=["scripts", "without"])
def test_21_a_draft_is_made_changed_and_never_written_over_somebodys_words(
    desk: Desk, cms: Cms, *, js: bool
) -> None:
    page = desk.open("ann", PAGE, js=js)
    page.get_by_role("button", name="Hand it over as a draft").click()
    assert "Under way" in place(page)
    cms.work()
    page.goto(page.url)
    expect(page.locator(".place .fate")).to_contain_text("Delivered")
    [post] = cms.site.posts.values()
    assert (post["status"], "Envoys meet" in post["content"]) == ("draft", True)

    page.get_by_role("button", name="Hand it over again").click()
    cms.work()
    assert len(cms.site.posts) == 1

    cms.site.edit(41, "<p>A colleague wrote this.</p>")
    page.goto(page.url)
    page.get_by_role("button", name="Hand it over again").click()
    cms.work()
    page.goto(page.url)
    expect(page.locator(".place .fate")).to_contain_text("somebody has changed it there")
    expect(page.locator(".compared ins")).to_contain_text("A colleague wrote this")
    assert post["content"] == "<p>A colleague wrote this.</p>"
    if js:
        axe(page)
        fits(page)
    page.get_by_role("button", name="Write over what stands there").click()
    cms.work()
    page.goto(page.url)
    expect(page.locator(".place .fate")).to_contain_text("Delivered")
    assert "Envoys meet" in post["content"]


def test_22_a_cms_that_is_down_is_told_of_and_tried_again(desk: Desk, cms: Cms) -> None:
    cms.site.failures = [503]
    page = desk.open("ann", PAGE, phone=True)
    page.get_by_role("button", name="Hand it over as a draft").click()
    cms.work()
    page.goto(page.url)
    expect(page.locator(".place .fate")).to_contain_text("Not delivered, next try ")
    fits(page)
    cms.later()
    cms.work()
    page.goto(page.url)
    expect(page.locator(".place .fate")).to_contain_text("Delivered")
    assert len(cms.site.posts) == 1


def test_what_is_not_approved_cannot_be_handed_over_and_who_may_not_is_told(
    desk: Desk, cms: Cms
) -> None:
    page = desk.open("ben", PAGE)
    expect(page.locator(".place")).to_contain_text("Handing it over: a chief editor may.")
    with sessions.transaction() as session:
        steps.take(session, desk.house.instalment, desk.house.ann, "reopen", based_on=4, now=FRIDAY)
    page.goto(page.url)
    expect(page.locator("main")).to_contain_text("It can be handed over once it is approved.")
    for how in ({"dark": True}, {"phone": True}):
        other = desk.open("ann", PAGE, **how)
        axe(other)
        fits(other)
    assert cms.site.asked == []


def embargo(until: timedelta) -> None:
    """Every source is under embargo until so long from now; it has passed for less than nothing."""
    with sessions.transaction() as session:
        moment = clock.now(session) + until
        told = {"embargo": "until", "embargo_until": moment}
        session.execute(update(StoryRow).values(**told))


def test_13_an_embargo_is_seen_counting_down_and_holds_at_every_gate_and_at_the_push(
    desk: Desk, cms: Cms
) -> None:
    desk.expects(409)
    with sessions.transaction() as session:
        for at, action in enumerate(("reopen", "review"), start=4):
            steps.take(
                session, desk.house.instalment, desk.house.ann, action, based_on=at, now=FRIDAY
            )
    embargo(timedelta(hours=5))
    page = desk.open("ann")
    counts_down = re.compile("Embargo.*until .*: 4 hours 5. minutes left", re.DOTALL)
    expect(page.locator(".embargo")).to_have_text(counts_down)

    def step(name: str) -> None:
        page.goto("/instalments/harbour-watch/7/approval")
        page.get_by_role("button", name=name, exact=True).click()

    def is_refused() -> None:
        expect(page.get_by_role("alert")).to_contain_text("It cannot go on as it stands")
        expect(page.locator(".objections li")).to_contain_text(
            re.compile("under embargo and its time has not come: until .* left", re.DOTALL)
        )

    step("Call it ready")
    is_refused()
    embargo(-timedelta(minutes=1))
    step("Call it ready")
    expect(page.locator(".state b")).to_have_text("Ready")
    embargo(timedelta(hours=5))
    step("Approve")
    is_refused()
    embargo(-timedelta(minutes=1))
    step("Approve")
    expect(page.locator(".state b")).to_have_text("Approved")

    # One that begins after the approval, and after the button was pressed.
    page.goto(PAGE)
    page.get_by_role("button", name="Hand it over as a draft").click()
    embargo(timedelta(hours=5))
    cms.work()
    page.goto(PAGE)
    expect(page.locator(".place .fate")).to_contain_text("its source is under embargo")
    expect(page.get_by_role("button", name="Hand it over")).to_have_count(0)
    page.goto("/instalments/harbour-watch/7/preview")
    expect(page.locator(".take-away")).to_contain_text("its time has not come")
    assert cms.site.asked == []
    embargo(-timedelta(minutes=1))
    page.goto(PAGE)
    page.get_by_role("button", name="Hand it over as a draft").click()
    cms.work()
    page.goto(PAGE)
    expect(page.locator(".place .fate")).to_contain_text("Delivered")
    assert len(cms.site.posts) == 1


def test_17_what_the_cms_or_an_editor_says_is_out_is_linked_from_the_next_and_can_be_corrected(  # noqa: PLR0915  # one journey
    desk: Desk, cms: Cms
) -> None:
    desk.expects(422)
    with desk.house.newsroom() as room:
        room.instalment(desk.house.series, 8, FRIDAY + timedelta(days=7))
    page = desk.open("ann", PAGE)
    page.get_by_role("button", name="Hand it over as a draft").click()
    cms.work()
    cms.look()
    page.goto(SHEET)
    out = page.get_by_role("region", name="Not out yet")
    expect(out).to_contain_text("Our WordPress says")
    expect(out).to_contain_text("it is a draft there")  # handed over is not published
    cms.site.publish(41)
    cms.look()
    page.reload()
    out = page.get_by_role("region", name="For readers")
    expect(out).to_contain_text("Out since Fri 20 Nov, 17:05")
    expect(page.locator(".state b")).to_have_text("Out")
    axe(page)

    page.get_by_text("Say it otherwise").click()
    page.get_by_label("Address where readers find it").fill("no address")
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_role("alert")).to_contain_text("That is no web address")
    page.goto(SHEET)
    page.get_by_text("Say it otherwise").click()
    page.get_by_label("Address where readers find it").fill("https://review.example/7")
    page.get_by_role("button", name="Keep this").click()
    page.wait_for_url(f"**{SHEET}")
    page.goto("/instalments/harbour-watch/8")
    previous = page.get_by_role("region", name="Previous instalments").get_by_role("link")
    expect(previous).to_have_attribute("href", "https://review.example/7")
    expect(previous).to_have_text("Harbour Watch: Envoys meet in the old customs house")
    page.goto("/instalments/harbour-watch/8/preview")
    foot = page.locator(".piece").get_by_role("link", name="Envoys meet")
    expect(foot).to_have_attribute("href", "https://review.example/7")

    with sessions.transaction() as session:
        story = session.scalars(select(ItemRow.story_id)).one()
        corrected = Happened(
            story_id=story, kind="correction", occasion="tests", said="It was Tuesday."
        )
        changes.record(session, [corrected], by="machine:wires", at=FRIDAY)
    page.goto("/")
    needs = page.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text("To correct: Harbour Watch No. 7, which is out.")
    page.goto(SHEET)
    expect(page.locator(".is-out")).to_contain_text("It needs a correction: 1 source of it was")
    page.goto("/instalments/harbour-watch/7/approval")
    page.get_by_label("What is corrected").fill("The talks were on Tuesday.")
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator(".state b")).to_have_text("Out, corrected")
    page.get_by_label("Why it is withdrawn").fill("There were no talks.")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.locator(".taken li").first).to_contain_text("Ann Reed withdrew it")
    expect(page.locator(".taken")).to_contain_text("The machine said that it is out")


def test_what_is_approved_is_copied_and_downloaded_in_every_form(desk: Desk, cms: Cms) -> None:
    assert cms.site.posts == {}
    page = desk.open("ann", f"{SHEET}/preview")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    said = page.locator("#said")
    for form, name in (("markdown", "Markdown"), ("html", "HTML")):
        page.get_by_role("button", name=f"Copy the {name}").click()
        expect(said).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator(f"#copy-{form}").input_value()
        assert "Envoys meet in the old customs house" in copied
    # A plain address inside the house has no clipboard of that kind.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the Markdown").click()
    whole = page.locator("#copy-markdown")
    assert whole.evaluate("one => one.selectionEnd") == len(whole.input_value())
    assert whole.evaluate("one => one === document.activeElement")

    page.goto(f"{SHEET}/approval")
    for label, ending in (
        *(("HTML", "html"), ("Markdown", "md"), ("NewsML-G2", "newsml-g2.xml")),
        *(("NITF", "nitf.xml"), ("ninjs", "ninjs.json")),
    ):
        with page.expect_download() as loaded:
            page.locator(".files").get_by_role("link", name=label, exact=True).click()
        assert loaded.value.suggested_filename == f"harbour-watch-7.{ending}"
        assert "Envoys meet" in loaded.value.path().read_text()
