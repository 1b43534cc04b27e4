"""The import contracts of pyproject.toml hold, and each catches an import it forbids."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.law.planting import copy_out, plant
from tests.law.tree import PRODUCT, ROOT

SETTLED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
NAMES = {contract["id"]: contract["name"] for contract in SETTLED["contracts"]}


@dataclass(frozen=True)
class Import:
    """One forbidden import: the contract it breaks, the file, the line, and what is reached."""

    contract: str
    path: str
    text: str
    reached: str = ""  # as the message names it; empty: the module imported

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.contract}-{self.path}-{self.text}"


PLANTS = [
    Import("layers", "store/feeds.py", "import workers.flow"),
    Import("layers", "store/feeds.py", "import desk"),
    Import("layers", "workers/flow.py", "import cli"),
    Import("layers", "pipeline/text.py", "from store import session"),
    Import("desk-and-workers", "desk/__init__.py", "from workers.flow import due_feeds"),
    Import("desk-and-workers", "workers/flow.py", "import desk"),
    Import("config-alone", "config/timetable.py", "from pipeline.records import Feed"),
    Import("pure-steps", "pipeline/text.py", "import os.path", "os"),
    Import("pure-steps", "pipeline/records/series.py", "from random import random", "random"),
    Import("pure-steps", "pipeline/parse/feeds.py", "from urllib3 import PoolManager", "urllib3"),
    Import("pure-steps", "pipeline/schedule/polls.py", "from config.settings import settings"),
    Import("steps-independent", "pipeline/tag/__init__.py", "from pipeline.match import match"),
    Import("steps-independent", "pipeline/text.py", "from pipeline import tag"),
    Import("steps-independent", "pipeline/match/__init__.py", "import pipeline.window"),
    Import("feedparser-once", "pipeline/normalise/__init__.py", "import feedparser"),
    Import("feedparser-once", "cli/__init__.py", "from feedparser import parse", "feedparser"),
    Import("http-by-its-client", "workers/mailbox.py", "import workers.http.connections"),
    Import("http-by-its-client", "cli/__init__.py", "from workers.http.names import resolve"),
    Import("queue-free", "workers/flow.py", "from celery import Celery", "celery"),
    Import("queue-free", "workers/flow.py", "from workers import tasks"),
    Import("queue-free", "desk/__init__.py", "import redis"),
    Import("queue-free", "store/session.py", "import kombu.exceptions", "kombu"),
    Import("migrations-on-store", "migrations/env.py", "import workers.app"),
    Import("nobody-imports-bench", "store/feeds.py", "from bench.feeds import many", "bench"),
    Import("nobody-imports-bench", "cli/__init__.py", "import tests.builders", "tests"),
]


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """What the import linter says of a tree."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product in which every contract is kept."""
    tree = tmp_path_factory.mktemp("kept")
    copy_out(tree, "pyproject.toml", *PRODUCT)
    said = lint_imports(tree)
    assert said.returncode == 0, said.stdout + said.stderr
    return tree


@pytest.mark.parametrize("planted", PLANTS, ids=str)
def test_a_contract_points_at_the_import_it_forbids(planted: Import, kept: Path) -> None:
    file = kept / planted.path
    before = file.read_bytes()
    try:
        line = plant(kept, planted.path, planted.text)
        said = lint_imports(kept)
    finally:
        file.write_bytes(before)

    words = planted.text.split()
    reached = planted.reached or words[1]
    importer = planted.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert said.returncode == 1
    assert f"{NAMES[planted.contract]} BROKEN" in said.stdout
    broken = part_about(NAMES[planted.contract], said.stdout)
    assert f"{importer} -> {reached}" in broken
    assert f"(l.{line})" in broken
    assert "Way out: " in broken


def part_about(name: str, said: str) -> str:
    """What the linter says about one broken contract."""
    _, _, rest = said.partition("Broken contracts")
    return rest[rest.index(name) :]


def test_what_is_imported_through_another_module_counts_too(kept: Path) -> None:
    new = kept / "workers" / "bell.py"
    flow = kept / "workers" / "flow.py"
    before = flow.read_bytes()
    try:
        new.write_text('"""Rings."""\n\nimport celery\n', encoding="utf-8")
        plant(kept, "workers/flow.py", "import workers.bell")
        said = lint_imports(kept)
    finally:
        new.unlink()
        flow.write_bytes(before)
    assert f"{NAMES['queue-free']} BROKEN" in said.stdout
    assert "workers.bell -> celery (l.3)" in said.stdout


def test_a_new_module_of_the_pipeline_must_be_called_a_step_or_shared(kept: Path) -> None:
    new = kept / "pipeline" / "novelty.py"
    try:
        new.write_text('"""What is new in a story."""\n', encoding="utf-8")
        said = lint_imports(kept)
    finally:
        new.unlink()
    assert f"{NAMES['steps-independent']} BROKEN" in said.stdout
    assert "novelty" in part_about(NAMES["steps-independent"], said.stdout)


def test_every_contract_is_put_to_the_test() -> None:
    assert set(NAMES) == {planted.contract for planted in PLANTS}
    assert set(SETTLED["root_packages"]) == set(PRODUCT)
