"""Developments: which stories tell one happening, with the reason for each."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session

from pipeline.records import Weighed
from store.models import DevelopmentRow, DuplicateRow, MemberRow, WeighedRow
from store.models.stories import REVISIONS
from store.session import transaction
from store.statements import as_json

PLACING = 7302  # advisory lock: one batch at a time decides where stories belong


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A story's new place."""

    story_id: int
    development_id: int
    seen: datetime  # when the story was first seen
    score: float
    why: str
    runner_up_id: int | None
    runner_up_score: float
    decided_by: str
    weighed: Weighed | None = None  # of a story placed by its words; a copy has none
    number: int = 0  # of placing, where it was weighed
    at: datetime | None = None  # when it was placed by, where it was weighed
    form: str = ""  # roundup, live: tells of several developments


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story placed by its words, and the development it belongs to now."""

    number: int
    development_id: int
    title: str  # of the development
    at: datetime
    weighed: Weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A development to be opened, under an id from `next_ids`."""

    id: int
    title: str
    words: frozenset[str]
    at: datetime
    follows_id: int | None = None  # what it goes on from
    follows_score: float = 0.0
    follows_why: str = ""


@contextmanager
def turn(engine: Engine) -> Iterator[Connection | None]:
    """The turn to place stories, or None; nobody else has it until the block ends.

    Two copies placed at the same instant by two workers would otherwise open two developments.
    The lock is this connection's own, over several transactions: it ends with our process, and
    with the connection. So what rests on the turn is written on that connection and on no other:
    where it is gone, and somebody else may have the turn, nothing is written.
    """
    with engine.connect() as connection:
        key = {"key": PLACING}
        asked = text("SELECT pg_try_advisory_lock(:key, 0)")
        try:
            with transaction(connection) as session:
                is_ours = bool(session.execute(asked, key).scalar_one())
            yield connection if is_ours else None
            if is_ours:
                with transaction(connection) as session:
                    session.execute(text("SELECT pg_advisory_unlock(:key, 0)"), key)
        except BaseException:
            # The connection may hold the lock: closed, it holds it no more, and nobody inherits it.
            connection.invalidate()
            raise


def take_turn(session: Session) -> None:
    """Wait until nobody places stories, and let nobody until this transaction ends.

    For whoever changes what placing rests on. Who came meanwhile went away: the sweep rings again.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key, 0)"), {"key": PLACING})


def last_number(session: Session) -> int:
    """The number of the story placed last by its words, 0 before the first.

    Only with one's turn taken: nobody else then gives the next.
    """
    return session.execute(select(func.coalesce(func.max(WeighedRow.number), 0))).scalar_one()


def told_since(session: Session, first: int) -> Generator[Told, None, None]:
    """Stories placed by their words, from this number on, in order of placing."""
    row = WeighedRow
    asked = (
        select(
            row, func.coalesce(DevelopmentRow.merged_into, DevelopmentRow.id), DevelopmentRow.title
        )
        .join(MemberRow, MemberRow.story_id == row.story_id)
        .join(DevelopmentRow, DevelopmentRow.id == MemberRow.development_id)
        .where(row.number >= first)
        .order_by(row.number)
        .execution_options(yield_per=1000)
    )
    with closing(session.execute(asked)) as found:  # also where nobody asks for the rest
        for weighed, development_id, title in found:
            yield Told(
                number=weighed.number,
                development_id=development_id,
                title=title,
                at=weighed.at,
                weighed=Weighed(
                    words=tuple(weighed.words),
                    weights=tuple(weighed.weights),
                    headline=tuple(weighed.headline),
                    same=weighed.same,
                    others=tuple(weighed.others),
                    names=tuple(weighed.names),
                ),
            )
            session.expunge(weighed)  # ten thousands of rows that nobody will change


def standing_ids(session: Session) -> Callable[[int], int]:
    """Gives for a development the one that it is part of now: itself, where nobody merged it."""
    row = DevelopmentRow
    merged = dict(
        session.execute(select(row.id, row.merged_into).where(row.merged_into.is_not(None))).all()
    )
    return lambda number: merged.get(number) or number


def next_revision(session: Session) -> int:
    """The revision of the changes about to be made; only with one's turn taken."""
    return session.execute(select(REVISIONS.next_value())).scalar_one()


def of_stories(session: Session, story_ids: Sequence[int]) -> dict[int, int]:
    """The development of each of these stories that has one."""
    asked = select(MemberRow.story_id, MemberRow.development_id)
    found = session.execute(asked.where(MemberRow.story_id.in_(story_ids)))
    return dict(found.all())


