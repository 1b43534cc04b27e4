"""What a feed says beside its items: when to come back, where else to look, what it has deleted."""

import re
from collections.abc import Sequence
from contextlib import suppress
from math import isfinite

from pipeline.parse.dates import written_moment
from pipeline.parse.entries import Found, list_of, resolved, text_of, web_address
from pipeline.parse.markup import inner_text, tree
from pipeline.records import Hints, Tombstone, Ways
from pipeline.text import storable

_SECONDS = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
# feedparser keeps only the last hour and day of a list.
_HOUR = re.compile(rb"<hour>\s*+(\d{1,2})\s*+</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*+([a-z]{6,9})\s*+</day>", re.IGNORECASE)


def hints(channel: Found, outside: bytes) -> Hints:
    """Return what a feed's head says of when to come back; `outside` is all but its items."""
    hours, days = (
        [found[1].lower() for found in pattern.finditer(outside)] for pattern in (_HOUR, _DAY)
    )
    return Hints(
        ttl_minutes=_number(text_of(channel, "ttl")),
        # 24 is midnight as well; some number the hours from 1.
        skip_hours=tuple(sorted({int(hour) % 24 for hour in hours if int(hour) <= 24})),  # noqa: PLR2004 - hours of a day
        skip_days=tuple(sorted({_DAYS.index(day) for day in days if day in _DAYS})),
        update_seconds=_update_seconds(channel),
    )


def _number(text: str) -> float | None:
    with suppress(ValueError):
        number = float(text)
        return number if isfinite(number) and number > 0 else None
    return None


def _update_seconds(channel: Found) -> float | None:
    period, frequency = text_of(channel, "sy_updateperiod"), text_of(channel, "sy_updatefrequency")
    seconds = _SECONDS.get((period or "daily").lower())
    times = _number(frequency or "1")
    if not (period or frequency) or seconds is None or times is None:
        return None
    return seconds / times


def ways(channel: Found, document_url: str) -> Ways:
    """Return the other addresses a feed's head names."""
    links: dict[str, str] = {}
    for link in list_of(channel, "links"):
        address = web_address(resolved(document_url, text_of(link, "href")))
        for relation in text_of(link, "rel").lower().split():
            if address:
                links.setdefault(relation, address)
    return Ways(
        hub=links.get("hub"),
        topic=links.get("self"),
        previous=links.get("prev-archive") or links.get("next"),
    )


_MARK = b"deleted-entry"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_COMMENT = "{http://purl.org/atompub/tombstones/1.0}comment"


def tombstones(body: bytes, codec: str) -> tuple[Sequence[Tombstone], tuple[str, ...]]:
    """Return the entries that an Atom feed says were deleted (RFC 6721), and what was odd."""
    root = tree(body, codec) if _MARK in body else None
    found: list[Tombstone] = []
    problems: list[str] = []
    for element in root.iter(_TOMBSTONE) if root is not None else ():
        ref = storable(element.get("ref") or "").strip()
        when, problem = written_moment(element.get("when") or "")
        if not ref:
            problems.append("it says an entry was deleted, and not which one")
            continue
        if problem:
            problems.append(f"of a deleted entry {problem}")
        comment = " ".join(storable(inner_text(element.find(_COMMENT))).split())
        found.append(Tombstone(ref=ref, when=when, comment=comment))
    return found, tuple(dict.fromkeys(problems))
