"""Triage by keys in a real browser: deciding, taking back, and two people at one item."""

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import insert, select, update

from store import clock, comments, decisions
from store.keys import USUAL
from store.models import AlertRow, AuditRow, ChangeRow, ItemRow, SnoozeRow, UserRow
from store.session import transaction
from tests.browser.driver import Desk, axe, fits
from tests.desk.house import SHEET
from tests.desk.newsroom import FRIDAY


def forty(desk: Desk) -> list[int]:
    """A queue of forty."""
    with desk.house.newsroom() as room:
        return [room.item(desk.house.instalment, f"Headline {n}") for n in range(1, 41)]


def few(desk: Desk) -> list[int]:
    """A queue of eight, for what does not hang on the number."""
    with desk.house.newsroom() as room:
        return [room.item(desk.house.instalment, f"Headline {n}") for n in range(1, 9)]


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def state(desk: Desk, item: int) -> str:
    with transaction(desk.house.engine) as session:
        return decisions.find(session, item).state


def row(page: Page, item: int) -> Locator:
    return page.locator(f"#item-{item}")


def test_2_two_steps_and_a_key_accept_the_second_of_forty_and_lead_on(desk: Desk) -> None:
    items = forty(desk)
    page = desk.open("ann")
    expect(page.locator("#tally")).to_contain_text("40 to decide")
    keys(page, "j", "j", "e")
    expect(row(page, items[2])).to_be_focused()
    expect(page.locator("#tally")).to_contain_text("39 to decide")
    expect(row(page, items[1])).to_have_class(re.compile(r"\baccepted\b"))  # greyed, and there
    assert state(desk, items[1]) == "accepted"
    keys(page, *"eeee")
    expect(page.locator("#tally")).to_contain_text("35 to decide")
    axe(page)


def test_2_a_single_decision_needs_no_script(desk: Desk) -> None:
    items = forty(desk)
    page = desk.open("ann", js=False)
    row(page, items[1]).get_by_role("button", name="Accept").click()
    assert page.url.endswith(f"#item-{items[2]}")
    expect(page.locator("#tally")).to_contain_text("39 to decide")
    assert state(desk, items[1]) == "accepted"


