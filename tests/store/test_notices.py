"""Notices, steps and alerts at the tables: orders of arrival, races, and what is refused.

Agencies and stories are invented.
"""

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.errors import BadInput
from pipeline.records import ActsOn, Embargo, Notice, Story, Wire
from store import alerts, changes, decisions, embargoes, gates, intake, lineages, notices, steps
from store.changes import Happened
from store.models import (
    AlertRow,
    AuditRow,
    ChangeRow,
    DuplicateRow,
    InstalmentRow,
    ItemRow,
    NoticeRow,
    StepRow,
    StoryRow,
    VersionRow,
)
from store.session import transaction
from tests.builders import a_story
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.store.test_intake import LONG, NOW, Desk
from workers.consequences import RULES


def a_version(number: int, **wire: object) -> Story:
    made = NOW + timedelta(minutes=number)
    told = {"version": str(number), "version_created": made} | wire
    text = "" if told.get("status") == "canceled" else f"{LONG} {number}"
    story = a_story(
        guid="urn:1", url=None, canonical_url=None, title=f"Ferries {number}", text=text, summary=""
    )
    return replace(story, wire=Wire(**told))  # type: ignore[arg-type]  # any field of Wire


def tell(desk: Desk, *versions: Story) -> None:
    for version in versions:
        taken = desk.bring(version)
        settled = lineages.settle(
            desk.session,
            sorted({story_id for story_id, _ in taken.told}),
            new=frozenset(taken.told),
            rules=RULES,
            at=NOW,
        )
        changes.record(desk.session, settled.happened, by="machine:wires", at=NOW)


def standing(session: Session) -> object:
    """How the only story stands, whatever the order in which its versions came."""
    row = session.scalars(select(StoryRow).execution_options(populate_existing=True)).one()
    versions = session.scalars(select(VersionRow).execution_options(populate_existing=True))
    kinds = sorted((version.title, version.kind) for version in versions)
    shown = session.scalars(
        select(VersionRow.title).where(VersionRow.number == row.current_version)
    ).one()
    return row.status, row.embargo, row.embargo_until, shown, kinds


SETS = {
    "updates": [a_version(1), a_version(2), a_version(3, action="correct")],
    "a cancel": [a_version(1), a_version(2, status="canceled", version="0"), a_version(3)],
    "an embargo": [
        a_version(1, embargo=Embargo(NOW + timedelta(days=2))),
        a_version(2),
        a_version(3, ed_note="The embargo is lifted."),
        a_version(4, embargo=Embargo(None)),
    ],
    "a hold": [a_version(1), a_version(2, status="withheld"), a_version(3)],
}


@pytest.mark.parametrize("name", SETS)
def test_every_order_of_arrival_ends_in_the_same_rows(session: Session, name: str) -> None:
    ends = []
    for order in permutations(SETS[name]):
        nested = session.begin_nested()
        tell(Desk(session, outlet="tide", kind="wire"), *order)
        ends.append(standing(session))
        tell(Desk(session, outlet="tide", kind="wire"), *order)
        assert standing(session) == ends[-1]  # twice changes nothing
        nested.rollback()
    assert all(end == ends[0] for end in ends)


def test_versions_in_one_document_are_all_told(session: Session) -> None:
    desk = Desk(session, outlet="tide", kind="wire")
    taken = desk.bring(a_version(2), a_version(1), a_version(3))
    assert (taken.new, taken.changed) == (1, 2)
    assert len({story_id for story_id, _ in taken.told}) == 1


def test_a_live_story_keeps_its_kill_beyond_the_limit_of_versions(session: Session) -> None:
    desk = Desk(session, outlet="tide", kind="wire")
    for number in range(1, intake.MOST_TOLD + 1):
        desk.bring(a_version(number))
    more = desk.bring(a_version(900))
    assert more.flapping == 1
    tell(desk, a_version(901, status="canceled"))
    assert session.scalars(select(StoryRow.status)).one() == "killed"


def a_notice(session: Session, desk: Desk, target: ActsOn, action: str = "kill") -> list[int]:
    story = a_story(guid="urn:notice", title="A notice of some agency")
    came = notices.Came(
        notice=Notice(action=action, targets=(target,), is_sure=True, said="Untrue."),  # type: ignore[arg-type]  # kill or withhold
        story=story,
        fingerprint=f"{target}",
    )
    where = notices.Where(
        outlet_id=desk.outlet_id, feed_id=desk.feed_id, document_id=desk.document()
    )
    numbers_of = dedupe.named_numbers
    return notices.take_in(session, [came], where=where, numbers_of=numbers_of, at=NOW)


