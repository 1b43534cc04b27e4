"""How long an editor waits for each page and action of a full desk while two others work.

    python -m bench desk [ROUNDS [DESKS]]

Ten thousand queued items: fifty series with an open instalment each, two hundred developments of
ten stories that stand in all of them, a year of earlier instalments. The desk is the product's own
process on an embedded PostgreSQL, or DESKS of them, which share the editors; three editors walk
through their pages at once, each over HTTP as a browser sends it, and read the whole answer. What
is printed is milliseconds to the last byte. Each editor signs in anew in every fourth round, while
the others work. The first visit to each page is printed beside, and counts like every other: in
the first table it finds a desk that has just started. With 20 rounds there are 60 visits to a page:
the 95th of 100 is then the third longest of them and not the longest.
"""

import itertools
import re
import sys
import threading
import time
import urllib.parse
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from random import Random

import urllib3
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import DeclarativeBase, Session

from cli import stack
from cli.output import Progress
from cli.supervisor import Program
from config.settings import environment, override
from store import clock, schema, users
from store.models import (
    DefinitionRow,
    DevelopmentRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)
from store.session import engine as own_engine
from store.session import transaction

SERIES, DEVELOPMENTS, STORIES, EARLIER = 50, 200, 10, 52
ROUNDS = 20
PAUSES = (0.0, 1.0)  # seconds an editor reads before the next page; the last is judged
LIMIT = 300.0  # milliseconds, at the 95th of 100
PASSWORD = "three tidy herons"  # noqa: S105  # of invented people in a throwaway database
NAMES = ("ann", "ben", "cleo")
MEETING = ("accept", "undo")  # where another editor may have been faster
SIGNS_IN = 4  # every so many rounds
WORDS = (
    *(
        "envoys",
        "harbour",
        "pier",
        "treaty",
        "ministers",
        "strait",
        "fishing",
        "quota",
        "sanctions",
    ),
    *("summit", "letters", "delegation", "ceasefire", "grain", "corridor", "pilots", "customs"),
    *("lighthouse", "ferry", "talks", "agreement", "accord", "protest", "note"),
)

