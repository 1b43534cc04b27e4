"""Feeds that misbehave in every way, beside good ones, through real workers.

Each bad one must come to a clear state and reason, and cost the others nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import select

from cli import stack
from config import settings as told
from config.settings import override
from store import feeds, schema, setaside, stories, waiting
from store.models import DocumentRow, FeedRow, StoryRow
from store.session import engine, transaction
from tests.origin import Origin, origin

PATIENCE = 120
ITEM = "<item><title>{0}</title><guid>{0}</guid><link>https://paper.example/{0}</link></item>"
GOOD = 3
STORIES_EACH = 20


def a_feed(*items: str) -> bytes:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Invented</title>'
    return (head + "".join(items) + "</channel></rss>").encode()


def items(name: str, number: int = STORIES_EACH) -> list[str]:
    return [ITEM.format(f"{name}-{n}") for n in range(number)]


def a_tangle() -> bytes:
    """A well-known way to keep a feed parser busy: tags that are opened and never closed."""
    return a_feed(ITEM.format("tangle").replace("</item>", "<description>" + "<b>" * 60_000))


def an_entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    document = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]><rss><channel><title>&l8;'
    return document.encode()


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """What this journey overrides is forgotten after it."""
    before = dict(told._overrides)  # noqa: SLF001  # put back as it was
    yield
    told._overrides.clear()  # noqa: SLF001  # put back as it was
    told._overrides.update(before)  # noqa: SLF001  # put back as it was
    told.settings.cache_clear()
    engine.cache_clear()


@contextmanager
def a_house(addresses: dict[str, str]) -> Iterator[stack.Running]:
    """The product running on these feeds, by name."""
    with stack.servers(None) as running:
        override(
            allow_inside="127.0.0.0/8",
            fetch_deadline="4",
            lease_seconds="20",
            sweep_seconds="1",
        )
        schema.migrate(engine())
        with transaction() as session:
            for name, url in addresses.items():
                outlet = feeds.ensure_outlet(session, key=name, name=name.title())
                feeds.ensure_feed(session, url=url, outlet_id=outlet, title=name)
        running.start_processes(parsers=2, desk=False, port=None)
        yield running


def serve_all(o: Origin) -> dict[str, str]:
    """Addresses of good and bad feeds by name."""
    for n in range(GOOD):
        o.serve(f"/good{n}", body=a_feed(*items(f"good{n}")))
    o.serve("/gone", status=404)
    o.serve("/broken", status=500)
    o.serve("/page", body=b"<!doctype html><html><body>Welcome</body></html>")
    o.serve("/nothing", body=b"")
    o.serve("/silent", behaviour="silent")
    o.serve("/flood", behaviour="flood")
    o.serve("/drip", body=b"x" * 10_000, behaviour="drip")
    o.serve("/bomb", behaviour="bomb")
    o.serve("/entities", body=an_entity_bomb())
    o.serve("/torn", body=a_feed(*items("torn", 3))[:-60])
    o.serve("/tangle", body=a_tangle())
    names = "gone broken page nothing silent flood drip bomb entities torn tangle".split()  # noqa: SIM905  # a list of quoted words reads worse
    return {name: o.url(f"/{name}") for name in [*names, *(f"good{n}" for n in range(GOOD))]}


def wait_until_all_is_through(running: stack.Running, number: int) -> None:
    """Back when every feed has been polled and nothing waits to be read or placed."""
    give_up, pause = monotonic() + PATIENCE, Event()
    while monotonic() < give_up:
        with transaction() as session:
            polled = len(
                session.scalars(
                    select(FeedRow.id).where(FeedRow.last_attempt_at.is_not(None))
                ).all()
            )
            if polled == number and not waiting.is_waiting(session, DocumentRow, StoryRow):
                return
        running.check()
        pause.wait(0.2)
    pytest.fail(f"only {polled} of {number} feeds were polled and read within {PATIENCE} s")


def test_bad_feeds_get_a_state_and_a_reason_and_cost_the_good_ones_nothing() -> None:
    with origin() as gone_away:
        refused = gone_away.url("/feed")
    with origin() as o:
        addresses = serve_all(o) | {"refused": refused}
        with a_house(addresses) as running:
            wait_until_all_is_through(running, len(addresses))
            with transaction() as session:
                lines = {line.title: line for line in feeds.lines(session)}
                aside = {line.feed: line for line in setaside.lines(session)}
                titles = {str(s["title"]) for s in stories.lines(session, limit=1000)}
                dead = {stage.stage: stage.dead for stage in waiting.stages(session)}
    states = {name: line.state for name, line in lines.items()}
    assert states == {
        "gone": "http_4xx",
        "broken": "http_5xx",
        "page": "html",
        "nothing": "empty",
        "silent": "timeout",
        "flood": "too_big",
        "drip": "timeout",
        "bomb": "too_big",
        "refused": "connect",
        "entities": "parse_error",
        "torn": "ok",
        "tangle": "ok",
        **{f"good{n}": "ok" for n in range(GOOD)},
    }
    assert all(len(line.reason) > 10 for name, line in lines.items() if line.failures)
    assert all(lines[name].failures == 1 for name in ("gone", "silent", "flood", "entities"))
    good = {f"good{n}-{i}" for n in range(GOOD) for i in range(STORIES_EACH)}
    assert good | {"torn-0", "torn-1"} <= titles
    for name in ("page", "entities"):
        assert aside[addresses[name]].reason
        assert aside[addresses[name]].bytes > 0
    assert not any(dead.values())
