"""Copies: whose text a story is. What is looked for among the week's stories, and what is kept."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session, aliased

from pipeline.records import RelationKind
from store import intake
from store.models import ApartRow, DuplicateRow, OutletRow, StoryRow, VersionRow
from store.statements import as_json

MACHINE = "machine:"


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
