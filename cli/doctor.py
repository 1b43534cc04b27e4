"""`doctor`: what is configured, reachable, migrated, overdue and set aside, in one look."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kombu import Connection
from kombu.exceptions import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cli.output import print_json
from config.settings import SettingsError, settings, without_password
from store import clock, feeds, schema, setaside, waiting
from store.session import transaction

OVERDUE = timedelta(minutes=15)  # work that has waited longer than this is not being done
SILENT = timedelta(minutes=3)  # beat ticks every second or two


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` is False where somebody has to do something."""

    what: str
    ok: bool
    said: str


def doctor(args: Namespace, database: AbstractContextManager[Engine]) -> int:
    """Look at everything, print what was found; 1 if anything is wrong."""
    findings: list[Finding] = []
    try:
        with database as engine:
            told = settings()
            findings.append(Finding("settings", ok=True, said=without_password(told.database_url)))
            findings += _look_at_database(engine)
            findings.append(_look_at_broker(told.broker_url))
    except SettingsError as problem:
        findings.append(Finding("settings", ok=False, said=str(problem)))
    is_well = all(finding.ok for finding in findings)
    if args.json:
        found = [{"what": f.what, "ok": f.ok, "said": f.said} for f in findings]
        print_json({"ok": is_well, "findings": found})
    else:
        for finding in findings:
            print(f"{'ok   ' if finding.ok else 'WRONG'} {finding.what}: {finding.said}")
    return 0 if is_well else 1


def _look_at_database(engine: Engine) -> list[Finding]:
    try:
        at, needed = schema.version(engine), schema.head()
    except SQLAlchemyError as problem:
        line = str(getattr(problem, "orig", problem)).partition("\n")[0]
        return [Finding("database", ok=False, said=f"does not answer: {line}")]
    if at != needed:
        said = f"tables are at {at or 'nothing'}, this version needs {needed}: run migrate"
        return [Finding("database", ok=False, said=said)]
    findings = [Finding("database", ok=True, said=f"answers, tables at {at}")]
    with transaction(engine) as session:
        now = clock.real_now(session)
        stages = waiting.stages(session)
        ticks = waiting.ticks(session)
        lines = feeds.lines(session)
        aside = setaside.count(session)
        recorded = clock.recorded_now(session)
        errors = {s.stage: waiting.last_errors(session, s.stage) for s in stages if s.dead}
    findings += [_stage(stage, now, errors.get(stage.stage, [])) for stage in stages]
    findings += [_beat(ticks.get("beat"), now, has_feeds=bool(lines))]
    failing = [line for line in lines if line.failures > 0 and not line.is_paused]
    said = f"{len(lines)} followed, {len(failing)} failing"
    if failing:
        said += ": " + ", ".join(f"{line.url} ({line.state})" for line in failing[:5])
    findings.append(Finding("feeds", ok=not failing, said=said))
    said = f"{aside} things" + (": `serieswatch setaside list`" if aside else "")
    findings.append(Finding("set aside", ok=True, said=said))
    if recorded is not None:
        said = f"stands at {recorded.isoformat()}: this database belongs to a `play`"
        findings.append(Finding("recorded clock", ok=True, said=said))
    return findings


def _stage(stage: waiting.Waiting, now: datetime, errors: Sequence[str]) -> Finding:
    said = f"{stage.ready} waiting, {stage.leased} being done, {stage.dead} given up"
    late = stage.oldest_due is not None and now - stage.oldest_due > OVERDUE
    if late and stage.oldest_due is not None:
        said += f"; the oldest is due since {stage.oldest_due.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if errors:
        said += "; `serieswatch setaside replay` tries again. " + "; ".join(errors)
    return Finding(f"stage {stage.stage}", ok=not late and not stage.dead, said=said)


def _beat(at: datetime | None, now: datetime, *, has_feeds: bool) -> Finding:
    if at is None:
        said = "has never ticked: start `serieswatch beat` and the workers"
        return Finding("beat", ok=not has_feeds, said=said)
    if now - at > SILENT:
        said = f"last ticked {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: is it running?"
        return Finding("beat", ok=False, said=said)
    return Finding("beat", ok=True, said="ticks")


def _look_at_broker(url: str) -> Finding:
    if not url:
        return Finding("broker", ok=True, said="none configured: workers and beat need one")
    shown = without_password(url)
    try:
        with Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=0, timeout=3)
    except (OSError, OperationalError) as problem:
        return Finding("broker", ok=False, said=f"{shown} does not answer: {problem}")
    except ValueError:  # a port that is none, brackets that hold no address
        return Finding("broker", ok=False, said=f"{shown} cannot be read as an address")
    return Finding("broker", ok=True, said=f"{shown} answers")
