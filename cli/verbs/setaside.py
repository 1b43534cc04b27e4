"""What could not be processed: `setaside`."""

from argparse import ArgumentParser

from cli import asking
from cli.arguments import group, number, of_database


def setaside(parser: ArgumentParser) -> None:
    """What was set aside, and sent round again."""
    verbs = group(parser)
    listing = of_database(verbs.add_parser("list"), asking.setaside_list)
    listing.add_argument("--all", action="store_true", help="also what has been dealt with")
    of_database(verbs.add_parser("show"), asking.setaside_show).add_argument("id", type=number())
    replay = of_database(verbs.add_parser("replay"), asking.setaside_replay)
    replay.add_argument("ids", type=number(), nargs="*", metavar="ID", help="all, if none is given")
