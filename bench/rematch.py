"""What a changed definition costs over 100,000 stored stories, in a database filled here.

The stories are a real week's where that lies beside the repository (else made up of words of the
series), each stored again and again as if it had come on other days, with the tags that the tagger
gives, developments of four, and half of what matches matched under an older definition: so the
rematch meets stories that it gains, keeps and loses.

    python -m bench rematch [STORIES]
"""

import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.series_match import SHARED, WEEK, desk, week_of
from cli.embedded import servers, temporary_directory
from cli.seeding import definitions
from config import settings as told
from pipeline.records import Story
from pipeline.tag import Knowledge, tag
from store import clock, schema, seed, series
from store import session as sessions
from store.session import engine, transaction
from workers import rematching

STORIES = 100_000
BASE = 5_000  # different ones
KEY = "diplomacy-watch"
TOLD_EVERY = 10_000
MOST_SECONDS = 120.0
_WORDS = (
    *("ukraine", "talks", "envoy", "summit", "ceasefire", "sanctions", "kyiv", "putin", "aid"),
    *("harbour", "market", "storm", "strike", "court", "budget", "rail", "bridge", "museum"),
    *("league", "coach", "election", "flood", "harvest", "minister", "visit", "prices"),
)

_STORE = text(
    """
    WITH r AS (
        SELECT * FROM json_to_recordset(CAST(:stories AS json)) AS r(
            n bigint, title text, summary text, body text, url text, language text)
    ), s AS (
        INSERT INTO stories (outlet_id, feed_id, first_seen_at, changed_at, work_state)
        SELECT :outlet, :feed, moment, moment, 'done'
        FROM r, LATERAL (SELECT CAST(:since AS timestamptz) + n * interval '20 seconds' AS moment) m
        ORDER BY n RETURNING id, first_seen_at
    ), numbered AS (SELECT id, first_seen_at, row_number() OVER (ORDER BY id) - 1 AS n FROM s)
    INSERT INTO story_versions (story_id, number, document_id, feed_id, seen_at, kind,
        content_hash, fingerprint, title, summary, text, html, url, byline, language,
        published_at, published_raw)
    SELECT numbered.id, 1, :document, :feed, first_seen_at, 'first', '', md5(n::text), title,
        summary, body, '', url, '', language, first_seen_at, ''
    FROM numbered JOIN r USING (n)
    """
)
_AGAIN = text(
    """
    WITH s AS (
        INSERT INTO stories (outlet_id, feed_id, first_seen_at, changed_at, work_state)
        SELECT outlet_id, feed_id, first_seen_at + CAST(:later AS interval), changed_at, 'done'
        FROM stories WHERE id <= :base ORDER BY id RETURNING id, first_seen_at
    ), numbered AS (SELECT id, first_seen_at, row_number() OVER (ORDER BY id) AS n FROM s),
    v AS (
        INSERT INTO story_versions (story_id, number, document_id, feed_id, seen_at, kind,
            content_hash, fingerprint, title, summary, text, html, url, byline, language,
            published_at, published_raw)
        SELECT numbered.id, 1, o.document_id, o.feed_id, first_seen_at, 'first', '', o.fingerprint,
            title, summary, o.text, '', url, '', language, first_seen_at, ''
        FROM numbered JOIN story_versions o ON o.story_id = n + :first - 1
        RETURNING id, story_id
    )
    INSERT INTO tags (version_id, scheme, code, label, score, evidence, why, decided_by)
    SELECT v.id, scheme, code, label, score, evidence, why, decided_by
    FROM v JOIN numbered ON numbered.id = v.story_id
    JOIN story_versions o ON o.story_id = n + :first - 1
    JOIN tags ON tags.version_id = o.id
    """
)
_TAG = text(
    """
    INSERT INTO tags (version_id, scheme, code, label, score, evidence, why, decided_by)
    SELECT v.id, scheme, code, label, score, evidence, '', 'machine:bench'
    FROM json_to_recordset(CAST(:tags AS json)) AS r(
        n bigint, scheme text, code text, label text, score float8, evidence jsonb)
    JOIN story_versions v ON v.story_id = r.n + :first
    """
)
_DEVELOP = text(
    """
    WITH d AS (
        INSERT INTO developments (title, words, first_at, last_at, revision)
        SELECT '', '{}', now(), now(), 1 FROM generate_series(1, :developments) RETURNING id
    ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM d),
    s AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM stories)
    INSERT INTO development_stories
        (story_id, development_id, score, why, decided_by, decided_at, runner_up_score)
    SELECT s.id, numbered.id, 1, 'bench', 'bench', now(), 0
    FROM s JOIN numbered ON numbered.n = s.n / 4
    """
)


