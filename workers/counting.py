"""Keeps the counts that a scrape reads: once a minute, over what came since."""

from store import statistics
from store.session import transaction


def count() -> bool:
    """Bring the statistics up to now; False when another process is at it."""
    with transaction() as session:
        return statistics.count(session)
