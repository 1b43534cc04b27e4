"""The API's further deeds: each as at the desk, with versions, scopes and refusals in words."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from pipeline.definition import read_series, series_to_json
from pipeline.errors import BadInput
from store import clock, comments, seed, targets
from store.models import (
    DeliveryRow,
    FeedRow,
    ItemQuoteRow,
    ItemRow,
    LookupRow,
    QuoteRow,
    SeriesRow,
    UserRow,
)
from store.session import transaction
from store.targets import Place
from store.tokens import GRANTABLE
from tests.desk.client import Client, client
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY
from tests.desk.test_series import DEFINITION, a_miss

SHEET = "/series/harbour-watch/instalments/7"


def operator(house: House) -> Client:
    """A machine of Ann's, who is operator, with every right there is for one."""
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == "ann").values(role="operator"))
    return client(house, *GRANTABLE)


def put(machine: Client, path: str, body: object) -> int:
    return machine.post(path, body).status


def test_the_queue_is_that_of_the_tokens_series_page_by_page(house: House) -> None:
    made = {house.item(f"Harbour {n}", score=n / 10) for n in range(5)}
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
        elsewhere = room.item(room.instalment(other, number=3), "River")
    both, one = client(house), client(house, series=("harbour-watch",))
    assert {item["id"] for item in both.get("/queue").body["items"]} == made | {elsewhere}
    for order in ("best", "newest"):
        seen: list[int] = []
        cursor = ""
        while True:
            answer = one.get(f"/queue?limit=2&order={order}{cursor}").body
            seen += [item["id"] for item in answer["items"]]
            if answer["next"] is None:
                break
            cursor = f"&cursor={answer['next']}"
        assert (len(seen), set(seen)) == (5, made)
    assert one.get("/queue?series=river-notes").body["items"] == []
    assert [item["headline"] for item in both.get("/queue?q=river").body["items"]] == ["River"]
    assert one.get("/queue?assignee=nobody.here").status == 422


def test_what_is_put_off_given_said_and_starred_stands_beside_the_item(house: House) -> None:
    item = house.item()
    machine = client(house, "decide")
    with transaction(house.engine) as session:
        until = (clock.now(session) + timedelta(days=1)).isoformat()
    put_off = machine.post(f"/items/{item}/snooze", {"until": until, "version": 1})
    assert (put_off.status, put_off.body["state"]) == (200, "snoozed")
    assert put_off.body["snoozed_until"] is not None
    late = machine.post(f"/items/{item}/snooze", {"until": "2001-01-01T00:00:00Z", "version": 2})
    assert (late.status, "a time to come" in late.body["detail"]) == (422, True)
    kind = {"content-type": "application/json"}
    machine.raw("PUT", f"/items/{item}/assignee", b'{"whom": "ben"}', kind)
    machine.raw("PUT", f"/items/{item}/star", b'{"is_starred": true}', kind)
    machine.raw("PUT", f"/items/{item}/star", b'{"is_starred": true}', kind)
    machine.post(f"/items/{item}/comments", {"text": "Ask first."})
    shown = machine.get(f"/items/{item}").body
    assert (shown["assignee"], shown["is_starred"], shown["comments"]) == ("Ben Okoro", True, 1)
    theirs = client(house, name="ben").get("/queue?state=any&assignee=me").body["items"]
    assert [one["id"] for one in theirs] == [item]
    woken = machine.post(f"/items/{item}/decision", {"action": "wake", "version": 2})
    assert woken.body["state"] == "queued"
    gone = machine.raw("PUT", f"/items/{item}/assignee", b'{"whom": "nobody.here"}', kind)
    assert gone.status == 422


def test_an_older_decision_is_taken_back_and_what_others_decided_since_only_if_said_so(
    house: House,
) -> None:
    item = house.item()
    ann, ben = client(house, "decide"), client(house, "decide", name="ben")
    assert put(ann, f"/items/{item}/decision", {"action": "accept", "version": 1}) == 200
    assert put(ben, f"/items/{item}/decision", {"action": "reject", "version": 2}) == 200
    theirs, mine = ann.get(f"/items/{item}/decisions").body["items"]
    assert (theirs["who"], mine["is_mine"]) == ("Ben Okoro", True)
    path = f"/items/{item}/decisions/{mine['id']}/undo"
    asked = ann.post(path, {"how": "back"})
    assert (asked.status, asked.body["later"][0]["who"]) == (409, "Ben Okoro")
    assert put(ann, f"/items/{house.item()}/decisions/{mine['id']}/undo", {"how": "over"}) == 404
    assert ben.post(path, {"how": "over"}).status == 404
    assert ann.post(path, {"how": "over"}).body["state"] == "queued"


