"""A recorded week on the full stack while everything that can be broken is broken, again and again.

    python -m bench chaos [--week DIR] [--faults N] [--seed S] [--json]

plays the week undisturbed, then once more with a desk, an editor who decides and writes through
its pages, and one fault after another (bench/faults.py), in an order that the seed gives. At the
end it compares by content: is a story, a version, an item lost or there twice, is a word of the
editor's gone, is a lease stuck? Without --week it is the sample newsroom. As root the database
lives on a small volume of its own, which can be filled.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from bench import content
from bench.faults import WRONG_CLOCK, Breaker, Mended, Stack, find_preload, mount, unmount
from bench.journal import Found, Journal
from bench.playing import PLAY, ROOT, Family, PlayFailed, own_directory, play
from bench.scripted import Editor
from cli.embedded import servers
from cli.sample.newsroom import write_newsroom
from store.session import make_engine

SEED = 20230805
FAULTS = 100
BETWEEN = (0.3, 1.4)  # seconds from one fault to the next
SETTINGS = {"SERIESWATCH_LEASE_SECONDS": "14", "SERIESWATCH_SWEEP_SECONDS": "1"}
ROOM = 900  # MB for the log of changes and what the database needs at times, beside its rows
LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done to the stack, and what came of it."""

    mended: Sequence[Mended]
    not_possible: Mapping[str, str]
    seconds: tuple[float, float]  # undisturbed, disturbed
    differences: Sequence[content.Difference]
    regrouped: int  # stories that stand in another development: none lost, and none twice
    words: Found
    refused: Mapping[str, int]
    failed: Mapping[str, int]
    left: Sequence[str]

    @property
    def is_sound(self) -> bool:
        """Nothing lost, doubled, stuck or left behind."""
        return not (
            any(by.lost or by.added or by.doubled for by in self.differences)
            or self.words.lost
            or self.words.doubled
            or self.left
            or any(one.seconds is None for one in self.mended)
        )


def attack(week: Path, kept: Path, *, seed: int, most: int) -> Outcome:
    """Play the week undisturbed, then disturbed, and compare. Raises PlayFailed.

    Both databases are in `kept` then.
    """
    undisturbed = play(week, keep=kept / "undisturbed")
    expected = content.read(kept / "undisturbed", content.STANDING | content.GROUPED)
    size = sum(one.stat().st_size for one in (kept / "undisturbed").rglob("*") if one.is_file())
    place = kept / "disturbed"
    place.mkdir()
    place.chmod(0o711)
    has_volume = mount(place, int(size / 2**20 * 1.3) + ROOM)
    breaker = Breaker(seed, most, BETWEEN)
    try:
        journal = Journal(kept / "journal.jsonl")
        with _disturbed(week, place, breaker, place if has_volume else None, journal) as told:
            pass
        found = content.read(place, content.STANDING | content.GROUPED)
        words = _words(place, told.editor.journal)
        if has_volume:
            _copy(place / "postgres", kept / "moved" / "postgres")
    finally:
        if has_volume:
            unmount(place)
    return Outcome(
        mended=breaker.mended,
        not_possible=breaker.not_possible,
        seconds=(float(undisturbed.summary["seconds"]), told.seconds),
        differences=tuple(
            content.compare(expected, found, besides=(*content.CAPTURED, *content.GROUPED))
        ),
        regrouped=sum(
            len(by.lost) for by in content.compare(expected, found) if by.table in content.GROUPED
        ),
        words=words,
        refused=told.editor.refused,
        failed=told.editor.failed,
        left=told.left,
    )


def _copy(cluster: Path, to: Path) -> None:
    """Take the database off the volume, its owner's as it was."""
    to.parent.mkdir()
    to.parent.chmod(0o711)
    subprocess.run(["/bin/cp", "-a", str(cluster), str(to)], check=True)  # noqa: S603  # two paths of ours


@dataclass(slots=True)
class _Told:
    editor: Editor
    seconds: float = 0.0
    left: tuple[str, ...] = ()


