"""Which IP addresses may be fetched from: a feed must never lead us into somebody's own network.

The list of networks is ours and not `ipaddress.is_global`: that one says yes to 127.0.0.1 dressed
up as NAT64 or 6to4, and its tables change with patch releases of Python.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from pipeline.errors import BadInput

WEB_PORTS = frozenset({80, 443})

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:]+)):(?P<port>\d{1,5})")

_NAME = re.compile(r"(?:\*\.)?[a-z0-9_-][a-z0-9._-]*")

_INSIDE_V4 = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "no address at all (unspecified)"),
        ("10.0.0.0/8", "inside a private network"),
        ("100.64.0.0/10", "inside a provider's own network (carrier-grade NAT)"),
        ("127.0.0.0/8", "this machine itself (loopback)"),
        ("169.254.0.0/16", "on the local link, where clouds keep their machines' credentials"),
        ("172.16.0.0/12", "inside a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "reserved for documentation"),
        ("192.88.99.0/24", "reserved (the former 6to4 relays)"),
        ("192.168.0.0/16", "inside a private network"),
        ("198.18.0.0/15", "reserved for benchmarks"),
        ("198.51.100.0/24", "reserved for documentation"),
        ("203.0.113.0/24", "reserved for documentation"),
        ("224.0.0.0/4", "a multicast group"),
        ("240.0.0.0/4", "reserved"),
    )
)

# Read in order; what carries an IPv4 address inside is unwrapped before this list is asked.
_INSIDE_V6 = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("::/128", "no address at all (unspecified)"),
        ("::1/128", "this machine itself (loopback)"),
        ("64:ff9b:1::/48", "inside a private network (local NAT64)"),
        ("100::/64", "reserved for discarding"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "reserved for documentation"),
        ("3fff::/20", "reserved for documentation"),
        ("fc00::/7", "inside a private network (unique local)"),
        ("fe80::/10", "on the local link"),
        ("fec0::/10", "inside a private network (site-local)"),
        ("ff00::/8", "a multicast group"),
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")  # all that was ever given out for public use

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")


def refusal(address: str) -> str | None:
    """The plain reason why an IP address must not be fetched from; None if it is public."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address} is not an IP address"
    if isinstance(parsed, IPv4Address):
        return _refusal_v4(parsed)
    if parsed.scope_id is not None:
        return f"{address} means something on one network card only"
    for inner in _carried(parsed):
        if reason := _refusal_v4(inner):
            return f"{parsed} leads to an IPv4 address: {reason}"
    return _refusal_v6(parsed)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A network inside the house that may be polled all the same, on one port or (None) on any.

    With a `host` it is open under that name only.
    """

    network: IPv4Network | IPv6Network
    port: int | None = None
    host: str | None = None

    def covers(self, address: str, port: int) -> bool:
        """Whether this address and port are allowed. Only as written: nothing is unwrapped."""
        if self.port not in {None, port}:
            return False
        try:
            return ip_address(address) in self.network
        except ValueError:
            return False


def allowances(entries: Iterable[str]) -> tuple[Allowance, ...]:
    """The allow-list read from settings: "10.2.0.0/16", "10.2.0.7:8080", "[fd00::/8]:8080".

    Any of them may name its host: "wire.example=10.2.0.7/32:8080". Raises BadInput naming the entry
    that cannot be read.
    """
    return tuple(_allowance(entry) for entry in entries)


def in_force(name: str, allowed: Iterable[Allowance], *, is_own: bool) -> tuple[Allowance, ...]:
    """The allowances that count for a question to this name.

    One that names no host is for what an operator named (`is_own`): whoever else leads us to a
    place, by a redirect, must not gain by it. One that names its host counts for that, always.
    """
    return tuple(one for one in allowed if one.host == name or (one.host is None and is_own))


def refusal_to_connect(
    address: str, port: int, allowed: Iterable[Allowance], own_port: int | None = None
) -> str | None:
    """The plain reason why one address and port must not be connected to; None if it may.

    `own_port` is one that an operator named for this very server, beside the web's own.
    """
    if any(allowance.covers(address, port) for allowance in allowed):
        return None
    if reason := refusal(address):
        return reason
    if port not in WEB_PORTS and port != own_port:
        return f"port {port} is not one of the web's own, 80 and 443"
    return None


@dataclass(frozen=True, slots=True)
class Way:
    """What to connect to."""

    address: str
    port: int


def detours(entries: Iterable[str]) -> dict[str, Way]:
    """Where names lead instead of where name servers say, as settings have it.

    An entry reads "recorded.example=127.0.0.1:8099", or "*.bench.example=127.0.0.1:8099" for
    every name below that one. Raises BadInput naming one it cannot read.
    """
    return dict(_detour(entry) for entry in entries)


def detour(name: str, led: Mapping[str, Way]) -> Way | None:
    """Where this name leads by `detours`: its own entry, or the longest one above it."""
    if not led:
        return None
    if own := led.get(name):
        return own
    while above := name.partition(".")[2]:
        if way := led.get(f"*.{above}"):
            return way
        name = above
    return None


def lowest(addresses: Iterable[str]) -> str | None:
    """The address that stands for all of a name's, however a name server shuffles them.

    None if there is none; zone ids count for nothing, IPv4 comes before IPv6.
    """
    return min(addresses, key=_order, default=None)


def _order(address: str) -> tuple[int, int]:
    parsed = ip_address(address.partition("%")[0])
    return parsed.version, int(parsed)


def _refusal_v4(address: IPv4Address) -> str | None:
    for network, why in _INSIDE_V4:
        if address in network:
            return f"{address} is {why}"
    return None


def _refusal_v6(address: IPv6Address) -> str | None:
    if any(address in network for network in (_MAPPED, _NAT64, _TEREDO)):
        return None  # what they carry was judged
    for network, why in _INSIDE_V6:
        if address in network:
            return f"{address} is {why}"
    if address not in _PUBLIC_V6:
        return f"{address} is reserved"
    return None


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses an IPv6 address carries, as whoever routes it would read them."""
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return (IPv4Address(number & 0xFFFF_FFFF),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & 0xFFFF_FFFF),)
    if address in _TEREDO:  # its server, and the client with every bit turned over
        return (IPv4Address(number >> 64 & 0xFFFF_FFFF), IPv4Address(~number & 0xFFFF_FFFF))
    return ()


