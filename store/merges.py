"""Merges: two stories that are one. Proposed, made, refused and undone; nothing is ever lost.

A merged story keeps its versions, sightings and keys and goes on being read under its own id.
What it says newly is echoed in the story that is shown, as a version that names where it is from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from pipeline.errors import BadInput
from pipeline.records import Story, VersionKind
from store import work
from store.models import MergeRow, OutletRow, SightingRow, StoryRow, VersionRow
from store.models.foundation import Json
from store.standing import Leading, settle
from store.stories import record

Revise = Callable[[Story, Story], tuple[VersionKind, Story] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """Two stories found to be one, or perhaps so."""

    story_id: int  # the later one
    into_id: int  # the one that is shown
    is_sure: bool
    alternate: str  # what they share: guid, url, title; '' where a person saw it
    score: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A merge that is proposed, for a list of them."""

    id: int
    story_id: int
    title: str
    into_id: int
    into_title: str
    alternate: str
    score: float
    why: list[Json]
    proposed_by: str
    proposed: datetime


def keep(session: Session, found: Sequence[Merging], *, by: str, at: datetime) -> list[int]:
    """Write merges found, those that are sure as made; gives the ids of the stories merged by it.

    What a person has refused or undone stays as it is. The rows of the stories themselves are the
    caller's: see `make`.
    """
    if not found:
        return []
    rows = [
        {
            "story_id": one.story_id,
            "into_id": one.into_id,
            "state": "made" if one.is_sure else "proposed",
            "alternate": one.alternate,
            "score": one.score,
            "why": [{"reason": one.alternate, "text": one.why}],
            "decided_by": by,
            "proposed_at": at,
            "decided_at": at if one.is_sure else None,
        }
        for one in found
    ]
    kept = upsert(MergeRow).values(rows).on_conflict_do_nothing()
    written = session.execute(kept.returning(MergeRow.story_id, MergeRow.state))
    return [story_id for story_id, state in written if state == "made"]


def propose(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session, story_id: int, into_id: int, *, why: str, by: str, at: datetime
) -> int | None:
    """Propose that a story is another; gives the merge's id, None if that was proposed before."""
    if story_id == into_id:
        raise BadInput(f"story {story_id} cannot be merged into itself; name two stories")
    merging = Merging(
        story_id=story_id, into_id=into_id, is_sure=False, alternate="", score=1.0, why=why
    )
    keep(session, [merging], by=by, at=at)
    row = MergeRow
    asked = select(row.id).where(row.story_id == story_id, row.into_id == into_id)
    return session.scalar(asked.where(row.state == "proposed"))


def proposed(session: Session, *, limit: int = 50) -> list[Line]:
    """The merges that wait for a person's word, oldest first."""
    one, other = aliased(StoryRow), aliased(StoryRow)
    of_one, of_other = aliased(VersionRow), aliased(VersionRow)
    asked = (
        select(MergeRow, of_one.title, of_other.title)
        .join(one, one.id == MergeRow.story_id)
        .join(other, other.id == MergeRow.into_id)
        .join(of_one, (of_one.story_id == one.id) & (of_one.number == one.current_version))
        .join(
            of_other, (of_other.story_id == other.id) & (of_other.number == other.current_version)
        )
        .where(MergeRow.state == "proposed")
        .order_by(MergeRow.id)
        .limit(limit)
    )
    return [
        Line(
            id=row.id,
            story_id=row.story_id,
            title=title,
            into_id=row.into_id,
            into_title=into_title,
            alternate=row.alternate,
            score=row.score,
            why=row.why,
            proposed_by=row.decided_by,
            proposed=row.proposed_at,
        )
        for row, title, into_title in session.execute(asked)
    ]


def make(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session, merge_id: int, *, by: str, at: datetime, revise: Revise, leading: Leading
) -> None:
    """Make a merge that was proposed, refused or undone: from now on one story is shown.

    Raises BadInput for one that is made already, or whose stories have become one otherwise.
    """
    merge = _locked(session, merge_id, "proposed", "refused", "undone")
    merged_into = dict(
        session.execute(
            select(StoryRow.id, StoryRow.merged_into).where(
                StoryRow.id.in_([merge.story_id, merge.into_id])
            )
        ).all()
    )
    into = merged_into[merge.into_id] or merge.into_id
    if merged_into[merge.story_id] is not None or into == merge.story_id:
        raise BadInput(
            f"merge {merge_id} cannot be made: story {merge.story_id} is merged already or is what "
            f"story {merge.into_id} is merged into; undo that merge first"
        )
    if into != merge.into_id:
        raise BadInput(
            f"merge {merge_id} cannot be made: story {merge.into_id} is shown as story {into}; "
            f"propose to merge {merge.story_id} into {into}"
        )
    session.execute(
        update(MergeRow)
        .where(MergeRow.id == merge_id)
        .values(state="made", decided_by=by, decided_at=at, undone_at=None, undone_by=None)
    )
    # One hop, never a chain: what was merged into the story goes along.
    session.execute(
        update(StoryRow)
        .where((StoryRow.id == merge.story_id) | (StoryRow.merged_into == merge.story_id))
        .values(merged_into=into, work_state="done", lease_token=None, lease_until=None)
    )
    echo(session, merge.story_id, into, revise=revise, leading=leading, at=at)
    # Even with no new word: its items may now stand for two.
    work.wake(session, StoryRow, [into])


