"""The verbs about people: who may sign in and as what, passwords, sessions, tokens of the API."""

import getpass
import sys
from argparse import Namespace
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cli.output import print_done, print_lines, print_table
from cli.who import who
from pipeline.errors import BadInput
from store import clock, digests, people, tokens, users
from store.rights import EVERYWHERE
from store.session import transaction
from store.users import Person


def add(args: Namespace, engine: Engine) -> int:
    """Add a person who may sign in at the desk."""
    password = None if args.no_password else _password(args)
    with transaction(engine) as session:
        if password is None:  # a machine, or somebody the house's provider knows
            users.add_without_password(
                session, name=args.name, display_name=args.display, role=args.role, actor=who()
            )
        else:
            users.add(
                session,
                name=args.name,
                password=password,
                display_name=args.display,
                role=args.role,
                actor=who(),
            )
    said = f"{args.name} may now sign in." if password else f"{args.name} is there, without one."
    print_done({"name": args.name, "role": args.role}, said, as_json=args.json)
    return 0


def listing(args: Namespace, engine: Engine) -> int:
    """Who may sign in."""
    with transaction(engine) as session:
        lines = [
            {
                "name": user.name,
                "role": user.role,
                "of_series": dict(user.of_series),
                "password": user.has_password,
                "disabled": user.disabled_at,
            }
            for user in users.everyone(session)
        ]
    if args.json:
        print_lines(lines)
        return 0
    rows = [
        line | {"of_series": ", ".join(f"{key}: {role}" for key, role in user.items()) or None}
        for line in lines
        for user in (line["of_series"],)
        if isinstance(user, dict)
    ]
    empty = "Nobody yet: `serieswatch users add NAME`."
    print_table(rows, ("name", "role", "of_series", "disabled"), empty)
    return 0


def disable(args: Namespace, engine: Engine) -> int:
    """Shut a person out, at once."""
    with transaction(engine) as session:
        users.disable(session, args.name, actor=who(), now=clock.real_now(session))
    print_done({"name": args.name}, f"{args.name} may no longer sign in.", as_json=args.json)
    return 0


def enable(args: Namespace, engine: Engine) -> int:
    """Let a person in again."""
    with transaction(engine) as session:
        people.enable(session, _named(session, args.name).id, actor=who())
    print_done({"name": args.name}, f"{args.name} may sign in again.", as_json=args.json)
    return 0


def role(args: Namespace, engine: Engine) -> int:
    """Make somebody reader, editor, chief or operator, for all series or for one."""
    as_what = "" if args.role == "none" else args.role
    with transaction(engine) as session:
        person = _named(session, args.name)
        people.give(session, person.id, as_what, series=args.series, actor=who())
    of = "all series" if args.series == EVERYWHERE else args.series
    said = {"name": args.name, "role": as_what or None, "series": args.series}
    print_done(said, f"{args.name} is {args.role} of {of} now.", as_json=args.json)
    return 0


def password(args: Namespace, engine: Engine) -> int:
    """Give somebody a new password; all their sessions end."""
    told = _password(args)
    with transaction(engine) as session:
        person, now = _named(session, args.name), clock.real_now(session)
        people.set_password(session, person.id, told, actor=who(), now=now)
    said = f"{args.name} has the new password and is signed out everywhere."
    print_done({"name": args.name}, said, as_json=args.json)
    return 0


def sign_out(args: Namespace, engine: Engine) -> int:
    """End all sessions of somebody."""
    with transaction(engine) as session:
        person, now = _named(session, args.name), clock.real_now(session)
        people.sign_out_everywhere(session, person.id, now=now)
    print_done({"name": args.name}, f"{args.name} is signed out everywhere.", as_json=args.json)
    return 0


def tokens_add(args: Namespace, engine: Engine) -> int:
    """Make a token for the API and print its text, this once."""
    with transaction(engine) as session:
        made, told = tokens.add(
            session,
            _named(session, args.owner),
            name=args.name,
            rights=args.may or ["read"],
            series=args.series or [EVERYWHERE],
            lasts=timedelta(days=args.days),
            actor=who(),
            now=clock.real_now(session),
        )
    facts = {"id": made.id, "name": made.name, "token": told, "expires_at": made.expires_at}
    print_done(facts, told, as_json=args.json)
    return 0


def tokens_list(args: Namespace, engine: Engine) -> int:
    """The tokens that are good, or were within a month."""
    with transaction(engine) as session:
        found = tokens.lines(session, now=clock.real_now(session))
    if args.json:
        print_lines(found)
        return 0
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "hint": one.hint,
            "owner": one.owner,
            "may": " ".join(one.rights),
            "series": " ".join(one.series),
            "expires": one.expires_at,
            "last_used": one.last_used_at,
            "revoked": one.revoked_at,
        }
        for one in found
    ]
    columns = ("id", "name", "hint", "owner", "may", "series", "expires", "last_used", "revoked")
    print_table(rows, columns, "None yet: `serieswatch tokens add NAME --owner USER`.")
    return 0


def tokens_revoke(args: Namespace, engine: Engine) -> int:
    """End a token at once."""
    with transaction(engine) as session:
        ended = tokens.revoke(session, args.id, actor=who(), now=clock.real_now(session))
    print_done({"id": ended.id}, f"The token {ended.name} is worth nothing now.", as_json=args.json)
    return 0


def _password(args: Namespace) -> str:
    try:
        return sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass()
    except EOFError as problem:
        raise BadInput("no password came: type one, or send it with --password-stdin") from problem


def _named(session: Session, name: str) -> Person:
    person = users.find(session, name)
    if person is None:
        raise BadInput(f"There is nobody called {name}: `serieswatch users list` shows all names")
    return person


def mail(args: Namespace, engine: Engine) -> int:
    """Write to a person at an address from now on, or no more."""
    with transaction(engine) as session:
        now = clock.now(session)
        digests.write_to(session, args.name, args.address, by=who(), now=now)
    where = f"at {args.address}" if args.address else "no more"
    said = f"{args.name} is written to {where}."
    print_done({"name": args.name, "address": args.address}, said, as_json=args.json)
    return 0
