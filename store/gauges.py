"""The figures that rows give: what each is, and the statement it comes from.

A scrape must stay cheap however much has been read: what waits is looked up by the indexes of what
waits, and what only grows is read from counts that store/statistics.py keeps.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline import __version__
from store import gauges_series
from store.exposition import Family, Sample, histogram, said
from store.statistics import BUCKETS
from store.troubles import KINDS


@dataclass(frozen=True, slots=True)
class Column:
    """One metric of a statement: its name, kind and help, and the column with its value."""

    name: str
    kind: str
    what: str
    column: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement whose rows give, by these labels, the values of some metrics."""

    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    statement: str


def gauge(name: str, what: str, column: str) -> Column:
    """A figure that may go up and down."""
    return Column(name, "gauge", what, column)


def counter(name: str, what: str, column: str) -> Column:
    """A figure that grows, and falls only when an older backup is restored."""
    return Column(name, "counter", what, column)


FEEDS = Asked(
    ("feed", "outlet"),
    (
        gauge("feed_last_success_timestamp_seconds", "When its last good poll ended.", "success"),
        gauge("feed_last_attempt_timestamp_seconds", "When it was last polled.", "attempt"),
        gauge("feed_last_new_item_timestamp_seconds", "When it last brought news.", "new"),
        gauge("feed_interval_seconds", "How long it waits between two polls now.", "interval"),
        gauge("feed_expected_items", "Items a day that its rhythm lets expect.", "expected"),
        gauge("feed_slice_hit_ratio", "Share of its items known by their bytes.", "hit_ratio"),
        gauge("feed_silent", "1 while it is silent beyond its habit.", "is_silent"),
        gauge("feed_failing", "1 while its polls fail, or it is gone.", "is_failing"),
        counter(
            "feed_items_lost_suspected_total",
            "Documents that shared no item with the one before.",
            "lost",
        ),
    ),
    """
    SELECT f.id AS feed, o.key AS outlet,
        extract(epoch FROM f.last_success_at)::float8 AS success,
        extract(epoch FROM f.last_attempt_at)::float8 AS attempt,
        extract(epoch FROM f.last_new_at)::float8 AS new,
        -- what it is polled at now; under a back-off no more than the longest interval of all
        greatest(f.interval_seconds, least(21600, coalesce(
            extract(epoch FROM f.due_at - f.last_attempt_at), 0)))::float8 AS interval,
        ((f.rhythm ->> 'an_hour')::float8 * 24) AS expected,
        f.lost_suspected AS lost,
        (m.known::float8 / nullif(m.seen, 0)) AS hit_ratio,
        coalesce(t.is_silent, 0) AS is_silent,
        coalesce(t.is_failing, 0) AS is_failing
    FROM feeds AS f
    JOIN outlets AS o ON o.id = f.outlet_id
    LEFT JOIN feed_memory AS m ON m.feed_id = f.id
    LEFT JOIN (
        SELECT feed_id, max((kind = 'silent')::int) AS is_silent,
            max((kind IN ('failing', 'gone'))::int) AS is_failing
        FROM troubles WHERE closed_at IS NULL GROUP BY feed_id
    ) AS t ON t.feed_id = f.id
    WHERE NOT f.is_paused
    ORDER BY f.id
    """,
)
POLLS = Asked(
    ("feed", "outlet", "outcome"),
    (counter("feed_polls_total", "Polls by how they ended.", "polls"),),
    """
    SELECT c.feed_id AS feed, o.key AS outlet, c.state, c.polls
    FROM poll_counts AS c
    JOIN feeds AS f ON f.id = c.feed_id
    JOIN outlets AS o ON o.id = f.outlet_id
    ORDER BY c.feed_id, c.state
    """,
)
TROUBLES = Asked(
    ("kind",),
    (gauge("feed_troubles", "Open troubles of feeds.", "troubles"),),
    "SELECT k.kind, count(t.id) AS troubles FROM (VALUES "  # noqa: S608  # our own words
    + ", ".join(f"('{kind}')" for kind in KINDS)
    + """) AS k (kind) LEFT JOIN troubles AS t ON t.kind = k.kind AND t.closed_at IS NULL
    GROUP BY k.kind ORDER BY k.kind
    """,
)
AUDITS = Asked(
    ("outcome",),
    (
        counter(
            "feed_validator_audits_total",
            "Plain requests that checked a feed's validators, by what they found.",
            "audits",
        ),
    ),
    "SELECT outcome, audits FROM audit_counts ORDER BY outcome",
)
GROUPS = Asked(
    ("group",),
    (
        gauge(
            "host_group_wait_seconds",
            "How long a server that asked for it is still left in peace.",
            "wait",
        ),
    ),
    """
    SELECT key, extract(epoch FROM not_before - now())::float8 AS wait
    FROM host_groups WHERE not_before > now() ORDER BY key
    """,
)

