"""A publisher's server on loopback, for tests: it answers well, badly, slowly, or not at all.

    with origin() as o:
        o.serve("/a.xml", body=b"<rss/>", headers={"ETag": '"1"'})
        ...ask for o.url("/a.xml"); see o.requests for what was asked...

An address that carries an ETag or Last-Modified answers 304 to whoever sends it back exactly.
"""

import gzip
import ssl
import sys
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import brotli

Behaviour = Literal[
    "answer",  # as it should be
    "silent",  # takes the question and never answers
    "held",  # answers once it is let go
    "close",  # takes the question and hangs up
    "not_http",  # answers in some other language
    "drip_headers",  # a header every so often, without end
    "drip",  # the body byte by byte, one every 20 ms
    "flood",  # 200 MB, of unknown length
    "short",  # promises 100 bytes more than it sends
    "chunked",  # in chunks
    "gzip",  # packed
    "gzip_cut",  # packed, and cut off in the middle without a word
    "bomb",  # 200 MB of nothing, packed small
    "brotli",  # packed the other way
    "brotli_cut",
    "brotli_bomb",
    "slow_refusal",  # says no at once, and why never
]

CERTIFICATE = Path(__file__).with_name("origin.pem")  # for feeds.example
EXPIRED_CERTIFICATE = Path(__file__).with_name("origin_expired.pem")

_LARGE = 200_000_000
_PIECE = bytes(64 * 1024)


