"""Developments: which stories tell one happening, with the reason for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.records import Candidate
from store.models import DevelopmentRow, MemberRow

PLACING = 7302  # advisory lock: one batch at a time decides where stories belong


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A story's new place."""

    story_id: int
    development_id: int
    words: frozenset[str]  # of its title: its development gathers them
    score: float
    why: str
    runner_up_id: int | None
    runner_up_score: float
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A development to be opened, under an id from `next_ids`."""

    id: int
    title: str
    words: frozenset[str]
    at: datetime


def take_turn(session: Session) -> None:
    """Wait until no other batch is being placed; held until the transaction ends.

    Two copies placed at the same instant by two workers would otherwise open two developments.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key, 0)"), {"key": PLACING})


def open_since(session: Session, since: datetime) -> list[Candidate]:
    """Developments that had a story since then: what a new story may join."""
    row = DevelopmentRow
    asked = select(row).where(row.last_at >= since, row.merged_into.is_(None)).order_by(row.id)
    return [
        Candidate(id=d.id, words=frozenset(d.words), title=d.title, last_at=d.last_at)
        for d in session.scalars(asked)
    ]


def of_stories(session: Session, story_ids: Sequence[int]) -> dict[int, int]:
    """The development of each of these stories that has one."""
    asked = select(MemberRow.story_id, MemberRow.development_id)
    found = session.execute(asked.where(MemberRow.story_id.in_(story_ids)))
    return dict(found.all())


def next_ids(session: Session, number: int) -> list[int]:
    """Ids for that many new developments, ascending."""
    sequence = func.nextval(func.pg_get_serial_sequence("developments", "id"))
    series = func.generate_series(1, number).table_valued("n")
    return sorted(session.scalars(select(sequence).select_from(series)))


def keep(
    session: Session, opened: Sequence[Opened], joined: Sequence[Joined], *, at: datetime
) -> None:
    """Write new developments and the stories that joined; a story placed already stays."""
    if opened:
        session.execute(
            insert(DevelopmentRow),
            [
                {
                    "id": new.id,
                    "title": new.title,
                    "words": sorted(new.words),
                    "first_at": new.at,
                    "last_at": new.at,
                }
                for new in opened
            ],
        )
    if not joined:
        return
    session.execute(
        upsert(MemberRow)
        .values(
            [
                {
                    "story_id": story.story_id,
                    "development_id": story.development_id,
                    "score": story.score,
                    "why": story.why,
                    "runner_up_id": story.runner_up_id,
                    "runner_up_score": story.runner_up_score,
                    "decided_by": story.decided_by,
                    "decided_at": at,
                }
                for story in joined
            ]
        )
        .on_conflict_do_nothing()
    )
    gathered: dict[int, set[str]] = {}
    for story in joined:
        gathered.setdefault(story.development_id, set()).update(story.words)
    session.execute(
        text(
            "UPDATE developments SET last_at = greatest(last_at, :at), "
            "words = ARRAY(SELECT DISTINCT word FROM unnest(words || :more) AS word ORDER BY word) "
            "WHERE id = :id"
        ).bindparams(bindparam("more", type_=ARRAY(Text))),
        [{"id": i, "at": at, "more": sorted(gathered[i])} for i in sorted(gathered)],
    )