def test_another_link_another_series_and_who_was_faster(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        story = room.carrier(item, "Quay Herald", "https://q.example/1")
        room.series("river-notes", title="River Notes")
    machine = client(house, "decide", "write")
    kind = {"content-type": "application/json"}
    body = f'{{"story": {story}, "version": 1}}'.encode()
    linked = machine.raw("PUT", f"/items/{item}/link", body, kind)
    assert (linked.status, linked.body["url"]) == (200, "https://q.example/1")
    late = machine.raw("PUT", f"/items/{item}/link", body, kind)
    assert (late.status, late.body["events"][0]["who"]) == (409, "Ann Reed")
    [change] = machine.get(f"/items/{item}/changes").body["items"]
    back = machine.post(f"/items/{item}/changes/{change['id']}/undo", {})
    assert back.body["url"] == "https://meridian.example/envoys"
    to = {"series": "river-notes", "section": "items", "version": back.body["version"]}
    here_only = client(house, "decide", series=("harbour-watch",))
    assert put(here_only, f"/items/{item}/move", to) == 403
    moved = machine.post(f"/items/{item}/move", to)
    assert (moved.body["series"], moved.body["state"]) == ("river-notes", "accepted")
    assert put(machine, f"/items/{item}/move", {**to, "section": "nowhere"}) == 422


def test_developments_are_ruled_on_upon_the_last_ruling_and_in_ones_own_series(
    house: House,
) -> None:
    first, second = house.item("First"), house.item("Second")
    with house.newsroom() as room:
        into, other = room.development_of(first), room.development_of(second)
        room.series("river-notes", title="River Notes")
    machine = client(house, "judge")
    stranger = client(house, "judge", series=("river-notes",))
    body = {"other": other, "version": 0}
    assert put(stranger, f"/developments/{into}/merge", body) == 404
    merged = machine.post(f"/developments/{into}/merge", body)
    assert (merged.status, len(merged.body["timeline"])) == (200, 2)
    late = machine.post(f"/developments/{into}/split", {"stories": [1], "version": 0})
    assert (late.status, late.body["decided_by"]) == (409, "ann")
    [ruling] = merged.body["rulings"]
    undo = f"/developments/{into}/rulings/{ruling['id']}/undo"
    done = machine.post(undo, {"version": late.body["version"]})
    assert (done.status, len(done.body["timeline"])) == (200, 1)
    page = machine.get("/developments?limit=1").body
    further = machine.get(f"/developments?limit=1&cursor={page['next']}").body
    assert {one["title"] for one in page["items"] + further["items"]} == {"First", "Second"}


def test_what_stands_in_the_way_comes_as_facts_and_then_it_is_handed_over(house: House) -> None:
    item = house.item(url=None)
    machine = operator(house)
    with transaction(house.engine) as session:
        place = Place(key="cms", kind="wordpress", title="The CMS", url="https://cms.example")
        targets.add(session, place, by="tests")
        definition = {**series_to_json(read_series(DEFINITION, "a.toml"))}
        definition["targets"] = [{"name": "cms", "status": "draft"}]
        seed.put_series(session, [definition], by="tests")
    machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1})
    machine.post(f"{SHEET}/steps", {"action": "review", "version": 1})
    refused = machine.post(f"{SHEET}/steps", {"action": "ready", "version": 2})
    assert (refused.status, refused.headers["content-type"]) == (409, "application/problem+json")
    assert [one["item"] for one in refused.body["objections"]] == [item]
    assert put(machine, f"{SHEET}/deliveries/cms", {"version": 2}) == 409
    assert put(machine, f"{SHEET}/deliveries/nowhere", {"version": 2}) == 404
    machine.post(f"/items/{item}/decision", {"action": "reject", "version": 2})
    machine.post(f"/items/{house.item('Second')}/decision", {"action": "accept", "version": 1})
    for version, action in ((2, "ready"), (3, "approve")):
        done = machine.post(f"{SHEET}/steps", {"action": action, "version": version})
        assert done.status == 200, done.body
    assert machine.get(f"{SHEET}/export/markdown").headers["content-type"].startswith("text/mark")
    late = machine.post(f"{SHEET}/deliveries/cms", {"version": 3})
    assert (late.status, late.body["version"]) == (409, 4)
    assert (late.body["decided_by"], late.body["did"]) == ("Ann Reed", "approved it")
    wished = machine.post(f"{SHEET}/deliveries/cms", {"version": 4})
    [way] = wished.body["items"]
    assert (way["target"], way["wish"]["state"], way["wish"]["who"]) == (
        "cms",
        "waiting",
        "Ann Reed",
    )
    with transaction(house.engine) as session:
        assert session.scalars(select(DeliveryRow.target)).all() == ["cms"]
    out = machine.post(f"{SHEET}/published", {"address": "https://cms.example/7", "version": 4})
    assert (out.status, out.body["state"]) == (200, "published")
    assert machine.get(f"{SHEET}/steps").body["items"][0]["action"] == "publish"


