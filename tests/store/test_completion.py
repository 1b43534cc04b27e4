"""What an older release did not keep of stories is added, however often it is broken off."""

from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pipeline.dedupe import keys
from store import completion
from store.models import AlternateRow
from tests.store.test_intake import Desk, a_page

PAGES = [
    a_page(n, guid=f"https://gazette.example/?p={n}", title=f"Ferry {n} of the northern line sails")
    for n in range(1, 6)
]


def alternates(session: Session) -> set[tuple[object, ...]]:
    row = AlternateRow
    asked = select(row.scheme, row.scope, row.value, row.story_id, row.seen_at)
    return {tuple(found) for found in session.execute(asked)}


def complete(session: Session, *, pieces: int = 99) -> None:
    last: int | None = 0
    for _ in range(pieces):
        if last is not None:
            last = completion.add_alternates(session, after=last, keys=keys, piece=2)


def test_stories_kept_before_there_were_alternates_get_those_of_any_other(
    session: Session,
) -> None:
    Desk(session).bring(*PAGES)
    as_taken_in = alternates(session)
    assert {scheme for scheme, *_ in as_taken_in} == {"guid", "url", "title"}
    session.execute(delete(AlternateRow))
    complete(session, pieces=1)
    assert len({story for *_, story, _ in alternates(session)}) == 2
    complete(session)  # begun anew, after it was broken off
    assert alternates(session) == as_taken_in
    complete(session)
    assert alternates(session) == as_taken_in


def test_a_feed_that_renames_its_ids_after_that_doubles_nothing(session: Session) -> None:
    desk = Desk(session)
    desk.bring(*PAGES)
    session.execute(delete(AlternateRow))
    complete(session)
    renamed = [
        replace(
            page,
            guid=str(page.guid).replace("https://", "https://www."),
            url=f"{page.url}/amp",
            canonical_url=f"{page.canonical_url}/amp",
        )
        for page in PAGES
    ]
    taken = desk.bring(*renamed)
    assert (taken.new, taken.merged) == (0, len(PAGES))


def test_a_story_that_has_none_is_passed_over(session: Session) -> None:
    Desk(session).bring(a_page(1, guid="7", title="Soon", url=None, canonical_url=None))
    last = completion.add_alternates(session, after=0, keys=keys)
    assert last is not None
    assert completion.add_alternates(session, after=last, keys=keys) is None
    assert alternates(session) == set()
