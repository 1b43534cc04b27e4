"""Merges: proposed, made, refused, undone; of neither story is anything lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.errors import BadInput
from pipeline.records import Story
from store import merges, stories
from store.models import MergeRow, SightingRow, StoryKeyRow, StoryRow, VersionRow
from store.session import transaction
from tests.store.test_intake import NOW, Desk, a_page, at_once, count

TEXT = " ".join(
    f"Delegate {name} said that the talks would go on before the winter."
    for name in ("Arden", "Brill", "Cole", "Dorn", "Eames", "Falk", "Gray", "Hale")
)
OLD = a_page(1, text=TEXT)
# The same headline and text, under another id and at another address.
MOVED = replace(
    OLD,
    guid="moved-1",
    url="https://gazette.example/news/one",
    canonical_url="https://gazette.example/news/one",
)
LATER = NOW + timedelta(hours=5)


def make(session: Session, merge_id: int) -> None:
    merges.make(
        session, merge_id, by="ines", at=LATER, revise=dedupe.revised, leading=dedupe.leading
    )


def undo(session: Session, merge_id: int) -> tuple[int, int]:
    return merges.undo(
        session, merge_id, by="ines", at=LATER, revise=dedupe.revised, leading=dedupe.leading
    )


def the_merge(session: Session) -> MergeRow:
    session.expire_all()
    return session.scalars(select(MergeRow)).one()


def shown(session: Session, story_id: int) -> tuple[object, object]:
    session.expire_all()
    story = stories.show(session, story_id)
    assert story is not None
    return story["id"], story["title"]


def standing(session: Session, story_id: int) -> Sequence[object]:
    """All that decides what is shown of a story and what it is known by."""
    session.expire_all()
    row, said, key = StoryRow, SightingRow, StoryKeyRow
    facts = select(row.current_version, row.outlet_id, row.merged_into).where(row.id == story_id)
    sightings = select(*said.__table__.columns).where(said.story_id == story_id)
    keys = select(*key.__table__.columns).where(key.story_id == story_id)
    return [
        *session.execute(facts),
        *session.execute(sightings.order_by(said.feed_id)),
        *session.execute(keys.order_by(key.scheme, key.value)),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        MOVED,
        replace(MOVED, canonical_url="https://www.gazette.example/world/1"),
        replace(MOVED, canonical_url="https://gazette.example/world/1/", text="", summary="Brief."),
        replace(MOVED, canonical_url="https://gazette.example/world/1/amp"),
    ],
)
def test_a_story_under_a_new_id_and_address_is_shown_as_the_one_it_is(
    session: Session, changed: Story
) -> None:
    desk = Desk(session)
    [first] = desk.bring(OLD).to_place
    taken = desk.bring(changed, at=LATER)
    assert (taken.new, taken.merged) == (0, 1)
    merge = the_merge(session)
    assert (merge.into_id, merge.state, merge.decided_by) == (first, "made", "machine:alternates/1")
    assert merge.why[0]["text"]
    assert [line["id"] for line in stories.lines(session)] == [first]
    assert stories.count(session)["stories"] == 1
    assert shown(session, merge.story_id)[0] == first
    told = stories.show(session, first)
    assert told is not None
    assert told["url"] == changed.url  # where its page is now
    again = desk.bring(changed, OLD, at=LATER)
    assert (again.known, again.new, again.changed) == (2, 0, 0)


def test_a_guid_that_changed_its_form_with_its_address_is_the_same_story(session: Session) -> None:
    desk = Desk(session)
    pages = [
        a_page(
            n, guid=f"http://gazette.example/?p={n}", title=f"Ferry {n} sails for Port Lucan now"
        )
        for n in range(5)
    ]
    assert desk.bring(*pages).new == 5
    renamed = [
        replace(
            page,
            guid=f"https://www.gazette.example/?p={n}",
            canonical_url=f"https://gazette.example/news/ferry-{n}",
        )
        for n, page in enumerate(pages)
    ]
    taken = desk.bring(*renamed, at=LATER)
    assert (taken.new, taken.merged, taken.known + taken.changed) == (0, 5, 5)
    assert stories.count(session)["stories"] == 5


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        (replace(MOVED, text=TEXT + " 12 ferries wait."), 0),  # another figure
        (replace(MOVED, text=""), 0),  # a headline alone says nothing
        (MOVED, 8),  # a week later
        (replace(MOVED, title="Envoys leave Geneva without a word"), 0),
        (replace(MOVED, canonical_url="https://other.example/news/one"), 0),
        (replace(OLD, guid="n", canonical_url="https://gazette.example/world/1?id=2", text=""), 0),
    ],
)
def test_what_may_be_another_story_is_kept_apart(
    session: Session, changed: Story, days: int
) -> None:
    desk = Desk(session)
    desk.bring(OLD)
    assert desk.bring(changed, at=NOW + timedelta(days=days)).new == 1
    assert stories.count(session)["stories"] == 2


def test_two_items_of_one_document_are_two_stories(session: Session) -> None:
    desk = Desk(session)
    desk.bring(OLD)
    assert desk.bring(OLD, MOVED).new == 1
    assert session.scalars(select(MergeRow)).all() == []


def test_what_is_not_sure_is_proposed_once_and_waits_for_a_person(session: Session) -> None:
    desk = Desk(session)
    [first] = desk.bring(OLD).to_place
    [second] = desk.bring(replace(MOVED, text=TEXT + " 12 ferries wait.")).to_place
    [line] = merges.proposed(session)
    assert (line.story_id, line.into_id, line.alternate) == (second, first, "title")
    assert (line.title, line.into_title) == (OLD.title, OLD.title)
    assert line.proposed_by == "machine:alternates/1"
    merges.refuse(session, line.id, by="ines", at=LATER)
    assert merges.proposed(session) == []
    again = merges.propose(session, second, first, why="one text", by="ines", at=LATER)
    assert again is None
    assert the_merge(session).state == "refused"
    with pytest.raises(BadInput, match="is refused"):
        merges.refuse(session, line.id, by="ines", at=LATER)


def test_a_merge_undone_leaves_both_as_if_it_had_never_been(session: Session) -> None:
    desk, other = Desk(session), Desk(session, outlet="digest")
    [first] = desk.bring(OLD).to_place
    before = standing(session, first)
    desk.bring(MOVED, at=LATER)
    merge = the_merge(session)
    second = merge.story_id
    corrected = replace(MOVED, title="Envoys walk out of Geneva talks over prisoners")
    taken = desk.bring(corrected, at=LATER)
    assert (taken.changed, taken.to_place) == (1, [first])
    assert shown(session, first) == (first, corrected.title)
    other.bring(replace(OLD, guid="d-1", summary="Talks."))  # a lesser feed moves nothing
    assert shown(session, first) == (first, corrected.title)

    assert undo(session, merge.id) == (second, first)
    assert [fact for fact in before if fact in standing(session, first)] == before
    assert shown(session, first) == (first, OLD.title)
    assert shown(session, second) == (second, corrected.title)
    rows = session.scalars(select(StoryRow)).all()
    assert {row.work_state for row in rows} == {"ready"}
    further = replace(corrected, title="Envoys return to Geneva after a walk-out")
    assert desk.bring(further, at=LATER).to_place == [second]
    assert shown(session, first) == (first, OLD.title)
    assert the_merge(session).undone_by == "ines"


def test_what_was_said_of_the_shown_story_meanwhile_outlives_the_merge(session: Session) -> None:
    desk = Desk(session)
    [first] = desk.bring(OLD).to_place
    desk.bring(MOVED, at=LATER)
    own = replace(OLD, title="Envoys walk out of Geneva talks over prisoners")
    desk.bring(own, at=LATER)
    undo(session, the_merge(session).id)
    assert shown(session, first) == (first, own.title)


def test_a_merge_can_be_undone_and_made_any_number_of_times(session: Session) -> None:
    desk = Desk(session)
    [first] = desk.bring(OLD).to_place
    before = standing(session, first)
    desk.bring(MOVED, at=LATER)
    merge_id = the_merge(session).id
    merged = standing(session, first)
    for _ in range(2):
        undo(session, merge_id)
        assert standing(session, first) == before
        make(session, merge_id)
        assert standing(session, first) == merged
    with pytest.raises(BadInput, match="is made"):
        make(session, merge_id)
    undo(session, merge_id)
    with pytest.raises(BadInput, match="is undone, not made"):
        undo(session, merge_id)
    assert desk.bring(MOVED, at=LATER).merged == 0


def test_people_merge_stories_of_two_outlets_and_the_nearer_ones_word_stands(
    session: Session,
) -> None:
    [first] = Desk(session).bring(OLD).to_place
    elsewhere = replace(MOVED, title="Talks go on", canonical_url="https://list.example/9")
    aside = Desk(session, outlet="digest")
    [second] = aside.bring(elsewhere).to_place
    before = standing(session, first)
    merge_id = merges.propose(session, second, first, why="one text", by="ines", at=LATER)
    assert merge_id is not None
    make(session, merge_id)
    assert shown(session, second) == (first, OLD.title)
    assert aside.bring(replace(elsewhere, title="Talks go on and on"), at=LATER).to_place == []
    undo(session, merge_id)
    assert standing(session, first) == before
    assert shown(session, second)[0] == second


def test_what_was_merged_into_a_story_goes_along_with_it_and_comes_back(session: Session) -> None:
    desk = Desk(session)
    ids = [desk.bring(a_page(n)).to_place[0] for n in range(1, 4)]
    inner = merges.propose(session, ids[2], ids[1], why="one", by="ines", at=NOW)
    outer = merges.propose(session, ids[1], ids[0], why="one", by="ines", at=NOW)
    assert inner is not None
    assert outer is not None
    make(session, inner)
    make(session, outer)
    into = select(StoryRow.merged_into).order_by(StoryRow.id)
    assert list(session.scalars(into)) == [None, ids[0], ids[0]]
    undo(session, outer)
    assert list(session.scalars(into)) == [None, None, ids[1]]


def test_a_merge_that_makes_no_sense_is_refused_with_the_reason(session: Session) -> None:
    desk = Desk(session)
    ids = [desk.bring(a_page(n)).to_place[0] for n in range(1, 4)]
    with pytest.raises(BadInput, match="into itself"):
        merges.propose(session, ids[0], ids[0], why="", by="ines", at=NOW)
    first = merges.propose(session, ids[1], ids[0], why="", by="ines", at=NOW)
    back = merges.propose(session, ids[0], ids[1], why="", by="ines", at=NOW)
    onto = merges.propose(session, ids[2], ids[1], why="", by="ines", at=NOW)
    assert first is not None
    assert back is not None
    assert onto is not None
    make(session, first)
    with pytest.raises(BadInput, match="undo that merge first"):
        make(session, back)
    with pytest.raises(BadInput, match=f"propose to merge {ids[2]} into {ids[0]}"):
        make(session, onto)
    with pytest.raises(BadInput, match="there is no merge 99"):
        make(session, 99_999)


def test_nothing_of_a_merged_story_is_discarded(session: Session) -> None:
    desk = Desk(session)
    desk.bring(OLD)
    desk.bring(MOVED, at=LATER)
    second = the_merge(session).story_id
    own = select(VersionRow.title).where(VersionRow.story_id == second)
    assert session.scalars(own).all() == [MOVED.title]
    known_by = select(StoryKeyRow.scheme).where(StoryKeyRow.story_id == second)
    assert {"guid", "url"} <= set(session.scalars(known_by))
    session.execute(update(StoryRow).values(work_state="done"))
    desk.bring(replace(MOVED, published_raw="Tue, 10 Mar 2026 11:00:00 GMT"), at=LATER)
    assert set(session.scalars(select(StoryRow.work_state))) == {"done"}


def test_forms_of_one_page_that_arrive_at_the_same_instant_are_shown_as_one(
    database: Engine,
) -> None:
    """From several sections of an outlet, some of which bring all forms of a page in turn."""
    host = "gazette.example"
    forms = tuple(
        f"https://{form}" for form in (f"{host}/{{}}", f"www.{host}/{{}}", f"{host}/{{}}/")
    )
    with transaction(database) as session:
        for place in range(len(forms)):
            Desk(session, path=f"section-{place}")

    def bring(place: int) -> None:
        for turn in range(len(forms)):
            form = forms[(place + turn) % len(forms)]
            pages = [
                a_page(n, guid=f"{form} {n}", canonical_url=form.format(n), url=form.format(n))
                for n in range(8)
            ]
            with transaction(database) as session:
                Desk(session, path=f"section-{place}").bring(*pages)

    at_once(*(partial(bring, place) for place in range(len(forms))))
    with transaction(database) as session:
        assert stories.count(session)["stories"] == 8
        assert count(session, StoryRow) == 8 * len(forms)
        into = set(session.scalars(select(StoryRow.merged_into)))
        shown_ones = select(StoryRow.id).where(StoryRow.merged_into.is_(None))
        assert into - {None} == set(session.scalars(shown_ones))


@pytest.mark.parametrize("is_inner_first", [True, False])
def test_merges_in_a_chain_leave_no_foreign_words_when_undone(
    session: Session, *, is_inner_first: bool
) -> None:
    desk = Desk(session)
    told = [("Envoys meet in Geneva", TEXT), ("Grain ships leave", "Grain. " * 40)]
    told.append(("Bridge reopens after a year", "The bridge. " * 40))
    pages = [a_page(n, title=title, text=text) for n, (title, text) in enumerate(told)]
    first, middle, last = (desk.bring(page, at=LATER).to_place[0] for page in pages)
    before = standing(session, last)
    merge_ids = []
    for one, into in ((first, middle), (middle, last)):
        merge_id = merges.propose(session, one, into, why="one", by="ines", at=LATER)
        assert merge_id is not None
        make(session, merge_id)
        merge_ids.append(merge_id)
    inner, outer = merge_ids
    corrected = replace(pages[0], title="Envoys walk out", text=f"{TEXT} More was said.")
    desk.bring(corrected, at=LATER + timedelta(hours=1))
    assert shown(session, first) == (last, corrected.title)
    if is_inner_first:
        undo(session, inner)
        assert shown(session, first) == (first, corrected.title)
        assert shown(session, middle) == (last, pages[1].title)
        undo(session, outer)
    else:
        undo(session, outer)
        assert shown(session, first) == (middle, corrected.title)
        assert standing(session, last) == before
        undo(session, inner)
    assert standing(session, last) == before
    for story_id, page in zip((first, middle, last), (corrected, *pages[1:]), strict=True):
        assert shown(session, story_id) == (story_id, page.title)
