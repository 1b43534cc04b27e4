"""Feeds that misbehave in every way, beside good ones, through real workers.

Each bad one must come to a clear state and reason, and cost the others nothing. All invented, on
loopback.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import func, select

from cli import stack
from config import settings as told
from config.settings import override
from store import feeds, schema, setaside, stories, waiting
from store.models import DocumentRow, FeedRow, StoryRow
from store.session import engine, transaction
from tests.origin import Origin, origin

ROOT = Path(__file__).parents[2]
PATIENCE = 300
DEADLINE = 45  # seconds a poll may take: by then the others have come, on a crowded machine too
LIMITS = {
    # One server has all the feeds, and is to be asked for all of them at once.
    "host_gap_seconds": "0",
    "host_at_once": "100",
    "read_seconds": "1",  # of computing
    # A task may take six tenths of that by the clock on the wall. On a busy machine a second of
    # computing lasts many; a task stopped by its own time would say nothing of the document.
    "lease_seconds": "90",
    "sweep_seconds": "1",
}
ITEM = "<item><title>{0}</title><guid>{0}</guid><link>https://paper.example/{0}</link></item>"
GOOD = ("good0", "good1", "good2")
STORIES_EACH = 20


def a_feed(*items: str) -> bytes:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Invented</title>'
    return (head + "".join(items) + "</channel></rss>").encode()


def items(name: str, number: int = STORIES_EACH) -> list[str]:
    return [ITEM.format(f"{name}-{n}") for n in range(number)]


def a_tangle() -> bytes:
    """A well-known way to keep a feed parser busy: tags that are opened and never closed."""
    return a_feed(ITEM.format("tangle").replace("</item>", "<description>" + "<b>" * 10_000))


def a_maze() -> bytes:
    """Half a megabyte that holds the parser for minutes: attributes, each looked for in all."""
    attributes = " ".join(f"a{n}='1'" for n in range(50_000))
    return a_feed(f"<x {attributes}/>", *items("maze", 3))


def a_long_read() -> bytes:
    """As much as we read at all: 2,000 items of 40 tags and 2 kB each, none of them odd."""
    words = f"<i>{'long words &amp; &#233; ' * 5}</i>" * 18
    item = ITEM.replace("</item>", f"<description>{words}</description></item>")
    return a_feed(*(item.format(f"long-{n}") for n in range(2_000)))


def an_entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    document = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]><rss><channel><title>&l8;'
    return document.encode()


def serve_all(o: Origin) -> dict[str, str]:
    """Addresses of good and bad feeds by name."""
    for name in GOOD:
        o.serve(f"/{name}", body=a_feed(*items(name)))
    o.serve("/gone", status=404)
    o.serve("/broken", status=500)
    o.serve("/page", body=b"<!doctype html><html><body>Welcome</body></html>")
    o.serve("/nothing", body=b"")
    o.serve("/silent", behaviour="silent")
    o.serve("/flood", behaviour="flood")
    o.serve("/drip", body=b"x" * 10_000, behaviour="drip")
    o.serve("/bomb", behaviour="bomb")
    o.serve("/hangup", behaviour="close")
    o.serve("/entities", body=an_entity_bomb())
    o.serve("/torn", body=a_feed(*items("torn", 3))[:-60])
    o.serve("/tangle", body=a_tangle())
    o.serve("/maze", body=a_maze())
    o.serve("/long", body=a_long_read())
    bad = ("gone", "broken", "page", "nothing", "silent", "flood", "drip", "bomb", "hangup")
    odd = ("entities", "torn", "tangle", "maze", "long")
    return {name: o.url(f"/{name}") for name in (*bad, *odd, *GOOD)}


@contextmanager
def a_house(addresses: Mapping[str, str]) -> Iterator[stack.Running]:
    """The product running on these feeds, by name."""
    with stack.servers(None) as running:
        override(allow_inside="127.0.0.0/8", fetch_deadline=str(DEADLINE), **LIMITS)
        schema.migrate(engine())
        with transaction() as session:
            for name, url in addresses.items():
                outlet = feeds.ensure_outlet(session, key=name, name=name.title())
                feeds.ensure_feed(session, url=url, outlet_id=outlet, title=name)
        running.start_processes(parsers=2, desk=False, port=None)
        yield running


def wait_until_all_is_through(running: stack.Running, number: int) -> None:
    """Back when every feed has been polled and nothing waits to be read or placed."""
    give_up, pause = monotonic() + PATIENCE, Event()
    polled = select(func.count()).where(FeedRow.last_attempt_at.is_not(None))
    while monotonic() < give_up:
        with transaction() as session:
            is_waiting = waiting.is_waiting(session, DocumentRow, StoryRow)
            if session.scalar(polled) == number and not is_waiting:
                return
        running.check()
        pause.wait(0.2)
    pytest.fail(f"not every feed was polled and read within {PATIENCE} s")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it all."""

    lines: Mapping[str, Mapping[str, Any]]  # of `feeds list --json`, by the feeds' names
    aside: Mapping[str, setaside.SetAsideLine]  # by the feeds' names
    seen: Mapping[str, datetime]  # when each story was first seen, by its title
    pids: tuple[Mapping[str, int], Mapping[str, int]]  # of the programs, before and after
    log: str  # of the worker that parses


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    """All of it played once, with settings of its own that are forgotten afterwards."""
    before = dict(told._overrides)  # noqa: SLF001  # put back as it was
    with origin() as gone_away:
        refused = gone_away.url("/feed")
    with origin() as o:
        addresses = serve_all(o) | {"refused": refused}
        names = {url: name for name, url in addresses.items()}
        with a_house(addresses) as running:
            pids = running.servers.supervisor.pids()
            wait_until_all_is_through(running, len(addresses))
            lines = {str(line["title"]): line for line in listed()}
            with transaction() as session:
                found = stories.lines(session, limit=1000)
                outcome = Outcome(
                    lines=lines,
                    aside={names[line.feed]: line for line in setaside.lines(session)},
                    seen={str(one["title"]): one["first_seen"] for one in found},  # type: ignore[misc]  # the line holds a datetime there
                    pids=(pids, running.servers.supervisor.pids()),
                    log=(running.logs / "parse.log").read_text(errors="replace"),
                )
    yield outcome
    told._overrides.clear()  # noqa: SLF001  # put back as it was
    told._overrides.update(before)  # noqa: SLF001  # put back as it was
    told.settings.cache_clear()
    engine.cache_clear()


