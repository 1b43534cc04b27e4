"""The built-in origin of `play`: serves each feed's document of the moment on loopback."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import quote, unquote, urlsplit

DOMAIN = "recorded.example"  # nobody's name: what is asked of it comes to the origin


@dataclass(frozen=True, slots=True)
class Current:
    """What a feed's address gives at the moment."""

    body: bytes
    etag: str
    last_modified: str

    @staticmethod
    def of(document: Path, moment: datetime | None) -> "Current":
        """A recorded document as a server would give it."""
        body = document.read_bytes()
        changed = moment or datetime.fromtimestamp(document.stat().st_mtime, UTC)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return Current(body, etag, format_datetime(changed.replace(microsecond=0), usegmt=True))


@dataclass(slots=True)
class Origin:
    """The current document of each feed: read by the server's threads while `play` moves it on."""

    port: int = 0
    _current: dict[str, Current] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def connect_to(self) -> str:
        """The setting that leads a worker asking for `recorded.example` here."""
        return f"{DOMAIN}=127.0.0.1:{self.port}"

    def serve(self, feed: str, document: Path, moment: datetime | None) -> str:
        """Make this the feed's current document; gives the sha256 of its bytes."""
        current = Current.of(document, moment)
        with self._lock:
            self._current[feed] = current
        return hashlib.sha256(current.body).hexdigest()

    def current(self, feed: str) -> Current | None:
        """The current document of a feed, None before its first."""
        with self._lock:
            return self._current.get(feed)


def address(feed: str) -> str:
    """Where a recorded feed is polled: the same in every run, so that its stories stay the same."""
    return f"http://{DOMAIN}/{quote(feed, safe='')}/feed"  # a folder may be called anything


@contextmanager
def origin() -> Iterator[Origin]:
    """A running origin on a free loopback port; stopped when the block ends."""
    state = Origin()
    handler = type("Handler", (_Handler,), {"origin": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    origin: Origin
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the name http.server asks for
        """Answer with the current document, or 304 to whoever has it already."""
        feed = unquote(urlsplit(self.path).path.strip("/").removesuffix("/feed"))
        current = self.origin.current(feed)
        if current is None:
            self._answer(HTTPStatus.NOT_FOUND, b"")
        elif self.headers.get("If-None-Match") == current.etag:
            self._answer(HTTPStatus.NOT_MODIFIED, b"", current)
        else:
            self._answer(HTTPStatus.OK, current.body, current)

    def _answer(self, status: HTTPStatus, body: bytes, current: Current | None = None) -> None:
        self.send_response(status)
        if current is not None:
            self.send_header("ETag", current.etag)
            self.send_header("Last-Modified", current.last_modified)
            # Recorded feeds come without their headers: the document must say its own charset.
            self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the poller logs its polls."""
