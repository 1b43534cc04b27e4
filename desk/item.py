"""The item's page: what an editor writes, and beside it the source it rests on."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words, writing
from desk.door import Visit
from store import clock, items


def page(visit: Visit) -> Response:
    """One item: the draft on the left, its source on the right."""
    here = items.find(visit.session, visit.number("item"))
    if here is None:
        raise HTTPException(404)
    if here.merged_into is not None:  # it stands aside for the one it became one with
        return RedirectResponse(f"/items/{here.merged_into}", status_code=303)
    facts: dict[str, Any] = {
        "here": here,
        "zone": words.zone(here.definition.get("time_zone", "UTC")),
        "now": clock.now(visit.session),
        "writing": writing.facts(visit, here.id),
    }
    return visit.page("item_page.html", **facts)
