"""What was read: `stories`."""

from argparse import ArgumentParser

from cli import asking, judging
from cli.arguments import group, number, of_database


def stories(parser: ArgumentParser) -> None:
    """Stories, and whose copy they are."""
    verbs = group(parser)
    listing = of_database(verbs.add_parser("list"), asking.stories_list)
    listing.add_argument("--limit", type=number(), default=50, metavar="N")
    listing.add_argument("--outlet", metavar="KEY")
    listing.add_argument("--words", metavar="TEXT", help="in the title")
    of_database(verbs.add_parser("show"), asking.stories_show).add_argument("id", type=number())
    told = "a pattern for `grep -E` that finds its whole way in the logs"
    trail = of_database(verbs.add_parser("trail", help=told), asking.stories_trail)
    trail.add_argument("id", type=number())
    about = "say that a story is no copy of its original, or of another; no machine undoes it"
    apart = of_database(verbs.add_parser("not-copy", help=about), judging.stories_not_copy)
    apart.add_argument("id", type=number())
    apart.add_argument("--of", metavar="ID", type=number(), help="the other story")
    about = "say that a story is a copy of another; no machine undoes it"
    copy = of_database(verbs.add_parser("copy-of", help=about), judging.stories_copy_of)
    copy.add_argument("id", type=number())
    copy.add_argument("of", metavar="ORIGINAL", type=number())
