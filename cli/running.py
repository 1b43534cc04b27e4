"""One process or step each, as compose runs them: worker, beat, desk, migrate, seed."""

import gc
import os
import signal
import sys
from argparse import Namespace
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from cli.output import print_json, tell
from cli.seeding import seed_all
from config.logs import configure_logs
from config.settings import Settings, settings
from pipeline.errors import SerieswatchError
from store import roles, schema
from store.session import engine, make_engine, transaction

if TYPE_CHECKING:
    from workers.http import Http

PATIENCE = 60  # seconds a process waits for the database, and for migrate to have run


def up(args: Namespace) -> int:
    """The whole product on config's feeds, until it is ended."""
    from cli import stack  # noqa: PLC0415  # starts servers, which the processes below must not

    keep = args.keep or str(Path.home() / ".local" / "share" / "serieswatch")
    with stack.servers(keep) as running:
        schema.migrate(engine())
        seeded = seed_all(engine())
        tell(f"{seeded.feeds} feeds are followed, {seeded.new_feeds} of them new.")
        running.start_processes(parsers=os.cpu_count() or 2, desk=True, port=args.port)
        tell(running.welcome())
        tell(f"Everything is kept in {keep}. Ctrl-C ends it.")
        running.wait()
    return 0


def worker(args: Namespace) -> int:
    """One worker of one kind: fetching on threads, parsing in processes that can be killed."""
    _end_in_order()
    _wait_for_tables()
    from cli import figures  # noqa: PLC0415  # most verbs serve nothing
    from workers import alive  # noqa: PLC0415  # as below
    from workers.app import QUEUES, app, end_in_time  # noqa: PLC0415  # needs a broker, which other verbs do not
    from workers.counted import COUNTS  # noqa: PLC0415  # as above
    from workers.knowledge import knowledge  # noqa: PLC0415  # as above
    from workers.tasks import http  # noqa: PLC0415  # as above

    # Made now, so that what it cannot read stops the worker, and not every poll or story.
    if args.kind == "fetch":
        http()
    else:
        knowledge()  # and so that the pool's children have it from the start, and share it
        gc.freeze()

    told = settings()
    alive.tick_in_rows(args.kind, make_engine(told.database_url, pool_size=1))
    figures.serve(args.kind, told, COUNTS.families)
    watch = end_in_time(told)
    pool, usual = {"fetch": ("threads", 16), "parse": ("prefork", os.cpu_count() or 2)}[args.kind]
    app.worker_main(
        [
            "worker",
            f"--queues={','.join(QUEUES[args.kind])}",
            f"--pool={pool}",
            f"--concurrency={args.concurrency or usual}",
            f"--hostname={args.kind}-{os.getpid()}@%h",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=INFO",
        ]
    )
    watch.over()
    return 0


def beat(_: Namespace) -> int:
    """The clock: rings dispatch and sweep. Two of them do no harm."""
    _end_in_order()
    _wait_for_tables()
    from cli import figures  # noqa: PLC0415  # most verbs serve nothing
    from workers.app import app, waiting_bells  # noqa: PLC0415  # needs a broker, which other verbs do not

    figures.serve("beat", settings(), waiting_bells)
    app.start(["beat", "--loglevel=INFO", "--pidfile="])
    return 0


def desk(_: Namespace) -> int:
    """The editors' pages."""
    import uvicorn  # noqa: PLC0415  # only this verb serves pages

    from cli import figures  # noqa: PLC0415  # as above
    from desk.app import create_app  # noqa: PLC0415  # as above
    from desk.pages import read_all  # noqa: PLC0415  # as above

    _end_in_order()
    told = settings()
    configure_logs(told.log_format, secrets=told.secrets)
    _wait_for_tables()
    app = create_app(told, client=_provider_client(told))
    read_all()
    # What there is by now stays as long as the process: it is not to be walked again and again.
    gc.collect()
    gc.freeze()
    pages = figures.CountedPages(app)
    figures.serve("desk", told, pages.families)
    uvicorn.run(
        pages,
        host=told.desk_host,
        port=told.desk_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # desk/safety.py reads them, of the proxies that the settings name
        timeout_graceful_shutdown=int(told.end_seconds) or 1,
    )
    return 0


