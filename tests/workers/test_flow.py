"""The journey of a story, stretch by stretch: what each leaves behind, when it goes well and not.

Outlets, feeds and stories are invented, on example domains.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update

from config import settings as told
from config.settings import settings
from pipeline.errors import SerieswatchError
from store import clock, decisions, drafts, feeds, setaside, users, waiting, work
from store.models import (
    AuditRow,
    DefinitionRow,
    DevelopmentRow,
    DocumentRow,
    DuplicateRow,
    FeedMemoryRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    PollCountRow,
    SeriesRow,
    SetAsideRow,
    StoryRow,
    TagRow,
    VersionRow,
)
from tests.desk.newsroom import Newsroom
from tests.fakes import at_statement, killed_at
from tests.rounds import (
    FRIDAY,
    LONG,
    MONDAY,
    SERIES,
    TIDES,
    UNREADABLE,
    WORLD,
    Rounds,
    a_feed,
    an_item,
    newsroom,
    own_database,
)
from workers import clustering, flow, reading

PAGE = b"<!doctype html><html><head><title>Please wait</title></head><body>Soon.</body></html>"
NO_FEED = b"<opml version='2.0'><body/></opml>"  # an answer, but nothing our parsers read


@pytest.fixture(scope="module")
def flow_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "flow") as engine:
        yield engine


@pytest.fixture
def rounds(flow_database: Engine) -> Iterator[Rounds]:
    with newsroom(flow_database) as rounds:
        yield rounds


def seconds_until_poll(rounds: Rounds, url: str = WORLD) -> float:
    with rounds.session() as session:
        wait = func.extract("epoch", FeedRow.due_at - func.now())
        due = select(wait).where(FeedRow.url == url)
        return float(session.execute(due).scalar_one())


def polls(rounds: Rounds) -> dict[str, int]:
    return {row.state: row.polls for row in rounds.rows(PollCountRow)}


# --- due feeds


def test_feeds_that_are_due_are_rung_for_once_the_longest_due_first(rounds: Rounds) -> None:
    first, second = rounds.feeds[WORLD], rounds.follow(TIDES, outlet="tide-wire")
    assert flow.due_feeds(settings()) == []
    rounds.make_due(second)
    rounds.make_due(first)
    assert flow.due_feeds(settings()) == [second, first]
    assert flow.due_feeds(settings()) == []


def test_a_round_of_beat_leaves_a_sign_of_life(rounds: Rounds) -> None:
    flow.tick("beat")
    with rounds.session() as session:
        [(name, at)] = waiting.ticks(session).items()
        assert name == "beat"
        assert abs(clock.real_now(session) - at) < timedelta(minutes=1)


# --- fetch


def test_a_new_document_is_kept_as_it_came_at_the_products_time(rounds: Rounds) -> None:
    body = b"\r\n" + a_feed(an_item(1)) + b"\n\x00"  # every byte of it
    rounds.serve(body=body, etag='W/"7"', last_modified="yesterday, as it says")
    document_id = rounds.poll()
    [document] = rounds.rows(DocumentRow)
    assert document.id == document_id
    assert (document.body, document.status, document.url) == (body, 200, WORLD)
    assert document.headers["etag"] == 'W/"7"'
    assert document.captured_at == MONDAY
    feed = rounds.feed()
    assert (feed.state, feed.reason, feed.failures) == ("ok", "new document", 0)
    assert (feed.etag, feed.last_modified) == ('W/"7"', "yesterday, as it says")
    assert feed.last_attempt_at == feed.last_success_at
    assert polls(rounds) == {"ok": 1}
    assert 900 <= seconds_until_poll(rounds) + 5 <= 1000


def test_the_next_poll_sends_both_validators_back_and_a_304_is_no_news(rounds: Rounds) -> None:
    rounds.serve(an_item(1), etag='"7"', last_modified="yesterday")
    rounds.poll()
    since = rounds.feed().state_since
    assert rounds.poll() is None
    headers = rounds.http.requests[-1].headers
    assert headers["If-None-Match"] == '"7"'
    assert headers["If-Modified-Since"] == "yesterday"
    feed = rounds.feed()
    assert (feed.state, feed.failures) == ("not_modified", 0)
    assert feed.state_since == since  # as well as before
    assert (feed.etag, feed.last_modified) == ('"7"', "yesterday")
    assert polls(rounds) == {"ok": 1, "not_modified": 1}
    assert len(rounds.rows(DocumentRow)) == 1


def test_the_same_bytes_again_are_no_news_though_their_validator_changed(rounds: Rounds) -> None:
    rounds.serve(an_item(1), etag='"7"')
    rounds.poll()
    rounds.serve(an_item(1), etag='"8"')
    assert rounds.poll() is None
    assert (rounds.feed().state, rounds.feed().etag) == ("not_modified", '"8"')
    assert len(rounds.rows(DocumentRow)) == 1


FAILURES: list[tuple[dict[str, Any], str, str]] = [
    ({"status": 404}, "http_4xx", "gone or has moved"),
    ({"status": 410}, "gone", "gone for good"),
    ({"status": 429}, "rate_limited", "too often"),
    ({"status": 500}, "http_5xx", "server has trouble"),
    ({"problem": "timeout"}, "timeout", "no complete answer came in time"),
    ({"problem": "too_big"}, "too_big", "too large"),
    ({"problem": "tls"}, "tls", "no secure connection"),
    ({"problem": "connect"}, "connect", "did not answer"),
]


@pytest.mark.parametrize(("answer", "state", "words"), FAILURES, ids=[s for _, s, _ in FAILURES])
def test_a_poll_that_brings_nothing_leaves_its_state_and_reason_and_is_put_off(
    rounds: Rounds, answer: dict[str, Any], state: str, words: str
) -> None:
    rounds.serve(an_item(1), etag='"7"')
    rounds.poll()
    success = rounds.feed().last_success_at
    rounds.fail(**answer)
    assert rounds.poll() is None
    feed = rounds.feed()
    assert (feed.state, feed.failures) == (state, 1)
    assert words in feed.reason
    assert feed.last_success_at == success
    assert feed.etag == '"7"'  # of the document that was read: it is asked with again
    assert polls(rounds) == {"ok": 1, state: 1}
    assert seconds_until_poll(rounds) > 1700
    assert len(rounds.rows(DocumentRow)) == 1
    assert rounds.rows(SetAsideRow) == []


def test_an_address_nobody_has_is_a_state_like_any_other(rounds: Rounds) -> None:
    assert rounds.poll() is None
    assert (rounds.feed().state, rounds.feed().last_success_at) == ("dns", None)


def test_a_failing_feed_is_polled_ever_more_rarely_and_as_before_once_it_is_well(
    rounds: Rounds,
) -> None:
    rounds.fail(status=503)
    waits = []
    for _ in range(3):
        rounds.poll()
        waits.append(seconds_until_poll(rounds))
    assert waits[1] > 1.5 * waits[0]
    assert waits[2] > 1.5 * waits[1]
    rounds.serve(an_item(1))
    rounds.poll()
    assert rounds.feed().failures == 0
    assert seconds_until_poll(rounds) < 1000


def test_a_publisher_that_asks_us_to_wait_is_not_asked_earlier(rounds: Rounds) -> None:
    rounds.fail(status=503, retry_after=30_000)
    rounds.poll()
    assert seconds_until_poll(rounds) > 29_900


@pytest.mark.parametrize(("body", "state"), [(PAGE, "html"), (b"", "empty"), (b" \n\x00", "empty")])
def test_an_answer_that_can_be_no_feed_is_set_aside_and_counted_when_it_comes_again(
    rounds: Rounds, body: bytes, state: str
) -> None:
    rounds.serve(body=body)
    for times in (1, 2):
        assert rounds.poll() is None
        [aside] = rounds.rows(SetAsideRow)
        assert (aside.stage, aside.state, aside.raw, aside.times) == ("fetch", state, body, times)
        assert aside.reason == rounds.feed().reason
        assert (rounds.feed().state, rounds.feed().failures) == (state, times)
    assert rounds.rows(DocumentRow) == []


def test_a_feed_that_answers_304_after_a_web_page_is_well_again(rounds: Rounds) -> None:
    rounds.serve(an_item(1), etag='"7"')
    rounds.poll()
    rounds.serve(body=PAGE)
    rounds.poll()
    rounds.serve(an_item(1), etag='"7"')
    assert rounds.poll() is None
    assert (rounds.feed().state, rounds.feed().failures) == ("not_modified", 0)


def test_what_a_feed_gave_instead_of_documents_is_settled_once_it_gives_them_again(
    rounds: Rounds,
) -> None:
    rounds.serve(body=PAGE)
    rounds.poll()
    rounds.serve(body=PAGE.replace(b"Soon", b"Later"))  # another page, and no other matter
    rounds.poll()
    [aside] = rounds.rows(SetAsideRow)
    assert (aside.times, aside.settled_at) == (2, None)
    assert b"Later" in aside.raw
    rounds.bring(an_item(1))
    assert rounds.rows(SetAsideRow)[0].settled_how == "the feed is well again"


def test_one_feeds_trouble_is_nothing_to_another(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.fail(status=500)
    rounds.serve(an_item(1), url=TIDES)
    rounds.poll()
    assert rounds.poll(TIDES) is not None
    assert rounds.feed(TIDES).state == "ok"


def test_a_doubled_bell_polls_once(rounds: Rounds) -> None:
    rounds.serve(an_item(1))
    rounds.poll()
    assert flow.fetch_feeds([rounds.feeds[WORLD]], settings(), rounds.http.get) == []
    assert len(rounds.http.requests) == 1


def test_a_feed_paused_while_it_is_polled_stays_paused_and_brings_nothing(rounds: Rounds) -> None:
    def pause() -> None:
        with rounds.session() as session:
            feeds.set_paused(session, rounds.feeds[WORLD], is_paused=True)

    rounds.serve(an_item(1))
    rounds.http.before_answer = pause
    rounds.poll()
    rounds.come_due(FeedRow)
    assert flow.due_feeds(settings()) == []
    assert rounds.rows(DocumentRow) == []


def test_a_defect_in_a_poll_is_told_and_the_publisher_is_not_asked_again_at_once(
    rounds: Rounds,
) -> None:
    def stumble() -> None:
        raise ZeroDivisionError("our own mistake")

    rounds.http.before_answer = stumble
    with pytest.raises(ZeroDivisionError):
        rounds.poll()
    feed = rounds.feed()
    assert feed.last_error == "ZeroDivisionError: our own mistake"
    assert feed.lease_token is None
    assert seconds_until_poll(rounds) > 200


# --- parse


def test_a_documents_items_become_stories_and_the_outcome_is_noted(rounds: Rounds) -> None:
    rounds.serve(an_item(1, summary="<p>A <b>first</b> line.</p>", body="<p>One.</p><p>Two.</p>"))
    assert rounds.parse(rounds.poll())
    [story], [version], [document] = map(rounds.rows, (StoryRow, VersionRow, DocumentRow))
    assert (story.first_seen_at, story.work_state) == (MONDAY, "ready")
    assert (version.number, version.kind, version.title) == (1, "first", an_item(1).title)
    assert (version.summary, version.text) == ("A first line.", "One.\n\nTwo.")
    assert version.url == "https://harbour-post.example/world/1"
    assert version.published_at == MONDAY - timedelta(hours=2)
    assert version.document_id == document.id
    assert document.format == "feed"
    assert document.outcome == {
        "entries": 1,
        "new": 1,
        "changed": 0,
        "known": 0,
        "flapping": 0,
        "refused": 0,
    }
    assert document.work_state == "done"
    assert rounds.feed().last_new_at == MONDAY


def test_what_is_new_changed_and_known_is_told_apart(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.serve(an_item(1), an_item(2, title="Storm over: ferries leave Brennick"), an_item(3))
    assert rounds.parse(rounds.poll())
    document = rounds.rows(DocumentRow)[-1]
    assert document.outcome == {
        "entries": 3,
        "new": 1,
        "changed": 1,
        "known": 1,
        "flapping": 0,
        "refused": 0,
    }


def test_a_document_whose_items_are_all_known_is_neither_kept_nor_read(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    rounds.serve(an_item(2), "<!-- a further remark -->", an_item(1))
    assert rounds.poll() is None
    assert len(rounds.rows(DocumentRow)) == 1
    feed = rounds.feed()
    assert (feed.state, feed.reason) == ("not_modified", "nothing new (its items are all known)")
    assert (feed.overlap, feed.last_new_at) == (1, MONDAY)
    [remembered] = rounds.rows(FeedMemoryRow)
    assert (remembered.seen, remembered.known) == (4, 2)


def test_only_what_is_new_of_a_document_is_kept_and_read(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    rounds.serve(an_item(3), an_item(1), an_item(2))
    document_id = rounds.poll()
    document = rounds.rows(DocumentRow)[-1]
    assert document.body == a_feed(an_item(3))
    assert (document.items, document.known) == (3, 2)
    rounds.parse(document_id)
    assert len(rounds.rows(StoryRow)) == 3
    [remembered] = rounds.rows(FeedMemoryRow)
    assert (remembered.seen, remembered.known) == (5, 2)
    rounds.serve(an_item(4), an_item(3))
    rounds.poll()
    assert rounds.rows(DocumentRow)[-1].body == a_feed(an_item(4))


def test_a_document_that_was_kept_and_never_read_loses_no_item_to_the_next_poll(
    rounds: Rounds,
) -> None:
    rounds.serve(an_item(1))
    unread = rounds.poll()
    rounds.serve(an_item(2), an_item(1))
    rounds.parse(rounds.poll())
    assert len(rounds.rows(StoryRow)) == 2
    rounds.parse(unread)
    assert len(rounds.rows(StoryRow)) == 2


def test_an_item_that_cannot_be_read_is_set_aside_with_its_bytes_and_costs_no_sibling(
    rounds: Rounds,
) -> None:
    rounds.serve(an_item(1), UNREADABLE, an_item(2))
    rounds.parse(rounds.poll())
    assert len(rounds.rows(StoryRow)) == 2
    [aside] = rounds.rows(SetAsideRow)
    assert (aside.stage, aside.state, aside.times) == ("item", "unreadable_item", 1)
    assert aside.raw == UNREADABLE.encode()
    assert aside.reason.startswith("item 2: ")
    assert rounds.rows(DocumentRow)[0].outcome["refused"] == 1
    assert rounds.feed().state == "ok"


def test_the_same_unreadable_item_in_the_next_document_is_not_read_again(rounds: Rounds) -> None:
    rounds.bring(an_item(1), UNREADABLE)
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1), an_item(2), UNREADABLE)
    [aside] = rounds.rows(SetAsideRow)
    assert (aside.times, aside.first_at, aside.last_at) == (1, MONDAY, MONDAY)
    assert rounds.rows(DocumentRow)[-1].known == 2


def test_an_item_refused_again_at_a_replay_stays_on_the_list(rounds: Rounds) -> None:
    rounds.bring(an_item(1), UNREADABLE)
    [document] = rounds.rows(DocumentRow)
    rounds.make_due(document.id, table=DocumentRow)
    rounds.parse(document.id)
    with rounds.session() as session:
        [line] = setaside.lines(session)
    assert (line.times, line.settled_at) == (2, None)


def test_a_document_nobody_can_read_is_set_aside_and_its_feed_is_not_well(rounds: Rounds) -> None:
    rounds.serve(body=NO_FEED, etag='"7"')
    document_id = rounds.poll()
    assert rounds.feed().etag == '"7"'
    assert not rounds.parse(document_id)
    [aside], [document] = map(rounds.rows, (SetAsideRow, DocumentRow))
    assert (aside.stage, aside.state, aside.raw) == ("parse", "parse_error", NO_FEED)
    assert aside.document_id == document_id
    assert document.problems == [aside.reason]
    assert document.work_state == "done"
    feed = rounds.feed()
    assert (feed.state, feed.reason, feed.failures) == ("parse_error", aside.reason, 1)
    assert (feed.etag, feed.last_modified) == (None, None)


def test_the_same_unreadable_bytes_again_leave_the_feed_as_unwell_as_it_was(rounds: Rounds) -> None:
    rounds.serve(body=NO_FEED, etag='"7"')
    rounds.parse(rounds.poll())
    before = rounds.feed()
    for failures in (2, 3):
        assert rounds.poll() is None
        feed = rounds.feed()
        assert (feed.state, feed.reason, feed.failures) == ("parse_error", before.reason, failures)
        assert (feed.state_since, feed.last_success_at) == (
            before.state_since,
            before.last_success_at,
        )
        assert feed.etag is None  # with it a 304 would come, and look like good news
    rounds.serve(an_item(1), etag='"8"')
    rounds.parse(rounds.poll())
    assert (rounds.feed().state, rounds.feed().failures) == ("ok", 0)


def test_validators_of_an_unread_document_do_not_outlive_it_though_a_page_came_since(
    rounds: Rounds,
) -> None:
    rounds.serve(body=NO_FEED, etag='"1"')
    late = rounds.poll()
    rounds.serve(body=b"<html><body>Back soon.</body></html>")
    rounds.poll()
    rounds.parse(late)
    assert (rounds.feed().state, rounds.feed().etag) == ("html", None)
    rounds.serve(body=NO_FEED, etag='"1"')
    assert rounds.poll() is not None


def test_a_304_to_validators_dropped_meanwhile_is_no_good_news(rounds: Rounds) -> None:
    rounds.serve(body=NO_FEED, etag='"1"')
    late = rounds.poll()

    def read_it() -> None:
        rounds.parse(late)

    rounds.http.before_answer = read_it
    rounds.poll()
    assert (rounds.feed().state, rounds.feed().etag) == ("parse_error", None)


def test_a_wording_taken_back_before_it_was_read_is_taken_back_once_it_is(rounds: Rounds) -> None:
    old, new = an_item(1, title="Ferry sails"), an_item(1, title="Ferry sinks")
    rounds.serve(old, an_item(2))
    rounds.parse(rounds.poll())
    rounds.serve(new, an_item(2))
    second = rounds.poll()
    rounds.serve(old, an_item(2))
    third = rounds.poll()
    rounds.parse(second)
    rounds.parse(third)
    story = rounds.rows(StoryRow)[0]
    titles = {(one.story_id, one.number): one.title for one in rounds.rows(VersionRow)}
    assert titles[story.id, story.current_version] == "Ferry sails"


def test_an_old_document_that_cannot_be_read_says_nothing_of_what_the_feed_gives_now(
    rounds: Rounds,
) -> None:
    rounds.serve(body=NO_FEED)
    late = rounds.poll()
    rounds.serve(an_item(1), etag='"8"')
    rounds.parse(rounds.poll())
    rounds.parse(late)
    assert (rounds.feed().state, rounds.feed().etag) == ("ok", '"8"')
    assert len(rounds.rows(SetAsideRow)) == 1


FEEDS = sorted(
    path for path in (Path(__file__).parents[1] / "feeds").iterdir() if path.suffix != ".py"
)


def test_every_invented_document_comes_to_its_end_whatever_it_holds(rounds: Rounds) -> None:
    for path in FEEDS:
        url = f"https://{path.stem.replace('_', '-')}.example/feed"
        rounds.follow(url, outlet=path.stem.replace("_", "-"))
        rounds.serve(url=url, body=path.read_bytes())
        document_id = rounds.poll(url)
        if document_id is not None:
            rounds.parse(document_id)
    rounds.refresh(*rounds.place())
    assert len(FEEDS) > 10
    assert len(rounds.rows(StoryRow)) > 10
    with rounds.session() as session:
        assert waiting.count(session) == 0
        asides = setaside.lines(session)
        lines = {line.id: line for line in feeds.lines(session)}
    assert all(thing.reason for thing in asides)
    unwell = {line.id for line in lines.values() if line.state not in {"ok", "never"}}
    assert unwell <= {thing.feed_id for thing in asides if thing.stage != "item"}


# --- tag, cluster, match


def test_tags_name_the_words_that_earned_them_where_they_stand(rounds: Rounds) -> None:
    title = "Zelensky boards a ferry in Kyiv"
    rounds.bring(
        an_item(1, title=title, body="<p>The president of Ukraine crossed the Dnipro.</p>")
    )
    [version] = rounds.rows(VersionRow)
    tags = rounds.rows(TagRow)
    assert {tag.code for tag in tags} >= {"UA"}
    assert all(tag.version_id == version.id for tag in tags)
    assert all(tag.decided_by == flow.TAGGER for tag in tags)
    spans = [span for tag in tags for span in tag.evidence]
    assert spans
    for span in spans:
        assert getattr(version, span["field"])[span["start"] : span["end"]] == span["text"]


def test_a_match_is_kept_with_its_reasons_and_with_what_decided_it(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary="No bread on Monday."))
    [match] = rounds.rows(MatchRow)
    assert (match.zone, match.section, match.matcher) == ("suggest", "lead", "cold/2")
    assert match.seen_at == MONDAY
    assert 0 < match.score <= 1
    odds = sum(reason["weight"] for reason in match.why)
    assert abs(1 / (1 + math.exp(-odds)) - match.score) < 0.001
    [hit] = [reason for reason in match.why if reason["reason"] == "query"]
    assert '"ferry" (title)' in hit["text"]
    [span] = hit["spans"]
    version = next(v for v in rounds.rows(VersionRow) if v.id == match.version_id)
    assert version.title[span["start"] : span["end"]] == span["text"] == "ferry"


def test_every_story_gets_a_development_with_a_reason_whether_it_matches_or_not(
    rounds: Rounds,
) -> None:
    strike = "Bakers strike in Aldwick over night shifts"
    rounds.bring(
        an_item(1),
        an_item(2, title=strike, summary=""),
        an_item(3, title="Aldwick bakers end strike over night shifts", summary=""),
    )
    by_title = {development.title: development.id for development in rounds.rows(DevelopmentRow)}
    members = rounds.rows(MemberRow)
    assert len(by_title) == 2
    assert [m.development_id for m in members].count(by_title[strike]) == 2
    assert all(member.why and member.decided_by == clustering.CLUSTERER for member in members)


def test_the_first_match_opens_the_instalment_of_its_week_and_that_is_on_record(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1))
    [instalment] = rounds.rows(InstalmentRow)
    assert (instalment.number, instalment.state) == (1, "assembling")
    assert (instalment.opens_at, instalment.cut_off) == (FRIDAY - timedelta(days=7), FRIDAY)
    assert instalment.tail_from == FRIDAY - timedelta(days=14)
    [opened] = [row for row in rounds.rows(AuditRow) if row.action == "instalment.open"]
    assert (opened.actor, opened.subject_kind) == ("machine:draft", "instalment")
    assert (opened.subject_id, opened.product_at) == (str(instalment.id), MONDAY)


def test_what_comes_after_the_cut_off_goes_into_the_next_instalment(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    rounds.at(FRIDAY)  # the last moment counts
    rounds.bring(an_item(2), an_item(1))
    rounds.at(FRIDAY + timedelta(seconds=1))
    rounds.bring(an_item(3), an_item(2), an_item(1))
    first, second = rounds.rows(InstalmentRow)
    assert (second.number, second.opens_at) == (2, FRIDAY)
    held = {(item.instalment_id, item.headline) for item in rounds.rows(ItemRow)}
    assert held == {
        (first.id, an_item(1).title),
        (first.id, an_item(2).title),
        (second.id, an_item(3).title),
        # What came before and was not used is offered once more.
        (second.id, an_item(1).title),
        (second.id, an_item(2).title),
    }


def test_what_arrived_before_the_cut_off_belongs_there_though_it_is_placed_later(
    rounds: Rounds,
) -> None:
    rounds.at(FRIDAY - timedelta(minutes=1))
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    rounds.at(FRIDAY + timedelta(hours=1))
    rounds.refresh(*rounds.place())
    [instalment], [match] = map(rounds.rows, (InstalmentRow, MatchRow))
    assert instalment.cut_off == FRIDAY
    assert instalment.opened_at == FRIDAY + timedelta(hours=1)
    assert (match.seen_at, match.instalment_id) == (FRIDAY - timedelta(minutes=1), instalment.id)


def test_a_copy_under_another_headline_joins_its_originals_development(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    rounds.bring(an_item(1, body=f"<p>{LONG}</p>"), url=TIDES)
    link = "https://harbour-post.example/own/1"
    rounds.bring(an_item(5, title="Gale halts boats", link=link, body=f"<p>{LONG}</p>"))
    assert len(rounds.rows(DuplicateRow)) == 1
    original, copy = rounds.rows(MemberRow)
    assert copy.development_id == original.development_id
    assert "word for word" in copy.why


def test_a_copy_that_is_placed_first_draws_its_original_after_it(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    original = an_item(1, body=f"<p>{LONG}</p>", published=MONDAY - timedelta(minutes=1))
    rounds.serve(original, url=TIDES)
    rounds.parse(rounds.poll(TIDES))
    link, earlier = "https://harbour-post.example/own/1", MONDAY - timedelta(hours=5)
    copy = an_item(5, title="Gale halts boats", link=link, body=f"<p>{LONG}</p>", published=earlier)
    rounds.serve(copy)
    rounds.parse(rounds.poll())
    rounds.place()
    assert len(rounds.rows(DuplicateRow)) == 1
    assert len({member.development_id for member in rounds.rows(MemberRow)}) == 1
    assert len(rounds.rows(MemberRow)) == 2


def test_stories_placed_at_the_same_instant_open_one_development(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    for url in (WORLD, TIDES):
        rounds.serve(an_item(1, link=f"{url}/1", guid=url), url=url)
        rounds.parse(rounds.poll(url))
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def place() -> None:
        start.wait()
        try:
            for _ in range(3):
                flow.place_stories(settings())
        except BaseException as problem:  # noqa: BLE001  # told to the test below
            failures.append(problem)

    threads = [threading.Thread(target=place) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rounds.place()
    assert failures == []
    assert len(rounds.rows(MemberRow)) == 2
    assert len(rounds.rows(DevelopmentRow)) == 1


def test_a_changed_story_is_matched_anew_and_keeps_its_development(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1, title="Storm over: every ferry leaves Brennick"))
    assert len(rounds.rows(MemberRow)) == 1
    assert len({match.version_id for match in rounds.rows(MatchRow)}) == 2


def test_a_further_version_of_the_series_decides_from_then_on(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    rounds.define(SERIES.replace('"ferry OR', '"bakers OR ferry OR'))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary=""))
    first, second = rounds.rows(MatchRow)
    assert second.definition_id > first.definition_id


def test_a_paused_series_takes_no_stories(rounds: Rounds) -> None:
    rounds.define(SERIES.replace("[calendar]", 'status = "paused"\n[calendar]'))
    rounds.bring(an_item(1))
    assert rounds.rows(MatchRow) == rounds.rows(InstalmentRow) == []
    assert len(rounds.rows(MemberRow)) == 1


def test_while_a_replay_gathers_nothing_is_placed(rounds: Rounds) -> None:
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    with rounds.session() as session:
        clock.set_recorded(session, MONDAY, is_gathering=True)
    assert flow.place_stories(settings()) == flow.Placed([], more=False)
    rounds.at(MONDAY)
    assert len(rounds.place()) == 1


# --- draft


def shown(rounds: Rounds, number: int | None = None) -> dict[str, list[str]]:
    """The headlines of each section as they stand."""
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch", number)
    assert view is not None
    return {section.key: [item.headline for item in section.items] for section in view.sections}


def decide(rounds: Rounds, headline: str, action: decisions.Action) -> None:
    with rounds.session() as session:
        person = next(iter(users.everyone(session)), None) or Newsroom(session).person("ann")
        asked = select(ItemRow.id, ItemRow.version).where(ItemRow.headline == headline)
        item_id, version = session.execute(asked).one()
        decisions.decide(session, item_id, person, action, based_on=version, now=MONDAY)


def test_items_stand_in_the_sections_that_take_them(rounds: Rounds) -> None:
    ministry = "https://harbour-ministry.example/feed"
    rounds.follow(ministry, outlet="harbour-ministry", kind="official")
    rounds.bring(
        an_item(1),
        an_item(2, title="Union rejects pay offer", summary="Pilots of the night ferry object."),
    )
    rounds.bring(an_item(4, link="https://harbour-ministry.example/4"), url=ministry)
    assert shown(rounds) == {
        "lead": [an_item(1).title],
        "other": ["Union rejects pay offer"],
        "ministry": [an_item(4).title],
    }
    [item] = [i for i in rounds.rows(ItemRow) if i.section == "lead"]
    assert item.attribution == "On Monday, the Harbour Post reported"
    assert (item.state, item.zone, item.touched_at) == ("queued", "suggest", None)
    matched = rounds.rows(MatchRow)[0].why
    assert item.why[: len(matched)] == matched  # then why it stands where it does, and links there
    assert {one["reason"] for one in item.why[len(matched) :]} == {"rank", "link"}


def test_of_several_stories_of_a_development_the_best_original_is_the_item(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    rounds.bring(an_item(1, body=f"<p>{LONG}</p>"), url=TIDES)
    rounds.bring(an_item(5, link="https://harbour-post.example/5", body=f"<p>{LONG}</p>"))
    [item] = rounds.rows(ItemRow)
    original = next(story for story in rounds.rows(StoryRow) if story.id == item.story_id)
    assert original.feed_id == rounds.feeds[TIDES]


WHOLE = f"{LONG} {' '.join(f'further{number}' for number in range(150))}"


def test_where_a_brief_came_first_the_item_shows_its_longest_copy_and_the_others_beside(
    rounds: Rounds,
) -> None:
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    framed = "https://coast-courier.example/all.xml"
    rounds.follow(framed, outlet="coast-courier")
    rounds.bring(an_item(1, body=f"<p>{LONG}</p>"), url=TIDES)
    rounds.bring(an_item(1, link="https://harbour-post.example/1", body=f"<p>{WHOLE}</p>"))
    cut = f"<p>BRENNICK (Tide Wire) - {LONG} All rights reserved.</p>"
    rounds.bring(an_item(1, link="https://coast-courier.example/1", body=cut), url=framed)
    brief, whole, copy = rounds.rows(StoryRow)
    found = {row.story_id: (row.root_id, row.relation) for row in rounds.rows(DuplicateRow)}
    assert found == {whole.id: (brief.id, "syndicated"), copy.id: (brief.id, "syndicated")}
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch")
    assert view is not None
    [item] = [item for section in view.sections for item in section.items]
    assert (item.story, item.outlet, item.origin) == (whole.id, "harbour-post", ("tide-wire",))
    assert [outlet for outlet, *_ in item.also] == ["tide-wire", "coast-courier"]


def test_a_story_that_came_as_a_summary_alone_stays_the_item(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire", kind="wire")
    rounds.bring(an_item(1, summary=LONG), url=TIDES)
    rounds.bring(an_item(1, link="https://harbour-post.example/1", body=f"<p>{WHOLE}</p>"))
    [copy] = rounds.rows(DuplicateRow)
    [item] = rounds.rows(ItemRow)
    assert item.story_id == copy.root_id


def test_an_untouched_item_follows_its_storys_newest_version(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1, title="Storm over: every ferry leaves Brennick"))
    assert shown(rounds)["lead"] == ["Storm over: every ferry leaves Brennick"]
    [item] = rounds.rows(ItemRow)
    assert (item.flags, item.version) == ([], 2)  # who saw the old headline must look again


def test_an_item_a_person_touched_keeps_place_words_and_state_and_is_flagged(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2))
    decide(rounds, an_item(1).title, "accept")
    before = next(item for item in rounds.rows(ItemRow) if item.headline == an_item(1).title)
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1, title="Storm over: every ferry leaves Brennick"), an_item(2))
    item = next(item for item in rounds.rows(ItemRow) if item.id == before.id)
    assert (item.headline, item.position, item.state) == (
        before.headline,
        before.position,
        "accepted",
    )
    assert (item.version_id, item.version) == (before.version_id, before.version)
    assert item.flags == ["updated"]


def test_new_items_stand_below_what_a_person_touched(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2), an_item(3))
    decide(rounds, shown(rounds)["lead"][1], "accept")
    kept = shown(rounds)["lead"][1]
    rounds.at(MONDAY + timedelta(hours=1))
    best = an_item(4, title="Ferry, ferries and ferries", summary="A ferry.")
    rounds.bring(best, an_item(1), an_item(2), an_item(3))
    assert shown(rounds)["lead"].index(kept) < shown(rounds)["lead"].index(best.title)


def test_a_rejected_development_does_not_come_back_with_another_outlet_or_next_week(
    rounds: Rounds,
) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.at(FRIDAY - timedelta(hours=1))
    rounds.bring(an_item(1, title="Ferry strike closes Aldwick quay"), an_item(2))
    decide(rounds, "Ferry strike closes Aldwick quay", "reject")
    rounds.at(FRIDAY + timedelta(hours=1))
    again = "Ferry strike closes Aldwick quay again"
    rounds.bring(an_item(1, title=again, link="https://tide-wire.example/1"), url=TIDES)
    rounds.bring(an_item(1, title=again), an_item(2), an_item(3))
    assert len(rounds.rows(InstalmentRow)) == 2
    assert set(shown(rounds, 2)["lead"]) == {an_item(2).title, an_item(3).title}
    with rounds.session() as session:
        items = session.scalars(select(ItemRow.state).order_by(ItemRow.id)).all()
    assert list(items).count("rejected") == 1


def test_what_an_earlier_instalment_covered_is_offered_again_and_says_so(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    decide(rounds, an_item(1).title, "accept")
    [earlier] = rounds.rows(ItemRow)
    # A long story: told again within three days, but after the cut-off.
    rounds.at(FRIDAY - timedelta(hours=1))
    rounds.bring(an_item(1, title="Storm keeps every ferry at Brennick for a fourth day"))
    rounds.at(FRIDAY + timedelta(hours=1))
    rounds.bring(an_item(1, title="Storm keeps every ferry at Brennick for a fifth day"))
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch", 2)
    assert view is not None
    [item] = view.sections[0].items
    assert item.headline == "Storm keeps every ferry at Brennick for a fifth day"
    assert item.covered_before == (
        {
            "instalment": 1,
            "item": earlier.id,
            "headline": an_item(1).title,
            "state": "accepted",
        },
    )
    assert "covered before in No. 1" in {one["text"] for one in item.why}


def test_a_story_from_before_the_window_is_flagged_and_one_from_before_the_tail_is_not_offered(
    rounds: Rounds,
) -> None:
    opens = FRIDAY - timedelta(days=7)
    rounds.bring(
        an_item(1, published=opens),
        an_item(2, published=opens + timedelta(seconds=1)),
        an_item(3, published=opens - timedelta(days=7)),
        an_item(4, published=opens - timedelta(days=7, seconds=1)),
        an_item(5, published=None),
    )
    flags = {item.headline: item.flags for item in rounds.rows(ItemRow)}
    assert flags == {
        an_item(1).title: ["before_window"],
        an_item(2).title: [],
        an_item(3).title: ["before_window"],
        an_item(5).title: [],
    }
    assert len(rounds.rows(MatchRow)) == 5
    undated = next(i for i in rounds.rows(ItemRow) if i.headline == an_item(5).title)
    assert undated.attribution == "The Harbour Post reported"


def test_an_item_whose_story_no_longer_matches_keeps_its_words_and_says_that_they_are_old(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2))
    decide(rounds, an_item(2).title, "accept")
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1, title="Calm at Brennick"), an_item(2, title="Pilots accept pay offer"))
    assert len(rounds.rows(MatchRow)) == 2
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch")
    assert view is not None
    told = {item.headline: item.flags for section in view.sections for item in section.items}
    assert told == {an_item(1).title: ("updated",), an_item(2).title: ("updated",)}


def test_a_section_that_left_the_definition_keeps_the_items_it_had(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    rounds.define(SERIES.replace('key = "lead"', 'key = "top"'))
    rounds.bring(an_item(1), an_item(2), an_item(3))
    told = shown(rounds)
    assert set(told["lead"]) == {an_item(1).title, an_item(2).title}
    assert told["top"] == [an_item(3).title]


def test_a_definition_that_cannot_be_read_costs_the_other_series_nothing(rounds: Rounds) -> None:
    rounds.define(SERIES.replace("ferry-watch", "bridge-watch"))
    with rounds.session() as session:
        broken = select(SeriesRow.definition_id).where(SeriesRow.key == "bridge-watch")
        session.execute(
            update(DefinitionRow)
            .where(DefinitionRow.id.in_(broken.scalar_subquery()))
            .values(definition={"key": "bridge-watch"})
        )
    rounds.bring(an_item(1))
    assert [story.work_state for story in rounds.rows(StoryRow)] == ["done"]
    assert shown(rounds)["lead"] == [an_item(1).title]


def test_what_comes_after_an_instalment_was_approved_goes_into_the_next(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    [approved] = rounds.rows(InstalmentRow)
    with rounds.session() as session:
        session.execute(update(InstalmentRow).values(state="approved"))
    rounds.bring(an_item(1), an_item(2))
    following = next(i for i in rounds.rows(InstalmentRow) if i.id != approved.id)
    assert (following.number, following.state) == (2, "assembling")
    assert following.opens_at == approved.cut_off
    standing = {(item.headline, item.instalment_id) for item in rounds.rows(ItemRow)}
    assert standing == {
        (an_item(1).title, approved.id),
        (an_item(1).title, following.id),  # it was not used
        (an_item(2).title, following.id),
    }


# --- twice, killed, too late, refused


TABLES: dict[str, work.Table] = {
    "fetch": FeedRow,
    "parse": DocumentRow,
    "place": StoryRow,
    "draft": InstalmentRow,
}
FIRST_EFFECT = {
    "fetch": "UPDATE feeds AS f SET.*due_at",
    "parse": "INSERT INTO stories",
    "place": "INSERT INTO matches",
    "draft": "INSERT INTO items",
}
END = {  # what closes the lease, in the transaction of the effects
    stage: f"UPDATE {table.__tablename__} " + "SET .*lease_token=.*last_error="
    for stage, table in TABLES.items()
}
END["fetch"] = "INSERT INTO poll_counts"  # closed first: what is no longer ours is not kept
END["parse"] = "UPDATE documents SET.*work_state = 'done'"


class Journey:
    """One document's way, halted before one stage; `act` does that stage."""

    def __init__(self, rounds: Rounds, stage: str) -> None:
        self.rounds = rounds
        self.ids: dict[str, list[int]] = {"fetch": [rounds.feeds[WORLD]]}
        rounds.serve(
            an_item(1), an_item(2, body=f"<p>{LONG}</p>"), UNREADABLE, an_item(9), etag='"7"'
        )
        for before, table in TABLES.items():
            rounds.make_due(*self.ids[before], table=table)
            if before == stage:
                return
            self.act(before)

    def act(self, stage: str) -> object:
        """Do a stage on what waits for it."""
        acts: dict[str, Callable[[], object]] = {
            "fetch": lambda: flow.fetch_feeds(self.ids["fetch"], settings(), self.rounds.http.get),
            "parse": lambda: flow.parse_documents(self.ids["parse"], settings()),
            "place": self.rounds.place,
            "draft": lambda: flow.refresh_draft(self.ids["draft"][0], settings()),
        }
        done = acts[stage]()
        for later in ("parse", "place", "draft"):
            self.ids[later] = [row.id for row in self.rounds.rows(TABLES[later])]
        return done


