"""The recurring series: `series`."""

from argparse import ArgumentParser

from cli import asking, files
from cli import series as of_series
from cli.arguments import group, number, of_database


def series(parser: ArgumentParser) -> None:
    """Series, their definitions and what was learnt."""
    verbs = group(parser)
    export = of_database(
        verbs.add_parser("export", help="its definition in force, as a file"), of_series.export
    )
    export.add_argument("slug")
    of_database(verbs.add_parser("list"), asking.series_list)
    check = verbs.add_parser("check", help="is this definition right?")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=lambda args: files.check_series(args.files, json=args.json))
    shown = of_database(
        verbs.add_parser("show", help="its model, its recall, what waits for review"),
        of_series.show,
    )
    shown.add_argument("slug", metavar="SLUG")
    replay = of_database(
        verbs.add_parser("replay", help="what a definition would have matched"), of_series.replay
    )
    replay.add_argument("slug", metavar="SLUG")
    replay.add_argument("--days", type=number(36_500), required=True, metavar="N")
    replay.add_argument("--definition", metavar="FILE", help="instead of the one in force")
    again = of_database(
        verbs.add_parser("rematch", help="match all stored stories again"), of_series.rematch
    )
    again.add_argument("slug", metavar="SLUG")
    review = of_database(
        verbs.add_parser("review", help="say whether an ignored story belongs"), of_series.review
    )
    review.add_argument("slug", metavar="SLUG")
    review.add_argument("story", type=number(), metavar="STORY")
    review.add_argument("word", choices=("yes", "no"))
