"""Wire documents to entries: the invented documents of tests/wires, and what none of them shows."""

from importlib import import_module
from pathlib import Path

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import Custom
from tests.builders import an_answer

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
