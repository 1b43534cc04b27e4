"""RSS and Atom, by way of feedparser: the only place that knows it."""

import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

import feedparser

from pipeline.errors import UnreadableFeed
from pipeline.parse.announced import hints, tombstones, ways
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
from pipeline.parse.limits import (
    MOST_ITEM_MARKS,
    MOST_ITEMS,
    MOST_MARKS,
    MOST_UNCUT_MARKS,
    Kept,
    beyond,
    marks,
    strain,
    too_many,
    within_limits,
)
from pipeline.parse.repeats import told_apart
from pipeline.parse.slicing import Sliced, sliced
from pipeline.parse.sniffing import (
    Sniffed,
    declared_encoding,
    encoding,
    media_type,
    reads_ascii_as_ascii,
)
from pipeline.parse.soundness import doubtful_alone, fault, malformed_alone
from pipeline.records import Answer, Document, Entry, Refused

_MANY_MARKS = 5_000  # from here on it pays to ask first whether a document is well-formed
_MOST_REPEATED = 16 * 1024 * 1024  # a document's frame times its items, where they are read apart

# Notes of feedparser's, after which it has read the document all the same.
_NOTES = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


class _Item(NamedTuple):
    """One item as feedparser gave it."""

    position: int
    found: Found
    raw: bytes
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document as feedparser gave it."""

    version: str
    channel: Found
    items: Sequence[_Item]
    refused: tuple[Refused, ...] = ()
    problems: tuple[str, ...] = ()
    outside: bytes = b""  # the document without its items


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
    deleted, oddities = tombstones(
        answer.body, encoding(sniffed, answer.headers.get("content-type", ""))
    )
    return Document(
        format="feed",
        title=text_of(reading.channel, "title"),
        link=link,
        language=context.language,
        entries=settled,
        refused=tuple(sorted(refused, key=lambda one: one.position)),
        problems=(*reading.problems, *repeats, *oddities),
        hints=hints(reading.channel, reading.outside),
        ways=ways(reading.channel, answer.url),
        tombstones=tuple(deleted),
    )


def _read(answer: Answer, sniffed: Sniffed) -> _Reading:
    """Return a document's items, each with its bytes, and what could not be made one."""
    body, headers, problems = _decodable(answer, sniffed)
    codec = encoding(sniffed, answer.headers.get("content-type", ""))
    cut = sliced(body)
    kept, refused, cuts = within_limits(cut) if cut else ((), (), ())
    if cut and cuts:
        body = cut.around((raw for _, raw in kept), between=True)
    if why := _strain(cut, body):
        raise UnreadableFeed(answer.url, why)
    reading = found = None
    malformed = ""
    doubtful = doubtful_alone(cut, [raw for _, raw in kept], codec) if cut else frozenset()
    if cut and not doubtful and marks(body) > _MANY_MARKS:
        malformed = fault(body, codec)
    if not doubtful and not malformed:
        found = _feedparser(body, headers)
        malformed = _malformed(found)
        is_sure = not malformed and len(_entries(found)) == len(kept)
        reading = _as_one(found, kept) if is_sure or not cut else None
    if reading is None and cut:
        reading = _apart(cut, kept, headers, codec, doubtful)
    if reading is None:
        found = _feedparser(body, headers) if found is None else found
        malformed = _malformed(found)
        reading = _as_one(found, kept, taken=frozenset(one.position for one in refused))
    if reading is None:
        why = f"there is no feed in what the source returned: {malformed or 'no item, no channel'}"
        raise UnreadableFeed(answer.url, why)
    if malformed:
        cuts += (f"not well-formed, read as far as it goes: {malformed}",)
    return replace(
        reading,
        outside=cut.around((), between=True) if cut else body,
        refused=refused + reading.refused,
        problems=problems + cuts + reading.problems,
    )


def _strain(cut: Sliced | None, body: bytes) -> str:
    """Return why what is left of a document would strain the parser, '' if it would not."""
    if cut is None:
        return strain(body, MOST_UNCUT_MARKS)
    why = strain(cut.around((), between=True), MOST_ITEM_MARKS)
    return f"outside its items {why}" if why else strain(body, MOST_MARKS + MOST_ITEM_MARKS)


def _decodable(answer: Answer, sniffed: Sniffed) -> tuple[bytes, dict[str, str], tuple[str, ...]]:
    """Return body and headers for feedparser, with no encoding that cannot be true."""
    body = answer.body
    headers: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    given = answer.headers.get("content-type", "")
    media, charset = media_type(given)
    if sniffed.codec:
        headers["content-type"] = f"{media or 'application/xml'}; charset={sniffed.codec}"
    elif charset and not reads_ascii_as_ascii(charset):
        headers["content-type"] = media
        problems += (f"the server says {charset!r}, which these bytes are not",)
    elif media.lower() == "text/xml" and not charset:
        # RFC 7303 made it the same as application/xml; feedparser still takes it for ASCII.
        headers["content-type"] = "application/xml"
    elif given:
        headers["content-type"] = given
    declared = declared_encoding(sniffed)
    if declared and not sniffed.codec and not reads_ascii_as_ascii(declared):
        # Written by programs that hold text as UTF-16 and save it as UTF-8.
        body = body.replace(declared.encode("latin-1"), b"utf-8", 1)
        problems += (f"it declares {declared!r}, which its own bytes are not",)
    elif not sniffed.codec:
        body = body.lstrip()  # blanks before the declaration make a document malformed
    if sniffed.codec in (None, "utf-8"):
        body = _with_short_head(body)
    if headers and answer.headers.get("content-language"):
        headers["content-language"] = answer.headers["content-language"]
    # Content-Location stays out: links are resolved here, against the page where RSS means that.
    return body, headers, problems


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


