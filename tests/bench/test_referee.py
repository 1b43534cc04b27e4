"""The referee: an exemplary reader is told nothing, and each bad habit is told by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from bench.gazettes import (
    DAY,
    HOUR,
    MINUTE,
    START,
    Corrects,
    Expires,
    Gazette,
    GoneForGood,
    Limited,
    LimitedByDate,
    LimitedForYears,
    MovedForGood,
    Page,
    SameEtag,
    Torn,
    Unavailable,
    World,
)
from bench.referee import Held, Score, score
from cli.origin import Asked, Reply

UNTIL = START + 2 * DAY
GAP = timedelta(seconds=5)


@dataclass
class Poller:
    """Asks as it is told and remembers the validators, as an exemplary reader does."""

    world: World
    now: datetime = START
    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def at(self, after: timedelta) -> "Poller":
        self.now = START + after
        return self

    def ask(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = self.kept.get(url, {}) if headers is None else headers
        reply = self.world.answer(Asked(host=parts.hostname or "", path=path, headers=sent))
        if reply.status in {200, 304} and reply.headers.get("Content-Type") != "text/html":
            names = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}
            given = {sent: reply.headers[n] for n, sent in names.items() if n in reply.headers}
            self.kept[url] = given
        return reply


def a_world(*gazettes: Gazette) -> Poller:
    poller = Poller(World(gazettes, lambda: poller.now))
    return poller


def judged(poller: Poller, held: list[Held] | None = None) -> Score:
    return score(poller.world, held or [], until=UNTIL, gap=GAP)


def kinds(poller: Poller) -> list[str]:
    return [breach.kind for breach in judged(poller).breaches]


def an(kind: type[Gazette], name: str = "post", host: str = "") -> Gazette:
    return kind(name, until=2 * DAY, host=host)


def everything(gazette: Gazette) -> list[Held]:
    pieces = [piece for piece in gazette.pieces if piece.at < UNTIL]
    return [Held(p.mark, gazette.url, max(p.at, START) + 5 * MINUTE) for p in pieces]


# --- manners


def test_a_polite_reader_is_told_nothing() -> None:
    gazette = an(Gazette)
    poller = a_world(gazette)
    statuses = {poller.at(n * 15 * MINUTE).ask(gazette.url).status for n in range(4 * 24)}
    assert statuses == {200, 304}
    assert kinds(poller) == []


def test_a_plain_request_without_a_cause_is_told() -> None:
    gazette = an(Gazette)
    poller = a_world(gazette)
    poller.ask(gazette.url)
    poller.at(HOUR).ask(gazette.url, {})
    assert kinds(poller) == ["plain"]


def test_one_audit_after_a_304_in_twelve_hours_is_allowed() -> None:
    gazette = an(SameEtag)
    gazette.bad = None
    poller = a_world(gazette)
    _, before = max((after.at - p.at, p.at) for p, after in pairwise(gazette.pieces))
    began = max(before, START) - START + MINUTE
    asks: list[dict[str, str] | None] = [None, None, {}, None, {}]
    for n, headers in enumerate(asks):
        poller.at(began + n * 3 * MINUTE).ask(gazette.url, headers)
    assert kinds(poller) == ["plain"]  # the second of the two


def test_what_could_not_be_read_is_asked_for_plainly_and_its_validator_never_echoed() -> None:
    gazette = an(Page)
    assert gazette.bad is not None
    poller = a_world(gazette)
    poller.ask(gazette.url)
    poller.at(gazette.bad.begins).ask(gazette.url)
    poller.at(gazette.bad.begins + HOUR).ask(gazette.url, {})
    assert kinds(poller) == []
    poller.at(gazette.bad.begins + 2 * HOUR).ask(gazette.url, {"if-none-match": '"page"'})
    assert kinds(poller) == ["validator"]


@pytest.mark.parametrize("name", ["if-none-match", "if-modified-since"])
def test_a_validator_that_is_not_the_very_one_is_told(name: str) -> None:
    gazette = an(Gazette)
    poller = a_world(gazette)
    poller.ask(gazette.url)
    poller.at(HOUR).ask(gazette.url, {**poller.kept[gazette.url], name: "another"})
    assert kinds(poller) == ["validator"]


@pytest.mark.parametrize("kind", [Gazette, Expires])
def test_who_comes_while_the_answer_is_fresh_is_told(kind: type[Gazette]) -> None:
    gazette = an(kind)
    poller = a_world(gazette)
    poller.ask(gazette.url)
    poller.at(9 * MINUTE).ask(gazette.url)
    assert kinds(poller) == ["fresh"]
    poller.at(40 * MINUTE).ask(gazette.url)
    assert kinds(poller) == ["fresh"]


@pytest.mark.parametrize(("kind", "wait"), [(Limited, 40), (LimitedByDate, 40), (Unavailable, 20)])
def test_a_wait_binds_the_whole_group(kind: type[Limited], wait: int) -> None:
    first, second = (kind(f"post{n}", until=2 * DAY, host=f"{n}.post.example") for n in "ab")
    first.is_first = True
    poller = a_world(first, second)
    assert first.bad is not None
    assert poller.at(first.bad.begins).ask(first.url).status in {429, 503}
    poller.at(first.bad.begins + (wait - 1) * MINUTE).ask(second.url)
    assert kinds(poller) == ["wait"]
    poller.at(first.bad.begins + (wait + 1) * MINUTE).ask(first.url)
    assert kinds(poller) == ["wait"]


def test_of_ten_years_a_day_is_owed() -> None:
    gazette = LimitedForYears("post", until=3 * DAY)
    gazette.is_first = True
    poller = a_world(gazette)
    assert gazette.bad is not None
    poller.at(gazette.bad.begins).ask(gazette.url)
    poller.at(gazette.bad.begins + DAY + MINUTE).ask(gazette.url)
    assert kinds(poller) == []


def test_half_a_document_may_be_asked_for_plainly_until_it_is_whole() -> None:
    gazette = an(Torn)
    assert gazette.bad is not None
    poller = a_world(gazette)
    for n in range(3):
        poller.at(gazette.bad.begins + n * HOUR).ask(gazette.url, {})
    poller.at(gazette.bad.ends + HOUR).ask(gazette.url, {})
    assert kinds(poller) == []
    poller.at(gazette.bad.ends + 2 * HOUR).ask(gazette.url, {})  # it was given whole an hour ago
    assert kinds(poller) == ["plain"]


def test_two_of_a_group_at_once_are_told() -> None:
    first, second = (an(Gazette, f"post{n}", f"{n}.post.example") for n in "ab")
    poller = a_world(first, second, an(Gazette, "elsewhere"))
    poller.ask(first.url)
    poller.at(timedelta(seconds=1)).ask("http://elsewhere.example/elsewhere.xml")
    poller.at(timedelta(seconds=2)).ask(second.url)
    assert kinds(poller) == ["gap"]


def test_one_feed_again_within_two_minutes_is_told() -> None:
    gazette = an(SameEtag)  # which says nothing of freshness
    poller = a_world(gazette)
    for n in range(2):
        poller.at(n * MINUTE).ask(gazette.url)
    assert kinds(poller) == ["often"]


def test_after_410_once_a_day_is_enough() -> None:
    gazette = an(GoneForGood)
    assert gazette.bad is not None
    poller = a_world(gazette)
    poller.at(gazette.bad.begins).ask(gazette.url)
    poller.at(gazette.bad.begins + DAY).ask(gazette.url)
    assert kinds(poller) == []
    poller.at(gazette.bad.begins + DAY + HOUR).ask(gazette.url)
    assert kinds(poller) == ["gone"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"cookie": "a=1"}),
        ("", {"referer": "http://us.example/"}),
        ("", {"range": "bytes=0-10"}),
        ("", {"user-agent": "Mozilla/5.0"}),
        ("?_=1234", {}),
    ],
)
def test_what_does_not_belong_in_a_question_is_told(query: str, headers: dict[str, str]) -> None:
    gazette = an(Gazette)
    poller = a_world(gazette)
    poller.ask(gazette.url + query, headers)
    assert kinds(poller) == ["junk"]


def test_a_hop_is_part_of_its_poll() -> None:
    gazette = an(MovedForGood)
    poller = a_world(gazette)
    reply = poller.at(DAY).ask(gazette.url)
    assert reply.status == 301
    assert poller.ask(f"http://{gazette.host}{reply.headers['Location']}").status == 200
    assert kinds(poller) == []


def test_who_follows_a_redirect_to_where_nobody_lives_is_told() -> None:
    poller = a_world(an(Gazette))
    poller.ask("http://127.0.0.1/")
    assert kinds(poller) == ["inside"]


# --- results


def test_who_holds_everything_once_has_lost_and_doubled_nothing() -> None:
    gazette = an(Gazette)
    found = judged(a_world(gazette), everything(gazette))
    assert found.offered > 30
    assert (found.lost, found.doubled, found.unknown) == ([], [], 0)
    assert found.latency[0] == pytest.approx(5, abs=0.1)
    assert found.latency_of_well == found.latency
    assert found.latency_by_gazette == {"post": found.latency}
    limping = an(Page)
    assert judged(a_world(limping), everything(limping)).latency_of_well == (0.0, 0.0)


def test_a_story_offered_long_enough_and_not_held_is_lost() -> None:
    gazette = an(Gazette)
    held = everything(gazette)
    missing = held.pop(len(held) // 2)
    assert judged(a_world(gazette), held).lost == [f"post {missing.mark}"]


def test_a_story_offered_for_a_moment_only_is_not_counted_as_lost() -> None:
    gazette = an(Gazette)
    held = everything(gazette)[:-1]  # the last came less than two hours before the end
    gazette.pieces[len(held)] = Gazette("post", until=2 * DAY).pieces[len(held)]
    assert judged(a_world(gazette), held).lost == []


def test_a_story_held_twice_is_doubled() -> None:
    gazette = an(Gazette)
    held = everything(gazette)
    found = judged(a_world(gazette), [*held, held[-1]])
    assert found.doubled == [f"post {held[-1].mark}"]


def test_a_story_nobody_published_is_told() -> None:
    gazette = an(Gazette)
    assert judged(a_world(gazette), [Held("abcdef", gazette.url, START)]).unknown == 1


@pytest.mark.parametrize(("kind", "false"), [(Gazette, 1), (Corrects, 0)])
def test_more_updates_than_texts_are_false(kind: type[Gazette], false: int) -> None:
    gazette = an(kind)
    piece = next(p for p in gazette.pieces if int(p.mark, 16) % 3 == 0)
    held = [Held(piece.mark, gazette.url, START, updates=1)]
    assert judged(a_world(gazette), held).false_updates.total() == false
