"""A wire's notices about its other items: carried out, kept until their target comes, or asked.

A kill may overtake its story. It is kept for a week and tried against what arrives. One that only
its wording makes a kill is a proposal, until an editor says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from pipeline.records import ChangeKind, Notice, Story
from store import audit, changes, merges
from store.changes import Happened
from store.models import NoticeRow, StoryKeyRow, StoryRow, VersionRow
from store.users import Person

KEPT = timedelta(days=7)
ALIKE_WITHIN = timedelta(hours=48)  # a headline later than that is another story's
CARRIED_BY = "machine:notices"
_STATUS = {"kill": "killed", "withhold": "withheld"}
_RANK = {"usable": 0, "withheld": 1, "withdrawn": 2, "killed": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A notice as it came, with what tells it from others."""

    notice: Notice
    story: Story  # the item it stood in
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """In which document the notices stood."""

    outlet_id: int
    feed_id: int
    document_id: int


def take_in(
    session: Session,
    came: Sequence[Came],
    *,
    where: Where,
    numbers_of: Callable[..., tuple[str, ...]],
    at: datetime,
) -> list[int]:
    """Keep notices and carry out what can be; gives the stories that it changed.

    The same notice again adds nothing.
    """
    rows = [
        {
            "outlet_id": where.outlet_id,
            "feed_id": where.feed_id,
            "document_id": where.document_id,
            "fingerprint": f"{one.fingerprint} {place}",
            "action": one.notice.action,
            "headline": one.story.title,
            "said": one.notice.said,
            "lineage": target.lineage,
            "numbers": list(numbers_of(target, at=_made(one.story) or at)),
            "hint": target.hint or one.story.title,
            "state": "unresolved",
            "at": at,
            "keep_until": at + KEPT,
        }
        for one in came
        for place, target in enumerate(one.notice.targets)
    ]
    if not rows:
        return []
    kept = upsert(NoticeRow).values(rows).on_conflict_do_nothing().returning(NoticeRow.id)
    new = sorted(session.scalars(kept))
    lines = [audit.Line(action="notice.come", subject_kind="notice", subject_id=one) for one in new]
    audit.note_all(session, lines, actor=CARRIED_BY, at=at)
    return retry(session, at=at, only=new)


def propose(  # noqa: PLR0913  # what a notice's row says
    session: Session,
    story_id: int,
    *,
    where: Where,
    action: str,
    headline: str,
    said: str,
    why: str,
    fingerprint: str,
    at: datetime,
) -> None:
    """Ask the editors whether a story is taken back, as its wording seems to say."""
    values = {
        "outlet_id": where.outlet_id,
        "feed_id": where.feed_id,
        "document_id": where.document_id,
        "fingerprint": fingerprint,
        "action": action,
        "headline": headline,
        "said": said,
        "numbers": [],
        "hint": headline,
        "state": "proposed",
        "story_id": story_id,
        "why": why,
        "at": at,
        "keep_until": at + KEPT,
    }
    kept = upsert(NoticeRow).values(values).on_conflict_do_nothing().returning(NoticeRow.id)
    lines = [
        audit.Line(action="notice.propose", subject_kind="notice", subject_id=one)
        for one in session.scalars(kept)
    ]
    audit.note_all(session, lines, actor=CARRIED_BY, at=at)


def retry(session: Session, *, at: datetime, only: Sequence[int] | None = None) -> list[int]:
    """Try notices whose target had not come; gives the stories that were changed by it."""
    asked = select(NoticeRow).where(NoticeRow.state == "unresolved").order_by(NoticeRow.id)
    if only is not None:
        asked = asked.where(NoticeRow.id.in_(only))
    waiting = list(session.scalars(asked.with_for_update(skip_locked=True)))
    touched = []
    for row in waiting:
        target = _target(session, row)
        if target is not None:
            touched.append(target)
            _carry_out(session, row, target, by=CARRIED_BY, at=at)
        elif not row.lineage and not row.numbers:
            _propose_alike(session, row)
    return sorted(set(touched))


