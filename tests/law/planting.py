"""Planting a violation: a copy of what a check needs, with one bad line in it at a known place."""

import shutil
from pathlib import Path

from tests.law.tree import ROOT


def copy_out(target: Path, *paths: str) -> None:
    """Copy files and folders of the real tree, those that exist; of folders the Python files."""
    for path in paths:
        if (ROOT / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target / path)
        for module in (ROOT / path).rglob("*.py"):
            copy_out(target, module.relative_to(ROOT).as_posix())


def plant(target: Path, path: str, text: str, *, at: str = "", after: str = "") -> int:
    """Add `text` to a file and return the line where `at` stands in it (or its first line).

    It goes behind the last line that holds `after`, or to the end: never into a docstring, where
    a check rightly sees nothing and a test of the check passes for the wrong reason.
    """
    file = target / path
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    place = len(lines)
    if after:
        place = max(number for number, line in enumerate(lines, 1) if after in line)
    planted = text.splitlines()
    lines[place:place] = planted
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place + 1 + next(i for i, line in enumerate(planted) if line.strip() and at in line)
