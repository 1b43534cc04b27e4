"""`/metrics`: the figures rows give, in Prometheus' format, for those who may have them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from desk.app import create_app
from store import clock, setaside, statistics, troubles, waiting
from store.models import (
    AssignmentRow,
    AuditCountRow,
    DigestRow,
    FeedMemoryRow,
    HostGroupRow,
    PollCountRow,
)
from store.setaside import SetAside
from store.troubles import Trouble
from tests.desk.browser import Answer, Browser
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY

TOKEN = "two-quiet-otters"  # noqa: S105  # an invented one
LINE = re.compile(r'serieswatch_[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? -?[0-9.e+-]+')


def scrape(house: House, address: str = "127.0.0.1", **headers: str) -> Answer:
    browser = Browser(create_app(house.settings, house.engine), address=address)
    return browser.get("/metrics", {name.replace("_", "-"): told for name, told in headers.items()})


def figures(answer: Answer) -> dict[str, float]:
    """Every sample by its name and labels."""
    assert answer.status == 200
    lines = [line for line in answer.body.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_figures_are_derived_from_rows(house: House) -> None:
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    with house.newsroom() as room:
        feed = room.feed(
            "Meridian Wire",
            last_success_at=FRIDAY,
            last_attempt_at=long_ago,
            due_at=long_ago + timedelta(minutes=20),
            rhythm={"an_hour": 0.5},
            lost_suspected=2,
        )
        room.feed("Quiet Post", is_paused=True, work_state="done")
        room.story("Envoys meet", "", "Meridian Wire", None, None)
        session = room.session
        session.execute(insert(PollCountRow).values(feed_id=feed, state="ok", polls=7))
        session.execute(insert(AuditCountRow).values(outcome="lie", audits=1))
        session.execute(
            insert(FeedMemoryRow).values(feed_id=feed, frame="", items=b"", seen=8, known=6)
        )
        later = clock.real_now(session) + timedelta(hours=1)
        session.execute(insert(HostGroupRow).values(key="meridian.example", not_before=later))
        silent = Trouble(feed_id=feed, kind="silent", reason="nothing new")
        troubles.start(session, [silent], at=FRIDAY)
        thing = SetAside(
            feed_id=feed, document_id=None, stage="fetch", state="html", reason="", raw=b"x"
        )
        setaside.keep(session, [thing], at=FRIDAY)
        waiting.note_tick(session, "beat")
        waiting.note_tick(session, "hubs")
        statistics.count(session)
        now = clock.real_now(session).timestamp()
    answer = scrape(house)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = figures(answer)
    labels = f'{{feed="{feed}",outlet="meridian-wire"}}'
    of_feed = {
        name.removesuffix(labels).removeprefix("serieswatch_feed_"): value
        for name, value in found.items()
        if name.endswith(labels)
    }
    assert of_feed == {
        "last_success_timestamp_seconds": FRIDAY.timestamp(),
        "last_attempt_timestamp_seconds": long_ago.timestamp(),
        "interval_seconds": 1200,
        "expected_items": 12,
        "slice_hit_ratio": 0.75,
        "silent": 1,
        "failing": 0,
        "items_lost_suspected_total": 2,
    }
    polls = f'serieswatch_feed_polls_total{{feed="{feed}",outlet="meridian-wire",outcome="ok"}}'
    assert found[polls] == 7
    for name, value in {
        'feed_troubles{kind="silent"}': 1,
        'feed_troubles{kind="gone"}': 0,
        'feed_validator_audits_total{outcome="lie"}': 1,
        'queue_ready{step="parse"}': 1,
        'queue_ready{step="fetch"}': 1,
        'dead_letters{step="parse"}': 0,
        'items_ingested_total{source="meridian-wire"}': 1,
        'item_versions_total{kind="first"}': 1,
        "set_aside_open": 1,
    }.items():
        assert found[f"serieswatch_{name}"] == value
    assert found['serieswatch_host_group_wait_seconds{group="meridian.example"}'] > 3000
    assert found['serieswatch_queue_oldest_age_seconds{step="fetch"}'] > 3600
    assert found['serieswatch_queue_oldest_age_seconds{step="draft"}'] >= 0
    assert found["serieswatch_beat_last_tick_timestamp_seconds"] == pytest.approx(now, abs=600)
    assert 'serieswatch_worker_last_tick_timestamp_seconds{worker="hubs"}' in found
    assert found["serieswatch_db_size_bytes"] > 0
    assert not any("quiet-post" in name for name in found)


def test_a_letter_that_does_not_go_out_is_told_by_its_oldest_news(house: House) -> None:
    with house.newsroom() as room:
        session = room.session
        ann, ben = room.person("dora"), room.person("emil")
        item = room.item(room.instalment(room.series("envoys-watch")))
        now = clock.real_now(session)
        news = {"item_id": item, "user_id": ann.id, "by_id": ben.id}
        session.execute(insert(AssignmentRow).values(**news, at=now - timedelta(hours=2)))
        mail = {"address": "x@desk.example", "told_until": now - timedelta(hours=3)}
        # Tried and failed: due again in a while, by which its due time says nothing of its age.
        later = {"work_state": "ready", "due_at": now + timedelta(minutes=20), "attempts": 4}
        session.execute(insert(DigestRow).values(user_id=ann.id, **mail, **later))
        session.execute(insert(DigestRow).values(user_id=ben.id, **mail, **later))
    found = figures(scrape(house))
    assert found["serieswatch_letters_waiting"] == 1
    assert found["serieswatch_letter_oldest_pending_seconds"] == pytest.approx(7200, abs=600)
    with house.newsroom() as room:
        room.session.execute(update(DigestRow).values(told_until=now, work_state="done"))
    found = figures(scrape(house))
    assert found["serieswatch_letters_waiting"] == 0
    assert found["serieswatch_letter_oldest_pending_seconds"] == 0


def test_every_family_says_what_it_is_once(house: House) -> None:
    lines = scrape(house).body.splitlines()
    kinds = [line.split()[2:] for line in lines if line.startswith("# TYPE")]
    assert len({name for name, _ in kinds}) == len(kinds)
    assert all(name.endswith("_total") == (kind == "counter") for name, kind in kinds)
    assert {kind for _, kind in kinds} == {"gauge", "counter", "histogram"}
    helped = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert helped == [name for name, _ in kinds]


def test_labels_are_escaped(house: House) -> None:
    with house.newsroom() as room:
        group = 'odd"name\\of\na group'
        later = clock.real_now(room.session) + timedelta(hours=1)
        room.session.execute(insert(HostGroupRow).values(key=group, not_before=later))
    body = scrape(house).body
    assert 'host_group_wait_seconds{group="odd\\"name\\\\of\\na group"}' in body


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7", "10.0.0.1", "somewhere"])
def test_others_are_refused_with_what_to_set(house: House, address: str) -> None:
    answer = scrape(house, address)
    assert answer.status == 403
    assert "SERIESWATCH_METRICS_TOKEN_FILE" in answer.body
    assert "serieswatch_" not in answer.body


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "via"])
def test_who_comes_through_a_proxy_is_no_neighbour(house: House, header: str) -> None:
    assert scrape(house, "127.0.0.1", **{header: "192.0.2.7"}).status == 403


def test_a_network_of_the_settings_may_read(house: House) -> None:
    browser = house.browser(metrics_from=("192.0.2.0/28",))
    assert browser.get("/metrics").status == 200
    assert house.browser(metrics_from=("nonsense",)).get("/metrics").status == 403


def test_with_a_token_only_the_token_counts(house: House) -> None:
    browser = house.browser(metrics_token=TOKEN)
    browser.address = "127.0.0.1"
    assert browser.get("/metrics").status == 403
    for brought, status in ((TOKEN, 200), (TOKEN + "x", 403), ("", 403), ("\u00e9", 403)):
        assert browser.get("/metrics", {"authorization": f"Bearer {brought}"}).status == status
    browser.address = "192.0.2.7"
    assert browser.get("/metrics", {"authorization": f"Bearer {TOKEN}"}).status == 200


def test_times_are_told_to_the_second(house: House) -> None:
    moment = datetime(2026, 11, 20, 21, 0, 7, tzinfo=UTC)
    with house.newsroom() as room:
        room.feed("Meridian Wire", last_success_at=moment)
    assert f" {int(moment.timestamp())}\n" in scrape(house).body
