"""How well copies and developments are found on labelled sets, what it costs, and a real week.

The sets are not part of the project: they are looked for in ../shared/data beside it. Documents are
fed in the order of their files, each decided with what came before.

What was tuned where: the rules of copies on duplicates-wire itself; the weights of clustering are
fitted on the three story sets together, and fitted again for each set without it (left out).

    python -m bench.developments [copies|pairs] [stories] [refit] [speed] [window]
        [week] [shuffled]
"""

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.cluster import SHIPPED, Example, Open, Setting, fit
from pipeline.dedupe import Copy, Recent, read
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SETS = ("stories-allsides-train", "stories-ecbplus", "stories-uci-titles")
TARGETS = {
    "stories-allsides-train": (0.95, 0.90),
    "stories-ecbplus": (0.88, 0.82),
    "stories-uci-titles": (0.88, 0.88),
}
COPIES = "duplicates-wire"
WEEK = "2023-08-05"
LARGEST = 30
SHOWN_RUNS = 8
WINDOWS = (10_000, 50_000, 100_000, 199_000, 240_000)
SAMPLED = 2000  # stories placed at each window
LATELY = 5000  # arrivals
ARRIVALS = 1_000_000
MARKS = (10_000, 30_000, 100_000, 200_000, 300_000, 500_000, 700_000, ARRIVALS)
WAR = (
    "ukrain", "russia", "kyiv", "kiev", "moscow", "putin", "zelensk", "crimea", "kremlin",
    "donetsk", "bakhmut", "kherson", "odesa", "odessa", "wagner", "black sea",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A document of a set: what it says, when, where, and which group it belongs to."""

    id: str
    title: str
    text: str
    at: datetime
    outlet: str
    group: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables asked for, or all; return 1, and say so, where the sets are not there."""
    parser = argparse.ArgumentParser(prog="developments", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    asked = parser.parse_args(arguments).parts or ("copies", "stories", "speed", "week")
    if not (SHARED / "clustering").exists():
        print("not measured: ../shared/data/clustering is not beside the repository")
        return 1
    parts: dict[str, Callable[[], None]] = {
        "copies": _copies,
        "pairs": lambda: _copies(verbose=True),
        "stories": _stories,
        "refit": _refit,
        "speed": _speed,
        "window": _window,
        "shuffled": _shuffled,
        "week": _week,
    }
    for part in asked:
        parts[part]()
    return 0


def told_by(name: str) -> list[Told]:
    """Return the documents of a labelled set, in the order of its file."""
    folder = SHARED / "clustering"
    labels = {}
    for line in (folder / f"{name}.labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        labels[label["id"]] = label.get("story") or label["original"]
    found = []
    for line in (folder / f"{name}.docs.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        at = datetime.fromisoformat(one["date"])
        found.append(
            Told(one["id"], one["title"], one["text"] or "", at, one["outlet"], labels[one["id"]])
        )
    return found


# --- scores


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, each over pairs and as B-cubed."""

    pairs: tuple[float, float, float]
    cubed: tuple[float, float, float]


def score(found: Sequence[Hashable], true: Sequence[Hashable]) -> Score:
    """Return how well groups were found, each document being given by its group."""
    both, of_found, of_true = Counter(zip(found, true, strict=True)), Counter(found), Counter(true)
    right = sum(map(_pairs, both.values()))
    precision = right / max(1, sum(map(_pairs, of_found.values())))
    recall = right / max(1, sum(map(_pairs, of_true.values())))
    n = len(found)
    cubed_precision = sum(k * k / of_found[group] for (group, _), k in both.items()) / n
    cubed_recall = sum(k * k / of_true[group] for (_, group), k in both.items()) / n
    return Score(
        (precision, recall, _f1(precision, recall)),
        (cubed_precision, cubed_recall, _f1(cubed_precision, cubed_recall)),
    )


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _row(what: str, scored: Score, *more: str) -> str:
    pairs = " ".join(f"{value:.3f}" for value in scored.pairs)
    cubed = " ".join(f"{value:.3f}" for value in scored.cubed)
    return f"{what:34} pairs P R F1 {pairs}   B3 P R F1 {cubed}  {'  '.join(more)}".rstrip()


# --- copies


def copies(told: Sequence[Told]) -> list[Copy | None]:
    """Return for each document what it is a copy of, decided as the product does."""
    recent = Recent()
    return [
        recent.take(number, read(one.title, one.text, outlet=one.outlet, at=one.at), one.at.date())
        for number, one in enumerate(told)
    ]


def _copies(*, verbose: bool = False) -> None:
    told = told_by(COPIES)
    edits = {}
    path = SHARED / "clustering" / f"{COPIES}.edits.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        edits[one["id"]] = one["edit"]
    start = time.process_time()
    decided = copies(told)
    seconds = time.process_time() - start
    firsts = [made.root if made else number for number, made in enumerate(decided)]
    found = score(firsts, [one.group for one in told])
    print(_row(COPIES, found, "wanted pairs .95", f"{len(told) / seconds:,.0f} stories a CPU s"))
    joined: dict[str, list[bool]] = defaultdict(list)
    named: dict[str, Counter[str]] = defaultdict(Counter)
    roots: dict[str, set[int]] = defaultdict(set)
    for one, made, first in zip(told, decided, firsts, strict=True):
        if one.id in edits and roots[one.group]:
            joined[edits[one.id]].append(first in roots[one.group])
            if made:
                named[edits[one.id]][made.relation.kind] += 1
        roots[one.group].add(first)
    for edit, hits in sorted(joined.items()):
        kinds = ", ".join(f"{kind} {n}" for kind, n in named[edit].most_common())
        print(f"    {edit:14} recall {sum(hits) / len(hits):.3f} of {len(hits)}; named {kinds}")
    against = [
        (told[made.of], one, made)
        for made, one in zip(decided, told, strict=True)
        if made and one.id not in edits and told[made.of].id not in edits
        and told[made.of].group != one.group
    ]  # fmt: skip
    print(f"    joined against the labels, both as the wire sent them: {len(against)}")
    for old, new, made in (
        random.Random(7).sample(against, min(30, len(against))) if verbose else ()
    ):
        print(f"      {made.relation.kind} {made.relation.score:.2f}")
        for one in (old, new):
            print(f"        {one.at:%d %b %H:%M} {one.title} | {one.text[:240]!r}")


# --- stories


def clustered(
    told: Sequence[Told],
    setting: Setting,
    taught: list[Example] | None = None,
) -> list[int]:
    """Return the development of each document; with `taught`, put each where it truly belongs.

    What was measured on the way is then added to `taught`: the measures beside each development
    near by, and whether it was the right one.
    """
    board = Open(setting)
    developments = []
    right: dict[str, int] = {}
    for number, one in enumerate(told, start=1):
        if taught is None:
            placed = board.place(one.title, one.text, one.at)
            development, weighed = placed.development or number, placed.weighed
            if weighed is None:  # of a form that tells of several
                developments.append(development)
                continue
        else:
            weighed = board.weigh(one.title, one.text)
            near, weighed = board.measured(weighed, one.at)
            true = right.get(one.group)
            taught.extend(Example(found.measures, found.development == true) for found in near)
            development = right.setdefault(one.group, number)
        board.add(number, development, weighed, title=one.title, at=one.at)
        developments.append(development)
    return developments


def _stories() -> None:
    sets = {name: told_by(name) for name in SETS}
    for name, told in sets.items():
        start = time.process_time()
        found = clustered(told, SHIPPED)
        seconds = time.process_time() - start
        scored = score(found, [one.group for one in told])
        largest = Counter(found).most_common(1)[0][1]
        print(
            _row(
                name,
                scored,
                f"wanted B3 {TARGETS[name][0]:.2f}, pairs {TARGETS[name][1]:.2f}",
                f"largest {largest}",
                f"{len(told) / seconds:,.0f}/CPU s",
            ),
            flush=True,
        )
    taught = _taught(sets)
    for name, told in sets.items():
        setting = fit([taught[other] for other in SETS if other != name], SHIPPED)
        found = clustered(told, setting)
        weights = " ".join(map(str, setting.weights))
        print(
            _row(f"  {name}, left out", score(found, [one.group for one in told])),
            f" fitted {weights}, {setting.offset}",
            flush=True,
        )


def _taught(sets: dict[str, list[Told]]) -> dict[str, list[Example]]:
    taught: dict[str, list[Example]] = {name: [] for name in sets}
    for name, told in sets.items():
        clustered(told, SHIPPED, taught[name])
    return taught


def _refit() -> None:
    print("  shipped", SHIPPED)
    print("  fitted ", fit(list(_taught({name: told_by(name) for name in SETS}).values()), SHIPPED))


# --- speed and a real week


def _speed() -> None:
    """Print what a story costs while arrivals go on, made of the real texts."""
    told = [one for name in (COPIES, *SETS) for one in told_by(name)]
    rng = random.Random(5)
    recent, board = Recent(), Open()
    at = datetime(2026, 1, 5, tzinfo=UTC)
    spent = {"copies": 0.0, "developments": 0.0}
    last = 0
    for number in range(1, ARRIVALS + 1):
        _, title, text = _made(told, rng)
        at += timedelta(seconds=1)
        start = time.process_time()
        recent.take(number, read(title, text, at=at), at.date())
        middle = time.process_time()
        placed = board.place(title, text, at)
        if placed.weighed is not None:
            board.add(number, placed.development or number, placed.weighed, title=title, at=at)
        spent["copies"] += middle - start
        spent["developments"] += time.process_time() - middle
        if number in MARKS:
            each = {part: 1000 * seconds / (number - last) for part, seconds in spent.items()}
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            costs = ", ".join(f"{part} {ms:.2f} ms" for part, ms in each.items())
            print(f"  {number:>9,} arrivals: {costs} a story; {memory:,.0f} MB", flush=True)
            last, spent = number, dict.fromkeys(spent, 0.0)


def _window() -> None:
    """Print what placing costs at windows of several sizes, filled without placing.

    Each story of the filling joins the last one made of the same first half, if that was lately.
    """
    told = [one for name in (COPIES, *SETS) for one in told_by(name)]
    rng = random.Random(5)
    board = Open()
    at = datetime(2026, 1, 5, tzinfo=UTC)
    lately: dict[str, tuple[int, int]] = {}
    number = 0
    for size in WINDOWS:
        spent = 0.0
        while number < size:
            number += 1
            at += timedelta(seconds=1)
            one, title, text = _made(told, rng)
            is_sampled = size - number < SAMPLED
            start = time.process_time()
            weighed = board.place(title, text, at).weighed if is_sampled else None
            spent += time.process_time() - start
            before, development = lately.get(one, (-LATELY, number))
            development = development if number - before < LATELY else number
            lately[one] = (number, development)
            kept = weighed or board.weigh(title, text)
            start = time.process_time()
            board.add(number, development, kept, title=title, at=at)
            spent += (time.process_time() - start) if is_sampled else 0.0
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        each = 1000 * spent / SAMPLED
        print(
            f"  {size:>9,} stories: {each:.2f} ms a story, {1000 / each:,.0f} a CPU s; "
            f"{memory:,.0f} MB",
            flush=True,
        )


def _made(told: Sequence[Told], rng: random.Random) -> tuple[str, str, str]:
    """Half of one text and half of another: new stories without end, in words of the trade."""
    one, other = rng.choice(told), rng.choice(told)
    text = f"{one.text[: len(one.text) // 2]} {other.text[len(other.text) // 2 :]}"
    title = f"{' '.join(one.title.split()[:4])} {' '.join(other.title.split()[4:])}"
    return one.id, title, text


def _week() -> None:
    """Print the largest developments of a real week, of the war and of everything else."""
    folder = SHARED / "weeks" / WEEK
    stories = sorted(_of_week(folder), key=lambda one: one.at)
    recent, board = Recent(), Open()
    members: dict[int, list[Told]] = defaultdict(list)
    developments: dict[int, int] = {}
    follows: dict[int, int] = {}
    forms: Counter[str] = Counter()
    start = time.process_time()
    for number, one in enumerate(stories, start=1):
        copy = recent.take(
            number, read(one.title, one.text, outlet=one.outlet, at=one.at), one.at.date()
        )
        if copy is None:
            placed = board.place(one.title, one.text, one.at)
            developments[number] = placed.development or number
            if placed.follows is not None:
                follows[developments[number]] = placed.follows
            if placed.weighed is None:
                forms[placed.form] += 1
            else:
                board.add(number, developments[number], placed.weighed, title=one.title, at=one.at)
        else:
            developments[number] = developments[copy.root]
        members[developments[number]].append(one)
    seconds = time.process_time() - start
    print(f"  {len(stories)} stories, {len(members)} developments, {seconds:.1f} CPU s")
    told_of = ", ".join(f"{form} {n}" for form, n in forms.items() if form)
    print(f"  of several developments: {told_of}; {len(follows)} developments follow another")
    _chains(members, follows)
    largest = sorted(members.values(), key=len, reverse=True)
    about = [any(word in one[0].title.lower() for word in WAR) for one in largest]
    for what, is_war in (("of the war", True), ("of everything else", False)):
        print(f"  the {LARGEST} largest {what}")
        chosen = [one for one, war in zip(largest, about, strict=True) if war == is_war]
        for told in chosen[:LARGEST]:
            print(f"    {len(told):3} {told[0].at:%d %b} to {told[-1].at:%d %b}: {told[0].title}")
            for one in told[1:]:
                print(f"             {one.at:%d %b %H:%M} {one.outlet[:18]:18} {one.title}")


def _chains(members: dict[int, list[Told]], follows: dict[int, int]) -> None:
    """Print the longest runs of developments in which each follows one before."""
    after: dict[int, list[int]] = defaultdict(list)
    for number, before in follows.items():
        after[before].append(number)
    firsts = [number for number in after if number not in follows]

    def run(number: int) -> list[int]:
        return [number, *(one for later in after.get(number, ()) for one in run(later))]

    runs = sorted(map(run, firsts), key=len, reverse=True)
    print(f"  the {SHOWN_RUNS} largest runs of developments that follow one another")
    for numbers in runs[:SHOWN_RUNS]:
        print(f"    a run of {len(numbers)}")
        for number in sorted(numbers)[:12]:
            told = members[number]
            print(f"      {len(told):3} from {told[0].at:%d %b %H:%M}: {told[0].title[:90]}")


def _shuffled() -> None:
    """Print how many stories of a real week move if they arrive in another order in each hour."""
    stories = sorted(_of_week(SHARED / "weeks" / WEEK), key=lambda one: one.at)
    orders = [stories]
    for seed in (1, 2):
        rng = random.Random(seed)
        orders.append(
            sorted(stories, key=lambda one: (one.at.replace(minute=0, second=0), rng.random()))
        )
    found = []
    for order in orders:
        by_id = dict(zip((id(one) for one in order), clustered(order, SHIPPED), strict=True))
        found.append([by_id[id(one)] for one in stories])
    for other in found[1:]:
        agreed = score(other, found[0])
        pairs, cubed = agreed.pairs[2], agreed.cubed[2]
        print(
            f"  shuffled within each hour: pairs F1 {pairs:.3f}, B3 {cubed:.3f}, "
            f"{_moved(found[0], other)} of {len(stories)} stories moved"
        )


def _moved(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many documents stand in a group that is not mostly the one they stood in."""
    both = Counter(zip(one, other, strict=True))
    mostly: dict[int, tuple[int, int]] = {}
    for (before, after), number in both.items():
        mostly[before] = max(mostly.get(before, (0, 0)), (number, after))
    return sum(n for (before, after), n in both.items() if mostly[before][1] != after)


def _of_week(folder: Path) -> Iterator[Told]:
    """Give the stories of recorded feeds, each link once."""
    seen = set()
    for path in sorted(folder.glob("*/*.xml")):
        parsed = parse(Answer(url="", status=200, headers={}, body=path.read_bytes()))
        for entry in parsed.entries:
            story = normalise(
                entry,
                feed_url="",
                outlet=path.parent.name,
                outlet_kind="outlet",
                language=parsed.language,
                now=datetime(2024, 1, 1, tzinfo=UTC),
            )
            if story.canonical_url in seen or story.published is None:
                continue
            seen.add(story.canonical_url)
            text = story.text or story.summary
            yield Told(str(story.guid), story.title, text, story.published, path.parent.name, "")


if __name__ == "__main__":
    sys.exit(main())
