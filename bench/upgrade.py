"""A release upgraded under load as docs/operations/upgrade.md says, and gone back from.

    python -m bench upgrade [--from COMMIT] [--week DIR] [--json]

plays a week with the code of an earlier commit, its processes and its tables: by default the last
one before the newest migration. Meanwhile this tree's `migrate` runs while work is in hand; its
processes work beside the earlier ones; those are asked to end. Then the way back: the earlier one
is started again on the newer tables, the newer one is asked to end. What came of it is compared
with undisturbed plays of either release: a row that both have must be there, and one that neither
has must not.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import psycopg

from bench import content
from bench.playing import PLAY, ROOT, Family, PlayFailed, own_directory, play
from cli.recording import read_recording
from cli.sample.newsroom import write_newsroom
from store import schema

KINDS = {
    "fetch": ("worker", "--kind", "fetch", "--concurrency", "8"),
    "parse": ("worker", "--kind", "parse", "--concurrency", "2"),
    "beat": ("beat",),
}
# At which part of the recording: tables changed, earlier release ended, newer one ended.
MIGRATE, NEWER_ALONE, BACK = 0.15, 0.4, 0.6
PATIENCE = 300.0  # seconds in which each of these must come about
LEASED = ("feeds", "documents", "stories", "instalments")
IN_HAND = " UNION ALL ".join(
    f"SELECT count(*) FROM {table} WHERE lease_token IS NOT NULL"  # noqa: S608  # our own tables
    for table in LEASED
)


@dataclass(slots=True)
class Ended:
    """How a process of ours ended that was asked to."""

    what: str
    code: int | None  # None: not known, it was not our child
    seconds: float


@dataclass(slots=True)
class Told:
    """What was done, step by step, and what came of it."""

    versions: tuple[str, str] = ("", "")  # of the tables
    steps: list[str] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    differences: list[content.Difference] = field(default_factory=list)
    stuck: int = 0
    left: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Nothing lost, doubled, stuck or forced."""
        return not (
            self.stuck
            or self.left
            or any(one.code for one in self.ended)
            or any(by.lost or by.added or by.doubled for by in self.differences)
        )


@contextmanager
def earlier(commit: str | None, to: Path) -> Iterator[str]:
    """The code of an earlier commit below a directory; gives its short name."""
    if commit is None:
        newest = f"migrations/versions/{schema.head()}_*.py"
        added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", newest)
        commit = f"{added}^"
    to.mkdir()
    archive = subprocess.run(  # noqa: S603  # a fixed command and a commit
        ["/usr/bin/git", "archive", commit], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["/bin/tar", "-x", "-C", str(to)], input=archive.stdout, check=True)  # noqa: S603  # as above
    yield _git("rev-parse", "--short", commit)


