"""The console command: arguments to one function per verb, plain errors, exit codes.

docs/reference/cli.md is the contract: 0 done, 1 failed or refused with one plain sentence, 2 usage.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from config.settings import SettingsError
from pipeline.errors import SerieswatchError

# Each verb, the file of cli/verbs/ it is in, and what it does. A file is loaded once one of its
# verbs is typed: no process carries, or waits for, what only others need.
VERBS = (
    ("demo", "playing", "the whole product on a bundled sample newsroom"),
    ("up", "running", "the whole product on config/feeds.toml, until Ctrl-C"),
    ("play", "playing", "run the whole product on recorded feeds"),
    ("worker", "running", "one worker"),
    ("beat", "running", "the clock that rings"),
    ("desk", "running", "the editors' pages"),
    ("metrics", "running", "figures for Prometheus"),
    ("migrate", "running", "bring the tables up to date"),
    ("seed", "running", "bring config's feeds and series into the tables"),
    ("roles", "running", "rights for those who own no tables, as the owner"),
    ("doctor", "looking", "what is configured, reachable, overdue, set aside"),
    ("parse", "files", "what is in these files, item by item, as JSONL"),
    ("cluster", "files", "copies and developments among stories, as JSONL"),
    ("tag", "tags", "what stories name, credit and quote, as JSONL"),
    ("match", "matching", "how stories stand in a series, and why, as JSONL"),
    ("feeds", "feeds", "the feeds and their health"),
    ("stories", "stories", "what was read"),
    ("developments", "developments", "what happened, as told by one story or many"),
    ("drafts", "drafts", "instalments and their items"),
    (
        "backtest",
        "backtest",
        "the instalment of a past window, from what is stored; nothing is written",
    ),
    ("series", "series", "the recurring series"),
    ("setaside", "setaside", "what could not be processed"),
    ("users", "people", "who may sign in at the desk"),
    ("tokens", "people", "what machines may do through the API"),
    ("tags", "tags", "the lists of names and subjects"),
    ("backup", "keeping", "the whole database in one file, checked"),
    ("reprocess", "reprocess", "the archive through the steps again"),
    ("restore", "keeping", "put a backup into an empty database"),
    ("targets", "targets", "where instalments are handed over to, as drafts"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line; gives the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: outlets use any script
    parser = make_parser()
    try:
        args, unknown = parser.parse_known_args(argv)  # loads the verb: Ctrl-C may come amid it
        if unknown:
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        code = int(args.run(args))
        sys.stdout.flush()  # here, where a reader that went away is no error
    except (SerieswatchError, SettingsError) as problem:
        _say(str(problem))
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except BrokenPipeError:  # `serieswatch stories list | head`: the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        said = _of_the_database(problem)
        if not said:
            raise
        _say(said)
    else:
        return code
    return 1


class Late(ArgumentParser):
    """The arguments of a verb, which are looked up once it is typed."""

    verb: tuple[str, str] | None = None  # its file and its name, until then

    def parse_known_args(  # type: ignore[override]  # any kind of namespace elsewhere, ours here
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Read a command line, as every parser does."""
        self.fill()
        return super().parse_known_args(args, namespace)

    def fill(self) -> None:
        """Take its arguments in, if they are not there yet."""
        if self.verb:
            (file, name), self.verb = self.verb, None
            getattr(import_module(f"cli.verbs.{file}"), name)(self)


def make_parser() -> Late:
    """All verbs; each learns its arguments when it is typed."""
    parser = Late(prog="serieswatch", description="Feeds in, an instalment of drafts out.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, file, told in VERBS:
        verbs.add_parser(name, help=told).verb = (file, name)
    return parser


def _of_the_database(problem: Exception) -> str:
    """What to say of a database that does not do its part; nothing of any other problem."""
    # Only once something went wrong: half of the verbs ask no database.
    from sqlalchemy import exc  # noqa: PLC0415  # see above

    if not isinstance(problem, (exc.DBAPIError, exc.TimeoutError)):
        return ""
    line = str(getattr(problem, "orig", None) or problem).partition("\n")[0].strip().rstrip(".")
    if isinstance(problem, exc.OperationalError):
        return (
            f"the database does not answer: {line}. Is it running, and is "
            "SERIESWATCH_DATABASE_URL right? `serieswatch doctor` looks."
        )
    if isinstance(problem, exc.ProgrammingError):
        return f"the tables are not as this version needs them: {line}. Run `serieswatch migrate`."
    return f"the database refused that: {line}. `serieswatch doctor` looks."


def _say(sentence: str) -> None:
    print(f"serieswatch: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
