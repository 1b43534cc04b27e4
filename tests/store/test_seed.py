"""Seeding: config's own files and invented ones, the second time nothing changes."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from cli import seeding
from pipeline.errors import BadInput
from pipeline.records import Custom, Outlet, OutletFeed
from store import clock, feeds, seed
from store.models import FeedRow, OutletRow
from store.wires import custom_from_json
from tests.rounds import fingerprint

GAZETTE = Outlet(
    key="gazette",
    name="The Gazette",
    kind="wire",
    homepage="https://gazette.example/",
    country="NL",
    language="en",
    aliases=("Gaz",),
    feeds=(
        OutletFeed(url="https://gazette.example/world.xml", title="World", interval_seconds=300),
        OutletFeed(url="https://gazette.example/top.xml"),
    ),
)


def test_config_seeds_a_new_house_and_again_changes_nothing(database: Engine) -> None:
    first = seeding.seed_all(database)
    assert first.outlets >= 40
    assert first.feeds == first.new_feeds > 40
    assert set(first.new_definitions) >= {"diplomacy-watch", "gaza-talks", "iran-talks"}
    once = fingerprint(database)
    again = seeding.seed_all(database)
    assert (again.new_feeds, again.new_definitions) == (0, [])
    assert (again.feeds, again.series) == (first.feeds, first.series)
    assert fingerprint(database) == once


def test_a_new_house_does_not_poll_all_its_feeds_in_one_burst(database: Engine) -> None:
    seeding.seed_all(database)
    with database.connect() as connection:
        wait = func.extract("epoch", FeedRow.due_at - FeedRow.created_at)
        waits = [float(found) for found in connection.scalars(select(wait))]
    assert max(waits) <= seeding.SPREAD
    assert len({round(found) for found in waits}) > len(waits) / 3


def test_an_outlets_facts_and_feeds_are_taken_over(session: Session) -> None:
    seeded = seed.put_outlets(session, [GAZETTE])
    assert (seeded.outlets, seeded.feeds, seeded.new_feeds) == (1, 2, 2)
    row = session.scalars(select(OutletRow)).one()
    assert (row.name, row.kind, row.country, row.aliases) == ("The Gazette", "wire", "NL", ["Gaz"])
    assert {(f.url, f.title, f.interval_seconds) for f in feeds.lines(session)} == {
        ("https://gazette.example/world.xml", "World", 300),
        ("https://gazette.example/top.xml", "", 900),
    }


def test_a_changed_file_changes_the_rows_and_what_left_it_keeps_its_own(session: Session) -> None:
    seed.put_outlets(session, [GAZETTE])
    before = feeds.ids_by_url(session)
    moved = (OutletFeed(url="https://gazette.example/world.xml", interval_seconds=600),)
    seeded = seed.put_outlets(session, [replace(GAZETTE, name="Gazette", feeds=moved)])
    assert (seeded.feeds, seeded.new_feeds) == (1, 0)
    assert feeds.ids_by_url(session) == before
    session.expire_all()
    assert session.scalars(select(OutletRow.name)).one() == "Gazette"
    assert {line.interval_seconds for line in feeds.lines(session)} == {600, 900}


def test_seeding_leaves_a_paused_feed_paused_and_its_health_alone(session: Session) -> None:
    seed.put_outlets(session, [GAZETTE])
    [first, _] = feeds.lines(session)
    feeds.set_paused(session, first.id, is_paused=True)
    seed.put_outlets(session, [GAZETTE])
    session.expire_all()
    assert {line.id: line.state for line in feeds.lines(session)}[first.id] == "paused"


def test_full_text_is_switched_on_by_the_file_and_off_by_an_operator_alone(
    session: Session,
) -> None:
    whole = OutletFeed(url="https://gazette.example/top.xml", full_text=True)
    seed.put_outlets(session, [replace(GAZETTE, feeds=(GAZETTE.feeds[0], whole))])
    seed.put_outlets(session, [GAZETTE])
    asked = select(FeedRow.url, FeedRow.wants_full_text).order_by(FeedRow.url)
    assert session.execute(asked).all() == [
        ("https://gazette.example/top.xml", True),
        ("https://gazette.example/world.xml", False),
    ]


def test_a_sources_customs_are_the_files_where_it_names_them(session: Session) -> None:
    london = Custom(time_zone="Europe/London", charset="cp1252", prefixes=(("EILT", "alert"),))
    own = OutletFeed(url="https://gazette.example/top.xml", custom=london)
    seed.put_outlets(session, [replace(GAZETTE, feeds=(GAZETTE.feeds[0], own))])
    seed.put_outlets(session, [GAZETTE])
    asked = select(FeedRow.custom).order_by(FeedRow.url)
    kept, untold = session.scalars(asked)
    assert custom_from_json(kept) == london
    assert custom_from_json(untold) == Custom()


def test_first_polls_may_be_spread(session: Session) -> None:
    seed.put_outlets(session, [GAZETTE], first_poll_in={"https://gazette.example/top.xml": 3600})
    due = {line.url: line.next_poll for line in feeds.lines(session)}
    now = clock.real_now(session)
    assert due["https://gazette.example/world.xml"] <= now
    assert due["https://gazette.example/top.xml"] > now


def test_a_definition_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing, scrambled = tmp_path / "missing.toml", tmp_path / "scrambled.toml"
    scrambled.write_bytes(b"key = '\xff'")
    for path, why in ((missing, "cannot be read: No such file"), (scrambled, "save it as UTF-8")):
        with pytest.raises(BadInput) as refused:
            seeding.definitions([path])
        assert str(path) in str(refused.value)
        assert why in str(refused.value)


def test_a_feed_that_has_moved_is_the_one_its_first_address_names(session: Session) -> None:
    seed.put_outlets(session, [GAZETTE])
    first, second = GAZETTE.feeds[0].url, "https://news.gazette.example/world.xml"
    feed_id = feeds.ids_by_url(session)[first]
    assert feeds.adopt(session, feed_id, url=second, why="moved for good")
    seeded = seed.put_outlets(session, [GAZETTE])
    assert (seeded.feeds, seeded.new_feeds) == (2, 0)
    assert {one.url for one in feeds.lines(session)} == {second, GAZETTE.feeds[1].url}
    assert feeds.ids_by_url(session)[first] == feed_id
    assert feeds.take_back(session, feed_id, by="ines") == first


def test_seeding_tells_whose_server_a_feed_stands_on(session: Session) -> None:
    seed.put_outlets(session, [GAZETTE])
    session.execute(update(FeedRow).values(host=""))
    seed.put_outlets(session, [GAZETTE])
    assert set(session.scalars(select(FeedRow.host))) == {"gazette.example"}
