"""Full text through the real flow: asked for politely, read in limits, and never overwritten.

Outlets, stories and pages are invented and stand on example domains.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, update

from config import settings as told
from config.settings import settings
from pipeline.records import Answer, Request
from store import groups
from store.models import (
    ArticlePageRow,
    DocumentRow,
    FeedRow,
    HostGroupRow,
    RobotsRulesRow,
    SightingRow,
    StoryRow,
    TagRow,
    VersionRow,
)
from tests.fakes import at_statement, killed_at
from tests.rounds import TIDES, WORLD, Item, Rounds, newsroom
from tests.rounds import own_database as a_database
from workers import articles

ITEM = Item()
PAGE = str(ITEM.link)
SITE = "https://harbour-post.example"
ROBOTS = f"{SITE}/robots.txt"
BODY = (
    "Two delegations met on Monday in Port Lucan and spoke for three hours about the ferry fares.",
    "Nobody in the hall expected a result before the week was over, said the harbour master.",
    "In Kyiv the ministry said that Ukraine would send an observer to the next round of the talks.",
)
TEXT = "\n\n".join(BODY)


@pytest.fixture(scope="module")
def paged(server: Engine) -> Iterator[Engine]:
    with a_database(server, "paged") as engine:
        yield engine


@pytest.fixture
def rounds(paged: Engine) -> Iterator[Rounds]:
    with newsroom(paged) as rounds:
        with rounds.session() as session:
            session.execute(update(FeedRow).values(wants_full_text=True))
        say(rounds, "")
        show(rounds)
        yield rounds


def say(rounds: Rounds, rules: str, *, site: str = SITE, status: int = 200) -> None:
    """Let a site's robots.txt say this."""
    url = f"{site}/robots.txt"
    rounds.http.answers[url] = Answer(url=url, status=status, headers={}, body=rules.encode())


