"""Rulings: editors merge and split developments; nothing of theirs is lost, and all can be undone.

Outlets, stories and items are invented, on example domains.
"""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import developments, drafts, regroup, rulings, timelines
from store.models import (
    AuditRow,
    DevelopmentRow,
    DuplicateRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    ItemTextRow,
    MemberRow,
)
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.store.test_developments import weighed

LATER = FRIDAY + timedelta(hours=1)


class Desk(Newsroom):
    """A newsroom with one open instalment, in which developments are ruled on."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.of_series = self.series()
        self.open = self.instalment(self.of_series)

    def development(self, *titles: str, at: int = 0) -> tuple[int, list[int]]:
        """A development told by stories of these titles; gives its id and theirs."""
        [number] = developments.next_ids(self.session, 1)
        opened = developments.Opened(id=number, title=titles[0], words=frozenset(), at=FRIDAY)
        stories = [self.story(title, "", "Gazette", None, None)[0] for title in titles]
        joined = [weighed(story, number, at + n + 1) for n, story in enumerate(stories)]
        developments.keep(self.session, [opened], joined, at=FRIDAY, revision=1)
        return number, stories

    def item_on(self, development_id: int, **columns: object) -> int:
        """An item of the open instalment on a development."""
        number = self.item(self.open, development_id=development_id)
        if columns:
            self.session.execute(update(ItemRow).where(ItemRow.id == number).values(**columns))
        return number

    def merge(self, into: int, other: int) -> rulings.Ruling:
        return regroup.merge(self.session, into, other, by="ines", at=LATER, reason="one event")

    def split(self, number: int, *stories: int) -> rulings.Ruling:
        return regroup.split(self.session, number, stories, by="ines", at=LATER)

    def undo(self, ruling: rulings.Ruling) -> rulings.Ruling:
        return regroup.undo(self.session, ruling.id, by="omar", at=LATER)

    def of(self, *stories: int) -> list[int]:
        """The development of each of these stories."""
        found = developments.of_stories(self.session, stories)
        return [found[story] for story in stories]

    def shown(self) -> dict[int, int]:
        """The items of the open instalment that are shown, with their developments."""
        asked = select(ItemRow.id, ItemRow.development_id).where(
            ItemRow.instalment_id == self.open, ItemRow.merged_into.is_(None)
        )
        return dict(self.session.execute(asked.order_by(ItemRow.id)).all())

    def everything(self) -> list[list[tuple[object, ...]]]:
        """All that an undo must bring back."""
        member, row, item = MemberRow, DevelopmentRow, ItemRow
        asked = (
            select(member.story_id, member.development_id).order_by(member.story_id),
            select(row.id, row.title, row.merged_into, row.follows_id, row.first_at).order_by(
                row.id
            ),
            select(item.id, item.development_id, item.merged_into, item.state).order_by(item.id),
            select(ItemQuoteRow.id, ItemQuoteRow.item_id).order_by(ItemQuoteRow.id),
        )
        return [[tuple(found) for found in self.session.execute(one)] for one in asked]


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def test_two_developments_become_one_with_who_when_and_why(desk: Desk) -> None:
    one, [first] = desk.development("Ferry talks")
    other, [second, third] = desk.development("Boat talks", "Boat talks end", at=1)
    ruling = desk.merge(one, other)
    assert desk.of(first, second, third) == [one, one, one]
    assert (ruling.kind, ruling.by, ruling.at, ruling.reason) == (
        "merge",
        "ines",
        LATER,
        "one event",
    )
    assert ruling.story_ids == (second, third)
    row = desk.session.get_one(DevelopmentRow, other, populate_existing=True)
    assert row.merged_into == one
    [noted] = desk.session.scalars(
        select(AuditRow).where(AuditRow.subject_kind == "development")
    ).all()
    assert (noted.actor, noted.action, noted.subject_id) == ("ines", "development.merge", str(one))
    shown = timelines.show(desk.session, other)
    assert shown is not None
    assert shown["id"] == one


def test_a_merge_undone_leaves_everything_as_it_was(desk: Desk) -> None:
    one, _ = desk.development("Ferry talks")
    other, _ = desk.development("Boat talks", at=1)
    third, _ = desk.development("Boat talks fail", at=2)
    for number in (third, one):
        desk.session.execute(
            update(DevelopmentRow).where(DevelopmentRow.id == number).values(follows_id=other)
        )
    desk.item_on(one)
    desk.item_on(other, state="accepted", touched_at=LATER)
    before = desk.everything()
    ruling = desk.merge(one, other)
    assert desk.everything() != before
    followers = select(DevelopmentRow.follows_id).where(DevelopmentRow.id.in_([one, third]))
    assert set(desk.session.scalars(followers)) == {None, one}
    undone = desk.undo(ruling)
    assert (undone.undone_by, undone.undone) == ("omar", LATER)
    found = desk.everything()
    assert found[0] == before[0]
    assert found[2:] == before[2:]


def test_an_undone_merge_takes_away_no_story_that_has_become_of_one_text_since(
    desk: Desk,
) -> None:
    one, [first] = desk.development("Ferry talks")
    other, [second] = desk.development("Boat talks", at=1)
    ruling = desk.merge(one, other)
    desk.session.execute(
        insert(DuplicateRow).values(
            story_id=second,
            root_id=first,
            relation="syndicated",
            score=1.0,
            why=[],
            decided_by="machine:test",
            decided_at=LATER,
        )
    )
    desk.undo(ruling)
    assert desk.of(first, second) == [one, other]


def test_what_was_merged_before_goes_along_in_one_hop_and_comes_back(desk: Desk) -> None:
    numbers = [desk.development(f"Talks {n}", at=n)[0] for n in range(3)]
    desk.merge(numbers[1], numbers[2])
    second = desk.merge(numbers[0], numbers[1])
    row = DevelopmentRow
    asked = select(row.merged_into).where(row.id.in_(numbers)).order_by(row.id)
    assert list(desk.session.scalars(asked)) == [None, numbers[0], numbers[0]]
    desk.undo(second)
    assert list(desk.session.scalars(asked)) == [None, None, numbers[1]]


def test_some_stories_become_a_development_of_their_own_with_their_copies(desk: Desk) -> None:
    one, [first, second, copy, fourth] = desk.development("Ferry", "Quake", "Quake!", "Ferry 2")
    desk.session.execute(
        insert(DuplicateRow).values(
            story_id=copy,
            root_id=second,
            relation="syndicated",
            score=1.0,
            why=[],
            decided_by="tests",
            decided_at=FRIDAY,
        )
    )
    ruling = desk.split(one, second)
    assert ruling.story_ids == (second, copy)
    assert desk.of(first, second, copy, fourth) == [one, ruling.other_id, ruling.other_id, one]
    new = desk.session.get_one(DevelopmentRow, ruling.other_id)
    assert (new.title, new.words) == ("Quake", ["quake"])
    desk.undo(ruling)
    assert desk.of(first, second, copy, fourth) == [one] * 4
    assert desk.session.get_one(DevelopmentRow, one, populate_existing=True).title == "Ferry"


def test_where_the_first_story_leaves_the_next_names_the_development(desk: Desk) -> None:
    one, [first, _] = desk.development("Quake", "Ferry talks")
    ruling = desk.split(one, first)
    titles = [
        desk.session.get_one(DevelopmentRow, number, populate_existing=True).title
        for number in (one, ruling.other_id)
    ]
    assert titles == ["Ferry talks", "Quake"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda desk, one, _: desk.merge(one, one), "into itself"),
        (lambda desk, one, _: desk.merge(one, 10**9), "no development 1000000000"),
        (lambda desk, one, _: desk.split(one), "not in development"),
        (lambda desk, one, _: desk.split(one, 10**9), "1000000000"),
        (lambda desk, one, stories: desk.split(one, *stories), "leave at least one"),
    ],
)
def test_what_cannot_be_ruled_is_refused_in_words(desk: Desk, rule: object, said: str) -> None:
    one, stories = desk.development("Ferry talks", "Ferry talks end")
    with pytest.raises(BadInput, match=said):
        rule(desk, one, stories)  # type: ignore[operator]  # one of those above
    assert rulings.everything(desk.session) == []


def test_what_is_merged_already_is_named_with_what_it_is_part_of(desk: Desk) -> None:
    one, other = desk.development("A talk")[0], desk.development("B talk", at=1)[0]
    desk.merge(one, other)
    with pytest.raises(BadInput, match=f"part of development {one} now"):
        desk.merge(one, other)


def test_a_ruling_is_undone_once_and_not_before_what_rests_on_it(desk: Desk) -> None:
    numbers = [desk.development(f"Talks {n}", at=n)[0] for n in range(3)]
    first = desk.merge(numbers[0], numbers[1])
    second = desk.merge(numbers[0], numbers[2])
    with pytest.raises(BadInput, match=f"ruling {second.id} rests on"):
        desk.undo(first)
    desk.undo(second)
    desk.undo(first)
    with pytest.raises(BadInput, match="taken back by omar already"):
        desk.undo(first)
    with pytest.raises(BadInput, match="no ruling 1000000000"):
        regroup.undo(desk.session, 10**9, by="omar", at=LATER)
    assert rulings.standing(desk.session) == []
    assert [one.id for one in rulings.of_development(desk.session, numbers[1])] == [first.id]


# --- items


def test_of_two_items_the_accepted_one_is_kept_and_the_other_stands_aside(desk: Desk) -> None:
    one, _ = desk.development("Ferry talks")
    other, _ = desk.development("Boat talks", at=1)
    queued, accepted = desk.item_on(one), desk.item_on(other, state="accepted", touched_at=LATER)
    ruling = desk.merge(one, other)
    assert desk.shown() == {accepted: one}
    line = drafts.lines(desk.session)[0]
    assert line.items == 1
    desk.undo(ruling)
    assert desk.shown() == {queued: one, accepted: other}


def test_an_item_alone_follows_its_development_and_nobody_decides_on_an_old_page(
    desk: Desk,
) -> None:
    one, other = desk.development("Ferry talks")[0], desk.development("Boat talks", at=1)[0]
    item = desk.item_on(other)
    desk.merge(one, other)
    assert desk.shown() == {item: one}
    assert desk.session.get_one(ItemRow, item, populate_existing=True).version == 2


def a_text(session: Session, item_id: int, markdown: str) -> None:
    session.execute(
        insert(ItemTextRow).values(item_id=item_id, number=1, markdown=markdown, created_at=FRIDAY)
    )


def texts(session: Session, item_id: int) -> list[str]:
    asked = select(ItemTextRow.markdown).where(ItemTextRow.item_id == item_id)
    return list(session.scalars(asked.order_by(ItemTextRow.number)))


def test_what_was_written_into_the_item_set_aside_is_added_to_the_other(desk: Desk) -> None:
    one, other = desk.development("Ferry talks")[0], desk.development("Boat talks", at=1)[0]
    kept, aside = desk.item_on(one, touched_at=LATER), desk.item_on(other)
    a_text(desk.session, kept, "Talks resumed.")
    a_text(desk.session, aside, "Boats, too.")
    version = desk.session.scalar(select(ItemRow.version_id).where(ItemRow.id == aside))
    quote = desk.session.scalar(
        insert(ItemQuoteRow)
        .values(item_id=aside, version_id=version, text="We talk.")
        .returning(ItemQuoteRow.id)
    )
    ruling = desk.merge(one, other)
    assert texts(desk.session, kept) == ["Talks resumed.", "Talks resumed.\n\nBoats, too."]
    asked = select(ItemQuoteRow.item_id).where(ItemQuoteRow.id == quote)
    assert desk.session.scalar(asked) == kept
    desk.undo(ruling)
    assert texts(desk.session, kept)[-1] == "Talks resumed."
    assert texts(desk.session, aside) == ["Boats, too."]
    assert desk.session.scalar(asked) == aside


def test_what_was_written_since_a_merge_stays_when_it_is_undone(desk: Desk) -> None:
    one, other = desk.development("Ferry talks")[0], desk.development("Boat talks", at=1)[0]
    kept, aside = desk.item_on(one, touched_at=LATER), desk.item_on(other)
    a_text(desk.session, aside, "Boats, too.")
    ruling = desk.merge(one, other)
    written = {"item_id": kept, "number": 2, "markdown": "My own.", "created_at": LATER}
    desk.session.execute(insert(ItemTextRow).values(**written))
    desk.undo(ruling)
    assert texts(desk.session, kept) == ["Boats, too.", "My own."]


def test_an_item_follows_its_story_into_a_split_and_both_are_drafted_anew(desk: Desk) -> None:
    one, [story] = desk.development("Ferry talks")
    item = desk.item_on(one, state="accepted", touched_at=LATER)
    shows = desk.session.scalar(select(ItemRow.story_id).where(ItemRow.id == item))
    assert shows is not None
    ruling = desk.split(one, shows)
    assert desk.shown() == {item: ruling.other_id}
    assert desk.of(story) == [one]
    later = desk.item_on(one)
    desk.undo(ruling)  # the accepted one is kept, the later one stands aside
    assert desk.shown() == {item: one}
    assert desk.session.get_one(ItemRow, later, populate_existing=True).merged_into == item


def test_items_of_a_closed_instalment_are_history(desk: Desk) -> None:
    one, other = desk.development("Ferry talks")[0], desk.development("Boat talks", at=1)[0]
    kept, aside = desk.item_on(one), desk.item_on(other)
    ruling = desk.merge(one, other)
    close = update(InstalmentRow).where(InstalmentRow.id == desk.open).values(state="published")
    desk.session.execute(close)
    desk.undo(ruling)
    assert desk.shown() == {kept: one}
    third, _ = desk.development("Talks again", at=2)
    desk.merge(third, one)
    assert desk.shown() == {kept: one}
    assert aside


def test_what_an_earlier_instalment_covered_is_covered_under_its_new_development(
    desk: Desk,
) -> None:
    one, other = desk.development("Ferry talks")[0], desk.development("Boat talks", at=1)[0]
    earlier = desk.instalment(desk.of_series, 2, FRIDAY - timedelta(days=7))
    old = desk.item(earlier, development_id=other)
    close = update(InstalmentRow).where(InstalmentRow.id == earlier).values(state="published")
    desk.session.execute(close)
    desk.item_on(one)
    desk.merge(one, other)
    view = drafts.show(desk.session, "harbour-watch", 1)
    assert view is not None
    [item] = [item for section in view.sections for item in section.items]
    assert [covered["item"] for covered in item.covered_before] == [old]


# --- what clustering hears of it


def test_clustering_hears_where_stories_were_moved(desk: Desk) -> None:
    one, [first, second] = desk.development("Ferry talks", "Ferry talks end")
    assert rulings.last_revision(desk.session) == 0
    ruling = desk.split(one, second)
    revision = rulings.last_revision(desk.session)
    assert revision > 0
    moved = list(rulings.moved_since(desk.session, 0, first=0))
    assert [(m.number, m.development_id, m.title) for m in moved] == [
        (2, ruling.other_id, "Ferry talks end")
    ]
    assert list(rulings.moved_since(desk.session, revision, first=0)) == []
    assert list(rulings.moved_since(desk.session, 0, first=3)) == []
    assert first


# --- what is unsure


def test_near_misses_are_suggested_until_somebody_rules_on_them(desk: Desk) -> None:
    one, [story] = desk.development("Ferry talks")
    other, [near] = desk.development("Boat talks", at=1)
    row = MemberRow
    desk.session.execute(
        update(row)
        .where(row.story_id == near)
        .values(score=0.6, runner_up_id=one, runner_up_score=0.4)
    )
    third, [barely] = desk.development("Whale seen", at=2)
    desk.session.execute(
        update(row).where(row.story_id == barely).values(score=0.55, runner_up_score=0.1)
    )
    sure = update(row).where(row.story_id == story).values(score=0.99)
    desk.session.execute(sure)
    found = timelines.suggestions(desk.session)
    assert [(line["kind"], line["development"], line["other"]) for line in found] == [
        ("split", third, None),
        ("merge", other, one),
    ]
    assert len(timelines.suggestions(desk.session, limit=1)) == 1
    desk.undo(desk.merge(one, other))
    assert [line["kind"] for line in timelines.suggestions(desk.session)] == ["split"]


def test_developments_are_listed_and_shown_with_what_they_go_on_from(desk: Desk) -> None:
    one, [first] = desk.development("Ferry talks")
    other, _ = desk.development("Ferry talks collapse", "Talks collapse", at=1)
    changed = update(DevelopmentRow).where(DevelopmentRow.id == other)
    desk.session.execute(
        changed.values(follows_id=one, follows_score=0.4, follows_why="shares “ferry”")
    )
    lines = timelines.lines(desk.session, words="ferry")
    assert {line["id"]: line["stories"] for line in lines} == {one: 1, other: 2}
    assert [line["id"] for line in timelines.lines(desk.session, size=2)] == [other]
    shown = timelines.show(desk.session, one)
    assert shown is not None
    assert [after["id"] for after in shown["followed_by"]] == [other]
    [told] = shown["timeline"]
    assert (told["id"], told["relation"], told["runner_up"]) == (first, "original", None)
    later = timelines.show(desk.session, other)
    assert later is not None
    assert later["follows"]["why"] == "shares “ferry”"
    assert timelines.show(desk.session, 10**9) is None
