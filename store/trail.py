"""The audit trail read back: by who, what, subject, time and words, a page at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from store.models import AlertRow, AuditRow, InstalmentRow, ItemRow, SeriesRow, UserRow

MOST_ACTIONS = 500
# What changes no instalment: what is said of it, given to somebody, seen to, or taken along.
BESIDE = (
    *("item.comment", "item.settle", "item.assign", "item.unassign"),
    *("instalment.export", "instalment.deliver", "instalment.paste"),
)
_WORDS: Any = literal_column("jsonb_to_tsvector('simple'::regconfig, detail, '[\"all\"]'::jsonb)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the trail."""

    id: int
    at: datetime
    product_at: datetime
    actor: str
    who: str  # as others read the name; the actor's own where it is no person
    action: str
    subject_kind: str
    subject_id: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is looked for; what is empty does not matter."""

    actor: str = ""
    action: str = ""
    kind: str = ""
    subject: str = ""
    series: str = ""  # key: what is about the series itself, its instalments and their items
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(
    session: Session,
    looked: Looked,
    *,
    before: int | None = None,
    after: int | None = None,
    most: int,
) -> list[Entry]:
    """Lines, the latest first: those before a line, those after one, or the very latest."""
    asked = _asked(looked)
    if after is not None:
        found = session.execute(
            asked.where(AuditRow.id > after).order_by(AuditRow.id).limit(most)
        ).all()
        return [_entry(row, name) for row, name in reversed(found)]
    if before is not None:
        asked = asked.where(AuditRow.id < before)
    rows = session.execute(asked.order_by(AuditRow.id.desc()).limit(most))
    return [_entry(row, name) for row, name in rows]


def last_of_instalment(session: Session, instalment_id: int) -> Entry | None:
    """What was done last to an instalment or to one of its items, for who comes late."""
    items = select(cast(ItemRow.id, Text)).where(ItemRow.instalment_id == instalment_id)
    row = AuditRow
    asked = _asked(Looked()).where(
        or_(
            and_(row.subject_kind == "item", row.subject_id.in_(items)),
            and_(row.subject_kind == "instalment", row.subject_id == str(instalment_id)),
        ),
        row.action.not_in(BESIDE),
    )
    found = session.execute(asked.order_by(row.id.desc()).limit(1)).one_or_none()
    return None if found is None else _entry(*found)


def everything(session: Session, looked: Looked, *, most: int, at_once: int) -> Iterator[Entry]:
    """All lines that are looked for, the latest first, read a piece at a time."""
    before: int | None = None
    while most > 0:
        found = page(session, looked, before=before, most=min(at_once, most))
        yield from found
        if len(found) < at_once:
            return
        before, most = found[-1].id, most - len(found)


def actions(session: Session) -> list[str]:
    """Every action that occurs, found by skipping through the index: quick however long it is."""
    return [name for (name,) in session.execute(_ACTIONS, {"most": MOST_ACTIONS})]


_ACTIONS = text(
    """
    WITH RECURSIVE one AS (
        (SELECT action FROM audit ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (SELECT a.action FROM audit a WHERE a.action > one.action ORDER BY a.action LIMIT 1)
        FROM one WHERE one.action IS NOT NULL
    )
    SELECT action FROM one WHERE action IS NOT NULL LIMIT :most
    """
)


def _asked(looked: Looked) -> Select[AuditRow, str]:
    row = AuditRow
    asked = select(row, UserRow.display_name).outerjoin(UserRow, UserRow.name == row.actor)
    for column, wanted in (
        (row.actor, looked.actor),
        (row.action, looked.action),
        (row.subject_kind, looked.kind),
        (row.subject_id, looked.subject),
    ):
        if wanted:
            asked = asked.where(column == wanted)
    if looked.series:
        asked = asked.where(_is_about(looked.series))
    if looked.since is not None:
        asked = asked.where(row.at >= looked.since)
    if looked.until is not None:
        asked = asked.where(row.at < looked.until)
    if looked.words:
        said = func.websearch_to_tsquery(text("'simple'::regconfig"), looked.words)
        asked = asked.where(_WORDS.op("@@")(said))
    return asked


def _is_about(key: str) -> ColumnElement[bool]:
    row = AuditRow
    series = select(SeriesRow.id).where(SeriesRow.key == key)
    instalments = select(InstalmentRow.id).where(InstalmentRow.series_id.in_(series))
    items = select(cast(ItemRow.id, Text)).where(ItemRow.instalment_id.in_(instalments))
    alerts = (
        select(cast(AlertRow.id, Text))
        .join(ItemRow, ItemRow.id == AlertRow.item_id)
        .where(ItemRow.instalment_id.in_(instalments))
    )
    numbers = instalments.with_only_columns(cast(InstalmentRow.id, Text))
    named = series.with_only_columns(cast(SeriesRow.id, Text))
    return or_(
        and_(row.subject_kind == "item", row.subject_id.in_(items)),
        and_(row.subject_kind == "instalment", row.subject_id.in_(numbers)),
        and_(row.subject_kind == "alert", row.subject_id.in_(alerts)),
        and_(row.subject_kind == "series", or_(row.subject_id == key, row.subject_id.in_(named))),
        row.detail["series"].astext == key,  # who is what in it
    )


def _entry(row: AuditRow, name: str | None) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        product_at=row.product_at,
        actor=row.actor,
        who=name or row.actor,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        detail=row.detail,
    )
