"""How wires are read: the standards' own test files by version and kind, two oracles, speed.

    python -m bench wires

The documents are the IPTC's unit tests and examples, no part of the project. `newsmlg2`, the
IPTC's own reader, and the published JSON schemas are asked about the same documents; where they say
otherwise than we do, it is shown. Nothing was tuned on the sealed documents.
"""

import io
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import jsonschema
from NewsMLG2 import NewsMLG2Document

from bench.recordings import SHARED, is_there
from pipeline.errors import UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.parse.dates import wire_moment
from pipeline.records import Answer, Document, Entry

NOW = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
WIRE = SHARED / "wire"
KINDS = ("should_pass", "should_fail", "examples")
SHOWN = 12
SECONDS = 3.0  # of computing, for one figure of speed

# Problems that a standard warrants though its schema lets the document pass: our own check says
# more than a schema can. Each is a beginning of what we say.
WARRANTED = {
    "its date": "no date, or one without a zone: the schema looks no further",
    "it has no guid": "a listing from a guide, cut short: its items are dots",
    "it has no itemMeta": "the same",
    "it has what ninjs does not know": "an example of a publisher's own additions",
    "its events is no list": "an example against the schema of its own version",
}


@dataclass(slots=True)
class Tally:
    """What came of the documents of one version and kind."""

    files: int = 0
    read: int = 0  # without a word
    named: int = 0  # read, with the problem named
    refused: int = 0
    beside: int = 0  # of those read: items that are no stories
    words: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Print the tables; 1 if a document that should pass is refused, or an oracle knows better."""
    if not is_there(WIRE):
        print(_speed())
        return 0
    outcomes = {path: _outcome(path) for path in sorted(_documents())}
    print("\n".join(_table(outcomes)))
    print("\n".join(_unexplained(outcomes)))
    print("\n".join(_ninjs_oracle(outcomes)))
    print("\n".join(_g2_oracle()))
    print(_speed())
    return int(any(one.startswith("  NOT EXPLAINED") for one in _unexplained(outcomes)))


def _documents() -> Iterator[Path]:
    for path in WIRE.rglob("*"):
        if path.suffix in {".xml", ".json"} and "specification" not in path.parts:
            yield path


def _place(path: Path) -> tuple[str, str, str]:
    """Standard, version and kind of a document."""
    parts = path.relative_to(WIRE).parts
    kind = next((part for part in parts if part in KINDS), "other")
    numbered = (part for part in parts[1:-1] if part[:1].isdigit() or part in {"dev", "NAR1.9"})
    return parts[0], next(numbered, "-"), kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading one document gave."""

    document: Document | None
    problems: tuple[str, ...]
    is_refused: bool


def _outcome(path: Path) -> Outcome:
    answer = Answer(url="", status=200, headers={}, body=path.read_bytes())
    try:
        found = parse(answer)
    except UnreadableFeed as refusal:
        return Outcome(None, (refusal.why,), is_refused=True)
    said = [*found.problems, *(one.reason for one in found.refused)]
    said += [problem for one in (*found.entries, *found.beside) for problem in one.problems]
    is_refused = bool(found.refused) and not (found.entries or found.beside)
    return Outcome(found, tuple(dict.fromkeys(said)), is_refused=is_refused)


def _table(outcomes: Mapping[Path, Outcome]) -> Iterator[str]:
    tallies: dict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for path, outcome in outcomes.items():
        for key in (_place(path), (_place(path)[0], "all", _place(path)[2])):
            one = tallies[key]
            one.files += 1
            one.refused += outcome.is_refused
            one.named += bool(outcome.problems) and not outcome.is_refused
            one.read += not outcome.problems
            one.beside += bool(outcome.document and outcome.document.beside)
    heads = f"{'files':>5} {'read':>5} {'named':>5} {'refused':>7} {'beside':>6}"
    yield f"{'standard':10} {'version':8} {'kind':12} {heads}"
    for (standard, version, kind), one in sorted(tallies.items(), key=_in_order):
        counts = f"{one.files:5} {one.read:5} {one.named:5} {one.refused:7} {one.beside:6}"
        yield f"{standard:10} {version:8} {kind:12} {counts}"
    yield "read: without a problem. named: read, a problem named. beside: holds items no story"


def _in_order(one: tuple[tuple[str, str, str], Tally]) -> tuple[object, ...]:
    (standard, version, kind), _ = one
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    return standard, version == "all", kind, numbers, version


