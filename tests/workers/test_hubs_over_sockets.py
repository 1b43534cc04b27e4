"""WebSub over real connections: publisher and hub on loopback, our client, and the desk served."""

import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
import uvicorn
from sqlalchemy import Engine

from config import settings as told
from config.settings import Settings
from desk.app import create_app
from pipeline.records import Answer, Request
from store import feeds, subscriptions
from store.models import DocumentRow, SubscriptionRow, VersionRow
from tests.origin import Origin, origin
from tests.rounds import WORLD, Rounds, a_feed, an_item, newsroom, own_database
from workers import flow, hubs
from workers.http import Http

FEED = WORLD.replace("https://", "http://")
HUB = "http://hub.example/hub"
LINKS = f'<{HUB}>; rel="hub", <{FEED}>; rel="self"'


@pytest.fixture(scope="module")
def hub_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "hubs_over_sockets") as engine:
        yield engine


@pytest.fixture
def rounds(hub_database: Engine) -> Iterator[Rounds]:
    with newsroom(hub_database) as rounds:
        rounds.follow(FEED)
        yield rounds


@pytest.fixture
def web() -> Iterator[Origin]:
    """The feed's publisher and its hub."""
    with origin() as o:
        o.serve("/world.xml", body=a_feed(an_item(1)), headers={"Link": LINKS})
        o.serve("/hub", status=202)
        yield o


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """The desk on a port of its own; gives its address."""
    app = create_app(told.settings(), engine)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    desk = uvicorn.Server(config)
    thread = threading.Thread(target=desk.run)
    thread.start()
    try:
        while not desk.started:
            thread.join(0.01)
            assert thread.is_alive(), "the desk did not start"
        [listening] = desk.servers[0].sockets
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        desk.should_exit = True
        thread.join()


class Visitor:
    """What a hub does at our desk, from outside."""

    def __init__(self, asked: Mapping[str, str], port: int) -> None:
        self.asked = asked
        self.http = Http(allow_inside=(f"127.0.0.1/32:{port}",), retry_wait=0)

    def checks(self, **changed: str) -> Answer:
        """The check that follows a question."""
        said = {name: self.asked[name] for name in ("hub.mode", "hub.topic")}
        said |= {"hub.challenge": "are-you-there", "hub.lease_seconds": "86400"} | changed
        url = f"{self.asked['hub.callback']}?{urlencode(said)}"
        return self.http.get(Request(url=url, headers={}))

    def pushes(self, body: bytes, *, secret: str | None = None) -> Answer:
        """A document, signed."""
        key = (secret or self.asked["hub.secret"]).encode()
        signed = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        headers = {"Content-Type": "application/rss+xml", "X-Hub-Signature": signed}
        return self.http.post(Request(url=self.asked["hub.callback"], headers=headers), body)


def question(web: Origin) -> dict[str, str]:
    """What the hub was asked last."""
    asked = [one for one in web.requests if one.path == "/hub"][-1]
    assert asked.method == "POST"
    return {name: value for name, [value] in parse_qs(asked.body.decode()).items()}


def test_from_the_feed_that_names_a_hub_to_the_pushed_story_and_to_the_farewell(
    rounds: Rounds, web: Origin
) -> None:
    way = web.root.removeprefix("http://")
    client = Http(connect_to=(f"hub.example={way}", f"harbour-post.example={way}"), retry_wait=0)
    with served(rounds.engine) as desk:
        settings: Settings = replace(told.settings(), public_url=desk)

        rounds.make_due(rounds.feeds[FEED])
        [document] = flow.fetch_feeds([rounds.feeds[FEED]], settings, client.get)
        rounds.parse(document)
        look_after(settings, client)
        hub = Visitor(question(web), int(desk.rpartition(":")[2]))
        assert hub.checks(**{"hub.topic": "http://other.example/"}).status == 404
        check = hub.checks()
        assert (check.status, check.body) == (200, b"are-you-there")
        assert state(rounds) == "active"

        news = a_feed(an_item(1), an_item(2))
        assert hub.pushes(news, secret="somebody else's").status == 202  # noqa: S106  # invented
        assert hubs.pushed(settings) == []
        assert [hub.pushes(news).status for _ in range(2)] == [202, 202]
        [pushed] = hubs.pushed(settings)
        rounds.parse(pushed)
        assert len(rounds.rows(DocumentRow)) == 2
        assert {v.title for v in rounds.rows(VersionRow)} == {an_item(1).title, an_item(2).title}

        with rounds.session() as session:
            feeds.set_paused(session, rounds.feeds[FEED], is_paused=True)
            subscriptions.look_again(session, rounds.feeds[FEED])
        look_after(settings, client)
        farewell = Visitor(question(web), int(desk.rpartition(":")[2]))
        assert farewell.asked["hub.mode"] == "unsubscribe"
        assert farewell.checks().body == b"are-you-there"
        assert state(rounds) == "wanted"


def look_after(settings: Settings, client: Http) -> None:
    for number in hubs.due(settings):
        hubs.subscribe(number, settings, client.post)


def state(rounds: Rounds) -> str:
    [only] = rounds.rows(SubscriptionRow)
    return str(only.state)
