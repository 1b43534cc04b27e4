"""One story's whole way through the logs, by the one grep that docs/operations/monitor.md tells."""

import io
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from config.logs import ConsoleLines, JsonLines
from store import stories
from tests.rounds import MONDAY, an_item, newsroom, own_database


@contextmanager
def logged(form: logging.Formatter) -> Iterator[io.StringIO]:
    """What our code logs meanwhile."""
    held = io.StringIO()
    handler = logging.StreamHandler(held)
    handler.setFormatter(form)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield held
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def grep(pattern: str, lines: str) -> list[str]:
    """What grep finds."""
    program = shutil.which("grep") or "grep"
    found = subprocess.run(
        [program, "-E", pattern], input=lines, capture_output=True, text=True, check=False
    )
    assert found.returncode < 2, found.stderr
    return found.stdout.splitlines()


@pytest.mark.parametrize("form", [JsonLines(), ConsoleLines()], ids=["json", "console"])
def test_one_grep_finds_a_storys_whole_way_and_no_others(
    server: Engine, form: logging.Formatter
) -> None:
    name = type(form).__name__.lower()
    with own_database(server, f"trail_{name}") as engine, newsroom(engine) as rounds:
        with logged(form) as held:
            rounds.bring(an_item(1, title="Ferry to Kyiv resumes"))
            rounds.at(MONDAY + timedelta(hours=1))
            rounds.bring(an_item(1, title="Ferry to Kyiv resumes"), an_item(2, title="A bakery"))
        with rounds.session() as session:
            ids = [int(str(line["id"])) for line in stories.lines(session)]
            patterns = [stories.trail(session, one) for one in sorted(ids)]
            assert stories.trail(session, 10_000) is None
    ferry, bakery = (grep(str(pattern), held.getvalue()) for pattern in patterns)
    assert steps(ferry) == ["polled", "parsed", "placed", "drafted"]
    assert steps(bakery) == ["polled", "parsed", "placed"]
    assert not set(ferry) & set(bakery)


def steps(lines: list[str]) -> list[str]:
    """The messages, in their order."""
    if lines[0].startswith("{"):
        return [json.loads(line)["message"] for line in lines]
    return [found[1] for line in lines if (found := re.search(r"workers\.\w+  (\w+)", line))]
