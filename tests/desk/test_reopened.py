"""A kill between approval and publication: a page says what happened, one press mends it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from store import changes, steps, taught
from store.changes import Happened
from store.models import AlertRow, AuditRow, DecisionRow, InstalmentRow, ItemRow, StepRow, StoryRow
from store.session import transaction
from tests.desk.browser import Answer
from tests.desk.client import Client, client
from tests.desk.house import SHEET, House
from tests.desk.newsroom import FRIDAY

PAGE = f"{SHEET}/approval"


@pytest.fixture
def items(house: House) -> list[int]:
    """Three accepted items of an instalment that Ann has approved."""
    made = [house.item(f"Envoys meet {word}") for word in ("I", "II", "III")]
    with transaction(house.engine) as session:
        session.execute(update(ItemRow).values(state="accepted"))
        for based_on, action in enumerate(("review", "ready", "approve"), start=1):
            steps.take(session, house.instalment, house.ann, action, based_on=based_on, now=FRIDAY)
    return made


def happens(house: House, item: int, kind: str, said: str) -> None:
    """A wire says something of an item's source, an hour after the approval."""
    with transaction(house.engine) as session:
        story = session.scalars(select(ItemRow.story_id).where(ItemRow.id == item)).one()
        if kind == "killed":
            session.execute(update(StoryRow).where(StoryRow.id == story).values(status="killed"))
        one = Happened(story_id=story, kind=kind, occasion=f"{kind} {item}", said=said)  # type: ignore[arg-type]  # one of the kinds
        changes.record(session, [one], by="machine:wires", at=FRIDAY + timedelta(hours=1))


def stands(house: House) -> tuple[str, list[str], int]:
    """The instalment's state, its items' states, and how many alerts are open."""
    with transaction(house.engine) as session:
        state = session.scalars(select(InstalmentRow.state)).one()
        of_items = list(session.scalars(select(ItemRow.state).order_by(ItemRow.id)))
        asked = select(AlertRow.id).where(AlertRow.settled_at.is_(None))
        return state, of_items, len(session.scalars(asked).all())


def section(answer: Answer) -> str:
    """What the page says of its having been opened again."""
    return " ".join(
        next(
            one.text
            for one in answer.page.all("section")
            if one.attributes.get("aria-labelledby") == "reopened"
        ).split()
    )


def test_one_page_tells_who_approved_it_and_what_happened_and_one_press_brings_it_back(
    house: House, items: list[int]
) -> None:
    happens(house, items[1], "killed", "There were no talks.")
    happens(house, items[2], "correction", "It was Tuesday.")
    ann = house.signed_in()
    first = ann.get("/").page.text
    assert "Opened again: Harbour Watch No. 7, which was approved" in " ".join(first.split())
    page = ann.get(PAGE)
    said = section(page)
    assert "Ann Reed approved it on" in said
    assert "A source was killed. There were no talks." in said
    assert "Nobody has changed anything else in it since." in said
    assert "It cannot stay with this source." in said
    assert "Keep it as it stands: I have seen what changed" in said
    pressed = ann.press("Do so, and approve it again", on=page.page)
    assert pressed.status == 303, pressed.body
    assert stands(house) == ("approved", ["accepted", "rejected", "accepted"], 0)
    assert "Opened again" not in ann.get("/").page.text
    with transaction(house.engine) as session:
        assert list(session.scalars(select(DecisionRow.reason))) == ["its source was killed"]
        assert taught.decided(session, house.series) == []  # a kill says nothing of what belongs
        taken = list(session.execute(select(StepRow.action, StepRow.taken_by).order_by(StepRow.id)))
        noted = set(session.scalars(select(AuditRow.action).where(AuditRow.actor == "ann")))
    assert [tuple(one) for one in taken[3:]] == [
        ("reopen", "machine:wires"),
        ("review", "ann"),
        ("ready", "ann"),
        ("approve", "ann"),
    ]
    assert {"item.reject", "item.settle", "instalment.approve"} <= noted


def test_what_came_after_the_page_was_made_or_still_objects_changes_nothing(
    house: House, items: list[int]
) -> None:
    happens(house, items[1], "killed", "There were no talks.")
    ann = house.signed_in()
    page = ann.get(PAGE)
    happens(house, items[0], "killed", "Nor these.")
    refused = ann.press("Do so, and approve it again", on=page.page)
    assert refused.status == 409
    assert "Something further has happened" in refused.page.text
    assert stands(house) == ("assembling", ["accepted"] * 3, 2)
    page = ann.get(PAGE)
    with transaction(house.engine) as session:
        session.execute(update(ItemRow).where(ItemRow.id == items[2]).values(attribution=""))
    refused = ann.press("Do so, and approve it again", on=page.page)
    assert refused.status == 409
    assert "it does not name its outlet" in refused.page.text
    assert stands(house) == ("assembling", ["accepted"] * 3, 2)


