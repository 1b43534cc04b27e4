"""Going after what a feed's window lost: through the real flow, from older pages and sitemaps."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from config import settings as told
from config.settings import settings
from store import gaps as rows
from store.models import (
    BackfillRow,
    DocumentRow,
    FeedRow,
    HostGroupRow,
    OutletRow,
    StoryRow,
    TroubleRow,
    VersionRow,
)
from tests.builders import an_answer
from tests.rounds import MONDAY, WORLD, Item, Rounds, a_feed, an_item, newsroom
from tests.rounds import own_database as a_database
from workers.gaps import MOST_PAGES, MOST_SITEMAPS, fill, sitemaps
from workers.watching import watch

SITE = "https://harbour-post.example"
PAGE = f"{SITE}/world.xml?paged="
ROBOTS = f"{SITE}/robots.txt"
LIST = f"{SITE}/news-sitemap.xml"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def rolling(server: Engine) -> Iterator[Engine]:
    with a_database(server, "rolling") as engine:
        yield engine


@pytest.fixture
def rounds(rolling: Engine) -> Iterator[Rounds]:
    with newsroom(rolling) as rounds:
        yield rounds


def story(number: int, *, hours: float) -> Item:
    """A story published so many hours after Monday noon."""
    return an_item(
        number, title=f"Ferry notice number {number}", published=MONDAY + timedelta(hours=hours)
    )


def with_older(body: bytes, url: str) -> bytes:
    """A feed that names an older page of itself."""
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="prev-archive" href="{url}"/>'
    return body.replace(b"<language>", link.encode() + b"<language>", 1)


def a_sitemap(*items: Item) -> bytes:
    """A site's list of its news."""
    entries = "".join(
        f"<url><loc>{item.link}</loc><n:news><n:title>{item.title}</n:title>"
        + (
            f"<n:publication_date>{item.published.isoformat()}</n:publication_date>"
            if item.published
            else ""
        )
        + "</n:news></url>"
        for item in items
    )
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    ).encode()


def roll_over(rounds: Rounds, *, older: str | None = None) -> None:
    """A feed whose window holds three stories brings three, and six hours later three others."""
    rounds.serve(*(story(n, hours=n / 10 - 1) for n in (1, 2, 3)))
    rounds.parse(rounds.poll())
    rounds.at(MONDAY + 6 * HOUR)
    body = a_feed(*(story(n, hours=n / 10 + 5) for n in (7, 8, 9)))
    rounds.serve(body=with_older(body, older) if older else body)
    rounds.parse(rounds.poll())


def look(rounds: Rounds) -> list[int]:
    """Watch, ask every place that waits, and read what came; gives the places asked."""
    asked = watch(settings())
    for number in asked:
        if (document := fill(number, settings(), rounds.http.get)) is not None:
            rounds.parse(document)
    with rounds.session() as session:
        session.execute(update(BackfillRow).values(announced_until=None))
    return asked


def look_until_done(rounds: Rounds) -> TroubleRow:
    """Look until nothing is left to ask; gives the one trouble."""
    for _ in range(12):
        if not look(rounds):
            break
    return trouble(rounds)


def trouble(rounds: Rounds) -> TroubleRow:
    (row,) = rounds.rows(TroubleRow)
    assert isinstance(row, TroubleRow)
    assert row.kind == "items_missed"
    return row


def titles(rounds: Rounds) -> list[str]:
    """The headlines' numbers of all stories, in order."""
    with rounds.session() as session:
        found = session.scalars(
            select(VersionRow.title).join(StoryRow, StoryRow.id == VersionRow.story_id)
        )
        return sorted(title.rpartition(" ")[2] for title in found)


def asked(rounds: Rounds) -> list[str]:
    """The addresses asked for, but for the feed's own."""
    return [request.url for request in rounds.http.requests if request.url != WORLD]


# --- older pages