_FIRST_ELEMENT = re.compile(rb"<\w")
_LONG_HEAD = 2_000


def _with_short_head(body: bytes) -> bytes:
    """Return a document with blanks before its first element drawn together, if there are many.

    feedparser looks for a DOCTYPE there in the square of their number.
    """
    element = _FIRST_ELEMENT.search(body)
    if element is None or element.start() < _LONG_HEAD:
        return body
    return b" ".join(body[: element.start()].split()) + b"\n" + body[element.start() :]


def _entries(found: feedparser.FeedParserDict | None) -> list[Found]:
    return list_of(found, "entries") if found is not None else []


# Where in the document a fault lies depends on what stands before the item.
_WHERE = re.compile(r"^line \d+:\d+: (?:not well-formed \((.*)\)$)?")


def _malformed(found: feedparser.FeedParserDict | None) -> str:
    """Return why a document is not well-formed, '' if it is."""
    if found is None:
        return "the parser gave it up"
    trouble = dict.get(found, "bozo_exception")
    if not dict.get(found, "bozo") or isinstance(trouble, _NOTES):
        return ""
    return re.sub(r"^<unknown>:", "line ", str(trouble))


def _notes(found: feedparser.FeedParserDict | None) -> tuple[str, ...]:
    note = dict.get(found, "bozo_exception") if found is not None else None
    return (str(note),) if isinstance(note, _NOTES) else ()


def _apart(
    cut: Sliced, kept: Kept, headers: Mapping[str, str], codec: str, doubtful: Collection[int]
) -> _Reading | None:
    """Return a document with the sound items read together and each doubtful one alone.

    So a bad item is read loosely and its siblings strictly, as if it were not there: their text,
    and with it their versions, must not depend on a neighbour. `doubtful` are places in `kept`.
    None if the fault lies outside the items, or the document is too long to be read so often.
    """
    frame = _frame(cut, headers)
    raws = [raw for _, raw in kept]
    if frame is None or len(raws) * len(cut.around(())) > _MOST_REPEATED:
        return None
    alone = {*doubtful, *malformed_alone(cut, raws, codec)}
    together = [at for at in range(len(kept)) if at not in alone]
    sound = _feedparser(cut.around(raws[at] for at in together), headers) if together else None
    if _malformed(sound) or len(_entries(sound)) != len(together):
        alone, together = {*range(len(kept))}, []
    pairs = zip(together, _entries(sound), strict=False)
    items = [_Item(kept[at][0], entry, raws[at]) for at, entry in pairs]
    refused: list[Refused] = []
    for at in sorted(alone):
        found = _feedparser(cut.around((raws[at],)), headers)
        why = _WHERE.sub(r"\1", _malformed(found))
        if len(_entries(found)) == 1:
            problems = (f"not well-formed, read as far as it goes: {why}",) if why else ()
            items.append(_Item(kept[at][0], _entries(found)[0], raws[at], problems))
        elif why:
            reason = f"not well-formed: {why}"
            refused.append(Refused(position=kept[at][0], reason=reason, raw=raws[at]))
        # Else it is called an item in another vocabulary, and is none of the feed's.
    items.sort(key=lambda item: item.position)
    channel = mapping_of(frame, "feed")
    return _Reading(text_of(frame, "version"), channel, items, tuple(refused), _notes(frame))


def _frame(cut: Sliced, headers: Mapping[str, str]) -> feedparser.FeedParserDict | None:
    """Return a document read without its items, None where the fault lies there."""
    for between in (True, False):
        found = _feedparser(cut.around((), between=between), headers)
        if found is not None and not _malformed(found) and not _entries(found):
            return found
    return None


def _as_one(
    found: feedparser.FeedParserDict | None, kept: Kept, *, taken: Collection[int] = ()
) -> _Reading | None:
    """Return a document as feedparser read it whole, None where it found no feed."""
    if found is None:
        return None
    entries = _entries(found)
    version, problems = text_of(found, "version"), _notes(found)
    if not version and not entries:
        return None
    if len(entries) == len(kept):
        pairs = zip(kept, entries, strict=True)
        items = [_Item(position, entry, raw) for (position, raw), entry in pairs]
        return _Reading(version, mapping_of(found, "feed"), items, problems=problems)
    # Lacking an item's bytes, what feedparser made of it stands in for them.
    raws = [json.dumps(entry, default=str).encode() for entry in entries]
    free = (position for position in count() if position not in taken)
    items = [_Item(*one) for one in zip(free, entries[:MOST_ITEMS], raws, strict=False)]
    refused: tuple[Refused, ...] = ()
    if len(entries) > MOST_ITEMS:
        problems += (too_many(len(entries), MOST_ITEMS, f"limit of {MOST_ITEMS:,}"),)
        rest = b"\n".join(raws[MOST_ITEMS:])
        refused = (beyond(problems[-1], rest, position=next(free)),)
    return _Reading(version, mapping_of(found, "feed"), items, refused, problems)
