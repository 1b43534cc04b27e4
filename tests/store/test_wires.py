"""What a wire says of a version, kept as a column."""

from datetime import UTC, date, datetime

import pytest

from pipeline.records import ActsOn, Embargo, Link, Subject, Wire
from store.wires import from_json, to_json

NOON = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "wire",
    [
        Wire(),
        Wire(others={"altId": "17"}),
        Wire(
            kind="package",
            lineage="envoys",
            version="3",
            version_created=NOON,
            first_created=NOON,
            expires=NOON,
            status="withheld",
            action="withhold",
            acts_on=(ActsOn(source="bel", number="157", day=date(2024, 5, 31), status="withheld"),),
            embargo=Embargo(NOON),
            subjects=(Subject(scheme="medtop", code="20000076", label="peace talks"),),
            links=(Link(rel="previousVersion", target="urn:bell:1"),),
            urgency=3,
            series_part=2,
        ),
        Wire(embargo=Embargo(None)),
    ],
)
def test_what_a_wire_says_comes_back_as_it_was(wire: Wire) -> None:
    assert from_json(to_json(wire)) == wire
