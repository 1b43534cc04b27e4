"""Writing at the desk without a script: texts, versions, quotations, order, and the piece."""

import json

from sqlalchemy import func, select

from store.models import AuditRow, ItemQuoteRow, ItemRow, ItemTextRow
from store.session import transaction
from tests.desk.browser import Answer, Browser, Element
from tests.desk.house import SHEET, House
from tests.desk.writing_desk import BELL, PRICE, accepted

WRITE = f"{SHEET}/write"
SCRIPT = {"accept": "application/json"}


def fields_of(page: Element, form_id: str = "write") -> dict[str, str]:
    """What a form would send: its inputs and textareas, those outside it included."""
    form = page.one("form", id=form_id)
    fields = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in form.all("input")
        if "name" in one.attributes
    }
    for one in page.all("textarea"):
        if one in list(form.all("textarea")) or one.attributes.get("form") == form_id:
            raw = "".join(part for part in one.inside if isinstance(part, str))
            fields[one.attributes["name"]] = raw.removeprefix("\n")
    return fields


def save(browser: Browser, item: int, *, script: bool = False, **changed: str) -> Answer:
    """Save an item's form as it is now, with these fields changed."""
    fields = fields_of(browser.get(f"/items/{item}").page)
    return browser.send(f"/items/{item}/write", fields | changed, SCRIPT if script else None)


