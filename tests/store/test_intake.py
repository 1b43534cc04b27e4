"""Taking stories in: none lost, none doubled, nothing overwritten, whoever brings them and when."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import permutations

from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.records import Answer, OutletKind, Story
from store import documents, feeds, intake
from store.models import OutletRow, SightingRow, StoryKeyRow, StoryRow, VersionRow
from store.session import transaction
from tests.builders import a_story
from workers.reading import RULES

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
LONG = " ".join(f"word{n}" for n in range(60))


class Desk:
    """A feed of an outlet, and a way to bring its stories in."""

    def __init__(
        self,
        session: Session,
        outlet: str = "gazette",
        path: str = "world",
        kind: OutletKind = "outlet",
    ) -> None:
        self.session = session
        self.outlet_id = feeds.ensure_outlet(session, key=outlet, name=outlet.title(), kind=kind)
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
            rules=RULES,
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


def redated(hours: int, **changes: object) -> Story:
    at = NOW + timedelta(hours=hours)
    return a_page(1, published=at, published_raw=format_datetime(at, usegmt=True), **changes)


def test_a_new_date_alone_is_kept_and_shown_to_nobody(session: Session) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    session.execute(update(StoryRow).values(work_state="done"))
    for _ in range(2):
        taken = desk.bring(redated(1))
        assert (taken.changed, taken.known, taken.to_place) == (0, 1, [])
    assert [v[2] for v in versions(session)] == ["first", "date_only"]
    row = session.scalars(select(StoryRow)).one()
    assert (row.current_version, row.work_state) == (1, "done")


def test_a_feed_that_dates_everything_anew_at_each_poll_does_not_hide_a_correction(
    session: Session,
) -> None:
    desk = Desk(session)
    for hour in range(40):
        desk.bring(redated(hour), at=NOW + timedelta(hours=hour))
    corrected = redated(41, title="Envoys walk out of Geneva talks over prisoners")
    assert desk.bring(corrected).changed == 1
    kinds = [v[2] for v in versions(session)]
    assert kinds == ["first", *["date_only"] * intake.MOST_VERSIONS, "substantive"]
    assert desk.bring(redated(42, title=corrected.title)).redated == 1


def test_a_correction_under_an_unchanged_date_is_a_version(session: Session) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    taken = desk.bring(a_page(1, title="Envoys walk out of Geneva talks over prisoners"))
    assert taken.changed == 1


def test_a_late_entry_with_an_older_date_is_taken_in(session: Session) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    taken = desk.bring(a_page(2, published=NOW - timedelta(days=400), published_raw="2025"))
    assert taken.new == 1


def test_what_vanishes_and_comes_back_and_lists_that_take_turns_are_no_news(
    session: Session,
) -> None:
    desk = Desk(session)
    halves = [[a_page(n) for n in range(10)], [a_page(n) for n in range(10, 20)]]
    for turn in range(6):
        taken = desk.bring(*halves[turn % 2], at=NOW + timedelta(hours=turn))
        assert (taken.new, taken.changed, taken.redated) == (10 if turn < 2 else 0, 0, 0)
    assert count(session, StoryRow) == count(session, VersionRow) == 20


def test_a_story_that_flips_between_two_headlines_is_followed_there_and_back_and_no_further(
    session: Session,
) -> None:
    desk = Desk(session)
    desk.bring(a_page(1))
    other = a_page(1, title="Envoys walk out of Geneva talks over prisoners")
    for hour in range(1, 7):
        desk.bring(other if hour % 2 else a_page(1), at=NOW + timedelta(hours=hour))
    assert len(versions(session)) == 2
    assert session.scalars(select(StoryRow)).one().current_version == 2


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
    assert session.scalars(select(StoryRow)).one().changes_not_kept == 40 - intake.MOST_VERSIONS


def test_an_aggregate_that_keeps_changing_does_not_use_up_what_the_outlet_may_change(
    session: Session,
) -> None:
    own, aggregate = Desk(session), Desk(session, outlet="digest")
    own.bring(a_page(1))
    for n in range(30):
        aggregate.bring(a_page(1, summary=f"In {n} words, {n * 3} in all: {n} talks."))
    taken = own.bring(a_page(1, title="Envoys walk out of Geneva talks over prisoners"))
    assert (taken.changed, taken.flapping) == (1, 0)
    assert shown(session) == ("gazette", "Envoys walk out of Geneva talks over prisoners")


def test_two_feeds_that_word_one_story_apart_do_not_rewrite_each_other(session: Session) -> None:
    world, top = Desk(session, path="world"), Desk(session, path="top")
    short = a_page(1, guid="top-1", summary="Talks.")
    for hour in range(3):
        world.bring(a_page(1), at=NOW + timedelta(hours=hour))
        taken = top.bring(short, at=NOW + timedelta(hours=hour))
        assert (taken.known, taken.to_place) == (1, [])
    assert [kind for _, _, kind, _ in versions(session)] == ["first", "carried"]
    assert session.scalars(select(StoryRow)).one().current_version == 1


def shown(session: Session) -> tuple[str, str]:
    """The outlet and headline under which the one story there is is shown."""
    asked = (
        select(OutletRow.key, VersionRow.title)
        .join(StoryRow, StoryRow.outlet_id == OutletRow.id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
    )
    outlet, title = session.execute(asked).one()
    return outlet, title


OWN = a_page(1, guid="own-1", summary="Delegations of both sides arrived at the lake.", text=LONG)
BARE = a_page(1, guid="digest-1", title="Geneva talks: round 1", summary="", text="")
WIRED = a_page(1, guid="wire-1", title="Talks in Geneva resume", summary="Talks resumed.")


def test_the_outlets_own_word_takes_over_from_an_aggregates(session: Session) -> None:
    aggregate, own = Desk(session, outlet="digest"), Desk(session)
    [story_id] = aggregate.bring(BARE).to_place
    taken = own.bring(OWN, at=NOW + timedelta(minutes=5))
    assert (taken.new, taken.changed, taken.to_place) == (0, 1, [story_id])
    assert shown(session) == ("gazette", OWN.title)
    assert [kind for _, _, kind, _ in versions(session)] == ["first", "owner"]
    reworded = replace(BARE, title="Geneva talks: round 1 begins")
    assert aggregate.bring(reworded).to_place == []
    assert shown(session) == ("gazette", OWN.title)
    assert [kind for _, _, kind, _ in versions(session)] == ["first", "owner", "carried"]


def test_an_owner_that_says_the_same_takes_the_story_over_in_silence(session: Session) -> None:
    [story_id] = Desk(session, outlet="digest").bring(a_page(1)).to_place
    taken = Desk(session).bring(a_page(1, guid="own-1"))
    assert (taken.known, taken.changed) == (1, 0)
    assert shown(session)[0] == "gazette"
    assert session.scalars(select(StoryRow.id)).one() == story_id
    dated = redated(1, guid="wire-1")
    other = Desk(session, outlet="wire", kind="wire")
    assert (other.bring(dated).changed, shown(session)[0]) == (0, "gazette")


def test_an_owners_date_takes_over_without_being_called_a_change(session: Session) -> None:
    Desk(session, outlet="digest").bring(a_page(1))
    assert Desk(session).bring(redated(1, guid="own-1")).changed == 0
    assert [kind for _, _, kind, _ in versions(session)] == ["first", "date_only"]
    assert session.scalars(select(StoryRow)).one().current_version == 2


def test_whose_word_stands_does_not_depend_on_who_was_read_first(session: Session) -> None:
    for order in permutations(range(5)):
        attempt = session.begin_nested()
        _read_in_order(session, order)
        attempt.rollback()


def _read_in_order(session: Session, order: tuple[int, ...]) -> None:
    """An aggregate, a wire, and two feeds of the outlet, one of which corrects its headline."""
    corrected = replace(OWN, title="Envoys walk out of Geneva talks over prisoners", guid="top-1")
    sections = [Desk(session, path=path) for path in ("world", "top")]
    said = [
        (Desk(session, outlet="digest"), [BARE]),
        (Desk(session, outlet="wire", kind="wire"), [WIRED]),
        (sections[0], [OWN]),
        (sections[1], [replace(OWN, summary="Arrived.", guid="top-1"), corrected]),
    ]
    # Each feed's documents were fetched in their order; they are read in any.
    documents_of = [(desk, story, desk.document()) for desk, stories in said for story in stories]
    for place in order:
        desk, story, document_id = documents_of[place]
        desk.bring(story, document_id=document_id)
    assert shown(session) == ("gazette", corrected.title)
    assert count(session, StoryRow) == 1
    titles = {title for *_, title in versions(session)}
    assert titles == {BARE.title, WIRED.title, OWN.title, corrected.title}


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


def test_a_story_with_neither_guid_nor_link_is_known_by_its_text(session: Session) -> None:
    desk = Desk(session)
    bare = a_page(1, guid=None, url=None, canonical_url=None)
    assert desk.bring(bare).new == 1
    assert desk.bring(bare).known == 1


def test_a_document_costs_as_many_statements_whatever_the_number_of_its_stories(
    session: Session,
) -> None:
    desk = Desk(session)
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2]))
    for pages, statements in (((1,), 4), (range(2, 90), 4), (range(90), 4), (range(90), 2)):
        document_id = desk.document()
        asked.clear()
        desk.bring(*map(a_page, pages), document_id=document_id)
        assert len(asked) == statements


def test_an_empty_document_changes_nothing(session: Session) -> None:
    assert Desk(session).bring() == intake.TakenIn()


def at_once(*jobs: Callable[[], object]) -> None:
    """Do these jobs in a thread each, starting at the same instant; fails if one of them does."""
    start = threading.Barrier(len(jobs))
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except BaseException as problem:  # noqa: BLE001  # told to the test below
            failures.append(problem)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_feeds_that_race_for_a_story_leave_it_to_its_outlet(database: Engine) -> None:
    kinds: list[tuple[str, OutletKind]] = [
        *(("gazette", "outlet"), ("wire", "wire"), ("digest", "outlet"), ("list", "outlet"))
    ]
    with transaction(database) as session:
        for outlet, kind in kinds:
            Desk(session, outlet=outlet, kind=kind)

    def bring(outlet: str, kind: OutletKind) -> None:
        pages = [
            a_page(n, guid=f"{outlet}-{n}", summary=f"As {outlet} has it, for the {n}th time.")
            for n in range(20)
        ]
        for n in range(0, 20, 4):
            with transaction(database) as session:
                Desk(session, outlet=outlet, kind=kind).bring(*pages[n : n + 4])

    at_once(*(partial(bring, *one) for one in kinds))
    with transaction(database) as session:
        assert count(session, StoryRow) == 20
        asked = select(OutletRow.key).join(StoryRow, StoryRow.outlet_id == OutletRow.id)
        assert set(session.scalars(asked)) == {"gazette"}
        standing = select(VersionRow.summary).join(
            StoryRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        assert all("gazette" in summary for summary in session.scalars(standing))
        assert count(session, VersionRow) == 80


def test_copies_and_carriers_arriving_at_the_same_instant_leave_one_of_each(
    database: Engine,
) -> None:
    """Six workers bring the same pages and the same bodies in different order, all at once."""
    with transaction(database) as session:
        desks = [(f"outlet{n}", Desk(session, outlet=f"outlet{n}")) for n in range(6)]

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
        for lot in range(0, len(mixed), 10):
            with transaction(database) as session:
                Desk(session, outlet=name).bring(*mixed[lot : lot + 10])

    at_once(*(partial(bring, name, n) for n, (name, _) in enumerate(desks)))
    with transaction(database) as session:
        assert count(session, StoryRow) == 25 + 25 * len(desks)
        # One story is noted as the first with each body, whoever brought it.
        bodies = select(func.count()).where(StoryKeyRow.scheme == "body")
        assert session.scalar(bodies) == 25
