"""What an editor must know of an item: what has happened to what it rests on, in plain words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from pipeline.records import Story
from store import audit, embargoes
from store.among import among
from store.changes import FIRM, GRAVE, TAKEN_BACK
from store.embargoes import Held
from store.models import (
    AlertRow,
    ChangeRow,
    InstalmentRow,
    ItemQuoteRow,
    ItemRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)
from store.stories import record
from store.users import Person

_FLAGS = {"killed": "killed", "withheld": "withheld", "withdrawn": "gone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A change that concerns an item, with whose it was."""

    id: int
    item_id: int
    change_id: int
    kind: str  # update, correction, embargo, withheld, killed, withdrawn, released
    bearing: str  # own, quote, copy, development
    outlet: str  # name of the outlet whose story changed
    is_wire: bool
    story_id: int
    headline: str  # of that story
    said: str
    at: datetime
    has_diff: bool
    is_task: bool
    settled_by: str | None
    settled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether nobody has seen to it yet."""
        return self.settled_at is None

    @property
    def blocks(self) -> bool:
        """Whether an instalment with this item waits for somebody's decision about it."""
        return self.is_open and self.kind in GRAVE - {"embargo"} and self.bearing in FIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an item stands by what happened to its sources."""

    alerts: Sequence[Alert] = ()
    taken_back: str = ""  # killed, withheld, withdrawn: the worst of its sources
    embargo: Held | None = None  # in force now

    @property
    def flags(self) -> set[str]:
        """The flags that follow from it."""
        found = {_FLAGS[self.taken_back]} if self.taken_back else set()
        for one in self.alerts:
            if one.blocks and one.kind in _FLAGS:
                found.add(_FLAGS[one.kind])
            elif one.blocks:
                found.add("corrected")
        return found | ({"embargoed"} if self.embargo else set())


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A correction of an instalment that readers may have."""

    alert: Alert
    series: str  # key
    series_title: str
    number: int
    item_headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A change with the words before and after it."""

    alert: Alert
    before: Story | None
    now: Story
    instalment: tuple[str, int]  # series' key, number
    item_headline: str


def standing(session: Session, item_ids: Sequence[int], *, now: datetime) -> dict[int, Standing]:
    """How each of these items stands, those to which nothing happened included."""
    by_item: dict[int, list[Alert]] = defaultdict(list)
    for alert in of_items(session, item_ids):
        by_item[alert.item_id].append(alert)
    states: dict[int, str] = {}
    held: dict[int, Held] = {}
    for item_id, story in _sources(session, item_ids):
        worst = max(states.get(item_id, ""), story.status, key=_RANK.__getitem__)
        states[item_id] = worst
        embargo = embargoes.held(story, now)
        if embargo is not None:
            held[item_id] = _longer(held.get(item_id), embargo)
    return {
        item_id: Standing(
            alerts=tuple(by_item[item_id]),
            taken_back=state if (state := states.get(item_id, "")) in TAKEN_BACK else "",
            embargo=held.get(item_id),
        )
        for item_id in item_ids
    }


_RANK = {"": 0, "usable": 1, "withdrawn": 2, "withheld": 3, "killed": 4}


def _sources(session: Session, item_ids: Sequence[int]) -> list[tuple[int, StoryRow]]:
    """The stories that each item shows or quotes, and those merged into them whose words these are.

    A merged story goes on under its own id: its embargo or kill stands in its own row.
    """
    shown = select(ItemRow.id, ItemRow.story_id).where(among(ItemRow.id, item_ids))
    said = (
        select(ItemRow.id, VersionRow.from_story_id)
        .join(VersionRow, VersionRow.id == ItemRow.version_id)
        .where(among(ItemRow.id, item_ids))
    )
    quoted, quoted_from = (
        select(ItemQuoteRow.item_id, column)
        .join(VersionRow, VersionRow.id == ItemQuoteRow.version_id)
        .where(among(ItemQuoteRow.item_id, item_ids))
        for column in (VersionRow.story_id, VersionRow.from_story_id)
    )
    # A kill of what is merged into it is a kill of the same story, whosever words it shows.
    killed = (
        select(ItemRow.id, StoryRow.id)
        .join(StoryRow, StoryRow.merged_into == ItemRow.story_id)
        .where(among(ItemRow.id, item_ids), StoryRow.status == "killed")
    )
    all_of = shown.union(said, quoted, quoted_from, killed).subquery()
    asked = select(all_of.c[0], StoryRow).join(StoryRow, StoryRow.id == all_of.c[1])
    fresh = asked.execution_options(populate_existing=True)
    return [(item_id, story) for item_id, story in session.execute(fresh)]


def _longer(one: Held | None, other: Held) -> Held:
    """The embargo that ends later; one without an end never does."""
    if one is None or one.until is None:
        return one or other
    return other if other.until is None or other.until > one.until else one


def of_items(session: Session, item_ids: Sequence[int]) -> list[Alert]:
    """Every alert of these items, the latest first."""
    asked = _alerts().where(among(AlertRow.item_id, item_ids))
    return [_alert(*row) for row in session.execute(asked)]


def by_ids(session: Session, ids: Sequence[int]) -> list[Alert]:
    """These alerts, the latest first."""
    return [_alert(*row) for row in session.execute(_alerts().where(AlertRow.id.in_(ids)))]


def _alerts() -> Select[AlertRow, ChangeRow, OutletRow, str, int]:
    return (
        select(AlertRow, ChangeRow, OutletRow, VersionRow.title, StoryRow.id)
        .join(ChangeRow, ChangeRow.id == AlertRow.change_id)
        .join(StoryRow, StoryRow.id == ChangeRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .order_by(AlertRow.id.desc())
    )


def _alert(
    row: AlertRow, change: ChangeRow, outlet: OutletRow, headline: str, story_id: int
) -> Alert:
    return Alert(
        id=row.id,
        item_id=row.item_id,
        change_id=change.id,
        kind=change.kind,
        bearing=row.bearing,
        outlet=outlet.name,
        is_wire=outlet.kind == "wire",
        story_id=story_id,
        headline=headline,
        said=change.said,
        at=change.at,
        has_diff=change.before_id is not None,
        is_task=row.is_task,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )


def settle(session: Session, alert_id: int, user: Person, *, at: datetime) -> tuple[str, int]:
    """Note that a person has seen to an alert; gives the series' key and the instalment's number.

    Again by anybody changes nothing. Raises BadInput for an unknown alert.
    """
    where = session.execute(
        select(SeriesRow.key, InstalmentRow.number, ItemRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .join(AlertRow, AlertRow.item_id == ItemRow.id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(AlertRow.id == alert_id)
    ).one_or_none()
    if where is None:
        raise BadInput(f"there is no alert {alert_id}; load the instalment anew")
    key, number, item_id = where
    done = session.execute(
        update(AlertRow)
        .where(AlertRow.id == alert_id, AlertRow.settled_at.is_(None))
        .values(settled_by=user.name, settled_at=at)
        .returning(AlertRow.id)
    ).one_or_none()
    if done is not None:
        line = audit.Line(
            action="item.settle",
            subject_kind="item",
            subject_id=item_id,
            detail={"alert": alert_id},
        )
        audit.note_all(session, [line], actor=user.name, at=at)
    return str(key), int(number)


def tasks(session: Session) -> list[Task]:
    """The corrections that wait, the latest first."""
    asked = (
        _alerts()
        .add_columns(SeriesRow, InstalmentRow.number, ItemRow.headline)
        .join(ItemRow, ItemRow.id == AlertRow.item_id)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(AlertRow.is_task, AlertRow.settled_at.is_(None))
    )
    return [
        Task(
            alert=_alert(*row[:5]),
            series=row[5].key,
            series_title=row[5].title,
            number=row[6],
            item_headline=row[7],
        )
        for row in session.execute(asked)
    ]


def waiting(session: Session) -> Mapping[tuple[str, int], int]:
    """How many alerts that block wait in which instalment: series' key and number."""
    asked = (
        select(SeriesRow.key, InstalmentRow.number, func.count(AlertRow.id))
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .join(AlertRow, AlertRow.item_id == ItemRow.id)
        .join(ChangeRow, ChangeRow.id == AlertRow.change_id)
        .where(
            AlertRow.settled_at.is_(None),
            ItemRow.state == "accepted",
            ItemRow.merged_into.is_(None),
            ChangeRow.kind.in_(GRAVE - {"embargo"}),
            AlertRow.bearing.in_(FIRM),
        )
        .group_by(SeriesRow.key, InstalmentRow.number)
    )
    return {(key, number): count for key, number, count in session.execute(asked)}


def compared(session: Session, alert_id: int) -> Compared | None:
    """A change with the words before and after it, for the page that shows the difference."""
    found = session.execute(_alerts().where(AlertRow.id == alert_id)).one_or_none()
    if found is None:
        return None
    alert = _alert(*found)
    before_id, now_id = found[1].before_id or 0, found[1].version_id or 0
    where = session.execute(
        select(SeriesRow.key, InstalmentRow.number, ItemRow.headline)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.id == alert.item_id)
    ).one()
    asked = (
        select(VersionRow, OutletRow)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(VersionRow.id.in_([before_id, now_id]))
    )
    words = {row.id: record(row, outlet) for row, outlet in session.execute(asked)}
    return Compared(
        alert=alert,
        before=words.get(before_id),
        now=words[now_id],
        instalment=(where[0], where[1]),
        item_headline=where[2],
    )
