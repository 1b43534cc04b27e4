"""A play whose processes are killed again and again: does it end with the very same rows?

    python -m bench.killed FOLDER [--kills N] [--seed N] [--json]

plays the folder undisturbed, then killing with SIGKILL (each kind of process in turn, at random
moments), then once more undisturbed into the second database, which must add nothing.
"""

import argparse
import json
import random
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import content
from bench.playing import Family, Played, own_directory, play
from bench.recordings import WEEK, is_there

# So that what a killed worker held is given to another one soon. A task may take six tenths of it
# on the clock: enough for a batch, also where the machine is busy with other things.
SETTINGS = {"SERIESWATCH_LEASE_SECONDS": "14", "SERIESWATCH_SWEEP_SECONDS": "1"}
KINDS = ("fetch worker", "parse worker", "parse child", "beat", "redis", "postgres")
BETWEEN = (0.4, 2.0)  # seconds from one kill to the next
SEED = 20230805
ENDLESS = 10_000  # kills: more than there is time for


@dataclass(slots=True)
class Killer:
    """Kills one process after another while a play runs, and counts them by kind."""

    seed: int
    most: int  # kills; then the play may end in peace
    killed: Counter[str] = field(default_factory=Counter)

    def __call__(self, family: Family, over: threading.Event) -> None:
        """Kill until it is over, every kind in turn, each round in another order."""
        chance = random.Random(self.seed)
        while not family.of_kind("beat") and not over.wait(0.05):
            pass  # the last to be started: before that a kill is no test of the work
        for number in range(self.most):
            if number % len(KINDS) == 0:
                turns = iter(chance.sample(KINDS, len(KINDS)))
            over.wait(chance.uniform(*BETWEEN))
            self._kill_one(next(turns), family, over, chance)

    def _kill_one(
        self, kind: str, family: Family, over: threading.Event, chance: random.Random
    ) -> None:
        while not over.is_set():
            if victims := _victims(kind, family):
                with suppress(psutil.NoSuchProcess):
                    chance.choice(victims).kill()
                    self.killed[kind] += 1
                return
            over.wait(0.05)


def _victims(kind: str, family: Family) -> list[psutil.Process]:
    name, _, part = kind.partition(" ")
    return family.of_kind(name, is_child=part == "child")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The three plays, and what became of the rows."""

    kills: Mapping[str, int]
    undisturbed: Played
    killed: Played
    again: Played
    by_kills: Sequence[content.Difference]  # undisturbed against killed
    by_again: Sequence[content.Difference]  # killed against played once more

    @property
    def is_same(self) -> bool:
        """Nothing lost, added, doubled or left behind."""
        tables = (*self.by_kills, *self.by_again)
        left = (*self.undisturbed.left, *self.killed.left, *self.again.left)
        return not left and not any(t.lost or t.added for t in tables)


def attack(folder: Path, *, seed: int, most: int) -> Outcome:
    """Play the folder three times: undisturbed, killing, and again. Raises PlayFailed."""
    with own_directory() as kept:
        undisturbed = play(folder, keep=kept / "undisturbed")
        expected = content.read(kept / "undisturbed")
        killer = Killer(seed, most)
        killed = play(folder, keep=kept / "killed", settings=SETTINGS, meddle=killer)
        found = content.read(kept / "killed")
        again = play(folder, keep=kept / "killed")
        last = content.read(kept / "killed")
    return Outcome(
        kills=killer.killed,
        undisturbed=undisturbed,
        killed=killed,
        again=again,
        by_kills=tuple(content.compare(expected, found)),
        by_again=tuple(content.compare(found, last, besides=content.CAPTURED)),
    )


def as_json(outcome: Outcome) -> dict[str, object]:
    """The outcome as plain values; of rows that differ the first few."""
    return {
        "kills": dict(outcome.kills),
        "is_same": outcome.is_same,
        "left": [*outcome.undisturbed.left, *outcome.killed.left, *outcome.again.left],
        "summary": outcome.killed.summary,
        "by_kills": _tables(outcome.by_kills),
        "by_again": _tables(outcome.by_again),
    }


def _tables(differences: Sequence[content.Difference]) -> dict[str, object]:
    return {
        table.table: {
            "rows": table.rows,
            "lost": [list(map(str, row)) for row in table.lost[:5]],
            "added": [list(map(str, row)) for row in table.added[:5]],
            "doubled": [list(map(str, row)) for row in table.doubled[:5]],
        }
        for table in differences
    }


def report(outcome: Outcome) -> str:
    """The outcome as a table for people."""
    kills = ", ".join(f"{kind} {number}" for kind, number in sorted(outcome.kills.items()))
    took = [play.summary["seconds"] for play in (outcome.undisturbed, outcome.killed)]
    left = (*outcome.undisturbed.left, *outcome.killed.left, *outcome.again.left)
    by_again = {table.table: len(table.added) for table in outcome.by_again}
    lines = [
        f"killed with SIGKILL: {sum(outcome.kills.values())} ({kills})",
        f"seconds: {took[0]} undisturbed, {took[1]} with kills",
        f"{'rows':34}{'undisturbed':>12}{'lost':>7}{'added':>7}{'doubled':>9}{'2nd play adds':>15}",
    ]
    lines += [
        f"{by.table:34}{by.rows:12}{len(by.lost):7}{len(by.added):7}{len(by.doubled):9}"
        f"{by_again.get(by.table, '-'):>15}"
        for by in outcome.by_kills
    ]
    lines.append(f"left running or lying about: {', '.join(left) or 'nothing'}")
    return "\n".join(lines)


def week() -> int:
    """Attack the play of a real week, on and on; 1 if a row is lost, added or doubled."""
    if not is_there(WEEK):
        return 0
    outcome = attack(WEEK, seed=SEED, most=ENDLESS)
    print(report(outcome))
    return 0 if outcome.is_same else 1


def main() -> int:
    """Attack the play of one folder; 1 if a row is lost, added or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kills", type=int, default=ENDLESS, help="at most so many")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    outcome = attack(args.folder, seed=args.seed, most=args.kills)
    print(json.dumps(as_json(outcome)) if args.json else report(outcome))
    return 0 if outcome.is_same else 1


if __name__ == "__main__":
    sys.exit(main())
