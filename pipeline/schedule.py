"""When to poll a feed again."""

import hashlib

DAY = 24 * 60 * 60.0
SHORTEST = 60.0  # whatever a catalogue says: nobody's server is asked twice in one minute
SPREAD = 0.1  # each wait is lengthened by up to this share
MOST_DOUBLINGS = 20  # beyond any cap, and 2.0**n still fits a float


def next_poll(
    *,
    interval: float,
    failures: int,
    state: str,
    retry_after: float | None,
    jitter: float,
) -> float:
    """Seconds until the next poll, counted from the end of this one. It never says "never".

    `interval` is the feed's own, in seconds. `failures` counts the failed polls in a row, this one
    included; `state` is this poll's verdict. `retry_after` is what the publisher asked for: we may
    come later, never earlier, up to a day. `jitter` is 0..1, anew for each poll, so that feeds that
    fail together do not come back together for ever.
    """
    wait = min(max(interval, SHORTEST), DAY)
    if failures > 0:
        wait = min(wait * 2.0 ** min(_weight(failures, state), MOST_DOUBLINGS), DAY)
    if state == "gone":  # asked once a day: publishers do take a 410 back
        wait = DAY
    if retry_after is not None:
        wait = max(wait, min(retry_after, DAY))
    return wait * (1 + SPREAD * min(max(jitter, 0.0), 1.0))


def first_poll(feed: str, *, interval: float) -> float:
    """Seconds from a feed's arrival to its first poll: its fixed place within the interval.

    `feed` is what the catalogue calls it. A house full of new feeds is so spread evenly, and a
    restart gives each the same place again.
    """
    digest = hashlib.blake2b(feed.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * min(max(interval, SHORTEST), DAY)


def _weight(failures: int, state: str) -> float:
    """How many doublings a row of failures is worth: a name that is not found is often our own."""
    return failures / 2 if state == "dns" else failures
