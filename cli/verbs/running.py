"""One process or step each, as compose runs them; and `up`, which runs them all."""

from argparse import ArgumentParser

from cli import running
from cli.arguments import number, of_database, seconds
from config.settings import HIGHEST_PORT
from store import schema


def up(parser: ArgumentParser) -> None:
    """The whole product, until Ctrl-C."""
    parser.add_argument("--keep", metavar="DIR", help="where its data lives")
    parser.add_argument("--port", type=number(HIGHEST_PORT), help="of the desk")
    parser.set_defaults(run=running.up)


def worker(parser: ArgumentParser) -> None:
    """One worker."""
    parser.add_argument("--kind", choices=("fetch", "parse"), required=True)
    parser.add_argument("--concurrency", type=number(), metavar="N")
    parser.set_defaults(run=running.worker)


def beat(parser: ArgumentParser) -> None:
    """The clock that rings."""
    parser.set_defaults(run=running.beat)


def desk(parser: ArgumentParser) -> None:
    """The editors' pages."""
    parser.set_defaults(run=running.desk)


def metrics(parser: ArgumentParser) -> None:
    """Figures for Prometheus."""
    parser.set_defaults(run=running.metrics)


def migrate(parser: ArgumentParser) -> None:
    """The tables of this release."""
    told = "what one statement may take, while others wait for its table (%(default)s)"
    usual = int(schema.STEP_SECONDS)
    parser.add_argument(
        "--step-seconds", type=seconds(1, 86_400), default=usual, metavar="S", help=told
    )
    of_database(parser, running.migrate)


def seed(parser: ArgumentParser) -> None:
    """Config's feeds and series in the tables."""
    of_database(parser, running.seed)


def roles(parser: ArgumentParser) -> None:
    """Rights for those who own no tables."""
    for name, what in (("application", "works on rows"), ("reader", "looks at them")):
        told = f"holds the database's address for the role that {what}"
        parser.add_argument(f"--{name}", required=True, metavar="FILE", help=told)
    of_database(parser, running.grant_roles)
