"""Stories as they are kept: the current version of each, what it is known by, its questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, case, func, select, text
from sqlalchemy.orm import Session

from pipeline.records import Story
from store import changes, crediting, quotes, timelines, wires
from store.models import (
    ArticlePageRow,
    DuplicateRow,
    FeedRow,
    MatchRow,
    MemberRow,
    MergeRow,
    OutletRow,
    SampleRow,
    SeriesRow,
    SightingRow,
    StoryRow,
    TagRow,
    VersionRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A story as the database holds it: its ids, and the words of its current version."""

    id: int
    version_id: int
    version: int
    outlet_id: int
    first_seen: datetime
    seen: datetime  # when the current version arrived
    root: int | None  # the story this one repeats
    story: Story


def current(session: Session, ids: Sequence[int]) -> list[Kept]:
    """The stories in their current version, by id. Unknown ids are left out."""
    asked = _current().where(StoryRow.id.in_(ids)).order_by(StoryRow.id)
    return [
        Kept(
            id=row.id,
            version_id=version.id,
            version=version.number,
            outlet_id=outlet.id,
            first_seen=row.first_seen_at,
            seen=version.seen_at,
            root=root,
            story=record(version, outlet),
        )
        for row, version, outlet, root in session.execute(asked)
    ]


def next_to_place(session: Session, *, limit: int, max_attempts: int) -> list[int]:
    """The stories to place next, in the order they arrived; only with one's turn taken.

    Whether somebody holds a lease on them does not matter: whose turn it is not has died. A story
    that was tried before goes alone, so that it does not hold up the others beside it. All are of
    one day: what they are compared with must not depend on how the batches fell.
    """
    asked = (
        select(StoryRow.id, StoryRow.attempts, StoryRow.first_seen_at)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(
            StoryRow.work_state == "ready",
            StoryRow.due_at <= func.now(),
            StoryRow.attempts < max_attempts,
        )
        .order_by(
            StoryRow.first_seen_at,
            VersionRow.published_at.nulls_last(),
            VersionRow.url,
            VersionRow.title,
            StoryRow.id,
        )
        .limit(limit)
    )
    ids: list[int] = []
    days = set()
    for story_id, attempts, first_seen in session.execute(asked):
        if attempts:
            return ids or [story_id]
        days.add(first_seen.astimezone(UTC).date())
        if len(days) > 1:
            break
        ids.append(story_id)
    return ids


def record(version: VersionRow, outlet: OutletRow) -> Story:
    """A stored version as the record the steps work on."""
    return Story(
        title=version.title,
        summary=version.summary,
        text=version.text,
        html=version.html,
        url=version.url,
        canonical_url=version.canonical_url,
        outlet=outlet.key,
        outlet_kind=outlet.kind,  # type: ignore[arg-type]  # the column holds these words only
        byline=version.byline,
        language=version.language,
        published=version.published_at,
        published_raw=version.published_raw,
        updated=version.updated_at,
        wire=None if version.wire is None else wires.from_json(version.wire),
        problems=tuple(version.problems),
    )