SYLLABLES = tuple(a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrs")


@dataclass
class _Times:
    """Milliseconds by what was asked for, and what was answered otherwise than it should."""

    of: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    first: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; 1 if a page was too slow or answered wrongly."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    number = int(arguments[1]) if len(arguments) > 1 else 1
    with stack.servers(None) as running:
        schema.migrate(own_engine())
        with transaction() as session:
            for name in NAMES:
                users.add(session, name=name, password=PASSWORD, role="chief")
        _fill(own_engine())
        running.start_processes(parsers=1, desk=True, port=None)
        desks = [running.desk_url, *(_another(running, n) for n in range(2, number + 1))]
        wrong = 0
        for pause in PAUSES:
            pace = f"after {pause:g} s of reading" if pause else "without ever reading"
            print(f"\n{len(NAMES)} editors at once, each asking again {pace}; desks: {number}")
            wrong = _printed(_walked(desks, rounds, pause))
        return wrong


def _another(running: stack.Running, number: int) -> str:
    """Start one more desk on the same tables, as a second container is; where it answers."""
    port = stack.free_port()
    override(desk_port=str(port))
    program = Program(
        name=f"desk-{number}",
        argv=(sys.executable, "-m", "cli.main", "desk"),
        env=environment() | {"TMPDIR": str(running.scratch)},
        patience=10,
    )
    running.servers.supervisor.start(program)
    retries = urllib3.Retry(total=300, backoff_factor=0.2, backoff_max=0.5)
    urllib3.PoolManager().request("GET", f"http://127.0.0.1:{port}/healthz", retries=retries)
    return f"http://127.0.0.1:{port}"


def _walked(desks: Sequence[str], rounds: int, pause: float) -> _Times:
    """What it took while all of them walked at once."""
    times, failed = _Times(), list[BaseException]()
    walks = [
        threading.Thread(target=_walk, args=(_Editor(desk, name, times, pause), rounds, failed))
        for name, desk in zip(NAMES, itertools.cycle(desks), strict=False)
    ]
    for one in walks:
        one.start()
    for one in walks:
        one.join()
    if failed:
        raise failed[0]
    return times


# --- what stands there


def _fill(engine: Engine) -> None:
    """The rows of a full desk."""
    rng = Random(5)
    with transaction(engine) as session, closing(Progress(SERIES, "filling")) as progress:
        now = clock.now(session)
        outlets = _many(
            session,
            OutletRow,
            [{"key": f"paper-{n}", "name": f"The Example Paper {n}"} for n in range(30)],
        )
        feeds = _many(
            session,
            FeedRow,
            [
                {
                    "url": f"https://paper-{n}.example/feed",
                    "outlet_id": outlet,
                    "is_paused": True,
                    "due_at": now + timedelta(days=999),
                }
                for n, outlet in enumerate(outlets)
            ],
        )
        developments, firsts = _developments(session, rng, outlets, feeds, now)
        for number in range(SERIES):
            _series(session, rng, number, developments, firsts, now)
            progress.at(number + 1)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _developments(
    session: Session, rng: Random, outlets: Sequence[int], feeds: Sequence[int], now: datetime
) -> tuple[list[int], list[tuple[int, int, str]]]:
    """Developments with their stories; gives their ids and of each its first story."""
    titles = [_title(rng) for _ in range(DEVELOPMENTS)]
    developments = _many(
        session,
        DevelopmentRow,
        [
            {"title": title, "words": [], "first_at": now, "last_at": now, "revision": 1}
            for title in titles
        ],
    )
    [document] = _many(
        session,
        DocumentRow,
        [
            {
                "feed_id": feeds[0],
                "fetch_token": uuid.uuid4(),
                "captured_at": now,
                "url": "https://paper-0.example/feed",
                "status": 200,
                "headers": {},
                "body": b"",
                "body_hash": "",
                "work_state": "done",
            }
        ],
    )
    number = DEVELOPMENTS * STORIES
    places = [rng.randrange(len(outlets)) for _ in range(number)]
    stories = _many(
        session,
        StoryRow,
        [
            {
                "outlet_id": outlets[at],
                "feed_id": feeds[at],
                "first_seen_at": now - timedelta(minutes=number - n),
                "changed_at": now,
                "work_state": "done",
            }
            for n, at in enumerate(places)
        ],
    )
    versions = _many(
        session,
        VersionRow,
        [
            {
                "story_id": story,
                "number": 1,
                "document_id": document,
                "feed_id": feeds[places[n]],
                "seen_at": now,
                "kind": "first",
                "content_hash": str(n),
                "fingerprint": f"{n:064x}",
                "title": titles[n // STORIES],
                "summary": _words(rng, 40),
                "text": _words(rng, 500),
                "html": "",
                "url": f"https://paper-{places[n]}.example/{n}",
                "byline": "",
                "published_at": now - timedelta(hours=n % 140),
                "published_raw": "",
            }
            for n, story in enumerate(stories)
        ],
    )
    _many(
        session,
        MemberRow,
        [
            {
                "story_id": story,
                "development_id": developments[n // STORIES],
                "score": 1.0,
                "why": "first",
                "decided_by": "bench",
                "decided_at": now,
            }
            for n, story in enumerate(stories)
        ],
        key="story_id",
    )
    firsts = [(stories[n * STORIES], versions[n * STORIES], titles[n]) for n in range(DEVELOPMENTS)]
    return developments, firsts


def _series(  # noqa: PLR0913, PLR0917  # what it is made of
    session: Session,
    rng: Random,
    number: int,
    developments: Sequence[int],
    firsts: Sequence[tuple[int, int, str]],
    now: datetime,
) -> None:
    """A series with a year of instalments, the last open and full."""
    key = f"watch-{number}"
    definition = {
        "key": key,
        "title": f"Watch {number}",
        "title_template": f"Watch {number}: {{headline}}",
        "query": "envoys",
        "time_zone": "UTC",
        "sections": [
            {"key": "lead", "heading": "", "when_empty": "None.", "maximum": 3},
            {"key": "items", "heading": "In other news", "when_empty": "None.", "maximum": 12},
        ],
    }
    [series] = _many(session, SeriesRow, [{"key": key, "title": f"Watch {number}"}])
    [made] = _many(
        session,
        DefinitionRow,
        [{"series_id": series, "number": 1, "definition": definition, "created_by": "bench"}],
    )
    session.execute(
        text("UPDATE series SET definition_id = :made WHERE id = :series"),
        {"made": made, "series": series},
    )
    week = timedelta(days=7)
    instalments = _many(
        session,
        InstalmentRow,
        [
            {
                "series_id": series,
                "number": at + 1,
                "opens_at": now - (EARLIER - at) * week,
                "cut_off": now - (EARLIER - at - 1) * week + timedelta(days=1),
                "tail_from": now - (EARLIER - at + 1) * week,
                "opened_at": now,
                "state": "assembling" if at == EARLIER - 1 else "published",
                "work_state": "done",
            }
            for at in range(EARLIER)
        ],
    )
    why = [
        {
            "reason": "query",
            "weight": 2.1,
            "text": f'the headline says "{WORDS[at]}"',
            "spans": [],
        }
        for at in range(4)
    ]
    _many(
        session,
        MatchRow,
        [
            {
                "series_id": series,
                "story_id": story,
                "version_id": version,
                "definition_id": made,
                "matcher": "bench",
                "score": 0.9,
                "zone": "suggest",
                "section": "items",
                "why": why,
                "seen_at": now,
                "instalment_id": instalments[-1],
            }
            for story, version, _ in firsts
        ],
    )
    _many(
        session,
        ItemRow,
        [
            {
                "instalment_id": instalments[-1],
                "development_id": developments[at],
                "section": "lead" if at < 3 else "items",  # noqa: PLR2004  # candidates for a lead
                "position": float(at),
                "story_id": story,
                "version_id": version,
                "headline": title,
                "attribution": "On Thursday, the Example Paper reported",
                "score": rng.random(),
                "zone": "suggest",
                "why": why,
                "flags": [],
                "added_at": now,
            }
            for at, (story, version, title) in enumerate(firsts)
        ],
    )


def _many(
    session: Session,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, object]],
    key: str = "id",
) -> list[int]:
    made = insert(table).returning(table.__table__.c[key], sort_by_parameter_order=True)
    return list(session.scalars(made, list(rows)))


def _title(rng: Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(9)).capitalize()


def _words(rng: Random, number: int) -> str:
    """Words of a text: of a tongue so large that a search finds some stories and not all."""
    return " ".join(f"{rng.choice(SYLLABLES)}{rng.choice(SYLLABLES)}" for _ in range(number))


# --- who walks there


class _Editor:
    """A browser as far as the desk sees it: cookies, forms, whole answers."""

    def __init__(self, desk: str, name: str, times: _Times, pause: float) -> None:
        self.name = name
        self._pause = pause
        self._pool = urllib3.PoolManager(headers={"User-Agent": "bench"})
        self._desk = desk.rstrip("/")
        self._times = times
        self._cookies: dict[str, str] = {}
        self._rng = Random(name)
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in as on another morning: the session of before is left behind."""
        self._cookies.clear()
        page = self.get("sign-in", "/sign-in", is_told=False)
        form = {"name": self.name, "password": PASSWORD, **_hidden(page)}
        self.post("sign in", "/sign-in", form)

    def get(self, what: str, path: str, *, is_told: bool = True) -> str:
        """Read a page."""
        return self._ask("GET", what if is_told else "", path, None)

    def post(self, what: str, path: str, form: Mapping[str, str]) -> str:
        """Send a form; where it leads is another page and another time."""
        return self._ask("POST", what, path, urllib.parse.urlencode(form))

    def _ask(self, method: str, what: str, path: str, body: str | None) -> str:
        headers = {"Cookie": "; ".join(f"{name}={said}" for name, said in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if what and self._pause:
            threading.Event().wait(self._pause * self._rng.uniform(0.5, 1.5))
        begin = time.perf_counter()
        answer = self._pool.request(
            method, f"{self._desk}{path}", body=body, headers=headers, redirect=False
        )
        took = (time.perf_counter() - begin) * 1000
        for cookie in answer.headers.getlist("set-cookie"):
            name, _, said = cookie.partition(";")[0].partition("=")
            self._cookies[name] = said
        if what:
            self._times.of[what].append(took)
            self._times.first.setdefault(what, took)
            may_meet = what in MEETING and answer.status == 409  # noqa: PLR2004  # two decide at once
            if answer.status >= 400 and not may_meet:  # noqa: PLR2004  # where refusals begin
                self._times.wrong[f"{what}: {answer.status}"] += 1
        return answer.data.decode()


def _walk(editor: _Editor, rounds: int, failed: list[BaseException]) -> None:
    """One editor's rounds."""
    try:
        rng = Random(editor.name)
        for number in range(1, rounds + 1):
            _round(editor, rng)
            if number % SIGNS_IN == 0:
                editor.sign_in()
    except BaseException as problem:  # noqa: BLE001  # told by whoever waits for us
        failed.append(problem)


def _round(editor: _Editor, rng: Random) -> None:
    """A little of everything an editor does."""
    key = f"watch-{rng.randrange(SERIES)}"
    sheet = f"/instalments/{key}/{EARLIER}"
    for what, path in (
        ("first page", "/"),
        ("queue", "/queue"),
        ("queue, searched", "/queue?q=lighthouse+ferry+quota&state=queued"),
        ("series", f"/series/{key}"),
        ("approval", f"{sheet}/approval"),
        ("writing", f"{sheet}/write"),
        ("preview", f"{sheet}/preview"),
        ("handing over", f"{sheet}/delivery"),
        ("developments", "/developments"),
        ("kills", "/kills"),
        ("sources", "/sources"),
        ("people", "/people"),
        ("audit", "/audit"),
    ):
        editor.get(what, path)
    page = editor.get("instalment of 200 items", sheet)
    items = re.findall(r'id="item-(\d+)"', page)
    if not items:
        raise RuntimeError(f"the instalment shows no items: {page[:300]}")
    item = rng.choice(items)
    editor.get("item", f"/items/{item}")
    token = _hidden(page)["token"]
    form = {"token": token, "version": _version(page, item), "then": sheet}
    editor.post("accept", f"/items/{item}/accept", form)
    page = editor.get("instalment, after", sheet)
    form["version"] = _version(page, item)
    editor.post("undo", f"/items/{item}/undo", form)


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first form of a page that has any."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    found: dict[str, str] = {}
    for name, said in fields:
        found.setdefault(name, unescape(said))
    return found


def _version(page: str, item: str) -> str:
    """The version of an item that the forms of its row name."""
    row = page[page.index(f'id="item-{item}"') :]
    found = re.search(r'name="version" value="(\d+)"', row)
    return found[1] if found else "1"


def _printed(times: _Times) -> int:
    print(
        f"{SERIES * DEVELOPMENTS} queued items, {DEVELOPMENTS} developments, {len(NAMES)} editors"
    )
    print(
        f"{'page or action':26} {'times':>6} {'median':>8} {'p95':>8} {'most':>8} {'first':>8}  ms"
    )
    slow = 0
    for what, took in sorted(times.of.items()):
        ordered = sorted(took)
        p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        slow += p95 > LIMIT
        mark = "  too slow" if p95 > LIMIT else ""
        median = ordered[len(ordered) // 2]
        told = f"{median:8.0f} {p95:8.0f} {ordered[-1]:8.0f} {times.first[what]:8.0f}"
        print(f"{what:26} {len(took):6} {told}{mark}")
    for what, number in sorted(times.wrong.items()):
        print(f"answered wrongly: {what}, {number} times")
    return int(bool(slow or times.wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
