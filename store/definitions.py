"""The versions of a series' definition: which is in force, who wrote it, what it is based on.

A version by a person stays in force when config's file says something else: what the file says then
becomes a version beside it, to be compared and taken over by somebody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from pipeline.errors import SerieswatchError
from pipeline.match import METHOD
from store import audit, rematches
from store.models import DefinitionRow, SeriesRow

MACHINE = "machine:"  # how the name of whoever is no person begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a definition. `source` is its file as written, where somebody wrote one."""

    id: int
    number: int
    definition: dict[str, Any]
    source: str | None
    created_at: datetime
    created_by: str
    note: str
    is_in_force: bool

    @property
    def is_by_person(self) -> bool:
        """Whether somebody wrote it, and not a file at a release."""
        return not self.created_by.startswith(MACHINE)


class Overtaken(SerieswatchError):
    """Somebody has saved another version since. Carries the version in force now."""

    def __init__(self, now: Version) -> None:
        super().__init__(f"version {now.number} by {now.created_by} is in force by now")
        self.now = now


def versions(
    session: Session, series_id: int, *, before: int | None = None, limit: int = 100
) -> list[Version]:
    """The versions of a series, the newest first; those before a number."""
    asked = _asked(series_id).order_by(DefinitionRow.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(DefinitionRow.number < before)
    return [_version(row, is_in_force) for row, is_in_force in session.execute(asked)]


def version(session: Session, series_id: int, number: int) -> Version | None:
    """One version by its number."""
    asked = _asked(series_id).where(DefinitionRow.number == number)
    found = session.execute(asked).one_or_none()
    return None if found is None else _version(*found)


def in_force(session: Session, series_id: int) -> Version | None:
    """The version in force; None for a series without any."""
    asked = _asked(series_id).where(DefinitionRow.id == SeriesRow.definition_id)
    found = session.execute(asked).one_or_none()
    return None if found is None else _version(*found)


def of_file(session: Session, series_id: int) -> Version | None:
    """What config's file said last; None if it never said anything."""
    asked = (
        _asked(series_id)
        .where(DefinitionRow.created_by.startswith(MACHINE))
        .order_by(DefinitionRow.number.desc())
        .limit(1)
    )
    found = session.execute(asked).one_or_none()
    return None if found is None else _version(*found)


def _asked(series_id: int) -> Select[DefinitionRow, bool]:
    return (
        select(DefinitionRow, DefinitionRow.id == SeriesRow.definition_id)
        .join(SeriesRow, SeriesRow.id == DefinitionRow.series_id)
        .where(DefinitionRow.series_id == series_id)
    )


def _version(row: DefinitionRow, is_in_force: bool | None) -> Version:  # a row's two halves
    return Version(
        id=row.id,
        number=row.number,
        definition=row.definition,
        source=row.source,
        created_at=row.created_at,
        created_by=row.created_by,
        note=row.note,
        is_in_force=bool(is_in_force),
    )


def save(  # noqa: PLR0913  # the facts of a version, each by its name
    session: Session,
    key: str,
    *,
    based_on: int,
    definition: Mapping[str, Any],
    source: str,
    by: str,
    note: str = "",
) -> int:
    """Bring a person's version into force and wish for a rematch; gives its number.

    One that means the same as what is in force is a version too: its remarks may differ. Raises
    Overtaken if it was based on another version than the one in force.
    """
    series_id = session.scalars(
        select(SeriesRow.id).where(SeriesRow.key == key).with_for_update()
    ).one()
    now = in_force(session, series_id)
    if now is not None and now.number != based_on:
        raise Overtaken(now)
    plain: dict[str, Any] = json.loads(json.dumps(definition))
    number, definition_id = add(
        session, series_id, definition=plain, source=source, by=by, note=note
    )
    put_in_force(session, series_id, definition_id, plain)
    audit.note(
        session,
        actor=by,
        action="series.define",
        subject_kind="series",
        subject_id=key,
        detail={"definition": number, "note": note},
    )
    if plain["status"] == "running" and (
        now is None or _decides(now.definition) != _decides(plain)
    ):
        rematches.ask(session, series_id, definition_id=definition_id, matcher=METHOD, by=by)
    return number


# What only says how an instalment looks: a change of it needs no rematch.
_LOOKS = {
    *("title", "title_template", "subhead_template", "kicker", "item", "lead", "credit_rule"),
    *("outlet_share", "own_items_apart", "previous_instalments", "previous_of", "targets"),
    *("skipped", "precision", "half_life_weeks", "show_ignored"),
}


def _decides(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in definition.items() if name not in _LOOKS}


def add(  # noqa: PLR0913  # the facts of a version, each by its name
    session: Session,
    series_id: int,
    *,
    definition: Mapping[str, Any],
    source: str | None,
    by: str,
    note: str = "",
) -> tuple[int, int]:
    """Add a version, in force or not; gives its number and its id."""
    newest = session.scalar(
        select(func.max(DefinitionRow.number)).where(DefinitionRow.series_id == series_id)
    )
    number = (newest or 0) + 1
    definition_id = session.execute(
        insert(DefinitionRow)
        .values(
            series_id=series_id,
            number=number,
            definition=dict(definition),
            source=source,
            created_by=by,
            note=note,
        )
        .returning(DefinitionRow.id)
    ).scalar_one()
    return number, definition_id


def put_in_force(
    session: Session, series_id: int, definition_id: int, definition: Mapping[str, Any]
) -> None:
    """Let this version be the one in force, with its title and status."""
    session.execute(
        update(SeriesRow)
        .where(SeriesRow.id == series_id)
        .values(definition_id=definition_id, title=definition["title"], status=definition["status"])
    )


def complete(session: Session, definition_id: int, source: str) -> None:
    """Add the text of a version that was kept without it."""
    session.execute(
        update(DefinitionRow)
        .where(DefinitionRow.id == definition_id, DefinitionRow.source.is_(None))
        .values(source=source)
    )
