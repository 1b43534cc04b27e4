"""What IPTC 7901 and ANPA 1312 share: text between control characters, one item after the other."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from html import escape
from zoneinfo import ZoneInfo

from pipeline import prefixes
from pipeline.errors import UnreadableFeed
from pipeline.parse.limits import MOST_ITEMS
from pipeline.parse.sniffing import media_type
from pipeline.parse.wires import Collected, Notes, cut_off
from pipeline.records import ActsOn, Answer, Custom, Document, Entry, WireAction, WireStatus
from pipeline.text import storable

SOH, STX, ETX, EOT = "\x01", "\x02", "\x03", "\x04"
_ZONES = {"GMT": 0, "UTC": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
_ZONES |= {"PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "BST": 1, "Z": 0}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def document(
    answer: Answer,
    custom: Custom,
    entry: Callable[["Telegram", int, Notes, str], Entry],
    *,
    format: str,  # noqa: A002  # the record's own word
    called: str,
) -> Document:
    """Return the document of one message or several. Raises UnreadableFeed if there is none."""
    named = media_type(answer.headers.get("content-type", ""))[1]
    text, problems = text_of(answer.body, custom, named)
    found = list(telegrams(text))
    if not found:
        raise UnreadableFeed(answer.url, f"this is called {called}, but no message begins in it")
    collected = Collected(answer)
    for position, one in enumerate(found[:MOST_ITEMS]):
        reading = partial(entry, one, position, Notes(custom), answer.url)
        collected.take(position, reading, partial(getattr, one, "raw"))
    beyond, more = cut_off(found, lambda: b"".join(one.raw for one in found[MOST_ITEMS:]))
    collected.refused += beyond
    return collected.document(format, (*problems, *more))


def text_of(body: bytes, custom: Custom, named: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of bytes whose format names no charset, and what is wrong with it.

    The source's own charset stands first, then what its server says, then UTF-8; Western Europe's
    is what is left, and it says so.
    """
    for charset in filter(None, (custom.charset, named, "utf-8")):
        with suppress(LookupError, UnicodeError, ValueError):
            text = body.decode(charset)
            text.encode()  # some codecs of Python's give halves of characters: none of a wire's
            return text, ()
    problem = "its bytes are not UTF-8 and were read as windows-1252: set its source's charset"
    if custom.charset:
        problem = f"its bytes are not all {custom.charset}, which is set for its source"
    return body.decode("cp1252", "replace"), (problem,)


@dataclass(frozen=True, slots=True)
class Telegram:
    """One message: its header, its text and what follows it."""

    header: str
    text: str
    trailer: str
    raw: bytes


def telegrams(text: str) -> Iterator[Telegram]:
    """Give the messages of a document: each begins with SOH, its text with STX, ends with ETX."""
    for piece in text.split(SOH)[1:]:
        header, stx, rest = piece.partition(STX)
        if not stx:  # some senders leave STX out: the header is the first line
            header, _, rest = piece.lstrip("\r\n").partition("\n")
        body, _, trailer = rest.partition(ETX)
        yield Telegram(
            header.strip("\r\n \x16"), body, trailer.partition(EOT)[0], (SOH + piece).encode()
        )


def clean(text: str) -> str:
    """Return the text of a message without controls, a blank line between paragraphs.

    A paragraph begins after a blank line, with an indent, or at a typesetter's mark.
    """
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\x14", "\n\n")
        .replace("\x13", "\n\n")
    )
    text = re.sub(r"\n(?:[ ]{2,}|\t)(?=\S)", "\n\n", text)
    lines = "\n".join(" ".join(storable(one).split()) for one in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def as_html(paragraphs: list[str]) -> str:
    """Return paragraphs as HTML: every one of them text alone."""
    flat = (" ".join(one.split()) for one in paragraphs)
    return "".join(f"<p>{escape(one, quote=False)}</p>" for one in flat if one)


_STAMP = re.compile(
    r"\b(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})\s*(?P<zone>[A-Z]{1,4})?\s+"
    r"(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<year>\d{4}|\d{2})\b"
)
_AMERICAN = re.compile(
    r"\b(?P<month>\d{2})-(?P<day>\d{2})-(?P<year>\d{2})\s+(?P<hour>\d{2})(?P<minute>\d{2})\s*"
    r"(?P<zone>[A-Z]{1,4})?\b"
)


def stamped(trailer: str, notes: Notes) -> tuple[str, datetime | None]:
    """Return the time a message was sent, as written and in UTC, where it says the year."""
    found = _STAMP.search(trailer) or _AMERICAN.search(trailer)
    if found is None:
        return "", None
    raw, year = found.group(), int(found["year"])
    month = found["month"].lower()
    try:
        moment = datetime(
            year + 2000 if year < 100 else year,  # noqa: PLR2004 - two digits of a year
            _MONTHS.index(month) + 1 if month.isalpha() else int(month),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            tzinfo=ZoneInfo(notes.custom.time_zone),
        )
    except ValueError:
        notes.say(f"its date {raw!r} cannot be read")
        return raw, None
    hours = _ZONES.get(found["zone"] or "")
    if hours is not None:
        moment = moment.replace(tzinfo=UTC) - timedelta(hours=hours)
    return raw, moment.astimezone(UTC)


# By its number alone after what calls it one, by another agency's after "item", by one's own
# anywhere: "the death of 157 soldiers" and "in para 12" name none.
_NAMED_ITEM = (
    r"\b(?:kill|hold|withhold|withdraw|disregard|cancel|delete|correct|refile|release)\w*\b"
    r"(?:\s+(?:(?:no|nr|number)\b\.?\s*(?P<bare>\d{{2,6}})|(?P<lettered>[A-Za-z]\d{{3,6}}))"
    r"|[^.\n]{{0,80}}?\b(?:(?:item|story|meldung)\s+(?:(?:no|nr|number)\b\.?\s*)?"
    r"(?:(?!(?:about|at|by|from|in|of|on|that|the|with)\b)(?P<source>[A-Za-z]{{2,8}})[\s-]?)?"
    r"(?P<number>[A-Za-z]?\d{{2,6}})"
    r"|{own}[\s-]?(?P<ours>\d{{2,6}})))\b"
)


def acts_on(action: WireAction | None, headline: str, text: str, source: str) -> tuple[ActsOn, ...]:
    """Return the item that a kill, hold or correction names in its words: by source and number.

    It is one of the notice's own day, or of the day before. One that names none is known by its
    headline alone.
    """
    if action not in ("kill", "withhold", "correct"):
        return ()
    status = None if action == "correct" else status_of(action)
    named = _NAMED_ITEM.format(own=re.escape(source))
    if found := re.search(named, f"{headline}\n{text[:2_000]}", re.IGNORECASE):
        number = next(filter(None, found.group("bare", "lettered", "number", "ours")))
        return (ActsOn(source=found["source"] or source, number=number, status=status),)
    return () if action == "correct" else (ActsOn(hint=headline, status=status),)


def status_of(action: WireAction | None) -> WireStatus:
    """Return what status a message's words give it: there is no field for one."""
    if action == "kill":
        return "canceled"
    return "withheld" if action == "withhold" else "usable"


def marked(headline: str, text: str, notes: Notes) -> prefixes.Marked:
    """Return what a message's words say of it: control lines count here."""
    return prefixes.read(headline, text, notes.custom, has_control_lines=True)


def identity(source: str, number: str, day: date | None, text: str) -> str:
    """Return what a message is known by: source, number and day; lacking a day, by its words.

    A file that is sent again has the same.
    """
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return ":".join(filter(None, (source.lower(), number, day.isoformat() if day else digest)))
