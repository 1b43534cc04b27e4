"""`reprocess`: the archive through the steps again, to tell what today's rules change, or do it.

Without --apply nothing of the database is touched: the steps run on a copy of it, made for that on
the same server and dropped again. So what is told is what --apply would do.
"""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from cli import backup
from cli.dumping import tools_for
from cli.output import Progress, print_json, tell
from cli.who import who
from config.settings import override, settings
from pipeline.errors import BadInput
from store import audit, rereading, snapshots
from store import session as sessions
from store.session import transaction
from workers import flow, reprocessing

NAMED = 3  # things named of a story and area, for people


def reprocess(args: Namespace, engine: Engine) -> int:
    """Read everything since then again; print what changes, story by story, and all together."""
    since = _moment(args.since)
    if args.apply:
        with _as_own(settings().database_url):
            totals = _run(since, as_json=args.json)
            with transaction() as session:
                audit.note(
                    session,
                    actor=who(),
                    action="reprocess",
                    subject_kind="database",
                    subject_id=since.isoformat(),
                    detail=asdict(totals),
                )
    else:
        with _copy(engine) as url, _as_own(url):
            totals = _run(since, as_json=args.json)
    _print(totals, since, is_applied=args.apply, as_json=args.json)
    return 0


def _moment(given: str) -> datetime:
    """The time somebody typed; a day begins at midnight UTC."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as problem:
        raise BadInput(
            f"{given!r} is no date: write 2026-03-09, or 2026-03-09T06:00+01:00"
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _run(since: datetime, *, as_json: bool) -> reprocessing.Totals:
    with transaction() as session:
        documents, stories = rereading.totals(session, since)
    progress = Progress(documents + stories, "documents and stories")

    def changed(change: reprocessing.Change) -> None:
        if as_json:
            print_json({"story": change.story, "title": change.title, "changes": change.areas})
            return
        print(f"story {change.story}: {change.title}")
        for area, how in change.areas.items():
            for sign, said in (("+", how["gained"]), ("-", how["lost"])):
                for one in said[:NAMED]:
                    print(f"    {sign} {area}: {one[:100]}")

    totals = reprocessing.run(
        since,
        settings(),
        changed=changed,
        told=lambda so_far: progress.at(so_far.documents + so_far.stories),
    )
    progress.close()
    return totals


def _print(
    totals: reprocessing.Totals, since: datetime, *, is_applied: bool, as_json: bool
) -> None:
    if as_json:
        print_json({"since": since, "applied": is_applied} | asdict(totals))
        return
    areas = "; ".join(
        f"{area} of {n['stories']} stories (+{n['gained']} -{n['lost']})"
        for area, n in totals.areas.items()
    )
    print(
        f"{totals.documents} documents read again ({totals.unreadable} cannot be read), "
        f"{totals.new_stories} new stories, {totals.changed_versions} worded anew; "
        f"{totals.changed_stories} of {totals.stories} stories "
        f"{'changed' if is_applied else 'would change'}{': ' if areas else '.'}{areas}"
    )
    if not is_applied:
        tell("Nothing was written: add --apply to do it.")


@contextmanager
def _as_own(url: str) -> Iterator[None]:
    """Let the steps work on that database."""
    before = settings().database_url
    override(database_url=url)
    sessions.engine.cache_clear()
    flow.forget()
    try:
        yield
    finally:
        sessions.engine().dispose()
        override(database_url=before)
        sessions.engine.cache_clear()
        flow.forget()


@contextmanager
def _copy(engine: Engine) -> Iterator[str]:
    """A copy of the database as it is at this moment, on the same server; it goes again."""
    tell("Copying the database, so that nothing of it is touched.")
    with TemporaryDirectory(prefix="serieswatch-") as place:
        file = Path(place) / "now.dump"
        with engine.connect() as connection:
            tools = tools_for(connection)
        with snapshots.exported(engine) as moment:
            tools.dump(engine.url, snapshot=moment.name, into=file)
        with backup.trial(tools, file, engine) as copy:
            file.unlink()
            with transaction(copy) as session:
                snapshots.revive(session, of="a copy")
            yield copy.url.render_as_string(hide_password=False)
