"""What stories are about, and the lists that say so: `tag` and `tags`."""

from argparse import ArgumentParser

from cli import tagging
from cli.arguments import group, number, of_database
from pipeline.tag import FORMS


def tag(parser: ArgumentParser) -> None:
    """Stories, tagged."""
    parser.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    parser.add_argument("file", metavar="FILE", help="stories, one JSON object a line; - is stdin")
    parser.set_defaults(run=lambda args: tagging.tag_file(args.file))


def tags(parser: ArgumentParser) -> None:
    """The lists of names and subjects."""
    verbs = group(parser)
    check = verbs.add_parser("check", help="are the lists right, and which names are of use?")
    check.add_argument("file", metavar="FILE", nargs="?", help="stories to try them on")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=tagging.check)
    taken = verbs.add_parser("import", help="take in a larger list, or compare a vocabulary")
    taken.add_argument("file", metavar="FILE")
    taken.add_argument("--form", choices=(*FORMS, "media-topics"), required=True)
    taken.add_argument("--name", help="of the list; that of the file if left out")
    taken.add_argument("--into", metavar="DIR", help="instead of config/tags/lists")
    taken.add_argument("--json", action="store_true")
    taken.set_defaults(run=tagging.import_list)
    correct = of_database(
        verbs.add_parser("correct", help="a tag is right, or wrong"), tagging.correct
    )
    correct.add_argument("id", type=number(), metavar="STORY")
    correct.add_argument("code", help="of the tag: 20000639")
    correct.add_argument("is_right", choices=("right", "wrong"))
    correct.add_argument("--scheme", default="subject")
    correct.add_argument("--by", default="console", metavar="NAME", help="who says so")
    of_database(verbs.add_parser("learn", help="from the corrections"), tagging.learn)
