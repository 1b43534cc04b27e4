"""The linters are set up to catch what the house forbids by name, in code and in tests alike."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.law.planting import copy_out, plant
from tests.law.tree import PRODUCT, ROOT


def run(program: str, *arguments: str, tree: Path, text: str = "") -> tuple[int, str]:
    """What a checker of this environment answers and says about a tree."""
    said = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=tree,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode, said.stdout + said.stderr


@pytest.mark.parametrize(
    ("path", "text", "code", "says"),
    [
        ("desk/planted.py", "from datetime import datetime as d; d.now()", "TID251", "store.clock"),
        ("desk/planted.py", "from time import sleep", "TID251", "due_at"),
        ("store/planted.py", "from urllib.request import urlopen", "TID251", "workers/http"),
        ("store/planted.py", "from http.client import HTTP", "TID251", "workers/http"),
        ("cli/planted.py", "import socket", "TID251", "workers/http"),
        ("store/planted.py", "from . import feeds", "TID252", "absolute"),
        ("tests/test_planted.py", "from unittest.mock import patch", "TID251", "fake"),
        ("workers/planted.py", "print('here')", "T201", "print"),
        ("store/planted.py", "LIMIT = 200  # " + "noqa", "PGH004", "specific"),
        ("store/planted.py", "LIMIT = x  # type: " + "ignore", "PGH003", "specific"),
        ("store/planted.py", "# LIMIT = 200", "ERA001", "commented-out"),
        ("store/planted.py", "# TO" + "DO: a limit", "TD003", "issue"),
        ("pipeline/planted.py", "def limit() -> int: ...", "D103", "docstring"),
    ],
)
def test_ruff_names_the_line_the_rule_and_the_way_out(
    path: str, text: str, code: str, says: str
) -> None:
    _, said = run(
        *("ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename", path, "-"),
        tree=ROOT,
        text=f'"""Planted."""\n\n{text}\n',
    )
    about = [line for line in said.splitlines() if f" {code} " in line]
    assert about, said
    assert about[0].startswith(f"{path}:3:")
    assert says.lower() in about[0].lower()


def test_mypy_is_strict_over_code_and_tests(tmp_path: Path) -> None:
    copy_out(tmp_path, "pyproject.toml")
    for path in ("store/planted.py", "tests/test_planted.py"):
        plant(tmp_path, path, '"""Planted."""\n\ndef limit(feed):\n    return feed')
    answer, said = run("mypy", tree=tmp_path)
    assert answer == 1
    assert "store/planted.py:3: error: Function is missing a type annotation" in said
    assert "tests/test_planted.py:3: error: Function is missing a type annotation" in said


def test_mypy_sees_what_can_never_run(tmp_path: Path) -> None:
    copy_out(tmp_path, "pyproject.toml")
    text = '"""Planted."""\n\ndef limit(feed: int) -> int:\n    if isinstance(feed, str):\n'
    plant(tmp_path, "store/planted.py", f"{text}        return 0\n    return feed")
    _, said = run("mypy", tree=tmp_path)
    assert "store/planted.py:5: error: Statement is unreachable" in said


def test_an_import_that_is_not_declared_is_found(tmp_path: Path) -> None:
    copy_out(tmp_path, "pyproject.toml", *PRODUCT)
    answer, said = run("deptry", "--no-ansi", ".", tree=tmp_path)
    assert answer == 0, said

    line = plant(tmp_path, "store/feeds.py", "import markdown")

    answer, said = run("deptry", "--no-ansi", ".", tree=tmp_path)
    assert answer == 1
    assert f"store/feeds.py:{line}:8: DEP001 'markdown' imported but missing" in said


def test_a_dependency_nobody_imports_is_found(tmp_path: Path) -> None:
    copy_out(tmp_path, "pyproject.toml", *PRODUCT)
    plant(tmp_path, "pyproject.toml", '  "markdown>=3",', after="dependencies = [")
    answer, said = run("deptry", "--no-ansi", ".", tree=tmp_path)
    assert answer == 1
    assert "DEP002 'markdown' defined as a dependency but not used" in said


def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    copy_out(tmp_path, "pyproject.toml")
    line = plant(tmp_path, "docs/glossary.md", "An outlet we reci" + "eve stories from.")
    answer, said = run("codespell", tree=tmp_path)
    assert answer != 0
    assert f"docs/glossary.md:{line}: " in said
    assert "==> receive" in said
