"""Each law catches what it forbids: a violation is planted, and the law points at it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.law import laws
from tests.law.laws import LAWS, Law
from tests.law.planting import copy_out, plant
from tests.law.tree import Tree


@dataclass(frozen=True)
class Plant:
    """A violation: which law it breaks, in which file, by which text, and the line to blame."""

    law: Law
    path: str
    text: str
    at: str = ""  # a piece of the line to blame; empty: the first
    after: str = ""  # a piece of the line it is planted behind; empty: the file's last

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.law.__name__}-{(self.at or self.text.strip()).splitlines()[0][:60]}"


def task(head: str, *body: str, door: str = '@app.task(name="workers.planted")') -> str:
    return "\n".join([door, head, '    """Do it."""', *(f"    {line}" for line in body)])


PLANTS = [
    Plant(laws.modules_open_with_their_line, "pipeline/novelty.py", "NOVELTY = 1"),
    Plant(laws.modules_open_with_their_line, "tests/test_novelty.py", "# What is new"),
    Plant(
        laws.tasks_are_doors,
        "workers/tasks.py",
        task("def planted() -> None:", door="@app.task"),
        at="def planted",
    ),
    *(
        Plant(laws.tasks_are_doors, "workers/tasks.py", task(head), at="def planted")
        for head in (
            "def planted(story: dict[str, str]) -> None:",
            "def planted(score: float) -> None:",
            "def planted(feed_id) -> None:",
            "def planted(**rest: object) -> None:",
            "def planted(feed_id: int) -> int:",
            "def planted(feed_id: int):",
        )
    ),
    Plant(
        laws.tasks_are_doors,
        "workers/tasks.py",
        task(
            "def planted(feed_id: int) -> None:",
            "if feed_id:",
            "    if flow.due_feeds(settings()):",
            "        flow.tick('planted')",
        ),
        at="if flow.due_feeds",
    ),
    *(
        Plant(laws.nothing_waits_in_a_message, "workers/tasks.py", task(HEAD, line), at=line)
        for HEAD in ["def planted(feed_id: int) -> None:"]
        for line in (
            "fetch.apply_async((feed_id,), countdown=60)",
            "fetch.apply_async((feed_id,), eta=soon())",
            "fetch.retry()",
        )
    ),
    Plant(
        laws.bells_ring_after_the_commit,
        "workers/tasks.py",
        "with transaction() as session:\n    ids = due(session)\n    ring(fetch, ids)",
        at="ring(fetch, ids)",
    ),
    Plant(
        laws.bells_ring_after_the_commit,
        "workers/flow.py",
        "with ours(lease), transaction() as session:\n    for id in due(session):\n"
        "        fetch.delay(id)",
        at="fetch.delay",
    ),
    Plant(laws.one_place_commits, "store/feeds.py", "session.commit()"),
    Plant(laws.one_place_commits, "desk/triage.py", "request.state.session.rollback()"),
    Plant(laws.one_place_commits, "workers/flow.py", "with engine().begin() as connection:\n    1"),
    *(
        Plant(laws.one_place_opens_sockets, "store/feeds.py", line)
        for line in (
            "import socket",
            "import urllib3",
            "from urllib3.util import Timeout",
            "from http import client",
            "import urllib.request",
            "import httpx",
        )
    ),
    Plant(laws.one_place_opens_sockets, "cli/origin/server.py", "import urllib3"),
    Plant(laws.one_place_opens_sockets, "workers/http/places.py", "import socket"),
    Plant(laws.one_place_opens_sockets, "workers/http/exchange.py", "import ssl"),
    Plant(laws.one_place_opens_sockets, "workers/http/names.py", "from urllib3 import PoolManager"),
    *(
        Plant(laws.steps_read_no_clock, "pipeline/schedule/polls.py", text, at=at)
        for text, at in (
            ("import datetime as dt\nNOW = dt.datetime.now(dt.UTC)", "NOW"),
            ("from datetime import datetime\ndef due(now=datetime.utcnow): ...", "def due"),
            ("from datetime import date\nTODAY = date.today()", "TODAY"),
            ("from time import monotonic as tick\nSTART = tick()", "START"),
            ("import time\nclock = time.time", "clock ="),
            ("import uuid\nTOKEN = uuid.uuid4()", "TOKEN"),
        )
    ),
    Plant(
        laws.environment_is_read_once, "desk/app.py", 'import os\nPORT = os.environ["PORT"]', "PORT"
    ),
    Plant(
        laws.environment_is_read_once,
        "store/feeds.py",
        'from os import getenv\nURL = getenv("URL")',
        "URL =",
    ),
    Plant(laws.nothing_is_pickled, "store/memory.py", "import pickle\n", "import pickle"),
    Plant(laws.nothing_is_pickled, "tests/fakes.py", "from marshal import loads", "from marshal"),
    Plant(laws.nothing_is_pickled, "workers/app.py", 'ALSO = ["json", "pickle"]', "ALSO ="),
    Plant(laws.names_say_something, "pipeline/utils.py", '"""What is left over."""'),
    Plant(laws.names_say_something, "store/helpers/queries.py", '"""What is left over."""'),
    Plant(laws.names_say_something, "tests/pipeline/test_common.py", '"""What is left over."""'),
    Plant(
        laws.what_is_there_is_used,
        "store/novelty.py",
        '"""What is new."""\n\ndef never_called() -> None:\n    """Nothing."""',
        at="def never_called",
    ),
    Plant(laws.packages_are_under_contract, "agencies/wire.py", '"""A new package."""'),
    Plant(laws.packages_are_under_contract, "run.py", '"""A script at the root."""'),
    Plant(
        laws.nobody_imports_tests_or_bench, "store/feeds.py", "from tests.builders import a_feed"
    ),
    Plant(laws.nobody_imports_tests_or_bench, "tests/test_speed.py", "import bench.feeds"),
    *(
        Plant(laws.ignores_carry_code_and_reason, "store/feeds.py", line)
        for line in (
            "LIMIT = 200  # noqa",
            "LIMIT = 200  # noqa: PLR2004",
            "LIMIT = 200  # noqa: PLR2004, E501  #",
            "LIMIT = feed.limit  # type: ignore",
            "LIMIT = feed.limit  # type: ignore  # the column holds a number",
            "LIMIT = feed.limit  # type: ignore[attr-defined]",
            "LIMIT = 200  # pragma: no cover",
            "# ruff: noqa: PLR2004  # this whole file is about numbers",
        )
    ),
    Plant(
        laws.exceptions_carry_a_reason,
        "pyproject.toml",
        '  "D203", "D213",\n',
        after="ignore = [",
    ),
    Plant(laws.exceptions_carry_a_reason, "pyproject.toml", '  "S101",', after='"tests/**" = ['),
    *(
        Plant(laws.no_place_of_one_machine, "README.md", line)
        for line in (  # in two halves, or this file would be caught itself
            "It is in /ho" + "me/ada/serieswatch.",
            "It is in `/Us" + "ers/ada/serieswatch`.",
            "see /wo" + "rk/serieswatch/README.md",
            "--extra-index-" + "url https://packages.newsroom.example/",
            "https://packages.newsroom.example/sim" + "ple/",
            "COPY --from=regis" + "try.newsroom.example/python",
        )
    ),
    *(
        Plant(laws.requirements_hold_only_hashes, "requirements/run.txt", line)
        for line in (
            "serieswatch @ https://newsroom.example/serieswatch.tar.gz",
            "--find-links wheels",
            "-e .",
            "serieswatch==0.1.0",
            "serieswatch>=0.1.0 \\\n    --hash=sha256:00",
        )
    ),
]
HARMLESS = [
    Plant(laws.tasks_are_doors, "workers/tasks.py", task("def planted(ids: list[int]) -> None:")),
    Plant(
        laws.bells_ring_after_the_commit,
        "workers/tasks.py",
        "with transaction() as session:\n    ids = due(session)\nring(fetch, ids)",
    ),
    Plant(laws.one_place_commits, "store/feeds.py", "with session.begin_nested():\n    1"),
    Plant(
        laws.one_place_opens_sockets, "cli/origin/server.py", "from http.server import HTTPServer"
    ),
    Plant(laws.one_place_opens_sockets, "pipeline/fetch.py", "from http import HTTPStatus"),
    Plant(
        laws.steps_read_no_clock,
        "pipeline/schedule/polls.py",
        "from datetime import UTC, datetime, time\nNOON = datetime.combine(day, time(12), UTC)",
    ),
    Plant(
        laws.ignores_carry_code_and_reason,
        "store/feeds.py",
        "LIMIT = feed.limit  # type: ignore[attr-defined]  # noqa: E501  # every feed has a limit",
    ),
    Plant(laws.ignores_carry_code_and_reason, "store/feeds.py", 'SAID = "# noqa"'),
    Plant(laws.no_place_of_one_machine, "README.md", "https://newsroom.example/ho" + "me/ada"),
]


@pytest.mark.parametrize("planted", PLANTS, ids=str)
def test_a_law_points_at_what_it_forbids(planted: Plant, tmp_path: Path) -> None:
    copy_out(tmp_path, planted.path)
    assert list(planted.law(Tree(tmp_path))) == []

    line = plant(tmp_path, planted.path, planted.text, at=planted.at, after=planted.after)

    said = [str(breach) for breach in planted.law(Tree(tmp_path))]
    assert said
    assert all(breach.startswith(f"{planted.path}:{line}: ") for breach in said), said
    assert all(". Way out: " in breach for breach in said), said


@pytest.mark.parametrize("planted", HARMLESS, ids=str)
def test_a_law_lets_the_way_out_pass(planted: Plant, tmp_path: Path) -> None:
    copy_out(tmp_path, planted.path)
    plant(tmp_path, planted.path, planted.text)
    assert list(planted.law(Tree(tmp_path))) == []


@pytest.mark.parametrize("tests", ["pipeline/test_novelty.py", "pipeline/novelty/test_words.py"])
def test_a_step_without_tests_is_found_until_they_are_written(tests: str, tmp_path: Path) -> None:
    plant(tmp_path, "pipeline/novelty/__init__.py", '"""What is new in a story."""')
    plant(tmp_path, "pipeline/novelty/words.py", '"""Its words."""')
    plant(tmp_path, "tests/pipeline/test_tag.py", '"""Tests of another step."""')

    (breach,) = laws.steps_have_tests(Tree(tmp_path))
    assert str(breach).startswith("pipeline/novelty/__init__.py:1: pipeline/novelty has no tests.")
    assert "Way out: write tests/pipeline/test_novelty.py" in str(breach)

    plant(tmp_path, f"tests/{tests}", '"""Tests of what is new."""')
    assert list(laws.steps_have_tests(Tree(tmp_path))) == []


@pytest.mark.parametrize(
    "line", ["from pipeline.novelty.words import WORDS", "from pipeline.novelty import words"]
)
def test_the_inside_of_a_step_is_imported_by_nobody_else(line: str, tmp_path: Path) -> None:
    plant(tmp_path, "pipeline/novelty/__init__.py", '"""What is new in a story."""')
    plant(tmp_path, "pipeline/novelty/words.py", '"""Its words."""\nWORDS = 1')
    plant(tmp_path, "pipeline/novelty/search.py", f'"""Looks for them."""\n{line}')
    plant(tmp_path, "workers/flow.py", '"""The flow."""\nfrom pipeline.novelty import WORDS')
    assert list(laws.steps_are_called_by_their_verb(Tree(tmp_path))) == []

    at = plant(tmp_path, "workers/flow.py", line)

    said = {str(breach) for breach in laws.steps_are_called_by_their_verb(Tree(tmp_path))}
    assert len(said) == 1
    assert said.pop().startswith(f"workers/flow.py:{at}: pipeline.novelty.words is the inside")


def test_every_law_is_put_to_the_test() -> None:
    above = {laws.steps_have_tests, laws.steps_are_called_by_their_verb}
    assert {*LAWS} == {planted.law for planted in PLANTS} | above
