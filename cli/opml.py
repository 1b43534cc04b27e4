"""`feeds import` and `feeds export`: lists of feeds, as readers hand them to one another."""

import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Engine

from cli.output import print_json, print_lines, tell
from cli.who import who
from pipeline import opml
from pipeline.errors import BadInput
from store import audit, following
from store.session import transaction

LARGEST_LIST = 10_000_000  # bytes


def import_feeds(args: Namespace, engine: Engine) -> int:
    """Follow the feeds of an OPML file; 1 if not one of its entries could be followed."""
    listed = opml.read(_bytes(args.file), args.file)
    with transaction(engine) as session:
        followed = following.follow(session, listed.feeds)
        if followed.added:
            audit.note(
                session,
                actor=who(),
                action="feeds.import",
                subject_kind="feeds",
                subject_id=args.file,
                detail={"added": followed.added, "known": followed.known},
            )
    known = followed.known + listed.repeated
    refused = [asdict(entry) for entry in listed.refused]
    if args.json:
        print_json({"added": len(followed.added), "known": known, "refused": refused})
    else:
        print(f"{len(followed.added)} feeds added, {known} known, {len(refused)} refused.")
        for entry in listed.refused:
            tell(f"refused: {entry.url or args.file}: {entry.why}")
    if not followed.added and not known:
        raise BadInput(f"{args.file} holds no feed that could be followed")
    return 0


def export_feeds(args: Namespace, engine: Engine) -> int:
    """Every feed that is followed, as OPML that `feeds import` restores them from."""
    with transaction(engine) as session:
        feeds = following.followed(session)
    if args.json:
        print_lines(feeds)
        return 0
    sys.stdout.write(opml.write(feeds, "Feeds of serieswatch").decode())
    return 0


def _bytes(name: str) -> bytes:
    """The bytes of the file, or of standard input for "-"."""
    try:
        if name == "-":
            body = sys.stdin.buffer.read(LARGEST_LIST + 1)
        else:
            with Path(name).open("rb") as file:
                body = file.read(LARGEST_LIST + 1)
    except OSError as problem:
        raise BadInput(f"{name} cannot be read: {(problem.strerror or '').lower()}") from problem
    if len(body) > LARGEST_LIST:
        raise BadInput(f"{name} has more than {LARGEST_LIST // 1_000_000} MB: split the list")
    return body
