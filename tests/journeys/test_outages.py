"""A server that all stand on is away for a while: processes wait, say so, and go on by themselves.

Redis is cut off, as by a network; PostgreSQL takes no further connection and ends those there are.
Publisher and stories are invented; real workers and beat are at work meanwhile.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import redis
from sqlalchemy import Engine, select, text

from cli.main import main
from config import settings as told
from desk.app import create_app
from store import feeds, roles, waiting, work
from store.models import DocumentRow, FeedRow, InstalmentRow, StoryRow
from store.models import VersionRow as Version
from store.session import make_engine, transaction
from tests.cli.processes import is_so_within, own_port
from tests.desk.browser import Browser
from tests.desk.newsroom import PASSWORD, Newsroom
from tests.journeys.at_work import SOON, Process, a_broker, held, is_blocked, locked, process
from tests.origin import Origin, origin
from tests.rounds import a_feed, an_item, own_database

GAP = 0.5  # seconds between the starts of two polls of the publisher
FEEDS = 4
AWAY = 5.0  # seconds: several rounds of every bell that beat has
FULL = "too many connections"
STAFF = roles.Role("outages_staff", "a-word")
READER = roles.Role("outages_reader", "a-word")


@dataclass(slots=True)
class House:
    """A newsroom at work: who runs, on what, and which feeds of one publisher it follows."""

    publisher: Origin
    socket: Path  # of Redis
    owner: Engine  # that may always connect
    address: str  # of the database, for the staff
    running: dict[str, Process] = field(default_factory=dict)
    feeds: list[int] = field(default_factory=list)

    def serve(self, *numbers: int) -> None:
        """Let each feed give these items of its own."""
        for feed in range(FEEDS):
            items = [
                an_item(feed * 10 + number, title=f"Ferry {feed} {number}") for number in numbers
            ]
            self.publisher.serve(f"/{feed}", body=a_feed(*items))

    def make_due(self) -> None:
        """Let all be polled as soon as may be."""
        with transaction() as session:
            work.wake(session, FeedRow, self.feeds)

    def is_through(self) -> bool:
        """Whether nothing waits or is in hand."""
        with transaction() as session:
            return not waiting.is_waiting(session, FeedRow, DocumentRow, StoryRow, InstalmentRow)

    def so_far(self) -> dict[str, int]:
        """How much each has printed."""
        return {name: len(one.log.read_text()) for name, one in self.running.items()}

    def said_since(self, before: Mapping[str, int]) -> dict[str, str]:
        """What each has printed since."""
        return {name: one.log.read_text()[before[name] :] for name, one in self.running.items()}

    def has_said(self, name: str, words: str, before: Mapping[str, int]) -> bool:
        """Whether one of them has said so since."""
        return words in self.said_since(before)[name]

    def has_gone_on(self) -> bool:
        """Whether each is still the process that was started first."""
        return not any(one.has_ended for one in self.running.values())

    def versions(self) -> list[str]:
        """The titles of all that was ever read."""
        with transaction() as session:
            return sorted(session.scalars(select(Version.title)))


@pytest.fixture(scope="module")
def house(server: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    place = tmp_path_factory.mktemp("house")
    with ExitStack() as ending:
        owner = ending.enter_context(own_database(server, "outages"))
        publisher = ending.enter_context(origin())
        socket = ending.enter_context(a_broker(tmp_path_factory))
        told.override(
            broker_url=f"redis+socket://{socket}",
            allow_inside="127.0.0.0/8",
            host_gap_seconds=str(GAP),
            host_at_once="1",
            dispatch_seconds="0.5",
            sweep_seconds="1",
            lease_seconds="20",
        )
        with transaction() as session:
            roles.grant(session, application=STAFF, reader=READER)
        ending.callback(let_go_of_roles, owner)
        address = owner.url.set(username=STAFF.name).render_as_string(hide_password=False)
        found = House(publisher, socket, owner, address)
        found.serve(1)
        with transaction() as session:
            post = feeds.ensure_outlet(session, key="post", name="Post", kind="outlet")
            found.feeds = [
                feeds.ensure_feed(session, url=publisher.url(f"/{feed}"), outlet_id=post)
                for feed in range(FEEDS)
            ]
        for name, words in {
            "fetch": ("worker", "--kind", "fetch", "--concurrency", "4"),
            "parse": ("worker", "--kind", "parse", "--concurrency", "2"),
            "beat": ("beat",),
        }.items():
            one = process(place, *words, database_url=address)
            found.running[name] = ending.enter_context(one)

        def is_up() -> bool:
            return len(found.versions()) == FEEDS and found.is_through()

        nothing = dict.fromkeys(found.running, 0)
        assert is_so_within(SOON, is_up), found.said_since(nothing)
        yield found


def let_go_of_roles(owner: Engine) -> None:
    with owner.begin() as connection:
        for role in (STAFF, READER):
            connection.execute(text(f"DROP OWNED BY {role.name}"))
            connection.execute(text(f"DROP ROLE {role.name}"))


@contextmanager
def cut_off(socket: Path) -> Iterator[None]:
    """Nobody reaches Redis, and what lay in it is gone."""
    away = socket.with_name("redis.away")
    with closing(redis.Redis(unix_socket_path=str(socket))) as client:
        client.flushall()
        socket.rename(away)
        for kind in ("normal", "pubsub"):
            client.client_kill_filter(_type=kind, skipme=True)
    try:
        yield
    finally:
        away.rename(socket)


@contextmanager
def at_the_limit(owner: Engine) -> Iterator[None]:
    """The staff has no connection left, and gets none."""
    limit = f"ALTER ROLE {STAFF.name} CONNECTION LIMIT"
    with owner.begin() as connection:
        connection.execute(text(f"{limit} 0"))
    with owner.begin() as connection:
        theirs = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :name"
        connection.execute(text(theirs), {"name": STAFF.name})
    try:
        yield
    finally:
        with owner.begin() as connection:
            connection.execute(text(f"{limit} -1"))


def test_redis_is_away_for_a_while(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    before = house.so_far()
    asked = len(house.publisher.requests)
    house.serve(1, 2)
    with cut_off(house.socket):
        house.make_due()
        assert main(["doctor"]) == 1
        (line,) = [one for one in capsys.readouterr().out.splitlines() if " broker: " in one]
        assert line.startswith("WRONG")
        assert "does not answer, so nothing is polled or read until it does" in line
        Event().wait(AWAY)
        assert len(house.publisher.requests) == asked
        said = house.said_since(before)
        for name in ("fetch", "parse"):
            assert "Trying again in 2.00 seconds" in said[name]
        assert said["beat"].count("the broker does not answer, nothing is rung until it does") == 1
        assert all("Traceback" not in words and len(words) < 5000 for words in said.values()), said
    starts: list[float] = []

    def is_over() -> bool:
        news = len(house.publisher.requests) - asked - len(starts)
        starts.extend([monotonic()] * news)
        return len(starts) >= FEEDS and len(house.versions()) == 2 * FEEDS and house.is_through()

    assert is_so_within(SOON, is_over), house.said_since(before)
    assert len(starts) == FEEDS
    gaps = [later - sooner for sooner, later in pairwise(starts)]
    assert min(gaps) > GAP * 0.8, gaps
    assert "the broker answers again" in house.said_since(before)["beat"]
    assert house.has_gone_on()


def test_postgresql_takes_no_more_connections(house: House, tmp_path: Path) -> None:
    before, done = house.so_far(), house.versions()
    house.serve(1, 2, 3)
    staff = make_engine(house.address)
    desk = Browser(create_app(told.settings(), staff))
    with transaction() as session:
        Newsroom(session).person("ann", "Ann Reed", "chief")
    assert desk.sign_in("ann", PASSWORD).status == 200
    with ExitStack() as later:
        later.callback(staff.dispose)
        let_go = later.enter_context(locked(house.owner, "story_versions"))
        house.make_due()
        assert is_so_within(SOON, lambda: is_blocked(house.owner)), house.said_since(before)
        with at_the_limit(house.owner):
            let_go()  # what was half done is gone with its session
            words = {"database_url": house.address, "metrics_port": str(own_port())}
            begun = later.enter_context(process(tmp_path, "metrics", **words))
            assert begun.has_said("waiting for the database: "), begun.log.read_text()
            for name in ("fetch", "parse"):
                full = partial(house.has_said, name, FULL, before)
                assert is_so_within(SOON, full), house.said_since(before)
            assert FULL in begun.log.read_text()
            answer = desk.get("/")
            assert answer.status == 503
            assert "database" in answer.page.text
            assert house.versions() == done
            assert held(DocumentRow) > 0
        assert begun.has_said("Uvicorn running"), begun.log.read_text()
        assert desk.get("/").status == 200
    assert is_so_within(SOON, lambda: len(house.versions()) == 3 * FEEDS and house.is_through()), (
        house.said_since(before)
    )
    assert len(set(house.versions())) == 3 * FEEDS
    assert [held(table) for table in (FeedRow, DocumentRow, StoryRow, InstalmentRow)] == [0] * 4
    assert house.has_gone_on()
