"""What copies cost as arrivals go on: in memory, as `cluster FILE` keeps them; in PostgreSQL.

    python -m bench copies
    python -m bench.copies [memory [ARRIVALS]] [store [ARRIVALS]]

Arrivals are made of the sentences of the real texts in ../shared/data/clustering, eight at random
from all of them, so that they are new stories without end in words of the trade; every tenth is one
of the last two thousand again, framed. The store's part is workers/copying.find, as it is called
while stories are placed, on an embedded PostgreSQL that keeps a week of them, day by day.
"""

import argparse
import random
import resource
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from bench.developments import COPIES, SETS, SHARED, Told, told_by
from cli.embedded import servers, temporary_directory
from config.settings import override
from pipeline.dedupe import DAYS, Recent, read
from pipeline.records import Story
from pipeline.text import sentences
from store import schema
from store.session import make_engine, transaction
from store.statements import as_json
from store.stories import Kept
from workers import copying

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
ARRIVALS = 1_000_000
MARKS = (10_000, 30_000, 100_000, 200_000, 300_000, 500_000, 700_000, ARRIVALS)
SENTENCES = 8
AGAIN = 10  # every so manieth story is another's again
STORED = 30_000
BATCH = 200
WEEK = 10_000_000  # stories: what is extrapolated to
HOUSE = "Read the full story on our pages. All rights reserved by the publisher."


def main(arguments: list[str] | None = None) -> int:
    """Print both curves; 1 where the texts are lacking."""
    parser = argparse.ArgumentParser(prog="bench.copies", description=__doc__)
    parser.add_argument("asked", nargs="*", metavar="PART")
    asked = parser.parse_args(arguments).asked or ["memory", "store"]
    if not (SHARED / "clustering").exists():
        print("not measured: ../shared/data/clustering is not beside the repository")
        return 1
    numbers = [int(one) for one in asked if one.isdigit()]
    if "memory" in asked:
        _memory(numbers[0] if numbers else ARRIVALS)
    if "store" in asked:
        _store(numbers[-1] if numbers else STORED)
    return 0


@dataclass(frozen=True, slots=True)
class _Arrival:
    title: str
    text: str
    at: datetime
    outlet: str


def _arrivals(told: Sequence[Told], number: int, *, apart: timedelta) -> Iterator[_Arrival]:
    rng = random.Random(5)
    spoken = [one.text[start:end] for one in told for start, end in sentences(one.text)]
    last: deque[_Arrival] = deque(maxlen=2_000)
    for count in range(number):
        at = BEGIN + count * apart
        if count % AGAIN == AGAIN - 1:
            old = rng.choice(last)
            outlet = f"paper{rng.randrange(50)}"
            yield _Arrival(f"Again: {old.title}", f"{old.text} {HOUSE}", at, outlet)
            continue
        words = " ".join(rng.choice(spoken) for _ in range(SENTENCES))
        title = " ".join(words.split()[:8])
        last.append(_Arrival(title, words, at, f"outlet{rng.randrange(50)}"))
        yield last[-1]


def _told() -> list[Told]:
    return [one for name in (COPIES, *SETS) for one in told_by(name)]


def _memory(number: int) -> None:
    print("  in memory: every story read and looked for, as `serieswatch cluster FILE` does")
    recent, spent, last, copies = Recent(), 0.0, 0, 0
    for count, one in enumerate(_arrivals(_told(), number, apart=timedelta(seconds=1)), start=1):
        start = time.process_time()
        reading = read(one.title, one.text, outlet=one.outlet, at=one.at)
        copies += recent.take(count, reading, one.at.date()) is not None
        spent += time.process_time() - start
        if count in MARKS:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            each = spent / (count - last)
            print(
                f"  {count:>9,} arrivals: {1000 * each:.2f} ms a story, {1 / each:,.0f} a CPU s; "
                f"{copies:,} copies; {memory:,.0f} MB",
                flush=True,
            )
            spent, last = 0.0, count


_STORIES = text(
    """
    WITH told AS (
        INSERT INTO stories (id, outlet_id, feed_id, first_seen_at, changed_at, work_state)
        OVERRIDING SYSTEM VALUE
        SELECT id, outlet_id, 1, at, at, 'done' FROM json_to_recordset(CAST(:rows AS json))
            AS r(id bigint, outlet_id bigint, at timestamptz)
    )
    INSERT INTO story_versions (story_id, number, document_id, feed_id, seen_at, kind,
        content_hash, fingerprint, title, summary, text, html, byline, published_raw, problems)
    SELECT id, 1, 1, 1, at, 'first', '', id::text, title, '', text, '', '', '', '{}'
    FROM json_to_recordset(CAST(:rows AS json))
        AS r(id bigint, at timestamptz, title text, text text)
    """
)
_GROUND = (
    """INSERT INTO outlets (id, key, name, kind) OVERRIDING SYSTEM VALUE
    SELECT n, CASE WHEN n <= 50 THEN 'outlet' || n - 1 ELSE 'paper' || n - 51 END, 'An outlet',
        'outlet' FROM generate_series(1, 100) AS n""",
    "SET session_replication_role = replica",
)
_SIZE = """
SELECT sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid)), count(*)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'fingerprints'::regclass
"""


