"""What the arguments of many verbs are made of: the database, numbers, groups of verbs."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine

from config.settings import SettingsError, override, settings

Verbs: TypeAlias = "_SubParsersAction[ArgumentParser]"


def group(verb: ArgumentParser) -> Verbs:
    """What a verb is followed by, where it is about a thing: `feeds list`, `feeds add`."""
    return verb.add_subparsers(title="what", metavar="WHAT", required=True)


def of_database(
    parser: ArgumentParser, run: Callable[[Namespace, Engine], int], *, may_make: bool = False
) -> ArgumentParser:
    """Let a verb ask a database, and name the arguments that say which."""
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", metavar="DIR", help="a database that `play` or `demo` kept there")
    parser.add_argument("--database", metavar="URL", help="instead of SERIESWATCH_DATABASE_URL")

    def ask(args: Namespace) -> int:
        with database(args, may_make=may_make) as engine:
            return run(args, engine)

    parser.set_defaults(run=ask)
    return parser


@contextmanager
def database(args: Namespace, *, may_make: bool = False) -> Iterator[Engine]:
    """The database the arguments name; a kept one is started for the question and stopped again.

    Where there is none in the folder yet, an empty one is made if it `may_make` one.
    """
    from cli.embedded import servers  # noqa: PLC0415  # most questions need no server of their own
    from store.session import make_engine  # noqa: PLC0415  # reads the settings overridden below

    with ExitStack() as ending:
        if args.keep:
            kept = Path(args.keep)
            if not may_make and not (kept / "postgres").is_dir():
                raise SettingsError(
                    f"{kept} holds no kept database: give the folder that `play --keep` was given"
                )
            started = ending.enter_context(servers(kept, broker=False))
            override(database_url=started.database_url)
        elif args.database:
            override(database_url=args.database)
        engine = make_engine(settings().database_url)
        ending.callback(engine.dispose)
        yield engine


def number(most: int = 2**63 - 1) -> Callable[[str], int]:
    """Reads a whole number from 1, as ids are in the database; anything else is wrong usage."""

    def read(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = 0
        if not 1 <= found <= most:
            raise ArgumentTypeError(f"{text!r} must be a whole number from 1 to {most}")
        return found

    return read


def seconds(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number of seconds within these bounds; anything else is wrong usage."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            return int(text)
        raise ArgumentTypeError(f"{text!r} must be a whole number of seconds, {least} to {most}")

    return read
