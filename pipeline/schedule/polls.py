"""When a feed is polled next, and why then."""

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pipeline.records import Hints, Next, OutletKind, Outlook, Rhythm
from pipeline.schedule.groups import released
from pipeline.schedule.rhythm import DAYS, HOURS, WATCHED_ENOUGH, rate, seconds_until
from pipeline.schedule.words import DAY, HOUR, clock, pace, span, within

SHORTEST = 120.0  # whatever a catalogue says: nobody's server is asked twice in two minutes
FLOORS: dict[OutletKind, float] = {"wire": 120.0}  # how far we shorten an interval by ourselves
FLOOR = 600.0
CEILINGS: dict[OutletKind, float] = {"wire": 1 * HOUR}  # a wire is polled for the unexpected
CEILING = 6 * HOUR
BY_RHYTHM_UP_TO = 2 * HOUR  # what breaks at night breaks out of any rhythm
DORMANT_AFTER = timedelta(days=31)
DORMANT_SHARE = 1 / 200  # of its silence: after 31 days every 4 hours, after 200 once a day
HINTS_UP_TO: dict[OutletKind, float] = {"wire": 900.0}  # many hints are a template's, not a desk's
FRESH_UP_TO = 6 * HOUR
LOOKS_PER_WINDOW = 3  # as the window rolls, each item is offered to this many polls
LITTLE_KNOWN, MUCH_KNOWN = 1 / 3, 2 / 3  # of a document's items
A_LITTLE_LATER = 600.0
PUSHED = 12  # a hub that pushes leaves us the safety poll
ITEMS_A_POLL: dict[OutletKind, float] = {"wire": 0.1}  # expected by the next poll
ITEMS_A_POLL_ELSE = 0.125
SPREAD = 0.1  # each wait is lengthened by up to this share
MOST_DOUBLINGS = 20  # beyond any cap, and 2.0**n still fits a float


def next_poll(outlook: Outlook, *, now: datetime, jitter: float) -> Next:
    """Seconds from `now` (the end of a poll) to the next one, with the reason. Never "never".

    The operator's interval says how often at most. The feed's rhythm stretches it up to two hours
    (a wire's to one); a window that rolls over too soon shortens it, down to the floor of its
    kind or to the interval where that is less. The publisher's hints and freshness make it
    later, up to the ceiling; failures, a wait that was asked for and the group's make it later
    still, up to a day. `jitter` is 0..1, anew for each poll: each wait is lengthened by up to a
    tenth, so that feeds that fail together do not come back together for ever.
    """
    chosen = _own(outlook, now)
    for hint in (*_hinted(outlook), *_fresh(outlook, now)):
        chosen = _later(chosen, hint)
    chosen = _later(chosen, *_skipped(outlook, now, chosen))
    ceiling = _ceiling(outlook, now)
    chosen = _no_later(chosen, ceiling)
    chosen = _later(chosen, *_backed_off(outlook), *_asked_to_wait(outlook))
    share = within(jitter, 0.0, 1.0)
    jittered = Next(chosen.seconds * (1 + SPREAD * share), chosen.why)
    # The release from a shared wait has a spread of its own: a tenth of a short wait is nothing.
    return _later(jittered, *_shared_wait(outlook, now, share))