def _unexplained(outcomes: Mapping[Path, Outcome]) -> Iterator[str]:
    """Say of each document that came out otherwise than its folder's name has it, why."""
    yield ""
    yield "documents that came out otherwise than their folder says"
    for path, outcome in outcomes.items():
        standard, version, kind = _place(path)
        name = f"{standard} {version} {path.stem[:50]}"
        if kind == "should_pass":
            for problem in outcome.problems:
                why = next(
                    (why for start, why in WARRANTED.items() if problem.startswith(start)), ""
                )
                yield f"  {'' if why else 'NOT EXPLAINED '}{name}: {problem[:90]} -- {why}"
        elif kind == "should_fail" and not outcome.problems:
            why = _right_elsewhere(path)
            yield f"  {'' if why else 'NOT EXPLAINED '}{name}: read without a word -- {why}"
        elif kind == "examples" and outcome.problems:
            yield f"  {name}: {outcome.problems[0][:110]}"


def _right_elsewhere(path: Path) -> str:
    """Why a document that fails by its folder's schema is right all the same, '' if it is not."""
    if path.suffix == ".json":
        item = json.loads(path.read_bytes())
        for version in ("1.6", "2.2", "3.1"):
            if not list(_validator(version).iter_errors(item)):
                return f"right by ninjs {version}, and it does not say which version it is of"
        return ""
    body = _bare(path)
    for other in (WIRE / "newsml-g2").rglob("should_pass/*.xml"):
        if _bare(other) == body:
            version = other.relative_to(WIRE).parts[1]
            return f"the same document stands among those that should pass as {version}"
    return ""


def _bare(path: Path) -> str:
    return "".join(path.read_text("utf-8", "replace").split())


_PASSES = {False: "passes it", True: "refuses it"}


@cache
def _validator(version: str) -> jsonschema.Validator:
    path = WIRE / "ninjs" / "specification" / f"ninjs-schema_{version}.json"
    schema = json.loads(path.read_bytes())
    # Geometry's own schema stands elsewhere, and nothing is fetched.
    text = json.dumps(schema).replace(
        '"$ref": "https://geojson.org/schema/GeoJSON.json#"', '"type": "object"'
    )
    chosen = jsonschema.validators.validator_for(json.loads(text))
    made: jsonschema.Validator = chosen(json.loads(text))
    return made


def _ninjs_oracle(outcomes: Mapping[Path, Outcome]) -> Iterator[str]:
    """Compare our word on ninjs items with the published schemas': of the version, or the last."""
    agreed, different = 0, []
    for path, outcome in outcomes.items():
        standard, version, kind = _place(path)
        if standard != "ninjs" or kind == "examples" or outcome.document is None:
            continue
        own = {"1": "1.6", "2": "2.2", "3": "3.1"}[version[0]]
        is_wrong = bool(list(_validator(own).iter_errors(json.loads(path.read_bytes()))))
        if is_wrong == bool(outcome.problems):
            agreed += 1
        else:
            word = outcome.problems[0] if outcome.problems else "nothing"
            different.append(
                f"  {version} {path.stem[:44]}: the schema {_PASSES[is_wrong]}, we say: {word[:80]}"
            )
    yield ""
    yield f"ninjs against the newest schema of its family: {agreed} agree, {len(different)} differ"
    yield from different[:SHOWN]


_FIELDS = ("guid", "version", "version created", "status", "headline", "subjects")


def _g2_oracle() -> Iterator[str]:
    """Compare NewsML-G2 items field by field with what the IPTC's own reader makes of them."""
    same: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    shown: list[str] = []
    crashed = compared = 0
    seconds = 0.0
    for path in sorted((WIRE / "newsml-g2").rglob("*.xml")):
        outcome = _outcome(path)
        ours = _only(outcome.document)
        began = time.process_time()
        try:
            with redirect_stdout(io.StringIO()):
                theirs = _theirs(NewsMLG2Document(path.read_bytes()))
        except Exception:  # noqa: BLE001 - it raises plain exceptions of every kind
            crashed += 1
            continue
        finally:
            seconds += time.process_time() - began
        if ours is None or theirs is None:
            continue
        compared += 1
        for name, our, their in zip(_FIELDS, _ours(ours), theirs, strict=True):
            if our == their:
                same[name] += 1
                continue
            why = _why(name, their)
            reasons[why] += 1
            if why == _UNCLEAR:
                shown.append(f"  {name}, {path.stem[:40]}: we {our!r:.60}, it {their!r:.60}")
    yield ""
    told = ", ".join(f"{name} {same[name]}" for name in _FIELDS)
    yield f"NewsML-G2 against newsmlg2: {compared} items compared, it gave up on {crashed} files"
    yield f"the same: {told}; it took {seconds:.1f} CPU s. Differences:"
    yield from (f"  {count:4} {why}" for why, count in reasons.most_common())
    yield from shown[:SHOWN]


_UNCLEAR = "neither of these"


