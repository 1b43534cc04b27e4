"""The page of sources: what is wrong first, then every feed, then what is over."""

from datetime import UTC, datetime, timedelta

from pipeline import schedule
from store import clock, setaside, troubles
from store.setaside import SetAside
from store.troubles import Trouble
from tests.desk.browser import Element
from tests.desk.house import House

HOUR = timedelta(hours=1)
LAST_WEEK = datetime(2026, 3, 2, tzinfo=UTC)


def sources(house: House) -> Element:
    return house.signed_in().get("/sources").page


def row(page: Element, feed: int) -> Element:
    return page.one("tr", id=f"feed-{feed}")


def a_rhythm() -> dict[str, object]:
    """That of a feed that brings two stories a day, at eight and at two."""
    came = [LAST_WEEK + timedelta(days=day, hours=hour) for day in range(14) for hour in (8, 14)]
    learnt = schedule.learn(came, since=LAST_WEEK, until=LAST_WEEK + timedelta(days=14))
    return schedule.rhythm_to_json(learnt)


def test_only_those_who_have_signed_in_see_the_sources(house: House) -> None:
    assert house.browser().get("/sources").status == 303


def test_a_house_without_feeds_is_told_how_to_follow_some(house: House) -> None:
    page = sources(house)
    assert "No feed is followed yet" in page.text
    assert "serieswatch feeds add" in page.text
    assert list(page.all("table")) == []


def test_every_feed_is_shown_with_how_it_is_its_rhythm_and_its_next_poll(house: House) -> None:
    with house.newsroom() as room:
        now = clock.real_now(room.session)
        well = room.feed(
            "Meridian Wire",
            title="World news",
            state="not_modified",
            rhythm=a_rhythm(),
            last_new_at=now - 3 * HOUR,
            due_at=now + HOUR / 2 + HOUR / 60,
            next_why="about 2 items a day at this time of the week",
        )
        new = room.feed("Quay Herald")
    page = sources(house)
    assert "2 feeds of 2 outlets are followed." in page.text
    shown = row(page, well)
    assert shown.one("th").text == "Meridian Wire World news"
    assert shown.one("a").attributes["href"] == f"/sources/{well}"
    told = [cell.text for cell in shown.all("td")]
    assert told[0] == "well"
    assert told[1].endswith("about 2 items a day")
    assert told[2] == "last new 3 hours ago"
    assert told[3] == "next poll in 30 minutes" + "about 2 items a day at this time of the week"
    spark, days = shown.all("svg")
    assert days.attributes["aria-label"].startswith("Items of the last 14 days")
    assert spark.attributes["aria-label"] == "Busiest about 08:00, quietest about 00:00 UTC"
    bars = spark.one("path").attributes["d"]
    assert bars.count("M") == 24
    assert len(list(spark.all("rect", class_="here"))) == 1
    other = [cell.text for cell in row(page, new).all("td")]
    assert other[0] == "not polled yet not polled yet"
    assert other[1].endswith("not known yet")
    assert other[2] == "last new never"


def test_a_feed_that_fails_says_why_and_one_that_is_paused_says_no_more(house: House) -> None:
    with house.newsroom() as room:
        failing = room.feed("Quay Herald", state="http_5xx", reason="answered 503", failures=1)
        paused = room.feed("Old Post", state="html", reason="answered with a page", is_paused=True)
        thing = SetAside(
            feed_id=failing, document_id=None, stage="fetch", state="html", reason="", raw=b"x"
        )
        setaside.keep(room.session, [thing], at=LAST_WEEK)
    page = sources(house)
    assert "1 of them paused. 1 needs a look." in page.text
    assert next(row(page, failing).all("td")).text == ("has trouble answered 503 1 thing set aside")
    told = [cell.text for cell in row(page, paused).all("td")]
    assert (told[0], told[3]) == ("paused", "next poll paused")


def test_troubles_stand_first_with_what_was_done_and_for_a_week_after(house: House) -> None:
    with house.newsroom() as room:
        now = clock.now(room.session)
        feed = room.feed("Meridian Wire", state="ok")
        found = [
            Trouble(feed_id=feed, kind="silent", reason="nothing new", since=now - 9 * HOUR),
            Trouble(feed_id=feed, kind="items_missed", reason="its window rolled over"),
        ]
        opened = troubles.start(room.session, found, at=now - 2 * HOUR)
        missed = next(number for number, one in opened.items() if one.kind == "items_missed")
        troubles.note_done(room.session, missed, "3 missed stories were found")
        old = troubles.start(
            room.session,
            [
                Trouble(feed_id=feed, kind="failing", reason="3 polls failed"),
                Trouble(feed_id=feed, kind="gone", reason="answered 410"),
            ],
            at=now - 400 * HOUR,
        )
        for number, one in old.items():
            days = 1 if one.kind == "failing" else 8
            troubles.end(room.session, [number], at=now - days * 24 * HOUR)
    page = sources(house)
    told = [(one.one("span", class_="badge").text, one) for one in page.all("article")]
    assert [kind for kind, _ in told] == ["silent", "items probably missed", "failing"]
    assert "seen 2 hours ago, last well 9 hours ago" in told[0][1].text
    assert "What was done: 3 missed stories were found." in told[1][1].text
    assert "over 24 hours ago" in told[2][1].text
    badges = [one.text for one in row(page, feed).all("a", class_="badge")]
    assert badges == ["silent", "items probably missed"]
    assert "1 needs a look." in page.text


def test_what_a_publisher_calls_itself_is_shown_and_not_carried_out(house: House) -> None:
    with house.newsroom() as room:
        feed = room.feed(
            "Quay Herald",
            title="<script>alert(1)</script>",
            url="javascript:alert(1)",
            state="odd_state",
            reason="<b>bold</b>",
        )
    page = sources(house)
    assert all("src" in one.attributes and not one.text for one in page.all("script"))
    assert list(page.all("b", class_="x")) == []
    shown = row(page, feed)
    assert [a.attributes["href"] for a in shown.one("th").all("a")] == [f"/sources/{feed}"]
    assert "<script>alert(1)</script>" in shown.text
    assert "odd state <b>bold</b>" in shown.text


def test_the_frame_leads_to_the_sources_and_back(house: House) -> None:
    links = [link.attributes["href"] for link in sources(house).one("nav").all("a")]
    assert links[:6] == ["/", "/queue", "/series", "/developments", "/kills", "/sources"]