def as_it_should_be(rounds: Rounds, stage: str) -> dict[str, list[str]]:
    """What a stage leaves behind when all goes well; the tables are emptied again."""
    journey = Journey(rounds, stage)
    journey.act(stage)
    return rounds.fingerprint()


@pytest.mark.parametrize("stage", TABLES)
def test_a_stage_done_twice_on_the_same_input_changes_nothing(rounds: Rounds, stage: str) -> None:
    journey = Journey(rounds, stage)
    journey.act(stage)
    once = rounds.fingerprint()
    rounds.make_due(*journey.ids[stage], table=TABLES[stage])
    journey.act(stage)
    twice = rounds.fingerprint()
    if stage == "fetch":  # a second poll is counted as one, and finds nothing new
        assert once.pop("poll_counts") != twice.pop("poll_counts")
        assert once.pop("poll_days") != twice.pop("poll_days")
        assert once.pop("feeds") != twice.pop("feeds")
    if stage == "parse":  # what was refused was refused once more, and that is counted
        assert "'times': 1" in once.pop("set_aside")[0]
        assert "'times': 2" in twice.pop("set_aside")[0]
        assert "'new': 3" in once.pop("documents")[0]
        assert "'new': 0" in twice.pop("documents")[0]
    assert once == twice


@pytest.fixture
def should_be(flow_database: Engine, stage: str) -> dict[str, list[str]]:
    """How the database stands when the stage was done without any trouble."""
    with newsroom(flow_database) as rounds:
        return as_it_should_be(rounds, stage)


