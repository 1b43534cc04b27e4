"""docs/operations/monitor.md lists every metric with its kind and labels: as they are served."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, insert

from cli import figures
from config.settings import Settings
from store import clock, gauges, statistics, troubles, waiting
from store.exposition import text_format
from store.models import AuditCountRow, DeliveryRow, HostGroupRow, PollCountRow
from store.models.foundation import Base, Leased
from store.session import transaction
from store.troubles import Trouble
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.law.tree import ROOT
from workers.counted import Counts

PAGE = ROOT / "docs" / "operations" / "monitor.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| ([^|]+) \|$", re.MULTILINE)
BOUNDED = {
    *("feed", "outlet", "outcome", "kind", "group", "step", "worker", "source", "relation"),
    *("stage", "state", "series", "zone", "section", "verdict", "source_group", "target"),
    *("role", "path", "task", "queue", "status", "version"),
}


@pytest.fixture
def served(database: Engine) -> str:
    """Everything that is served by anybody, over a newsroom in which something of each stands."""
    with transaction(database) as session:
        room = Newsroom(session)
        series = room.series(title_template="{headline}", query="envoys")
        ann = room.person("ann")
        now = clock.real_now(session)
        instalment = room.instalment(series)
        item = room.item(instalment)
        feed = room.feed("Meridian Wire", last_success_at=now, last_attempt_at=now, last_new_at=now)
        room.feed("Meridian Wire", rhythm={"an_hour": 1})
        session.execute(insert(PollCountRow).values(feed_id=feed, state="ok", polls=1))
        session.execute(insert(AuditCountRow).values(outcome="lie", audits=1))
        session.execute(insert(HostGroupRow).values(key="m.example", not_before=FRIDAY.max))
        troubles.start(session, [Trouble(feed_id=feed, kind="silent", reason="")], at=FRIDAY)
        wish = {"instalment_id": instalment, "target": "harbour", "idempotency_key": "1"}
        wish |= {"payload": {}, "wished_by": ann.id, "wished_at": now}
        session.execute(insert(DeliveryRow).values(wish))
        for name in ("beat", "parse", "backup"):
            waiting.note_tick(session, name)
        assert item
        statistics.count(session)
        rows = text_format(gauges.families(session))
    counts = Counts()
    counts.note("workers.parse", "done", 1)
    told = Settings(database_url=database.url.render_as_string(hide_password=False))
    own = text_format([*figures.of_process("beat", told, database), *counts.families()])
    return rows + own


def listed() -> dict[str, tuple[str, set[str]]]:
    """The table: name to kind and labels."""
    rows = ROW.findall(Path(PAGE).read_text(encoding="utf-8"))
    assert len({row[0] for row in rows}) == len(rows)
    return {name: (kind, set(labels.replace(",", " ").split())) for name, kind, labels, _ in rows}


def kinds(body: str) -> dict[str, str]:
    found = re.findall(r"^# TYPE serieswatch_(\w+) (\w+)$", body, re.MULTILINE)
    return dict(found)


def labels(body: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, inside in re.findall(r"^serieswatch_(\w+)\{(.+)\} ", body, re.MULTILINE):
        found[name] |= set(re.findall(r"(\w+)=", inside))
    return found


# Served by one process alone, and tried where they are made: tests/cli/, the lab.
ELSEWHERE = {
    *("scrape_seconds", "desk_request_seconds", "broker_messages", "broker_up", "backup_failing"),
}


def test_the_table_names_what_is_served_and_nothing_else(served: str) -> None:
    assert {name: kind for name, (kind, _) in listed().items() if name not in ELSEWHERE} == kinds(
        served
    )


def test_labels_are_as_the_table_says_and_bounded(served: str) -> None:
    told = listed()
    for name, found in labels(served).items():
        family = re.sub(r"_(bucket|sum|count)$", "", name) if name not in told else name
        assert found - {"le"} == told[family][1], name
        assert found - {"le"} <= BOUNDED


# What operations asked for when the product was planned: none of it may go missing unnoticed.
ASKED = """
    feed_last_success_timestamp_seconds feed_last_attempt_timestamp_seconds feed_interval_seconds
    feed_last_new_item_timestamp_seconds feed_expected_items feed_silent feed_polls_total
    feed_items_lost_suspected_total feed_validator_audits_total feed_slice_hit_ratio
    host_group_wait_seconds queue_oldest_age_seconds queue_ready leases_expired_total
    dead_letters_total dead_letters beat_last_tick_timestamp_seconds
    worker_last_tick_timestamp_seconds items_ingested_total item_versions_total kills_total
    kills_unresolved publication_to_queue_seconds drafts_pending draft_oldest_age_seconds
    series_candidates series_deadline_timestamp_seconds matches_total match_verdicts_total
    deliveries_total delivery_oldest_pending_seconds db_size_bytes build_info
"""


def test_what_operations_asked_for_is_served(served: str) -> None:
    assert set(ASKED.split()) <= kinds(served).keys()


def test_every_kind_of_row_under_a_lease_has_its_queue_figures(served: str) -> None:
    leased = {
        str(mapper.local_table.name)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Leased) and isinstance(mapper.local_table, Table)
    }
    assert set(gauges.STEPS.values()) == leased
    assert 'serieswatch_queue_ready{step="letters"} 0' in served
