"""`backup` and `restore`: one moment in one file, found whole, and put back fit for work."""

import errno
import json
import os
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, insert, select, text, update

from cli import backup, dumping
from config import settings as told
from store import clock, fingerprintdays, schema, users, waiting, work
from store import session as sessions
from store.models import AuditRow, DocumentRow, SessionRow, StoryRow, UserRow
from store.session import make_engine, transaction
from tests.cli.console import Console
from tests.fakes import at_statement
from tests.rounds import WORLD, Rounds, an_item, newsroom, own_database
from workers import flow

PASSWORD = "a long enough word"  # noqa: S105  # opens nothing but this test


@pytest.fixture(scope="module")
def room(server: Engine) -> Iterator[Rounds]:
    """A newsroom with stories, an editor signed in, and a document that somebody is reading."""
    with own_database(server, "backed_up") as engine, newsroom(engine) as rounds:
        rounds.serve(an_item(1), an_item(2), etag='"first"')
        rounds.parse(rounds.poll())
        rounds.refresh(*rounds.place())
        rounds.serve(an_item(3), an_item(2), an_item(1), etag='"second"')
        in_hand = rounds.poll()
        assert in_hand is not None
        with rounds.session() as session:
            users.add(session, name="editor", password=PASSWORD, role="chief")
            editor = session.scalars(select(UserRow.id)).one()
            later = func.now() + timedelta(days=1)
            signed_in = {"token_hash": b"1", "csrf_token": "1", "expires_at": later}
            session.execute(insert(SessionRow).values(user_id=editor, **signed_in))
            work.claim(session, DocumentRow, [in_hand], lease_seconds=600, max_attempts=5)
        yield rounds