def _detour(entry: str) -> tuple[str, Way]:
    name, _, place = entry.partition("=")
    parts = _WITH_PORT.fullmatch(place)
    try:
        if parts is None or not _NAME.fullmatch(name.lower()):
            raise ValueError("no name, address and port")  # noqa: TRY301  # one message for all
        address = ip_address(parts["v6"] or parts["v4"])
        return name.lower(), Way(str(address), int(parts["port"]))
    except ValueError as problem:
        raise BadInput(
            f"{entry!r} does not say where to connect ({problem}): write it as "
            "recorded.example=127.0.0.1:8099"
        ) from problem


def _allowance(entry: str) -> Allowance:
    name, has_name, network = entry.rpartition("=")
    host = name.lower() if has_name else None
    parts = _WITH_PORT.fullmatch(network)
    try:
        if host is not None and (host.startswith("*") or not _NAME.fullmatch(host)):
            raise ValueError("no host name")  # noqa: TRY301  # one message for all
        if parts is None:
            return Allowance(ip_network(network), host=host)
        return Allowance(ip_network(parts["v6"] or parts["v4"]), int(parts["port"]), host)
    except ValueError as problem:
        raise BadInput(
            f"{entry!r} is not a network that can be allowed ({problem}): write it as "
            "10.20.0.0/16, 192.168.7.4/32, for one port only 10.20.0.5/32:8080, or for one host "
            "only wire.example=10.20.0.5/32:8080"
        ) from problem
