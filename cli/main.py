"""The console command: arguments to one function per verb, plain errors, exit codes.

docs/reference/cli.md is the contract: 0 done, 1 failed or refused with one plain sentence, 2 usage.
"""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli import (
    asking,
    backup,
    developments,
    doctor,
    exporting,
    feedcheck,
    files,
    following,
    judging,
    matching,
    opml,
    people,
    play,
    reprocess,
    running,
    tagging,
    targets,
)
from cli import series as of_series
from config.settings import HIGHEST_PORT, SettingsError, override, settings
from pipeline.errors import SerieswatchError
from pipeline.render import FORMS
from pipeline.tag import FORMS as LIST_FORMS
from store import schema
from store.rights import EVERYWHERE, ROLES
from store.targets import KINDS
from store.tokens import GRANTABLE, LONGEST, USUAL

Verbs: TypeAlias = "_SubParsersAction[ArgumentParser]"


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line; gives the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: outlets use any script
    parser = make_parser()
    args, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
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
    except OperationalError as problem:
        _say(
            f"the database does not answer: {_first_line(problem)}. Is it running, and is "
            "SERIESWATCH_DATABASE_URL right? `serieswatch doctor` looks."
        )
    except ProgrammingError as problem:
        _say(
            f"the tables are not as this version needs them: {_first_line(problem)}. "
            "Run `serieswatch migrate`."
        )
    except (DBAPIError, PoolTimeout) as problem:
        _say(f"the database refused that: {_first_line(problem)}. `serieswatch doctor` looks.")
    else:
        return code
    return 1


