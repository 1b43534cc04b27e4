"""A definition written out as a file reads back as the same series."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from pipeline.definition import read_series
from pipeline.records import Section, Series, Target
from pipeline.series_file import series_to_toml, with_status

CONFIG = Path(__file__).parents[2] / "config" / "series"
SMALL = """# Ours.
key = "ferry-watch"
title = "Ferry Watch"  # may change

[calendar]
weekday = "friday"

[matching]
query = "ferry"

[[sections]]
key = "all"
"""


def read(text: str) -> Series:
    return read_series(text, "a.toml")


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.toml")), ids=lambda path: path.stem)
def test_every_series_of_config_comes_back_unchanged(path: Path) -> None:
    series = read_series(path.read_text(encoding="utf-8"), str(path))
    assert read(series_to_toml(series)) == series


@pytest.mark.parametrize(
    "changed",
    [
        {"cadence": "daily", "weekday": 4, "cut_off": time(6, 30, 15)},
        {"skipped": (date(2026, 12, 25), date(2027, 1, 1))},
        {"status": "ended", "succeeded_by": "harbour-watch"},
        {"query": "ferry\nOR boat", "description": "Three\nmarks ''' stand here"},
        {"query": "ferry\nOR boat'", "exclude": "a\tb\nc"},
        {"description": 'Two "quoted" lines\nand \\ one.', "kicker": "\u007f \u2014"},
        {"exemplars": ("Ferry talks resume in Aldwick " * 4, "Storm keeps every ferry")},
        {"own_items_apart": True, "outlet_share": 0.4, "targets": (Target(name="cms"),)},
        {"sections": (Section(key="lead", heading="", outlet_kinds=("wire",), minimum=1),)},
        {"spelling": {"kyiv": "Kyiv", "kiev": "Kyiv", "odessa": "Odesa"}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_a_definition_holds_comes_back(changed: dict[str, object]) -> None:
    series = replace(read(SMALL), **changed)  # type: ignore[arg-type]  # any of its fields
    assert read(series_to_toml(series)) == series


def test_another_status_leaves_all_else_as_it_was_written() -> None:
    paused = with_status(SMALL, "paused")
    assert paused == SMALL.replace("[calendar]", "[calendar]").replace(
        'title = "Ferry Watch"  # may change\n',
        'title = "Ferry Watch"  # may change\nstatus = "paused"\n',
    )
    assert read(paused).status == "paused"
    ended = with_status(paused, "ended", "boat-watch")
    assert (read(ended).status, read(ended).succeeded_by) == ("ended", "boat-watch")
    again = with_status(ended, "running")
    assert "succeeded_by" not in again
    assert read(again) == read(SMALL)


def test_a_status_of_a_target_is_not_taken_for_the_series_own() -> None:
    text = SMALL + '\n[[targets]]\nname = "cms"\nstatus = "draft"\n'
    paused = with_status(text, "paused")
    assert read(paused).status == "paused"
    assert read(paused).targets == (Target(name="cms", status="draft"),)


def test_a_file_without_tables_or_title_gets_its_status_too() -> None:
    assert with_status("", "paused") == 'status = "paused"\n'
    assert with_status('key = "a"\n', "paused") == 'status = "paused"\nkey = "a"\n'
