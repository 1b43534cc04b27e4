"""IPTC 7901: text between control characters, its header one line of codes."""

import re

from pipeline.parse import telegrams
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.telegrams import Telegram
from pipeline.parse.wires import NoItem, Notes, Words, carried, entry_of
from pipeline.records import Answer, Custom, Document, Entry, Subject, Wire, WireAction

_HEADER = re.compile(
    r"(?P<source>[A-Za-z]{1,12})[\s-]?(?P<number>\d{1,6})(?:\s+(?P<priority>[1-9]))?"
    r"(?:\s+(?P<category>[A-Za-z]{1,4}))?(?:\s+(?P<words>\d{1,6}))?(?:\s+(?P<rest>\S.*))?\Z",
    re.DOTALL,
)
_LONGEST_LINE = 160  # of what may be a headline


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of one message or several. Raises UnreadableFeed if there is none."""
    del sniffed
    return telegrams.document(answer, custom, _entry, format="iptc7901", called="IPTC 7901")


def _entry(one: Telegram, position: int, notes: Notes, base_url: str) -> Entry:
    """Return the entry of one message. Raises NoItem."""
    header = _HEADER.match(" ".join(one.header.split()))
    if header is None:
        raise NoItem(f"its header {one.header[:60]!r} names no source and number")
    source, number = header["source"], header["number"]
    text = telegrams.clean(one.text)
    slug, headline, paragraphs = _laid_out(text)
    sent_raw, sent = telegrams.stamped(one.trailer, notes)
    day = sent.date() if sent else None
    byline, paragraphs = _byline(paragraphs)
    marked = telegrams.marked(headline or slug, "\n\n".join(paragraphs), notes)
    action = marked.action or _in_slug(slug, notes)
    targets = telegrams.acts_on(action, headline or slug, text, source)
    category = header["category"] or ""
    return entry_of(
        position,
        Words(
            guid=telegrams.identity(source, number, day, text),
            title=headline or slug,
            content=telegrams.as_html(paragraphs),
            byline=byline,
            published=sent,
            published_raw=sent_raw,
            updated=sent,
            updated_raw=sent_raw,
        ),
        Wire(
            version_created=sent,
            status=telegrams.status_of(action),
            action=action,
            acts_on=targets,
            explanation=marked.explanation,
            ed_note=marked.editors_note,
            source=source,
            number=number,
            slug=slug,
            subjects=(Subject(scheme="category", code=category),) if category else (),
            urgency=notes.urgency(header["priority"] or ""),
            others=carried({"words": header["words"] or "", "header": header["rest"] or ""}),
        ),
        notes,
        base_url,
        has_words=True,
    )


def _byline(paragraphs: list[str]) -> tuple[str, list[str]]:
    """Return the line that names who wrote it, closed like a headline, and what is left."""
    first = paragraphs[0].strip() if paragraphs else ""
    if first.endswith("=") and len(first) <= _LONGEST_LINE and "\n" not in first:
        return first.rstrip("= "), paragraphs[1:]
    return "", paragraphs


def _in_slug(slug: str, notes: Notes) -> WireAction | None:
    """Return what a marker among a slug's words proposes: some agencies write it only there."""
    words = [word.strip() for word in slug.split("/")]
    actions = (telegrams.marked(f"{word}: x", "", notes).action for word in words if word)
    return next((action for action in actions if action), None)


def _laid_out(text: str) -> tuple[str, str, list[str]]:
    """Return a message's slug line, its headline and its paragraphs.

    The first line names the subject; the headline is what follows it up to a blank line, or up to
    the sign that closes one. A message that is all one block has no headline of its own.
    """
    blocks = [block for block in text.split("\n\n") if block.strip()]
    if not blocks:
        return "", "", []
    first, *rest = blocks
    lines = first.split("\n")
    slug, lines = lines[0].strip(), lines[1:]
    closing = next((at for at, one in enumerate(lines) if one.rstrip().endswith("=")), None)
    if closing is not None:
        headline = " ".join(lines[: closing + 1]).rstrip("= ").strip()
        left = "\n".join(lines[closing + 1 :]).strip()
        return slug, headline, [left, *rest] if left else rest
    whole = " ".join(lines).strip()
    if whole and rest and len(whole) <= _LONGEST_LINE:
        return slug, whole, rest
    if whole:
        return slug, "", [whole, *rest]
    if rest and len(rest[0]) <= _LONGEST_LINE and len(rest) > 1 and not rest[0].endswith("."):
        return slug, " ".join(rest[0].split()).rstrip("= "), rest[1:]
    return slug, "", rest