def make_parser() -> ArgumentParser:
    """All verbs with their arguments."""
    parser = ArgumentParser(
        prog="serieswatch", description="Feeds in, an instalment of drafts out."
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _running_verbs(verbs)
    _file_verbs(verbs)
    _asking_verbs(verbs)
    return parser


# --- running it


def _running_verbs(verbs: Verbs) -> None:
    demo = verbs.add_parser("demo", help="the whole product on a bundled sample newsroom")
    demo.add_argument("--once", action="store_true", help="play to the end, print the summary")
    demo.add_argument("--json", action="store_true", help="print the summary as JSON")
    demo.add_argument(
        "--port", type=_number(HIGHEST_PORT), help="of the desk; a free one is chosen if left out"
    )
    demo.add_argument("--keep", metavar="DIR", help="keep the database there")
    demo.set_defaults(run=play.demo)

    up = verbs.add_parser("up", help="the whole product on config/feeds.toml, until Ctrl-C")
    up.add_argument("--keep", metavar="DIR", help="where its data lives")
    up.add_argument("--port", type=_number(HIGHEST_PORT), help="of the desk")
    up.set_defaults(run=running.up)

    replay = verbs.add_parser("play", help="run the whole product on recorded feeds")
    replay.add_argument("dir", metavar="DIR", help="holds one folder per feed")
    replay.add_argument("--once", action="store_true", help="end when all is played")
    replay.add_argument("--json", action="store_true", help="print the summary as JSON")
    replay.add_argument("--keep", metavar="DIR", help="keep the database there")
    replay.add_argument("--database", metavar="URL", help="use this database")
    replay.add_argument("--series", metavar="FILE", action="append", help="instead of config's own")
    replay.add_argument(
        "--workers", type=_number(), metavar="N", help="processes that parse and match"
    )
    replay.add_argument("--port", type=_number(HIGHEST_PORT), help="of the desk")
    replay.set_defaults(run=play.play)

    worker = verbs.add_parser("worker", help="one worker")
    worker.add_argument("--kind", choices=("fetch", "parse"), required=True)
    worker.add_argument("--concurrency", type=_number(), metavar="N")
    worker.set_defaults(run=running.worker)
    verbs.add_parser("beat", help="the clock that rings").set_defaults(run=running.beat)
    desk = verbs.add_parser("desk", help="the editors' pages")
    desk.set_defaults(run=running.desk)
    verbs.add_parser("metrics", help="figures for Prometheus").set_defaults(run=running.metrics)
    migrate = verbs.add_parser("migrate", help="bring the tables up to date")
    told = "what one statement may take, while others wait for its table (%(default)s)"
    usual = int(schema.STEP_SECONDS)
    migrate.add_argument(
        "--step-seconds", type=_seconds(1, 86_400), default=usual, metavar="S", help=told
    )
    _of_database(migrate, running.migrate)
    told = "bring config's feeds and series into the tables"
    _of_database(verbs.add_parser("seed", help=told), running.seed)
    rights = verbs.add_parser("roles", help="rights for those who own no tables, as the owner")
    for name, what in (("application", "works on rows"), ("reader", "looks at them")):
        told = f"holds the database's address for the role that {what}"
        rights.add_argument(f"--{name}", required=True, metavar="FILE", help=told)
    _of_database(rights, running.grant_roles)
    look = verbs.add_parser("doctor", help="what is configured, reachable, overdue, set aside")
    look.add_argument("--json", action="store_true")
    look.add_argument("--keep", metavar="DIR")
    look.add_argument("--database", metavar="URL")
    look.set_defaults(run=lambda args: doctor.doctor(args, _database(args)))


# --- file verbs


def _file_verbs(verbs: Verbs) -> None:
    parse = verbs.add_parser("parse", help="what is in these files, item by item, as JSONL")
    parse.add_argument("files", nargs="+", metavar="FILE", help="- is standard input")
    parse.add_argument("--format", choices=files.FORMATS, default="auto")
    parse.add_argument("--url", metavar="BASE", help="the address relative links are read against")
    parse.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of dates without one")
    parse.add_argument("--charset", default="", metavar="NAME", help="of text that does not say")
    parse.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    parse.set_defaults(
        run=lambda args: files.parse_files(
            args.files,
            format=args.format,
            url=args.url,
            custom=files.custom(time_zone=args.time_zone, charset=args.charset),
        )
    )
    group = verbs.add_parser("cluster", help="copies and developments among stories, as JSONL")
    group.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    group.add_argument("file", metavar="FILE", help="stories, one JSON object a line; - is stdin")
    group.set_defaults(run=lambda args: files.cluster_file(args.file))
    tagging_ = verbs.add_parser("tag", help="what stories name, credit and quote, as JSONL")
    tagging_.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    tagging_.add_argument(
        "file", metavar="FILE", help="stories, one JSON object a line; - is stdin"
    )
    tagging_.set_defaults(run=lambda args: tagging.tag_file(args.file))
    match = verbs.add_parser("match", help="how stories stand in a series, and why, as JSONL")
    match.add_argument("--series", required=True, metavar="SLUG|FILE")
    match.add_argument(
        "--decisions", metavar="FILE", help="what to learn from: JSONL in the order of time"
    )
    match.add_argument("--json", action="store_true", help="the output is JSONL anyway")
    match.add_argument("file", metavar="FILE", help="stories, one JSON object a line; - is stdin")
    match.set_defaults(run=_match)


def _match(args: Namespace) -> int:
    return matching.match_file(args.file, series=args.series, decisions=args.decisions)


# --- database verbs


def _asking_verbs(verbs: Verbs) -> None:
    _feeds_verbs(verbs)
    _stories_verbs(verbs)
    _developments_verbs(verbs)
    _drafts_verbs(verbs)
    _backtest_verb(verbs)
    _series_verbs(verbs)
    _setaside_verbs(verbs)
    _users_verbs(verbs)
    _tokens_verbs(verbs)
    _tags_verbs(verbs)
    _keeping_verbs(verbs)
    _targets_verbs(verbs)


def _keeping_verbs(verbs: Verbs) -> None:
    made = _of_database(
        verbs.add_parser("backup", help="the whole database in one file, checked"), _backup
    )
    made.add_argument("--to", metavar="FILE|DIR", default=".", help="here, if left out")
    made.add_argument(
        "--verify", action="store_true", help="restore it into a trial database and count rows"
    )
    made.add_argument(
        "--every", type=_number(8760), metavar="HOURS", help="stay, and make one as often as that"
    )
    made.add_argument(
        "--days", type=_number(36500), metavar="N", help="with --every: remove older ones"
    )
    again = _of_database(
        verbs.add_parser("reprocess", help="the archive through the steps again"),
        reprocess.reprocess,
    )
    again.add_argument("--since", metavar="DATE", required=True)
    again.add_argument("--apply", action="store_true", help="do it, not only tell")
    back = _of_database(
        verbs.add_parser("restore", help="put a backup into an empty database"),
        backup.restore,
        may_make=True,
    )
    back.add_argument("file", metavar="FILE")


def _backup(args: Namespace, engine: Engine) -> int:
    if not args.every:
        return backup.backup(args, engine)
    from cli import keeping  # noqa: PLC0415  # only the service serves figures

    return keeping.keep(args, engine)


def _targets_verbs(verbs: Verbs) -> None:
    places = _group(verbs, "targets", "where instalments are handed over to, as drafts")
    _of_database(places.add_parser("list"), targets.targets_list)
    add = _of_database(places.add_parser("add", help="take a CMS in"), targets.targets_add)
    add.add_argument("key", metavar="KEY", help="as series' definitions name it")
    add.add_argument("--kind", choices=KINDS, default=KINDS[0])
    add.add_argument("--url", required=True, metavar="URL", help="ends in /wp-json/wp/v2")
    add.add_argument("--title", default="", metavar="TEXT", help="as editors call it")
    check = places.add_parser("check", help="does it know us, and take drafts from us?")
    _of_database(check, targets.targets_check).add_argument("key", metavar="KEY")
    retire = places.add_parser("retire", help="hand nothing more over to it")
    _of_database(retire, targets.targets_retire).add_argument("key", metavar="KEY")


def _tags_verbs(verbs: Verbs) -> None:
    tags = _group(verbs, "tags", "the lists of names and subjects")
    check = tags.add_parser("check", help="are the lists right, and which names are of use?")
    check.add_argument("file", metavar="FILE", nargs="?", help="stories to try them on")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=tagging.check)
    taken = tags.add_parser("import", help="take in a larger list, or compare a vocabulary")
    taken.add_argument("file", metavar="FILE")
    taken.add_argument("--form", choices=(*LIST_FORMS, "media-topics"), required=True)
    taken.add_argument("--name", help="of the list; that of the file if left out")
    taken.add_argument("--into", metavar="DIR", help="instead of config/tags/lists")
    taken.add_argument("--json", action="store_true")
    taken.set_defaults(run=tagging.import_list)
    correct = _of_database(
        tags.add_parser("correct", help="a tag is right, or wrong"), tagging.correct
    )
    correct.add_argument("id", type=_number(), metavar="STORY")
    correct.add_argument("code", help="of the tag: 20000639")
    correct.add_argument("is_right", choices=("right", "wrong"))
    correct.add_argument("--scheme", default="subject")
    correct.add_argument("--by", default="console", metavar="NAME", help="who says so")
    _of_database(tags.add_parser("learn", help="from the corrections"), tagging.learn)


