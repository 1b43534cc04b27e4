"""Items laid out for one editor: an instalment by section, or rows of several instalments."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException

from desk import words
from desk.door import Visit
from store import beside, decisions, drafts, outlines, undoing
from store.beside import Beside
from store.decisions import MOVES, Action, Decision
from store.drafts import InstalmentView, ItemView, SectionView
from store.outlines import Stub
from store.queue import Place
from store.undoing import Next

_MOST_SHOWN = 60  # waiting items of a section without a maximum of its own
_NAMED = 3  # other places where an item stands; beyond, they are counted
_MOST_MORE = 40  # folded away below; those beyond are found in the queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An item with what stands about it and what this editor may do."""

    item: ItemView
    beside: Beside
    view: InstalmentView  # where it stands; its items are not all there
    zone: ZoneInfo
    now: datetime
    decision: Decision | None  # the one that stands
    moves: Sequence[Action]  # the buttons
    is_undoable: bool  # by this editor
    may_decide: bool
    is_early: bool  # published before the window opened
    here: str  # the page it is shown on, at this item
    then: str  # where to go after deciding: the next item
    is_among_others: bool = False  # rows of other instalments stand on the same page

    @property
    def path(self) -> str:
        """Where its instalment is shown."""
        return f"/instalments/{self.view.series}/{self.view.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of an instalment; `more` is what its definition's maximum leaves for later."""

    key: str
    heading: str
    when_empty: str
    rows: Sequence[Row]
    more: Sequence[Row]
    beyond: int  # waiting items that this page does not hold
    states: Mapping[str, int]  # how many items are in which state


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An instalment laid out for one editor."""

    view: InstalmentView
    zone: ZoneInfo
    now: datetime
    parts: Sequence[Part]
    states: Mapping[str, int]
    own: int  # items from our own outlets, what was rejected left out; and those of others
    others: int
    newest: int  # the highest number of an item, for asking what came after
    undo: Next | None  # what undo takes back

    @property
    def path(self) -> str:
        """Where this instalment is shown."""
        return f"/instalments/{self.view.series}/{self.view.number}"

    def rows(self) -> Iterator[Row]:
        """Every item shown, in the order of the page."""
        for part in self.parts:
            yield from part.rows
            yield from part.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many items of an instalment are in which state, in all and by section."""

    states: Mapping[str, int]
    sections: Mapping[str, Mapping[str, int]]


def sheet(visit: Visit, series_key: str, number: int) -> Sheet:
    """The instalment laid out for this visitor. Raises HTTPException 404 if there is none."""
    stubs = outlines.of_instalment(visit.session, series_key, number)
    series = outlines.of_series(visit.session, series_key)
    # Sections that the definition has no more stand at the end.
    by_section: dict[str, list[Stub]] = {key: [] for key in series.maxima}
    for stub in stubs:
        by_section.setdefault(stub.section, []).append(stub)
    parted = {key: _parted(held, series.maxima.get(key, 0)) for key, held in by_section.items()}
    chosen = [stub for shown, more, _ in parted.values() for stub in (*shown, *more)]
    view = drafts.show(
        visit.session, series_key, number, only=[stub.id for stub in chosen], now=visit.now
    )
    if view is None:
        raise HTTPException(404)
    ranks = {stub.id: rank for rank, stub in enumerate(_in_order(by_section), start=1)}
    path = f"/instalments/{view.series}/{view.number}"
    found = {row.item.id: row for row in _rows(visit, view, base=path, ranks=ranks)}
    after = _next_of(chosen)
    found = {key: replace(row, then=f"{path}#item-{after[key]}") for key, row in found.items()}
    kept = Counter(stub.outlet in series.own_outlets for stub in stubs if stub.state != "rejected")
    return Sheet(
        own=kept[True],
        others=kept[False],
        view=view,
        zone=words.zone(view.time_zone),
        now=visit.now,
        parts=[
            _part(section, by_section[section.key], parted[section.key], found)
            for section in view.sections
            if by_section.get(section.key) or section.when_empty
        ],
        states=Counter(stub.state for stub in stubs),
        newest=max((stub.id for stub in stubs), default=0),
        undo=undoing.next_of(visit.session, visit.who.person, instalment_id=view.id),
    )


def tally(visit: Visit, series_key: str, number: int) -> Tally:
    """The counts of an instalment."""
    sections: dict[str, Counter[str]] = {}
    for stub in outlines.of_instalment(visit.session, series_key, number):
        sections.setdefault(stub.section, Counter())[stub.state] += 1
    return Tally(states=sum(sections.values(), Counter()), sections=sections)