STEPS = {
    "fetch": "feeds",
    "parse": "documents",
    "pages": "article_pages",
    "place": "stories",
    "draft": "instalments",
    "fill": "backfills",
    "subscribe": "subscriptions",
    "deliver": "deliveries",
    "letters": "digests",
    "paste": "pasted_links",
    "look_up": "feed_lookups",
    "rematch": "series_rematches",
    "replay": "series_replays",
    "let_go": "retention",
}
# Each by the index of what waits; a feed counts when it is due.
_STEP = """
    SELECT '{step}' AS step, count(*) AS ready,
        coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS oldest,
        count(*) FILTER (WHERE lease_until > now()) AS leased,
        count(*) FILTER (WHERE lease_token IS NOT NULL AND lease_until <= now()) AS expired,
        coalesce(max(attempts), 0) AS attempts,
        {dead} AS dead
    FROM {table} WHERE work_state = 'ready' AND due_at <= now()
"""
QUEUES = Asked(
    ("step",),
    (
        gauge("queue_ready", "Rows that wait or are being worked on.", "ready"),
        gauge("queue_oldest_age_seconds", "How long the oldest of them has waited.", "oldest"),
        gauge("queue_leased", "Rows that a worker holds now.", "leased"),
        gauge("queue_leases_expired", "Rows whose worker let its time run out.", "expired"),
        gauge("queue_attempts", "Attempts at the row most often tried.", "attempts"),
        gauge("dead_letters", "Rows given up after too many attempts.", "dead"),
    ),
    " UNION ALL ".join(
        _STEP.format(
            step=step,
            table=table,
            # A place given up for good is told in its trouble: nobody need do anything about it.
            dead="CAST(NULL AS bigint)"
            if step == "fill"
            else f"(SELECT count(*) FROM {table} WHERE work_state = 'dead')",  # noqa: S608  # our own names
        )
        for step, table in STEPS.items()
    ),
)
BEAT = Asked(
    (),
    (gauge("beat_last_tick_timestamp_seconds", "When beat's last tick reached a worker.", "at"),),
    "SELECT extract(epoch FROM at)::float8 AS at FROM heartbeats WHERE name = 'beat'",
)
BACKUP = Asked(
    (),
    (gauge("backup_last_success_timestamp_seconds", "When the last backup ended well.", "at"),),
    "SELECT extract(epoch FROM at)::float8 AS at FROM heartbeats WHERE name = 'backup'",
)
ROUNDS = Asked(
    ("worker",),
    (
        gauge(
            "worker_last_tick_timestamp_seconds",
            "When each kind of worker, or of round, was last seen at it.",
            "at",
        ),
    ),
    """
    SELECT name, extract(epoch FROM at)::float8 AS at FROM heartbeats
    WHERE name NOT IN ('beat', 'backup') ORDER BY name
    """,
)
KILLS = Asked(
    ("kind",),
    (
        gauge(
            "kills_unresolved",
            "Kills that wait for a person: notices whose story is not known, items on killed text.",
            "kills",
        ),
    ),
    """
    SELECT 'notice' AS kind, count(*) AS kills FROM notices
    WHERE state IN ('unresolved', 'proposed') AND action = 'kill'
    UNION ALL
    SELECT 'item', count(*) FROM alerts AS a JOIN story_changes AS c ON c.id = a.change_id
    WHERE a.settled_at IS NULL AND c.kind = 'killed'
    """,
)
DELIVERIES = Asked(
    ("target", "outcome"),
    (counter("deliveries_total", "Wishes to hand over that have ended, by how.", "number"),),
    """
    SELECT target, outcome, count(*) AS number
    FROM deliveries WHERE outcome <> '' GROUP BY 1, 2 ORDER BY 1, 2
    """,
)
PENDING = Asked(
    ("target",),
    (gauge("delivery_oldest_pending_seconds", "How long the oldest wish waits.", "age"),),
    """
    SELECT target, coalesce(max(extract(epoch FROM now() - wished_at))
        FILTER (WHERE work_state = 'ready'), 0)::float8 AS age
    FROM deliveries GROUP BY target ORDER BY target
    """,
)
# Of the oldest thing that a letter has yet to tell: each try that failed moves its row's due time.
LETTERS = Asked(
    (),
    (
        gauge("letters_waiting", "Letters to editors that have not gone out yet.", "letters"),
        gauge("letter_oldest_pending_seconds", "How long the oldest news in them waits.", "age"),
    ),
    """
    SELECT count(*) AS letters, coalesce(max(extract(epoch FROM now() - t.since)), 0)::float8 AS age
    FROM digests AS d JOIN users AS u ON u.id = d.user_id AND u.disabled_at IS NULL
    CROSS JOIN LATERAL (
        SELECT least(
            (SELECT min(a.at) FROM item_assignments AS a JOIN items AS i ON i.id = a.item_id
             WHERE a.user_id = d.user_id AND a.by_id <> d.user_id AND a.at > d.told_until
                AND i.state IN ('queued', 'snoozed') AND i.merged_into IS NULL),
            (SELECT min(c.at) FROM item_assignments AS a
             JOIN items AS i ON i.id = a.item_id AND i.merged_into IS NULL
             JOIN alerts AS l ON l.item_id = a.item_id AND l.settled_at IS NULL
             JOIN story_changes AS c ON c.id = l.change_id AND c.at > d.told_until
             WHERE a.user_id = d.user_id),
            (SELECT min(c.written_at) FROM item_comments AS c
             JOIN items AS i ON i.id = c.item_id AND i.merged_into IS NULL
             WHERE c.written_at > d.told_until AND c.author_id <> d.user_id AND (
                EXISTS (SELECT FROM item_assignments AS a
                    WHERE a.user_id = d.user_id AND a.item_id = c.item_id)
                OR EXISTS (SELECT FROM item_comments AS e
                    WHERE e.author_id = d.user_id AND e.item_id = c.item_id AND e.id < c.id)))
        ) AS since
    ) AS t
    WHERE d.work_state = 'ready' AND t.since IS NOT NULL
    """,
)
HOUSE = Asked(
    (),
    (
        gauge("newest_story_timestamp_seconds", "When the newest story arrived.", "newest"),
        gauge("set_aside_open", "Things set aside that nobody has dealt with.", "set_aside"),
        gauge("db_size_bytes", "Size of the database.", "size"),
        gauge("db_connections", "Connections to the database's server.", "connections"),
        gauge("db_connections_most", "How many it takes.", "most"),
    ),
    """
    SELECT extract(epoch FROM (SELECT max(first_seen_at) FROM stories))::float8 AS newest,
        (SELECT count(*) FROM set_aside WHERE settled_at IS NULL) AS set_aside,
        pg_database_size(current_database()) AS size,
        (SELECT sum(numbackends) FROM pg_stat_database) AS connections,
        current_setting('max_connections')::int AS most
    """,
)
ALL = (
    *(FEEDS, POLLS, TROUBLES, AUDITS, GROUPS, QUEUES, BEAT, ROUNDS, BACKUP, KILLS),
    *(DELIVERIES, PENDING, LETTERS, HOUSE),
)


