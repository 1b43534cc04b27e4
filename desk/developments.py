"""Developments: which are told, what each tells in which order, and editors' rulings on them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import item_words, pictures, words
from desk.door import Visit
from pipeline.errors import BadInput
from pipeline.text import storable
from store import clock, developments, regroup, rulings, scopes, sources, suggested, timelines

_LISTED = 40
_LONGEST = 500  # characters of a reason
_ZONE = words.zone("UTC")  # developments belong to no series, and so to no desk's zone


def listed(visit: Visit) -> Response:
    """The developments told last, or those with some words; and the suggestions that are open."""
    asked = visit.request.query_params
    sought = storable(asked.get("words", "")).strip()[:200]
    into = asked.get("into", "")
    into_id = int(into) if into.isascii() and into.isdecimal() and len(into) <= 18 else None  # noqa: PLR2004  # what fits a column
    facts: dict[str, Any] = {
        "lines": timelines.lines(visit.session, limit=_LISTED, words=sought or None),
        "sought": sought,
        "into": None if into_id is None else timelines.show(visit.session, into_id),
        "suggestions": () if sought or into_id else suggested.open_ones(visit.session, limit=20),
        "refused": () if sought or into_id else suggested.refused(visit.session),
        "ruled": 0 if into_id is None else rulings.last_of(visit.session, into_id),
        "zone": _ZONE,
        "now": clock.now(visit.session),
        "said": item_words,
    }
    return visit.page("developments.html", **facts)


def shown(visit: Visit) -> Response:
    """One development: its stories in order, what it follows, what was ruled, what may be."""
    return _page(visit, visit.number("development"))


def merge(visit: Visit) -> Response:
    """Make one development of two."""
    into, other = visit.number("development"), visit.field("other")
    visit.must_over("judge", other, of=scopes.of_development)
    return _rule(
        visit,
        into,
        lambda facts: regroup.merge(visit.session, into, other, **facts),
    )


def split(visit: Visit) -> Response:
    """Make a development of its own of the ticked stories."""
    number = visit.number("development")
    ticked = [
        int(story)
        for name in visit.form
        if name.startswith("story-")
        and (story := name.removeprefix("story-")).isdecimal()
        and len(story) <= 18  # noqa: PLR2004  # what fits a column
    ]

    def part(facts: Mapping[str, Any]) -> None:
        if not ticked:
            raise BadInput("tick the stories that tell something else, then press the button")
        regroup.split(visit.session, number, ticked, **facts)

    return _rule(visit, number, part)


def undo(visit: Visit) -> Response:
    """Take a ruling back."""
    number, ruling = visit.number("development"), visit.number("ruling")
    if all(one.id != ruling for one in rulings.of_development(visit.session, number)):
        raise HTTPException(404)

    def take_back(facts: Mapping[str, Any]) -> None:
        regroup.undo(visit.session, ruling, by=facts["by"], at=facts["at"])

    return _rule(visit, number, take_back)


def refuse(visit: Visit) -> Response:
    """Suggest a merge or split no more."""
    by, at = visit.who.person.name, clock.now(visit.session)
    kind = visit.form.get("kind", "")
    named, development = visit.field("named"), visit.field("development")
    for one in (development, named) if kind == "merge" else (development,):
        visit.must_over("judge", one, of=scopes.of_development)
    try:
        suggested.refuse(
            visit.session,
            kind=kind,
            development=development,
            other=named if kind == "merge" else None,
            story=named if kind == "split" else None,
            by=by,
            at=at,
        )
    except BadInput as problem:
        raise HTTPException(400, _sentence(problem)) from problem
    return RedirectResponse(visit.back("/developments"), status_code=303)


def take_back(visit: Visit) -> Response:
    """Let a refused suggestion be made again."""
    by, at = visit.who.person.name, clock.now(visit.session)
    try:
        suggested.take_back(visit.session, visit.number("refused"), by=by, at=at)
    except BadInput as problem:
        raise HTTPException(409, _sentence(problem)) from problem
    return RedirectResponse(visit.back("/developments"), status_code=303)


def _rule(visit: Visit, development: int, act: Callable[[Mapping[str, Any]], object]) -> Response:
    """Rule and go on; 409 with who ruled what where somebody was faster, or why it cannot be."""
    session = visit.session
    based_on = visit.field("ruled")
    developments.take_turn(session)  # nobody places or rules meanwhile
    if rulings.last_of(session, development) != based_on:
        made = rulings.of_development(session, development)
        return _page(visit, development, 409, refused=_faster(made))
    facts = {
        "by": visit.who.person.name,
        "at": clock.now(session),
        "reason": storable(visit.form.get("reason", "")).strip()[:_LONGEST],
    }
    try:
        with session.begin_nested():
            act(facts)
    except BadInput as problem:
        return _page(visit, development, 409, refused=_sentence(problem))
    return RedirectResponse(visit.back(f"/developments/{development}"), status_code=303)


def _faster(made: Sequence[rulings.Ruling]) -> str:
    """Who ruled what while this page was open."""
    latest = max(made, key=lambda one: one.undone or one.at, default=None)
    if latest is None:
        return "The page was out of date."
    at = latest.undone or latest.at
    who = f"{latest.undone_by} took back that {latest.by}" if latest.undone_by else latest.by
    what = item_words.ruled(latest.kind, latest.other_id)
    when = f"{words.weekday(at, _ZONE)} at {words.clock_time(at, _ZONE)} UTC"
    return f"Since you loaded the page, {who} {what}, {when}."


def _sentence(problem: BadInput) -> str:
    return words.sentence(str(problem))


def _page(visit: Visit, number: int, status: int = 200, refused: str = "") -> Response:
    found = timelines.show(visit.session, number)
    if found is None:
        raise HTTPException(404)
    if found["id"] != number and status == 200:  # noqa: PLR2004  # all is well: it is part of another
        return RedirectResponse(f"/developments/{found['id']}", status_code=303)
    facts: dict[str, Any] = {
        "found": found,
        "used": sources.used(visit.session, found["id"], besides=0),
        "ruled": rulings.last_of(visit.session, found["id"]),
        "refused": refused,
        "zone": _ZONE,
        "now": clock.now(visit.session),
        "said": item_words,
        "picture": pictures.timeline(
            [
                (one["first_seen"], one["outlet"], one["relation"] != "original")
                for one in found["timeline"]
            ],
            zone=_ZONE,
        ),
    }
    return visit.page("development.html", status, **facts)
