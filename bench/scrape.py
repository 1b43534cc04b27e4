"""What a scrape of rows costs with 10,000 feeds and 500,000 stories, and what keeping counts does.

    python -m bench scrape
    python -m bench.scrape [--feeds N] [--stories N] [--items N]

The rows are invented, by statements; the figures are asked as `serieswatch metrics` asks them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import monotonic, process_time

from sqlalchemy import text

from cli.embedded import servers
from config.settings import override
from store import gauges, schema, statistics
from store.exposition import text_format
from store.session import engine, transaction

ROUNDS = 5

FILL = (
    """
    INSERT INTO outlets (key, name) SELECT 'outlet-' || n, 'Outlet ' || n
    FROM generate_series(1, 500) AS n
    """,
    """
    INSERT INTO feeds (url, outlet_id, due_at, last_attempt_at, last_success_at, last_new_at,
        rhythm)
    SELECT 'https://o.example/' || n, 1 + n % 500, now() + interval '1 minute' * (n % 15),
        now() - interval '9 minutes', now() - interval '9 minutes', now(), '{"an_hour": 1}'
    FROM generate_series(1, CAST(:feeds AS int)) AS n
    """,
    """
    INSERT INTO feed_memory (feed_id, frame, items, seen, known)
    SELECT id, '', '', 100, 90 FROM feeds
    """,
    """
    INSERT INTO poll_counts (feed_id, state, polls)
    SELECT f.id, s, 100 FROM feeds AS f, unnest(ARRAY['ok', 'not_modified', 'timeout']) AS s
    """,
    """
    INSERT INTO documents (feed_id, fetch_token, captured_at, url, status, headers, body, body_hash,
        work_state)
    SELECT id, gen_random_uuid(), now(), '', 200, '{}', '', '', 'done' FROM feeds
    """,
    """
    INSERT INTO stories (outlet_id, feed_id, first_seen_at, changed_at, work_state)
    SELECT 1 + n % 500, 1 + n % CAST(:feeds AS int), now() - interval '1 second' * n, now(), 'done'
    FROM generate_series(1, CAST(:stories AS int)) AS n
    """,
    """
    INSERT INTO story_versions (story_id, number, document_id, feed_id, seen_at, kind, content_hash,
        fingerprint, title, summary, text, html, byline, published_at, published_raw)
    SELECT id, 1, feed_id, feed_id, first_seen_at, 'first', '', '1', 'Envoys meet ' || id, '',
        repeat('Two delegations talked until midnight. ', 20), '', '',
        first_seen_at - interval '5 minutes', ''
    FROM stories
    """,
    """
    INSERT INTO series (key, title) SELECT 'series-' || n, 'Series ' || n
    FROM generate_series(1, 10) AS n
    """,
    """
    INSERT INTO series_definitions (series_id, number, definition, created_by)
    SELECT id, 1, jsonb_build_object('key', key, 'title', title, 'title_template', '{headline}',
        'query', 'envoys', 'sections', jsonb_build_array(
            jsonb_build_object('key', 'items', 'heading', ''))), 'bench' FROM series
    """,
    """
    UPDATE series SET definition_id = d.id FROM series_definitions d WHERE d.series_id = series.id
    """,
    """
    INSERT INTO instalments (series_id, number, opens_at, cut_off, tail_from, opened_at,
        work_state)
    SELECT id, 1, now() - interval '6 days', now() + interval '1 day', now(), now(), 'done'
    FROM series
    """,
    """
    INSERT INTO developments (title, words, first_at, last_at, revision)
    SELECT 'Envoys meet', ARRAY['envoys'], now(), now(), n
    FROM generate_series(1, CAST(:items AS int)) AS n
    """,
    """
    INSERT INTO items (instalment_id, development_id, section, position, story_id, version_id,
        headline, score, zone, why, added_at)
    SELECT 1 + n % 10, n, 'items', n, n, n, 'Envoys meet', .5, 'suggest', '[]', now()
    FROM generate_series(1, CAST(:items AS int)) AS n
    """,
    "ANALYZE",
)


def main() -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(prog="bench.scrape", description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--stories", type=int, default=500_000)
    parser.add_argument("--items", type=int, default=10_000)
    asked = parser.parse_known_args()[0]
    with (
        tempfile.TemporaryDirectory() as scratch,
        servers(Path(scratch) / "kept", broker=False) as started,
    ):
        override(database_url=started.database_url)
        schema.migrate(engine())
        counts = {"feeds": asked.feeds, "stories": asked.stories, "items": asked.items}
        for statement in FILL:
            with transaction() as session:
                session.execute(text("SET LOCAL statement_timeout = 0"))
                session.execute(text(statement), counts)
        print(f"{asked.feeds} feeds, {asked.stories} stories, {asked.items} items waiting")
        _timed("first look: all is counted once", 1, _count)
        _timed("a look later", ROUNDS, _count)
        sizes: list[int] = []
        _timed("a scrape", ROUNDS, lambda: sizes.append(_scrape()))
        print(f"of {sizes[-1] / 1e6:.1f} MB")
        engine().dispose()
    return 0


def _count() -> None:
    with transaction() as session:
        statistics.count(session)


def _scrape() -> int:
    with transaction() as session:
        return len(text_format(gauges.families(session)))


def _timed(what: str, rounds: int, work: Callable[[], None]) -> None:
    took, own = [], []
    for _ in range(rounds):
        began, used = monotonic(), process_time()
        work()
        took.append(monotonic() - began)
        own.append(process_time() - used)
    print(
        f"{what:34} {median(took):6.3f} s ({min(took):.3f} to {max(took):.3f}), "
        f"of which our own CPU {median(own):.3f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
