"""That an instalment is out: an editor states where readers find it and since when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import approval, words
from desk.door import Visit
from pipeline.errors import BadInput
from pipeline.pasted import LONGEST, address
from store import clock, houseform, published
from store.steps import Refused


def state(visit: Visit) -> Response:
    """Take an editor's word that it is out; 422 for what cannot be, 409 if somebody was faster."""
    view = houseform.view(visit.session, visit.key("series"), visit.number("number"))
    if view is None:
        raise HTTPException(404)
    now, back = clock.now(visit.session), f"/instalments/{view.series}/{view.number}"
    piece = houseform.house(visit.session, view)
    try:
        where, since = _told(visit, words.zone(view.time_zone), now=now)
        published.state(
            visit.session,
            view.id,
            visit.who.person,
            address=where,
            since=since,
            title=piece.title,
            based_on=visit.field("version"),
            now=now,
        )
    except BadInput as problem:
        return approval.shown(visit, 422, refused=words.sentence(str(problem)))
    except Refused as why:
        return approval.shown(visit, 409, refused=str(why))
    return RedirectResponse(visit.back(back), status_code=303)


def _told(visit: Visit, zone: ZoneInfo, *, now: datetime) -> tuple[str, datetime]:
    """Where it is, '' for nowhere said; and since when, now if nothing is said. Raises BadInput."""
    where, why_not = visit.form.get("address", "").strip()[: LONGEST + 1], ""
    if where:
        where, why_not = address(where)
    if why_not:
        raise BadInput(why_not)
    since = visit.form.get("since", "").strip()
    try:
        moment = datetime.fromisoformat(since).replace(tzinfo=zone) if since else now
    except ValueError as problem:
        raise BadInput("say since when, as in 2026-11-20T17:00") from problem
    return where, moment
