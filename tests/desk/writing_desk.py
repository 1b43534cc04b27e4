"""What tests of writing share: an accepted item whose source has words to quote."""

from sqlalchemy import insert, select, update

from store.models import ItemRow, OutletRow, QuoteRow, VersionRow
from tests.desk.house import House

SOURCE = (
    "Two delegations talked until midnight in the customs house. “Nobody spoke of the price of "
    "grain,” Ida Holm, the harbour master, said at a briefing on Thursday.\n\n"
    "“The bell will ring when the ferry comes,” she said."
)
PRICE = "Nobody spoke of the price of grain,"
BELL = "The bell will ring when the ferry comes,"


def accepted(
    house: House, headline: str = "Envoys meet", *, text: str = SOURCE, **fields: object
) -> int:
    """An accepted item of the instalment; its story has this text and its quotations."""
    item = house.item(headline, **fields)
    with house.newsroom() as room:
        version = room.session.scalars(select(ItemRow.version_id).where(ItemRow.id == item)).one()
        room.session.execute(update(VersionRow).where(VersionRow.id == version).values(text=text))
        room.session.execute(
            update(ItemRow)
            .where(ItemRow.id == item)
            .values(state="accepted", attribution="On Wednesday, Meridian Wire reported")
        )
        for words, speaker in ((PRICE, "Ida Holm"), (BELL, "Ida Holm")):
            if words in text:
                start = text.index(words)
                room.session.execute(
                    insert(QuoteRow).values(
                        version_id=version,
                        text=words,
                        kind="direct",
                        speaker=speaker,
                        office="the harbour master",
                        insertions=[],
                        outlet="",
                        field="text",
                        start=start,
                        end=start + len(words),
                        decided_by="tests",
                    )
                )
    return item


def outlet_kind(house: House, key: str, kind: str) -> None:
    """Let an outlet be a wire, an official source, or our own."""
    with house.newsroom() as room:
        room.session.execute(update(OutletRow).where(OutletRow.key == key).values(kind=kind))