def test_what_people_changed_since_is_told_and_whoever_may_not_approve_calls_it_ready(
    house: House, items: list[int]
) -> None:
    happens(house, items[1], "killed", "There were no talks.")
    ben = house.signed_in("ben")
    row = ben.get(f"/items/{items[0]}")
    assert ben.press("Reject", on=row.page).status == 303
    page = ben.get(PAGE)
    assert "Ben Okoro rejected it" in section(page)
    assert "a chief editor then approves it" in section(page).lower()
    assert ben.press("Do so, and call it ready again", on=page.page).status == 303
    assert stands(house) == ("ready", ["rejected", "rejected", "accepted"], 0)


def test_pressed_twice_is_pressed_once_and_whoever_was_slower_is_told(
    house: House, items: list[int]
) -> None:
    happens(house, items[1], "killed", "There were no talks.")
    ann, ben = house.signed_in(), house.signed_in("ben")
    page, of_ben = ann.get(PAGE), ben.get(PAGE)
    for _ in range(2):
        assert ann.press("Do so, and approve it again", on=page.page).status == 303
    with transaction(house.engine) as session:
        assert len(session.scalars(select(StepRow.id)).all()) == 3 + 1 + 3
    slower = ben.press("Do so, and call it ready again", on=of_ben.page)
    assert (slower.status, "Somebody has gone on with it" in slower.page.text) == (409, True)


def test_an_item_that_is_kept_is_kept_as_the_page_showed_it(house: House, items: list[int]) -> None:
    happens(house, items[2], "correction", "It was Tuesday.")
    ann = house.signed_in()
    page = ann.get(PAGE)
    with transaction(house.engine) as session:  # as a colleague does who chooses another link
        one = update(ItemRow).where(ItemRow.id == items[2])
        session.execute(one.values(version=ItemRow.version + 1))
    refused = ann.press("Do so, and approve it again", on=page.page)
    assert refused.status == 409
    assert "Somebody has changed “Envoys meet III” meanwhile" in refused.page.text
    assert stands(house) == ("assembling", ["accepted"] * 3, 1)


# --- the same for machines

AGAIN = "/series/harbour-watch/instalments/7/reopened"


def told(machine: Client) -> dict[str, Any]:
    """The body of the call that does what the instalment's page proposes."""
    found = machine.get(AGAIN).body
    return {
        "version": found["version"],
        "items": [
            {"item": one["item"], "version": one["version"], "keeps": not one["must_go"]}
            for one in found["causes"]
        ],
        "alerts": [each["id"] for one in found["causes"] for each in one["alerts"]],
    }


def test_a_machine_reads_what_was_opened_again_and_brings_it_back_in_one_call(
    house: House, items: list[int]
) -> None:
    machine = client(house, "step", "decide", "settle", "approve")
    assert machine.get(AGAIN).status == 404  # nothing has opened it
    happens(house, items[1], "killed", "There were no talks.")
    happens(house, items[2], "correction", "It was Tuesday.")
    found = machine.get(AGAIN).body
    assert (found["approves"], found["by_before"]) == (True, "Ann Reed")
    assert [(one["item"], one["must_go"]) for one in found["causes"]] == [
        (items[1], True),
        (items[2], False),
    ]
    assert [one["kind"] for one in found["causes"][1]["alerts"]] == ["correction"]
    stale = told(machine) | {"alerts": []}
    refused = machine.post(AGAIN, stale)
    assert (refused.status, "Something further" in refused.body["detail"]) == (409, True)
    sent = told(machine)
    for _ in range(2):  # the same call twice is one
        done = machine.post(AGAIN, sent)
        assert (done.status, done.body["state"]) == (200, "approved")
    assert stands(house) == ("approved", ["accepted", "rejected", "accepted"], 0)
    assert machine.post(AGAIN, sent | {"version": 1}).status == 409
    otherwise = [one | {"keeps": False} for one in sent["items"]]
    refused = machine.post(AGAIN, sent | {"items": otherwise})  # nobody is told that this was done
    assert (refused.status, "gone on with it" in refused.body["detail"]) == (409, True)


def test_a_machine_that_may_not_approve_calls_it_ready_and_one_that_may_not_decide_does_nothing(
    house: House, items: list[int]
) -> None:
    happens(house, items[1], "killed", "There were no talks.")
    lesser = client(house, "step", "decide", "settle")
    for lacking in (("decide", "settle"), ("step", "settle"), ("step", "decide")):
        machine = client(house, *lacking)
        assert machine.post(AGAIN, told(lesser)).status == 403
    keeping = told(lesser)
    keeping["items"][0]["keeps"] = True
    refused = lesser.post(AGAIN, keeping)
    assert (refused.status, refused.body["objections"] != []) == (409, True)
    assert stands(house) == ("assembling", ["accepted"] * 3, 1)
    done = lesser.post(AGAIN, told(lesser))
    assert (done.status, done.body["state"]) == (200, "ready")
