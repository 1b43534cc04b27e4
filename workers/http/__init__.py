"""The one HTTP client: the only place that opens sockets, with every limit and always an answer.

A name is looked up by us, each of its addresses is judged, and the connection goes to a judged
address: so a name server cannot show one address to the guard and another to the connection.

    places | reach (names looked up, addresses judged) | told | connections | exchange | reading
      ^                                                                          |
      +------------------------- journeys: a redirect to follow ----------------+

Everything runs against one deadline (deadlines); what goes wrong is a NoAnswer (problems). Outside
this package only what stands in __all__ is known: nobody connects without having been judged.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tenacity import (
    RetryError,
    Retrying,
    retry_if_result,
    stop_after_attempt,
    stop_before_delay,
    wait_fixed,
)

from pipeline.records import Answer, Hop, Request
from workers.http.connections import Connections
from workers.http.deadlines import Deadline
from workers.http.exchange import ask
from workers.http.journeys import Journey, first_place, leads_on, next_place
from workers.http.names import IDLE_SECONDS, Resolve, resolve
from workers.http.places import Place, in_url, place_of
from workers.http.problems import NoAnswer
from workers.http.reach import Reach
from workers.http.told import credential, headers_for

if TYPE_CHECKING:
    import socket  # noqa: TID251  # its name alone: connections.py opens it

__all__ = ["IDLE_SECONDS", "Http", "NoAnswer"]

MOST_TRIES = 2

_GATEWAY_TROUBLE = frozenset({502, 504})

log = logging.getLogger(__name__)


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
        self._reach = Reach(allow_inside, connect_to, resolve)
        self._credentials = dict(
            credential(origin, told) for origin, told in (credentials or {}).items()
        )
        self._tries = Retrying(
            retry=retry_if_result(_is_blip),
            stop=stop_after_attempt(MOST_TRIES) | stop_before_delay(deadline),
            wait=wait_fixed(retry_wait),
        )
        self._connections = Connections(ca_file)
        if allow_inside:
            log.info("networks inside the house that may be polled: %s", ", ".join(allow_inside))
        if connect_to:
            log.info("names that lead to addresses of our own: %s", ", ".join(connect_to))

    def get(self, request: Request) -> Answer:
        """What came back, or the problem that kept it from us: the network raises nothing here."""
        deadline = Deadline(self._seconds)
        try:
            answer = self._tries(self._follow, "GET", request, b"", deadline)
        except RetryError as spent:
            answer = spent.last_attempt.result()
        return answer

    def post(self, request: Request, body: bytes) -> Answer:
        """What came back to a body sent, or the problem. Sent once; of a refusal we read the words.

        Only 307 and 308 are followed: other redirects are answers.
        """
        return self._follow("POST", request, body, Deadline(self._seconds))

    def open(
        self, host: str, port: int, *, tls: bool, seconds: float | None = None
    ) -> "socket.socket":
        """A connection for another protocol, judged like any other, to a port an operator named.

        Whatever goes through it must be over `seconds` after this call (without a number: the
        client's own deadline); after that it raises TimeoutError. Whoever called closes it.
        Raises NoAnswer.
        """
        deadline = Deadline(self._seconds if seconds is None else seconds)
        try:
            place = place_of(f"{'https' if tls else 'http'}://{in_url(host)}:{port}/")
        except ValueError as problem:
            raise NoAnswer("blocked_address", f"{host}: {problem}") from problem
        ways = self._reach.of_an_operator(place, deadline)
        return self._connections.connected(place, ways, deadline)

    def secured(self, connection: "socket.socket", host: str) -> "socket.socket":
        """An open connection of ours over TLS from now on: the certificate must be the host's.

        Raises NoAnswer; whoever called closes what was opened.
        """
        return self._connections.secured(connection, host)

    def _follow(self, method: str, request: Request, body: bytes, deadline: Deadline) -> Answer:
        """The answer at the end of the redirects, or why there is none."""
        journey = Journey(method=method, request=request, body=body, deadline=deadline)
        try:
            place = first_place(request.url)
            # What a feed names is trusted no further than if the feed had sent us there.
            journey.first = first_place(request.named_by) if request.named_by else place
            while True:
                journey.url = place.url
                answer = self._ask(place, journey)
                if not leads_on(answer, journey):
                    return answer
                target = next_place(place, answer.headers["location"], journey.seen())
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

    def _ask(self, place: Place, journey: Journey) -> Answer:
        """One question to one place."""
        ways, address = self._reach.on_the_way(place, journey)
        if not journey.hops:
            journey.address = address
        headers = headers_for(place, journey, self._credentials)
        taken = self._connections.connected(place, ways, journey.deadline)
        return ask(place, journey, taken, headers=headers, body_cap=self._body_cap)


def _is_blip(answer: Answer) -> bool:
    """Whether asking again at once may help. Never after 429 and 503: they ask us to wait."""
    return answer.problem == "connect" or answer.status in _GATEWAY_TROUBLE
