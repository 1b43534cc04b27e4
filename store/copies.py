"""Copies: whose text a story is. Looked for among the week's, kept, and undone by people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from pipeline.errors import BadInput
from pipeline.records import RelationKind
from store import audit, intake, work
from store.developments import PLACING
from store.models import ApartRow, DuplicateRow, OutletRow, StoryRow, VersionRow
from store.statements import as_json

MACHINE = "machine:"
AHEAD = 2  # days for which there is a partition before they begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A story as it is compared: its current words, whose they are and when they came."""

    id: int
    title: str
    text: str
    outlet: str
    is_wire: bool
    published: datetime | None
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A copy as it is kept."""

    story_id: int
    root_id: int
    of_id: int
    relation: RelationKind
    score: float
    why: tuple[str, ...]
    by: str


# --- looking


def texts(session: Session, ids: Collection[int]) -> list[Text]:
    """The words of these stories, by id; those that are merged into others have none."""
    asked = (
        select(StoryRow.id, VersionRow.title, VersionRow.text, VersionRow.summary)
        .add_columns(OutletRow.key, OutletRow.kind, VersionRow.published_at, StoryRow.first_seen_at)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id.in_(sorted(ids)), StoryRow.merged_into.is_(None))
        .order_by(StoryRow.id)
    )
    return [
        Text(
            id=story_id,
            title=title,
            text=body or summary,
            outlet=outlet,
            is_wire=kind == "wire",
            published=published,
            first_seen=first_seen,
        )
        for story_id, title, body, summary, outlet, kind, published, first_seen in session.execute(
            asked
        )
    ]


# A form's fingerprint is carried by thousands: no more of them are read than tell that it is one.
_CARRIERS = text(
    """
    SELECT k.key, f.story_id
    FROM unnest(CAST(:keys AS bigint[])) AS k(key)
    CROSS JOIN LATERAL (
        SELECT f.story_id FROM fingerprints f
        WHERE f.key = k.key AND f.seen_on BETWEEN :since AND :until
        LIMIT :most
    ) f
    """
)


def carriers(
    session: Session, keys: Collection[int], *, around: date, days: int, most: int
) -> dict[int, set[int]]:
    """The stories that carry each of these fingerprints, looked at within so many days.

    Of a fingerprint that more than `most` carry, `most` and one are given.
    """
    found: dict[int, set[int]] = {}
    asked = {
        "keys": sorted(keys),
        "since": around - timedelta(days=days),
        "until": around + timedelta(days=days),
        "most": most + 1,
    }
    for key, story_id in session.execute(_CARRIERS, asked):
        found.setdefault(key, set()).add(story_id)
    return found


_BODIES = text(
    """
    SELECT k.value, coalesce(s.merged_into, s.id)
    FROM unnest(CAST(:values AS text[])) AS n(value)
    JOIN story_keys k ON k.scheme = 'body' AND k.scope = '' AND k.value = n.value
    JOIN stories s ON s.id = k.story_id
    """
)
_LOCK_BODIES = text(
    """
    SELECT count(pg_advisory_xact_lock(:class, stripe))
    FROM unnest(CAST(:stripes AS int[])) AS stripe
    """
)
_KEEP_BODIES = text(
    """
    INSERT INTO story_keys (scheme, scope, value, story_id, first_seen_at)
    SELECT 'body', '', value, story_id, :at
    FROM json_to_recordset(CAST(:rows AS json)) AS r(value text, story_id bigint)
    ON CONFLICT (scheme, scope, value) DO UPDATE SET story_id = excluded.story_id
    """
)


def by_body(session: Session, bodies: Collection[str]) -> dict[str, int]:
    """The story that each of these bodies was last noted with, or the one it is shown as."""
    return dict(session.execute(_BODIES, {"values": sorted(bodies)}).all())


def note_bodies(session: Session, bodies: Mapping[str, int], *, at: datetime) -> None:
    """Let bodies lead to these stories: nobody had them, or whoever had them says other words now.

    Under the locks under which stories are taken in, so that neither waits for the other's rows.
    """
    if not bodies:
        return
    names = [intake.Name("body", "", value) for value in bodies]
    stripes = {"class": intake.LOCK_CLASS, "stripes": intake.stripes(names)}
    session.execute(_LOCK_BODIES, stripes)
    rows = [{"value": value, "story_id": story_id} for value, story_id in sorted(bodies.items())]
    session.execute(_KEEP_BODIES, {"rows": as_json(rows), "at": at})


def families(session: Session, ids: Collection[int]) -> list[Made]:
    """All copies that are of one family with one of these stories."""
    row = DuplicateRow
    mine = select(row.root_id).where(row.story_id.in_(sorted(ids)), row.undone_at.is_(None))
    roots = {*ids, *session.scalars(mine)}
    asked = select(row).where(row.root_id.in_(sorted(roots)), row.undone_at.is_(None))
    return [
        Made(
            story_id=one.story_id,
            root_id=one.root_id,
            of_id=one.of_id or one.root_id,
            relation=one.relation,  # type: ignore[arg-type]  # the column holds these words only
            score=one.score,
            why=tuple(str(reason["text"]) for reason in one.why),
            by=one.decided_by,
        )
        for one in session.scalars(asked.order_by(row.story_id))
    ]


def copies_of_merged(session: Session, ids: Collection[int]) -> dict[int, int]:
    """The copies of stories that are merged into one of these, each with the one it is now."""
    asked = (
        select(DuplicateRow.story_id, StoryRow.merged_into)
        .join(StoryRow, StoryRow.id == DuplicateRow.of_id)
        .where(StoryRow.merged_into.in_(sorted(ids)), DuplicateRow.undone_at.is_(None))
    )
    return {story_id: into for story_id, into in session.execute(asked) if into is not None}


def kept_apart(session: Session, ids: Collection[int]) -> list[tuple[int, int]]:
    """The pairs that people have kept apart and of which one story is among these.

    What was said of a story that is shown as another now is said of that one.
    """
    row, one, other = ApartRow, aliased(StoryRow), aliased(StoryRow)
    merged = session.scalars(select(StoryRow.id).where(StoryRow.merged_into.in_(sorted(ids))))
    asked = sorted({*ids, *merged})
    pairs = (
        select(func.coalesce(one.merged_into, one.id), func.coalesce(other.merged_into, other.id))
        .select_from(row)
        .join(one, one.id == row.story_id)
        .join(other, other.id == row.other_id)
        .where(row.story_id.in_(asked) | row.other_id.in_(asked))
    )
    return [(first, second) for first, second in session.execute(pairs) if first != second]


# --- keeping

_KEEP = text(
    """
    INSERT INTO duplicates AS d
        (story_id, root_id, of_id, relation, score, why, decided_by, decided_at)
    SELECT story_id, root_id, of_id, relation, score, why, decided_by, :at
    FROM json_to_recordset(CAST(:rows AS json)) AS r(
        story_id bigint, root_id bigint, of_id bigint, relation text, score float8, why jsonb,
        decided_by text)
    ON CONFLICT (story_id) DO UPDATE SET
        root_id = excluded.root_id, of_id = excluded.of_id, relation = excluded.relation,
        score = excluded.score, why = excluded.why, decided_by = excluded.decided_by,
        decided_at = excluded.decided_at, undone_at = NULL
    WHERE (d.root_id, d.of_id, d.relation, d.score, d.why, d.undone_at) IS DISTINCT FROM
        (excluded.root_id, excluded.of_id, excluded.relation, excluded.score, excluded.why, NULL)
    """
)


def keep(session: Session, made: Sequence[Made], *, at: datetime) -> None:
    """Write copies as they are now; one that stood so already stays as it was."""
    rows = [
        {
            "story_id": one.story_id,
            "root_id": one.root_id,
            "of_id": one.of_id,
            "relation": one.relation,
            "score": one.score,
            "why": [{"reason": one.relation, "text": told} for told in one.why],
            "decided_by": one.by,
        }
        for one in sorted(made, key=lambda one: one.story_id)
    ]
    if rows:
        session.execute(_KEEP, {"rows": as_json(rows), "at": at})


def drop(session: Session, ids: Collection[int]) -> None:
    """Let these be copies no more; what a person undid stays on record."""
    row = DuplicateRow
    session.execute(delete(row).where(row.story_id.in_(sorted(ids)), row.undone_at.is_(None)))


_KEEP_FINGERPRINTS = text(
    """
    INSERT INTO fingerprints (key, story_id, seen_on)
    SELECT key, story_id, :day
    FROM unnest(CAST(:keys AS bigint[]), CAST(:stories AS bigint[])) AS r(key, story_id)
    ON CONFLICT DO NOTHING
    """
)


def keep_fingerprints(
    session: Session, found_by: Mapping[int, Iterable[int]], *, day: date
) -> None:
    """Let stories be found by these fingerprints for the days to come."""
    rows = sorted((key, story_id) for story_id, keys in found_by.items() for key in keys)
    if rows:
        keys, stories = zip(*rows, strict=True)
        asked = {"keys": list(keys), "stories": list(stories), "day": day}
        session.execute(_KEEP_FINGERPRINTS, asked)


# --- days

_PARTITIONS = text(
    """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'fingerprints'::regclass ORDER BY c.relname
    """
)
_PREFIX = "fingerprints_"
_TAKEN = "55P03"  # lock_not_available


def days(session: Session) -> list[date]:
    """The days that have a partition, in their order."""
    names = session.scalars(_PARTITIONS)
    return sorted(date.fromisoformat(name.removeprefix(_PREFIX)) for name in names)


def make_days(session: Session, wanted: Iterable[date]) -> list[date]:
    """Make the partitions of these days that are lacking; gives which. Only with one's turn."""
    lacking = sorted(set(wanted) - set(days(session)))
    for day in lacking:
        # Functions of the owner: the role that works may make no tables (migration 0021).
        session.execute(text("SELECT make_fingerprint_day(:day)"), {"day": day})
    return lacking


