"""Real documents, damaged at random, through sniffing, the gate, parsing and cleaning.

    python -m bench mutated [N]

makes 100,000 of them unless N is given. Each is read in a child process that is killed if it takes
too long. Whatever comes must be entries or a refusal in words: no crash, no hang, no item lost by
slicing. Nothing is kept: seed and number make the same document again.
"""

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from bench.playing import ROOT
from bench.recordings import FEEDS
from pipeline.errors import UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import gate, parse
from pipeline.parse.sniffing import sniff
from pipeline.records import Answer, Memory

MUTATIONS = 100_000
SEED = 20240531
LONGEST = 60.0  # seconds on the clock, of a machine that may be busy, for one document
MOST_MEMORY = 1 << 30
BATCH = 500
FEW_ITEMS = 2
LONGEST_BODY = 6_000  # most of them: a hundred thousand have to be afforded
URL = "https://feeds.example/feed.xml"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ENCODINGS = (b"utf-8", b"utf-16", b"utf-7", b"iso-8859-1", b"windows-1252", b"shift_jis", b"gb2312")
PIECES = (
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x ", b"?>", b"<item>", b"</item>", b"<entry>"),
    *(b"</entry>", b"<item/>", b"&", b"&nbsp;", b"&#0;", b"&#x110000;", b"&lt;b&gt;", b"<", b">"),
    *(b'"', b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"<b>" * 50, b"</channel>", b'<x xmlns="">'),
    *(b"<link>javascript:x</link>", b"<guid>", b'<at:deleted-entry ref="x"/>', b"<title>"),
    *(b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY b "c">]>', b"\xed\xa0\x80", b"A" * 3000),
)


