"""Writing in a real browser: nothing typed is lost, whoever else writes and whatever breaks."""

from datetime import timedelta
from urllib.parse import parse_qs

from playwright.sync_api import Page, Route, expect
from sqlalchemy import select, update

from store.models import ItemRow, ItemTextRow, SessionRow
from store.session import transaction
from tests.browser.driver import Desk, axe, fits
from tests.desk.house import SHEET
from tests.desk.newsroom import FRIDAY
from tests.desk.writing_desk import PRICE, accepted

WRITE = f"{SHEET}/write"


def text_of(desk: Desk, item: int) -> str:
    """An item's text as the desk has it."""
    with transaction(desk.house.engine) as session:
        asked = select(ItemTextRow.markdown).where(ItemTextRow.item_id == item)
        return session.scalars(asked.order_by(ItemTextRow.number.desc())).first() or ""


def write(page: Page, words: str) -> None:
    """Type at the end of the text, key by key."""
    field = page.get_by_label("Text", exact=True)
    field.press("Control+End")
    field.press_sequentially(words)


def saved(page: Page) -> None:
    expect(page.locator("#write .save-state")).to_contain_text("Saved at")


def test_what_was_typed_is_saved_by_itself_within_two_seconds_also_while_one_goes_on_typing(
    desk: Desk,
) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    words = "They met until midnight and on."  # at ten a second, three seconds
    with page.expect_response(lambda one: one.url.endswith("/write")) as first:
        page.get_by_label("Text", exact=True).press_sequentially(words, delay=100)
    # However slow the machine, no more than ten keys go by in a second: these are two and a half.
    sent = parse_qs(first.value.request.post_data or "")["markdown"][0]
    assert 0 < len(sent) <= 25
    saved(page)
    assert text_of(desk, item) == words


