"""The audit log: found by who, what, subject, time and words; a page at a time; never changed."""

import csv
import io
import json
from collections.abc import Mapping

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from desk import audit_details, audit_words
from desk.audit import harmless
from store import trail
from store.models import AuditRow
from store.session import transaction
from store.trail import Looked
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY


def noted(house: House, *lines: Mapping[str, object]) -> None:
    usual = {
        "product_at": FRIDAY, "actor": "ann", "action": "item.accept", "subject_kind": "item",
        "subject_id": "1", "detail": {},
    }  # fmt: skip
    with transaction(house.engine) as session:
        session.execute(insert(AuditRow), [{**usual, **line} for line in lines])


def rows(house: House, query: str = "") -> list[str]:
    page = house.signed_in("ann").get(f"/audit{query}").page
    return [row.text for row in page.one("tbody").all("tr")]


def test_lines_are_found_by_who_what_subject_and_words(house: House) -> None:
    noted(
        house,
        {"actor": "ben", "subject_id": "41", "detail": {"reason": "the harbour is closed"}},
        {"action": "story.kill", "subject_kind": "story", "subject_id": "9"},
        {"actor": "machine:draft", "action": "instalment.open", "detail": {"number": 7}},
    )
    for query, expected in (
        ("?who=ben", "Ben Okoro ben accepted it item 41"),
        ("?action=story.kill", "story 9"),
        ("?kind=item&subject=41", "item 41"),
        ("?words=harbour+closed", "the harbour is closed"),
        ("?who=machine:draft&words=7", "opened it"),
    ):
        (line,) = rows(house, query)
        assert expected in line
    assert rows(house, "?words=nowhere") == ["Nothing of that kind is noted."]
    assert rows(house, "?since=2099-01-01") == ["Nothing of that kind is noted."]
    assert rows(house, "?until=2020-01-01") == ["Nothing of that kind is noted."]
    assert house.signed_in("ann").get("/audit?since=soon").status == 400


def test_pages_lead_on_and_back_and_lose_no_line(house: House) -> None:
    noted(house, *({"action": "x", "subject_id": str(n)} for n in range(250)))
    browser = house.signed_in("ann")
    seen: list[str] = []
    path = "/audit?action=x"
    for _ in range(3):
        page = browser.get(path).page
        seen += [row.text for row in page.one("tbody").all("tr")]
        older = [a for a in page.one("nav", class_="pager").all("a") if a.text == "Older lines"]
        path = older[0].attributes["href"] if older else ""
    assert path == ""
    assert len(set(seen)) == len(seen) == 250
    newer = next(a for a in page.one("nav", class_="pager").all("a") if a.text == "Newer lines")
    back = browser.get(newer.attributes["href"]).page
    assert [row.text for row in back.one("tbody").all("tr")] == seen[100:200]


def test_it_is_taken_away_as_a_file_without_formulas(house: House) -> None:
    noted(house, {"actor": "=cmd()", "detail": {"said": "déjà"}})
    answer = house.signed_in("ann").get("/audit/export?who=%3Dcmd()")
    assert answer.headers["content-disposition"].startswith("attachment")
    head, line = csv.reader(io.StringIO(answer.body))
    assert (head[3], line[3]) == ("actor", "'=cmd()")
    assert "déjà" in line[7]
    assert "took lines of this log along" in rows(house, "?action=audit.export")[0]
    assert harmless("-1") == "'-1"


@pytest.mark.parametrize(
    "begins", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "  =", "\u00a0=", "\ufeff="]
)
def test_no_cell_begins_as_a_formula_does(begins: str) -> None:
    assert harmless(f"{begins}1+1").startswith("'")
    assert harmless("a=b") == "a=b"


def test_it_is_taken_away_as_lines_of_json(house: House) -> None:
    noted(house, {"detail": {"said": "=1+1"}}, {"action": "other"})
    answer = house.signed_in("ann").get("/audit/export?action=item.accept&as=jsonl")
    [line] = [json.loads(one) for one in answer.body.splitlines()]
    assert (line["actor"], line["action"], line["detail"]) == (
        "ann",
        "item.accept",
        {"said": "=1+1"},
    )
    assert 'filename="audit.jsonl"' in answer.headers["content-disposition"]
    assert house.signed_in("ann").get("/audit/export?as=exe").status == 404


def test_lines_of_a_series_are_those_of_its_instalments_and_items_too(house: House) -> None:
    item = house.item()
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
        elsewhere = room.item(room.instalment(other, number=3))
    noted(
        house,
        {"subject_id": str(item), "action": "a"},
        {"subject_id": str(elsewhere), "action": "b"},
        {"subject_kind": "instalment", "subject_id": str(house.instalment), "action": "c"},
        {"subject_kind": "series", "subject_id": "harbour-watch", "action": "d"},
        {"subject_kind": "user", "detail": {"series": "harbour-watch"}, "action": "e"},
        {"subject_kind": "user", "detail": {"series": "*"}, "action": "f"},
    )
    with transaction(house.engine) as session:
        found = trail.page(session, Looked(series="harbour-watch"), most=50)
        theirs = trail.page(session, Looked(series="river-notes"), most=50)
    assert [one.action for one in found] == ["e", "d", "c", "a"]
    assert [one.action for one in theirs] == ["b"]
    assert len(rows(house, "?series=harbour-watch&who=ann")) == 4


def test_an_editor_may_not_read_it(house: House) -> None:
    for path in ("/audit", "/audit/export"):
        assert house.signed_in("ben").get(path).status == 403


@pytest.mark.parametrize(
    "change",
    [update(AuditRow).values(actor="nobody"), delete(AuditRow), text("TRUNCATE audit")],
)
def test_the_database_itself_keeps_the_trail(house: House, change: object) -> None:
    noted(house, {})
    with pytest.raises(DBAPIError, match="never changed"), transaction(house.engine) as session:
        session.execute(change)  # type: ignore[call-overload]  # any statement
    with transaction(house.engine) as session:
        assert trail.page(session, Looked(), most=10)
        session.execute(text("SET LOCAL serieswatch.prune_audit = 'yes'"))
        session.execute(delete(AuditRow))  # whoever shortens it says so in the transaction
        assert trail.actions(session) == []


def test_what_is_noted_is_told_in_words_and_its_details_without_brackets() -> None:
    assert audit_words.done("instalment.out") == "said where it is out and since when"
    assert audit_words.done("story.some_new_thing") == "story: some new thing"
    detail = {"to_what": ["a", {"is_new": True}], "none": None, "left": 0, "empty": []}
    assert audit_details.details(detail) == "to what: a, is new: yes; left: 0"
    told = {"from": "in_review", "to": "ready", "cut_off": "2026-11-20T16:00:00-05:00"}
    assert audit_details.details(told) == (
        "from: in review; to: ready; cut-off: 2026-11-20 21:00 UTC"
    )
    said: dict[str, object] = {
        "kind": "withdrawn",
        "bearing": "own",
        "rights": ["step"],
        "field": "section:items",
    }
    assert audit_details.details(said) == (
        "kind: taken down; whose: its own source; may: send an instalment to review, "
        "call it ready, open it again; "
        "text: words above the section items"
    )
    assert audit_words.about("cluster_fit", "") == "what tells one thing from another"
    assert audit_words.who("machine:drafts") == "the machine (drafting)"
