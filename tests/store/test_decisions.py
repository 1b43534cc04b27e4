"""Accept, reject, undo: compare and set, level by level, per person."""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from store import decisions, snoozes
from store.decisions import MOVES, Conflict, Decision, NothingToUndo, UnknownItem
from store.models import AuditRow, DecisionRow, InstalmentRow, ItemRow, SnoozeRow
from store.session import transaction
from store.users import Person
from tests.desk.newsroom import Newsroom

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Desk:
    """Two editors over one instalment of three items."""

    def __init__(self, session: Session) -> None:
        self.session = session
        room = Newsroom(session)
        self.ann = room.person("ann", "Ann Reed")
        self.ben = room.person("ben", "Ben Okoro")
        self.instalment = room.instalment(room.series(), number=3)
        self.items = [room.item(self.instalment, f"Headline {number}") for number in range(3)]
        self._minutes = itertools.count()

    def decide(
        self, user: Person, action: decisions.Action, item: int = 0, based_on: int | None = None
    ) -> Decision:
        """A decision on the version that stands, unless another is named."""
        return decisions.decide(
            self.session,
            self.items[item],
            user,
            action,
            based_on=self.version(item) if based_on is None else based_on,
            now=NOW + timedelta(minutes=next(self._minutes)),
        )

    def undo(self, user: Person, item: int = 0, based_on: int | None = None) -> Decision:
        """An undo on the version that stands, unless another is named."""
        return decisions.undo(
            self.session,
            self.items[item],
            user,
            based_on=self.version(item) if based_on is None else based_on,
            now=NOW + timedelta(minutes=next(self._minutes)),
        )

    def state(self, item: int = 0) -> str:
        """The state of an item now."""
        return decisions.find(self.session, self.items[item]).state

    def version(self, item: int = 0) -> int:
        """The version of an item now."""
        return decisions.find(self.session, self.items[item]).version

    def undoable(self, user: Person) -> Decision | None:
        """What the desk would offer this user to undo."""
        standing = decisions.of_instalment(self.session, self.instalment)
        return decisions.undoable(standing, user)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def test_a_decision_moves_the_item_marks_it_touched_and_leaves_two_rows(desk: Desk) -> None:
    decision = desk.decide(desk.ann, "accept")
    item = desk.session.scalars(select(ItemRow).where(ItemRow.id == desk.items[0])).one()
    assert (item.state, item.version, item.touched_at) == ("accepted", 2, NOW)
    row = desk.session.scalars(select(DecisionRow)).one()
    assert (row.id, row.user_id, row.action) == (decision.id, desk.ann.id, "accept")
    assert (row.state_before, row.state_after, row.made_version) == ("queued", "accepted", 2)
    line = desk.session.scalars(select(AuditRow)).one()
    assert (line.actor, line.action, line.subject_kind) == ("ann", "item.accept", "item")
    assert line.subject_id == str(desk.items[0])
    assert line.detail == {"decision": decision.id, "from": "queued", "to": "accepted"}


@pytest.mark.parametrize("state", MOVES)
@pytest.mark.parametrize("action", ["accept", "reject"])
def test_an_item_moves_as_the_table_says_and_not_otherwise(
    desk: Desk, state: str, action: decisions.Action
) -> None:
    desk.session.execute(update(ItemRow).where(ItemRow.id == desk.items[0]).values(state=state))
    if action in MOVES[state]:
        assert desk.decide(desk.ann, action).state_after == MOVES[state][action]
        assert desk.state() == MOVES[state][action]
    else:
        with pytest.raises(Conflict):
            desk.decide(desk.ann, action)
        assert desk.state() == state


def test_every_state_a_move_leads_to_has_a_row_of_its_own() -> None:
    assert {after for moves in MOVES.values() for after in moves.values()} <= set(MOVES)


def test_the_second_of_two_editors_is_told_who_did_what_when_and_overwrites_nothing(
    desk: Desk,
) -> None:
    desk.decide(desk.ann, "accept", based_on=1)
    with pytest.raises(Conflict) as caught:
        desk.decide(desk.ben, "reject", based_on=1)
    assert caught.value.decision is not None
    assert (caught.value.decision.who, caught.value.decision.action) == ("Ann Reed", "accept")
    assert caught.value.decision.decided_at == NOW
    assert caught.value.item.version == 2
    assert "Ann Reed accepted it" in str(caught.value)
    assert desk.state() == "accepted"
    assert len(desk.session.scalars(select(DecisionRow)).all()) == 1


