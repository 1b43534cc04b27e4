"""ANPA 1312: America's wires, a service letter and a number, header lines between ^ and <."""

import re
from datetime import date

from pipeline.parse import telegrams
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.telegrams import Telegram
from pipeline.parse.wires import NoItem, Notes, Words, carried, entry_of
from pipeline.records import Answer, Custom, Document, Entry, Subject, Wire
from pipeline.text import storable

_FIRST = re.compile(r"\s*(?P<service>[A-Za-z]{1,3})(?P<number>\d{3,6})\x1f?(?P<selector>[^\s]*)")
_SECOND = re.compile(
    r"(?P<priority>[a-z])\s+(?P<category>[a-z])\s*[\x10-\x1f]*\s*(?P<slug>\S.*?)"
    r"(?:\s+(?P<month>\d{1,2})-(?P<day>\d{1,2}))?(?:\s+(?P<words>\d{1,6}))?\s*\Z",
    re.IGNORECASE,
)
_LONGEST_CODES = 300
_PRIORITIES = {"f": "1", "b": "2", "u": "3", "r": "4", "d": "5", "a": "5", "s": "6", "w": "6"}
_LED = re.compile(r",?\s*(\d{1,2})(?:st|nd|rd|th)\s+L[dD]\b(?:-Writethru)?,?", re.IGNORECASE)
_COUNT = re.compile(r",\s*\d{1,6}\s*\Z")  # of words
_CYCLE = re.compile(r"\A(?:AM|PM|BC|AP)-", re.IGNORECASE)  # of which edition: no part of the story
_TRAILER = re.compile(r"\b([A-Z]{2,4})-[A-Z]{2}-\d{2}-\d{2}-\d{2}")
_HEADER_LINE = re.compile(r"\^(.*?)<?\Z")


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of one message or several. Raises UnreadableFeed if there is none."""
    del sniffed
    return telegrams.document(answer, custom, _entry, format="anpa", called="ANPA 1312")


def _entry(one: Telegram, position: int, notes: Notes, base_url: str) -> Entry:
    """Return the entry of one message. Raises NoItem."""
    header_lines = [line for line in one.header.splitlines() if line.strip("\x11\x12\x13\x14\x1f ")]
    opening = _FIRST.match(header_lines[0]) if header_lines else None
    if opening is None:
        raise NoItem(f"its header {one.header[:60]!r} names no service and number")
    coded = " ".join(header_lines[1].split())[:_LONGEST_CODES] if len(header_lines) > 1 else ""
    second = _SECOND.match(coded)
    told, paragraphs = _laid_out(one.text)
    slug = storable(second["slug"]).strip(", ") if second else ""
    sent_raw, sent = telegrams.stamped(one.trailer, notes)
    agency = _TRAILER.search(one.trailer)
    source = agency[1] if agency else opening["service"]
    day = sent.date() if sent else None
    # Every service of an agency counts for itself: a0123 and b0123 are two items.
    number = f"{opening['service'].lower()}{opening['number']}"
    first_line = told.get("slug", "")
    headline = told.get("headline") or first_line or slug
    marked = telegrams.marked(headline, "\n\n".join(paragraphs), notes)
    led = _LED.search(first_line) or _LED.search(slug)
    action = marked.action or ("update" if led else None)
    targets = telegrams.acts_on(action, headline, "\n".join(paragraphs), source)
    priority = _PRIORITIES.get(second["priority"].lower(), "") if second else ""
    category = second["category"].lower() if second else ""
    return entry_of(
        position,
        Words(
            guid=telegrams.identity(source, number, day, one.text),
            title=headline,
            content=telegrams.as_html(paragraphs),
            byline=told.get("byline", ""),
            published=sent,
            published_raw=sent_raw,
            updated=sent,
            updated_raw=sent_raw,
        ),
        Wire(
            lineage=_lineage(source, first_line or slug, day),
            version=led[1] if led else None,
            version_created=sent,
            status=telegrams.status_of(action),
            action=action,
            acts_on=targets,
            explanation=marked.explanation,
            ed_note=told.get("note", "") or marked.editors_note,
            source=source,
            number=number,
            slug=slug,
            subjects=(Subject(scheme="category", code=category),) if category else (),
            urgency=notes.urgency(priority),
            others=carried(
                {
                    "service": opening["service"],
                    "words": (second["words"] or "") if second else "",
                    "selector": storable(opening["selector"]),
                }
            ),
        ),
        notes,
        base_url,
        has_words=True,
    )


def _lineage(source: str, slug: str, day: date | None) -> str:
    """Return what the leads of a story share: its slug without them, on its day."""
    name = _CYCLE.sub("", _LED.sub("", _COUNT.sub("", slug))).strip(" ,-").lower()
    return f"{source.lower()}:{name}:{day.isoformat()}" if name and day else ""


def _laid_out(text: str) -> tuple[dict[str, str], list[str]]:
    """Return what a message's header lines tell, by what each is, and its paragraphs."""
    told: dict[str, str] = {}
    body: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = raw.strip()
        header = _HEADER_LINE.match(line) if not "".join(body).strip() else None
        if header is None:
            body.append(raw)
            continue
        said = " ".join(storable(header[1]).split())
        lower = said.lower()
        if lower.startswith("eds"):
            told["note"] = said
        elif lower.startswith("by "):
            told["byline"] = said.rstrip("= ")
        elif "slug" not in told:
            told["slug"] = said
        elif "headline" not in told and said:
            told["headline"] = said
    blocks = [one for one in telegrams.clean("\n".join(body)).split("\n\n") if one.strip()]
    return told, blocks