def refuse(session: Session, merge_id: int, *, by: str, at: datetime) -> None:
    """Keep two stories apart, and do not propose to merge them again.

    Raises BadInput for a merge that does not wait for a person's word.
    """
    _locked(session, merge_id, "proposed")
    decided = {"state": "refused", "decided_by": by, "decided_at": at}
    session.execute(update(MergeRow).where(MergeRow.id == merge_id).values(**decided))


def undo(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session, merge_id: int, *, by: str, at: datetime, revise: Revise, leading: Leading
) -> tuple[int, int]:
    """Take a merge apart; gives the two stories, which stand as if it had never been made.

    What the merged story said meanwhile is its own; the other shows its own words again. Raises
    BadInput for a merge that is not made.
    """
    merge = _locked(session, merge_id, "made")
    story_id, into = merge.story_id, merge.into_id
    row = MergeRow
    session.execute(
        update(row).where(row.id == merge_id).values(state="undone", undone_at=at, undone_by=by)
    )
    brought = _brought(session, story_id)
    one = StoryRow
    shown = session.scalar(select(one.merged_into).where(one.id == story_id)) or into
    session.execute(update(one).where(one.id.in_(brought)).values(merged_into=story_id))
    session.execute(update(one).where(one.id == story_id).values(merged_into=None))
    for other in sorted({into, shown}):
        _take_echoes_back(session, other, at=at)
        settle(session, other, leading=leading, at=at)
    if shown != into:  # it, too, may say something else again
        echo(session, into, shown, revise=revise, leading=leading, at=at)
    for number in brought:
        echo(session, number, story_id, revise=revise, leading=leading, at=at)
    work.wake(session, StoryRow, [story_id, shown])
    return story_id, into


def _locked(session: Session, merge_id: int, *states: str) -> MergeRow:
    """The merge, with its two stories locked. Raises BadInput for one in another state."""
    row = MergeRow
    asked = select(row).where(row.id == merge_id).with_for_update()
    merge = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if merge is None:
        raise BadInput(f"there is no merge {merge_id}; look at the list of merges")
    if merge.state not in states:
        raise BadInput(f"merge {merge_id} is {merge.state}, not {' or '.join(states)}; look again")
    lock(session, [merge.story_id, merge.into_id, *_brought(session, merge.story_id)])
    return merge


def _brought(session: Session, story_id: int) -> list[int]:
    """The stories that are merged into this one, in however many hops."""
    row = MergeRow
    found: list[int] = []
    last = [story_id]
    while last:
        asked = select(row.story_id).where(row.into_id.in_(last), row.state == "made")
        last = list(session.scalars(asked.order_by(row.story_id)))
        found += last
    return found


def lock(session: Session, ids: Sequence[int]) -> None:
    """Hold these stories, and those they are shown as, until the transaction ends.

    In order of their ids, so that nobody waits in a circle; others' foreign keys do not wait.
    """
    shown = aliased(StoryRow)
    of_ids = select(shown.merged_into).where(shown.id.in_(sorted(ids)))
    mine = StoryRow.id.in_(sorted(ids)) | StoryRow.id.in_(of_ids)
    asked = select(StoryRow.id).where(mine).order_by(StoryRow.id)
    session.execute(asked.with_for_update(key_share=True, of=StoryRow))


# --- what a merged story says newly


def echo(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session,
    story_id: int,
    into: int,
    *,
    revise: Revise,
    leading: Leading,
    at: datetime,
) -> VersionKind | None:
    """Let a story say what one that is merged into it says now; gives the kind of change, if any.

    Both must be locked. A date alone is not echoed.
    """
    new, outlet = _current(session, story_id)
    old, old_outlet = _current(session, into)
    # One's own mark before it: so that an echo is never taken for the story's own words.
    fingerprint = f"{story_id}> {new.fingerprint}"
    row = VersionRow
    known = session.scalar(
        select(row.number).where(row.story_id == into, row.fingerprint == fingerprint)
    )
    revised = revise(record(old, old_outlet), record(new, outlet))
    if revised is None or revised[0] == "date_only":
        return None
    kind = "substantive" if revised[0] == "replaced" else revised[0]
    if known is None:
        known = 1 + (session.scalar(select(func.max(row.number)).where(row.story_id == into)) or 0)
        copied = {
            name: getattr(new, name)
            for name in row.__table__.columns.keys()  # noqa: SIM118  # a collection, no dict
            if name not in {"id", "story_id", "number", "kind", "fingerprint", "from_story_id"}
        }
        own = {"story_id": into, "number": known, "kind": kind, "from_story_id": story_id}
        session.execute(insert(row), [copied | own | {"fingerprint": fingerprint}])
    _say(session, story_id, into, new, version=known, at=at)
    return kind if settle(session, into, leading=leading, at=at) else None


