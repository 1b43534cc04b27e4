"""The command line as a whole: what exists, exit codes, and one plain sentence when it fails."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import Engine, text

from cli import main as commands
from cli.main import main
from config import settings as told
from tests.cli.console import Console, Said
from tests.law.tree import ROOT
from tests.rounds import a_feed, an_item

NOBODY = "postgresql://desk:three-herons@127.0.0.1:1/desk"  # where no database listens


def refused(said: Said, *words: str) -> None:
    """It was refused with one plain sentence, and nothing else."""
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith("serieswatch: ")
    assert said.err.count("\n") == 1
    assert "herons" not in said.err
    for word in words:
        assert word in said.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("feeds",),
        ("nonsense",),
        ("feeds", "list", "--nonsense"),
        ("parse",),
        ("stories", "show"),
        ("stories", "show", "abc"),
        ("stories", "show", "0"),
        ("stories", "show", "-1"),
        ("stories", "show", str(2**63)),
        ("stories", "list", "--limit", "0"),
        ("drafts", "show", "x", "--format", "pdf"),
        ("drafts", "show", "x", "--instalment", "one"),
        ("setaside", "replay", "1.5"),
        ("worker",),
        ("worker", "--kind", "sleep"),
        ("worker", "--kind", "fetch", "--concurrency", "0"),
        ("demo", "--port", "70000"),
        ("users", "add", "ann", "--role", "king"),
    ],
)
def test_wrong_usage_is_exit_2_and_touches_no_database(
    serieswatch: Console, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SERIESWATCH_DATABASE_URL", "mysql://nobody.example/")
    said = serieswatch(*words)
    assert (said.code, said.out) == (2, "")
    assert "usage: serieswatch" in said.err


def test_every_verb_explains_itself(serieswatch: Console) -> None:
    said = serieswatch("--help")
    assert said.code == 0
    for verb in (
        *("demo", "up", "play", "worker", "beat", "desk", "migrate", "seed", "doctor", "parse"),
        *("match", "feeds", "stories", "drafts", "series", "setaside", "users", "cluster", "tag"),
    ):
        assert f" {verb} " in said.out
        assert serieswatch(verb, "--help").code == 0


ASKING = [
    ("feeds", "list"),
    ("stories", "list"),
    ("drafts", "list"),
    ("drafts", "show", "ferry-watch"),
    ("series", "list"),
    ("setaside", "list"),
    ("users", "list"),
    ("seed",),
]


@pytest.mark.parametrize("words", [*ASKING, ("migrate",)], ids=" ".join)
def test_a_database_that_does_not_answer_is_one_sentence(
    serieswatch: Console, words: tuple[str, ...]
) -> None:
    said = serieswatch(*words, "--database", NOBODY)
    refused(said, "the database does not answer", "SERIESWATCH_DATABASE_URL")


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_a_database_without_tables_says_to_migrate(
    serieswatch: Console, bare: str, words: tuple[str, ...]
) -> None:
    refused(serieswatch(*words, "--database", bare), "Run `serieswatch migrate`")


@pytest.fixture(scope="module")
def bare(server: Engine) -> str:
    """The address of a database with no table in it."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE bare TEMPLATE template0"))
    return server.url.set(database="bare").render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("mysql://x.example/", "PostgreSQL only"),
        ("postgresql://desk:three-herons@rows.example:port/x", "cannot be read as an address"),
        ("", "DATABASE_URL begins with ''"),
    ],
)
def test_an_address_that_is_none_of_a_database_is_refused(
    serieswatch: Console, database: str, words: str
) -> None:
    said = serieswatch("feeds", "list", f"--database={database}")
    if database:
        refused(said, words)
    assert "Traceback" not in said.err


def test_without_any_database_the_variable_is_named() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cli.main", "feeds", "list"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("serieswatch: SERIESWATCH_DATABASE_URL is not set")
    assert run.stderr.count("\n") == 1


def test_a_folder_that_holds_no_kept_database_is_refused(
    serieswatch: Console, tmp_path: Path
) -> None:
    for verb in (("feeds", "list"), ("drafts", "show", "x"), ("migrate",)):
        refused(serieswatch(*verb, "--keep", tmp_path), "holds no kept database", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_enough_is_no_error(database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "cli.main", "users", "list", "--database", url]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        run.stdout.close()
        assert run.stderr is not None
        assert run.stderr.read() == ""
    assert run.returncode in {0, 120}  # 120: Python could not flush what nobody reads


def test_results_are_utf_8_whatever_the_locale_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(a_feed(an_item(1, title="Пором 船 🚢")))
    paper = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(paper, encoding="ascii"))
    assert main(["parse", str(feed)]) == 0
    sys.stdout.flush()
    assert json.loads(paper.getvalue())["title"] == "Пором 船 🚢"


def test_tables_are_brought_up_to_date_and_it_is_said(serieswatch: Console, bare: str) -> None:
    first = serieswatch("migrate", "--database", bare, "--json")
    assert (first.code, first.err) == (0, "")
    assert first.json["before"] is None
    after = first.json["after"]
    assert serieswatch("migrate", "--database", bare).out == (
        f"The tables are at {after} already.\n"
    )
    seeded = serieswatch("seed", "--database", bare, "--json").json
    assert set(seeded) == {"outlets", "feeds", "new_feeds", "series", "new_definitions", "kept"}
    assert seeded["feeds"] == seeded["new_feeds"] > 40
    again = serieswatch("seed", "--database", bare).out
    assert "(0 new)" in again
    assert "(changed: none)" in again


def test_ctrl_c_while_a_verb_is_being_loaded_is_told_in_a_word(
    serieswatch: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(_name: str) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "import_module", pressed)
    assert serieswatch("feeds", "list") == Said(130, "", "serieswatch: interrupted\n")


def test_a_worker_that_was_told_nonsense_does_not_start(server: Engine) -> None:
    url = server.url.set(database="serieswatch").render_as_string(hide_password=False)
    run = subprocess.run(
        [sys.executable, "-m", "cli.main", "worker", "--kind", "fetch"],
        cwd=ROOT,
        env={
            "SERIESWATCH_DATABASE_URL": url,
            "SERIESWATCH_BROKER_URL": "redis://127.0.0.1:1/0",
            "SERIESWATCH_ALLOW_INSIDE": "the moon",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    refused(Said(run.returncode, run.stdout, run.stderr), "'the moon' is not a network")


@pytest.fixture(autouse=True)
def own_settings(server: Engine) -> None:
    """Settings name a database that answers, whatever the test before this one named."""
    url = server.url.set(database="serieswatch").render_as_string(hide_password=False)
    told.override(database_url=url)
