"""Feeds that share a server: when one of them may be asked, and how they come back from a wait."""

import math
from datetime import datetime, timedelta

from pipeline.records import HostGroup
from pipeline.schedule.words import within

GAP_SECONDS = 5.0  # between two starts
MOST_AT_ONCE = 2
RELEASE_SPREAD = 120.0  # seconds over which a group comes back from a wait it shared
LONGEST_WAIT = 24 * 60 * 60.0  # then one probe
SOFT_WAIT = 900.0
LONGEST_SOFT_WAIT = 6 * 60 * 60.0
FEWEST, ENOUGH, SHARE = 2, 5, 4  # feeds refused: two at least, a quarter of them, five will do


def may_start(group: HostGroup, *, now: datetime) -> bool:
    """Whether a request to this group may start now. A feed's request must pass both its groups.

    After a wait they go one at a time for a while: the first is the probe, and if it is refused the
    wait begins anew before a second one has gone.
    """
    gap = GAP_SECONDS if group.gap_seconds is None else group.gap_seconds
    most = MOST_AT_ONCE if group.most_at_once is None else group.most_at_once
    is_spaced = group.last_start is None or now - group.last_start >= timedelta(seconds=gap)
    if group.not_before is not None:
        if now < group.not_before:
            return False
        if group.last_start is None or group.last_start < released(group.not_before, 1.0):
            most = 1
    return is_spaced and group.in_flight < max(most, 1)


def soft_limited(failures_in_window: int, feeds_in_group: int) -> float | None:
    """Seconds to leave a whole group alone when several of its feeds are refused in one window.

    To be asked for 403, 420 and Cloudflare's 1015 only. One feed that is refused is its own
    trouble (None): it must not silence its siblings. Each further one doubles the wait, to 6 hours.
    """
    enough = max(FEWEST, min(ENOUGH, math.ceil(feeds_in_group / SHARE)))
    if failures_in_window < enough:
        return None
    doublings = min(failures_in_window - enough, 10)  # beyond the longest, and no overflow
    return min(SOFT_WAIT * 2.0**doublings, LONGEST_SOFT_WAIT)


def waits_until(seconds: float, *, now: datetime) -> datetime:
    """Until when a group is left alone that asked for so many seconds: a day off at most."""
    return now + timedelta(seconds=within(seconds, 0.0, LONGEST_WAIT))


def released(not_before: datetime, jitter: float) -> datetime:
    """When one feed comes back from a wait its group shared: each at its own moment after it.

    `jitter` is 0..1, anew for each feed and wait.
    """
    return not_before + timedelta(seconds=RELEASE_SPREAD * within(jitter, 0.0, 1.0))