def _git(*words: str) -> str:
    done = subprocess.run(  # noqa: S603  # a fixed command
        ["/usr/bin/git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(slots=True)
class Release:
    """Processes of one release, started by us beside those of the play."""

    name: str
    tree: Path
    environment: Mapping[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self, *words: str) -> str:
        """Run one command to its end; gives what it printed. Raises PlayFailed."""
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "cli.main", *words],
            cwd=self.tree, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise PlayFailed(f"{self.name} {words[0]}: {done.stdout}{done.stderr}"[-3000:])
        return done.stdout

    def start(self) -> None:
        """Start a worker of each kind and a beat."""
        for kind, words in KINDS.items():
            with self._log(kind).open("wb") as printed:
                self.running[kind] = subprocess.Popen(  # noqa: S603  # our own command
                    [sys.executable, "-m", "cli.main", *words],
                    cwd=self.tree, env=self.environment, stdout=printed, stderr=subprocess.STDOUT,
                )  # fmt: skip

    def is_up(self) -> bool:
        """Whether all of them are at work."""
        said = {"fetch": " ready.", "parse": " ready.", "beat": "maxinterval"}
        return all(word in self._log(kind).read_text() for kind, word in said.items())

    def end(self) -> list[Ended]:
        """Ask all to end; how each did."""
        began = monotonic()
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        ended = [
            Ended(f"{self.name} {kind}", process.wait(PATIENCE), monotonic() - began)
            for kind, process in self.running.items()
        ]
        self.running.clear()
        return ended

    def kill(self) -> None:
        """Leave nothing running, whatever has happened."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def _log(self, kind: str) -> Path:
        return self.logs / f"{self.name}-{kind}.log"


@dataclass(slots=True)
class Play:
    """A play of the earlier release, with a desk, at work."""

    process: subprocess.Popen[str]
    family: Family
    said: list[str]
    moments: Sequence[str]
    over: threading.Event = field(default_factory=threading.Event)

    def until(self, fact: Any, what: str) -> None:  # noqa: ANN401  # any question
        """Return once that is so. Raises PlayFailed if the play ends before, or that is late."""
        give_up = monotonic() + PATIENCE
        while not fact():
            if self.process.poll() is not None or monotonic() > give_up:
                raise PlayFailed(f"not reached: {what}. {''.join(self.said)[-2000:]}")
            self.over.wait(0.05)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile nothing more of the recording arrives: processes take long to start."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @property
    def sockets(self) -> str:
        """Where its PostgreSQL listens; '' before it does."""
        found = re.search(r"PostgreSQL \S+ .*on a socket in (\S+),", "".join(self.said))
        return found[1] if found else ""

    def ask(self, question: str) -> list[Any]:
        """The first column of what the database answers."""
        with psycopg.connect(
            host=self.sockets, port=5432, user="serieswatch", dbname="serieswatch", autocommit=True
        ) as database:
            return [row[0] for row in database.execute(question.encode()).fetchall()]

    def in_hand(self) -> int:
        """Rows under a lease."""
        return int(sum(self.ask(IN_HAND)))

    def is_past(self, part: float) -> bool:
        """Whether so much of the recording has been played, and work is in hand."""
        at = self.ask("SELECT to_char(recorded_at AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS') "
                      "FROM recorded_clock")  # fmt: skip
        wanted = self.moments[int(part * (len(self.moments) - 1))]
        return bool(at) and at[0] >= wanted and self.in_hand() > 0

    def first(self, kind: str) -> list[psutil.Process]:
        """Its own process of a kind."""
        return self.family.of_kind(kind)


@contextmanager
def playing(week: Path, keep: Path, tree: Path, scratch: Path) -> Iterator[Play]:
    """A play by the code of that tree; ended with the block."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*PLAY, str(week), "--json", "--keep", str(keep)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tree,
        env=dict(os.environ) | {"TMPDIR": str(scratch)},
    )  # fmt: skip
    recording = read_recording(week)
    moments = sorted(f"{step.moment:%Y%m%dT%H%M%S}" for step in recording.steps() if step.moment)
    one = Play(process, Family(process.pid), [], moments)

    def listen() -> None:
        assert process.stderr is not None  # noqa: S101  # it was asked for
        one.said.extend(iter(process.stderr.readline, ""))

    def look() -> None:
        while not one.over.wait(0.2):
            with suppress(psutil.Error):
                one.family.look()

    threads = [threading.Thread(target=listen), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    try:
        yield one
    finally:
        process.terminate()
        process.wait()
        one.over.set()
        for thread in threads:
            thread.join()


def upgrade(week: Path, kept: Path, tree: Path, scratch: Path) -> Told:
    """Play the week by the earlier release, upgrade on the way, and go back. Raises PlayFailed."""
    told = Told()
    before, after = _releases(kept, tree)
    with playing(week, kept, tree, scratch) as one:
        one.until(lambda: one.sockets and one.first("beat"), "a beat")
        [worker] = one.first("fetch")
        environment = worker.environ()
        after.environment = environment
        before.environment = environment | {"SERIESWATCH_NEWER_TABLES": "yes"}
        try:
            one.until(lambda: _quietly(lambda: one.is_past(MIGRATE)), "the time to migrate")
            _upgrade(one, after, told)
            _go_back(one, before, after, told)
            assert one.process.stdout is not None  # noqa: S101  # it was asked for
            if not one.process.stdout.readline():
                raise PlayFailed("".join(one.said)[-3000:])
            told.steps.append("all is played")
            told.stuck = one.in_hand()
            told.ended += before.end()
        finally:
            for release in (before, after):
                release.kill()
    told.left = tuple(one.family.left())
    return told


def _releases(kept: Path, tree: Path) -> tuple[Release, Release]:
    logs = kept.parent / "logs"
    logs.mkdir(exist_ok=True)
    nothing: dict[str, str] = {}
    return Release("earlier", tree, nothing, logs), Release("newer", ROOT, nothing, logs)


def _upgrade(one: Play, after: Release, told: Told) -> None:
    """Migrate under load, let both work, end the earlier one."""
    in_hand, began = one.in_hand(), monotonic()
    changed = json.loads(after.run("migrate", "--json"))
    told.versions = (changed["before"], changed["after"])
    after.start()
    told.steps.append(f"migrated in {monotonic() - began:.1f} s, {in_hand} rows in hand")
    with one.held():
        one.until(after.is_up, "the newer release at work")
    one.until(lambda: _quietly(lambda: one.is_past(NEWER_ALONE)), "both at work for a while")
    in_hand, began = one.in_hand(), monotonic()
    asked = [(kind, process) for kind in KINDS for process in one.first(kind)]
    for _, process in asked:
        process.terminate()
    for kind, process in asked:
        process.wait(PATIENCE)
        told.ended.append(Ended(f"earlier {kind}", None, monotonic() - began))
    told.steps.append(f"the earlier release was asked to end, {in_hand} rows in hand")


def _go_back(one: Play, before: Release, after: Release, told: Told) -> None:
    """Start the earlier release on the newer tables beside the newer one, then end that."""
    one.until(lambda: _quietly(lambda: one.is_past(BACK)), "the newer one alone for a while")
    before.start()
    with one.held():
        one.until(before.is_up, "the earlier release at work again")
    one.until(lambda: _quietly(lambda: one.in_hand() > 0), "work in hand")
    in_hand = one.in_hand()
    told.ended += after.end()
    told.steps.append(f"back: the newer release was asked to end, {in_hand} rows in hand")


def _quietly(fact: Any) -> bool:  # noqa: ANN401  # any question
    with suppress(psycopg.Error):
        return bool(fact())
    return False


def compared(
    earlier: content.Content, newer: content.Content, found: content.Content
) -> Iterator[content.Difference]:
    """What was lost of that which both releases find, and what is there that neither does."""
    for table, rows in earlier.items():
        if table in content.CAPTURED:
            continue
        both, either = rows & newer[table], rows | newer[table]
        yield content.Difference(
            table=table,
            rows=rows.total(),
            lost=tuple((both - found[table]).elements()),
            added=tuple(row for row in found[table] if row not in either),
            doubled=tuple(row for row, n in found[table].items() if n > either[row] > 0),
        )


def report(told: Told, commit: str) -> str:
    """What was done and what came of it, for people."""
    lines = [f"from {commit} (tables {told.versions[0]}) to this tree (tables {told.versions[1]})"]
    lines += [f"  {step}" for step in told.steps]
    lines += [
        f"  {one.what:16} ended after {one.seconds:4.1f} s"
        + ("" if one.code is None else f", code {one.code}")
        for one in told.ended
    ]
    lines.append(f"{'rows':36}{'undisturbed':>12}{'lost':>7}{'added':>7}{'doubled':>9}")
    for by in told.differences:
        numbers = f"{len(by.lost):7}{len(by.added):7}{len(by.doubled):9}"
        lines.append(f"{by.table:36}{by.rows:12}{numbers}")
        for how, rows in (("lost", by.lost), ("added", by.added), ("doubled", by.doubled)):
            lines += [f"    {how}: {' | '.join(str(v)[:60] for v in row)}" for row in rows[:3]]
    lines.append(f"leases held at the end: {told.stuck}; left running: {told.left or 'nothing'}")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Upgrade under load and go back; 1 if anything is lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="bench upgrade", description=__doc__)
    parser.add_argument("--from", dest="commit", help="before the newest migration if left out")
    parser.add_argument("--week", type=Path, help="the sample newsroom if left out")
    parser.add_argument("--until", default="9", help="of the sample: documents before 20260309...")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    with own_directory() as directory, earlier(args.commit, directory / "earlier") as commit:
        tree, scratch = directory / "earlier", directory / "tmp"
        scratch.mkdir()
        scratch.chmod(0o711)
        week = args.week
        if week is None:
            week = directory / "sample"
            write_newsroom(week)
            for document in week.glob("*/*.xml"):
                if document.name > args.until:
                    document.unlink()
        kept = {name: directory / f"by-{name}" for name in ("earlier", "newer", "both")}
        told = upgrade(week, kept["both"], tree, scratch)
        play(week, keep=kept["earlier"], tree=tree)
        play(week, keep=kept["newer"])
        found = [content.read(kept[name], content.STANDING) for name in kept]
        told.differences = list(compared(*found))
    if args.json:
        rows = {
            by.table: {"lost": len(by.lost), "added": len(by.added), "doubled": len(by.doubled)}
            for by in told.differences
        }
        print(json.dumps({"is_sound": told.is_sound, "steps": told.steps, "rows": rows}))
    else:
        print(report(told, commit))
    return 0 if told.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