def _feeds_verbs(verbs: Verbs) -> None:
    feeds = _group(verbs, "feeds", "the feeds and their health")
    _of_database(feeds.add_parser("list"), asking.feeds_list)
    add = _of_database(feeds.add_parser("add", help="follow a feed, or a page's"), following.add)
    add.add_argument("url", metavar="URL", help="of a feed, or of a page that leads to one")
    add.add_argument("--outlet", metavar="KEY", help="whose feed it is, if that outlet is known")
    _pick(add)
    add.add_argument("--unchecked", action="store_true", help="take the address as it stands")
    check = feeds.add_parser(
        "check", help="fetch an address once, by all rules, and say what is there"
    )
    check.add_argument("url", metavar="URL", help="of a feed, or of a page that leads to one")
    check.add_argument("--allow-inside", metavar="CIDR", action="append", default=[])
    _pick(check)
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=feedcheck.check)
    poll = _of_database(feeds.add_parser("poll"), asking.feeds_poll)
    poll.add_argument("id", type=_number(), nargs="?", metavar="ID")
    for action in ("pause", "resume"):
        pause = _of_database(feeds.add_parser(action), asking.feeds_pause)
        pause.add_argument("id", type=_number(), metavar="ID")
        pause.set_defaults(action=action)
    choose = _of_database(feeds.add_parser("set", help="how one feed is polled"), following.choose)
    choose.add_argument("id", type=_number(), metavar="ID")
    choose.add_argument("--interval", type=_seconds(60, 86_400), metavar="SECONDS")
    choose.add_argument("--user-agent", metavar="TEXT", help="instead of ours; '' for ours again")
    choose.add_argument("--time-zone", metavar="ZONE", help="of its dates that name none")
    choose.add_argument("--charset", metavar="NAME", help="of its text that does not say")
    choose.add_argument("--full-text", choices=("yes", "no"), help="read its stories' pages too")
    choose.add_argument(
        "--gap", type=_seconds(0, 3600), metavar="SECONDS", help="between requests to its server"
    )
    unmove = _of_database(
        feeds.add_parser("unmove", help="take back a redirect that was adopted"), following.unmove
    )
    unmove.add_argument("id", type=_number(), metavar="ID")
    listed = _of_database(feeds.add_parser("import", help="from OPML"), opml.import_feeds)
    listed.add_argument("file", metavar="FILE", help="- is standard input")
    _of_database(feeds.add_parser("export", help="as OPML"), opml.export_feeds)


