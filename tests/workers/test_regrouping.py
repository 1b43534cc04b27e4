"""What editors rule, heard by the worker that places: at once, after a restart, and again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select

from config.settings import settings
from pipeline import cluster
from pipeline.errors import BadInput
from store import clock, developments, fits, regroup, rulings
from store.models import (
    AuditRow,
    ClusterFitRow,
    DevelopmentRow,
    ItemRow,
    MemberRow,
    RulingRow,
    StoryRow,
    WeighedRow,
)
from store.session import transaction
from tests.fakes import killed_at
from tests.pipeline.test_refit import near_misses
from tests.rounds import MONDAY, Rounds, an_item, newsroom, own_database
from workers import clustering, flow, refits


@pytest.fixture(scope="module")
def regrouping_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "regrouping") as engine:
        yield engine


@pytest.fixture
def rounds(regrouping_database: Engine) -> Iterator[Rounds]:
    with newsroom(regrouping_database) as rounds:
        yield rounds


TALKS = "Ferry talks in Port Lucan resume"
AGAIN = "Port Lucan: ferry talks resume after walkout"
LATER = "Walkout over: ferry talks resume in Port Lucan"


def bring(rounds: Rounds, *titles: str, first: int = 100) -> list[int]:
    """Let stories with these headlines come one after the other; gives their ids."""
    for number, title in enumerate(titles, start=first):
        rounds.bring(an_item(number, title=title, summary=""))
    return [row.id for row in rounds.rows(StoryRow)][-len(titles) :]


def places(rounds: Rounds) -> dict[int, int]:
    return {row.story_id: row.development_id for row in rounds.rows(MemberRow)}


def split(rounds: Rounds, development: int, *stories: int) -> rulings.Ruling:
    with rounds.session() as session:
        now = clock.now(session)
        return regroup.split(session, development, stories, by="ines", at=now)


def merge(rounds: Rounds, into: int, other: int) -> rulings.Ruling:
    with rounds.session() as session:
        return regroup.merge(session, into, other, by="ines", at=clock.now(session))


@pytest.mark.parametrize("is_restarted", [False, True])
def test_what_comes_after_a_ruling_goes_by_it_also_in_a_process_that_began_since(
    rounds: Rounds, is_restarted: bool
) -> None:
    first, second = bring(rounds, TALKS, AGAIN)
    assert len(set(places(rounds).values())) == 1
    development = places(rounds)[first]
    ruling = split(rounds, development, second)
    if is_restarted:
        flow.forget()
    [third] = bring(rounds, LATER, first=200)  # liker to the second
    assert places(rounds)[third] == ruling.other_id
    merged = merge(rounds, development, ruling.other_id)
    if is_restarted:
        flow.forget()
    [fourth] = bring(rounds, f"{LATER} again", first=300)
    assert set(places(rounds).values()) == {development}
    with rounds.session() as session:
        regroup.undo(session, merged.id, by="ines", at=clock.now(session))
    assert places(rounds)[third] == ruling.other_id
    assert places(rounds)[fourth] == development  # it came when they were one


def test_rulings_survive_placing_the_same_rows_again(rounds: Rounds) -> None:
    first, second = bring(rounds, TALKS, AGAIN)
    split(rounds, places(rounds)[first], second)
    ruled = places(rounds)
    for _ in range(2):
        rounds.make_due(first, second, table=StoryRow)
        flow.forget()
        rounds.refresh(*rounds.place())
        assert places(rounds) == ruled


def test_the_draft_follows_a_ruling_and_its_undo(rounds: Rounds) -> None:
    first, second = bring(rounds, TALKS, AGAIN)
    assert len(rounds.rows(ItemRow)) == 1
    ruling = split(rounds, places(rounds)[first], second)
    [instalment] = {row.instalment_id for row in rounds.rows(ItemRow)}
    rounds.refresh(instalment)
    assert {row.development_id for row in rounds.rows(ItemRow)} == set(places(rounds).values())
    with rounds.session() as session:
        regroup.undo(session, ruling.id, by="ines", at=clock.now(session))
    rounds.refresh(instalment)
    shown = [row for row in rounds.rows(ItemRow) if row.merged_into is None]
    assert [row.development_id for row in shown] == [ruling.development_id]
    actions = {row.action for row in rounds.rows(AuditRow) if row.actor == "ines"}
    assert actions == {"development.split", "development.undo", "item.merge", "item.follow"} - (
        {"item.follow"} if shown[0].story_id != second else set()
    )


def test_nobody_places_while_an_editor_rules_and_the_sweep_rings_again(rounds: Rounds) -> None:
    rounds.serve(an_item(1))
    rounds.parse(rounds.poll())
    with transaction(rounds.engine) as session:
        developments.take_turn(session)
        assert flow.place_stories(settings()) == flow.Placed([], more=False)
    assert rounds.rows(MemberRow) == []
    assert flow.sweep(settings()).stories
    rounds.place()
    assert len(rounds.rows(MemberRow)) == 1


def test_a_ruling_that_dies_before_its_end_changes_nothing(rounds: Rounds) -> None:
    first, second = bring(rounds, TALKS, AGAIN)
    before = rounds.fingerprint()
    with killed_at(rounds.engine, "INSERT INTO rulings"):
        split(rounds, places(rounds)[first], second)
    assert rounds.fingerprint() == before
    assert rounds.rows(RulingRow) == []
    split(rounds, places(rounds)[first], second)  # nothing is held


def test_a_worker_killed_between_its_turn_and_its_commit_changes_nothing(rounds: Rounds) -> None:
    bring(rounds, TALKS)
    rounds.serve(an_item(7, title=AGAIN, summary=""))
    rounds.parse(rounds.poll())
    before = rounds.fingerprint()
    with killed_at(rounds.engine, "INSERT INTO development_words"):
        flow.place_stories(settings())
    assert rounds.fingerprint() == before
    rounds.place()
    assert len(set(places(rounds).values())) == 1


def test_a_round_up_stands_alone_is_marked_and_is_not_remembered(rounds: Rounds) -> None:
    bring(rounds, TALKS, f"Morning briefing: {TALKS}", AGAIN)
    first, roundup, again = rounds.rows(MemberRow)
    assert (first.form, roundup.form, again.form) == ("", "roundup", "")
    assert first.development_id == again.development_id != roundup.development_id
    assert len(rounds.rows(WeighedRow)) == 2


def test_a_development_is_kept_with_the_one_it_goes_on_from(rounds: Rounds) -> None:
    bring(rounds, TALKS)
    rounds.at(MONDAY.replace(day=MONDAY.day + 20))
    bring(rounds, TALKS, first=200)
    old, new = rounds.rows(DevelopmentRow)
    assert (new.follows_id, old.follows_id) == (old.id, None)
    assert "shares" in new.follows_why
    assert 0 < new.follows_score <= 1


def test_a_fit_to_rulings_is_used_from_the_next_story_on(rounds: Rounds) -> None:
    with pytest.raises(BadInput):
        merge(rounds, 1, 1)
    assert refits.refit(rounds.engine, by="omar") is None
    for number in range(6):
        one, other = bring(rounds, *near_misses(number), first=100 + 2 * number)
        standing = places(rounds)
        assert standing[one] != standing[other]
        merge(rounds, standing[one], standing[other])
    found = refits.refit(rounds.engine, by="omar")
    assert found is not None
    assert found.is_used
    [row] = rounds.rows(ClusterFitRow)
    assert (row.fitted_by, row.report) == ("omar", found.report)
    one, other = bring(rounds, *near_misses(30), first=300)
    assert places(rounds)[one] == places(rounds)[other]
    assert rounds.rows(MemberRow)[-1].decided_by == f"{clustering.CLUSTERER}+fit{found.id}"
    again = refits.refit(rounds.engine, by="omar")
    assert again is not None
    assert again.setting == found.setting  # the same rulings give the same fit


def test_a_split_that_was_merged_again_teaches_nothing(rounds: Rounds) -> None:
    first, second = bring(rounds, TALKS, AGAIN)
    development = places(rounds)[first]
    ruling = split(rounds, development, second)
    with rounds.session() as session:
        assert [one.apart for one in refits._ruled(session)] == [development]  # noqa: SLF001 - what it reads
    merge(rounds, development, ruling.other_id)
    with rounds.session() as session:
        assert [one.apart for one in refits._ruled(session)] == [None]  # noqa: SLF001 - what it reads
        assert session.scalars(select(RulingRow.kind).order_by(RulingRow.id)).all() == [
            "split",
            "merge",
        ]


def test_a_fit_that_cannot_be_read_is_told_and_the_shipped_one_is_used(rounds: Rounds) -> None:
    with rounds.session() as session:
        now = clock.now(session)
        broken = {"weights": {}, "offset": 0.0, "timeless": 0.0}
        told = {"setting": broken, "is_used": True, "report": {}, "by": "omar", "at": now}
        fits.keep(session, method=cluster.METHOD, **told)  # type: ignore[arg-type]  # as above
    bring(rounds, TALKS)
    assert [row.decided_by for row in rounds.rows(MemberRow)] == [clustering.CLUSTERER]
