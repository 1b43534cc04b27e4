"""Which series something belongs to: what rights over one series are asked of."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from store.models import AlertRow, InstalmentRow, ItemRow, SeriesRow

Scope = tuple[str, ...]  # keys of series; empty: it belongs to none, or there is no such thing


def of_item(session: Session, item_id: int) -> Scope:
    """The series of an item."""
    return _keys(
        session,
        select(SeriesRow.key)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.id == item_id),
    )


def of_instalment(session: Session, instalment_id: int) -> Scope:
    """The series of an instalment."""
    return _keys(
        session,
        select(SeriesRow.key)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .where(InstalmentRow.id == instalment_id),
    )


def of_alert(session: Session, alert_id: int) -> Scope:
    """The series of the item that an alert concerns."""
    return _keys(
        session,
        select(SeriesRow.key)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .join(AlertRow, AlertRow.item_id == ItemRow.id)
        .where(AlertRow.id == alert_id),
    )


def of_story(session: Session, story_id: int) -> Scope:
    """Every series in which a story stands as an item."""
    return _keys(
        session,
        select(SeriesRow.key)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.story_id == story_id)
        .distinct(),
    )


def of_development(session: Session, development_id: int) -> Scope:
    """Every series in which a development stands as an item."""
    return _keys(
        session,
        select(SeriesRow.key)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.development_id == development_id)
        .distinct(),
    )


# By the name a number has in an address of the desk, or of the API.
OF: Mapping[str, Callable[[Session, int], Scope]] = MappingProxyType(
    {
        "item": of_item,
        "instalment": of_instalment,
        "alert": of_alert,
        "story": of_story,
        "development": of_development,
    }
)


def _keys(session: Session, asked: Select[str]) -> Scope:
    return tuple(session.scalars(asked))
