"""Tests of what is done with a series beside the flow. All stories and decisions are invented."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, func, select, update

from pipeline.definition import read_series
from pipeline.records import Series
from store import changes, clock, decisions, drafts, rejections, series, stories, taught
from store.changes import Happened
from store.models import (
    DevelopmentRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    RematchRow,
    SampleRow,
    SeriesModelRow,
    StoryRow,
)
from tests.desk.newsroom import Newsroom
from tests.rounds import MONDAY, SERIES, Rounds, an_item, newsroom, own_database
from workers import matching, rematching, replaying, teaching

TAUGHT = SERIES.replace("[matching]\n", "[matching]\nshow_ignored = 1.0\n")


@pytest.fixture(scope="module")
def flow_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "teaching") as engine:
        yield engine


@pytest.fixture
def rounds(flow_database: Engine) -> Iterator[Rounds]:
    with newsroom(flow_database) as rounds:
        yield rounds


def decide(rounds: Rounds, item: ItemRow, action: decisions.Action, *, reason: str = "") -> int:
    with rounds.session() as session:
        found = decisions.find(session, item.id)
        person = Newsroom(session).person(f"ann{item.id}{found.version}")
        made = decisions.decide(
            session, item.id, person, action, based_on=found.version, now=MONDAY, reason=reason
        )
        return made.id


def the_series(rounds: Rounds) -> int:
    with rounds.session() as session:
        return series.id_of(session, "ferry-watch")


# --- learning


def test_each_development_that_was_decided_is_one_example_and_an_undo_takes_it_out(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2), an_item(3))
    first, second, _ = rounds.rows(ItemRow)
    decide(rounds, first, "accept")
    decide(rounds, second, "reject")
    decide(rounds, second, "accept")  # the last word counts
    series_id = the_series(rounds)
    with rounds.session() as session:
        told = taught.decided(session, series_id)
        assert {(one.story_id, one.is_wanted) for one in told} == {
            (first.story_id, True),
            (second.story_id, True),
        }
        person = Newsroom(session).person("bea")
        found = decisions.find(session, first.id)
        made = decisions.decide(
            session, first.id, person, "reject", based_on=found.version, now=MONDAY
        )
        decisions.undo(session, first.id, person, based_on=made.made_version, now=MONDAY)
        assert taught.decided(session, series_id) == told


def test_a_rejection_for_what_befell_its_source_is_no_example_and_others_words_stand(
    rounds: Rounds,
) -> None:
    rounds.bring(*(an_item(number) for number in range(1, 7)))
    killed, taken_down, kept, said, corrected, unwanted = rounds.rows(ItemRow)
    decide(rounds, killed, "accept")
    decide(rounds, corrected, "accept")
    with rounds.session() as session:
        for item, status in ((killed, "killed"), (taken_down, "withdrawn"), (said, "killed")):
            story = update(StoryRow).where(StoryRow.id == item.story_id)
            session.execute(story.values(status=status))
        happened = [
            Happened(story_id=one.story_id, kind="correction", occasion=f"corrected {one.id}")
            for one in (corrected, unwanted)
        ]
        changes.record(session, happened, by="machine:wires", at=MONDAY)
    for item in (killed, taken_down, kept, corrected, unwanted):
        decide(rounds, item, "reject")
    decide(rounds, said, "reject", reason=rejections.NOT_THIS_SERIES)  # whatever befell it
    assert teaching.refit() == ["ferry-watch"]
    [model] = rounds.rows(SeriesModelRow)
    assert (model.figures["decisions"], model.figures["wanted"]) == (5, 2)
    with rounds.session() as session:
        told = taught.decided(session, series.id_of(session, "ferry-watch"))
    assert {(one.story_id, one.is_wanted) for one in told} == {
        (killed.story_id, True),  # it was wanted before it was killed
        (kept.story_id, False),
        (said.story_id, False),
        (corrected.story_id, True),
        (unwanted.story_id, False),  # corrected it might have been used: that was no reason
    }


def test_what_is_told_elsewhere_in_the_series_is_not_unwanted_for_being_rejected_here(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1), an_item(2), an_item(3))
    covered, aside, kept = rounds.rows(ItemRow)
    for item in (covered, aside):
        decide(rounds, item, "reject")
    decide(rounds, kept, "accept")
    with rounds.session() as session:
        series_id = series.id_of(session, "ferry-watch")
        assert len(taught.decided(session, series_id)) == 3
        room = Newsroom(session)
        other = room.instalment(series_id, 99, MONDAY + timedelta(days=70))
        again = room.item(other, "The same ferry, a week before")
        values = {"development_id": covered.development_id, "state": "accepted"}
        session.execute(update(ItemRow).where(ItemRow.id == again).values(**values))
        session.execute(update(ItemRow).where(ItemRow.id == aside.id).values(merged_into=kept.id))
        told = taught.decided(session, series_id)
    assert {(one.story_id, one.is_wanted) for one in told} == {(kept.story_id, True)}


def test_a_duplicate_group_accepted_once_is_learnt_once(rounds: Rounds) -> None:
    rounds.bring(an_item(1), an_item(2), an_item(3))
    with rounds.session() as session:
        members = session.scalars(select(MemberRow).order_by(MemberRow.story_id)).all()
        for member in members:  # three papers, one happening
            member.development_id = members[0].development_id
    item = next(one for one in rounds.rows(ItemRow) if one.story_id == members[0].story_id)
    decide(rounds, item, "accept")
    with rounds.session() as session:
        assert len(taught.decided(session, series.id_of(session, "ferry-watch"))) == 1


def test_a_night_fits_each_series_once_and_the_flow_names_the_model_it_matched_with(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(1))
    decide(rounds, rounds.rows(ItemRow)[0], "accept")
    assert teaching.refit() == ["ferry-watch"]
    assert teaching.refit() == []  # not twice in one night
    [model] = rounds.rows(SeriesModelRow)
    assert (model.number, model.figures["decisions"]) == (1, 1)
    assert "learning begins with 10" in model.figures["note"]
    rounds.at(MONDAY + timedelta(hours=1))
    rounds.bring(an_item(1), an_item(2))
    assert {row.matcher for row in rounds.rows(MatchRow)} == {"cold/2", "cold/2, model 1"}
    rounds.at(MONDAY + timedelta(days=1))
    assert teaching.refit() == ["ferry-watch"]
    assert len(rounds.rows(SeriesModelRow)) == 1  # the same decisions teach the same


def test_a_changed_definition_is_matched_cold_until_it_is_learnt_anew(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    teaching.refit()
    rounds.define(SERIES.replace('query = "ferry', 'query = "boats OR ferry'))
    with rounds.session() as session:
        [held] = matching.hold(session).open.values()
    assert held.compiled.model.method == "cold/2"
    assert teaching.refit() == ["ferry-watch"]
    with rounds.session() as session:
        [held] = matching.hold(session).open.values()
    assert held.compiled.model.method == "cold/2, model 2"


# --- the ignored that are shown


def test_ignored_stories_are_drawn_and_reviewed_and_recall_is_known(rounds: Rounds) -> None:
    against = 'against = "title:bakers^9"\n'
    rounds.define(TAUGHT.replace("[form]", f"{against}\n[form]"))
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary="No ferry."))
    [shown] = rounds.rows(SampleRow)
    assert (shown.shown_as, shown.chance, shown.is_wanted) == ("sample", 1.0, None)
    with rounds.session() as session:
        [line] = taught.samples(session, shown.series_id)
        assert line["title"] == "Bakers strike"
        assert taught.missed(session, shown.series_id) == taught.Missed(1, 0, 0, 0.0, 0.0)
        taught.review(
            *(session, shown.series_id, shown.story_id),
            is_wanted=True,
            by="ann",
            now=clock.now(session),
        )
        assert taught.missed(session, shown.series_id) == taught.Missed(0, 1, 1, 1.0, 1.0)
        assert taught.samples(session, shown.series_id) == []
        told = stories.show(session, shown.story_id)
        assert told is not None
        assert str(told["ignored"]).startswith("[{'series': 'ferry-watch', 'score':")
        # What was reviewed is an example as well.
        assert [one.is_wanted for one in taught.decided(session, shown.series_id)] == [True]
        with pytest.raises(taught.UnknownSample, match="nothing to review"):
            taught.review(session, 99, 99, is_wanted=True, by="ann", now=MONDAY)
    # Seen again, it is no second sample, and the word about it stands.
    rounds.bring(an_item(2, title="Bakers strike", summary="Still no ferry."))
    [again] = rounds.rows(SampleRow)
    assert again.is_wanted is True


# --- through developments


def test_a_story_without_the_name_is_matched_through_its_development(rounds: Rounds) -> None:
    named = 'query = "(aldwick OR brennick)^3 AND (ferry OR talks)^3"'
    rounds.define(SERIES.replace('query = "ferry OR ferries OR Zelensky"', named))
    silent = an_item(4, title="Envoys end their talks", summary="No word was said.")
    rounds.bring(silent)
    assert rounds.rows(MatchRow) == []
    rounds.bring(an_item(1, title="Aldwick ferry talks"), an_item(2, title="Aldwick talks"))
    with rounds.session() as session:
        development = session.scalar(select(DevelopmentRow.id).order_by(DevelopmentRow.id))
        session.execute(update(MemberRow).values(development_id=development))
    rounds.bring(an_item(3, title="Aldwick: more ferry talks"))
    with rounds.session() as session:
        session.execute(update(MemberRow).values(development_id=development))
        house = matching.hold(session)
        ids = list(session.scalars(select(StoryRow.id)))
        found = matching.through_developments(session, house, ids)
    [(story, standing)] = found
    assert story.story.title == "Envoys end their talks"
    [lent] = [reason for reason in standing.match.why if reason.reason == "development"]
    assert '3 of 3 other stories name "Aldwick"' in lent.text


def test_without_developments_nothing_is_lent(rounds: Rounds) -> None:
    with rounds.session() as session:
        assert matching.through_developments(session, matching.hold(session), []) == []


# --- matching again


def test_a_changed_definition_is_matched_again_once_and_goes_on_where_it_stopped(
    rounds: Rounds, flow_database: Engine
) -> None:
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary="No bread."))
    assert len(rounds.rows(ItemRow)) == 1
    rounds.define(SERIES.replace("ferry OR ferries OR Zelensky", "bakers"))
    told: list[rematching.Rematched] = []
    done = rematching.rematch("ferry-watch", on=flow_database, tell=told.append)
    assert (done.stories, done.matched, done.closed, done.of) == (2, 1, 0, 2)
    assert told
    rounds.refresh(*[row.id for row in rounds.rows(InstalmentRow)])
    with rounds.session() as session:
        view = drafts.show(session, "ferry-watch", None)
    assert view is not None
    assert "Bakers strike" in [item.headline for part in view.sections for item in part.items]
    before = rounds.fingerprint()
    assert rematching.rematch("ferry-watch", on=flow_database) == done  # nothing left to do
    assert rounds.fingerprint() == before
    # A process that died half-way: what it had done stays, the rest is done.
    with rounds.session() as session:
        session.execute(update(RematchRow).values(reached=0, stories=0, matched=0))
        newest = session.scalar(select(func.max(MatchRow.definition_id)))
        session.execute(delete(MatchRow).where(MatchRow.definition_id == newest))
    rematching.rematch("ferry-watch", on=flow_database)
    zones = sorted(row.zone for row in rounds.rows(MatchRow))
    assert zones == ["ignore", "suggest", "suggest"]


def test_what_arrived_for_an_instalment_that_is_approved_is_left_there(
    rounds: Rounds, flow_database: Engine
) -> None:
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary="No bread."))
    with rounds.session() as session:
        session.execute(update(InstalmentRow).values(state="approved"))
    rounds.define(SERIES.replace("ferry OR ferries OR Zelensky", "bakers"))
    done = rematching.rematch("ferry-watch", on=flow_database)
    assert (done.matched, done.closed) == (1, 2)
    assert len(rounds.rows(MatchRow)) == 1


def test_a_series_that_is_not_there_is_named(rounds: Rounds, flow_database: Engine) -> None:
    with pytest.raises(series.UnknownSeries, match="no running series"):
        rematching.rematch("nobody", on=flow_database)
    with rounds.session() as session:
        with pytest.raises(series.UnknownSeries):
            replaying.replay(session, "nobody", days=3, proposed=None)
        with pytest.raises(series.UnknownSeries):
            series.id_of(session, "nobody")


# --- replay


def proposed(words: str) -> Series:
    return read_series(SERIES.replace("ferry OR ferries OR Zelensky", words), "ferries.toml")


def test_a_replay_says_what_is_gained_lost_and_kept_and_writes_nothing(rounds: Rounds) -> None:
    rounds.bring(
        an_item(1), an_item(2), an_item(3, title="Bakers strike", summary="", guid="bakers")
    )
    before = rounds.fingerprint()
    with rounds.session() as session:
        same = replaying.replay(session, "ferry-watch", days=3, proposed=None)
        changed = replaying.replay(
            session, "ferry-watch", days=3, proposed=proposed("storm OR bakers")
        )
        long_ago = clock.now(session) + timedelta(days=30)
        clock.set_recorded(session, long_ago)
        assert replaying.replay(session, "ferry-watch", days=3, proposed=None) == []
        clock.set_recorded(session, MONDAY)
    assert [one.change for one in same] == ["kept", "kept"]
    assert [(one.change, one.title) for one in changed] == [
        ("gained", "Bakers strike"),
        ("lost", an_item(2).title),
        ("kept", an_item(1).title),
    ]
    assert changed[0].why
    assert rounds.fingerprint() == before


# --- what is worrying


def test_a_query_that_matched_nothing_for_a_week_is_warned_of(rounds: Rounds) -> None:
    rounds.bring(an_item(1))
    with rounds.session() as session:
        assert [line["warning"] for line in series.lines(session)] == [None]
    rounds.at(MONDAY + timedelta(days=8))
    rounds.bring(an_item(1), an_item(2, title="Bakers strike", summary="No bread."))
    with rounds.session() as session:
        [line] = series.lines(session)
    assert "matched nothing for a week" in str(line["warning"])
    rounds.bring(an_item(1), an_item(3))
    with rounds.session() as session:
        assert [line["warning"] for line in series.lines(session)] == [None]
