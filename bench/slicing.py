"""Does a document without its known items give what the whole one gives, and at what cost?

    python -m bench slicing

Of every real document at hand, random halves, all but one and all but three of the items are taken
for known. What feedparser and we make of the rest must be what they make of it in the whole.
"""

import io
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import feedparser

from bench.recordings import FEEDS, WEEK, is_there
from pipeline.errors import UnreadableFeed
from pipeline.parse import gate, parse
from pipeline.records import Answer, Document, Entry, Gated, Memory

URL = "https://feeds.example/feed.xml"
SEED = 20240531
# What feedparser makes of an item, by its own names.
FIELDS = (
    *("id", "link", "title", "published", "published_parsed", "updated", "updated_parsed"),
    *("summary", "author", "authors", "tags", "content"),
)
OURS = tuple(one.name for one in fields(Entry) if one.name != "position")
SHOWN = 10


@dataclass(slots=True)
class Counted:
    """What was counted over one corpus."""

    files: int = 0
    bytes: int = 0
    whole: Counter[str] = field(default_factory=Counter)  # why nothing could be cut
    trials: int = 0
    kept_for_siblings: int = 0  # known items that stayed, sharing an id or a link with a new one
    compared: int = 0  # items, by feedparser's fields and by ours
    different: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # what a full parse spoils, and slicing does not
    full_cpu: float = 0.0
    sliced_cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    scan_cpu: float = 0.0


def main() -> int:
    """Compare every document's trials with its whole and print a table; 1 if one differs."""
    if not is_there(FEEDS):
        return 0
    corpora = {name: sorted(_documents(FEEDS / name)) for name in ("raw", "series", "web-2026-02")}
    corpora["week"] = sorted(_documents(WEEK))
    counted = {name: _counted(paths) for name, paths in corpora.items()}
    print("\n".join(_table(counted)))
    return int(any(one.different for one in counted.values()))


def _documents(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".tsv")


def _counted(paths: list[Path]) -> Counted:
    counted = Counted()
    chance = random.Random(SEED)
    for path in paths:
        _try(path, counted, chance)
    return counted


def _try(path: Path, counted: Counted, chance: random.Random) -> None:
    body = path.read_bytes()
    counted.files += 1
    counted.bytes += len(body)
    began = time.process_time()
    first = gate(body, {}, None)
    counted.scan_cpu += time.process_time() - began
    if first.why_whole:
        counted.whole[first.why_whole] += 1
        return
    began = time.process_time()
    whole = _parsed(body)
    counted.full_cpu += time.process_time() - began
    theirs = _feedparser(body)
    number = len(first.hashes)
    for name, new in {"1 new": 1, "3 new": 3, "half new": number // 2, "none new": 0}.items():
        chosen = set(chance.sample(range(number), min(new, number)))
        known = frozenset(one for at, one in enumerate(first.hashes) if at not in chosen)
        began = time.process_time()
        cut = gate(body, {}, Memory(first.frame, known))
        parsed = _parsed(cut.body) if cut.known < number else None
        counted.sliced_cpu[name] += time.process_time() - began
        counted.trials += 1
        if parsed is None:
            continue
        stayed = number - cut.known
        counted.kept_for_siblings += stayed - sum(one not in known for one in first.hashes)
        _compare(path, counted, whole, parsed)
        _compare_theirs(path, counted, cut, theirs)


def _parsed(body: bytes) -> Document | None:
    try:
        return parse(Answer(url=URL, status=200, headers={}, body=body))
    except UnreadableFeed:
        return None


def _feedparser(body: bytes) -> feedparser.FeedParserDict:
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def _compare(path: Path, counted: Counted, whole: Document | None, part: Document | None) -> None:
    """Every entry of the part must stand in the whole, alike in every field, in the same order."""
    if whole is None or part is None:
        counted.different.append(f"{path.name}: not read")
        return
    left = iter(whole.entries)
    for entry in part.entries:
        counted.compared += 1
        if not any(_alike(entry, other) for other in left):
            counted.different.append(f"{path.name}: {_nearest(entry, whole)}")
            left = iter(whole.entries)
    if (part.title, part.link, part.language) != (whole.title, whole.link, whole.language):
        counted.different.append(f"{path.name}: the document itself")


def _alike(one: Entry, other: Entry) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in OURS)


def _nearest(entry: Entry, whole: Document) -> str:
    apart = min(
        ([n for n in OURS if getattr(entry, n) != getattr(o, n)] for o in whole.entries),
        key=len,
        default=["lost"],
    )
    return f"{', '.join(apart)} of {entry.title[:50]!r}"


def _compare_theirs(
    path: Path,
    counted: Counted,
    cut: Gated,
    theirs: feedparser.FeedParserDict,
) -> None:
    """The same by feedparser's own fields, the categories among them."""
    found, expected = _entries(_feedparser(cut.body)), _entries(theirs)
    left = iter(expected)
    for entry in found:
        if not any(_same(entry, other) for other in left):
            left = iter(expected)
            said = counted.told if theirs["bozo"] else counted.different
            names = min(
                ([n for n in FIELDS if entry.get(n) != o.get(n)] for o in expected), key=len
            )
            said.append(f"{path.name}: feedparser's {', '.join(names)}")


def _entries(found: feedparser.FeedParserDict) -> list[dict[str, object]]:
    value = found["entries"]
    return value if isinstance(value, list) else []


def _same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(_plain(one, name) == _plain(other, name) for name in FIELDS)


def _plain(one: Mapping[str, object], name: str) -> object:
    value = one.get(name)
    # Its base and language are feedparser's own guesses, and leak from one item into the next.
    return (
        [part["value"] for part in value]
        if isinstance(value, list) and name == "content"
        else value
    )


def _table(counted: dict[str, Counted]) -> Iterator[str]:
    yield (
        f"{'corpus':14}{'files':>6}{'MB':>6}{'whole':>6}{'trials':>7}{'siblings':>9}{'compared':>9}"
        f"{'different':>10}{'full':>9}{'1 new':>8}{'3 new':>8}{'half':>8}{'none':>8}{'MB/s':>6}"
    )
    for name, one in counted.items():
        cpu = one.sliced_cpu
        yield (
            f"{name:14}{one.files:6}{one.bytes / 1e6:6.1f}{one.whole.total():6}{one.trials:7}"
            f"{one.kept_for_siblings:9}{one.compared:9}{len(one.different):10}{one.full_cpu:8.2f}s"
            f"{cpu['1 new']:7.2f}s{cpu['3 new']:7.2f}s{cpu['half new']:7.2f}s"
            f"{cpu['none new']:7.2f}s{one.bytes / 1e6 / (one.scan_cpu or 1):6.0f}"
        )
    for name, one in counted.items():
        yield from (f"{name}: read whole, {why}: {number}" for why, number in one.whole.items())
        yield from (f"{name}: DIFFERENT: {what}" for what in one.different[:SHOWN])
        yield from (f"{name}: malformed as a whole: {what}" for what in one.told[:SHOWN])
