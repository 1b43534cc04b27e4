"""Watched directories: files taken whole, once, from allowed places only, and never lost."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import Engine, func, select, update

from config import settings as told
from config.settings import Settings
from store.models import (
    DocumentRow,
    DroppedFileRow,
    FeedRow,
    SetAsideRow,
    StoryRow,
    VersionRow,
)
from tests.fakes import killed_at
from tests.rounds import Rounds, a_feed, an_item, newsroom, own_database
from workers import drops
from workers.drops import SECOND_LOOK, directory
from workers.pieces import ENOUGH_PIECES


@pytest.fixture(scope="module")
def drop_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "drops") as engine:
        yield engine


class Wire:
    """A directory that is watched, as its publisher and our workers see it."""

    def __init__(self, rounds: Rounds, place: Path) -> None:
        self.rounds = rounds
        self.place = place / "in"
        self.place.mkdir()
        self.allowed: tuple[str, ...] = (str(place),)
        self.url = f"file://{self.place}"
        self.id = rounds.follow(self.url, outlet="tide-wire", kind="wire")

    def settings(self) -> Settings:
        return replace(told.settings(), drop_directories=self.allowed, body_cap_mb=0.01)

    def put(self, name: str, body: bytes, *, second: int = 0) -> Path:
        """Put a file there, changed at that second."""
        path = self.place / name
        path.write_bytes(body)
        os.utime(path, ns=(second * 10**9, second * 10**9))
        return path

    def look(self) -> list[int]:
        """One look; gives the documents that came of it."""
        self.rounds.make_due(self.id)
        return drops.collect([self.id], self.settings(), never)

    def looks(self) -> list[int]:
        """Two looks, as many as a whole file needs."""
        return [*self.look(), *self.look()]

    def row(self) -> FeedRow:
        return self.rounds.feed(self.url)

    def bodies(self) -> list[bytes]:
        return [document.body for document in self.rounds.rows(DocumentRow)]

    def waits(self) -> timedelta:
        """How long until the next look."""
        with self.rounds.session() as session:
            asked = select(FeedRow.due_at, func.now()).where(FeedRow.id == self.id)
            due_at, now = session.execute(asked).one()
        return timedelta(seconds=(due_at - now).total_seconds())


def never(*_: object, **__: object) -> NoReturn:
    """A directory opens no connection."""
    raise AssertionError


@pytest.fixture
def wire(drop_database: Engine, tmp_path: Path) -> Iterator[Wire]:
    with newsroom(drop_database) as rounds:
        yield Wire(rounds, tmp_path)


def test_a_file_becomes_a_document_and_its_items_stories(wire: Wire) -> None:
    body = a_feed(an_item(1), an_item(2))
    path = wire.put("a story.xml", body)
    assert wire.look() == []
    [number] = wire.look()
    [document] = wire.rounds.rows(DocumentRow)
    assert (document.id, document.way, document.body) == (number, "drop", body)
    assert document.url == f"{wire.url}/a%20story.xml"
    wire.rounds.parse(number)
    assert len(wire.rounds.rows(StoryRow)) == 2
    assert path.read_bytes() == body  # it lies where it lay
    assert (wire.row().state, wire.row().reason) == ("ok", "1 files taken")
    assert wire.looks() == []
    assert wire.row().reason == "nothing new lies there"


def test_a_file_still_growing_is_waited_for_and_looked_at_again_soon(wire: Wire) -> None:
    whole = a_feed(an_item(1))
    wire.put("a.xml", whole[:50], second=1)
    assert wire.look() == []
    assert wire.waits() <= timedelta(seconds=SECOND_LOOK)
    wire.put("a.xml", whole, second=2)
    assert wire.look() == []
    assert len(wire.look()) == 1
    assert wire.bodies() == [whole]
    assert wire.waits() > timedelta(seconds=SECOND_LOOK)


def test_a_file_renamed_into_place_is_taken_and_unfinished_names_are_not(wire: Wire) -> None:
    for name in (".hidden.xml", "a.xml.part", "b.TMP", "c.xml~", "d.filepart"):
        wire.put(name, a_feed(an_item(1)))
    wire.put("empty.xml", b"")
    (wire.place / "folder").mkdir()
    assert wire.looks() == []
    (wire.place / "a.xml.part").rename(wire.place / "a.xml")
    assert len(wire.looks()) == 1


def test_a_changed_file_is_taken_again_and_a_touched_one_is_not(wire: Wire) -> None:
    wire.put("a.xml", a_feed(an_item(1)), second=1)
    assert len(wire.looks()) == 1
    wire.put("a.xml", a_feed(an_item(1)), second=2)
    assert wire.looks() == []
    wire.put("a.xml", a_feed(an_item(2)), second=3)
    assert len(wire.looks()) == 1
    assert len(wire.bodies()) == 2


def test_files_are_taken_oldest_first_and_many_in_several_looks(wire: Wire) -> None:
    for number in range(ENOUGH_PIECES + 5):
        wire.put(f"{-number % 7}-{number}.xml", b"<rss>%d</rss>" % number, second=number + 1)
    assert len(wire.looks()) == ENOUGH_PIECES
    assert wire.waits() < timedelta(seconds=2)
    assert len(wire.look()) == 5
    assert wire.bodies() == [b"<rss>%d</rss>" % number for number in range(ENOUGH_PIECES + 5)]


def test_a_huge_file_is_refused_by_size_and_set_aside_with_its_beginning(wire: Wire) -> None:
    wire.put("huge.xml", b"<rss>" + b"x" * 20_000)
    wire.put("small.xml", a_feed(an_item(1)))
    assert len(wire.looks()) == 1
    [aside] = wire.rounds.rows(SetAsideRow)
    assert (aside.stage, aside.state) == ("drop", "too_big")
    assert "huge.xml" in aside.reason
    assert "SERIESWATCH_BODY_CAP_MB" in aside.reason
    assert aside.raw.startswith(b"<rss>xxx")
    assert "1 are too large" in wire.row().reason
    assert wire.looks() == []
    assert wire.rounds.rows(SetAsideRow)[0].times == 1


def test_a_file_that_cannot_be_read_is_set_aside_with_bytes_and_reason(wire: Wire) -> None:
    wire.put("report.doc", b"\x00\x01 not a wire")
    [number] = wire.looks()
    wire.rounds.parse(number)
    [aside] = wire.rounds.rows(SetAsideRow)
    assert (aside.stage, aside.document_id, aside.raw) == (
        "parse",
        number,
        b"\x00\x01 not a wire",
    )
    assert wire.row().state == "ok"


def test_a_name_that_is_no_text_is_taken_all_the_same(wire: Wire) -> None:
    path = os.path.join(os.fsencode(wire.place), b"\xff\xfe.xml")  # noqa: PTH118  # a name in bytes
    with open(path, "wb") as file:  # noqa: PTH123  # a Path is text
        file.write(a_feed(an_item(1)))
    assert len(wire.looks()) == 1
    assert wire.rounds.rows(DroppedFileRow)[0].name == "\\xff\\xfe.xml"
    assert wire.looks() == []


# --- nothing from elsewhere


def test_links_and_pipes_are_passed_over_and_that_is_told(wire: Wire, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(a_feed(an_item(1)))
    (wire.place / "link.xml").symlink_to(secret)
    os.mkfifo(wire.place / "pipe.xml")
    assert wire.looks() == []
    assert "2 are links or no files" in wire.row().reason


def test_a_link_put_in_a_files_place_between_two_looks_is_not_followed(
    wire: Wire, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(a_feed(an_item(1)))
    path = wire.put("a.xml", b"x" * 10)
    wire.look()
    path.unlink()
    path.symlink_to(secret)
    assert wire.looks() == []


def test_a_directory_elsewhere_is_refused_however_it_is_written(wire: Wire, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (tmp_path / "out").symlink_to(outside)
    for url in (
        f"file://{outside}",
        f"file://{wire.place}/../../{outside.name}",
        f"file://{wire.place}/%2e%2e/%2e%2e/{outside.name}",
        f"file://{tmp_path}/out",
        f"file://elsewhere{wire.place}",
        f"file://{wire.place}%00",
        "file:///",
    ):
        with pytest.raises(ValueError, match=r"not below|no directory"):
            directory(url, wire.allowed)
    for url in (
        wire.url,
        f"file://localhost{wire.place}",
        f"file://{wire.place}/",
        f"file://{tmp_path}",
    ):
        assert directory(url, wire.allowed).is_dir()
    with pytest.raises(ValueError, match="SERIESWATCH_DROP_DIRECTORIES"):
        directory(wire.url, ())


def test_a_directory_that_may_not_be_watched_is_a_failure_with_its_reason(wire: Wire) -> None:
    wire.put("a.xml", a_feed(an_item(1)))
    wire.allowed = ()
    assert wire.looks() == []
    row = wire.row()
    assert (row.state, row.failures) == ("blocked_address", 2)
    assert "SERIESWATCH_DROP_DIRECTORIES" in row.reason
    assert wire.waits() > timedelta(seconds=row.interval_seconds * 3)


def test_a_directory_that_is_gone_is_a_failure_and_comes_back(wire: Wire) -> None:
    wire.put("a.xml", a_feed(an_item(1)))
    assert len(wire.looks()) == 1
    away = wire.place.with_name("away")
    wire.place.rename(away)
    assert wire.look() == []
    assert (wire.row().state, wire.row().failures) == ("unreachable", 1)
    assert "no such file" in wire.row().reason
    away.rename(wire.place)
    assert wire.looks() == []  # known as it was: nothing is taken twice
    assert (wire.row().state, wire.row().failures) == ("ok", 0)


# --- nothing lost, nothing twice


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO documents", "INSERT INTO dropped_files", "UPDATE feeds SET work_state"],
)
def test_a_worker_that_dies_at_any_line_loses_no_file_and_doubles_none(
    wire: Wire, statement: str
) -> None:
    wire.put("a.xml", a_feed(an_item(1)))
    wire.look()
    wire.rounds.make_due(wire.id)
    with killed_at(wire.rounds.engine, statement):
        drops.collect([wire.id], wire.settings(), never)
    assert wire.bodies() == []
    wire.rounds.run_out(FeedRow)
    assert len(drops.collect([wire.id], wire.settings(), never)) == 1
    assert wire.looks() == []
    assert len(wire.bodies()) == 1


def test_two_workers_at_once_take_a_file_once(wire: Wire) -> None:
    wire.put("a.xml", a_feed(an_item(1)))
    wire.look()
    wire.rounds.make_due(wire.id)
    assert len(drops.collect([wire.id, wire.id], wire.settings(), never)) == 1


def test_a_file_that_vanishes_or_changes_while_it_is_read_is_left_for_later(wire: Wire) -> None:
    path = wire.put("a.xml", a_feed(an_item(1)))
    wire.look()
    path.unlink()
    assert wire.look() == []
    assert wire.row().state == "ok"


def test_files_long_gone_are_forgotten_and_those_of_yesterday_are_not(wire: Wire) -> None:
    for name in ("old.xml", "new.xml"):
        wire.put(name, a_feed(an_item(1)))
    wire.looks()
    long_ago = func.now() - timedelta(days=40)
    with wire.rounds.session() as session:
        is_old = DroppedFileRow.name == "old.xml"
        session.execute(update(DroppedFileRow).where(is_old).values(seen_at=long_ago))
    wire.look()
    assert len(wire.rounds.rows(DroppedFileRow)) == 2  # it still lies there
    for name in ("old.xml", "new.xml"):
        (wire.place / name).unlink()
    wire.look()
    assert [row.name for row in wire.rounds.rows(DroppedFileRow)] == ["new.xml"]


def test_only_what_is_not_of_the_web_is_rung_for(wire: Wire) -> None:
    for feed_id in wire.rounds.feeds.values():
        wire.rounds.make_due(feed_id)
    assert drops.due_sources(wire.settings()) == [wire.id]
    assert drops.due_sources(wire.settings()) == []


def test_a_rewritten_feed_gives_a_new_version_and_no_second_story(wire: Wire) -> None:
    wire.put("a.xml", a_feed(an_item(1)), second=1)
    wire.rounds.parse(wire.looks()[0])
    wire.put("a.xml", a_feed(an_item(1, title="Ferry talks end")), second=2)
    wire.rounds.parse(wire.looks()[0])
    assert len(wire.rounds.rows(StoryRow)) == 1
    assert len(wire.rounds.rows(VersionRow)) == 2
