"""The built-in origin of `play`: serves each feed's document of the moment on loopback."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from urllib.parse import quote, unquote, urlsplit

from cli.origin.server import Asked, Reply, serving

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

    def answer(self, asked: Asked) -> Reply:
        """The current document, or 304 to whoever has it already."""
        feed = unquote(urlsplit(asked.path).path.strip("/").removesuffix("/feed"))
        current = self.current(feed)
        if current is None:
            return Reply(status=HTTPStatus.NOT_FOUND)
        headers = {
            "ETag": current.etag,
            "Last-Modified": current.last_modified,
            # Recorded feeds come without their headers: the document must say its own charset.
            "Content-Type": "application/xml",
        }
        if asked.headers.get("if-none-match") == current.etag:
            return Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Reply(headers=headers, body=current.body)


def address(feed: str) -> str:
    """Where a recorded feed is polled: the same in every run, so that its stories stay the same."""
    return f"http://{DOMAIN}/{quote(feed, safe='')}/feed"  # a folder may be called anything


@contextmanager
def origin() -> Iterator[Origin]:
    """A running origin on a free loopback port; stopped when the block ends."""
    state = Origin()
    with serving(state.answer) as port:
        state.port = port
        yield state
