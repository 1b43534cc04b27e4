"""Wire documents to entries: the invented documents of tests/wires, and what none of them shows."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import Custom
from tests.builders import an_answer
from tests.wire_words import NAR

WIRES = Path(__file__).parent.parent / "wires"
WIRE_URL = "https://wire.example/feed"
DOCUMENTS = sorted(path.name for path in WIRES.iterdir() if path.is_file() and path.suffix != ".py")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_wire_document_becomes_the_records_beside_it(name: str) -> None:
    beside = import_module(f"tests.wires.{name.partition('.')[0]}")
    answer = an_answer((WIRES / name).read_bytes(), url=WIRE_URL)
    custom = getattr(beside, "CUSTOM", Custom())
    if hasattr(beside, "DOCUMENT"):
        assert parse(answer, custom=custom) == beside.DOCUMENT
        return
    with pytest.raises(UnreadableFeed) as refusal:
        parse(answer, custom=custom)
    assert (refusal.value.state, refusal.value.why) == (beside.STATE, beside.WHY)


def test_every_wire_document_has_its_records_and_every_records_its_document() -> None:
    beside = {path.stem for path in WIRES.glob("*.py")}
    assert {name.partition(".")[0] for name in DOCUMENTS} == beside


def test_too_many_items_of_any_wire_are_set_aside_as_one() -> None:
    many = {
        "newsml-g2": f'<newsMessage xmlns="{NAR}"><itemSet>'
        + "<newsItem/>" * 2_001
        + "</itemSet></newsMessage>",
        "newsml1": "<NewsML>" + "<NewsItem/>" * 2_001 + "</NewsML>",
        "ninjs": json.dumps([{"uri": "x"}] * 2_001),
        "iptc7901": "\x01x\x02" * 2_001,
        "anpa": "\x01x\x02" * 2_001,
    }
    for name, body in many.items():
        document = parse(an_answer(body), format=name)
        assert document.refused[-1].position == 2_000
        assert "2,001 items are more than the limit" in document.problems[-1]
