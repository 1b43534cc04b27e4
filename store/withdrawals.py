"""Stories that a feed says it has deleted: noted, never deleted by us."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.records import Tombstone
from store.changes import Happened
from store.statements import as_json

_NOTE = text(
    """
    WITH gone AS (
        SELECT DISTINCT ON (k.story_id) k.story_id, r.withdrawn_at, r.comment
        FROM json_to_recordset(CAST(:gone AS json))
            AS r(ref text, withdrawn_at timestamptz, comment text)
        JOIN story_keys k ON k.scheme = 'guid' AND k.scope = :scope AND k.value = r.ref
        ORDER BY k.story_id, r.withdrawn_at DESC NULLS LAST
    )
    INSERT INTO withdrawals (story_id, feed_id, document_id, seen_at, withdrawn_at, comment)
    SELECT story_id, :feed, :document, :at, withdrawn_at, comment FROM gone
    ON CONFLICT (story_id, feed_id) DO UPDATE SET document_id = excluded.document_id,
        seen_at = excluded.seen_at, withdrawn_at = excluded.withdrawn_at,
        comment = excluded.comment
    WHERE excluded.withdrawn_at > withdrawals.withdrawn_at
    RETURNING story_id
    """
)
# The publisher's word on the story is that of the feed nearest to it; a list that drops a story
# from its choice has not withdrawn it. Of a tombstone and an entry, the later one counts.
_SETTLE = text(
    """
    WITH judged AS (
        SELECT s.id, s.status, bool_or(
            mine.nearness = (
                SELECT min(o.nearness) FROM sightings o WHERE o.story_id = s.id
            )
            AND coalesce(w.withdrawn_at, w.seen_at) >= coalesce(
                (
                    SELECT max(v.updated_at) FROM story_versions v
                    WHERE v.story_id = s.id AND v.feed_id = w.feed_id
                ),
                '-infinity'
            )
        ) AS is_gone
        FROM stories s
        JOIN withdrawals w ON w.story_id = s.id
        JOIN sightings mine ON mine.story_id = s.id AND mine.feed_id = w.feed_id
        WHERE s.id = ANY(:ids)
        GROUP BY s.id
    )
    UPDATE stories SET status = CASE WHEN is_gone THEN 'withdrawn' ELSE 'usable' END
    FROM judged WHERE judged.id = stories.id AND (
        (is_gone AND judged.status = 'usable') OR (NOT is_gone AND judged.status = 'withdrawn')
    )
    RETURNING stories.id, is_gone, (
        SELECT v.id FROM story_versions v
        WHERE v.story_id = stories.id AND v.number = stories.current_version
    ), (
        SELECT w.comment FROM withdrawals w WHERE w.story_id = stories.id
        ORDER BY w.seen_at DESC LIMIT 1
    )
    """
)


def note(
    session: Session,
    tombstones: Sequence[Tombstone],
    *,
    feed_id: int,
    document_id: int,
    at: datetime,
) -> list[int]:
    """Note which stories a feed has withdrawn; gives those it had not withdrawn before, or again.

    Whether they count as withdrawn is for `settle` to say.
    """
    if not tombstones:
        return []
    gone = [
        {"ref": one.ref.strip(), "withdrawn_at": one.when, "comment": one.comment}
        for one in tombstones
    ]
    facts = {"feed": feed_id, "scope": str(feed_id), "document": document_id, "at": at}
    return sorted(session.scalars(_NOTE, facts | {"gone": as_json(gone)}))


def settle(session: Session, story_ids: Sequence[int], *, at: datetime) -> list[Happened]:
    """Mark stories as withdrawn, or as usable again where their entry is later than its tombstone.

    What has happened is for `changes.record`.
    """
    if not story_ids:
        return []
    found = session.execute(_SETTLE, {"ids": sorted(story_ids)}).all()
    return [
        Happened(
            story_id=story_id,
            kind="withdrawn" if is_gone else "released",
            occasion=f"tombstone at {at.isoformat()}",
            version_id=version_id,
            said=comment or "",
        )
        for story_id, is_gone, version_id, comment in sorted(found)
    ]
