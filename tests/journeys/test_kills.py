"""A kill through the real stack: workers, broker, database, and what the editor then sees.

The agency is invented and stands on loopback; its documents are made up by us.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

import pytest

from cli import stack
from config import settings as told
from config.settings import override
from desk.app import create_app
from pipeline.definition import read_series, series_to_json
from store import clock, decisions, drafts, feeds, noticelist, schema, seed, steps, work
from store.models import FeedRow
from store.session import engine, transaction
from store.users import Person
from tests import agency
from tests.desk.browser import Browser
from tests.desk.newsroom import PASSWORD, Newsroom
from tests.origin import Origin, origin
from tests.rounds import SERIES

PATIENCE = 300  # seconds, on two slow cores
SHEET = "/instalments/ferry-watch/1"
TELEGRAM = f"Ferry strike called off =\r\n\r\n{agency.PARAGRAPH}"
KILL = "KILL KILL KILL\r\n\r\nplease kill item tid 157. Nobody called it off."


@pytest.fixture(scope="module")
def agencys() -> Iterator[Origin]:
    with origin() as served:
        yield served


@pytest.fixture(scope="module")
def running(agencys: Origin) -> Iterator[stack.Running]:
    """The product following an agency that sends one document at a time."""
    before = dict(told._overrides)  # noqa: SLF001  # put back as it was
    with stack.servers(None) as started:
        override(
            allow_inside="127.0.0.0/8",
            host_gap_seconds="0",
            host_at_once="10",
            sweep_seconds="1",
        )
        schema.migrate(engine())
        with transaction() as session:
            seed.put_series(session, [series_to_json(read_series(SERIES, "ferries.toml"))])
            tide = feeds.ensure_outlet(session, key="tide-wire", name="Tide Wire", kind="wire")
            for name in ("items", "telegrams"):
                feeds.ensure_feed(session, url=agencys.url(f"/{name}"), outlet_id=tide)
        agencys.serve("/telegrams", body=agency.iptc7901(160, KILL, made=now()))
        agencys.serve("/items", body=agency.g2(made=now()))
        started.start_processes(parsers=1, desk=False, port=None)
        yield started
    told._overrides.clear()  # noqa: SLF001  # put back as it was
    told._overrides.update(before)  # noqa: SLF001  # put back as it was
    told.settings.cache_clear()
    engine.cache_clear()


def now() -> datetime:
    with transaction() as session:
        return clock.real_now(session)


def wait_until(running: stack.Running, has_come: Callable[[], bool], what: str) -> None:
    give_up, pause = monotonic() + PATIENCE, Event()
    while monotonic() < give_up:
        if has_come():
            return
        running.check()
        pause.wait(0.2)
    pytest.fail(f"within {PATIENCE} s {what} did not come")


def send(agencys: Origin, path: str, document: bytes) -> None:
    """Let the agency give another document, and be asked for it now."""
    agencys.serve(path, body=document)
    with transaction() as session:
        work.wake(session, FeedRow, [one.id for one in feeds.lines(session)])


def view() -> drafts.InstalmentView | None:
    with transaction() as session:
        return drafts.show(session, "ferry-watch", 1)


def has_item() -> bool:
    found = view()
    return found is not None and any(section.items for section in found.sections)


def approve(ann: Person) -> None:
    """Accept the one item and take the instalment to approval."""
    with transaction() as session:
        at = clock.now(session)
        found = drafts.show(session, "ferry-watch", 1)
        assert found is not None
        [item] = [item for section in found.sections for item in section.items]
        decisions.decide(session, item.id, ann, "accept", based_on=item.version, now=at)
        for place, action in enumerate(("review", "ready", "approve")):
            based_on = found.version + place
            steps.take(session, found.id, ann, action, based_on=based_on, now=at)


def test_kills_travel_through_the_real_stack(running: stack.Running, agencys: Origin) -> None:
    wait_until(running, has_item, "an item of the agency's story")
    with transaction() as session:
        ann = Newsroom(session).person("ann", "Ann Reed", "chief")
    browser = Browser(create_app(told.settings(), engine()))
    assert browser.sign_in("ann", PASSWORD).status == 200
    # A kill by number has come, and its story has not.
    wait_until(running, lambda: bool(open_notices()), "the notice")
    assert "its target has not come" in browser.get("/kills").page.text
    approve(ann)
    send(
        agencys,
        "/items",
        agency.g2(
            version=2,
            made=now() + timedelta(seconds=1),
            status="canceled",
            body="",
            note="Nobody met.",
        ),
    )
    wait_until(running, lambda: state() == "assembling", "the kill")
    shown = browser.get(SHEET).page.text
    assert "Killed by Tide Wire" in shown
    assert "Nobody met." in shown
    assert "its source was killed" in browser.get(f"{SHEET}/approval").page.text
    send(agencys, "/telegrams", agency.iptc7901(157, TELEGRAM, made=now()))
    wait_until(running, lambda: not open_notices(), "the story that the notice names")
    page = browser.get("/kills").page.text
    assert "Carried out by the machine" in page
    assert "Ferry strike called off" in page
    assert len(list(browser.get(SHEET).page.all("article"))) == 1  # it is offered to nobody


def open_notices() -> int:
    with transaction() as session:
        return noticelist.count_open(session)


def state() -> str:
    found = view()
    return "" if found is None else found.state
