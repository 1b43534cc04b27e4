"""The stories that tell what an instalment may hold: as they stand now, or stood at a moment."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from pipeline.draft import Name, Telling
from pipeline.records import Window
from store import crediting
from store.models import (
    ArticlePageRow,
    ChangeRow,
    DevelopmentRow,
    DuplicateRow,
    GatheredRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    MemberRow,
    OutletRow,
    QuoteRow,
    SightingRow,
    StoryRow,
    TagRow,
    VersionRow,
)

_NAMES = ("person", "place", "organisation", "about")  # schemes of tags that tell happenings apart
_TAKEN_BACK = ("killed", "withheld", "withdrawn")
_FIRST_HAND = 1  # nearness of a page: its outlet's own, or a wire's
_SUMMARY = 1000  # characters: enough to compare by and to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which stories are asked for: those of an instalment, or of a window as it was known then."""

    series_id: int
    tail_from: datetime
    opens: datetime
    instalment_id: int | None = None
    window: Window | None = None  # of a look back: everything by its cut-off and no later


def tellings(session: Session, scope: Scope) -> list[Telling]:
    """The stories of the scope that may stand in an instalment, by development.

    Also those that arrived in the tail before its window: marked, for the few that may be offered.
    Left out: what was published before the tail, what its publisher has taken back, and what an
    editor has rejected in another instalment of the series: a further outlet carrying such a
    development does not bring it back, only a change in substance does.
    """
    returned = _returned(session, scope)
    asked = (
        select(MatchRow, MemberRow.development_id, StoryRow, VersionRow, OutletRow)
        .add_columns(DuplicateRow.root_id, DevelopmentRow.follows_id)
        .join(MemberRow, MemberRow.story_id == MatchRow.story_id)
        .join(DevelopmentRow, DevelopmentRow.id == MemberRow.development_id)
        .join(StoryRow, StoryRow.id == MatchRow.story_id)
        .join(VersionRow, VersionRow.id == MatchRow.version_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .outerjoin(
            DuplicateRow,
            (DuplicateRow.story_id == StoryRow.id) & DuplicateRow.undone_at.is_(None),
        )
        .where(MatchRow.id.in_(_newest(scope)), MemberRow.development_id.not_in(_rejected(scope)))
        .where(MatchRow.zone != "ignore")  # matched once, and under today's definition no more
        .where(StoryRow.merged_into.is_(None))
        .where(func.coalesce(VersionRow.published_at, StoryRow.first_seen_at) >= scope.tail_from)
        .order_by(MemberRow.development_id, StoryRow.first_seen_at, StoryRow.id)
    )
    if scope.window is None:
        asked = asked.where(StoryRow.status == "usable")
    else:
        asked = asked.where(~_taken_back_by(scope.window.cut_off))
    rows = session.execute(asked).all()
    versions = [version.id for _, _, _, version, *_ in rows]
    stories = [story.id for _, _, story, *_ in rows]
    origins = crediting.origins(session, versions)
    names = _names(session, versions)
    quoted = _quoted(session, versions)
    near = _near(session, stories)
    closed = _closed(session, stories)
    return [
        Telling(
            development=development_id,
            story=story.id,
            version=version.id,
            root=root or story.id,
            title=version.title,
            summary=version.summary[:_SUMMARY],
            length=len(version.text),
            url=version.url,
            outlet=outlet.key,
            outlet_name=outlet.name,
            kind=outlet.kind,
            is_own_page=near.get(story.id, 0) <= _FIRST_HAND,
            is_open=story.id not in closed,
            language=version.language or outlet.language,
            published=version.published_at,
            first_seen=story.first_seen_at,
            score=match.score,
            zone=match.zone,
            section=match.section,
            why=(*match.why, *returned.get(development_id, ())),
            origins=tuple((one.outlet, one.name) for one in origins.get(version.id, ())),
            names=tuple(names.get(version.id, ())),
            offices=tuple(office for _, office in quoted.get(version.id, ()) if office),
            speakers=tuple(speaker for speaker, _ in quoted.get(version.id, ()) if speaker),
            follows=follows_id,
            is_early=match.seen_at <= scope.opens and match.instalment_id != scope.instalment_id,
        )
        for match, development_id, story, version, outlet, root, follows_id in rows
    ]


def _newest(scope: Scope) -> Any:  # noqa: ANN401  # a select of one column
    """Of each story the match of its current version, or else the last; then its last match."""
    asked = (
        select(MatchRow.id)
        .join(VersionRow, VersionRow.id == MatchRow.version_id)
        .join(StoryRow, StoryRow.id == MatchRow.story_id)
        .ext(distinct_on(MatchRow.story_id))
    )
    if scope.window is None:
        of_tail = (
            (MatchRow.series_id == scope.series_id)
            & (MatchRow.seen_at > scope.tail_from)
            & (MatchRow.seen_at <= scope.opens)
        )
        return asked.where((MatchRow.instalment_id == scope.instalment_id) | of_tail).order_by(
            MatchRow.story_id,
            (VersionRow.number == StoryRow.current_version).desc(),
            MatchRow.id.desc(),
        )
    return asked.where(
        MatchRow.series_id == scope.series_id,
        MatchRow.seen_at > scope.tail_from,
        MatchRow.seen_at <= scope.window.cut_off,
        StoryRow.first_seen_at <= scope.window.cut_off,
    ).order_by(MatchRow.story_id, VersionRow.number.desc(), MatchRow.id.desc())


def _rejected(scope: Scope) -> Any:  # noqa: ANN401  # a select of one column
    """The developments that were rejected in other instalments, and what those items gathered."""
    now = func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id)
    of_items = (
        select(now)
        .join(ItemRow, ItemRow.development_id == DevelopmentRow.id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(*_rejected_elsewhere(scope), ~_has_changed_since())
    )
    gathered = (
        select(now)
        .join(GatheredRow, GatheredRow.development_id == DevelopmentRow.id)
        .join(ItemRow, ItemRow.id == GatheredRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(*_rejected_elsewhere(scope), ~_has_changed_since())
        .where(GatheredRow.undone_at.is_(None), GatheredRow.gathered_at <= ItemRow.touched_at)
    )
    return of_items.union(gathered)


def _rejected_elsewhere(scope: Scope) -> list[Any]:
    found = [
        ItemRow.merged_into.is_(None),
        InstalmentRow.series_id == scope.series_id,
        ItemRow.state == "rejected",
    ]
    if scope.window is None:
        return [*found, InstalmentRow.id != scope.instalment_id]
    return [
        *found,
        InstalmentRow.cut_off < scope.window.cut_off,
        ItemRow.touched_at <= scope.window.cut_off,
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


def _returned(session: Session, scope: Scope) -> dict[int, list[dict[str, Any]]]:
    """Why developments are offered again that were rejected elsewhere in the series."""
    asked = (
        select(ItemRow.development_id, InstalmentRow.number, ChangeRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(MemberRow, MemberRow.development_id == ItemRow.development_id)
        .join(ChangeRow, ChangeRow.story_id == MemberRow.story_id)
        .where(*_rejected_elsewhere(scope))
        .where(ChangeRow.is_in_substance, ChangeRow.at > ItemRow.touched_at)
        .order_by(ChangeRow.id)
    )
    found = {}
    for development_id, number, change in session.execute(asked):
        said = f": {change.said}" if change.said else ""
        text = f"rejected in No. {number}, but changed in substance since ({change.kind}){said}"
        found[development_id] = [{"reason": "returned", "weight": 0.0, "text": text, "spans": []}]
    return found


def _taken_back_by(moment: datetime) -> Exists:
    """Whether a story's publisher had taken it back by then, and not released it again."""
    later = ChangeRow.__table__.alias()
    return (
        exists()
        .where(
            ChangeRow.story_id == StoryRow.id,
            ChangeRow.kind.in_(_TAKEN_BACK),
            ChangeRow.at <= moment,
            ~exists().where(
                later.c.story_id == StoryRow.id,
                later.c.kind == "released",
                later.c.id > ChangeRow.id,
                later.c.at <= moment,
            ),
        )
        .correlate(StoryRow)
    )


def _names(session: Session, versions: Sequence[int]) -> dict[int, list[Name]]:
    """The people, places and bodies that each version names in headline and summary."""
    row = TagRow
    asked = (
        select(row.version_id, row.scheme, row.code, row.label, row.evidence)
        .where(row.version_id.in_(versions), row.scheme.in_(_NAMES))
        .order_by(row.version_id, row.scheme, row.code)
    )
    found: dict[int, list[Name]] = defaultdict(list)
    for version_id, scheme, code, label, evidence in session.execute(asked):
        found[version_id] += [
            Name(
                field=span["field"],
                start=span["start"],
                end=span["end"],
                code=f"{scheme}:{code}",
                label=label,
            )
            for span in evidence
            if span["field"] in ("title", "summary")
        ]
    return found


def _quoted(session: Session, versions: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Speaker and office of each whole quotation, as far as they are known."""
    row = QuoteRow
    asked = (
        select(row.version_id, row.speaker, row.office)
        .where(row.version_id.in_(versions), row.kind == "direct", row.speaker.is_not(None))
        .order_by(row.version_id, row.id)
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for version_id, speaker, office in session.execute(asked):
        found[version_id].append((speaker or "", office or ""))
    return found


def _near(session: Session, stories: Sequence[int]) -> dict[int, int]:
    row = SightingRow
    asked = (
        select(row.story_id, func.min(row.nearness))
        .where(row.story_id.in_(stories))
        .group_by(row.story_id)
    )
    return dict(session.execute(asked).all())


def _closed(session: Session, stories: Sequence[int]) -> set[int]:
    """Those whose page turned our reader away."""
    row = ArticlePageRow
    asked = select(row.story_id).where(row.story_id.in_(stories), row.state == "paywall")
    return set(session.scalars(asked))