def is_any_waiting(session: Session) -> bool:
    """Whether a notice waits for its target: asked for every batch that arrives, so it is cheap."""
    waits = exists().where(NoticeRow.state == "unresolved")
    return bool(session.scalar(select(waits)))


def expire(session: Session, *, at: datetime) -> int:
    """Give up on notices whose target has not come within the week; gives how many."""
    row = NoticeRow
    given_up = (
        update(row)
        .where(row.state == "unresolved", row.keep_until <= at)
        .values(state="expired", decided_at=at, decided_by=CARRIED_BY)
        .returning(row.id)
    )
    ids = list(session.scalars(given_up))
    lines = [
        audit.Line(action="notice.expire", subject_kind="notice", subject_id=one) for one in ids
    ]
    audit.note_all(session, lines, actor=CARRIED_BY, at=at)
    return len(ids)


def decide(  # noqa: PLR0913  # who decides what about which story when: all of it is needed
    session: Session,
    notice_id: int,
    user: Person,
    *,
    is_so: bool,
    story_id: int | None,
    at: datetime,
) -> None:
    """Carry out or refuse what was proposed, or what still waits, as a person says.

    Raises BadInput for a notice that is decided already, or names no story.
    """
    row = session.scalars(
        select(NoticeRow)
        .where(NoticeRow.id == notice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise BadInput(f"there is no notice {notice_id}; look at the list of kills")
    if row.state not in {"unresolved", "proposed", "expired"}:
        raise BadInput(
            f"this notice is {row.state.replace('_', ' ')} already, by {row.decided_by}; look again"
        )
    if not is_so:
        row.state, row.decided_by, row.decided_at = "refused", user.name, at
        line = audit.Line(action="notice.refuse", subject_kind="notice", subject_id=row.id)
        audit.note_all(session, [line], actor=user.name, at=at)
        return
    target = story_id or row.story_id
    known = target and session.scalar(select(StoryRow.id).where(StoryRow.id == target))
    if not known:
        raise BadInput("name the story it is about: its number stands on the story's page")
    _carry_out(session, row, known, by=user.name, at=at)


def release(session: Session, notice_id: int, user: Person, *, said: str, at: datetime) -> None:
    """Take a person's word that a hold which a notice asked for is over.

    The story may be used again, unless something else holds it. Raises BadInput for a notice that
    holds nothing.
    """
    asked = select(NoticeRow).where(NoticeRow.id == notice_id).with_for_update()
    row = session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if (
        row is None
        or row.story_id is None
        or (row.state, row.action) != ("carried_out", "withhold")
    ):
        raise BadInput("this notice holds nothing; look at the list of kills")
    merges.lock(session, [row.story_id])
    row.state, row.decided_by, row.decided_at = "released", user.name, at
    line = audit.Line(
        action="notice.release",
        subject_kind="notice",
        subject_id=row.id,
        detail={"story": row.story_id, "said": said},
    )
    audit.note_all(session, [line], actor=user.name, at=at)
    session.flush()  # the other holds are asked for below, and this one is none any more
    others = exists().where(NoticeRow.story_id == row.story_id, NoticeRow.state == "carried_out")
    status, version, wire = session.execute(
        select(StoryRow.status, VersionRow.id, VersionRow.wire)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(StoryRow.id == row.story_id)
    ).one()
    is_held_by_itself = (wire or {}).get("status") in {"withheld", "canceled"}
    if status != "withheld" or is_held_by_itself or session.scalar(select(others)):
        return
    told = update(StoryRow).where(StoryRow.id == row.story_id).values(status="usable")
    session.execute(told)
    happened = Happened(
        story_id=row.story_id,
        kind="released",
        occasion=f"notice {row.id} released",
        version_id=version,
        said=said,
    )
    changes.record(session, [happened], by=user.name, at=at)


def _carry_out(  # each is a plain fact of the decision
    session: Session, row: NoticeRow, story_id: int, *, by: str, at: datetime
) -> None:
    """Do to a story what a notice says, once."""
    merges.lock(session, [story_id])
    row.state, row.story_id, row.decided_by, row.decided_at = "carried_out", story_id, by, at
    line = audit.Line(
        action="notice.carry_out",
        subject_kind="notice",
        subject_id=row.id,
        detail={"story": story_id},
    )
    audit.note_all(session, [line], actor=by, at=at)
    if row.action not in _STATUS:
        return
    status: ChangeKind = "killed" if row.action == "kill" else "withheld"
    take_back(session, story_id, status, said=row.said, occasion=f"notice {row.id}", by=by, at=at)


def take_back(  # noqa: PLR0913  # each is a plain fact of the decision
    session: Session,
    story_id: int,
    status: ChangeKind,
    *,
    said: str,
    occasion: str,
    by: str,
    at: datetime,
) -> None:
    """Mark a story as no longer usable, and let that travel; a kill yields to nothing less."""
    now, version = session.execute(
        select(StoryRow.status, VersionRow.id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(StoryRow.id == story_id)
    ).one()
    if _RANK[now] >= _RANK[status]:
        return
    session.execute(update(StoryRow).where(StoryRow.id == story_id).values(status=status))
    happened = Happened(
        story_id=story_id, kind=status, occasion=occasion, version_id=version, said=said
    )
    changes.record(session, [happened], by=by, at=at)


def _target(session: Session, row: NoticeRow) -> int | None:
    """The story that a notice names, if it has come: by its lineage, else by its number."""
    key = StoryKeyRow
    names = [("lineage", row.lineage)] if row.lineage else [("number", n) for n in row.numbers]
    for scheme, value in names:
        asked = select(key.story_id).where(
            key.scheme == scheme, key.scope == str(row.outlet_id), key.value == value
        )
        found = session.scalar(asked)
        if found is None and scheme == "lineage":
            found = session.scalar(_BY_GUID, {"outlet": row.outlet_id, "guid": value})
        if found is not None:
            return int(found)
    return None


# The same agency's feed without wire formats knows its stories by guid alone.
_BY_GUID = text(
    """
    SELECT k.story_id FROM story_keys k
    JOIN feeds f ON k.scheme = 'guid' AND k.scope = f.id::text
    WHERE f.outlet_id = :outlet AND k.value = :guid
    ORDER BY k.story_id LIMIT 1
    """
)


def _propose_alike(session: Session, row: NoticeRow) -> None:
    """Propose the story of the same outlet with nearly the notice's headline, if one is there."""
    found = session.execute(
        _ALIKE,
        {
            "outlet": row.outlet_id,
            "hint": row.hint,
            "headline": row.headline,
            "since": row.at - ALIKE_WITHIN,
            "until": row.at + ALIKE_WITHIN,
        },
    ).one_or_none()
    if found is not None:
        story_id, title, share = found
        row.state, row.story_id = "proposed", story_id
        row.why = f"{round(share * 100)} % of the words of its headline are those of “{title}”"


_ALIKE = text(
    r"""
    WITH hint AS (
        SELECT DISTINCT word FROM regexp_split_to_table(lower(:hint), '[^[:alnum:]]+') AS word
        WHERE length(word) > 2
    ), near AS (
        SELECT s.id, v.title, (
            SELECT count(*) FROM hint
            WHERE word IN (
                SELECT regexp_split_to_table(lower(v.title), '[^[:alnum:]]+')
            )
        )::float / greatest((SELECT count(*) FROM hint), 1) AS share
        FROM stories s
        JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
        WHERE s.outlet_id = :outlet AND v.title <> :headline
            AND s.first_seen_at BETWEEN :since AND :until
    )
    SELECT id, title, share FROM near
    WHERE share >= 0.6 AND (SELECT count(*) FROM hint) >= 3
    ORDER BY share DESC, id DESC LIMIT 1
    """
)


def _made(story: Story) -> datetime | None:
    created = story.wire.version_created if story.wire else None
    return created or story.published