def damaged(body: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return `body` after one to four small damages; `other` lends pieces of itself."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        body = chance.choice(DAMAGES)(body, other, chance)
    return body


def _flipped(body: bytes, _other: bytes, chance: random.Random) -> bytes:
    if not body:
        return body
    changed = bytearray(body)
    for _ in range(chance.choice((1, 3, 20))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(body: bytes, _other: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randint(0, len(body)), chance.randint(0, len(body))))
    return chance.choice((body[:end], body[start:], body[:start] + body[end:]))


def _spliced(body: bytes, other: bytes, chance: random.Random) -> bytes:
    at, start = chance.randint(0, len(body)), chance.randint(0, len(other))
    piece = other[start : start + chance.choice((10, 200, 2_000))]
    return body[:at] + piece + body[at:]


def _joined(body: bytes, other: bytes, chance: random.Random) -> bytes:
    return body[: chance.randint(0, len(body))] + other[chance.randint(0, len(other)) :]


def _retagged(body: bytes, _other: bytes, chance: random.Random) -> bytes:
    """Return it with one tag doubled, removed, or made another."""
    at = body.find(b"<", chance.randint(0, len(body)))
    if at < 0:
        return body
    end = body.find(b">", at) + 1 or len(body)
    tag = body[at:end]
    return body[:at] + chance.choice((tag * 2, b"", tag.upper(), tag[:-1])) + body[end:]


def _inserted(body: bytes, _other: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(body))
    return body[:at] + chance.choice(PIECES) + body[at:]


def _belied(body: bytes, _other: bytes, chance: random.Random) -> bytes:
    """Return it in another encoding than it says, or saying another than it has."""
    name = chance.choice(ENCODINGS)
    if chance.random() < 1 / 2:
        return b'<?xml version="1.0" encoding="' + name + b'"?>' + body.partition(b"?>")[2]
    return body.decode("utf-8", "replace").encode(name.decode(), "replace")


DAMAGES: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (
    *(_flipped, _cut, _spliced, _joined, _retagged, _inserted, _belied),
)


def material() -> list[bytes]:
    """Return small documents to damage: real ones cut to a few items, else the invented ones."""
    found = [path for path in FEEDS.rglob("*") if path.is_file() and path.suffix != ".tsv"]
    if not found:
        print("No recorded feeds at hand: the invented documents of tests/feeds are damaged.")
        own = sorted((ROOT / "tests" / "feeds").iterdir())
        found = [path for path in own if path.is_file() and path.suffix != ".py"]
    return [_few(path) for path in sorted(found)]


def _few(path: Path) -> bytes:
    body = path.read_bytes()
    whole = gate(body, {}, None)
    # Hashes stand in document order: what is known beyond the first few is cut out.
    if whole.why_whole or len(whole.hashes) <= FEW_ITEMS:
        return body[:LONGEST_BODY]
    known = frozenset(whole.hashes[FEW_ITEMS:]) - frozenset(whole.hashes[:FEW_ITEMS])
    return gate(body, {}, Memory(whole.frame, known)).body[:LONGEST_BODY]


def made(number: int, documents: Sequence[bytes], seed: int = SEED) -> tuple[bytes, dict[str, str]]:
    """Return the damaged document of that number, and its headers: always the same."""
    chance = random.Random(seed * 1_000_003 + number)
    body = damaged(chance.choice(documents), chance.choice(documents), chance)
    said = chance.choice(("", "text/xml", "text/html; charset=utf-8", "application/xml"))
    said = chance.choice(
        (said, f"application/rss+xml; charset={chance.choice(ENCODINGS).decode()}")
    )
    return body, {"content-type": said} if said else {}


def read(body: bytes, headers: dict[str, str], chance: random.Random) -> str:
    """Read one document in every way; gives what came of it. Raises AssertionError on a loss."""
    sniff(body)
    first = gate(body, headers, None)
    some = frozenset(one for one in first.hashes if chance.random() < 1 / 2)
    cut = gate(body, headers, Memory(first.frame, some))
    if not first.why_whole and cut.known + len(gate(cut.body, headers, None).hashes) < len(
        first.hashes
    ):
        raise AssertionError("the reduced document has fewer items than were kept")
    outcome = ""
    for version in dict.fromkeys((body, cut.body)):
        try:
            found = parse(Answer(url=URL, status=200, headers=headers, body=version))
        except UnreadableFeed as refusal:
            outcome = f"refused as {refusal.state}"
            continue
        for entry in found.entries:
            normalise(entry, feed_url=URL, outlet="post", now=NOW)
        outcome = "read with a problem" if found.problems or found.refused else "read"
    return outcome


@dataclass(slots=True)
class Told:
    """What came of many documents."""

    outcomes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: list[tuple[float, int]] = field(default_factory=list)  # CPU seconds, number


def _child(pipe: Connection, documents: Sequence[bytes], numbers: range) -> None:
    """Read documents one after another, telling each result at once."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for number in numbers:
        body, headers = made(number, documents)
        began = time.process_time()
        try:
            outcome = read(body, headers, random.Random(number))
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is what we look for
            outcome = f"BROKE: {type(problem).__name__}: {problem}"
        pipe.send((number, outcome, time.process_time() - began))
    pipe.close()


def run(count: int, documents: Sequence[bytes]) -> Told:
    """Read `count` damaged documents in children that are killed when one of them hangs."""
    told = Told()
    at = 0
    while at < count:
        at = _batch(range(at, min(at + BATCH, count)), documents, told)
        told.slowest = sorted(told.slowest, reverse=True)[:5]
        if sys.stderr.isatty():
            print(f"\r{at:,}", end="", file=sys.stderr)
    return told


def _batch(numbers: range, documents: Sequence[bytes], told: Told) -> int:
    """Read a batch in one child; gives the number to go on with."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, documents, numbers))
    child.start()
    theirs.close()
    following = numbers.start
    for number, outcome, seconds in _results(ours):
        following = number + 1
        told.outcomes["BROKE" if outcome.startswith("BROKE") else outcome] += 1
        told.slowest.append((seconds, number))
        if outcome.startswith("BROKE"):
            told.broken.append(f"{number}: {outcome}")
    child.kill()
    child.join()
    if following < numbers.stop:  # it died, or was killed, at this one
        why = f"killed after {LONGEST:.0f} s, or died by itself"
        told.broken.append(f"{following}: {why}")
        told.outcomes["KILLED"] += 1
        following += 1
    return following


def _results(pipe: Connection) -> Iterator[tuple[int, str, float]]:
    while pipe.poll(LONGEST):
        try:
            yield pipe.recv()
        except EOFError:
            return


def main(arguments: Sequence[str] = ()) -> int:
    """Damage and read many documents and print what came of them; 1 if one broke or hung."""
    count = int(arguments[0]) if arguments else MUTATIONS
    documents = material()
    began = time.process_time() + _children_cpu()
    told = run(count, documents)
    spent = time.process_time() + _children_cpu() - began
    print(f"{count:,} damaged documents made of {len(documents)}, {spent:.0f} CPU s")
    for outcome, number in told.outcomes.most_common():
        print(f"  {number:8,} {outcome}")
    for seconds, number in told.slowest:
        print(f"  slowest: number {number}, {seconds:.2f} CPU s")
    for broken in told.broken[:20]:
        print(f"  {broken}")
    return int(bool(told.broken))


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
