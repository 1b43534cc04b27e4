"""Pages of long lists, by the place where the page before ended: items, stories, alerts."""

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from store.models import (
    AlertRow,
    InstalmentRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)


def items(  # noqa: PLR0913  # what one may look for, each by its name
    session: Session,
    instalment_id: int,
    *,
    state: str | None = None,
    section: str | None = None,
    after: tuple[float, int] | None = None,
    most: int,
) -> list[tuple[float, int]]:
    """Position and id of an instalment's items, in the order in which they stand."""
    row = ItemRow
    asked = (
        select(row.position, row.id)
        .where(row.instalment_id == instalment_id, row.merged_into.is_(None))
        .order_by(row.position, row.id)
        .limit(most)
    )
    if state is not None:
        asked = asked.where(row.state == state)
    if section is not None:
        asked = asked.where(row.section == section)
    if after is not None:
        asked = asked.where(tuple_(row.position, row.id) > after)
    return [(position, number) for position, number in session.execute(asked)]


def stories(  # noqa: PLR0913  # what one may look for, each by its name
    session: Session,
    *,
    words: str | None = None,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: tuple[datetime, int] | None = None,
    most: int,
) -> list[dict[str, object]]:
    """Stories as they read now, the newest first: with all the words in title or summary."""
    row = StoryRow
    asked = (
        select(row, VersionRow, OutletRow.key)
        .join(
            VersionRow,
            (VersionRow.story_id == row.id) & (VersionRow.number == row.current_version),
        )
        .join(OutletRow, OutletRow.id == row.outlet_id)
        .where(row.merged_into.is_(None))
        .order_by(row.first_seen_at.desc(), row.id.desc())
        .limit(most)
    )
    for word in (words or "").split():
        said = VersionRow.title.icontains(word, autoescape=True)
        asked = asked.where(said | VersionRow.summary.icontains(word, autoescape=True))
    if outlet is not None:
        asked = asked.where(OutletRow.key == outlet)
    if since is not None:
        asked = asked.where(row.first_seen_at >= since)
    if until is not None:
        asked = asked.where(row.first_seen_at < until)
    if after is not None:
        asked = asked.where(tuple_(row.first_seen_at, row.id) < after)
    return [
        {
            "id": story.id,
            "title": version.title,
            "summary": version.summary,
            "outlet": key,
            "url": version.url,
            "published": version.published_at,
            "first_seen": story.first_seen_at,
            "version": version.number,
            "status": story.status,
        }
        for story, version, key in session.execute(asked)
    ]


def alerts(
    session: Session, series: str, *, is_open: bool, before: int | None = None, most: int
) -> list[tuple[int, int]]:
    """Ids of a series' alerts and numbers of their instalments, the latest first."""
    asked = (
        select(AlertRow.id, InstalmentRow.number)
        .join(ItemRow, ItemRow.id == AlertRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(SeriesRow.key == series)
        .order_by(AlertRow.id.desc())
        .limit(most)
    )
    if is_open:
        asked = asked.where(AlertRow.settled_at.is_(None))
    if before is not None:
        asked = asked.where(AlertRow.id < before)
    return [(number, instalment) for number, instalment in session.execute(asked)]
