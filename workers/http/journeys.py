"""One request on its way through redirects: which are followed, and how far."""

from urllib.parse import urljoin

from pipeline.fetch import asks_to_wait
from pipeline.records import Answer, Hop, Request
from workers.http.deadlines import Deadline
from workers.http.places import Place, place_of
from workers.http.problems import NoAnswer

MOST_REDIRECTS = 5

_REDIRECTS = {
    "GET": frozenset({301, 302, 303, 307, 308}),
    "POST": frozenset({307, 308}),  # the others would make another question of it
}


class Journey:
    """One request on its way through redirects."""

    __slots__ = ("address", "body", "deadline", "first", "hops", "method", "request", "url")

    first: Place

    def __init__(self, *, method: str, request: Request, body: bytes, deadline: Deadline) -> None:
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


def leads_on(answer: Answer, journey: Journey) -> bool:
    """Whether this is a redirect to follow now. One that asks us to wait first is an answer."""
    return (
        not journey.request.stays
        and answer.status in _REDIRECTS[journey.method]
        and "location" in answer.headers
        and (journey.request.has_waited or not asks_to_wait(answer.headers))
    )


def first_place(url: str) -> Place:
    """Where a URL that we were given leads. Raises NoAnswer for what is never asked."""
    try:
        return place_of(url)
    except ValueError as problem:
        raise NoAnswer("blocked_address", f"{url}: {problem}") from problem


def next_place(place: Place, location: str, seen: set[str]) -> Place:
    """Where a redirect leads. Refuses circles, long chains, and the way from https down to http."""
    # http.client reads headers as latin-1; what publishers put there is UTF-8.
    url = location.encode("latin-1", errors="replace").decode("utf-8", errors="replace")
    try:
        target = place_of(urljoin(place.url, url))
    except ValueError as problem:
        raise NoAnswer("redirect", f"to {url}: {problem}") from problem
    if place.scheme == "https" and target.scheme == "http":
        raise NoAnswer("redirect", f"to {target.url}: from https down to http")
    if target.url in seen:
        raise NoAnswer("redirect", f"to {target.url}: in a circle")
    if len(seen) > MOST_REDIRECTS:
        raise NoAnswer("redirect", f"to {target.url}: the {len(seen)}th redirect in a row")
    return target
