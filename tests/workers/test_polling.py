"""Polling in batches: polite to servers, honest about validators, careful with redirects.

Outlets, feeds and stories are invented, on example domains.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from config import settings as told
from config.settings import settings
from pipeline.records import Answer, Hop, Request
from store import clock, feeds, groups, polls
from store.models import (
    AuditCountRow,
    AuditRow,
    DocumentRow,
    FeedRow,
    HostGroupRow,
    PollCountRow,
    StoryRow,
    SubscriptionRow,
)
from tests.fakes import killed_at
from tests.rounds import TIDES, WORLD, Rounds, a_feed, an_item, newsroom, own_database
from workers import flow, polling

SPORT = "https://sport.harbour-post.example/all.xml"  # of the same domain as WORLD
QUAYS = "https://harbour-post.example/quays.xml"
MOVED = "https://news.harbour-post.example/world.xml"
HERE = "203.0.113.9"


@pytest.fixture(scope="module")
def polling_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "polling") as engine:
        yield engine


@pytest.fixture
def rounds(polling_database: Engine) -> Iterator[Rounds]:
    with newsroom(polling_database) as rounds:
        yield rounds


@pytest.fixture
def polite(rounds: Rounds) -> Iterator[Rounds]:
    """As a house is set up that changes nothing: five seconds between two polls of one server."""
    told.override(host_gap_seconds="5", host_at_once="2")
    yield rounds
    told.override(host_gap_seconds="0")


def follow(rounds: Rounds, *urls: str) -> list[int]:
    """Follow these feeds, each with one item of its own, all of them due; gives their ids."""
    for number, url in enumerate(urls):
        rounds.follow(url, outlet="harbour-post" if "harbour" in url else "tide-wire")
        rounds.serve(an_item(number), url=url)
    ids = [rounds.feeds[url] for url in urls]
    rounds.make_due(*ids)
    return ids


def fetch(rounds: Rounds, *ids: int) -> list[int]:
    return flow.fetch_feeds(ids, settings(), rounds.http.get)


def asked(rounds: Rounds) -> list[str]:
    return [request.url for request in rounds.http.requests]


def set_feed(rounds: Rounds, url: str = WORLD, **values: Any) -> None:  # noqa: ANN401  # any column
    with rounds.session() as session:
        session.execute(update(FeedRow).where(FeedRow.url == url).values(**values))


def waits(rounds: Rounds, url: str = WORLD) -> float:
    """Seconds until a feed is due."""
    with rounds.session() as session:
        wait = func.extract("epoch", FeedRow.due_at - func.now())
        return float(session.execute(select(wait).where(FeedRow.url == url)).scalar_one())


def answered(rounds: Rounds, at: str = WORLD, **facts: Any) -> None:  # noqa: ANN401  # of Answer
    """Change the answer an address gives."""
    rounds.http.answers[at] = replace(rounds.http.answers[at], **facts)


# --- batches


def test_a_batch_is_polled_and_each_feed_has_its_own_end(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, SPORT, TIDES)
    rounds.fail(SPORT, status=500)
    told.override(host_at_once="9")
    kept = fetch(rounds, *ids)
    told.override(host_at_once="2")
    assert sorted(asked(rounds)) == sorted([WORLD, SPORT, TIDES])
    assert [row.id for row in rounds.rows(DocumentRow)] == sorted(kept)
    assert [rounds.feed(url).state for url in (WORLD, SPORT, TIDES)] == ["ok", "http_5xx", "ok"]
    assert {row.lease_token for row in rounds.rows(FeedRow)} == {None}
    assert {row.state: row.polls for row in rounds.rows(PollCountRow) if row.polls} == {
        "ok": 1,
        "http_5xx": 1,
    }


def test_a_lease_that_is_lost_costs_the_other_feeds_of_the_batch_nothing(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, TIDES)

    def lose_it() -> None:
        past = func.now() - timedelta(seconds=1)
        set_feed(rounds, WORLD, lease_until=past)

    rounds.http.before_answer = lose_it
    [kept] = fetch(rounds, *ids)
    [document] = rounds.rows(DocumentRow)
    assert (document.id, document.feed_id) == (kept, rounds.feeds[TIDES])
    assert rounds.feed().state == "never"
    assert rounds.feed().lease_token is not None  # whoever takes it over next finds it run out
    assert rounds.feed(TIDES).state == "ok"


def test_a_defect_in_one_poll_costs_the_other_feeds_of_the_batch_nothing(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, TIDES)

    def get(request: Request) -> Answer:
        if request.url == WORLD:
            raise ZeroDivisionError("our own mistake")
        return rounds.http.get(request)

    with pytest.raises(ZeroDivisionError):
        flow.fetch_feeds(ids, settings(), get)
    assert rounds.feed().last_error == "ZeroDivisionError: our own mistake"
    assert rounds.feed(TIDES).state == "ok"
    assert len(rounds.rows(DocumentRow)) == 1


def test_feeds_that_are_not_due_are_not_asked_whoever_rings_for_them(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, TIDES)
    fetch(rounds, *ids)
    told.settings.cache_clear()  # as a process that has just been started
    assert fetch(rounds, *ids) == []
    assert flow.due_feeds(settings()) == []
    assert len(rounds.http.requests) == 2


@pytest.mark.parametrize(
    "line", ["INSERT INTO documents", "INSERT INTO poll_counts", "feed_memory"]
)
def test_a_worker_killed_while_it_writes_loses_nothing_and_doubles_nothing(
    rounds: Rounds, line: str
) -> None:
    ids = follow(rounds, WORLD, TIDES)
    with killed_at(rounds.engine, line):
        fetch(rounds, *ids)
    assert rounds.rows(DocumentRow) == []
    assert rounds.feed().answer_hash is None
    rounds.run_out(FeedRow)
    for document in fetch(rounds, *ids):
        rounds.parse(document)
    assert len(rounds.rows(DocumentRow)) == len(rounds.rows(StoryRow)) == 2


def test_only_web_addresses_are_rung_for_and_never_more_than_the_queue_bears(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = follow(rounds, WORLD, TIDES, "file:///srv/wire")
    monkeypatch.setattr(polls, "MOST_RUNG", 1)
    assert flow.due_feeds(settings()) == [first]
    assert flow.due_feeds(settings()) == []
    monkeypatch.setattr(polls, "MOST_RUNG", 9)
    assert flow.due_feeds(settings()) == [second]


# --- politeness


def test_feeds_of_one_domain_are_rung_for_and_polled_one_after_another(polite: Rounds) -> None:
    ids = follow(polite, WORLD, SPORT, TIDES)
    assert flow.due_feeds(settings()) == [ids[0], ids[2]]
    assert flow.due_feeds(settings()) == []
    fetch(polite, *ids)
    assert asked(polite) == [WORLD, TIDES]
    fetch(polite, *ids)
    assert len(polite.http.requests) == 2
    with polite.session() as session:
        earlier = func.now() - timedelta(seconds=6)
        session.execute(update(HostGroupRow).values(last_start=earlier))
    assert flow.due_feeds(settings()) == [ids[1]]
    fetch(polite, *ids)
    assert asked(polite) == [WORLD, TIDES, SPORT]


def test_whoever_waits_for_his_server_takes_nobodys_place_among_the_due(polite: Rounds) -> None:
    ids = follow(polite, WORLD, SPORT, TIDES)
    with polite.session() as session:
        host = session.scalars(select(FeedRow.host).where(FeedRow.id == ids[0])).one()
        an_hour = func.now() + timedelta(hours=1)
        session.add(HostGroupRow(key=host, not_before=an_hour))
    with polite.session() as session:
        due = polls.due(session, groups.Limits(gap_seconds=5, most_at_once=2))
    assert [feed.id for feed in due] == [ids[2]]


def test_domains_that_share_an_address_share_its_limits(polite: Rounds) -> None:
    ids = follow(polite, WORLD, TIDES)
    for url in (WORLD, TIDES):
        set_feed(polite, url, address=HERE)
    assert flow.due_feeds(settings()) == [ids[0]]
    fetch(polite, *ids)
    assert asked(polite) == [WORLD]


def test_the_address_a_feed_was_found_at_is_remembered(rounds: Rounds) -> None:
    follow(rounds, WORLD)
    answered(rounds, address=HERE)
    rounds.poll()
    assert rounds.feed().address == HERE
    rounds.fail(problem="dns")
    rounds.poll()
    assert rounds.feed().address == HERE


def test_a_group_takes_no_more_at_once_than_it_may_and_a_dead_worker_frees_it(
    rounds: Rounds,
) -> None:
    ids = follow(rounds, WORLD, SPORT, QUAYS)
    told.override(host_at_once="1")
    while_one_is_asked: list[list[str]] = []

    def second_bell() -> None:
        rounds.http.before_answer = lambda: None
        fetch(rounds, *ids)
        while_one_is_asked.append(asked(rounds)[1:])

    rounds.http.before_answer = second_bell
    fetch(rounds, *ids)
    assert while_one_is_asked == [[]]
    with killed_at(rounds.engine, "INSERT INTO poll_counts"):
        fetch(rounds, *ids)
    assert len(rounds.http.requests) == 2
    assert fetch(rounds, *ids) == []  # the dead worker's lease still runs
    rounds.run_out(FeedRow)
    assert len(fetch(rounds, *ids)) == 1
    told.override(host_at_once="2")


def test_a_group_may_have_limits_of_its_own(polite: Rounds) -> None:
    ids = follow(polite, WORLD, SPORT, QUAYS)
    with polite.session() as session:
        session.add(HostGroupRow(key="harbour-post.example", gap_seconds=0, most_at_once=3))
    assert flow.due_feeds(settings()) == ids
    assert len(fetch(polite, *ids)) == 3


def test_a_server_that_asks_us_to_wait_is_left_alone_with_all_its_feeds(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, SPORT, QUAYS, TIDES)
    rounds.fail(WORLD, status=429, retry_after=3600)
    fetch(rounds, ids[0])
    assert flow.due_feeds(settings()) == [ids[3]]
    assert {url: waits(rounds, url) >= 3599 for url in (WORLD, SPORT, QUAYS, TIDES)} == {
        WORLD: True,
        SPORT: True,
        QUAYS: True,
        TIDES: False,
    }
    assert waits(rounds, SPORT) != waits(rounds, QUAYS)  # they do not come back together
    assert "harbour-post.example" in rounds.feed(SPORT).next_why
    rounds.make_due(*ids)
    assert len(fetch(rounds, *ids)) == 1
    assert asked(rounds) == [WORLD, TIDES]
    [group] = [one for one in rounds.rows(HostGroupRow) if one.not_before is not None]
    assert "answered 429" in group.reason


def test_a_feed_polled_while_its_server_asked_for_peace_comes_back_after_it(
    rounds: Rounds,
) -> None:
    first, second = follow(rounds, WORLD, SPORT)
    rounds.fail(SPORT, status=503, retry_after=7200)

    def meanwhile() -> None:
        rounds.http.before_answer = lambda: None
        fetch(rounds, second)

    rounds.http.before_answer = meanwhile
    fetch(rounds, first)
    assert rounds.feed().state == "ok"
    assert waits(rounds) >= 7199


def test_several_feeds_refused_by_one_server_are_its_limit_and_one_is_its_own_trouble(
    rounds: Rounds,
) -> None:
    ids = follow(rounds, WORLD, SPORT, QUAYS)
    rounds.fail(WORLD, status=403)
    fetch(rounds, ids[0])
    assert flow.due_feeds(settings()) == ids[1:]
    rounds.fail(SPORT, status=403)
    fetch(rounds, ids[1])
    assert waits(rounds, QUAYS) > 800
    assert "refused 2 feeds" in rounds.feed(QUAYS).next_why
    assert (rounds.feed(QUAYS).failures, rounds.feed(SPORT).failures) == (0, 1)


def test_where_a_feed_was_sent_on_to_is_left_alone_too_if_it_asks_for_it(rounds: Rounds) -> None:
    follow(rounds, WORLD)
    there = "https://feeds.tide-wire.example/world.xml"
    rounds.fail(status=429, retry_after=3600)
    answered(rounds, url=there, hops=(Hop(WORLD, 302, there),))
    rounds.poll()
    left_alone = {one.key for one in rounds.rows(HostGroupRow) if one.not_before is not None}
    assert left_alone == {"harbour-post.example", "tide-wire.example"}


def test_servers_are_put_off_in_one_order_whatever_the_order_of_answers(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = follow(rounds, TIDES, WORLD)
    for url in (TIDES, WORLD):
        rounds.fail(url, status=429)
    order: list[str] = []
    real = groups.put_off

    def noting(session: Session, keys: Iterable[str], **facts: Any) -> None:  # noqa: ANN401  # as put_off
        order.extend(keys)
        real(session, keys, **facts)

    monkeypatch.setattr(groups, "put_off", noting)
    monkeypatch.setattr(
        polling,
        "side_by_side",
        lambda act, due: [[(one, act(one)) for one in sorted(due, key=lambda d: -d.feed.id)]],
    )
    fetch(rounds, *reversed(ids))
    fetch(rounds, *ids)
    assert order == ["harbour-post.example", "tide-wire.example"]


# --- when to come back


def test_what_a_document_says_of_its_pace_is_kept_and_told(rounds: Rounds) -> None:
    rounds.follow()
    body = a_feed(an_item(1)).replace(b"<language>", b"<ttl>240</ttl><language>")
    rounds.serve(body=body)
    rounds.parse(rounds.poll())
    assert rounds.feed().hints == {"ttl_minutes": 240}
    rounds.poll()
    assert rounds.feed().next_why.startswith("the publisher suggests")
    assert waits(rounds) > 14_000


def test_freshness_puts_the_next_poll_off_also_after_a_304(rounds: Rounds) -> None:
    rounds.serve(an_item(1), etag='"1"')
    answered(rounds, headers={"etag": '"1"', "cache-control": "max-age=7200"})
    rounds.poll()
    assert waits(rounds) > 7000
    rounds.poll()
    assert rounds.feed().state == "not_modified"
    assert waits(rounds) > 7000
    assert rounds.feed().fresh_until is not None


def test_the_validators_of_a_torn_document_are_not_sent_they_would_hide_its_rest(
    rounds: Rounds,
) -> None:
    rounds.follow()
    whole = a_feed(an_item(1), an_item(2))
    rounds.serve(body=whole[: whole.index(b"</item>") + 7], etag='"1"')
    rounds.parse(rounds.poll())
    assert rounds.feed().etag is None
    assert rounds.poll() is None  # the same bytes again are as torn
    assert rounds.feed().etag is None
    rounds.serve(body=whole, etag='"1"')
    rounds.parse(rounds.poll())
    assert len(rounds.rows(StoryRow)) == 2
    assert rounds.feed().etag == '"1"'


def test_a_document_shows_its_window_and_how_much_of_it_was_known(rounds: Rounds) -> None:
    first = an_item(1).published
    assert first is not None
    items = [an_item(n, published=first - timedelta(hours=n)) for n in range(4)]
    rounds.bring(*items[1:])
    feed = rounds.feed()
    assert (feed.window_seconds, feed.overlap, feed.lost_suspected) == (7200, 0, 0)
    rounds.bring(*items)
    feed = rounds.feed()
    assert (feed.window_seconds, feed.overlap) == (10_800, 0.75)


def test_a_document_that_shares_nothing_with_the_one_before_is_suspected_of_a_loss(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2))
    rounds.bring(an_item(3), an_item(4))
    assert (rounds.feed().lost_suspected, rounds.feed().overlap) == (1, 0)
    rounds.serve(an_item(3), an_item(4))
    rounds.poll()
    assert waits(rounds) < 700  # sooner than its operator's 900


def test_a_partial_answer_shows_no_window_and_loses_nothing(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    before = rounds.feed()
    rounds.serve(an_item(3))
    answered(rounds, status=226, headers={"im": "feed", "etag": '"3"'})
    rounds.parse(rounds.poll())
    feed = rounds.feed()
    assert (feed.window_seconds, feed.overlap) == (before.window_seconds, before.overlap)
    assert (feed.lost_suspected, feed.etag) == (0, '"3"')
    assert len(rounds.rows(StoryRow)) == 3


def test_a_feed_whose_hub_pushes_is_polled_for_safety_only(rounds: Rounds) -> None:
    rounds.serve(an_item(1))
    with rounds.session() as session:
        session.add(
            SubscriptionRow(
                feed_id=rounds.feeds[WORLD],
                hub="https://hub.example/",
                topic=WORLD,
                token="t",  # noqa: S106  # no secret: a name in a test
                secret="s",  # noqa: S106  # no secret: a name in a test
                state="active",
                last_push_at=clock.real_now(session),
                expires_at=clock.real_now(session) + timedelta(days=5),
            )
        )
    rounds.poll()
    assert rounds.feed().next_why == "its hub pushes what is new: this is the safety poll"


# --- audits


def silent(rounds: Rounds, **facts: Any) -> None:  # noqa: ANN401  # any column
    """A feed that answers 304 while there should be news: an audit is asked for."""
    rounds.serve(an_item(1), etag='"1"')
    rounds.parse(rounds.poll())
    rounds.poll()
    assert rounds.feed().state == "not_modified"
    set_feed(rounds, is_audit_due=True, **facts)


def audits(rounds: Rounds) -> dict[str, int]:
    return {row.outcome: row.audits for row in rounds.rows(AuditCountRow)}


def plain(rounds: Rounds) -> bool:
    return "If-None-Match" not in rounds.http.requests[-1].headers


def test_an_audit_finds_validators_that_lie_and_they_are_not_sent_again(rounds: Rounds) -> None:
    silent(rounds)
    rounds.serve(an_item(2), an_item(1), etag='"1"')
    document = rounds.poll()
    assert plain(rounds)
    rounds.parse(document)
    assert len(rounds.rows(StoryRow)) == 2
    feed = rounds.feed()
    assert (feed.validators_lie, feed.is_audit_due) == (True, False)
    assert feed.audit_wait_seconds == 7 * 86400
    assert (rounds.rows(DocumentRow)[-1].way, audits(rounds)) == ("audit", {"lie": 1})
    rounds.poll()
    assert plain(rounds)
    assert rounds.feed().reason == "nothing new (the same document again)"


def test_an_audit_that_finds_nothing_doubles_the_wait_for_the_next(rounds: Rounds) -> None:
    silent(rounds)
    rounds.poll()
    assert plain(rounds)
    feed = rounds.feed()
    assert (feed.validators_lie, feed.is_audit_due, feed.audit_wait_seconds) == (
        False,
        False,
        86400,
    )
    assert audits(rounds) == {"agrees": 1}
    rounds.poll()
    assert not plain(rounds)


def test_audits_of_one_batch_may_double_waits_of_any_length(rounds: Rounds) -> None:
    ids = follow(rounds, WORLD, TIDES)
    for document in fetch(rounds, *ids):
        rounds.parse(document)
    set_feed(rounds, is_audit_due=True)
    set_feed(rounds, TIDES, is_audit_due=True, audit_wait_seconds=86400)
    rounds.make_due(*ids)
    fetch(rounds, *ids)
    waits = [rounds.feed(url).audit_wait_seconds for url in (WORLD, TIDES)]
    assert waits == [86400, 172800]
    assert audits(rounds) == {"agrees": 2}


def test_news_under_new_validators_are_no_lie(rounds: Rounds) -> None:
    silent(rounds)
    rounds.serve(an_item(2), an_item(1), etag='"2"')
    rounds.poll()
    assert (rounds.feed().validators_lie, audits(rounds)) == (False, {"news": 1})


def test_an_audit_that_brought_no_answer_is_still_due_and_not_at_once(rounds: Rounds) -> None:
    silent(rounds)
    rounds.fail(problem="timeout")
    rounds.poll()
    assert plain(rounds)
    assert (rounds.feed().is_audit_due, audits(rounds)) == (True, {"failed": 1})
    rounds.serve(an_item(1), etag='"1"')
    rounds.poll()
    assert not plain(rounds)  # twelve hours lie between two of them


def test_a_feed_that_lied_is_believed_again_once_its_validators_change_with_its_items(
    rounds: Rounds,
) -> None:
    silent(rounds, validators_lie=True)
    rounds.poll()
    assert rounds.feed().is_audit_due  # nothing new came: nothing is proven
    assert audits(rounds) == {}
    rounds.serve(an_item(2), an_item(1), etag='"2"')
    rounds.poll()
    assert (rounds.feed().validators_lie, audits(rounds)) == (False, {"mended": 1})
    rounds.poll()
    assert not plain(rounds)


# --- permanent redirects


@pytest.fixture
def moving(rounds: Rounds) -> Rounds:
    """A feed that was read, and whose address now sends on to another, for good."""
    rounds.bring(an_item(1), an_item(2))
    send_on(rounds, an_item(1), an_item(2))
    return rounds


def send_on(rounds: Rounds, *items: Any, status: int = 301, **facts: Any) -> None:  # noqa: ANN401  # items, fields of Answer
    rounds.serve(*items)
    answered(rounds, url=MOVED, hops=(Hop(WORLD, status, MOVED),), **facts)


def sight(rounds: Rounds, times: int, *, days: float) -> None:
    """Poll so often over so many days."""
    for number in range(times):
        if (document := rounds.poll(WORLD)) is not None:
            rounds.parse(document)
        if number == 0:
            set_feed(rounds, moved_since=func.now() - timedelta(days=days))


def test_a_move_is_adopted_after_days_and_can_be_taken_back(moving: Rounds) -> None:
    set_feed(moving, etag='"old"')
    sight(moving, 4, days=4)
    assert (moving.feed().moved_to, moving.feed().moved_polls) == (MOVED, 4)
    moving.poll()
    feed = moving.feed(MOVED)
    assert (feed.id, feed.original_url) == (moving.feeds[WORLD], WORLD)
    assert (feed.etag, feed.validators_of, feed.moved_to) == (None, None, None)
    [line] = [one for one in moving.rows(AuditRow) if one.subject_kind == "feed"]
    assert (line.actor, line.action, line.detail["to"]) == ("machine:polling", "moved", MOVED)
    assert "5 polls over 4 days" in line.detail["why"]
    with moving.session() as session:
        assert feeds.take_back(session, feed.id, by="editor") == WORLD
        assert feeds.take_back(session, feed.id, by="editor") is None
    assert moving.rows(AuditRow)[-1].actor == "editor"
    assert moving.feed().original_url is None
    sight(moving, 6, days=9)
    assert moving.feed().moved_polls == 6  # a person said no: it stays


@pytest.mark.parametrize(("polls_seen", "days", "status"), [(9, 1, 301), (4, 9, 308), (9, 9, 302)])
def test_a_move_is_not_adopted_too_soon_nor_where_it_is_not_for_good(
    moving: Rounds, polls_seen: int, days: float, status: int
) -> None:
    send_on(moving, an_item(1), an_item(2), status=status)
    sight(moving, polls_seen, days=days)
    assert moving.feed().url == WORLD


def test_a_portals_feed_that_shares_no_item_is_never_adopted(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    send_on(rounds, an_item(5), an_item(6))
    sight(rounds, 9, days=9)
    assert (rounds.feed().url, rounds.feed().moved_shares) == (WORLD, False)
    rounds.serve(an_item(1), an_item(2))
    rounds.poll()
    assert (rounds.feed().moved_to, rounds.feed().moved_polls) == (None, 0)


def test_items_told_apart_by_their_ids_show_that_a_rewritten_feed_is_the_same(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2))
    send_on(rounds, an_item(1, summary="In other words."), an_item(2, summary="Likewise."))
    sight(rounds, 6, days=4)
    assert rounds.feed(MOVED).moved_polls == 0


def test_a_failed_poll_neither_counts_for_a_move_nor_against_it(moving: Rounds) -> None:
    sight(moving, 2, days=4)
    moving.fail(status=500)
    moving.poll()
    assert (moving.feed().moved_to, moving.feed().moved_polls) == (MOVED, 2)


def test_a_feed_is_not_moved_onto_another(moving: Rounds) -> None:
    moving.follow(MOVED)
    sight(moving, 6, days=9)
    assert (moving.feed().url, moving.feed().moved_polls) == (WORLD, 6)
    with moving.session() as session:
        assert feeds.take_back(session, moving.feeds[WORLD], by="editor") is None


def test_whoever_was_followed_there_from_the_first_lives_there(rounds: Rounds) -> None:
    send_on(rounds, an_item(1))
    sight(rounds, 5, days=4)
    assert rounds.feed(MOVED).original_url == WORLD
