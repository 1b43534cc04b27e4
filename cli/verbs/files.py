"""One step tried on files: `parse` and `cluster`."""

from argparse import ArgumentParser

from cli import files


def parse(parser: ArgumentParser) -> None:
    """Documents, read."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="- is standard input")
    parser.add_argument("--format", choices=files.FORMATS, default="auto")
    parser.add_argument("--url", metavar="BASE", help="the address relative links are read against")
    parser.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of dates without one")
    parser.add_argument("--charset", default="", metavar="NAME", help="of text that does not say")
    parser.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    parser.set_defaults(
        run=lambda args: files.parse_files(
            args.files,
            format=args.format,
            url=args.url,
            custom=files.custom(time_zone=args.time_zone, charset=args.charset),
        )
    )


def cluster(parser: ArgumentParser) -> None:
    """Stories, grouped."""
    parser.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    parser.add_argument("file", metavar="FILE", help="stories, one JSON object a line; - is stdin")
    parser.set_defaults(run=lambda args: files.cluster_file(args.file))
