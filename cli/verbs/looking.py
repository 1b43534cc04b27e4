"""What is configured, reachable, overdue, set aside: `doctor`."""

from argparse import ArgumentParser

from cli import doctor as looking
from cli.arguments import database


def doctor(parser: ArgumentParser) -> None:
    """One look at all of it."""
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", metavar="DIR")
    parser.add_argument("--database", metavar="URL")
    parser.set_defaults(run=lambda args: looking.doctor(args, database(args)))
