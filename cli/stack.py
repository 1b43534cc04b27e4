"""The whole product on one machine: embedded servers, beat, workers and desk, ended together."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil

from cli import embedded
from cli.leaving import signals_as_exit
from cli.output import tell
from cli.supervisor import CannotStart, Program
from config.settings import environment, override
from pipeline.records import Request
from store import users
from store.session import engine, transaction
from workers.http import Http

USUAL_PORT = 8080
FETCHERS = 8  # threads that poll
ENDS = "SERIESWATCH_END_SECONDS"
END_SECONDS = 4.0  # whoever presses Ctrl-C waits for it: shorter than usual
MARGIN = 12.0  # seconds more until a process that does not end is forced


@dataclass(slots=True)
class Running:
    """The servers, and the processes started on them."""

    servers: embedded.Servers
    logs: Path
    scratch: Path  # for what nobody needs afterwards: it goes, however we end
    desk_url: str = ""
    sign_in: tuple[str, str] | None = None  # name and password, where we made them

    def start_processes(self, *, parsers: int, desk: bool, port: int | None) -> None:
        """Start beat, the workers and, if asked for, the desk, as they run in production."""
        self._start("fetch", "worker", "--kind", "fetch", "--concurrency", str(FETCHERS))
        self._start("parse", "worker", "--kind", "parse", "--concurrency", str(parsers))
        self._start("beat", "beat")
        if desk:
            self._make_sign_in()
            self._start_desk([port] if port else [free_port(USUAL_PORT), free_port(), free_port()])

    def _make_sign_in(self) -> None:
        with transaction() as session:
            if not users.everyone(session):
                password = "-".join(secrets.token_hex(2) for _ in range(4))
                users.add(session, name="editor", password=password, role="chief")
                self.sign_in = ("editor", password)

    def _start_desk(self, ports: Sequence[int]) -> None:
        """Start it on the first of these ports: one that was free may be somebody's by now."""
        port, *others = ports
        override(desk_port=str(port))
        self.desk_url = f"http://127.0.0.1:{port}/"
        client = Http(allow_inside=(f"127.0.0.1/32:{port}",), deadline=2, retry_wait=0)
        health = Request(url=f"{self.desk_url}healthz", headers={})
        try:
            self._start(
                "desk",
                "desk",
                # Another stack's desk would answer there just as well.
                ready=lambda: self._has_port(port) and client.get(health).status == HTTPStatus.OK,
            )
        except CannotStart:
            if not others:
                raise
            self._start_desk(others)

    def _has_port(self, port: int) -> bool:
        """Whether our desk listens there."""
        with suppress(psutil.Error, KeyError):
            desk = psutil.Process(self.servers.supervisor.pids()["desk"])
            mine = (c for c in desk.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
            return port in {connection.laddr.port for connection in mine}
        return False

    def _start(self, name: str, *verb: str, ready: object = None) -> None:
        told = environment().get(ENDS, str(END_SECONDS))
        program = Program(
            name=name,
            argv=(sys.executable, "-m", "cli.main", *verb),
            # A worker that is killed leaves what it had in its directory for temporary files.
            env=environment() | {"TMPDIR": str(self.scratch), ENDS: told},
            # Longer than a worker takes to finish what is in hand, or to hand it back.
            patience=float(told) + MARGIN,
        )
        self.servers.supervisor.start(program, ready=ready)  # type: ignore[arg-type]  # a callable, or None

    def ring(self, task: str) -> None:
        """Ring now for what beat or the sweep would ring for in a while."""
        from workers import tasks  # noqa: PLC0415  # reads the settings, known only by now

        tasks.ring_once(getattr(tasks, task))

    def check(self) -> None:
        """Raise if a process could not be kept running."""
        self.servers.supervisor.check()

    def wait(self) -> None:
        """Wait until a signal ends us, or a process cannot be kept running."""
        while True:
            self.servers.supervisor.wait(3600)

    def welcome(self) -> str:
        """Where the desk is, and how to sign in."""
        if self.sign_in is None:
            return f"The desk: {self.desk_url}  (sign in as before)"
        name, password = self.sign_in
        return f"The desk: {self.desk_url}  sign in as {name} with {password}"


@contextmanager
def servers(keep: str | None, database: str | None = None) -> Iterator[Running]:
    """Embedded servers on a kept or throwaway directory; settings point there meanwhile.

    `database` names a PostgreSQL to use instead of the embedded one. Ctrl-C, SIGTERM and a closed
    terminal end everything in order.
    """
    with ExitStack() as ending:
        ending.enter_context(signals_as_exit())
        scratch = ending.enter_context(embedded.temporary_directory())
        directory = Path(keep) if keep else scratch
        started = ending.enter_context(embedded.servers(directory))
        started.supervisor.remove_if_killed(scratch)
        for line in started.what:
            tell(line)
        override(database_url=database or started.database_url, broker_url=started.broker_url or "")
        engine.cache_clear()
        ending.callback(lambda: engine().dispose())
        yield Running(started, directory / "log", scratch)


def free_port(wanted: int = 0) -> int:
    """The port wanted if nobody has it at the moment, else any that is free."""
    try:
        with HTTPServer(("127.0.0.1", wanted), BaseHTTPRequestHandler) as server:
            return server.server_address[1]
    except OSError:
        if not wanted:
            raise
        return free_port()