def test_a_browser_that_is_killed_leaves_its_text_and_it_is_offered_again(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    context = page.context
    context.set_offline(True)  # nothing it says reaches the desk any more, its last words neither
    write(page, "Not yet at the desk")
    page.get_by_role("textbox", name="Headline").fill("Envoys met at last")
    expect(page.locator("#write .save-state")).to_contain_text("cannot be reached")
    again = context.new_page()
    page.close()
    context.set_offline(False)
    again.goto(f"/items/{item}")
    offered = again.get_by_role("alert").filter(has_text="This browser holds a text")
    expect(offered).to_contain_text("Not yet at the desk")
    kept = again.evaluate("Object.keys(localStorage).filter((one) => one.startsWith('writing '))")
    whose = f"writing {desk.house.ann.id} "  # nobody else is offered it in this browser
    assert kept
    assert all(one.startswith(whose) for one in kept), kept
    offered.get_by_role("button", name="Take it up").click()
    saved(again)
    assert text_of(desk, item) == "Not yet at the desk"
    with transaction(desk.house.engine) as session:
        assert session.get_one(ItemRow, item).headline == "Envoys met at last"
    desk.troubles.clear()  # the line was cut on purpose


def test_two_quick_saves_on_a_slow_line_are_no_conflict(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    held: list[Route] = []
    is_slow = [True]
    page.route("**/write", lambda route: held.append(route) if is_slow[0] else route.continue_())
    write(page, "One")
    page.locator("#write").get_by_role("button", name="Save").click()
    write(page, " two")
    page.locator("#write").get_by_role("button", name="Save").click()
    expect(page.locator("#write .save-state")).to_have_text("Not saved yet")
    assert len(held) == 1  # one in flight; the next waits for its answer
    is_slow[0] = False
    held[0].continue_()
    saved(page)
    expect(page.locator(".conflict")).to_have_count(0)
    assert text_of(desk, item) == "One two"


def test_who_was_slower_sees_who_and_when_and_puts_both_together(desk: Desk) -> None:
    item = accepted(desk.house)
    ann = desk.open("ann", f"/items/{item}")
    write(ann, "They met on Monday in the house.")
    saved(ann)
    ben = desk.open("ben", f"/items/{item}")
    desk.expects(409)
    field = ann.get_by_label("Text", exact=True)
    field.fill("They met on Tuesday in the house.")
    ann.locator("#write").get_by_role("button", name="Save").click()
    saved(ann)
    write(ben, " Nobody left.")
    box = ben.locator(".conflict")
    expect(box).to_contain_text("Ann Reed changed this at")
    expect(box.locator("ins")).not_to_have_count(0)
    axe(ben)
    write(ben, " Not one.")  # typing goes on while the question stands
    box.get_by_role("button", name="Put both together").click()
    saved(ben)
    assert text_of(desk, item) == "They met on Tuesday in the house. Nobody left. Not one."


def test_theirs_can_be_taken_and_mine_stays_among_the_versions(desk: Desk) -> None:
    item = accepted(desk.house)
    ben = desk.open("ben", f"/items/{item}")
    ann = desk.open("ann", f"/items/{item}")
    desk.expects(409)
    write(ann, "Theirs.")
    saved(ann)
    write(ben, "Mine.")
    ben.get_by_role("button", name="Take theirs").click()
    expect(ben.get_by_label("Text", exact=True)).to_have_value("Theirs.")
    expect(ben.locator("#write [name=based_on]")).to_have_value("3")
    with transaction(desk.house.engine) as session:
        kept = session.scalars(select(ItemTextRow.markdown).order_by(ItemTextRow.number)).all()
    assert kept == ["Theirs.", "Mine.", "Theirs."]


def test_theirs_is_taken_once_mine_is_saved_however_long_the_line_is_down(desk: Desk) -> None:
    item = accepted(desk.house)
    ben = desk.open("ben", f"/items/{item}")
    ann = desk.open("ann", f"/items/{item}")
    desk.expects(409)
    write(ann, "Theirs.")
    saved(ann)
    write(ben, "Mine.")
    take = ben.get_by_role("button", name="Take theirs")
    expect(take).to_be_visible()
    ben.route("**/write", lambda route: route.fulfill(status=503))  # the line is down just now
    desk.expects(503)
    take.click()
    expect(ben.locator(".save-state")).to_contain_text("theirs is taken as soon as yours is saved")
    expect(ben.get_by_label("Text", exact=True)).to_have_value("Mine.")
    ben.unroute("**/write")
    ben.locator("#write").get_by_role("button", name="Save").click()
    expect(ben.get_by_label("Text", exact=True)).to_have_value("Theirs.")
    expect(ben.locator("#write [name=based_on]")).to_have_value("3")
    with transaction(desk.house.engine) as session:
        kept = session.scalars(select(ItemTextRow.markdown).order_by(ItemTextRow.number)).all()
    assert kept == ["Theirs.", "Mine.", "Theirs."]


def test_a_sign_in_that_ended_keeps_the_text_and_says_so(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    with transaction(desk.house.engine) as session:
        session.execute(update(SessionRow).values(revoked_at=SessionRow.created_at))
    write(page, "Still here")
    expect(page.locator("#write .save-state")).to_contain_text("Your sign-in has ended")
    expect(page.get_by_label("Text", exact=True)).to_have_value("Still here")
    assert page.evaluate("Object.values(localStorage).join()").count("Still here") == 1
    desk.sign_in_anew(page, "ben")  # in another window of the same browser
    desk.expects(403)  # the page is still Ann's
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#write .save-state")).to_contain_text("somebody else has signed in")
    write(page, " and mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#write .save-state")).to_contain_text("somebody else has signed in")
    assert text_of(desk, item) == ""  # not in Ben's name
    desk.sign_in_anew(page, "ann")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page)
    assert text_of(desk, item) == "Still here and mine"


def test_whoever_has_an_item_open_is_named_to_the_others(desk: Desk) -> None:
    item = accepted(desk.house)
    ann = desk.open("ann", f"/items/{item}")
    expect(ann.get_by_label("Text", exact=True)).to_be_visible()
    with ann.expect_response("**/presence"):
        ann.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ben = desk.open("ben", f"/items/{item}")
    expect(ben.locator("#presence")).to_have_text("Ann Reed is editing this item")


def test_a_quotation_goes_into_the_text_by_one_press_and_is_checked(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    page.locator("#quotes .offered button", has_text="Into the text").first.click()
    expect(page.get_by_label("Text", exact=True)).to_have_value(
        f"“{PRICE}” (Ida Holm, the harbour master)"
    )
    saved(page)
    page.get_by_label("Text", exact=True).focus()
    expect(page.locator("#quotes .quote-check b")).to_have_text("Word for word in the source")


def test_every_quotation_is_checked_and_only_words_count(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    write(
        page,
        '"Nobody spoke of [the] price of grain" and “The bell will ring when the boat comes” '
        "and “nothing of this was ever said”.",
    )
    saved(page)
    checks = page.locator("#quotes .quote-check b")
    expect(checks).to_have_text(
        [
            "Word for word in the source",
            "Differs from its source",
            "Not found in its source",
        ]
    )
    expect(page.locator("#quotes .noted")).to_contain_text("inserted: [the]")
    expect(page.locator("#quotes del")).to_contain_text("boat")


def test_marks_are_set_by_the_toolbar_and_by_typing_and_no_key_is_taken(desk: Desk) -> None:
    item = accepted(desk.house)
    page = desk.open("ann", f"/items/{item}")
    write(page, "bell")
    field = page.get_by_label("Text", exact=True)
    field.press("Control+A")
    page.get_by_role("button", name="Bold").click()
    expect(field).to_have_value("**bell**")
    field.fill("bell")
    field.press("Control+A")
    field.press("*")
    expect(field).to_have_value("*bell*")
    page.get_by_role("button", name="Bold").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Italic")).to_be_focused()


def test_items_are_ordered_by_keys_and_the_preview_follows(desk: Desk) -> None:
    one, two = accepted(desk.house, "One ferry"), accepted(desk.house, "Two ferries")
    page = desk.open("ann", WRITE)
    order = page.locator("#order .order-item > p > a")
    expect(order).to_have_text(["One ferry", "Two ferries"])
    page.locator(f"#up-{two}").focus()
    page.keyboard.press("Enter")
    expect(order).to_have_text(["Two ferries", "One ferry"])
    expect(page.locator(f"#up-{two}")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(order).to_have_text(["One ferry", "Two ferries"])
    expect(page.locator("#piece li, #piece p").filter(has_text="— Meridian")).to_have_count(0)
    expect(page.locator("#piece p").filter(has_text="ferr")).to_have_text(
        [
            "— On Wednesday, Meridian Wire reported: One ferry",
            "— On Wednesday, Meridian Wire reported: Two ferries",
        ]
    )
    with transaction(desk.house.engine) as session:
        assert session.get_one(ItemRow, one).touched_at or session.get_one(ItemRow, two).touched_at


def test_an_item_is_dragged_to_another_section(desk: Desk) -> None:
    accepted(desk.house, "One ferry")
    two = accepted(desk.house, "Two ferries")
    page = desk.open("ann", WRITE)
    page.locator(f"#order-{two} .handle").drag_to(page.locator("[data-section=lead]"))
    expect(page.locator("[data-section=lead] .order-item")).to_contain_text("Two ferries")


def test_the_lead_is_written_beside_a_preview_that_follows(desk: Desk) -> None:
    accepted(desk.house)
    waiting = accepted(desk.house, "The bell", text="“Not one ship came in that week,” he said.")
    with transaction(desk.house.engine) as session:
        session.execute(update(ItemRow).where(ItemRow.id == waiting).values(state="queued"))
    page = desk.open("ann", WRITE, width=800)
    lead = page.get_by_label("Lead", exact=True).first
    lead.fill("The *story*: “Not one ship came in that week,” he said. “No ship ever came.”")
    expect(page.locator("#piece em").first).to_have_text("story")
    checks = page.locator("#checks .quote")  # of items that wait as well
    found = checks.filter(has_text="Not one ship")
    expect(found).to_contain_text("Word for word in the source")
    expect(found).to_contain_text("of The bell, which is not accepted yet")
    expect(checks.filter(has_text="No ship ever")).to_contain_text("Not found")
    axe(page)
    piece = page.locator(".write-preview .piece")
    assert (
        piece.evaluate("one => getComputedStyle(one).overflowY") == "visible"
    )  # no box of its own
    desk.expects(409)
    page.goto(f"{SHEET}/approval")
    page.get_by_role("button", name="Send to review").click()
    page.get_by_role("button", name="Call it ready").click()
    expect(page.locator(".objections")).to_contain_text(
        "The bell: the lead quotes from it, and it is not accepted: accept it, or leave out"
    )


def test_ready_is_refused_while_a_quotation_is_not_its_sources_and_a_fact_is_lacking(
    desk: Desk,
) -> None:
    _refused(desk, js=True)


def test_ready_is_refused_without_a_script_too(desk: Desk) -> None:
    _refused(desk, js=False)


def _refused(desk: Desk, *, js: bool) -> None:
    """Scenario 10: differs blocks; unavailable needs a chief's word; then it goes on."""
    item = accepted(desk.house, url=None, published=None)
    page = desk.open("ann", f"/items/{item}", js=js)
    page.get_by_label("Text", exact=True).fill("“Nobody spoke of the cost of grain,” said she.")
    page.locator("#write").get_by_role("button", name="Save").click()
    if js:
        saved(page)
    desk.expects(409)
    page.goto(f"{SHEET}/approval")
    page.get_by_role("button", name="Send to review").click()
    page.get_by_role("button", name="Call it ready").click()
    objections = page.locator(".objections li")
    expect(objections).to_have_count(3)
    for words in ("it has no link", "gives no date", "a quotation differs from its source"):
        expect(page.locator(".objections")).to_contain_text(words)
    objections.first.get_by_role("link").click()
    assert page.url.endswith(f"/items/{item}")
    page.get_by_label("Link", exact=True).fill("https://meridian.example/1")
    page.get_by_label("Day", exact=True).fill("Monday")
    page.get_by_label("Text", exact=True).fill("“Nobody spoke of the price of grain,” said she.")
    page.locator("#write").get_by_role("button", name="Save").click()
    if js:
        saved(page)
    page.goto(f"{SHEET}/approval")
    page.get_by_role("button", name="Call it ready").click()
    expect(page.locator(".state b")).to_have_text("Ready")


def test_an_unavailable_source_needs_the_word_of_a_person_with_a_reason(desk: Desk) -> None:
    item = accepted(desk.house, text="")
    page = desk.open("ann", f"/items/{item}")
    write(page, "“Nobody spoke of the price of grain,” said she.")
    saved(page)
    page.reload()
    expect(page.locator("#quotes .quote-check b")).to_have_text("Its source is unavailable")
    page.get_by_label("How do you know that it is right").fill("I heard it myself")
    page.get_by_role("button", name="Vouch for it").click()
    expect(page.locator("#quotes")).to_contain_text("Ann Reed vouches for it: I heard it myself")
    page.goto(f"{SHEET}/approval")
    expect(page.locator("#main")).to_contain_text("Nothing.")


def test_the_previous_instalments_stand_at_the_foot_and_may_be_changed(desk: Desk) -> None:
    """Scenario 17."""
    accepted(desk.house)
    with desk.house.newsroom() as room:
        for number, weeks in ((5, 2), (6, 1)):
            room.instalment(
                desk.house.series,
                number,
                FRIDAY - timedelta(weeks=weeks),
                f"Harbour Watch: {number}",
            )
    page = desk.open("ann", f"{SHEET}/preview")
    foot = page.locator("#piece li")
    expect(foot).to_have_text(["Harbour Watch: 6", "Harbour Watch: 5"])
    page.goto(WRITE)
    page.get_by_label("Previous instalments").fill("The bell | https://review.example/bell")
    expect(page.locator("#piece li a")).to_have_attribute("href", "https://review.example/bell")


def test_the_pages_of_writing_are_sound_in_light_dark_and_on_a_phone(desk: Desk) -> None:
    item = accepted(desk.house)
    accepted(desk.house, "Two ferries", section="primary")
    for how in ({}, {"dark": True}, {"phone": True}):
        page = desk.open("ann", WRITE, **how)
        for path in (WRITE, f"{SHEET}/preview", f"/items/{item}", f"/items/{item}/versions"):
            page.goto(path)
            axe(page)
            fits(page)