def listed() -> list[dict[str, Any]]:
    """What an operator reads: `serieswatch feeds list --json`."""
    printed = subprocess.run(
        [sys.executable, "-m", "cli.main", "feeds", "list", "--json"],
        cwd=ROOT,
        env=told.environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [json.loads(line) for line in printed.splitlines()]


def test_every_feed_comes_to_a_clear_state(outcome: Outcome) -> None:
    assert {name: line["state"] for name, line in outcome.lines.items()} == {
        "gone": "http_4xx",
        "broken": "http_5xx",
        "page": "html",
        "nothing": "empty",
        "silent": "timeout",
        "flood": "too_big",
        "drip": "timeout",
        "bomb": "too_big",
        "hangup": "connect",
        "refused": "connect",
        "entities": "parse_error",
        "maze": "parse_error",
        "long": "too_costly",
        "torn": "ok",
        "tangle": "ok",
        **dict.fromkeys(GOOD, "ok"),
    }


def test_every_bad_feed_says_why_in_a_sentence_and_comes_back_later(outcome: Outcome) -> None:
    bad = [line for line in outcome.lines.values() if line["state"] != "ok"]
    assert all(len(str(line["reason"]).split()) > 4 for line in bad)
    assert all(line["failures"] > 0 for line in bad)
    assert all(line["next_poll"] > line["last_attempt"] for line in bad)


def test_the_good_feeds_stories_are_all_there(outcome: Outcome) -> None:
    assert {f"{name}-{n}" for name in GOOD for n in range(STORIES_EACH)} <= set(outcome.seen)
    assert {outcome.lines[name]["stories"] for name in GOOD} == {STORIES_EACH}


def test_they_came_at_once_while_others_kept_us_waiting(outcome: Outcome) -> None:
    gave_up = datetime.fromisoformat(str(outcome.lines["silent"]["last_attempt"]))
    late = [title for title, at in outcome.seen.items() if title[:5] in GOOD and at > gave_up]
    assert late == []


def test_what_is_whole_in_a_torn_document_is_there(outcome: Outcome) -> None:
    assert {"torn-0", "torn-1"} <= set(outcome.seen)
    assert "torn" in outcome.aside


def test_what_cannot_be_read_is_set_aside_with_its_bytes(outcome: Outcome) -> None:
    for name in ("page", "entities", "maze", "long"):
        assert outcome.aside[name].reason
        assert outcome.aside[name].bytes > 0
    assert "nothing" in outcome.aside


def test_a_document_that_holds_its_parser_is_stopped_and_the_worker_lives(
    outcome: Outcome,
) -> None:
    assert outcome.aside["long"].state == "too_costly"
    assert outcome.aside["long"].times == 1  # at the first time, and not read again
    assert "more than 1 seconds" in outcome.aside["long"].reason
    before, after = outcome.pids
    assert before == after