@contextmanager
def _disturbed(
    week: Path, place: Path, breaker: Breaker, volume: Path | None, journal: Journal
) -> Iterator[_Told]:
    """Play with a desk, an editor and faults to the end; then end it in good order."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        scratch.chmod(0o711)
        (scratch / "tmp").mkdir()
        (scratch / "tmp").chmod(0o711)
        (scratch / "sitecustomize.py").write_text(WRONG_CLOCK)
        clock, preload = scratch / "clock", find_preload()
        clock.write_text("")
        environment = dict(os.environ) | SETTINGS | {"TMPDIR": str(scratch / "tmp")}
        environment |= {"CHAOS_CLOCK": str(clock), "CHAOS_PRELOAD": preload}
        environment |= {"PYTHONPATH": f"{scratch}:{ROOT}"}
        began = monotonic()
        process = subprocess.Popen(  # noqa: S603  # our own command
            [*PLAY, str(week), "--json", "--keep", str(place)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        said: list[str] = []
        over = threading.Event()
        family = Family(process.pid)
        threads = [
            threading.Thread(target=_listen, args=(process, said)),
            threading.Thread(target=_look, args=(family, over)),
        ]
        for thread in threads:
            thread.start()
        try:
            told = _break(
                process,
                said,
                journal=journal,
                family=family,
                breaker=breaker,
                volume=volume,
                clock=clock,
                preload=preload,
                over=over,
            )
            told.seconds = monotonic() - began
        finally:
            over.set()
            process.terminate()
            process.wait()
            for thread in threads:
                thread.join()
        told.left = (*family.left(), *sorted(one.name for one in (scratch / "tmp").iterdir()))
    yield told


def _break(  # noqa: PLR0913  # the parts of one attack
    process: subprocess.Popen[str],
    said: list[str],
    *,
    journal: Journal,
    family: Family,
    breaker: Breaker,
    volume: Path | None,
    clock: Path,
    preload: str,
    over: threading.Event,
) -> _Told:
    url, name, password = _said(process, said, r"The desk: (\S+)  sign in as (\S+) with (\S+)")
    (sockets,) = _said(process, said, r"PostgreSQL \S+ .*on a socket in (\S+),")
    editor = Editor(url, name, password, breaker.seed, journal)
    stack = Stack(family, Path(sockets), url, volume, clock, preload, over)
    at_work = [
        threading.Thread(target=editor.work, args=(over,)),
        threading.Thread(target=breaker.work, args=(stack,)),
    ]
    for thread in at_work:
        thread.start()
    assert process.stdout is not None  # noqa: S101  # it was asked for
    summary = process.stdout.readline()
    over.set()
    for thread in at_work:
        thread.join()
    if not summary:
        raise PlayFailed(f"the play ended: {''.join(said)[-3000:]}")
    return _Told(editor)


def _said(process: subprocess.Popen[str], said: list[str], words: str) -> tuple[str, ...]:
    """What it says once it has said so."""
    pause = threading.Event()
    while process.poll() is None:
        if found := re.search(words, "".join(said)):
            return found.groups()
        pause.wait(0.05)
    raise PlayFailed(f"the play did not start: {''.join(said)[-3000:]}")


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    assert process.stderr is not None  # noqa: S101  # it was asked for
    said.extend(iter(process.stderr.readline, ""))


def _look(family: Family, over: threading.Event) -> None:
    while not over.wait(LOOK):
        with suppress(psutil.Error):
            family.look()


def _words(kept: Path, journal: Journal) -> Found:
    """Whether all that the desk acknowledged is there, and nothing of it twice."""
    with servers(kept, broker=False) as started:
        engine = make_engine(started.database_url)
        with engine.connect() as connection:
            found = journal.held_against(connection)
        engine.dispose()
    return found


# --- telling


def report(outcome: Outcome) -> str:
    """The outcome as a table for people."""
    by_kind: dict[str, list[float | None]] = {}
    for one in outcome.mended:
        by_kind.setdefault(one.kind, []).append(one.seconds)
    undisturbed, disturbed = outcome.seconds
    lines = [
        f"faults: {len(outcome.mended)}; {undisturbed:.0f} s undisturbed, {disturbed:.0f} s not so",
        f"{'fault':34}{'times':>7}{'well again after s, median':>28}{'worst':>8}",
    ]
    for kind, seconds in sorted(by_kind.items()):
        mended = [one for one in seconds if one is not None]
        middle = f"{statistics.median(mended):.1f}" if mended else "-"
        worst = f"{max(mended):.1f}" if len(mended) == len(seconds) else "never"
        lines.append(f"{kind:34}{len(seconds):7}{middle:>28}{worst:>8}")
    lines += [f"{kind:34} not possible here: {why}" for kind, why in outcome.not_possible.items()]
    lines.append(f"\n{'rows':34}{'undisturbed':>12}{'lost':>7}{'added':>7}{'doubled':>9}")
    lines += [
        f"{by.table:34}{by.rows:12}{len(by.lost):7}{len(by.added):7}{len(by.doubled):9}"
        for by in outcome.differences
    ]
    lines.append(f"stories that stand in another development now: {outcome.regrouped}")
    words = outcome.words
    told = ", ".join(f"{times} {kind}s" for kind, times in sorted(words.acknowledged.items()))
    lines += [
        f"the editor: {told or 'nothing'} acknowledged",
        f"  {len(words.lost)} lost, {len(words.doubled)} doubled; {words.doubtful} in doubt",
        f"  refused in words: {_counted(outcome.refused)}",
        f"  nobody answered: {_counted(outcome.failed)}",
    ]
    lines += [f"  lost: {one}" for one in words.lost[:5]]
    lines += [f"  doubled: {one}" for one in words.doubled[:5]]
    lines.append(f"left running or lying about: {', '.join(outcome.left) or 'nothing'}")
    for by in outcome.differences:
        for how, rows in (("lost", by.lost), ("added", by.added), ("doubled", by.doubled)):
            lines += [f"  {by.table} {how}: {_short(row)}" for row in rows[:3]]
    return "\n".join(lines)


def _counted(times: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {many}" for what, many in sorted(times.items())) or "never"


def _short(row: Sequence[object]) -> str:
    return " | ".join(str(value)[:60] for value in row)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain values."""
    return {
        "is_sound": outcome.is_sound,
        "faults": [{"kind": one.kind, "seconds": one.seconds} for one in outcome.mended],
        "not_possible": dict(outcome.not_possible),
        "seconds": list(outcome.seconds),
        "rows": {
            by.table: {
                "undisturbed": by.rows,
                "lost": [_short(row) for row in by.lost[:5]],
                "added": [_short(row) for row in by.added[:5]],
                "doubled": [_short(row) for row in by.doubled[:5]],
            }
            for by in outcome.differences
        },
        "regrouped": outcome.regrouped,
        "editor": {
            "acknowledged": outcome.words.acknowledged,
            "doubtful": outcome.words.doubtful,
            "refused": dict(outcome.refused),
            "failed": dict(outcome.failed),
            "lost": list(outcome.words.lost),
            "doubled": list(outcome.words.doubled),
        },
        "left": list(outcome.left),
    }


def main(words: Sequence[str] | None = None) -> int:
    """Attack the play of a week; 1 if anything is lost, doubled, stuck or left."""
    parser = argparse.ArgumentParser(prog="bench chaos", description=__doc__)
    parser.add_argument(
        "--week", type=Path, help="a recorded week; the sample newsroom if left out"
    )
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", type=Path, help="keep both databases there")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    with own_directory() as directory:
        week = args.week
        if week is None:
            week = directory / "sample"
            write_newsroom(week)
        kept = args.keep or directory
        kept.mkdir(parents=True, exist_ok=True)
        kept.chmod(0o711)
        outcome = attack(week, kept, seed=args.seed, most=args.faults)
    print(json.dumps(as_json(outcome)) if args.json else report(outcome))
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
