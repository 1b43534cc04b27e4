"""Holds at the desk: an editor releases one and says how they know."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from store.models import AuditRow, ItemRow, NoticeRow, StoryRow, VersionRow
from store.session import transaction
from tests.desk.house import House, shown
from tests.desk.newsroom import FRIDAY


def held(house: House, item: int) -> None:
    """An agency's notice holds the story of the item."""
    with house.newsroom() as room:
        story = room.session.get_one(StoryRow, room.session.get_one(ItemRow, item).story_id)
        version = room.session.get_one(VersionRow, room.session.get_one(ItemRow, item).version_id)
        room.session.execute(update(StoryRow).values(status="withheld"))
        facts = {"outlet_id": story.outlet_id, "feed_id": story.feed_id, "fingerprint": "1"}
        room.session.execute(
            insert(NoticeRow).values(
                **facts,
                document_id=version.document_id,
                action="withhold",
                headline="HOLD: Envoys meet",
                said="Please hold this story.",
                hint="",
                state="carried_out",
                story_id=story.id,
                at=FRIDAY,
                keep_until=FRIDAY + timedelta(days=7),
            )
        )


def test_a_hold_ends_when_an_editor_releases_it_and_says_how_they_know(house: House) -> None:
    item = house.item("Envoys meet")
    held(house, item)
    browser = house.signed_in()
    sheet = "/instalments/harbour-watch/7"
    assert "Held back" in shown(browser.get(sheet), item).text
    kills = browser.get("/kills").page
    assert "Holds" in kills.text
    silent = browser.press("Release it", on=kills, reason="  ")
    assert silent.status == 409
    assert "Say who released it and how you know." in silent.page.text
    pressed = browser.press("Release it", on=kills, reason="The agency's desk rang at ten.")
    assert pressed.status == 303
    assert "Held back" not in shown(browser.get(sheet), item).text
    again = browser.press("Release it", on=kills, reason="Again.")
    assert again.status == 409
    assert "This notice holds nothing" in again.page.text
    with transaction(house.engine) as session:
        noted = select(AuditRow.detail).where(AuditRow.action == "notice.release")
        [detail] = session.scalars(noted)
        assert detail["said"] == "The agency's desk rang at ten."
    ben = house.signed_in("ben").get("/kills").page
    assert not [one for one in ben.all("button") if one.text.startswith("Release it")]