@pytest.mark.parametrize("stage", TABLES)
def test_a_worker_killed_after_its_effects_and_before_its_end_leaves_all_to_the_next(
    should_be: dict[str, list[str]], rounds: Rounds, stage: str
) -> None:
    journey = Journey(rounds, stage)
    before = rounds.fingerprint()
    with killed_at(rounds.engine, END[stage]):
        journey.act(stage)
    assert rounds.fingerprint() == before
    if stage != "place":  # there a lock tells that its holder died, and nobody waits
        assert not journey.act(stage)  # the lease still runs
        assert rounds.fingerprint() == before
        rounds.run_out(TABLES[stage])
    journey.act(stage)
    assert rounds.fingerprint() == should_be


@pytest.mark.parametrize("stage", TABLES)
def test_a_defect_gives_the_work_back_with_its_error_and_the_next_try_ends_as_it_should(
    should_be: dict[str, list[str]], rounds: Rounds, stage: str
) -> None:
    def stumble() -> None:
        raise ZeroDivisionError("our own mistake")

    journey = Journey(rounds, stage)
    with (
        at_statement(rounds.engine, END[stage], stumble),
        pytest.raises(ZeroDivisionError),
    ):
        journey.act(stage)
    rows = [row for row in rounds.rows(TABLES[stage]) if row.work_state == "ready"]
    assert {row.last_error for row in rows} == {"ZeroDivisionError: our own mistake"}
    assert {(row.attempts, row.lease_token) for row in rows} == {(1, None)}
    assert not journey.act(stage)  # not due yet
    rounds.come_due(TABLES[stage])
    journey.act(stage)
    assert rounds.fingerprint() == should_be


