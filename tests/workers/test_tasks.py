"""The doors: a story goes from bell to bell, a broker that is down is no error, bells are small.

The bells lie in kombu's own broker in memory; the feed comes from a server on loopback.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from kombu import serialization
from sqlalchemy import Engine, update

from config import settings as told
from config.settings import SettingsError, settings
from store import subscriptions
from store.models import (
    ArticlePageRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    SubscriptionRow,
    TroubleRow,
    VersionRow,
)
from tests.fakes import Bell, bells
from tests.origin import Origin, origin
from tests.rounds import MONDAY, Rounds, a_feed, an_item, newsroom, own_database

NOBODY = "redis://127.0.0.1:1/0"  # where no broker listens


@pytest.fixture(scope="module")
def tasks_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "tasks") as engine:
        yield engine


@pytest.fixture
def rounds(tasks_database: Engine) -> Iterator[Rounds]:
    with newsroom(tasks_database) as rounds:
        yield rounds


@pytest.fixture
def tasks() -> Iterator[ModuleType]:
    """The doors, with a broker that is not there."""
    told.override(broker_url=NOBODY)
    from workers import tasks  # noqa: PLC0415  # reads the settings overridden above

    _connect(_app(tasks), NOBODY)
    yield tasks
    tasks.http.cache_clear()


def _app(tasks: ModuleType) -> Any:  # noqa: ANN401  # Celery has few types
    return tasks.app


@pytest.fixture
def rung(tasks: ModuleType) -> Iterator[Callable[[], list[Bell]]]:
    """What was rung since the last look, by a broker in memory."""
    _connect(_app(tasks), "memory://")
    with _app(tasks).connection_for_read() as connection:
        queues = {name: connection.SimpleQueue(name) for name in _app(tasks).amqp.queues}

        def look() -> list[Bell]:
            return [bell for queue in queues.values() for bell in bells(queue)]

        look()
        yield look
        look()
        for queue in queues.values():
            queue.close()
    _connect(_app(tasks), NOBODY)


def _connect(app: Any, url: str) -> None:  # noqa: ANN401  # Celery has no types
    app.conf.broker_url = url
    app._pool = app.amqp._producer_pool = None  # noqa: SLF001  # Celery keeps them for ever


@pytest.fixture
def feed(rounds: Rounds, tasks: ModuleType) -> Iterator[tuple[Origin, int]]:
    """A feed on loopback that may be polled, and its id."""
    with origin() as server:
        told.override(allow_inside=server.root.removeprefix("http://").replace(":", "/32:"))
        tasks.http.cache_clear()
        url = server.url("/feed")
        server.serve("/feed", body=a_feed(an_item(1), an_item(2)), headers={"ETag": '"1"'})
        yield server, rounds.follow(url)
    told.override(allow_inside=",")
    tasks.http.cache_clear()


def carry_out(tasks: ModuleType, rung: list[Bell]) -> None:
    doors = {task.name: task for task in _app(tasks).tasks.values()}
    for bell in rung:
        doors[bell.task](*bell.args)


def test_a_story_goes_from_bell_to_bell_until_it_stands_in_an_instalment(
    rounds: Rounds,
    tasks: ModuleType,
    rung: Callable[[], list[Bell]],
    feed: tuple[Origin, int],
) -> None:
    server, feed_id = feed
    tasks.dispatch()
    assert rung() == []
    rounds.make_due(feed_id)
    tasks.dispatch()
    way = []
    while ringing := rung():
        way += [(bell.task, *bell.args) for bell in ringing]
        carry_out(tasks, ringing)
    [document] = rounds.rows(DocumentRow)
    [instalment] = rounds.rows(InstalmentRow)
    assert way == [
        ("workers.fetch", [feed_id]),
        ("workers.parse", [document.id]),
        ("workers.place_stories",),
        ("workers.refresh_draft", instalment.id),
    ]
    assert [asked.path for asked in server.requests] == ["/feed"]
    assert len(rounds.rows(ItemRow)) == 2


def test_a_dropped_file_and_a_push_go_from_bell_to_bell_too(
    rounds: Rounds, tasks: ModuleType, rung: Callable[[], list[Bell]], tmp_path: Path
) -> None:
    told.override(drop_directories=str(tmp_path), public_url="https://desk.example")
    (tmp_path / "wire.xml").write_bytes(a_feed(an_item(1)))
    feed_id = rounds.follow(f"file://{tmp_path}", outlet="tide-wire")
    try:
        for _ in range(2):
            rounds.make_due(feed_id)
            tasks.dispatch()
            [bell] = rung()
            assert (bell.task, bell.args) == ("workers.collect", ([feed_id],))
            carry_out(tasks, [bell])
        [document] = rounds.rows(DocumentRow)
        assert [(bell.task, bell.args) for bell in rung()] == [("workers.parse", ([document.id],))]
        with rounds.session() as session:
            push = update(DocumentRow).values(way="push", announced_until=None)
            session.execute(push)
            subscriptions.note_ways(session, feed_id, hub="http://127.0.0.1/", topic="http://t/")
        tasks.dispatch()
        assert [(bell.task, bell.args) for bell in rung()] == [("workers.parse", ([document.id],))]
        tasks.sweep()
        [row] = rounds.rows(SubscriptionRow)
        [bell] = rung()
        assert (bell.task, bell.args) == ("workers.subscribe", (row.id,))
        carry_out(tasks, [bell])
        assert "blocked_address" in rounds.rows(SubscriptionRow)[0].reason
    finally:
        told.override(drop_directories=",")


def test_the_page_of_a_story_goes_from_bell_to_bell(
    rounds: Rounds,
    tasks: ModuleType,
    rung: Callable[[], list[Bell]],
    feed: tuple[Origin, int],
) -> None:
    server, feed_id = feed
    told.override(connect_to="post.example=" + server.root.removeprefix("http://"))
    tasks.http.cache_clear()
    item = an_item(1, link="http://post.example/world/1")
    server.serve("/feed", body=a_feed(item))
    server.serve("/robots.txt", body=b"User-agent: *\nDisallow: /private")
    said = f"{item.title}: nobody had expected it, said the harbour master"
    words = "".join(f"<p>{said} on day {day} of the week.</p>" for day in range(9))
    page = f"<html><body><article>{words}</article></body></html>".encode()
    server.serve("/world/1", body=page, headers={"Content-Type": "text/html"})
    with rounds.session() as session:
        own = {"url": "http://post.example/feed", "wants_full_text": True}
        session.execute(
            update(FeedRow).where(FeedRow.id == feed_id).values(own)
        )  # of the same server as its pages
    rounds.make_due(feed_id)
    tasks.dispatch()
    while ringing := rung():
        carry_out(tasks, ringing)
    way = []
    try:
        for _ in range(2):
            tasks.read_pages()
            while ringing := rung():
                way += [bell.task for bell in ringing]
                carry_out(tasks, ringing)
            rounds.come_due(ArticlePageRow)
    finally:
        told.override(connect_to=",")
    assert way == [
        *("workers.fetch_pages", "workers.fetch_pages", "workers.extract_pages"),
        *("workers.place_stories", "workers.refresh_draft"),
    ]
    assert [asked.path for asked in server.requests] == ["/feed", "/robots.txt", "/world/1"]
    assert "harbour master" in max(v.text for v in rounds.rows(VersionRow))


def test_doubled_bells_change_nothing(
    rounds: Rounds,
    tasks: ModuleType,
    rung: Callable[[], list[Bell]],
    feed: tuple[Origin, int],
) -> None:
    server, feed_id = feed
    rounds.make_due(feed_id)
    tasks.dispatch()
    counted: Counter[str] = Counter()
    while ringing := rung():
        counted.update(bell.task for bell in ringing)
        carry_out(tasks, ringing)
        carry_out(tasks, ringing)
    assert len(server.requests) == len(rounds.rows(DocumentRow)) == 1
    assert len(rounds.rows(ItemRow)) == 2
    assert counted["workers.refresh_draft"] == 1


def test_bells_carry_ids_only_expire_and_go_to_the_queue_of_their_stage(
    rounds: Rounds, tasks: ModuleType, rung: Callable[[], list[Bell]]
) -> None:
    tasks.ring(tasks.fetch, [[7, 8], [6]])
    tasks.ring(tasks.parse, [[9]])
    tasks.ring_once(tasks.place_stories)
    told_of = rung()
    assert [bell.args for bell in told_of] == [([7, 8],), ([6],), ([9],), ()]
    assert all(bell.expires for bell in told_of)
    assert all(bell.headers["eta"] is None for bell in told_of)
    assert rounds.feeds  # nothing of them is in any message


def test_every_door_has_a_queue_that_a_worker_listens_to(tasks: ModuleType) -> None:
    from workers.app import QUEUES  # noqa: PLC0415  # reads the settings overridden by the fixture

    listened_to = [name for names in QUEUES.values() for name in names]
    twice = {name for name in listened_to if listened_to.count(name) > 1}
    assert twice == {"rounds"}  # neither slow hosts nor hostile documents hold those up
    app = _app(tasks)
    ours = [name for name in app.tasks if name.startswith("workers.")]
    for name in ours:
        route = app.conf.task_routes.get(name, {"queue": app.conf.task_default_queue})
        assert route["queue"] in listened_to
    assert set(listened_to) == set(app.amqp.queues)
    rounds = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert rounds <= set(ours)


def test_the_broker_may_be_down_the_rows_wait_and_the_next_sweep_rings(
    rounds: Rounds, tasks: ModuleType, feed: tuple[Origin, int], request: pytest.FixtureRequest
) -> None:
    _, feed_id = feed
    rounds.make_due(feed_id)
    began = time.monotonic()
    tasks.dispatch()
    tasks.fetch([feed_id])
    tasks.ring_once(tasks.place_stories)
    assert time.monotonic() - began < 30  # nobody waits for the broker, however crowded it is
    [document] = rounds.rows(DocumentRow)
    assert document.work_state == "ready"
    rung: Callable[[], list[Bell]] = request.getfixturevalue("rung")
    rounds.come_due(DocumentRow)  # who polled rang for it: the sweep waits a while
    tasks.sweep()
    assert [(bell.task, bell.args) for bell in rung()] == [("workers.parse", ([document.id],))]


def test_the_sweep_rings_for_every_stage_that_waits(
    rounds: Rounds, tasks: ModuleType, rung: Callable[[], list[Bell]]
) -> None:
    tasks.sweep()
    assert rung() == []
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    tasks.sweep()
    assert [bell.task for bell in rung()] == ["workers.place_stories"]
    [stale] = rounds.place()
    tasks.sweep()
    assert [(bell.task, bell.args) for bell in rung()] == [("workers.refresh_draft", (stale,))]


def test_the_watch_rings_for_where_missed_stories_may_be_and_what_came_is_read(
    rounds: Rounds,
    tasks: ModuleType,
    rung: Callable[[], list[Bell]],
    feed: tuple[Origin, int],
) -> None:
    server, feed_id = feed
    for numbers in ((1, 2), (3, 4)):
        server.serve("/feed", body=a_feed(*(an_item(number) for number in numbers)))
        rounds.make_due(feed_id)
        tasks.fetch([feed_id])
        carry_out(tasks, rung())
    server.serve("/robots.txt", body=b"Sitemap: /news.xml")
    server.serve("/news.xml", body=a_feed(an_item(5, published=MONDAY)))
    for asked in ("/robots.txt", "/news.xml"):
        rung()
        tasks.watch()
        [bell] = rung()
        assert bell.task == "workers.fill_gap"
        carry_out(tasks, [bell])
        assert server.requests[-1].path == asked
    [bell] = rung()
    assert bell.task == "workers.parse"
    carry_out(tasks, [bell])
    tasks.watch()
    assert "1 missed story was found" in rounds.rows(TroubleRow)[0].done
    tasks.learn_rhythms()
    assert rounds.feed(server.url("/feed")).rhythm_at == MONDAY


def test_who_placed_a_batch_rings_for_the_next_while_any_is_left(
    rounds: Rounds, tasks: ModuleType, rung: Callable[[], list[Bell]]
) -> None:
    for day, number in enumerate((1, 2)):  # stories of two days are never placed together
        rounds.at(MONDAY + timedelta(days=day))
        rounds.serve(an_item(number))
        rounds.parse(rounds.poll())
    tasks.place_stories()
    assert [bell.task for bell in rung()] == ["workers.refresh_draft", "workers.place_stories"]
    tasks.place_stories()
    assert [bell.task for bell in rung()] == ["workers.refresh_draft"]
    tasks.place_stories()
    assert rung() == []


def test_no_task_lasts_longer_than_its_lease_and_nothing_is_kept_in_the_broker(
    tasks: ModuleType,
) -> None:
    conf = _app(tasks).conf
    assert conf.task_soft_time_limit < conf.task_time_limit < settings().lease_seconds
    assert conf.task_ignore_result
    assert not conf.task_acks_late
    assert conf.accept_content == ["json"]
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit


def test_a_pickled_message_is_refused_unread(tasks: ModuleType) -> None:
    accepted = set(_app(tasks).conf.accept_content)
    # Reading this would call exit(3): it ends the tests if it is ever unpickled.
    told_to_end = b"cbuiltins\nexit\n(I3\ntR."
    for kind in ("application/x-python-serialize", "application/x-yaml"):
        with pytest.raises(Exception, match="Refusing to deserialize"):
            serialization.loads(told_to_end, kind, "binary", accept=accepted)  # type: ignore[no-untyped-call]  # kombu has no types


def test_without_a_broker_a_worker_does_not_start_and_the_variable_is_named(
    tasks: ModuleType,
) -> None:
    from workers.app import make_app  # noqa: PLC0415  # reads the settings overridden above

    assert _app(tasks)
    with pytest.raises(SettingsError, match="SERIESWATCH_BROKER_URL is not set"):
        make_app(replace(settings(), broker_url=""))


def test_a_worker_and_beat_touch_their_file_if_they_were_told_one(
    tasks: ModuleType,
    tmp_path: Any,  # noqa: ANN401  # pytest's path
) -> None:
    from workers import alive  # noqa: PLC0415  # reads the settings overridden above

    assert _app(tasks)
    alive.touch()
    sign = tmp_path / "alive"
    told.override(alive_file=str(sign))
    alive.touch()
    assert sign.exists()


def test_a_feed_row_is_all_that_a_fetch_needs(
    rounds: Rounds, tasks: ModuleType, feed: tuple[Origin, int]
) -> None:
    server, feed_id = feed
    server.serve("/feed", status=500)
    rounds.make_due(feed_id)
    tasks.fetch([feed_id])
    [row] = [row for row in rounds.rows(FeedRow) if row.id == feed_id]
    assert (row.state, row.failures) == ("http_5xx", 1)
