"""The keys: what they do, switched off or set otherwise by whoever wants them so."""

from starlette.responses import RedirectResponse, Response

from desk.door import Visit, inside
from pipeline.errors import BadInput
from store import keys

SAID = {
    "next": "the next item",
    "previous": "the previous item",
    "open": "open the item, as Enter does",
    "original": "the original page",
    "accept": "accept",
    "reject": "reject",
    "snooze": "put off until later",
    "undo": "take back your last decision, and the one before, and so on",
    "assign": "give to somebody",
    "comment": "say something",
    "diff": "what changed at its source",
    "why": "why it matched",
    "mark": "mark, to decide on several at once",
    "star": "keep an eye on it",
    "search": "search",
    "go": "then q, i, s: go to the queue, the instalments, the series",
    "help": "this help",
}


def page(visit: Visit) -> Response:
    """The help, and the form that sets keys."""
    return _page(visit)


def choose(visit: Visit) -> Response:
    """Set one's own keys."""
    chosen = {name: visit.form.get(f"key-{name}", usual) for name, usual in keys.USUAL.items()}
    try:
        keys.choose(visit.session, visit.who.person, chosen, is_on=visit.form.get("on") == "yes")
    except BadInput as problem:
        return _page(visit, said=str(problem))
    return RedirectResponse(inside(visit.form.get("then") or "/keys"), status_code=303)


def _page(visit: Visit, *, said: str = "") -> Response:
    is_on, own = keys.of(visit.session, visit.who.person.id)
    return visit.page(
        "keys.html",
        422 if said else 200,
        lines=[(name, own[name], SAID[name]) for name in keys.USUAL],
        is_on=is_on,
        said_now=said,
        is_fragment=visit.is_fragment,
    )
