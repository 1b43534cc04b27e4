"""Every panel of every dashboard, and every alarm, asked of a Prometheus over a played newsroom.

    python -m bench panels          needs Debian's package `prometheus`

The sample newsroom is played whole; then the processes run as shipped, each with its own figures,
and a real Prometheus asks them every two seconds with the rules of ops/prometheus. A panel whose
question has no answer is a defect: a name that is not served, labels that do not meet.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import psutil
import urllib3
import yaml
from sqlalchemy import insert, select, text

from cli.embedded import servers
from cli.stack import free_port
from config.settings import environment, override
from store import clock, statistics, waiting
from store.models import AuditCountRow, DeliveryRow, HostGroupRow, InstalmentRow, UserRow
from store.session import transaction

ROOT = Path(__file__).parent.parent
DASHBOARDS = ROOT / "ops" / "grafana" / "dashboards"
RULES = ROOT / "ops" / "prometheus" / "rules.yml"
SERVICES: dict[str, Sequence[str]] = {
    "beat": ("beat",),
    "fetch": ("worker", "--kind", "fetch", "--concurrency", "2"),
    "parse": ("worker", "--kind", "parse", "--concurrency", "2"),
    "desk": ("desk",),
    "metrics": ("metrics",),
}
WATCHED_FOR = 45.0  # seconds

asking = urllib3.PoolManager(timeout=10, retries=3)


def main() -> int:
    """Print each panel with what it gives; 1 if one of them gives nothing."""
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        print("Prometheus is not installed: apt install prometheus. Nothing was measured.")
        return 1
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as ending:
        kept = Path(scratch) / "kept"
        _play(kept)
        started = ending.enter_context(servers(kept))
        override(database_url=started.database_url, broker_url=str(started.broker_url))
        _what_a_desk_would_do()
        ports = {name: free_port() for name in SERVICES}
        desk = free_port()
        for name, verb in SERVICES.items():
            ending.enter_context(_process(name, verb, ports[name], desk, Path(scratch)))
        address = ending.enter_context(_prometheus(prometheus, ports, Path(scratch)))
        _watch(desk)
        return _panels(address) | _alarms(address)


def _play(kept: Path) -> None:
    """The sample newsroom through the whole product."""
    words = [sys.executable, "-m", "cli.main", "demo", "--once", "--json", "--keep", str(kept)]
    done = subprocess.run(  # noqa: S603  # our own program
        words, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the sample could not be played: {done.stderr[-2000:]}")


def _what_a_desk_would_do() -> None:
    """What the sample has none of: decisions, a delivery, a backup. And counts that are to grow."""
    with transaction() as session:
        now = clock.real_now(session)
        user = session.scalars(select(UserRow.id)).first()
        if user is None:
            made = {"name": "bench", "display_name": "Bench", "password_hash": ""}
            user = session.scalars(insert(UserRow).values(made).returning(UserRow.id)).one()
        instalment = session.scalars(select(InstalmentRow.id).limit(1)).one()
        # Of this month: precision is of the last four weeks.
        session.execute(text("UPDATE instalments SET cut_off = cut_off + (now() - opened_at)"))
        session.execute(
            text("""
            INSERT INTO decisions (item_id, user_id, action, state_before, state_after,
                made_version, decided_at)
            SELECT id, :user, 'accept', 'queued', 'accepted', version, now()
            FROM items ORDER BY id LIMIT 5
            """),
            {"user": user},
        )
        session.execute(
            text("UPDATE items SET state = 'accepted' WHERE id IN (SELECT item_id FROM decisions)")
        )
        wish = {"instalment_id": instalment, "target": "harbour", "idempotency_key": "bench"}
        wish |= {"payload": {}, "wished_by": user, "wished_at": now, "work_state": "done"}
        session.execute(insert(DeliveryRow).values(wish))
        session.execute(insert(AuditCountRow).values(outcome="agrees", audits=1))
        session.execute(insert(HostGroupRow).values(key="m.example", not_before=now.max))
        session.execute(text("UPDATE feeds SET rhythm = '{\"an_hour\": 1}' WHERE rhythm IS NULL"))
        waiting.note_tick(session, "backup")
        # Counted anew before Prometheus' eyes: what grows is seen only while it grows.
        statistics.count(session)
        nothing = "closed = 0, open = 0, closed_sum = 0, open_sum = 0"
        session.execute(text(f"UPDATE statistics SET {nothing}"))  # noqa: S608  # our own words
        session.execute(text("UPDATE statistics_reach SET closed_id = 0"))


@contextmanager
def _process(name: str, verb: Sequence[str], port: int, desk: int, scratch: Path) -> Iterator[None]:
    """One process of ours with its figures on that port, ended afterwards."""
    told = environment() | {
        "SERIESWATCH_METRICS_PORT": str(port),
        "SERIESWATCH_DESK_PORT": str(desk),
        "SERIESWATCH_COUNT_SECONDS": "15",
        "SERIESWATCH_ALIVE_FILE": str(scratch / f"{name}-alive"),
    }
    with (scratch / f"{name}.log").open("wb") as log:
        words = [sys.executable, "-m", "cli.main", *verb]
        running = subprocess.Popen(words, cwd=ROOT, env=told, stdout=log, stderr=log)  # noqa: S603  # our own program
    try:
        yield
    finally:
        _end(running)


@contextmanager
def _prometheus(program: str, ports: dict[str, int], scratch: Path) -> Iterator[str]:
    """A Prometheus that asks all of them every two seconds; gives its address."""
    jobs = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"service": name}}
        for name, port in ports.items()
    ]
    settled = {
        "global": {"scrape_interval": "2s", "evaluation_interval": "2s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "serieswatch", "static_configs": jobs}],
    }
    (scratch / "prometheus.yml").write_text(yaml.safe_dump(settled), encoding="utf-8")
    port = free_port()
    words = [program, f"--config.file={scratch}/prometheus.yml"]
    words += [f"--storage.tsdb.path={scratch}/tsdb", f"--web.listen-address=127.0.0.1:{port}"]
    with (scratch / "prometheus.log").open("wb") as log:
        running = subprocess.Popen(words, stdout=log, stderr=log)  # noqa: S603  # Debian's program
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    family = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
    running.terminate()
    try:
        running.wait(20)
    except subprocess.TimeoutExpired:
        running.kill()
    for child in family:
        if child.is_running():
            child.kill()


def _watch(desk: int) -> None:
    """Let it run, and visit the desk meanwhile."""
    until = monotonic() + WATCHED_FOR
    while monotonic() < until:
        with suppress(urllib3.exceptions.HTTPError):  # it may not be up yet
            asking.request("GET", f"http://127.0.0.1:{desk}/sign-in", retries=False)
        Event().wait(1)


def _ask(address: str, question: str) -> list[dict[str, object]]:
    answer = asking.request("GET", f"{address}/api/v1/query", fields={"query": question}).json()
    if answer["status"] != "success":
        raise SystemExit(f"{question}: {answer['error']}")
    found: list[dict[str, object]] = answer["data"]["result"]
    return found


def _panels(address: str) -> int:
    """Ask what every panel asks; 1 if any gives nothing."""
    empty = 0
    for path in sorted(DASHBOARDS.glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel["targets"]:
                found = _ask(address, target["expr"])
                first = found[0]["value"][1] if found else "NOTHING"  # type: ignore[index]  # a sample
                empty += not found
                named = f"{board['title']}: {panel['title']}"
                print(f"{named[:58]:58} {len(found):5} series  {first}")
    print(f"panels' questions without an answer: {empty}")
    return int(empty > 0)


def _alarms(address: str) -> int:
    """What the rules make of it: each was evaluated, and which are on."""
    groups = asking.request("GET", f"{address}/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    bad = [rule["name"] for rule in rules if rule["health"] != "ok"]
    on = sorted(rule["name"] for rule in rules if rule["state"] != "inactive")
    targets = asking.request("GET", f"{address}/api/v1/targets").json()["data"]["activeTargets"]
    down = [one["labels"]["service"] for one in targets if one["health"] != "up"]
    print(f"alarms: {len(rules)} evaluated, {len(bad)} could not be; on or pending: {on or 'none'}")
    print(f"targets: {len(targets)}, not up: {down or 'none'}")
    return int(bool(bad or down))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
