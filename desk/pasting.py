"""Pasted links: the wish to fetch one, what becomes of each, and trying again."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words
from desk.door import Visit
from pipeline.errors import BadInput
from pipeline.pasted import LONGEST, address
from store import clock, drafts, pasted
from store.drafts import InstalmentView

_SENT = LONGEST + 100  # characters of what was sent that are looked at


def paste(visit: Visit) -> Response:
    """Wish for a link to be fetched, and show what becomes of it."""
    view = _asked_for(visit)
    given = visit.form.get("url", "")[:_SENT]
    url, why_not = address(given)
    sections = [part.key for part in view.sections]
    section = visit.form.get("section") or ""
    if why_not:
        return _page(visit, view, 422, refused=words.sentence(why_not), given=given)
    try:
        pasted.add(
            visit.session,
            view.id,
            given=url,
            url=url,
            section=section if section in sections else _usual(sections),
            user=visit.who.person,
            at=clock.now(visit.session),
        )
    except BadInput as problem:
        return _page(visit, view, 422, refused=words.sentence(str(problem)), given=given)
    return RedirectResponse(f"{_path(view)}/pasted", status_code=303)


def listed(visit: Visit) -> Response:
    """What became of the links pasted for an instalment."""
    return _page(visit, _asked_for(visit))


def again(visit: Visit) -> Response:
    """Try a link once more."""
    found = pasted.series_of(visit.session, visit.number("pasted"))
    if found is None:
        raise HTTPException(404)
    key, number = found
    visit.must("paste", key)
    try:
        pasted.again(visit.session, visit.number("pasted"), visit.who.person)
    except BadInput as problem:
        raise HTTPException(409, words.sentence(str(problem))) from problem
    return RedirectResponse(f"/instalments/{key}/{number}/pasted", status_code=303)


def _asked_for(visit: Visit) -> InstalmentView:
    view = drafts.show(visit.session, visit.key("series"), visit.number("number"), only=())
    if view is None:
        raise HTTPException(404)
    return view


def _usual(sections: list[str]) -> str:
    """Where a link goes if nothing else is said: not first, for that is the lead."""
    return (sections[1:] or sections or [""])[0]


def _path(view: InstalmentView) -> str:
    return f"/instalments/{view.series}/{view.number}"


def _page(
    visit: Visit, view: InstalmentView, status: int = 200, *, refused: str = "", given: str = ""
) -> Response:
    links = pasted.of_instalment(visit.session, view.id)
    facts: dict[str, Any] = {
        "view": view,
        "path": _path(view),
        "links": links,
        "is_under_way": any(one.is_under_way for one in links),
        "refused": refused,
        "given": given,
        "zone": words.zone(view.time_zone),
        "now": clock.now(visit.session),
    }
    return visit.page("pasted.html", status, **facts)
