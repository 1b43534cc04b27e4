"""The watch over feeds: what is wrong is told once, and once when it is over.

Everything goes through the real stretches of the flow; feeds and stories are invented.
"""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, update

from config.settings import settings
from store import feeds, troubles
from store.models import FeedRow, TroubleRow
from store.session import transaction
from tests.fakes import at_statement
from tests.rounds import MONDAY, TIDES, UNREADABLE, WORLD, Item, Rounds, an_item, newsroom
from tests.rounds import own_database as a_database
from workers.watching import learn_rhythms, watch

PAGE = b"<!doctype html><html><head><title>Please wait</title></head><body>Soon.</body></html>"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def watched(server: Engine) -> Iterator[Engine]:
    with a_database(server, "watched") as engine:
        yield engine


@pytest.fixture
def rounds(watched: Engine) -> Iterator[Rounds]:
    with newsroom(watched) as rounds:
        yield rounds


def a_week(rounds: Rounds, url: str = WORLD, *, dated: bool = True) -> datetime:
    """A week in which a feed brings a story every twelve hours; gives the last one's time."""
    brought: list[Item] = []
    moment = MONDAY
    for number in range(8 * 2):
        moment = MONDAY + number * 12 * HOUR
        item = an_item(
            number,
            title=f"Ferry notice number {number}",
            guid=f"{url}-{number}",
            link=f"https://harbour-post.example/{len(url)}/{number}",
            published=moment - HOUR / 4 if dated else None,
        )
        brought = [item, *brought][:6]
        rounds.at(moment)
        rounds.serve(*brought, url=url)
        rounds.parse(rounds.poll(url))
    assert learn_rhythms() >= 1
    return moment


def asked(rounds: Rounds, moment: datetime, url: str = WORLD) -> None:
    """Poll at a moment of the product, read what comes, and watch."""
    rounds.at(moment)
    if (document := rounds.poll(url)) is not None:
        rounds.parse(document)
    watch(settings())


def told(rounds: Rounds, kind: str = "silent") -> list[tuple[datetime, datetime | None]]:
    """When each trouble of a kind opened and closed."""
    rows = [row for row in rounds.rows(TroubleRow) if row.kind == kind]
    return [(row.opened_at, row.closed_at) for row in rows]


def trouble(rounds: Rounds, kind: str) -> TroubleRow:
    """The only trouble of a kind."""
    (row,) = [row for row in rounds.rows(TroubleRow) if row.kind == kind]
    assert isinstance(row, TroubleRow)
    return row


def long_ago(rounds: Rounds, **columns: timedelta) -> None:
    """Set back times of every feed that run on the real clock."""
    with rounds.session() as session:
        session.execute(
            update(FeedRow).values({name: func.now() - ago for name, ago in columns.items()})
        )


NEWS = an_item(9001, guid="news", title="The harbour speaks again", published=None)


# --- silence


@pytest.mark.parametrize("how", ["fails", "web page", "repeats", "unreadable items", "empty feed"])
def test_a_source_that_falls_silent_is_told_once_however_it_does(rounds: Rounds, how: str) -> None:
    last = a_week(rounds)
    if how == "fails":
        rounds.fail(status=503)
    elif how == "web page":
        rounds.serve(body=PAGE)
    elif how == "unreadable items":
        rounds.serve(UNREADABLE)
    elif how == "empty feed":
        rounds.serve()
    for hours in (12, 20):
        asked(rounds, last + hours * HOUR)
    assert told(rounds) == []
    opened = last + 96 * HOUR
    asked(rounds, opened)
    asked(rounds, opened + HOUR)
    assert told(rounds) == [(opened, None)]
    row = trouble(rounds, "silent")
    assert row.since == last
    assert row.reason.startswith("nothing new for 4 days, when by its own habit about 8")
    rounds.serve(NEWS)
    over = opened + 2 * HOUR
    asked(rounds, over)
    asked(rounds, over + HOUR)
    assert told(rounds) == [(opened, over)]


def test_an_undated_source_that_falls_silent_is_told_like_any_other(rounds: Rounds) -> None:
    last = a_week(rounds, dated=False)
    asked(rounds, last + 9 * HOUR)
    assert told(rounds) == []
    asked(rounds, last + 96 * HOUR)
    assert len(told(rounds)) == 1
    rounds.serve(NEWS)
    asked(rounds, last + 98 * HOUR)
    assert told(rounds) == [(last + 96 * HOUR, last + 98 * HOUR)]


def test_a_source_that_never_delivered_is_told_once_it_had_its_time(rounds: Rounds) -> None:
    rounds.serve(body=PAGE)
    asked(rounds, MONDAY)
    assert told(rounds) == []
    long_ago(rounds, created_at=3 * DAY)
    asked(rounds, MONDAY)
    asked(rounds, MONDAY + HOUR)
    assert told(rounds) == [(MONDAY, None)]
    assert "nothing has ever come from it" in trouble(rounds, "silent").reason
    assert trouble(rounds, "silent").since is None
    rounds.serve(NEWS)
    asked(rounds, MONDAY + 2 * HOUR)
    assert told(rounds) == [(MONDAY, MONDAY + 2 * HOUR)]