def test_3_undo_restores_three_decisions_one_by_one_and_all_is_on_record(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    keys(page, "j", "e", "x", "e")
    expect(page.locator("#tally")).to_contain_text("5 to decide")
    for taken_back, left in ((items[2], 6), (items[1], 7), (items[0], 8)):
        keys(page, "z")
        expect(page.locator("#tally")).to_contain_text(f"{left} to decide")
        expect(row(page, taken_back)).to_be_focused()
        assert state(desk, taken_back) == "queued"
    with transaction(desk.house.engine) as session:
        lines = session.execute(
            select(AuditRow.actor, AuditRow.action, AuditRow.subject_id, AuditRow.at)
            .where(AuditRow.subject_kind == "item")
            .order_by(AuditRow.id)
        ).all()
    done = [(actor, action.partition(".")[2], int(item)) for actor, action, item, _ in lines]
    ones, twos, threes = items[:3]
    assert done == [
        *(("ann", "accept", ones), ("ann", "reject", twos), ("ann", "accept", threes)),
        *(("ann", "undo", threes), ("ann", "undo", twos), ("ann", "undo", ones)),
    ]
    assert all(at for *_, at in lines)


def test_3_undo_pressed_fast_loses_none_and_stops_at_the_end(desk: Desk) -> None:
    few(desk)
    page = desk.open("ann")
    keys(page, "j", *"exexe", *"zzzzzz")
    expect(page.locator("#said")).to_have_text("There is nothing to undo.")
    expect(page.locator("#tally")).to_contain_text("8 to decide")


def test_3_where_somebody_decided_after_me_undo_asks(desk: Desk) -> None:
    items = few(desk)
    desk.expects(409)
    mine = desk.open("ann")
    keys(mine, "j", "e")
    expect(row(mine, items[0])).to_contain_text("Accepted")
    others = desk.open("ben")
    row(others, items[0]).get_by_role("button", name="Reject").click()
    expect(row(others, items[0])).to_contain_text("Rejected")
    keys(mine, "z")
    expect(mine.locator("#asks")).to_contain_text("Ben Okoro rejected it on")
    assert state(desk, items[0]) == "rejected"
    axe(mine)
    mine.get_by_role("button", name="Take back theirs and yours").click()
    expect(row(mine, items[0])).to_be_focused()
    assert state(desk, items[0]) == "queued"


def test_4_the_second_of_two_sees_who_was_faster_and_can_go_on(desk: Desk) -> None:
    items = few(desk)
    desk.expects(409)
    first, second = desk.open("ann"), desk.open("ben")
    keys(first, "j", "e")
    expect(row(first, items[0])).to_contain_text("Accepted")
    keys(second, "j", "x")
    told = row(second, items[0]).get_by_role("alert")
    expect(told).to_contain_text("Ann Reed accepted this item on")
    expect(told).to_contain_text("changed nothing")
    expect(told.locator("time")).to_have_attribute("datetime", re.compile("T"))
    assert state(desk, items[0]) == "accepted"
    axe(second)
    keys(second, "x")  # and goes on: the focus has moved to the next
    expect(second.locator("#tally")).to_contain_text("6 to decide")
    assert state(desk, items[1]) == "rejected"


def test_4_without_a_script_as_well(desk: Desk) -> None:
    items = few(desk)
    desk.expects(409)
    first, second = desk.open("ann", js=False), desk.open("ben", js=False)
    row(first, items[0]).get_by_role("button", name="Accept").click()
    row(second, items[0]).get_by_role("button", name="Reject").click()
    expect(second.get_by_role("alert")).to_contain_text("Ann Reed accepted this item on")
    assert state(desk, items[0]) == "accepted"
    row(second, items[0]).get_by_role("button", name="Reject").click()
    assert state(desk, items[0]) == "rejected"


def test_20_what_i_assign_awaits_my_colleague(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    keys(page, "j", "m", "j", "m")
    expect(page.locator("#marked")).to_contain_text("2 marked")
    keys(page, "a")
    axe(page)
    page.get_by_label("To", exact=True).select_option(label="Ben Okoro")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(row(page, items[0])).to_contain_text("for Ben Okoro")
    expect(row(page, items[1])).to_contain_text("for Ben Okoro")
    with transaction(desk.house.engine) as session:  # and a word about one of them, and of a third
        at = clock.now(session)
        comments.add(session, items[1], desk.house.ann, "Is the day right?", at=at)
        comments.add(session, items[2], desk.house.ben, "Shall we?", at=at)
        comments.add(session, items[2], desk.house.ann, "We shall.", at=at)
    hers = desk.open("ben", "/")
    expect(hers.get_by_role("region", name="Needs you")).to_contain_text("Yours to decide: 2 items")
    hers.get_by_role("link", name="Awaiting you (3)").click()
    expect(hers.locator("article.item")).to_have_count(3)
    hers.get_by_role("button", name="Accept “Headline 1”").click()
    expect(hers.locator("#tally")).to_contain_text("2 found")
    hers.goto("/")
    expect(hers.get_by_role("link", name="Awaiting you (2)")).to_be_visible()


def test_24_one_thumb_on_a_phone(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann", phone=True)
    fits(page)
    for name in ("Accept", "Reject"):
        box = row(page, items[0]).get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
    assert row(page, items[0]).locator(".summary").is_visible()  # the excerpt is in place
    comment = row(page, items[0]).get_by_role("link", name="Comment")
    expect(comment).to_be_hidden()  # the rest of a row is one press away
    row(page, items[0]).get_by_role("button", name="More of").tap()
    expect(comment).to_be_visible()
    row(page, items[0]).get_by_role("button", name="Accept").tap()
    row(page, items[1]).get_by_role("button", name="Reject").tap()
    expect(page.locator("#tally")).to_contain_text("6 to decide")
    done = row(page, items[0])
    assert done.evaluate("row => row.offsetHeight") < 64  # what was decided is one line
    expect(done.get_by_role("button", name="Undo")).to_be_hidden()
    done.get_by_role("button", name="More of").tap()
    expect(done.get_by_role("button", name="Undo")).to_be_visible()
    expect(done).to_contain_text("Accepted by you")
    for left in (7, 8):
        undo = page.locator("#undo").get_by_role("button")
        box = undo.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        undo.tap()
        expect(page.locator("#tally")).to_contain_text(f"{left} to decide")
    fits(page)
    axe(page)


def test_25_without_a_mouse_every_deed_has_a_name_and_the_focus_is_seen(desk: Desk) -> None:
    items = few(desk)
    for how in ({}, {"dark": True}):
        page = desk.open("ann", **how)  # type: ignore[arg-type]  # bools by name
        keys(page, "j")
        expect(row(page, items[0])).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
        # Tab goes through the item's own links and buttons, Enter presses them.
        button = row(page, items[0]).get_by_role("button", name="Accept “Headline 1”")
        button.focus()
        axe(page)
    keys(page, "Enter")
    expect(page.locator("#tally")).to_contain_text("7 to decide")
    expect(row(page, items[1])).to_be_focused()
    expect(row(page, items[0])).to_contain_text("Accepted by you")


def test_keys_rest_in_fields_and_may_be_switched_off_or_set_otherwise(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    keys(page, "j", "/")
    page.keyboard.type("exz")
    assert page.locator("#search").input_value() == "exz"
    assert state(desk, items[0]) == "queued"
    page.keyboard.press("Tab")
    keys(page, "?")
    help_ = page.get_by_role("dialog")
    expect(help_).to_contain_text("take back your last decision")
    axe(page)
    help_.get_by_label("accept", exact=True).fill("y")
    help_.get_by_role("button", name="Keep these").click()
    page.goto("/instalments/harbour-watch/7")
    keys(page, "j", "e", "y")
    expect(page.locator("#tally")).to_contain_text("7 to decide")
    page.goto("/keys")
    page.get_by_label("Single keys are on").uncheck()
    page.get_by_role("button", name="Keep these").click()
    page.goto("/instalments/harbour-watch/7")
    keys(page, "j", "y")
    expect(page.locator("#tally")).to_contain_text("7 to decide")


KEYS = "jkoveszxacdwmfgz/?"  # of desk.md, each pressed below


def changed_at_its_source(desk: Desk, item: int) -> None:
    """The outlet has told the item's story otherwise since."""
    with transaction(desk.house.engine) as session:
        story, first = session.execute(
            select(ItemRow.story_id, ItemRow.version_id).where(ItemRow.id == item)
        ).one()
        values = {"is_in_substance": True, "made_by": "tests", "at": FRIDAY, "before_id": first}
        told = insert(ChangeRow).values(
            story_id=story, kind="update", occasion="tests", version_id=first, said="", **values
        )
        change = session.scalars(told.returning(ChangeRow.id)).one()
        alert = {"item_id": item, "change_id": change, "bearing": "own", "is_task": False}
        session.execute(insert(AlertRow).values(raised_at=FRIDAY, **alert))


def test_every_key_does_what_its_button_does(desk: Desk) -> None:  # noqa: PLR0915  # key by key
    reasons = [{"reason": "query", "weight": 1.0, "text": said} for said in ("a", "another one")]
    item = desk.house.item("Headline 1", why=tuple(reasons))
    for number in (2, 3, 4):
        desk.house.item(f"Headline {number}")
    changed_at_its_source(desk, item)
    page = desk.open("ann")
    page.context.route("https://meridian.example/**", lambda route: route.fulfill(body="its page"))
    first, second = row(page, item), page.locator("article.item").nth(1)
    dialog = page.get_by_role("dialog")

    assert not set(USUAL.values()) - set(KEYS)
    named = set(USUAL) - {"original", "go"}  # the headline itself, and the links above
    for name in named - {"undo"}:
        expect(page.locator(f'[data-do="{name}"]').first).to_be_visible()
    expect(page.locator("[data-go]")).to_have_count(3)

    keys(page, "j", "j")
    expect(second).to_be_focused()
    keys(page, "k")
    expect(first).to_be_focused()
    with page.context.expect_page() as opened:
        keys(page, "v")
    assert opened.value.url == "https://meridian.example/envoys"
    opened.value.close()
    keys(page, "w")
    expect(first.get_by_text("another one")).to_be_visible()
    keys(page, "f")
    expect(first.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    keys(page, "m")
    expect(page.locator("#marked")).to_contain_text("1 marked")
    keys(page, "m")
    for key, said in (("s", "Put off"), ("a", "Assign"), ("c", "Comments"), ("?", "Keys")):
        keys(page, key)
        expect(dialog.get_by_role("heading", name=said, exact=True)).to_be_visible()
        keys(page, "e", "Escape")  # in a window above the list no key decides
    keys(page, "/")
    expect(page.locator("#search")).to_be_focused()
    keys(page, *"exsacdwmfzvo", "Escape")
    page.locator("#search").blur()
    expect(page.locator("#tally")).to_contain_text("4 to decide 0 accepted 0 rejected")
    keys(page, "x")
    expect(first).to_contain_text("Rejected")
    expect(page.locator('[data-do="undo"]')).to_be_visible()
    keys(page, "z")
    expect(page.locator("#tally")).to_contain_text("4 to decide")
    keys(page, "e")
    expect(page.locator("#tally")).to_contain_text("1 accepted")
    page.get_by_role("button", name="Previous").click()
    expect(first).to_be_focused()
    keys(page, "d")
    page.wait_for_url("**/alerts/*")
    for key, place in (("q", "**/queue"), ("s", "**/series"), ("i", "**/")):
        keys(page, "g", key)
        page.wait_for_url(place)
    page.goto(SHEET)
    keys(page, "j", "Enter")
    page.wait_for_url(f"**/items/{item}")


def test_the_keys_work_on_the_page_of_one_item_as_well(desk: Desk) -> None:
    [item, other] = [desk.house.item(f"Headline {n}") for n in (1, 2)]
    page = desk.open("ann", f"/items/{item}")
    keys(page, "j")
    page.wait_for_url(f"**/items/{other}")
    keys(page, "j")
    expect(page.get_by_role("status").last).to_have_text("This is the last item.")
    page.get_by_role("link", name="Next to decide").click()
    page.wait_for_url(f"**/items/{item}")
    keys(page, "e")
    expect(page.locator(".state b")).to_have_text("Accepted")
    keys(page, "f")
    expect(page.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    keys(page, "c")
    expect(page).to_have_url(re.compile("#comments$"))
    page.get_by_label("Say something").fill("Ask her again")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comments")).to_contain_text("Ask her again")
    keys(page, "a")
    page.get_by_label("To", exact=True).select_option(label="Ben Okoro")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".tools")).to_contain_text("For Ben Okoro")
    keys(page, "z")
    expect(page.locator(".state b")).to_have_text("To decide")
    keys(page, "m")
    expect(page.locator("#said")).to_have_text("Marks are for lists.")
    axe(page)
    fits(page)


def test_put_off_comes_back_by_itself(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    for item in items[:2]:
        row(page, item).get_by_role("link", name="Put off").click()
        page.get_by_role("dialog").get_by_role("button", name="Put off").click()
        expect(row(page, item)).to_contain_text("Put off until")
    expect(page.locator("#tally")).to_contain_text("6 to decide 0 accepted 0 rejected 2 put off")
    keys(page, "z")
    expect(page.locator("#tally")).to_contain_text("7 to decide 0 accepted 0 rejected 1 put off")
    with transaction(desk.house.engine) as session:  # its time goes by
        session.execute(update(SnoozeRow).values(until=FRIDAY))
    page.evaluate("htmx.trigger('#pulse', 'look')")
    expect(page.locator("#tally")).to_contain_text("8 to decide")
    page.reload()
    expect(row(page, items[0])).to_contain_text("to decide")
    with transaction(desk.house.engine) as session:
        done = select(AuditRow.actor).where(AuditRow.action == "item.return")
        assert session.scalars(done).all() == ["machine:desk"]


def test_marks_outlast_loading_the_page_again_and_are_for_all_of_them(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    keys(page, "j", "m", "j", "m", "f")
    expect(row(page, items[1]).get_by_role("button", name="Star")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.reload()
    expect(page.locator("#marked")).to_contain_text("2 marked")
    expect(row(page, items[0]).get_by_role("button", name="Mark")).to_have_attribute(
        "aria-pressed", "true"
    )
    keys(page, "x")
    expect(page.locator("#tally")).to_contain_text("6 to decide 0 accepted 2 rejected")
    expect(page.locator("#marked")).to_be_hidden()
    page.reload()
    expect(page.locator("#marked")).to_be_hidden()


def test_the_queue_tells_of_what_is_new_and_leaves_the_focus(desk: Desk) -> None:
    few(desk)
    page = desk.open("ann", "/queue?outlet=Meridian")
    keys(page, "j", "j")
    mine = page.evaluate("document.activeElement.id")
    desk.house.item("Headline 9", outlet="Meridian Wire")
    desk.house.item("Of somebody else", outlet="Ferry Times")
    page.evaluate("htmx.trigger('#pulse', 'look')")
    expect(page.locator("#pulse")).to_contain_text("1 new: load again")
    expect(page.locator("#tally")).to_have_text("9 found")
    assert page.evaluate("document.activeElement.id") == mine
    expect(page.locator("article.item")).to_have_count(8)
    axe(page)
    page.get_by_role("link", name="1 new").click()
    expect(page.locator("article.item")).to_have_count(9)
    assert page.url.endswith("/queue?outlet=Meridian")


def test_comments_and_stars_stand_on_the_row(desk: Desk) -> None:
    items = few(desk)
    page = desk.open("ann")
    keys(page, "j", "f")
    expect(row(page, items[0]).get_by_role("button", name="Star")).to_have_attribute(
        "aria-pressed", "true"
    )
    keys(page, "c")
    page.get_by_label("Say something").fill("Ask the <b>harbour master</b>")
    page.get_by_role("button", name="Comment").click()
    expect(row(page, items[0])).to_contain_text("1 comment")
    expect(row(page, items[0])).to_be_focused()
    with transaction(desk.house.engine) as session:
        assert session.scalar(select(UserRow.id).where(UserRow.name == "ann"))


def test_the_page_tells_of_what_is_new_without_moving_anything(desk: Desk) -> None:
    items = few(desk)
    page, other = desk.open("ann"), desk.open("ben")
    keys(page, "j", "j")
    desk.house.item("Headline 9")
    keys(other, "j", "e")
    expect(row(other, items[0])).to_contain_text("Accepted")
    page.evaluate("htmx.trigger('#pulse', 'look')")
    expect(page.locator("#pulse")).to_contain_text("1 new below")
    expect(page.locator("#pulse")).to_contain_text("Ben Okoro is here, too")
    expect(page.locator("#tally")).to_contain_text("8 to decide 1 accepted")
    expect(row(page, items[1])).to_be_focused()
    expect(page.locator("article.item")).to_have_count(8)
    axe(page)