def _store(number: int) -> None:
    apart = timedelta(days=DAYS) / number
    print(f"  in PostgreSQL: {number:,} stories a week, placed in batches of {BATCH}, two weeks")
    with temporary_directory() as directory, servers(directory, broker=False) as started:
        override(database_url=started.database_url)
        engine = make_engine(started.database_url)
        schema.migrate(engine)
        with engine.begin() as connection:
            connection.execute(text(_GROUND[0]))
        batch: list[tuple[int, _Arrival]] = []
        spent = [0.0, 0.0]
        last, day = 0, BEGIN.date()
        for count, one in enumerate(_arrivals(_told(), 2 * number, apart=apart), start=1):
            if batch and (len(batch) == BATCH or one.at.date() != day):
                cost = _placed(engine, batch)
                spent = [a + b for a, b in zip(spent, cost, strict=True)]
                batch.clear()
            if one.at.date() != day:
                day = one.at.date()
                if (day - BEGIN.date()).days % 2 == 0:
                    each = [1000 * seconds / (count - 1 - last) for seconds in spent]
                    _tell(engine, count - 1, each)
                    spent, last = [0.0, 0.0], count - 1
                with transaction(engine) as session:
                    copying.turned(session, day)
            batch.append((count, one))
        _extrapolate(engine)
        engine.dispose()


def _placed(engine: Engine, batch: Sequence[tuple[int, _Arrival]]) -> tuple[float, float]:
    """Our CPU seconds, and seconds on the clock, of finding what these are copies of."""
    rows, kept = [], []
    for count, one in batch:
        outlet = 1 + int(one.outlet[6:]) if one.outlet[0] == "o" else 51 + int(one.outlet[5:])
        rows.append(
            {"id": count, "outlet_id": outlet, "at": one.at, "title": one.title, "text": one.text}
        )
        story = Story(title=one.title, text=one.text, outlet=one.outlet, outlet_kind="outlet")
        kept.append(
            Kept(
                id=count,
                version_id=count,
                version=1,
                outlet_id=outlet,
                first_seen=one.at,
                seen=one.at,
                root=None,
                story=story,
            )
        )
    with engine.begin() as connection:
        connection.execute(text(_GROUND[1]))  # documents and feeds are not what is measured
        connection.execute(_STORIES, {"rows": as_json(rows)})
        connection.execute(text("SET session_replication_role = origin"))
    start = time.process_time(), time.monotonic()
    with transaction(engine) as session:
        copying.find(session, kept, batch[-1][1].at)
    return time.process_time() - start[0], time.monotonic() - start[1]


def _tell(engine: Engine, count: int, each: Sequence[float]) -> None:
    with engine.connect() as connection:
        table, indexes, days = map(int, connection.execute(text(_SIZE)).one())
        copies = connection.scalar(text("SELECT count(*) FROM duplicates"))
    print(
        f"  {count:>9,} stories: {each[0]:.2f} ms of our CPU, {each[1]:.2f} ms on the clock a "
        f"story; {copies:,} copies; {days} days, {(table + indexes) / 1e6:,.0f} MB",
        flush=True,
    )


def _extrapolate(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("ANALYZE fingerprints"))
        table, indexes, _ = map(int, connection.execute(text(_SIZE)).one())
        keys = connection.scalar(text("SELECT count(*) FROM fingerprints")) or 1
        stories = connection.scalar(text("SELECT count(DISTINCT story_id) FROM fingerprints")) or 1
    a_key, a_story = (table + indexes) / keys, keys / stories
    bytes_a_week = WEEK * a_story * a_key
    print(
        f"  {keys:,} fingerprints of {stories:,} stories: {a_story:.0f} a story found by them, "
        f"{a_key:.0f} bytes each\n"
        f"  {WEEK:,} stories a week would be {WEEK / DAYS / 86_400:.1f} a second and at most "
        f"{bytes_a_week / 1e9:,.0f} GB in {DAYS + 1} days' partitions of "
        f"{bytes_a_week / DAYS / 1e9:,.1f} GB;\n"
        f"  a day that is over is dropped whole. Not run: at that size the newest day's index, "
        f"and not all of it, has to fit into memory."
    )


if __name__ == "__main__":
    sys.exit(main())
