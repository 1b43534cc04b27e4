"""What a place is told: conditions and credentials, and never those that are another's business."""

import re
from collections.abc import Mapping

from pipeline.errors import BadInput
from workers.http.journeys import Journey
from workers.http.places import Place, place_of

_AUTHORIZATION = re.compile(r"[A-Za-z][A-Za-z0-9-]* [\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "a-im"})
_SECRETS = frozenset({"authorization", "cookie"})


def credential(origin: str, told: str) -> tuple[str, str]:
    """An origin as places name it, and what is told to it. Raises BadInput, never naming it."""
    try:
        place = place_of(origin)
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


def headers_for(place: Place, journey: Journey, credentials: Mapping[str, str]) -> dict[str, str]:
    """The request's headers for one place: what is another's business is not told there."""
    request = journey.request
    is_own = place.origin == journey.first.origin
    hidden: frozenset[str] = frozenset() if is_own else _SECRETS
    if request.validators_of not in {None, place.url}:
        hidden |= _CONDITIONS
    # Whoever sends us on must not be able to act in our name at a third place.
    told = credentials.get(place.origin) if is_own else None
    if told is not None:  # instead of whatever the request brings
        hidden |= {"authorization"}
    headers = {"Host": place.host, **request.headers}
    if hidden:
        headers = {name: said for name, said in headers.items() if name.lower() not in hidden}
    if told is not None:
        headers["Authorization"] = told
    return headers