def test_a_notice_again_adds_nothing(session: Session) -> None:
    desk = Desk(session, outlet="tide", kind="wire")
    tell(desk, a_version(1))
    assert len(a_notice(session, desk, ActsOn(lineage="urn:1"))) == 1
    assert a_notice(session, desk, ActsOn(lineage="urn:1")) == []
    assert session.scalar(select(func.count(NoticeRow.id))) == 1
    assert session.scalar(select(func.count(ChangeRow.id))) == 1


def test_a_kill_by_notice_stands_whatever_version_comes_later(session: Session) -> None:
    desk = Desk(session, outlet="tide", kind="wire")
    tell(desk, a_version(1))
    a_notice(session, desk, ActsOn(lineage="urn:1"))
    tell(desk, a_version(2), a_version(3))
    assert session.scalars(select(StoryRow.status)).one() == "killed"
    a_notice(session, desk, ActsOn(lineage="urn:1", number="9"), "withhold")
    assert session.scalars(select(StoryRow.status)).one() == "killed"


def test_another_outlets_notice_kills_nothing_of_ours(session: Session) -> None:
    tell(Desk(session, outlet="tide", kind="wire"), a_version(1))
    stranger = Desk(session, outlet="gull", kind="wire")
    assert a_notice(session, stranger, ActsOn(lineage="urn:1")) == []
    assert session.scalars(select(StoryRow.status)).one() == "usable"


def test_a_decided_notice_is_not_decided_again(session: Session) -> None:
    ann = Newsroom(session).person("ann")
    desk = Desk(session, outlet="tide", kind="wire")
    tell(desk, a_version(1))
    a_notice(session, desk, ActsOn(lineage="urn:nobody"))
    number = session.scalars(select(NoticeRow.id)).one()
    story = session.scalars(select(StoryRow.id)).one()

    def decide(*, is_so: bool, story_id: int | None = None) -> None:
        notices.decide(session, number, ann, is_so=is_so, story_id=story_id, at=NOW)

    with pytest.raises(BadInput, match="name the story"):
        decide(is_so=True)
    with pytest.raises(BadInput, match="name the story"):
        decide(is_so=True, story_id=story + 99)
    decide(is_so=True, story_id=story)
    assert session.scalars(select(StoryRow.status)).one() == "killed"
    with pytest.raises(BadInput, match="carried out already, by ann"):
        decide(is_so=False)
    with pytest.raises(BadInput, match="there is no notice"):
        notices.decide(session, number + 99, ann, is_so=False, story_id=None, at=NOW)


# --- steps


def a_house(session: Session) -> tuple[Newsroom, int, int]:
    room = Newsroom(session)
    instalment = room.instalment(room.series())
    item = room.item(instalment)
    session.execute(update(ItemRow).where(ItemRow.id == item).values(state="accepted"))
    return room, instalment, item


def happened_to(session: Session, item: int, kind: str = "killed") -> None:
    story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == item)).one()
    if kind == "killed":
        session.execute(update(StoryRow).where(StoryRow.id == story).values(status="killed"))
    one = Happened(story_id=story, kind=kind, occasion="x", said="Untrue.")  # type: ignore[arg-type]  # the test names a kind
    changes.record(session, [one], by="machine:tests", at=FRIDAY)


def test_the_steps_lead_from_being_assembled_to_being_out(session: Session) -> None:
    room, instalment, _ = a_house(session)
    ann = room.person("ann")
    states = []
    for based_on, action in enumerate(("review", "ready", "approve", "publish"), start=1):
        states.append(steps.take(session, instalment, ann, action, based_on=based_on, now=FRIDAY))
    assert states == ["in_review", "ready", "approved", "published"]
    assert steps.of(session, instalment)[0].action == "publish"
    with pytest.raises(steps.Refused, match="cannot go that way"):
        steps.take(session, instalment, ann, "approve", based_on=5, now=FRIDAY)
    with pytest.raises(steps.Refused, match="Say what is corrected"):
        steps.take(session, instalment, ann, "correct", based_on=5, reason=" ", now=FRIDAY)
    ended = steps.take(
        session, instalment, ann, "withdraw", based_on=5, reason="Untrue.", now=FRIDAY
    )
    assert ended == "withdrawn"


def test_a_double_click_takes_one_step_and_who_was_late_is_told_who_was_faster(
    session: Session,
) -> None:
    room, instalment, _ = a_house(session)
    ann, ben = room.person("ann"), room.person("ben")
    for _ in range(2):
        state = steps.take(session, instalment, ann, "review", based_on=1, now=FRIDAY)
        assert state == "in_review"
    assert session.scalar(select(func.count(StepRow.id))) == 1
    with pytest.raises(steps.Refused, match="ann was faster: it is in review now"):
        steps.take(session, instalment, ben, "review", based_on=1, now=FRIDAY)


