"""The pages behind the sources: a feed whole, feeds looked for and followed, things set aside."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from store import clock, feeds, lookups, setaside
from store.models import AuditRow, DocumentRow, FeedRow, LookupRow, OutletRow
from store.setaside import SetAside
from tests.desk.browser import Browser, Element
from tests.desk.house import House

FEED = "https://quay-herald.example/feed.xml"


@pytest.fixture
def operator(house: House) -> Browser:
    with house.newsroom() as room:
        room.person("olu", "Olu Bell", "operator")
    return house.signed_in("olu")


def test_a_feed_is_shown_whole_with_its_documents_and_the_days_of_its_polls(
    house: House, operator: Browser
) -> None:
    with house.newsroom() as room:
        room.story("Quay opens", "", "Quay Herald", None, None)
        feed = room.feed("Quay Herald", title="All news", state="ok", reason="new document")
        room.session.execute(
            update(DocumentRow).values(
                body=b"12345", items=9, known=8, outcome={"new": 1, "changed": 0}
            )
        )
        told = "INSERT INTO poll_days VALUES (:feed, CAST(now() AS date), :state, :polls)"
        for state, polls in (("ok", 2), ("not_modified", 30), ("timeout", 1)):
            facts = {"feed": feed, "state": state, "polls": polls}
            room.session.execute(text(told), facts)
    page = operator.get(f"/sources/{feed}").page
    assert page.one("h1").text == "Quay Herald"
    [line] = page.one("section", id="documents").one("tbody").all("tr")
    assert [cell.text for cell in line.all("td")] == ["poll", "5 bytes", "9, 8 known", "1 new"]
    figure = page.one("figure", id="picture-polls")
    assert "2 with an answer, 30 nothing new, 1 failed" in figure.one("desc").text
    assert len(list(figure.all("rect"))) == 3
    assert operator.get("/sources/999").status == 404


def test_an_operator_pauses_resumes_polls_and_sets_a_feed(house: House, operator: Browser) -> None:
    with house.newsroom() as room:
        feed = room.feed("Quay Herald", due_at=clock.real_now(room.session) + timedelta(hours=2))
    path = f"/sources/{feed}"
    assert operator.press("Poll it now", on=operator.get(path).page).status == 303
    assert operator.press("Pause", on=operator.get(path).page).status == 303
    assert operator.press("Poll it again", on=operator.get(path).page).status == 303
    form = operator.get(path).page.one("section", id="settings")
    sent = {"interval_minutes": "20", "user_agent": "Desk/1", "wants_full_text": "yes"}
    assert operator.press("Keep these", on=form, **sent).status == 303
    assert operator.press("Keep these", on=form, interval_minutes="0").status == 400
    assert operator.press("Keep these", on=form, user_agent="\u00e9").status == 400
    with house.newsroom() as room:
        row = room.session.get_one(FeedRow, feed)
        assert (row.interval_seconds, row.user_agent, row.wants_full_text) == (1200, "Desk/1", True)
        assert (row.is_paused, row.work_state) == (False, "ready")
        noted = room.session.scalars(
            select(AuditRow.action).where(AuditRow.subject_kind == "feed").order_by(AuditRow.id)
        )
        assert list(noted) == ["feed.poll", "feed.pause", "feed.resume", "feed.set"]


def test_others_see_the_sources_and_change_nothing(house: House) -> None:
    with house.newsroom() as room:
        feed = room.feed("Quay Herald")
    ann = house.signed_in("ann")
    page = ann.get(f"/sources/{feed}").page
    assert not list(page.all("section", id="settings"))
    token = page.one("form", class_="person").one("input").attributes["value"]
    for path in (f"/sources/{feed}/pause", "/sources/add", "/sources/import", "/set-aside/replay"):
        assert ann.send(path, {"token": token}).status == 403, path
    assert ann.get("/sources/add").status == 403


def test_the_grid_is_narrowed_by_state_and_words_and_paged(house: House, operator: Browser) -> None:
    with house.newsroom() as room:
        for number in range(60):
            room.feed(f"Paper {number:02}", state="ok")
        sick = room.feed("Zeal Post", state="timeout", reason="took too long")
    page = operator.get("/sources").page
    rows = list(page.one("tbody").all("tr"))
    assert len(rows) == 50
    assert rows[0].attributes["id"] == f"feed-{sick}"
    assert page.one("nav", class_="pager").text == "Page 1 of 2 Further"
    assert len(list(operator.get("/sources?page=2").page.one("tbody").all("tr"))) == 11
    found = operator.get("/sources?state=timeout").page.one("tbody")
    assert [one.attributes["id"] for one in found.all("tr")] == [f"feed-{sick}"]
    found = operator.get("/sources?words=paper+07").page.one("tbody")
    assert [one.one("th").text[:8] for one in found.all("tr")] == ["Paper 07"]
    for odd in ("?page=x", "?page=0", "?words=%25"):
        assert operator.get(f"/sources{odd}").status == 200, odd


def test_an_address_is_looked_up_by_a_worker_and_the_feed_found_is_followed(
    house: House, operator: Browser
) -> None:
    page = operator.get("/sources/add").page
    for odd in ("javascript:alert(1)", "https://a:b@c.example/", "file:///etc", "https://[", ""):
        assert operator.press("Look there", on=page, url=odd).status == 400, odd
    answer = operator.press("Look there", on=page, url="https://quay-herald.example/")
    waiting = operator.follow(answer).page
    assert "Somebody is looking at" in waiting.text
    number = int(operator.at.rpartition("/")[2])
    assert (
        operator.send(f"/sources/lookups/{number}/follow", {"token": token(waiting)}).status == 409
    )
    choices = [{"url": FEED, "title": "<i>All</i>", "kind": "RSS"}]
    with house.newsroom() as room:
        lookups.answer(
            room.session, number, {"kind": "choices", "url": "https://q/", "choices": choices}
        )
    choosing = operator.get(operator.at).page
    assert "<i>All</i>" in choosing.text
    operator.follow(operator.press("Look at it", on=choosing))
    number = int(operator.at.rpartition("/")[2])
    found = {"kind": "feed", "url": FEED, "title": "Quay Herald", "format": "rss20", "items": 2}
    found |= {"refused": 0, "newest": None, "found_by": "itself", "titles": ["One", "<b>Two</b>"]}
    with house.newsroom() as room:
        assert room.session.get_one(LookupRow, number).url == FEED
        lookups.answer(room.session, number, found)
    page = operator.get(operator.at).page
    assert [one.text for one in page.one("ul", class_="preview").all("li")] == ["One", "<b>Two</b>"]
    wrong = operator.press("Follow it", on=page, outlet="nobody")
    assert wrong.status == 400
    done = operator.press("Follow it", on=page, outlet="", name="The Quay Herald", kind="wire")
    assert operator.follow(done).page.one("h1").text == "The Quay Herald"
    with house.newsroom() as room:
        row = room.session.scalars(select(FeedRow).where(FeedRow.url == FEED)).one()
        outlet = room.session.get_one(OutletRow, row.outlet_id)
        assert (row.title, outlet.kind) == ("Quay Herald", "wire")
    assert "It is followed already" in operator.get(f"/sources/lookups/{number}").page.text


def token(page: Element) -> str:
    return page.one("form", class_="person").one("input").attributes["value"]


def test_nothing_found_is_told_with_its_reason(house: House, operator: Browser) -> None:
    with house.newsroom() as room:
        number = lookups.ask(room.session, "https://x.example/", by="olu")
        found = {"kind": "nothing", "url": "https://x.example/", "reason": "answered 404"}
        lookups.answer(room.session, number, found)
    assert (
        "https://x.example/: answered 404." in operator.get(f"/sources/lookups/{number}").page.text
    )
    assert operator.get("/sources/lookups/999").status == 404


def test_lists_of_feeds_come_in_and_go_out(house: House, operator: Browser) -> None:
    page = operator.get("/sources/add").page
    opml = (
        '<opml version="2.0"><body><outline text="A" type="rss" xmlUrl="https://a.example/f"/>'
        '<outline text="B" type="rss" xmlUrl="javascript:x"/></body></opml>'
    )
    done = operator.press("Follow these", on=page, list=opml)
    assert done.page.one("h1").text == "1 feed followed"
    assert "0 were followed already, 1 refused" in done.page.text
    assert operator.press("Follow these", on=page, list="no list").status == 400
    out = operator.get("/sources.opml")
    assert "https://a.example/f" in out.body
    assert out.headers["content-disposition"].endswith('"serieswatch.opml"')
    with house.newsroom() as room:
        assert "https://a.example/f" in feeds.ids_by_url(room.session)


def test_what_was_set_aside_is_looked_at_and_sent_round_again(
    house: House, operator: Browser
) -> None:
    with house.newsroom() as room:
        room.story("Quay opens", "", "Quay Herald", None, None)
        feed = room.feed("Quay Herald")
        document = room.session.scalars(select(DocumentRow.id)).one()
        room.session.execute(update(DocumentRow).values(work_state="done"))
        raw = b"<item>\x00\x07<script>alert(1)</script>" + b"x" * 30_000
        thing = SetAside(
            feed_id=feed, document_id=document, stage="item", state="parse_error",
            reason="no title", raw=raw,
        )  # fmt: skip
        other = SetAside(
            feed_id=feed, document_id=None, stage="fetch", state="html", reason="a page", raw=b"y"
        )
        setaside.keep(room.session, [thing, other], at=clock.now(room.session))
        numbers = {one.stage: one.id for one in setaside.latest(room.session)}
    page = operator.get("/set-aside").page
    assert "2 things could not be read" in page.text
    shown = operator.get(f"/set-aside/{numbers['item']}").page
    assert "<script>alert(1)</script>" in shown.one("pre").text
    assert "30,033, the first of them shown" in shown.text
    whole = operator.get(f"/set-aside/{numbers['item']}/raw")
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment")
    assert operator.press("Send it round again", on=shown).status == 303
    with house.newsroom() as room:
        assert room.session.get_one(DocumentRow, document).work_state == "ready"
    only = operator.send(f"/set-aside/{numbers['fetch']}/replay", {"token": token(page)})
    assert (only.status, "asked for again by itself" in only.page.text) == (409, True)
    assert operator.press("Send all of it", on=page).status == 303
    assert operator.get("/set-aside/999").status == operator.get("/set-aside/999/raw").status == 404
