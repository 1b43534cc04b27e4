"""The invented newsroom of the comparison: the same from one seed, read whole, as large as said."""

from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from bench.newsroom_feeds import ENTRIES, EVERY, Newsroom
from pipeline.parse import parse
from pipeline.records import Answer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again = (Newsroom("one", NOW, feeds=5).documents() for _ in range(2))
    assert first == again
    assert first != Newsroom("two", NOW, feeds=5).documents()


def test_feeds_are_as_large_as_the_comparison_says() -> None:
    sizes = [len(body) for body in Newsroom("one", NOW).documents().values()]
    assert len(sizes) == 200
    assert mean(sizes) == pytest.approx(86_000, rel=0.05)


@pytest.mark.parametrize("feed", range(6))
def test_every_story_is_read_with_its_fields(feed: int) -> None:
    newsroom = Newsroom("one", NOW)
    body = newsroom.document(feed, newer=3)
    parsed = parse(Answer(url=newsroom.url(feed), status=200, headers={}, body=body))
    told = [newsroom.told(feed, number) for number in reversed(range(3, 3 + ENTRIES))]
    found = [(e.guid, e.url, e.title, e.published) for e in parsed.entries]
    assert found == [(one.guid, one.link, one.title, one.published) for one in told]
    assert all(
        bool(e.content) is bool(one.body) for e, one in zip(parsed.entries, told, strict=True)
    )


def test_a_live_newsroom_publishes_minute_by_minute() -> None:
    newsroom = Newsroom("one", NOW, feeds=50, entries=4, is_live=True)
    for feed in range(50):
        newer = newsroom.newer(feed, NOW + timedelta(hours=2))
        ages = NOW + timedelta(hours=2) - newsroom.told(feed, newer + 3).published
        assert timedelta() <= ages <= EVERY
    assert len({newsroom.told(feed, 0).published for feed in range(50)}) > 40
