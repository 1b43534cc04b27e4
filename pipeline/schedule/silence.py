"""Is a feed silent beyond its own habit, and may its window have lost items?"""

import math
from datetime import datetime, timedelta

from pipeline.records import Heard, Rhythm
from pipeline.schedule.rhythm import WATCHED_ENOUGH, expected
from pipeline.schedule.words import some_items, span

NEVER_AFTER = timedelta(hours=48)  # a source that has not brought anything by then was set up wrong
PAUSES_ENOUGH = 5
UNSURE = 2.0  # standard errors: a spread seen in few pauses may be so much greater
ALARMS_A_YEAR = 0.1  # false ones, per feed, that the length of a pause may cause
SKIPPED = 2.5  # usual pauses: one issue left out is a holiday, two are silence
LONGER = 1.3  # than the longest pause so far
A_YEAR = 365.0
UNLEARNT = timedelta(days=14)  # too few pauses seen to know its habit
SLACK = timedelta(hours=12)  # polls of a quiet feed lie up to six hours apart
SLACK_OF_A_WIRE = timedelta(hours=2)
LATE_APPEARANCE = timedelta(hours=1)  # between an item's date and its place in the feed


def silence(
    heard: Heard, *, at: datetime, is_open: bool = False, since: datetime | None = None
) -> str | None:
    """What to tell an operator of a feed that is silent beyond its habit; None while it is not.

    `at` is when the feed was asked last: while nobody asks, nothing can be heard, and that is
    our silence. A trouble that `is_open`, noted when the last news was that of `since`, stays open
    until something new has come and closes then: a rhythm learnt anew opens and closes nothing.
    """
    if is_open:
        is_over = heard.last_new_at is not None and (since is None or heard.last_new_at > since)
        return None if is_over else _sentence(heard, at)
    if heard.last_new_at is None:
        is_silent = at - heard.added_at >= NEVER_AFTER
    else:
        is_silent = _is_beyond_habit(heard, heard.last_new_at, at)
    return _sentence(heard, at) if is_silent else None


def bearable_pause(rhythm: Rhythm) -> float:
    """The expected items that may fail to come before a feed counts as silent.

    Arrivals come in bursts, so no fixed law is assumed: the tail is that of the feed's own pauses,
    drawn on beyond the longest one until it would be met ALARMS_A_YEAR times a year.
    """
    a_year = rhythm.pauses / max(rhythm.days_watched, 1.0) * A_YEAR
    # The longer half lies above the median, its spread known as well as so few pauses tell it.
    spread = rhythm.pause_spread * (1 + UNSURE / math.sqrt(rhythm.pauses))
    tail = rhythm.usual_pause + spread * math.log(max(a_year / 2 / ALARMS_A_YEAR, 1.0))
    return max(tail, LONGER * rhythm.longest_pause, SKIPPED * rhythm.usual_pause)


def lost_items(
    *,
    items: int,
    known: int,
    held_before: bool,
    oldest: datetime | None = None,
    last_look: datetime | None = None,
) -> str | None:
    """Why items may have come and gone between two documents; None where nothing suggests it.

    `known` of the document's `items` were in any document before. So a feed that flips back to a
    list it has shown is not suspected, only one with nothing known at all. If its `oldest` item
    was out well before the `last_look`, the list was exchanged, not rolled over. Not to be asked
    of a partial answer (226), nor before the feed has brought anything (`held_before`).
    """
    if not held_before or items == 0 or known > 0:
        return None
    if oldest is not None and last_look is not None and oldest + LATE_APPEARANCE < last_look:
        return None
    what = "its only item was in no" if items == 1 else f"none of its {items} items was in a"
    return f"{what} document before: others may have come and gone in between"


def _is_beyond_habit(heard: Heard, last_new: datetime, at: datetime) -> bool:
    pause = at - last_new
    if pause < (SLACK_OF_A_WIRE if heard.kind == "wire" else SLACK):
        return False
    rhythm = heard.rhythm
    if rhythm is None or rhythm.days_watched < WATCHED_ENOUGH:
        return pause >= UNLEARNT
    if rhythm.pauses < PAUSES_ENOUGH:
        return pause >= max(UNLEARNT, SKIPPED * timedelta(hours=1 / rhythm.an_hour))
    return expected(rhythm, last_new, at) > bearable_pause(rhythm)


def _sentence(heard: Heard, at: datetime) -> str:
    if heard.last_new_at is None:
        said = f"nothing has ever come from it in {_for(at - heard.added_at)}"
    else:
        said = f"nothing new for {_for(at - heard.last_new_at)}"
        if heard.rhythm is not None and heard.rhythm.pauses >= PAUSES_ENOUGH:
            missing = expected(heard.rhythm, heard.last_new_at, at)
            said += f", when by its own habit about {some_items(missing)} would have come"
    return f"{said}; {_what_it_answers(heard)}"


def _what_it_answers(heard: Heard) -> str:
    if heard.failures > 0:
        times = "the last poll" if heard.failures == 1 else f"the last {heard.failures} polls"
        return f"{times} failed: {heard.reason or heard.state}"
    if heard.state in {"ok", "not_modified"}:
        return "it answers, always with items known already"
    return f"it answers, but {heard.reason or heard.state}"


def _for(pause: timedelta) -> str:
    return span(pause.total_seconds())
