"""`play` and `demo`: the whole product on recorded feeds, its clock running on their times."""

import secrets
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

from sqlalchemy import Engine

from cli import stack
from cli.embedded import temporary_directory
from cli.measure import Meter
from cli.origin import DOMAIN, Origin, address, origin
from cli.output import Progress, print_json, tell
from cli.recording import Recording, Step, read_recording
from cli.sample.newsroom import FEEDS, write_newsroom
from cli.seeding import catalogue_outlets, definitions
from config.settings import override, settings
from pipeline.errors import BadInput, SerieswatchError, UnreadableFeed
from pipeline.parse import parse
from pipeline.records import Answer, Outlet, OutletFeed
from store import clock, drafts, feeds, schema, seed, series, setaside, stories, users, waiting, work
from store.models import FeedRow
from store.session import engine, transaction

SHARED_HOSTS = ("feedburner.com", "googleapis.com", "google.com")  # many outlets' feeds under one
LEASE_SECONDS = "60"  # a replay is watched: a killed worker's rows come back after this
PATIENCE = 300  # seconds without any progress before a replay is given up
SECOND = Event()  # never set: waiting on it is a pause


def play(args: Namespace) -> int:
    """Serve recorded feeds and run the whole product on them."""
    recording = read_recording(Path(args.dir))
    outlets = _outlets(recording)
    return _run(args, recording, outlets, [Path(file) for file in args.series or ()])


def demo(args: Namespace) -> int:
    """Play the bundled sample newsroom."""
    args.series, args.database, args.workers = None, None, None
    with temporary_directory() as directory:
        tell("Writing the sample newsroom: invented outlets, invented stories.")
        newsroom = directory / "newsroom"
        write_newsroom(newsroom)
        outlets = {
            feed.folder: Outlet(
                key=feed.folder,
                name=feed.outlet,
                kind=feed.kind,
                homepage=feed.url,
                language=feed.language,
            )
            for feed in FEEDS
        }
        return _run(args, read_recording(newsroom), outlets, ())


def _run(
    args: Namespace, recording: Recording, outlets: Mapping[str, Outlet], files: Sequence[Path]
) -> int:
    chosen = definitions(files)
    with origin() as source, Meter() as meter:
        told = _told(source)
        with stack.servers(keep=args.keep, database=args.database) as running:
            override(database_url=running.database_url, broker_url=running.broker_url, **told)
            began = monotonic()
            before = _prepare(outlets, chosen)
            running.start_processes(parsers=args.workers or 2, desk=not args.once, port=args.port)
            if not args.once:
                _welcome(running.desk_url)
            _play_all(recording, source, running)
            meter.sample()
            summary = _summary(recording, before)
            summary |= {
                "seconds": round(monotonic() - began, 2),
                "cpu_seconds": round(meter.cpu_seconds, 2),
                "peak_rss_mb": round(meter.peak_rss_mb, 1),
            }
            _print_summary(summary, as_json=args.json)
            if not args.once:
                tell("Everything is played. The desk stays open: Ctrl-C ends it.")
                running.wait()
    return 0


def _told(source: Origin) -> dict[str, str]:
    """What the processes of a replay are told besides where their servers are."""
    given = settings_given()
    return {
        "allow_inside": f"127.0.0.0/8:{source.port}",
        "connect_to": source.connect_to,
        "recorded_clock": "yes",
        "dispatch_seconds": "1",
        "sweep_seconds": given.get("sweep_seconds", "5"),
        "lease_seconds": given.get("lease_seconds", LEASE_SECONDS),
    }
