"""What of a document is too much to be read: it is set aside, and never simply dropped."""

import re
from collections.abc import Sequence

from pipeline.parse.slicing import Sliced
from pipeline.records import Refused

MOST_ITEMS = 2_000
MOST_ITEM_BYTES = 256 * 1024
# Marks are tags, and references at a seventh of their cost. A tag costs feedparser up to 45
# microseconds, so that bytes alone bound nothing: 5 MB of "<b>" kept it busy for a minute. Of 949
# real documents none had more than 19,000 marks, no item more than 2,700.
MOST_MARKS = 100_000
MOST_ITEM_MARKS = 20_000
MOST_UNCUT_MARKS = 40_000  # of a document whose items cannot be told apart
_REFERENCES_A_TAG = 7
# feedparser goes through all attributes of a tag for each of them, and through all namespaces for
# each tag of a namespace it does not know.
MOST_VALUES = 100
MOST_NAMESPACES = 300
MOST_UNBROKEN = 1_000
_MANY_VALUES = 1_000
_LONG_TAG = re.compile(rb"<[^<>]{2048}[^<>]*+")
_NAMESPACE = re.compile(rb"xmlns:([\w.-]++)")
_MOST_SET_ASIDE = 4 * 1024 * 1024  # of what stands beyond the limit of items

Kept = Sequence[tuple[int, bytes]]  # the items that may be read: place in the document, bytes


def within_limits(cut: Sliced) -> tuple[Kept, tuple[Refused, ...], tuple[str, ...]]:
    """Return the items that may be read, those that may not, and what to say of the document."""
    kept: list[tuple[int, bytes]] = []
    refused: list[Refused] = []
    problems: list[str] = []
    budget = MOST_MARKS
    end = min(len(cut.items), MOST_ITEMS)
    for position, raw in enumerate(cut.items[:MOST_ITEMS]):
        why = _too_long(raw)
        if why:
            refused.append(Refused(position=position, reason=why, raw=raw))
            problems.append(f"item {position + 1} is too long to be read")
            continue
        budget -= marks(raw)
        if budget < 0:
            end = position
            break
        kept.append((position, raw))
    if end < len(cut.items):
        limit = (
            f"limit of {MOST_ITEMS:,}" if budget >= 0 else f"limit of {MOST_MARKS:,} tags allows"
        )
        problems.append(too_many(len(cut.items), end, limit))
        refused.append(beyond(problems[-1], b"".join(cut.items[end:]), position=end))
    if cut.torn:
        why = "the document breaks off inside it"
        refused.append(Refused(position=len(cut.items), reason=why, raw=cut.torn))
        problems.append("the document breaks off before its end")
    return kept, tuple(refused), tuple(problems)


def _too_long(raw: bytes) -> str:
    """Return why an item is too long to be read, '' if it is not."""
    if len(raw) > MOST_ITEM_BYTES:
        return f"it is {len(raw) // 1024:,} kB long; the limit is {MOST_ITEM_BYTES // 1024:,} kB"
    return strain(raw, MOST_ITEM_MARKS)


def strain(raw: bytes, most_marks: int) -> str:
    """Return why a piece of a document would strain a parser, '' if it would not."""
    found = marks(raw)
    if found > most_marks:
        return f"it has {found:,} tags; the limit is {most_marks:,}"
    if raw.count(b"=") > _MANY_VALUES:
        for tag in _LONG_TAG.finditer(_loud(raw)):
            if (values := tag.group().count(b"=")) > MOST_VALUES:
                return f"one of its tags has {values:,} attributes; the limit is {MOST_VALUES:,}"
    if len(raw) > MOST_UNBROKEN and _has_endless_name(raw):
        return f"an author's name in it has {MOST_UNBROKEN:,} letters without a blank"
    if raw.count(b"xmlns:") > MOST_NAMESPACES:
        names = len(set(_NAMESPACE.findall(_loud(raw))))
        if names > MOST_NAMESPACES:
            return f"it declares {names:,} namespaces; the limit is {MOST_NAMESPACES:,}"
    return ""


def too_many(count: int, read: int, limit: str) -> str:
    """Return what to say of a document with more items than are read."""
    return f"{count:,} items are more than the {limit}: the last {count - read:,} were left unread"


def beyond(why: str, raw: bytes, *, position: int) -> Refused:
    """Return what stands beyond a limit, to be set aside as one."""
    if len(raw) > _MOST_SET_ASIDE:
        why += f" (of {len(raw) // 1024:,} kB the first {_MOST_SET_ASIDE // 1024:,} are kept)"
    return Refused(position=position, reason=why, raw=raw[:_MOST_SET_ASIDE])


# feedparser looks for an e-mail address in each author, in the square of its longest word's time.
_AUTHOR = re.compile(
    rb"<((?:[\w.-]++:)?(?i:author|creator|managingeditor|webmaster|publisher|owner))(?=[\s>])[^<>]*+>"
)
_INSIDE = re.compile(rb"<!\[CDATA\[|\]\]>|<[^<>]*+>")
_REFERENCE = re.compile(rb"&#?\w++;?")
_UNBROKEN = re.compile(rb"[A-Za-z0-9_.+-]{%d}" % MOST_UNBROKEN)


def _has_endless_name(raw: bytes) -> bool:
    at = 0
    while opening := _AUTHOR.search(raw, at):
        at = opening.end()
        if opening.group().endswith(b"/>"):
            continue
        end = raw.find(b"</" + opening[1], at)
        inside = raw[at : end if end >= 0 else len(raw)]
        if len(inside) > MOST_UNBROKEN:
            words = _REFERENCE.sub(b"x", _INSIDE.sub(b"", inside))
            if _UNBROKEN.search(words):
                return True
        at += len(inside)
    return False


_QUIET = re.compile(rb"<!\[CDATA\[|<!--")


def _loud(raw: bytes) -> bytes:
    """Return `raw` without CDATA sections and comments, in one go whatever stands in it."""
    pieces: list[bytes] = []
    at = 0
    while found := _QUIET.search(raw, at):
        mark = b"-->" if found.group() == b"<!--" else b"]]>"
        end = raw.find(mark, found.end())
        if end < 0:
            break  # never closed: what follows may be read as markup after all
        pieces.append(raw[at : found.start()])
        at = end + len(mark)
    return b"".join((*pieces, raw[at:]))


def marks(raw: bytes) -> int:
    """Return how many marks a parser will stumble over: what stands in CDATA costs it nothing."""
    found = _marks(raw)
    return found if found < MOST_ITEM_MARKS else _marks(_loud(raw))


def _marks(raw: bytes) -> int:
    return raw.count(b"<") + raw.count(b"&") // _REFERENCES_A_TAG
