"""How the desk says things: days in the desk's zone, reasons with marked words, safe links."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from pipeline.worddiff import word_diff
from store.alerts import Alert
from store.drafts import InstalmentLine
from store.rights import NAMES, RIGHTS

# By hand: the words of strftime change with the machine's language.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "June"),
    *("July", "Aug", "Sept", "Oct", "Nov", "Dec"),
)
_FLAGS = {
    "updated": "changed by its outlet since",
    "corrected": "corrected by its outlet",
    "killed": "withdrawn by its outlet",
    "withheld": "held back by its outlet",
    "embargoed": "under embargo",
    "before_window": "before the window",
    "gone": "taken down by its outlet",
    "source_unchecked": "source not checked",
}
ACTIONS = {"accept": "Accept", "reject": "Reject", "wake": "Bring back"}  # what the buttons say
DECIDED = {
    "accept": "accepted",
    "reject": "rejected",
    "snooze": "put off",
    "wake": "brought back",
    "undo": "took back a decision on",
    "leave": "let stand what was decided about",
}
STATES = {
    "queued": "to decide",
    "accepted": "accepted",
    "rejected": "rejected",
    "snoozed": "put off",
}
ZONES = {"auto": "strong match", "suggest": "suggested"}
TROUBLES = {
    "gone": "gone",
    "failing": "failing",
    "silent": "silent",
    "items_missed": "items probably missed",
    "moved": "moved",
}
FEED_STATES = {
    "ok": "well",
    "not_modified": "well",
    "never": "not polled yet",
    "paused": "paused",
    "empty": "gives an empty answer",
    "html": "gives a web page",
    "parse_error": "cannot be read",
    "poison": "cannot be read",
    "too_costly": "cannot be read",
    "http_4xx": "refuses us",
    "http_5xx": "has trouble",
    "dns": "is not found",
    "tls": "has no safe connection",
    "timeout": "is too slow",
    "connect": "does not answer",
    "broken": "answers in pieces",
    "redirect": "sends us astray",
    "too_big": "is too large",
    "blocked_address": "may not be polled",
    "rate_limited": "asks us to wait",
    "gone": "gone",
}
INSTALMENT_STATES = {
    "assembling": "being assembled",
    "in_review": "in review",
    "ready": "ready",
    "approved": "approved",
    "published": "out",
    "corrected": "out, corrected",
    "withdrawn": "withdrawn",
}
STEPS = {  # what the buttons say
    "review": "Send to review",
    "ready": "Call it ready",
    "approve": "Approve",
    "publish": "It is out",
    "reopen": "Open again",
    "correct": "Correct it",
    "withdraw": "Withdraw it",
}
STEPS_TAKEN = {
    "review": "sent it to review",
    "ready": "called it ready",
    "approve": "approved it",
    "publish": "said that it is out",
    "reopen": "opened it again",
    "correct": "corrected it",
    "withdraw": "withdrew it",
}
CHECKS = {  # how a quotation stands to its source
    "exact": "Word for word in the source",
    "differs": "Differs from its source",
    "not_found": "Not found in its source",
    "unavailable": "Its source is unavailable",
}
NOTICE_STATES = {
    "unresolved": "its target has not come",
    "proposed": "waits for your word",
    "carried_out": "carried out",
    "refused": "refused",
    "released": "released",
    "expired": "its target never came",
}
HAPPENED = {  # to a source, by the kind of the alert
    "update": "updated",
    "correction": "corrected",
    "killed": "killed",
    "withheld": "held back",
    "withdrawn": "taken down",
    "embargo": "put under embargo",
    "released": "released",
}
_BEARINGS = {
    "own": "{done} by {whom}",
    "quote": "A quotation's source was {done} by {whom}",
    "copy": "The text it carries was {done} by {whom}",
    "development": "Another source of this, {whom}, was {done}",
}
# Each in front of those that pass themselves off as it.
_BROWSERS = (
    *(("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome")),
    *(("Safari/", "Safari"), ("curl/", "curl")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("Linux", "Linux")),
)
ROLES = {"reader": "reader", "editor": "editor", "chief": "chief editor", "operator": "operator"}
LEAST = {name: NAMES[right.least] for name, right in RIGHTS.items()}  # who may at all


def browser(agent: str) -> str:
    """A browser as people call it, from what it says of itself: `Firefox on Windows`."""
    name = next((said for mark, said in _BROWSERS if mark in agent), "")
    system = next((said for mark, said in _SYSTEMS if mark in agent), "")
    return " on ".join(part for part in (name, system) if part) or "some browser"


def weekday(moment: datetime, zone: ZoneInfo, *, near: datetime | None = None) -> str:
    """The day in the desk's zone, `Thu 20 Nov`; with its year if far from `near`'s."""
    day, year = _day(moment, zone)
    if near is not None and year == near.astimezone(zone).year:
        return day
    return f"{day} {year}"


@lru_cache(8192)  # a first page names the same cut-offs again and again, and none of them moves
def _day(moment: datetime, zone: ZoneInfo) -> tuple[str, int]:
    local = moment.astimezone(zone)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}", local.year


def earlier(series: str, line: InstalmentLine, zone: ZoneInfo, near: datetime) -> Markup:
    """One of the earlier instalments of a series, for a list of them: a first page has thousands.

    Numbers, a time and words of ours; the key and a state we have no words for are escaped.
    """
    key = escape(series)
    held = f"{line.items} item{'' if line.items == 1 else 's'}"
    if line.undecided:
        held += f", {line.undecided} not decided"
    if line.state != "assembling":
        held += f", {escape(INSTALMENT_STATES.get(line.state, line.state))}"
    return Markup(  # noqa: S704  # see above
        f'<a href="/instalments/{key}/{line.number}">No. {line.number}</a>\n'
        f'        <time datetime="{line.cut_off.isoformat()}">'
        f"{weekday(line.cut_off, zone, near=near)}</time>\n"
        f"        <span>{held}</span>"
    )


def day(day: date) -> str:
    """A day with its year, `20 Nov 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """The time of day in the desk's zone, `16:05`."""
    return moment.astimezone(zone).strftime("%H:%M")


def zone_name(zone: ZoneInfo) -> str:
    """The zone as people call it: `New York time`, `UTC`."""
    place = zone.key.rpartition("/")[2].replace("_", " ")
    return "UTC" if place in {"UTC", "Etc", "GMT"} else f"{place} time"


def zone(name: str) -> ZoneInfo:
    """The desk's zone: that of the series' calendar."""
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):  # dropped from the zone tables since
        return ZoneInfo("UTC")


def away(moment: datetime, now: datetime) -> str:
    """How far off a moment is: `in 2 days`, `3 hours ago`."""
    distance = abs(moment - now)
    if distance < timedelta(minutes=1):
        return "now"
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(distance.total_seconds() // size)
        if number >= (2 if unit == "day" else 1):  # 30 hours say more than 1 day
            much = f"{number} {unit}{'' if number == 1 else 's'}"
            return f"in {much}" if moment > now else f"{much} ago"
    return "now"


def flag(name: str) -> str:
    """A flag in words; one we have no words for is shown as it is."""
    return _FLAGS.get(name, name.replace("_", " "))


def compared(old: str, new: str) -> Markup:
    """Two texts as one, escaped: what went struck out, what came underlined."""
    tags = {
        "same": Markup("{}"),
        "gone": Markup("<del>{}</del>"),
        "come": Markup("<ins>{}</ins>"),
    }
    pieces = (tags[piece.kind].format(piece.text) for piece in word_diff(old, new))
    return Markup().join(pieces)


def happened(alert: Alert, zone: ZoneInfo, *, near: datetime) -> str:
    """What happened to an item's source, whose word it is and when, up to its explanation."""
    done = HAPPENED.get(alert.kind, alert.kind)
    said = _BEARINGS[alert.bearing].format(done=done, whom=alert.outlet)
    moment = f"{weekday(alert.at, zone, near=near)} at {clock_time(alert.at, zone)}"
    return f"{said[0].upper()}{said[1:]}, {moment}"


def countdown(until: datetime, now: datetime) -> str:
    """How long an embargo still holds: `2 days 3 hours`, `14 minutes`, `less than a minute`."""
    minutes = int((until - now).total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    counted = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    told = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in counted if number]
    return " ".join(told[:2]) or "less than a minute"


@lru_cache(8192)  # a row names a dozen links, and each page the same ones again
def safe_link(url: str | None) -> str | None:
    """The address if a browser may be sent there: http and https only, None for all others."""
    if not url or any(character <= " " or character == "\\" for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[": what a source calls a link need not be one
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def quoted(path: str) -> str:
    """A path of ours as a part of an address."""
    return quote(path, safe="")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `Ann and Ben`."""
    if len(names) < 2:  # noqa: PLR2004  # nothing to join
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


@lru_cache(8192)
def host(url: str) -> str:
    """Where a safe link leads, in short."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def excerpt(text: str, most: int = 320) -> str:
    """The beginning of a text, cut between words."""
    if len(text) <= most:
        return text
    begun = (text[:most].rsplit(None, 1) or [""])[0]  # of blanks alone nothing is left
    return begun.rstrip(" ,;:.-\u2013\u2014") + " \u2026"


def marked(text: str, why: Iterable[Mapping[str, object]], *fields: str) -> Markup:
    """`text`, escaped, with the words marked that the reasons found in one of these fields.

    A place is marked only if the words still stand there: a headline may have been edited since.
    """
    found = [_place(span, text) for span in _spans(why) if span.get("field") in fields]
    return _with_marks(text, [place for place in found if place is not None])


def reason(one: Mapping[str, object]) -> Markup:
    """A reason in words, escaped; a matched phrase is marked instead of standing in quotes."""
    shown = escape(str(one.get("text", "")))
    for words in {str(span.get("text", "")) for span in _spans([one])} - {""}:
        # Quoted only: the same word elsewhere in our sentence is no evidence.
        quoted = escape(f'"{words}"')
        shown = shown.replace(quoted, Markup("<mark>{}</mark>").format(words))
    return shown


def _spans(why: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    spans: list[Mapping[str, object]] = []
    for one in why:
        found = one.get("spans")
        if isinstance(found, Sequence) and not isinstance(found, str):
            spans.extend(span for span in found if isinstance(span, Mapping))
    return spans


def _place(span: Mapping[str, object], text: str) -> tuple[int, int] | None:
    """Where a span's words stand in `text`, None if they do not stand there."""
    match span.get("start"), span.get("end"):
        case int(start), int(end) if 0 <= start < end and text[start:end] == span.get("text"):
            return start, end
    return None


def _with_marks(text: str, places: Sequence[tuple[int, int]]) -> Markup:
    """The text escaped piece by piece; places that overlap are marked as one."""
    shown, done = Markup(), 0
    for start, end in _merged(places):
        shown += escape(text[done:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        done = end
    return shown + escape(text[done:])


def _merged(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def sentence(words: str) -> str:
    """Words of ours as a sentence: with a capital, and a full stop unless one stands there."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?', '!')) else '.'}"
