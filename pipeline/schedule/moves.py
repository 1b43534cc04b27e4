"""When the target of a permanent redirect becomes the feed's address."""

from datetime import datetime, timedelta

from pipeline.records import Move
from pipeline.schedule.words import span

POLLS = 5
LASTING = timedelta(days=3)  # longer than a night behind a captive portal, or a broken release


def adopts(move: Move, *, now: datetime) -> str | None:
    """Why the feed should take the target's address now, for the record; None while it should not.

    Until then the redirect is followed at each poll, which costs a request and loses nothing.
    """
    if not move.is_feed or move.shared_items == 0:
        return None
    lasting = now - move.since
    if move.polls < POLLS or lasting < LASTING:
        return None
    shared = "an item" if move.shared_items == 1 else f"{move.shared_items} items"
    return (
        f"{move.polls} polls over {span(lasting.total_seconds())} were sent there for good,"
        f" and it has {shared} of the old address"
    )
