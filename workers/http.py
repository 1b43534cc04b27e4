"""The one HTTP client: the only place that opens sockets, with every limit and always an answer.

A name is looked up by us, each of its addresses is judged, and the connection goes to a judged
address: so a name server cannot show one address to the guard and another to the connection.
"""

import logging
import queue
import re
import socket  # noqa: TID251  # this is the module the rule sends everybody to
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead  # noqa: TID251  # what urllib3 raises
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import quote, urljoin, urlsplit

import brotli
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
from urllib3.connection import HTTPConnection

from pipeline.address import (
    Allowance,
    Way,
    allowances,
    detour,
    detours,
    in_force,
    lowest,
    refusal_to_connect,
)
from pipeline.errors import BadInput, SerieswatchError
from pipeline.fetch import asks_to_wait
from pipeline.records import Answer, Hop, Request

if TYPE_CHECKING:
    # The type checkers' own; not there at run time.
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], list[str]]

MOST_REDIRECTS = 5
MOST_TRIES = 2
MOST_ADDRESSES = 4  # of one name, tried in turn
LONGEST_SILENCE = 15.0  # seconds without a byte
LONGEST_HEADER = 4096  # characters; a longer one is of no use to us
LONGEST_DETAIL = 300
LONGEST_EXCUSE = 4096  # bytes read of a refusal
EXCUSE_SECONDS = 2.0  # and no longer than this: the refusal itself is what counts
IDLE_SECONDS = 1.0  # after which a thread that looks up names ends

