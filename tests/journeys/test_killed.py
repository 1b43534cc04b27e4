"""A play whose every process is killed again and again ends with the very same rows.

The attack and the comparison are `bench/killed.py`, which does it to a real week; here two days of
the invented newsroom are enough.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.sample.newsroom import write_newsroom
from tests.journeys.at_work import carried_out

UNTIL = "20260308T13"
KILLS = 12  # twice each of six kinds
# These show other feeds' pages. Which of two feeds is read first in one moment is chance, killed
# or not, and the first to show a page gives it its first version.
LEFT_OUT = {"frontpage-sieve", "meridian-wire-top"}
# These carry wire copy within the wire's own six hours. Polled a minute later they come second.
CARRIERS = {"levant-record", "vantage-broadcasting"}

Report = dict[str, Any]


def write_two_days(folder: Path) -> None:
    """The newsroom's first six moments, two feeds left out and two a minute late."""
    write_newsroom(folder / "week")
    for document in (folder / "week").glob("*/*.xml"):
        feed, name = document.parent.name, document.name
        if feed not in LEFT_OUT and name < UNTIL:
            place = folder / "two-days" / feed
            place.mkdir(parents=True, exist_ok=True)
            late = name.replace("0000.xml", "0100.xml") if feed in CARRIERS else name
            document.rename(place / late)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What came of it, once for all tests here."""
    folder = tmp_path_factory.mktemp("killed")
    write_two_days(folder)
    attack = [sys.executable, "-m", "bench.killed", str(folder / "two-days")]
    # Three plays: a busy machine makes them long, and no worse.
    done = carried_out(*attack, "--kills", str(KILLS), "--json", within=1500)
    assert done.stdout, done.stderr
    told: Report = json.loads(done.stdout)
    return told


def test_every_kind_of_process_was_killed_several_times(report: Report) -> None:
    kinds = {"fetch worker", "parse worker", "parse child", "beat", "redis", "postgres"}
    assert set(report["kills"]) == kinds
    assert min(report["kills"].values()) > 1


def test_the_play_ends_with_the_same_rows_none_lost_and_none_doubled(report: Report) -> None:
    differences = {
        table: came
        for table, came in report["by_kills"].items()
        if came["lost"] or came["added"] or came["doubled"]
    }
    assert differences == {}


def test_there_was_something_to_lose(report: Report) -> None:
    rows = {table: came["rows"] for table, came in report["by_kills"].items()}
    assert rows["documents"] > 60
    assert rows["stories"] > 100
    assert rows["versions"] > rows["stories"]
    assert rows["duplicates"] > 0
    assert rows["tags"] > 200
    assert rows["matches"] > 25
    assert rows["items"] > 10


def test_nothing_waits_and_nothing_was_given_up(report: Report) -> None:
    assert report["summary"]["waiting"] == 0
    assert report["by_kills"]["rows that wait or were given up"]["rows"] == 0


def test_nothing_is_left_running_or_lying_about(report: Report) -> None:
    assert report["left"] == []


def test_a_second_play_into_the_same_database_adds_nothing(report: Report) -> None:
    tables = report["by_again"]
    assert {"stories", "versions", "items", "matches", "developments"} <= set(tables)
    assert {table: came for table, came in tables.items() if came["lost"] or came["added"]} == {}
