"""What happened, as told by one story or many: `developments`."""

from argparse import ArgumentParser

from cli import developments as told
from cli.arguments import group, number, of_database


def developments(parser: ArgumentParser) -> None:
    """Developments, merged and split."""
    verbs = group(parser)
    listing = of_database(verbs.add_parser("list"), told.listed)
    listing.add_argument("--limit", type=number(), default=50, metavar="N")
    listing.add_argument("--words", metavar="TEXT", help="in the title")
    listing.add_argument("--size", type=number(), default=1, metavar="N", help="stories at least")
    show = of_database(verbs.add_parser("show"), told.show)
    show.add_argument("id", type=number(), metavar="ID")
    unsure = verbs.add_parser("suggest", help="merges and splits worth a look")
    of_database(unsure, told.suggest)
    unsure.add_argument("--limit", type=number(), default=50, metavar="N")
    merge = of_database(verbs.add_parser("merge", help="two are one"), told.merge)
    merge.add_argument("into", type=number(), metavar="INTO", help="the development that stays")
    merge.add_argument("other", type=number(), metavar="OTHER")
    split = of_database(verbs.add_parser("split", help="some are another"), told.split)
    split.add_argument("id", type=number(), metavar="ID")
    split.add_argument("stories", type=number(), nargs="+", metavar="STORY")
    for ruling in (merge, split):
        ruling.add_argument("--reason", default="", metavar="TEXT")
    undo = of_database(verbs.add_parser("undo", help="take a ruling back"), told.undo)
    undo.add_argument("ruling", type=number(), metavar="RULING")
    of_database(
        verbs.add_parser("refit", help="learn from what editors merged and split"),
        told.refit,
    )
