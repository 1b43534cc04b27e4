"""The item's page in a real browser: the scenarios of desk.md that live there.

Outlets, stories and pages are invented and stand on example domains.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select, update

from config import settings as told
from pipeline.records import Answer
from store import session as sessions
from store import taught
from store.models import (
    AlertRow,
    ChangeRow,
    DecisionRow,
    ItemRow,
    MemberRow,
    PastedRow,
    SessionRow,
    StoryRow,
    TagRow,
)
from store.session import transaction
from tests.browser.driver import Desk, axe, fits
from tests.desk import beside
from tests.desk.house import SHEET, House
from tests.desk.newsroom import FRIDAY
from tests.fakes import FakeHttp
from workers import flow, pasting

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
TURN = {"reason": "turn", "weight": 0.0, "text": 'without "Envoys" it would not be', "spans": []}
AGAINST = {"reason": "age", "weight": -0.3, "text": "was 2 days old when it came", "spans": []}


@pytest.fixture
def item(house: House) -> int:
    """An item with all that its page can show."""
    item = house.item("Envoys meet in the old customs house", outlet="Tide Wire", why=(HIT,))
    with house.newsroom() as room:
        story = beside.story_of(room, item)
        version = beside.says(room, story, text=TEXT, byline="Ines Calder", language="en")
        facts = {"speaker": "Mara Quist", "office": "harbour minister", "forum": "briefing"}
        beside.quotes(room, version, QUOTED, TEXT, **facts)
        beside.runs(room, item, version, QUOTED, check="exact")
        beside.credited(room, version, "Lock Gazette", "the Lock Gazette reported")
        for scheme, label in (("place", "Port Lucan"), ("person", "Mara Quist")):
            room.session.execute(
                insert(TagRow).values(
                    version_id=version,
                    scheme=scheme,
                    code=label.lower(),
                    label=label,
                    score=0.9,
                    evidence=[],
                    decided_by="machine:tagger",
                )
            )
        beside.matched(room, item, HIT, AGAINST, TURN)
        earlier = room.instalment(house.series, 6, FRIDAY - timedelta(days=7))
        past = room.item(earlier, "Envoys meet in the customs house again")
        room.session.execute(update(ItemRow).where(ItemRow.id == past).values(state="accepted"))
        for outlet in ("Harbour Post", "Delta Daily", "Marsh Mail"):
            copy = room.carrier(item, outlet, f"https://{outlet.split()[0].lower()}.example/a")
            beside.is_copy(room, copy, story)
        room.carrier(item, "Ferry News", "https://ferry-news.example/fares")
    return item


def test_7_why_matched_names_rule_phrase_and_past_item_and_not_this_series_is_learnt_from(
    desk: Desk, house: House, item: int
) -> None:
    page = desk.open("ann", f"/items/{item}")
    why = page.get_by_role("region", name="Why it is here")
    row = why.get_by_role("row", name="Query")
    expect(row).to_contain_text("hits Envoys (title)")
    expect(row.locator("mark")).to_have_text("Envoys")
    expect(row).to_contain_text("+2.40")
    expect(why).to_contain_text("version 1 of the definition")
    expect(why.get_by_role("link", name="Envoys meet in the customs house again")).to_be_visible()
    expect(why).to_contain_text(re.compile(r"No\. 6 \(similarity 0\.\d\d"))
    page.get_by_role("button", name="Not this series").click()
    page.wait_for_url(re.compile(re.escape(SHEET)))
    with transaction(house.engine) as session:
        assert session.get_one(ItemRow, item).state == "rejected"
        assert session.scalars(select(DecisionRow.reason)).one() == "not this series"
        learnt = [one for one in taught.decided(session, house.series) if not one.is_wanted]
        assert len(learnt) == 1


@pytest.mark.parametrize("js", [True, False])
def test_8_copies_are_one_row_and_i_choose_whose_link_is_used(
    desk: Desk, item: int, js: bool
) -> None:
    page = desk.open("ann", f"/items/{item}", js=js)
    page.get_by_role("link", name="Tide Wire +3").click()
    tellers = page.get_by_role("region", name="Who tells it")
    expect(tellers).to_contain_text("5 stories, 2 texts.")
    tellers.get_by_role("button", name=re.compile("Use this link of Delta Daily")).click()
    expect(page.locator(".undo-line")).to_contain_text("You chose the link of Delta Daily")
    expect(page.locator(".stored .outlet")).to_have_text("Delta Daily")
    page.locator(".undo-line").get_by_role("button", name="Undo").click()
    expect(page.locator(".stored .outlet")).to_have_text("Tide Wire")


def test_11_a_source_that_changes_after_i_accepted_it_shows_its_difference_and_the_quotation(
    desk: Desk, house: House, item: int
) -> None:
    with house.newsroom() as room:
        story = beside.story_of(room, item)
        room.session.execute(update(ItemRow).where(ItemRow.id == item).values(state="accepted"))
        before = room.session.get_one(ItemRow, item).version_id
        changed = TEXT.replace("a date", "a new date")
        after = beside.changes(room, story, "correction", text=changed)
        change = room.session.execute(
            insert(ChangeRow)
            .values(
                story_id=story,
                kind="correction",
                occasion="version 2",
                version_id=after,
                before_id=before,
                said="It is a new date.",
                is_in_substance=True,
                made_by="machine:feeds",
                at=FRIDAY,
            )
            .returning(ChangeRow.id)
        ).scalar_one()
        room.session.execute(
            insert(AlertRow).values(
                item_id=item, change_id=change, bearing="own", is_task=False, raised_at=FRIDAY
            )
        )
    page = desk.open("ann", f"/items/{item}")
    alert = page.get_by_role("list", name="What happened to its sources")
    expect(alert).to_contain_text("Corrected by Tide Wire")
    alert.get_by_role("link", name="What changed").click()
    diff = page.locator("#changed")
    expect(diff.locator(".text ins")).to_contain_text("new")
    expect(page.get_by_role("region", name="Quotations", exact=True)).to_contain_text(QUOTED)
    axe(page)
    alert.get_by_role("button", name="Settled").click()
    expect(alert).to_contain_text("settled by ann")


@pytest.fixture
def web(house: House) -> Iterator[FakeHttp]:
    """A web with one story in it, and workers that would go there."""
    page = "https://lock-gazette.example/pilots"
    words = "".join(
        f"<p>{each}</p>"
        for each in (
            "Forty pilots of the upper lock left their boats at dawn and sat down on the quay.",
            "They ask for a second man on night shifts; the lock's owner calls that too dear.",
            "No vessel deeper than six metres can pass until they come back, a broker said.",
        )
    )
    body = f"<html><title>Pilots walk out | Lock Gazette</title><article>{words}</article></html>"
    http = FakeHttp(
        {
            "https://lock-gazette.example/robots.txt": Answer(
                url="https://lock-gazette.example/robots.txt", status=404, headers={}, body=b""
            ),
            page: Answer(
                url=page, status=200, headers={"content-type": "text/html"}, body=body.encode()
            ),
        }
    )
    with told.as_told_before():
        url = house.engine.url.render_as_string(hide_password=False)
        told.override(database_url=url, host_gap_seconds="0")
        sessions.engine.cache_clear()
        flow.forget()
        yield http
        sessions.engine().dispose()
        sessions.engine.cache_clear()
        flow.forget()


def work(house: House, http: FakeHttp, rounds: int = 5) -> None:
    """What workers do in so many seconds."""
    for _ in range(rounds):
        with transaction(house.engine) as session:
            session.execute(update(PastedRow).values(announced_until=None))
        waiting = pasting.due(told.settings())
        for number in waiting.wanted:
            pasting.fetch(number, told.settings(), http.get)
        for number in waiting.fetched:
            pasting.read(number, told.settings())
        flow.place_stories(told.settings())
        for number in waiting.read:
            pasting.queue(number, told.settings())


def test_18_a_link_nobody_ingested_is_in_the_queue_or_says_why_not(
    desk: Desk, house: House, item: int, web: FakeHttp
) -> None:
    with transaction(house.engine) as session:
        session.execute(update(StoryRow).values(work_state="done"))
    page = desk.open("ann", f"/items/{item}")
    page.get_by_label("Address of a story").fill("https://lock-gazette.example/pilots")
    page.get_by_role("button", name="Fetch it").click()
    expect(page.locator("#links")).to_contain_text("On its way")
    axe(page)
    work(house, web)
    # The page looks again by itself.
    expect(page.locator("#links")).to_contain_text("In the instalment: It is in the instalment.")
    page.get_by_label("Address of the story").fill("lock-gazette.example/nowhere")
    page.get_by_role("button", name="Fetch it").click()
    work(house, web, rounds=2)
    expect(page.locator("#links")).to_contain_text("could not be looked up")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"Item \d+")).click()
    expect(page.locator("h1")).to_have_text("Pilots walk out")
    expect(page.locator(".item-head")).to_contain_text("pasted by Ann Reed")


def test_i_split_a_story_off_and_take_that_back_and_merge_another_in(
    desk: Desk, house: House, item: int
) -> None:
    with house.newsroom() as room:
        other = room.item(house.instalment, "Envoys met at the customs house, says a port")
    page = desk.open("ann", f"/items/{item}")
    page.get_by_role("checkbox", name=re.compile("split off Ferry News")).check()
    page.get_by_role("button", name=re.compile("Split off what is ticked")).click()
    expect(page.get_by_role("region", name="Who tells it")).to_contain_text("4 stories, 1 text.")
    page.get_by_role("link", name=re.compile("The development")).click()
    axe(page)
    page.get_by_role("button", name=re.compile("Take it back")).click()
    expect(page.get_by_role("checkbox")).to_have_count(5)
    page.get_by_role("link", name="Look for the other one").click()
    page.get_by_label("Words in the headline").fill("says a port")
    page.get_by_role("button", name="Search").click()
    axe(page)
    page.get_by_role("button", name=re.compile("Merge it in")).click()
    expect(page.get_by_role("checkbox")).to_have_count(6)
    with transaction(house.engine) as session:
        assert session.get_one(ItemRow, other).merged_into == item
        told_now = select(MemberRow.development_id).distinct()
        assert len(session.scalars(told_now).all()) == 2  # this one, and that of a week ago


@pytest.mark.parametrize("js", [True, False])
def test_i_move_an_item_to_another_series_and_back(
    desk: Desk, house: House, item: int, js: bool
) -> None:
    with house.newsroom() as room:
        room.series("delta-talks", title="Delta Talks")
    page = desk.open("ben", f"/items/{item}", js=js)
    page.get_by_label("Move it to another series").select_option("delta-talks items")
    page.get_by_role("button", name="Move it").click()
    line = page.locator(".undo-line")
    expect(line).to_contain_text("You moved it to Delta Talks No. 1, where it is accepted")
    expect(page.locator(".item-head")).to_contain_text("Rejected")
    line.get_by_role("link", name="Look at it there").click()
    expect(page.locator(".item-head")).to_contain_text("Accepted")
    page.go_back()
    page.locator(".undo-line").get_by_role("button", name="Undo").click()
    expect(page.locator(".item-head")).to_contain_text("To decide")


def test_what_is_half_typed_outlasts_other_buttons_refusals_and_the_end_of_the_sign_in(
    desk: Desk, item: int
) -> None:
    page = desk.open("ann", f"/items/{item}")
    say = page.get_by_label("Say something")
    why = page.get_by_label("Why they tell something else")
    say.fill("Ask the harbour")
    why.fill("another town")
    page.get_by_role("button", name="Accept").click()  # another form
    expect(page.locator(".state b").first).to_have_text("Accepted")
    expect(say).to_have_value("Ask the harbour")
    expect(why).to_have_value("another town")
    expect(page.locator(".put-back").first).to_contain_text("Not sent yet")
    axe(page)
    page.goto(SHEET)  # the same form above the list
    page.locator(f"#item-{item}").get_by_role("link", name="Comment").click()
    above = page.locator("dialog").get_by_label("Say something")
    expect(above).to_have_value("Ask the harbour")
    above.fill("Ask the harbour master")
    page.keyboard.press("Escape")
    with transaction(desk.house.engine) as session:
        session.execute(update(SessionRow).values(revoked_at=SessionRow.created_at))
    page.goto(f"/items/{item}")  # the sign-in, as nobody is signed in any more
    desk.sign_in_anew(page, "ann")
    page.goto(f"/items/{item}")
    expect(say).to_have_value("Ask the harbour master")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("ol.comments")).to_contain_text("Ask the harbour master")
    expect(say).to_have_value("")
    page.reload()
    expect(say).to_have_value("")
    page.locator(".put-back").get_by_role("button", name="Drop it").click()  # the reason's
    expect(why).to_have_value("")
    page.reload()
    expect(page.locator(".put-back")).to_have_count(0)
    # Two windows in one form take no words from one another: both are there in the next.
    other = page.context.new_page()
    other.goto(f"/items/{item}")
    why.fill("in the first window")
    again = other.get_by_label("Why they tell something else")
    again.fill("in the second window")
    other.reload()
    expect(again).to_have_value("in the second window")
    expect(other.locator(".put-back")).to_contain_text("in the first window")
    again.fill("in the second window, and on")  # what was put back is gone on from, not kept twice
    other.reload()
    expect(again).to_have_value("in the second window, and on")
    expect(other.locator(".put-back .text")).to_have_text("in the first window")
    other.get_by_role("button", name="Drop it").click()
    page.reload()
    expect(page.locator(".put-back")).to_have_count(0)


def test_the_second_of_two_who_choose_a_link_is_told_of_the_first(desk: Desk, item: int) -> None:
    ann, ben = (desk.open(name, f"/items/{item}") for name in ("ann", "ben"))
    ann.get_by_role("button", name=re.compile("Use this link of Delta Daily")).click()
    expect(ann.locator(".undo-line")).to_be_visible()
    desk.expects(409)
    ben.get_by_role("button", name=re.compile("Use this link of Marsh Mail")).click()
    expect(ben.get_by_role("heading", name="Somebody was faster")).to_be_visible()
    expect(ben.locator("main")).to_contain_text("Ann Reed chose the link of Delta Daily")
    axe(ben)
    ben.get_by_role("link", name="Look at it again and decide").click()
    expect(ben.locator(".stored .outlet")).to_have_text("Delta Daily")


@pytest.mark.parametrize("how", ["light", "dark", "phone"])
def test_the_item_and_its_development_are_sound_in_light_dark_and_on_a_phone(
    desk: Desk, house: House, item: int, how: str
) -> None:
    with house.newsroom() as room:
        room.series("delta-talks", title="Delta Talks")
        development = room.development_of(item)
        room.session.execute(update(MemberRow).where(MemberRow.score == 1).values(score=0.4))
    look = {"light": {}, "dark": {"dark": True}, "phone": {"phone": True}}[how]
    page: Page = desk.open("ann", f"/items/{item}", **look)
    for one in page.locator("details > summary").all()[:4]:
        one.click()
    axe(page)
    fits(page)
    for path in (f"/developments/{development}", "/developments", f"{SHEET}/pasted"):
        page.goto(path)
        axe(page)
        fits(page)
