"""The backup service: one as often as was asked for, old ones let go, failures shown."""

import os
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cli import backup
from cli.dumping import NoBackup
from cli.keeping import RETRY, Keeper
from store.exposition import text_format
from store.session import transaction
from tests.rounds import own_database


@pytest.fixture(scope="module")
def engine(server: Engine) -> Iterator[Engine]:
    """A database of its own, with our tables."""
    with own_database(server, "looked_after") as made:
        yield made


class Room:
    """A folder of backups, its keeper, and time that passes when it is told to."""

    def __init__(self, folder: Path, engine: Engine, *, verify: bool = False) -> None:
        self.folder, self.passed, self.alive = folder / "backups", 0.0, folder / "alive"
        self.folder.mkdir(exist_ok=True)
        asked = Namespace(every=24, days=14, verify=verify)
        self.keeper = Keeper(self.folder, engine, asked, self.alive, elapsed=lambda: self.passed)

    def look(self) -> None:
        self.keeper.look()

    def files(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir())

    def is_failing(self) -> bool:
        return "serieswatch_backup_failing 1\n" in text_format(self.keeper.families())

    def put(self, age: timedelta, name: str = "serieswatch-{}.dump") -> str:
        """A backup of that age, as far as names tell."""
        at = datetime.now(UTC) - age  # noqa: TID251  # as the database's, give or take
        named = name.format(f"{at:%Y%m%dT%H%M%SZ}")
        (self.folder / named).touch()
        (self.folder / f"{named}.json").touch()
        return named


def stamped(engine: Engine, age: timedelta) -> None:
    """Let the database know of a backup of that age."""
    with transaction(engine) as session:
        session.execute(
            text(
                "INSERT INTO heartbeats (name, at) VALUES ('backup', now() - :age) "
                "ON CONFLICT (name) DO UPDATE SET at = excluded.at"
            ),
            {"age": age},
        )


def test_the_first_is_made_at_once_and_then_none_before_its_time(
    tmp_path: Path, engine: Engine
) -> None:
    room = Room(tmp_path, engine, verify=True)
    room.look()
    made = room.files()
    assert [name.rpartition("Z")[2] for name in made] == [".dump", ".dump.json"]
    assert room.alive.exists()
    assert not room.is_failing()
    room.look()
    assert room.files() == made


def test_it_is_due_by_the_folder_and_by_the_database(tmp_path: Path, engine: Engine) -> None:
    room = Room(tmp_path, engine)
    known = room.put(timedelta(hours=1))
    stamped(engine, timedelta(hours=1))
    room.look()
    assert room.files() == [known, f"{known}.json"]
    stamped(engine, timedelta(hours=25))  # the database was put back
    room.look()
    assert len(room.files()) == 4
    for file in room.folder.iterdir():  # the directory was changed for another
        file.unlink()
    room.look()
    assert len(room.files()) == 2


def test_old_ones_go_once_a_new_one_is_there_and_nothing_else_does(
    tmp_path: Path, engine: Engine
) -> None:
    room = Room(tmp_path, engine)
    old = room.put(timedelta(days=15))
    young = room.put(timedelta(days=13))
    room.put(timedelta(days=12))
    (room.folder / "before-the-upgrade.dump").touch()
    left = room.put(timedelta(days=2), ".serieswatch-{}.dump.0123abcd.unfinished")
    trial = "serieswatch_trial_20010101t000000_0a"
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {trial} TEMPLATE template0"))
        room.look()
        asked = text("SELECT count(*) FROM pg_database WHERE datname = :left")
        assert connection.scalar(asked, {"left": trial}) == 0
    files = room.files()
    assert {young, "before-the-upgrade.dump"} < set(files)
    assert not {old, f"{old}.json", left} & set(files)


def test_what_fails_is_shown_and_tried_again_before_long(
    tmp_path: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(tmp_path, engine)
    aside = room.folder.rename(tmp_path / "aside")
    room.look()
    assert room.is_failing()
    assert not room.alive.exists()
    assert caplog.messages == [
        f"no backup was made: {room.folder} is no folder that user {os.getuid()} may write to"
    ]
    aside.rename(room.folder)
    room.look()
    assert room.is_failing()  # it is not tried every minute
    room.passed = RETRY
    room.look()
    assert len(room.files()) == 2
    assert room.alive.exists()
    assert not room.is_failing()


def test_a_clock_that_was_ahead_for_a_while_stops_no_backup(tmp_path: Path, engine: Engine) -> None:
    room = Room(tmp_path, engine)
    ahead = room.put(-timedelta(days=30))
    stamped(engine, -timedelta(days=30))
    room.look()
    made = set(room.files()) - {ahead, f"{ahead}.json"}
    assert len(made) == 2
    room.look()
    assert len(room.files()) == 4  # and the next one is due by this one, not by that


def test_a_disk_that_old_ones_fill_is_made_free_before_the_next(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> dict[str, object]:
        raise NoBackup("No space left on device")

    monkeypatch.setattr(backup, "make", full)
    room = Room(tmp_path, engine)
    ages = (40, 30, 20, 16, 15)
    old = [room.put(timedelta(days=age)) for age in ages]
    room.look()
    assert room.is_failing()
    # Older than asked for, all of them: but the newest are what there is.
    assert [name for name in room.files() if name.endswith(".dump")] == old[2:]