# Packed once and beforehand: packing takes a busy machine longer than a poll may last.
@cache
def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(level=9, wbits=31)
    packed = [packer.compress(_PIECE) for _ in range(_LARGE // len(_PIECE))]
    return b"".join([*packed, packer.flush()])


@cache
def _brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=1)
    packed = [packer.process(_PIECE) for _ in range(_LARGE // len(_PIECE))]
    return b"".join([*packed, packer.finish()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: the path, and its headers with names in lower case."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    body: bytes
    status: int
    headers: Mapping[str, str]
    behaviour: Behaviour


@dataclass
class Origin:
    """What a test says to its origin and asks of it."""

    root: str = ""
    requests: list[Asked] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)  # asked for in TLS
    sent: int = 0  # bytes of bodies handed to the network
    _always: dict[str, _Served] = field(default_factory=dict)
    _once: dict[str, list[_Served]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)
    _let_go: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        """The full address of a path."""
        return self.root + path

    def serve(
        self,
        path: str,
        *,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        behaviour: Behaviour = "answer",
        once: bool = False,
    ) -> None:
        """Answer so from now on; with `once`, one time, before what is served always."""
        served = _Served(body=body, status=status, headers=headers or {}, behaviour=behaviour)
        with self._lock:
            if once:
                self._once[path].append(served)
            else:
                self._always[path] = served

    def take(self, asked: Asked) -> _Served:
        """Remember a question and give what to answer (for the server's own use)."""
        with self._lock:
            self.requests.append(asked)
            if waiting := self._once[asked.path]:
                return waiting.pop(0)
            unknown = _Served(body=b"", status=404, headers={}, behaviour="answer")
            return self._always.get(asked.path, unknown)

    def count(self, size: int) -> None:
        """Add to the bytes sent (for the server's own use)."""
        with self._lock:
            self.sent += size

    def wait(self, seconds: float) -> bool:
        """Wait; True once the test is over (for the server's own use)."""
        return self._closing.wait(seconds)

    def drained(self) -> None:
        """Come back once every answer under way is over (they are given by threads)."""
        for thread in threading.enumerate():
            if thread.name.endswith("(process_request_thread)"):
                thread.join()

    def let_go(self) -> None:
        """Answer all that is held, from now on at once."""
        self._let_go.set()

    def wait_until_let_go(self) -> None:
        """Wait for that (for the server's own use)."""
        self._let_go.wait(60)

    def close(self) -> None:
        """End all waiting (for the server's own use)."""
        self._closing.set()
        self._let_go.set()


@contextmanager
def origin(certificate: Path | None = None) -> Iterator[Origin]:
    """An origin on a free port of 127.0.0.1, over TLS if a certificate is given."""
    told = Origin()

    class Handler(_Handler):
        origin = told

    server = _Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: told.server_names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    told.root = f"{scheme}://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield told
    finally:
        told.close()
        server.shutdown()
        serving.join()
        server.server_close()  # waits for the answers under way


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128  # or a crowd of clients waits a second for its second knock

    def handle_error(
        self,
        request: Any,  # noqa: ANN401  # the library's own signature
        client_address: Any,  # noqa: ANN401  # the library's own signature
    ) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # clients do hang up on us
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    origin: Origin
    timeout = 120  # no test waits for a client that never reads; a crowded one may be slow

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        served = self.origin.take(Asked(path=self.path, headers=headers))
        if _is_known(served, headers):
            self._start(304, served.headers)
        else:
            getattr(self, "_" + served.behaviour)(served)

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        served = self.origin.take(
            Asked(path=self.path, headers=headers, method="POST", body=body),
        )
        getattr(self, "_" + served.behaviour)(served)

    def log_message(self, *_: object) -> None:
        """Say nothing: tests look at `requests`."""

    def _start(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, piece: bytes) -> None:
        self.wfile.write(piece)
        self.origin.count(len(piece))

    def _answer(self, served: _Served) -> None:
        length = {"Content-Length": str(len(served.body))}
        self._start(served.status, {**length, **served.headers})
        self._send(served.body)

    def _held(self, served: _Served) -> None:
        self.origin.wait_until_let_go()
        self._answer(served)

    def _silent(self, _: _Served) -> None:
        self.origin.wait(120)

    def _close(self, _: _Served) -> None:
        return

    def _not_http(self, _: _Served) -> None:
        self.wfile.write(b"220 mail.example\x00 ESMTP" + b"!" * 9000 + b"\r\n\r\n")

    def _drip_headers(self, _: _Served) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.origin.wait(0.02):
            self.wfile.write(b"X")

    def _drip(self, served: _Served) -> None:
        self._start(served.status, served.headers)
        for byte in served.body:
            self._send(bytes([byte]))
            if self.origin.wait(0.02):
                return

    def _flood(self, served: _Served) -> None:
        self._start(served.status, served.headers)
        for _ in range(_LARGE // len(_PIECE)):
            self._send(_PIECE)

    def _short(self, served: _Served) -> None:
        length = {"Content-Length": str(len(served.body) + 100)}
        self._start(served.status, {**served.headers, **length})
        self._send(served.body)

    def _chunked(self, served: _Served) -> None:
        self.protocol_version = "HTTP/1.1"
        self._start(
            served.status,
            {"Transfer-Encoding": "chunked", "Connection": "close", **served.headers},
        )
        for start in range(0, len(served.body), 1000):
            chunk = served.body[start : start + 1000]
            self._send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self._send(b"0\r\n\r\n")

    def _gzip(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "gzip", **served.headers})
        self._send(gzip.compress(served.body))

    def _gzip_cut(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "gzip", **served.headers})
        packed = gzip.compress(served.body)
        self._send(packed[: len(packed) // 2])

    def _bomb(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "gzip", **served.headers})
        self._send(_gzip_bomb())

    def _brotli(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "br", **served.headers})
        self._send(brotli.compress(served.body, quality=4))

    def _brotli_cut(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "br", **served.headers})
        packed = brotli.compress(served.body, quality=4)
        self._send(packed[: len(packed) // 2])

    def _brotli_bomb(self, served: _Served) -> None:
        self._start(served.status, {"Content-Encoding": "br", **served.headers})
        self._send(_brotli_bomb())

    def _slow_refusal(self, served: _Served) -> None:
        self._start(served.status, {"Content-Length": "100", **served.headers})
        self.origin.wait(120)


def _is_known(served: _Served, asked: Mapping[str, str]) -> bool:
    """Whether the asker already has what is served here. An ETag outranks a date (RFC 9110)."""
    has = {name.lower(): value for name, value in served.headers.items()}
    if "if-none-match" in asked and "etag" in has:
        return asked["if-none-match"] == has["etag"]
    return "if-modified-since" in asked and asked["if-modified-since"] == has.get("last-modified")
