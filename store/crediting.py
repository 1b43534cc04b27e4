"""Whom story versions credit, and who of them broke the news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pipeline.records import Credit, Span
from store.among import among
from store.models import CreditRow, OutletRow
from store.statements import as_json

# One text however many rows, as in store/tags.py.
KEEP = text(
    """
    INSERT INTO credits (version_id, outlet_id, outlet, name, kind, is_origin, phrase, field,
        start, "end", decided_by)
    SELECT r.version_id, o.id, r.outlet, r.name, r.kind, r.is_origin, r.phrase, r.field,
        r.start, r."end", :decided_by
    FROM json_to_recordset(CAST(:credits AS json)) AS r(
        version_id bigint, outlet text, name text, kind text, is_origin boolean, phrase text,
        field text, start bigint, "end" bigint)
    LEFT JOIN outlets o ON o.key = r.outlet
    ON CONFLICT (version_id, field, start, "end") DO UPDATE
    SET outlet_id = EXCLUDED.outlet_id, outlet = EXCLUDED.outlet, name = EXCLUDED.name,
        kind = EXCLUDED.kind, is_origin = EXCLUDED.is_origin, phrase = EXCLUDED.phrase,
        decided_by = EXCLUDED.decided_by
    WHERE (credits.outlet_id, credits.outlet, credits.name, credits.kind, credits.is_origin,
        credits.phrase, credits.decided_by) IS DISTINCT FROM
        (EXCLUDED.outlet_id, EXCLUDED.outlet, EXCLUDED.name, EXCLUDED.kind, EXCLUDED.is_origin,
        EXCLUDED.phrase, EXCLUDED.decided_by)
    """
)
# What the rules found before and do not find any more: no person writes here.
DROP = text(
    """
    DELETE FROM credits
    WHERE version_id = ANY(:versions)
    AND NOT EXISTS (
        SELECT FROM json_to_recordset(CAST(:credits AS json)) AS r(
            version_id bigint, field text, start bigint, "end" bigint)
        WHERE r.version_id = credits.version_id AND r.field = credits.field
            AND r.start = credits.start AND r."end" = credits."end")
    """
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who broke the news, as a version credits it."""

    outlet: str  # key of its record; '' where no list has it
    name: str  # as an instalment credits it


def keep(session: Session, found: Mapping[int, Sequence[Credit]], *, decided_by: str) -> None:
    """Let the credits of each version id be these: read again, a version credits nobody twice."""
    rows = [
        {
            "version_id": version_id,
            "outlet": one.outlet,
            "name": one.name,
            "kind": one.kind,
            "is_origin": one.is_origin,
            "phrase": one.span.text,
            "field": one.span.field,
            "start": one.span.start,
            "end": one.span.end,
        }
        for version_id, credited in sorted(found.items())
        for one in credited
    ]
    if found:
        session.execute(DROP, {"credits": as_json(rows), "versions": sorted(found)})
    if rows:
        session.execute(KEEP, {"credits": as_json(rows), "decided_by": decided_by})


def origins(session: Session, version_ids: Sequence[int]) -> dict[int, list[Origin]]:
    """Who broke the news by the word of each version, in the order they are named, each once."""
    row = CreditRow
    asked = (
        select(row.version_id, row.outlet, row.name, OutletRow.name)
        .outerjoin(OutletRow, OutletRow.id == row.outlet_id)
        .where(among(row.version_id, version_ids), row.is_origin, row.name != "")
        .order_by(row.version_id, row.id)
    )
    found: dict[int, list[Origin]] = {}
    for version_id, outlet, name, own_name in session.execute(asked):
        origin = Origin(outlet, own_name or name)
        named = found.setdefault(version_id, [])
        if origin not in named:
            named.append(origin)
    return found


def of_versions(session: Session, version_ids: Sequence[int]) -> dict[int, tuple[Credit, ...]]:
    """Whom each of these versions credits, in the order they are named."""
    row = CreditRow
    asked = (
        select(row.version_id, row.outlet, row.name, row.kind, row.is_origin)
        .add_columns(row.field, row.start, row.end, row.phrase)
        .where(row.version_id.in_(version_ids))
        .order_by(row.version_id, row.id)
    )
    found: dict[int, list[Credit]] = {}
    for version_id, outlet, name, kind, is_origin, where, start, end, phrase in session.execute(
        asked
    ):
        span = Span(field=where, start=start, end=end, text=phrase)
        told = Credit(outlet=outlet, name=name, kind=kind, span=span, is_origin=is_origin)
        found.setdefault(version_id, []).append(told)
    return {version: tuple(told) for version, told in found.items()}


def shown(session: Session, version_id: int) -> list[dict[str, object]]:
    """Whom a version credits, for `stories show`."""
    asked = select(CreditRow).where(CreditRow.version_id == version_id).order_by(CreditRow.id)
    return [
        {
            "outlet": one.outlet or None,
            "name": one.name,
            "kind": one.kind,
            "is_origin": one.is_origin,
            "phrase": one.phrase,
            "field": one.field,
            "start": one.start,
            "end": one.end,
        }
        for one in session.scalars(asked)
    ]
