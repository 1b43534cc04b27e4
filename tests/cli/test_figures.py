"""`/metrics` of a process: its memory, clock and disk, its tasks, its pages, and what rows say."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from cli import figures
from config.settings import Settings
from store.exposition import text_format
from store.session import make_engine
from tests.desk.browser import Browser
from workers.counted import Counts

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


def told(engine: Engine) -> Settings:
    return Settings(database_url=engine.url.render_as_string(hide_password=False))


def samples(body: str) -> dict[str, float]:
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_a_process_tells_of_itself(database: Engine) -> None:
    app = figures.application("parse", told(database), (), database, rows=False)
    answer = Browser(app).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.body)
    role = '{role="parse"}'
    assert found[f"serieswatch_process_memory_bytes{role}"] > 10_000_000
    assert found[f"serieswatch_database_up{role}"] == 1
    assert abs(found[f"serieswatch_clock_skew_seconds{role}"]) < 5
    assert found['serieswatch_disk_free_bytes{role="parse",path="/"}'] > 0
    assert not any("feed_" in name or "queue_" in name for name in found)
    assert Browser(app).get("/healthz").body == "ok\n"


def test_a_database_that_does_not_answer_is_told_and_costs_no_scrape(database: Engine) -> None:
    nowhere = make_engine(NOWHERE, pool_size=1)
    settings = replace(told(database), database_url=NOWHERE)
    answer = Browser(figures.application("beat", settings, (), nowhere, rows=False)).get("/metrics")
    assert 'serieswatch_database_up{role="beat"} 0' in answer.body
    assert "clock_skew_seconds{" not in answer.body


def test_the_one_that_asks_rows_tells_of_the_house_too(database: Engine) -> None:
    app = figures.application("metrics", told(database), (), database, rows=True)
    body = Browser(app).get("/metrics").body
    kinds = [line.split()[2] for line in body.splitlines() if line.startswith("# TYPE")]
    assert len(set(kinds)) == len(kinds)
    assert {"serieswatch_queue_ready", "serieswatch_scrape_seconds"} <= set(kinds)


def test_tasks_are_counted_by_how_they_ended() -> None:
    counts = Counts()
    counts.note("workers.parse", "done", 0.25)
    counts.note("workers.parse", "done", 0.5)
    counts.note("workers.parse", "failed")
    found = samples(text_format(counts.families()))
    assert found == {
        'serieswatch_tasks_total{task="workers.parse",outcome="done"}': 2,
        'serieswatch_tasks_total{task="workers.parse",outcome="failed"}': 1,
        'serieswatch_task_seconds_total{task="workers.parse"}': 0.75,
    }


@pytest.mark.parametrize(("status", "named"), [(200, "2xx"), (303, "3xx"), (503, "5xx")])
def test_pages_are_counted_by_how_they_ended(status: int, named: str) -> None:
    async def pages(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI's own
        await send({"type": "http.response.start", "status": status, "headers": []})

    counted = figures.CountedPages(pages)
    asyncio.run(counted({"type": "http"}, nothing_comes, into_the_void))
    found = samples(text_format(counted.families()))
    name = f'serieswatch_desk_request_seconds_count{{status="{named}"}}'
    assert found[name] == 1
    assert found[f'serieswatch_desk_request_seconds_bucket{{status="{named}",le="+Inf"}}'] == 1


def test_a_page_that_breaks_is_counted_and_breaks() -> None:
    async def pages(_scope: Any, _receive: Any, _send: Any) -> None:  # noqa: ANN401  # ASGI's own
        raise ValueError("a defect")

    counted = figures.CountedPages(pages)
    with pytest.raises(ValueError, match="a defect"):
        asyncio.run(counted({"type": "http"}, nothing_comes, into_the_void))
    assert 'count{status="5xx"} 1' in text_format(counted.families())


async def nothing_comes() -> MutableMapping[str, Any]:
    return {}


async def into_the_void(_: MutableMapping[str, Any]) -> None:
    return