@pytest.mark.parametrize("stage", TABLES)
def test_a_lease_that_runs_out_under_way_rolls_all_effects_back(
    should_be: dict[str, list[str]], rounds: Rounds, stage: str
) -> None:
    journey = Journey(rounds, stage)
    before = rounds.fingerprint()
    with at_statement(rounds.engine, FIRST_EFFECT[stage], lambda: rounds.run_out(TABLES[stage])):
        if stage == "place":
            flow.place_stories(settings())  # one batch: what is left would be placed by the next
        else:
            journey.act(stage)
    assert rounds.fingerprint() == before
    journey.act(stage)
    assert rounds.fingerprint() == should_be


@pytest.mark.parametrize("stage", ["parse", "draft"])
def test_a_bell_for_what_is_done_or_was_never_there_does_nothing(
    rounds: Rounds, stage: str
) -> None:
    journey = Journey(rounds, stage)
    journey.act(stage)
    once = rounds.fingerprint()
    journey.act(stage)
    journey.ids[stage] = [10**9]
    journey.act(stage)
    assert rounds.fingerprint() == once
    assert flow.fetch_feeds([10**9], settings(), rounds.http.get) == []


# --- sweep


def test_the_sweep_rings_again_for_each_stage_and_only_for_what_waits(rounds: Rounds) -> None:
    assert flow.sweep(settings()) == flow.Bells([], stories=False, instalments=[])
    rounds.serve(an_item(1))
    document = rounds.poll()
    assert document is not None
    assert flow.sweep(settings()).documents == []  # rung for by who polled, a moment ago
    rounds.come_due(DocumentRow)
    assert flow.sweep(settings()) == flow.Bells([document], stories=False, instalments=[])
    assert flow.sweep(settings()).documents == []  # rung a moment ago
    rounds.parse(document)
    assert flow.sweep(settings()) == flow.Bells([], stories=True, instalments=[])
    stale = rounds.place()
    assert flow.sweep(settings()) == flow.Bells([], stories=False, instalments=stale)
    rounds.refresh(*stale)
    rounds.come_due(InstalmentRow)
    assert flow.sweep(settings()) == flow.Bells([], stories=False, instalments=[])


