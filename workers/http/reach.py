"""Which addresses a question may reach: those of its name, each judged, or where we lead it."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

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
from workers.http.deadlines import Deadline
from workers.http.journeys import Journey
from workers.http.names import LookUps, Resolve
from workers.http.places import Place
from workers.http.problems import NoAnswer


class Reach:
    """Judges where questions may go, by what an operator opened and where names lead."""

    def __init__(
        self, allow_inside: tuple[str, ...], connect_to: tuple[str, ...], resolve: Resolve
    ) -> None:
        self._allowed = allowances(allow_inside)
        self._detours = detours(connect_to)
        self._look_up = LookUps(resolve)

    def on_the_way(self, place: Place, journey: Journey) -> tuple[list[Way], str | None]:
        """Where the place a journey has come to may be reached, and the address it stands for.

        The address is None for a detour. Raises NoAnswer.
        """
        own_port = journey.request.own_port if place.name == journey.first.name else None
        is_led = detour(journey.first.name, self._detours) is not None
        led = self._detours if is_led else {}
        allowed = self._allowed_on_the_way(place, journey)
        return self._ways(place, journey.deadline, led, allowed, own_port)

    def of_an_operator(self, place: Place, deadline: Deadline) -> list[Way]:
        """Where a place that an operator named, with its port, may be reached. Raises NoAnswer."""
        allowed = in_force(place.name, self._allowed, is_own=True)
        ways, _ = self._ways(place, deadline, self._detours, allowed, place.port)
        return ways

    def _allowed_on_the_way(self, place: Place, journey: Journey) -> tuple[Allowance, ...]:
        """The allowances that count for the place a journey has come to."""
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
        place: Place,
        deadline: Deadline,
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


def _literally(name: str) -> list[str]:
    """The address a name is, where it is one as it should be written; other spellings look up."""
    try:
        return [str(ip_address(name))]
    except ValueError:
        return []