def rows(visit: Visit, places: Sequence[Place], *, base: str) -> list[Row]:
    """Rows of several instalments, in the order of these places."""
    views = drafts.show_some(visit.session, [place.item_id for place in places], now=visit.now)
    found = {row.item.id: row for row in _rows(visit, *views, base=base, ranks={})}
    listed = [found[place.item_id] for place in places if place.item_id in found]
    following = [*(row.item.id for row in listed[1:]), *(row.item.id for row in listed[-1:])]
    return [
        replace(row, then=f"{base}#item-{after}", is_among_others=True)
        for row, after in zip(listed, following, strict=True)
    ]


def row(visit: Visit, item_id: int, *, base: str, then: str) -> Row:
    """One item's row, for a page that holds it. Raises HTTPException 404 if there is none."""
    try:
        item = decisions.find(visit.session, item_id)
    except decisions.UnknownItem as problem:
        raise HTTPException(404) from problem
    places = [Place(item_id=item_id, series=item.series, number=item.number)]
    found = rows(visit, places, base=base)
    if not found:  # it stands aside for the one it became one with
        raise HTTPException(404)
    return replace(found[0], then=then, is_among_others=base.startswith("/queue"))


def _rows(
    visit: Visit, *views: InstalmentView, base: str, ranks: Mapping[int, int]
) -> Iterator[Row]:
    """The items these views hold, each with what stands about it."""
    held = [(view, item) for view in views for part in view.sections for item in part.items]
    ids = [item.id for _, item in held]
    standing = decisions.of_items(visit.session, ids)
    around = beside.of_items(visit.session, ids, visit.who.person, named=_NAMED)
    zones = {view.id: words.zone(view.time_zone) for view in views}
    may = {view.id: visit.who.may("decide", view.series) for view in views}
    for view, item in held:
        may_decide = may[view.id]
        decision = standing.get(item.id)
        is_mine = decision is not None and decision.user_id == visit.who.person.id
        yield Row(
            item=replace(item, rank=ranks.get(item.id, 0)),
            beside=around[item.id],
            view=view,
            zone=zones[view.id],
            now=visit.now,
            decision=decision,
            moves=tuple(MOVES.get(item.state, ())) if may_decide else (),
            is_undoable=may_decide
            and is_mine
            and decision is not None
            and decision.state_after == item.state,
            may_decide=may_decide,
            is_early=item.published is not None and item.published <= view.opens,
            here=f"{base}#item-{item.id}",
            then=base,
        )


def _part(
    section: SectionView,
    held: Sequence[Stub],
    parted: tuple[Sequence[Stub], Sequence[Stub], int],
    found: Mapping[int, Row],
) -> Part:
    shown, more, beyond = parted
    return Part(
        key=section.key,
        heading=section.heading or section.key.replace("_", " ").capitalize(),
        when_empty=section.when_empty,
        rows=[found[stub.id] for stub in shown if stub.id in found],
        more=[found[stub.id] for stub in more if stub.id in found],
        beyond=beyond,
        states=Counter(stub.state for stub in held),
    )


def _in_order(by_section: Mapping[str, Sequence[Stub]]) -> Iterator[Stub]:
    for held in by_section.values():
        yield from held


def _parted(held: Sequence[Stub], maximum: int) -> tuple[Sequence[Stub], Sequence[Stub], int]:
    """The items to show at once, those kept for a second look, and how many are left out.

    What is decided is always shown. Of what is not, as much as still fits beside the accepted:
    each rejection lets another one up. No maximum (0) shows all, up to what a page can hold.
    """
    room = _MOST_SHOWN
    if maximum:
        room = max(maximum - sum(stub.state == "accepted" for stub in held), 0)
    waiting = [stub.id for stub in held if stub.state == "queued"]
    later = set(waiting[room : room + _MOST_MORE])
    left_out = set(waiting[room + _MOST_MORE :])
    return (
        [stub for stub in held if stub.id not in later and stub.id not in left_out],
        [stub for stub in held if stub.id in later],
        len(left_out),
    )


def _next_of(stubs: Sequence[Stub]) -> dict[int, int]:
    """For each item where to go on: the next one to decide, else the next one, else itself."""
    following: dict[int, int] = {}
    waiting: int | None = None
    for place in range(len(stubs) - 1, -1, -1):
        stub = stubs[place]
        neighbour = stubs[place + 1].id if place + 1 < len(stubs) else stub.id
        following[stub.id] = neighbour if waiting is None else waiting
        if stub.state == "queued":
            waiting = stub.id
    return following
