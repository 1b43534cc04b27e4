"""An instalment through a week's changes: it stays consistent, and each decision is on record.

From the bytes of invented feeds to the rows an editor sees; Celery left out, so that each step can
be put where it is wanted.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from store import clock, decisions, drafts, itemchanges, offers, regroup, series, users
from store.drafts import ItemView
from store.models import AuditRow, InstalmentRow, ItemRow, MemberRow, StoryRow
from store.users import Person
from tests.desk.newsroom import Newsroom
from tests.rounds import (
    FRIDAY,
    MONDAY,
    SERIES,
    TIDES,
    Rounds,
    an_item,
    newsroom,
    own_database,
)

LIVE = "Ferry talks resume in Aldwick"


@pytest.fixture(scope="module")
def instalments_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "instalments") as engine:
        yield engine


@pytest.fixture
def rounds(instalments_database: Engine) -> Iterator[Rounds]:
    with newsroom(instalments_database) as rounds:
        yield rounds


def items(rounds: Rounds, number: int = 1, key: str = "ferry-watch") -> dict[str, ItemView]:
    """What stands in an instalment, by headline."""
    with rounds.session() as session:
        view = drafts.show(session, key, number)
    assert view is not None
    return {item.headline: item for section in view.sections for item in section.items}


def ann(rounds: Rounds) -> Person:
    with rounds.session() as session:
        return next(iter(users.everyone(session)), None) or Newsroom(session).person("ann")


def accept(rounds: Rounds, headline: str) -> int:
    item, person = items(rounds)[headline], ann(rounds)
    with rounds.session() as session:
        decisions.decide(session, item.id, person, "accept", based_on=item.version, now=MONDAY)
    return item.id


def refresh(rounds: Rounds) -> None:
    ids = [row.id for row in rounds.rows(InstalmentRow)]
    rounds.make_due(*ids, table=InstalmentRow)
    rounds.refresh(*ids)


def audited(rounds: Rounds) -> list[tuple[str, str]]:
    with rounds.session() as session:
        asked = select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id)
        return [(actor, action) for actor, action in session.execute(asked)]


def test_a_changed_source_is_offered_to_who_accepted_it_and_taken_in_their_name(
    rounds: Rounds,
) -> None:
    rounds.bring(an_item(0))
    item = accept(rounds, LIVE)
    changed = "Ferry talks in Aldwick end without an agreement after a walkout"
    rounds.bring(an_item(0, title=changed))
    standing = items(rounds)[LIVE]
    assert (standing.id, standing.state) == (item, "accepted")
    [offer] = standing.offers
    assert (offer["kind"], offer["headline"]) == ("version", changed)
    with rounds.session() as session:
        offers.accept(session, int(str(offer["id"])), by="ann", at=MONDAY)
    refresh(rounds)
    assert items(rounds)[changed].offers == ()
    assert items(rounds)[changed].state == "accepted"
    assert ("ann", "item.take_offer") in audited(rounds)


def test_a_copy_found_late_joins_the_item_and_changes_nothing_that_was_decided(
    rounds: Rounds,
) -> None:
    body = "<p>" + " ".join(f"word{number} of the ferry talks" for number in range(80)) + "</p>"
    rounds.bring(an_item(0, body=body))
    item = accept(rounds, LIVE)
    rounds.follow(TIDES, outlet="tide-wire")
    copy = an_item(0, title="Talks on ferries again", link="https://tide-wire.example/0", body=body)
    rounds.bring(copy, url=TIDES)
    [standing] = items(rounds).values()
    assert (standing.id, standing.headline, standing.state) == (item, LIVE, "accepted")
    assert [outlet for outlet, *_ in standing.also] == ["tide-wire"]


def test_a_merge_of_developments_leaves_one_item_and_its_undo_two(rounds: Rounds) -> None:
    rounds.bring(an_item(0), an_item(1), an_item(2))
    accept(rounds, LIVE)
    of = {row.story_id: row.development_id for row in rounds.rows(MemberRow)}
    kept, other = (of[row.id] for row in rounds.rows(StoryRow)[:2])
    with rounds.session() as session:
        ruling = regroup.merge(session, kept, other, by="ann", at=clock.now(session))
    refresh(rounds)
    assert set(items(rounds)) == {LIVE, an_item(2).title}
    assert items(rounds)[LIVE].state == "accepted"
    with rounds.session() as session:
        regroup.undo(session, ruling.id, by="ann", at=clock.now(session))
    refresh(rounds)
    assert set(items(rounds)) == {LIVE, an_item(1).title, an_item(2).title}
    assert {actor for actor, action in audited(rounds) if action == "item.merge"} == {"ann"}


def test_an_item_moved_to_another_series_stands_there_and_is_not_offered_here_again(
    rounds: Rounds,
) -> None:
    rounds.define(SERIES.replace("ferry-watch", "pier-watch").replace("Zelensky", "pier"))
    rounds.bring(an_item(0), an_item(1))
    person, item = ann(rounds), items(rounds)[LIVE]
    with rounds.session() as session:
        of = series.id_of(session, "pier-watch")
        asked = select(InstalmentRow.id).where(InstalmentRow.series_id == of)
        there = drafts.load(session, session.execute(asked).scalar_one())
        itemchanges.move(
            session, item.id, person, there, "other", based_on=item.version, now=MONDAY
        )
    rounds.follow(TIDES, outlet="tide-wire")
    rounds.bring(an_item(0, link="https://tide-wire.example/0"), url=TIDES)
    refresh(rounds)
    assert items(rounds)[LIVE].state == "rejected"
    assert items(rounds, key="pier-watch")[LIVE].state == "accepted"
    assert any(actor == "ann" and action.startswith("item.") for actor, action in audited(rounds))


def test_what_was_used_last_week_is_said_and_what_was_not_is_offered_once_more(
    rounds: Rounds,
) -> None:
    rounds.at(FRIDAY - timedelta(hours=2))
    when = FRIDAY - timedelta(hours=3)
    rounds.bring(an_item(0, published=when), an_item(1, published=when))
    accept(rounds, LIVE)
    rounds.at(FRIDAY + timedelta(hours=2))
    rounds.bring(an_item(2, published=FRIDAY + timedelta(hours=1)))
    second = items(rounds, 2)
    assert set(second) == {an_item(1).title, an_item(2).title}  # the accepted one was used
    assert second[an_item(1).title].flags == ("before_window",)
    assert second[an_item(2).title].flags == ()
    rounds.bring(an_item(0, title=f"{LIVE} for a second day", published=FRIDAY))
    assert all(one.state == "queued" for one in items(rounds, 2).values())


def test_doing_it_all_again_changes_nothing(rounds: Rounds) -> None:
    rounds.bring(an_item(0), an_item(1), an_item(2))
    accept(rounds, LIVE)
    refresh(rounds)
    before = rounds.rows(ItemRow)
    refresh(rounds)
    again = rounds.rows(ItemRow)
    assert [(row.id, row.version, row.position) for row in again] == [
        (row.id, row.version, row.position) for row in before
    ]
