"""The feeds and their health: `feeds`."""

from argparse import ArgumentParser

from cli import asking, feedcheck, following, opml
from cli.arguments import group, number, of_database, seconds


def feeds(parser: ArgumentParser) -> None:
    """What is asked of feeds, and done with them."""
    verbs = group(parser)
    of_database(verbs.add_parser("list"), asking.feeds_list)
    add = of_database(verbs.add_parser("add", help="follow a feed, or a page's"), following.add)
    add.add_argument("url", metavar="URL", help="of a feed, or of a page that leads to one")
    add.add_argument("--outlet", metavar="KEY", help="whose feed it is, if that outlet is known")
    _pick(add)
    add.add_argument("--unchecked", action="store_true", help="take the address as it stands")
    check = verbs.add_parser(
        "check", help="fetch an address once, by all rules, and say what is there"
    )
    check.add_argument("url", metavar="URL", help="of a feed, or of a page that leads to one")
    check.add_argument("--allow-inside", metavar="CIDR", action="append", default=[])
    _pick(check)
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=feedcheck.check)
    poll = of_database(verbs.add_parser("poll"), asking.feeds_poll)
    poll.add_argument("id", type=number(), nargs="?", metavar="ID")
    for action in ("pause", "resume"):
        pause = of_database(verbs.add_parser(action), asking.feeds_pause)
        pause.add_argument("id", type=number(), metavar="ID")
        pause.set_defaults(action=action)
    choose = of_database(verbs.add_parser("set", help="how one feed is polled"), following.choose)
    choose.add_argument("id", type=number(), metavar="ID")
    choose.add_argument("--interval", type=seconds(60, 86_400), metavar="SECONDS")
    choose.add_argument("--user-agent", metavar="TEXT", help="instead of ours; '' for ours again")
    choose.add_argument("--time-zone", metavar="ZONE", help="of its dates that name none")
    choose.add_argument("--charset", metavar="NAME", help="of its text that does not say")
    choose.add_argument("--full-text", choices=("yes", "no"), help="read its stories' pages too")
    choose.add_argument(
        "--gap", type=seconds(0, 3600), metavar="SECONDS", help="between requests to its server"
    )
    unmove = of_database(
        verbs.add_parser("unmove", help="take back a redirect that was adopted"), following.unmove
    )
    unmove.add_argument("id", type=number(), metavar="ID")
    listed = of_database(verbs.add_parser("import", help="from OPML"), opml.import_feeds)
    listed.add_argument("file", metavar="FILE", help="- is standard input")
    of_database(verbs.add_parser("export", help="as OPML"), opml.export_feeds)


def _pick(parser: ArgumentParser) -> None:
    parser.add_argument("--pick", type=number(), metavar="NUMBER", help="of a page's several feeds")
