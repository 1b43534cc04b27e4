"""`developments list|show|suggest|merge|split|undo|refit`: what is told, and what editors rule."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from cli.output import print_done, print_json, print_lines, print_table
from cli.who import who
from pipeline import cluster
from pipeline.errors import BadInput
from store import clock, regroup, timelines
from store.rulings import Ruling
from store.session import transaction
from workers import refits


def listed(args: Namespace, engine: Engine) -> int:
    """The developments told last."""
    with transaction(engine) as session:
        lines = timelines.lines(session, limit=args.limit, words=args.words, size=args.size)
    if args.json:
        print_lines(lines)
        return 0
    columns = ("id", "first", "last", "stories", "outlets", "follows", "title")
    print_table(lines, columns, "There are no such developments.")
    return 0


def show(args: Namespace, engine: Engine) -> int:
    """One development: its stories in order, each with the reason it is there."""
    with transaction(engine) as session:
        found = timelines.show(session, args.id)
    if found is None:
        raise BadInput(
            f"there is no development {args.id}: `serieswatch developments list` shows them"
        )
    if args.json:
        print_json(found)
    else:
        print_development(found)
    return 0


def print_development(found: Mapping[str, Any]) -> None:
    """Print a development for reading: what it goes on from, its timeline, what was ruled."""
    print(f"development {found['id']}: {found['title']}")
    if before := found["follows"]:
        print(f"  follows {before['id']}, “{before['title']}”: {before['why']}")
    for after in found["followed_by"]:
        print(f"  followed by {after['id']}, “{after['title']}”")
    rows = [
        one
        | {
            "runner_up": f"{one['runner_up']['id']} ({one['runner_up']['score']:.2f})"
            if one["runner_up"]
            else None,
            "score": f"{one['score']:.2f}",
            "as": one["form"] or one["relation"],
        }
        for one in found["timeline"]
    ]
    columns = ("first_seen", "id", "outlet", "as", "score", "title", "why", "runner_up")
    print_table(rows, columns, "No story tells it any more.")
    for ruling in found["rulings"]:
        undone = f", undone by {ruling['undone_by']}" if ruling["undone_by"] else ""
        print(
            f"  ruling {ruling['id']}: {ruling['kind']} of {ruling['other_id']} by {ruling['by']} "
            f"at {ruling['at']:%Y-%m-%d %H:%M}{undone} {ruling['reason']}".rstrip()
        )


def suggest(args: Namespace, engine: Engine) -> int:
    """Merges and splits worth a look: places that were nearly others."""
    with transaction(engine) as session:
        lines = timelines.suggestions(session, limit=args.limit)
    if args.json:
        print_lines(lines)
        return 0
    columns = ("kind", "score", "development", "title", "other", "other_title", "story")
    print_table(lines, columns, "Nothing is unsure.")
    return 0


def merge(args: Namespace, engine: Engine) -> int:
    """Make one development of two."""
    with transaction(engine) as session:
        made = regroup.merge(
            session, args.into, args.other, by=who(), at=clock.now(session), reason=args.reason
        )
    _done(made, f"Development {args.other} is part of {args.into} now.", args)
    return 0


def split(args: Namespace, engine: Engine) -> int:
    """Make a development of its own of some stories of one."""
    with transaction(engine) as session:
        made = regroup.split(
            session, args.id, args.stories, by=who(), at=clock.now(session), reason=args.reason
        )
    stories = ", ".join(map(str, made.story_ids))
    _done(made, f"Stories {stories} are development {made.other_id} now.", args)
    return 0


def undo(args: Namespace, engine: Engine) -> int:
    """Take a ruling back."""
    with transaction(engine) as session:
        made = regroup.undo(session, args.ruling, by=who(), at=clock.now(session))
    _done(made, f"Ruling {made.id} is taken back.", args)
    return 0


def _done(made: Ruling, sentence: str, args: Namespace) -> None:
    said = {
        "ruling": made.id,
        "kind": made.kind,
        "development": made.development_id,
        "other": made.other_id,
        "stories": made.story_ids,
        "undone": made.undone is not None,
    }
    taken_back = f" `serieswatch developments undo {made.id}` takes it back."
    print_done(said, sentence + ("" if made.undone else taken_back), as_json=args.json)


def refit(args: Namespace, engine: Engine) -> int:
    """Fit clustering to this desk's rulings; it is used if it is better."""
    found = refits.refit(engine, by=who())
    if found is None:
        raise BadInput(
            f"there are fewer than {cluster.FEWEST} rulings to learn from: merge and split "
            "developments where the machine was wrong, then come back"
        )
    before, after = found.report["right_before"], found.report["right_after"]
    used = "It is used from now on." if found.is_used else "It is no better and is not used."
    sentence = (
        f"Fit {found.id} of {found.report['rulings']} rulings: of {found.report['examples']} "
        f"places it decides {after} as the editors did, {before} before; each judged without its "
        f"own ruling. {used}"
    )
    said = {"fit": found.id, "used": found.is_used, "setting": found.setting} | found.report
    print_done(said, sentence, as_json=args.json)
    return 0
