"""Reading the archive again: which documents, what in them is news under today's rules, how far.

A document is a moment of its feed. What it says of a story that the feed has worded anew since is
history and changes nothing; only a story that nobody knows yet, and the latest word of a feed on
one that is known, can bring something.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.orm import Session

from store import intake
from store.models import (
    DocumentRow,
    InstalmentRow,
    ReprocessingRow,
    SightingRow,
    StoryKeyRow,
    StoryRow,
    VersionRow,
)

AREAS = {
    "tags": "SELECT v.story_id, t.scheme || ' ' || t.code || ' ' || t.label FROM tags t {of}",
    "credits": "SELECT v.story_id, t.kind || ' ' || t.name || ': ' || t.phrase FROM credits t {of}",
    "quotes": "SELECT v.story_id, coalesce(t.speaker, '?') || ': ' || t.text FROM quotes t {of}",
    "copies": """
        SELECT t.story_id, t.relation || ' of story ' || t.root_id FROM duplicates t
        WHERE t.story_id = ANY(:ids) AND t.undone_at IS NULL""",
    "developments": """
        SELECT t.story_id, 'development ' || t.development_id FROM development_stories t
        WHERE t.story_id = ANY(:ids)""",
    "matches": """
        SELECT DISTINCT ON (t.story_id, s.id) t.story_id,
            s.key || ' ' || t.zone || ' ' || round(t.score::numeric, 3) || ' ' || t.section
        FROM matches t JOIN series s ON s.id = t.series_id
        WHERE t.story_id = ANY(:ids) ORDER BY t.story_id, s.id, t.id DESC""",
}
_OF = """
    JOIN story_versions v ON v.id = t.version_id
    JOIN stories s ON s.id = v.story_id AND s.current_version = v.number
    WHERE s.id = ANY(:ids)"""

Content = Mapping[str, Mapping[int, frozenset[str]]]  # by area and story


@dataclass(frozen=True, slots=True)
class Round:
    """A round of reading again, and how far it has come."""

    id: int
    documents_upto: int
    stories_upto: int


def content(session: Session, ids: Sequence[int]) -> Content:
    """What these stories have in each area, in words."""
    found: dict[str, dict[int, frozenset[str]]] = {}
    for area, asked in AREAS.items():
        of: dict[int, set[str]] = {}
        rows = session.execute(text(asked.replace("{of}", _OF)), {"ids": list(ids)})
        for story_id, said in rows:
            of.setdefault(story_id, set()).add(said)
        found[area] = {story_id: frozenset(said) for story_id, said in of.items()}
    return found


def round_of(session: Session, since: datetime, rules: str) -> Round:
    """The round to go on with, if one under these rules was cut short; else a new one."""
    row = ReprocessingRow
    asked = select(row).where(row.since == since, row.rules == rules, row.ended_at.is_(None))
    found = session.scalars(asked.order_by(row.id.desc()).limit(1)).one_or_none()
    if found is None:
        found = row(since=since, rules=rules, documents_upto=0, stories_upto=0)
        session.add(found)
        session.flush()  # for its id
    return Round(found.id, found.documents_upto, found.stories_upto)


def come(session: Session, number: int, **upto: int) -> None:
    """Note how far a round has come, in the transaction of what was done."""
    row = ReprocessingRow
    session.execute(update(row).where(row.id == number).values(**upto))


def end(session: Session, number: int) -> None:
    """Note that a round is over."""
    row = ReprocessingRow
    session.execute(update(row).where(row.id == number).values(ended_at=func.now()))


def documents(session: Session, *, after: int, since: datetime, limit: int) -> list[int]:
    """The next documents that can be read again: done, and their bytes still there."""
    row = DocumentRow
    asked = select(row.id).where(
        row.id > after,
        row.captured_at >= since,
        row.work_state == "done",
        func.octet_length(row.body) > 0,
    )
    return list(session.scalars(asked.order_by(row.id).limit(limit)))


def totals(session: Session, since: datetime) -> tuple[int, int]:
    """How many documents and stories there are since then."""
    read = select(func.count()).where(DocumentRow.captured_at >= since)
    told = select(func.count()).where(StoryRow.first_seen_at >= since)
    return session.scalar(read) or 0, session.scalar(told) or 0


def news(
    session: Session,
    arrivals: Sequence[intake.Arrival],
    *,
    document_id: int,
    feed_id: int,
    outlet_id: int,
) -> list[intake.Arrival]:
    """Those of a document's stories that are news under today's rules."""
    names = {number: intake.names(one, feed_id, outlet_id) for number, one in enumerate(arrivals)}
    wanted = sorted({name for of_one in names.values() for name in of_one})
    if not wanted:
        return []
    key = tuple_(StoryKeyRow.scheme, StoryKeyRow.scope, StoryKeyRow.value)
    asked = select(StoryKeyRow.scheme, StoryKeyRow.scope, StoryKeyRow.value, StoryKeyRow.story_id)
    known = {
        intake.Name(scheme, scope, value): story_id
        for scheme, scope, value, story_id in session.execute(asked.where(key.in_(wanted)))
    }
    stories = {
        number: {known[name] for name in of_one if name in known}
        for number, of_one in names.items()
    }
    ids = {story_id for of_one in stories.values() for story_id in of_one}
    last = _said_last(session, ids, feed_id)
    told = _versions(session, ids)
    return [
        one
        for number, one in enumerate(arrivals)
        if not stories[number]
        or any(
            last.get(story_id, (0, ""))[0] == document_id
            and one.fingerprint != last[story_id][1]
            and (story_id, one.fingerprint) not in told
            for story_id in stories[number]
        )
    ]


def _said_last(session: Session, ids: set[int], feed_id: int) -> dict[int, tuple[int, str]]:
    """In which document a feed said its last of each story, and what."""
    row = SightingRow
    asked = select(row.story_id, row.document_id, row.fingerprint).where(
        row.story_id.in_(ids), row.feed_id == feed_id
    )
    return {story: (document, said) for story, document, said in session.execute(asked)}


def _versions(session: Session, ids: set[int]) -> set[tuple[int, str]]:
    row = VersionRow
    asked = select(row.story_id, row.fingerprint).where(row.story_id.in_(ids))
    return {(story_id, said) for story_id, said in session.execute(asked)}


def stale_instalments(session: Session) -> list[int]:
    """The instalments that wait to be brought up to date."""
    row = InstalmentRow
    return list(session.scalars(select(row.id).where(row.work_state == "ready").order_by(row.id)))
