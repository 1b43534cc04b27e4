"""`play`, short of playing: what it refuses before anything is started; and asking what it kept.

That it plays, and what it says at the end, is seen in tests/journeys.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cli.embedded import servers, temporary_directory
from store import feeds, schema
from store.session import make_engine, transaction
from tests.cli.console import Console, Said
from tests.law.tree import ROOT
from tests.rounds import SERIES, a_feed, an_item


def refused(said: Said, *words: str) -> None:
    """It was refused with one plain sentence at the end, and no result."""
    assert said.code == 1
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("serieswatch: ")
    for word in words:
        assert word in said.err.splitlines()[-1]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    folder = tmp_path / "recording" / "post"
    folder.mkdir(parents=True)
    (folder / "20260309T120000.xml").write_bytes(a_feed(an_item(1)))
    return folder.parent


def test_what_cannot_be_played_is_refused_before_anything_is_started(
    serieswatch: Console, recording: Path, tmp_path: Path
) -> None:
    refused(serieswatch("play", tmp_path / "missing", "--once"), "is no folder")
    refused(serieswatch("play", recording / "post", "--once"), "holds no recorded feeds")
    missing = serieswatch("play", recording, "--once", "--series", tmp_path / "no.toml")
    refused(missing, "no.toml cannot be read")
    assert missing.err.count("\n") == 1  # nothing was said of servers
    bad = tmp_path / "bad.toml"
    bad.write_text(SERIES.replace("weekday", "wekday"), encoding="utf-8")
    refused(serieswatch("play", recording, "--series", bad), "bad.toml:6:", "wekday")


def test_a_database_with_feeds_of_its_own_is_not_played_into(
    database: Engine, recording: Path
) -> None:
    with transaction(database) as session:
        outlet_id = feeds.ensure_outlet(session, key="gazette", name="The Gazette")
        feeds.ensure_feed(session, url="https://gazette.example/feed", outlet_id=outlet_id)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "cli.main", "play", str(recording), "--once", "--json"]
    run = subprocess.run(
        [*command, "--database", url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = Said(run.returncode, run.stdout, run.stderr)
    refused(said, "follows 1 feeds of its own, such as https://gazette.example/feed")
    with transaction(database) as session:
        assert len(feeds.lines(session)) == 1


@pytest.fixture
def kept() -> Iterator[Path]:
    """A folder in which a database was kept, its server stopped."""
    with temporary_directory() as directory:
        with servers(directory, broker=False) as started:
            engine = make_engine(started.database_url)
            schema.migrate(engine)
            with transaction(engine) as session:
                outlet_id = feeds.ensure_outlet(session, key="gazette", name="The Gazette")
                url = "https://gazette.example/feed"
                feeds.ensure_feed(session, url=url, outlet_id=outlet_id)
            engine.dispose()
        yield directory


def test_a_kept_database_is_started_for_the_question_and_stopped_again(
    serieswatch: Console, kept: Path
) -> None:
    for _ in range(2):
        said = serieswatch("feeds", "list", "--keep", kept, "--json")
        assert (said.code, [line["outlet"] for line in said.lines]) == (0, ["gazette"])
    assert not (kept / "postgres" / "postmaster.pid").exists()
