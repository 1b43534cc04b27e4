"""SECURITY.md names modules and tests that exist: what it claims is shown by what runs."""

import ast
import re

import pytest

from tests.law.tree import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
PATHS = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|yml|md)|Dockerfile)`", PAGE)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_every_test_it_names_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_every_path_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_each_attacker_has_its_section_with_all_four_parts() -> None:
    told = PAGE.partition("## Who might want what")[2].partition("### The embedded")[0]
    sections = re.split(r"^### ", told, flags=re.MULTILINE)[1:]
    assert len(sections) == 9
    for section in sections:
        assert re.findall(r"^\*(\w+)\*", section, re.MULTILINE) == [
            "Has",
            "Met",
            "Shown",
            "Remains",
        ], section.partition("\n")[0]
