"""Whose word of a story stands: the feeds that carry it, and the version that is shown."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pipeline.records import Carrier
from store import work
from store.models import FeedRow, SightingRow, StoryRow
from store.statements import as_json

Leading = Callable[[Iterable[Carrier]], Carrier]


def carriers(session: Session, ids: Iterable[int]) -> dict[int, dict[int, Carrier]]:
    """The feeds that carry each of these stories, by story and feed."""
    row = SightingRow
    asked = (
        select(row.story_id, row.feed_id, FeedRow.outlet_id, row.version)
        .add_columns(row.nearness, row.fullness, row.edited_at)
        .join(FeedRow, FeedRow.id == row.feed_id)
        .where(row.story_id.in_(sorted(ids)))
    )
    found: dict[int, dict[int, Carrier]] = defaultdict(dict)
    for story_id, feed_id, outlet_id, version, nearness, fullness, edited_at in session.execute(
        asked
    ):
        found[story_id][feed_id] = Carrier(
            feed_id=feed_id,
            outlet_id=outlet_id,
            version=version,
            nearness=nearness,
            fullness=fullness,
            edited_at=edited_at,
        )
    return found


def settle(session: Session, story_id: int, *, leading: Leading, at: datetime) -> bool:
    """Let the leading feed's word of one story stand; True if another one stood so far."""
    lead = leading(carriers(session, [story_id])[story_id].values())
    asked = select(StoryRow.current_version, StoryRow.outlet_id).where(StoryRow.id == story_id)
    if session.execute(asked).one() == (lead.version, lead.outlet_id):
        return False
    let_stand(session, {story_id: lead}, at=at)
    return True


_LET_STAND = text(
    """
    WITH now AS (
        SELECT * FROM json_to_recordset(CAST(:leads AS json))
            AS r(story_id bigint, version bigint, outlet_id bigint)
    ), told AS (
        UPDATE stories s
        SET current_version = now.version, outlet_id = now.outlet_id, changed_at = :at
        FROM now WHERE s.id = now.story_id
    )
    SELECT s.id FROM stories s JOIN now ON s.id = now.story_id WHERE s.merged_into IS NULL
    """
)


def let_stand(session: Session, leads: Mapping[int, Carrier], *, at: datetime) -> None:
    """Show each story in its leading feed's words, as that feed's outlet's, and place it anew.

    A story that is merged into another waits for nothing: it is not shown.
    """
    rows = [
        {"story_id": story_id, "version": lead.version, "outlet_id": lead.outlet_id}
        for story_id, lead in sorted(leads.items())
    ]
    shown = session.scalars(_LET_STAND, {"leads": as_json(rows), "at": at}).all()
    if shown:
        work.wake(session, StoryRow, shown)