def of_families(session: Session, roots: Sequence[int]) -> dict[int, int]:
    """The development of each of these originals or, lacking that, of a copy of it."""
    members = select(MemberRow.story_id.label("root"), MemberRow.development_id)
    copies = (
        select(DuplicateRow.root_id.label("root"), MemberRow.development_id)
        .join(MemberRow, MemberRow.story_id == DuplicateRow.story_id)
        .where(DuplicateRow.undone_at.is_(None), DuplicateRow.root_id.in_(roots))
        .order_by(DuplicateRow.story_id.desc())
    )
    found = dict(session.execute(copies).all())
    return found | dict(session.execute(members.where(MemberRow.story_id.in_(roots))).all())


def next_ids(session: Session, number: int) -> list[int]:
    """Ids for that many new developments, ascending."""
    sequence = func.nextval(func.pg_get_serial_sequence("developments", "id"))
    series = func.generate_series(1, number).table_valued("n")
    return sorted(session.scalars(select(sequence).select_from(series)))


# Each of one text, however many rows: compiled and prepared once, which a list of VALUES is not.
_OPENED = text(
    """
    INSERT INTO developments
        (id, title, words, first_at, last_at, revision, follows_id, follows_score, follows_why)
    SELECT id, title, words, first_at, last_at, :revision, follows_id, follows_score, follows_why
    FROM json_to_recordset(CAST(:rows AS json)) AS r(
        id bigint, title text, words text[], first_at timestamptz, last_at timestamptz,
        follows_id bigint, follows_score float8, follows_why text)
    """
)
_JOINED = text(
    """
    INSERT INTO development_stories
        (story_id, development_id, score, why, runner_up_id, runner_up_score, form, decided_by,
         decided_at)
    SELECT story_id, development_id, score, why, runner_up_id, runner_up_score, form, decided_by,
        :at
    FROM json_to_recordset(CAST(:rows AS json)) AS r(
        story_id bigint, development_id bigint, score float8, why text, runner_up_id bigint,
        runner_up_score float8, form text, decided_by text)
    ON CONFLICT DO NOTHING
    """
)
_WEIGHED = text(
    """
    INSERT INTO development_words
        (story_id, number, at, words, weights, headline, names, same, others)
    SELECT story_id, number, at, words, weights, headline, names, same, others
    FROM json_to_recordset(CAST(:rows AS json)) AS r(
        story_id bigint, number bigint, at timestamptz, words text[], weights smallint[],
        headline smallint[], names smallint[], same smallint, others smallint[])
    ON CONFLICT DO NOTHING
    """
)
_GROWN = text(
    """
    UPDATE developments AS d SET
        last_at = greatest(d.last_at, r.last_at), revision = :revision
    FROM json_to_recordset(CAST(:rows AS json)) AS r(id bigint, last_at timestamptz)
    WHERE d.id = r.id
    """
)


def keep(
    session: Session,
    opened: Sequence[Opened],
    joined: Sequence[Joined],
    *,
    at: datetime,
    revision: int,
) -> None:
    """Write new developments and the stories that joined; a story placed already stays."""
    last_at = {new.id: new.at for new in opened}
    for story in joined:
        so_far = last_at.get(story.development_id, story.seen)
        last_at[story.development_id] = max(so_far, story.seen)
    new_ones = [
        {
            "id": new.id,
            "title": new.title,
            "words": sorted(new.words),
            "first_at": new.at,
            "last_at": last_at.pop(new.id),
            "follows_id": new.follows_id,
            "follows_score": new.follows_score,
            "follows_why": new.follows_why,
        }
        for new in opened
    ]
    members = [
        {
            "story_id": story.story_id,
            "development_id": story.development_id,
            "score": story.score,
            "why": story.why,
            "runner_up_id": story.runner_up_id,
            "runner_up_score": story.runner_up_score,
            "form": story.form,
            "decided_by": story.decided_by,
        }
        for story in joined
    ]
    weighed = [
        {
            "story_id": story.story_id,
            "number": story.number,
            "at": story.at,
            "words": story.weighed.words,
            "weights": story.weighed.weights,
            "headline": story.weighed.headline,
            "names": story.weighed.names,
            "same": story.weighed.same,
            "others": story.weighed.others,
        }
        for story in joined
        if story.weighed is not None
    ]
    grown = [{"id": number, "last_at": last_at[number]} for number in sorted(last_at)]
    for statement, rows, told in (
        (_OPENED, new_ones, {"revision": revision}),
        (_JOINED, members, {"at": at}),
        (_WEIGHED, weighed, {}),
        (_GROWN, grown, {"revision": revision}),
    ):
        if rows:
            session.execute(statement, {"rows": as_json(rows), **told})
