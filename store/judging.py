"""What people say of copies: that a story is none, or whose it is. No machine takes it back."""

from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, work
from store.copies import Made, keep
from store.developments import take_turn
from store.models import ApartRow, DuplicateRow, StoryRow


def keep_apart(
    session: Session, story_id: int, *, of: int | None, by: str, at: datetime
) -> int | None:
    """Let a story be no copy of its original, or not of `of`, and no machine make it one again.

    Gives the original it had, if it had one. What is a copy of the story itself goes with it.
    """
    take_turn(session)
    _known(session, story_id, *([] if of is None else [of]))
    row = DuplicateRow
    root = session.scalar(
        select(row.root_id).where(row.story_id == story_id, row.undone_at.is_(None))
    )
    other = of if of is not None else root
    if other is None:
        raise BadInput(
            f"story {story_id} is a copy of none; name the other one, to keep the two apart: "
            f"`stories not-copy {story_id} --of ID`"
        )
    if other == story_id:
        raise BadInput(f"story {story_id} cannot be kept apart from itself; name another one")
    pair = {"story_id": story_id, "other_id": other, "decided_by": by, "decided_at": at}
    session.execute(insert(ApartRow).values(pair).on_conflict_do_nothing())
    of_other = session.scalar(
        select(row.root_id).where(row.story_id == other, row.undone_at.is_(None))
    )
    changed = [story_id]
    is_one_family = (root or story_id) == (of_other or other)
    if is_one_family:
        # The one of the two that is a copy leaves; of two copies, the one that was named.
        leaving = story_id if root is not None else other
        changed = [leaving, *_copies(session, leaving)]
        undone = update(row).where(row.story_id == leaving)
        session.execute(undone.values(undone_at=at))
        followers = update(row).where(row.story_id.in_(changed[1:]))
        session.execute(followers.values(root_id=leaving))
    detail: dict[str, object] = {"of": other, "was_copy": is_one_family}
    _note(session, by, "story.not_copy", story_id, detail)
    work.wake(session, StoryRow, changed)
    return root


def say_copy(session: Session, story_id: int, of: int, *, by: str, at: datetime) -> int:
    """Let a story be a copy of another because a person says so; gives the original.

    No machine takes it back. What is a copy of the story itself goes with it.
    """
    take_turn(session)
    outlets = _known(session, story_id, of)
    if story_id == of:
        raise BadInput(f"story {story_id} cannot be a copy of itself; name two stories")
    row = DuplicateRow
    root = (
        session.scalar(select(row.root_id).where(row.story_id == of, row.undone_at.is_(None))) or of
    )
    copies = _copies(session, story_id)
    if root == story_id or of in copies:
        raise BadInput(
            f"story {of} is a copy of story {story_id} already; to turn them round, say first "
            f"`stories not-copy {of}`"
        )
    family = select(row.story_id).where(row.root_id == root, row.undone_at.is_(None))
    apart = ApartRow
    for one, other in ((apart.story_id, apart.other_id), (apart.other_id, apart.story_id)):
        is_between = (other == root) | other.in_(family)
        session.execute(delete(apart).where(one == story_id, is_between))
    is_own = outlets[story_id] == outlets[of]
    made = Made(
        story_id=story_id,
        root_id=root,
        of_id=of,
        relation="reissue" if is_own else "syndicated",
        score=1.0,
        why=("a person says so",),
        by=by,
    )
    keep(session, [made], at=at)
    session.execute(update(row).where(row.story_id.in_(copies)).values(root_id=root))
    detail: dict[str, object] = {"of": of, "original": root}
    _note(session, by, "story.copy", story_id, detail)
    work.wake(session, StoryRow, [story_id, *copies])
    return root


def _known(session: Session, *ids: int) -> dict[int, int]:
    """The outlets of these stories. Raises BadInput for one that is not there or not shown."""
    asked = select(StoryRow.id, StoryRow.outlet_id, StoryRow.merged_into)
    found = {row[0]: row for row in session.execute(asked.where(StoryRow.id.in_(ids)))}
    for story_id in ids:
        if story_id not in found:
            raise BadInput(f"there is no story {story_id}: `serieswatch stories list` shows them")
        into = found[story_id][2]
        if into is not None:
            raise BadInput(f"story {story_id} is shown as story {into}: name that one")
    return {story_id: row[1] for story_id, row in found.items()}


_COPIES = text(
    """
    WITH RECURSIVE mine AS (
        SELECT story_id FROM duplicates
        WHERE coalesce(of_id, root_id) = :story AND undone_at IS NULL
        UNION
        SELECT d.story_id FROM duplicates d
        JOIN mine ON mine.story_id = coalesce(d.of_id, d.root_id)
        WHERE d.undone_at IS NULL
    )
    SELECT story_id FROM mine ORDER BY story_id
    """
)


def _copies(session: Session, story_id: int) -> list[int]:
    """All that are copies of a story, in however many steps."""
    return list(session.scalars(_COPIES, {"story": story_id}))


def _note(session: Session, by: str, action: str, story_id: int, detail: dict[str, object]) -> None:
    audit.note(
        session,
        actor=by,
        action=action,
        subject_kind="story",
        subject_id=story_id,
        detail=detail,
    )
