"""One item and where it stands: what its page is about, read in a handful of statements."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from pipeline.records import Story
from store.models import (
    DefinitionRow,
    InstalmentRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)
from store.stories import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """An item with its instalment, its series and the story it shows."""

    id: int
    state: str
    version: int  # of the row: a write names the version it was based on
    headline: str
    attribution: str
    link: str | None  # an editor's, instead of the story's
    day: str | None  # the same of the date, in words
    section: str
    score: float
    zone: str
    why: tuple[dict[str, Any], ...]
    flags: tuple[str, ...]
    merged_into: int | None
    development: int
    instalment: int
    instalment_state: str
    number: int
    opens: datetime
    cut_off: datetime
    series_id: int
    series: str  # key
    series_title: str
    definition: dict[str, Any]
    story: int
    story_status: str
    shown: int  # number of the version the item was made from
    current: int  # number of the version that its outlet says now
    version_id: int  # of the current version
    first_seen: datetime
    outlet: str  # key
    outlet_name: str
    words: Story  # of the current version

    @property
    def path(self) -> str:
        """Where its instalment is shown, at the item."""
        return f"/instalments/{self.series}/{self.number}#item-{self.id}"

    @property
    def is_ours(self) -> bool:
        """Whether the story is of the desk's own house."""
        return self.outlet in self.definition.get("own_outlets", ())


def find(session: Session, item_id: int) -> Here | None:
    """An item with all it stands in; None for an unknown one."""
    made_from = aliased(VersionRow)
    asked = (
        select(ItemRow, InstalmentRow, SeriesRow, DefinitionRow.definition)
        .add_columns(StoryRow, VersionRow, OutletRow, made_from.number)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .join(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(made_from, made_from.id == ItemRow.version_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(ItemRow.id == item_id)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    item, instalment, series, definition, story, version, outlet, shown = found
    return Here(
        id=item.id,
        state=item.state,
        version=item.version,
        headline=item.headline,
        attribution=item.attribution,
        link=item.link,
        day=item.day,
        section=item.section,
        score=item.score,
        zone=item.zone,
        why=tuple(item.why),
        flags=tuple(item.flags),
        merged_into=item.merged_into,
        development=item.development_id,
        instalment=instalment.id,
        instalment_state=instalment.state,
        number=instalment.number,
        opens=instalment.opens_at,
        cut_off=instalment.cut_off,
        series_id=series.id,
        series=series.key,
        series_title=series.title,
        definition=definition,
        story=story.id,
        story_status=story.status,
        shown=shown,
        current=version.number,
        version_id=version.id,
        first_seen=story.first_seen_at,
        outlet=outlet.key,
        outlet_name=outlet.name,
        words=record(version, outlet),
    )
