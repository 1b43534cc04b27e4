"""A real Chromium and a desk to visit: one of each for the whole run, emptied before each test."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from config import settings as told
from desk.app import create_app
from store.session import make_engine
from tests.browser.driver import NONE_FOUND, OFF, PATIENCE, Desk, launched, served, set_apart
from tests.desk.house import House, new_house

expect.set_options(timeout=PATIENCE)

NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
TRIES = 5

_LOOPS: list[asyncio.AbstractEventLoop | None] = [None]


@pytest.fixture(autouse=True, scope="module")
def _quick(quick_passwords: None) -> None:
    """Every test here signs somebody in."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, started once; without one these tests fail, unless they were turned off."""
    if os.environ.get(OFF):
        pytest.skip(f"{OFF} is set: no browser test was run")
    playwright = sync_playwright().start()
    _LOOPS[0] = asyncio._get_running_loop()  # noqa: SLF001  # playwright's; see driver.set_apart
    try:
        browser = launched(playwright)
    except FileNotFoundError:
        playwright.stop()
        asyncio._set_running_loop(None)  # noqa: SLF001  # as above
        pytest.fail(NONE_FOUND, pytrace=False)
    yield browser
    with set_apart(_LOOPS[0]):
        browser.close()
        playwright.stop()


@pytest.fixture(scope="session")
def browser_database(server: Engine) -> Iterator[Engine]:
    """The database of the desk that browsers visit."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE desk_in_browsers TEMPLATE serieswatch"))
    url = make_url(server.url.render_as_string(hide_password=False)).set(
        database="desk_in_browsers"
    )
    engine = make_engine(url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with autocommit.connect() as connection:
        connection.execute(text("DROP DATABASE desk_in_browsers WITH (FORCE)"))


@pytest.fixture(scope="session")
def desk_address(browser_database: Engine) -> Iterator[str]:
    """Where the desk is served from."""
    told.override(database_url=browser_database.url.render_as_string(hide_password=False))
    with served(create_app(told.settings(), browser_database)) as address:
        yield address


@pytest.fixture
def desk(chromium: Browser, browser_database: Engine, desk_address: str) -> Iterator[Desk]:
    """The desk at the beginning of a test: two people, one instalment, nothing in it yet."""
    house = new_house(browser_database)
    with set_apart(_LOOPS[0]):
        visited = Desk(browser=chromium, url=desk_address, house=house)
        yield visited
        visited.close()


@pytest.fixture
def house(desk: Desk) -> House:
    """What stands behind the desk: add items, stories and people here."""
    return desk.house


@pytest.fixture
def page(desk: Desk) -> Page:
    """A window in which Ann has signed in, at the list of instalments."""
    return desk.open("ann", "/")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Begin a test anew where Chromium dropped a request because the machine's network changed.

    It drops what waits for a connection, loopback too, whenever any interface of the machine gets
    or loses an address, as when a container starts beside us. Nothing of ours can fail in this way.
    """
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for _ in range(TRIES):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(one.failed and NETWORK_CHANGED in one.longreprtext for one in reports):
            break
    for one in reports:
        item.ihook.pytest_runtest_logreport(report=one)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end that no browser was there: it must not go unseen."""
    if os.environ.get(OFF):
        terminalreporter.write_sep("!", f"{OFF} is set: the tests in a browser were passed over")
