"""Deciding: accept, reject, and take it back; as a page that leads on, or as the piece changed."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import queue, sheets
from desk.door import Visit, inside
from store import clock, decisions, undoing
from store.decisions import Action, Closed, Conflict, Decision, ItemNow, NothingToUndo, UnknownItem

_ACTIONS: tuple[Action, ...] = ("accept", "reject", "wake")  # snoozing asks until when: asides.py


def decide(visit: Visit) -> Response:
    """Accept, reject, bring back or undo, and on to the next item; 409 if overtaken."""
    item_id, action = visit.number("item"), visit.request.path_params["action"]
    based_on, user = visit.field("version"), visit.who.person
    now = clock.now(visit.session)
    try:
        if action == "undo":
            decisions.undo(visit.session, item_id, user, based_on=based_on, now=now)
        elif action in _ACTIONS:
            decisions.decide(visit.session, item_id, user, action, based_on=based_on, now=now)
        else:
            raise HTTPException(404)
    except UnknownItem as problem:
        raise HTTPException(404) from problem
    except Closed as problem:
        raise HTTPException(409, f"{problem}.") from problem
    except Conflict as problem:
        return overtaken(visit, problem.item, by=problem.decision)
    except NothingToUndo as problem:
        return overtaken(visit, problem.item, by=None, is_nothing_left=True)
    return changed(visit, [item_id])


def take_back(visit: Visit) -> Response:
    """Undo one's own decision, the newest first; ask where somebody has decided after it.

    `back` asks, `over` takes theirs back as well, `leave` lets it stand and goes on.
    """
    decision_id, how = visit.number("decision"), visit.request.path_params["how"]
    now, user = clock.now(visit.session), visit.who.person
    try:
        if how == "leave":
            item_id = undoing.leave(visit.session, decision_id, user, now=now)
        elif how in {"back", "over"}:
            item_id = undoing.take_back(
                visit.session, decision_id, user, now=now, over=how == "over"
            )
        else:
            raise HTTPException(404)
    except undoing.NotYours as problem:
        raise HTTPException(404) from problem
    except Closed as problem:
        raise HTTPException(409, f"{problem}.") from problem
    except undoing.DecidedSince as problem:
        return _ask(visit, problem)
    return changed(visit, [item_id], lands=item_id)


def changed(visit: Visit, item_ids: list[int], *, lands: int | None = None) -> Response:
    """What has changed: for a script the rows and counts, else the page where it goes on.

    `lands` is the item that the reader should be led to instead of the next one.
    """
    then = inside(visit.form.get("then"))
    if not visit.is_fragment:
        base = then.partition("#")[0]
        return RedirectResponse(then if lands is None else f"{base}#item-{lands}", status_code=303)
    return visit.page("changed_rows.html", **_pieces(visit, item_ids, then), lands=lands)


def overtaken(
    visit: Visit, item: ItemNow, *, by: Decision | None, is_nothing_left: bool = False
) -> Response:
    """For somebody who was too late: who did what when, and the item as it is now."""
    then = inside(visit.form.get("then"))
    facts: dict[str, Any] = {"by": by, "is_nothing_left": is_nothing_left}
    if visit.is_fragment:
        pieces = _pieces(visit, [item.id], then)
        return visit.page("changed_rows.html", 409, **pieces, lands=None, **facts)
    base = then.partition("#")[0]
    if base == "/":
        base = f"/instalments/{item.series}/{item.number}"
    row = sheets.row(visit, item.id, base=base, then=then)
    return visit.page("overtaken.html", 409, row=row, **facts)


def _ask(visit: Visit, problem: undoing.DecidedSince) -> Response:
    """Whether to take back what others decided after you as well."""
    then = inside(visit.form.get("then"))
    row = sheets.row(visit, problem.item.id, base=then.partition("#")[0], then=then)
    facts = {"row": row, "mine": problem.mine, "later": problem.later, "then": then}
    template = "asks_piece.html" if visit.is_fragment else "asks.html"
    return visit.page(template, 409, **facts)


def _pieces(visit: Visit, item_ids: list[int], then: str) -> dict[str, Any]:
    """The rows and what else of the page shows them: counts, and what undo would take back."""
    base = then.partition("#")[0]
    shown = [sheets.row(visit, item_id, base=base, then=then) for item_id in item_ids]
    user, of = visit.who.person, shown[0].view
    if base.startswith("/queue"):
        return {
            "rows": shown,
            "tally": None,
            "found": queue.found(visit, base),
            "undo": undoing.next_of(visit.session, user),
            "base": base,
        }
    return {
        "rows": shown,
        "tally": sheets.tally(visit, of.series, of.number),
        "found": None,
        "undo": undoing.next_of(visit.session, user, instalment_id=of.id),
        "base": base,
    }
