"""The verbs about places instalments are handed over to."""

from argparse import Namespace
from dataclasses import asdict

from sqlalchemy import Engine

from cli.output import print_done, print_lines, print_table, tell
from cli.who import who
from config.settings import settings
from pipeline import deliver
from pipeline.deliver import Trouble
from pipeline.errors import BadInput, SerieswatchError
from store import targets
from store.session import transaction
from store.targets import Place
from workers import client
from workers.delivering import base


class CannotHandOver(SerieswatchError):
    """A target to which nothing could be handed over as it is."""


def targets_list(args: Namespace, engine: Engine) -> int:
    """The places there are."""
    with transaction(engine) as session:
        places = targets.known(session)
    rows = [asdict(one) for one in places]
    if args.json:
        print_lines(rows)
    else:
        none = "There is no target yet. `serieswatch targets add` takes one in."
        print_table(rows, ("key", "kind", "title", "url"), none)
    return 0


def targets_add(args: Namespace, engine: Engine) -> int:
    """Take a place in. Nothing is asked of it yet."""
    place = Place(
        key=args.key,
        kind=args.kind,
        title=args.title or args.key,
        url=args.url,
    )
    with transaction(engine) as session:
        targets.add(session, place, by=who())
    said = (
        f"Instalments can be handed over to {args.key}. A series does so when its definition names "
        f"it under [[targets]]; `serieswatch targets check {args.key}` asks whether it takes them."
    )
    print_done({"target": args.key}, said, as_json=args.json)
    return 0


def targets_retire(args: Namespace, engine: Engine) -> int:
    """Hand nothing more over to a place."""
    with transaction(engine) as session:
        targets.retire(session, args.key, by=who())
    said = f"Nothing more is handed over to {args.key}; what stands there stays."
    print_done({"target": args.key, "retired": True}, said, as_json=args.json)
    return 0


def targets_check(args: Namespace, engine: Engine) -> int:
    """Ask a place as whom it knows us and what we may do there; nothing is written."""
    with transaction(engine) as session:
        places = targets.known(session, [args.key])
    if not places:
        raise BadInput(f"there is no target {args.key!r}. `serieswatch targets list` names them")
    asked = deliver.whoami(base(places[0].url, settings()))
    told = deliver.may(client.made(settings()).get(asked))
    if isinstance(told, Trouble):
        raise CannotHandOver(f"{args.key}: {told.said}")
    name, may_draft, may_publish = told
    if not may_draft:
        raise CannotHandOver(
            f"{args.key}: {name} may not make drafts there. Give that user the role contributor"
        )
    if may_publish:
        tell(
            f"{name} could publish there, too. serieswatch never does; the role contributor would "
            "see to it that nobody does with its password."
        )
    said = f"{args.key} takes drafts from us; it knows us as {name}."
    facts = {"target": args.key, "user": name, "may_draft": may_draft, "may_publish": may_publish}
    print_done(facts, said, as_json=args.json)
    return 0
