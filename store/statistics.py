"""Counts over rows that only grow, kept as rows of their own, so that a scrape counts nothing.

    rows 1 ........ closed_id | ........ newest
         counted once, kept   | counted again at every look, and put in place of the last count

Ids are given out in order, but transactions end in any: so what is closed lies back by hours in
which every transaction has ended. Two looks at once do no harm, a look that is left out neither:
whatever was not counted yet is counted at the next.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import clock
from store.models import StatisticReachRow, StatisticRow

COUNTING = 7301  # advisory lock: whoever comes meanwhile goes away again

# Seconds; the last bucket has no upper bound.
BUCKETS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One statistic: over which table, and the statement that counts a stretch of its ids.

    The statement gives first, second, number, total for `:after < id <= :until`.
    """

    name: str
    table: str
    asked: str
    settles_in: timedelta = timedelta(hours=1)  # by then a row says what it will go on saying


def _latency(name: str, table: str, asked: str) -> Counted:
    """Seconds by source group and bucket; `asked` gives kind and seconds of each row."""
    bucket = " ".join(f"WHEN seconds <= {most} THEN '{most}'" for most in BUCKETS)
    return Counted(
        name=name,
        table=table,
        settles_in=timedelta(days=1),
        asked=f"SELECT kind, CASE {bucket} ELSE '+Inf' END, count(*), "  # noqa: S608  # our own words
        f"sum(seconds) FROM ({asked}) AS took WHERE seconds >= 0 GROUP BY 1, 2",
    )


COUNTED = (
    Counted(
        name="stories",
        table="stories",
        asked="""
            SELECT o.key, '', count(*), 0 FROM stories AS s JOIN outlets AS o ON o.id = s.outlet_id
            WHERE s.id > :after AND s.id <= :until GROUP BY 1
        """,
    ),
    Counted(
        name="versions",
        table="story_versions",
        asked="""
            SELECT kind, '', count(*), 0 FROM story_versions
            WHERE id > :after AND id <= :until GROUP BY 1
        """,
    ),
    Counted(
        name="copies",
        table="stories",
        settles_in=timedelta(days=1),  # found where one places, which may be long after
        asked="""
            SELECT relation, '', count(*), 0 FROM duplicates
            WHERE story_id > :after AND story_id <= :until AND undone_at IS NULL GROUP BY 1
        """,
    ),
    Counted(
        name="changes",
        table="story_changes",
        asked="""
            SELECT kind, '', count(*), 0 FROM story_changes
            WHERE id > :after AND id <= :until GROUP BY 1
        """,
    ),
    Counted(
        name="set_aside",
        table="set_aside",
        asked="""
            SELECT stage, state, count(*), 0 FROM set_aside
            WHERE id > :after AND id <= :until GROUP BY 1, 2
        """,
    ),
    Counted(
        name="matches",
        table="matches",
        asked="""
            SELECT s.key, m.zone, count(*), 0 FROM matches AS m JOIN series AS s
            ON s.id = m.series_id WHERE m.id > :after AND m.id <= :until GROUP BY 1, 2
        """,
    ),
    Counted(
        name="verdicts",
        table="decisions",
        asked="""
            SELECT s.key, d.action, count(*), 0 FROM decisions AS d
            JOIN items AS i ON i.id = d.item_id
            JOIN instalments AS n ON n.id = i.instalment_id JOIN series AS s ON s.id = n.series_id
            WHERE d.id > :after AND d.id <= :until GROUP BY 1, 2
        """,
    ),
    _latency(
        "seen",
        "stories",
        """
        SELECT o.kind, extract(epoch FROM s.first_seen_at - v.published_at)::float8 AS seconds
        FROM stories AS s JOIN outlets AS o ON o.id = s.outlet_id
        JOIN story_versions AS v ON v.story_id = s.id AND v.number = 1
        WHERE s.id > :after AND s.id <= :until
        """,
    ),
    _latency(
        "placed",
        "stories",
        """
        SELECT o.kind, extract(epoch FROM m.decided_at - s.first_seen_at)::float8 AS seconds
        FROM stories AS s JOIN outlets AS o ON o.id = s.outlet_id
        JOIN development_stories AS m ON m.story_id = s.id
        WHERE s.id > :after AND s.id <= :until
        """,
    ),
    _latency(
        "queued",
        "items",
        """
        SELECT o.kind, extract(epoch FROM i.added_at - s.first_seen_at)::float8 AS seconds
        FROM items AS i JOIN stories AS s ON s.id = i.story_id
        JOIN outlets AS o ON o.id = s.outlet_id WHERE i.id > :after AND i.id <= :until
        """,
    ),
    _latency(
        "publication",
        "items",
        """
        SELECT o.kind, extract(epoch FROM i.added_at - v.published_at)::float8 AS seconds
        FROM items AS i JOIN stories AS s ON s.id = i.story_id
        JOIN outlets AS o ON o.id = s.outlet_id
        JOIN story_versions AS v ON v.story_id = s.id AND v.number = 1
        WHERE i.id > :after AND i.id <= :until
        """,
    ),
)


def count(session: Session) -> bool:
    """Bring every statistic up to now; False when another process is at it."""
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": COUNTING}):
        return False
    for counted in COUNTED:
        _count(session, counted)
    return True


def add(session: Session, name: str, first: str, number: int) -> None:
    """Add to a count of what no row keeps. Only for what is rare: all add to one row."""
    row = StatisticRow
    session.execute(
        insert(row)
        .values(name=name, first=first, closed=number)
        .on_conflict_do_update(
            index_elements=["name", "first", "second"], set_={"closed": row.closed + number}
        )
    )


def _count(session: Session, counted: Counted) -> None:
    now = clock.real_now(session)
    newest = session.scalar(
        text(f"SELECT coalesce(max(id), 0) FROM {counted.table}")  # noqa: S608  # our own words
    )
    reach = session.get(StatisticReachRow, counted.name)
    if reach is None:
        # The first look closes all there is: nobody counts a million stories every minute.
        _put(session, counted, 0, newest or 0, into="closed")
        reach = StatisticReachRow(name=counted.name, closed_id=newest, next_id=newest, next_at=now)
        session.add(reach)
    elif now - reach.next_at >= counted.settles_in:
        _put(session, counted, reach.closed_id, reach.next_id, into="closed")
        reach.closed_id, reach.next_id, reach.next_at = reach.next_id, newest or 0, now
    _put(session, counted, reach.closed_id, newest or 0, into="open")


_CLEAR = text("UPDATE statistics SET open = 0, open_sum = 0 WHERE name = :name")
_PUT = """
    INSERT INTO statistics AS s (name, first, second, {into}, {into}_sum)
    SELECT CAST(:name AS text), f.* FROM ({asked}) AS f (first, second, number, total)
    ON CONFLICT (name, first, second) DO UPDATE SET
        {into} = s.{into} + excluded.{into}, {into}_sum = s.{into}_sum + excluded.{into}_sum
"""


def _put(session: Session, counted: Counted, after: int, until: int, *, into: str) -> None:
    """Count a stretch: added to what is closed, or in place of what was open."""
    if into == "open":
        session.execute(_CLEAR, {"name": counted.name})
    if until > after:
        statement = text(_PUT.format(into=into, asked=counted.asked))
        session.execute(statement, {"name": counted.name, "after": after, "until": until})
