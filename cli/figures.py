"""`/metrics` of a process of ours: how it fares itself, and of one kind what rows say of the house.

Served from a thread on a port of its own, for a network that only we and Prometheus are on: there
is no sign-in. It asks the database by an engine of its own, since a pool of processes may be forked
at any moment.
"""

import shutil
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from threading import Lock, Thread
from time import monotonic, time
from typing import Any

import psutil
import uvicorn
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from config.settings import Settings
from pipeline import __version__
from store import gauges
from store.exposition import FORMAT, Family, Sample, histogram, said, text_format
from store.session import make_engine, transaction

Source = Callable[[], Iterable[Family]]
STARTED = time()


def serve(role: str, told: Settings, *sources: Source, rows: bool = False) -> None:
    """Serve the figures of this process, if it was given a port; returns at once."""
    if told.metrics_port:
        server = _server(role, told, sources, rows=rows)
        Thread(target=server.run, name="metrics", daemon=True).start()


def serve_rows(told: Settings) -> None:
    """Serve what rows say, and nothing else, until ended."""
    _server("metrics", told, (), rows=True).run()


def _server(role: str, told: Settings, sources: Iterable[Source], *, rows: bool) -> uvicorn.Server:
    app = application(role, told, sources, make_engine(told.database_url, pool_size=1), rows=rows)
    settled = uvicorn.Config(
        app,
        host=told.metrics_host,
        port=told.metrics_port or 9100,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    return uvicorn.Server(settled)


def application(
    role: str, told: Settings, sources: Iterable[Source], on: Engine, *, rows: bool
) -> Starlette:
    """The two pages: /metrics, and /healthz for whoever asks only whether it is there."""
    one_at_a_time = Lock()  # two scrapes at once cost the database no more than one
    sources = tuple(sources)

    def metrics(_: Request) -> Response:
        with one_at_a_time:
            families = [*of_process(role, told, on)]
            for source in sources:
                families += source()
            if rows:
                begun = monotonic()
                with transaction(on) as session:
                    body = text_format(gauges.families(session))
                took = [("", round(monotonic() - begun, 4))]
                what = "How long it took to ask the rows."
                families.append(Family("scrape_seconds", "gauge", what, took))
                return PlainTextResponse(body + text_format(families), media_type=FORMAT)
        families.append(_build())
        return PlainTextResponse(text_format(families), media_type=FORMAT)

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(routes=[Route("/metrics", metrics), Route("/healthz", healthz)])


def _build() -> Family:
    version = said(("version",), (__version__,))
    return Family("build_info", "gauge", "This version.", [(version, 1)])


def of_process(role: str, told: Settings, on: Engine) -> Iterator[Family]:
    """Memory, CPU, clock and disk as this process sees them."""
    own = psutil.Process()
    family = [own, *own.children(recursive=True)]
    memory, seconds = 0, 0.0
    for process in family:
        try:
            memory += process.memory_info().rss
            seconds += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue  # it has ended since; the next scrape has its successor
    skew = _skew(on)
    named = said(("role",), (role,))
    for name, kind, what, value in (
        ("process_start_timestamp_seconds", "gauge", "When it was started.", STARTED),
        ("process_memory_bytes", "gauge", "Memory of it and its children.", memory),
        ("process_cpu_seconds_total", "counter", "CPU it and its living children used.", seconds),
        ("process_children", "gauge", "Processes below it.", len(family) - 1),
        ("process_threads", "gauge", "Its own threads.", own.num_threads()),
        ("database_up", "gauge", "1 if the database answered it just now.", int(skew is not None)),
        ("clock_skew_seconds", "gauge", "Its clock, less the database's.", skew),
    ):
        yield Family(name, kind, what, [(named, value)])
    disks = {place: shutil.disk_usage(place) for place in told.disks}
    for name, what, column in (
        ("disk_free_bytes", "Room left on the disk of that path.", "free"),
        ("disk_size_bytes", "Room there is in all.", "total"),
    ):
        yield Family(
            name,
            "gauge",
            what,
            [
                (said(("role", "path"), (role, place)), getattr(disk, column))
                for place, disk in disks.items()
            ],
        )


def _skew(on: Engine) -> float | None:
    """This clock less the database's, by the middle of a round trip; None without an answer."""
    try:
        with on.connect() as connection:
            before = time()
            asked = text("SELECT extract(epoch FROM clock_timestamp())::float8")
            there = float(connection.execute(asked).scalar_one())
            return round((before + time()) / 2 - there, 3)
    except SQLAlchemyError:
        return None


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)


class CountedPages:
    """The desk's pages, with how many were asked for, how they ended and how long they took."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._times: dict[str, list[int]] = {}
        self._total: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and count it."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        begun, status = monotonic(), "5xx"

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        try:
            await self._pages(scope, receive, sent)
        finally:
            took = monotonic() - begun
            times = self._times.setdefault(status, [0] * (len(SECONDS) + 1))
            times[sum(took > most for most in SECONDS)] += 1
            self._total[status] = self._total.get(status, 0.0) + took

    def families(self) -> Iterator[Family]:
        """The counts as metrics."""
        samples: list[Sample] = []
        for status, times in sorted(self._times.items()):
            labels = said(("status",), (status,))
            samples += histogram(labels, SECONDS, list(times), self._total[status])
        yield Family("desk_request_seconds", "histogram", "The desk's answers.", samples)