def _pick(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--pick", type=_number(), metavar="NUMBER", help="of a page's several feeds"
    )


def _stories_verbs(verbs: Verbs) -> None:
    stories = _group(verbs, "stories", "what was read")
    listing = _of_database(stories.add_parser("list"), asking.stories_list)
    listing.add_argument("--limit", type=_number(), default=50, metavar="N")
    listing.add_argument("--outlet", metavar="KEY")
    listing.add_argument("--words", metavar="TEXT", help="in the title")
    _of_database(stories.add_parser("show"), asking.stories_show).add_argument("id", type=_number())
    told = "a pattern for `grep -E` that finds its whole way in the logs"
    trail = _of_database(stories.add_parser("trail", help=told), asking.stories_trail)
    trail.add_argument("id", type=_number())
    about = "say that a story is no copy of its original, or of another; no machine undoes it"
    apart = _of_database(stories.add_parser("not-copy", help=about), judging.stories_not_copy)
    apart.add_argument("id", type=_number())
    apart.add_argument("--of", metavar="ID", type=_number(), help="the other story")
    about = "say that a story is a copy of another; no machine undoes it"
    copy = _of_database(stories.add_parser("copy-of", help=about), judging.stories_copy_of)
    copy.add_argument("id", type=_number())
    copy.add_argument("of", metavar="ORIGINAL", type=_number())


def _developments_verbs(verbs: Verbs) -> None:
    told = _group(verbs, "developments", "what happened, as told by one story or many")
    listing = _of_database(told.add_parser("list"), developments.listed)
    listing.add_argument("--limit", type=_number(), default=50, metavar="N")
    listing.add_argument("--words", metavar="TEXT", help="in the title")
    listing.add_argument("--size", type=_number(), default=1, metavar="N", help="stories at least")
    show = _of_database(told.add_parser("show"), developments.show)
    show.add_argument("id", type=_number(), metavar="ID")
    unsure = told.add_parser("suggest", help="merges and splits worth a look")
    _of_database(unsure, developments.suggest)
    unsure.add_argument("--limit", type=_number(), default=50, metavar="N")
    merge = _of_database(told.add_parser("merge", help="two are one"), developments.merge)
    merge.add_argument("into", type=_number(), metavar="INTO", help="the development that stays")
    merge.add_argument("other", type=_number(), metavar="OTHER")
    split = _of_database(told.add_parser("split", help="some are another"), developments.split)
    split.add_argument("id", type=_number(), metavar="ID")
    split.add_argument("stories", type=_number(), nargs="+", metavar="STORY")
    for ruling in (merge, split):
        ruling.add_argument("--reason", default="", metavar="TEXT")
    undo = _of_database(told.add_parser("undo", help="take a ruling back"), developments.undo)
    undo.add_argument("ruling", type=_number(), metavar="RULING")
    _of_database(
        told.add_parser("refit", help="learn from what editors merged and split"),
        developments.refit,
    )


