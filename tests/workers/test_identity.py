"""Journeys of identity: whatever feeds do to a story, it is one story, and only news is news.

Outlets, feeds and stories are invented, on example domains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import Engine

from pipeline import dedupe
from store import merges, stories
from store.models import (
    ItemRow,
    MatchRow,
    MemberRow,
    MergeRow,
    SightingRow,
    StoryRow,
    VersionRow,
    WithdrawalRow,
)
from tests.rounds import LONG, MONDAY, WORLD, Item, Rounds, an_item, newsroom, own_database

DIGEST = "https://digest.example/everything.xml"


@pytest.fixture(scope="module")
def identity_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "identity") as engine:
        yield engine


@pytest.fixture
def rounds(identity_database: Engine) -> Iterator[Rounds]:
    with newsroom(identity_database) as rounds:
        yield rounds


def shown(rounds: Rounds) -> list[tuple[object, object]]:
    """Every story as a list of stories shows it, by title."""
    with rounds.session() as session:
        lines = stories.lines(session)
    return sorted((str(line["title"]), str(line["outlet"])) for line in lines)


def quiet(rounds: Rounds, *items: Item | str, url: str = WORLD) -> bool:
    """Whether these items, coming now, are no news at all: nothing shown and nothing waiting."""
    before = shown(rounds), len(rounds.rows(ItemRow)), pages(rounds)
    rounds.serve(*items, url=url)
    if (document := rounds.poll(url)) is not None:
        rounds.parse(document)
    waiting = [row.id for row in rounds.rows(StoryRow) if row.work_state != "done"]
    rounds.refresh(*rounds.place())
    return waiting == [] and (shown(rounds), len(rounds.rows(ItemRow)), pages(rounds)) == before


def pages(rounds: Rounds) -> Sequence[object]:
    """What an editor has before them."""
    return [
        (item.story_id, item.version_id, item.headline, item.attribution, item.flags)
        for item in rounds.rows(ItemRow)
    ]


def test_an_outlets_own_word_replaces_an_aggregates_in_the_draft(rounds: Rounds) -> None:
    rounds.follow(DIGEST, outlet="digest")
    bare = an_item(1, guid="d-1", title="Storm: every ferry stays at Brennick", summary="")
    rounds.bring(bare, url=DIGEST)
    [(_, outlet)] = shown(rounds)
    assert outlet == "digest"
    own = an_item(1, summary="All sailings are off until Tuesday.", body=f"<p>{LONG}</p>")
    rounds.bring(own)
    assert shown(rounds) == [(own.title, "harbour-post")]
    [item], [story] = rounds.rows(ItemRow), rounds.rows(StoryRow)
    assert item.headline == own.title
    assert "Harbour Post" in item.attribution
    assert [version.kind for version in rounds.rows(VersionRow)] == ["first", "owner"]
    assert len(rounds.rows(MemberRow)) == 1
    assert {match.story_id for match in rounds.rows(MatchRow)} == {story.id}
    assert quiet(rounds, replace(bare, title="Storm: no ferry leaves Brennick"), url=DIGEST)


def test_an_aggregates_word_after_the_outlets_own_is_kept_and_not_shown(rounds: Rounds) -> None:
    rounds.follow(DIGEST, outlet="digest")
    rounds.bring(an_item(1))
    assert quiet(rounds, an_item(1, guid="d-1", title="Ferries: a storm", summary=""), url=DIGEST)
    assert [version.kind for version in rounds.rows(VersionRow)] == ["first", "carried"]
    assert len(rounds.rows(SightingRow)) == 2


OLD = [an_item(number, guid=f"http://harbour-post.example/?p={number}") for number in range(8)]
RENAMED = {
    "the scheme": [replace(i, guid=str(i.guid).replace("http:", "https:")) for i in OLD],
    "permalinks": [replace(item, guid=item.link) for item in OLD],
    "no ids any more": [replace(item, guid=None) for item in OLD],
    "ids of another kind": [replace(i, guid=f"urn:post:{n}") for n, i in enumerate(OLD)],
    "tracking marks": [replace(item, link=f"{item.link}?utm_source=rss") for item in OLD],
    "plain http": [replace(i, link=str(i.link).replace("https:", "http:")) for i in OLD],
    "www": [
        replace(i, link=str(i.link).replace("//", "//www."), guid=f"urn:{n}")
        for n, i in enumerate(OLD)
    ],
    "a closing slash": [replace(i, link=f"{i.link}/", guid=f"urn:{n}") for n, i in enumerate(OLD)],
    "mobile pages": [replace(i, link=str(i.link).replace("//", "//m."), guid=None) for i in OLD],
    "other permalinks": [
        replace(i, link=f"https://harbour-post.example/2026/{n}", guid=f"{i.guid}/")
        for n, i in enumerate(OLD)
    ],
}


@pytest.mark.parametrize("how", RENAMED)
def test_a_feed_that_renames_everything_at_once_brings_no_story_twice(
    rounds: Rounds, how: str
) -> None:
    rounds.bring(*OLD)
    before = shown(rounds)
    assert len(before) == 8
    rounds.bring(*RENAMED[how])
    assert shown(rounds) == before
    assert len(rounds.rows(ItemRow)) == 8
    kinds = {version.kind for version in rounds.rows(VersionRow)}
    assert kinds <= {"first", "cosmetic"}  # at most the address is another
    assert quiet(rounds, *RENAMED[how])
    assert quiet(rounds, *OLD)


def test_pages_told_apart_by_their_query_are_stories_of_their_own(rounds: Rounds) -> None:
    page = "https://harbour-post.example/story.php"
    items = [an_item(n, guid=None, link=f"{page}?id={n}&utm_medium=rss") for n in range(4)]
    rounds.bring(*items)
    assert len(shown(rounds)) == 4
    assert quiet(rounds, *(replace(item, link=f"{page}?id={n}") for n, item in enumerate(items)))


@pytest.mark.parametrize("same", [{"guid": "news"}, {"link": "https://harbour-post.example/live"}])
def test_an_id_or_page_that_several_items_had_at_once_is_no_identity_ever_after(
    rounds: Rounds, same: dict[str, str]
) -> None:
    """Though each later item comes alone, since what is known of its document is cut out."""
    items = [an_item(number, **same) for number in range(8)]
    rounds.bring(*items[:2])
    for upto in range(3, 9):
        rounds.bring(*items[:upto])
        assert len(shown(rounds)) == upto
    assert quiet(rounds, *reversed(items))
    assert quiet(rounds, items[5])
    assert {version.kind for version in rounds.rows(VersionRow)} == {"first"}


def test_a_feed_that_dates_all_its_items_anew_shows_an_editor_nothing(rounds: Rounds) -> None:
    rounds.bring(*(an_item(number) for number in range(8)))
    for hour in (1, 2):
        later = MONDAY + timedelta(hours=hour)
        assert quiet(rounds, *(an_item(number, published=later) for number in range(8)))
    assert {version.kind for version in rounds.rows(VersionRow)} == {"first", "date_only"}


def test_a_test_of_two_headlines_ends_in_two_versions_and_silence(rounds: Rounds) -> None:
    one, other = an_item(1), an_item(1, title="Gale keeps all ferries at Brennick")
    rounds.bring(one)
    rounds.bring(other)
    for turn in range(6):
        rounds.bring(one if turn % 2 else other)
    assert len(rounds.rows(VersionRow)) == 2
    assert quiet(rounds, one)
    assert quiet(rounds, other)


def test_a_change_taken_back_is_followed_although_those_bytes_were_read_before(
    rounds: Rounds,
) -> None:
    before, changed = an_item(1), an_item(1, title="Gale keeps all ferries at Brennick")
    rounds.bring(before, an_item(2))
    rounds.bring(changed, an_item(2))
    rounds.bring(before, an_item(2))
    assert before.title in [title for title, _ in shown(rounds)]
    assert changed.title not in [title for title, _ in shown(rounds)]


def test_lists_that_take_turns_and_items_that_come_back_are_no_news(rounds: Rounds) -> None:
    halves = [[an_item(n) for n in range(4)], [an_item(n) for n in range(4, 8)]]
    rounds.bring(*halves[0])
    rounds.bring(*halves[1])
    assert len(shown(rounds)) == 8
    for turn in range(4):
        assert quiet(rounds, *halves[turn % 2])
    assert quiet(rounds)


BROKEN = st.text(alphabet="<>&;/'\"= \x07ab]é!-[", max_size=40)


@given(where=st.integers(0, 5), broken=BROKEN)
@tries(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_malformed_sibling_changes_no_other_item(rounds: Rounds, where: int, broken: str) -> None:
    items: list[Item | str] = [
        an_item(number, summary="Caf\xe9 & <b>bold</b> \u2013 \u201cso\u201d.")
        for number in range(5)
    ]
    rounds.bring(*items)
    before = {row.fingerprint for row in rounds.rows(VersionRow) if row.title in str(items)}
    worded = len(before)
    assert worded == 5
    sibling = f"<item><title>Odd one</title><description>{broken}</item>"
    rounds.serve(*items[:where], sibling, *items[where:])
    if (document := rounds.poll()) is not None:
        rounds.parse(document)
    after = {row.fingerprint for row in rounds.rows(VersionRow) if row.title in str(items)}
    assert after == before


def test_a_story_its_feed_has_deleted_is_marked_and_kept(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2))
    stone = (
        '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="post-1"'
        ' when="2026-03-09T11:30:00Z"><at:comment>Wrong harbour.</at:comment></at:deleted-entry>'
    )
    entry = "<entry><id>post-3</id><title>Ferry bell found at last</title></entry>"
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title>{entry}{stone}</feed>'
    for _ in range(2):
        rounds.serve(body=atom.encode())
        if (document := rounds.poll()) is not None:
            rounds.parse(document)
        atom += " "
    [withdrawn] = rounds.rows(WithdrawalRow)
    told = {row.id: row.status for row in rounds.rows(StoryRow)}
    assert withdrawn.comment == "Wrong harbour."
    assert withdrawn.withdrawn_at == MONDAY - timedelta(minutes=30)
    assert told.pop(withdrawn.story_id) == "withdrawn"
    assert set(told.values()) == {"usable"}
    assert len(rounds.rows(StoryRow)) == 3


def test_a_list_that_drops_a_story_has_not_withdrawn_it_for_its_outlet(rounds: Rounds) -> None:
    rounds.follow(DIGEST, outlet="digest")
    rounds.bring(an_item(1))
    rounds.bring(an_item(1, guid="d-1"), url=DIGEST)
    stone = '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="d-1"/>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>D</title>{stone}</feed>'
    rounds.serve(body=atom.encode(), url=DIGEST)
    if (document := rounds.poll(DIGEST)) is not None:
        rounds.parse(document)
    [withdrawn], [story] = rounds.rows(WithdrawalRow), rounds.rows(StoryRow)
    assert (withdrawn.withdrawn_at, story.status) == (None, "usable")


def test_a_merge_made_and_undone_by_a_person_is_followed_by_the_draft(rounds: Rounds) -> None:
    one = an_item(1)
    other = an_item(1, title="Gale holds boats: ferry rows go on", guid="x", link=f"{one.link}-2")
    rounds.bring(one)
    rounds.bring(other)
    first, second = (row.id for row in rounds.rows(StoryRow))
    with rounds.session() as session:
        merge = merges.propose(session, second, first, why="one", by="ann", at=MONDAY)
        assert merge is not None
        merges.make(
            session, merge, by="ann", at=MONDAY, revise=dedupe.revised, leading=dedupe.leading
        )
    rounds.refresh(*rounds.place())
    assert shown(rounds) == [(other.title, "harbour-post")]
    assert other.title in [item.headline for item in rounds.rows(ItemRow)]
    with rounds.session() as session:
        merges.undo(
            session, merge, by="ann", at=MONDAY, revise=dedupe.revised, leading=dedupe.leading
        )
    rounds.refresh(*rounds.place())
    assert len(shown(rounds)) == 2
    assert [row.state for row in rounds.rows(MergeRow)] == ["undone"]
