"""The queue of the whole desk: all series at once, searched, and searches kept under a name."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import sheets, words
from desk.door import Visit, inside
from pipeline.errors import BadInput
from store import assignments, looking, searches, series, snoozes, undoing
from store import queue as kept
from store.queue import Asked

_PAGE = 40
_STORIES = 20
_LONGEST = 200  # characters of what may be searched for
_FIELDS = ("q", "state", "series", "number", "outlet", "section", "zone", "age", "assignee",
           "flag", "starred", "awaiting", "everywhere", "order")  # fmt: skip
_STATES = ("queued", "accepted", "rejected", "snoozed", "any")


def queue(visit: Visit) -> Response:
    """The items asked for, a page of them; with words also stored stories that have them."""
    now = visit.now
    snoozes.return_due(visit.session, now=now)
    given = _given(visit.request.query_params)
    zone = _zone(visit)
    asked = _asked(visit, given, now=now, zone=zone)
    number = min(max(visit.asked("page"), 1), 100_000)  # an address may say anything
    base = _address(given, number)
    places = kept.find(visit.session, asked, limit=_PAGE, offset=(number - 1) * _PAGE)
    total, newest = kept.count_and_newest(visit.session, asked)
    stories = kept.stories(visit.session, asked, limit=_STORIES) if asked.text else []
    facts: dict[str, Any] = {
        "given": {name: given.get(name, "") for name in _FIELDS} | {"state": asked.state},
        "is_filtered": bool(set(given) - {"q", "state"}),
        "rows": sheets.rows(visit, places, base=base),
        "stories": stories,
        "total": total,
        "number": number,
        "pages": -(-total // _PAGE),
        "page_at": lambda at: _address(given, at),
        "query": urlencode(given),
        "base": base,
        "facets": kept.facets(visit.session),
        "people": assignments.people(visit.session),
        "searches": searches.of(visit.session, visit.who.person),
        "undo": undoing.next_of(visit.session, visit.who.person),
        "now": now,
        "zone": zone,
        "others": _others(visit),
        "ask": _asking(given, newest),
    }
    return visit.page("queue.html", **facts)


def pulse(visit: Visit) -> Response:
    """What has come of a queue since its page was made: its count, new items, who is there."""
    now = visit.now
    snoozes.return_due(visit.session, now=now)
    given, after = _given(visit.request.query_params), visit.asked("after")
    asked = _asked(visit, given, now=now)
    facts: dict[str, Any] = {
        "path": _address(given, 1),
        "ask": _asking(given, after),
        "fresh": kept.fresh(visit.session, asked, after=after),
        "found": kept.count(visit.session, asked),
        "others": _others(visit),
    }
    return visit.page("pulse.html", **facts)


def _asking(given: Mapping[str, str], after: int) -> str:
    """Where the page of a queue asks what has come."""
    return f"/queue/pulse?{urlencode({**given, 'after': after})}"


def _others(visit: Visit) -> Sequence[str]:
    return looking.look(visit.session, "/queue", visit.who.person, now=visit.at.real)


def save(visit: Visit) -> Response:
    """Keep the search that the form names."""
    given = _given(dict(parse_qsl(visit.form.get("query", ""))))
    try:
        searches.save(
            visit.session,
            visit.who.person,
            visit.form.get("name", ""),
            urlencode(given),
            is_shared=visit.form.get("shared") == "yes",
            at=visit.now,
        )
    except BadInput as problem:
        raise HTTPException(422, f"{problem}.") from problem
    return RedirectResponse(f"/queue?{urlencode(given)}", status_code=303)


def forget(visit: Visit) -> Response:
    """Drop one of one's own searches."""
    searches.forget(visit.session, visit.number("search"), visit.who.person)
    return RedirectResponse(inside(visit.form.get("then")), status_code=303)


def found(visit: Visit, base: str) -> int:
    """How many items the queue of that address holds."""
    given = _given(dict(parse_qsl(urlsplit(base).query)))
    return kept.count(visit.session, _asked(visit, given, now=visit.now))


def _given(parameters: Mapping[str, str]) -> dict[str, str]:
    """What the address asks, as far as we know it; too long or empty is as if not asked."""
    asked = {name: parameters.get(name, "").strip() for name in _FIELDS}
    return {name: text for name, text in asked.items() if 0 < len(text) <= _LONGEST}


def _asked(
    visit: Visit, given: Mapping[str, str], *, now: datetime, zone: ZoneInfo | None = None
) -> Asked:
    number = given.get("number", "")
    state = given.get("state", "queued")
    flag = given.get("flag", "")
    assignee = given.get("assignee", "")
    return Asked(
        user_id=visit.who.person.id,
        text=given.get("q", ""),
        state=state if state in _STATES else "queued",
        series=given.get("series", ""),
        number=int(number) if _is_number(number) else 0,
        outlet=given.get("outlet", ""),
        section=given.get("section", ""),
        zone=given.get("zone", ""),
        since=_since(given.get("age", ""), now, visit, zone),
        assignee=assignee if assignee in {"me", "nobody"} or _is_number(assignee) else "",
        flag=flag if flag in kept.FLAGS else "",
        starred="starred" in given,
        awaiting=now if "awaiting" in given else None,
        everywhere="everywhere" in given,
        order=given.get("order", "best"),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004  # fits a column


def _since(age: str, now: datetime, visit: Visit, zone: ZoneInfo | None) -> datetime | None:
    """From when on: a number of days back, or the beginning of this month at the desk."""
    if age == "month":
        zone = zone or _zone(visit)
        return datetime.combine(now.astimezone(zone).date().replace(day=1), time(), zone)
    if age in {"1", "3", "7", "30"}:
        return now - timedelta(days=int(age))
    return None


def _zone(visit: Visit) -> ZoneInfo:
    """The zone of the desk: that of its first running series."""
    return words.zone(series.first_zone(visit.session) or "UTC")


def _address(given: Mapping[str, str], number: int) -> str:
    asked = urlencode({**given, **({"page": number} if number > 1 else {})})
    return f"/queue?{asked}" if asked else "/queue"
