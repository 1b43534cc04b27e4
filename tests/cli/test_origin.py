"""The built-in origin of `play`: each feed's document of the moment, with its validators."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.origin import Asked, Manner, Origin, Reply, address, origin, serving
from pipeline.records import Answer, Request
from workers.http import Http

MOMENT = datetime(2023, 8, 5, 6, 0, tzinfo=UTC)


@pytest.fixture
def source() -> Iterator[Origin]:
    with origin() as running:
        yield running


def ask(source: Origin, feed: str, **headers: str) -> Answer:
    client = Http(connect_to=(source.connect_to,), deadline=60, retry_wait=0)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(Request(url=address(feed), headers=given))


def a_document(tmp_path: Path, body: bytes = b"<rss/>") -> Path:
    path = tmp_path / "document.xml"
    path.write_bytes(body)
    return path


def test_a_feed_gives_its_document_of_the_moment(source: Origin, tmp_path: Path) -> None:
    assert ask(source, "post").status == 404  # before its first
    for body in (b"<rss>one</rss>", b"<rss>two</rss>"):
        sha = source.serve("post", a_document(tmp_path, body), MOMENT)
        answer = ask(source, "post")
        assert (answer.status, answer.body) == (200, body)
        assert sha == hashlib.sha256(body).hexdigest()
        assert answer.headers["last-modified"] == "Sat, 05 Aug 2023 06:00:00 GMT"
    assert ask(source, "tide").status == 404


def test_who_has_it_already_is_told_so(source: Origin, tmp_path: Path) -> None:
    source.serve("post", a_document(tmp_path), MOMENT)
    etag = ask(source, "post").headers["etag"]
    again = ask(source, "post", If_None_Match=etag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    source.serve("post", a_document(tmp_path, b"<rss>two</rss>"), MOMENT)
    assert ask(source, "post", If_None_Match=etag).status == 200


def test_without_a_recorded_time_the_files_own_counts(source: Origin, tmp_path: Path) -> None:
    source.serve("post", a_document(tmp_path), None)
    assert "GMT" in ask(source, "post").headers["last-modified"]


@pytest.mark.parametrize(
    "folder", ["neue zürcher", "50% off?", "a#b", "a+b", "..", "новини", "x%20y"]
)
def test_a_folder_may_be_called_anything(source: Origin, tmp_path: Path, folder: str) -> None:
    source.serve(folder, a_document(tmp_path), MOMENT)
    assert ask(source, folder).status == 200


def test_a_feeds_address_is_the_same_in_every_run_and_of_no_ones_domain() -> None:
    assert address("post") == "http://recorded.example/post/feed"
    assert len({address(folder) for folder in ("a/b", "a%2Fb", "a b", "a+b")}) == 4


# --- the server it is made of


def answered(reply: Reply, **limits: float) -> Answer:
    with serving(lambda _: reply, between_drips=0.01) as port:
        client = Http(
            connect_to=(f"recorded.example=127.0.0.1:{port}",),
            deadline=limits.get("deadline", 60),
            body_cap=int(limits.get("body_cap", 1_000_000)),
            retry_wait=0,
        )
        headers = {"Accept-Encoding": "gzip, br"}
        return client.get(Request(url="http://recorded.example/feed", headers=headers))


@pytest.mark.parametrize("manner", ["plain", "chunked", "gzip"])
def test_a_body_arrives_whole_in_each_good_manner(manner: Manner) -> None:
    body = b"<rss>" + b"word " * 1000 + b"</rss>"
    answer = answered(Reply(body=body, manner=manner, headers={"ETag": '"1"'}))
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, body, '"1"')


@pytest.mark.parametrize(
    ("manner", "problem"),
    [
        ("silent", "timeout"),
        ("drip", "timeout"),
        ("close", "connect"),
        ("cut", "broken"),
        ("gzip bomb", "too_big"),
        ("br bomb", "too_big"),
    ],
)
def test_each_bad_manner_is_bad_in_its_own_way(manner: Manner, problem: str) -> None:
    deadline = 0.5 if problem == "timeout" else 30.0
    answer = answered(Reply(body=b"x" * 2000, manner=manner), deadline=deadline)
    assert (answer.status, answer.problem) == (None, problem)


def test_a_reply_may_bring_a_clock_of_its_own() -> None:
    date = "Mon, 02 Mar 2026 00:00:00 GMT"
    assert answered(Reply(headers={"Date": date})).headers["date"] == date
    assert answered(Reply()).headers["date"].endswith("GMT")


def test_the_server_is_told_who_was_asked_for_what() -> None:
    asked: list[Asked] = []

    def note(one: Asked) -> Reply:
        asked.append(one)
        return Reply()

    with serving(note) as port:
        client = Http(connect_to=(f"tide.example=127.0.0.1:{port}",), deadline=60, retry_wait=0)
        client.get(Request(url="http://tide.example/a?b=1", headers={"If-None-Match": '"1"'}))
    assert [(one.host, one.path) for one in asked] == [("tide.example", "/a?b=1")]
    assert asked[0].headers["if-none-match"] == '"1"'
