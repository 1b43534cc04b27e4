"""The first page, which lists the instalments, and the page of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import Response

from desk import out, sheets, words
from desk.door import Visit
from desk.series import lacking
from store import (
    alerts,
    assignments,
    comments,
    drafts,
    looking,
    noticelist,
    outlines,
    reopened,
    series,
    snoozes,
)
from store.drafts import OPEN_STATES, InstalmentLine

_EARLIER = 30  # instalments listed for a series besides the current ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A series with its instalments: the current ones, those before them, and how many more."""

    key: str
    title: str
    zone: ZoneInfo
    current: Sequence[InstalmentLine]
    earlier: Sequence[InstalmentLine]
    older: int


def instalments(visit: Visit) -> Response:
    """The first page: every series with its current instalments and the earlier ones.

    Where a source was corrected or taken back after it was accepted, that comes first.
    """
    now = visit.now
    lines = {
        key: list(of_series)
        for key, of_series in groupby(drafts.lines(visit.session), lambda line: line.series)
    }
    running = {one.key: one.definition for one in series.running(visit.session)}
    waiting = alerts.waiting(visit.session)
    shelves = [
        _shelf(key, lines.get(key, []), running.get(key, {}), waiting=waiting, now=now)
        for key in sorted(lines.keys() | running.keys())
    ]
    grave = {key for key, _ in waiting}
    facts: dict[str, Any] = {
        "tasks": alerts.tasks(visit.session),
        "reopened": reopened.waiting(visit.session),
        "waiting": waiting,
        "notices": noticelist.count_open(visit.session),
        "awaiting": assignments.awaiting(visit.session, visit.who.person),
        "said": comments.unanswered(visit.session, visit.who.person, now=now),
    }
    shelves.sort(key=lambda shelf: shelf.key not in grave)
    return visit.page("instalments.html", shelves=shelves, now=now, **facts)


def of_series(visit: Visit) -> Response:
    """Every instalment of one series, the newest first, a page of them."""
    key, number = visit.key("series"), max(visit.asked("page"), 1)
    lines = drafts.lines(visit.session, key)
    view = drafts.show(visit.session, key, lines[0].number, only=()) if lines else None
    if view is None:
        raise HTTPException(404)
    facts: dict[str, Any] = {
        "key": key,
        "title": view.series_title,
        "lines": lines[(number - 1) * _EARLIER : number * _EARLIER],
        "total": len(lines),
        "number": number,
        "pages": -(-len(lines) // _EARLIER),
        "zone": words.zone(view.time_zone),
        "now": visit.now,
    }
    return visit.page("instalments_of.html", **facts)


def instalment(visit: Visit) -> Response:
    """One instalment by section."""
    snoozes.return_due(visit.session, now=visit.now)
    shown = sheets.sheet(visit, visit.key("series"), visit.number("number"))
    facts: dict[str, Any] = {
        "others": _others(visit, shown.path),
        "out": out.shown(visit.session, shown.view),
        "lacks": lacking(visit, shown.view.series, shown.view.id, shown.view.state),
    }
    return visit.page("instalment.html", sheet=shown, **facts)


def pulse(visit: Visit) -> Response:
    """What has come of an instalment since its page was made: counts, new items, who is there."""
    key, number = visit.key("series"), visit.number("number")
    snoozes.return_due(visit.session, now=visit.now)
    stubs = outlines.of_instalment(visit.session, key, number)
    after = visit.asked("after")
    path = f"/instalments/{key}/{number}"
    return visit.page(
        "pulse.html",
        path=path,
        ask=f"{path}/pulse?after={after}",
        fresh=sum(stub.id > after and stub.state == "queued" for stub in stubs),
        tally=sheets.tally(visit, key, number),
        others=_others(visit, path),
    )


def _others(visit: Visit, place: str) -> Sequence[str]:
    """Note that this person looks at a page; gives who else does."""
    return looking.look(visit.session, place, visit.who.person, now=visit.at.real)


def _shelf(
    key: str,
    lines: Sequence[InstalmentLine],
    definition: Mapping[str, Any],
    *,
    waiting: Mapping[tuple[str, int], int],
    now: datetime,
) -> Shelf:
    """A series' instalments, newest first.

    Current are those still open for stories, the one just cut off, which is being finished, and
    any whose accepted sources were corrected or taken back; such a one stands on top.
    """
    collecting = [line for line in lines if line.state in OPEN_STATES and line.cut_off > now]
    past = [line for line in lines if line not in collecting]
    finishing = [line for line in past[:1] if line.state in OPEN_STATES]
    grave = [line for line in past if (key, line.number) in waiting and line not in finishing]
    current = [*collecting, *finishing, *grave]
    current.sort(key=lambda line: (key, line.number) not in waiting)
    earlier = [line for line in past if line not in current]
    return Shelf(
        key=key,
        title=lines[0].series_title if lines else definition["title"],
        zone=words.zone(definition.get("time_zone", "UTC")),
        current=current,
        earlier=earlier[:_EARLIER],
        older=len(earlier[_EARLIER:]),
    )
