"""Developments to look at: which there are, what each tells in which order, what is unsure."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from store import rulings
from store.models import (
    DevelopmentRow,
    DuplicateRow,
    MemberRow,
    OutletRow,
    StoryRow,
    VersionRow,
)

# The band around the cut, where a further look pays: so unsure a place is worth a suggestion.
UNSURE = 0.35
LATELY = 2000  # placements looked at for suggestions


def lines(
    session: Session,
    *,
    limit: int = 50,
    words: str | None = None,
    size: int = 1,
    before: tuple[datetime, int] | None = None,
) -> list[dict[str, Any]]:
    """The developments told last, newest first; those with some words in the title, or so large.

    `before`: those that come after the one told last at that moment, of that number.
    """
    row = DevelopmentRow
    told = func.count(MemberRow.story_id)
    asked = (
        select(row, told, func.count(StoryRow.outlet_id.distinct()))
        .join(MemberRow, MemberRow.development_id == row.id)
        .join(StoryRow, (StoryRow.id == MemberRow.story_id) & StoryRow.merged_into.is_(None))
        .group_by(row.id)
        .having(told >= size)
        .order_by(row.last_at.desc(), row.id.desc())
        .limit(limit)
    )
    if words:
        asked = asked.where(row.title.icontains(words, autoescape=True))
    if before is not None:
        asked = asked.where(tuple_(row.last_at, row.id) < before)
    return [
        {
            "id": one.id,
            "title": one.title,
            "stories": stories,
            "outlets": outlets,
            "first": one.first_at,
            "last": one.last_at,
            "follows": one.follows_id,
        }
        for one, stories, outlets in session.execute(asked)
    ]


def show(session: Session, development_id: int) -> dict[str, Any] | None:
    """One development whole: its timeline, what it follows, what follows it, and all rulings.

    One that was merged into another is shown as that one.
    """
    row = session.get(DevelopmentRow, development_id, populate_existing=True)
    if row is not None and row.merged_into is not None:
        row = session.get(DevelopmentRow, row.merged_into, populate_existing=True)
    if row is None:
        return None
    before = session.get(DevelopmentRow, row.follows_id) if row.follows_id else None
    asked = select(DevelopmentRow).where(
        DevelopmentRow.follows_id == row.id, DevelopmentRow.merged_into.is_(None)
    )
    after = session.scalars(asked.order_by(DevelopmentRow.first_at, DevelopmentRow.id))
    return {
        "id": row.id,
        "title": row.title,
        "first": row.first_at,
        "last": row.last_at,
        "follows": None
        if before is None
        else {
            "id": before.id,
            "title": before.title,
            "score": row.follows_score,
            "why": row.follows_why,
        },
        "followed_by": [{"id": one.id, "title": one.title, "first": one.first_at} for one in after],
        "timeline": timeline(session, row.id),
        "rulings": [asdict(one) for one in rulings.of_development(session, row.id)],
    }


def timeline(session: Session, development_id: int) -> list[dict[str, object]]:
    """The stories of a development in the order they came, each with the reason it is there."""
    runner_up = aliased(DevelopmentRow)
    asked = (
        select(MemberRow, StoryRow, VersionRow, OutletRow, runner_up.title)
        .add_columns(DuplicateRow.root_id, DuplicateRow.relation)
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
        .where(MemberRow.development_id == development_id, StoryRow.merged_into.is_(None))
        .order_by(StoryRow.first_seen_at, StoryRow.id)
    )
    return [
        {
            "id": story.id,
            "first_seen": story.first_seen_at,
            "outlet": outlet.key,
            "outlet_name": outlet.name,
            "title": version.title,
            "url": version.url,
            "copy_of": root,
            "relation": relation or "original",
            "form": member.form,
            "score": member.score,
            "why": member.why,
            "runner_up": None
            if member.runner_up_id is None
            else {
                "id": member.runner_up_id,
                "title": title,
                "score": member.runner_up_score,
            },
            "decided_by": member.decided_by,
        }
        for member, story, version, outlet, title, root, relation in session.execute(asked)
    ]


def suggestions(session: Session, *, limit: int = 50) -> list[dict[str, object]]:
    """Merges and splits worth a person's look: places that were nearly others, latest first.

    A new development that nearly joined another may be merged with it; a story that barely joined
    may be split off. What a ruling has been made about is suggested no more.
    """
    row = MemberRow
    latest = select(row.story_id).order_by(row.decided_at.desc(), row.story_id.desc()).limit(LATELY)
    mine, other = aliased(DevelopmentRow), aliased(DevelopmentRow)
    asked = (
        select(row, mine, other, VersionRow.title)
        .join(mine, mine.id == row.development_id)
        .join(StoryRow, StoryRow.id == row.story_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .outerjoin(other, other.id == row.runner_up_id)
        .where(row.story_id.in_(latest), row.score < 1 - UNSURE, row.form == "")
        .order_by(row.decided_at.desc(), row.story_id.desc())
    )
    settled = _settled(session)
    found: list[dict[str, object]] = []
    for member, development, near, title in session.execute(asked):
        is_new = (
            member.runner_up_id is not None and member.runner_up_score + member.score > 1 - _EXACT
        )
        other_id = (near.merged_into or near.id) if is_new else None
        pair = frozenset({development.id, other_id if is_new else member.story_id})
        if pair in settled or (is_new and other_id == development.id):
            continue
        found.append(
            {
                "kind": "merge" if is_new else "split",
                "development": development.id,
                "title": development.title,
                "other": other_id if is_new else None,
                "other_title": near.title if is_new else None,
                "story": member.story_id,
                "story_title": title,
                "score": member.runner_up_score if is_new else member.score,
                "why": member.why,
                "at": member.decided_at,
            }
        )
        if len(found) == limit:
            break
    return found


_EXACT = 1e-6  # of a new development, its score and that of the nearest make up one


def _settled(session: Session) -> set[frozenset[int]]:
    """The pairs that rulings have been made about, standing or taken back."""
    pairs: set[frozenset[int]] = set()
    for ruling in rulings.everything(session):
        pairs.add(frozenset({ruling.development_id, ruling.other_id}))
        for development in (ruling.development_id, ruling.other_id):
            pairs |= {frozenset({development, story}) for story in ruling.story_ids}
    return pairs