def test_a_conflict_names_whoever_made_the_current_version_even_if_it_was_an_undo(
    desk: Desk,
) -> None:
    desk.decide(desk.ann, "accept")
    desk.decide(desk.ben, "reject")
    desk.undo(desk.ben)
    with pytest.raises(Conflict) as caught:
        desk.decide(desk.ann, "reject", based_on=2)
    assert caught.value.decision is not None
    assert (caught.value.decision.who, caught.value.decision.action) == ("Ben Okoro", "undo")


def test_a_change_by_the_machine_is_a_conflict_that_blames_nobody(desk: Desk) -> None:
    desk.session.execute(
        update(ItemRow)
        .where(ItemRow.id == desk.items[0])
        .values(headline="Retitled", version=ItemRow.version + 1)
    )
    with pytest.raises(Conflict, match="brought up to date") as caught:
        desk.decide(desk.ann, "accept", based_on=1)
    assert caught.value.decision is None
    assert caught.value.item.headline == "Retitled"


def test_a_double_click_is_one_decision_and_no_conflict(desk: Desk) -> None:
    first = desk.decide(desk.ann, "accept", based_on=1)
    assert desk.decide(desk.ann, "accept", based_on=1) == first
    assert desk.version() == 2
    undone = desk.undo(desk.ann, based_on=2)
    assert desk.undo(desk.ann, based_on=2) == undone
    assert desk.state() == "queued"


def test_the_same_click_by_somebody_else_is_a_conflict(desk: Desk) -> None:
    desk.decide(desk.ann, "accept", based_on=1)
    with pytest.raises(Conflict):
        desk.decide(desk.ben, "accept", based_on=1)


def test_undo_restores_what_the_decision_found_and_names_it(desk: Desk) -> None:
    decision = desk.decide(desk.ann, "accept")
    undone = desk.undo(desk.ann)
    assert (undone.action, undone.undoes_id) == ("undo", decision.id)
    assert (undone.state_before, undone.state_after) == ("accepted", "queued")
    assert desk.state() == "queued"
    actions = desk.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert actions == ["item.accept", "item.undo"]


def test_undo_goes_back_level_by_level_on_one_item(desk: Desk) -> None:
    desk.decide(desk.ann, "accept")
    desk.decide(desk.ann, "reject")
    desk.decide(desk.ann, "accept")
    assert [desk.undo(desk.ann).state_after for _ in range(3)] == ["rejected", "accepted", "queued"]
    with pytest.raises(NothingToUndo):
        desk.undo(desk.ann)


def test_three_decisions_are_offered_for_undo_one_by_one_newest_first(desk: Desk) -> None:
    for item in (1, 0, 2):
        desk.decide(desk.ann, "reject", item)
    offered = []
    while (last := desk.undoable(desk.ann)) is not None:
        offered.append(desk.items.index(last.item_id))
        desk.undo(desk.ann, offered[-1])
    assert offered == [2, 0, 1]
    assert [desk.state(item) for item in range(3)] == ["queued"] * 3


def test_undo_is_per_person(desk: Desk) -> None:
    desk.decide(desk.ann, "accept", 0)
    desk.decide(desk.ben, "accept", 1)
    last = desk.undoable(desk.ann)
    assert last is not None
    assert last.item_id == desk.items[0]
    with pytest.raises(Conflict) as caught:
        desk.undo(desk.ann, 1)
    assert caught.value.decision is not None
    assert caught.value.decision.who == "Ben Okoro"


def test_undo_refuses_and_says_who_decided_after_me(desk: Desk) -> None:
    desk.decide(desk.ann, "accept")
    desk.decide(desk.ben, "reject")
    assert desk.undoable(desk.ann) is None
    with pytest.raises(Conflict, match="Ben Okoro rejected it"):
        desk.undo(desk.ann)
    assert desk.state() == "rejected"


def test_undo_on_a_stale_page_refuses_and_says_who(desk: Desk) -> None:
    desk.decide(desk.ann, "accept")
    desk.decide(desk.ben, "reject")
    with pytest.raises(Conflict, match="Ben Okoro rejected it"):
        desk.undo(desk.ann, based_on=2)


