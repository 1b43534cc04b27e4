"""The figures behind /metrics: each one statement over rows, so that a scrape stays cheap."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from store.troubles import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything a scrape tells, as rows gave it. Times are epoch seconds."""

    feeds: list[Row[Any]]  # one a feed, see _FEEDS
    polls: list[Row[Any]]  # feed, outlet, state, polls
    troubles: dict[str, int]  # open ones, by kind
    audits: dict[str, int]  # by outcome
    groups: list[Row[Any]]  # key, wait
    stages: list[Row[Any]]  # step, ready, oldest, dead
    ticks: dict[str, datetime]
    stories: list[Row[Any]]  # outlet, stories
    versions: int
    set_aside: int
    database_bytes: int


_FEEDS = text("""
    SELECT f.id::text AS feed, o.key AS outlet,
        extract(epoch FROM f.last_success_at)::float8 AS success,
        extract(epoch FROM f.last_attempt_at)::float8 AS attempt,
        extract(epoch FROM f.last_new_at)::float8 AS new,
        -- what it is polled at now; under a back-off no more than the longest interval of all
        greatest(f.interval_seconds, least(21600, coalesce(
            extract(epoch FROM f.due_at - f.last_attempt_at), 0)))::float8 AS interval,
        ((f.rhythm ->> 'an_hour')::float8 * 24) AS expected,
        f.lost_suspected AS lost,
        (m.known::float8 / nullif(m.seen, 0)) AS hit_ratio,
        EXISTS (
            SELECT FROM troubles AS t
            WHERE t.feed_id = f.id AND t.kind = 'silent' AND t.closed_at IS NULL
        ) AS is_silent
    FROM feeds AS f
    JOIN outlets AS o ON o.id = f.outlet_id
    LEFT JOIN feed_memory AS m ON m.feed_id = f.id
    WHERE NOT f.is_paused
    ORDER BY f.id
""")
_POLLS = text("""
    SELECT c.feed_id::text AS feed, o.key AS outlet, c.state, c.polls
    FROM poll_counts AS c
    JOIN feeds AS f ON f.id = c.feed_id
    JOIN outlets AS o ON o.id = f.outlet_id
    ORDER BY c.feed_id, c.state
""")
_TROUBLES = text("SELECT kind, count(*) FROM troubles WHERE closed_at IS NULL GROUP BY kind")
_AUDITS = text("SELECT outcome, audits FROM audit_counts ORDER BY outcome")
_GROUPS = text("""
    SELECT key, extract(epoch FROM not_before - now())::float8 AS wait
    FROM host_groups WHERE not_before > now() ORDER BY key
""")
# Each by the index of what waits; a feed counts when it is due.
_STAGE = """
    SELECT '{step}' AS step, count(*) AS ready,
        coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS oldest,
        {dead} AS dead
    FROM {table} WHERE work_state = 'ready' AND due_at <= now()
"""
_STAGES = text(
    " UNION ALL ".join(
        _STAGE.format(
            step=step,
            table=table,
            # A place given up for good is told in its trouble: nobody need do anything about it.
            dead="CAST(NULL AS bigint)"
            if step == "fill"
            else f"(SELECT count(*) FROM {table} WHERE work_state = 'dead')",  # noqa: S608  # our own names
        )
        for step, table in (
            ("fetch", "feeds"),
            ("parse", "documents"),
            ("place", "stories"),
            ("draft", "instalments"),
            ("fill", "backfills"),
        )
    )
)
_TICKS = text("SELECT name, at FROM heartbeats ORDER BY name")
_STORIES = text("""
    SELECT o.key AS outlet, s.stories
    FROM (SELECT outlet_id, count(*) AS stories FROM stories GROUP BY outlet_id) AS s
    JOIN outlets AS o ON o.id = s.outlet_id ORDER BY o.key
""")
_SINGLE = text("""
    SELECT (SELECT count(*) FROM story_versions) AS versions,
        (SELECT count(*) FROM set_aside WHERE settled_at IS NULL) AS set_aside,
        pg_database_size(current_database()) AS database_bytes
""")


def figures(session: Session) -> Figures:
    """All figures as they stand now."""
    single = session.execute(_SINGLE).one()
    found: dict[str, int] = dict(session.execute(_TROUBLES).all())
    return Figures(
        feeds=list(session.execute(_FEEDS)),
        polls=list(session.execute(_POLLS)),
        troubles=dict.fromkeys(KINDS, 0) | found,
        audits=dict(session.execute(_AUDITS).all()),
        groups=list(session.execute(_GROUPS)),
        stages=list(session.execute(_STAGES)),
        ticks=dict(session.execute(_TICKS).all()),
        stories=list(session.execute(_STORIES)),
        versions=single.versions,
        set_aside=single.set_aside,
        database_bytes=single.database_bytes,
    )
