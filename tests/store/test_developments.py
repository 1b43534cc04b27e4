"""Developments: who places when, what is open, where copies belong; all of it written once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from pipeline.records import Weighed
from store import developments, troubles
from store.models import DevelopmentRow, DuplicateRow, MemberRow
from tests.desk.newsroom import Newsroom

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def a_development(session: Session, title: str = "Ferry talks", at: datetime = NOW) -> int:
    [number] = developments.next_ids(session, 1)
    words = frozenset(title.lower().split())
    opened = developments.Opened(id=number, title=title, words=words, at=at)
    revision = developments.next_revision(session)
    developments.keep(session, [opened], [], at=at, revision=revision)
    return number


def joined(story_id: int, development_id: int, seen: datetime = NOW) -> developments.Joined:
    return developments.Joined(
        story_id=story_id,
        development_id=development_id,
        seen=seen,
        score=0.5,
        why="shares “ferry”",
        runner_up_id=None,
        runner_up_score=0.0,
        decided_by="tests",
    )


@pytest.fixture
def story(session: Session) -> int:
    return a_story(session)


def a_story(session: Session, title: str = "Ferry talks resume") -> int:
    return Newsroom(session).story(title, "", "Gazette", None, NOW)[0]


def test_only_one_worker_places_at_a_time_and_the_turn_goes_back(database: Engine) -> None:
    with developments.turn(database) as first:
        assert first is not None
        with developments.turn(database) as second:
            assert second is None
        with developments.turn(database) as third:  # the refused one took nothing with it
            assert third is None
    with developments.turn(database) as again:
        assert again is not None


def test_a_worker_that_fails_in_its_turn_gives_it_back(database: Engine) -> None:
    def fail() -> None:
        with developments.turn(database):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with developments.turn(database) as again:
        assert again is not None


def test_watching_feeds_waits_for_nobody_who_places(database: Engine) -> None:
    with developments.turn(database) as placing, Session(database) as session:
        assert placing is not None
        assert troubles.turn(session)


def test_a_story_joins_once_and_its_development_is_the_younger_for_it(
    session: Session, story: int
) -> None:
    first, second = a_development(session), a_development(session, "Bakers strike")
    later = NOW + timedelta(hours=1)
    for number in (first, second):
        developments.keep(session, [], [joined(story, number, later)], at=later, revision=9)
    assert developments.of_stories(session, [story, 1_000_000]) == {story: first}
    session.expire_all()
    row = session.get_one(DevelopmentRow, first)
    assert row.words == ["ferry", "talks"]  # of its first headline: it must not drift
    assert (row.first_at, row.last_at, row.revision) == (NOW, later, 9)
    assert session.get_one(MemberRow, story).why == "shares “ferry”"


def test_an_earlier_story_does_not_make_a_development_older(session: Session, story: int) -> None:
    number = a_development(session)
    past = NOW - timedelta(days=1)
    developments.keep(session, [], [joined(story, number, past)], at=past, revision=9)
    session.expire_all()
    assert session.get_one(DevelopmentRow, number).last_at == NOW


WEIGHED = Weighed(
    words=("ferry", "talk"), weights=(800, 600), headline=(1000, 0), same=None, others=(3, 9, 9)
)


def weighed(story_id: int, development_id: int, number: int) -> developments.Joined:
    told = joined(story_id, development_id)
    return replace(told, weighed=WEIGHED, number=number, at=NOW)


def test_stories_placed_by_their_words_are_told_in_the_order_of_placing(session: Session) -> None:
    assert developments.last_number(session) == 0
    ids = [a_story(session, f"Ferry talks {n}") for n in range(4)]
    first, second = a_development(session), a_development(session, "Bakers strike")
    places = [weighed(ids[2], second, 1), weighed(ids[0], first, 2), weighed(ids[1], first, 3)]
    developments.keep(session, [], [*places, joined(ids[3], first)], at=NOW, revision=9)
    assert developments.last_number(session) == 3  # the copy was not weighed
    told = list(developments.told_since(session, 2))
    assert [(one.number, one.development_id, one.title) for one in told] == [
        (2, first, "Ferry talks"),
        (3, first, "Ferry talks"),
    ]
    assert {one.at for one in told} == {NOW}
    assert [one.weighed for one in told] == [WEIGHED, WEIGHED]


def test_what_was_weighed_twice_is_kept_once(session: Session, story: int) -> None:
    number = a_development(session)
    for n in (1, 2):
        developments.keep(session, [], [weighed(story, number, n)], at=NOW, revision=9)
    assert [one.number for one in developments.told_since(session, 0)] == [1]


def test_a_story_of_a_development_that_was_merged_is_told_with_the_one_it_went_into(
    session: Session, story: int
) -> None:
    kept, merged = a_development(session), a_development(session, "Merged talks")
    developments.keep(session, [], [weighed(story, merged, 1)], at=NOW, revision=9)
    session.get_one(DevelopmentRow, merged).merged_into = kept
    session.flush()  # so that the question below sees it
    [told] = developments.told_since(session, 1)
    assert told.development_id == kept


def test_a_family_is_where_its_original_is_or_else_its_first_copy(session: Session) -> None:
    original, early, late, alone = (a_story(session, f"Ferry talks {n}") for n in range(4))
    for copy in (early, late):
        session.execute(
            insert(DuplicateRow).values(
                story_id=copy,
                root_id=original,
                relation="syndicated",
                score=1.0,
                why=[],
                decided_by="tests",
                decided_at=NOW,
            )
        )
    first, second, third = (a_development(session, f"Talks {n}") for n in range(3))
    assert developments.of_families(session, [original, alone]) == {}
    places = [joined(late, second), joined(early, first)]
    developments.keep(session, [], places, at=NOW, revision=9)
    assert developments.of_families(session, [original, alone]) == {original: first}
    developments.keep(session, [], [joined(original, third)], at=NOW, revision=9)
    assert developments.of_families(session, [original, alone]) == {original: third}


def test_nothing_to_keep_is_nothing_to_do(session: Session) -> None:
    developments.keep(session, [], [], at=NOW, revision=9)
    assert session.scalars(select(DevelopmentRow)).all() == []
    assert developments.next_ids(session, 0) == []
