"""RSS and Atom, by way of feedparser: the only place that knows it."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import feedparser

from pipeline.errors import UnreadableFeed
from pipeline.parse.entries import (
    Context,
    Found,
    entry_of,
    language_tag,
    list_of,
    mapping_of,
    resolved,
    text_of,
    web_address,
)
from pipeline.parse.repeats import told_apart
from pipeline.parse.slicing import Sliced, sliced
from pipeline.parse.sniffing import Sniffed, declared_encoding, reads_ascii_as_ascii
from pipeline.records import Answer, Document, Entry, Refused

MOST_ITEMS = 2_000
MOST_ITEM_BYTES = 256 * 1024  # feedparser's loose parser costs the square of one item's size
_MOST_READ_ALONE = 200  # beyond this, one bad item is not worth looking for

# Notes of feedparser's, after which it has read the document all the same.
_NOTES = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


class _Item(NamedTuple):
    """One item as feedparser gave it."""

    position: int
    found: Found
    raw: bytes
    problems: tuple[str, ...] = ()


_Kept = Sequence[tuple[int, bytes]]  # the items that may be read: place in the document, bytes


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document as feedparser gave it."""

    version: str
    channel: Found
    items: Sequence[_Item]
    refused: tuple[Refused, ...] = ()
    problems: tuple[str, ...] = ()


def read(answer: Answer, sniffed: Sniffed) -> Document:
    """Return the document of a feed's answer. Raises UnreadableFeed if there is no feed in it."""
    reading = _read(answer, sniffed)
    is_atom = reading.version.startswith("atom")
    link = web_address(resolved(answer.url, text_of(reading.channel, "link")))
    context = Context(
        is_atom=is_atom,
        # Readers resolve against the page of an RSS feed, and RFC 4287 against an Atom feed itself.
        base_url=answer.url if is_atom else link or answer.url,
        document_url=answer.url,
        language=language_tag(text_of(reading.channel, "language")),
    )
    entries: list[Entry] = []
    refused = list(reading.refused)
    for item in reading.items:
        entry = entry_of(item.found, context, position=item.position, problems=item.problems)
        if entry.title or entry.summary or entry.content or entry.url:
            entries.append(entry)
        else:
            why = "it has no headline, no text and no link"
            refused.append(Refused(position=item.position, reason=why, raw=item.raw))
    settled, repeats = told_apart(entries)
    return Document(
        format="feed",
        title=text_of(reading.channel, "title"),
        link=link,
        language=context.language,
        entries=settled,
        refused=tuple(sorted(refused, key=lambda one: one.position)),
        problems=(*reading.problems, *repeats),
    )


def _read(answer: Answer, sniffed: Sniffed) -> _Reading:
    """Return a document's items, each with its bytes, and what could not be made one."""
    body, headers, problems = _decodable(answer, sniffed)
    cut = sliced(body)
    kept, refused, cuts = _within_limits(cut) if cut else ((), (), ())
    if cut and cuts:
        body = cut.around(raw for _, raw in kept)
    found = _feedparser(body, headers)
    malformed = _malformed(found)
    apart = _one_by_one(cut, kept, headers) if cut and malformed else None
    reading = apart or _as_one(found, kept)
    if reading is None:
        why = f"there is no feed in what the source returned: {malformed or 'no item, no channel'}"
        raise UnreadableFeed(answer.url, why)
    if malformed:
        cuts += (f"not well-formed, read as far as it goes: {malformed}",)
    return replace(
        reading,
        refused=refused + reading.refused,
        problems=problems + cuts + reading.problems,
    )


def _decodable(answer: Answer, sniffed: Sniffed) -> tuple[bytes, dict[str, str], tuple[str, ...]]:
    """Return body and headers for feedparser, with no encoding that cannot be true."""
    body = answer.body
    headers: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    given = answer.headers.get("content-type", "")
    media, charset = _media_type(given)
    if sniffed.codec:
        headers["content-type"] = f"{media or 'application/xml'}; charset={sniffed.codec}"
    elif charset and not reads_ascii_as_ascii(charset):
        headers["content-type"] = media
        problems += (f"the server says {charset!r}, which these bytes are not",)
    elif given:
        headers["content-type"] = given
    declared = declared_encoding(sniffed)
    if declared and not sniffed.codec and not reads_ascii_as_ascii(declared):
        # Written by programs that hold text as UTF-16 and save it as UTF-8.
        body = body.replace(declared.encode("latin-1"), b"utf-8", 1)
        problems += (f"it declares {declared!r}, which its own bytes are not",)
    elif not sniffed.codec:
        body = body.lstrip()  # blanks before the declaration make a document malformed
    if headers and answer.headers.get("content-language"):
        headers["content-language"] = answer.headers["content-language"]
    # Content-Location stays out: links are resolved here, against the page where RSS means that.
    return body, headers, problems


