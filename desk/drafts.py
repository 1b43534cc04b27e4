"""The instalments: which there are, one by section with its reasons, and what is decided there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, get_args
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words
from desk.door import Visit, inside
from store import alerts, clock, decisions, drafts, notices, series
from store.decisions import (
    MOVES,
    Action,
    Closed,
    Conflict,
    Decision,
    ItemNow,
    NothingToUndo,
    UnknownItem,
)
from store.drafts import OPEN_STATES, InstalmentLine, InstalmentView, ItemView

_ACTIONS = get_args(Action)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with what stands about it and what this editor may do."""

    item: ItemView
    decision: Decision | None  # the one that stands
    moves: Sequence[Action]  # the buttons
    is_undoable: bool  # by this editor
    is_early: bool  # published before the window opened
    then: str  # where to go after deciding: the next item


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of an instalment; `more` is what its definition's maximum leaves for later."""

    key: str
    heading: str
    when_empty: str
    rows: Sequence[Row]
    more: Sequence[Row]
    states: Mapping[str, int]  # how many items are in which state


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An instalment laid out for one editor."""

    view: InstalmentView
    zone: ZoneInfo
    now: datetime
    parts: Sequence[Part]
    states: Mapping[str, int]
    last: Row | None  # what undo takes back

    @property
    def path(self) -> str:
        """Where this instalment is shown."""
        return f"/instalments/{self.view.series}/{self.view.number}"

    def rows(self) -> Iterator[Row]:
        """Every item, in the order of the page."""
        for part in self.parts:
            yield from part.rows
            yield from part.more


def instalments(visit: Visit) -> Response:
    """The first page: every series with its current instalments and the earlier ones."""
    now = clock.now(visit.session)
    lines = {
        key: list(of_series)
        for key, of_series in groupby(drafts.lines(visit.session), lambda line: line.series)
    }
    running = {one.key: one.definition for one in series.running(visit.session)}
    shelves = [
        _shelf(key, lines.get(key, []), running.get(key, {}), now=now)
        for key in sorted(lines.keys() | running.keys())
    ]
    facts: dict[str, Any] = {
        "tasks": alerts.tasks(visit.session),
        "waiting": alerts.waiting(visit.session),
        "notices": notices.count_open(visit.session),
    }
    return visit.page("instalments.html", shelves=shelves, now=now, **facts)


def instalment(visit: Visit) -> Response:
    """One instalment by section."""
    return visit.page("instalment.html", sheet=_sheet(visit, *_asked_for(visit)))


def decide(visit: Visit) -> Response:
    """Accept, reject or undo, and back to the instalment at the next item; 409 if overtaken."""
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
        return _overtaken(visit, problem.item, by=problem.decision)
    except NothingToUndo as problem:
        return _overtaken(visit, problem.item, by=None, is_nothing_left=True)
    return RedirectResponse(inside(visit.form.get("then")), status_code=303)


def _overtaken(
    visit: Visit, item: ItemNow, *, by: Decision | None, is_nothing_left: bool = False
) -> Response:
    """The page for somebody who was too late: who did what when, and the item as it is now."""
    sheet = _sheet(visit, item.series, item.number)
    row = next(row for row in sheet.rows() if row.item.id == item.id)
    facts = {"sheet": sheet, "row": row, "by": by, "is_nothing_left": is_nothing_left}
    return visit.page("overtaken.html", 409, **facts)


def _asked_for(visit: Visit) -> tuple[str, int]:
    return visit.key("series"), visit.number("number")


def _shelf(
    key: str, lines: Sequence[InstalmentLine], definition: Mapping[str, Any], *, now: datetime
) -> Shelf:
    """A series' instalments, newest first.

    Current are those still open for stories, and the one just cut off, which is being finished.
    """
    collecting = [line for line in lines if line.state in OPEN_STATES and line.cut_off > now]
    past = [line for line in lines if line not in collecting]
    finishing = [line for line in past[:1] if line.state in OPEN_STATES]
    earlier = past[len(finishing) :]
    return Shelf(
        key=key,
        title=lines[0].series_title if lines else definition["title"],
        zone=words.zone(definition.get("time_zone", "UTC")),
        current=[*collecting, *finishing],
        earlier=earlier[:_EARLIER],
        older=len(earlier[_EARLIER:]),
    )


def _sheet(visit: Visit, series_key: str, number: int) -> Sheet:
    """The instalment laid out for this visitor. Raises HTTPException 404 if there is none."""
    view = drafts.show(visit.session, series_key, number)
    if view is None:
        raise HTTPException(404)
    standing = decisions.of_instalment(visit.session, view.id)
    mine = decisions.undoable(standing, visit.who.person)
    parted = [(one, *_parted(one.items, one.maximum)) for one in view.sections]
    in_order = [item for _, shown, more in parted for item in (*shown, *more)]
    after = _next_of(in_order)
    path = f"/instalments/{view.series}/{view.number}"
    may_decide = visit.who.may("decide", view.series)

    def row(item: ItemView) -> Row:
        decision = standing.get(item.id)
        return Row(
            item=item,
            decision=decision,
            moves=tuple(MOVES.get(item.state, ())) if may_decide else (),
            is_undoable=may_decide
            and decision is not None
            and decision.user_id == visit.who.person.id,
            is_early=item.published is not None and item.published <= view.opens,
            then=f"{path}#item-{after[item.id]}",
        )

    rows = {item.id: row(item) for item in in_order}
    return Sheet(
        view=view,
        zone=words.zone(view.time_zone),
        now=clock.now(visit.session),
        parts=[
            Part(
                key=section.key,
                heading=section.heading or section.key.replace("_", " ").capitalize(),
                when_empty=section.when_empty,
                rows=[rows[item.id] for item in shown],
                more=[rows[item.id] for item in more],
                states=Counter(item.state for item in section.items),
            )
            for section, shown, more in parted
            if section.items or section.when_empty
        ],
        states=Counter(item.state for item in in_order),
        last=None if mine is None else rows[mine.item_id],
    )


def _parted(
    items: Sequence[ItemView], maximum: int
) -> tuple[Sequence[ItemView], Sequence[ItemView]]:
    """The items to show at once and those kept for a second look, both in order.

    What is decided is always shown. Of what is not, as much as still fits beside the accepted:
    each rejection lets another one up. No maximum (0) shows all.
    """
    if not maximum:
        return items, ()
    room = maximum - sum(item.state == "accepted" for item in items)
    waiting = [item.id for item in items if item.state == "queued"]
    later = set(waiting[max(room, 0) :])
    return (
        [item for item in items if item.id not in later],
        [item for item in items if item.id in later],
    )


def _next_of(items: Sequence[ItemView]) -> dict[int, int]:
    """For each item where to go on: the next one to decide, else the next one, else itself."""
    following: dict[int, int] = {}
    waiting: int | None = None
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        neighbour = items[place + 1].id if place + 1 < len(items) else item.id
        following[item.id] = neighbour if waiting is None else waiting
        if item.state == "queued":
            waiting = item.id
    return following
