"""A publisher's server on loopback: answers as it is told, well, badly, slowly or not at all.

It holds no opinion: `serving` is given a function from what was asked to a `Reply`, and the reply's
manner says how the bytes go out. `play`, the demo, the tests and the benchmarks share it.
"""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from threading import Event, Thread
from typing import Any, Literal

import brotli

Manner = Literal[
    "plain",  # as it should be
    "chunked",  # in pieces, its length not told before
    "gzip",  # packed
    "silent",  # takes the question and never answers
    "close",  # takes the question and hangs up
    "drip",  # a byte every so often
    "cut",  # hangs up in the middle of what it promised
    "gzip bomb",  # gigabytes of nothing, packed small
    "br bomb",
]
PATIENCE = 60.0  # seconds; then even a silent server, or one that drips, hangs up
BETWEEN_DRIPS = 10.0  # seconds: too often for a limit on one read to notice
BOMB = 2**31  # bytes, unpacked
_PIECE = bytes(2**20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: for which host, for which path with its query, and its headers."""

    host: str
    path: str
    headers: Mapping[str, str]  # names in lower case; of several with one name the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer, and in which manner."""

    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    manner: Manner = "plain"


@contextmanager
def serving(
    answer: Callable[[Asked], Reply],
    *,
    between_drips: float = BETWEEN_DRIPS,
    patience: float = PATIENCE,
) -> Iterator[int]:
    """A server on a free port of 127.0.0.1, which is given; stopped when the block ends.

    `answer` is called by several threads at once. `patience` is in seconds: how long it keeps a
    client waiting whom it treats badly.
    """
    closing = Event()

    class Handler(_Handler):
        ask = staticmethod(answer)
        over = closing
        pause = between_drips
        longest = patience

    server = _Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # or a crowd of clients waits a second for its second knock

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # the library's signature
        if not isinstance(sys.exc_info()[1], OSError):  # clients do hang up on us
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    ask: Callable[[Asked], Reply]
    over: Event
    pause: float
    longest: float
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second must not wait

    def do_GET(self) -> None:  # the name http.server asks for
        """Answer as the server is told."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host", "").partition(":")[0]
        reply = self.ask(Asked(host=host, path=self.path, headers=headers))
        self._manners[reply.manner](self, reply)

    def log_message(self, *_: object) -> None:
        """Say nothing: whoever answers can count."""

    def _start(self, reply: Reply, **more: str) -> None:
        self.send_response_only(reply.status)
        given = {name.replace("_", "-"): value for name, value in more.items()}
        date = {"Date": self.date_time_string()}  # the reply may bring a clock of its own
        for name, value in {**date, **given, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _plain(self, reply: Reply) -> None:
        self._start(reply, Content_Length=str(len(reply.body)))
        self.wfile.write(reply.body)

    def _chunked(self, reply: Reply) -> None:
        self._start(reply, Transfer_Encoding="chunked")
        for start in range(0, len(reply.body), 1000):
            chunk = reply.body[start : start + 1000]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _gzip(self, reply: Reply) -> None:
        packed = gzip.compress(reply.body)
        self._start(reply, Content_Encoding="gzip", Content_Length=str(len(packed)))
        self.wfile.write(packed)

    def _silent(self, _: Reply) -> None:
        self.over.wait(self.longest)
        self.close_connection = True

    def _close(self, _: Reply) -> None:
        self.close_connection = True

    def _drip(self, reply: Reply) -> None:
        self._start(reply, Content_Length=str(len(reply.body)))
        for byte in reply.body[: int(self.longest / self.pause)]:
            self.wfile.write(bytes([byte]))
            if self.over.wait(self.pause):
                break
        self.close_connection = True

    def _cut(self, reply: Reply) -> None:
        self._start(reply, Content_Length=str(len(reply.body)))
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self.close_connection = True

    def _gzip_bomb(self, reply: Reply) -> None:
        packer = zlib.compressobj(level=9, wbits=31)
        self._burst(reply, "gzip", map(packer.compress, repeat(_PIECE, BOMB // len(_PIECE))))

    def _br_bomb(self, reply: Reply) -> None:
        packer = brotli.Compressor(quality=1)
        # Flushed, as it would else keep all to itself until the end.
        pieces = (packer.process(p) + packer.flush() for p in repeat(_PIECE, BOMB // len(_PIECE)))
        self._burst(reply, "br", pieces)

    def _burst(self, reply: Reply, coding: str, pieces: Iterator[bytes]) -> None:
        self._start(reply, Content_Encoding=coding, Connection="close")
        for piece in pieces:
            self.wfile.write(piece)

    _manners: Mapping[str, Callable[["_Handler", Reply], None]] = {
        "plain": _plain,
        "chunked": _chunked,
        "gzip": _gzip,
        "silent": _silent,
        "close": _close,
        "drip": _drip,
        "cut": _cut,
        "gzip bomb": _gzip_bomb,
        "br bomb": _br_bomb,
    }
