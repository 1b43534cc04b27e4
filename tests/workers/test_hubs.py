"""WebSub from the feed that names a hub to the story that was pushed, with everything that fails.

The hub is a fake; what it says to us goes through the desk as it would from the web.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from starlette.types import Message, Scope

from config import settings as told
from config.settings import Settings
from desk.app import create_app
from store import feeds, gauges, polls, subscriptions
from store.exposition import text_format
from store.models import (
    DocumentRow,
    FeedRow,
    SetAsideRow,
    StoryRow,
    SubscriptionRow,
    VersionRow,
)
from tests.desk.browser import Browser
from tests.fakes import killed_at
from tests.hub import PUBLIC, FakeHub
from tests.rounds import WORLD, Item, Rounds, a_feed, an_item, newsroom, own_database
from workers import hubs
from workers.http import Http

HUB = "https://hub.example/"
KIND = "application/rss+xml"  # as the hub pushes it, too
LINKS = f'<{HUB}>; rel="hub", <{WORLD}>; rel="self"'


@pytest.fixture(scope="module")
def hub_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "hubs") as engine:
        yield engine


@pytest.fixture
def rounds(hub_database: Engine) -> Iterator[Rounds]:
    with newsroom(hub_database) as rounds:
        yield rounds


@pytest.fixture
def hub(rounds: Rounds) -> FakeHub:
    return FakeHub(Browser(create_app(settings(), rounds.engine)))


def settings() -> Settings:
    return replace(told.settings(), public_url=PUBLIC, body_cap_mb=0.01)


def read(rounds: Rounds, *items: Item, link: str = LINKS, kind: str = KIND) -> None:
    """Let the feed be polled and read, naming a hub in its header."""
    rounds.serve(*items)
    headers = {"link": link, "content-type": kind}
    rounds.http.answers[WORLD] = replace(rounds.http.answers[WORLD], headers=headers)
    document = rounds.poll()
    if document is not None:
        rounds.parse(document)


def look_after(hub: FakeHub) -> None:
    """Do what is due about subscriptions now."""
    for number in hubs.due(settings()):
        hubs.subscribe(number, settings(), hub.post)


def row(rounds: Rounds) -> SubscriptionRow:
    [only] = rounds.rows(SubscriptionRow)
    assert isinstance(only, SubscriptionRow)
    return only


def pass_time(rounds: Rounds, **span: float) -> None:
    """Let so much time pass, for everything a subscription remembers."""
    past = timedelta(**span)
    names = ("asked_at", "verified_at", "expires_at", "last_push_at", "missed_at", "due_at")
    with rounds.session() as session:
        moved = {name: getattr(SubscriptionRow, name) - past for name in names}
        session.execute(update(SubscriptionRow).values(announced_until=None, **moved))


def is_pushed(rounds: Rounds) -> bool:
    """Whether the next poll will be told that a hub pushes."""
    with rounds.session() as session:
        _, [due] = polls.claim(session, [rounds.feeds[WORLD]], lease_seconds=60)
    rounds.make_due(rounds.feeds[WORLD])
    return due.is_pushed


def titles(rounds: Rounds) -> set[str]:
    return {story.title for story in rounds.rows(VersionRow)}


def waits(rounds: Rounds) -> float:
    """How long the oldest subscription is said to wait for a worker."""
    with rounds.session() as session:
        lines = text_format(gauges.families(session)).splitlines()
    name = 'serieswatch_queue_oldest_age_seconds{step="subscribe"} '
    return float(next(line for line in lines if line.startswith(name)).removeprefix(name))


def test_where_no_hub_can_reach_us_none_waits_for_ever(rounds: Rounds, hub: FakeHub) -> None:
    unreached = replace(settings(), public_url="")
    read(rounds, an_item(1))
    pass_time(rounds, hours=1)
    assert waits(rounds) > 3000
    assert hubs.due(unreached) == []
    assert waits(rounds) == 0  # else QueueBacklog would tell of it as long as the feed is followed
    look_after(hub)
    assert row(rounds).state == "wanted"
    pass_time(rounds, seconds=hubs.UNREACHED_SECONDS)
    look_after(hub)  # somebody has said meanwhile where hubs reach us
    assert row(rounds).state == "active"


@pytest.fixture
def subscribed(rounds: Rounds, hub: FakeHub) -> Rounds:
    """A feed whose hub has been asked and has checked back."""
    read(rounds, an_item(1))
    look_after(hub)
    assert row(rounds).state == "active"
    return rounds


# --- asking


def test_a_feed_that_names_a_hub_is_subscribed_to_once(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    assert (row(rounds).state, row(rounds).hub, row(rounds).topic) == ("wanted", HUB, WORLD)
    look_after(hub)
    look_after(hub)
    [asked] = hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == WORLD
    assert asked["hub.callback"] == f"{PUBLIC}/hubs/{row(rounds).token}"
    assert asked["hub.secret"] == row(rounds).secret
    assert len(row(rounds).token) >= 40
    assert [(page.status, page.body) for page in hub.answers] == [(200, "are you there?")]
    kept = row(rounds)
    assert kept.state == "active"
    assert kept.expires_at is not None
    assert kept.verified_at is not None
    assert kept.expires_at - kept.verified_at == timedelta(days=10)
    read(rounds, an_item(1), an_item(2))  # names the same hub again
    assert row(rounds).token == kept.token


def test_without_an_address_for_hubs_nobody_is_asked(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    assert hubs.due(replace(settings(), public_url="")) == []
    assert hub.asked == []


def test_a_feed_that_names_no_hub_has_no_subscription(rounds: Rounds) -> None:
    read(rounds, an_item(1), link=f"<{HUB}>; rel=hub")
    assert rounds.rows(SubscriptionRow) == []


def test_another_hub_gets_another_callback_and_the_old_ones_pushes_find_nobody(
    subscribed: Rounds, hub: FakeHub
) -> None:
    before = row(subscribed)
    read(subscribed, an_item(2), link=LINKS.replace("hub.example", "new.example"))
    after = row(subscribed)
    assert (after.state, after.hub) == ("wanted", "https://new.example/")
    assert after.token != before.token
    assert after.secret != before.secret
    assert hub.push(a_feed(an_item(3))).status == 404
    look_after(hub)
    assert row(subscribed).state == "active"


def test_a_hub_that_checks_back_later_finds_us_waiting(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    hub.temper = "slow"
    look_after(hub)
    assert row(rounds).state == "asked"
    assert hub.check().status == 200
    assert row(rounds).state == "active"


def test_a_hub_that_never_checks_back_is_asked_again_and_at_last_given_up(
    rounds: Rounds, hub: FakeHub
) -> None:
    read(rounds, an_item(1))
    hub.temper = "deaf"
    for _ in range(12):
        look_after(hub)
        pass_time(rounds, hours=5)
    assert row(rounds).state == "broken"
    assert "never checked back" in row(rounds).reason
    asked = len(hub.asked)
    assert 1 < asked <= 5
    pass_time(rounds, days=2)
    look_after(hub)
    assert len(hub.asked) == asked
    hub.temper = "good"
    pass_time(rounds, days=8)
    look_after(hub)
    assert row(rounds).state == "active"
    assert row(rounds).failures == 0


@pytest.mark.parametrize(
    ("temper", "words"), [("dead", "connect: refused"), ("refuses", "answered 422, no such topic")]
)
def test_a_dead_hub_is_left_alone_after_some_tries_and_the_feed_polled_as_before(
    rounds: Rounds, hub: FakeHub, temper: str, words: str
) -> None:
    read(rounds, an_item(1))
    hub.temper = temper  # type: ignore[assignment]  # one of them
    for _ in range(20):
        look_after(hub)
        pass_time(rounds, hours=6)
    assert row(rounds).state == "broken"
    assert words in row(rounds).reason
    assert len(hub.asked) == 4
    assert not is_pushed(rounds)


def test_a_hub_inside_the_house_is_never_asked(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1), link=LINKS.replace(HUB, "http://127.0.0.1/hub"))
    [number] = hubs.due(settings())
    hubs.subscribe(number, settings(), Http().post)
    assert "blocked_address: 127.0.0.1" in row(rounds).reason
    assert (row(rounds).state, row(rounds).failures) == ("wanted", 1)
    assert hub.asked == []


def test_a_paused_feed_is_not_asked_about(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    with rounds.session() as session:
        feeds.set_paused(session, rounds.feeds[WORLD], is_paused=True)
    look_after(hub)
    assert hub.asked == []


def pause(rounds: Rounds, *, is_paused: bool = True) -> None:
    with rounds.session() as session:
        feeds.set_paused(session, rounds.feeds[WORLD], is_paused=is_paused)
        subscriptions.look_again(session, rounds.feeds[WORLD])


def test_a_hub_is_told_to_stop_when_its_feed_is_paused_and_asked_anew_afterwards(
    subscribed: Rounds, hub: FakeHub
) -> None:
    pause(subscribed)
    look_after(hub)
    assert [asked["hub.mode"] for asked in hub.asked] == ["subscribe", "unsubscribe"]
    assert hub.answers[-1].body == "are you there?"
    assert (row(subscribed).state, row(subscribed).expires_at) == ("wanted", None)
    assert hub.check().status == 404  # once
    pass_time(subscribed, days=2)
    look_after(hub)
    assert len(hub.asked) == 2  # it has been told
    pause(subscribed, is_paused=False)
    look_after(hub)
    assert hub.asked[-1]["hub.mode"] == "subscribe"
    assert row(subscribed).state == "active"


def test_a_hub_that_does_not_check_back_is_told_to_stop_once_more_the_next_day(
    subscribed: Rounds, hub: FakeHub
) -> None:
    hub.temper = "deaf"
    pause(subscribed)
    for days in (0, 0, 2):
        pass_time(subscribed, days=days)
        look_after(hub)
    assert [asked["hub.mode"] for asked in hub.asked] == ["subscribe", *["unsubscribe"] * 2]
    assert row(subscribed).state == "active"  # until its time runs out
    assert hub.check(mode="subscribe").status == 404
    hub.temper = "dead"
    pass_time(subscribed, days=2)
    look_after(hub)
    assert "refused" in row(subscribed).reason
    pass_time(subscribed, days=10)
    look_after(hub)
    assert row(subscribed).state == "expired"


def test_a_worker_that_dies_after_asking_leaves_a_row_that_is_asked_again(
    rounds: Rounds, hub: FakeHub
) -> None:
    read(rounds, an_item(1))
    hub.temper = "slow"
    [number] = hubs.due(settings())
    with killed_at(rounds.engine, "UPDATE subscriptions SET work_state"):
        hubs.subscribe(number, settings(), hub.post)
    assert row(rounds).state == "asked"
    assert hub.check().status == 200  # the hub knows nothing of our death
    rounds.run_out(SubscriptionRow)
    rounds.come_due(SubscriptionRow)
    look_after(hub)
    assert row(rounds).state == "active"
    assert len(hub.asked) == 1


def test_a_doubled_bell_asks_once(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    [number] = hubs.due(settings())
    hubs.subscribe(number, settings(), hub.post)
    hubs.subscribe(number, settings(), hub.post)
    hubs.subscribe(10**6, settings(), hub.post)
    assert len(hub.asked) == 1


# --- renewing, and running out


def test_a_subscription_is_renewed_before_its_end_with_the_same_callback(
    subscribed: Rounds, hub: FakeHub
) -> None:
    first = row(subscribed)
    pass_time(subscribed, hours=1)
    look_after(hub)
    assert len(hub.asked) == 1
    with subscribed.session() as session:
        waits = session.scalar(select(SubscriptionRow.due_at - func.now()))
    assert waits is not None
    assert timedelta(days=4.9) < waits < timedelta(days=9)
    assert hub.push(a_feed(an_item(5))).status == 202
    pass_time(subscribed, days=9)
    look_after(hub)
    assert [asked["hub.callback"] for asked in hub.asked] == [hub.asked[0]["hub.callback"]] * 2
    renewed = row(subscribed)
    assert renewed.state == "active"
    assert renewed.token == first.token
    assert renewed.last_push_at is not None  # it has pushed, and that still counts
    assert renewed.expires_at is not None
    assert first.expires_at is not None
    assert renewed.expires_at > first.expires_at - timedelta(days=9)


def test_a_lease_that_runs_out_ends_the_long_waits_at_once(
    subscribed: Rounds, hub: FakeHub
) -> None:
    hub.push(a_feed(an_item(2)))
    assert is_pushed(subscribed)
    put_off(subscribed)
    pass_time(subscribed, days=11)
    assert not is_pushed_by_row(subscribed)
    hub.temper = "slow"
    look_after(hub)
    assert row(subscribed).state == "asked"  # closed, and asked for anew
    assert is_due(subscribed)


def test_a_short_lease_is_taken_for_what_it_is(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    hub.lease = "1"
    look_after(hub)
    kept = row(rounds)
    assert kept.expires_at is not None
    assert kept.verified_at is not None
    assert kept.expires_at - kept.verified_at == timedelta(minutes=5)


# --- what the hub says to us


@pytest.mark.parametrize(
    "changed",
    [
        {"topic": "https://harbour-post.example/other.xml"},
        {"topic": ""},
        {"topic": f"{WORLD}\x00"},
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"challenge": ""},
        {"challenge": "x" * 3000},
    ],
)
def test_a_check_about_what_we_never_asked_is_not_echoed(
    rounds: Rounds, hub: FakeHub, changed: dict[str, str]
) -> None:
    read(rounds, an_item(1))
    hub.temper = "slow"
    look_after(hub)
    answer = hub.check(**changed)
    assert answer.status == 404
    assert "are you there?" not in answer.body
    assert row(rounds).state == "asked"


def test_a_check_is_echoed_once_and_a_replay_of_it_gains_nothing(
    subscribed: Rounds, hub: FakeHub
) -> None:
    pass_time(subscribed, days=1)
    before = row(subscribed).expires_at
    assert hub.check().status == 404
    assert row(subscribed).expires_at == before


def test_a_check_nobody_asked_for_finds_nothing(rounds: Rounds, hub: FakeHub) -> None:
    read(rounds, an_item(1))
    hub.asked.append(
        {
            "hub.callback": f"{PUBLIC}/hubs/{row(rounds).token}",
            "hub.mode": "subscribe",
            "hub.topic": WORLD,
        }
    )
    assert hub.check().status == 404
    hub.asked[-1]["hub.callback"] = f"{PUBLIC}/hubs/guessed"
    assert hub.check().status == 404
    hub.asked[-1]["hub.callback"] = f"{PUBLIC}/hubs/%00"
    assert hub.check().status == 404
    assert row(rounds).state == "wanted"


def test_a_hub_may_deny_and_the_feed_is_polled_as_before(subscribed: Rounds, hub: FakeHub) -> None:
    hub.push(a_feed(an_item(2)))
    put_off(subscribed)
    assert hub.check(mode="denied", topic="https://x.example/").status == 404
    assert hub.check(mode="denied", reason="spam\x00 \n list").status == 200
    assert row(subscribed).state == "denied"
    assert row(subscribed).reason.startswith("the hub refuses: spam")
    assert not is_pushed_by_row(subscribed)
    assert is_due(subscribed)
    look_after(hub)
    assert len(hub.asked) == 1
    pass_time(subscribed, days=9)
    look_after(hub)
    assert len(hub.asked) == 2


# --- pushes


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_is_answered_at_once_and_read_like_a_poll(
    subscribed: Rounds, hub: FakeHub, method: str
) -> None:
    answer = hub.push(a_feed(an_item(1), an_item(2)), method=method, pieces=3)
    assert (answer.status, answer.cookies) == (202, ())
    [_, document] = subscribed.rows(DocumentRow)
    assert (document.way, document.work_state) == ("push", "ready")
    assert document.known == 1  # the gate knew the first item by its bytes
    assert an_item(2).title not in titles(subscribed)
    assert hubs.pushed(settings()) == [document.id]
    assert hubs.pushed(settings()) == []
    subscribed.parse(document.id)
    assert an_item(2).title in titles(subscribed)
    assert len(subscribed.rows(StoryRow)) == 2
    assert row(subscribed).pushes == 1


def test_a_hub_that_sends_otherwise_than_the_origin_does_not_make_polls_forget(
    rounds: Rounds, hub: FakeHub
) -> None:
    read(rounds, an_item(1), kind="text/xml")
    look_after(hub)
    hub.push(a_feed(an_item(1), an_item(2)))
    [_, document] = rounds.rows(DocumentRow)
    assert (document.known, document.hashes) == (0, None)
    rounds.parse(document.id)
    assert len(rounds.rows(StoryRow)) == 2
    read(rounds, an_item(1), an_item(3), kind="text/xml")
    assert rounds.rows(DocumentRow)[-1].known == 1


def test_the_same_push_twice_is_one_document(subscribed: Rounds, hub: FakeHub) -> None:
    body = a_feed(an_item(1), an_item(2))
    hub.push(body)
    [_, document] = subscribed.rows(DocumentRow)
    subscribed.parse(document.id)
    assert hub.push(body).status == 202
    assert len(subscribed.rows(DocumentRow)) == 2
    assert row(subscribed).pushes == 2


def test_a_push_replayed_before_it_is_read_is_kept_once(subscribed: Rounds, hub: FakeHub) -> None:
    first, second = a_feed(an_item(1), an_item(2)), a_feed(an_item(1), an_item(3))
    for body in (first, first, first, second, second):
        assert hub.push(body).status == 202
    assert len(subscribed.rows(DocumentRow)) == 3  # the poll's, and one of each
    hub.push(first)  # what was said before may be said again
    assert len(subscribed.rows(DocumentRow)) == 4
    for number in hubs.pushed(settings()):
        subscribed.parse(number)
    assert len(subscribed.rows(StoryRow)) == 3


def test_what_was_pushed_is_no_news_at_the_next_poll(subscribed: Rounds, hub: FakeHub) -> None:
    hub.push(a_feed(an_item(1), an_item(2)))
    subscribed.parse(hubs.pushed(settings())[0])
    read(subscribed, an_item(1), an_item(2))
    assert len(subscribed.rows(StoryRow)) == 2
    assert row(subscribed).missed_at is None


def test_the_interval_is_stretched_only_after_a_push_has_really_arrived(
    subscribed: Rounds, hub: FakeHub
) -> None:
    assert not is_pushed(subscribed)
    hub.push(a_feed(an_item(2)), signature="sha256=00")
    assert not is_pushed(subscribed)
    hub.push(a_feed(an_item(2)))
    assert is_pushed(subscribed)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=" + "0" * 64, "md5=" + "0" * 32, "nonsense"]
)
def test_a_wrong_signature_is_thanked_for_counted_and_dropped(
    subscribed: Rounds, hub: FakeHub, signature: str
) -> None:
    assert hub.push(a_feed(an_item(2)), signature=signature).status == 202
    assert len(subscribed.rows(DocumentRow)) == 1
    kept = row(subscribed)
    assert (kept.unsigned, kept.pushes, kept.last_push_at) == (1, 0, None)


def test_a_push_signed_with_another_secret_is_dropped(subscribed: Rounds, hub: FakeHub) -> None:
    assert hub.push(a_feed(an_item(2)), secret="guess").status == 202  # noqa: S106  # invented
    assert len(subscribed.rows(DocumentRow)) == 1


@pytest.mark.parametrize("says_length", [True, False])
def test_an_oversized_push_is_refused_before_it_is_read_whole(
    subscribed: Rounds, hub: FakeHub, *, says_length: bool
) -> None:
    body = b"x" * 20_000
    if says_length:
        headers = {"content-length": str(len(body))}
        answer = hub.desk.raw("POST", hub.callback, headers, b"x")
    else:
        answer = hub.push(body, pieces=10)
    assert answer.status == 413
    assert len(subscribed.rows(DocumentRow)) == 1
    assert (row(subscribed).too_big, row(subscribed).pushes) == (1, 0)


def test_a_push_to_nobody_is_not_found(subscribed: Rounds, hub: FakeHub) -> None:
    hub.asked[-1]["hub.callback"] = f"{PUBLIC}/hubs/guessed"
    assert hub.push(a_feed(an_item(2))).status == 404
    assert len(subscribed.rows(DocumentRow)) == 1


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused_and_change_nothing(
    subscribed: Rounds, hub: FakeHub, method: str
) -> None:
    assert hub.desk.raw(method, hub.callback, {}, b"").status == 405
    assert row(subscribed).state == "active"


def test_a_push_for_a_paused_feed_or_of_nothing_is_dropped(
    subscribed: Rounds, hub: FakeHub
) -> None:
    assert hub.push(b"  ").status == 202
    with subscribed.session() as session:
        feeds.set_paused(session, subscribed.feeds[WORLD], is_paused=True)
    assert hub.push(a_feed(an_item(2))).status == 202
    assert len(subscribed.rows(DocumentRow)) == 1
    assert row(subscribed).pushes == 0


def test_a_push_that_is_no_feed_is_set_aside_like_any_document(
    subscribed: Rounds, hub: FakeHub
) -> None:
    hub.push(b"<html><body>Hello</body></html>")
    subscribed.parse(hubs.pushed(settings())[0])
    [aside] = subscribed.rows(SetAsideRow)
    assert (aside.stage, aside.state) == ("parse", "html")
    assert subscribed.feed().state == "ok"  # the feed itself is as it was


def test_a_push_cut_off_by_the_hub_is_kept_by_nobody(subscribed: Rounds, hub: FakeHub) -> None:
    assert hub_hangs_up(hub) == 400
    assert len(subscribed.rows(DocumentRow)) == 1


# --- a hub that does not push what it should


def lose_a_push(rounds: Rounds, hub: FakeHub) -> None:
    """Let the hub push once, and then a poll find what it did not push."""
    hub.push(a_feed(an_item(1), an_item(2)))
    rounds.parse(hubs.pushed(settings())[0])
    pass_time(rounds, hours=1)
    read(rounds, an_item(1), an_item(2), an_item(3))


def test_a_lost_push_marks_the_hub_broken_and_normal_polling_resumes(
    subscribed: Rounds, hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    lose_a_push(subscribed, hub)
    assert not is_pushed_by_row(subscribed)  # doubted at once
    assert row(subscribed).state == "active"
    put_off(subscribed)
    pass_time(subscribed, minutes=20)
    with caplog.at_level(logging.WARNING):
        look_after(hub)
    assert row(subscribed).state == "broken"
    assert "did not push" in row(subscribed).reason
    assert "hubs failed" in caplog.text
    assert is_due(subscribed)
    assert len(hub.asked) == 1
    pass_time(subscribed, days=9)
    look_after(hub)
    assert row(subscribed).state == "active"
    assert not is_pushed_by_row(subscribed)  # it must push once more before it is believed


def test_a_push_that_comes_a_little_after_the_poll_is_not_lost(
    subscribed: Rounds, hub: FakeHub
) -> None:
    lose_a_push(subscribed, hub)
    assert row(subscribed).missed_at is not None
    hub.push(a_feed(an_item(1), an_item(2), an_item(3)))
    assert row(subscribed).missed_at is None
    pass_time(subscribed, minutes=20)
    look_after(hub)
    assert row(subscribed).state == "active"


def test_a_poll_that_overtakes_a_push_still_unread_says_nothing_against_the_hub(
    subscribed: Rounds, hub: FakeHub
) -> None:
    hub.push(a_feed(an_item(1), an_item(2)))
    read(subscribed, an_item(1), an_item(2))
    assert row(subscribed).missed_at is None


def test_what_was_published_before_the_hub_knew_us_it_owes_us_not(
    subscribed: Rounds, hub: FakeHub
) -> None:
    read(subscribed, an_item(1), an_item(2))
    assert row(subscribed).missed_at is None
    pass_time(subscribed, hours=7)
    read(subscribed, an_item(1), an_item(2), an_item(3))
    assert row(subscribed).missed_at is not None
    pass_time(subscribed, minutes=20)
    look_after(hub)
    assert row(subscribed).state == "broken"


def is_pushed_by_row(rounds: Rounds) -> bool:
    """The same without making the feed due, for tests that look whether something else does."""
    with rounds.session() as session:
        before = session.scalar(select(FeedRow.due_at).where(FeedRow.url == WORLD))
    found = is_pushed(rounds)
    with rounds.session() as session:
        session.execute(update(FeedRow).where(FeedRow.url == WORLD).values(due_at=before))
    return found


def put_off(rounds: Rounds) -> None:
    """Let the feed's next poll be far away."""
    with rounds.session() as session:
        later = func.now() + timedelta(hours=5)
        session.execute(update(FeedRow).where(FeedRow.url == WORLD).values(due_at=later))


def is_due(rounds: Rounds) -> bool:
    with rounds.session() as session:
        asked = select(FeedRow.due_at <= func.now()).where(FeedRow.url == WORLD)
        return bool(session.scalar(asked))


def hub_hangs_up(hub: FakeHub) -> int:
    """Send half a push and hang up; gives the status the desk would have answered."""
    statuses: list[int] = []
    came: list[Message] = [
        {"type": "http.request", "body": b"<rss", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return came.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": hub.callback,
        "raw_path": hub.callback.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("192.0.2.7", 50_000),
        "server": ("desk.example", 80),
    }
    asyncio.run(hub.desk.app(scope, receive, send))
    return statuses[0]
