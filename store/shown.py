"""An instalment as the desk and the console show it: read in a handful of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from pipeline.draft import Past, credited
from store import alerts, clock, coverage, crediting, offers, planned, quotes
from store.among import among
from store.models import (
    DefinitionRow,
    DuplicateRow,
    InstalmentRow,
    ItemRow,
    MemberRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)

OPEN_STATES = ("assembling", "in_review", "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item as the desk and the console show it."""

    id: int
    rank: int  # place in the whole instalment, 1 first
    state: str  # queued, accepted, rejected
    version: int  # of the row: a write names the version it was based on
    headline: str
    attribution: str
    summary: str  # of the chosen story's version
    development: int
    story: int
    outlet: str  # key
    outlet_name: str
    origin: tuple[str, ...]  # keys of the outlets that broke it
    url: str | None
    published: datetime | None
    first_seen: datetime
    also: tuple[tuple[str, str, str | None], ...]  # other carriers: outlet key, name, url
    quotes: tuple[dict[str, object], ...]
    score: float
    zone: str
    why: tuple[dict[str, object], ...]  # reason, weight, text, spans
    covered_before: tuple[dict[str, object], ...]  # instalment, item
    # Earlier items that its development goes on from: instalment, item, headline, why.
    follows: tuple[dict[str, object], ...] = ()
    # Developments that it tells besides its own: development, headline, score, why.
    gathered: tuple[dict[str, object], ...] = ()
    # What the machine would change in it and may not: id, kind, why, and what it would be.
    offers: tuple[dict[str, object], ...] = ()
    merit: float = 0.0  # what it is ranked by; `why` says of what it is made up
    flags: tuple[str, ...]
    is_ours: bool
    standing: alerts.Standing = field(
        default_factory=alerts.Standing
    )  # what has happened to what it rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section of an instalment with its items in order."""

    key: str
    heading: str
    when_empty: str
    maximum: int  # items it should hold at most; 0: any number
    items: tuple[ItemView, ...]
    why_empty: str = ""  # where it holds none: no such feed, or the feed is silent


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentView:
    """An instalment as the desk and the console show it."""

    id: int
    series: str  # key
    series_title: str
    number: int
    opens: datetime
    cut_off: datetime
    time_zone: str  # the desk's, an IANA name
    state: str
    version: int = 1  # of the row: a step names the version it was based on
    title: str
    subhead: str = ""
    lead: str = ""
    language: str = "en"
    # What the machine proposes and nobody has taken: title, lead, why, candidates, subhead.
    proposed: Mapping[str, Any] = field(default_factory=dict)
    sections: tuple[SectionView, ...]
    previous: tuple[dict[str, object], ...]  # title, url, number


