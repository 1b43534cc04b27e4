"""Series and their definitions: versions are added, never changed; matches are kept once."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.definition import read_series, series_from_json, series_to_json
from store import seed, series
from store.models import AuditRow, DefinitionRow, SeriesRow
from tests.rounds import SERIES


def a_definition(**changes: str) -> dict[str, Any]:
    text = SERIES
    for old, new in changes.items():
        text = text.replace(old, new)
    return as_kept(series_to_json(read_series(text, "ferries.toml")))


def as_kept(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition as JSON has it: lists, no tuples."""
    kept: dict[str, Any] = json.loads(json.dumps(definition))
    return kept


def put(session: Session, definition: dict[str, Any]) -> bool:
    return series.put(
        session,
        key=definition["key"],
        title=definition["title"],
        status=definition["status"],
        definition=definition,
        by="ann",
    )


def test_a_definition_comes_back_as_it_was_put(session: Session) -> None:
    assert put(session, a_definition())
    [running] = series.running(session)
    assert running.key == "ferry-watch"
    assert running.definition == a_definition() == series.definition(session, running.id)
    assert series_from_json(running.definition) == read_series(SERIES, "ferries.toml")


def test_an_equal_definition_adds_no_version_and_a_changed_one_adds_one(session: Session) -> None:
    put(session, a_definition())
    assert not put(session, a_definition())
    [before] = series.running(session)
    assert put(session, a_definition(ferries="boats"))
    [after] = series.running(session)
    assert (after.id, after.definition_id > before.definition_id) == (before.id, True)
    kept = session.scalars(select(DefinitionRow).order_by(DefinitionRow.number)).all()
    assert [(row.number, row.created_by) for row in kept] == [(1, "ann"), (2, "ann")]
    assert kept[0].definition == a_definition()
    notes = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    assert [(n.action, n.subject_id, n.detail) for n in notes] == [
        ("series.define", "ferry-watch", {"definition": 1}),
        ("series.define", "ferry-watch", {"definition": 2}),
    ]


def test_going_back_to_an_old_definition_is_a_further_version(session: Session) -> None:
    for definition in (a_definition(), a_definition(ferries="boats"), a_definition()):
        assert put(session, definition)
    assert [line["definition"] for line in series.lines(session)] == [3]


def test_only_running_series_take_stories_and_all_are_listed(session: Session) -> None:
    put(session, a_definition())
    paused = a_definition() | {"key": "bridge-watch", "title": "Bridges", "status": "paused"}
    put(session, paused)
    assert [running.key for running in series.running(session)] == ["ferry-watch"]
    assert series.lines(session) == [
        {
            "series": key,
            "title": title,
            "status": status,
            "definition": 1,
            "auto": 0,
            "suggest": 0,
            "warning": None,
        }
        for key, title, status in (
            ("bridge-watch", "Bridges", "paused"),
            ("ferry-watch", "Ferry Watch", "running"),
        )
    ]


def test_a_new_title_or_status_is_taken_over(session: Session) -> None:
    put(session, a_definition())
    put(session, a_definition() | {"title": "Ferries", "status": "ended"})
    row = session.scalars(select(SeriesRow)).one()
    session.refresh(row)
    assert (row.title, row.status) == ("Ferries", "ended")
    assert series.running(session) == []


def test_seeding_series_says_what_changed(session: Session) -> None:
    definition = series_to_json(read_series(SERIES, "ferries.toml"))
    first = seed.put_series(session, [definition])
    again = seed.put_series(session, [definition])
    assert (first.series, first.new_definitions) == (1, ["ferry-watch"])
    assert (again.series, again.new_definitions) == (1, [])