def test_a_definition_is_checked_saved_upon_its_version_and_the_ignored_reviewed(
    house: House,
) -> None:
    with transaction(house.engine) as session:
        read = series_to_json(read_series(DEFINITION, "a.toml"))
        seed.put_series(session, [read], by="tests", sources={"harbour-watch": DEFINITION})
    machine, path = client(house, "define", "decide"), "/series/harbour-watch/definition"
    stands = machine.get(path)
    assert (stands.body["version"], stands.headers["etag"][:3]) == (2, '"2-')
    wrong = machine.post(f"{path}/check", {"source": DEFINITION.replace("envoys^3", "envoys^")})
    assert (wrong.body["is_good"], wrong.body["mistakes"][0]["line"]) == (False, 10)
    kind = {"content-type": "application/json", "if-match": stands.headers["etag"]}
    changed = json.dumps({"source": f"{DEFINITION}\n", "note": "why"}).encode()
    assert machine.raw("PUT", path, changed, kind).body["version"] == 3
    late = machine.raw("PUT", path, changed, kind)
    assert (late.status, late.body["decided_by"], late.body["version"]) == (409, "ann", 3)
    kind["if-match"] = '"3"'
    paused = machine.raw("PUT", "/series/harbour-watch/status", b'{"status": "paused"}', kind)
    assert (paused.status, paused.body["note"]) == (200, "paused")
    with transaction(house.engine) as session:
        assert session.scalars(select(SeriesRow.status)).one() == "paused"
    tried = machine.post(f"{path}/replays", {"source": DEFINITION, "days": 7})
    assert machine.get(f"{path}/replays/{tried.body['id']}").body["result"] is None
    story = a_miss(house)
    [near] = machine.get("/series/harbour-watch/near-misses").body["items"]
    assert near["story"] == story
    assert put(machine, f"/series/harbour-watch/near-misses/{story}", {"word": "no"}) == 200
    assert machine.get("/series/harbour-watch/near-misses").body["items"] == []


def test_sources_are_paused_and_polled_and_only_by_a_token_for_all(house: House) -> None:
    house.item()
    machine = operator(house)
    [feed] = machine.get("/sources").body["items"]
    path = f"/sources/{feed['id']}"
    assert machine.post(f"{path}/actions", {"action": "pause"}).body["is_paused"] is True
    assert put(machine, f"{path}/actions", {"action": "poll"}) == 409
    assert put(machine, f"{path}/actions", {"action": "unmove"}) == 409
    kind = {"content-type": "application/json"}
    machine.raw("PUT", f"{path}/settings", b'{"interval_minutes": 7}', kind)
    with transaction(house.engine) as session:
        assert session.scalars(select(FeedRow.interval_seconds)).one() == 420
    assert put(machine, "/set-aside/replay", {}) == 409
    assert put(machine, "/lookups", {"url": "ftp://x.example/"}) == 422
    looked = machine.post("/lookups", {"url": "https://quay.example/"}).body
    assert put(machine, f"/lookups/{looked['id']}/follow", {}) == 409
    found = {"kind": "feed", "url": "https://www.theguardian.com/quay/rss", "title": "Quay"}
    with transaction(house.engine) as session:
        session.execute(update(LookupRow).values(result=found))
    followed = machine.post(f"/lookups/{looked['id']}/follow", {"kind": "wire"})
    assert (followed.status, followed.body["outlet"]) == (200, "guardian")  # as it is listed
    again = machine.post(f"/lookups/{looked['id']}/follow", {"outlet": "nobody"})
    assert again.body["id"] == followed.body["id"]
    for right in ("sources", "set_aside"):
        with pytest.raises(BadInput, match="must be for all series"):
            client(house, right, series=("harbour-watch",))
    scoped = client(house, "audit", "people", series=("harbour-watch",))
    assert scoped.get("/audit").status == 403
    assert scoped.get("/people").status == 200


