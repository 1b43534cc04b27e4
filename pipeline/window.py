"""Which stretch of time an instalment covers: from one cut-off to the next, in the desk's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.records import Series, Window

_DAYS = {"daily": range(7), "weekdays": range(5)}
_DAY = timedelta(days=1)


def window(series: Series, at: datetime) -> Window:
    """Return the window in force at `at` (aware), in UTC.

    It opens just after the last cut-off and ends with the next, so that windows tile time:
    every moment lies in exactly one, whatever daylight saving does to the wall clock.
    """
    zone = ZoneInfo(series.time_zone)
    # From two days back: where a zone itself changed sides, a whole day is missing or doubled.
    day = at.astimezone(zone).date() - 2 * _DAY
    while (cut_off := _cut_off(series, day, zone)) is None or cut_off < at:
        day += _DAY
    before = day - _DAY
    while (opens := _cut_off(series, before, zone)) is None or opens >= at:
        before -= _DAY
    tail_from = opens.astimezone(zone) - timedelta(days=series.tail_days)  # wall clock again
    return Window(opens=opens, cut_off=cut_off, tail_from=tail_from.astimezone(UTC))


def _cut_off(series: Series, day: date, zone: ZoneInfo) -> datetime | None:
    """Return the cut-off that falls on `day`, in UTC, or None on other days and skipped ones.

    A time that the clock leaves out in spring counts as if it had not been put forward yet; of
    two equal ones in autumn the first counts. Both are what `fold=0` means.
    """
    if day.weekday() not in _DAYS.get(series.cadence, (series.weekday,)) or day in series.skipped:
        return None
    return datetime.combine(day, series.cut_off, zone).astimezone(UTC)
