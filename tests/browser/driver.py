"""A real browser at a desk of its own: finds Chromium, signs in, and remembers what goes wrong."""

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response
from starlette.applications import Starlette

from desk.door import cookie_name
from store import clock, signingin
from store.session import transaction
from tests.desk.house import SHEET, House
from tests.desk.newsroom import PASSWORD

OFF = "SERIESWATCH_NO_BROWSER"  # set to 1 to pass over these tests, and to be told so
NONE_FOUND = (
    "These tests need Chromium, and there is none. On Debian or Ubuntu: apt install chromium. "
    "Elsewhere: .venv/bin/playwright install chromium. "
    f"To pass over them, and be told so at the end of the run: {OFF}=1."
)
_FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]
# Milliseconds. What is there is seen at once; it is a crowded machine that takes long to bring it.
PATIENCE = 120_000
_SIZES = {"phone": (390, 844), "desk": (1280, 900)}
_IS_FINE = 400  # statuses from here on are refusals
# Chromium reports a refused answer as an error of its own besides.
_ECHO = "Failed to load resource: the server responded with a status of "
_LISTEN = """addEventListener('securitypolicyviolation', event =>
    console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))"""
_AXE = """async (tags) => (await axe.run(document, {runOnly: {type: 'tag', values: tags}}))
    .violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
                             nodes: one.nodes.map(node => node.html.slice(0, 200))}))"""
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium(playwright: Playwright) -> str | None:
    """Where Chromium is: Debian's, one on the PATH, or playwright's own; None if there is none."""
    named = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    places = ("/usr/bin/chromium", *named, playwright.chromium.executable_path)
    return next((place for place in places if place and Path(place).exists()), None)


def launched(playwright: Playwright) -> Browser:
    """Chromium without a window. Raises FileNotFoundError, in plain words, where there is none."""
    path = chromium(playwright)
    if path is None:
        raise FileNotFoundError(NONE_FOUND)
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    return playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *alone])


@contextmanager
def set_apart(loop: asyncio.AbstractEventLoop | None) -> Iterator[None]:
    """Let playwright's loop be the running one of this thread for as long as the block lasts.

    It stays suspended, not stopped, between its calls; other tests could run no loop of their own.
    """
    asyncio._set_running_loop(loop)  # noqa: SLF001  # made for those who switch loops by hand
    try:
        yield
    finally:
        asyncio._set_running_loop(None)  # noqa: SLF001  # see above


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application over loopback on a free port; gives its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    pause = threading.Event()
    while not server.started:
        assert thread.is_alive(), "the desk did not start"
        pause.wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@dataclass(kw_only=True)  # no slots: playwright keeps its own with what it calls back
class Desk:
    """A desk with people at it; every page they open is watched for faults."""

    browser: Browser
    url: str
    house: House
    troubles: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)  # statuses the test asks for on purpose
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        name: str | None = "ann",
        path: str = SHEET,
        *,
        phone: bool = False,
        dark: bool = False,
        js: bool = True,
        width: int | None = None,
    ) -> Page:
        """A window of somebody who has signed in (`None`: nobody), at a page of the desk."""
        usual, height = _SIZES["phone" if phone else "desk"]
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width or usual, "height": height},
            java_script_enabled=js,
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if name is not None:
            context.add_cookies([self._signed_in(name)])
        page = context.new_page()
        self._watch(page, js=js)
        page.goto(path)
        return page

    def sign_in_anew(self, page: Page, name: str) -> None:
        """Let somebody whose sign-in has ended sign in again in their window."""
        page.context.add_cookies([self._signed_in(name)])

    def expects(self, *statuses: int) -> None:
        """These answers are no fault: the test asks for them."""
        self.expected.update(statuses)

    def close(self) -> None:
        """Close every window, and fail if one of them saw something go wrong."""
        for context in self.contexts:
            context.close()
        assert not self.troubles, "\n".join(self.troubles)

    def _signed_in(self, name: str) -> Any:  # noqa: ANN401  # playwright's own kind of cookie
        with transaction(self.house.engine) as session:
            opened = signingin.sign_in(
                session,
                name=name,
                password=PASSWORD,
                address="127.0.0.1",
                now=clock.real_now(session),
            )
        assert isinstance(opened, signingin.OpenSession)
        return {
            "name": cookie_name(self.house.settings),
            "value": opened.token,
            "url": self.url,
            "httpOnly": True,
            "sameSite": "Lax",
        }

    def _watch(self, page: Page, *, js: bool) -> None:
        if js:
            page.add_init_script(_LISTEN)
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("response", self._answered)
        page.on(
            "requestfailed",
            lambda one: (
                None
                if one.failure == "net::ERR_ABORTED"  # the page was left meanwhile
                else self.troubles.append(f"failed: {one.url} {one.failure}")
            ),
        )

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(_ECHO):
            self.troubles.append(f"console {kind}: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= _IS_FINE and response.status not in self.expected:
            self.troubles.append(f"{response.status}: {response.request.method} {response.url}")


def axe(page: Page) -> None:
    """Fail if axe finds something serious or critical on the page as it is now."""
    # Through the driver: the policy of our pages refuses a script tag, as it should.
    page.evaluate(AXE_SCRIPT + "\n;undefined")
    # In a window as high as the page: what a bar at its lower edge half covers is no small button.
    size = page.viewport_size
    high = page.evaluate("document.documentElement.scrollHeight")
    if size is not None and high > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": min(high, 16_000)})
    found = page.evaluate(_AXE, _RULES)
    if size is not None:
        page.set_viewport_size(size)
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert not grave, "\n".join(
        f"{one['impact']}: {one['id']}: {one['help']}\n  " + "\n  ".join(one["nodes"][:5])
        for one in grave
    )


def fits(page: Page) -> None:
    """Fail if the page can be scrolled sideways."""
    wide, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room, f"the page is {wide} px wide where there are {room}"