def first_poll(feed: str, *, interval: float) -> float:
    """Seconds from a feed's arrival to its first poll: its fixed place within the interval.

    `feed` is what the catalogue calls it. A house full of new feeds is so spread evenly, and a
    restart gives each the same place again.
    """
    digest = hashlib.blake2b(feed.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * within(interval, SHORTEST, DAY)


def _own(outlook: Outlook, now: datetime) -> Next:
    """The wait by what the feed itself is like, before anyone asks for more."""
    interval = _interval(outlook)
    chosen = Next(interval, "that is as often as its operator allows")
    rhythm = outlook.rhythm
    if rhythm is not None and rhythm.days_watched >= WATCHED_ENOUGH:
        chosen = _later(chosen, _by_rhythm(rhythm, outlook.kind, now))
    else:
        chosen = _later(chosen, *_by_overlap(outlook))
    chosen = _later(chosen, *_dormant(outlook, now))
    if outlook.is_pushed:
        return Next(chosen.seconds * PUSHED, "its hub pushes what is new: this is the safety poll")
    floor = min(FLOORS.get(outlook.kind, FLOOR), interval)
    for risk in _at_risk(outlook):
        if risk.seconds < chosen.seconds:
            chosen = Next(max(risk.seconds, floor), risk.why)
    return chosen


def _by_rhythm(rhythm: Rhythm, kind: OutletKind, now: datetime) -> Next:
    items = ITEMS_A_POLL.get(kind, ITEMS_A_POLL_ELSE)
    wait = seconds_until(rhythm, items=items, now=now, most=DAY)
    why = f"{pace(rate(rhythm, now))} at this time of the week"
    return _no_later(Next(wait, why), CEILINGS.get(kind, BY_RHYTHM_UP_TO))


def _by_overlap(outlook: Outlook) -> Iterator[Next]:
    """Without a rhythm or a window, what the last changed document had in common tells a little."""
    if outlook.overlap is None or _window(outlook) is not None:
        return
    if outlook.overlap > MUCH_KNOWN:
        wait = _interval(outlook) + A_LITTLE_LATER
        yield Next(wait, "most items of its last document were known")


def _dormant(outlook: Outlook, now: datetime) -> Iterator[Next]:
    silent = _silent_for(outlook, now)
    if silent > DORMANT_AFTER:
        wait = silent.total_seconds() * DORMANT_SHARE
        yield Next(wait, f"nothing new has come for {silent.days} days")


def _at_risk(outlook: Outlook) -> Iterator[Next]:
    """By when to come back so that nothing rolls out of the document unseen."""
    window = _window(outlook)
    if outlook.has_lost:
        yield Next(0.0, "its last document shared no item with the one before")
    if window is not None:
        of_items = f" of {outlook.window_items} items" if outlook.window_items else ""
        why = f"its window{of_items} holds only {span(window)}"
        yield Next(window / LOOKS_PER_WINDOW, why)
    elif outlook.overlap is not None and outlook.overlap < LITTLE_KNOWN:
        yield Next(_interval(outlook) / 2, "few items of its last document were known")


def _hinted(outlook: Outlook) -> Iterator[Next]:
    """What the publisher says of his own pace. It may make us late, never make us lose items."""
    hints = outlook.hints or Hints()
    most = HINTS_UP_TO.get(outlook.kind, CEILING)
    window = _window(outlook)
    if window is not None and not outlook.is_pushed:
        most = min(most, window / LOOKS_PER_WINDOW)
    minutes = hints.ttl_minutes
    for asked in (None if minutes is None else minutes * 60, hints.update_seconds):
        if asked is not None and asked > 0:  # false for a NaN too
            wait = min(asked, most)
            yield Next(wait, f"the publisher suggests not to come back within {span(wait)}")


def _fresh(outlook: Outlook, now: datetime) -> Iterator[Next]:
    if outlook.fresh_until is not None:
        yield Next(
            min((outlook.fresh_until - now).total_seconds(), FRESH_UP_TO),
            f"the publisher says nothing changes before {clock(outlook.fresh_until)}",
        )


def _skipped(outlook: Outlook, now: datetime, chosen: Next) -> Iterator[Next]:
    """The end of the hours and days the publisher asks to be left out, if the poll fell in them."""
    hints = outlook.hints or Hints()
    hours = {hour % HOURS for hour in hints.skip_hours}  # 24 occurs, and means midnight
    days = {day for day in hints.skip_days if 0 <= day < DAYS}
    if len(hours) == HOURS or len(days) == DAYS:  # a template filled to the brim says nothing
        return
    planned = now.astimezone(UTC) + timedelta(seconds=chosen.seconds)
    at = planned
    while at.hour in hours or at.weekday() in days:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if at != planned:
        yield Next((at - now).total_seconds(), f"the publisher rests until {clock(at)}")


def _backed_off(outlook: Outlook) -> Iterator[Next]:
    if outlook.failures > 0:
        doublings = min(outlook.failures, MOST_DOUBLINGS)
        # A name that is not found is often our own resolver's fault: it counts half.
        weight = 0.5 if outlook.state == "dns" else 1.0
        times = "once" if outlook.failures == 1 else f"{outlook.failures} times in a row"
        yield Next(min(_interval(outlook) * 2.0 ** (doublings * weight), DAY), f"it failed {times}")
    if outlook.state == "gone":  # asked once a day: publishers do take a 410 back
        yield Next(DAY, "it said that it is gone: it is asked once a day")


def _asked_to_wait(outlook: Outlook) -> Iterator[Next]:
    asked = outlook.retry_after
    if asked is not None and asked > 0:
        wait = min(asked, DAY)
        yield Next(wait, f"the publisher asked us to wait {span(wait)}")


def _shared_wait(outlook: Outlook, now: datetime, jitter: float) -> Iterator[Next]:
    if outlook.not_before is not None and outlook.not_before > now:
        until = min(outlook.not_before, now + timedelta(seconds=DAY))
        why = f"its server is left alone until {clock(until)}"
        yield Next((released(until, jitter) - now).total_seconds(), why)


def _ceiling(outlook: Outlook, now: datetime) -> float:
    """How late the feed's own habit and its publisher's hints may make us at most.

    An operator who wants a feed asked rarely has the last word.
    """
    is_dormant = _silent_for(outlook, now) > DORMANT_AFTER
    ceiling = DAY if is_dormant else CEILINGS.get(outlook.kind, CEILING)
    return max(ceiling, _interval(outlook))


def _silent_for(outlook: Outlook, now: datetime) -> timedelta:
    return timedelta(0) if outlook.last_new_at is None else now - outlook.last_new_at


def _interval(outlook: Outlook) -> float:
    return within(outlook.interval_seconds, SHORTEST, DAY)


def _window(outlook: Outlook) -> float | None:
    """The window's span in seconds; None where its items tell no times, or all the same one."""
    window = outlook.window_seconds
    return window if window is not None and 0 < window < math.inf else None


def _no_later(chosen: Next, most: float) -> Next:
    if chosen.seconds <= most:
        return chosen
    return Next(most, f"{chosen.why}, but no later than in {span(most)}")


def _later(chosen: Next, *others: Next) -> Next:
    return max(chosen, *others, key=lambda wait: wait.seconds) if others else chosen
