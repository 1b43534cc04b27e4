"""Wires by every way in: a feed's address, a dropped file; all documents are invented."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline.records import Custom
from store import feeds
from store.models import DocumentRow, SetAsideRow, StoryRow, VersionRow
from store.wires import custom_to_json, from_json
from tests.rounds import TIDES, Rounds, newsroom, own_database
from tests.workers.test_drops import Wire

WIRES = Path(__file__).parent.parent / "wires"


@pytest.fixture(scope="module")
def wire_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "wire_ways") as engine:
        yield engine


@pytest.fixture
def rounds(wire_database: Engine) -> Iterator[Rounds]:
    with newsroom(wire_database) as found:
        found.follow(TIDES, outlet="tide-wire", kind="wire")
        yield found


@pytest.mark.parametrize(
    ("name", "stories", "refused"),
    [
        ("article.nitf", 1, 0),
        ("item_3.json", 1, 0),
        ("message.xml", 2, 1),
        ("revisions.newsml", 1, 1),
        ("telegrams.7901", 1, 1),  # of two stories the one that a kill names by number is gone
    ],
)
def test_a_feed_may_be_a_wires_document_of_any_format(
    rounds: Rounds, name: str, stories: int, refused: int
) -> None:
    rounds.serve(url=TIDES, body=(WIRES / name).read_bytes())
    document = rounds.poll(TIDES)
    rounds.parse(document)
    assert len([row for row in rounds.rows(StoryRow) if row.status == "usable"]) == stories
    aside = rounds.rows(SetAsideRow)
    assert len(aside) == refused
    assert all(row.raw and row.reason for row in aside)
    assert any(row.wire for row in rounds.rows(VersionRow))
    before = len(rounds.rows(VersionRow))
    rounds.make_due(document or 0, table=DocumentRow)
    rounds.parse(document)  # read once more, it adds nothing
    assert len(rounds.rows(VersionRow)) == before


def test_what_stands_beside_the_stories_is_counted_and_is_none(rounds: Rounds) -> None:
    rounds.serve(url=TIDES, body=(WIRES / "message.xml").read_bytes())
    rounds.parse(rounds.poll(TIDES))
    [document] = rounds.rows(DocumentRow)
    assert document.outcome["beside"] == 1
    assert "Top stories" not in [row.title for row in rounds.rows(VersionRow)]


def test_a_dropped_telegram_is_read_by_the_customs_of_its_source(
    rounds: Rounds, tmp_path: Path
) -> None:
    wire = Wire(rounds, tmp_path)
    custom = custom_to_json(Custom(charset="cp1252", time_zone="Europe/Berlin"))
    with rounds.session() as session:
        feeds.ensure_feed(session, url=wire.url, outlet_id=wire.row().outlet_id, custom=custom)
    told = b"M\xfcnster =\r\n\r\nText.\r\n\x03\r\n310930 May 24\r\n\x04"
    wire.put("1.7901", b"\x01bel0123 4 pl\r\n\x02Slug/\r\n" + told)
    [number] = wire.looks()
    rounds.parse(number)
    [version] = rounds.rows(VersionRow)
    assert version.title == "M\xfcnster"
    made = from_json(version.wire).version_created
    assert made is not None
    assert made.isoformat() == "2024-05-31T07:30:00+00:00"
    [document] = rounds.rows(DocumentRow)
    assert document.problems == []
