"""Every folder of real feed documents through the whole product: what came in, what was set aside.

    python -m bench documents

prints a line for each folder, then every document that was read with problems, and what could not
be read at all.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.playing import Played, own_directory, play
from bench.recordings import FEEDS, feeds_of_their_own, is_there
from cli.embedded import servers
from store.session import make_engine

ASIDE = """
SELECT f.title, s.stage, s.state, s.reason, s.times
FROM set_aside s JOIN feeds f ON f.id = s.feed_id ORDER BY 2, 3, 1
"""
ODD = """
SELECT f.title, problem FROM documents d
JOIN feeds f ON f.id = d.feed_id, unnest(d.problems) AS problem ORDER BY 2, 1
"""
GIVEN_UP = """
SELECT count(*) FROM (
    SELECT id FROM documents WHERE work_state = 'dead' UNION ALL
    SELECT id FROM stories WHERE work_state = 'dead' UNION ALL
    SELECT id FROM instalments WHERE work_state = 'dead'
)
"""
SHOWN = 20  # of each kind and folder


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a folder of documents."""

    played: Played
    aside: tuple[tuple[str, str, str, str, int], ...]  # feed, stage, state, reason, times
    odd: tuple[tuple[str, str], ...]  # feed, problem of a document that was read
    given_up: int
    tracebacks: tuple[str, ...]  # their last lines, from the logs of our programs


def main() -> int:
    """Play each folder and print a table; 1 if anything was given up or broke."""
    if not is_there(FEEDS):
        return 0
    outcomes = {}
    with ExitStack() as ending:
        folders = [FEEDS / "raw", FEEDS / "series"]
        folders.append(ending.enter_context(feeds_of_their_own(FEEDS / "web-2026-02")))
        for folder in folders:
            outcomes[folder.name] = _played(folder)
    print("\n".join(_table(outcomes)))
    return int(any(out.given_up or out.tracebacks for out in outcomes.values()))


def _played(folder: Path) -> Outcome:
    with own_directory() as kept:
        played = play(folder, keep=kept / "feeds")
        logs = sorted((kept / "feeds" / "log").glob("*.log"))
        broken = [line for log in logs for line in _tracebacks(log.read_text(errors="replace"))]
        with servers(kept / "feeds", broker=False) as started:
            engine = make_engine(started.database_url)
            with engine.connect() as connection:
                aside = tuple((*row,) for row in connection.execute(text(ASIDE)))
                odd = tuple((*row,) for row in connection.execute(text(ODD)))
                given_up = connection.scalar(text(GIVEN_UP)) or 0
            engine.dispose()
    return Outcome(played, aside, odd, given_up, tuple(broken))


def _tracebacks(log: str) -> Iterator[str]:
    """The last line of each traceback in a log."""
    for found in re.finditer(r"^Traceback .*?\n(?=\S)(\S.*)$", log, re.MULTILINE | re.DOTALL):
        yield found[1].partition("\n")[0]


def _table(outcomes: dict[str, Outcome]) -> Iterator[str]:
    yield (
        f"{'documents of':14}{'feeds':>6}{'documents':>10}{'stories':>8}{'versions':>9}"
        f"{'copies':>7}{'odd':>5}{'aside':>6}{'given up':>9}{'broke':>6}{'CPU s':>7}{'MB':>6}"
    )
    for name, out in outcomes.items():
        said = out.played.summary
        yield (
            f"{name:14}{said['feeds']:6}{said['documents']:10}{said['stories']:8}"
            f"{said['versions']:9}{said['duplicates']:7}{len(out.odd):5}{len(out.aside):6}{out.given_up:9}"
            f"{len(out.tracebacks):6}{out.played.cpu_seconds:7.1f}{out.played.peak_mb:6.0f}"
        )
    for name, out in outcomes.items():
        for (stage, state), number in Counter((row[1], row[2]) for row in out.aside).items():
            yield f"{name}: set aside at {stage} as {state}: {number}"
        for feed, _, _, reason, times in out.aside[:SHOWN]:
            yield f"    {feed}: {reason}" + (f" ({times} times)" if times > 1 else "")
        yield from (f"{name}, {feed}: {problem}" for feed, problem in out.odd[:SHOWN])
        yield from (f"{name}: BROKE: {line}" for line in out.tracebacks)
