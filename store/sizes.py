"""How large the database is, and who holds a lease since when: for `doctor` and the gauges."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.models import Base, Leased

MOST = 5  # tables named

_SIZES = text("""
    SELECT pg_database_size(current_database()) AS whole, (
        SELECT json_agg(json_build_array(name, bytes)) FROM (
            SELECT t.name, coalesce(
                (SELECT sum(pg_total_relation_size(p.relid)) FROM pg_partition_tree(t.oid) p),
                pg_total_relation_size(t.oid))::bigint AS bytes
            FROM (SELECT oid, relname AS name FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT relispartition) t
            ORDER BY bytes DESC LIMIT :most) AS largest) AS largest
""")  # a table without partitions has no tree


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the whole database, and of its largest tables with their indexes and partitions."""

    whole: int
    largest: tuple[tuple[str, int], ...]


def sizes(session: Session) -> Sizes:
    """How large the database is."""
    whole, largest = session.execute(_SIZES, {"most": MOST}).one()
    return Sizes(whole, tuple((name, size) for name, size in largest))


@dataclass(frozen=True, slots=True)
class Held:
    """The lease that should have ended first."""

    table: str
    until: datetime
    held: int  # leases in all tables together


_HELD = " UNION ALL ".join(
    f"SELECT '{name}' AS name, lease_until FROM {name} WHERE lease_token IS NOT NULL"  # noqa: S608  # our own tables
    for name in sorted(
        str(mapper.local_table)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Leased)
    )
)
_OLDEST = text(
    f"SELECT name, lease_until, count(*) OVER () FROM ({_HELD}) AS held "  # noqa: S608  # as above
    "ORDER BY lease_until LIMIT 1"
)


def oldest_lease(session: Session) -> Held | None:
    """The lease that ends, or should have ended, before all others; None if nobody holds one."""
    found = session.execute(_OLDEST).one_or_none()
    return None if found is None else Held(*found)
