"""What publishers say about when to come back stays what it was through a feed's row."""

import pytest

from pipeline.records import Hints
from pipeline.schedule import hints_from_json, hints_to_json


@pytest.mark.parametrize(
    "hints",
    [
        Hints(ttl_minutes=30, skip_hours=(0, 1, 2), skip_days=(5, 6), update_seconds=3600),
        Hints(skip_days=(6,)),
    ],
)
def test_hints_come_back_from_a_row_as_they_went_in(hints: Hints) -> None:
    assert hints_from_json(hints_to_json(hints)) == hints


def test_of_what_nobody_said_a_row_keeps_nothing() -> None:
    assert hints_to_json(Hints()) == {}
    assert hints_from_json({}) is None
    assert hints_from_json(None) is None