def families(session: Session) -> Iterator[Family]:
    """All figures as they stand now."""
    for asked in ALL:
        yield from _asked(session, asked)
    yield from gauges_series.families(session)
    yield from _counted(session)
    version = said(("version",), (__version__,))
    yield Family("build_info", "gauge", "This version.", [(version, 1)])


def _asked(session: Session, asked: Asked) -> Iterator[Family]:
    found = session.execute(text(asked.statement))
    names = list(found.keys())
    rows = found.all()
    width = len(asked.labels)
    labels = [said(asked.labels, row[:width]) for row in rows]
    for column in asked.columns:
        place = names.index(column.column)
        values = (row[place] for row in rows)
        yield Family(column.name, column.kind, column.what, zip(labels, values, strict=True))


COUNTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "stories": ("items_ingested_total", "Stories taken in.", ("source",)),
    "versions": ("item_versions_total", "Versions of stories kept, by kind.", ("kind",)),
    "copies": ("item_copies_total", "Stories that are another's text again.", ("relation",)),
    "changes": ("story_changes_total", "What happened to stories once here.", ("kind",)),
    "set_aside": ("set_aside_total", "Things that could not be read.", ("stage", "state")),
    "dead_letters": ("dead_letters_total", "Rows given up, since ever.", ("step",)),
    "leases_expired": (
        "leases_expired_total",
        "Leases that ran out and whose rows were taken up again.",
        ("step",),
    ),
    "matches": ("matches_total", "Matches of story versions.", ("series", "zone")),
    "verdicts": ("match_verdicts_total", "What editors decided.", ("series", "verdict")),
}
TIMES = {
    "seen": ("publication_to_seen_seconds", "From a story's date to its arrival."),
    "placed": ("seen_to_placed_seconds", "From arrival to its place in a development."),
    "queued": ("seen_to_queue_seconds", "From arrival to the editors' queue."),
    "publication": ("publication_to_queue_seconds", "From a story's date to the editors' queue."),
}
_STATISTICS = text("""
    SELECT name, first, second, closed + open AS number, closed_sum + open_sum AS total
    FROM statistics ORDER BY name, first, second
""")


