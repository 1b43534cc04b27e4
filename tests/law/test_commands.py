"""The commands a newcomer is told about exist, say what they do, and are what the checks run."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.law.planting import copy_out
from tests.law.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments: str, tree: Path = ROOT, path: str | None = None) -> tuple[int, str]:
    """What make answers and says; `path` is where it may look for programs."""
    said = subprocess.run(
        [shutil.which("make") or "make", *arguments],
        cwd=tree,
        env={"PATH": path or "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return said.returncode, said.stdout + said.stderr


def test_help_tells_every_command() -> None:
    answer, said = make("help")
    assert answer == 0
    told = set(re.findall(r"^  make (\S+) +\S", said, re.MULTILINE))
    assert told >= {"setup", "demo", "test", "check", "bench", "migrate", "seed", "lock"}
    commands = set(re.findall(r"^\.PHONY: ([a-z]+)$", MAKEFILE, re.MULTILINE))
    assert commands - told == {"lint"}  # the part `check` and `test` have in common


def test_an_old_python_is_refused_in_plain_words(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        (programs / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    copy_out(
        tmp_path, "Makefile", "pyproject.toml", "requirements/demo.txt", "requirements/dev.txt"
    )
    answer, said = make("setup", tree=tmp_path, path=f"{programs}:/usr/bin:/bin")
    assert answer != 0
    assert "serieswatch needs Python 3.11 or newer" in said
    assert "make PYTHON3=/path/to/python" in said


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1].startswith("exec make")
    assert "test </dev/null" in lines[-1]


@pytest.mark.parametrize(
    "checker",
    ["ruff format --check", "ruff check", "mypy", "lint-imports", "deptry .", "codespell"],
)
def test_the_checks_run(checker: str) -> None:
    recipe = MAKEFILE[MAKEFILE.index("\nlint:") : MAKEFILE.index("\n.PHONY: check")]
    assert f"$(BIN)/{checker}" in recipe


def test_a_gap_in_the_coverage_of_the_steps_fails_the_run() -> None:
    recipe = MAKEFILE[MAKEFILE.index("\ntest: lint") : MAKEFILE.index("\n.PHONY: bench")]
    assert "--cov=pipeline" in recipe
    assert "coverage report --fail-under=100" in recipe
    counted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "coverage"
    ]
    assert counted["run"] == {"branch": True, "source": ["pipeline"]}


@pytest.mark.parametrize("path", ["Dockerfile", "docker-compose.yml"])
def test_no_password_stands_in_what_is_deployed(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"(?im)^\s*\w*(password|secret|_url)\w*\s*[:=]\s*\S*://", text)
    assert not re.search(r"(?im)^\s*\w*password\w*(?<!_file)\s*:\s*[^{\s]", text)
