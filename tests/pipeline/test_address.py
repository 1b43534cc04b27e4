"""Which addresses may be fetched from: every network by name, and every disguise."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.address import (
    Way,
    allowances,
    detour,
    detours,
    in_force,
    lowest,
    refusal,
    refusal_to_connect,
)
from pipeline.errors import BadInput

INSIDE = [
    ("0.0.0.0", "unspecified"),  # noqa: S104  # nothing listens here: it is what must be refused
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "carrier"),
    ("100.127.255.255", "carrier"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.169.254", "credentials"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.8", "protocols"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "reserved"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarks"),
    ("198.19.255.255", "benchmarks"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "reserved"),
    ("::ffff:0:127.0.0.1", "reserved"),
    ("64:ff9b:1::1", "private"),
    ("100::1", "discarding"),
    ("2001:2::1", "protocols"),
    ("2001:10::1", "protocols"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("4000::1", "reserved"),
    ("5f00::1", "reserved"),
    ("fc00::1", "private"),
    ("fdff::1", "private"),
    ("fe80::1", "local link"),
    ("fec0::1", "private"),
    ("feff::1", "private"),
    ("ff02::1", "multicast"),
    ("fe80::1%eth0", "network card"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("64:ff9b::7f00:1", "loopback"),
    ("64:ff9b::a9fe:a9fe", "credentials"),
    ("2002:7f00:1::", "loopback"),
    ("2002:a00:1:1::1", "private"),
    ("2001:0:7f00:1::f7f7:f7f7", "loopback"),  # Teredo: a loopback server
    ("2001:0:808:808::80ff:fffe", "loopback"),  # Teredo: a loopback client, bits turned over
]

OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2001:0:808:808::f7f7:f7f7",
]


@pytest.mark.parametrize(("address", "word"), INSIDE)
def test_an_address_inside_is_refused_with_its_reason(address: str, word: str) -> None:
    reason = refusal(address)
    assert reason is not None
    assert word in reason
    assert str(ip_address(address)) in reason


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("text", ["", "localhost", "0x7f.1", "127.1", "2130706433", "1.2.3.4 "])
def test_what_is_no_ip_address_is_refused(text: str) -> None:
    assert "is not an IP address" in str(refusal(text))


four_bytes = st.integers(min_value=0, max_value=2**32 - 1)
PUBLIC_V4 = int(IPv4Address("8.8.8.8"))


@given(inner=four_bytes)
def test_a_disguise_changes_no_judgement(inner: int) -> None:
    plain = refusal(str(IPv4Address(inner))) is None
    turned = ~inner & 0xFFFF_FFFF
    for disguise in (
        int(IPv6Address("::ffff:0:0")) | inner,
        int(IPv6Address("64:ff9b::")) | inner,
        int(IPv6Address("2002::")) | inner << 80,
        int(IPv6Address("2001::")) | PUBLIC_V4 << 64 | turned,
        int(IPv6Address("2001::")) | inner << 64 | ~PUBLIC_V4 & 0xFFFF_FFFF,
    ):
        assert (refusal(str(IPv6Address(disguise))) is None) == plain


@given(rest=four_bytes, tail=st.integers(min_value=0, max_value=2**80 - 1))
def test_the_rest_of_a_6to4_address_hides_nothing(rest: int, tail: int) -> None:
    loopback = 127 << 24 | rest & 0xFF_FFFF
    address = IPv6Address(int(IPv6Address("2002::")) | loopback << 80 | tail)
    assert "loopback" in str(refusal(str(address)))


@given(text=st.text(max_size=60).filter(lambda text: "." not in text and ":" not in text))
def test_any_text_gets_a_judgement(text: str) -> None:
    assert "is not an IP address" in str(refusal(text))


def test_only_the_webs_own_ports_are_connected_to() -> None:
    assert refusal_to_connect("8.8.8.8", 80, ()) is None
    assert refusal_to_connect("8.8.8.8", 443, ()) is None
    assert "port 6379" in str(refusal_to_connect("8.8.8.8", 6379, ()))
    assert "loopback" in str(refusal_to_connect("127.0.0.1", 80, ()))


def test_a_port_an_operator_named_is_connected_to_but_never_inside() -> None:
    assert refusal_to_connect("8.8.8.8", 8080, (), own_port=8080) is None
    assert "port 8081" in str(refusal_to_connect("8.8.8.8", 8081, (), own_port=8080))
    assert "loopback" in str(refusal_to_connect("127.0.0.1", 8080, (), own_port=8080))


@pytest.mark.parametrize(
    ("entry", "address", "port", "may"),
    [
        ("127.0.0.0/8", "127.0.0.1", 8000, True),
        ("127.0.0.0/8", "10.0.0.1", 80, False),
        ("10.2.0.7", "10.2.0.7", 8080, True),
        ("10.2.0.7", "10.2.0.8", 80, False),
        ("10.2.0.7/32:8080", "10.2.0.7", 8080, True),
        ("10.2.0.7/32:8080", "10.2.0.7", 80, False),
        ("fd00::/8", "fd12::1", 81, True),
        ("[fd00::/8]:8080", "fd12::1", 8080, True),
        ("[fd00::/8]:8080", "fd12::1", 443, False),
        ("127.0.0.0/8", "::ffff:127.0.0.1", 80, False),  # a disguise is not what was allowed
        ("127.0.0.0/8", "localhost", 80, False),
    ],
)
def test_an_allowance_opens_its_network_and_nothing_else(
    entry: str, address: str, port: int, *, may: bool
) -> None:
    assert (refusal_to_connect(address, port, allowances([entry])) is None) == may


def test_an_allowance_without_a_host_is_for_what_an_operator_named() -> None:
    both = allowances(["10.2.0.0/16", "Wire.example=[fd00::/8]:8080"])
    network, wire = both
    assert (wire.host, wire.port) == ("wire.example", 8080)
    assert in_force("wire.example", both, is_own=True) == both
    assert in_force("wire.example", both, is_own=False) == (wire,)
    assert in_force("other.example", both, is_own=True) == (network,)
    assert in_force("other.example", both, is_own=False) == ()


@pytest.mark.parametrize("entry", ["=10.0.0.0/8", "*.example=10.0.0.0/8", "a b=10.0.0.0/8", "a="])
def test_an_allowance_whose_host_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(BadInput, match="not a network that can be allowed"):
        allowances([entry])


@pytest.mark.parametrize(
    "entry", ["", "intranet", "10.0.0.1/8", "10.0.0.0/8:web", "10.0.0.0/8:", "[fd00::/8]", "[::1"]
)
def test_an_allowance_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(BadInput, match="not a network that can be allowed") as caught:
        allowances([entry])
    assert repr(entry) in str(caught.value)


def test_a_name_may_be_led_to_an_origin_of_our_own() -> None:
    led = detours(["Recorded.example=127.0.0.1:8099", "six.example=[::1]:81"])
    assert led == {"recorded.example": Way("127.0.0.1", 8099), "six.example": Way("::1", 81)}


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "a.example",
        "a.example=127.0.0.1",
        "=127.0.0.1:80",
        "a.example=b.example:80",
        "*=127.0.0.1:80",
        "*.=127.0.0.1:80",
        "a.*.example=127.0.0.1:80",
        "**.a=127.0.0.1:80",
    ],
)
def test_a_detour_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(BadInput, match="does not say where to connect") as caught:
        detours([entry])
    assert repr(entry) in str(caught.value)


def test_a_whole_domain_may_be_led_to_an_origin_of_our_own() -> None:
    led = detours(["*.bench.example=127.0.0.1:81", "own.bench.example=127.0.0.1:82"])
    assert detour("feed-7.bench.example", led) == Way("127.0.0.1", 81)
    assert detour("a.b.bench.example", led) == Way("127.0.0.1", 81)
    assert detour("own.bench.example", led) == Way("127.0.0.1", 82)
    for other in ("bench.example", "notbench.example", "example", "bench.example.other", ""):
        assert detour(other, led) is None
    assert detour("feed-7.bench.example", {}) is None


@pytest.mark.parametrize(
    ("addresses", "first"),
    [
        ([], None),
        (["203.0.113.9"], "203.0.113.9"),
        (["203.0.113.10", "203.0.113.9"], "203.0.113.9"),  # by number, not by letters
        (["2001:db8::1", "203.0.113.9"], "203.0.113.9"),
        (["2001:db8::10", "2001:db8::9"], "2001:db8::9"),
        (["fe80::2%eth0", "fe80::1%eth1"], "fe80::1%eth1"),
    ],
)
def test_one_address_stands_for_all_however_they_are_shuffled(
    addresses: list[str], first: str | None
) -> None:
    assert lowest(addresses) == lowest(reversed(addresses)) == first
