"""Every list of the API comes in pages by the same words and loses nothing between two."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from desk.api.operations import OPERATIONS
from pipeline.errors import BadInput
from store import clock, decisions, pasted, searches
from store.decisions import Action
from store.models import ItemRow, NoticeRow, StoryRow, VersionRow
from store.session import transaction
from tests.desk.client import Client
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY
from tests.desk.test_api_deeds import operator
from tests.desk.test_series import a_miss

SHEET = "/series/harbour-watch/instalments/7"
# Fifty at a time as on the page; as many as places are set up.
_OTHERWISE = {"listSources": {"cursor"}, "listDeliveries": set()}


def put(machine: Client, path: str, body: object) -> int:
    """Write over what stands there; gives the status."""
    told = {"content-type": "application/json"}
    return machine.raw("PUT", path, json.dumps(body).encode(), told).status


def walked(machine: Client, path: str, limit: int = 1) -> list[Any]:
    """Every row of a list, page by page."""
    rows: list[Any] = []
    cursor = ""
    mark = "&" if "?" in path else "?"
    for _ in range(20):
        answer = machine.get(f"{path}{mark}limit={limit}{cursor}")
        assert answer.status == 200, (path, answer.body)
        assert len(answer.body["items"]) <= limit
        rows += answer.body["items"]
        if answer.body["next"] is None:
            return rows
        cursor = f"&cursor={answer.body['next']}"
    raise AssertionError(f"{path} does not end")


def test_every_list_takes_a_cursor_and_a_limit() -> None:
    for one in OPERATIONS:
        if one.method == "GET" and one.answers.endswith("Page"):
            wanted = _OTHERWISE.get(one.name, {"cursor", "limit"})
            assert wanted <= set(one.query), one.name


def filled(house: House) -> int:
    """Three of everything that is listed; gives an item."""
    item, others = house.item("Envoys meet"), [house.item(f"Other {n}") for n in range(2)]
    with transaction(house.engine) as session:
        actions: tuple[Action, ...] = ("accept", "reject", "accept")
        for based_on, action in enumerate(actions, start=1):
            decisions.decide(session, item, house.ann, action, based_on=based_on, now=FRIDAY)
    with house.newsroom() as room:
        for number in range(3):
            session = room.session
            url = f"https://harbour.example/{number}"
            facts = {"section": "items", "user": house.ann, "at": FRIDAY}
            pasted.add(session, house.instalment, given=url, url=url, **facts)  # type: ignore[arg-type]  # each its own
            row = session.get_one(ItemRow, [item, *others][number])
            story, version = session.get_one(StoryRow, row.story_id), row.version_id
            session.execute(
                insert(NoticeRow).values(
                    outlet_id=story.outlet_id,
                    feed_id=story.feed_id,
                    fingerprint=str(number),
                    document_id=session.get_one(VersionRow, version).document_id,
                    action="kill",
                    headline=f"KILL {number}",
                    said="",
                    hint="",
                    state=("carried_out", "unresolved", "carried_out")[number],
                    at=FRIDAY,  # at one moment: the number tells them apart
                    keep_until=FRIDAY + timedelta(days=7),
                )
            )
    return item


def test_nothing_is_lost_or_told_twice_between_two_pages(house: House) -> None:
    item = filled(house)
    machine = operator(house)
    for number in range(3):
        told = {"name": f"Search {number}", "query": {"q": "envoys"}}
        assert machine.post("/searches", told).status == 200
        said = {"markdown": f"Version {number}", "version": number}
        assert put(machine, f"/items/{item}/text", said) == 200
        assert put(machine, f"{SHEET}/texts/lead", said) == 200
    version = machine.get(SHEET).body["version"]
    for action in ("review", "reopen", "review"):
        moved = machine.post(f"{SHEET}/steps", {"action": action, "version": version})
        assert moved.status == 200
        version = moved.body["version"]
    wanted: dict[str, Sequence[object]] = {
        f"/items/{item}/decisions": ["accept", "reject", "accept"],
        f"/items/{item}/text/versions": [f"Version {n}" for n in (2, 1, 0)],
        f"{SHEET}/texts/lead/versions": [f"Version {n}" for n in (2, 1, 0)],
        f"{SHEET}/steps": ["review", "reopen", "review"],
        f"{SHEET}/pasted": [f"https://harbour.example/{n}" for n in (2, 1, 0)],
        "/kills": ["KILL 1", "KILL 2", "KILL 0"],
        "/searches": ["Search 0", "Search 1", "Search 2"],
    }
    names = ("markdown", "given", "headline", "name", "action")
    for path, rows in wanted.items():
        for limit in (1, 2, 50):
            found = walked(machine, path, limit)
            assert [next(one[n] for n in names if n in one) for one in found] == list(rows), path


def test_what_was_nearly_taken_and_definitions_come_page_by_page(house: House) -> None:
    first, *_ = [a_miss(house, f"Miss {number}") for number in range(3)]
    gone = [a_miss(house, f"Copy {number}") for number in range(5)]  # nearest, and merged since
    with transaction(house.engine) as session:
        session.execute(
            update(StoryRow).where(StoryRow.id.in_(gone)).values(merged_into=first, status="merged")
        )
    machine = operator(house)
    path = "/series/harbour-watch/near-misses?shown_as=uncertain"
    found = [one["title"] for one in walked(machine, path)]
    assert sorted(found) == ["Miss 0", "Miss 1", "Miss 2"]
    lines = walked(machine, "/series/harbour-watch/definition/versions")
    assert [line["version"] for line in lines] == [1]


def test_a_person_keeps_so_many_searches_and_is_told_what_to_do(house: House) -> None:
    with transaction(house.engine) as session:
        at = clock.now(session)
        for number in range(searches.MOST):
            name = f"Search {number}"
            searches.save(session, house.ann, name, "q=ferry", is_shared=False, at=at)
        searches.save(session, house.ann, "Search 1", "q=bridge", is_shared=False, at=at)
        with pytest.raises(BadInput, match="drop one that you need no more"):
            searches.save(session, house.ann, "One more", "q=ferry", is_shared=False, at=at)
    machine = operator(house)
    answer = machine.post("/searches", {"name": "One more", "query": {}})
    assert answer.status == 422
    assert "You keep 100 searches already" in answer.body["detail"]
    desk = house.signed_in()
    refused = desk.press("Keep", on=desk.get("/queue?q=ferry").page, name="One more")
    assert refused.status == 422
    assert "You keep 100 searches already" in refused.page.text
