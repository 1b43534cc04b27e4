"""How stories stand in a series: `match`."""

from argparse import ArgumentParser, Namespace

from cli import matching


def match(parser: ArgumentParser) -> None:
    """Stories of a file, against one series."""
    parser.add_argument("--series", required=True, metavar="SLUG|FILE")
    parser.add_argument(
        "--decisions", metavar="FILE", help="what to learn from: JSONL in the order of time"
    )
    parser.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    parser.add_argument("file", metavar="FILE", help="stories, one JSON object a line; - is stdin")
    parser.set_defaults(run=_match)


def _match(args: Namespace) -> int:
    return matching.match_file(args.file, series=args.series, decisions=args.decisions)