_CHUNK = 64 * 1024
_PORTS = {"http": 80, "https": 443}
_SUCCESS = range(200, 300)  # the bodies we read; an error page is nobody's story
_FORBIDDEN = 403  # but this one may say that it means "too many requests"
_REDIRECTS = {
    "GET": frozenset({301, 302, 303, 307, 308}),
    "POST": frozenset({307, 308}),  # the others would make another question of it
}
_GATEWAY_TROUBLE = frozenset({502, 504})
_HOST = re.compile(r"[a-z0-9._:-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_OFFERED = frozenset({"zstd", "deflate", "compress", "x-compress"})
_AUTHORIZATION = re.compile(r"[A-Za-z][A-Za-z0-9-]* [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "a-im"})
_SECRETS = frozenset({"authorization", "cookie"})

log = logging.getLogger(__name__)


def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as this machine looks them up. Raises OSError if there are none."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class NoAnswer(SerieswatchError):
    """Why there is no answer: a `problem` of Answer, and the `detail` in plain words."""

    def __init__(self, problem: str, detail: str) -> None:
        # Some of it may be the server's own words, which go on into rows and pages.
        self.detail = _CONTROL.sub("?", detail)[:LONGEST_DETAIL]
        super().__init__(self.detail)
        self.problem = problem


class Http:
    """The client. It keeps no connection and no answer between calls; threads may share one.

    `deadline` is in seconds and covers one whole `get`; `body_cap` is in bytes, unpacked;
    `allow_inside` names networks of our own house that may be polled ("10.2.0.0/16",
    "10.2.0.7/32:8080", "wire.example=10.2.0.7/32:8080"); `connect_to` leads a name to an address
    and port of ours, unjudged ("recorded.example=127.0.0.1:8099",
    "*.bench.example=127.0.0.1:8099"); `credentials` has the Authorization for sources behind a
    password, by origin ("https://wire.example": "Basic dTpw"), told to that scheme, host and port
    and to no other. Raises BadInput for what it cannot read.

    All three are for addresses an operator named, never gained by a redirect from elsewhere. After
    one, a network without a host is open to the first URL's own host and port alone, and only if
    it was needed there already; a name is led elsewhere only if the first was led, too (a
    replay's feeds may send us on to one another); credentials go to the first URL's origin.
    """

    def __init__(  # noqa: PLR0913  # named limits, each with its default
        self,
        *,
        deadline: float = 30.0,
        body_cap: int = 5_000_000,
        allow_inside: tuple[str, ...] = (),
        connect_to: tuple[str, ...] = (),
        credentials: Mapping[str, str] | None = None,
        resolve: Resolve = resolve,
        retry_wait: float = 1.0,
        ca_file: str | None = None,
    ) -> None:
        self._seconds = deadline
        self._body_cap = body_cap
        self._allowed = allowances(allow_inside)
        self._detours = detours(connect_to)
        self._credentials = dict(
            _credential(origin, told) for origin, told in (credentials or {}).items()
        )
        self._look_up = _LookUps(resolve)
        self._tries = Retrying(
            retry=retry_if_result(_is_blip),
            stop=stop_after_attempt(MOST_TRIES) | stop_before_delay(deadline),
            wait=wait_fixed(retry_wait),
        )
        # Our own bundle, said outright: nothing of it is left to variables of the environment.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.sslsocket_class = _TlsSocket
        self._tls.load_verify_locations(ca_file or certifi.where())
        if allow_inside:
            log.info("networks inside the house that may be polled: %s", ", ".join(allow_inside))
        if connect_to:
            log.info("names that lead to addresses of our own: %s", ", ".join(connect_to))

    def get(self, request: Request) -> Answer:
        """What came back, or the problem that kept it from us: the network raises nothing here."""
        deadline = _Deadline(self._seconds)
        try:
            answer = self._tries(self._follow, "GET", request, b"", deadline)
        except RetryError as spent:
            answer = spent.last_attempt.result()
        return answer

    def post(self, request: Request, body: bytes) -> Answer:
        """What came back to a body sent, or the problem. Sent once; of a refusal we read the words.

        Only 307 and 308 are followed: other redirects are answers.
        """
        return self._follow("POST", request, body, _Deadline(self._seconds))

    def open(
        self, host: str, port: int, *, tls: bool, seconds: float | None = None
    ) -> socket.socket:
        """A connection for another protocol, judged like any other, to a port an operator named.

        Whatever goes through it must be over `seconds` after this call (without a number: the
        client's own deadline); after that it raises TimeoutError. Whoever called closes it.
        Raises NoAnswer.
        """
        deadline = _Deadline(self._seconds if seconds is None else seconds)
        try:
            place = _place(f"{'https' if tls else 'http'}://{_in_url(host)}:{port}/")
        except ValueError as problem:
            raise NoAnswer("blocked_address", f"{host}: {problem}") from problem
        ways, _ = self._ways(place, deadline, self._detours, self._allowed_for(place), port)
        return self._connected(place, ways, deadline)

    def secured(self, connection: socket.socket, host: str) -> socket.socket:
        """An open connection of ours over TLS from now on: the certificate must be the host's.

        Raises NoAnswer; whoever called closes what was opened.
        """
        assert isinstance(connection, _Socket)  # noqa: S101  # what `open` gave
        deadline = connection.deadline
        with _in_plain_words(deadline):
            connection.settimeout(deadline.step())
            taken = cast("_TlsSocket", self._tls.wrap_socket(connection, server_hostname=host))
        taken.deadline = deadline
        return taken

    def _follow(self, method: str, request: Request, body: bytes, deadline: "_Deadline") -> Answer:
        """The answer at the end of the redirects, or why there is none."""
        journey = _Journey(method=method, request=request, body=body, deadline=deadline)
        try:
            place = _first_place(request.url)
            # What a feed names is trusted no further than if the feed had sent us there.
            journey.first = _first_place(request.named_by) if request.named_by else place
            while True:
                journey.url = place.url
                answer = self._ask(place, journey)
                if not _leads_on(answer, journey):
                    return answer
                target = _next_place(place, answer.headers["location"], journey.seen())
                journey.hops.append(Hop(place.url, answer.status or 0, target.url))
                place = target
        except NoAnswer as none:
            return Answer(
                url=journey.url,
                headers={},
                problem=none.problem,
                detail=none.detail,
                seconds=deadline.passed(),
                hops=tuple(journey.hops),
                address=journey.address,
            )

    def _ask(self, place: "_Place", journey: "_Journey") -> Answer:
        """One question to one place."""
        deadline, request = journey.deadline, journey.request
        is_first = not journey.hops
        own_port = request.own_port if place.name == journey.first.name else None
        is_led = detour(journey.first.name, self._detours) is not None
        ways, address = self._ways(
            place,
            deadline,
            self._detours if is_led else {},
            self._allowed_for(place, journey),
            own_port,
        )
        if is_first:
            journey.address = address
        taken = self._connected(place, ways, deadline)
        with _in_plain_words(deadline), closing(taken):
            connection = HTTPConnection(place.name, place.port, timeout=deadline.step())
            connection.sock = taken
            connection.request(
                journey.method,
                place.target,
                body=journey.body or None,
                headers=self._headers_for(place, journey),
                preload_content=False,
                decode_content=False,
            )
            with closing(connection.getresponse()) as response:
                return Answer(
                    url=place.url,
                    status=response.status,
                    headers=_headers(response),
                    body=self._read(response, taken, journey),
                    seconds=deadline.passed(),
                    hops=tuple(journey.hops),
                    address=journey.address,
                )

    def _headers_for(self, place: "_Place", journey: "_Journey") -> dict[str, str]:
        """The request's headers for one place: what is another's business is not told there."""
        request = journey.request
        is_own = place.origin == journey.first.origin
        hidden: frozenset[str] = frozenset() if is_own else _SECRETS
        if request.validators_of not in {None, place.url}:
            hidden |= _CONDITIONS
        # Whoever sends us on must not be able to act in our name at a third place.
        told = self._credentials.get(place.origin) if is_own else None
        if told is not None:  # instead of whatever the request brings
            hidden |= {"authorization"}
        headers = {"Host": place.host, **request.headers}
        if hidden:
            headers = {name: said for name, said in headers.items() if name.lower() not in hidden}
        if told is not None:
            headers["Authorization"] = told
        return headers

    def _read(
        self, response: urllib3.HTTPResponse, taken: "_Socket | _TlsSocket", journey: "_Journey"
    ) -> bytes:
        """The body where it is wanted: whole, or of a refusal the beginning."""
        if response.status in _SUCCESS:
            return _body(response, cap=self._body_cap)
        if response.status == _FORBIDDEN or journey.method == "POST":
            taken.deadline = journey.deadline.within(EXCUSE_SECONDS)
            return _excuse(response)
        return b""

    def _allowed_for(
        self, place: "_Place", journey: "_Journey | None" = None
    ) -> tuple[Allowance, ...]:
        """The allowances for a place an operator named, or that a journey has come to."""
        if journey is None:
            return in_force(place.name, self._allowed, is_own=True)
        first, address = journey.first, journey.address
        if not journey.hops:
            is_named = (place.name, place.port) == (first.name, first.port)
            return in_force(place.name, self._allowed, is_own=is_named)
        is_own = (place.name, place.port) == (first.name, first.port) and address is not None
        # A public name that turns inside on the way was not inside when it was named.
        was_needed = is_own and any(
            one.host is None and one.covers(str(address), first.port) for one in self._allowed
        )
        return in_force(place.name, self._allowed, is_own=was_needed)

    def _ways(
        self,
        place: "_Place",
        deadline: "_Deadline",
        led: Mapping[str, Way],
        allowed: Sequence[Allowance],
        own_port: int | None,
    ) -> tuple[list[Way], str | None]:
        """Where the place may be reached, and the address that stands for it; None for a detour."""
        if way := detour(place.name, led):
            return [way], None
        addresses = _literally(place.name) or self._look_up(place, deadline)
        for address in addresses:
            if reason := refusal_to_connect(address, place.port, allowed, own_port):
                raise NoAnswer("blocked_address", f"{place.name}: {reason}")
        return [Way(address, place.port) for address in addresses], lowest(addresses)

    def _connected(
        self, place: "_Place", ways: Sequence[Way], deadline: "_Deadline"
    ) -> "_Socket | _TlsSocket":
        """A connection to the first of these addresses that takes one."""
        refused = NoAnswer("dns", f"{place.name} has no address")
        for way in ways[:MOST_ADDRESSES]:
            try:
                return self._connect(place, way, deadline)
            except NoAnswer as none:  # a name may have one dead address
                refused = none
        raise refused

    def _connect(self, place: "_Place", way: Way, deadline: "_Deadline") -> "_Socket | _TlsSocket":
        """A connection to this very address; over TLS, the certificate must be the name's."""
        family = socket.AF_INET6 if ":" in way.address else socket.AF_INET
        taken: _Socket | _TlsSocket = _Socket(family, socket.SOCK_STREAM)
        try:
            with _in_plain_words(deadline):
                # Connecting may take half of what one wait may, and the TLS handshake the other.
                taken.settimeout(deadline.step() / 2)
                taken.connect((way.address, way.port))
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if place.scheme == "https":
                    secured = self._tls.wrap_socket(taken, server_hostname=place.name)
                    taken = cast("_TlsSocket", secured)
        except BaseException:
            taken.close()
            raise
        taken.deadline = deadline
        return taken


class _LookUps:
    """Threads that look names up: the machine's own look-up knows no time-out.

    One is started when none is idle, so a name server that hangs holds up nobody else; it ends
    after IDLE_SECONDS without work.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._waiting: queue.SimpleQueue[tuple[_Place, _Found]] = queue.SimpleQueue()
        self._idle = 0  # threads that wait and are promised to nobody
        self._lock = threading.Lock()

    def __call__(self, place: "_Place", deadline: "_Deadline") -> list[str]:
        """The addresses of the place's name. Raises NoAnswer."""
        found: _Found = queue.SimpleQueue()
        with self._lock:
            is_one_free = self._idle > 0
            self._idle -= is_one_free
        self._waiting.put((place, found))
        if not is_one_free:
            threading.Thread(target=self._work, name="look up names", daemon=True).start()
        try:
            addresses = found.get(timeout=max(deadline.left(), 0))
        except queue.Empty as empty:
            raise NoAnswer("dns", f"no name server told us about {place.name} in time") from empty
        if isinstance(addresses, Exception):
            raise NoAnswer("dns", f"{place.name}: {_words(addresses)}") from addresses
        return addresses

    def _work(self) -> None:
        while True:
            try:
                place, found = self._waiting.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._idle:  # else this thread has just been promised to somebody
                        self._idle -= 1
                        return
                continue
            addresses: list[str] | Exception
            try:
                addresses = self._resolve(place.name, place.port)
            except (OSError, ValueError) as problem:  # ValueError: "a..b" is no name
                addresses = problem
            with self._lock:
                self._idle += 1
            found.put(addresses)


_Found = queue.SimpleQueue[list[str] | Exception]


class _Deadline:
    """When everything must be over: so many seconds from now."""

    __slots__ = ("_at", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; below 0 once it is over."""
        return self._at - time.monotonic()

    def passed(self) -> float:
        """Seconds since the start."""
        return self._seconds - self.left()

    def step(self) -> float:
        """Seconds the next wait may take. Raises TimeoutError once the time is up."""
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return min(left, LONGEST_SILENCE)

    def within(self, seconds: float) -> "_Deadline":
        """A deadline in so many seconds, or this one if that is earlier."""
        return _Deadline(min(self.left(), seconds))

    def in_words(self) -> str:
        """Which of the two limits was reached."""
        if self.left() <= 0:
            return f"the {self._seconds:g} seconds for one poll were over"
        return "nothing moved for too long"


class _Socket(socket.socket):
    """A socket that gives each wait only the time that is left.

    Its own time-out is per read: one byte every so often would hold us for ever.
    """

    deadline: _Deadline  # set once it is connected

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.deadline.step())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.settimeout(self.deadline.step())
        super().sendall(data, flags)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    deadline: _Deadline

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        self.settimeout(self.deadline.step())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:  # `sendall` is made of these
        self.settimeout(self.deadline.step())
        return super().send(data, flags)


class _Journey:
    """One request on its way through redirects."""

    __slots__ = ("address", "body", "deadline", "first", "hops", "method", "request", "url")

    first: "_Place"

    def __init__(self, *, method: str, request: Request, body: bytes, deadline: _Deadline) -> None:
        self.method = method
        self.request = request
        self.body = body
        self.deadline = deadline
        self.url = request.url  # the place asked last
        self.hops: list[Hop] = []
        self.address: str | None = None

    def seen(self) -> set[str]:
        """The addresses asked so far."""
        return {self.url, *(hop.url for hop in self.hops)}


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
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.target}"


def _leads_on(answer: Answer, journey: _Journey) -> bool:
    """Whether this is a redirect to follow now. One that asks us to wait first is an answer."""
    return (
        not journey.request.stays
        and answer.status in _REDIRECTS[journey.method]
        and "location" in answer.headers
        and (journey.request.has_waited or not asks_to_wait(answer.headers))
    )


def _first_place(url: str) -> _Place:
    try:
        return _place(url)
    except ValueError as problem:
        raise NoAnswer("blocked_address", f"{url}: {problem}") from problem


def _next_place(place: _Place, location: str, seen: set[str]) -> _Place:
    """Where a redirect leads. Refuses circles, long chains, and the way from https down to http."""
    # http.client reads headers as latin-1; what publishers put there is UTF-8.
    url = location.encode("latin-1", errors="replace").decode("utf-8", errors="replace")
    try:
        target = _place(urljoin(place.url, url))
    except ValueError as problem:
        raise NoAnswer("redirect", f"to {url}: {problem}") from problem
    if place.scheme == "https" and target.scheme == "http":
        raise NoAnswer("redirect", f"to {target.url}: from https down to http")
    if target.url in seen:
        raise NoAnswer("redirect", f"to {target.url}: in a circle")
    if len(seen) > MOST_REDIRECTS:
        raise NoAnswer("redirect", f"to {target.url}: the {len(seen)}th redirect in a row")
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


def _credential(origin: str, told: str) -> tuple[str, str]:
    """An origin as places name it, and what is told to it. Raises BadInput, never naming it."""
    try:
        place = _place(origin)
        if place.target != "/" or "?" in origin or "#" in origin:
            raise ValueError("it has more than scheme, name and port")  # noqa: TRY301  # one message
    except ValueError as problem:
        raise BadInput(
            f"{origin!r} is no origin credentials can belong to ({problem}): write it as "
            "https://wire.example or https://wire.example:8443"
        ) from problem
    if not _AUTHORIZATION.fullmatch(told):
        raise BadInput(
            f"the credentials for {origin} cannot be sent: write the value of the Authorization "
            'header, for example "Basic " and the base64 of name:password'
        )
    return place.origin, told


def _literally(name: str) -> list[str]:
    """The address a name is, where it is one as it should be written; other spellings look up."""
    try:
        return [str(ip_address(name))]
    except ValueError:
        return []


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


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


def _excuse(response: urllib3.HTTPResponse) -> bytes:
    """The beginning of what a refusal has to say; b"" if that is not to be had."""
    try:
        packing = _packing(response)
        said = response.read(LONGEST_EXCUSE, decode_content=False)
        unpacked = _UNPACKERS[packing]().unpack(said, most=LONGEST_EXCUSE) if packing else said
    except (OSError, HTTPException, urllib3.exceptions.HTTPError, NoAnswer, *_DAMAGED):
        return b""
    return unpacked[:LONGEST_EXCUSE]


def _body(response: urllib3.HTTPResponse, *, cap: int) -> bytes:
    """The body, unpacked piece by piece, so that no bomb ever unfolds beyond the cap."""
    too_big = NoAnswer("too_big", f"more than {cap / 1e6:g} MB")
    if (response.length_remaining or 0) > cap:
        raise too_big
    packing = _packing(response)
    unpacker = _UNPACKERS[packing]() if packing else None
    body = bytearray()
    received = 0
    while chunk := response.read(_CHUNK, decode_content=False):
        received += len(chunk)
        body += unpacker.unpack(chunk, most=cap + 1 - len(body)) if unpacker else chunk
        if max(received, len(body)) > cap:
            raise too_big
    if unpacker and received and not unpacker.is_whole:
        raise NoAnswer("broken", "the packed answer ends in the middle")
    return bytes(body)


def _packing(response: urllib3.HTTPResponse) -> str:
    """How the body is packed, '' if it is not. Raises NoAnswer for a packing we did not offer."""
    told = response.headers.get("content-encoding")
    if told is None:
        return ""
    packings = [packing.strip() for packing in told.lower().split(",")]
    if len(packings) > 1 or packings[0] in _NOT_OFFERED:
        raise NoAnswer("broken", f"packed as {', '.join(packings)}, which we did not offer")
    return packings[0] if packings[0] in _UNPACKERS else ""


class _Unpacker(Protocol):
    """Unpacks a body as it comes.

    Not urllib3's own decoding: that takes an answer cut off in the middle for a whole one, and its
    validators would then hide the missing stories until the publisher's next change.
    """

    is_whole: bool  # everything so far ends with an end

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        """What the bytes unpack to, hardly more than `most` bytes of it. Raises _DAMAGED."""


class _Gunzip:
    """Unpacks gzip, in as many members as there are."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.is_whole = False

    def unpack(self, packed: bytes, *, most: int) -> bytes:
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


class _Unbrotli:
    """Unpacks Brotli. Its limit is rough, as its buffer doubles: it may give twice of `most`."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.is_whole = False

    def unpack(self, packed: bytes, *, most: int) -> bytes:
        unpacked = self._stream.process(packed, output_buffer_limit=most)
        self.is_whole = self._stream.is_finished()
        return unpacked


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": _Gunzip,
    "x-gzip": _Gunzip,
    "br": _Unbrotli,
}
_DAMAGED = (zlib.error, brotli.error)


@contextmanager
def _in_plain_words(deadline: _Deadline) -> Iterator[None]:
    """Turn whatever the network and the libraries raise into one of our own problems."""
    try:
        yield
    except (TimeoutError, urllib3.exceptions.TimeoutError) as problem:
        raise NoAnswer("timeout", deadline.in_words()) from problem
    except (ssl.SSLError, urllib3.exceptions.SSLError) as problem:
        raise NoAnswer("tls", _words(problem)) from problem
    except OSError as problem:
        raise NoAnswer("connect", _words(problem)) from problem
    except _DAMAGED as problem:
        raise NoAnswer("broken", "its packing is damaged") from problem
    except (IncompleteRead, urllib3.exceptions.ProtocolError) as problem:
        raise NoAnswer("broken", "it broke off before its end") from problem
    except (HTTPException, urllib3.exceptions.HTTPError, ValueError) as problem:
        raise NoAnswer("broken", f"no exchange in HTTP: {_words(problem)}") from problem


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
