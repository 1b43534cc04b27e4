"""Pictures of every page of the desk, at three widths, light and dark, and what is wrong with them.

    make screenshots ARGS=DIR
    python -m bench.screenshots DIR [--keep PLAYED] [--only NAME ...] [--width PIXELS] [--light ONE]
        [--resume]

The bundled newsroom is played once into a throwaway database (with `--keep` into that directory, or
it is used as it stands there) and brought to life by bench/stage.py; a real Chromium signs in and
walks every scene of bench/scenes.py. A page is asked for once, and its window made wider and
darker for each picture. Told of each: what axe finds, whether it scrolls sideways, what the
console and the policy say and which answers are refusals; the same goes to DIR/found.jsonl, scene
by scene, and with `--resume` what stands there is not looked at again. Look at the pictures: no
number tells whether a page is ugly.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    sync_playwright,
)
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.scenes import Scene, scenes
from bench.stage import PASSWORD, PEOPLE, stage
from cli import stack
from cli.output import tell
from config.settings import override, settings
from desk.app import create_app
from desk.door import cookie_name
from store import clock, schema, signingin
from store.session import engine, transaction

WIDTHS = (390, 1024, 1600)
_Scheme = Literal["light", "dark"]
LIGHTS: tuple[_Scheme, ...] = ("light", "dark")
_RULES = {
    "light": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "dark": {"type": "rule", "values": ["color-contrast"]},  # the rest is the same in the dark
}
_AXE = """async (rules) => (await axe.run(document, {runOnly: rules}))
    .violations.map(one => one.impact + ' ' + one.id + ' ' + one.nodes[0].html.slice(0, 90))"""
_REFUSED = 400  # statuses from here on
_TALLEST = 3600  # pixels of a picture; what is below is more of the same
_FOUND = "found.jsonl"
_PAPER = (794, 1123)  # a page of A4, in the pixels of a style sheet


def main(arguments: Sequence[str] = ()) -> int:
    """Make the pictures, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="bench.screenshots")
    parser.add_argument("into", type=Path, nargs="?", default=Path("build/screenshots"))
    parser.add_argument("--keep", metavar="DIR", help="where the newsroom was played, or is to be")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="these scenes alone")
    parser.add_argument("--width", type=int, choices=WIDTHS, help="this width alone")
    parser.add_argument("--light", choices=LIGHTS, help="this light alone")
    parser.add_argument("--resume", action="store_true", help="pass over what DIR already tells of")
    told = parser.parse_args(list(arguments))
    told.into.mkdir(parents=True, exist_ok=True)
    override(recorded_clock="yes")
    with ExitStack() as ending:
        keep = told.keep or ending.enter_context(tempfile.TemporaryDirectory(prefix="pictures-"))
        if not (Path(keep) / "postgres").exists():
            tell("playing the bundled newsroom, a minute or so")
            Path(keep).mkdir(parents=True, exist_ok=True)
            Path(keep).chmod(0o711)
            play = [sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--keep", keep]
            subprocess.run(play, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
        ending.enter_context(stack.servers(keep))
        schema.migrate(engine())  # it may have been played by an older version
        stage()
        chosen = {
            name: scene for name, scene in scenes().items() if not told.only or name in told.only
        }
        found = _told_before(told.into / _FOUND, chosen) if told.resume else {}
        desk = ending.enter_context(_served())
        browser = _launched(ending.enter_context(sync_playwright()))
        visit = _Visit(
            browser,
            desk,
            (told.width,) if told.width else WIDTHS,
            (told.light,) if told.light else LIGHTS,
            told.into,
        )
        cookies = {name: _signed_in(name) for name, _, _ in PEOPLE} | {"": ""}
        with (told.into / _FOUND).open("a" if told.resume else "w") as journal:
            for name, scene in chosen.items():
                if name in found:
                    continue
                found[name] = sorted(_looked_at(visit, name, scene, cookies[scene.who]))
                journal.write(json.dumps({"scene": name, "troubles": found[name]}) + "\n")
                journal.flush()
                tell(f"{len(found)} of {len(chosen)}: {name}")
        browser.close()
    for name, troubles in found.items():
        print(f"{name:26} {'; '.join(troubles) or 'well'}")
    print(f"{len(found)} scenes in {told.into}")
    return int(any(found.values()))


def _told_before(journal: Path, chosen: dict[str, Scene]) -> dict[str, list[str]]:
    """What a run that was cut off found, as far as it came; whatever had troubles is seen again."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    told = {one["scene"]: one["troubles"] for one in map(json.loads, lines)}
    return {name: [] for name in chosen if told.get(name) == []}


@contextmanager
def _served() -> Iterator[str]:
    """The desk alone, without workers: nothing moves while it is looked at."""
    app = create_app(settings(), engine())
    app.router.routes[:0] = [Route("/broken", _breaks), Route("/no-database", _is_down)]
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


async def _breaks(_request: Request) -> Response:
    raise RuntimeError("so that the page for a defect can be seen")


async def _is_down(_request: Request) -> Response:
    raise OperationalError("SELECT 1", {}, ConnectionRefusedError("so that its page can be seen"))


def _launched(playwright: Playwright) -> Browser:
    """Debian's Chromium, one on the PATH, or playwright's own."""
    named = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((one for one in named if one), None)
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    return playwright.chromium.launch(executable_path=path, args=["--disable-gpu", *alone])


@dataclass(frozen=True)
class _Visit:
    """A browser at the desk, and what it is to look like in turn."""

    browser: Browser
    desk: str
    widths: Sequence[int]
    schemes: Sequence[_Scheme]
    into: Path

    def context(self, *, js: bool, cookie: str) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.desk,
            viewport={"width": self.widths[-1], "height": 900},
            reduced_motion="reduce",
            java_script_enabled=js,
        )
        context.set_default_timeout(
            90_000
        )  # it is no measurement: a crowded machine may take its time
        if cookie:
            name = cookie_name(settings())
            context.add_cookies([{"name": name, "value": cookie, "url": self.desk}])
        return context


def _looked_at(visit: _Visit, name: str, scene: Scene, cookie: str) -> set[str]:
    """One scene in every width and light, in a window of its own; whoever looks has signed in."""
    troubles: set[str] = set()
    pictures = [(width, scheme) for width in visit.widths for scheme in visit.schemes]
    for some in [[one] for one in pictures] if scene.is_fleeting else [pictures]:
        context = visit.context(js=scene.js, cookie=cookie)
        page = context.new_page()
        page.on("console", partial(_heard, troubles))
        try:
            answer = page.goto(scene.path)
            status = 0 if answer is None else answer.status
            if status != scene.status and status >= _REFUSED:
                troubles.add(f"answers {status}")
            if scene.deed:
                scene.deed(page)
            if scene.js:
                page.evaluate(AXE_SCRIPT + "\n;undefined")
            for width, scheme in some:
                picture = visit.into / f"{name}-{width}-{scheme}.png"
                troubles |= _taken(page, picture, scene, width, scheme)
            if scene.print and "light" in visit.schemes:
                _printed(page, visit.into / name)
        except Exception as problem:  # noqa: BLE001  # the others are to be seen all the same
            troubles.add(f"{type(problem).__name__}: {str(problem).splitlines()[0]}")
        context.close()
    return troubles


def _heard(troubles: set[str], said: ConsoleMessage) -> None:
    if said.type in {"error", "warning"} and "Failed to load" not in said.text:
        troubles.add(f"console: {said.text[:80]}")


def _signed_in(name: str) -> str:
    with transaction() as session:
        opened = signingin.sign_in(
            session,
            name=name,
            password=PASSWORD,
            address="127.0.0.1",
            now=clock.real_now(session),
        )
    if not isinstance(opened, signingin.OpenSession):
        raise TypeError(f"{name} was refused: {opened}")
    return opened.token


def _taken(page: Page, picture: Path, scene: Scene, width: int, scheme: _Scheme) -> set[str]:
    """The picture, in a window as high as the page: a bar at the lower edge hides nothing then."""
    troubles = set()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.scrollWidth") > width:
        troubles.add(f"scrolls sideways at {width}")
    if not scene.is_whole:
        page.screenshot(path=picture)
    if page.locator("dialog[open]").count() == 0:
        high = min(max(page.evaluate("document.documentElement.scrollHeight"), 900), _TALLEST)
        page.set_viewport_size({"width": width, "height": high})
    if scene.is_whole:
        page.screenshot(path=picture)
    if scene.js and width != WIDTHS[1]:  # what is wrong there is wrong on one of the others
        found = page.evaluate(_AXE, _RULES[scheme])
        troubles.update(f"axe: {one} ({scheme}, {width})" for one in found)
    return troubles


def _printed(page: Page, into: Path) -> None:
    """As it comes out of a printer."""
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": _PAPER[0], "height": _PAPER[1]})
    page.screenshot(path=into.with_name(f"{into.name}-print.png"))
    page.pdf(path=into.with_name(f"{into.name}.pdf"), format="A4")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