def test_a_document_whose_worker_died_is_rung_for_once_its_lease_has_run_out(
    rounds: Rounds,
) -> None:
    journey = Journey(rounds, "parse")
    with killed_at(rounds.engine, END["parse"]):
        journey.act("parse")
    assert flow.sweep(settings()).documents == []
    rounds.run_out(DocumentRow)
    assert flow.sweep(settings()).documents == journey.ids["parse"]


def kill_five_times(rounds: Rounds, journey: Journey) -> None:
    """Have a document kill whoever reads it, as often as it is given out."""
    for _ in range(settings().max_attempts):
        with killed_at(rounds.engine, "INSERT INTO stories"):
            journey.act("parse")
        rounds.run_out(DocumentRow)


def test_a_document_that_ends_its_worker_twice_by_itself_is_given_to_no_third(
    rounds: Rounds,
) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.serve(an_item(7), url=TIDES)
    journey = Journey(rounds, "parse")
    [killer] = journey.ids["parse"]
    other = rounds.poll(TIDES)
    both = [killer, other or 0]
    for _ in range(3):  # after the first time it is read alone: the other one waits unharmed
        with killed_at(rounds.engine, "INSERT INTO stories"):
            flow.parse_documents(both, settings())
        assert rounds.rows(StoryRow) == []
        assert not {row.id for row in rounds.rows(DocumentRow) if row.work_state == "dead"}
        rounds.run_out(DocumentRow)
    assert flow.sweep(settings()).documents == [other]
    assert {row.id: row.work_state for row in rounds.rows(DocumentRow)} == {
        killer: "dead",
        other: "ready",
    }
    assert rounds.feed().state == "poison"
    assert flow.parse_documents(both, settings())
    assert len(rounds.rows(StoryRow)) == 1
    rounds.serve(an_item(1), an_item(2, body=f"<p>{LONG}</p>"), UNREADABLE, an_item(9), "<!-- -->")
    rounds.parse(rounds.poll())  # none of what it held is lost with it
    assert len(rounds.rows(StoryRow)) == 4
    assert rounds.feed().state == "ok"