def _drafts_verbs(verbs: Verbs) -> None:
    drafts = _group(verbs, "drafts", "instalments and their items")
    listing = _of_database(drafts.add_parser("list"), asking.drafts_list)
    listing.add_argument("slug", nargs="?", metavar="SLUG")
    show = _of_database(drafts.add_parser("show"), asking.drafts_show)
    show.add_argument("slug", metavar="SLUG")
    show.add_argument("--instalment", type=_number(), metavar="N")
    show.add_argument("--format", choices=("json", "markdown", "html"), default="markdown")
    out = _of_database(
        drafts.add_parser("export", help="an approved instalment for other systems"),
        exporting.export,
    )
    out.add_argument("slug", metavar="SLUG")
    out.add_argument("--instalment", type=_number(), metavar="N", required=True)
    out.add_argument("--form", choices=sorted(FORMS), required=True)


def _backtest_verb(verbs: Verbs) -> None:
    from cli import backtest  # noqa: PLC0415  # brings the workers along

    told = "the instalment of a past window, from what is stored; nothing is written"
    past = _of_database(verbs.add_parser("backtest", help=told), backtest.backtest)
    past.add_argument("slug", metavar="SLUG")
    past.add_argument("--from", dest="since", metavar="DATE", help="what arrived after")
    past.add_argument("--to", dest="until", metavar="DATE", help="and by then")
    past.add_argument("--cut-off", metavar="DATE", help="the series' own window that ends then")
    past.add_argument("--format", choices=("json", "markdown"), default="markdown")


def _series_verbs(verbs: Verbs) -> None:
    series = _group(verbs, "series", "the recurring series")
    export = _of_database(
        series.add_parser("export", help="its definition in force, as a file"), of_series.export
    )
    export.add_argument("slug")
    _of_database(series.add_parser("list"), asking.series_list)
    check = series.add_parser("check", help="is this definition right?")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=lambda args: files.check_series(args.files, json=args.json))
    shown = _of_database(
        series.add_parser("show", help="its model, its recall, what waits for review"),
        of_series.show,
    )
    shown.add_argument("slug", metavar="SLUG")
    replay = _of_database(
        series.add_parser("replay", help="what a definition would have matched"), of_series.replay
    )
    replay.add_argument("slug", metavar="SLUG")
    replay.add_argument("--days", type=_number(36_500), required=True, metavar="N")
    replay.add_argument("--definition", metavar="FILE", help="instead of the one in force")
    again = _of_database(
        series.add_parser("rematch", help="match all stored stories again"), of_series.rematch
    )
    again.add_argument("slug", metavar="SLUG")
    review = _of_database(
        series.add_parser("review", help="say whether an ignored story belongs"), of_series.review
    )
    review.add_argument("slug", metavar="SLUG")
    review.add_argument("story", type=_number(), metavar="STORY")
    review.add_argument("word", choices=("yes", "no"))


def _setaside_verbs(verbs: Verbs) -> None:
    aside = _group(verbs, "setaside", "what could not be processed")
    listing = _of_database(aside.add_parser("list"), asking.setaside_list)
    listing.add_argument("--all", action="store_true", help="also what has been dealt with")
    _of_database(aside.add_parser("show"), asking.setaside_show).add_argument("id", type=_number())
    replay = _of_database(aside.add_parser("replay"), asking.setaside_replay)
    replay.add_argument(
        "ids", type=_number(), nargs="*", metavar="ID", help="all, if none is given"
    )


