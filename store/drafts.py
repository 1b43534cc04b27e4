"""Instalments: opened once, listed; how they are shown is store/shown.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from pipeline.records import Window
from store import audit
from store.models import InstalmentRow, ItemRow, SeriesRow
from store.shown import OPEN_STATES, InstalmentView, ItemView, SectionView, show, show_some

__all__ = [
    "OPEN_STATES",
    "InstalmentLine",
    "InstalmentView",
    "ItemView",
    "Opening",
    "SectionView",
    "holding",
    "lines",
    "load",
    "open_instalment",
    "show",
    "show_some",
    "totals",
]

OPENING = 7303  # advisory lock, per series: instalments are numbered one at a time


class InstalmentLine(NamedTuple):
    """One line of the list of instalments."""

    series: str
    series_title: str
    number: int
    opens: datetime
    cut_off: datetime
    state: str
    items: int
    undecided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An instalment as the draft step needs it."""

    id: int
    series_id: int
    number: int
    state: str
    opens: datetime
    cut_off: datetime
    tail_from: datetime


def holding(session: Session, story_ids: Sequence[int]) -> list[int]:
    """The open instalments in which one of these stories stands: a change of it concerns them."""
    asked = (
        select(InstalmentRow.id)
        .join(ItemRow, ItemRow.instalment_id == InstalmentRow.id)
        .where(ItemRow.story_id.in_(story_ids), InstalmentRow.state.in_(OPEN_STATES))
        .distinct()
    )
    return list(session.scalars(asked))


def open_instalment(session: Session, series_id: int, window: Window, *, at: datetime) -> Opening:
    """The instalment of that window, opened now if nobody has: (series, cut-off) identifies it."""
    row = InstalmentRow
    asked = select(row).where(row.series_id == series_id, row.cut_off == window.cut_off)
    found = session.scalars(asked).one_or_none()
    if found is None:
        # Numbers run without gaps, so openers of one series take turns.
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key, :series)"),
            {"key": OPENING, "series": series_id},
        )
        found = session.scalars(asked).one_or_none()
    if found is None:
        last = session.scalar(select(func.max(row.number)).where(row.series_id == series_id))
        found = session.scalars(
            insert(row)
            .values(
                series_id=series_id,
                number=(last or 0) + 1,
                opens_at=window.opens,
                cut_off=window.cut_off,
                tail_from=window.tail_from,
                opened_at=at,
            )
            .returning(row)
        ).one()
        audit.note(
            session,
            actor="machine:draft",
            action="instalment.open",
            subject_kind="instalment",
            subject_id=found.id,
            detail={"cut_off": window.cut_off.isoformat()},
        )
    return _opening(found)


def load(session: Session, instalment_id: int) -> Opening:
    """One instalment. Raises NoResultFound for an unknown id."""
    asked = select(InstalmentRow).where(InstalmentRow.id == instalment_id)
    return _opening(session.scalars(asked).one())


def _opening(row: InstalmentRow) -> Opening:
    return Opening(
        id=row.id,
        series_id=row.series_id,
        number=row.number,
        state=row.state,
        opens=row.opens_at,
        cut_off=row.cut_off,
        tail_from=row.tail_from,
    )


def lines(session: Session, series: str | None = None) -> list[InstalmentLine]:
    """All instalments, of one series or of every one, newest first."""
    items = (
        select(
            ItemRow.instalment_id,
            func.count().label("held"),
            func.count().filter(ItemRow.state == "queued").label("undecided"),
        )
        .where(ItemRow.merged_into.is_(None))
        .group_by(ItemRow.instalment_id)
        .subquery()
    )
    row = InstalmentRow
    asked = (
        select(  # columns, not rows: a desk has thousands of instalments
            SeriesRow.key,
            SeriesRow.title,
            *(row.number, row.opens_at, row.cut_off, row.state),
            func.coalesce(items.c.held, 0),
            func.coalesce(items.c.undecided, 0),
        )
        .join(SeriesRow, SeriesRow.id == row.series_id)
        .outerjoin(items, items.c.instalment_id == row.id)
        .order_by(SeriesRow.key, row.cut_off.desc())
    )
    if series is not None:
        asked = asked.where(SeriesRow.key == series)
    return [InstalmentLine._make(row) for row in session.execute(asked)]


def totals(session: Session) -> dict[str, dict[str, int]]:
    """Per series: how many instalments and items there are."""
    asked = (
        select(
            SeriesRow.key,
            func.count(InstalmentRow.id.distinct()),
            func.count(ItemRow.id),
        )
        .outerjoin(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .outerjoin(
            ItemRow, (ItemRow.instalment_id == InstalmentRow.id) & ItemRow.merged_into.is_(None)
        )
        .group_by(SeriesRow.key)
    )
    return {
        key: {"instalments": instalments, "items": items}
        for key, instalments, items in session.execute(asked)
    }
