"""The statements of taking stories in, each of one text however many rows it takes.

Such a text is compiled once and prepared once; a list of VALUES is neither. So names come as
parallel arrays, and rows to be written as JSON.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text


def as_json(rows: Sequence[Mapping[str, object]]) -> str:
    """The rows as JSON for `json_to_recordset`; times as PostgreSQL reads them."""
    return json.dumps(rows, ensure_ascii=False, default=_told, separators=(",", ":"))


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in a row of JSON")


# The locks are counted, so that they are taken; in a statement of their own, so that the next one
# sees what their last holder wrote.
LOCK = text(
    """
    SELECT f.url, o.homepage, o.kind, (
        SELECT count(pg_advisory_xact_lock(:class, stripe))
        FROM unnest(CAST(:stripes AS int[])) AS stripe
    )
    FROM feeds f, outlets o WHERE f.id = :feed AND o.id = :outlet
    """
)
_NAMES = """
    unnest(CAST(:schemes AS text[]), CAST(:scopes AS text[]), CAST(:values AS text[]))
        AS name(scheme, scope, value)
"""
LOOK = text(
    f"""
    SELECT k.scheme, k.scope, k.value, k.story_id, s.fingerprint, s.document_id, s.version,
        s.nearness, s.fullness, s.edited_at, s.returns, s.first_seen_at
    FROM {_NAMES}
    JOIN story_keys k USING (scheme, scope, value)
    LEFT JOIN sightings s ON s.story_id = k.story_id AND s.feed_id = :feed
    """  # noqa: S608  # the piece is our own text
)
ROOM = text(
    f"""
    SELECT
        ARRAY(
            SELECT nextval(pg_get_serial_sequence('stories', 'id'))
            FROM generate_series(1, CAST(:wanted AS int))
        ),
        coalesce(
            (
                SELECT json_agg(
                    json_build_array(a.scheme, a.scope, a.value, coalesce(s.merged_into, s.id))
                )
                FROM {_NAMES}
                JOIN story_alternates a USING (scheme, scope, value)
                JOIN stories s ON s.id = a.story_id
                WHERE a.scheme <> 'title' OR a.seen_at BETWEEN :since AND :until
            ),
            '[]'
        )
    """  # noqa: S608  # the piece is our own text
)
WRITE = text(
    """
    WITH told AS (
        INSERT INTO stories
            (id, outlet_id, feed_id, first_seen_at, changed_at, merged_into, work_state, status,
             embargo, embargo_until)
        SELECT id, :outlet, :feed, :at, :at, merged_into,
            CASE WHEN merged_into IS NULL THEN 'ready' ELSE 'done' END,
            coalesce(status, 'usable'), coalesce(embargo, 'none'), embargo_until
        FROM json_to_recordset(CAST(:stories AS json)) AS r(
            id bigint, merged_into bigint, status text, embargo text, embargo_until timestamptz)
    ), worded AS (
        INSERT INTO story_versions
            (story_id, number, document_id, feed_id, seen_at, kind, content_hash, fingerprint,
             title, summary, text, html, url, canonical_url, byline, language, published_at,
             published_raw, updated_at, problems, source, wire)
        SELECT story_id, number, :document, :feed, :at, kind, content_hash, fingerprint,
            title, summary, text, html, url, canonical_url, byline, language, published_at,
            published_raw, updated_at, problems, source, wire
        FROM json_to_recordset(CAST(:versions AS json)) AS r(
            story_id bigint, number bigint, kind text, content_hash text, fingerprint text,
            title text, summary text, text text, html text, url text, canonical_url text,
            byline text, language text, published_at timestamptz, published_raw text,
            updated_at timestamptz, problems text[], source text, wire jsonb)
    ), named AS (
        INSERT INTO story_keys (scheme, scope, value, story_id, first_seen_at)
        SELECT scheme, scope, value, story_id, :at
        FROM json_to_recordset(CAST(:names AS json))
            AS r(scheme text, scope text, value text, story_id bigint)
        ON CONFLICT DO NOTHING
    ), also_named AS (
        INSERT INTO story_alternates (scheme, scope, value, story_id, seen_at)
        SELECT scheme, scope, value, story_id, :at
        FROM json_to_recordset(CAST(:alternates AS json))
            AS r(scheme text, scope text, value text, story_id bigint)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO sightings
        (story_id, feed_id, first_seen_at, fingerprint, document_id, version, nearness, fullness,
         edited_at, returns)
    SELECT story_id, :feed, :at, fingerprint, document_id, version, nearness, fullness,
        edited_at, returns
    FROM json_to_recordset(CAST(:sightings AS json)) AS r(
        story_id bigint, fingerprint text, document_id bigint, version bigint, nearness bigint,
        fullness bigint, edited_at timestamptz, returns bigint)
    ON CONFLICT (story_id, feed_id) DO UPDATE SET
        fingerprint = excluded.fingerprint, document_id = excluded.document_id,
        version = excluded.version, fullness = excluded.fullness,
        edited_at = excluded.edited_at, returns = excluded.returns
    """
)
MOVE_NAMES = text(
    """
    INSERT INTO story_keys (scheme, scope, value, story_id, first_seen_at)
    SELECT scheme, scope, value, story_id, :at
    FROM json_to_recordset(CAST(:names AS json))
        AS r(scheme text, scope text, value text, story_id bigint)
    ON CONFLICT (scheme, scope, value) DO UPDATE SET story_id = excluded.story_id
    """
)
FLAP = text("UPDATE stories SET changes_not_kept = changes_not_kept + 1 WHERE id = ANY(:ids)")