def _users_verbs(verbs: Verbs) -> None:
    users = _group(verbs, "users", "who may sign in at the desk")
    add = _of_database(users.add_parser("add"), people.add)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=ROLES, default="editor")
    add.add_argument("--display", metavar="NAME", default="", help="the name as others read it")
    add.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    add.add_argument(
        "--no-password", action="store_true", help="a machine, or known to the sign-in provider"
    )
    _of_database(users.add_parser("list"), people.listing)
    for name, run in (
        *(("disable", people.disable), ("enable", people.enable)),
        ("sign-out", people.sign_out),
    ):
        _of_database(users.add_parser(name), run).add_argument("name", metavar="NAME")
    password = _of_database(users.add_parser("password"), people.password)
    password.add_argument("name", metavar="NAME")
    password.add_argument("--password-stdin", action="store_true", help="as above")
    mail = _of_database(users.add_parser("mail", help="where the desk writes to"), people.mail)
    mail.add_argument("name", metavar="NAME")
    mail.add_argument("address", metavar="ADDRESS", nargs="?", default="", help="left out: none")
    role = _of_database(users.add_parser("role"), people.role)
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=(*ROLES, "none"), help="none: as for all series")
    role.add_argument("--series", metavar="SLUG", default=EVERYWHERE, help="for that one alone")


def _tokens_verbs(verbs: Verbs) -> None:
    tokens = _group(verbs, "tokens", "what machines may do through the API")
    add = _of_database(tokens.add_parser("add"), people.tokens_add)
    add.add_argument("name", metavar="NAME", help="what it is for")
    add.add_argument("--owner", metavar="USER", required=True, help="on whose behalf it acts")
    add.add_argument("--may", action="append", choices=GRANTABLE, help="beside read; repeatable")
    add.add_argument("--series", action="append", metavar="SLUG", help="repeatable; usual: all")
    add.add_argument("--days", type=_number(LONGEST.days), default=USUAL.days)
    _of_database(tokens.add_parser("list"), people.tokens_list)
    revoke = _of_database(tokens.add_parser("revoke"), people.tokens_revoke)
    revoke.add_argument("id", type=_number(), metavar="ID")


def _group(verbs: Verbs, name: str, told: str) -> Verbs:
    group = verbs.add_parser(name, help=told)
    return group.add_subparsers(title="what", metavar="WHAT", required=True)


def _of_database(
    parser: ArgumentParser, run: Callable[[Namespace, Engine], int], *, may_make: bool = False
) -> ArgumentParser:
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", metavar="DIR", help="a database that `play` or `demo` kept there")
    parser.add_argument("--database", metavar="URL", help="instead of SERIESWATCH_DATABASE_URL")

    def ask(args: Namespace) -> int:
        with _database(args, may_make=may_make) as engine:
            return run(args, engine)

    parser.set_defaults(run=ask)
    return parser


@contextmanager
def _database(args: Namespace, *, may_make: bool = False) -> Iterator[Engine]:
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


def _number(most: int = 2**63 - 1) -> Callable[[str], int]:
    """Reads a whole number from 1, as ids are in the database; anything else is wrong usage."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = 0
        if not 1 <= number <= most:
            raise ArgumentTypeError(f"{text!r} must be a whole number from 1 to {most}")
        return number

    return read


def _seconds(least: int, most: int) -> Callable[[str], int]:
    """Reads a whole number of seconds within these bounds; anything else is wrong usage."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and least <= int(text[:9]) <= most:
            return int(text)
        raise ArgumentTypeError(f"{text!r} must be a whole number of seconds, {least} to {most}")

    return read


def _first_line(problem: DBAPIError | PoolTimeout) -> str:
    said = getattr(problem, "orig", None) or problem
    return str(said).partition("\n")[0].strip().rstrip(".")


def _say(sentence: str) -> None:
    print(f"serieswatch: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
