"""Who may do what: `users` and `tokens`."""

from argparse import ArgumentParser

from cli import people
from cli.arguments import group, number, of_database
from store.rights import EVERYWHERE, ROLES
from store.tokens import GRANTABLE, LONGEST, USUAL


def users(parser: ArgumentParser) -> None:
    """People."""
    verbs = group(parser)
    add = of_database(verbs.add_parser("add"), people.add)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, default="editor")
    add.add_argument("--display", metavar="NAME", default="", help="the name as others read it")
    add.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    add.add_argument(
        "--no-password", action="store_true", help="a machine, or known to the sign-in provider"
    )
    of_database(verbs.add_parser("list"), people.listing)
    for name, run in (
        *(("disable", people.disable), ("enable", people.enable)),
        ("sign-out", people.sign_out),
    ):
        of_database(verbs.add_parser(name), run).add_argument("name", metavar="NAME")
    password = of_database(verbs.add_parser("password"), people.password)
    password.add_argument("name", metavar="NAME")
    password.add_argument("--password-stdin", action="store_true", help="as above")
    mail = of_database(verbs.add_parser("mail", help="where the desk writes to"), people.mail)
    mail.add_argument("name", metavar="NAME")
    mail.add_argument("address", metavar="ADDRESS", nargs="?", default="", help="left out: none")
    role = of_database(verbs.add_parser("role"), people.role)
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=(*ROLES, "none"), help="none: as for all series")
    role.add_argument("--series", metavar="SLUG", default=EVERYWHERE, help="for that one alone")


def tokens(parser: ArgumentParser) -> None:
    """Machines."""
    verbs = group(parser)
    add = of_database(verbs.add_parser("add"), people.tokens_add)
    add.add_argument("name", metavar="NAME", help="what it is for")
    add.add_argument("--owner", metavar="USER", required=True, help="on whose behalf it acts")
    add.add_argument("--may", action="append", choices=GRANTABLE, help="beside read; repeatable")
    add.add_argument("--series", action="append", metavar="SLUG", help="repeatable; usual: all")
    add.add_argument("--days", type=number(LONGEST.days), default=USUAL.days)
    of_database(verbs.add_parser("list"), people.tokens_list)
    revoke = of_database(verbs.add_parser("revoke"), people.tokens_revoke)
    revoke.add_argument("id", type=number(), metavar="ID")
