"""The doctor: one look at settings, database, tables, stages, beat, feeds and broker."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, func, text, update

from config import settings as told
from store import feeds, sizes, troubles, waiting, work
from store.models import DocumentRow, FeedRow, HeartbeatRow
from tests.cli.console import Console, Said
from tests.rounds import MONDAY, TIDES, WORLD, Rounds, an_item, newsroom, own_database


@pytest.fixture(scope="module")
def clinic(server: Engine) -> Iterator[Engine]:
    with own_database(server, "clinic") as engine:
        yield engine


@pytest.fixture
def rounds(clinic: Engine) -> Iterator[Rounds]:
    with newsroom(clinic) as rounds:
        told.override(broker_url="redis://:three-herons@127.0.0.1:1/0")
        yield rounds


def findings(said: Said) -> dict[str, tuple[bool, str]]:
    return {found["what"]: (found["ok"], found["said"]) for found in said.json["findings"]}


def test_a_house_in_order_is_told_so_line_by_line(serieswatch: Console, rounds: Rounds) -> None:
    with rounds.session() as session:
        waiting.note_tick(session, "beat")
    rounds.bring(an_item(1))
    found = findings(serieswatch("doctor", "--json"))
    broker = found.pop("broker")
    assert all(ok for ok, _ in found.values()), found
    assert set(found) == {
        *("settings", "database", "stage fetch", "stage parse", "stage place", "stage draft"),
        *("beat", "feeds", "troubles", "set aside", "recorded clock"),
        *("leases", "clocks", "size", "backup"),
    }
    assert found["database"][1].startswith("answers, tables at ")
    assert found["beat"][1] == "ticks"
    assert found["feeds"][1] == "1 followed, 0 failing"
    assert found["stage parse"][1] == "0 waiting, 0 being done, 0 given up"
    assert "2026-03-09" in found["recorded clock"][1]
    assert not broker[0]
    assert "does not answer" in broker[1]


def test_sizes_leases_clocks_and_the_last_backup_are_told(
    serieswatch: Console, rounds: Rounds
) -> None:
    rounds.bring(an_item(1))
    found = findings(serieswatch("doctor", "--json"))
    assert found["leases"] == (True, "nobody holds one")
    assert found["clocks"][1].startswith("this machine's is 0 s ")
    assert found["size"][1].count(" MB") == 1 + sizes.MOST  # the whole, and tables of every kind
    assert "none was made yet" in found["backup"][1]
    rounds.serve(an_item(2))
    document = rounds.poll()
    assert document is not None
    with rounds.session() as session:
        work.claim(session, DocumentRow, [document], lease_seconds=90, max_attempts=5)
        waiting.note_tick(session, "backup")
    found = findings(serieswatch("doctor", "--json"))
    assert found["leases"][1].startswith("1 held; the first to end, of documents, has ")
    assert found["backup"][1] == "the last good one was made 0 s ago"
    late = func.now() - timedelta(minutes=7)
    with rounds.session() as session:
        session.execute(update(DocumentRow).values(lease_until=late))
    stuck = findings(serieswatch("doctor", "--json"))["leases"]
    assert stuck == (False, "1 held; the oldest, of documents, ended 7 minutes ago")


def test_passwords_are_not_shown(serieswatch: Console, rounds: Rounds) -> None:
    assert rounds.feeds
    said = serieswatch("doctor")
    assert "herons" not in said.out
    assert "redis://:***@127.0.0.1:1/0 does not answer" in said.out


def test_anything_wrong_is_marked_and_makes_exit_1(serieswatch: Console, rounds: Rounds) -> None:
    rounds.fail(status=404)
    rounds.poll()
    rounds.serve(an_item(1), url=WORLD)
    rounds.poll()
    rounds.fail(status=500)
    rounds.poll()
    hour = timedelta(hours=1)
    with rounds.session() as session:
        session.execute(update(DocumentRow).values(due_at=func.now() - hour))
        waiting.note_tick(session, "beat")
        session.execute(update(HeartbeatRow).values(at=func.now() - hour))
    said = serieswatch("doctor", "--json")
    assert said.code == 1
    assert not said.json["ok"]
    found = findings(said)
    assert not found["stage parse"][0]
    assert "1 waiting" in found["stage parse"][1]
    assert "is due since" in found["stage parse"][1]
    assert not found["beat"][0]
    assert "is it running?" in found["beat"][1]
    assert found["feeds"] == (
        False,
        (
            f"1 followed, 1 failing: {WORLD} (http_5xx); as every one fails, look whether this "
            "machine reaches the web"
        ),
    )
    plain = serieswatch("doctor")
    assert plain.code == 1
    assert "\nWRONG stage parse: " in plain.out
    assert "\nok    set aside: 0 things\n" in plain.out


def test_what_ails_a_publisher_is_worth_a_look_and_no_defect_of_ours(
    serieswatch: Console, rounds: Rounds
) -> None:
    others = [rounds.follow(f"{TIDES}?{number}", outlet="tide-wire") for number in range(5)]
    rounds.bring(an_item(1))
    rounds.fail(f"{TIDES}?0", status=404)
    rounds.poll(f"{TIDES}?0")
    found = [
        troubles.Trouble(feed_id=number, kind="silent", reason="nothing new") for number in others
    ]
    gone = troubles.Trouble(feed_id=others[0], kind="gone", reason="answered 410")
    with rounds.session() as session:
        waiting.note_tick(session, "beat")
        troubles.start(session, [*found, gone], at=MONDAY)
    said = serieswatch("doctor", "--json")
    assert [one["what"] for one in said.json["findings"] if not one["ok"]] == ["broker"]
    looks = {one["what"] for one in said.json["findings"] if one["worth_a_look"]}
    assert looks == {"feeds", "troubles"}
    assert findings(said)["feeds"] == (True, f"6 followed, 1 failing: {TIDES}?0 (http_4xx)")
    words = findings(said)["troubles"][1]
    assert words.startswith(f"1 gone ({TIDES}?0); 5 silent (")
    assert words.endswith(" ...): `serieswatch feeds list` says more")
    assert "\nLOOK  troubles: 1 gone" in serieswatch("doctor").out


def test_what_was_given_up_is_wrong_and_what_is_set_aside_is_not(
    serieswatch: Console, rounds: Rounds
) -> None:
    rounds.serve(an_item(1))
    rounds.poll()
    rounds.serve(body=b"<html>")
    rounds.poll()
    with rounds.session() as session:
        session.execute(update(DocumentRow).values(work_state="dead"))
    found = findings(serieswatch("doctor", "--json"))
    assert not found["stage parse"][0]
    assert "1 given up" in found["stage parse"][1]
    assert found["set aside"] == (True, "1 things: `serieswatch setaside list`")


def test_a_paused_feed_that_failed_is_nobodys_worry(serieswatch: Console, rounds: Rounds) -> None:
    rounds.fail(status=404)
    rounds.poll()
    with rounds.session() as session:
        feeds.set_paused(session, rounds.feeds[WORLD], is_paused=True)
    assert findings(serieswatch("doctor", "--json"))["feeds"][0]


def test_a_beat_that_never_ticked_is_wrong_only_if_there_is_something_to_ring_for(
    serieswatch: Console, rounds: Rounds
) -> None:
    assert findings(serieswatch("doctor", "--json"))["beat"][0] is False
    with rounds.session() as session:
        session.execute(delete(FeedRow))
    assert findings(serieswatch("doctor", "--json"))["beat"] == (
        True,
        "has never ticked: start `serieswatch beat` and the workers",
    )


def test_a_broker_that_cannot_be_read_as_an_address_is_said(
    serieswatch: Console, rounds: Rounds
) -> None:
    assert rounds.feeds
    told.override(broker_url="redis://bells.example:port/0")
    found = findings(serieswatch("doctor", "--json"))
    assert found["broker"] == (False, "redis://bells.example:port/0 cannot be read as an address")


def test_tables_of_another_version_are_wrong_and_say_what_to_run(
    serieswatch: Console, server: Engine
) -> None:
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE unmigrated TEMPLATE template0"))
    url = server.url.set(database="unmigrated").render_as_string(hide_password=False)
    said = serieswatch("doctor", "--json", "--database", url)
    assert said.code == 1
    ok, words = findings(said)["database"]
    assert not ok
    assert words.startswith("tables are at nothing, this version needs ")
    assert words.endswith("run migrate")


def test_a_database_that_does_not_answer_is_a_finding_like_any_other(serieswatch: Console) -> None:
    said = serieswatch("doctor", "--json", "--database", "postgresql://x@127.0.0.1:1/x")
    assert (said.code, said.err) == (1, "")
    ok, words = findings(said)["database"]
    assert not ok
    assert words.startswith("does not answer: ")


def test_settings_that_are_wrong_are_a_finding(serieswatch: Console, tmp_path: object) -> None:
    said = serieswatch("doctor", "--json", "--keep", tmp_path)
    assert said.code == 1
    assert findings(said)["settings"][0] is False
    assert "holds no kept database" in findings(said)["settings"][1]