def _current(session: Session, story_id: int) -> tuple[VersionRow, OutletRow]:
    asked = (
        select(VersionRow, OutletRow)
        .join(
            StoryRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id == story_id)
        .execution_options(populate_existing=True)
    )
    version, outlet = session.execute(asked).one()
    return version, outlet


_KEPT = ("version", "fullness", "returns")  # of a sighting, beside `edited_at`


def _say(  # noqa: PLR0913  # each is a plain fact of the saying
    session: Session, story_id: int, into: int, new: VersionRow, *, version: int, at: datetime
) -> None:
    """Let the feed of a merged story's words say them of the other; keep what it said before."""
    row = SightingRow
    asked = select(row).where(row.story_id.in_([story_id, into]), row.feed_id == new.feed_id)
    fresh = asked.execution_options(populate_existing=True)
    sightings = {one.story_id: one for one in session.scalars(fresh)}
    before = sightings.get(into)
    told = {"version": version, "edited_at": at, "fullness": len(new.summary) + len(new.text)}
    if before is None:
        theirs = sightings[story_id]
        facts = {"first_seen_at": at, "fingerprint": new.fingerprint, "returns": 0}
        where = {"story_id": into, "feed_id": new.feed_id, "document_id": new.document_id}
        session.execute(insert(row), [where | facts | told | {"nearness": theirs.nearness}])
        _remember(session, story_id, into, new.feed_id, None)
        return
    is_echo = session.scalar(
        select(VersionRow.from_story_id).where(
            VersionRow.story_id == into, VersionRow.number == before.version
        )
    )
    if is_echo is None:
        edited = before.edited_at.isoformat() if before.edited_at else None
        stood = {name: getattr(before, name) for name in _KEPT} | {"edited_at": edited}
        _remember(session, story_id, into, new.feed_id, stood)
    elif is_echo != story_id:
        # Under another one's echo, too, lie the story's own words.
        stood_before = _stood(session, is_echo, into, new.feed_id)
        _remember(session, story_id, into, new.feed_id, stood_before)
    mine = update(row).where(row.story_id == into, row.feed_id == new.feed_id)
    session.execute(mine.values(**told))


def _remember(session: Session, story_id: int, into: int, feed_id: int, stood: Json | None) -> None:
    """Note what a feed said of the story that is shown, by that story: it may be shown elsewhere.

    It stands with the one merge by which this story is merged now, though in several hops.
    """
    row = MergeRow
    session.execute(
        update(row)
        .where(row.story_id == story_id, row.state == "made")
        .values(before=row.before.concat({f"{into}/{feed_id}": stood}))
    )


def _stood(session: Session, story_id: int, into: int, feed_id: int) -> Json | None:
    """What a feed said of the story that is shown before it spoke for the merged one."""
    row = MergeRow
    key = f"{into}/{feed_id}"
    asked = select(row.before[key]).where(row.story_id == story_id, row.before.has_key(key))
    last = asked.order_by(row.state != "made", row.undone_at.desc().nulls_last()).limit(1)
    return session.scalar(last)


def _take_echoes_back(session: Session, into: int, *, at: datetime) -> None:
    """Let feeds that speak for a story no longer merged into this one say what they said before.

    That is its own words; or those of another story that is still merged into it.
    """
    row, said, one = SightingRow, VersionRow, StoryRow
    echoing = session.execute(
        select(row.feed_id, one.id)
        .join(said, (said.story_id == row.story_id) & (said.number == row.version))
        .join(one, one.id == said.from_story_id)
        .where(row.story_id == into, one.merged_into.is_distinct_from(into))
        .order_by(row.feed_id)
    ).all()
    for feed_id, story_id in echoing:
        mine = (row.story_id == into) & (row.feed_id == feed_id)
        stood = _stood(session, story_id, into, feed_id)
        echoed = _still_echoed(session, into, feed_id, after=stood["version"] if stood else 0)
        if echoed is not None:
            number, fullness = echoed
            told = {"version": number, "fullness": fullness, "edited_at": at}
            session.execute(update(row).where(mine).values(**told))
        elif stood is None:
            session.execute(delete(row).where(mine))
        else:
            edited = stood["edited_at"]
            values = {name: stood[name] for name in _KEPT}
            values["edited_at"] = datetime.fromisoformat(edited) if edited else None
            session.execute(update(row).where(mine).values(**values))


def _still_echoed(
    session: Session, into: int, feed_id: int, *, after: int
) -> tuple[int, int] | None:
    """The latest echo of what a story merged into this one says now, with its fullness."""
    echoed, one, now = VersionRow, StoryRow, aliased(VersionRow)
    asked = (
        select(echoed.number, func.length(echoed.summary) + func.length(echoed.text))
        .join(one, (one.id == echoed.from_story_id) & (one.merged_into == into))
        .join(now, (now.story_id == one.id) & (now.number == one.current_version))
        .where(echoed.story_id == into, echoed.feed_id == feed_id, echoed.number > after)
        .where(echoed.fingerprint == func.concat(one.id, "> ", now.fingerprint))
        .order_by(echoed.number.desc())
        .limit(1)
    )
    found = session.execute(asked).one_or_none()
    return None if found is None else (found[0], found[1])