def test_what_a_client_has_already_is_not_sent_again(house: House) -> None:
    item, machine = house.item(), client(house, "decide")
    for path in (f"/items/{item}", f"{SHEET}/items", "/queue", SHEET):
        tag = machine.get(path).headers["etag"]
        machine_says = {"if-none-match": f'"other", W/{tag}'}
        same = machine.browser.raw(
            "GET",
            f"/api/v1{path}",
            {"authorization": f"Bearer {machine.token}", **machine_says},
            b"",
        )
        assert (same.status, same.body, same.headers["etag"]) == (304, "", tag)
    tag = machine.get(f"/items/{item}").headers["etag"]
    done = machine.post(f"/items/{item}/decision", {"action": "accept"}, if_match=tag)
    assert done.status == 200
    assert machine.get(f"/items/{item}").headers["etag"] == done.headers["etag"] != tag


def test_texts_of_sections_have_versions_and_unknown_ones_are_not_there(house: House) -> None:
    machine = client(house, "write", "paste")
    kind = {"content-type": "application/json", "if-match": '"0"'}
    path = f"{SHEET}/texts/section:items"
    assert machine.raw("PUT", path, b'{"markdown": "In short."}', kind).status == 200
    [told] = machine.get(f"{path}/versions").body["items"]
    assert (told["markdown"], told["who"]) == ("In short.", "Ann Reed")
    for unknown in ("section:nowhere", "body", "section:"):
        assert machine.get(f"{SHEET}/texts/{unknown}").status == 404
    assert put(machine, f"{SHEET}/pasted", {"url": "javascript:x"}) == 422
    pasted = machine.post(f"{SHEET}/pasted", {"url": "https://quay.example/1"})
    assert [one["given"] for one in pasted.body["items"]] == ["https://quay.example/1"]
    with house.newsroom() as room:
        room.instalment(house.series, number=8, cut_off=FRIDAY + timedelta(days=7))
    number = pasted.body["items"][0]["id"]
    assert put(machine, f"/series/harbour-watch/instalments/8/pasted/{number}/again", {}) == 404


def test_numbers_in_a_body_reach_nothing_beside_the_item_or_development_in_the_address(
    house: House,
) -> None:
    item = house.item("First")
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
        theirs = room.item(room.instalment(other, number=3), "Second")
        into, hidden = room.development_of(item), room.development_of(theirs)
        story, version = room.session.execute(
            select(ItemRow.story_id, ItemRow.version_id).where(ItemRow.id == theirs)
        ).one()
        quote = room.session.scalars(
            insert(QuoteRow)
            .values(version_id=version, text="We are out of rope", start=0, end=18)
            .values(speaker="", office="", forum="", day="", field="text")
            .returning(QuoteRow.id)
        ).one()
    machine = client(house, "judge", "write", series=("harbour-watch",))
    apart = machine.post(f"/items/{item}/not-a-copy", {"story": story})
    assert (apart.status, "does not tell this" in apart.body["detail"]) == (409, True)
    chosen = machine.post(f"/items/{item}/quotes", {"action": "choose", "quote": quote})
    assert (chosen.status, chosen.body["field"]) == (422, "body.quote")
    refuse = {"kind": "merge", "named": hidden}
    assert put(machine, f"/developments/{into}/suggestions/refuse", refuse) == 403
    with transaction(house.engine) as session:
        assert session.scalars(select(ItemQuoteRow.id)).all() == []


def test_what_was_said_before_items_became_one_is_on_some_page_of_comments(house: House) -> None:
    item, moved = house.item("First"), house.item("Second")
    machine = client(house, "decide")
    for number, text in ((moved, "earlier"), (item, "later")):
        assert put(machine, f"/items/{number}/comments", {"text": text}) == 200
    with transaction(house.engine) as session:
        comments.carry(session, moved, item)
    seen, cursor = [], ""
    while True:
        answer = machine.get(f"/items/{item}/comments?limit=1{cursor}").body
        seen += [one["text"] for one in answer["items"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == ["earlier", "later"]


def test_nothing_was_out_before_its_week_began(house: House) -> None:
    house.item()
    machine = client(house, "approve")
    for since in ("0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"):
        answer = machine.post(f"{SHEET}/published", {"since": since, "version": 1})
        assert (answer.status, answer.body["field"]) == (422, "body.since"), since
