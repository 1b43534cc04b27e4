"""Pasted links through the real flow: fetched politely, known again, put where they were wanted.

Outlets, stories and pages are invented and stand on example domains.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from config.settings import settings
from pipeline.errors import BadInput
from pipeline.records import Answer
from store import groups, pasted, users
from store.models import (
    AuditRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    OutletRow,
    PastedRow,
    StoryRow,
    UserRow,
    VersionRow,
)
from store.users import Person
from tests.fakes import killed_at
from tests.rounds import MONDAY, Item, Rounds, newsroom
from tests.rounds import own_database as a_database
from tests.workers.test_articles import a_page
from workers import pasting
from workers.http import Http

MINUTE = timedelta(minutes=1)
SITE = "https://lock-gazette.example"
PAGE = f"{SITE}/2026/envoys"
ROBOTS = f"{SITE}/robots.txt"
TITLE = "Pilots of the upper lock walk out"
BODY = (
    "Forty pilots of the upper lock left their boats at dawn and sat down on the quay.",
    "They ask for a second man on night shifts; the lock's owner calls that too dear.",
    "No vessel deeper than six metres can pass until they come back, a broker said.",
)
SAID = (
    "“We shall not bring another ship in before we are heard,” said Mara Quist, the head of the "
    "pilots' union, at a briefing on Monday."
)


@pytest.fixture(scope="module")
def pasting_database(server: Engine) -> Iterator[Engine]:
    with a_database(server, "pasting") as engine:
        yield engine


@pytest.fixture
def rounds(pasting_database: Engine) -> Iterator[Rounds]:
    with newsroom(pasting_database) as rounds:
        rounds.bring(Item())  # a ferry story: it opens the instalment
        robots(rounds, "")
        show(rounds)
        yield rounds


@pytest.fixture
def ann(rounds: Rounds) -> Person:
    with rounds.session() as session:
        session.execute(insert(UserRow).values(name="ann", display_name="Ann", password_hash=""))
        return users.everyone(session)[0]


def robots(rounds: Rounds, rules: str, *, site: str = SITE, status: int = 200) -> None:
    url = f"{site}/robots.txt"
    rounds.http.answers[url] = Answer(url=url, status=status, headers={}, body=rules.encode())


def show(
    rounds: Rounds, page: bytes | None = None, *, url: str = PAGE, status: int = 200, **headers: str
) -> None:
    kind = {"content-type": "text/html; charset=utf-8"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    title = f"{TITLE} | Lock Gazette"
    body = a_page(SAID, *BODY, title=title) if page is None else page
    given = body if status == 200 else b""
    rounds.http.answers[url] = Answer(url=url, status=status, headers=kind, body=given)


def paste(rounds: Rounds, ann: Person, url: str = PAGE) -> int:
    with rounds.session() as session:
        instalment = session.scalars(select(InstalmentRow.id)).one()
        return pasted.add(
            session, instalment, given=url, url=url, section="other", user=ann, at=MONDAY
        )


def tick(rounds: Rounds) -> None:
    """One second: ring for what waits, and do it."""
    waiting = pasting.due(settings())
    for number in waiting.wanted:
        pasting.fetch(number, settings(), rounds.http.get)
    for number in waiting.fetched:
        pasting.read(number, settings())
    rounds.place()
    for number in waiting.read:
        rounds.refresh(*pasting.queue(number, settings()))
    rounds.come_due(PastedRow)


def settled(rounds: Rounds, ticks: int = 9) -> PastedRow:
    for _ in range(ticks):
        tick(rounds)
    row = rounds.rows(PastedRow)[-1]
    assert isinstance(row, PastedRow)
    return row


def asked(rounds: Rounds) -> list[str]:
    return [one.url for one in rounds.http.requests if one.url not in rounds.feeds]


def test_a_link_nobody_ingested_is_in_the_queue_of_its_series_with_quotation_and_credit(
    rounds: Rounds, ann: Person
) -> None:
    paste(rounds, ann)
    row = settled(rounds, ticks=4)  # seconds
    assert (row.state, row.reason) == ("queued", "it is in the instalment")
    assert asked(rounds) == [ROBOTS, PAGE]
    item = rounds.rows(ItemRow)[-1]
    assert (item.id, item.section, item.state) == (row.item_id, "other", "queued")
    assert item.headline == TITLE  # without the site's name
    assert "lock-gazette.example" in item.attribution
    assert item.why[0]["text"] == "pasted by Ann"
    story = rounds.rows(VersionRow)[-1]
    assert story.url == PAGE
    assert SAID in story.text
    (quotation,) = [one for one in rounds.rows(ItemQuoteRow) if one.item_id == item.id]
    assert (quotation.speaker, quotation.check) == ("Mara Quist", "exact")
    outlet = rounds.rows(OutletRow)[-1]
    assert (outlet.key, outlet.name) == ("lock-gazette-example", "lock-gazette.example")
    feed = rounds.rows(FeedRow)[-1]
    assert (feed.url, feed.is_paused, feed.work_state) == (
        "pasted:lock-gazette-example",
        True,
        "done",
    )
    told = [one.action for one in rounds.rows(AuditRow) if one.actor == "ann"]
    assert told == ["instalment.paste", "item.paste"]


def test_it_goes_to_the_outlet_whose_domain_it_is(rounds: Rounds, ann: Person) -> None:
    url = "https://harbour-post.example/world/pilots"
    robots(rounds, "", site="https://harbour-post.example")
    show(rounds, a_page(*BODY, title=f"{TITLE} - Harbour Post"), url=url)
    paste(rounds, ann, url)
    assert settled(rounds).state == "queued"
    assert [one.key for one in rounds.rows(OutletRow)] == ["harbour-post"]
    assert "Harbour Post" in rounds.rows(ItemRow)[-1].attribution


def test_the_same_link_again_is_told_to_be_here_and_asked_for_no_more(
    rounds: Rounds, ann: Person
) -> None:
    paste(rounds, ann)
    first = settled(rounds)
    paste(rounds, ann, f"{PAGE}?utm_source=mail")
    again = settled(rounds)
    assert (again.state, again.item_id) == ("already", first.item_id)
    assert again.reason == "its story is here already, to decide, under “other”"
    assert asked(rounds) == [ROBOTS, PAGE]


def test_what_a_feed_has_brought_is_known_and_put_in_without_asking(
    rounds: Rounds, ann: Person
) -> None:
    stray = Item(
        title="Bakers reject a tax on rye",
        guid="post-9",
        link=f"{SITE}/bakers",
        summary="Loaves would cost a fifth more, their guild said.",
    )
    rounds.bring(stray)  # it matches nothing
    assert len(rounds.rows(ItemRow)) == 1
    paste(rounds, ann, f"{SITE}/bakers")
    row = settled(rounds)
    assert row.state == "queued"
    assert rounds.rows(ItemRow)[-1].headline == stray.title
    assert asked(rounds) == []
    paste(rounds, ann, str(Item().link))
    row = settled(rounds)
    assert (row.state, row.item_id) == ("already", rounds.rows(ItemRow)[0].id)


def test_the_same_text_under_another_address_joins_its_development(
    rounds: Rounds, ann: Person
) -> None:
    paste(rounds, ann)
    first = settled(rounds)
    robots(rounds, "", site="https://delta-daily.example")
    show(rounds, url="https://delta-daily.example/copy")
    paste(rounds, ann, "https://delta-daily.example/copy")
    again = settled(rounds)
    assert (again.state, again.item_id) == ("already", first.item_id)


WHY_NOT = {
    "robots": "robots.txt keeps us from the page",
    "away": "robots.txt was not to be had",
    "gone": "the page is not to be had (answered 404)",
    "trouble": "the server has trouble (answered 503)",
    "paywall": "the page is for subscribers",
    "reserved": "lets nobody keep a copy",
    "no_text": "no article was found",
    "pdf": "no web page but application/pdf",
    "dns": "could not be looked up",
    "downgrade": "where we do not follow",
    "port": "a port of its own",
    "circle": "sends us on for the 6th time",
}


@pytest.mark.parametrize("case", WHY_NOT)
def test_why_a_link_led_to_nothing_is_said_in_plain_words(
    rounds: Rounds, ann: Person, case: str
) -> None:
    closed = '<meta property="article:content_tier" content="locked">'
    login = b"<html><body><p>Sign in, please.</p></body></html>"
    nobody = Answer(url=PAGE, headers={}, problem="dns", detail="no such name")
    plain = "http://lock-gazette.example/2026/envoys"
    happens: dict[str, Callable[[], None]] = {
        "robots": lambda: robots(rounds, "User-agent: *\nDisallow: /2026/"),
        "away": lambda: robots(rounds, "", status=503),
        "gone": lambda: show(rounds, status=404),
        "trouble": lambda: show(rounds, status=503),
        "paywall": lambda: show(rounds, a_page(*BODY, title=TITLE, head=closed)),
        "reserved": lambda: show(rounds, x_robots_tag="noarchive"),
        "no_text": lambda: show(rounds, login),
        "pdf": lambda: show(rounds, b"%PDF", content_type="application/pdf"),
        "dns": lambda: rounds.http.answers.update({PAGE: nobody}),
        "downgrade": lambda: show(rounds, status=301, location=plain),
        "port": lambda: show(rounds, status=301, location=f"{SITE}:8443/x"),
        "circle": lambda: show(rounds, status=302, location=PAGE),
    }
    happens[case]()
    paste(rounds, ann)
    row = settled(rounds, ticks=12)
    assert WHY_NOT[case] in row.reason
    assert "its page" not in row.reason
    assert "feed" not in row.reason
    assert (row.work_state, row.item_id) == ("done", None)
    assert row.done_at is not None
    assert len(rounds.rows(ItemRow)) == 1
    if case in {"paywall", "reserved"}:  # no copy is kept
        assert all(not one.body for one in rounds.rows(DocumentRow) if one.way == "page")


def test_redirects_are_followed_each_with_the_rules_of_its_own_site(
    rounds: Rounds, ann: Person
) -> None:
    robots(rounds, "", site="https://short.example")
    show(rounds, url="https://short.example/x", status=301, location=PAGE)
    paste(rounds, ann, "https://short.example/x")
    row = settled(rounds)
    assert row.state == "queued"
    assert asked(rounds) == [
        "https://short.example/robots.txt",
        "https://short.example/x",
        ROBOTS,
        PAGE,
    ]
    assert rounds.rows(VersionRow)[-1].url == PAGE


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/admin",
        "http://10.0.0.8/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_an_address_inside_is_never_asked_even_where_operators_may(
    rounds: Rounds, ann: Person, url: str
) -> None:
    rounds.http.get = Http(allow_inside=("127.0.0.0/8", "10.0.0.0/8")).get  # type: ignore[method-assign]  # the real one
    paste(rounds, ann, url)
    row = settled(rounds, ticks=3)
    assert row.state == "blocked_address"
    assert "that address may not be asked for" in row.reason


def test_trying_again_begins_anew_and_leads_where_it_should(rounds: Rounds, ann: Person) -> None:
    show(rounds, status=404)
    number = paste(rounds, ann)
    assert settled(rounds).state == "no_page" or settled(rounds).state == "http_4xx"
    show(rounds)
    with rounds.session() as session:
        pasted.again(session, number, ann)
    assert settled(rounds).state == "queued"
    with rounds.session() as session, pytest.raises(BadInput, match="has led to an item"):
        pasted.again(session, number, ann)


def test_one_link_pasted_twice_at_once_is_one_wish_and_an_approved_instalment_takes_none(
    rounds: Rounds, ann: Person
) -> None:
    assert paste(rounds, ann) == paste(rounds, ann)
    with rounds.session() as session:
        session.execute(update(InstalmentRow).values(state="approved"))
    assert settled(rounds).state == "closed"
    with pytest.raises(BadInput, match="this instalment is approved"):
        paste(rounds, ann, f"{SITE}/another")


@pytest.mark.parametrize(
    "pattern", ["INSERT INTO documents", "INSERT INTO stories", "INSERT INTO items"]
)
def test_a_worker_killed_on_the_way_leaves_nothing_half_done(
    rounds: Rounds, ann: Person, pattern: str
) -> None:
    paste(rounds, ann)
    with killed_at(rounds.engine, pattern):
        settled(rounds)
    rounds.run_out(PastedRow)
    rounds.come_due(PastedRow)
    assert settled(rounds).state == "queued"
    assert len(rounds.rows(ItemRow)) == len(rounds.rows(StoryRow)) == 2


def test_what_was_pasted_stands_through_a_refresh_of_the_draft(rounds: Rounds, ann: Person) -> None:
    paste(rounds, ann)
    row = settled(rounds)
    rounds.bring(Item(title="Whale delays morning ferry", guid="post-5", link=f"{SITE}/whale"))
    with rounds.session() as session:
        item = session.get_one(ItemRow, row.item_id)
        assert (item.headline, item.state) == (TITLE, "queued")


def test_a_server_that_was_just_asked_is_given_its_time(rounds: Rounds, ann: Person) -> None:
    with rounds.session() as session:
        groups.put_off(session, ["lock-gazette.example"], seconds=60, spread=0, reason="busy")
    paste(rounds, ann)
    row = settled(rounds, ticks=3)
    assert (row.state, row.reason) == ("wanted", "the server's turn has not come yet")
    assert asked(rounds) == []


@pytest.mark.parametrize("is_drafted_first", [True, False])
def test_what_matches_as_well_stands_where_whoever_pasted_it_wants_it(
    rounds: Rounds, ann: Person, *, is_drafted_first: bool
) -> None:
    body = (
        "The morning ferry of Lower Harbour ran forty minutes late on Monday, its owner said.",
        "A whale lay in the fairway of the ferry, and no captain would pass it by, he said.",
        "The harbour master let the ferry go at nine; passengers were given tea, a clerk said.",
    )
    show(rounds, a_page(*body, title="Whale holds up the ferry of Lower Harbour"))
    with rounds.session() as session:
        instalment = session.scalars(select(InstalmentRow.id)).one()
        pasted.add(
            session,
            instalment,
            given=PAGE,
            url=PAGE,
            section="ministry",
            user=ann,
            at=MONDAY - MINUTE,
        )
    for _ in range(9):
        if is_drafted_first and rounds.rows(PastedRow)[-1].state == "read":
            rounds.place()
            rounds.refresh(instalment)
        tick(rounds)
    row = settled(rounds, ticks=1)
    assert (row.state, row.reason) == ("queued", "it is in the instalment")
    for _ in range(2):  # and stays there
        item = rounds.rows(ItemRow)[-1]
        assert (item.id, item.section, item.zone) == (row.item_id, "ministry", "pasted")
        assert [one["text"] for one in item.why if one["reason"] == "pasted"] == ["pasted by Ann"]
        rounds.refresh(instalment)
    assert any(one["reason"] == "query" for one in rounds.rows(ItemRow)[-1].why)  # it matched


@pytest.mark.parametrize(
    ("named", "goes_by", "said"),
    [
        ("/world/pilots", f"{SITE}/world/pilots", ""),
        ("https://wire.example/9", PAGE, "; the page names as its original https://wire.example/9"),
        ("/", PAGE, ""),
    ],
)
def test_the_address_a_page_names_as_its_own_counts_on_its_own_site(
    rounds: Rounds, ann: Person, named: str, goes_by: str, said: str
) -> None:
    head = f'<link rel="canonical" href="{named}">'
    show(rounds, a_page(*BODY, title=TITLE, head=head))
    paste(rounds, ann)
    row = settled(rounds)
    assert (row.state, row.reason) == ("queued", f"it is in the instalment{said}")
    assert rounds.rows(VersionRow)[-1].url == goes_by