def a_page(*paragraphs: str, title: str = ITEM.title, head: str = "", body: str = "") -> bytes:
    """A story's page as a site shows it, with what stands around the story."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or BODY)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}'
        "</head><body><nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
        f"<article><h1>{title}</h1>{text}</article>{body}<footer>All rights reserved</footer>"
        "</body></html>"
    ).encode()


def show(
    rounds: Rounds, page: bytes | None = None, *, url: str = PAGE, status: int = 200, **headers: str
) -> None:
    """Let an address show this page."""
    kind = {"content-type": "text/html; charset=utf-8"}
    told_by = kind | {name.replace("_", "-"): value for name, value in headers.items()}
    body = (a_page() if page is None else page) if status == 200 else b""
    rounds.http.answers[url] = Answer(url=url, status=status, headers=told_by, body=body)


def tick(rounds: Rounds) -> None:
    """One tick: ring, ask, read; what failed has waited long enough by the next."""
    waiting = articles.read_pages(settings())
    articles.fetch_pages(waiting.wanted, settings(), rounds.http.get)
    articles.extract_pages(articles.read_pages(settings()).fetched, settings())
    rounds.come_due(ArticlePageRow)


def read_all(rounds: Rounds, *items: Item | str, url: str = WORLD) -> ArticlePageRow:
    """Let items appear in the feed and their pages be read as far as they may; gives the page."""
    rounds.bring(*(items or (ITEM,)), url=url)
    for _ in range(9):
        tick(rounds)
    rounds.refresh(*rounds.place())
    return page(rounds)


def page(rounds: Rounds) -> ArticlePageRow:
    (row,) = rounds.rows(ArticlePageRow)
    assert isinstance(row, ArticlePageRow)
    return row


def shown(rounds: Rounds) -> VersionRow:
    """The version that stands of the only story."""
    (story,) = rounds.rows(StoryRow)
    (version,) = [v for v in rounds.rows(VersionRow) if v.number == story.current_version]
    assert isinstance(version, VersionRow)
    return version


def asked(rounds: Rounds) -> list[str]:
    """The addresses asked for, but those of feeds."""
    return [one.url for one in rounds.http.requests if one.url not in rounds.feeds]


def test_the_pages_text_becomes_a_version_of_its_own_and_is_what_tags_see(rounds: Rounds) -> None:
    assert read_all(rounds).state == "read"
    assert asked(rounds) == [ROBOTS, PAGE]
    first, read = rounds.rows(VersionRow)
    assert (first.kind, first.source, first.text) == ("first", "feed", "")
    assert (read.kind, read.source, read.text) == ("page", "page", TEXT)
    assert (read.title, read.summary) == (first.title, first.summary)
    assert read.seen_at == first.seen_at
    assert shown(rounds).id == read.id
    about = {tag.code for tag in rounds.rows(TagRow) if tag.version_id == read.id}
    assert "UA" in about
    (document,) = [row for row in rounds.rows(DocumentRow) if row.way == "page"]
    assert (document.id, document.work_state) == (read.document_id, "done")


def test_nothing_is_asked_for_unless_an_operator_has_set_the_feed_to_it(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(FeedRow).values(wants_full_text=False))
    rounds.bring(ITEM)
    tick(rounds)
    assert asked(rounds) == []
    assert rounds.rows(ArticlePageRow) == []


def test_a_story_without_a_page_of_its_own_is_not_asked_for(rounds: Rounds) -> None:
    rounds.bring(Item(link=None), Item(guid="post-2", title="Another", link="mailto:a@b.example"))
    tick(rounds)
    assert rounds.rows(ArticlePageRow) == []


# --- the feed goes on


def test_the_feeds_short_words_again_change_nothing(rounds: Rounds) -> None:
    read_all(rounds)
    before = rounds.fingerprint()
    rounds.bring(in_other_bytes(ITEM))
    assert rounds.fingerprint()["story_versions"] == before["story_versions"]
    assert shown(rounds).text == TEXT


def in_other_bytes(item: Item, *, times: int = 1) -> Item:
    """The same words in bytes not seen before, or nobody would look at them."""
    return replace(item, summary=item.summary + " " * times)


def test_a_headline_corrected_later_keeps_the_pages_text(rounds: Rounds) -> None:
    read_all(rounds)
    rounds.bring(replace(ITEM, title="Ferry talks collapse at Port Lucan"))
    now = shown(rounds)
    assert (now.number, now.kind, now.source) == (3, "substantive", "page")
    assert (now.title, now.text) == ("Ferry talks collapse at Port Lucan", TEXT)
    rounds.bring(in_other_bytes(ITEM))  # a mistake put right
    assert (shown(rounds).number, shown(rounds).text) == (2, TEXT)
    assert asked(rounds) == [ROBOTS, PAGE]


PART = replace(ITEM, body="<p>Two delegations met on Monday in Port Lucan and spoke.</p>")


def test_a_feed_with_a_part_of_the_text_is_compared_by_its_own_part(rounds: Rounds) -> None:
    read_all(rounds, PART)
    assert shown(rounds).text == TEXT
    assert PART.published is not None
    rounds.bring(replace(PART, published=PART.published.replace(minute=7)))
    assert [v.kind for v in rounds.rows(VersionRow)] == ["first", "page", "date_only"]
    assert shown(rounds).number == 2


def test_a_change_in_the_feeds_own_part_is_kept_beneath_the_pages_text(rounds: Rounds) -> None:
    read_all(rounds, PART)
    other = replace(PART, body="<p>Two delegations met on Tuesday in Port Lucan and spoke.</p>")
    for times, item in enumerate((other, PART, other, PART, other), start=1):
        rounds.bring(in_other_bytes(item, times=times))
    assert [v.kind for v in rounds.rows(VersionRow)] == ["first", "page", "carried"]
    assert [v.source for v in rounds.rows(VersionRow)] == ["feed", "page", "feed"]
    assert shown(rounds).number == 2


def test_a_feed_that_gives_more_than_the_page_keeps_its_own_text(rounds: Rounds) -> None:
    whole = replace(ITEM, body="".join(f"<p>{each} And more of it.</p>" for each in BODY))
    assert read_all(rounds, whole).state == "read"
    assert [v.source for v in rounds.rows(VersionRow)] == ["feed"]


def test_another_story_under_the_same_id_is_not_given_the_pages_text(rounds: Rounds) -> None:
    read_all(rounds)
    other = Item(
        title="Whale delays morning boats",
        link=f"{SITE}/world/whale",
        summary="A grey animal slept across the fairway off Brennick for an hour.",
    )
    rounds.bring(other)
    newest = max(rounds.rows(VersionRow), key=lambda version: version.id)
    assert (newest.title, newest.text, newest.kind) == (other.title, "", "first")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_second_feed_that_carries_the_story_shows_the_same_text(
    rounds: Rounds, when: str
) -> None:
    second = f"{SITE}/sea.xml"
    rounds.follow(second)
    item = replace(ITEM, guid="sea-1")
    if when == "before":
        rounds.bring(item, url=second)
    read_all(rounds)
    if when == "after":
        rounds.bring(item, url=second)
    assert {said.version for said in rounds.rows(SightingRow)} == {2}
    assert shown(rounds).text == TEXT
    rounds.bring(replace(item, title="Ferry talks collapse at Port Lucan"), url=second)
    assert (shown(rounds).title, shown(rounds).text) == (
        "Ferry talks collapse at Port Lucan",
        TEXT,
    )


def test_a_page_read_while_the_feed_is_taken_in_is_not_lost(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    tick(rounds)
    articles.fetch_pages([page(rounds).id], settings(), rounds.http.get)
    rounds.serve(replace(ITEM, summary="Two delegations met on Monday. More later."))
    document = rounds.poll()

    def extract() -> None:
        articles.extract_pages([page(rounds).id], settings())

    with at_statement(rounds.engine, "FROM stories .*FOR NO KEY UPDATE", extract):
        rounds.parse(document)
    assert (shown(rounds).text, shown(rounds).number) == (TEXT, 3)


# --- what byline and date the page tells

LINKED = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x", '
    '"author": {"name": "Ines Calder"}, "datePublished": "2026-03-09T08:30:00+01:00"}</script>'
)


def test_byline_and_date_fill_only_what_the_feed_lacks(rounds: Rounds) -> None:
    show(rounds, a_page(head=LINKED))
    read_all(rounds, replace(ITEM, published=None))
    now = shown(rounds)
    assert (now.byline, now.published_at) == (
        "Ines Calder",
        datetime(2026, 3, 9, 7, 30, tzinfo=UTC),
    )
    assert now.problems == []


def test_a_date_of_the_feed_stands(rounds: Rounds) -> None:
    show(rounds, a_page(head=LINKED))
    read_all(rounds)
    assert shown(rounds).published_at == ITEM.published


# --- robots.txt


def test_a_page_that_robots_may_not_read_is_not_asked_for(rounds: Rounds) -> None:
    say(rounds, "User-agent: *\nDisallow: /world/")
    row = read_all(rounds)
    assert (row.state, row.work_state) == ("robots", "done")
    assert "robots.txt" in row.reason
    assert asked(rounds) == [ROBOTS]
    assert shown(rounds).text == ""


@pytest.mark.parametrize("name", ["*", "serieswatch", "Mozilla"])
def test_both_our_names_must_be_allowed(rounds: Rounds, name: str) -> None:
    with rounds.session() as session:
        session.execute(update(FeedRow).values(user_agent="Mozilla/5.0 (our own wish)"))
    say(rounds, f"User-agent: {name}\nDisallow: /")
    assert read_all(rounds).state == "robots"


def test_a_site_without_rules_may_be_read(rounds: Rounds) -> None:
    say(rounds, "", status=404)
    assert read_all(rounds).state == "read"


def test_a_site_whose_rules_cannot_be_had_is_not_read(rounds: Rounds) -> None:
    say(rounds, "", status=503)
    row = read_all(rounds)
    assert (row.state, row.tries) == ("robots", 2)
    assert PAGE not in asked(rounds)


def test_rules_that_come_back_in_time_are_followed(rounds: Rounds) -> None:
    say(rounds, "", status=503)
    rounds.bring(ITEM)
    tick(rounds)
    tick(rounds)
    assert page(rounds).tries == 1
    say(rounds, "")
    rules_run_out(rounds)
    for _ in range(2):
        tick(rounds)
    assert page(rounds).state == "read"


def rules_run_out(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(RobotsRulesRow).values(expires_at=func.now()))


def test_the_rules_of_a_site_are_asked_for_once_a_day(rounds: Rounds) -> None:
    other = Item(guid="post-2", title="Whale delays morning ferry", link=f"{SITE}/world/whale")
    show(rounds, a_page(title=other.title), url=str(other.link))
    rounds.bring(ITEM, other)
    for _ in range(3):
        tick(rounds)
    assert asked(rounds) == [ROBOTS, PAGE, other.link]
    third = Item(guid="post-3", title="Divers search for lost bell", link=f"{SITE}/world/bell")
    show(rounds, a_page(title=third.title), url=str(third.link))
    rules_run_out(rounds)
    rounds.bring(ITEM, other, third)
    for _ in range(2):
        tick(rounds)
    assert asked(rounds)[3:] == [ROBOTS, third.link]


# --- politeness


def test_one_server_is_asked_for_one_page_at_a_time_with_its_gap(rounds: Rounds) -> None:
    other = Item(guid="post-2", title="Whale delays morning ferry", link=f"{SITE}/world/whale")
    told.override(host_gap_seconds="60")
    rounds.bring(ITEM, other)
    waiting = articles.read_pages(settings())
    assert len(waiting.wanted) == 1
    everything = [row.id for row in rounds.rows(ArticlePageRow)]
    forget_starts(rounds)
    articles.fetch_pages(everything, settings(), rounds.http.get)
    assert asked(rounds) == [ROBOTS]
    rounds.come_due(ArticlePageRow)
    articles.fetch_pages(everything, settings(), rounds.http.get)
    assert asked(rounds) == [ROBOTS]
    forget_starts(rounds)
    articles.fetch_pages(everything, settings(), rounds.http.get)
    assert asked(rounds) == [ROBOTS, PAGE]


def forget_starts(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(HostGroupRow).values(last_start=None))


def test_the_crawl_delay_is_the_gap_between_two_pages_and_not_between_polls(
    rounds: Rounds,
) -> None:
    say(rounds, "User-agent: *\nCrawl-delay: 50")
    rounds.bring(ITEM)
    tick(rounds)
    tick(rounds)
    assert asked(rounds) == [ROBOTS]
    assert rounds.poll() is None  # nothing new, but it was asked
    assert rounds.http.requests[-1].url == WORLD
    forget_starts(rounds)
    tick(rounds)
    assert asked(rounds) == [ROBOTS, PAGE]


def test_a_page_under_way_counts_in_its_servers_group(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    standing = groups.Standing(rounds.feeds[WORLD], "harbour-post.example", None)
    seen = []

    def look() -> None:
        with rounds.session() as session:
            found = groups.lock(session, [standing], groups.Limits(0.0, 1))
        seen.append(found["harbour-post.example"].in_flight)

    rounds.http.before_answer = look
    articles.fetch_pages([page(rounds).id], settings(), rounds.http.get)
    look()
    assert seen == [1, 0]


def test_a_server_that_wants_fewer_questions_is_left_alone_and_asked_once_more(
    rounds: Rounds,
) -> None:
    rounds.http.answers[PAGE] = Answer(url=PAGE, status=429, headers={"retry-after": "7200"})
    rounds.bring(ITEM)
    for _ in range(3):
        tick(rounds)
    assert asked(rounds) == [ROBOTS, PAGE]
    (group,) = [row for row in rounds.rows(HostGroupRow) if row.not_before is not None]
    assert group.key == "harbour-post.example"
    assert page(rounds).tries == 1


# --- no page


@pytest.mark.parametrize("status", [401, 402, 403, 404, 410, 451])
def test_a_page_that_is_refused_is_asked_for_once(rounds: Rounds, status: int) -> None:
    show(rounds, status=status)
    row = read_all(rounds)
    assert (row.state, row.work_state) == ("http_4xx", "done")
    assert str(status) in row.reason
    assert "the feed's own words stand" in row.reason
    assert asked(rounds) == [ROBOTS, PAGE]
    assert shown(rounds).text == ""


def test_a_page_that_did_not_come_is_asked_for_once_more(rounds: Rounds) -> None:
    show(rounds, status=500)
    row = read_all(rounds)
    assert (row.state, row.work_state, row.tries) == ("http_5xx", "done", 2)
    assert asked(rounds) == [ROBOTS, PAGE, PAGE]


def test_the_second_try_may_bring_it(rounds: Rounds) -> None:
    rounds.http.answers[PAGE] = Answer(url=PAGE, headers={}, problem="timeout", detail="30 s")
    rounds.bring(ITEM)
    tick(rounds)
    tick(rounds)
    assert (page(rounds).state, page(rounds).tries) == ("wanted", 1)
    show(rounds)
    tick(rounds)
    assert page(rounds).state == "read"


def test_the_second_try_waits(rounds: Rounds) -> None:
    show(rounds, status=500)
    rounds.bring(ITEM)
    tick(rounds)
    (number,) = articles.read_pages(settings()).wanted
    articles.fetch_pages([number], settings(), rounds.http.get)
    assert articles.read_pages(settings()).wanted == []
    articles.fetch_pages([number], settings(), rounds.http.get)
    assert asked(rounds) == [ROBOTS, PAGE]


@pytest.mark.parametrize(
    ("marked", "state"),
    [
        ({"head": '<meta property="article:content_tier" content="locked">'}, "paywall"),
        ({"body": '<div class="article paywall">Subscribe</div>'}, "paywall"),
        ({"head": '<meta name="robots" content="index, noarchive">'}, "reserved"),
    ],
)
def test_of_a_closed_or_reserved_page_no_copy_is_kept(
    rounds: Rounds, marked: dict[str, str], state: str
) -> None:
    show(rounds, a_page(**marked))
    assert read_all(rounds).state == state
    (document,) = [row for row in rounds.rows(DocumentRow) if row.way == "page"]
    assert document.body == b""
    assert shown(rounds).text == ""


def test_a_page_reserved_by_its_header_is_not_even_kept(rounds: Rounds) -> None:
    show(rounds, x_robots_tag="noarchive")
    assert read_all(rounds).state == "reserved"
    assert {row.way for row in rounds.rows(DocumentRow)} == {"poll"}


def test_what_is_no_web_page_is_not_kept(rounds: Rounds) -> None:
    show(rounds, b"%PDF-1.7", content_type="application/pdf")
    row = read_all(rounds)
    assert row.state == "not_html"
    assert "application/pdf" in row.reason


def test_a_huge_page_is_told_and_not_asked_for_again(rounds: Rounds) -> None:
    answer = Answer(url=PAGE, headers={}, problem="too_big", detail="more than 5 MB")
    rounds.http.answers[PAGE] = answer
    row = read_all(rounds)
    assert (row.state, row.tries) == ("too_big", 1)
    assert asked(rounds) == [ROBOTS, PAGE]


def test_a_login_page_is_not_taken_for_the_story(rounds: Rounds) -> None:
    asks = ("Please sign in with your name and your secret to go on reading here. " * 6,)
    show(rounds, a_page(*asks, title="Sign in"))
    row = read_all(rounds)
    assert row.state == "other_page"
    assert "Sign in" in row.reason
    assert shown(rounds).text == ""


@pytest.mark.filterwarnings(
    # What is being deleted at that moment swallows the wish to stop: it is repeated.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_page_that_would_take_too_long_costs_only_itself(rounds: Rounds) -> None:
    other = Item(guid="post-2", title="Whale delays morning ferry", link=f"{SITE}/world/whale")
    show(rounds, a_page(title=other.title), url=str(other.link))
    show(rounds, a_page("<p>word " * 60_000))
    rounds.bring(ITEM, other)
    for _ in range(3):
        waiting = articles.read_pages(settings())
        articles.fetch_pages(waiting.wanted, settings(), rounds.http.get)
        rounds.come_due(ArticlePageRow)
    ids = {row.url: row.id for row in rounds.rows(ArticlePageRow)}
    hurried = replace(settings(), read_seconds=0.5)
    assert articles.extract_pages([ids[PAGE]], hurried) is False
    assert articles.extract_pages([ids[str(other.link)]], settings())
    rows = {row.url: row for row in rounds.rows(ArticlePageRow)}
    assert {url: row.state for url, row in rows.items()} == {PAGE: "too_costly", other.link: "read"}
    assert "more than 0.5 seconds" in rows[PAGE].reason
    assert {row.work_state for row in rows.values()} == {"done"}


# --- redirects

ELSEWHERE = "https://tide-wire.example/story/1"


def move(rounds: Rounds, url: str, target: str, status: int = 302) -> None:
    rounds.http.answers[url] = Answer(url=url, status=status, headers={"location": target})


def test_another_host_is_asked_for_its_own_rules_first(rounds: Rounds) -> None:
    move(rounds, PAGE, ELSEWHERE)
    say(rounds, "User-agent: *\nAllow: /", site="https://tide-wire.example")
    show(rounds, url=ELSEWHERE)
    row = read_all(rounds)
    assert asked(rounds) == [ROBOTS, PAGE, "https://tide-wire.example/robots.txt", ELSEWHERE]
    assert all(one.stays for one in rounds.http.requests if one.url in {PAGE, ELSEWHERE})
    assert (row.state, row.host, row.hops) == ("read", "tide-wire.example", 1)
    assert shown(rounds).text == TEXT
    (group,) = [one for one in rounds.rows(HostGroupRow) if one.key == "tide-wire.example"]
    assert group.last_start is not None


def test_another_host_may_forbid_it(rounds: Rounds) -> None:
    move(rounds, PAGE, ELSEWHERE)
    say(rounds, "User-agent: *\nDisallow: /", site="https://tide-wire.example")
    assert read_all(rounds).state == "robots"
    assert ELSEWHERE not in asked(rounds)


def test_a_circle_of_redirects_ends(rounds: Rounds) -> None:
    move(rounds, PAGE, PAGE)
    row = read_all(rounds)
    assert (row.state, asked(rounds).count(PAGE)) == ("redirect", articles.MOST_HOPS + 1)


def test_the_way_down_to_http_is_not_taken(rounds: Rounds) -> None:
    move(rounds, PAGE, "http://harbour-post.example/world/ferry-talks")
    assert read_all(rounds).state == "redirect"
    assert asked(rounds) == [ROBOTS, PAGE]


# --- killed, doubled, given up


def test_killed_before_the_bytes_are_kept_it_is_asked_for_again(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    tick(rounds)
    with killed_at(rounds.engine, "INSERT INTO documents"):
        tick(rounds)
    rounds.run_out(ArticlePageRow)
    rounds.come_due(ArticlePageRow)
    tick(rounds)
    assert page(rounds).state == "read"


@pytest.mark.parametrize("at", ["INSERT INTO story_versions", "UPDATE stories", "SET work_state"])
def test_killed_between_fetch_and_text_it_is_read_by_the_next(rounds: Rounds, at: str) -> None:
    rounds.bring(ITEM)
    tick(rounds)
    (number,) = articles.read_pages(settings()).wanted
    assert articles.fetch_pages([number], settings(), rounds.http.get) == [number]
    with killed_at(rounds.engine, at):
        articles.extract_pages([number], settings())
    assert shown(rounds).text == ""
    rounds.run_out(ArticlePageRow)
    rounds.come_due(ArticlePageRow)
    assert articles.read_pages(settings()).fetched == [number]
    assert articles.extract_pages([number], settings())
    assert shown(rounds).text == TEXT
    assert asked(rounds) == [ROBOTS, PAGE]


def test_a_doubled_bell_does_nothing(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    tick(rounds)
    (number,) = articles.read_pages(settings()).wanted
    assert articles.extract_pages([number], settings()) is False
    assert articles.fetch_pages([number], settings(), rounds.http.get) == [number]
    assert articles.fetch_pages([number], settings(), rounds.http.get) == []
    assert articles.extract_pages([number], settings())
    assert articles.extract_pages([number], settings()) is False
    assert [v.kind for v in rounds.rows(VersionRow)] == ["first", "page"]


def test_reading_a_kept_page_once_more_changes_nothing(rounds: Rounds) -> None:
    read_all(rounds)
    before = rounds.fingerprint()
    with rounds.session() as session:
        session.execute(update(ArticlePageRow).values(state="fetched", work_state="ready"))
    assert articles.extract_pages([page(rounds).id], settings()) is False
    assert rounds.fingerprint() == before


def test_a_page_that_kills_its_readers_is_given_up(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    tick(rounds)
    (number,) = articles.read_pages(settings()).wanted
    articles.fetch_pages([number], settings(), rounds.http.get)
    for _ in range(articles.MOST_DEATHS):
        with killed_at(rounds.engine, "INSERT INTO story_versions"):
            articles.extract_pages([number], settings())
        rounds.run_out(ArticlePageRow)
    assert articles.read_pages(settings()) == articles.Waiting([], [])
    assert (page(rounds).state, page(rounds).work_state) == ("given_up", "dead")
    assert "killed" in page(rounds).reason


def test_a_defect_of_the_client_is_raised_and_the_page_waits(rounds: Rounds) -> None:
    rounds.bring(ITEM)

    def fails(_request: Request) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        articles.fetch_pages([page(rounds).id], settings(), fails)
    assert page(rounds).state == "wanted"
    assert "ZeroDivisionError" in str(page(rounds).last_error)


# --- not wanted any more


def test_switched_off_meanwhile_it_is_not_asked_for(rounds: Rounds) -> None:
    rounds.bring(ITEM)
    with rounds.session() as session:
        session.execute(update(FeedRow).values(wants_full_text=False))
    tick(rounds)
    assert (page(rounds).state, asked(rounds)) == ("off", [])


def test_a_story_shown_as_another_one_is_not_asked_for(rounds: Rounds) -> None:
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.bring(Item(title="Storm at Brennick", guid="t", link=f"{SITE}/t"), url=TIDES)
    rounds.bring(ITEM)
    with rounds.session() as session:
        first, last = session.scalars(select(StoryRow.id).order_by(StoryRow.id))
        merged = update(StoryRow).where(StoryRow.id == last)
        session.execute(merged.values(merged_into=first))
    tick(rounds)
    assert (page(rounds).state, asked(rounds)) == ("merged", [])
