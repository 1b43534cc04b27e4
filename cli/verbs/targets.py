"""Where instalments are handed over to: `targets`."""

from argparse import ArgumentParser

from cli import targets as places_
from cli.arguments import group, of_database
from store.targets import KINDS


def targets(parser: ArgumentParser) -> None:
    """The places."""
    verbs = group(parser)
    of_database(verbs.add_parser("list"), places_.targets_list)
    add = of_database(verbs.add_parser("add", help="take a CMS in"), places_.targets_add)
    add.add_argument("key", metavar="KEY", help="as series' definitions name it")
    add.add_argument("--kind", choices=KINDS, default=KINDS[0])
    add.add_argument("--url", required=True, metavar="URL", help="ends in /wp-json/wp/v2")
    add.add_argument("--title", default="", metavar="TEXT", help="as editors call it")
    check = verbs.add_parser("check", help="does it know us, and take drafts from us?")
    of_database(check, places_.targets_check).add_argument("key", metavar="KEY")
    retire = verbs.add_parser("retire", help="hand nothing more over to it")
    of_database(retire, places_.targets_retire).add_argument("key", metavar="KEY")
