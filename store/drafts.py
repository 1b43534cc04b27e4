"""Instalments and their items: opened, brought up to date, shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Exists, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.records import Window
from store import alerts, audit, clock, crediting, quotes
from store.models import (
    ChangeRow,
    DefinitionRow,
    DevelopmentRow,
    DuplicateRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)

OPENING = 7303  # advisory lock, per series: instalments are numbered one at a time


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
    sections: tuple[SectionView, ...]
    previous: tuple[dict[str, object], ...]  # title, url, number


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentLine:
    """One line of the list of instalments."""

    series: str
    series_title: str
    number: int
    opens: datetime
    cut_off: datetime
    state: str
    items: int
    undecided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An instalment as the draft step needs it."""

    id: int
    series_id: int
    state: str
    opens: datetime
    cut_off: datetime
    tail_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One matched story that may stand in an instalment."""

    development_id: int
    story_id: int
    version_id: int
    root_id: int  # the original whose text it has: itself, unless it is a copy
    is_copy: bool
    length: int  # of its own text, in characters; 0 where only a summary came
    title: str
    outlet: str
    outlet_name: str
    published: datetime | None
    first_seen: datetime
    score: float
    zone: str
    section: str
    why: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """An item as the draft step made it, in the order it should stand."""

    development_id: int
    story_id: int
    version_id: int
    section: str
    headline: str
    attribution: str
    score: float
    zone: str
    why: list[dict[str, Any]]
    flags: tuple[str, ...] = ()


SEEN = {"headline", "story_id", "version_id", "attribution"}  # what an editor decides about
OPEN_STATES = ("assembling", "in_review", "ready")


def holding(session: Session, story_ids: Sequence[int]) -> list[int]:
    """The open instalments in which one of these stories stands: a change of it concerns them."""
    asked = (
        select(InstalmentRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.story_id.in_(story_ids), InstalmentRow.state.in_(OPEN_STATES))
        .distinct()
    )
    return list(session.scalars(asked))


def open_instalment(session: Session, series_id: int, window: Window, *, at: datetime) -> Opening:
    """The instalment of that window, opened now if nobody has: (series, cut-off) identifies it."""
    row = InstalmentRow
    asked = select(row).where(row.series_id == series_id, row.cut_off == window.cut_off)
    found = session.scalars(asked).one_or_none()
    if found is None:
        # Numbers run without gaps, so openers of one series take turns.
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key, :series)"),
            {"key": OPENING, "series": series_id},
        )
        found = session.scalars(asked).one_or_none()
    if found is None:
        last = session.scalar(select(func.max(row.number)).where(row.series_id == series_id))
        found = session.scalars(
            insert(row)
            .values(
                series_id=series_id,
                number=(last or 0) + 1,
                opens_at=window.opens,
                cut_off=window.cut_off,
                tail_from=window.tail_from,
                opened_at=at,
            )
            .returning(row)
        ).one()
        audit.note(
            session,
            actor="machine:draft",
            action="instalment.open",
            subject_kind="instalment",
            subject_id=found.id,
            detail={"cut_off": window.cut_off.isoformat()},
        )
    return _opening(found)


def load(session: Session, instalment_id: int) -> Opening:
    """One instalment. Raises NoResultFound for an unknown id."""
    asked = select(InstalmentRow).where(InstalmentRow.id == instalment_id)
    return _opening(session.scalars(asked).one())


def _opening(row: InstalmentRow) -> Opening:
    return Opening(
        id=row.id,
        series_id=row.series_id,
        state=row.state,
        opens=row.opens_at,
        cut_off=row.cut_off,
        tail_from=row.tail_from,
    )


def offered(session: Session, instalment: Opening) -> list[Offered]:
    """The stories whose match belongs to this instalment, by development.

    Left out: what was published before the tail, what its publisher has taken back, and what an
    editor has rejected in another instalment of the series: a further outlet carrying such a
    development does not bring it back, only a change in substance does.
    """
    newest = (
        select(MatchRow.id)
        .join(VersionRow, VersionRow.id == MatchRow.version_id)
        .join(StoryRow, StoryRow.id == MatchRow.story_id)
        .where(MatchRow.instalment_id == instalment.id)
        .ext(distinct_on(MatchRow.story_id))
        .order_by(
            MatchRow.story_id,
            (VersionRow.number == StoryRow.current_version).desc(),
            MatchRow.id.desc(),
        )
    )
    rejected = (
        select(func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id))
        .join(ItemRow, ItemRow.development_id == DevelopmentRow.id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(ItemRow.merged_into.is_(None))
        .where(InstalmentRow.series_id == instalment.series_id, ItemRow.state == "rejected")
        .where(InstalmentRow.id != instalment.id, ~_has_changed_since())
    )
    returned = _returned(session, instalment)
    asked = (
        select(MatchRow, MemberRow.development_id, StoryRow, VersionRow, OutletRow)
        .add_columns(DuplicateRow.root_id)
        .join(MemberRow, MemberRow.story_id == MatchRow.story_id)
        .join(StoryRow, StoryRow.id == MatchRow.story_id)
        .join(VersionRow, VersionRow.id == MatchRow.version_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .outerjoin(
            DuplicateRow,
            (DuplicateRow.story_id == StoryRow.id) & DuplicateRow.undone_at.is_(None),
        )
        .where(MatchRow.id.in_(newest), MemberRow.development_id.not_in(rejected))
        .where(MatchRow.zone != "ignore")  # matched once, and under today's definition no more
        .where(StoryRow.merged_into.is_(None), StoryRow.status == "usable")
        .where(
            func.coalesce(VersionRow.published_at, StoryRow.first_seen_at) >= instalment.tail_from
        )
        .order_by(MemberRow.development_id, StoryRow.first_seen_at, StoryRow.id)
    )
    return [
        Offered(
            development_id=development_id,
            story_id=story.id,
            version_id=version.id,
            root_id=root or story.id,
            is_copy=root is not None,
            length=len(version.text),
            title=version.title,
            outlet=outlet.key,
            outlet_name=outlet.name,
            published=version.published_at,
            first_seen=story.first_seen_at,
            score=match.score,
            zone=match.zone,
            section=match.section,
            why=[*match.why, *returned.get(development_id, ())],
        )
        for match, development_id, story, version, outlet, root in session.execute(asked)
    ]


def _has_changed_since() -> Exists:
    """Whether a story of an item's development has changed in substance since it was decided on."""
    return (
        exists()
        .where(
            MemberRow.development_id == ItemRow.development_id,
            ChangeRow.story_id == MemberRow.story_id,
            ChangeRow.is_in_substance,
            ChangeRow.at > ItemRow.touched_at,
        )
        .correlate(ItemRow)
    )


