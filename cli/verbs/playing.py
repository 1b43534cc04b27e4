"""The whole product on recorded feeds: `demo` and `play`."""

from argparse import ArgumentParser

from cli import play as playing
from cli.arguments import number
from config.settings import HIGHEST_PORT


def demo(parser: ArgumentParser) -> None:
    """The bundled sample newsroom."""
    parser.add_argument("--once", action="store_true", help="play to the end, print the summary")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument(
        "--port", type=number(HIGHEST_PORT), help="of the desk; a free one is chosen if left out"
    )
    parser.add_argument("--keep", metavar="DIR", help="keep the database there")
    parser.set_defaults(run=playing.demo)


def play(parser: ArgumentParser) -> None:
    """Feeds recorded in a directory."""
    parser.add_argument("dir", metavar="DIR", help="holds one folder per feed")
    parser.add_argument("--once", action="store_true", help="end when all is played")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--keep", metavar="DIR", help="keep the database there")
    parser.add_argument("--database", metavar="URL", help="use this database")
    parser.add_argument("--series", metavar="FILE", action="append", help="instead of config's own")
    parser.add_argument(
        "--workers", type=number(), metavar="N", help="processes that parse and match"
    )
    parser.add_argument("--port", type=number(HIGHEST_PORT), help="of the desk")
    parser.set_defaults(run=playing.play)