def test_once_the_other_took_it_back_my_own_can_be_undone_again(desk: Desk) -> None:
    desk.decide(desk.ann, "accept")
    desk.decide(desk.ben, "reject")
    desk.undo(desk.ben)
    assert desk.undo(desk.ann).state_after == "queued"


def test_the_refusal_names_whose_decision_stands_and_not_who_undid_last(desk: Desk) -> None:
    desk.decide(desk.ben, "accept")
    desk.decide(desk.ann, "reject")
    desk.undo(desk.ann)
    with pytest.raises(Conflict) as caught:
        desk.undo(desk.ann)
    assert caught.value.decision is not None
    assert (caught.value.decision.who, caught.value.decision.action) == ("Ben Okoro", "accept")


def test_what_stands_on_an_instalment_is_one_decision_an_item(desk: Desk) -> None:
    desk.decide(desk.ann, "accept", 0)
    desk.decide(desk.ben, "reject", 0)
    desk.decide(desk.ann, "accept", 1)
    desk.undo(desk.ann, 1)
    standing = decisions.of_instalment(desk.session, desk.instalment)
    assert {item: (d.who, d.action) for item, d in standing.items()} == {
        desk.items[0]: ("Ben Okoro", "reject")
    }


def test_of_two_decisions_at_one_instant_the_second_is_told_who_was_faster(
    database: Engine,
) -> None:
    with transaction(database) as session:
        desk = Desk(session)
    item, refused = desk.items[0], []

    def reject() -> None:
        try:
            with transaction(database) as session:
                decisions.decide(session, item, desk.ben, "reject", based_on=1, now=NOW)
        except Conflict as conflict:
            refused.append(conflict)

    with transaction(database) as session:
        decisions.decide(session, item, desk.ann, "accept", based_on=1, now=NOW)
        second = threading.Thread(target=reject)
        second.start()
        wait_until_blocked(database)  # it has read the item as it was before
    second.join()
    assert [conflict.decision and conflict.decision.who for conflict in refused] == ["Ann Reed"]
    with transaction(database) as session:
        assert decisions.find(session, item).state == "accepted"
        assert len(session.scalars(select(DecisionRow)).all()) == 1


def wait_until_blocked(database: Engine) -> None:
    """Return once some connection waits for another's row."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    moment = threading.Event()
    for _ in range(12_000):  # two minutes: a crowded machine takes its time
        with database.connect() as connection:
            if connection.scalar(waiting):
                return
        moment.wait(0.01)
    pytest.fail("nobody waited")


def test_an_item_knows_its_series_and_instalment(desk: Desk) -> None:
    item = decisions.find(desk.session, desk.items[1])
    assert (item.series, item.number, item.headline) == ("harbour-watch", 3, "Headline 1")


def test_an_unknown_item_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownItem, match="no item 999999") as caught:
        decisions.decide(desk.session, 999_999, desk.ann, "accept", based_on=1, now=NOW)
    assert caught.value.item_id == 999_999


# --- putting off


def test_what_was_put_off_comes_back_at_its_time_unless_its_instalment_is_closed(
    desk: Desk,
) -> None:
    def waits() -> list[int]:
        return list(desk.session.scalars(select(SnoozeRow.item_id).order_by(SnoozeRow.item_id)))

    def is_now(state: str, hours: int) -> int:
        one = update(InstalmentRow).where(InstalmentRow.id == desk.instalment)
        desk.session.execute(one.values(state=state))
        return snoozes.return_due(desk.session, now=NOW + timedelta(hours=hours))

    first, second, third = desk.items
    for hours, item in enumerate(desk.items, start=1):
        until = NOW + timedelta(hours=hours)
        snoozes.snooze(desk.session, item, desk.ann, until, based_on=1, now=NOW)
    assert is_now("assembling", 0) == 0
    assert (is_now("assembling", 1), desk.state(), waits()) == (1, "queued", [second, third])
    # It may be opened again: then it comes back.
    assert (is_now("approved", 2), waits()) == (0, [second, third])
    assert (is_now("assembling", 2), desk.state(1), waits()) == (1, "queued", [third])
    # This one is out: nothing of it is due any more, and its state stays as readers have it.
    assert (is_now("published", 3), desk.state(2), waits()) == (0, "snoozed", [])
    asked = select(AuditRow.subject_id).where(AuditRow.action == "item.return")
    assert list(desk.session.scalars(asked)) == [str(first), str(second)]