def _counted(session: Session) -> Iterator[Family]:
    """What only grows, from the counts that are kept of it."""
    rows = defaultdict(list)
    for row in session.execute(_STATISTICS):
        rows[row.name].append(row)
    for name, (metric, what, labels) in COUNTS.items():
        samples: list[Sample]
        if labels == ("step",):  # 0 before the first: an increase must be seen
            by_table = {row.first: row.number for row in rows[name]}
            counts = ((step, by_table.get(table, 0)) for step, table in STEPS.items())
            samples = [(said(labels, (step,)), number) for step, number in counts]
        else:
            told = ((row, (row.first, row.second)[: len(labels)]) for row in rows[name])
            samples = [(said(labels, values), row.number) for row, values in told]
        yield Family(metric, "counter", what, samples)
    kills = sum(row.number for row in rows["changes"] if row.first == "killed")
    yield Family("kills_total", "counter", "Stories their publisher took back.", [("", kills)])
    for name, (metric, what) in TIMES.items():
        times: list[Sample] = []
        for kind in sorted({row.first for row in rows[name]}):
            mine = [row for row in rows[name] if row.first == kind]
            numbers = {row.second: row.number for row in mine}
            reached: Sequence[int] = [numbers.get(str(b), 0) for b in (*BUCKETS, "+Inf")]
            total = sum(row.total for row in mine)
            times += histogram(said(("source_group",), (kind,)), BUCKETS, reached, total)
        yield Family(metric, "histogram", what, times)
