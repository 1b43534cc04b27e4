"""The API: tokens and limits, deeds as on the pages, versions, keys, pages, refusals."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.routing import Route

from desk import api
from desk.api import links
from desk.api.describe import description
from desk.api.operations import OPERATIONS, SHAPES
from desk.app import create_app
from store import passwords, tokens
from store.models import AuditRow, DecisionRow, TokenRow, UserRow
from store.session import transaction
from tests.desk.client import Client, client
from tests.desk.house import House

SHEET = "/series/harbour-watch/instalments/7"


def decisions(house: House) -> list[str]:
    with transaction(house.engine) as session:
        return list(session.scalars(select(DecisionRow.action).order_by(DecisionRow.id)))


def test_the_description_and_the_routes_are_of_one_list(house: House) -> None:
    described = {
        (path, method.upper()) for path, of in description()["paths"].items() for method in of
    }
    served = {
        (route.path, method)
        for route in create_app(house.settings, house.engine).routes
        if isinstance(route, Route) and route.path.startswith(api.PREFIX)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == described | {("/api/v1/openapi.json", "GET")}
    told = Client(house).get("/openapi.json")
    assert (told.status, told.body["openapi"]) == (200, "3.1.0")


def test_every_address_that_names_something_is_led_to_by_an_answer_that_names_it() -> None:
    led_to = {name for one in OPERATIONS for name in links.of(one)}
    assert {one.name for one in OPERATIONS if one.parts} <= led_to
    by_name = {one.name: one for one in OPERATIONS}
    for name, gives in links.GIVES.items():
        for place in gives.values():
            shape: Any = SHAPES[by_name[name].answers]
            for word in place.split("/"):
                shape = shape.get("items", shape) if word == "0" else shape["properties"][word]
                shape = SHAPES[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
                if shape.keys() == {"type"} and shape["type"] == "object":
                    break  # told in no more detail
            assert shape["type"] != "array", (name, place)


@pytest.mark.parametrize("token", ["", "sw_nonsense", "x", "sw_\u00e9"])
def test_without_a_good_token_nothing_is_told(house: House, token: str) -> None:
    for path in ("/me", "/series", SHEET, "/stories"):
        answer = Client(house, token).get(path)
        assert answer.status == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_session_cookie_opens_nothing_here(house: House) -> None:
    browser = house.signed_in("ann")
    assert browser.raw("GET", "/api/v1/me", {}).status == 401


def test_what_is_over_revoked_or_of_somebody_shut_out_is_worth_nothing(house: House) -> None:
    changes = (
        update(TokenRow).values(expires_at=func.now()),
        update(TokenRow).values(revoked_at=func.now()),
        update(UserRow).values(disabled_at=func.now()),
    )
    for change in changes:
        machine = client(house)
        assert machine.get("/me").status == 200
        with transaction(house.engine) as session:
            session.execute(change)
        assert machine.get("/me").status == 401
        with transaction(house.engine) as session:
            session.execute(update(UserRow).values(disabled_at=None))


def test_items_come_with_their_reasons_and_a_decision_is_one_of_the_desk(house: House) -> None:
    item = house.item(why=({"reason": "query", "text": "because of ports", "weight": 1.0},))
    machine = client(house, "decide")
    [shown] = machine.get(f"{SHEET}/items").body["items"]
    assert (shown["id"], shown["why"][0]["text"]) == (item, "because of ports")
    one = machine.get(f"/items/{item}")
    assert one.headers["etag"].startswith('"1-')
    done = machine.post(f"/items/{item}/decision", {"action": "accept"}, if_match='"1"')
    assert (done.status, done.body["state"], done.headers["etag"][:3]) == (200, "accepted", '"2-')
    assert decisions(house) == ["accept"]
    with transaction(house.engine) as session:
        trail = session.execute(select(AuditRow.actor, AuditRow.action).order_by(AuditRow.id)).all()
    assert [tuple(line) for line in trail][-2:] == [("ann", "item.accept"), ("ann", "token.use")]
    again = machine.post(f"/items/{item}/decision", {"action": "undo", "version": 2})
    assert (again.status, again.body["state"]) == (200, "queued")


def test_a_stale_version_is_a_conflict_that_says_who_and_none_is_asked_for(house: House) -> None:
    item = house.item()
    house_ben = client(house, "decide", name="ben")
    assert house_ben.post(f"/items/{item}/decision", {"action": "accept", "version": 1}).status
    machine = client(house, "decide")
    late = machine.post(f"/items/{item}/decision", {"action": "reject", "version": 1})
    assert late.status == 409
    assert late.body["item"] == {"id": item, "state": "accepted", "version": 2}
    assert late.body["decided_by"] == "Ben Okoro"
    assert machine.post(f"/items/{item}/decision", {"action": "reject"}).status == 428
    both = {"action": "reject", "version": 2}
    assert machine.post(f"/items/{item}/decision", both, if_match='"1"').status == 400
    assert machine.post(f"/items/{item}/decision", both, if_match="W/1").status == 400
    assert decisions(house) == ["accept"]


def test_a_write_with_a_key_is_done_once_and_answered_twice(house: House) -> None:
    item = house.item()
    machine = client(house, "decide")
    path, body = f"/items/{item}/decision", {"action": "accept", "version": 1}
    first = machine.post(path, body, idempotency_key="k1")
    again = machine.post(path, body, idempotency_key="k1")
    assert (first.status, first.body) == (again.status, again.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert decisions(house) == ["accept"]
    other = machine.post(path, {"action": "reject", "version": 2}, idempotency_key="k1")
    assert (other.status, "another request" in other.body["detail"]) == (422, True)
    assert machine.post(path, body, idempotency_key="a b").status == 400
    theirs = client(house, "decide", name="ben")
    assert theirs.post(path, {"action": "reject", "version": 2}, idempotency_key="k1").status == 200


def test_a_token_of_one_series_finds_nothing_of_another(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
        room.instalment(other, number=3)
    machine = client(house, "decide", "step", series=("river-notes",))
    assert [one["series"] for one in machine.get("/series").body["items"]] == ["river-notes"]
    assert machine.get("/series/river-notes/instalments/3").status == 200
    for path in (SHEET, f"{SHEET}/items", f"/items/{item}", "/series/harbour-watch/alerts"):
        assert machine.get(path).status == 404
    accept = {"action": "accept", "version": 1}
    assert machine.post(f"/items/{item}/decision", accept).status == 404
    assert decisions(house) == []


def test_a_token_may_no_more_than_its_rights_and_its_owners(house: House) -> None:
    item = house.item()
    reader = client(house)
    answer = reader.post(f"/items/{item}/decision", {"action": "accept", "version": 1})
    assert (answer.status, answer.body["right"]) == (403, "decide")
    machine = client(house, "decide", "approve", "step")
    with transaction(house.engine) as session:
        session.execute(update(UserRow).values(role="reader"))
    answer = machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1})
    assert (answer.status, "one must be an editor" in answer.body["detail"]) == (403, True)
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == "ann").values(role="editor"))
    assert machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1}).status == 200
    for version, (action, status) in enumerate(
        [("review", 200), ("ready", 200), ("approve", 403)], start=1
    ):
        answer = machine.post(f"{SHEET}/steps", {"action": action, "version": version})
        assert answer.status == status, answer.body


def test_an_instalment_is_approved_and_exported(house: House) -> None:
    item = house.item()
    machine = client(house, "decide", "approve", "step")
    early = machine.post(f"{SHEET}/steps", {"action": "ready", "version": 1})
    assert early.status == 409
    assert machine.get(f"{SHEET}/export/ninjs").status == 409
    machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1})
    for version, action in enumerate(("review", "ready", "approve"), start=1):
        done = machine.post(f"{SHEET}/steps", {"action": action, "version": version})
        assert done.status == 200, done.body
    assert done.body["state"] == "approved"
    assert machine.get(f"{SHEET}/export/ninjs").body["uri"]
    assert machine.get(f"{SHEET}/export/nitf").headers["content-type"].startswith("application/xml")
    assert machine.get(f"{SHEET}/export/doc").status == 404
    closed = machine.post(f"/items/{item}/decision", {"action": "reject", "version": 2})
    assert (closed.status, "is approved" in closed.body["detail"]) == (409, True)


def test_texts_are_kept_upon_what_stands_and_items_put_in_order(house: House) -> None:
    first, second = house.item("First"), house.item("Second")
    machine = client(house, "decide", "write")
    path = f"/items/{first}/text"
    stands = machine.get(path)
    assert (stands.body["markdown"], stands.headers["etag"][:3]) == ("", '"0-')
    kind = {"content-type": "application/json", "if-match": '"0"'}
    saved = machine.raw("PUT", path, b'{"markdown": "Two envoys met."}', kind)
    assert (saved.status, saved.body["who"]) == (200, "Ann Reed")
    late = machine.raw("PUT", path, b'{"markdown": "Other words."}', kind)
    assert (late.status, late.body["now"]["markdown"]) == (409, "Two envoys met.")
    lead = machine.raw("PUT", f"{SHEET}/texts/lead", b'{"markdown": "A week of talks."}', kind)
    assert lead.status == 200
    assert machine.get(SHEET).body["lead"] == "A week of talks."
    for item in (first, second):
        machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1})
    now = machine.get(f"/items/{second}").body["version"]
    moved = machine.post(f"/items/{second}/place", {"way": "up", "version": now})
    assert moved.status == 200, moved.body
    shown = machine.get(f"{SHEET}/items?state=accepted").body["items"]
    assert [one["id"] for one in shown] == [second, first]
    assert machine.post(f"/items/{second}/place", {"way": "up", "version": now}).status == 409


def test_lists_come_in_pages_that_neither_lose_nor_double(house: House) -> None:
    made = [house.item(f"Headline {number}") for number in range(7)]
    machine = client(house)
    for path, key in ((f"{SHEET}/items?", "id"), ("/stories?q=headline&", "title")):
        seen: list[object] = []
        cursor = ""
        while True:
            answer = machine.get(f"{path}limit=3{cursor}")
            assert answer.status == 200, answer.body
            seen += [one[key] for one in answer.body["items"]]
            if answer.body["next"] is None:
                break
            cursor = f"&cursor={answer.body['next']}"
        assert len(seen) == len(set(map(str, seen))) == 7
        if key == "id":
            assert seen == made


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "bnVsbA", "WyJhIiwiYiJd", "W251bGwsMV0"])
def test_a_cursor_that_is_none_of_ours_is_refused(house: House, cursor: str) -> None:
    machine = client(house)
    for path in (f"{SHEET}/items", "/stories", "/series/harbour-watch/instalments"):
        answer = machine.get(f"{path}?cursor={cursor}")
        assert answer.status in {200, 422}
        assert answer.status == 422 or cursor == "WzFd"  # [1] is a number of an instalment


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[" * 15_000 + b"]" * 15_000, 400),
        (b'{"action": NaN}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"action": "accept", "version": true}', 422),
        (b'{"action": "accept", "version": 1e999}', 422),
        (b'{"action": "accept", "version": 99999999999999999999999}', 422),
        (b'{"action": "accept", "version": -1}', 422),
        (b'{"action": "steal", "version": 1}', 422),
        (b'{"action": ["accept"], "version": 1}', 422),
        (b'{"action": "acc\\u0000ept", "version": 1}', 422),
        (b'{"action": "accept", "version": 1, "extra": 1}', 422),
        (b'{"version": 1}', 422),
        (b" " * 300_000, 413),
    ],
)
def test_hostile_bodies_are_refused_in_words(house: House, body: bytes, status: int) -> None:
    item = house.item()
    machine = client(house, "decide")
    kind = {"content-type": "application/json"}
    answer = machine.raw("POST", f"/items/{item}/decision", body, kind)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.body["status"] == status
    assert decisions(house) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/items/x", 404),
        ("GET", f"/items/{'9' * 400}", 404),
        ("GET", "/items/0", 404),
        ("GET", "/series/UPPER/instalments", 404),
        ("GET", "/series/a%00b/instalments", 404),
        ("GET", "/series/nowhere/instalments", 404),
        ("GET", "/series/nowhere/alerts", 404),
        ("GET", f"{SHEET}/items?limit=0", 422),
        ("GET", f"{SHEET}/items?limit=x", 422),
        ("GET", f"{SHEET}/items?wrong=1", 422),
        ("GET", "/stories?since=yesterday", 422),
        ("GET", "/stories?since=0001-01-01T00:00:00%2B23:59", 422),
        ("DELETE", "/items/1", 405),
        ("OPTIONS", "/me", 405),
        ("PUT", SHEET, 405),
    ],
)
def test_what_is_not_there_or_not_so_is_a_problem_in_json(
    house: House, method: str, path: str, status: int
) -> None:
    answer = client(house).raw(method, path, b"", {})
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "access-control-allow-origin" not in answer.headers


def test_a_token_that_is_used_too_often_waits(house: House) -> None:
    machine = client(house)
    with transaction(house.engine) as session:
        minute = func.date_trunc("minute", func.now())
        session.execute(update(TokenRow).values(bucket=minute, used=tokens.MOST_PER_MINUTE))
    answers = {machine.get("/me").status, machine.get("/me").status}
    assert 429 in answers  # the second, where the minute turned between


def test_alerts_kills_stories_and_developments_are_told(house: House) -> None:
    item = house.item()
    machine = client(house, "lift", "kill", "settle")
    shown = machine.get(f"/items/{item}").body
    assert machine.get(f"/stories/{shown['story']}").body["id"] == shown["story"]
    assert machine.get(f"/developments/{shown['development']}").body["timeline"]
    assert machine.get("/kills").body == {"items": [], "next": None}
    assert machine.get("/series/harbour-watch/alerts").body == {"items": [], "next": None}
    assert machine.post("/alerts/999/settle", {}).status == 404
    assert machine.post("/kills/999/decision", {"decision": "confirm"}).status == 404
    lifted = machine.post(f"/stories/{shown['story']}/lift", {"reason": "by phone"})
    assert (lifted.status, "under no embargo" in lifted.body["detail"]) == (409, True)


def test_a_token_lives_no_longer_than_it_was_made_for(house: House) -> None:
    machine = client(house, days=2)
    with transaction(house.engine) as session:
        row = session.scalars(select(TokenRow)).one()
        assert row.expires_at - row.made_at == timedelta(days=2)
        assert passwords.token_hash(machine.token) == row.token_hash
        assert row.last_used_at is None
    machine.get("/me")
    with transaction(house.engine) as session:
        assert session.scalars(select(TokenRow.last_used_at)).one() is not None