def _why(name: str, their: object) -> str:
    """Why the two readers differ, as far as their values tell."""
    if name == "status" and their is None:
        return "status: usable where absent, says the standard; it leaves that open"
    if name == "headline" and not their:
        return "headline: we take the body's own, or the item's title, where there is no other"
    if name == "subjects":
        return "subjects: we take literals and bare names for codes, too"
    if name == "headline":
        return "headline: we take the one without a role"
    return _UNCLEAR


def _only(document: Document | None) -> Entry | None:
    items = [*document.entries, *document.beside] if document else []
    return items[0] if len(items) == 1 else None


def _ours(entry: Entry) -> tuple[object, ...]:
    wire = entry.wire
    assert wire is not None  # noqa: S101 - every item of NewsML-G2 has one
    subjects = sorted({one.code for one in wire.subjects if one.scheme != "keyword"})
    return (entry.guid, wire.version, wire.version_created, wire.status, entry.title, subjects)


def _theirs(document: NewsMLG2Document) -> tuple[object, ...] | None:
    item = document.get_item()
    meta, content = getattr(item, "itemmeta", None), getattr(item, "contentmeta", None)
    if meta is None:
        return None
    headlines = [str(one) for one in getattr(content, "headline", None) or []]
    subjects = getattr(content, "subject", None) or []
    codes = {
        (getattr(s, "qcode", None) or getattr(s, "uri", None) or "")
        .rpartition("/")[2]
        .rpartition(":")[2]
        for s in subjects
    }
    status = getattr(meta.pubstatus, "qcode", None) or getattr(meta.pubstatus, "uri", None)
    return (
        str(item.guid),
        str(item.version),
        wire_moment(str(meta.versioncreated), "UTC")[0],
        status and status.replace("/", ":").rpartition(":")[2],
        " ".join(headlines[0].split()) if headlines else "",
        sorted(codes - {""}),
    )


_PARAGRAPH = (
    "<p>Envoys of two invented countries met in <b>Northaven</b> on Friday and said that they would"
    ' meet again; <a href="https://bell.example/{n}">a joint statement</a> named no day. A &amp; B'
    " were said to be &lt; C, which nobody present would explain to the reporters who waited.</p>"
)


def text_item(number: int) -> bytes:
    """Return a text item of about 450 words in NewsML-G2, invented."""
    body = "".join(_PARAGRAPH.format(n=f"{number}-{at}") for at in range(10))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:bell:{number}"
  version="{number % 9 + 1}" standard="NewsML-G2" standardversion="2.35" conformance="power"
  xml:lang="en-GB">
<catalogRef href="http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_39.xml"/>
<rightsInfo><copyrightHolder literal="Bell"/><usageTerms>Invented</usageTerms></rightsInfo>
<itemMeta><itemClass qcode="ninat:text"/>
<provider qcode="nprov:BELL"><name>Bell Wire</name></provider>
<versionCreated>2024-05-31T09:30:00Z</versionCreated>
<firstCreated>2024-05-31T08:30:00Z</firstCreated>
<pubStatus qcode="stat:usable"/><edNote>Pictures follow</edNote><signal qcode="sig:update"/>
<link rel="irel:seeAlso" residref="urn:bell:{number}-see"/></itemMeta>
<contentMeta><urgency>4</urgency><located><name>Northaven</name></located><by>Ana Quill</by>
<dateline>NORTHAVEN, May 31</dateline><language tag="en-GB"/>
<subject qcode="medtop:20000076"><name>peace talks</name></subject>
<subject qcode="medtop:20000639"><name>diplomacy</name></subject><genre qcode="genre:Current"/>
<slugline>NORTHAVEN-ENVOYS</slugline>
<headline>Envoys meet again in Northaven, number {number}</headline>
<description role="drol:summary">They met.</description></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">
<head><title>x</title></head><body>{body}</body></html></inlineXML></contentSet></newsItem>""".encode()


def _speed() -> str:
    bodies = [text_item(number) for number in range(200)]
    answers = [Answer(url="", status=200, headers={}, body=body) for body in bodies]
    for one in answers[:20]:
        parse(one)
    read, began = 0, time.process_time()
    while time.process_time() - began < SECONDS:
        for one in answers:
            parse(one)
        read += len(answers)
    alone = read / (time.process_time() - began)
    made, began = 0, time.process_time()
    while time.process_time() - began < SECONDS:
        for one in answers:
            for entry in parse(one).entries:
                normalise(entry, feed_url="", outlet="bell", now=NOW)
        made += len(answers)
    whole = made / (time.process_time() - began)
    size = sum(map(len, bodies)) / len(bodies) / 1024
    return (
        f"\nNewsML-G2 text items of {size:.1f} kB, invented: {alone:,.0f} read in a CPU second,"
        f" {whole:,.0f} read and made stories"
    )