def test_what_is_approved_is_decided_about_by_nobody_until_it_is_opened_again(
    session: Session,
) -> None:
    room, instalment, item = a_house(session)
    ann = room.person("ann")
    for based_on, action in enumerate(("review", "ready", "approve"), start=1):
        steps.take(session, instalment, ann, action, based_on=based_on, now=FRIDAY)
    with pytest.raises(decisions.Closed, match="open it again"):
        decisions.decide(session, item, ann, "reject", based_on=1, now=FRIDAY)
    with pytest.raises(decisions.Closed):
        decisions.undo(session, item, ann, based_on=1, now=FRIDAY)
    steps.take(session, instalment, ann, "reopen", based_on=4, now=FRIDAY)
    decisions.decide(session, item, ann, "reject", based_on=1, now=FRIDAY)


def test_every_reason_to_wait_is_named(session: Session) -> None:
    room, instalment, item = a_house(session)
    bare = room.item(instalment, "No link", url=None, published=None)
    held = room.item(instalment, "Held")
    session.execute(update(ItemRow).where(ItemRow.id.in_([bare, held])).values(state="accepted"))
    story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == held)).one()
    until = FRIDAY + timedelta(hours=1)
    session.execute(
        update(StoryRow).where(StoryRow.id == story).values(embargo="until", embargo_until=until)
    )
    happened_to(session, item)
    found = [(one.item_id, one.kind) for one in gates.objections(session, instalment, now=FRIDAY)]
    assert found == [(item, "killed"), (bare, "link"), (bare, "date"), (held, "embargo")]
    later = gates.objections(session, instalment, now=until)
    assert [one.kind for one in later] == ["killed", "link", "date"]
    session.execute(update(ItemRow).values(state="rejected"))
    [nothing] = gates.objections(session, instalment, now=FRIDAY)
    assert nothing.kind == "empty"


@pytest.mark.parametrize(
    ("state", "kind"),
    [({"embargo": "unknown"}, "embargo"), ({"status": "killed"}, "killed")],
    ids=["embargo", "killed"],
)
def test_words_of_a_merged_story_are_held_by_that_storys_own_state(
    session: Session, state: dict[str, str], kind: str
) -> None:
    room, instalment, item = a_house(session)
    other = room.item(instalment, "The same, merged into it")
    merged = session.scalars(select(ItemRow.story_id).where(ItemRow.id == other)).one()
    session.execute(update(StoryRow).where(StoryRow.id == merged).values(**state))
    assert gates.objections(session, instalment, now=FRIDAY) == []
    version = select(ItemRow.version_id).where(ItemRow.id == item).scalar_subquery()
    session.execute(update(VersionRow).where(VersionRow.id == version).values(from_story_id=merged))
    found = gates.objections(session, instalment, now=FRIDAY)
    assert [(one.item_id, one.kind) for one in found] == [(item, kind)]
    if kind == "embargo":  # the button lifts it where it stands
        embargoes.lift(session, found[0].story_id or 0, said="By phone.", by="ann", at=FRIDAY)
        assert gates.objections(session, instalment, now=FRIDAY) == []


def test_a_kill_of_what_is_merged_into_an_items_story_blocks_it(session: Session) -> None:
    room, instalment, item = a_house(session)
    other = room.item(room.instalment(room.series("other")), "The same under another id")
    shown, merged = session.scalars(
        select(ItemRow.story_id).where(ItemRow.id.in_([item, other])).order_by(ItemRow.id)
    )
    values = {"merged_into": shown, "status": "withdrawn"}
    session.execute(update(StoryRow).where(StoryRow.id == merged).values(**values))
    assert gates.objections(session, instalment, now=FRIDAY) == []
    session.execute(update(StoryRow).where(StoryRow.id == merged).values(status="killed"))
    [found] = gates.objections(session, instalment, now=FRIDAY)
    assert (found.item_id, found.kind) == (item, "killed")


