"""The database verbs by which a person judges what the machine made of stories."""

from argparse import Namespace

from sqlalchemy import Engine

from cli.output import print_done
from cli.who import who
from store import clock, judging
from store.session import transaction


def stories_not_copy(args: Namespace, engine: Engine) -> int:
    """Keep a story apart from its original, or from another, whatever the machine finds."""
    with transaction(engine) as session:
        now = clock.now(session)
        root = judging.keep_apart(session, args.id, of=args.of, by=who(), at=now)
    other = args.of if args.of is not None else root
    said = f"Story {args.id} is no copy of story {other}; running workers see to what follows."
    print_done({"id": args.id, "not_copy_of": other}, said, as_json=args.json)
    return 0


def stories_copy_of(args: Namespace, engine: Engine) -> int:
    """Make a story a copy of another, whatever the machine finds."""
    with transaction(engine) as session:
        now = clock.now(session)
        root = judging.say_copy(session, args.id, args.of, by=who(), at=now)
    said = f"Story {args.id} is a copy; its original is story {root}."
    print_done({"id": args.id, "original": root}, said, as_json=args.json)
    return 0
