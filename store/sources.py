"""What an item rests on: its story's versions, who else tells it, whom it credits and quotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from pipeline.records import Story
from store.models import (
    ArticlePageRow,
    ChangeRow,
    DefinitionRow,
    DevelopmentRow,
    DuplicateRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    NoticeRow,
    OutletRow,
    PastedRow,
    SeriesRow,
    StoryRow,
    TagRow,
    UserRow,
    VersionRow,
)
from store.stories import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """One story of a development: whose it is, whose text it has, why it is there."""

    development: int
    story: int
    version: int  # id of the current one
    outlet: str  # key
    outlet_name: str
    kind: str  # of the outlet: wire, outlet, official, own
    title: str
    url: str | None
    language: str | None
    published: datetime | None
    first_seen: datetime
    length: int  # characters of its text
    status: str
    page: str  # what came of reading its page: read, paywall ...; '' where nobody asked
    root: int | None  # the original whose text it has; None for an original
    relation: str  # to that
    copy_score: float
    copy_why: tuple[str, ...]
    copy_by: str
    score: float  # of its place in the development
    why: str
    form: str
    runner_up: int | None
    runner_up_title: str | None
    runner_up_score: float
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a story without its words."""

    id: int
    number: int
    kind: str
    seen: datetime
    title: str
    source: str  # feed, page
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """An item of another instalment that stands for the same development."""

    item: int
    state: str
    series: str
    series_title: str
    number: int
    instalment_title: str
    cut_off: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Why a story stands in a series, and what decided it."""

    score: float
    zone: str
    section: str
    why: tuple[dict[str, Any], ...]
    matcher: str
    version: int  # of the story
    definition: int  # number of the definition that decided
    in_force: int  # number of the one in force now
    at: datetime


def tellers(session: Session, developments: Sequence[int]) -> list[Teller]:
    """Every story of these developments, in the order they came."""
    runner_up = aliased(DevelopmentRow)
    asked = (
        select(MemberRow, StoryRow, OutletRow, DuplicateRow)
        .add_columns(VersionRow.id.label("version"), VersionRow.title, VersionRow.url)
        .add_columns(VersionRow.language, VersionRow.published_at)
        .add_columns(func.length(VersionRow.text).label("length"))
        .add_columns(runner_up.title.label("near"), ArticlePageRow.state.label("page"))
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
        .outerjoin(runner_up, runner_up.id == MemberRow.runner_up_id)
        .outerjoin(ArticlePageRow, ArticlePageRow.story_id == StoryRow.id)
        .where(MemberRow.development_id.in_(developments), StoryRow.merged_into.is_(None))
        .order_by(StoryRow.first_seen_at, StoryRow.id)
    )
    return [_teller(row) for row in session.execute(asked)]


def _teller(row: Row[Any]) -> Teller:
    member, story, outlet = row.MemberRow, row.StoryRow, row.OutletRow
    copy: DuplicateRow | None = row.DuplicateRow
    return Teller(
        development=member.development_id,
        story=story.id,
        version=row.version,
        outlet=outlet.key,
        outlet_name=outlet.name,
        kind=outlet.kind,
        title=row.title,
        url=row.url,
        language=row.language or outlet.language or None,
        published=row.published_at,
        first_seen=story.first_seen_at,
        length=row.length,
        status=story.status,
        page=row.page or "",
        root=None if copy is None else copy.root_id,
        relation="" if copy is None else copy.relation,
        copy_score=0.0 if copy is None else copy.score,
        copy_why=() if copy is None else tuple(str(one.get("text", "")) for one in copy.why),
        copy_by="" if copy is None else copy.decided_by,
        score=member.score,
        why=member.why,
        form=member.form,
        runner_up=member.runner_up_id,
        runner_up_title=row.near,
        runner_up_score=member.runner_up_score,
        decided_by=member.decided_by,
    )


def versions(session: Session, story_id: int) -> list[Version]:
    """The versions of a story, oldest first."""
    row = VersionRow
    asked = (
        select(row.id, row.number, row.kind, row.seen_at, row.title, row.source, row.published_at)
        .where(row.story_id == story_id)
        .order_by(row.number)
    )
    return [
        Version(
            id=one.id,
            number=one.number,
            kind=one.kind,
            seen=one.seen_at,
            title=one.title,
            source=one.source,
            published=one.published_at,
        )
        for one in session.execute(asked)
    ]


def words(session: Session, story_id: int, numbers: Sequence[int]) -> dict[int, Story]:
    """What these versions of a story say, by number."""
    asked = (
        select(VersionRow, OutletRow)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(VersionRow.story_id == story_id, VersionRow.number.in_(numbers))
    )
    return {version.number: record(version, outlet) for version, outlet in session.execute(asked)}


def tags(session: Session, version_id: int) -> list[TagRow]:
    """What a version is about, the surest first."""
    asked = select(TagRow).where(TagRow.version_id == version_id)
    return list(session.scalars(asked.order_by(TagRow.scheme, TagRow.score.desc(), TagRow.label)))


def matched(session: Session, series_id: int, story_id: int) -> Matched | None:
    """The match that stands of a story in a series: of its newest version, the last made."""
    in_force = aliased(DefinitionRow)
    asked = (
        select(MatchRow, VersionRow.number, DefinitionRow.number, in_force.number)
        .join(VersionRow, VersionRow.id == MatchRow.version_id)
        .join(DefinitionRow, DefinitionRow.id == MatchRow.definition_id)
        .join(SeriesRow, SeriesRow.id == MatchRow.series_id)
        .join(in_force, in_force.id == SeriesRow.definition_id)
        .where(MatchRow.series_id == series_id, MatchRow.story_id == story_id)
        .order_by(VersionRow.number.desc(), MatchRow.id.desc())
        .limit(1)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    row, version, definition, now = found
    return Matched(
        score=row.score,
        zone=row.zone,
        section=row.section,
        why=tuple(row.why),
        matcher=row.matcher,
        version=version,
        definition=definition,
        in_force=now,
        at=row.seen_at,
    )


def used(session: Session, development_id: int, *, besides: int) -> list[Used]:
    """The other items, in whichever instalment and series, that stand for a development."""
    now = func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id)
    asked = (
        select(ItemRow, InstalmentRow, SeriesRow)
        .join(DevelopmentRow, DevelopmentRow.id == ItemRow.development_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(now == development_id, ItemRow.merged_into.is_(None), ItemRow.id != besides)
        .order_by(SeriesRow.key, InstalmentRow.number.desc())
    )
    return [
        Used(
            item=item.id,
            state=item.state,
            series=series.key,
            series_title=series.title,
            number=instalment.number,
            instalment_title=instalment.title,
            cut_off=instalment.cut_off,
        )
        for item, instalment, series in session.execute(asked)
    ]


def past(
    session: Session, series_id: int, *, before: datetime, most: int = 300
) -> dict[str, tuple[int, int]]:
    """What earlier instalments of a series took: number of the instalment and item, by headline."""
    asked = (
        select(ItemRow.headline, InstalmentRow.number, ItemRow.id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(InstalmentRow.series_id == series_id, InstalmentRow.cut_off < before)
        .where(ItemRow.state == "accepted", ItemRow.merged_into.is_(None))
        .order_by(InstalmentRow.number.desc(), ItemRow.id.desc())
        .limit(most)
    )
    found: dict[str, tuple[int, int]] = {}
    for headline, number, item_id in session.execute(asked):
        found.setdefault(headline, (number, item_id))
    return found


def happened(session: Session, story_id: int) -> list[dict[str, Any]]:
    """What happened to a story, latest first, with the versions before and after."""
    before, after = aliased(VersionRow), aliased(VersionRow)
    asked = (
        select(ChangeRow, before.number, after.number)
        .outerjoin(before, before.id == ChangeRow.before_id)
        .outerjoin(after, after.id == ChangeRow.version_id)
        .where(ChangeRow.story_id == story_id)
        .order_by(ChangeRow.id.desc())
    )
    return [
        {
            "kind": one.kind,
            "at": one.at,
            "said": one.said,
            "by": one.made_by,
            "before": old,
            "after": new,
        }
        for one, old, new in session.execute(asked)
    ]


def noticed(session: Session, story_id: int) -> list[NoticeRow]:
    """The notices of wires that name a story, oldest first."""
    asked = select(NoticeRow).where(NoticeRow.story_id == story_id).order_by(NoticeRow.id)
    return list(session.scalars(asked))


@dataclass(frozen=True, slots=True)
class Links:
    """What was pasted: by whom an item came so and when, and whether any did in its instalment."""

    by: tuple[str, datetime] | None = None
    are_there: bool = False


def pasted(session: Session, item_id: int, instalment_id: int) -> Links:
    """The link that brought an item here; else whether its instalment has any."""
    is_its_own = (PastedRow.item_id == item_id) & (PastedRow.state == "queued")
    asked = (
        select(UserRow.display_name, PastedRow.pasted_at, is_its_own)
        .join(UserRow, UserRow.id == PastedRow.user_id)
        .where((PastedRow.instalment_id == instalment_id) | (PastedRow.item_id == item_id))
        .order_by(func.coalesce(is_its_own, False).desc(), PastedRow.id)
        .limit(1)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return Links()
    who, at, is_by = found
    return Links(by=(who, at) if is_by else None, are_there=True)
