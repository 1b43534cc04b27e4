"""What was set aside: kept once with its bytes, counted when it recurs, settled, replayed."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import documents, feeds, setaside
from store.models import SetAsideRow
from tests.builders import an_answer

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
RAW = "<item>ü</item>".encode("latin-1")


class Aside:
    """Sets things of one feed aside."""

    def __init__(self, session: Session, outlet: str = "gazette") -> None:
        self.session = session
        outlet_id = feeds.ensure_outlet(session, key=outlet, name=outlet.title())
        url = f"https://{outlet}.example/feed"
        self.feed_id = feeds.ensure_feed(session, url=url, outlet_id=outlet_id)
        self.document_id = documents.keep(
            session,
            feed_id=self.feed_id,
            fetch_token=uuid.uuid4(),
            answer=an_answer("<rss/>"),
            body_hash="x",
            at=NOW,
        )

    def thing(
        self, raw: bytes = RAW, *, stage: str = "item", reason: str = "it has no headline"
    ) -> setaside.SetAside:
        return setaside.SetAside(
            feed_id=self.feed_id,
            document_id=None if stage == "fetch" else self.document_id,
            stage=stage,
            state="html" if stage == "fetch" else "unreadable_item",
            reason=reason,
            raw=raw,
        )

    def keep(self, *things: setaside.SetAside, at: datetime = NOW) -> None:
        setaside.keep(self.session, things, at=at)


def test_a_thing_is_listed_with_its_reason_and_shown_with_its_bytes(session: Session) -> None:
    aside = Aside(session)
    aside.keep(aside.thing())
    [line] = setaside.lines(session)
    assert (line.feed, line.feed_id) == ("https://gazette.example/feed", aside.feed_id)
    assert (line.stage, line.state, line.reason) == (
        "item",
        "unreadable_item",
        "it has no headline",
    )
    assert (line.bytes, line.times, line.settled_at) == (len(RAW), 1, None)
    assert (line.first_at, line.last_at) == (NOW, NOW)
    assert setaside.show(session, line.id) == (line, RAW)
    assert setaside.show(session, line.id + 1) is None
    assert setaside.count(session) == 1


def test_the_same_bytes_again_count_up_and_take_the_newest_reason(session: Session) -> None:
    aside = Aside(session)
    aside.keep(aside.thing())
    aside.keep(aside.thing(reason="it has no text"), at=NOW + timedelta(hours=1))
    aside.keep(aside.thing(reason="it has no text"), at=NOW - timedelta(hours=1))
    [line] = setaside.lines(session)
    assert (line.times, line.reason) == (3, "it has no text")
    assert (line.first_at, line.last_at) == (NOW, NOW + timedelta(hours=1))


def test_one_document_may_hold_the_same_refused_item_twice(session: Session) -> None:
    aside = Aside(session)
    aside.keep(aside.thing(), aside.thing(), aside.thing(b"<item>other</item>"))
    assert sorted(line.bytes for line in setaside.lines(session)) == [len(RAW), 18]


def test_the_same_bytes_of_another_feed_or_stage_are_another_thing(session: Session) -> None:
    aside, other = Aside(session), Aside(session, "courier")
    aside.keep(aside.thing(), aside.thing(stage="fetch"))
    other.keep(other.thing())
    assert setaside.count(session) == 3


def test_nothing_to_set_aside_is_nothing_to_do(session: Session) -> None:
    Aside(session).keep()
    assert setaside.lines(session) == []


def test_what_was_settled_leaves_the_list_and_is_open_again_when_it_recurs(
    session: Session,
) -> None:
    aside = Aside(session)
    aside.keep(aside.thing())
    setaside.settle(session, feed_id=aside.feed_id, document_id=aside.document_id)
    assert setaside.lines(session) == []
    assert setaside.count(session) == 0
    [settled] = setaside.lines(session, settled=True)
    assert (settled.settled_how, settled.settled_at is None) == ("replayed", False)
    aside.keep(aside.thing())
    session.expire_all()
    [line] = setaside.lines(session)
    assert (line.times, line.settled_at, line.settled_how) == (2, None, None)


def test_settling_one_document_leaves_what_another_set_aside(session: Session) -> None:
    aside, other = Aside(session), Aside(session, "courier")
    aside.keep(aside.thing())
    other.keep(other.thing())
    setaside.settle(session, feed_id=aside.feed_id, document_id=aside.document_id)
    assert [line.feed_id for line in setaside.lines(session)] == [other.feed_id]


def test_documents_behind_open_things_can_be_replayed_one_or_all(session: Session) -> None:
    aside, other = Aside(session), Aside(session, "courier")
    aside.keep(aside.thing(), aside.thing(b"<item>b</item>"), aside.thing(stage="fetch"))
    other.keep(other.thing())
    ids = {row.raw: row.id for row in session.scalars(select(SetAsideRow))}
    both = sorted([aside.document_id, other.document_id])
    assert setaside.documents_to_replay(session, []) == both
    only = setaside.documents_to_replay(session, [ids[b"<item>b</item>"]])
    assert only == [aside.document_id]
    [page] = [line.id for line in setaside.lines(session) if line.stage == "fetch"]
    assert setaside.documents_to_replay(session, [page]) == []  # no document was kept of it
    setaside.settle(session, feed_id=other.feed_id, document_id=other.document_id)
    assert setaside.documents_to_replay(session, []) == [aside.document_id]
