"""Who is at the desk and as what, and the audit log: for chiefs and operators."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.api import deeds
from desk.api.contract import (
    DAY,
    NOT_THERE,
    PAGING,
    WORD,
    WORDS,
    Call,
    Made,
    Operation,
    body,
    choice,
    puts,
    reads,
)
from desk.api.reading import numbered, sliced
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, FREE, TEXT, Shape, a_page, thing
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from store import people, trail, users
from store.trail import Looked
from store.users import Person


def everyone(call: Call) -> Made:
    """Who is at the desk and as what."""
    return sliced(call, users.everyone(call.session), lambda one: (one.name,), str, tell=_told)


def one(call: Call) -> Made:
    """One of the people."""
    return Made(value=_told(_person(call)))


def give(call: Call) -> Made:
    """Make somebody editor or chief of a series, or neither."""
    person, role = _person(call), call.body["role"]
    deeds.series_id(call)
    with deeds.refusing():
        after_it = people.give(
            call.session,
            person.id,
            "" if role == "none" else role,
            series=call.path["series"],
            actor=call.bearer.person.name,
        )
    deeds.note(call, "give a role")
    return Made(value=_told(after_it))


def log(call: Call) -> Made:
    """Who did what, people and machines: by person, series, action, subject, day, words."""
    asked = call.query
    until = _day(asked, "until")
    looked = Looked(
        actor=asked.get("who", ""),
        action=asked.get("action", ""),
        kind=asked.get("kind", ""),
        subject=asked.get("subject", ""),
        series=asked.get("series", ""),
        words=asked.get("q", ""),
        since=_day(asked, "since"),
        until=None if until is None else until + timedelta(days=1),
    )
    return numbered(
        call,
        lambda before, limit: trail.page(call.session, looked, before=before, most=limit),
        lambda one: one.id,
    )


def _day(asked: Mapping[str, Any], name: str) -> datetime | None:
    """The beginning of a day in UTC; None for none."""
    if name not in asked:
        return None
    try:
        found = datetime.strptime(asked[name], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as problem:
        raise Refusal(422, f"{name} is no day: 2026-11-20.", field=name) from problem
    return min(found, datetime(9999, 1, 1, tzinfo=UTC))


def _person(call: Call) -> Person:
    person = users.by_id(call.session, call.path["person"])
    if person is None:
        raise Refusal(404, NOT_THERE)
    return person


def _told(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "display_name": person.display_name,
        "role": person.role,
        "of_series": dict(person.of_series),
        "is_shut_out": person.disabled_at is not None,
        "has_password": person.has_password,
    }


OPERATIONS: Sequence[Operation] = (
    reads("listPeople", "/people", everyone, "PersonPage", right="people", query=PAGING),
    reads("getPerson", "/people/{person}", one, "Person", right="people", refuses=(404,)),
    puts(
        "giveRole",
        "/series/{series}/people/{person}",
        give,
        "Person",
        right="people",
        body=body("role", role=choice("editor", "chief", "none")),
        refuses=(404, 409),
    ),
    reads(
        "searchAudit",
        "/audit",
        log,
        "AuditPage",
        right="audit",
        query={
            **PAGING,
            "who": {**WORD, "description": "A sign-in name, or machine:STEP."},
            "action": WORD,
            "kind": WORD,
            "subject": WORD,
            "series": WORD,
            "q": WORDS,
            "since": DAY,
            "until": DAY,
        },
        of_all=True,
    ),
)

SHAPES: dict[str, Shape] = {
    "Person": thing(
        id=A_NUMBER,
        name=TEXT,
        display_name=TEXT,
        role=TEXT,
        of_series=FREE,
        is_shut_out=CLAIM,
        has_password=CLAIM,
    ),
    "PersonPage": a_page("Person"),
    "AuditLine": thing(
        id=A_NUMBER,
        at=A_MOMENT,
        product_at=A_MOMENT,
        actor=TEXT,
        who=TEXT,
        action=TEXT,
        subject_kind=TEXT,
        subject_id=TEXT,
        detail=FREE,
    ),
    "AuditPage": a_page("AuditLine"),
}
