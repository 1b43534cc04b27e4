"""The list of names: checked on stories, larger lists taken in, corrections learnt from."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine

from cli.files import READ, read_stories
from cli.output import as_json, tell
from pipeline import tag
from pipeline.errors import BadInput
from pipeline.records import Span, Story
from store import clock, tags
from store.session import transaction
from workers.knowledge import LISTS, knowledge, name_lists, topics

SHOWN = 50  # unknown names listed


def tag_file(name: str) -> int:
    """Print for each story of a JSONL file what it is about, whom it credits and whom it quotes."""
    known = knowledge()
    for given, story in read_stories(name):
        found = tag.tag(story, known)
        tags_ = [
            {"scheme": one.scheme, "code": one.code, "label": one.label}
            | {"evidence": [asdict(span) for span in one.evidence], "score": one.score}
            | ({"why": one.why} if one.why else {})
            for one in found.tags
        ]
        credits_ = [
            {"outlet": one.name, "phrase": one.span.text}
            | _place(one.span)
            | {"key": one.outlet or None, "kind": one.kind, "is_origin": one.is_origin}
            for one in found.credits
        ]
        quotes = [
            {"text": one.text, "speaker": one.speaker}
            | _place(one.span)
            | {"kind": one.kind, "office": one.office, "forum": one.forum, "day": one.day}
            for one in found.quotes
        ]
        carried = {key: value for key, value in given.items() if key not in READ}
        told = {"tags": tags_, "credits": credits_, "quotes": quotes}
        print(as_json({"id": given["id"]} | carried | told))
    return 0


def _place(span: Span) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "field": span.field}


def check(args: Namespace) -> int:
    """Say whether config's lists are right, and on a file of stories which names are of use.

    Names never met, and spans of capitals that no list knows, the commonest first.
    """
    lists = name_lists()
    vocabulary = topics()
    if not args.file:
        told = {"entries": len(lists.entries), "subjects": len(vocabulary.concepts), "ok": True}
        print(as_json(told) if args.json else _all_right(told))
        return 0
    met: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    count = 0
    for _, story in read_stories(args.file):
        count += 1
        for found in tag.tag(story, knowledge()).tags:
            if found.code.startswith("name:"):
                unknown[found.label] += 1
            else:
                met[found.code] += 1
        unknown.update(_spans_unknown(story))
    never = [one for one in lists.entries if one.code and one.code not in met]
    if args.json:
        names = [{"code": one.code, "label": one.label, "scheme": one.scheme} for one in never]
        spans = [{"text": text, "stories": times} for text, times in unknown.most_common()]
        print(as_json({"stories": count, "never_met": names, "unknown": spans}))
        return 0
    print(f"{count} stories; {len(never)} of {len(lists.entries)} names never met:")
    for one in never:
        print(f"  {one.label} ({one.scheme} {one.code})")
    print(f"Not known, the commonest {SHOWN}:")
    for text, times in unknown.most_common(SHOWN):
        print(f"  {times:>4}  {text}")
    return 0


def _all_right(told: Mapping[str, object]) -> str:
    return f"config/tags: all right, {told['entries']} entries, {told['subjects']} subjects"


def _spans_unknown(story: Story) -> Iterator[str]:
    """Spans of capitals in which the tagger sees nothing, once a story."""
    yield from tag.unknown_spans(story, knowledge())


def import_list(args: Namespace) -> int:
    """Take in a larger list of names, kept as plain lines that a start can read quickly."""
    path = Path(args.file)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path} is not UTF-8 text: save it as UTF-8") from problem
    if args.form == "media-topics":
        return _compare_topics(text, str(path), as_object=args.json)
    lines = list(tag.to_lines(tag.read_list(text, str(path), args.form)))
    folder = Path(args.into) if args.into else LISTS
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{args.name or path.stem}.names"
    half = kept.with_suffix(".new")
    half.write_text("\n".join(lines) + "\n", encoding="utf-8")
    half.replace(kept)  # whole or not at all: a worker may be starting
    told = {"file": str(kept), "names": len(lines) - 1}
    print(as_json(told) if args.json else f"{kept}: {told['names']} names")
    tell("workers know them when they start next")
    return 0


def _compare_topics(text: str, path: str, *, as_object: bool) -> int:
    """Say what a release of the vocabulary changes for the concepts the desk has rules for."""
    changes = tag.compare_topics(text, path, topics())
    if as_object:
        print(as_json({"changes": [{"code": code, "what": what} for code, what in changes]}))
    else:
        for code, what in changes:
            print(f"{code}: {what}")
        if not changes:
            print("nothing changes for the concepts of config/tags/topics.toml")
    return 0


def correct(args: Namespace, engine: Engine) -> int:
    """Keep what a person says of a story's tag: right, or wrong."""
    with transaction(engine) as session:
        version = tags.version_of(session, args.id)
        if version is None:
            raise BadInput(f"there is no story {args.id}: `serieswatch stories list` shows them")
        tags.correct(
            session,
            version,
            scheme=args.scheme,
            code=args.code,
            is_right=args.is_right == "right",
            by=args.by,
            at=clock.now(session),
        )
    told = {"story": args.id, "code": args.code, "is_right": args.is_right == "right"}
    print(as_json(told) if args.json else f"story {args.id}: {args.code} is {args.is_right}")
    return 0


def learn(args: Namespace, engine: Engine) -> int:
    """Learn anew every subject that was corrected often enough; say what holds of each."""
    vocabulary = topics()
    labels = {one.code: one.label for one in vocabulary.concepts}
    with transaction(engine) as session:
        before = {one["code"]: one["version"] for one in tags.models(session)}
        for code, examples in sorted(tags.corrections(session, "subject").items()):
            learnt = tag.learn(
                code,
                labels.get(code, code),
                examples,
                version=before.get(code, 0) + 1,
                floor=vocabulary.shown_from,
            )
            if learnt is None:
                told: dict[str, object] = {"code": code, "learnt": False, "of": len(examples)}
                said = f"{code}: its rules stand, {len(examples)} corrections teach too little"
            else:
                tags.keep_model(session, code, tag.learnt_to_json(learnt), at=clock.now(session))
                told = {"code": code, "learnt": True, "of": len(examples)}
                told |= {"version": learnt.version, "precision": learnt.precision}
                said = f"{code}: learnt, version {learnt.version}, precision {learnt.precision:.2f}"
            print(as_json(told) if args.json else said)
    return 0
