"""Pictures of every page of the desk, at three widths, light and dark, and what is wrong with them.

    make screenshots ARGS=DIR
    python -m bench.screenshots DIR [--keep PLAYED]

The bundled newsroom is played once into a throwaway database (with `--keep` into that directory, or
it is used as it stands there); a real Chromium signs in and walks every page. Told of each page:
what axe finds serious or critical, whether it scrolls sideways, what the console and the policy say
and which answers are refusals. Look at the pictures: no number tells whether a page is ugly.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from sqlalchemy import text

from cli import stack
from cli.output import tell
from store import clock, users
from store.session import transaction

WIDTHS = (390, 1024, 1600)
PASSWORD = "three tidy herons"  # noqa: S105  # of an invented person in a throwaway database
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE = """async (tags) => (await axe.run(document, {runOnly: {type: 'tag', values: tags}}))
    .violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => one.id)"""
_REFUSED = 400  # statuses from here on
_TALLEST = 4000  # pixels of a picture; what is below is more of the same


@dataclass
class _Looked:
    """What was wrong with one page, whatever the width and the light."""

    troubles: set[str] = field(default_factory=set)


def main(arguments: Sequence[str] = ()) -> int:
    """Make the pictures, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="bench.screenshots")
    parser.add_argument("into", type=Path, nargs="?", default=Path("build/screenshots"))
    parser.add_argument("--keep", metavar="DIR", help="where the newsroom was played, or is to be")
    told = parser.parse_args(list(arguments))
    told.into.mkdir(parents=True, exist_ok=True)
    with ExitStack() as ending:
        keep = told.keep or ending.enter_context(tempfile.TemporaryDirectory(prefix="pictures-"))
        if not (Path(keep) / "postgres").exists():
            tell("playing the bundled newsroom, a minute or so")
            Path(keep).mkdir(parents=True, exist_ok=True)
            Path(keep).chmod(0o711)
            play = [sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--keep", keep]
            subprocess.run(play, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
        running = ending.enter_context(stack.servers(keep))
        _somebody()
        pages = _pages()
        running.start_processes(parsers=1, desk=True, port=None)
        playwright = ending.enter_context(sync_playwright())
        browser = _launched(playwright)
        found = _walk(browser, running.desk_url.rstrip("/"), pages, told.into)
        browser.close()
    for name, looked in found.items():
        print(f"{name:24} {'; '.join(sorted(looked.troubles)) or 'well'}")
    print(f"{len(found)} pages, {len(WIDTHS) * 2} pictures of each in {told.into}")
    return int(any(looked.troubles for looked in found.values()))


def _launched(playwright: Playwright) -> Browser:
    """Debian's Chromium, one on the PATH, or playwright's own."""
    named = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((one for one in named if one), None)
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    return playwright.chromium.launch(executable_path=path, args=["--disable-gpu", *alone])


def _somebody() -> None:
    """An operator who is chief of everything and sees every page; and one more to be looked at."""
    with transaction() as session:
        known = {person.name for person in users.everyone(session)}
        for name, role in (("ann", "operator"), ("ben", "editor")):
            if name not in known:
                users.add(session, name=name, password=PASSWORD, role=role)


def _pages() -> dict[str, str]:
    """Every page by the name of its picture. Which rows it shows depends on what was played."""
    with transaction() as session:
        clock.now(session)
        found = session.execute(
            text(
                "SELECT s.key, i.number FROM instalments i JOIN series s ON s.id = i.series_id "
                "LEFT JOIN items t ON t.instalment_id = i.id GROUP BY 1, 2 "
                "ORDER BY count(t.id) DESC LIMIT 1"
            )
        ).one()
        one = {
            name: session.scalar(text(asked))
            for name, asked in {
                "item": "SELECT id FROM items ORDER BY merit DESC, id LIMIT 1",
                "development": "SELECT development_id FROM development_stories "
                "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
                "feed": "SELECT id FROM feeds ORDER BY id LIMIT 1",
                "person": "SELECT id FROM users WHERE name = 'ben'",
            }.items()
        }
    series, sheet = found.key, f"/instalments/{found.key}/{found.number}"
    return {
        "sign-in": "/sign-in",
        "instalments": "/",
        "instalment": sheet,
        "queue": "/queue",
        "search": "/queue?q=ferry&state=any&everywhere=yes",
        "item": f"/items/{one['item']}",
        "write": f"{sheet}/write",
        "preview": f"{sheet}/preview",
        "approval": f"{sheet}/approval",
        "delivery": f"{sheet}/delivery",
        "pasted": f"{sheet}/pasted",
        "developments": "/developments",
        "development": f"/developments/{one['development']}",
        "all-series": "/series",
        "series": f"/series/{series}",
        "definition": f"/series/{series}/definition",
        "sources": "/sources",
        "feed": f"/sources/{one['feed']}",
        "set-aside": "/set-aside",
        "kills": "/kills",
        "people": "/people",
        "person": f"/people/{one['person']}",
        "me": "/me",
        "audit": "/audit",
        "keys": "/keys",
        "not-there": "/nowhere",
    }


def _walk(browser: Browser, desk: str, pages: dict[str, str], into: Path) -> dict[str, _Looked]:
    found = {name: _Looked() for name in pages}
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            context = browser.new_context(
                base_url=desk,
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            for name, page in _opened(context, pages, found):
                _looked_at(page, width, found[name].troubles)
                picture = into / f"{name}-{width}-{scheme}.png"
                high = min(page.evaluate("document.documentElement.scrollHeight"), _TALLEST)
                page.screenshot(
                    path=picture,
                    clip={"x": 0, "y": 0, "width": width, "height": high},
                    full_page=True,
                )
            context.close()
            tell(f"{scheme}, {width} pixels: done")
    return found


def _opened(
    context: BrowserContext, pages: dict[str, str], found: dict[str, _Looked]
) -> Iterator[tuple[str, Page]]:
    """Each page, opened; the first is the sign-in, by which somebody then comes in."""
    page = context.new_page()
    now = [""]
    page.on(
        "console",
        lambda said: (
            found[now[0]].troubles.add(f"console: {said.text[:80]}")
            if said.type in {"error", "warning"} and "status of" not in said.text
            else None
        ),
    )
    for name, path in pages.items():
        now[0] = name
        answer = page.goto(path)
        status = 0 if answer is None else answer.status
        if status >= _REFUSED and name != "not-there":
            found[name].troubles.add(f"answers {status}")
        yield name, page
        if name == "sign-in":
            page.get_by_label(re.compile("name", re.IGNORECASE)).first.fill("ann")
            page.get_by_label(re.compile("password", re.IGNORECASE)).first.fill(PASSWORD)
            page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).first.click()
            page.wait_for_url("**/")


def _looked_at(page: Page, width: int, troubles: set[str]) -> None:
    page.evaluate(AXE_SCRIPT + "\n;undefined")
    size = page.viewport_size
    if size is not None:  # as high as the page: a bar at the lower edge half covers what is there
        high = min(page.evaluate("document.documentElement.scrollHeight"), 16_000)
        page.set_viewport_size({"width": width, "height": max(high, size["height"])})
    troubles.update(f"axe: {one}" for one in page.evaluate(_AXE, _RULES))
    if size is not None:
        page.set_viewport_size(size)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        troubles.add(f"scrolls sideways at {width}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
