"""Texts upon texts: whoever saves when and in whatever order, no word of anybody is lost."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.worddiff import merged
from store import presences, texts
from store.models import InstalmentRow, InstalmentTextRow, ItemRow, ItemTextRow, PresenceRow
from store.texts import Overtaken, Shut, Version, Wish
from store.users import Person
from tests.desk.newsroom import FRIDAY, Newsroom


class Desk:
    """Two people at one item."""

    def __init__(self, session: Session) -> None:
        self.session = session
        room = Newsroom(session)
        self.people = (room.person("ann", "Ann Reed"), room.person("ben", "Ben Okoro"))
        self.instalment = room.instalment(room.series(), 7)
        self.item = room.item(self.instalment)

    def save(self, who: Person, markdown: str, based_on: int, **more: object) -> Version:
        wish = Wish(markdown=markdown, based_on=based_on, **more)  # type: ignore[arg-type]  # a test names any field
        return texts.save_item(self.session, self.item, who, wish, now=FRIDAY)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def test_saves_of_one_tab_are_one_version_until_it_was_quiet(desk: Desk) -> None:
    ann, _ = desk.people
    first = desk.save(ann, "One", 0, tab="a", turn=1)
    second = desk.save(ann, "One two", first.made, tab="a", turn=2)
    assert (second.number, second.made) == (1, 2)
    row = ItemTextRow
    desk.session.execute(update(row).values(saved_at=row.saved_at - texts.QUIET * 2))
    third = desk.save(ann, "One two three", second.made, tab="a", turn=3)
    assert third.number == 2
    assert [one.markdown for one in texts.history_of_item(desk.session, desk.item)] == [
        "One two three",
        "One two",
    ]


def test_what_takes_out_much_leaves_the_longer_text_among_the_versions(desk: Desk) -> None:
    ann, _ = desk.people
    long = desk.save(ann, "Many words of a long morning", 0, tab="a", turn=1)
    desk.save(ann, "Few", long.made, tab="a", turn=2)
    kept = [one.markdown for one in texts.history_of_item(desk.session, desk.item)]
    assert kept == ["Few", "Many words of a long morning"]


def test_what_is_approved_takes_no_text_and_a_text_overtakes_an_open_approval(desk: Desk) -> None:
    ann, _ = desk.people
    before = desk.session.get_one(InstalmentRow, desk.instalment).version
    desk.save(ann, "One", 0)
    desk.session.expire_all()
    row = desk.session.get_one(InstalmentRow, desk.instalment)
    assert row.version == before + 1
    desk.session.execute(update(InstalmentRow).values(state="approved"))
    with pytest.raises(Shut):
        desk.save(ann, "Two", 1)
    wish = Wish(markdown="x", based_on=0)
    with pytest.raises(Shut):
        texts.save_text(desk.session, desk.instalment, "lead", ann, wish, now=FRIDAY)


def test_the_same_words_from_another_are_no_conflict(desk: Desk) -> None:
    ann, ben = desk.people
    desk.save(ann, "One", 0)
    assert desk.save(ben, "One", 0).who == "Ann Reed"
    with pytest.raises(Overtaken) as other:
        desk.save(ben, "Two", 0)
    assert (other.value.now.who, other.value.now.markdown) == ("Ann Reed", "One")


def test_texts_of_an_instalment_are_versions_of_their_own_and_fill_its_row(desk: Desk) -> None:
    ann, _ = desk.people
    for name in ("title", "section:items"):
        wish = Wish(markdown=f"My {name}", based_on=0)
        texts.save_text(desk.session, desk.instalment, name, ann, wish, now=FRIDAY)
    desk.session.expire_all()
    assert desk.session.get_one(InstalmentRow, desk.instalment).title == "My title"
    assert set(texts.of_instalment(desk.session, desk.instalment)) == {"title", "section:items"}
    asked = select(InstalmentTextRow.number)
    assert set(desk.session.scalars(asked)) == {1}


def test_presence_passes_after_some_seconds(desk: Desk) -> None:
    ann, ben = desk.people
    presences.ping(desk.session, "item 1", ann)
    assert presences.others(desk.session, "item 1", ben) == ["Ann Reed"]
    assert presences.others(desk.session, "item 2", ben) == []
    long_ago = PresenceRow.seen_at - timedelta(seconds=60)
    desk.session.execute(update(PresenceRow).values(seen_at=long_ago))
    assert presences.others(desk.session, "item 1", ben) == []


STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["type", "save", "late", "twice"])),
    min_size=1,
    max_size=14,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_no_word_is_lost_however_two_people_save(desk: Desk, steps: list[tuple[int, str]]) -> None:
    """Both type words of their own; whoever is told of the other puts both together and saves."""
    with desk.session.begin_nested() as point:
        pages = [_Page(desk, n) for n in (0, 1)]
        for who, what in steps:
            getattr(pages[who], what)()
        for page in pages:
            page.save()
        stands = texts.of_item(desk.session, desk.item).markdown.split()
        for page in pages:
            assert set(page.typed) <= set(stands)
        assert desk.session.get_one(ItemRow, desk.item).version == 1
        point.rollback()


class _Page:
    """An open page: its text, and what it was written upon."""

    def __init__(self, desk: Desk, who: int) -> None:
        self.desk, self.who = desk, desk.people[who]
        self.tab, self.turn = f"tab{who}", 0
        self.text = self.base = ""
        self.made = 0
        self.typed: list[str] = []
        self.sent: list[tuple[str, int, int]] = []

    def type(self) -> None:
        word = f"{self.tab}w{len(self.typed)}"
        self.typed.append(word)
        self.text = f"{self.text} {word}".strip()

    def save(self) -> None:
        self.turn += 1
        self.sent.append((self.text, self.made, self.turn))
        try:
            saved = self.desk.save(self.who, self.text, self.made, tab=self.tab, turn=self.turn)
        except Overtaken as other:
            self.text = merged(self.base, self.text, other.now.markdown).text
            self.base, self.made = other.now.markdown, other.now.made
            self.save()
        else:
            self.base, self.made = self.text, saved.made

    def late(self) -> None:
        """An old request of this page arrives once more, after all that came since."""
        for text, made, turn in self.sent[:1]:
            try:
                self.desk.save(self.who, text, made, tab=self.tab, turn=turn)
            except Overtaken:
                continue

    def twice(self) -> None:
        self.save()
        for text, made, turn in self.sent[-1:]:
            self.desk.save(self.who, text, made, tab=self.tab, turn=turn)
