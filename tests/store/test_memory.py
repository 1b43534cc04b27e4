"""What is remembered of raw items: the latest documents' worth, under one frame, and counted."""

from sqlalchemy import Double, cast, func, select
from sqlalchemy.orm import Session

from store import feeds, memory
from store.models import FeedMemoryRow


def a_feed(session: Session, url: str = "https://gazette.example/feed") -> int:
    outlet = feeds.ensure_outlet(session, key="gazette", name="The Gazette")
    return feeds.ensure_feed(session, url=url, outlet_id=outlet)


def hashes(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(memory.HASH) for number in numbers)


def known(session: Session, feed_id: int) -> list[int]:
    return sorted(int.from_bytes(one) for one in memory.load(session, [feed_id])[feed_id].items)


def remember(session: Session, feed_id: int, *numbers: int, frame: str = "f") -> None:
    memory.remember(session, feed_id, frame=frame, hashes=hashes(*numbers), counts=0)


def share_known(session: Session, feed_id: int) -> float | None:
    """As the gauge has it: of its items, over all documents."""
    row = FeedMemoryRow
    share = cast(row.known, Double) / func.nullif(row.seen, 0)
    found = session.scalar(select(share).where(row.feed_id == feed_id))
    return None if found is None else float(found)


def test_nothing_is_remembered_of_a_feed_that_was_never_read(session: Session) -> None:
    feed_id = a_feed(session)
    assert memory.load(session, [feed_id]) == {}
    assert share_known(session, feed_id) is None


def test_items_that_left_the_feed_are_remembered_beside_those_that_came(session: Session) -> None:
    feed_id, other = a_feed(session), a_feed(session, "https://gazette.example/other")
    remember(session, feed_id, 1, 2)
    remember(session, feed_id, 3, 2)
    remember(session, other, 9)
    assert known(session, feed_id) == [1, 2, 3]
    assert memory.load(session, [feed_id])[feed_id].frame == "f"
    assert known(session, other) == [9]


def test_another_frame_forgets_what_was_remembered_under_the_one_before(session: Session) -> None:
    feed_id = a_feed(session)
    remember(session, feed_id, 1, 2)
    remember(session, feed_id, 2, 3, frame="g")
    assert known(session, feed_id) == [2, 3]


def test_four_documents_worth_is_remembered_and_the_oldest_goes_first(session: Session) -> None:
    feed_id = a_feed(session)
    for first in range(0, 600, 100):
        remember(session, feed_id, *range(first, first + 100))
    assert known(session, feed_id) == list(range(200, 600))
    remember(session, feed_id, 900)
    assert len(known(session, feed_id)) == memory.LEAST  # a short document forgets less


def test_no_feed_is_remembered_without_end(session: Session) -> None:
    feed_id = a_feed(session)
    remember(session, feed_id, *range(memory.MOST + 10))
    assert len(known(session, feed_id)) == memory.MOST


def test_the_share_of_known_items_is_counted_over_all_documents(session: Session) -> None:
    feed_id, other = a_feed(session), a_feed(session, "https://gazette.example/other")
    memory.remember(session, feed_id, frame="f", hashes=hashes(1, 2), counts=0)
    memory.count_known(session, [(feed_id, 2), (other, 5)])
    memory.remember(session, feed_id, frame="f", hashes=hashes(1, 2, 3, 4), counts=2)
    memory.remember(session, feed_id, frame="f", hashes=hashes(1, 2), counts=None)  # a replay
    assert share_known(session, feed_id) == 0.5
    assert share_known(session, other) == 1
    assert known(session, feed_id) == [1, 2, 3, 4]
