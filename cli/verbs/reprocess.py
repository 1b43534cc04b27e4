"""The archive through the steps again: `reprocess`."""

from argparse import ArgumentParser

from cli import reprocess as again
from cli.arguments import of_database


def reprocess(parser: ArgumentParser) -> None:
    """The archive through the steps again."""
    of_database(parser, again.reprocess)
    parser.add_argument("--since", metavar="DATE", required=True)
    parser.add_argument("--apply", action="store_true", help="do it, not only tell")
