"""A folder of recorded feeds: which document was current when, in one order, none left out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.recording import read_recording, stamp
from pipeline.errors import BadInput


def record(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def told(root: Path) -> list[tuple[str, dict[str, str]]]:
    """Each step as its time and its documents."""
    return [
        (
            "" if step.moment is None else step.moment.isoformat(),
            {folder: document.name for folder, document in step.documents.items()},
        )
        for step in read_recording(root).steps()
    ]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("20230805T060000.xml", datetime(2023, 8, 5, 6, 0, tzinfo=UTC)),
        ("20250809-042233_x.xml", datetime(2025, 8, 9, 4, 22, 33, tzinfo=UTC)),
        ("20250809_042233", datetime(2025, 8, 9, 4, 22, 33, tzinfo=UTC)),
        ("20250809042233.rss", datetime(2025, 8, 9, 4, 22, 33, tzinfo=UTC)),
        ("202508090422331.rss", None),  # seven digits are no time of day
        ("20251399T000000.xml", None),  # no such month
        ("x20230805T060000.xml", None),
        ("1.xml", None),
        ("", None),
    ],
)
def test_a_name_that_begins_with_a_time_says_when(name: str, moment: datetime | None) -> None:
    assert stamp(name) == moment


def test_what_became_current_at_one_time_is_one_step(tmp_path: Path) -> None:
    record(
        tmp_path,
        "tide/20230805T060000.xml",
        "post/20230805T060000.xml",
        "post/20230805T120000.xml",
        "tide/20230805T090000.xml",
    )
    assert read_recording(tmp_path).documents == 4
    assert told(tmp_path) == [
        (
            "2023-08-05T06:00:00+00:00",
            {"post": "20230805T060000.xml", "tide": "20230805T060000.xml"},
        ),
        ("2023-08-05T09:00:00+00:00", {"tide": "20230805T090000.xml"}),
        ("2023-08-05T12:00:00+00:00", {"post": "20230805T120000.xml"}),
    ]


def test_two_documents_of_one_feed_under_one_time_both_have_their_turn(tmp_path: Path) -> None:
    record(tmp_path, "post/20230805T060000.a.xml", "post/20230805T060000.b.xml")
    first, second = told(tmp_path)
    assert first[1] == {"post": "20230805T060000.a.xml"}
    assert second == ("2023-08-05T06:00:00.000001+00:00", {"post": "20230805T060000.b.xml"})


def test_documents_without_a_time_come_by_turns_in_name_order(tmp_path: Path) -> None:
    record(tmp_path, "post/b.xml", "post/a.xml", "tide/only.xml")
    assert told(tmp_path) == [
        ("", {"post": "a.xml", "tide": "only.xml"}),
        ("", {"post": "b.xml"}),
    ]


def test_every_document_has_its_turn_though_some_names_say_no_time(tmp_path: Path) -> None:
    names = ("post/20230805T060000.xml", "post/zz.xml", "tide/aa.xml", "tide/20230805T060000.xml")
    record(tmp_path, *names)
    steps = told(tmp_path)
    assert sorted(f"{f}/{d}" for _, step in steps for f, d in step.items()) == sorted(names)
    assert [moment != "" for moment, _ in steps] == [True, False]


def test_hidden_files_empty_folders_and_folders_in_folders_are_passed_over(tmp_path: Path) -> None:
    record(tmp_path, "post/1.xml", "post/.notes", "post/more/2.xml", ".git/x", "readme.txt")
    (tmp_path / "empty").mkdir()
    assert {name: len(d) for name, d in read_recording(tmp_path).feeds.items()} == {"post": 1}


def test_a_place_without_recorded_feeds_is_told_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        read_recording(tmp_path / "missing")
    with pytest.raises(BadInput, match="holds no recorded feeds: it needs one folder per feed"):
        read_recording(tmp_path)
