"""The one HTTP client: the only place that opens sockets, with every limit and always an answer.

A name is looked up by us, each of its addresses is judged, and the connection goes to a judged
address: so a name server cannot show one address to the guard and another to the connection.
"""

import io
import logging
import queue
import re
import socket  # noqa: TID251  # this is the module the rule sends everybody to
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import (  # noqa: TID251  # what urllib3 reads with, and what that raises
    HTTPException,
    HTTPResponse,
    IncompleteRead,
)
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import certifi
import urllib3
from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_fixed,
)
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline.address import Way, allowances, detours, refusal_to_connect
from pipeline.records import Answer, Request

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer  # the type checkers' own; not there at run time

Resolve = Callable[[str, int], list[str]]

MOST_REDIRECTS = 5
MOST_TRIES = 2
MOST_ADDRESSES = 4  # of one name, tried in turn
LONGEST_SILENCE = 15.0  # seconds without a byte
LONGEST_HEADER = 4096  # characters; a longer one is of no use to us
LONGEST_DETAIL = 300

_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_SUCCESS = range(200, 300)  # the bodies we read; an error page is nobody's story
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GATEWAY_TROUBLE = frozenset({502, 504})
_HOST = re.compile(r"[a-z0-9._:-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_OFFERED = frozenset({"br", "zstd", "deflate", "compress", "x-compress"})

log = logging.getLogger(__name__)


def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as this machine looks them up. Raises OSError if there are none."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Http:
    """The client. It keeps nothing between calls, so threads may share one.

    `deadline` is in seconds and covers one whole `get`; `body_cap` is in bytes, unpacked;
    `allow_inside` names networks of our own house that may be polled ("10.2.0.0/16",
    "10.2.0.7/32:8080"); `connect_to` leads a name to an address and port of ours, unjudged
    ("recorded.example=127.0.0.1:8099"). Raises BadInput for one it cannot read.
    """

    def __init__(  # noqa: PLR0913  # named limits, each with its default
        self,
        *,
        deadline: float = 30.0,
        body_cap: int = 5_000_000,
        allow_inside: tuple[str, ...] = (),
        connect_to: tuple[str, ...] = (),
        resolve: Resolve = resolve,
        retry_wait: float = 1.0,
        ca_file: str | None = None,
    ) -> None:
        self._seconds = deadline
        self._body_cap = body_cap
        self._allowed = allowances(allow_inside)
        self._detours = detours(connect_to)
        self._resolve = resolve
        self._retry_wait = retry_wait
        # Our own bundle, said outright: nothing of it is left to variables of the environment.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.load_verify_locations(ca_file or certifi.where())
        if allow_inside:
            log.info("networks inside the house that may be polled: %s", ", ".join(allow_inside))
        if connect_to:
            log.info("names that lead to addresses of our own: %s", ", ".join(connect_to))

    def get(self, request: Request) -> Answer:
        """What came back, or the problem that kept it from us: the network raises nothing here."""
        started = time.monotonic()
        deadline = _Deadline(seconds=self._seconds, at=started + self._seconds)
        tries = Retrying(
            retry=retry_if_result(_is_blip),
            stop=stop_after_attempt(MOST_TRIES) | stop_before_delay(self._seconds),
            wait=wait_fixed(self._retry_wait),
        )
        try:
            answer = tries(self._follow, request, deadline)
        except RetryError as spent:
            answer = spent.last_attempt.result()
        return replace(answer, seconds=time.monotonic() - started)

    def _follow(self, request: Request, deadline: "_Deadline") -> Answer:
        """The answer at the end of the redirects."""
        url = request.url
        seen: set[str] = set()
        try:
            place = _first_place(url)
            while True:
                url = place.url
                seen.add(url)
                answer = self._ask(place, request.headers, deadline)
                location = answer.headers.get("location")
                if answer.status not in _REDIRECTS or location is None:
                    return answer
                place = _next_place(place, location, seen)
        except _NoAnswer as none:
            return Answer(url=url, headers={}, problem=none.problem, detail=none.detail)

    def _ask(self, place: "_Place", headers: Mapping[str, str], deadline: "_Deadline") -> Answer:
        """One question to one place."""
        connection = self._connected(place, deadline)
        with _in_plain_words(deadline), closing(connection):
            connection.request(
                "GET",
                place.target,
                headers={"Host": place.host, **headers},
                preload_content=False,
                decode_content=False,
            )
            with closing(connection.getresponse()) as response:
                is_wanted = response.status in _SUCCESS
                body = _body(response, cap=self._body_cap) if is_wanted else b""
                return Answer(
                    url=place.url,
                    status=response.status,
                    headers=_headers(response),
                    body=body,
                )

    def _connected(self, place: "_Place", deadline: "_Deadline") -> HTTPConnection:
        """A connection to the first judged address that takes one."""
        refused: _NoAnswer | None = None
        for way in self._ways(place, deadline)[:MOST_ADDRESSES]:
            try:
                return self._connect(place, way, deadline)
            except _NoAnswer as none:  # a name may have one dead address
                refused = none
        raise refused or _NoAnswer("dns", f"{place.name} has no address")

    def _connect(self, place: "_Place", way: Way, deadline: "_Deadline") -> HTTPConnection:
        """A connection to this very address; the certificate must be the name's."""
        with _in_plain_words(deadline):
            wait = deadline.step() / 2  # connecting may take it once, and the TLS handshake again
            if place.scheme == "https":
                # Python checks the certificate against `server_hostname`. `assert_hostname` would
                # make urllib3 switch that off and do it by itself, in a context all threads share.
                connection: HTTPConnection = HTTPSConnection(
                    way.address,
                    way.port,
                    timeout=wait,
                    ssl_context=self._tls,
                    server_hostname=place.name,
                )
            else:
                connection = HTTPConnection(way.address, way.port, timeout=wait)
            connection.response_class = _response_within(deadline)
            try:
                connection.connect()
            except BaseException:
                connection.close()
                raise
            return connection

    def _ways(self, place: "_Place", deadline: "_Deadline") -> list[Way]:
        """The addresses of the place with the port, each of which may be connected to."""
        if detour := self._detours.get(place.name):
            return [detour]
        addresses = self._looked_up(place, deadline)
        for address in addresses:
            if reason := refusal_to_connect(address, place.port, self._allowed):
                raise _NoAnswer("blocked_address", f"{place.name}: {reason}")
        return [Way(address, place.port) for address in addresses]

    def _looked_up(self, place: "_Place", deadline: "_Deadline") -> list[str]:
        """The addresses of the name, asked for in a thread: looking up knows no time-out."""
        found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                found.put(self._resolve(place.name, place.port))
            except (OSError, ValueError) as problem:  # ValueError: "a..b" is no name
                found.put(problem)

        threading.Thread(target=look_up, name=f"look up {place.name}", daemon=True).start()
        try:
            addresses = found.get(timeout=max(deadline.left(), 0))
        except queue.Empty as empty:
            raise _NoAnswer("dns", f"no name server told us about {place.name} in time") from empty
        if isinstance(addresses, Exception):
            raise _NoAnswer("dns", f"{place.name}: {_words(addresses)}") from addresses
        return addresses


class _NoAnswer(Exception):
    """Why there is no answer: a `problem` of Answer, and the `detail` in plain words."""

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        # Some of it may be the server's own words, which go on into rows and pages.
        self.detail = _CONTROL.sub("?", detail)[:LONGEST_DETAIL]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deadline:
    """When everything must be over: after `seconds`, `at` that time of the monotonic clock."""

    seconds: float
    at: float

    def left(self) -> float:
        return self.at - time.monotonic()

    def step(self) -> float:
        """Seconds the next wait may take. Raises TimeoutError once the time is up."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return min(left, LONGEST_SILENCE)

    def in_words(self) -> str:
        """Which of the two limits was reached."""
        if self.left() <= 0:
            return f"the {self.seconds:g} seconds for one poll were over"
        return "nothing moved for too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one question goes. Read once from the URL: no two parsers can disagree about it."""

    scheme: str
    name: str  # lower case, ASCII; an IPv6 address without brackets
    port: int
    target: str  # path and query

    @property
    def host(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"


def _first_place(url: str) -> _Place:
    try:
        return _place(url)
    except ValueError as problem:
        raise _NoAnswer("blocked_address", f"{url}: {problem}") from problem


def _next_place(place: _Place, location: str, seen: set[str]) -> _Place:
    """Where a redirect leads. Refuses circles, long chains, and the way from https down to http."""
    # http.client reads headers as latin-1; what publishers put there is UTF-8.
    url = location.encode("latin-1", errors="replace").decode("utf-8", errors="replace")
    try:
        target = _place(urljoin(place.url, url))
    except ValueError as problem:
        raise _NoAnswer("redirect", f"to {url}: {problem}") from problem
    if place.scheme == "https" and target.scheme == "http":
        raise _NoAnswer("redirect", f"to {target.url}: from https down to http")
    if target.url in seen:
        raise _NoAnswer("redirect", f"to {target.url}: in a circle")
    if len(seen) > MOST_REDIRECTS:
        raise _NoAnswer("redirect", f"to {target.url}: the {len(seen)}th redirect in a row")
    return target


def _place(url: str) -> _Place:
    """A URL taken apart. Raises ValueError in plain words for what is never asked."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError("only http and https are asked")
    if "@" in parts.netloc:
        raise ValueError("a name or password in an address is not sent")
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if not _HOST.fullmatch(name):
        raise ValueError("there is no host name in it")
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    # What is percent-encoded stays so; what should have been, becomes so.
    path = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*[]|")
    query = quote(parts.query, safe="/%:=&~+!$,;'@()*[]|?")
    target = f"{path}?{query}" if query else path
    return _Place(scheme=parts.scheme, name=name, port=port, target=target)


def _is_blip(answer: Answer) -> bool:
    """Whether asking again at once may help. Never after 429 and 503: they ask us to wait."""
    return answer.problem == "connect" or answer.status in _GATEWAY_TROUBLE


def _headers(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """The answer's headers, names in lower case. We keep no cookies."""
    return {
        name.lower(): value
        for name, value in response.headers.itermerged()
        if name.lower() != "set-cookie"
        and len(value) <= LONGEST_HEADER
        and not _CONTROL.search(value)
    }


def _body(response: urllib3.HTTPResponse, *, cap: int) -> bytes:
    """The body, unpacked piece by piece, so that no bomb ever unfolds beyond the cap."""
    too_big = _NoAnswer("too_big", f"more than {cap / 1e6:g} MB")
    packings = [
        packing.strip()
        for packing in response.headers.get("content-encoding", "").lower().split(",")
    ]
    if len(packings) > 1 or packings[0] in _NOT_OFFERED:
        raise _NoAnswer("broken", f"packed as {', '.join(packings)}, which we did not offer")
    if (response.length_remaining or 0) > cap:
        raise too_big
    gunzip = _Gunzip() if packings[0] in {"gzip", "x-gzip"} else None
    body = bytearray()
    received = 0
    while chunk := response.read(_CHUNK, decode_content=False):
        received += len(chunk)
        body += gunzip.unpack(chunk, most=cap + 1 - len(body)) if gunzip else chunk
        if max(received, len(body)) > cap:
            raise too_big
    if gunzip and received and not gunzip.is_whole:
        raise _NoAnswer("broken", "the packed answer ends in the middle")
    return bytes(body)


class _Gunzip:
    """Unpacks gzip as it comes, in as many members as there are.

    Not urllib3's own decoding: that takes an answer cut off in the middle for a whole one, and its
    validators would then hide the missing stories until the publisher's next change.
    """

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.is_whole = False  # everything so far ends with a member's end

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        """What the bytes unpack to, `most` bytes of it at most. Raises zlib.error."""
        unpacked = bytearray()
        while packed and len(unpacked) < most:
            try:
                unpacked += self._member.decompress(packed, most - len(unpacked))
            except zlib.error:
                if not self.is_whole:
                    raise
                break  # padding after the last member: other clients overlook it, too
            self.is_whole = self._member.eof
            if not self.is_whole:
                break
            packed = self._member.unused_data
            self._member = zlib.decompressobj(wbits=31)
        return bytes(unpacked)


def _response_within(deadline: _Deadline) -> type[HTTPResponse]:
    """A kind of response whose every read, of headers too, ends by the deadline.

    A socket's own time-out is per read: one byte every so often would hold us for ever.
    """

    class ResponseWithin(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: object, **kwargs: object) -> None:
            super().__init__(sock, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
            self.fp = io.BufferedReader(_ReaderWithin(sock, self.fp.detach(), deadline))

    return ResponseWithin


class _ReaderWithin(io.RawIOBase):
    """Reads from a socket, giving each read only the time that is left."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, deadline: _Deadline) -> None:
        self._sock = sock
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        self._sock.settimeout(self._deadline.step())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


@contextmanager
def _in_plain_words(deadline: _Deadline) -> Iterator[None]:
    """Turn whatever the network and the libraries raise into one of our own problems."""
    try:
        yield
    except urllib3.exceptions.NewConnectionError as problem:  # by descent it is a time-out, too
        raise _NoAnswer("connect", _words(problem)) from problem
    except (TimeoutError, urllib3.exceptions.TimeoutError) as problem:
        raise _NoAnswer("timeout", deadline.in_words()) from problem
    except (ssl.SSLError, urllib3.exceptions.SSLError) as problem:
        raise _NoAnswer("tls", _words(problem)) from problem
    except OSError as problem:
        raise _NoAnswer("connect", _words(problem)) from problem
    except zlib.error as problem:
        raise _NoAnswer("broken", "its gzip packing is damaged") from problem
    except (IncompleteRead, urllib3.exceptions.ProtocolError) as problem:
        raise _NoAnswer("broken", "it broke off before its end") from problem
    except (HTTPException, urllib3.exceptions.HTTPError, ValueError) as problem:
        raise _NoAnswer("broken", f"no exchange in HTTP: {_words(problem)}") from problem


def _words(problem: BaseException) -> str:
    """What an exception of the libraries has to say to a person."""
    root = problem
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, ssl.SSLCertVerificationError):
        return root.verify_message
    if isinstance(root, ssl.SSLError) and root.reason:
        return root.reason.lower().replace("_", " ")
    if isinstance(root, OSError) and root.strerror:
        return root.strerror.lower()
    return str(root) or type(root).__name__