def main(arguments: Sequence[str] = ()) -> int:
    """Print what the rematch takes; 1 if it takes longer than it may."""
    number = int(next(iter(arguments), STORIES))
    with temporary_directory() as directory, servers(directory, broker=False) as started:
        told.override(database_url=started.database_url)
        sessions.engine.cache_clear()
        schema.migrate(engine())
        began = time.monotonic()
        fill(number)
        print(f"{number:,} stories stored in {time.monotonic() - began:.0f} s")
        took = _measure()
        engine().dispose()
        sessions.engine.cache_clear()
    return took > MOST_SECONDS


def fill(number: int, *, of_week: bool = True) -> None:
    """Fill the empty database of this process."""
    house = desk()
    folder = SHARED / "weeks" / WEEK
    base = min(number, BASE)
    there = week_of(folder)[:base] if of_week and folder.exists() else _made(base)
    base = len(there)
    with transaction() as session:
        seed.put_series(session, definitions(), by="machine:bench")
        first = _store(session, there, house.knowledge)
        for again in range(1, -(-number // base)):
            left = min(base, number - again * base)
            session.execute(
                _AGAIN,
                {"base": first + left - 1, "first": first, "later": timedelta(days=again)},
            )
        session.execute(_DEVELOP, {"developments": number // 4 + 1})
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _store(session: Session, stories: Sequence[Story], known: Knowledge) -> int:
    outlet = session.scalar(
        text("INSERT INTO outlets (key, name) VALUES ('bench', 'Bench') RETURNING id")
    )
    feed = session.scalar(
        text("INSERT INTO feeds (url, outlet_id) VALUES ('https://b.example', :o) RETURNING id"),
        {"o": outlet},
    )
    document = session.scalar(
        text(
            """
            INSERT INTO documents
                (feed_id, fetch_token, captured_at, url, status, headers, body, body_hash)
            VALUES (:f, gen_random_uuid(), now(), '', 200, '{}', '', '') RETURNING id
            """
        ),
        {"f": feed},
    )
    rows = [
        {"n": n, "title": s.title, "summary": s.summary, "body": s.text, "url": s.url}
        | {"language": s.language}
        for n, s in enumerate(stories)
    ]
    since = clock.now(session) - timedelta(days=21)
    facts = {"outlet": outlet, "feed": feed, "document": document, "since": since}
    session.execute(_STORE, {"stories": json.dumps(rows).replace("\\u0000", ""), **facts})
    first = session.scalar(text("SELECT min(id) FROM stories")) or 0
    tags = [
        asdict(one) | {"n": n, "evidence": [asdict(span) for span in one.evidence]}
        for n, story in enumerate(stories)
        for one in tag(story, known).tags
    ]
    session.execute(_TAG, {"tags": json.dumps(tags), "first": first})
    return first


def _made(number: int) -> list[Story]:
    """Stories of words, invented."""
    chance = random.Random(5)
    at = datetime(2026, 3, 9, tzinfo=UTC)
    return [
        Story(
            title=" ".join(chance.choices(_WORDS, k=9)).capitalize(),
            summary=" ".join(chance.choices(_WORDS, k=30)),
            url=f"https://b.example/{n}",
            outlet="bench",
            language="en",
            published=at,
        )
        for n in range(number)
    ]


def _measure() -> float:
    """Match everything once, change the definition, match everything again; seconds of both."""
    longest = 0.0
    for what in ("first", "again under a definition that drops much and gains some"):
        if what != "first":
            _change()
        began, cpu = time.monotonic(), time.process_time()
        said = [0]

        def progress(done: rematching.Rematched, said: list[int] = said) -> None:
            if done.stories - said[0] >= TOLD_EVERY * 2:
                said[0] = done.stories
                print(f"    {done.stories:>7,} of {done.of:,}: {done.matched:,} match", flush=True)

        done = rematching.rematch(KEY, tell=progress)
        took = time.monotonic() - began
        longest = max(longest, took)
        print(
            f"  {what}: {took:.1f} s on the clock, {time.process_time() - cpu:.1f} s CPU of "
            f"Python, {done.matched:,} of {done.stories:,} match; at most {MOST_SECONDS:.0f} s "
            f"are allowed (load {os.getloadavg()[0]:.1f})"
        )
    return longest


def _change() -> None:
    with transaction() as session:
        found = series.definition(session, series.id_of(session, KEY))
        changed = found | {"suggest_from": 0.75, "query": f"({found['query']}\n) OR museum OR rail"}
        series.put(
            session,
            key=KEY,
            title=found["title"],
            status=found["status"],
            definition=changed,
            by="machine:bench",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