def test_a_death_of_its_batch_and_one_by_chance_set_no_document_aside(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.serve(an_item(7), url=TIDES)
    ids = Journey(rounds, "parse").ids["parse"] + [rounds.poll(TIDES) or 0]
    for _ in range(2):  # somebody's kill -9 hits whoever reads, both times
        with killed_at(rounds.engine, "INSERT INTO stories"):
            flow.parse_documents(ids, settings())
        rounds.run_out(DocumentRow)
        assert ids[0] in flow.sweep(settings()).documents
    assert flow.parse_documents(ids, settings())
    assert {row.work_state for row in rounds.rows(DocumentRow)} == {"done"}
    assert [row for row in rounds.rows(SetAsideRow) if row.stage == "parse"] == []


@pytest.mark.filterwarnings(
    # What is being deleted at that moment swallows the wish to stop: it is repeated.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_document_that_costs_too_much_is_set_aside_at_once_and_its_siblings_are_read(
    rounds: Rounds,
) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.serve(an_item(7), url=TIDES)
    rounds.serve(*(an_item(n) for n in range(2000)), etag='"7"')
    ids = [rounds.poll() or 0, rounds.poll(TIDES) or 0]
    told.override(read_seconds="0.2")  # a hundred times what the other one takes
    assert flow.parse_documents(ids, settings())
    told.override(read_seconds="5")
    assert len(rounds.rows(StoryRow)) == 1
    [aside] = rounds.rows(SetAsideRow)
    assert (aside.stage, aside.state, aside.times) == ("parse", "too_costly", 1)
    assert aside.reason == "reading it took more than 0.2 seconds of computing"
    feed = rounds.feed()
    assert (feed.state, feed.reason, feed.etag) == ("too_costly", aside.reason, None)
    assert rounds.poll() is None  # the same bytes are not paid for again
    rounds.serve(an_item(900), *(an_item(n) for n in range(3)), etag='"8"')
    rounds.parse(rounds.poll())  # and none of its items is lost with it
    assert len(rounds.rows(StoryRow)) == 1 + 4
    assert rounds.feed().state == "ok"


def test_what_a_task_has_no_more_time_for_is_left_to_the_next(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.serve(an_item(1))
    rounds.serve(an_item(7), url=TIDES)
    ids = [rounds.poll() or 0, rounds.poll(TIDES) or 0]
    hours = iter([0.0, 0.0, 3600.0])
    monkeypatch.setattr(reading, "monotonic", lambda: next(hours))
    assert flow.parse_documents(ids, settings())
    states = [(row.work_state, row.attempts) for row in rounds.rows(DocumentRow)]
    assert states == [("done", 0), ("ready", 0)]


def test_a_document_that_kills_its_workers_is_laid_aside_and_others_are_unaffected(
    rounds: Rounds,
) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    journey = Journey(rounds, "parse")
    [document_id] = journey.ids["parse"]
    kill_five_times(rounds, journey)
    assert flow.sweep(settings()).documents == []
    [document] = rounds.rows(DocumentRow)
    assert document.work_state == "dead"
    [aside] = rounds.rows(SetAsideRow)
    assert (aside.stage, aside.state, aside.raw) == ("parse", "poison", document.body)
    assert "failed 5 times" in aside.reason
    assert "killed" in aside.reason
    assert (rounds.feed().state, rounds.feed().etag) == ("poison", None)
    assert not journey.act("parse")  # never retried by itself
    rounds.bring(an_item(3), url=TIDES)
    assert rounds.feed(TIDES).state == "ok"
    with rounds.session() as session:
        dead = {stage.stage: stage.dead for stage in waiting.stages(session)}
        assert dead == {"fetch": 0, "parse": 1, "place": 0, "draft": 0}
        assert waiting.count(session) == 0
        assert setaside.documents_to_replay(session, []) == [document_id]


def test_a_replay_gives_a_dead_document_a_further_chance_and_its_feed_recovers(
    rounds: Rounds,
) -> None:
    journey = Journey(rounds, "parse")
    kill_five_times(rounds, journey)
    flow.sweep(settings())
    rounds.make_due(*journey.ids["parse"], table=DocumentRow)
    assert flow.sweep(settings()).documents == journey.ids["parse"]
    assert journey.act("parse")
    document = rounds.rows(DocumentRow)[0]
    assert (document.work_state, document.last_error) == ("done", None)
    asides = {aside.stage: aside for aside in rounds.rows(SetAsideRow)}
    assert asides["parse"].settled_how == "replayed"
    assert asides["item"].settled_at is None
    assert (rounds.feed().state, rounds.feed().failures) == ("ok", 0)


def test_a_feed_is_never_given_up_however_often_its_polls_die(rounds: Rounds) -> None:
    rounds.serve(an_item(1))
    rounds.make_due(rounds.feeds[WORLD])
    for _ in range(settings().max_attempts + 2):
        with killed_at(rounds.engine, "INSERT INTO documents"):
            flow.fetch_feeds([rounds.feeds[WORLD]], settings(), rounds.http.get)
        rounds.run_out(FeedRow)
        flow.sweep(settings())
    assert flow.fetch_feeds([rounds.feeds[WORLD]], settings(), rounds.http.get) != []


@pytest.fixture
def unplaceable(rounds: Rounds) -> Iterator[str]:
    """A headline whose story the database refuses to give a development."""
    headline = "The ferry nobody can place"
    with rounds.session() as session:
        session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF NEW.title = '{headline}' THEN RAISE EXCEPTION 'no place for it'; END IF; "
                "RETURN NEW; END $$"
            )
        )
        session.execute(
            text(
                "CREATE TRIGGER refuse BEFORE INSERT ON developments "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    yield headline
    with rounds.session() as session:
        session.execute(text("DROP FUNCTION refuse CASCADE"))


def test_one_story_that_cannot_be_placed_does_not_hold_up_the_others(
    rounds: Rounds, unplaceable: str
) -> None:
    rounds.serve(an_item(1), an_item(2), an_item(3, title=unplaceable), an_item(4))
    rounds.parse(rounds.poll())
    failures = 0
    for _ in range(12):
        rounds.come_due(StoryRow)
        try:
            rounds.refresh(*rounds.place())
        except Exception:  # noqa: BLE001  # whatever the database says: it is counted below
            failures += 1
    assert failures == settings().max_attempts
    assert len(rounds.rows(ItemRow)) == 3
    flow.sweep(settings())
    [dead] = [story for story in rounds.rows(StoryRow) if story.work_state == "dead"]
    assert "no place for it" in dead.last_error
    assert not flow.sweep(settings()).stories


def test_forgetting_is_harmless(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    flow.forget()
    with suppress(SerieswatchError):
        rounds.bring(an_item(1), an_item(1, guid="x", link="https://harbour-post.example/x"))
    assert len(rounds.rows(DevelopmentRow)) == 1


def test_bytes_a_feed_never_changes_are_asked_for_and_kept_once(rounds: Rounds) -> None:
    for hour in range(5):
        rounds.at(MONDAY + timedelta(hours=hour))
        rounds.serve(body=a_feed(an_item(1)))
        document = rounds.poll()
        if document is not None:
            rounds.parse(document)
    assert len(rounds.rows(DocumentRow)) == 1
    assert polls(rounds) == {"ok": 1, "not_modified": 4}
