"""`drafts export`: an approved instalment in a form that other systems read."""

import sys
from argparse import Namespace

from sqlalchemy import Engine

from cli.who import who
from desk.export import NotToBeHandedOver, handed
from pipeline.errors import BadInput
from pipeline.render import render
from store import audit, drafts
from store.session import transaction


def export(args: Namespace, engine: Engine) -> int:
    """Print the instalment, if it may leave now."""
    with transaction(engine) as session:
        view = drafts.show(session, args.slug, args.instalment)
        if view is None:
            raise BadInput(
                f"{args.slug} has no instalment {args.instalment}: `serieswatch drafts list` shows "
                "what there is"
            )
        try:
            made = render(handed(session, view), args.form)
        except NotToBeHandedOver as why:
            raise BadInput(str(why)) from why
        audit.note(
            session,
            actor=who(),
            action="instalment.export",
            subject_kind="instalment",
            subject_id=view.id,
            detail={"form": args.form},
        )
    sys.stdout.buffer.write(made + b"\n")
    sys.stdout.flush()
    return 0
