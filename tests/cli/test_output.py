"""How the console answers: JSON that can be read back, tables for eyes, progress beside results."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cli.output import Progress, as_json, print_json, print_lines, print_table, tell

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    name: str
    seen: datetime


def test_json_is_one_line_with_iso_times_records_as_objects_and_words_as_they_are() -> None:
    line = as_json({"at": NOON, "place": Place("Øresund\n", NOON), "tags": {"b"}, "pair": (1, 2)})
    assert "\n" not in line
    assert "Øresund" in line
    assert json.loads(line) == {
        "at": "2026-03-09T12:00:00+00:00",
        "place": {"name": "Øresund\n", "seen": "2026-03-09T12:00:00+00:00"},
        "tags": ["b"],
        "pair": [1, 2],
    }


def test_half_a_character_survives_as_json() -> None:
    line = as_json({"x": "a\udc80b"})
    line.encode("utf-8")
    assert json.loads(line) == {"x": "a\udc80b"}


def test_what_json_knows_nothing_of_is_told_as_text() -> None:
    assert json.loads(as_json(Place)) == str(Place)


def test_objects_and_lines_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": 1})
    print_lines([{"b": 2}, {"c": 3}])
    tell("not this")
    said = capsys.readouterr()
    assert said.out == '{"a": 1}\n{"b": 2}\n{"c": 3}\n'
    assert said.err == "not this\n"


def test_a_table_has_columns_as_wide_as_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, object]] = [
        {"id": 7, "at": NOON, "title": "Two\nlines,  one cell", "left": "out"},
        {"id": 12345, "at": None, "title": "x"},
    ]
    print_table(rows, ("id", "at", "title"), "nothing")
    assert capsys.readouterr().out.splitlines() == [
        "id     at                title",
        "7      2026-03-09 12:00  Two lines, one cell",
        "12345  -                 x",
    ]


def test_a_table_without_rows_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], ("id",), "There is nothing yet.")
    assert capsys.readouterr().out == "There is nothing yet.\n"


def test_nothing_in_a_cell_steers_the_terminal_and_foreign_scripts_stay_whole(
    capsys: pytest.CaptureFixture[str],
) -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627"  # an invisible mark belongs to it
    print_table([{"t": f"\x1b]0;owned\x07{persian}\x9b"}], ("t",), "nothing")
    assert capsys.readouterr().out.splitlines()[1] == f"]0;owned{persian}"


def test_progress_off_a_terminal_is_a_line_now_and_then_and_one_at_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress(200, "documents")
    for done in range(1, 201):
        progress.at(done, "2026-03-09 12:00")
    progress.close()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "documents: 200 of 200 (100 %) 2026-03-09 12:00\n"


def test_progress_of_nothing_at_all_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(0, "documents").at(0)
    assert "Traceback" not in capsys.readouterr().err


class Terminal:
    """Standard error as a terminal, with a memory."""

    def __init__(self) -> None:
        self.said = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.said += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def test_progress_on_a_terminal_moves_one_line_and_leaves_it_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress(3, "documents")
    progress.at(3, "x" * 200)
    progress.close()
    line = terminal.said.removeprefix("\r\x1b[K")
    assert line.startswith("documents: 3 of 3 (100 %) xxx")
    assert line.endswith("\n")
    assert len(line) <= 119
