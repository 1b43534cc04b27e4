"""Taking stories in: none lost, none doubled, nothing overwritten, whoever brings them and when."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.records import Answer, Story
from store import documents, feeds, intake
from store.models import DuplicateRow, SightingRow, StoryRow, VersionRow
from store.session import transaction
from tests.builders import a_story
from workers.flow import revision_of

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
LONG = " ".join(f"word{n}" for n in range(60))


class Desk:
    """A feed of an outlet, and a way to bring its stories in."""

    def __init__(self, session: Session, outlet: str = "gazette", path: str = "world") -> None:
        self.session = session
        self.outlet_id = feeds.ensure_outlet(session, key=outlet, name=outlet.title())
        url = f"https://{outlet}.example/{path}.xml"
        self.feed_id = feeds.ensure_feed(session, url=url, outlet_id=self.outlet_id)

    def document(self, at: datetime = NOW) -> int:
        answer = Answer(url="https://gazette.example/f", status=200, headers={}, body=b"x")
        return documents.keep(
            self.session,
            feed_id=self.feed_id,
            fetch_token=uuid.uuid4(),
            answer=answer,
            body_hash="x",
            at=at,
        )

    def bring(
        self, *stories: Story, at: datetime = NOW, document_id: int | None = None
    ) -> intake.TakenIn:
        document_id = document_id or self.document(at)
        return intake.take_in(
            self.session,
            [intake.Arrival(story=story, keys=dedupe.keys(story)) for story in stories],
            feed_id=self.feed_id,
            outlet_id=self.outlet_id,
            document_id=document_id,
            at=at,
            revise=revision_of,
        )


def a_page(number: int = 1, **changes: object) -> Story:
    story = a_story(
        title=f"Envoys meet in Geneva for round {number} of the talks",
        summary=f"Delegations arrived for round {number}.",
        text="",
        guid=f"tag:{number}",
        url=f"https://gazette.example/world/{number}",
        canonical_url=f"https://gazette.example/world/{number}",
        published_raw="Mon, 09 Mar 2026 11:00:00 GMT",
    )
    return replace(story, **changes)  # type: ignore[arg-type]  # a test names any field it likes


def versions(session: Session) -> Sequence[tuple[int, int, str, str]]:
    asked = select(VersionRow.story_id, VersionRow.number, VersionRow.kind, VersionRow.title)
    return list(session.execute(asked.order_by(VersionRow.id)).all())


def count(session: Session, table: type[StoryRow | SightingRow | VersionRow]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_document_again_adds_nothing(session: Session) -> None:
    desk = Desk(session)
    first = desk.bring(a_page(1), a_page(2))
    again = desk.bring(a_page(1), a_page(2), at=NOW + timedelta(hours=1))
    assert (first.new, first.known, len(first.to_place)) == (2, 0, 2)
    assert (again.new, again.changed, again.known, again.to_place) == (0, 0, 2, [])
    assert count(session, StoryRow) == count(session, VersionRow) == 2


def test_same_page_from_two_feeds_is_one_story_seen_twice(session: Session) -> None:
    Desk(session, path="world").bring(a_page(1))
    taken = Desk(session, path="top").bring(a_page(1, guid="another-guid"))
    assert (taken.new, taken.known) == (0, 1)
    assert count(session, StoryRow) == 1
    assert count(session, SightingRow) == 2


def test_one_page_listed_twice_in_a_document_is_one_story(session: Session) -> None:
    taken = Desk(session).bring(a_page(1), a_page(1, guid="tag:other"))
    assert (taken.new, taken.known) == (1, 1)
    assert count(session, StoryRow) == 1


def test_a_new_headline_is_a_further_version_and_the_old_one_stays(session: Session) -> None:
    desk = Desk(session)
    [story_id] = desk.bring(a_page(1)).to_place
    retitled = a_page(1, title="Envoys walk out of Geneva talks over prisoners")
    taken = desk.bring(retitled, at=NOW + timedelta(hours=1))
    assert (taken.changed, taken.to_place) == (1, [story_id])
    assert [(v[1], v[2]) for v in versions(session)] == [(1, "first"), (2, "substantive")]
    row = session.scalars(select(StoryRow)).one()
    assert row.current_version == 2
    assert row.first_seen_at == NOW


def test_a_new_date_alone_is_kept_as_a_date_change(session: Session) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    moved = a_page(1, published=NOW, published_raw="Mon, 09 Mar 2026 12:00:00 GMT")
    assert desk.bring(moved).changed == 1
    assert [v[2] for v in versions(session)] == ["first", "date_only"]


def test_a_story_that_flips_between_two_headlines_has_two_versions_and_shows_the_last(
    session: Session,
) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    other = a_page(1, title="Envoys walk out of Geneva talks over prisoners")
    for hour in range(1, 7):
        desk.bring(other if hour % 2 else a_page(1), at=NOW + timedelta(hours=hour))
    assert len(versions(session)) == 2
    assert session.scalars(select(StoryRow)).one().current_version == 1


def test_an_older_document_read_late_is_kept_but_changes_nothing_that_stands(
    session: Session,
) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    older, newer = desk.document(), desk.document()
    corrected = a_page(1, title="Envoys walk out of Geneva talks over prisoners")
    desk.bring(corrected, document_id=newer)
    late = a_page(1, title="Envoys expected to sign in Geneva before the weekend")
    for _ in range(2):
        assert desk.bring(late, document_id=older).to_place == []
    row = session.scalars(select(StoryRow)).one()
    shown = {number: title for _, number, _, title in versions(session)}
    assert shown[row.current_version] == corrected.title
    assert late.title in shown.values()
    assert len(shown) == 3
    assert desk.bring(corrected).known == 1


def test_a_story_that_changes_at_every_poll_stops_at_the_limit(session: Session) -> None:
    desk = Desk(session)
    for n in range(40):
        desk.bring(a_page(1, summary=f"Standing: {n} delegations of {n * 7} arrived, said {n}."))
    assert len(versions(session)) == intake.MOST_VERSIONS


def test_two_feeds_that_word_one_story_apart_do_not_rewrite_each_other(session: Session) -> None:
    world, top = Desk(session, path="world"), Desk(session, path="top")
    short = a_page(1, guid="top-1", summary="Talks.")
    for hour in range(3):
        world.bring(a_page(1), at=NOW + timedelta(hours=hour))
        top.bring(short, at=NOW + timedelta(hours=hour))
    assert len(versions(session)) == 1


def test_a_guid_given_to_another_story_makes_a_new_story_and_leaves_the_old(
    session: Session,
) -> None:
    desk = Desk(session)
    old = a_page(1, summary="Delegations of both sides arrived at the lake for three days.")
    new = a_page(
        1,
        title="Budget airline cancels four hundred flights",
        summary="Thousands of passengers are stranded after a computer failure on Monday.",
        url="https://gazette.example/business/77",
        canonical_url="https://gazette.example/business/77",
    )
    [first] = desk.bring(old).to_place
    [second] = desk.bring(new).to_place
    assert first != second
    for hour, story in enumerate((old, new, old, new)):
        taken = desk.bring(story, at=NOW + timedelta(hours=hour))
        assert (taken.new, taken.changed) == (0, 0)
    assert count(session, StoryRow) == count(session, VersionRow) == 2


def test_the_same_body_from_another_outlet_is_a_copy_of_the_first(session: Session) -> None:
    [root] = Desk(session, outlet="meridian").bring(a_page(1, text=LONG)).to_place
    elsewhere = a_page(2, text=LONG, title="A headline of the paper's own")
    [copy] = Desk(session, outlet="gazette").bring(elsewhere).to_place
    row = session.scalars(select(DuplicateRow)).one()
    assert (row.story_id, row.root_id, row.relation) == (copy, root, "syndicated")
    assert row.why


def test_a_story_with_neither_guid_nor_link_is_known_by_its_text(session: Session) -> None:
    desk = Desk(session)
    bare = a_page(1, guid=None, url=None, canonical_url=None)
    assert desk.bring(bare).new == 1
    assert desk.bring(bare).known == 1


def test_an_empty_document_changes_nothing(session: Session) -> None:
    assert Desk(session).bring() == intake.TakenIn()


def test_copies_and_carriers_arriving_at_the_same_instant_leave_one_of_each(
    database: Engine,
) -> None:
    """Six workers bring the same pages and the same bodies in different order, all at once."""
    with transaction(database) as session:
        desks = [(f"outlet{n}", Desk(session, outlet=f"outlet{n}")) for n in range(6)]
    start = threading.Barrier(len(desks))
    failures: list[BaseException] = []

    def bring(name: str, order: int) -> None:
        shared = [a_page(n, text="", guid=f"{name}-{n}") for n in range(25)]
        copies = [
            a_page(
                n,
                guid=f"{name}-copy-{n}",
                text=f"{LONG} {n}",
                url=f"https://{name}.example/{n}",
                canonical_url=f"https://{name}.example/{n}",
            )
            for n in range(100, 125)
        ]
        mixed = [*shared, *copies]
        mixed = mixed[order * 8 :] + mixed[: order * 8]
        try:
            start.wait()
            for lot in range(0, len(mixed), 10):
                with transaction(database) as session:
                    Desk(session, outlet=name).bring(*mixed[lot : lot + 10])
        except BaseException as problem:  # noqa: BLE001  # told to the test below
            failures.append(problem)

    threads = [threading.Thread(target=bring, args=(name, n)) for n, (name, _) in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with transaction(database) as session:
        assert count(session, StoryRow) == 25 + 25 * len(desks)
        roots = session.execute(
            select(DuplicateRow.root_id, func.count()).group_by(DuplicateRow.root_id)
        ).all()
        assert len(roots) == 25
        assert {copies for _, copies in roots} == {len(desks) - 1}
