"""Tags of a version: kept, made again, corrected; what was learnt of corrections. Invented."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.records import Span, Tag
from store import tags
from store.models import TagRow
from tests.desk.newsroom import Newsroom

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CITY = Tag(
    scheme="place",
    code="weir",
    label="Weir",
    score=0.7,
    evidence=(Span(field="title", start=0, end=4, text="Weir"),),
    why="it stands there",
)
STATE = replace(CITY, code="LU", label="Lucania")


@pytest.fixture
def version(session: Session) -> int:
    return Newsroom(session).story("Weir rejects the ferry", "", "harbour-post", None, None)[1]


def kept(session: Session) -> dict[str, TagRow]:
    session.expire_all()
    return {row.code: row for row in session.scalars(select(TagRow))}


def test_tagging_again_leaves_one_of_each_and_none_that_is_not_said_any_more(
    session: Session, version: int
) -> None:
    tags.keep(session, {version: [CITY, STATE]}, decided_by="machine:gazetteer/1")
    tags.keep(session, {version: [CITY, STATE]}, decided_by="machine:gazetteer/1")
    assert set(kept(session)) == {"weir", "LU"}
    better = replace(CITY, score=0.9, why="")
    for _ in range(2):
        tags.keep(session, {version: [better]}, decided_by="machine:gazetteer/2")
        rows = kept(session)
        assert set(rows) == {"weir"}
        assert (rows["weir"].score, rows["weir"].why) == (0.9, "")
        assert rows["weir"].decided_by == "machine:gazetteer/2"
    tags.keep(session, {version: []}, decided_by="machine:gazetteer/3")
    assert not kept(session)
    tags.keep(session, {}, decided_by="machine:gazetteer/3")


def test_what_a_person_tagged_stays(session: Session, version: int) -> None:
    tags.keep(session, {version: [STATE]}, decided_by="ann")
    tags.keep(session, {version: [CITY]}, decided_by="machine:gazetteer/2")
    assert set(kept(session)) == {"weir", "LU"}
    tags.keep(session, {version: [replace(STATE, score=0.1)]}, decided_by="machine:gazetteer/2")
    assert kept(session)["LU"].decided_by == "ann"
    assert kept(session)["LU"].score == 0.7


def test_the_last_word_on_a_tag_stands(session: Session, version: int) -> None:
    for is_right in (True, False):
        tags.correct(
            session,
            version,
            scheme="subject",
            code="20000639",
            is_right=is_right,
            by="ann",
            at=NOW,
        )
    [(story, is_right)] = tags.corrections(session, "subject")["20000639"]
    assert (story.title, is_right) == ("Weir rejects the ferry", False)
    assert tags.corrections(session, "place") == {}


def test_what_was_learnt_last_is_what_counts(session: Session) -> None:
    for version in (1, 2):
        tags.keep_model(session, "20000639", {"version": version, "weights": {}}, at=NOW)
    session.flush()
    assert tags.models(session) == [{"version": 2, "weights": {}}]


def test_the_version_a_story_shows_is_found(session: Session) -> None:
    story, version = Newsroom(session).story("Weir", "", "harbour-post", None, None)
    assert tags.version_of(session, story) == version
    assert tags.version_of(session, story + 1) is None