def test_a_source_nobody_has_asked_is_not_called_silent(rounds: Rounds) -> None:
    long_ago(rounds, created_at=3 * DAY)
    watch(settings())
    assert rounds.rows(TroubleRow) == []


def test_a_source_that_repeats_its_house_s_other_feed_is_not_silent(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    rounds.serve(an_item(1), url=TIDES)
    rounds.parse(rounds.poll(TIDES))
    assert rounds.feed(TIDES).last_new_at is None
    long_ago(rounds, created_at=3 * DAY)
    watch(settings())
    assert rounds.rows(TroubleRow) == []


def test_a_rhythm_learnt_anew_neither_opens_nor_closes(rounds: Rounds) -> None:
    last = a_week(rounds)
    asked(rounds, last + 96 * HOUR)
    rounds.at(last + 90 * DAY)
    learn_rhythms()
    with rounds.session() as session:
        session.execute(update(FeedRow).values(rhythm=None))
    watch(settings())
    assert told(rounds) == [(last + 96 * HOUR, None)]


def test_a_feed_somebody_pauses_has_no_troubles(rounds: Rounds) -> None:
    last = a_week(rounds)
    asked(rounds, last + 96 * HOUR)
    with rounds.session() as session:
        feeds.set_paused(session, rounds.feeds[WORLD], is_paused=True)
    watch(settings())
    assert told(rounds) == [(last + 96 * HOUR, last + 96 * HOUR)]


# --- failing, gone, moved


def test_a_source_that_fails_for_an_hour_is_told_until_it_answers(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    rounds.fail(problem="timeout")
    for _ in range(3):
        asked(rounds, MONDAY)
    assert rounds.rows(TroubleRow) == []  # three polls in a row, but within a minute
    long_ago(rounds, last_success_at=2 * HOUR)
    asked(rounds, MONDAY + HOUR)
    asked(rounds, MONDAY + 2 * HOUR)
    assert told(rounds, "failing") == [(MONDAY + HOUR, None)]
    row = trouble(rounds, "failing")
    assert row.reason.startswith("4 polls in a row failed, the last: no complete answer")
    assert row.since is not None
    assert abs(row.since - (MONDAY - HOUR)) < timedelta(minutes=1)
    rounds.serve(an_item(1), an_item(2))
    asked(rounds, MONDAY + 3 * HOUR)
    assert told(rounds, "failing") == [(MONDAY + HOUR, MONDAY + 3 * HOUR)]


def test_a_source_that_says_it_is_gone_is_told_at_once_and_called_nothing_else(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1))
    rounds.fail(status=410)
    asked(rounds, MONDAY)
    long_ago(rounds, last_success_at=9 * HOUR)
    rounds.fail(status=404)
    for hours in (1, 2, 3):
        asked(rounds, MONDAY + hours * HOUR)
    assert [row.kind for row in rounds.rows(TroubleRow)] == ["gone"]
    rounds.serve(an_item(1), an_item(2))
    asked(rounds, MONDAY + 4 * HOUR)
    assert told(rounds, "gone") == [(MONDAY, MONDAY + 4 * HOUR)]


def test_a_source_that_moves_to_where_another_stands_is_told_until_one_is_paused(
    rounds: Rounds,
) -> None:
    twin = rounds.follow(TIDES, outlet="tide-wire")
    moved = update(FeedRow).where(FeedRow.url == WORLD).values(moved_to=TIDES, moved_polls=4)
    with rounds.session() as session:
        session.execute(moved)
    watch(settings())
    assert rounds.rows(TroubleRow) == []
    with rounds.session() as session:
        session.execute(moved.values(moved_polls=5))
    watch(settings())
    watch(settings())
    row = trouble(rounds, "moved")
    assert row.closed_at is None
    assert f"followed already as feed {twin}: pause one of the two" in row.reason
    with rounds.session() as session:
        feeds.set_paused(session, twin, is_paused=True)
    watch(settings())
    assert trouble(rounds, "moved").closed_at == MONDAY


# --- two at once, and twice


def test_two_watches_at_once_tell_it_once(rounds: Rounds) -> None:
    last = a_week(rounds)
    rounds.at(last + 96 * HOUR)
    rounds.poll()
    second: list[list[int]] = []

    def another() -> None:
        thread = threading.Thread(target=lambda: second.append(watch(settings())))
        thread.start()
        thread.join()

    with at_statement(rounds.engine, "INSERT INTO troubles", another):
        watch(settings())
    assert second == [[]]
    assert len(told(rounds)) == 1
    watch(settings())
    assert len(told(rounds)) == 1


def test_a_trouble_that_another_has_opened_meanwhile_is_left_as_it_is(rounds: Rounds) -> None:
    found = troubles.Trouble(feed_id=rounds.feeds[WORLD], kind="silent", reason="nothing new")
    with rounds.session() as session:
        assert len(troubles.start(session, [found], at=MONDAY)) == 1
        assert troubles.start(session, [found], at=MONDAY + HOUR) == {}
        assert troubles.start(session, [], at=MONDAY) == {}
    with transaction(rounds.engine) as session:
        number = rounds.rows(TroubleRow)[0].id
        assert troubles.end(session, [number], at=MONDAY + HOUR) == [number]
        assert troubles.end(session, [number], at=MONDAY + 2 * HOUR) == []
        assert len(troubles.start(session, [found], at=MONDAY + DAY)) == 1
    assert len(told(rounds)) == 2


# --- audits


def quiet(rounds: Rounds, last: datetime, *, hours: int) -> bool:
    """Whether an audit is asked for of a feed that answers 304 so long after its last news."""
    rounds.serve(an_item(9001, guid="x", title="Tide tables for the coming week"), etag='"e"')
    asked(rounds, last)
    asked(rounds, last + hours * HOUR)
    assert rounds.feed().state == "not_modified"
    return rounds.feed().is_audit_due


def test_a_304_is_doubted_when_the_rhythm_says_there_should_be_news(rounds: Rounds) -> None:
    last = a_week(rounds)
    assert quiet(rounds, last, hours=48)


def test_a_feed_that_sends_the_same_document_again_is_asked_no_plain_question(
    rounds: Rounds,
) -> None:
    last = a_week(rounds)
    for hours in (0, 48):
        # As a server does that gives another validator each time, and so never says 304.
        rounds.serve(an_item(9001, guid="x", title="Tide tables for the week"), etag=f'"{hours}"')
        asked(rounds, last + hours * HOUR)
    feed = rounds.feed()
    assert (feed.state, feed.reason) == ("not_modified", "nothing new (the same document again)")
    assert not feed.is_audit_due


def test_a_304_is_believed_while_nothing_is_overdue(rounds: Rounds) -> None:
    last = a_week(rounds)
    assert not quiet(rounds, last, hours=2)


def test_a_304_is_doubted_when_its_host_s_other_feed_has_news(rounds: Rounds) -> None:
    rounds.follow(TIDES.replace("tide-wire", "harbour-post"))
    sibling = TIDES.replace("tide-wire", "harbour-post")
    rounds.serve(an_item(1), etag='"e"')
    asked(rounds, MONDAY)
    rounds.at(MONDAY + HOUR)
    rounds.serve(an_item(2), url=sibling)
    rounds.parse(rounds.poll(sibling))
    asked(rounds, MONDAY + HOUR)
    assert rounds.feed().is_audit_due
    assert not rounds.feed(sibling).is_audit_due


def test_an_audit_that_is_not_long_ago_is_not_repeated(rounds: Rounds) -> None:
    last = a_week(rounds)
    long_ago(rounds, audited_at=6 * HOUR)
    assert not quiet(rounds, last, hours=48)


# --- rhythms


def test_a_rhythm_is_learnt_from_publication_times_and_only_after_news(rounds: Rounds) -> None:
    last = a_week(rounds)
    rhythm = rounds.feed().rhythm
    assert rhythm is not None
    assert rhythm["an_hour"] == pytest.approx(1 / 12, rel=0.1)
    learnt = rounds.feed().rhythm_at
    assert learnt == last
    rounds.at(last + 3 * DAY)
    assert learn_rhythms() == 0
    rounds.serve(NEWS)
    rounds.parse(rounds.poll())
    assert learn_rhythms() == 1
    assert rounds.feed().rhythm_at == last + 3 * DAY


def test_the_first_document_tells_a_rhythm_if_its_items_are_dated(rounds: Rounds) -> None:
    dated = [an_item(n, published=MONDAY - n * 6 * HOUR - HOUR) for n in range(12)]
    rounds.serve(*dated, an_item(99, title="Pinned since spring", published=MONDAY - 70 * DAY))
    rounds.parse(rounds.poll())
    learn_rhythms()
    rhythm = rounds.feed().rhythm
    assert rhythm is not None
    assert rhythm["an_hour"] == pytest.approx(1 / 6, rel=0.25)


def test_the_first_document_tells_nothing_if_its_items_name_no_hour(rounds: Rounds) -> None:
    midnight = MONDAY.replace(hour=0) - DAY
    late = MONDAY + DAY
    rounds.serve(
        an_item(1, published=None), an_item(2, published=midnight), an_item(3, published=late)
    )
    rounds.parse(rounds.poll())
    assert learn_rhythms() == 1
    assert rounds.feed().rhythm is None
