"""Beside the decision: put off, give to somebody, say something, keep an eye on it."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import sheets, triage, words
from desk.door import Visit, inside
from pipeline.errors import BadInput
from store import assignments, beside, clock, comments, decisions, scopes, snoozes

_MORNING, _AFTERNOON = time(8), time(15)
_MOST_AT_ONCE = 100


def aside(visit: Visit) -> Response:
    """One item's forms: until when, whose, what to say."""
    return _page(visit, then=inside(visit.request.query_params.get("then")))


def snooze(visit: Visit) -> Response:
    """Put an item off until a time, in the desk's zone."""
    item_id = visit.number("item")
    row = _row(visit, item_id)
    now = clock.now(visit.session)
    try:
        until = _moment(visit.form.get("until", ""), visit.form.get("until_other", ""), row.zone)
        snoozes.snooze(
            *(visit.session, item_id, visit.who.person, until),
            based_on=visit.field("version"),
            now=now,
        )
    except BadInput as problem:
        return _page(visit, then=inside(visit.form.get("then")), said=str(problem))
    except decisions.Closed as problem:
        raise HTTPException(409, f"{problem}.") from problem
    except decisions.Conflict as problem:
        return triage.overtaken(visit, problem.item, by=problem.decision)
    return triage.changed(visit, [item_id])


def assign(visit: Visit) -> Response:
    """Give an item, and those marked with it, to somebody or to nobody."""
    item_ids = [visit.number("item"), *_also(visit)]
    whom = visit.form.get("whom", "")
    if not re.fullmatch(r"[0-9]{0,18}", whom):
        raise HTTPException(400, "The form was incomplete. Go back and press the button again.")
    try:
        for item_id in item_ids:
            of = scopes.of_item(visit.session, item_id)
            if not of:
                raise HTTPException(404)
            visit.must("decide", of[0])
            assignments.assign(
                visit.session,
                item_id,
                int(whom) if whom else None,
                by=visit.who.person,
                at=clock.now(visit.session),
            )
    except BadInput as problem:
        return _page(visit, then=inside(visit.form.get("then")), said=str(problem))
    return triage.changed(visit, item_ids, lands=item_ids[0])


def comment(visit: Visit) -> Response:
    """Say something about an item."""
    item_id = visit.number("item")
    then = inside(visit.form.get("then"))
    _row(visit, item_id)
    try:
        comments.add(
            visit.session,
            item_id,
            visit.who.person,
            visit.form.get("text", ""),
            at=clock.now(visit.session),
        )
    except BadInput as problem:
        return _page(visit, then=then, said=str(problem))
    if visit.is_fragment:
        return triage.changed(visit, [item_id], lands=item_id)
    if then.partition("#")[0] == f"/items/{item_id}":  # said on the item's own page
        return RedirectResponse(f"/items/{item_id}#comments", status_code=303)
    return RedirectResponse(f"/items/{item_id}/aside?then={words.quoted(then)}", status_code=303)


def star(visit: Visit) -> Response:
    """Put one's star on an item, or take it away."""
    item_id = visit.number("item")
    _row(visit, item_id)
    is_starred = visit.form.get("is", "yes") != "no"
    beside.star(visit.session, item_id, visit.who.person, is_starred=is_starred)
    return triage.changed(visit, [item_id], lands=item_id)


def _page(visit: Visit, *, then: str, said: str = "") -> Response:
    item_id = visit.number("item")
    row = _row(visit, item_id, then=then)
    facts: dict[str, Any] = {
        "row": row,
        "then": then,
        "said": said,
        "choices": _choices(row.now, row.zone, cut_off=row.view.cut_off),
        "people": assignments.people(visit.session),
        "comments": comments.of_item(visit.session, item_id),
        "is_fragment": visit.is_fragment,
    }
    return visit.page("aside.html", 422 if said else 200, **facts)


def _row(visit: Visit, item_id: int, *, then: str = "/") -> sheets.Row:
    return sheets.row(visit, item_id, base=then.partition("#")[0], then=then)


def _also(visit: Visit) -> Sequence[int]:
    """The further items that a script sends along, marked by the reader."""
    text = visit.form.get("also", "")
    if not re.fullmatch(r"(?:[0-9]{1,18}(?:,[0-9]{1,18})*)?", text):
        raise HTTPException(400, "The form was incomplete. Go back and press the button again.")
    return [int(one) for one in text.split(",") if one][:_MOST_AT_ONCE]


def _choices(now: datetime, zone: ZoneInfo, *, cut_off: datetime) -> list[tuple[str, str]]:
    """When an item may come back: what the form sends, and what it says."""
    local = now.astimezone(zone)
    today = local.date()
    offers = [
        ("this afternoon", datetime.combine(today, _AFTERNOON, zone)),
        ("tomorrow morning", datetime.combine(today + timedelta(days=1), _MORNING, zone)),
        ("tomorrow afternoon", datetime.combine(today + timedelta(days=1), _AFTERNOON, zone)),
        (
            "on Monday",
            datetime.combine(today + timedelta(days=7 - today.weekday()), _MORNING, zone),
        ),
        ("a day before the cut-off", cut_off.astimezone(zone) - timedelta(days=1)),
    ]
    return [
        (moment.isoformat(), f"{name}: {_said(moment, zone)}")
        for name, moment in offers
        if moment > now + timedelta(minutes=10)
    ]


def _said(moment: datetime, zone: ZoneInfo) -> str:
    day = words.weekday(moment, zone, near=moment).partition(" ")[0][:3]
    return f"{day} {words.clock_time(moment, zone)}"


def _moment(chosen: str, other: str, zone: ZoneInfo) -> datetime:
    """The time a form names: one of ours, or one typed in the desk's zone. Raises BadInput."""
    try:
        if other:
            return datetime.fromisoformat(other).replace(tzinfo=zone)
        moment = datetime.fromisoformat(chosen)
    except ValueError as problem:
        raise BadInput("Say until when, as in 2026-11-20T08:00") from problem
    if moment.tzinfo is None:
        raise BadInput("Say until when, as in 2026-11-20T08:00")
    return moment
