"""The one HTTP client against an origin on loopback that does everything publishers do to us."""

import gzip
import logging
import os
import socketserver
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import brotli
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadInput
from pipeline.records import Answer, Hop, Request
from tests.origin import CERTIFICATE, EXPIRED_CERTIFICATE, Behaviour, Origin, origin
from workers.http import IDLE_SECONDS, Http, NoAnswer

# Seconds, for what has a second at most: a crowded machine's second may be long, and those who are
# not left at the deadline hold on for two minutes.
SOON = 100
LOOPBACK = ("127.0.0.0/8", "other.example=127.0.0.0/8")
RSS = b"<rss version='2.0'><channel><title>Invented</title></channel></rss>"


class FakeNames:
    """A name server with a memory: each name's answers in turn, the last one for ever."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[tuple[str, int]] = []

    def __call__(self, name: str, port: int) -> list[str]:
        self.asked.append((name, port))
        if name not in self.names:
            raise OSError(-2, "Name or service not known")
        answers = self.names[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def on_loopback() -> FakeNames:
    return FakeNames(feeds_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])


def a_client(
    *,
    deadline: float = 60,  # the crowded machine counts: what is about time says less
    body_cap: int = 1_000_000,
    allow_inside: tuple[str, ...] = LOOPBACK,
    resolve: Callable[[str, int], list[str]] | None = None,
    ca_file: str | None = str(CERTIFICATE),
    credentials: Mapping[str, str] | None = None,
    connect_to: tuple[str, ...] = (),
) -> Http:
    return Http(
        deadline=deadline,
        body_cap=body_cap,
        allow_inside=allow_inside,
        resolve=resolve or (lambda name, _port: [name]),
        retry_wait=0,
        ca_file=ca_file,
        credentials=credentials,
        connect_to=connect_to,
    )


def asked(client: Http, url: str, **headers: str) -> Answer:
    """The answer to a question; headers are named with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(Request(url=url, headers=names))


def named(o: Origin, path: str, name: str = "feeds.example") -> str:
    """The origin's address under a name instead of its number."""
    return o.url(path).replace("127.0.0.1", name)


@pytest.fixture
def o() -> Iterator[Origin]:
    with origin() as running:
        yield running


def test_a_document_comes_with_its_status_headers_and_final_address(o: Origin) -> None:
    o.serve("/a.xml", body=RSS, headers={"ETag": 'W/"1"', "X-Served-By": "a"})
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.body, answer.problem) == (200, RSS, None)
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["x-served-by"] == "a"
    assert answer.url == o.url("/a.xml")
    assert answer.seconds > 0


def test_what_is_asked_goes_out_as_it_was_given_and_nothing_more(o: Origin) -> None:
    o.serve("/a.xml?b=c", body=RSS, headers={"Set-Cookie": "visitor=1"})
    client = a_client(resolve=on_loopback())
    for _ in range(2):
        answer = asked(
            client,
            named(o, "/a.xml?b=c"),
            If_None_Match='W/"x  y"',
            User_Agent="serieswatch/0",
            Accept_Encoding="gzip",
        )
        assert answer.status == 200
        assert "set-cookie" not in answer.headers
    assert o.requests[0] == o.requests[1]
    assert o.requests[0].path == "/a.xml?b=c"
    assert o.requests[0].headers == {
        "host": named(o, "").removeprefix("http://"),
        "if-none-match": 'W/"x  y"',
        "user-agent": "serieswatch/0",
        "accept-encoding": "gzip",
    }
    assert o.requests[0].method == "GET"


def test_a_304_comes_back_as_such(o: Origin) -> None:
    o.serve("/a.xml", body=RSS, headers={"ETag": '"1"', "Last-Modified": "yesterday"})
    client = a_client()
    assert asked(client, o.url("/a.xml"), If_None_Match='"1"').status == 304
    assert asked(client, o.url("/a.xml"), If_Modified_Since="yesterday").status == 304
    assert asked(client, o.url("/a.xml"), If_None_Match='"0"').status == 200


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_a_refusal_is_an_answer_and_is_never_asked_again_at_once(o: Origin, status: int) -> None:
    o.serve("/a.xml", body=b"sorry", status=status, headers={"Retry-After": "120"})
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.problem) == (status, None)
    assert answer.body == (b"sorry" if status == 403 else b"")
    assert answer.headers["retry-after"] == "120"
    assert len(o.requests) == 1


EXCUSE = b"error code: 1015"


@pytest.mark.parametrize("packing", ["answer", "gzip", "brotli", "chunked"])
def test_of_a_403_the_beginning_is_read_for_it_may_mean_too_often(
    o: Origin, packing: Behaviour
) -> None:
    o.serve("/a.xml", body=EXCUSE + b"x" * 100_000, status=403, behaviour=packing)
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.problem) == (403, None)
    assert answer.body.startswith(EXCUSE)
    assert len(answer.body) <= 4096


@pytest.mark.parametrize("packing", ["gzip", "br", "zstd"])
def test_a_403_remains_one_where_its_words_cannot_be_read(o: Origin, packing: str) -> None:
    o.serve("/a.xml", body=b"no", status=403, headers={"Content-Encoding": packing})
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.problem, answer.body) == (403, None, b"")


def test_a_403_whose_words_never_come_is_not_waited_for(o: Origin) -> None:
    o.serve("/a.xml", status=403, behaviour="slow_refusal")
    answer = asked(a_client(deadline=3), o.url("/a.xml"))
    assert (answer.status, answer.body) == (403, b"")


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_trouble_is_asked_again_once(o: Origin, status: int) -> None:
    o.serve("/blip.xml", status=status, once=True)
    o.serve("/blip.xml", body=RSS)
    o.serve("/down.xml", status=status)
    assert asked(a_client(), o.url("/blip.xml")).body == RSS
    assert len(o.requests) == 2
    assert asked(a_client(), o.url("/down.xml")).status == status
    assert len(o.requests) == 4


