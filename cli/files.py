"""The file verbs: one step tried alone on files, without database, broker or network."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.output import as_json, tell
from cli.seeding import definitions
from pipeline import cluster, definition, prefixes
from pipeline.dedupe import Recent, read
from pipeline.definition import series_from_json
from pipeline.errors import BadCatalogue, BadInput, UnreadableFeed
from pipeline.newsroom import wrong_charset, wrong_zone
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer, Custom, Document, Entry, Series, Story, Tombstone, Wire

FORMATS = (
    "auto feed jsonfeed newsml-g2 newsml1 nitf ninjs iptc7901 anpa sitemap".split()  # noqa: SIM905  # ten quoted words read worse
)


# A file is read without asking what time it is: no date in it lies in the future. Not quite the
# last moment there is, because a tolerance is added to it.
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
START_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def parse_files(
    files: Sequence[str],
    *,
    format: str,  # noqa: A002  # the option's own word, as in cli.md
    url: str | None,
    custom: Custom,
) -> int:
    """Print one line for each item of each file; 1 if a file could not be read at all."""
    status = 0
    for name in files:
        try:
            answer = Answer(url=url or "", status=200, headers={}, body=_bytes(name))
            parsed = parse(answer, format=format, custom=custom)
        except (UnreadableFeed, BadInput) as problem:
            said = problem.why if isinstance(problem, UnreadableFeed) else str(problem)
            why = said.removeprefix(f"{name} ")
            print(as_json({"file": name, "error": why}))
            tell(f"{name}: {why}")
            status = 1
            continue
        for line in _items(name, parsed, base=url or ""):
            print(as_json(line))
    return status


def custom(*, time_zone: str, charset: str) -> Custom:
    """What the source of these files does where its format leaves it open. Raises BadInput."""
    if why := wrong_zone(time_zone) or wrong_charset(charset):
        raise BadInput(why)
    return Custom(time_zone=time_zone, charset=charset)


def _items(name: str, parsed: Document, *, base: str) -> Iterator[dict[str, object]]:
    """The items of a document in its order, those that could not be read among them."""
    refused = {item.position: item for item in parsed.refused}
    entries = {entry.position: entry for entry in (*parsed.entries, *parsed.beside)}
    for position in sorted({*refused, *entries}):
        known = {"file": name, "format": parsed.format, "outlet": parsed.title}
        if position not in refused:
            read = _read(entries[position], parsed, base)
            yield UNREAD | known | read
            continue
        item = refused[position]
        said = _read(item.entry, parsed, base) if item.entry else {}
        problems = [*parsed.problems, *(item.entry.problems if item.entry else ()), item.reason]
        yield UNREAD | known | said | {"position": position + 1, "problems": problems}
    for tombstone in parsed.tombstones:
        if not _has_outlived(parsed, tombstone):
            known = {"file": name, "format": parsed.format, "outlet": parsed.title}
            yield UNREAD | known | _deleted(tombstone)


def _has_outlived(parsed: Document, tombstone: Tombstone) -> bool:
    """Whether an entry says that it changed after it was deleted: the later word counts."""
    return any(
        entry.updated is not None and tombstone.when is not None and entry.updated > tombstone.when
        for entry in parsed.entries
        if entry.guid == tombstone.ref
    )


def _deleted(tombstone: Tombstone) -> dict[str, object]:
    """What a line says of an entry that its publisher has deleted."""
    return {
        "id": tombstone.ref,
        "status": "canceled",
        "change": "cancel",
        "acts_on": tombstone.ref,
        "updated": tombstone.when,
        "ed_note": tombstone.comment or None,
    }


def _read(entry: Entry, parsed: Document, base: str) -> dict[str, object]:
    """What a line says of one item that was read."""
    story = normalise(
        entry,
        feed_url=base,
        outlet="",
        outlet_kind="outlet",
        language=parsed.language,
        now=END_OF_TIME,
    )
    wire = story.wire or Wire()
    marked = prefixes.read(story.title, story.text or story.summary)
    action = wire.action or marked.action
    acts_on = wire.acts_on[0] if wire.acts_on else None
    return {
        "id": entry.guid or story.canonical_url,
        "version": wire.version,
        "status": wire.status,
        "change": _CHANGES.get(action) if action else None,
        "acts_on": (acts_on.lineage or acts_on.number or acts_on.hint or None) if acts_on else None,
        "embargo_until": (wire.embargo.until or "unknown") if wire.embargo else None,
        "url": story.url,
        "title": story.title,
        "byline": story.byline,
        "published": story.published,
        "updated": story.updated,
        "language": story.language,
        "summary": story.summary,
        "text": story.text,
        "subjects": [
            {"scheme": one.scheme, "code": one.code, "label": one.label} for one in wire.subjects
        ],
        "ed_note": wire.ed_note or marked.editors_note or None,
        "problems": [*parsed.problems, *story.problems],
    }


_CHANGES = {
    "publish": "new",
    "update": "update",
    "refile": "update",
    "correct": "correction",
    "kill": "cancel",
}


# A line of `parse` before anything of its item is known: every line has all of these keys.
UNREAD: dict[str, object] = {
    "file": None,
    "format": None,
    "id": None,
    "version": None,
    "status": None,
    "change": None,
    "acts_on": None,
    "embargo_until": None,
    "url": None,
    "title": "",
    "byline": "",
    "published": None,
    "updated": None,
    "language": None,
    "summary": "",
    "text": "",
    "outlet": "",
    "subjects": [],
    "ed_note": None,
    "problems": [],
}


def cluster_file(name: str) -> int:
    """Print for each story of a JSONL file whose copy it is and which development it tells.

    Each is decided with what came before. A copy belongs where its original does, and teaches
    nothing further: only originals are clustered.
    """
    recent, board = Recent(), cluster.Open()
    ids: list[object] = []
    developments: list[int] = []
    at = START_OF_TIME
    for number, (given, story) in enumerate(read_stories(name)):
        ids.append(given["id"])
        at = story.published or at  # without a date it came when the one before it did
        text = story.text or story.summary
        copy = recent.take(
            number, read(story.title, text, outlet=story.outlet, at=story.published), at.date()
        )
        if copy is None:
            placed = board.place(story.title, text, at)
            development = number if placed.development is None else placed.development
            if placed.weighed is not None:  # a round-up draws no others after it
                board.add(number, development, placed.weighed, title=story.title, at=at)
            score, why = placed.score, [placed.why]
        else:
            development = developments[copy.root]
            score, why = copy.relation.score, list(copy.relation.why)
        developments.append(development)
        carried = {key: value for key, value in given.items() if key not in READ}
        followed = placed.follows if copy is None else None
        decided = {
            "original": ids[copy.root] if copy else given["id"],
            "relation": copy.relation.kind if copy else "original",
            "cluster": ids[development],
            "score": round(score, 4),
            "why": why,
            "follows": None if followed is None else ids[followed],
            "form": placed.form if copy is None else "",
        }
        print(as_json({"id": given["id"]} | carried | decided))
    return 0


# The keys of a story that we read; all others are carried through to the output.
READ = ("id", "date", "title", "text", "summary", "outlet", "url", "language")


def read_stories(name: str) -> Iterator[tuple[dict[str, Any], Story]]:
    """The lines of a JSONL file, each with its story. Raises BadInput naming the line at fault."""
    for number, line in enumerate(_bytes(name).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError) as problem:
            raise BadInput(f"{name}:{number}: this line is not JSON: {problem}") from problem
        if not isinstance(given, dict) or "id" not in given or not given.get("title"):
            raise BadInput(
                f'{name}:{number}: a story needs an "id" and a "title"; one JSON object a line'
            )
        yield given, _story(given, f"{name}:{number}")


def _story(given: dict[str, Any], place: str) -> Story:
    texts = {key: given.get(key) or "" for key in READ if key not in {"id", "date"}}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise BadInput(f'{place}: "{key}" must be a text')
    published = None
    if given.get("date"):
        try:
            published = datetime.fromisoformat(str(given["date"]))
        except ValueError as problem:
            raise BadInput(f'{place}: "date" must be ISO 8601, not {given["date"]!r}') from problem
        published = published if published.tzinfo else published.replace(tzinfo=UTC)
    return Story(
        title=texts["title"],
        summary=texts["summary"],
        text=texts["text"],
        outlet=texts["outlet"],
        url=texts["url"] or None,
        language=texts["language"] or None,
        published=published,
    )


def named_series(named: str) -> Series:
    """A series by its file, or by its key among config's own."""
    if named.endswith(".toml") or Path(named).exists():
        return series_from_json(definitions([Path(named)])[0])
    known = {definition["key"]: definition for definition in definitions()}
    if named not in known:
        raise BadInput(f'there is no series "{named}"; there are: {", ".join(sorted(known))}')
    return series_from_json(known[named])


def _bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as problem:
        raise BadInput(f"{name} cannot be read: {problem.strerror}") from problem


def check_series(names: Sequence[str], *, json: bool) -> int:
    """Say of each definition whether it is right; every mistake with its line. 1 if one is not."""
    status = 0
    for name in names:
        problems = _mistakes(name)
        if json:
            found = [{"line": getattr(one, "line", None), "why": _why(one)} for one in problems]
            print(as_json({"file": name, "ok": not problems, "problems": found}))
        elif not problems:
            print(f"{name}: all right")
        else:
            for mistake in problems:
                print(mistake)
        status = status or int(bool(problems))
    return status


def _mistakes(name: str) -> Sequence[BadInput]:
    """What is wrong with a definition; that it cannot be read at all is one mistake, too."""
    try:
        text = _bytes(name).decode("utf-8")
    except UnicodeDecodeError:
        return [BadInput(f"{name} is not UTF-8 text: save it as UTF-8")]
    except BadInput as problem:
        return [problem]
    return definition.check_series(text, name)


def _why(mistake: BadInput) -> str:
    return mistake.why if isinstance(mistake, BadCatalogue) else str(mistake)
