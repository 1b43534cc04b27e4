"""The audit log: who did what to which thing when, to be searched and taken away as a file."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from desk import audit_details, audit_words
from desk.door import Visit, for_editors
from store import audit as notes
from store import clock, people, trail
from store.trail import Entry, Looked

PAGE = 100  # lines
_FORMS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
_COLUMNS = ("id", "at", "product_at", "actor", "action", "kind", "subject", "detail")
MOST_TAKEN = 50_000  # lines of one file
_LONGEST = 200  # characters of what is looked for
_PAGES_OF = {
    "item": "/items/{}",
    "development": "/developments/{}",
    "user": "/people/{}",
    "alert": "/alerts/{}",
    "story": "/audit?kind=story&subject={}",
}
_NAMES = ("who", "action", "series", "kind", "subject", "words", "since", "until")


def routes() -> list[Route]:
    """The addresses of these pages."""
    return [
        Route("/audit", for_editors(log, may="audit")),
        Route("/audit/export", for_editors(export, may="audit")),
    ]


def log(visit: Visit) -> Response:
    """A page of the log."""
    looked = _looked(visit)
    before, after = _place(visit, "before"), _place(visit, "after")
    found = trail.page(visit.session, looked, before=before, after=after, most=PAGE + 1)
    if after is not None:
        is_more, found = len(found) > PAGE, found[-PAGE:]
        has_newer, has_older = is_more, True
    else:
        is_more, found = len(found) > PAGE, found[:PAGE]
        has_newer, has_older = before is not None, is_more
    asked = _asked(visit)
    facts: dict[str, Any] = {
        "entries": found,
        "actions": trail.actions(visit.session),
        "asked": asked,
        "link": link,
        "said": audit_words,
        "details": audit_details.details,
        "newer": _page_of(asked, after=found[0].id) if found and has_newer else "",
        "older": _page_of(asked, before=found[-1].id) if found and has_older else "",
        "titles": people.series_titles(visit.session),
        "file": lambda form: f"/audit/export?{urlencode({**asked, 'as': form})}",
        "now": clock.real_now(visit.session),
    }
    return visit.page("audit.html", **facts)


def export(visit: Visit) -> Response:
    """What is looked for as a file, CSV or JSON lines, the latest lines first."""
    form = visit.request.query_params.get("as", "csv")
    if form not in _FORMS:
        raise HTTPException(404)
    looked = _looked(visit)
    lines = trail.everything(visit.session, looked, most=MOST_TAKEN, at_once=5000)
    made = _csv(lines) if form == "csv" else _json_lines(lines)
    notes.note(
        visit.session,
        actor=visit.who.person.name,
        action="audit.export",
        subject_kind="audit",
        subject_id="",
        detail={**_asked(visit), "as": form},
    )
    headers = {"Content-Disposition": f'attachment; filename="audit.{form}"'}
    body = made.encode("utf-8", "backslashreplace")
    return Response(body, media_type=_FORMS[form], headers=headers)


def _csv(lines: Iterable[Entry]) -> str:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(_COLUMNS)
    for entry in lines:
        detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True)
        cells = (entry.actor, entry.action, entry.subject_kind, entry.subject_id, detail)
        times = (entry.at.isoformat(), entry.product_at.isoformat())
        rows.writerow((entry.id, *times, *map(harmless, cells)))
    return file.getvalue()


def _json_lines(lines: Iterable[Entry]) -> str:
    return "".join(
        json.dumps(
            {
                "id": entry.id,
                "at": entry.at.isoformat(),
                "product_at": entry.product_at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "kind": entry.subject_kind,
                "subject": entry.subject_id,
                "detail": entry.detail,
            },
            ensure_ascii=False,
        )
        + "\n"
        for entry in lines
    )


def harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    begins = cell.lstrip(" \u00a0\u200b\ufeff")[:1]
    return f"'{cell}" if begins in {"=", "+", "-", "@", "\t", "\r", "\n"} else cell


def link(entry: Entry) -> str:
    """Where the desk shows what a line is about; '' where it shows no such thing."""
    where = _PAGES_OF.get(entry.subject_kind, "")
    return where.format(entry.subject_id) if entry.subject_id.isdecimal() else ""


def _asked(visit: Visit) -> dict[str, str]:
    query = visit.request.query_params
    told_so = {name: query.get(name, "").strip()[:_LONGEST] for name in _NAMES}
    return {name: value for name, value in told_so.items() if value}


def _looked(visit: Visit) -> Looked:
    asked = _asked(visit)
    until = _day(asked.get("until", ""))
    return Looked(
        actor=asked.get("who", ""),
        action=asked.get("action", ""),
        kind=asked.get("kind", ""),
        series=asked.get("series", ""),
        subject=asked.get("subject", ""),
        words=asked.get("words", ""),
        since=_day(asked.get("since", "")),
        until=None if until is None else until + timedelta(days=1),
    )


def _day(given: str) -> datetime | None:
    """The beginning of a day in UTC; None for none."""
    if not given:
        return None
    try:
        day = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as problem:
        raise HTTPException(400, "A day is written as 2026-11-20.") from problem
    return min(day, datetime(9999, 1, 1, tzinfo=UTC))


def _place(visit: Visit, name: str) -> int | None:
    return visit.asked(name) or None


def _page_of(asked: dict[str, str], **place: int) -> str:
    return f"/audit?{urlencode({**asked, **place})}"
