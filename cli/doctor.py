"""`doctor`: what is configured, reachable, migrated, overdue and set aside, in one look."""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kombu import Connection
from kombu.exceptions import OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cli.output import print_json
from config.settings import SettingsError, settings, without_password
from store import clock, feeds, retention, schema, setaside, sizes, snapshots, troubles, waiting
from store.feeds import FeedLine
from store.session import transaction
from store.troubles import TroubleLine

OVERDUE = timedelta(minutes=15)  # work that has waited longer than this is not being done
TOLD = 3  # feeds named for each kind of trouble
STUCK = timedelta(minutes=5)  # the sweep gives out anew within a minute what nobody gave back
SKEW = timedelta(seconds=30)  # by which clocks may differ before bells get lost, see config
UNSAVED = timedelta(days=1)  # without a backup
SILENT = timedelta(minutes=3)  # beat ticks every second or two


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` is False where this installation does not do its work.

    What a publisher does, or does not, is no defect of ours: it is `worth_a_look`.
    """

    what: str
    ok: bool
    said: str
    worth_a_look: bool = False

    @property
    def mark(self) -> str:
        """The word in front of its line."""
        if not self.ok:
            return "WRONG"
        return "LOOK " if self.worth_a_look else "ok   "


def doctor(args: Namespace, database: AbstractContextManager[Engine]) -> int:
    """Look at everything, print what was found; 1 if anything is wrong with this installation."""
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
        found = [
            {"what": f.what, "ok": f.ok, "worth_a_look": f.worth_a_look, "said": f.said}
            for f in findings
        ]
        print_json({"ok": is_well, "findings": found})
    else:
        for finding in findings:
            print(f"{finding.mark} {finding.what}: {finding.said}")
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
        open_ones = troubles.lines(session)
        recorded = clock.recorded_now(session)
        size, held, gone = (
            sizes.sizes(session),
            sizes.oldest_lease(session),
            retention.told(session),
        )
        errors = {s.stage: waiting.last_errors(session, s.stage) for s in stages if s.dead}
    findings += [_stage(stage, now, errors.get(stage.stage, [])) for stage in stages]
    findings += [_beat(ticks.get("beat"), now, has_feeds=bool(lines))]
    findings += [_feeds(lines), _troubles(open_ones)]
    said = f"{aside} things" + (": `serieswatch setaside list`" if aside else "")
    findings.append(Finding("set aside", ok=True, said=said, worth_a_look=aside > 0))
    findings += [_lease(held, now), _clocks(now), _size(size, gone)]
    findings.append(_backup(ticks.get(snapshots.BACKUP), now, is_played=recorded is not None))
    if recorded is not None:
        said = f"stands at {recorded.isoformat()}: this database belongs to a `play`"
        findings.append(Finding("recorded clock", ok=True, said=said))
    return findings


def _feeds(lines: Sequence[FeedLine]) -> Finding:
    """A feed that fails is its publisher's trouble; all of them at once are ours."""
    asked = [line for line in lines if not line.is_paused and line.last_attempt is not None]
    failing = [line for line in asked if line.failures > 0]
    said = f"{len(lines)} followed, {len(failing)} failing"
    if failing:
        said += ": " + ", ".join(f"{line.url} ({line.state})" for line in failing[:5])
    is_ours = bool(failing) and len(failing) == len(asked)
    if is_ours:
        said += "; as every one fails, look whether this machine reaches the web"
    return Finding("feeds", ok=not is_ours, said=said, worth_a_look=bool(failing))


def _troubles(open_ones: Sequence[TroubleLine]) -> Finding:
    """Open troubles by kind, with some of the feeds each is about."""
    by_kind = defaultdict(list)
    for one in open_ones:
        by_kind[one.kind].append(one)
    kinds = [
        f"{len(ones)} {kind.replace('_', ' ')} ({', '.join(one.feed for one in ones[:TOLD])}"
        f"{' ...' if len(ones) > TOLD else ''})"
        for kind, ones in by_kind.items()
    ]
    said = "; ".join(kinds) + ": `serieswatch feeds list` says more" if kinds else "none"
    return Finding("troubles", ok=True, said=said, worth_a_look=bool(kinds))


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


def _lease(held: sizes.Held | None, now: datetime) -> Finding:
    """A lease long past its end means that nobody sweeps, or that a row is passed over."""
    if held is None:
        return Finding("leases", ok=True, said="nobody holds one")
    late = now - held.until
    if late > timedelta():
        said = f"{held.held} held; the oldest, of {held.table}, ended {_ago(late)} ago"
    else:
        said = f"{held.held} held; the first to end, of {held.table}, has {_ago(-late)} left"
    return Finding("leases", ok=late < STUCK, said=said)


def _clocks(now: datetime) -> Finding:
    here = datetime.now(UTC)  # noqa: TID251  # this machine's own clock is what is looked at
    off = here - now
    is_off = abs(off) > SKEW
    how = "before" if off > timedelta() else "behind"
    said = f"this machine's is {_ago(abs(off))} {how} the database's"
    said += "; bells get lost meanwhile: set it by NTP" if is_off else ""
    return Finding("clocks", ok=True, said=said, worth_a_look=is_off)


def _size(size: sizes.Sizes, gone: Mapping[str, int]) -> Finding:
    largest = ", ".join(f"{name} {_megabytes(bytes_)}" for name, bytes_ in size.largest)
    let_go = ", ".join(f"{name} {rows}" for name, rows in sorted(gone.items()) if rows)
    said = f"{_megabytes(size.whole)}: {largest}" + (
        f"; let go of so far: {let_go}" if gone else ""
    )
    return Finding("size", ok=True, said=said.removesuffix("; let go of so far: "))


def _backup(at: datetime | None, now: datetime, *, is_played: bool) -> Finding:
    if at is None:
        said = "none was made yet: `serieswatch backup --to FOLDER`"
        return Finding("backup", ok=True, said=said, worth_a_look=not is_played)
    said = f"the last good one was made {_ago(now - at)} ago"
    return Finding("backup", ok=True, said=said, worth_a_look=now - at > UNSAVED)


def _ago(span: timedelta) -> str:
    """A span in words, to what matters of it."""
    seconds = span.total_seconds()
    for name, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


def _look_at_broker(url: str) -> Finding:
    if not url:
        return Finding("broker", ok=True, said="none configured: workers and beat need one")
    shown = without_password(url)
    try:
        with Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=0, timeout=3)
    except (OSError, OperationalError) as problem:
        said = (
            f"{shown} does not answer, so nothing is polled or read until it does; nothing is "
            f"lost, rows say what waits: {problem}"
        )
        return Finding("broker", ok=False, said=said)
    except ValueError:  # a port that is none, brackets that hold no address
        return Finding("broker", ok=False, said=f"{shown} cannot be read as an address")
    return Finding("broker", ok=True, said=f"{shown} answers")
