"""The simulated publishers: each misbehaves in its own way, at its hours, always the same."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bench.gazettes import (
    DAY,
    HOUR,
    MARK,
    MINUTE,
    START,
    Alternates,
    Deltas,
    Gazette,
    NewEtag,
    SameEtag,
    Tracks,
    World,
    full_programme,
)
from cli.origin import Asked, Reply
from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import Answer

UNTIL = 3 * DAY


@dataclass
class Hours:
    """A clock for one gazette, and what it answers then."""

    gazette: Gazette
    now: datetime = START
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World([self.gazette], lambda: self.now)

    def ask(self, after: timedelta, **headers: str) -> Reply:
        self.now = START + after
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.world.answer(
            Asked(host=self.gazette.host, path=self.gazette.path, headers=sent)
        )


@pytest.mark.parametrize("gazette", full_programme(UNTIL), ids=lambda gazette: gazette.name)
def test_each_publisher_is_read_whole_when_it_is_well(gazette: Gazette) -> None:
    reply = Hours(gazette).ask(HOUR)
    url = gazette.url
    headers = {name.lower(): value for name, value in reply.headers.items()}
    parsed = parse(Answer(url=url, status=200, headers=headers, body=reply.body))
    told = {(e.summary + e.content).partition(MARK)[2][:6] for e in parsed.entries}
    shown = {piece.mark for piece in gazette.shown(START + HOUR)}
    assert told
    assert told <= shown
    assert told == shown or isinstance(gazette, Alternates)


@pytest.mark.parametrize("gazette", full_programme(UNTIL), ids=lambda gazette: gazette.name)
def test_no_publisher_gives_its_stories_while_it_cannot_be_read(gazette: Gazette) -> None:
    if gazette.bad is None or gazette.is_bad_readable:
        return
    reply = Hours(gazette).ask(gazette.bad.begins + MINUTE)
    if not gazette.is_bad(START + gazette.bad.begins):  # one of its group is, and all are to wait
        assert not gazette.is_readable(START + gazette.bad.begins)
        return
    assert not gazette.is_readable(START + gazette.bad.begins + MINUTE)
    if reply.status != 200 or reply.manner != "plain":
        return
    try:
        parsed = parse(Answer(url=gazette.url, status=200, headers={}, body=reply.body))
    except UnreadableFeed:
        return
    assert len(parsed.entries) < len(gazette.shown(START + gazette.bad.begins))


def test_the_same_days_come_again_as_they_were() -> None:
    first, again = full_programme(UNTIL), full_programme(UNTIL)
    assert [one.pieces for one in first] == [one.pieces for one in again]


def test_stories_roll_out_of_the_window() -> None:
    gazette = Gazette("post", until=UNTIL)
    shown = [piece.mark for piece in gazette.shown(START + DAY)]
    assert len(shown) == gazette.window
    assert not {piece.mark for piece in gazette.shown(START)} & set(shown)


def test_an_honest_one_answers_304_until_there_is_news() -> None:
    hours = Hours(Gazette("post", until=UNTIL))
    etag = hours.ask(timedelta()).headers["ETag"]
    assert hours.ask(timedelta(seconds=1), if_none_match=etag).status == 304
    assert hours.ask(DAY, if_none_match=etag).status == 200


def test_the_liar_answers_304_though_there_is_news() -> None:
    hours = Hours(SameEtag("post", until=UNTIL))
    first = hours.ask(DAY)
    later = hours.ask(2 * DAY)
    assert first.body != later.body
    assert hours.ask(2 * DAY, if_none_match=first.headers["ETag"]).status == 304


def test_another_etag_each_time_is_no_304() -> None:
    hours = Hours(NewEtag("post", until=UNTIL))
    first = hours.ask(timedelta())
    again = hours.ask(timedelta(), if_none_match=first.headers["ETag"])
    assert (again.status, again.body) == (200, first.body)


def test_who_says_a_im_is_given_the_new_ones_alone() -> None:
    hours = Hours(Deltas("post", until=UNTIL))
    etag = hours.ask(12 * HOUR).headers["ETag"]
    delta = hours.ask(15 * HOUR, if_none_match=etag, a_im="feed")
    assert (delta.status, delta.headers["IM"]) == (226, "feed")
    assert 0 < delta.body.count(b"<item>") < 20
    assert hours.ask(15 * HOUR, if_none_match=etag).body.count(b"<item>") == 20


def test_tracking_marks_change_by_the_hour_and_the_storys_number_does_not() -> None:
    gazette = Tracks("post", until=UNTIL)
    piece = gazette.shown(START + 9 * HOUR)[0]
    links = {gazette.told(piece, START + hour * HOUR).link for hour in (9, 10)}
    assert len(links) == 2
    assert all(link and f"id={piece.mark}&" in link for link in links)


def test_what_nobody_publishes_is_not_found() -> None:
    gazette = Gazette("post", until=UNTIL)
    world = World([gazette], lambda: START)
    for host, path in (("post.example", "/other"), ("elsewhere.example", "/post.xml")):
        assert world.answer(Asked(host=host, path=path, headers={})).status == 404


def test_a_reader_may_come_through_us_as_its_proxy() -> None:
    gazette = Gazette("post", until=UNTIL)
    world = World([gazette], lambda: START)
    reply = world.answer(Asked(host="127.0.0.1", path=gazette.url, headers={}))
    assert reply.status == 200
    assert (world.log[0].host, world.log[0].path) == (gazette.host, gazette.path)