def show(
    session: Session,
    series: str,
    number: int | None = None,
    *,
    only: Collection[int] | None = None,
    now: datetime | None = None,
) -> InstalmentView | None:
    """One instalment by section; without a number the newest that is open or holds items.

    `only`: no more than these of its items, for whoever shows a long one page by page; their
    ranks then count those alone. `now`: the product's time, if it was asked for already.
    """
    row = InstalmentRow
    asked = (
        select(row, SeriesRow, DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.id == row.series_id)
        .join(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .where(SeriesRow.key == series)
        .order_by(row.cut_off.desc())
        .limit(1)
    )
    if number is None:
        holds_items = exists().where(ItemRow.instalment_id == row.id)
        asked = asked.where(row.state.in_(OPEN_STATES) | holds_items)
    else:
        asked = asked.where(row.number == number)
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    instalment, of, definition = found
    which = ItemRow.instalment_id == instalment.id
    if only is not None:
        which &= among(ItemRow.id, only)
    asks_none = only is not None and not only
    return _view(
        instalment,
        of,
        definition,
        []
        if asks_none
        else _item_views(instalment, _read(session, which, now=now), own=_own(definition)),
        _previous(session, instalment, most=definition.get("previous_instalments", 2)),
    )


def show_some(
    session: Session, items: Collection[int], *, now: datetime | None = None
) -> list[InstalmentView]:
    """The instalments of these items with no others in them, and without those before them.

    For lists that go through many instalments: all of it is read at once.
    """
    read = _read(session, among(ItemRow.id, items), now=now)
    asked = (
        select(InstalmentRow, SeriesRow, DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .join(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .where(among(InstalmentRow.id, {row.instalment_id for row in read.rows}))
        .order_by(InstalmentRow.id)
    )
    return [
        _view(
            instalment,
            of,
            definition,
            _item_views(instalment, read, own=_own(definition)),
            (),
        )
        for instalment, of, definition in session.execute(asked).all()
    ]


def _own(definition: Mapping[str, Any]) -> set[str]:
    return set(definition.get("own_outlets", ()))


def _view(
    instalment: InstalmentRow,
    of: SeriesRow,
    definition: dict[str, Any],
    items: Sequence[tuple[str, ItemView]],
    previous: tuple[dict[str, object], ...],
) -> InstalmentView:
    return InstalmentView(
        id=instalment.id,
        series=of.key,
        series_title=of.title,
        number=instalment.number,
        opens=instalment.opens_at,
        cut_off=instalment.cut_off,
        time_zone=definition.get("time_zone", "UTC"),
        state=instalment.state,
        version=instalment.version,
        title=instalment.title,
        subhead=instalment.subhead,
        lead=instalment.lead,
        language=definition.get("language", "en"),
        proposed=_proposed(instalment.proposed, items),
        sections=_sections(definition, items, instalment.proposed.get("empty", {})),
        previous=previous,
    )


def _proposed(kept: Mapping[str, Any], items: Sequence[tuple[str, ItemView]]) -> dict[str, Any]:
    """What the machine proposes, its developments as the items that stand for them here."""
    if not kept:
        return {}
    number = {item.development: item.id for _, item in items}
    return {
        "title": kept["title"],
        "lead": number.get(kept["lead"]),
        "why": kept["why"],
        "candidates": [
            {
                "item": number[one["development"]],
                "headline": one["headline"],
                "merit": one["merit"],
                "why": one["why"],
            }
            for one in kept["candidates"]
            if one["development"] in number
        ],
        "subhead": kept["subhead"],
        "subhead_of": number.get(kept["subhead_of"]),
    }


def _sections(
    definition: dict[str, Any], items: Sequence[tuple[str, ItemView]], empty: Mapping[str, str]
) -> tuple[SectionView, ...]:
    """The definition's sections in order with their items; ranks run through the instalment."""
    sections = list(definition["sections"])
    named = {section["key"] for section in sections}
    # A section dropped from the definition keeps its items visible, at the end, under its key.
    gone = sorted({key for key, _ in items} - named)
    sections += [{"key": key, "heading": key} for key in gone]
    views, rank = [], 0
    for section in sections:
        mine = []
        for key, item in items:
            if key == section["key"]:
                rank += 1
                mine.append(replace(item, rank=rank))
        views.append(
            SectionView(
                key=section["key"],
                heading=section.get("heading", ""),
                when_empty=section.get("when_empty", ""),
                maximum=section.get("maximum", 0),
                items=tuple(mine),
                why_empty="" if mine else empty.get(section["key"], ""),
            )
        )
    return tuple(views)


class _Item(NamedTuple):
    """An item with the story, version and outlet it shows, as one row of a statement."""

    id: int
    instalment_id: int
    series_id: int
    section: str
    state: str
    version: int
    headline: str
    attribution: str
    development_id: int
    link: str | None
    score: float
    merit: float
    zone: str
    why: Sequence[dict[str, object]]
    flags: Sequence[str]
    story_id: int
    first_seen: datetime
    version_id: int
    is_outdated: bool  # its story has a newer version than the one shown
    summary: str
    url: str | None
    published: datetime | None
    outlet: str
    outlet_name: str


# Columns, not rows: of a version alone its whole text would come along.
_ITEMS = (
    select(
        *(ItemRow.id, ItemRow.instalment_id, InstalmentRow.series_id, ItemRow.section),
        *(ItemRow.state, ItemRow.version, ItemRow.headline, ItemRow.attribution),
        *(ItemRow.development_id, ItemRow.link, ItemRow.score, ItemRow.merit, ItemRow.zone),
        *(ItemRow.why, ItemRow.flags, StoryRow.id, StoryRow.first_seen_at, VersionRow.id),
        VersionRow.number != StoryRow.current_version,
        case((VersionRow.summary != "", VersionRow.summary), else_=func.left(VersionRow.text, 400)),
        *(VersionRow.url, VersionRow.published_at, OutletRow.key, OutletRow.name),
    )
    .select_from(ItemRow)
    .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
    .join(StoryRow, StoryRow.id == ItemRow.story_id)
    .join(VersionRow, VersionRow.id == ItemRow.version_id)
    .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
    .where(ItemRow.merged_into.is_(None))
    .order_by(ItemRow.position, ItemRow.id)
)


@dataclass(frozen=True, slots=True)
class _Read:
    """Items with all that stands around them, whichever instalments they are of."""

    rows: Sequence[_Item]
    tells: Mapping[int, Sequence[int]]  # the developments an item tells, its own first
    under: Mapping[int, Sequence[dict[str, object]]]
    carriers: Mapping[int, Sequence["_Carrier"]]
    offered: Mapping[int, Sequence[dict[str, object]]]
    standing: Mapping[int, alerts.Standing]
    quoted: Mapping[int, Sequence[dict[str, object]]]
    named: Mapping[int, Sequence[crediting.Origin]]
    memory: coverage.Memory


def _read(session: Session, which: ColumnElement[bool], *, now: datetime | None) -> _Read:
    """Read items and what stands around them: as many statements for a thousand as for one."""
    rows = [_Item._make(row) for row in session.execute(_ITEMS.where(which))]
    ids = [item.id for item in rows]
    under = planned.gathered(session, ids)
    tells = {
        item.id: [item.development_id, *(one["development"] for one in under.get(item.id, ()))]
        for item in rows
    }
    developments = sorted({number for told in tells.values() for number in told})
    carriers = _carriers(session, developments)
    told = {c.version_id for around in carriers.values() for c in around}
    asked = {(item.series_id, number) for item in rows for number in tells[item.id]}
    return _Read(
        rows=rows,
        tells=tells,
        under=under,
        carriers=carriers,
        offered=offers.of_items(session, ids),
        standing=alerts.standing(session, ids, now=now or clock.now(session)),
        quoted=quotes.of_items(session, ids),
        named=crediting.origins(session, sorted({item.version_id for item in rows} | told)),
        memory=coverage.read(session, asked),
    )


def _item_views(
    instalment: InstalmentRow, read: _Read, *, own: set[str]
) -> list[tuple[str, ItemView]]:
    """Those of the items read that stand in this instalment, by section."""
    rows = [row for row in read.rows if row.instalment_id == instalment.id]
    developments = sorted({number for item in rows for number in read.tells[item.id]})
    series, before = instalment.series_id, instalment.cut_off
    covered = read.memory.covered(series, developments, before=before)
    followed = read.memory.followed(series, developments, before=before)
    views = []
    for item in rows:
        tells = read.tells[item.id]
        around = [one for number in tells for one in read.carriers.get(number, ())]
        around.sort(key=lambda carrier: (carrier.first_seen, carrier.story_id))
        root = next((c for c in around if c.story_id == item.story_id), None)
        first = next((c for c in around if root and c.story_id == root.root_id), root)
        broke = _origins(read.named, item.version_id, around)
        origin = broke or (first.outlet if first else item.outlet,)
        linked = {item.outlet, *(carrier.outlet for carrier in around if carrier.url)}
        view = ItemView(
            id=item.id,
            rank=0,
            state=item.state,
            version=item.version,
            headline=item.headline,
            attribution=item.attribution,
            summary=item.summary,
            development=item.development_id,
            story=item.story_id,
            outlet=item.outlet,
            outlet_name=item.outlet_name,
            origin=origin,
            url=item.link or item.url,
            published=item.published,
            first_seen=item.first_seen,
            also=_also(around, besides=item.outlet),
            quotes=tuple(read.quoted.get(item.id, ())),
            score=item.score,
            zone=item.zone,
            why=tuple(item.why),
            covered_before=_past(covered, tells),
            follows=_past(followed, tells),
            gathered=tuple(read.under.get(item.id, ())),
            offers=tuple(read.offered.get(item.id, ())),
            merit=item.merit,
            flags=_flags(
                item.flags,
                read.standing[item.id],
                is_outdated=item.is_outdated,
                is_origin_held=not broke or not linked.isdisjoint(broke),
            ),
            is_ours=item.outlet in own,
            standing=read.standing[item.id],
        )
        views.append((item.section, view))
    return views


def _flags(
    own: Sequence[str], standing: alerts.Standing, *, is_outdated: bool, is_origin_held: bool
) -> tuple[str, ...]:
    """The item's flags; `updated` wherever its story has a newer version than the one shown.

    `origin_not_held` where none of those credited has a page here: the link is to who repeats it.
    """
    also = standing.flags | ({"updated"} if is_outdated else set())
    also |= set() if is_origin_held else {"origin_not_held"}
    return tuple(sorted({*own, *also})) if also else tuple(own)


class _Carrier(NamedTuple):
    story_id: int
    version_id: int
    root_id: int | None
    outlet: str
    outlet_name: str
    url: str | None
    first_seen: datetime


def _origins(
    named: Mapping[int, Sequence[crediting.Origin]], version_id: int, around: Sequence[_Carrier]
) -> tuple[str, ...]:
    """Who broke it, by key or name: as the item's own story says, then as enough others do."""
    if not named:
        return ()
    own = [(one.outlet, one.name) for one in named.get(version_id, ())]
    others = [
        (carrier.outlet, [(one.outlet, one.name) for one in named.get(carrier.version_id, ())])
        for carrier in around
    ]
    return tuple(dict.fromkeys(key or name for key, name in credited(own, others)))


def _past(
    found: Mapping[int, Sequence[Past]], developments: Sequence[int]
) -> tuple[dict[str, object], ...]:
    """Earlier items of these developments, each once, as instalment, item, headline and why."""
    past = {one for number in developments for one in found.get(number, ())}
    ordered = sorted(past, key=lambda one: (one.instalment, one.item, one.why))
    return tuple(
        {name: value for name, value in asdict(one).items() if value != ""} for one in ordered
    )


def _carriers(session: Session, developments: Sequence[int]) -> dict[int, list[_Carrier]]:
    """Every story of these developments, in order of arrival."""
    asked = (
        select(MemberRow.development_id, StoryRow.id, VersionRow.id, DuplicateRow.root_id)
        .add_columns(OutletRow.key, OutletRow.name, VersionRow.url, StoryRow.first_seen_at)
        .join(StoryRow, StoryRow.id == MemberRow.story_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .outerjoin(
            DuplicateRow,
            (DuplicateRow.story_id == StoryRow.id) & DuplicateRow.undone_at.is_(None),
        )
        .where(among(MemberRow.development_id, developments), StoryRow.merged_into.is_(None))
        .order_by(MemberRow.development_id, StoryRow.first_seen_at, StoryRow.id)
    )
    found: dict[int, list[_Carrier]] = {}
    for development_id, *told in session.execute(asked):
        found.setdefault(development_id, []).append(_Carrier(*told))
    return found


def _also(carriers: Sequence[_Carrier], *, besides: str) -> tuple[tuple[str, str, str | None], ...]:
    """The other outlets that carry a development, each once, in order of arrival."""
    once = {c.outlet: (c.outlet, c.outlet_name, c.url) for c in reversed(carriers)}
    once.pop(besides, None)
    order = {c.outlet: place for place, c in reversed(list(enumerate(carriers)))}
    return tuple(sorted(once.values(), key=lambda carrier: order[carrier[0]]))


def _previous(
    session: Session, instalment: InstalmentRow, *, most: int
) -> tuple[dict[str, object], ...]:
    """The instalments before this one, newest first: title and published address, if any."""
    row = InstalmentRow
    asked = (
        select(row)
        .where(row.series_id == instalment.series_id, row.cut_off < instalment.cut_off)
        .order_by(row.cut_off.desc())
        .limit(most)
    )
    return tuple(
        {
            "title": earlier.title or f"No. {earlier.number}",
            "url": earlier.address,
            "number": earlier.number,
        }
        for earlier in session.scalars(asked)
    )