def test_a_server_that_hangs_up_is_asked_again_once(o: Origin) -> None:
    o.serve("/blip.xml", behaviour="close", once=True)
    o.serve("/blip.xml", body=RSS)
    o.serve("/down.xml", behaviour="close")
    assert asked(a_client(), o.url("/blip.xml")).body == RSS
    answer = asked(a_client(), o.url("/down.xml"))
    assert (answer.status, answer.problem, answer.url) == (None, "connect", o.url("/down.xml"))
    assert len(o.requests) == 4


def test_a_second_try_is_not_begun_if_it_must_wait_beyond_the_deadline(o: Origin) -> None:
    o.serve("/a.xml", status=502)
    client = Http(deadline=5, allow_inside=LOOPBACK, retry_wait=6)
    assert asked(client, o.url("/a.xml")).status == 502
    assert len(o.requests) == 1


def test_a_port_where_nobody_listens_is_a_problem_in_plain_words() -> None:
    with origin() as gone:
        url = named(gone, "/a.xml")
    names = on_loopback()
    answer = asked(a_client(resolve=names), url)
    assert answer.problem == "connect"
    assert answer.detail == "connection refused"
    assert len(names.asked) == 2  # it may have been starting: asked again once


@pytest.mark.parametrize("behaviour", ["silent", "drip", "drip_headers"])
def test_no_slow_server_holds_us_beyond_the_deadline(o: Origin, behaviour: Behaviour) -> None:
    o.serve("/a.xml", body=RSS * 100, behaviour=behaviour)
    started = time.monotonic()
    answer = asked(a_client(deadline=1.5), o.url("/a.xml"))
    assert answer.problem == "timeout"
    assert "1.5 seconds" in answer.detail
    assert 1.4 < time.monotonic() - started < SOON
    assert len(o.requests) == 1


