"""A release upgraded under load as docs/operations/upgrade.md says, and gone back from.

    python -m bench upgrade [--from COMMIT] [--week DIR] [--until DAY] [--json]

plays a week with the code of an earlier commit, its processes and its tables: by default the last
one before the newest migration. Meanwhile this tree's `migrate` runs while work is in hand; its
processes work beside the earlier ones; those are asked to end. Then the way back: the earlier one
is started again on the newer tables, the newer one is asked to end; and forth again. The recording
is held while processes start, and goes on to the next step when the facts of this one are there,
so that each is reached however slow the machine is. What came of it is compared with undisturbed
plays of either release: a row that both have must be there, and one that neither has must not.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from bench import content
from bench.playing import ROOT, PlayFailed, own_directory, play
from bench.release import Ended, Play, Release, migrated, playing
from cli.sample.newsroom import write_newsroom
from store import schema

FEW = 4  # documents read make a step
UNTIL = "20260311T12"  # of the sample: 250 documents of 18 moments, which is enough for all steps


@dataclass(frozen=True, slots=True)
class Step:
    """What went on while these releases were at work."""

    what: str
    documents: int  # read meanwhile
    leases: dict[str, int]  # of each release; those seen, many are too short for that
    in_hand: dict[str, int]  # rows of each when the step ended
    desk: int  # how the earlier release's desk answered


@dataclass(slots=True)
class Told:
    """What was done, step by step, and what came of it."""

    versions: tuple[str, str] = ("", "")  # of the tables
    steps: list[Step] = field(default_factory=list)
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
            or any(step.desk != httpx.codes.OK for step in self.steps)
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


def upgrade(week: Path, kept: Path, tree: Path, scratch: Path) -> Told:
    """Play the week by the earlier release, upgrade on the way, go back and forth again.

    Raises PlayFailed.
    """
    logs = kept.parent / "logs"
    logs.mkdir(exist_ok=True)
    before, after = Release(tree, logs), Release(ROOT, logs)
    with playing(week, kept, tree, scratch, "earlier") as one:
        one.until(lambda: one.sockets() and one.desk() and one.family.of_kind("beat"), "a beat")
        [worker] = one.family.of_kind("fetch")
        after.environment = worker.environ()
        before.environment = worker.environ() | {"SERIESWATCH_NEWER_TABLES": "yes"}
        try:
            told = _there_and_back(one, before, after)
        finally:
            for release in (before, after):
                release.kill()
    told.left = tuple(one.family.left())
    return told


def _there_and_back(one: Play, before: Release, after: Release) -> Told:
    told = Told()
    told.steps.append(_step(one, "earlier"))
    told.versions = migrated(one, after)
    if told.versions[0] == told.versions[1]:
        raise PlayFailed("that commit has the tables of this tree: name one before a migration")
    told.steps.append(_step(one, "earlier", where=" on the newer tables"))
    _start(one, after, "newer")
    told.steps.append(_step(one, "earlier", "newer"))
    told.ended += one.end_first("earlier")
    told.steps.append(_step(one, "newer"))
    _start(one, before, "earlier again")
    told.steps.append(_step(one, "newer", "earlier again"))
    told.ended += after.end()
    told.steps.append(_step(one, "earlier again", where=" on the newer tables"))
    _start(one, after, "newer again")
    told.steps.append(_step(one, "earlier again", "newer again"))
    told.ended += before.end()
    told.steps.append(_step(one, "newer again"))
    assert one.process.stdout is not None  # noqa: S101  # it was asked for
    if not one.process.stdout.readline():
        raise PlayFailed(one.words()[-3000:])
    told.stuck = one.in_hand()
    told.ended += after.end()
    return told


def _start(one: Play, release: Release, name: str) -> None:
    """Start a release beside the other, which has work in hand."""
    with one.held():
        one.newcomer = name
        release.start(name)
        one.until(release.is_up, f"{name} ready")


def _step(one: Play, *at_work: str, where: str = "") -> Step:
    """Let these work until each has been seen to, and the first of them has work in hand."""
    first, began = at_work[0], one.documents_read()
    one.taken.clear()
    what = f"{' and '.join(at_work)}{where}"
    desk = httpx.get(f"{one.desk()}healthz", timeout=30).status_code

    def is_enough() -> bool:
        has_first = one.in_hand(first) > 0  # looked at first: it notes whose leases there are
        return (
            all(one.taken[name] and one.is_at_work(name) for name in at_work)
            and one.documents_read() - began >= FEW
            and has_first
        )

    one.until(is_enough, what)
    return Step(
        what,
        one.documents_read() - began,
        {name: len(tokens) for name, tokens in one.taken.items() if tokens},
        {name: rows for name in at_work if (rows := one.in_hand(name))},
        desk,
    )


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
    lines.append(f"{'at work':36}{'documents read':>15}  leases seen; rows in hand at its end")
    for step in told.steps:
        seen, in_hand = _counted(step.leases), _counted(step.in_hand)
        lines.append(f"{step.what:36}{step.documents:15}  {seen}; {in_hand}")
    lines += [
        f"  {one.what:22} asked to end: after {one.seconds:4.1f} s, code {one.code}"
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


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items()) or "none"


def main(words: Sequence[str] | None = None) -> int:
    """Upgrade under load and go back; 1 if anything is lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="bench upgrade", description=__doc__)
    parser.add_argument("--from", dest="commit", help="before the newest migration if left out")
    parser.add_argument("--week", type=Path, help="the sample newsroom if left out")
    parser.add_argument("--until", default=UNTIL, help="of the sample: only documents before that")
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
        steps = [asdict(step) for step in told.steps]
        print(json.dumps({"is_sound": told.is_sound, "steps": steps, "rows": rows}))
    else:
        print(report(told, commit))
    return 0 if told.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
