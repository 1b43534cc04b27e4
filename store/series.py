"""Series and the versions of their definitions; and what matched them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import audit
from store.models import DefinitionRow, MatchRow, SeriesRow
from store.statements import as_json

KEEP_MATCHES = text(
    """
    INSERT INTO matches
        (series_id, definition_id, story_id, version_id, matcher, score, zone, section, why,
         seen_at, instalment_id)
    SELECT series_id, definition_id, story_id, version_id, matcher, score, zone, section, why,
        seen_at, instalment_id
    FROM json_to_recordset(CAST(:matches AS json)) AS r(
        series_id bigint, definition_id bigint, story_id bigint, version_id bigint, matcher text,
        score float8, zone text, section text, why jsonb, seen_at timestamptz,
        instalment_id bigint)
    ON CONFLICT DO NOTHING
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A series that takes stories, with the definition now in force."""

    id: int
    key: str
    definition_id: int
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One match to be kept, as the matcher decided it."""

    series_id: int
    definition_id: int
    story_id: int
    version_id: int
    matcher: str
    score: float
    zone: str
    section: str
    why: list[dict[str, Any]]
    seen_at: datetime
    instalment_id: int


def running(session: Session) -> list[Running]:
    """Every running series, by key."""
    asked = (
        select(SeriesRow, DefinitionRow)
        .join(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .where(SeriesRow.status == "running")
        .order_by(SeriesRow.key)
    )
    return [
        Running(
            id=series.id,
            key=series.key,
            definition_id=definition.id,
            definition=definition.definition,
        )
        for series, definition in session.execute(asked)
    ]


def definition(session: Session, series_id: int) -> dict[str, Any]:
    """The definition now in force of one series."""
    asked = (
        select(DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.id == series_id)
    )
    return session.execute(asked).scalar_one()


def lines(session: Session) -> list[dict[str, object]]:
    """All series with their definition's number and how much matched."""
    zones = (
        select(
            MatchRow.series_id,
            func.count(MatchRow.story_id.distinct()).filter(MatchRow.zone == "auto").label("auto"),
            func.count(MatchRow.story_id.distinct())
            .filter(MatchRow.zone == "suggest")
            .label("suggest"),
        )
        .group_by(MatchRow.series_id)
        .subquery()
    )
    asked = (
        select(
            SeriesRow,
            DefinitionRow.number,
            func.coalesce(zones.c.auto, 0),
            func.coalesce(zones.c.suggest, 0),
        )
        .outerjoin(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .outerjoin(zones, zones.c.series_id == SeriesRow.id)
        .order_by(SeriesRow.key)
    )
    return [
        {
            "series": series.key,
            "title": series.title,
            "status": series.status,
            "definition": number,
            "auto": auto,
            "suggest": suggest,
        }
        for series, number, auto, suggest in session.execute(asked)
    ]


def put(  # noqa: PLR0913  # the facts of a definition, each by its name
    session: Session, *, key: str, title: str, status: str, definition: dict[str, Any], by: str
) -> bool:
    """Make this the definition in force; True if it differs from the one before.

    An equal definition adds no version, so seeding at each release changes nothing.
    """
    definition = json.loads(json.dumps(definition))  # as the database gives it: tuples are lists
    statement = insert(SeriesRow).values(key=key, title=title, status=status)
    series_id = session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"title": title, "status": status}
        ).returning(SeriesRow.id)
    ).scalar_one()
    newest = session.scalars(
        select(DefinitionRow)
        .where(DefinitionRow.series_id == series_id)
        .order_by(DefinitionRow.number.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and newest.definition == definition:
        return False
    number = 1 if newest is None else newest.number + 1
    definition_id = session.execute(
        insert(DefinitionRow)
        .values(series_id=series_id, number=number, definition=definition, created_by=by)
        .returning(DefinitionRow.id)
    ).scalar_one()
    session.execute(
        update(SeriesRow).where(SeriesRow.id == series_id).values(definition_id=definition_id)
    )
    audit.note(
        session,
        actor=by,
        action="series.define",
        subject_kind="series",
        subject_id=key,
        detail={"definition": number},
    )
    return True


def keep_matches(session: Session, matches: Sequence[Matched]) -> None:
    """Keep matches; one that is kept already (same version, definition and matcher) stays."""
    if not matches:
        return
    rows = [
        {name: getattr(match, name) for name in Matched.__dataclass_fields__} for match in matches
    ]
    session.execute(KEEP_MATCHES, {"matches": as_json(rows)})
