"""Stories that a feed says it has deleted: noted, never deleted by us."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.records import Tombstone
from store.statements import as_json

# The publisher's word on the story is that of the feed nearest to it; a list that drops a story
# from its choice has not withdrawn it.
_NOTE = text(
    """
    WITH gone AS (
        SELECT DISTINCT ON (k.story_id) k.story_id, r.withdrawn_at, r.comment
        FROM json_to_recordset(CAST(:gone AS json))
            AS r(ref text, withdrawn_at timestamptz, comment text)
        JOIN story_keys k ON k.scheme = 'guid' AND k.scope = :scope AND k.value = r.ref
        ORDER BY k.story_id
    ), noted AS (
        INSERT INTO withdrawals (story_id, feed_id, document_id, seen_at, withdrawn_at, comment)
        SELECT story_id, :feed, :document, :at, withdrawn_at, comment FROM gone
        ON CONFLICT DO NOTHING
        RETURNING story_id
    ), told AS (
        UPDATE stories SET status = 'withdrawn'
        WHERE status = 'usable' AND id IN (
            SELECT n.story_id FROM noted n
            JOIN sightings mine ON mine.story_id = n.story_id AND mine.feed_id = :feed
            WHERE mine.nearness = (
                SELECT min(s.nearness) FROM sightings s WHERE s.story_id = n.story_id
            )
        )
    )
    SELECT story_id FROM noted ORDER BY story_id
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
    """Note which stories a feed has withdrawn; gives those that it had not withdrawn before."""
    if not tombstones:
        return []
    gone = [
        {"ref": one.ref.strip(), "withdrawn_at": one.when, "comment": one.comment}
        for one in tombstones
    ]
    facts = {"feed": feed_id, "scope": str(feed_id), "document": document_id, "at": at}
    return list(session.scalars(_NOTE, facts | {"gone": as_json(gone)}))
