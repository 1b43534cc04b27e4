"""Series and the versions of their definitions; and what matched them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import SerieswatchError
from store import audit, clock, definitions
from store.models import (
    DefinitionRow,
    InstalmentRow,
    ItemRow,
    MatchRow,
    SeriesRow,
    StoryRow,
)
from store.statements import as_json

SILENT = timedelta(days=7)  # without a match a running series is worrying

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


class UnknownSeries(SerieswatchError):
    """There is no such series, or it takes no stories."""


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


def first_zone(session: Session) -> str | None:
    """The time zone of the first running series, None if there is none or it names none."""
    asked = (
        select(DefinitionRow.definition["time_zone"].astext)
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.status == "running")
        .order_by(SeriesRow.key)
        .limit(1)
    )
    return session.scalar(asked)


def definition(session: Session, series_id: int) -> dict[str, Any]:
    """The definition now in force of one series."""
    asked = (
        select(DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.id == series_id)
    )
    return session.execute(asked).scalar_one()


def lines(session: Session) -> list[dict[str, object]]:
    """All series with their definition's number, how much matched, and what is worrying."""
    silent = _silent(session)
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
            "warning": silent.get(series.id),
        }
        for series, number, auto, suggest in session.execute(asked)
    ]


def _silent(session: Session) -> dict[int, str]:
    """A warning for each running series whose query matched nothing for a week of stories."""
    now = clock.now(session)
    since = now - SILENT
    matched = select(MatchRow.series_id).where(MatchRow.seen_at >= since, MatchRow.zone != "ignore")
    oldest = session.scalar(select(func.min(StoryRow.first_seen_at)))
    youngest = session.scalar(select(func.max(StoryRow.first_seen_at)))
    if oldest is None or youngest is None or oldest > since or youngest < since:
        return {}  # no week of stories to judge by
    asked = select(SeriesRow.id).where(SeriesRow.status == "running", SeriesRow.id.not_in(matched))
    text = "its query has matched nothing for a week: `series replay` shows what it finds"
    return dict.fromkeys(session.scalars(asked), text)


def put(  # noqa: PLR0913  # the facts of a definition, each by its name
    session: Session,
    *,
    key: str,
    title: str,
    status: str,
    definition: dict[str, Any],
    by: str,
    source: str | None = None,
) -> bool:
    """Make this the definition in force; True if it differs from the one before.

    An equal definition adds no version, so seeding at each release changes nothing. What a person
    wrote stays in force against a file: the file's word becomes a version beside it.
    """
    definition = json.loads(json.dumps(definition))  # as the database gives it: tuples are lists
    session.execute(
        insert(SeriesRow).values(key=key, title=title, status=status).on_conflict_do_nothing()
    )
    series_id = session.scalars(
        select(SeriesRow.id).where(SeriesRow.key == key).with_for_update()
    ).one()
    now = definitions.in_force(session, series_id)
    if now is not None and now.definition == definition:
        if source is not None:
            definitions.complete(session, now.id, source)
        return False
    is_held_back = now is not None and now.is_by_person and by.startswith(definitions.MACHINE)
    if is_held_back:
        said = definitions.of_file(session, series_id)
        if said is not None and said.definition == definition:
            return False
    number, definition_id = definitions.add(
        session, series_id, definition=definition, source=source, by=by
    )
    if not is_held_back:
        definitions.put_in_force(session, series_id, definition_id, definition)
    audit.note(
        session,
        actor=by,
        action="series.offer" if is_held_back else "series.define",
        subject_kind="series",
        subject_id=key,
        detail={"definition": number},
    )
    return not is_held_back


def differs(session: Session, key: str, definition: dict[str, Any]) -> bool:
    """Whether what is in force says something else than this."""
    plain: dict[str, Any] = json.loads(json.dumps(definition))
    return definitions_of(session, key) != plain


def definitions_of(session: Session, key: str) -> dict[str, Any]:
    """The definition in force of the series with this key. Raises UnknownSeries."""
    return definition(session, id_of(session, key))


def id_of(session: Session, key: str) -> int:
    """The id of a series by its key. Raises UnknownSeries."""
    found = session.scalar(select(SeriesRow.id).where(SeriesRow.key == key))
    if found is None:
        raise UnknownSeries(f'There is no series "{key}": `serieswatch series list` names them')
    return found


def accepted(session: Session, series_id: int) -> int:
    """How many items of a series stand accepted."""
    asked = (
        select(func.count())
        .select_from(ItemRow)
        .join(InstalmentRow, InstalmentRow.id == ItemRow.instalment_id)
        .where(InstalmentRow.series_id == series_id, ItemRow.state == "accepted")
    )
    return session.execute(asked).scalar_one()


BY_PERSON = "person:"  # how the matcher of a match begins that is somebody's own word


def of_one(session: Session, series_id: int, story_ids: Sequence[int]) -> dict[int, bool]:
    """The stories among these that a series has taken; True where a person said so."""
    is_said = func.bool_or(MatchRow.matcher.startswith(BY_PERSON))
    asked = (
        select(MatchRow.story_id, is_said)
        .where(
            MatchRow.story_id.in_(story_ids),
            MatchRow.series_id == series_id,
            MatchRow.zone != "ignore",
        )
        .group_by(MatchRow.story_id)
    )
    return dict(session.execute(asked).all())


def taken(session: Session, story_ids: Sequence[int]) -> dict[int, set[int]]:
    """The series that have taken each of these stories, by story."""
    asked = select(MatchRow.story_id, MatchRow.series_id).where(
        MatchRow.story_id.in_(story_ids), MatchRow.zone != "ignore"
    )
    found: dict[int, set[int]] = {}
    for story_id, series_id in session.execute(asked):
        found.setdefault(story_id, set()).add(series_id)
    return found


def keep_matches(session: Session, matches: Sequence[Matched]) -> None:
    """Keep matches; one that is kept already (same version, definition and matcher) stays."""
    if not matches:
        return
    rows = [
        {name: getattr(match, name) for name in Matched.__dataclass_fields__} for match in matches
    ]
    session.execute(KEEP_MATCHES, {"matches": as_json(rows)})


def targets_of(session: Session, key: str) -> dict[str, str]:
    """The targets a series' definition names, and what is made there: a draft or a pending one."""
    asked = (
        select(DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.key == key)
    )
    found = session.scalars(asked).one_or_none() or {}
    return {one["name"]: one.get("status", "draft") for one in found.get("targets", ())}