def _returned(session: Session, instalment: Opening) -> dict[int, list[dict[str, Any]]]:
    """Why developments are offered again that were rejected elsewhere in the series."""
    asked = (
        select(ItemRow.development_id, InstalmentRow.number, ChangeRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(MemberRow, MemberRow.development_id == ItemRow.development_id)
        .join(ChangeRow, ChangeRow.story_id == MemberRow.story_id)
        .where(InstalmentRow.series_id == instalment.series_id, ItemRow.state == "rejected")
        .where(InstalmentRow.id != instalment.id)
        .where(ChangeRow.is_in_substance, ChangeRow.at > ItemRow.touched_at)
        .order_by(ChangeRow.id)
    )
    found = {}
    for development_id, number, change in session.execute(asked):
        said = f": {change.said}" if change.said else ""
        text = f"rejected in No. {number}, but changed in substance since ({change.kind}){said}"
        found[development_id] = [{"reason": "returned", "weight": 0.0, "text": text, "spans": []}]
    return found


def put_items(
    session: Session, instalment: Opening, items: Sequence[Drafted], *, at: datetime
) -> int:
    """Bring an instalment's items up to date; gives how many are new.

    An item that a person has touched keeps its place, words and state; if its story has a newer
    version it gets the flag `updated`. Untouched ones stand below, in the order given.
    """
    row = ItemRow
    # Two that became one are one: the one that stands aside waits for its merge to be undone.
    alone = (row.instalment_id == instalment.id) & row.merged_into.is_(None)
    asked = select(row).where(alone).with_for_update()
    standing = {item.development_id: item for item in session.scalars(asked.order_by(row.id))}
    lowest = max((i.position for i in standing.values() if i.touched_at is not None), default=0.0)
    new = []
    for place, item in enumerate(items, start=1):
        facts = {
            "section": item.section,
            "position": lowest + place,
            "story_id": item.story_id,
            "version_id": item.version_id,
            "headline": item.headline,
            "attribution": item.attribution,
            "score": item.score,
            "zone": item.zone,
            "why": item.why,
            "flags": list(item.flags),
        }
        old = standing.get(item.development_id)
        if old is None:
            identity = {"instalment_id": instalment.id, "development_id": item.development_id}
            new.append(identity | facts | {"added_at": at})
        elif old.touched_at is None:
            changed = {name for name, value in facts.items() if getattr(old, name) != value}
            if changed & SEEN:  # nobody may accept a headline they have not seen
                facts["version"] = row.version + 1
            if changed:
                session.execute(update(row).where(row.id == old.id).values(**facts))
        elif old.story_id == item.story_id and old.version_id != item.version_id:
            flags = sorted({*old.flags, "updated"})
            session.execute(update(row).where(row.id == old.id).values(flags=flags))
    if new:
        session.execute(upsert(row).values(new).on_conflict_do_nothing())
    return len(new)


def lines(session: Session, series: str | None = None) -> list[InstalmentLine]:
    """All instalments, of one series or of every one, newest first."""
    items = (
        select(
            ItemRow.instalment_id,
            func.count().label("held"),
            func.count().filter(ItemRow.state == "queued").label("undecided"),
        )
        .where(ItemRow.merged_into.is_(None))
        .group_by(ItemRow.instalment_id)
        .subquery()
    )
    asked = (
        select(
            InstalmentRow,
            SeriesRow,
            func.coalesce(items.c.held, 0),
            func.coalesce(items.c.undecided, 0),
        )
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .outerjoin(items, items.c.instalment_id == InstalmentRow.id)
        .order_by(SeriesRow.key, InstalmentRow.cut_off.desc())
    )
    if series is not None:
        asked = asked.where(SeriesRow.key == series)
    return [
        InstalmentLine(
            series=of.key,
            series_title=of.title,
            number=instalment.number,
            opens=instalment.opens_at,
            cut_off=instalment.cut_off,
            state=instalment.state,
            items=number,
            undecided=undecided,
        )
        for instalment, of, number, undecided in session.execute(asked)
    ]


def show(
    session: Session,
    series: str,
    number: int | None = None,
    *,
    only: Collection[int] | None = None,
) -> InstalmentView | None:
    """One instalment by section; without a number the newest that is open or holds items.

    `only`: no more than these of its items, for whoever shows a long one page by page; their
    ranks then count those alone.
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
    own = set(definition.get("own_outlets", ()))
    items = _item_views(session, instalment, own=own, only=only)
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
        sections=_sections(definition, items),
        previous=_previous(session, instalment, most=definition.get("previous_instalments", 2)),
    )


def _sections(
    definition: dict[str, Any], items: Sequence[tuple[str, ItemView]]
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
            )
        )
    return tuple(views)


def _item_views(
    session: Session,
    instalment: InstalmentRow,
    *,
    own: set[str],
    only: Collection[int] | None = None,
) -> list[tuple[str, ItemView]]:
    asked = (
        select(ItemRow, StoryRow, VersionRow, OutletRow)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .join(VersionRow, VersionRow.id == ItemRow.version_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(ItemRow.instalment_id == instalment.id, ItemRow.merged_into.is_(None))
        .order_by(ItemRow.position, ItemRow.id)
    )
    if only is not None:
        asked = asked.where(ItemRow.id.in_(only))
    rows = session.execute(asked).all()
    developments = [item.development_id for item, *_ in rows]
    carriers = _carriers(session, developments)
    covered = _covered_before(session, instalment, developments)
    standing = alerts.standing(session, [item.id for item, *_ in rows], now=clock.now(session))
    quoted = quotes.of_items(session, [item.id for item, *_ in rows])
    told = {c.version_id for around in carriers.values() for c in around}
    named = crediting.origins(session, sorted({version.id for _, _, version, _ in rows} | told))
    views = []
    for item, story, version, outlet in rows:
        around = carriers.get(item.development_id, [])
        root = next((c for c in around if c.story_id == story.id), None)
        first = next((c for c in around if root and c.story_id == root.root_id), root)
        credited = _origins(named, version.id, around)
        origin = credited or (first.outlet if first else outlet.key,)
        linked = {outlet.key, *(carrier.outlet for carrier in around if carrier.url)}
        view = ItemView(
            id=item.id,
            rank=0,
            state=item.state,
            version=item.version,
            headline=item.headline,
            attribution=item.attribution,
            summary=version.summary or version.text[:400],
            development=item.development_id,
            story=story.id,
            outlet=outlet.key,
            outlet_name=outlet.name,
            origin=origin,
            url=item.link or version.url,
            published=version.published_at,
            first_seen=story.first_seen_at,
            also=_also(around, besides=outlet.key),
            quotes=tuple(quoted.get(item.id, ())),
            score=item.score,
            zone=item.zone,
            why=tuple(item.why),
            covered_before=tuple(covered.get(item.development_id, ())),
            flags=_flags(
                item,
                standing[item.id],
                is_outdated=version.number != story.current_version,
                is_origin_held=not credited or not linked.isdisjoint(credited),
            ),
            is_ours=outlet.key in own,
            standing=standing[item.id],
        )
        views.append((item.section, view))
    return views


def _flags(
    item: ItemRow, standing: alerts.Standing, *, is_outdated: bool, is_origin_held: bool
) -> tuple[str, ...]:
    """The item's flags; `updated` wherever its story has a newer version than the one shown.

    `origin_not_held` where none of those credited has a page here: the link is to who repeats it.
    """
    also = standing.flags | ({"updated"} if is_outdated else set())
    also |= set() if is_origin_held else {"origin_not_held"}
    return tuple(sorted({*item.flags, *also})) if also else tuple(item.flags)


@dataclass(frozen=True, slots=True)
class _Carrier:
    story_id: int
    version_id: int
    root_id: int | None
    outlet: str
    outlet_name: str
    url: str | None


def _origins(
    named: Mapping[int, Sequence[crediting.Origin]], version_id: int, around: Sequence[_Carrier]
) -> tuple[str, ...]:
    """Who broke it, by key or name: as the item's own story says, then as the others do."""
    found: dict[str, None] = {}
    for number in (version_id, *(carrier.version_id for carrier in around)):
        for one in named.get(number, ()):
            found.setdefault(one.outlet or one.name)
    return tuple(found)


def _carriers(session: Session, developments: Sequence[int]) -> dict[int, list[_Carrier]]:
    """Every story of these developments, in order of arrival."""
    asked = (
        select(MemberRow.development_id, StoryRow.id, VersionRow.id, VersionRow.url, OutletRow)
        .add_columns(DuplicateRow.root_id)
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
        .where(MemberRow.development_id.in_(developments), StoryRow.merged_into.is_(None))
        .order_by(MemberRow.development_id, StoryRow.first_seen_at, StoryRow.id)
    )
    found: dict[int, list[_Carrier]] = {}
    for development_id, story_id, version_id, url, outlet, root in session.execute(asked):
        carrier = _Carrier(story_id, version_id, root, outlet.key, outlet.name, url)
        found.setdefault(development_id, []).append(carrier)
    return found


def _also(carriers: Sequence[_Carrier], *, besides: str) -> tuple[tuple[str, str, str | None], ...]:
    """The other outlets that carry a development, each once, in order of arrival."""
    once = {c.outlet: (c.outlet, c.outlet_name, c.url) for c in reversed(carriers)}
    once.pop(besides, None)
    order = {c.outlet: place for place, c in reversed(list(enumerate(carriers)))}
    return tuple(sorted(once.values(), key=lambda carrier: order[carrier[0]]))


def _covered_before(
    session: Session, instalment: InstalmentRow, developments: Sequence[int]
) -> dict[int, list[dict[str, object]]]:
    """Where earlier instalments of the series held these developments, rejected items aside."""
    # What was covered under a development that has been merged since was this one.
    now = func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id)
    asked = (
        select(now, ItemRow.id, InstalmentRow.number)
        .join(DevelopmentRow, DevelopmentRow.id == ItemRow.development_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(
            InstalmentRow.series_id == instalment.series_id,
            InstalmentRow.cut_off < instalment.cut_off,
            now.in_(developments),
            ItemRow.state != "rejected",
            ItemRow.merged_into.is_(None),
        )
        .order_by(InstalmentRow.number)
    )
    found: dict[int, list[dict[str, object]]] = {}
    for development_id, item_id, number in session.execute(asked):
        found.setdefault(development_id, []).append({"instalment": number, "item": item_id})
    return found


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


def totals(session: Session) -> dict[str, dict[str, int]]:
    """Per series: how many instalments and items there are."""
    asked = (
        select(
            SeriesRow.key,
            func.count(InstalmentRow.id.distinct()),
            func.count(ItemRow.id),
        )
        .outerjoin(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .outerjoin(
            ItemRow, (ItemRow.instalment_id == InstalmentRow.id) & ItemRow.merged_into.is_(None)
        )
        .group_by(SeriesRow.key)
    )
    return {
        key: {"instalments": instalments, "items": items}
        for key, instalments, items in session.execute(asked)
    }
