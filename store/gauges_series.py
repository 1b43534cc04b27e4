"""Figures of the series: what their next instalment has so far, what editors make of the rest."""

import logging
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.definition import series_from_json
from pipeline.errors import BadInput
from pipeline.window import window
from store import clock
from store.exposition import Family, Sample, said

log = logging.getLogger(__name__)

_RUNNING = text("""
    SELECT s.id, s.key, d.definition FROM series AS s
    JOIN series_definitions AS d ON d.id = s.definition_id
    WHERE s.status = 'running' ORDER BY s.key
""")
_ITEMS = text("""
    SELECT i.section, count(*) AS items FROM items AS i
    JOIN instalments AS n ON n.id = i.instalment_id
    WHERE n.series_id = :series AND n.cut_off = :cut_off
        AND i.merged_into IS NULL AND i.state IN ('queued', 'accepted')
    GROUP BY i.section
""")
_PENDING = text("""
    SELECT s.key, count(i.id) AS items,
        coalesce(extract(epoch FROM :now - min(i.added_at)), 0)::float8 AS oldest
    FROM series AS s
    LEFT JOIN instalments AS n
        ON n.series_id = s.id AND n.state IN ('assembling', 'in_review', 'ready')
    LEFT JOIN items AS i
        ON i.instalment_id = n.id AND i.state = 'queued' AND i.merged_into IS NULL
    WHERE s.status = 'running' GROUP BY s.key ORDER BY s.key
""")
# Of what the machine offered and somebody decided in the last four weeks, the share that was taken.
_PRECISION = text("""
    SELECT s.key, i.zone,
        avg((i.state = 'accepted')::int)::float8 AS precision, count(*) AS decided
    FROM items AS i
    JOIN instalments AS n ON n.id = i.instalment_id JOIN series AS s ON s.id = n.series_id
    WHERE i.state IN ('accepted', 'rejected') AND i.merged_into IS NULL
        AND n.cut_off > :now - interval '28 days'
    GROUP BY s.key, i.zone ORDER BY s.key, i.zone
""")


def families(session: Session) -> Iterator[Family]:
    """What waits in the series, what is due when, and how well the machine offers."""
    now = clock.now(session)
    yield from _due(session, now)
    waiting = session.execute(_PENDING, {"now": now}).all()
    keys = [said(("series",), (row.key,)) for row in waiting]
    for name, what, column in (
        ("drafts_pending", "Items that wait for an editor.", "items"),
        ("draft_oldest_age_seconds", "How long the oldest of them waits.", "oldest"),
    ):
        values = [getattr(row, column) for row in waiting]
        yield Family(name, "gauge", what, zip(keys, values, strict=True))
    judged = session.execute(_PRECISION, {"now": now}).all()
    zones = [said(("series", "zone"), (row.key, row.zone)) for row in judged]
    for name, what, column in (
        (
            "series_precision",
            "Share of what was decided in four weeks that was taken.",
            "precision",
        ),
        ("series_decided", "How many decisions that share rests on.", "decided"),
    ):
        values = [getattr(row, column) for row in judged]
        yield Family(name, "gauge", what, zip(zones, values, strict=True))


def _due(session: Session, now: datetime) -> Iterator[Family]:
    """The next instalment of every running series, also where nothing has come for it yet."""
    deadlines: list[Sample] = []
    candidates: list[Sample] = []
    floors: list[Sample] = []
    sections: list[Sample] = []
    for row in session.execute(_RUNNING):
        try:
            definition = series_from_json(row.definition)
        except BadInput:  # an alarm tells of what is absent; the rest is told all the same
            log.exception("the definition of %s cannot be read", row.key)
            continue
        cut_off = window(definition, now).cut_off
        asked = {"series": row.id, "cut_off": cut_off}
        found = {one.section: one.items for one in session.execute(_ITEMS, asked)}
        series = said(("series",), (row.key,))
        deadlines.append((series, cut_off.timestamp()))
        candidates.append((series, sum(found.values())))
        least = sum(section.minimum for section in definition.sections)
        floors.append((series, max(least, 1)))
        for section in definition.sections:
            labels = said(("series", "section"), (row.key, section.key))
            sections.append((labels, found.get(section.key, 0)))
    yield Family(
        "series_deadline_timestamp_seconds", "gauge", "Cut-off of the next instalment.", deadlines
    )
    yield Family("series_candidates", "gauge", "Items offered or taken for it.", candidates)
    yield Family("series_floor", "gauge", "How many its sections ask for, or 1.", floors)
    yield Family("series_section_items", "gauge", "The same, by section.", sections)