def test_what_rolled_out_of_the_window_is_found_in_an_older_page(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    page = a_feed(*(story(n, hours=n / 10 + 3) for n in (4, 5, 6)), story(3, hours=-0.7))
    rounds.serve(body=with_older(page, f"{PAGE}3"), url=f"{PAGE}2")
    assert rounds.feed().lost_suspected == 1
    row = look_until_done(rounds)
    assert titles(rounds) == list("123456789")
    assert asked(rounds) == [f"{PAGE}2"]  # the page met what was known: no need of the next
    assert row.closed_at is None  # nothing shows yet that the window is wide enough again
    assert row.done == "3 missed stories were found in 1 older page of the feed"
    assert row.reason.endswith("its window rolled over, and items were probably missed")
    rounds.serve(*(story(n, hours=n / 10 + 5) for n in (8, 9, 10)))
    rounds.parse(rounds.poll())
    watch(settings())
    assert trouble(rounds).closed_at == MONDAY + 6 * HOUR
    watch(settings())
    assert len(rounds.rows(TroubleRow)) == 1


def test_the_interval_is_shortened_after_a_roll_over(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(FeedRow).values(interval_seconds=3600))
    roll_over(rounds)
    rounds.poll()
    wait = select(func.extract("epoch", FeedRow.due_at - func.now()))
    with rounds.session() as session:
        seconds = float(session.execute(wait).scalar_one())
    assert seconds < 1500
    assert "window" in rounds.feed().next_why or "shared no item" in rounds.feed().next_why


def test_older_pages_are_followed_while_they_hold_only_what_was_missed(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    for page in range(2, 20):
        body = a_feed(story(100 + page, hours=4 - page / 10))
        rounds.serve(body=with_older(body, f"{PAGE}{page + 1}"), url=f"{PAGE}{page}")
    row = look_until_done(rounds)
    assert asked(rounds) == [f"{PAGE}{page}" for page in range(2, 2 + MOST_PAGES)]
    assert row.done == f"5 missed stories were found in {MOST_PAGES} older pages of the feed"


def test_what_an_older_page_says_of_a_known_story_changes_nothing(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    old = an_item(2, title="Ferry notice as it stood at first", published=MONDAY - HOUR)
    rounds.serve(old, story(4, hours=3), url=f"{PAGE}2")
    look_until_done(rounds)
    with rounds.session() as session:
        assert session.scalar(select(func.max(VersionRow.number))) == 1
    assert titles(rounds) == list("1234789")


def test_an_older_page_says_nothing_of_how_the_feed_is(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    before = rounds.feed()
    rounds.serve(story(4, hours=3), url=f"{PAGE}2")
    look_until_done(rounds)
    after = rounds.feed()
    for column in ("state", "answer_hash", "overlap", "window_seconds", "lost_suspected"):
        assert getattr(after, column) == getattr(before, column)
    ways = [(row.way, row.feed_id) for row in rounds.rows(DocumentRow)]
    assert ways == [(way, after.id) for way in ("poll", "poll", "archive")]


# --- the site's own lists


def test_without_older_pages_the_site_s_list_of_its_news_is_looked_for(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(OutletRow).values(homepage=f"{SITE}/"))
    roll_over(rounds)
    names = f"User-agent: *\nSitemap: {SITE}/all.xml\nsitemap:  {LIST}\n"
    rounds.serve(body=names.encode(), url=ROBOTS)
    undated = an_item(50, title="Ferry notice number 50", published=None)
    ancient = story(51, hours=-30)
    listed = [story(n, hours=n / 10 + 3) for n in (4, 5)]
    rounds.serve(body=a_sitemap(*listed, undated, ancient, story(8, hours=5.8)), url=LIST)
    row = look_until_done(rounds)
    assert asked(rounds) == [ROBOTS, LIST]
    assert titles(rounds) == list("12345789")
    assert row.done == "2 missed stories were found in 1 list of the site's news"


def test_older_pages_that_give_nothing_lead_to_the_site_s_lists(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.fail(f"{PAGE}2", status=404)
    rounds.fail(ROBOTS, status=404)
    rounds.serve(body=a_sitemap(story(4, hours=3)), url=LIST)
    for usual in ("sitemap-news.xml", "sitemap_news.xml"):
        rounds.fail(f"{SITE}/{usual}", status=404)
    row = look_until_done(rounds)
    assert asked(rounds)[:3] == [f"{PAGE}2", ROBOTS, LIST]
    assert len(asked(rounds)) == 5
    assert titles(rounds) == list("1234789")
    assert "1 missed story was found in 1 older page of the feed and 3 lists" in row.done


def test_an_index_of_sitemaps_leads_to_those_of_news_and_no_deeper(rounds: Rounds) -> None:
    roll_over(rounds)
    rounds.serve(body=f"Sitemap: {SITE}/index.xml".encode(), url=ROBOTS)
    index = "".join(
        f"<sitemap><loc>{SITE}/{name}</loc></sitemap>" for name in ("pages.xml", "news-1.xml")
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = f'<sitemapindex xmlns="{space}">{index}</sitemapindex>'.encode()
    rounds.serve(body=body, url=f"{SITE}/index.xml")
    rounds.serve(body=body, url=f"{SITE}/news-1.xml")
    row = look_until_done(rounds)
    assert asked(rounds) == [ROBOTS, f"{SITE}/index.xml", f"{SITE}/news-1.xml"]
    assert row.done == "no missed story was found in 2 lists of the site's news"


def test_robots_txt_names_few_lists_and_only_web_addresses() -> None:
    lines = [f"SITEMAP : /news/{n}.xml" for n in range(9)]
    robots = an_answer("\n".join([*lines, "Sitemap: ftp://x.example/news.xml"]), url=ROBOTS)
    assert sitemaps(robots) == [f"{SITE}/news/{n}.xml" for n in range(MOST_SITEMAPS)]
    assert sitemaps(an_answer("Sitemap: http://[/news.xml", url=ROBOTS)) == []
    assert sitemaps(an_answer("Sitemap: /a.xml\nSitemap: /a.xml", url=ROBOTS)) == [f"{SITE}/a.xml"]


# --- when it goes wrong


def test_a_place_that_does_not_answer_is_asked_again_later_and_given_up_in_the_end(
    rounds: Rounds,
) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.fail(f"{PAGE}2", problem="timeout")
    rounds.fail(ROBOTS, status=404)
    for usual in ("news-sitemap.xml", "sitemap-news.xml", "sitemap_news.xml"):
        rounds.fail(f"{SITE}/{usual}", status=404)
    for times in (1, 2, 3):
        assert len(look(rounds)) == 1
        assert asked(rounds).count(f"{PAGE}2") == times
        assert times == 3 or look(rounds) == []  # it waits before it is asked again
        rounds.come_due(BackfillRow)
    row = look_until_done(rounds)
    assert asked(rounds).count(f"{PAGE}2") == 3
    assert row.done.startswith("no missed story was found in 1 older page of the feed and 3 lists")


def test_a_place_that_kills_its_worker_is_given_up(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    (number,) = watch(settings())
    with rounds.session() as session:
        session.execute(update(BackfillRow).values(attempts=3))
    assert fill(number, settings(), rounds.http.get) is None
    watch(settings())
    (page, robots) = rounds.rows(BackfillRow)
    assert page.outcome == "given up: the worker died each time: it was killed or crashed"
    assert robots.url == ROBOTS


def test_a_page_that_kills_who_reads_it_is_given_up(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.serve(story(4, hours=3), url=f"{PAGE}2")
    (number,) = watch(settings())
    assert fill(number, settings(), rounds.http.get) is not None
    with rounds.session() as session:
        dead = update(DocumentRow).where(DocumentRow.way == "archive").values(work_state="dead")
        session.execute(dead)
    watch(settings())
    assert "killed every worker" in rounds.rows(BackfillRow)[0].outcome


def test_a_page_that_cannot_be_read_is_said(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.serve(body=b"<opml version='2.0'><body/></opml>", url=f"{PAGE}2")
    look(rounds)
    watch(settings())
    assert rounds.rows(BackfillRow)[0].outcome.startswith("this is")
    assert rounds.feed().state in {"ok", "not_modified"}


def test_a_server_that_is_left_in_peace_is_not_asked(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    (number,) = watch(settings())
    with rounds.session() as session:
        later = func.now() + HOUR
        session.merge(HostGroupRow(key="harbour-post.example"))
        session.execute(update(HostGroupRow).values(not_before=later))
    assert fill(number, settings(), rounds.http.get) is None
    assert asked(rounds) == []
    assert rounds.rows(BackfillRow)[0].attempts == 0


def test_a_place_that_asks_us_to_wait_quietens_its_whole_server(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.fail(f"{PAGE}2", status=429, retry_after=1800)
    (number,) = watch(settings())
    assert fill(number, settings(), rounds.http.get) is None
    (group,) = [row for row in rounds.rows(HostGroupRow) if row.key == "harbour-post.example"]
    assert group.not_before is not None
    assert rounds.rows(BackfillRow)[0].work_state == "ready"


def test_two_who_ask_the_same_place_ask_it_once(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    rounds.serve(story(4, hours=3), url=f"{PAGE}2")
    (number,) = watch(settings())
    document = fill(number, settings(), rounds.http.get)
    assert document is not None
    assert fill(number, settings(), rounds.http.get) is None
    assert asked(rounds) == [f"{PAGE}2"]
    rounds.parse(document)
    rounds.make_due(document, table=DocumentRow)
    rounds.parse(document)
    assert titles(rounds) == list("1234789")


def test_gap_filling_can_be_switched_off(rounds: Rounds) -> None:
    roll_over(rounds, older=f"{PAGE}2")
    told.override(fill_gaps="no")
    try:
        assert watch(settings()) == []
    finally:
        told.override(fill_gaps="yes")
    assert trouble(rounds).done == "they were not looked for: that is switched off"
    assert rounds.rows(BackfillRow) == []


def test_a_further_loss_while_one_is_open_is_counted_and_looked_for(rounds: Rounds) -> None:
    roll_over(rounds)
    watch(settings())
    rounds.at(MONDAY + 12 * HOUR)
    rounds.serve(
        body=with_older(a_feed(*(story(n, hours=n / 10 + 10) for n in (14, 15))), f"{PAGE}2")
    )
    rounds.parse(rounds.poll())
    watch(settings())
    row = trouble(rounds)
    assert row.lost == 2
    assert "(2 times since it is followed)" in row.reason
    assert [place.url for place in rounds.rows(BackfillRow)] == [ROBOTS, f"{PAGE}2"]


def test_a_loss_that_was_seen_to_is_not_told_again(rounds: Rounds) -> None:
    roll_over(rounds)
    for url in (ROBOTS, LIST, f"{SITE}/sitemap-news.xml", f"{SITE}/sitemap_news.xml"):
        rounds.fail(url, status=404)
    look_until_done(rounds)
    rounds.serve(*(story(n, hours=n / 10 + 5) for n in (8, 9, 10)))
    rounds.parse(rounds.poll())
    for _ in range(3):
        watch(settings())
    assert trouble(rounds).closed_at is not None


def test_a_feed_without_two_documents_has_no_gap(rounds: Rounds) -> None:
    with rounds.session() as session:
        session.execute(update(FeedRow).values(lost_suspected=1))
        assert rows.gap(session, rounds.feeds[WORLD]) is None
    watch(settings())
    assert trouble(rounds).done == "they were not looked for: no gap is to be seen"


def test_a_document_nobody_looked_for_is_left_whole(rounds: Rounds) -> None:
    with rounds.session() as session:
        assert rows.missing(session, 1, 1, []) == []
