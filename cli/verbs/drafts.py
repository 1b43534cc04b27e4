"""Instalments and their items: `drafts`."""

from argparse import ArgumentParser

from cli import asking, exporting
from cli.arguments import group, number, of_database
from pipeline.render import FORMS


def drafts(parser: ArgumentParser) -> None:
    """Instalments, shown and handed on."""
    verbs = group(parser)
    listing = of_database(verbs.add_parser("list"), asking.drafts_list)
    listing.add_argument("slug", nargs="?", metavar="SLUG")
    show = of_database(verbs.add_parser("show"), asking.drafts_show)
    show.add_argument("slug", metavar="SLUG")
    show.add_argument("--instalment", type=number(), metavar="N")
    show.add_argument("--format", choices=("json", "markdown", "html"), default="markdown")
    out = of_database(
        verbs.add_parser("export", help="an approved instalment for other systems"),
        exporting.export,
    )
    out.add_argument("slug", metavar="SLUG")
    out.add_argument("--instalment", type=number(), metavar="N", required=True)
    out.add_argument("--form", choices=sorted(FORMS), required=True)
