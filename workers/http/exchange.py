"""One question to one place over an open connection, with limits of size and time."""

from contextlib import closing

import urllib3
from urllib3.connection import HTTPConnection

from pipeline.records import Answer
from workers.http import reading
from workers.http.connections import PlainSocket, TlsSocket
from workers.http.journeys import Journey
from workers.http.places import Place
from workers.http.problems import in_plain_words

EXCUSE_SECONDS = 2.0  # to read what a refusal says: the refusal itself is what counts

_SUCCESS = range(200, 300)  # the bodies we read; an error page is nobody's story
_FORBIDDEN = 403  # but this one may say that it means "too many requests"


def ask(
    place: Place,
    journey: Journey,
    taken: PlainSocket | TlsSocket,
    *,
    headers: dict[str, str],
    body_cap: int,
) -> Answer:
    """What the place answers; the connection is closed then. Raises NoAnswer."""
    deadline = journey.deadline
    with in_plain_words(deadline), closing(taken):
        connection = HTTPConnection(place.name, place.port, timeout=deadline.step())
        connection.sock = taken
        connection.request(
            journey.method,
            place.target,
            body=journey.body or None,
            headers=headers,
            preload_content=False,
            decode_content=False,
        )
        with closing(connection.getresponse()) as response:
            return Answer(
                url=place.url,
                status=response.status,
                headers=reading.headers(response),
                body=_read(response, taken, journey, body_cap),
                seconds=deadline.passed(),
                hops=tuple(journey.hops),
                address=journey.address,
            )


def _read(
    response: urllib3.HTTPResponse,
    taken: PlainSocket | TlsSocket,
    journey: Journey,
    body_cap: int,
) -> bytes:
    """The body where it is wanted: whole, or of a refusal the beginning."""
    if response.status in _SUCCESS:
        return reading.body(response, cap=body_cap)
    if response.status == _FORBIDDEN or journey.method == "POST":
        taken.deadline = journey.deadline.within(EXCUSE_SECONDS)
        return reading.excuse(response)
    return b""
