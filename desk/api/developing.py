"""Developments: which are told, editors' rulings on them, and suggestions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from desk.api import deeds
from desk.api.contract import (
    NOT_THERE,
    NUMBER,
    PAGING,
    REASON,
    VERSION,
    WORDS,
    Call,
    Made,
    Operation,
    body,
    choice,
    does,
    reads,
)
from desk.api.reading import development, numbered, paged, sliced
from desk.api.refusals import Refusal
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from desk.api.shapes import TEXT, Shape, a_page, maybe, thing
from pipeline.text import storable
from store import developments, regroup, rulings, scopes, suggested, timelines


def listed(call: Call) -> Made:
    """The developments told last, or those with some words in their titles."""
    words = storable(call.query.get("q", "")).strip() or None
    return paged(
        call,
        lambda start, most: timelines.lines(call.session, limit=most, words=words, before=start),
        lambda one: (one["last"], one["id"]),
        *(datetime, int),
    )


def merge(call: Call) -> Made:
    """Make one development of two: the stories of the other go to this one."""
    _see_that_it_may(call, call.body["other"])
    return _rule(
        call, lambda into, facts: regroup.merge(call.session, into, call.body["other"], **facts)
    )


def _see_that_it_may(call: Call, other: int) -> None:
    of_other: Sequence[str | None] = scopes.of_development(call.session, other) or (None,)
    if not any(call.bearer.may("judge", one) for one in of_other):
        raise Refusal(403, "This token may not rule on the other development.", right="judge")


def split(call: Call) -> Made:
    """Make a development of its own of some stories of this one."""
    return _rule(
        call, lambda of, facts: regroup.split(call.session, of, call.body["stories"], **facts)
    )


def undo(call: Call) -> Made:
    """Take a ruling on a development back."""
    number = call.path["ruling"]
    made = rulings.of_development(call.session, call.path["development"])
    if all(one.id != number for one in made):
        raise Refusal(404, NOT_THERE)
    return _rule(
        call,
        lambda _, facts: regroup.undo(call.session, number, by=facts["by"], at=facts["at"]),
    )


def _rule(call: Call, act: Callable[[int, dict[str, Any]], object]) -> Made:
    """Rule; 409 with who ruled what where somebody was faster."""
    session, number = call.session, call.path["development"]
    developments.take_turn(session)  # nobody places or rules meanwhile
    found = timelines.show(session, number)
    if found is None:
        raise Refusal(404, NOT_THERE)
    if found["id"] != number:
        raise Refusal(409, f"It is part of {found['id']} by now.", development=found["id"])
    now = rulings.last_of(session, number)
    if now != deeds.based_on(call):
        made = rulings.of_development(session, number)
        latest = max(made, key=lambda one: one.undone or one.at, default=None)
        who = None if latest is None else latest.undone_by or latest.by
        at = None if latest is None else (latest.undone or latest.at).isoformat()
        raise Refusal(
            409, "Somebody has ruled on it meanwhile.", version=now, decided_by=who, decided_at=at
        )
    facts = {
        "by": call.bearer.person.name,
        "at": deeds.now(call),
        "reason": call.body.get("reason", "").strip(),
    }
    with deeds.refusing():
        act(number, facts)
    deeds.note(call, "rule")
    return development(call)


def suggestions(call: Call) -> Made:
    """Merges and splits of developments that are worth a look."""
    found = suggested.open_ones(call.session, limit=suggested.MOST)
    return sliced(call, found, lambda one: (one["at"], one["story"]), datetime, int, falls=True)


def refused(call: Call) -> Made:
    """The suggestions that somebody has refused."""
    return numbered(call, partial(suggested.refused, call.session), lambda one: one.id)


def refuse(call: Call) -> Made:
    """Suggest a merge (`named`: the other) or split (`named`: the story) no more."""
    kind, named = call.body["kind"], call.body["named"]
    if kind == "merge":
        _see_that_it_may(call, named)
    with deeds.refusing(unknown=422):
        suggested.refuse(
            call.session,
            kind=kind,
            development=call.path["development"],
            other=named if kind == "merge" else None,
            story=named if kind == "split" else None,
            by=call.bearer.person.name,
            at=deeds.now(call),
        )
    deeds.note(call, "refuse a suggestion")
    return refused(call)


def take_back(call: Call) -> Made:
    """Let a refused suggestion be made again."""
    with deeds.refusing():
        suggested.take_back(
            call.session,
            call.path["refused"],
            by=call.bearer.person.name,
            at=deeds.now(call),
        )
    deeds.note(call, "take a refusal back")
    return refused(call)


_ONE = "/developments/{development}"
OPERATIONS: Sequence[Operation] = (
    reads(
        "listDevelopments", "/developments", listed, "DevelopmentPage", query={**PAGING, "q": WORDS}
    ),
    does(
        "mergeDevelopments",
        f"{_ONE}/merge",
        merge,
        "Development",
        right="judge",
        body=body("other", other=NUMBER, reason=REASON, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    does(
        "splitDevelopment",
        f"{_ONE}/split",
        split,
        "Development",
        right="judge",
        body=body(
            "stories",
            stories={"type": "array", "items": NUMBER, "maxItems": 500},
            reason=REASON,
            version=VERSION,
        ),
        is_based_on=True,
        refuses=(404, 409),
    ),
    does(
        "undoRuling",
        f"{_ONE}/rulings/{{ruling}}/undo",
        undo,
        "Development",
        right="judge",
        body=body(version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    reads("listSuggestions", "/suggestions", suggestions, "SuggestionPage", query=PAGING),
    reads("listRefusedSuggestions", "/suggestions/refused", refused, "RefusedPage", query=PAGING),
    does(
        "refuseSuggestion",
        f"{_ONE}/suggestions/refuse",
        refuse,
        "RefusedPage",
        right="judge",
        body=body("kind", "named", kind=choice("merge", "split"), named=NUMBER),
    ),
    does(
        "takeBackRefusal",
        "/suggestions/refused/{refused}/take-back",
        take_back,
        "RefusedPage",
        right="judge",
        body=body(),
        of_all=True,
        refuses=(409,),
    ),
)

SHAPES: dict[str, Shape] = {
    "DevelopmentLine": thing(
        id=A_NUMBER,
        title=TEXT,
        stories=A_NUMBER,
        outlets=A_NUMBER,
        first=A_MOMENT,
        last=A_MOMENT,
        follows=maybe(A_NUMBER),
    ),
    "DevelopmentPage": a_page("DevelopmentLine"),
    "Suggestion": thing(
        kind=TEXT,
        development=A_NUMBER,
        title=TEXT,
        other=maybe(A_NUMBER),
        story=maybe(A_NUMBER),
    ),
    "SuggestionPage": a_page("Suggestion"),
    "Refused": thing(
        id=A_NUMBER,
        kind=TEXT,
        development=A_NUMBER,
        title=TEXT,
        other=maybe(A_NUMBER),
        story=maybe(A_NUMBER),
        by=TEXT,
        at=A_MOMENT,
    ),
    "RefusedPage": a_page("Refused"),
}
