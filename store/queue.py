"""The queue of the whole desk: items by what is asked of them, stored stories by their words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from store.assignments import has_changed, is_awaiting
from store.drafts import OPEN_STATES
from store.models import (
    AssignmentRow,
    CommentRow,
    InstalmentRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StarRow,
    StoryRow,
    VersionRow,
)

FLAGS = ("updated", "corrected", "killed", "embargoed", "before_window", "commented")
# The very expression of the index ix_story_versions_words, so that it is used.
_WORDS: ColumnElement[str] = literal_column(
    "to_tsvector('english'::regconfig, (((story_versions.title || ' '::text) || "
    "story_versions.summary) || ' '::text) || \"left\"(story_versions.text, 6000))"
)
_MOST_COUNTED = 20_000  # a total beyond this interests nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to see of the queue; an empty field asks nothing."""

    user_id: int
    text: str = ""
    state: str = "queued"  # or any
    series: str = ""
    among: Sequence[str] | None = None  # keys of series; None: all
    number: int = 0  # of the instalment
    outlet: str = ""  # key or name, any part of it
    section: str = ""
    zone: str = ""
    since: datetime | None = None  # came to the desk, or for stories was seen, at or after this
    assignee: str = ""  # me, nobody, or a number
    flag: str = ""
    starred: bool = False
    awaiting: datetime | None = None  # what waits for them at that moment
    everywhere: bool = False  # closed instalments, too
    order: str = "best"  # or newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An item found, with the instalment it stands in."""

    item_id: int
    series: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFound:
    """A stored story whose words were asked for, and the items it stands in."""

    id: int
    title: str
    summary: str
    outlet: str
    url: str | None
    published: datetime | None
    first_seen: datetime
    items: Sequence[Place] = field(default_factory=tuple)


