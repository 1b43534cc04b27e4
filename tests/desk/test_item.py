"""The item's page: the draft beside its source, why it is there, and what may be done about it."""

from tests.desk.house import SHEET, House, shown


def test_an_item_opens_from_its_row_with_the_draft_beside_the_source(house: House) -> None:
    item = house.item("Envoys meet in the old customs house")
    browser = house.signed_in()
    row = shown(browser.get(SHEET), item)
    (link,) = [one for one in row.all("a") if one.text.startswith("Open")]
    page = browser.get(link.attributes["href"]).page
    assert page.one("h1").text == "Envoys meet in the old customs house"
    assert [one.text for one in page.all("h2")][:2] == ["Draft", "Source"]
    assert browser.get("/items/999999").status == 404