def turn_days(session: Session, today: date, *, kept: int) -> tuple[list[date], list[date]]:
    """Make the days ahead and drop those before the last `kept`; gives which. Twice is harmless.

    It waits for its turn: whoever places stories is writing into one of them. It does not wait for
    whoever reads the table: what is dropped then, is dropped an hour later.
    """
    _turn(session)
    made = make_days(session, (today + timedelta(days=n) for n in range(AHEAD + 1)))
    gone = [day for day in days(session) if day < today - timedelta(days=kept)]
    if not gone or not _free(session):
        return made, []
    for day in gone:
        session.execute(text("SELECT drop_fingerprint_day(:day)"), {"day": day})
    return made, gone


def _free(session: Session) -> bool:
    """Whether nobody reads the table; a backup does for hours, while nobody could place stories."""
    try:
        with session.begin_nested():
            session.execute(text("LOCK TABLE fingerprints IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", "") != _TAKEN:
            raise
        return False
    return True


# --- people


def keep_apart(
    session: Session, story_id: int, *, of: int | None, by: str, at: datetime
) -> int | None:
    """Let a story be no copy of its original, or not of `of`, and no machine make it one again.

    Gives the original it had, if it had one. What is a copy of the story itself goes with it.
    """
    _turn(session)
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
    _turn(session)
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


def _turn(session: Session) -> None:
    """Wait until no machine is placing: it would write what it read before."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key, 0)"), {"key": PLACING})


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
