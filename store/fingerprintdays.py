"""The days of fingerprints, by which copies are found: made ahead, dropped after a while."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store.developments import take_turn

AHEAD = 2  # days for which there is a partition before they begin
_PARTITIONS = text(
    """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'fingerprints'::regclass ORDER BY c.relname
    """
)
_PREFIX = "fingerprints_"
_TAKEN = "55P03"  # lock_not_available


def days(session: Session) -> list[date]:
    """The days that have a partition, in their order."""
    names = session.scalars(_PARTITIONS)
    return sorted(date.fromisoformat(name.removeprefix(_PREFIX)) for name in names)


def make_days(session: Session, wanted: Iterable[date]) -> list[date]:
    """Make the partitions of these days that are lacking; gives which. Only with one's turn."""
    lacking = sorted(set(wanted) - set(days(session)))
    for day in lacking:
        # Functions of the owner: the role that works may make no tables (migration 0021).
        session.execute(text("SELECT make_fingerprint_day(:day)"), {"day": day})
    return lacking


def turn_days(session: Session, today: date, *, kept: int) -> tuple[list[date], list[date]]:
    """Make the days ahead and drop those before the last `kept`; gives which. Twice is harmless.

    It waits for its turn: whoever places stories is writing into one of them. It does not wait for
    whoever reads the table: what is dropped then, is dropped an hour later.
    """
    take_turn(session)
    made = make_days(session, (today + timedelta(days=n) for n in range(AHEAD + 1)))
    gone = [day for day in days(session) if day < today - timedelta(days=kept)]
    if not gone or not _free(session):
        return made, []
    for day in gone:
        session.execute(text("SELECT drop_fingerprint_day(:day)"), {"day": day})
    return made, gone


def _free(session: Session) -> bool:
    """Whether nobody reads the table; a backup does for hours, while nobody could place stories."""
    try:
        with session.begin_nested():
            session.execute(text("LOCK TABLE fingerprints IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", "") != _TAKEN:
            raise
        return False
    return True
