"""The instalment of a past window, from what is stored: `backtest`."""

from argparse import ArgumentParser

from cli import backtest as past
from cli.arguments import of_database


def backtest(parser: ArgumentParser) -> None:
    """A window of one series."""
    of_database(parser, past.backtest)
    parser.add_argument("slug", metavar="SLUG")
    parser.add_argument("--from", dest="since", metavar="DATE", help="what arrived after")
    parser.add_argument("--to", dest="until", metavar="DATE", help="and by then")
    parser.add_argument("--cut-off", metavar="DATE", help="the series' own window that ends then")
    parser.add_argument("--format", choices=("json", "markdown"), default="markdown")