def test_a_text_is_saved_by_its_button_and_stands_there_again(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    text = "They *met*.\r\n\r\nUntil midnight <b>."
    page = browser.follow(save(browser, item, markdown=text)).page
    assert fields_of(page)["markdown"] == "They *met*.\n\nUntil midnight <b>."
    with transaction(house.engine) as session:
        row = session.scalars(select(ItemRow)).one()
        assert row.touched_at is not None
        assert row.version == 1  # nobody's decision is overtaken by a text
        lines = select(AuditRow.action).where(AuditRow.action.like("item.%"))
        assert session.scalars(lines).all() == ["item.write"]


def test_a_save_that_changes_nothing_touches_nothing(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    save(browser, item)
    with transaction(house.engine) as session:
        assert session.scalars(select(func.count(ItemTextRow.id))).one() == 0
        assert session.scalars(select(ItemRow.touched_at)).one() is None


def test_who_was_slower_is_told_who_and_gets_both_texts_put_together(house: House) -> None:
    item = accepted(house)
    ann, ben = house.signed_in("ann"), house.signed_in("ben")
    save(ann, item, markdown="The envoys met on Monday in the house.")
    page = ben.get(f"/items/{item}").page
    save(ann, item, markdown="The envoys met on Tuesday in the house.", tab="another")
    fields = fields_of(page) | {"markdown": "The envoys met on Monday in the old house."}
    answer = ben.send(f"/items/{item}/write", fields)
    assert answer.status == 409
    assert answer.page.one("h1").text == "Ann Reed has changed this meanwhile"
    together = answer.page.one("textarea", id="together")
    assert together.text == "The envoys met on Tuesday in the old house."
    assert [one.text for one in answer.page.all("ins")]
    form = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in answer.page.all("input")
        if "name" in one.attributes
    }
    sent = form | {"markdown": together.text, "base": ""}
    assert ben.send(f"/items/{item}/write", sent).status == 303
    assert fields_of(ann.get(f"/items/{item}").page)["markdown"] == together.text


def test_two_saves_of_one_tab_are_one_version_and_no_conflict_whatever_order_they_come_in(
    house: House,
) -> None:
    item = accepted(house)
    browser = house.signed_in()
    fields = fields_of(browser.get(f"/items/{item}").page)
    for turn, text, stands in (
        ("1", "One", "One"),
        ("3", "One two three", "One two three"),  # the answer to the first was lost
        ("2", "One two", "One two three"),  # came late
        ("3", "One two three", "One two three"),  # sent twice
    ):
        answer = browser.send(
            f"/items/{item}/write", fields | {"markdown": text, "turn": turn}, SCRIPT
        )
        assert answer.status == 200
        shown = fields_of(browser.get(f"/items/{item}").page)
        assert shown["markdown"] == stands
    with transaction(house.engine) as session:
        assert session.scalars(select(ItemTextRow.number)).all() == [1]
        written = select(func.count(AuditRow.id)).where(AuditRow.action == "item.write")
        assert session.scalars(written).one() == 1


def test_a_script_gets_facts_and_the_quotations_anew(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    answer = save(browser, item, script=True, markdown=f"She said: “{PRICE}” and left.")
    told = json.loads(answer.body)
    assert (told["made"], told["problems"]) == (1, [])
    assert "Word for word" in told["fragment"]


def test_quotations_are_found_in_the_text_and_checked_with_their_differences(
    house: House,
) -> None:
    item = accepted(house)
    browser = house.signed_in()
    text = (
        "“Nobody spoke of the cost of grain,” she said; “The bell [of the ferry] will ring when "
        "the ferry comes” and 'so', “so” and “nothing like this stands there at all”."
    )
    page = browser.follow(save(browser, item, markdown=text)).page
    quotes = page.one("section", id="quotes")
    checks = [
        " ".join(one.attributes["class"].split()) for one in quotes.all("p", class_="quote-check")
    ]
    assert checks == ["quote-check differs", "quote-check exact", "quote-check not_found"]
    assert [one.text for one in quotes.all("del")] == ["here: cost"]
    assert [one.text for one in quotes.all("ins")] == ["there: price"]
    assert "inserted: [of the ferry]" in quotes.text


def test_a_quotation_of_the_source_goes_into_the_text_with_its_place_kept(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    page = browser.get(f"/items/{item}").page
    button = next(
        one for one in page.all("button", name="insert") if one.attributes["data-insert"] == PRICE
    )
    answer = save(browser, item, markdown="They met.", insert=button.attributes["value"])
    page = browser.follow(answer).page
    assert fields_of(page)["markdown"] == (f"They met.\n\n“{PRICE}” (Ida Holm, the harbour master)")
    with transaction(house.engine) as session:
        row = session.scalars(select(ItemQuoteRow)).one()
        assert (row.quote_id, row.place, row.check) == (
            int(button.attributes["value"]),
            "text",
            "exact",
        )
    page = browser.follow(save(browser, item, markdown="They met.")).page
    assert "Chosen, and not in the text" in page.one("section", id="quotes").text


def test_quotations_are_chosen_ordered_worded_and_left_out(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    for words in (PRICE, BELL):
        page = browser.get(f"/items/{item}").page
        button = next(one for one in page.all("button", name="choose") if words in one.text)
        save(browser, item, choose=button.attributes["value"])

    def below() -> list[tuple[int, str, str]]:
        with transaction(house.engine) as session:
            row = ItemQuoteRow
            asked = select(row.id, row.text, row.check).order_by(row.position)
            return [(one.id, one.text, one.check) for one in session.execute(asked)]

    def press_named(name: str, value: str) -> None:
        fields = fields_of(browser.get(f"/items/{item}").page)
        browser.send(f"/items/{item}/write", fields | {name: value})

    first, second = below()
    assert [first[1], second[1]] == [PRICE, BELL]
    assert {first[2], second[2]} == {"exact"}
    press_named("raise", str(second[0]))
    assert [one[1] for one in below()] == [BELL, PRICE]
    press_named(f"quote-{first[0]}", "Nobody spoke of grain,")
    assert below()[1][1:] == ("Nobody spoke of grain,", "differs")
    save(browser, item, drop=str(second[0]))
    assert [one[1] for one in below()] == ["Nobody spoke of grain,"]


def test_the_fields_beside_the_text_are_taken_over_and_what_cannot_be_is_told(
    house: House,
) -> None:
    item = accepted(house)
    browser = house.signed_in()
    answer = save(
        browser, item, script=True, headline="Envoys part", link="javascript:alert(1)", day="Monday"
    )
    assert "no address of the web" in json.loads(answer.body)["problems"][0]
    with transaction(house.engine) as session:
        row = session.scalars(select(ItemRow)).one()
        assert (row.headline, row.link, row.day, row.version) == ("Envoys part", None, "Monday", 2)
    save(browser, item, attribution="")
    page = browser.get(f"/items/{item}").page
    assert fields_of(page)["attribution"] == "On Monday, Meridian Wire reported"


def test_versions_are_listed_compared_and_taken_up_again(house: House) -> None:
    item = accepted(house)
    browser = house.signed_in()
    for text in ("One ferry sails.", "Two ferries sail today.", "Nobody sails."):
        save(browser, item, markdown=text, tab=text)
    path = f"/items/{item}/versions"
    page = browser.get(f"{path}?from=1&to=2").page
    assert [one.text for one in page.all("del")] == ["One ferry sails"]
    assert [one.text for one in page.all("ins")] == ["Two ferries sail today"]
    answer = browser.press("Take up version 1 again", on=browser.get(path).page)
    assert fields_of(browser.follow(answer).page)["markdown"] == "One ferry sails."
    assert "version 4" in browser.get(path).page.one("h2", id="heading-diff").text


def test_title_lead_and_section_texts_are_saved_each_by_itself(house: House) -> None:
    accepted(house, section="items")
    browser = house.signed_in()
    page = browser.get(WRITE).page
    for form_id, text in (
        ("text-title", "Harbour Watch: The bell"),
        ("text-lead", f"The week's story: “{PRICE}” said Ida Holm."),
        ("text-section-items", "In short, they don't, won't, can't."),
        ("text-previous", "Harbour Watch: Before | https://review.example/before"),
    ):
        fields = fields_of(page, form_id) | {"markdown": text}
        assert browser.send(WRITE, fields).status == 303
    preview = browser.get(f"{SHEET}/preview").page
    piece = preview.one("div", id="piece")
    # "They don't" is two words, as whoever writes to a length counts them.
    assert preview.one("span", class_="length").text == f"{len(piece.text.split())} words"
    assert piece.one("h1").text == "Harbour Watch: The bell"
    assert [one.text for one in piece.all("h2")] == [
        "In other diplomatic news,",
        "Foreign ministry news:",
        "Previous instalments",
    ]
    for words in ("The week's story:", "In short,", "No ministry news found", "Envoys meet"):
        assert words in piece.text
    assert "https://review.example/before" in [one.attributes["href"] for one in piece.all("a")]
    with transaction(house.engine) as session:
        assert session.scalars(select(ItemQuoteRow.place)).all() == ["lead"]
    assert browser.send(WRITE, fields | {"field": "section:nowhere"}).status == 404


def test_items_are_moved_by_buttons_within_and_between_sections(house: House) -> None:
    one, two, three = (accepted(house, name) for name in ("One", "Two", "Three"))
    browser = house.signed_in()

    def order() -> list[str]:
        parts = browser.get(WRITE).page.one("section", id="order").all("section")
        return [
            f"{part.attributes['data-section']}: {item.one('a').text}"
            for part in parts
            for item in part.all("li", class_="order-item")
        ]

    def press(item: int, way: str) -> int:
        page = browser.get(WRITE).page
        return browser.press(way, on=page.one("li", id=f"order-{item}")).status

    assert order() == ["items: One", "items: Two", "items: Three"]
    assert press(three, "Up") == 303
    assert press(one, "Up") == 303
    assert order() == ["lead: One", "items: Three", "items: Two"]
    assert press(one, "Down") == 303
    assert press(one, "Down") == 303
    assert order() == ["items: Three", "items: One", "items: Two"]
    page = browser.get(WRITE).page
    stale = {"token": fields_of(page, "text-title")["token"], "version": "1", "way": "up"}
    assert browser.send(f"/items/{one}/place", stale).status == 409
    version = page.one("li", id=f"order-{two}").attributes["data-version"]
    sent = stale | {"version": version, "way": "", "section": "primary"}
    assert browser.send(f"/items/{two}/place", sent).status == 303
    assert order()[-1] == "primary: Two"
    with transaction(house.engine) as session:
        asked = select(AuditRow.detail).where(AuditRow.action == "item.move")
        detail = session.scalars(asked.order_by(AuditRow.id.desc())).first()
    assert detail is not None
    assert (detail["from"], detail["to"]) == ("items", "primary")
    assert browser.send(f"/items/{two}/place", sent | {"section": "nowhere"}).status == 409


def test_whoever_has_it_open_is_told_and_nobody_is_locked_out(house: House) -> None:
    item = accepted(house)
    ann, ben = house.signed_in("ann"), house.signed_in("ben")

    def ping(browser: Browser, **more: str) -> list[str]:
        token = fields_of(browser.get(f"/items/{item}").page)["token"]
        answer = browser.send(f"/items/{item}/presence", {"token": token} | more, SCRIPT)
        found: list[str] = json.loads(answer.body)["others"]
        return found

    assert ping(ann) == []
    assert ping(ben) == ["Ann Reed"]
    assert "Ben Okoro is editing" in ann.get(f"/items/{item}").page.one("p", id="presence").text
    assert ping(ann, leaves="1") == []
    assert ping(ben) == []


def test_hostile_words_are_text_on_every_page_of_writing(house: House) -> None:
    bad = "</textarea><script>alert(1)</script> “<img src=x onerror=alert(1)> a b”"
    item = accepted(house, bad)
    browser = house.signed_in()
    save(browser, item, markdown=bad)
    token = fields_of(browser.get(WRITE).page, "text-lead")
    browser.send(WRITE, token | {"markdown": bad})
    for path in (f"/items/{item}", WRITE, f"{SHEET}/preview", f"/items/{item}/versions"):
        answer = browser.get(path)
        assert answer.status == 200
        assert "<script>alert" not in answer.body
        assert "<img" not in answer.body