def _current() -> Select[StoryRow, VersionRow, OutletRow, int]:
    return (
        select(StoryRow, VersionRow, OutletRow, DuplicateRow.root_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .outerjoin(
            DuplicateRow,
            (DuplicateRow.story_id == StoryRow.id) & DuplicateRow.undone_at.is_(None),
        )
    )


def count(session: Session) -> dict[str, int]:
    """How much there is: stories, versions, duplicates, developments."""
    found = {}
    for name, column in (
        # One that is merged into another counts with that one.
        ("stories", case((StoryRow.merged_into.is_(None), StoryRow.id))),
        ("versions", VersionRow.id),
        ("clusters", MemberRow.development_id.distinct()),
    ):
        found[name] = session.scalar(select(func.count(column))) or 0
    found["duplicates"] = (
        session.scalar(
            select(func.count(DuplicateRow.story_id)).where(DuplicateRow.undone_at.is_(None))
        )
        or 0
    )
    return found


def lines(
    session: Session, *, limit: int = 50, outlet: str | None = None, words: str | None = None
) -> list[dict[str, object]]:
    """The newest stories, newest first; of one outlet, or with some words in the title."""
    asked = _current().where(StoryRow.merged_into.is_(None)).limit(limit)
    asked = asked.order_by(StoryRow.first_seen_at.desc(), StoryRow.id.desc())
    if outlet:
        asked = asked.where(OutletRow.key == outlet)
    if words:
        asked = asked.where(VersionRow.title.icontains(words, autoescape=True))
    return [
        {
            "id": row.id,
            "title": version.title,
            "outlet": outlet_row.key,
            "url": version.url,
            "published": version.published_at,
            "first_seen": row.first_seen_at,
            "version": version.number,
            "status": row.status,
            "original": root or row.id,
        }
        for row, version, outlet_row, root in session.execute(asked)
    ]


def show(session: Session, story_id: int) -> dict[str, object] | None:
    """One story whole: versions, tags with evidence, feeds, copies, development, matches.

    One that is merged into another is shown as that one.
    """
    into = session.scalar(select(StoryRow.merged_into).where(StoryRow.id == story_id))
    story_id = into or story_id
    found = session.execute(_current().where(StoryRow.id == story_id)).one_or_none()
    if found is None:
        return None
    row, version, outlet, root = found
    return {
        "id": row.id,
        "title": version.title,
        "outlet": outlet.key,
        "url": version.url,
        "byline": version.byline,
        "language": version.language,
        "published": version.published_at,
        "published_raw": version.published_raw,
        "first_seen": row.first_seen_at,
        "status": row.status,
        "embargo": row.embargo,
        "embargo_until": row.embargo_until,
        "summary": version.summary,
        "text": version.text,
        "problems": version.problems,
        "original": root or row.id,
        "copy_of": _copy_of(session, row.id),
        "versions": _versions(session, story_id),
        "changes": changes.of_story(session, story_id),
        "feeds": _feeds(session, story_id),
        "page": _page(session, story_id),
        "merges": _merges(session, story_id),
        "copies": _copies(session, root or row.id),
        "development": _development(session, story_id),
        "tags": _tags(session, version.id),
        "credits": crediting.shown(session, version.id),
        "quotes": quotes.shown(session, version.id),
        "matches": _matches(session, story_id),
        "ignored": _ignored(session, story_id),
    }


_TRAIL = {
    "doc|document|documents": """
        SELECT DISTINCT document_id FROM story_versions WHERE story_id = :story
    """,
    "item|items": "SELECT id FROM items WHERE story_id = :story",
    "instalment": "SELECT DISTINCT instalment_id FROM items WHERE story_id = :story",
}


def trail(session: Session, story_id: int) -> str | None:
    """A pattern for `grep -E` that finds every log line of a story's way; None if there is none.

    From the documents it came in (and so the polls that brought them) to the drafts it is in.
    """
    if session.get(StoryRow, story_id) is None:
        return None
    found = {"story|stories": [story_id]}
    for names, asked in _TRAIL.items():
        found[names] = list(session.scalars(text(asked), {"story": story_id}))
    # `"stories": [7, 9041]`, `"story": 9041` in JSON; `stories=[7, 9041]`, `story=9041` for eyes.
    terms = [
        rf"""[ "]({names})"?[:=] ?[[(]?([0-9]+, )*({"|".join(map(str, sorted(ids)))})([],)}} ]|$)"""
        for names, ids in found.items()
        if ids
    ]
    return "|".join(terms)


def _versions(session: Session, story_id: int) -> list[dict[str, object]]:
    asked = select(VersionRow).where(VersionRow.story_id == story_id).order_by(VersionRow.number)
    return [
        {
            "version": v.number,
            "kind": v.kind,
            "seen": v.seen_at,
            "title": v.title,
            "published": v.published_at,
            "source": v.source,
            "document": v.document_id,
        }
        for v in session.scalars(asked)
    ]


def _feeds(session: Session, story_id: int) -> list[dict[str, object]]:
    asked = (
        select(SightingRow, FeedRow.url)
        .join(FeedRow, FeedRow.id == SightingRow.feed_id)
        .where(SightingRow.story_id == story_id)
        .order_by(SightingRow.first_seen_at, FeedRow.url)
    )
    return [{"feed": url, "first_seen": s.first_seen_at} for s, url in session.execute(asked)]


def _page(session: Session, story_id: int) -> dict[str, object] | None:
    """What came of reading the story's own page; None where nobody asked for it."""
    page = session.scalar(select(ArticlePageRow).where(ArticlePageRow.story_id == story_id))
    if page is None:
        return None
    return {
        "url": page.url,
        "state": page.state,
        "reason": page.reason,
        "fetched": page.fetched_at,
    }


def _merges(session: Session, story_id: int) -> list[dict[str, object]]:
    takes_part = (MergeRow.story_id == story_id) | (MergeRow.into_id == story_id)
    asked = select(MergeRow).where(takes_part).order_by(MergeRow.id)
    return [
        {
            "id": merge.id,
            "state": merge.state,
            "story": merge.story_id,
            "into": merge.into_id,
            "score": merge.score,
            "why": merge.why,
            "by": merge.undone_by or merge.decided_by,
        }
        for merge in session.scalars(asked)
    ]


def _copy_of(session: Session, story_id: int) -> dict[str, object] | None:
    """The original of a story that is a copy, and why it is one."""
    asked = (
        select(DuplicateRow, VersionRow, OutletRow.key)
        .join(StoryRow, StoryRow.id == DuplicateRow.root_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(DuplicateRow.story_id == story_id, DuplicateRow.undone_at.is_(None))
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    copy, version, outlet = found
    return {
        "id": copy.root_id,
        "outlet": outlet,
        "title": version.title,
        "url": version.url,
        **_told(copy),
    }


def _told(copy: DuplicateRow) -> dict[str, object]:
    """What a copy is, how surely, why, and by whose word."""
    return {
        "relation": copy.relation,
        "score": copy.score,
        "why": copy.why,
        "by": copy.decided_by,
    }


def _copies(session: Session, root: int) -> list[dict[str, object]]:
    asked = (
        select(DuplicateRow, VersionRow, OutletRow.key)
        .join(StoryRow, StoryRow.id == DuplicateRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(DuplicateRow.root_id == root, DuplicateRow.undone_at.is_(None))
        .where(StoryRow.merged_into.is_(None))
        .order_by(DuplicateRow.story_id)
    )
    return [
        {
            "id": copy.story_id,
            "outlet": outlet,
            "title": version.title,
            "url": version.url,
            **_told(copy),
        }
        for copy, version, outlet in session.execute(asked)
    ]


def _development(session: Session, story_id: int) -> dict[str, object] | None:
    mine = session.get(MemberRow, story_id)
    if mine is None:
        return None
    shown = timelines.show(session, mine.development_id) or {}
    return shown | {"score": mine.score, "why": mine.why}


def _tags(session: Session, version_id: int) -> list[dict[str, object]]:
    asked = select(TagRow).where(TagRow.version_id == version_id).order_by(TagRow.score.desc())
    return [
        {
            "scheme": tag.scheme,
            "code": tag.code,
            "label": tag.label,
            "score": tag.score,
            "evidence": tag.evidence,
            "why": tag.why,
        }
        for tag in session.scalars(asked)
    ]


def _matches(session: Session, story_id: int) -> list[dict[str, object]]:
    asked = (
        select(MatchRow, SeriesRow.key)
        .join(SeriesRow, SeriesRow.id == MatchRow.series_id)
        .where(MatchRow.story_id == story_id)
        .order_by(MatchRow.id)
    )
    return [
        {
            "series": key,
            "score": match.score,
            "zone": match.zone,
            "section": match.section,
            "why": match.why,
            "definition": match.definition_id,
            "matcher": match.matcher,
        }
        for match, key in session.execute(asked)
    ]


_READ = (
    *(StoryRow.id, StoryRow.first_seen_at, VersionRow.id.label("version_id"), VersionRow.number),
    *(VersionRow.seen_at, VersionRow.title, VersionRow.summary, VersionRow.text, VersionRow.url),
    *(VersionRow.canonical_url, VersionRow.byline, VersionRow.language, VersionRow.published_at),
    *(OutletRow.id.label("outlet_id"), OutletRow.key, OutletRow.kind),
)


def _ignored(session: Session, story_id: int) -> list[dict[str, object]]:
    """Where it was ignored and shown all the same, only just or by the draw, and why."""
    asked = (
        select(SampleRow, SeriesRow.key)
        .join(SeriesRow, SeriesRow.id == SampleRow.series_id)
        .where(SampleRow.story_id == story_id)
        .order_by(SampleRow.id)
    )
    return [
        {
            "series": key,
            "score": sample.score,
            "shown_as": sample.shown_as,
            "is_wanted": sample.is_wanted,
            "why": sample.why,
            "definition": sample.definition_id,
            "matcher": sample.matcher,
        }
        for sample, key in session.execute(asked)
    ]


def after(
    session: Session, story_id: int, *, limit: int, since: datetime | None = None
) -> list[Kept]:
    """The next stories by id in their current version, merged ones left out, as matching reads.

    What no matcher looks at (HTML, a wire's facts, whose copy it is) is not fetched: a rematch
    reads a hundred thousand of them.
    """
    asked = (
        select(*_READ)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id > story_id, StoryRow.merged_into.is_(None))
        .order_by(StoryRow.id)
        .limit(limit)
    )
    if since is not None:
        asked = asked.where(StoryRow.first_seen_at >= since)
    return [
        Kept(
            id=row.id,
            version_id=row.version_id,
            version=row.number,
            outlet_id=row.outlet_id,
            first_seen=row.first_seen_at,
            seen=row.seen_at,
            root=None,
            story=Story(
                title=row.title,
                summary=row.summary,
                text=row.text,
                url=row.url,
                canonical_url=row.canonical_url,
                outlet=row.key,
                outlet_kind=row.kind,
                byline=row.byline,
                language=row.language,
                published=row.published_at,
            ),
        )
        for row in session.execute(asked)
    ]


def total(session: Session, *, since: datetime | None = None) -> int:
    """How many stories there are, merged ones left out; with `since` those seen from then on."""
    asked = select(func.count()).select_from(StoryRow).where(StoryRow.merged_into.is_(None))
    if since is not None:
        asked = asked.where(StoryRow.first_seen_at >= since)
    return session.scalar(asked) or 0
