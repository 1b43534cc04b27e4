"""The instalment in its house form: to look at beside its parts, to print, to copy."""

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

from desk import export, words
from desk.door import Visit
from desk.export import NotToBeHandedOver
from pipeline.render import house_html, house_markdown
from store import houseform, itemquotes


def preview(visit: Visit) -> Response:
    """The piece as readers will see it; both forms to copy, if it may leave now."""
    view = houseform.view(visit.session, visit.key("series"), visit.number("number"))
    if view is None:
        raise HTTPException(404)
    piece, why_not = houseform.house(visit.session, view), ""
    try:
        export.see_that_it_may_leave(visit.session, view)
    except NotToBeHandedOver as why:
        why_not = str(why)
    made = house_html(piece)
    return visit.page(
        "preview.html",
        view=view,
        path=f"/instalments/{view.series}/{view.number}",
        piece=piece,
        page=Markup(made),  # noqa: S704  # our own renderer made it, and nh3 cleaned it
        html=made,
        markdown=house_markdown(piece),
        why_not=why_not,
        in_lead=itemquotes.in_lead(visit.session, view.id),
        zone=words.zone(view.time_zone),
    )
