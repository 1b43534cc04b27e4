"""What is kept: `backup` and `restore`."""

from argparse import ArgumentParser, Namespace

from sqlalchemy import Engine

from cli import backup as backups
from cli.arguments import number, of_database


def backup(parser: ArgumentParser) -> None:
    """The whole database in one file."""
    of_database(parser, _backup)
    parser.add_argument("--to", metavar="FILE|DIR", default=".", help="here, if left out")
    parser.add_argument(
        "--verify", action="store_true", help="restore it into a trial database and count rows"
    )
    parser.add_argument(
        "--every", type=number(8760), metavar="HOURS", help="stay, and make one as often as that"
    )
    parser.add_argument(
        "--days", type=number(36500), metavar="N", help="with --every: remove older ones"
    )


def _backup(args: Namespace, engine: Engine) -> int:
    if not args.every:
        return backups.backup(args, engine)
    from cli import keeping  # noqa: PLC0415  # only the service serves figures

    return keeping.keep(args, engine)


def restore(parser: ArgumentParser) -> None:
    """A backup, put into an empty database."""
    of_database(parser, backups.restore, may_make=True)
    parser.add_argument("file", metavar="FILE")
