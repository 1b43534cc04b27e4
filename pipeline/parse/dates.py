"""Dates as publishers write them, made UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

# Names of zones that publishers write and feedparser does not know: it reads them as UTC.
_ZONES = {"wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3}
_KNOWN_ZONES = frozenset(
    "ut utc gmt z a n m y met mest adt ast at edt est et cdt cst ct mdt mst mt pdt pst pt".split(),  # noqa: SIM905 - two dozen quoted names read worse
)
_ZONE = re.compile(r":\d\d(?:\.\d+)?\s*([A-Za-z]{1,5})\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "Thu,28 Jul 2022 4:35:5 GMT+9": no blank after the day's name, an offset without minutes.
_LOOSELY_WRITTEN = re.compile(
    r"(?:[A-Za-z]{2,9}[,.]?\s*)?(\d{1,2})[\s-]([A-Za-z]{3})[a-z]*[\s,-]+(\d{4})"
    r"\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?\s*(?:GMT|UTC)?(?:([+-])(\d{1,2})(?::?(\d\d))?)?\Z",
    re.IGNORECASE,
)
_FIRST_YEAR = 1971  # 1 January 1970 and the year 1 are how programs write "no date"


def moment(raw: str, parts: object) -> tuple[datetime | None, str]:
    """Return the date written as `raw`, and what is wrong with it ('' if nothing).

    `parts` is what feedparser made of it: year to second in UTC, or None.
    """
    quoted = repr(raw[:60])
    try:
        found = _from_parts(raw, parts) if isinstance(parts, tuple) else _loosely(raw)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        return None, f"its date {quoted} cannot be read"
    if found.year < _FIRST_YEAR:
        return None, f"its date {quoted} is no date"
    zone = _zone(raw)
    if zone and zone not in _ZONES and zone not in _KNOWN_ZONES:
        return found, f"its date {quoted} names an unknown zone and is read as UTC"
    return found, ""


def written_moment(raw: str) -> tuple[datetime | None, str]:
    """Return the date written as `raw` in ISO 8601, or as in e-mail, and what is wrong with it.

    One that names no zone is read as UTC.
    """
    try:
        found = datetime.fromisoformat(raw.strip())
    except ValueError:
        return moment(raw.strip(), None)
    try:
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        return None, f"its date {raw[:60]!r} cannot be read"
    if found.year < _FIRST_YEAR:
        return None, f"its date {raw[:60]!r} is no date"
    return found, ""


def _zone(raw: str) -> str:
    named = _ZONE.search(raw)
    return named.group(1).lower() if named else ""


def _from_parts(raw: str, parts: tuple[int, ...]) -> datetime:
    year, month, day, hour, minute, second = parts[:6]
    # A leap second is the second before it: Python knows none.
    found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return found - timedelta(hours=_ZONES.get(_zone(raw), 0))


def _loosely(raw: str) -> datetime | None:
    written = _LOOSELY_WRITTEN.match(raw)
    if written is None or written[2].lower() not in _MONTHS:
        return None
    day, month, year = int(written[1]), _MONTHS.index(written[2].lower()) + 1, int(written[3])
    hour, minute, second = int(written[4]), int(written[5]), int(written[6] or 0)
    offset = timedelta(hours=int(written[8] or 0), minutes=int(written[9] or 0))
    zone = timezone(-offset if written[7] == "-" else offset)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)


_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_BLANK_BEFORE_ZONE = re.compile(r"\s+(?=[+-]\d|[Zz]\Z)")
_DAY_ALONE = re.compile(r"\d{4}-?\d{2}-?\d{2}\Z")
_SHORT = re.compile(r"(\d{4})(-\d{2})?\Z")  # a year, a month: ISO 8601's truncated dates


def wire_moment(raw: str, time_zone: str) -> tuple[datetime | None, str]:
    """Return the date a wire wrote as `raw`, and what is wrong with it ('' if nothing).

    All of RFC 3339 and ISO 8601's short forms are right. A time without a zone is read in the
    source's own, and says so; so does one that is written otherwise and still plain.
    """
    written = raw.strip()
    quoted = repr(written[:60])
    plain = _BLANK_BEFORE_ZONE.sub("", written.translate(_DASHES))
    problem = f"its date {quoted} is not written as the format asks" if plain != written else ""
    if short := _SHORT.match(plain):
        plain = f"{short[1]}{short[2] or '-01'}-01"
    try:
        found = datetime.fromisoformat(plain.upper())
    except ValueError:
        read, why = moment(written, None)
        return read, why or f"its date {quoted} is not written as the format asks"
    try:
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(time_zone))
            if not _DAY_ALONE.match(plain):
                problem = f"its date {quoted} names no zone and is read as {time_zone}"
        found = found.astimezone(UTC)
    except OverflowError:
        return None, f"its date {quoted} cannot be read"
    if found.year < _FIRST_YEAR:
        return None, f"its date {quoted} is no date"
    return found, problem