def find(
    session: Session, asked: Asked, *, limit: int, offset: int = 0, after: int | None = None
) -> list[Place]:
    """The items asked for, a page of them: from a place on, or those that come after an item."""
    by = ItemRow.added_at if asked.order == "newest" else ItemRow.score
    rows = (
        _chosen(asked)
        .with_only_columns(ItemRow.id, SeriesRow.key, InstalmentRow.number)
        .order_by(by.desc(), ItemRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if after is not None:
        ended = session.scalar(select(by).where(ItemRow.id == after))
        if ended is None:
            return []
        rows = rows.where(tuple_(by, ItemRow.id) < (ended, after))
    return [
        Place(item_id=item_id, series=key, number=number)
        for item_id, key, number in session.execute(rows)
    ]


def count(session: Session, asked: Asked) -> int:
    """How many items that are; it stops counting at a number nobody reads."""
    found = _chosen(asked).with_only_columns(ItemRow.id).limit(_MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def count_and_newest(session: Session, asked: Asked) -> tuple[int, int]:
    """How many items there are of those asked for; the highest number of any, to ask what came."""
    found = _chosen(asked).with_only_columns(ItemRow.id).limit(_MOST_COUNTED).subquery()
    newest = select(func.coalesce(func.max(ItemRow.id), 0)).scalar_subquery()
    number, last = session.execute(select(func.count(), newest).select_from(found)).one()
    return number, last


def fresh(session: Session, asked: Asked, *, after: int) -> int:
    """How many of the items asked for have come after that number."""
    found = _chosen(asked).where(ItemRow.id > after).with_only_columns(ItemRow.id)
    return (
        session.scalar(select(func.count()).select_from(found.limit(_MOST_COUNTED).subquery())) or 0
    )


def facets(session: Session) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What the fields of the search may be set to: series and outlets, key and name."""
    series = select(literal("series").label("of"), SeriesRow.key, SeriesRow.title.label("name"))
    outlets = select(literal("outlets"), OutletRow.key, OutletRow.name)
    found: dict[str, list[tuple[str, str]]] = {"series": [], "outlets": []}
    for of, key, name in session.execute(series.union_all(outlets).order_by("name", "of")):
        found[of].append((key, name))
    return found


def stories(session: Session, asked: Asked, *, limit: int, offset: int = 0) -> list[StoryFound]:
    """Stored stories with these words, the newest first, wherever they stand or stand not."""
    rows = (
        select(StoryRow, VersionRow, OutletRow)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.merged_into.is_(None), _has_words(asked.text))
        .order_by(StoryRow.first_seen_at.desc(), StoryRow.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if asked.outlet:
        rows = rows.where(_is_outlet(asked.outlet))
    if asked.since is not None:
        rows = rows.where(StoryRow.first_seen_at >= asked.since)
    found = session.execute(rows).all()
    standing = _items_of(session, [story.id for story, *_ in found])
    return [
        StoryFound(
            id=story.id,
            title=version.title,
            summary=version.summary or version.text[:400],
            outlet=outlet.name,
            url=version.url,
            published=version.published_at,
            first_seen=story.first_seen_at,
            items=tuple(standing.get(story.id, ())),
        )
        for story, version, outlet in found
    ]


def _items_of(session: Session, story_ids: Sequence[int]) -> dict[int, list[Place]]:
    asked = (
        select(ItemRow.story_id, ItemRow.id, SeriesRow.key, InstalmentRow.number)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(ItemRow.story_id.in_(story_ids), ItemRow.merged_into.is_(None))
        .order_by(ItemRow.id)
    )
    found: dict[int, list[Place]] = {}
    for story_id, item_id, key, number in session.execute(asked):
        place = Place(item_id=item_id, series=key, number=number)
        found.setdefault(story_id, []).append(place)
    return found


def _chosen(asked: Asked) -> Select[ItemRow]:
    """The items asked for, with their instalments and series."""
    chosen = (
        select(ItemRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .outerjoin(AssignmentRow, AssignmentRow.item_id == ItemRow.id)
        .where(ItemRow.merged_into.is_(None))
    )
    for condition in _conditions(asked):
        chosen = chosen.where(condition)
    return chosen


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    wanted = [
        (asked.state != "any" and not asked.awaiting, ItemRow.state == asked.state),
        (not asked.everywhere and not asked.awaiting, InstalmentRow.state.in_(OPEN_STATES)),
        (bool(asked.series), SeriesRow.key == asked.series),
        (asked.among is not None, SeriesRow.key.in_(asked.among or ())),
        (bool(asked.number), InstalmentRow.number == asked.number),
        (bool(asked.section), ItemRow.section == asked.section),
        (bool(asked.zone), ItemRow.zone == asked.zone),
        (asked.assignee == "me", AssignmentRow.user_id == asked.user_id),
        (asked.assignee == "nobody", AssignmentRow.user_id.is_(None)),
    ]
    found = [condition for is_asked, condition in wanted if is_asked]
    if asked.assignee.isdigit():
        found.append(AssignmentRow.user_id == int(asked.assignee))
    if asked.awaiting is not None:
        found.append(is_awaiting(asked.user_id, now=asked.awaiting))
    if asked.since is not None:
        found.append(ItemRow.added_at >= asked.since)
    if asked.outlet:
        of_outlet = (
            select(StoryRow.id)
            .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
            .where(_is_outlet(asked.outlet))
        )
        found.append(ItemRow.story_id.in_(of_outlet))
    if asked.text:
        told = select(VersionRow.id).where(_has_words(asked.text))
        found.append(
            or_(
                ItemRow.version_id.in_(told),
                ItemRow.headline.icontains(asked.text, autoescape=True),
            )
        )
    if asked.starred:
        found.append(
            exists()
            .where(StarRow.item_id == ItemRow.id, StarRow.user_id == asked.user_id)
            .correlate(ItemRow)
        )
    if asked.flag:
        found.append(_is_flagged(asked.flag))
    return found


def _is_flagged(flag: str) -> ColumnElement[bool]:
    story = exists().where(StoryRow.id == ItemRow.story_id).correlate(ItemRow)
    match flag:
        case "corrected":
            return has_changed()
        case "killed":
            return story.where(StoryRow.status.in_(("killed", "withheld", "withdrawn")))
        case "embargoed":
            return story.where(StoryRow.embargo != "none")
        case "commented":
            return exists().where(CommentRow.item_id == ItemRow.id).correlate(ItemRow)
        case "updated":
            newer = story.where(
                VersionRow.id == ItemRow.version_id, VersionRow.number != StoryRow.current_version
            )
            return or_(ItemRow.flags.contains(["updated"]), newer)
        case _:
            return ItemRow.flags.contains([flag])


def _has_words(text: str) -> ColumnElement[bool]:
    """Whether a version has these words: as people type them, with "quotes", OR and -without."""
    return _WORDS.bool_op("@@")(func.websearch_to_tsquery("english", text.replace("\0", " ")))


def _is_outlet(text: str) -> ColumnElement[bool]:
    """By key, name or a part of the name; `FT` for Financial Times by its initials."""
    named = text.strip()
    initials = func.regexp_replace(OutletRow.name, "([A-Za-z])[^ ]*[ -]*", "\\1", "g")
    return or_(
        OutletRow.key == named.lower(),
        OutletRow.name.icontains(named, autoescape=True),
        func.lower(initials) == named.lower(),
    )