def _provider_client(told: Settings) -> "Http | None":
    """What asks the sign-in provider, if one is set: the house's one client, with its guard."""
    if not told.oidc_issuer:
        return None
    from workers.http import Http  # noqa: PLC0415  # the desk mostly needs none

    return Http(
        deadline=10,
        body_cap=1_000_000,
        allow_inside=told.allow_inside,
        connect_to=told.connect_to,
        ca_file=told.oidc_ca_file or None,
    )


def metrics(_: Namespace) -> int:
    """What rows say, for Prometheus: asked by a role that may only read."""
    from cli import figures  # noqa: PLC0415  # most verbs serve nothing

    _end_in_order()
    told = settings()
    configure_logs(told.log_format, secrets=told.secrets)
    _wait_for_tables()
    figures.serve_rows(told)
    return 0


def migrate(args: Namespace, on: Engine) -> int:
    """Bring the tables up to date."""
    before, after = schema.migrate(on, step_seconds=args.step_seconds, said=tell)
    if args.json:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"The tables are at {after} already.")
    else:
        print(f"The tables are at {after} now (before: {before or 'none'}).")
    return 0


def grant_roles(args: Namespace, on: Engine) -> int:
    """Give the application and the reader the rights they need, as the owner of the tables."""
    granted = []
    for place in (args.application, args.reader):
        try:
            granted.append(roles.role_of(Path(place).read_text(encoding="utf-8")))
        except OSError as problem:
            raise SerieswatchError(f"{place} cannot be read: {problem.strerror}") from problem
    application, reader = granted
    with transaction(on) as session:
        roles.grant(session, application=application, reader=reader)
    if args.json:
        print_json({"application": application.name, "reader": reader.name})
    else:
        print(f"{application.name} may work on rows, {reader.name} may look at them.")
    return 0


def seed(args: Namespace, on: Engine) -> int:
    """Bring config's feeds and series into the tables."""
    seeded = seed_all(on)
    if args.json:
        print_json(
            {
                "outlets": seeded.outlets,
                "feeds": seeded.feeds,
                "new_feeds": seeded.new_feeds,
                "series": seeded.series,
                "new_definitions": seeded.new_definitions,
                "kept": seeded.kept,
            }
        )
        return 0
    changed = ", ".join(seeded.new_definitions) or "none"
    print(
        f"{seeded.outlets} outlets with {seeded.feeds} feeds ({seeded.new_feeds} new), "
        f"{seeded.series} series (changed: {changed})."
    )
    for key in seeded.kept:
        print(
            f"{key}: what was written at the desk stays in force; config/series says something "
            f"else. Compare on its page, or with `serieswatch series export {key}`."
        )
    return 0


def _end_in_order() -> None:
    """Let SIGTERM be an end like any other: before a server takes it over, and once it is done.

    uvicorn ends itself by the signal at last, which to whoever asked would look like a failure.
    SIGHUP, of a terminal that closes, is SIGTERM by another name; `nohup` is respected.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _wait_for_tables() -> None:
    """Return once the database answers and its tables fit this code. Raises when they never do."""
    give_up = monotonic() + PATIENCE
    pause = Event()
    while True:
        try:
            found = schema.version(engine())
            if found == schema.head() or (settings().newer_tables and schema.is_newer(found)):
                return
            why = f"its tables are at {found or 'nothing'}, this version needs {schema.head()}"
        except OperationalError as problem:
            why = str(problem.orig).partition("\n")[0]
        if monotonic() > give_up:
            raise SerieswatchError(
                f"the database is not ready after {PATIENCE} s: {why}. "
                "Is it running, and did `serieswatch migrate` run?"
            )
        tell(f"waiting for the database: {why}")
        pause.wait(2)