def _media_type(header: str) -> tuple[str, str]:
    media, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media.strip(), value.strip().strip("\"'")
    return media.strip(), ""


def _within_limits(cut: Sliced) -> tuple[_Kept, tuple[Refused, ...], tuple[str, ...]]:
    """Return the items that may be read, those that may not, and what was cut off."""
    kept: list[tuple[int, bytes]] = []
    refused: list[Refused] = []
    problems: list[str] = []
    for position, raw in enumerate(cut.items[:MOST_ITEMS]):
        if len(raw) <= MOST_ITEM_BYTES:
            kept.append((position, raw))
            continue
        why = f"it is {len(raw) // 1024:,} kB long; the limit is {MOST_ITEM_BYTES // 1024:,} kB"
        refused.append(Refused(position=position, reason=why, raw=raw))
        problems.append(f"item {position + 1} is too long to be read")
    if len(cut.items) > MOST_ITEMS:
        problems.append(_too_many(len(cut.items)))
    if cut.torn:
        why = "the document breaks off inside it"
        refused.append(Refused(position=len(cut.items), reason=why, raw=cut.torn))
        problems.append("the document breaks off before its end")
    return kept, tuple(refused), tuple(problems)


def _too_many(count: int) -> str:
    return (
        f"{count:,} items are more than the limit of {MOST_ITEMS:,}:"
        f" the last {count - MOST_ITEMS:,} were left unread"
    )


def _feedparser(body: bytes, headers: Mapping[str, str]) -> feedparser.FeedParserDict | None:
    """Return what feedparser makes of a document, None where it stumbles."""
    try:
        # A stream: bytes that look like an address or a file's name are never opened as such.
        return feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # noqa: BLE001 - hostile bytes raise nearly anything in its loose parser
        return None


def _malformed(found: feedparser.FeedParserDict | None) -> str:
    """Return why a document is not well-formed, '' if it is."""
    if found is None:
        return "the parser gave it up"
    trouble = dict.get(found, "bozo_exception")
    if not dict.get(found, "bozo") or isinstance(trouble, _NOTES):
        return ""
    return re.sub(r"^<unknown>:", "line ", str(trouble))


def _notes(found: feedparser.FeedParserDict) -> tuple[str, ...]:
    note = dict.get(found, "bozo_exception")
    return (str(note),) if isinstance(note, _NOTES) else ()


def _one_by_one(cut: Sliced, kept: _Kept, headers: Mapping[str, str]) -> _Reading | None:
    """Return a malformed document with each item read alone.

    So the bad one is read loosely and its siblings strictly, as if it were not there: their text,
    and with it their versions, must not depend on a neighbour. None if the fault lies outside the
    items, or they cannot be told apart.
    """
    frame = _feedparser(cut.around(()), headers) if len(kept) <= _MOST_READ_ALONE else None
    if frame is None or _malformed(frame) or list_of(frame, "entries"):
        return None
    items: list[_Item] = []
    refused: list[Refused] = []
    for position, raw in kept:
        alone = _feedparser(cut.around((raw,)), headers)
        found = list_of(alone, "entries") if alone is not None else []
        why = _malformed(alone)
        if len(found) == 1:
            problems = (f"not well-formed, read as far as it goes: {why}",) if why else ()
            items.append(_Item(position, found[0], raw, problems))
        elif why:
            refused.append(Refused(position=position, reason=f"not well-formed: {why}", raw=raw))
        else:
            return None
    channel = mapping_of(frame, "feed")
    return _Reading(text_of(frame, "version"), channel, items, tuple(refused), _notes(frame))


def _as_one(found: feedparser.FeedParserDict | None, kept: _Kept) -> _Reading | None:
    """Return a document as feedparser read it whole, None where it found no feed."""
    if found is None:
        return None
    entries = list_of(found, "entries")
    version, problems = text_of(found, "version"), _notes(found)
    if not version and not entries:
        return None
    if len(entries) == len(kept):
        pairs = zip(kept, entries, strict=True)
        items = [_Item(position, entry, raw) for (position, raw), entry in pairs]
    else:  # lacking an item's bytes, what feedparser made of it stands in for them
        items = [
            _Item(position, entry, json.dumps(entry, default=str).encode())
            for position, entry in enumerate(entries[:MOST_ITEMS])
        ]
    if len(entries) > MOST_ITEMS:
        problems += (_too_many(len(entries)),)
    return _Reading(version, mapping_of(found, "feed"), items, problems=problems)
