"""The inbox of kills: notices whose story has not come, and those that an editor must confirm."""

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk.door import Visit
from pipeline.errors import BadInput
from store import clock, noticelist, notices


def inbox(visit: Visit) -> Response:
    """Every notice, those that wait for somebody first."""
    return _page(visit)


def decide(visit: Visit) -> Response:
    """Carry a notice out or refuse it, as an editor says."""
    decision = visit.request.path_params["decision"]
    if decision not in {"confirm", "refuse"}:
        raise HTTPException(404)
    named = visit.form.get("story", "").strip().removeprefix("#")
    if named and not named.isdecimal():
        return _page(visit, 409, refused="A story's number is made of figures: see its page.")
    try:
        notices.decide(
            visit.session,
            visit.number("notice"),
            visit.who.person,
            is_so=decision == "confirm",
            story_id=int(named[:18]) if named else None,
            at=clock.now(visit.session),
        )
    except BadInput as problem:
        return _page(visit, 409, refused=f"{str(problem)[0].upper()}{str(problem)[1:]}.")
    return RedirectResponse("/kills", status_code=303)


def release(visit: Visit) -> Response:
    """Take an editor's word that a hold is over, with the reason."""
    said = visit.form.get("reason", "").strip()[:500]
    if not said:
        return _page(visit, 409, refused="Say who released it and how you know.")
    try:
        notices.release(
            visit.session,
            visit.number("notice"),
            visit.who.person,
            said=said,
            at=clock.now(visit.session),
        )
    except BadInput as problem:
        return _page(visit, 409, refused=f"{str(problem)[0].upper()}{str(problem)[1:]}.")
    return RedirectResponse("/kills", status_code=303)


def _page(visit: Visit, status: int = 200, refused: str = "") -> Response:
    facts = {
        "lines": noticelist.notices(visit.session),
        "overtaken": noticelist.overtaken(visit.session, at=clock.now(visit.session)),
        "now": clock.now(visit.session),
        "refused": refused,
    }
    return visit.page("kills.html", status, **facts)