def test_an_item_that_comes_after_the_kill_of_the_text_it_copies_is_flagged_once(
    session: Session,
) -> None:
    room, instalment, item = a_house(session)
    agency = room.carrier(item, "Tide Wire", None)
    copy = select(ItemRow.story_id).where(ItemRow.id == item).scalar_subquery()
    killed = Happened(story_id=agency, kind="killed", occasion="x", said="Untrue.")
    session.execute(update(StoryRow).where(StoryRow.id == agency).values(status="killed"))
    changes.record(session, [killed], by="machine:tests", at=FRIDAY)
    session.execute(delete(AlertRow))  # as if the item had come only now
    session.execute(
        insert(DuplicateRow).values(
            story_id=copy,
            root_id=agency,
            relation="syndicated",
            score=1,
            why=[],
            decided_by="tests",
            decided_at=FRIDAY,
        )
    )
    assert gates.objections(session, instalment, now=FRIDAY) == []
    assert changes.catch_up(session, instalment, by="machine:tests", at=FRIDAY) == 1
    session.execute(update(AlertRow).values(bearing="development"))  # told the same till now
    assert gates.objections(session, instalment, now=FRIDAY) == []
    assert changes.catch_up(session, instalment, by="machine:tests", at=FRIDAY) == 0
    found = gates.objections(session, instalment, now=FRIDAY)
    assert [(one.item_id, one.kind) for one in found] == [(item, "killed")]
    session.execute(update(StoryRow).where(StoryRow.id == agency).values(status="usable"))
    session.execute(delete(AlertRow))
    assert changes.catch_up(session, instalment, by="machine:tests", at=FRIDAY) == 0


def test_what_is_refused_settles_no_task(session: Session) -> None:
    room, instalment, item = a_house(session)
    ann = room.person("ann")
    session.execute(
        update(InstalmentRow).where(InstalmentRow.id == instalment).values(state="published")
    )
    happened_to(session, item)
    [task] = alerts.tasks(session)
    assert task.alert.item_id == item
    with pytest.raises(steps.Refused):
        steps.take(session, instalment, ann, "correct", based_on=2, reason="x", now=FRIDAY)
    assert len(alerts.tasks(session)) == 1
    session.execute(update(ItemRow).where(ItemRow.id == item).values(state="rejected"))
    session.execute(update(ItemRow).values(state="rejected"))
    other = room.item(instalment, "Another")
    session.execute(update(ItemRow).where(ItemRow.id == other).values(state="accepted"))
    steps.take(session, instalment, ann, "correct", based_on=2, reason="x", now=FRIDAY)
    assert alerts.tasks(session) == []


def test_a_correction_settles_no_task_that_came_after_its_page(session: Session) -> None:
    room, instalment, item = a_house(session)
    ann = room.person("ann")
    for based_on, action in enumerate(("review", "ready", "approve", "publish"), start=1):
        steps.take(session, instalment, ann, action, based_on=based_on, now=FRIDAY)
    happened_to(session, item, "correction")

    def correct(based_on: int) -> str:
        return steps.take(
            session, instalment, ann, "correct", based_on=based_on, reason="A name.", now=FRIDAY
        )

    with pytest.raises(steps.Refused, match="A source has changed meanwhile: it is published"):
        correct(5)
    [task] = alerts.tasks(session)
    assert task.alert.is_open
    assert (correct(6), alerts.tasks(session)) == ("corrected", [])


def test_an_alert_is_settled_once_and_by_one(session: Session) -> None:
    room, _, item = a_house(session)
    ann, ben = room.person("ann"), room.person("ben")
    happened_to(session, item, "correction")
    [alert] = alerts.of_items(session, [item])
    assert alert.blocks
    assert alerts.settle(session, alert.id, ann, at=FRIDAY) == ("harbour-watch", 1)
    alerts.settle(session, alert.id, ben, at=FRIDAY)
    [settled] = alerts.of_items(session, [item])
    assert (settled.settled_by, settled.blocks) == ("ann", False)
    with pytest.raises(BadInput, match="there is no alert"):
        alerts.settle(session, alert.id + 99, ann, at=FRIDAY)
    noted = session.scalars(select(AuditRow.actor).where(AuditRow.action == "item.settle"))
    assert list(noted) == ["ann"]


def test_an_embargo_that_is_none_cannot_be_lifted(session: Session) -> None:
    _, _, item = a_house(session)
    story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == item)).one()
    assert not embargoes.lift(session, story, said="x", by="ann", at=FRIDAY)


def test_a_kill_and_an_approval_at_one_instant_never_leave_a_killed_item_approved(
    database: Engine,
) -> None:
    with transaction(database) as session:
        room, instalment, item = a_house(session)
        ann = room.person("ann")
        for based_on, action in enumerate(("review", "ready"), start=1):
            steps.take(session, instalment, ann, action, based_on=based_on, now=FRIDAY)
    start = threading.Barrier(2)

    def approve() -> None:
        start.wait()
        try:
            with transaction(database) as own:
                steps.take(own, instalment, ann, "approve", based_on=3, now=FRIDAY)
        except steps.Refused:
            pass

    def kill() -> None:
        start.wait()
        with transaction(database) as own:
            happened_to(own, item)

    threads = [threading.Thread(target=one) for one in (approve, kill)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(database) as session:
        assert session.scalars(select(InstalmentRow.state)).one() == "assembling"
        assert session.scalar(select(func.count(AlertRow.id))) == 1