def test_redirects_share_one_deadline(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml"})
    o.serve("/b.xml", body=RSS * 100, behaviour="drip")
    started = time.monotonic()
    # Long enough for the first answer, however crowded the machine is.
    assert asked(a_client(deadline=3), o.url("/a.xml")).url == o.url("/b.xml")
    assert time.monotonic() - started < SOON


def test_a_server_that_never_ends_its_tls_greeting_is_left_at_the_deadline() -> None:
    # It listens, but nobody takes the calls.
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as deaf:
        port = deaf.server_address[1]
        started = time.monotonic()
        answer = asked(a_client(deadline=0.5), f"https://127.0.0.1:{port}/")
    assert answer.problem == "timeout"
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("behaviour", ["flood", "bomb", "brotli_bomb"])
def test_two_hundred_megabytes_cost_no_memory(o: Origin, behaviour: Behaviour) -> None:
    o.serve("/a.xml", behaviour=behaviour)
    client = a_client()
    tracemalloc.start()
    try:
        answer = asked(client, o.url("/a.xml"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.problem == "too_big"
    assert "more than 1 MB" in answer.detail
    assert answer.body == b""
    assert peak < 5_000_000
    assert o.sent < 50_000_000  # what fits into the machine's socket buffers, at most


def test_a_document_of_just_the_cap_is_taken_and_one_byte_more_is_not(o: Origin) -> None:
    packings: tuple[Behaviour, ...] = ("answer", "gzip", "brotli", "chunked")
    for packing in packings:
        o.serve("/a.xml", body=b"x" * 1000, behaviour=packing)
        o.serve("/b.xml", body=b"x" * 1001, behaviour=packing)
        client = a_client(body_cap=1000)
        assert len(asked(client, o.url("/a.xml")).body) == 1000
        assert asked(client, o.url("/b.xml")).problem == "too_big"


def test_a_promise_of_too_much_is_not_even_begun(o: Origin) -> None:
    o.serve("/a.xml", body=RSS, headers={"Content-Length": "999999999"})
    assert asked(a_client(), o.url("/a.xml")).problem == "too_big"


@pytest.mark.parametrize("behaviour", ["answer", "chunked", "gzip", "brotli"])
def test_a_document_arrives_whole_however_it_is_sent(o: Origin, behaviour: Behaviour) -> None:
    body = b"".join(sha256(bytes([n % 256, n // 256])).digest() for n in range(10_000))
    o.serve("/a.xml", body=body, behaviour=behaviour)
    assert asked(a_client(), o.url("/a.xml")).body == body


def packed(o: Origin, body: bytes, encoding: str = "gzip") -> Answer:
    o.serve("/a.xml", body=body, headers={"Content-Encoding": encoding})
    return asked(a_client(), o.url("/a.xml"))


def test_packed_members_one_after_another_are_one_document(o: Origin) -> None:
    halves = gzip.compress(RSS[:20]) + gzip.compress(RSS[20:])
    assert packed(o, halves).body == RSS
    assert packed(o, halves + bytes(512)).body == RSS  # padded, as some archives are
    assert packed(o, gzip.compress(b"") * 3000 + gzip.compress(RSS), "X-GZIP").body == RSS


def test_an_empty_document_is_empty_even_where_it_claims_to_be_packed(o: Origin) -> None:
    answer = packed(o, b"")
    assert (answer.status, answer.body) == (200, b"")
    assert packed(o, b"", "br").body == b""


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (RSS, "gzip", "damaged"),
        (gzip.compress(RSS, mtime=0)[:-8] + b"12345678", "gzip", "damaged"),
        (gzip.compress(RSS, mtime=0)[:-1], "gzip", "ends in the middle"),
        (
            gzip.compress(RSS, mtime=0) + gzip.compress(RSS, mtime=0)[:15],
            "gzip",
            "ends in the middle",
        ),
        (RSS, "br", "damaged"),
        (brotli.compress(RSS)[:-1], "br", "ends in the middle"),
        (brotli.compress(RSS) + b"more", "br", "damaged"),
        (RSS, "deflate", "did not offer"),
        (RSS, "zstd", "did not offer"),
        (RSS, "gzip, gzip", "did not offer"),
    ],
)
def test_a_document_that_cannot_be_unpacked_is_broken(
    o: Origin, body: bytes, encoding: str, words: str
) -> None:
    answer = packed(o, body, encoding)
    assert answer.problem == "broken"
    assert words in answer.detail


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "none"])
def test_a_document_that_is_not_packed_is_taken_as_it_is(o: Origin, encoding: str) -> None:
    assert packed(o, RSS, encoding).body == RSS


@pytest.mark.parametrize("behaviour", ["short", "gzip_cut", "brotli_cut", "not_http"])
def test_an_answer_that_breaks_off_is_no_document(o: Origin, behaviour: Behaviour) -> None:
    o.serve("/a.xml", body=RSS, behaviour=behaviour)
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.problem, answer.body) == (None, "broken", b"")
    assert len(o.requests) == 1


def test_what_a_server_says_is_told_in_one_readable_line(o: Origin) -> None:
    o.serve("/a.xml", behaviour="not_http")
    answer = asked(a_client(), o.url("/a.xml"))
    assert "220 mail.example? ESMTP" in answer.detail
    assert len(answer.detail) <= 300


def test_a_header_that_could_not_be_stored_or_sent_back_is_left_out(o: Origin) -> None:
    o.serve("/a.xml", body=RSS, headers={"ETag": '"\x01"', "X-Long": "x" * 5000, "X-Fine": "é"})
    headers = asked(a_client(), o.url("/a.xml")).headers
    assert headers["x-fine"] == "é"
    assert "etag" not in headers
    assert "x-long" not in headers


def test_a_request_that_cannot_be_sent_is_a_problem_too(o: Origin) -> None:
    answer = asked(a_client(), o.url("/a.xml"), User_Agent="two\nlines")
    assert answer.problem == "broken"
    assert o.requests == []


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_with_the_same_question(o: Origin, status: int) -> None:
    o.serve("/a.xml", status=status, headers={"Location": "b/c.xml?d=1#e"})
    o.serve("/b/c.xml?d=1", body=RSS)
    answer = asked(a_client(), o.url("/a.xml"), If_None_Match='"1"')
    assert answer.body == RSS
    assert answer.url == o.url("/b/c.xml?d=1")
    assert answer.hops == (Hop(o.url("/a.xml"), status, answer.url),)
    assert [request.headers.get("if-none-match") for request in o.requests] == ['"1"', '"1"']
    assert "referer" not in o.requests[1].headers


def test_a_redirect_to_another_name_is_asked_under_that_name(o: Origin) -> None:
    o.serve("/a.xml", status=301, headers={"Location": named(o, "/b.xml", "other.example")})
    o.serve("/b.xml", body=RSS)
    names = on_loopback()
    assert asked(a_client(resolve=names), named(o, "/a.xml")).body == RSS
    assert o.requests[1].headers["host"].startswith("other.example:")
    assert [name for name, _ in names.asked] == ["feeds.example", "other.example"]


def test_a_redirect_written_in_raw_letters_is_asked_in_percent_signs(o: Origin) -> None:
    raw = "/déjà vu.xml?a=é%20b".encode().decode("latin-1")  # UTF-8 bytes in the header
    o.serve("/a.xml", status=302, headers={"Location": raw})
    o.serve("/d%C3%A9j%C3%A0%20vu.xml?a=%C3%A9%20b", body=RSS)
    assert asked(a_client(), o.url("/a.xml")).body == RSS


def test_a_visitors_mark_set_by_a_redirect_is_not_carried_on(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml", "Set-Cookie": "visitor=1"})
    o.serve("/b.xml", body=RSS)
    assert asked(a_client(), o.url("/a.xml")).body == RSS
    assert set(o.requests[1].headers) == set(o.requests[0].headers)
    assert not {"cookie", "referer", "range"} & set(o.requests[1].headers)


def test_every_redirect_is_told_in_order_and_so_are_those_before_a_problem(o: Origin) -> None:
    o.serve("/a", status=301, headers={"Location": "/b"})
    o.serve("/b", status=307, headers={"Location": "/c"})
    o.serve("/c", body=RSS)
    way = (Hop(o.url("/a"), 301, o.url("/b")), Hop(o.url("/b"), 307, o.url("/c")))
    assert asked(a_client(), o.url("/a")).hops == way
    o.serve("/c", status=302, headers={"Location": "http://10.0.0.1/"})
    lost = asked(a_client(), o.url("/a"))
    assert (lost.problem, lost.hops[:2]) == ("blocked_address", way)
    o.serve("/c", status=302, headers={"Location": "ftp://outlet.example/"})
    assert asked(a_client(), o.url("/a")).hops == way


def test_a_redirect_that_asks_us_to_wait_is_followed_only_after_the_wait(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml", "Retry-After": "60"})
    o.serve("/b.xml", body=RSS)
    answer = asked(a_client(), o.url("/a.xml"))
    assert (answer.status, answer.headers["retry-after"], answer.hops) == (302, "60", ())
    assert len(o.requests) == 1
    request = Request(url=o.url("/a.xml"), headers={}, has_waited=True)
    assert a_client().get(request).body == RSS
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml", "Retry-After": "0"})
    assert asked(a_client(), o.url("/a.xml")).body == RSS


def test_validators_are_told_only_to_the_address_they_came_from(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml"})
    o.serve("/b.xml", body=RSS, headers={"ETag": '"b"'})
    headers = {"If-None-Match": '"b"', "If-Modified-Since": "yesterday", "A-IM": "feed"}
    url = o.url("/a.xml")
    at_the_end = Request(url=url, headers=headers, validators_of=o.url("/b.xml"))
    assert a_client().get(at_the_end).status == 304
    assert not set(o.requests[0].headers) & {name.lower() for name in headers}
    at_the_start = Request(url=url, headers=headers, validators_of=url)
    assert a_client().get(at_the_start).body == RSS


def test_five_redirects_are_followed_and_a_sixth_is_not(o: Origin) -> None:
    for n in range(6):
        o.serve(f"/{n}", status=302, headers={"Location": f"/{n + 1}"})
    o.serve("/6", body=RSS)
    assert asked(a_client(), o.url("/1")).body == RSS
    answer = asked(a_client(), o.url("/0"))
    assert answer.problem == "redirect"
    assert "6th" in answer.detail


def test_a_redirect_in_a_circle_is_left_at_once(o: Origin) -> None:
    o.serve("/self", status=301, headers={"Location": "/self"})
    o.serve("/a", status=301, headers={"Location": "/b"})
    o.serve("/b", status=301, headers={"Location": "/a"})
    for path, questions in (("/self", 1), ("/a", 3)):
        answer = asked(a_client(), o.url(path))
        assert answer.problem == "redirect"
        assert "circle" in answer.detail
        assert len(o.requests) == questions


@pytest.mark.parametrize(
    ("location", "problem", "words"),
    [
        ("file:///etc/passwd", "redirect", "only http and https"),
        ("ftp://feeds.example/a.xml", "redirect", "only http and https"),
        ("http://editor:secret@other.example/", "redirect", "password"),
        ("http://[::1/", "redirect", "IPv6"),
        ("http://feeds.example:http/", "redirect", "ort"),
        ("http://:80/a.xml", "redirect", "no host name"),
        ("http://10.0.0.1/", "blocked_address", "private"),
        ("http://169.254.169.254/latest/", "blocked_address", "credentials"),
        ("http://[::ffff:10.0.0.1]/", "blocked_address", "private"),
        ("http://inside.example/", "blocked_address", "192.168.0.1"),
        ("http://nowhere.example/", "dns", "name or service not known"),
    ],
)
def test_a_redirect_is_judged_like_a_first_address(
    o: Origin, location: str, problem: str, words: str
) -> None:
    o.serve("/a.xml", status=302, headers={"Location": location})
    names = FakeNames(feeds_example=[["127.0.0.1"]], inside_example=[["192.168.0.1"]])
    answer = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert (answer.status, answer.problem) == (None, problem)
    assert words in answer.detail


def test_a_redirect_that_does_not_say_where_is_an_answer(o: Origin) -> None:
    o.serve("/a.xml", status=302)
    assert asked(a_client(), o.url("/a.xml")).status == 302


def test_https_is_never_left_for_http(o: Origin) -> None:
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", status=301, headers={"Location": named(o, "/a.xml")})
        client = a_client(resolve=on_loopback())
        answer = asked(client, named(safe, "/a.xml"))
    assert answer.problem == "redirect"
    assert "https down to http" in answer.detail
    assert o.requests == []


# Credentials

WIRE = "Basic d2lyZTppbnZlbnRlZA=="


def secrets(o: Origin) -> list[str | None]:
    return [request.headers.get("authorization") for request in o.requests]


def test_credentials_are_told_to_their_own_origin_and_to_no_other(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml"})
    o.serve("/b.xml", status=302, headers={"Location": named(o, "/c.xml", "other.example")})
    o.serve("/c.xml", status=302, headers={"Location": named(o, "/d.xml")})
    o.serve("/d.xml", body=RSS)
    wire = named(o, "").upper().replace("HTTP", "http")
    client = a_client(resolve=on_loopback(), credentials={wire: WIRE})
    assert asked(client, named(o, "/a.xml")).body == RSS
    assert secrets(o) == [WIRE, WIRE, None, WIRE]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_redirect_from_elsewhere_does_not_get_us_to_prove_ourselves(
    o: Origin, method: str
) -> None:
    o.serve("/a.xml", status=307, headers={"Location": named(o, "/b.xml", "other.example")})
    o.serve("/b.xml", body=RSS)
    client = a_client(resolve=on_loopback(), credentials={named(o, "", "other.example"): WIRE})
    request = Request(url=named(o, "/a.xml"), headers={})
    answer = client.get(request) if method == "get" else client.post(request, b"a")
    assert answer.body == RSS
    assert secrets(o) == [None, None]


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_a_feed_names_is_trusted_no_further_than_the_feed(o: Origin, method: str) -> None:
    """A hub, a story's page, an older list: asked first, and yet nobody here has named it."""
    o.serve("/secret", body=RSS)
    inside, feed = named(o, "/secret"), named(o, "/a.xml", "other.example")
    client = a_client(
        resolve=on_loopback(),
        allow_inside=("127.0.0.0/8",),
        credentials={named(o, ""): WIRE},
    )

    def ask(named_by: str | None) -> Answer:
        request = Request(url=inside, headers={}, named_by=named_by)
        return client.get(request) if method == "get" else client.post(request, b"a")

    assert ask(feed).problem == "blocked_address"
    assert secrets(o) == []
    assert ask(named(o, "/a.xml")).body == RSS  # on the feed's own server
    assert ask(None).body == RSS
    assert secrets(o) == [WIRE, WIRE]


def test_a_name_that_is_led_somewhere_is_led_for_no_feed_from_elsewhere(o: Origin) -> None:
    o.serve("/secret", body=RSS)
    led = f"led.example={named(o, '', '127.0.0.1').removeprefix('http://')}"
    client = a_client(resolve=FakeNames(led_example=[["192.0.2.7"]]), connect_to=(led,))
    for feed, problem in (
        ("http://led.example/a", None),
        ("http://far.example/a", "blocked_address"),
    ):
        request = Request(url="http://led.example/secret", headers={}, named_by=feed)
        assert client.get(request).problem == problem


def test_credentials_that_were_set_stand_instead_of_the_requests_own(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    client = a_client(resolve=on_loopback(), credentials={named(o, ""): WIRE})
    assert asked(client, named(o, "/a.xml"), authorization="Basic b3RoZXI=").body == RSS
    assert secrets(o) == [WIRE]


def test_credentials_belong_to_one_scheme_and_one_port(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    place = named(o, "")
    others = {place.replace("http", "https"): WIRE, "http://feeds.example": WIRE}
    client = a_client(resolve=on_loopback(), credentials=others)
    assert asked(client, named(o, "/a.xml")).body == RSS
    assert secrets(o) == [None]


def test_credentials_are_sent_over_tls_too() -> None:
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS)
        client = a_client(resolve=on_loopback(), credentials={named(safe, "/"): WIRE})
        assert asked(client, named(safe, "/a.xml")).body == RSS
    assert secrets(safe) == [WIRE]


@pytest.mark.parametrize("status", [302, 307])
def test_what_a_request_brings_to_prove_itself_is_not_taken_to_another_origin(
    o: Origin, status: int
) -> None:
    o.serve("/a.xml", status=status, headers={"Location": "/b.xml"})
    o.serve("/b.xml", status=status, headers={"Location": named(o, "/c.xml", "other.example")})
    o.serve("/c.xml", body=RSS)
    answer = asked(
        a_client(resolve=on_loopback()), named(o, "/a.xml"), Authorization=WIRE, COOKIE="a=b"
    )
    assert answer.body == RSS
    assert secrets(o) == [WIRE, WIRE, None]
    assert [request.headers.get("cookie") for request in o.requests] == ["a=b", "a=b", None]


@pytest.mark.parametrize(
    "where",
    [
        "wire.example",
        "ftp://wire.example",
        "https://wire.example/feeds",
        "https://wire.example/?a",
        "https://wire.example/#a",
        "https://name:secret@wire.example",
        "https://",
    ],
)
def test_an_origin_that_is_none_is_named(where: str) -> None:
    with pytest.raises(BadInput, match="no origin") as caught:
        a_client(credentials={where: WIRE})
    assert WIRE not in str(caught.value)


@pytest.mark.parametrize("told", ["", "  ", "Basic ", "wire:invented", "Basic a\n", "Basic \u00e9"])
def test_credentials_that_cannot_be_sent_are_refused_without_being_shown(told: str) -> None:
    with pytest.raises(BadInput, match=r"https://wire\.example cannot be sent"):
        a_client(credentials={"https://wire.example": told})


# Sending


def test_a_body_is_sent_once_and_the_answer_comes_with_its_words(o: Origin) -> None:
    o.serve("/hub", status=202, body=b"")
    request = Request(
        url=named(o, "/hub"), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    client = a_client(resolve=on_loopback())
    answer = client.post(request, b"hub.mode=subscribe")
    assert (answer.status, answer.body, answer.address) == (202, b"", "127.0.0.1")
    (got,) = o.requests
    assert (got.method, got.body) == ("POST", b"hub.mode=subscribe")
    assert got.headers["content-type"] == "application/x-www-form-urlencoded"
    o.serve("/hub", status=400, body=b"hub.topic is unknown")
    assert client.post(request, b"").body == b"hub.topic is unknown"
    assert o.requests[-1].body == b""


def test_what_was_sent_is_never_sent_again_by_itself(o: Origin) -> None:
    o.serve("/hub", status=502)
    assert a_client().post(Request(url=o.url("/hub"), headers={}), b"a").status == 502
    o.serve("/hub", behaviour="close")
    assert a_client().post(Request(url=o.url("/hub"), headers={}), b"a").problem == "connect"
    assert len(o.requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_only_a_redirect_that_keeps_the_question_is_followed_with_a_body(
    o: Origin, status: int
) -> None:
    o.serve("/hub", status=status, headers={"Location": "/new"})
    o.serve("/new", status=202)
    answer = a_client().post(Request(url=o.url("/hub"), headers={}), b"a")
    if status in {307, 308}:
        assert answer.status == 202
        assert [(got.method, got.body) for got in o.requests] == [("POST", b"a")] * 2
    else:
        assert answer.status == status
        assert len(o.requests) == 1


def test_a_hub_inside_the_house_is_not_sent_to(o: Origin) -> None:
    o.serve("/hub", status=307, headers={"Location": "http://10.0.0.1/"})
    client = a_client(allow_inside=("127.0.0.1",))
    assert client.post(Request(url=o.url("/hub"), headers={}), b"a").problem == "blocked_address"
    assert a_client(allow_inside=()).post(Request(url=o.url("/hub"), headers={}), b"a").problem == (
        "blocked_address"
    )
    assert len(o.requests) == 1


# The address guard


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "\uff11\uff12\uff17.0.0.1",  # full-width digits
        "127\u30020\u30020\u30021",  # full stops of another script
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:808:808::80ff:fffe]",  # Teredo
        "[::127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[fe80::1%25lo]",
        "[::1%25lo]",
        "017700000001",
        "0x7f000001",
        "0x7f.0.0.0x1",
        "127.0.0.1..",
        "169.254.169.254",
        "192.0.0.8",
        "224.0.0.1",
        "0.0.0.0",  # noqa: S104  # nothing listens here: it is what must be refused
        "0",
        "[::]",
    ],
)
def test_no_spelling_of_this_machine_is_asked(o: Origin, host: str) -> None:
    port = o.root.rpartition(":")[2]
    client = Http(allow_inside=(f"192.0.2.0/24:{port}",))  # with the machine's own look-up
    answer = asked(client, f"http://{host}/a.xml")
    assert answer.problem == "blocked_address", answer.detail
    assert o.requests == []


def test_all_addresses_of_a_name_must_pass_and_not_only_the_first(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    names = FakeNames(feeds_example=[["127.0.0.1", "10.0.0.1"]])
    answer = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"
    assert "feeds.example: 10.0.0.1 is inside a private network" in answer.detail
    assert o.requests == []


def test_the_address_that_was_judged_is_the_one_connected_to(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    names = FakeNames(feeds_example=[["127.0.0.1"], ["10.0.0.1"]])
    assert asked(a_client(resolve=names), named(o, "/a.xml")).body == RSS
    assert len(names.asked) == 1


def test_a_name_that_turns_inside_between_two_hops_is_caught(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml"})
    names = FakeNames(feeds_example=[["127.0.0.1"], ["10.0.0.1"]])
    answer = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"
    assert len(o.requests) == 1


def test_a_name_that_turns_inside_between_two_tries_is_caught(o: Origin) -> None:
    o.serve("/a.xml", status=502)
    names = FakeNames(feeds_example=[["127.0.0.1"], ["10.0.0.1"]])
    answer = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"
    assert len(o.requests) == 1


INSIDE = (
    "10.0.0.1",
    "192.168.0.1",
    "172.16.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "224.0.0.1",
    "0.0.0.0",  # noqa: S104  # nothing listens here: it is what must be refused
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:a00:1::f7f7:f7f7",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fd00::1",
    "ff02::1",
    "::127.0.0.1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_server_leads_us_inside_at_first_or_by_a_redirect(o: Origin, address: str) -> None:
    o.serve("/a.xml", status=302, headers={"Location": named(o, "/b.xml", "inside.example")})
    names = FakeNames(feeds_example=[["127.0.0.1"]], inside_example=[[address]])
    client = a_client(resolve=names)
    for path in (named(o, "/b.xml", "inside.example"), named(o, "/a.xml")):
        answer = asked(client, path)
        assert (answer.problem, answer.status) == ("blocked_address", None), answer.detail
        assert answer.detail.startswith("inside.example: ")
    assert [request.path for request in o.requests] == ["/a.xml"]


@pytest.mark.parametrize("address", [number for number in INSIDE if "%" not in number])
def test_no_redirect_to_a_number_leads_us_inside(o: Origin, address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    o.serve("/a.xml", status=301, headers={"Location": f"http://{host}/b.xml"})
    answer = asked(a_client(resolve=on_loopback()), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"
    assert answer.hops == (Hop(named(o, "/a.xml"), 301, f"http://{host}/b.xml"),)


def test_the_lowest_address_of_the_first_name_stands_for_the_server(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": named(o, "/b.xml", "other.example")})
    o.serve("/b.xml", body=RSS)
    names = FakeNames(
        feeds_example=[["127.0.0.10", "127.0.0.9", "127.0.0.1"]], other_example=[["127.0.0.1"]]
    )
    answer = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert (answer.body, answer.address) == (RSS, "127.0.0.1")
    names = FakeNames(feeds_example=[["127.0.0.1"]], other_example=[["127.0.0.1", "10.0.0.1"]])
    lost = asked(a_client(resolve=names), named(o, "/a.xml"))
    assert (lost.problem, lost.address) == ("blocked_address", "127.0.0.1")
    assert asked(a_client(), o.url("/b.xml")).address == "127.0.0.1"
    assert asked(a_client(resolve=FakeNames()), named(o, "/b.xml")).address is None


def test_an_address_that_is_written_out_is_not_looked_up(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    names = FakeNames()
    assert asked(a_client(resolve=names), o.url("/a.xml")).body == RSS
    assert names.asked == []


def test_a_dead_address_costs_nothing_where_the_name_has_another(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    names = FakeNames(feeds_example=[["127.0.0.2", "127.0.0.1"]])  # nobody listens on the first
    assert asked(a_client(resolve=names), named(o, "/a.xml")).body == RSS


def test_only_the_webs_own_ports_are_asked_unless_allowed(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    port = o.root.rpartition(":")[2]
    public = FakeNames(feeds_example=[["8.8.8.8"]])
    answer = asked(a_client(resolve=public), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"
    assert f"port {port}" in answer.detail
    elsewhere = a_client(allow_inside=("127.0.0.0/8:1",))
    assert asked(elsewhere, o.url("/a.xml")).problem == "blocked_address"
    assert asked(a_client(allow_inside=(f"127.0.0.1:{port}",)), o.url("/a.xml")).body == RSS


def test_a_feeds_own_port_is_open_for_its_own_server_alone(o: Origin) -> None:
    port = int(o.root.rpartition(":")[2])
    public = FakeNames(feeds_example=[["8.8.8.8"]], other_example=[["8.8.8.8"]])
    client = a_client(
        resolve=public, connect_to=(f"start.example=127.0.0.1:{port}",), allow_inside=()
    )
    o.serve("/a.xml", status=302, headers={"Location": "http://other.example:8080/"})
    there = Request(url="http://start.example:8080/a.xml", headers={}, own_port=8080)
    answer = client.get(there)
    assert answer.problem == "blocked_address"
    assert "port 8080" in answer.detail
    inside = Request(url=o.url("/a.xml"), headers={}, own_port=port)
    assert a_client(allow_inside=()).get(inside).problem == "blocked_address"
    elsewhere = Request(url="http://feeds.example:8081/", headers={}, own_port=8080)
    assert "port 8081" in client.get(elsewhere).detail


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["inside.example", "127.0.0.1"])
def test_what_may_be_polled_inside_is_not_open_to_a_redirect_from_elsewhere(
    o: Origin, name: str, method: str
) -> None:
    place = o.root.removeprefix("http://")
    o.serve("/a.xml", status=307, headers={"Location": named(o, "/secret", name)})
    o.serve("/secret", body=RSS)
    client = a_client(
        resolve=FakeNames(inside_example=[["127.0.0.1"]]),
        allow_inside=("127.0.0.1/32",),
        connect_to=(f"public.example={place}",),
        credentials={named(o, "", name): WIRE},
    )
    request = Request(url="http://public.example/a.xml", headers={})
    answer = client.get(request) if method == "get" else client.post(request, b"a")
    assert (answer.problem, "loopback" in answer.detail) == ("blocked_address", True)
    assert [got.path for got in o.requests] == ["/a.xml"]
    assert asked(client, named(o, "/secret", name)).body == RSS  # named by an operator


def test_an_allowed_source_may_send_us_on_to_itself_and_to_no_other_name_or_port(
    o: Origin,
) -> None:
    o.serve("/b.xml", body=RSS)
    client = a_client(resolve=on_loopback(), allow_inside=("127.0.0.0/8",))
    for target, is_followed in (
        ("/b.xml", True),
        (named(o, "/b.xml", "other.example"), False),
        ("http://feeds.example/b.xml", False),
    ):
        o.serve("/a.xml", status=302, headers={"Location": target})
        answer = asked(client, named(o, "/a.xml"))
        assert (answer.body == RSS) == is_followed
        assert (answer.problem == "blocked_address") != is_followed


def test_a_network_allowed_for_one_host_is_open_under_that_name_only(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    client = a_client(resolve=on_loopback(), allow_inside=("Feeds.example=127.0.0.1/32",))
    assert asked(client, named(o, "/a.xml")).body == RSS
    assert asked(client, named(o, "/a.xml", "other.example")).problem == "blocked_address"
    assert asked(client, o.url("/a.xml")).problem == "blocked_address"


def test_a_public_name_that_turns_inside_gains_nothing_from_what_is_allowed(o: Origin) -> None:
    o.serve("/a.xml", status=302, headers={"Location": "/b.xml"})
    o.serve("/b.xml", body=RSS)
    names = FakeNames(feeds_example=[["127.0.0.1"], ["127.0.0.2"]])
    port = o.root.rpartition(":")[2]
    allowed = ("feeds.example=127.0.0.1/32", f"127.0.0.2/32:{port}")
    answer = asked(a_client(resolve=names, allow_inside=allowed), named(o, "/a.xml"))
    assert answer.problem == "blocked_address"


def test_a_name_that_is_led_elsewhere_is_not_open_to_a_redirect_from_a_feed_that_is_not(
    o: Origin,
) -> None:
    place = o.root.removeprefix("http://")
    o.serve("/a.xml", status=302, headers={"Location": "http://recorded.example/b.xml"})
    o.serve("/b.xml", body=RSS)
    names = on_loopback()
    led = tuple(f"{name}={place}" for name in ("recorded.example", "second.example"))
    client = a_client(resolve=names, connect_to=led)
    assert asked(client, named(o, "/a.xml")).problem == "dns"  # it is looked up like any other
    assert asked(client, "http://second.example/a.xml").body == RSS


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("feeds.example/a.xml", "only http and https"),
        ("", "only http and https"),
        ("http://", "no host name"),
        ("http://editor:secret@feeds.example/", "password"),
        ("http://feeds.example:99999/", "ort"),
        ("http://feeds example/", "no host name"),
        ("http://fe\u2028eds.example/", "idna"),
    ],
)
def test_an_address_that_is_none_is_a_problem_in_plain_words(url: str, words: str) -> None:
    answer = asked(a_client(resolve=on_loopback()), url)
    assert (answer.problem, answer.url) == ("blocked_address", url)
    assert words in answer.detail


def test_what_may_be_polled_inside_is_said_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        a_client(allow_inside=("10.2.0.0/16",))
    assert "10.2.0.0/16" in caplog.text
    with pytest.raises(BadInput, match="intranet"):
        a_client(allow_inside=("intranet",))


def test_a_replay_is_asked_under_its_recorded_name(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    place = o.root.removeprefix("http://")
    client = Http(connect_to=(f"recorded.example={place}",), resolve=FakeNames())
    answer = asked(client, "http://recorded.example/a.xml")
    assert (answer.body, answer.url) == (RSS, "http://recorded.example/a.xml")
    assert o.requests[0].headers["host"] == "recorded.example"
    assert asked(client, "http://other.recorded.example/a.xml").problem == "dns"
    assert asked(client, o.url("/a.xml")).problem == "blocked_address"  # itself it is not opened
    assert answer.address is None


def test_a_whole_domain_may_be_led_to_an_origin_of_our_own(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    place = o.root.removeprefix("http://")
    client = Http(connect_to=(f"*.bench.example={place}",), resolve=FakeNames())
    for name in ("f1.bench.example", "F2.Bench.Example."):
        assert asked(client, f"http://{name}/a.xml").body == RSS
    assert [got.headers["host"] for got in o.requests] == ["f1.bench.example", "f2.bench.example"]
    assert asked(client, "http://bench.example/a.xml").problem == "dns"


def test_proxies_named_in_the_environment_are_ignored(
    o: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    o.serve("/a.xml", body=RSS)
    assert asked(a_client(), o.url("/a.xml")).body == RSS
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS)
        assert asked(a_client(resolve=on_loopback()), named(safe, "/a.xml")).body == RSS


def test_certificates_named_in_the_environment_are_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(CERTIFICATE))
    monkeypatch.setenv("SSL_CERT_DIR", str(CERTIFICATE.parent))
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS)
        url = named(safe, "/a.xml")
        assert asked(a_client(resolve=on_loopback(), ca_file=None), url).problem == "tls"
        assert asked(a_client(resolve=on_loopback()), url).body == RSS
    assert not keys.exists()  # nor does it make us write down what only the two ends may know


# Names


def test_a_name_nobody_knows_is_a_problem_in_plain_words() -> None:
    answer = asked(a_client(resolve=FakeNames()), "http://nowhere.example/a.xml")
    assert answer.problem == "dns"
    assert answer.detail == "nowhere.example: name or service not known"


def test_a_name_without_addresses_is_a_problem() -> None:
    answer = asked(a_client(resolve=lambda _name, _port: []), "http://feeds.example/a.xml")
    assert (answer.problem, answer.detail) == ("dns", "feeds.example has no address")


@pytest.mark.parametrize("name", ["a..example", "a" * 64 + ".example"])
def test_a_name_that_cannot_be_looked_up_is_a_problem(name: str) -> None:
    assert asked(Http(), f"http://{name}/").problem == "dns"


def test_a_name_server_that_never_answers_is_left_at_the_deadline() -> None:
    over = threading.Event()

    def never(_name: str, _port: int) -> list[str]:
        over.wait(120)
        return []

    started = time.monotonic()
    answer = asked(a_client(deadline=0.3, resolve=never), "http://feeds.example/a.xml")
    over.set()
    assert answer.problem == "dns"
    assert time.monotonic() - started < SOON


def test_a_name_server_that_hangs_holds_up_nobody_else(o: Origin) -> None:
    o.serve("/a.xml", body=RSS)
    over = threading.Event()

    def some(name: str, _port: int) -> list[str]:
        if name == "slow.example":
            over.wait(120)
        return ["127.0.0.1"]

    client = a_client(resolve=some)
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(asked, client, named(o, "/a.xml", "slow.example")) for _ in range(3)]
        assert all(asked(client, named(o, "/a.xml")).body == RSS for _ in range(20))
        assert not any(waiting.done() for waiting in slow)
        over.set()
        assert all(waiting.result().body == RSS for waiting in slow)


def test_no_thread_and_no_file_is_left_behind(o: Origin) -> None:
    o.serve("/a.xml", body=RSS, headers={"ETag": '"1"'})
    o.serve("/b.xml", status=302, headers={"Location": "/a.xml"})
    o.serve("/c.xml", behaviour="close")
    client = a_client(resolve=on_loopback())
    before = set(threading.enumerate())
    process = psutil.Process(os.getpid())
    files = process.num_fds()
    for _ in range(20):
        for path in ("/a.xml", "/b.xml", "/c.xml"):
            asked(client, named(o, path))
        asked(client, "http://nowhere.example/")
    looking = [thread for thread in threading.enumerate() if thread.name == "look up names"]
    assert len([thread for thread in looking if thread not in before]) <= 2
    for thread in looking:
        thread.join(timeout=IDLE_SECONDS + 5)
        assert not thread.is_alive()
    o.drained()
    assert process.num_fds() <= files
    assert asked(client, named(o, "/a.xml")).body == RSS  # the next look-up starts one again


# Other protocols


def test_another_protocol_gets_a_judged_connection_over_tls() -> None:
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS)
        port = int(safe.root.rpartition(":")[2])
        names = FakeNames(feeds_example=[["127.0.0.1"]])
        client = a_client(resolve=names, allow_inside=(f"127.0.0.1:{port}",))
        with closing(client.open("feeds.example", port, tls=True)) as line:
            line.sendall(b"GET /a.xml HTTP/1.0\r\n\r\n")
            with line.makefile("rb") as said:
                assert said.read().endswith(RSS)
        with pytest.raises(NoAnswer, match="mismatch") as caught:
            client.open("127.0.0.1", port, tls=True)
        assert caught.value.problem == "tls"


def test_another_protocol_is_never_led_inside() -> None:
    names = FakeNames(mail_example=[["127.0.0.1"]], two_example=[["8.8.8.8", "10.0.0.1"]])
    client = a_client(resolve=names, allow_inside=())
    for host in ("mail.example", "two.example", "127.0.0.1", "::1", "::ffff:7f00:1"):
        with pytest.raises(NoAnswer) as caught:
            client.open(host, 993, tls=True)
        assert caught.value.problem == "blocked_address"
    for host in ("", "mail example", "mail.example/x", "name@mail.example"):
        with pytest.raises(NoAnswer) as caught:
            client.open(host, 993, tls=True)
        assert caught.value.problem in {"blocked_address", "dns"}


@pytest.mark.parametrize("is_safe", [True, False])
def test_another_protocol_is_bound_by_one_deadline_however_little_moves(*, is_safe: bool) -> None:
    with origin(CERTIFICATE if is_safe else None) as slow:
        slow.serve("/a.xml", body=RSS * 100, behaviour="drip")
        port = int(slow.root.rpartition(":")[2])
        client = a_client(resolve=on_loopback())
        started = time.monotonic()
        with closing(client.open("feeds.example", port, tls=is_safe, seconds=3)) as line:
            line.sendall(b"GET /a.xml HTTP/1.0\r\n\r\n")
            with line.makefile("rb") as said, pytest.raises(TimeoutError):
                said.read()
            with pytest.raises(TimeoutError):
                line.sendall(b"still there?")
        assert time.monotonic() - started < SOON


def test_a_line_that_nobody_answers_is_a_problem_in_plain_words() -> None:
    with origin() as gone:
        port = int(gone.root.rpartition(":")[2])
    with pytest.raises(NoAnswer, match="connection refused") as caught:
        a_client().open("127.0.0.1", port, tls=False)
    assert caught.value.problem == "connect"


# TLS


def test_over_tls_the_name_and_not_the_number_is_asked_for_and_checked() -> None:
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS)
        client = a_client(resolve=on_loopback())
        answer = asked(client, named(safe, "/a.xml", "Feeds.Example."))
    assert answer.body == RSS, answer.detail
    assert safe.server_names == ["feeds.example"]
    assert safe.requests[0].headers["host"].startswith("feeds.example:")


def test_a_document_over_tls_is_bound_by_the_same_deadline() -> None:
    with origin(CERTIFICATE) as safe:
        safe.serve("/a.xml", body=RSS * 100, behaviour="drip")
        client = a_client(deadline=1, resolve=on_loopback())
        started = time.monotonic()
        assert asked(client, named(safe, "/a.xml")).problem == "timeout"
        assert time.monotonic() - started < SOON


@pytest.mark.parametrize(
    ("name", "is_trusted", "is_expired", "words"),
    [
        ("other.example", True, False, "Hostname mismatch"),
        ("feeds.example", True, True, "expired"),
        ("feeds.example", False, False, "self-signed certificate"),
    ],
)
def test_a_certificate_that_proves_nothing_is_a_problem(
    *, name: str, is_trusted: bool, is_expired: bool, words: str
) -> None:
    certificate = EXPIRED_CERTIFICATE if is_expired else CERTIFICATE
    with origin(certificate) as unsafe:
        client = a_client(resolve=on_loopback(), ca_file=str(certificate) if is_trusted else None)
        answer = asked(client, named(unsafe, "/a.xml", name))
    assert answer.problem == "tls"
    assert words in answer.detail
    assert unsafe.requests == []


def test_a_server_that_does_not_speak_tls_is_a_problem(o: Origin) -> None:
    answer = asked(a_client(), o.url("/a.xml").replace("http:", "https:"))
    assert answer.problem == "tls"
    assert answer.detail


# Whatever comes


def test_threads_may_share_one_client(o: Origin) -> None:
    for n in range(16):
        o.serve(f"/{n}", body=RSS + b"%d" % n, behaviour="gzip" if n % 2 else "answer")
    client = a_client()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: asked(client, o.url(f"/{n % 16}")), range(96)))
    assert [answer.body for answer in answers] == [RSS + b"%d" % (n % 16) for n in range(96)]


@given(url=st.text(max_size=40) | st.text(max_size=30).map("http://{}".format))
@settings(deadline=None)
def test_any_text_as_an_address_gets_an_answer(url: str) -> None:
    assert asked(NO_NAMES, url).problem in {"dns", "blocked_address"}


NO_NAMES = a_client(resolve=FakeNames())
LATIN = st.characters(codec="latin-1", exclude_categories=["Cc"])


def test_any_text_as_a_redirect_gets_an_answer(o: Origin) -> None:
    client = a_client(resolve=on_loopback())

    @given(
        location=st.text(LATIN, max_size=40) | st.text(LATIN, max_size=30).map("http://{}".format)
    )
    @settings(deadline=None, max_examples=50)
    def is_answered(location: str) -> None:
        o.serve("/a.xml", status=302, headers={"Location": location})
        answer = asked(client, named(o, "/a.xml"))
        assert (answer.status is None) != (answer.problem is None)
        assert answer.problem in {None, "redirect", "dns", "blocked_address"}

    is_answered()