@pytest.fixture(scope="module")
def made(room: Rounds, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it, made while somebody else goes on writing."""
    folder = tmp_path_factory.mktemp("kept")

    def write() -> None:
        with transaction(room.engine) as session:
            users.add(session, name="late", password=PASSWORD, role="editor")

    asked = Namespace(to=str(folder), verify=True, json=True)
    with at_statement(room.engine, r"count\(\*\) FROM audit", write):
        assert backup.backup(asked, room.engine) == 0
    (file,) = folder.glob("*.dump")
    return file


@contextmanager
def empty_database(server: Engine, name: str = "put_back") -> Iterator[str]:
    """The address of a database without anything in it."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with autocommit.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def manifest_of(file: Path) -> dict[str, object]:
    """What the backup says of itself."""
    read: dict[str, object] = json.loads(file.with_name(f"{file.name}.json").read_text())
    return read


def test_a_backup_is_of_one_moment_though_others_write_meanwhile(room: Rounds, made: Path) -> None:
    rows = manifest_of(made)["rows"]
    assert isinstance(rows, dict)
    assert rows["users"] == 1  # the second came while it was being made
    assert rows["stories"] == 2
    assert rows["documents"] == 2
    assert len(room.rows(UserRow)) == 2


def test_it_says_what_it_is_and_belongs_to_its_owner_alone(made: Path) -> None:
    told_of = manifest_of(made)
    assert told_of["tables_at"] == schema.head()
    assert told_of["verified"] == "restored"
    assert told_of["bytes"] == made.stat().st_size
    for file in (made, made.with_name(f"{made.name}.json")):
        assert file.stat().st_mode & 0o077 == 0
    assert {file.name for file in made.parent.iterdir()} == {made.name, f"{made.name}.json"}


def test_when_the_last_good_one_was_made_is_a_heartbeat(room: Rounds, made: Path) -> None:
    assert made.exists()
    with room.session() as session:
        age = clock.real_now(session) - waiting.ticks(session)["backup"]
    assert age < timedelta(minutes=10)


def test_restored_it_is_fit_for_work(
    server: Engine, room: Rounds, made: Path, serieswatch: Console
) -> None:
    """Polls are conditional, what was in hand is done, nothing old comes as new."""
    before = told.settings().database_url
    with empty_database(server) as url:
        said = serieswatch("restore", made, "--database", url, "--json")
        assert said.code == 0, said.err
        assert said.json["compared"] is True
        assert (said.json["leases_cleared"], said.json["sessions_ended"]) == (1, 1)
        told.override(database_url=url)
        sessions.engine.cache_clear()
        flow.forget()
        engine = make_engine(url)
        try:
            there = Rounds(engine, room.http, room.feeds)
            look_at_restored(there)
        finally:
            engine.dispose()
            sessions.engine().dispose()
            told.override(database_url=before)
            sessions.engine.cache_clear()
            flow.forget()


def look_at_restored(there: Rounds) -> None:
    """The document that was in hand is read at once; a poll finds nothing new; days are there."""
    in_hand = max(row.id for row in there.rows(DocumentRow))
    row = there.rows(DocumentRow)[-1]
    assert (row.lease_token, row.attempts) == (None, 0)
    assert there.parse(in_hand)
    there.refresh(*there.place())
    assert len(there.rows(StoryRow)) == 3
    there.http.requests.clear()
    assert there.poll(WORLD) is None
    assert there.http.requests[-1].headers["If-None-Match"] == '"second"'
    # Whole and without its name it still brings nothing: its items are known.
    there.serve(an_item(3), an_item(2), an_item(1))
    there.poll(WORLD)
    there.place()
    assert len(there.rows(StoryRow)) == 3
    with there.session() as session:
        assert session.scalar(select(func.count()).where(SessionRow.revoked_at.is_(None))) == 0
        assert len(fingerprintdays.days(session)) > 1
        actions = select(AuditRow.action).where(AuditRow.actor == "machine:restore")
        assert session.scalars(actions).all() == ["database.restore"]


def test_into_a_database_that_is_not_empty_nothing_is_restored(
    room: Rounds, made: Path, serieswatch: Console
) -> None:
    url = room.engine.url.render_as_string(hide_password=False)
    said = serieswatch("restore", made, "--database", url)
    assert said.code == 1
    assert "not empty" in said.err


def test_a_file_that_was_changed_or_is_none_is_refused(
    server: Engine, made: Path, tmp_path: Path, serieswatch: Console
) -> None:
    cut = tmp_path / made.name
    cut.write_bytes(made.read_bytes()[:-200])
    cut.with_name(f"{cut.name}.json").write_text(made.with_name(f"{made.name}.json").read_text())
    none = tmp_path / "letter.dump"
    none.write_text("Dear desk,")
    with empty_database(server) as url:
        for file, words in ((cut, "changed"), (none, "pg_restore"), (tmp_path / "no", "no file")):
            said = serieswatch("restore", file, "--database", url)
            assert (said.code, said.out) == (1, "")
            assert words in said.err
        engine = make_engine(url)
        with engine.connect() as connection:
            asked = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert connection.scalar(asked) == 0
        engine.dispose()


def test_a_backup_of_a_newer_version_is_refused_and_of_an_older_one_migrated(
    server: Engine, room: Rounds, tmp_path: Path, serieswatch: Console
) -> None:
    url = room.engine.url.render_as_string(hide_password=False)
    head = schema.head()
    file = tmp_path / "newer.dump"
    try:
        move_to(room, "9999")
        assert serieswatch("backup", "--to", file, "--database", url).code == 0
    finally:
        move_to(room, head)
    with empty_database(server) as empty:
        said = serieswatch("restore", file, "--database", empty)
    assert said.code == 1
    assert "newer serieswatch" in said.err
    assert "9999" in said.err


def move_to(room: Rounds, revision: str) -> None:
    """Let the database say that it is of that version."""
    with room.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_nothing_is_written_over_and_half_a_backup_leaves_nothing(
    room: Rounds, tmp_path: Path, serieswatch: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = room.engine.url.render_as_string(hide_password=False)
    there = tmp_path / "there.dump"
    there.write_text("precious")
    said = serieswatch("backup", "--to", there, "--database", url)
    assert said.code == 1
    assert there.read_text() == "precious"
    with room.session() as session:  # what it counts and what it finds do not agree
        session.execute(update(UserRow).values(display_name="Editor"))
    with monkeypatch.context() as patched:
        patched.setattr(backup, "_check", _finds_it_lacking)
        assert serieswatch("backup", "--to", tmp_path / "half.dump", "--database", url).code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["there.dump"]
    monkeypatch.setattr(Path, "rename", _finds_the_disk_full)
    said = serieswatch("backup", "--to", tmp_path / "half.dump", "--database", url)
    assert "half.dump cannot be written: No space left on device" in said.err
    assert [file.name for file in tmp_path.iterdir()] == ["there.dump"]


def _finds_the_disk_full(*_: object) -> Path:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _finds_it_lacking(*_: object) -> int:
    raise dumping.NoBackup("the backup lacks the rows of users")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://desk:s3cret@db.example/news",
        "postgresql+psycopg://desk@db.example/news?password=s3cret&sslmode=require",
    ],
)
def test_no_password_stands_in_the_list_of_processes(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(words: list[str], **how: object) -> subprocess.CompletedProcess[str]:
        seen.append((words, dict(how["env"])))  # type: ignore[call-overload]  # it is one
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    tools = dumping.Tools(Path("/usr/bin"), 17)
    url = make_engine(address).url
    tools.restore(Path("a.dump"), url)
    ((words, environment),) = seen
    assert "s3cret" not in " ".join(words)
    assert environment["PGPASSWORD"] == "s3cret"
