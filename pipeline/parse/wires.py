"""What the readers of wire formats share: notes on an item while it is read, then its entry."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.parse.dates import wire_moment
from pipeline.parse.entries import language_tag, web_address
from pipeline.parse.limits import MOST_ITEMS, beyond, too_many
from pipeline.records import Answer, Custom, Document, Embargo, Entry, Refused, Wire, WireStatus
from pipeline.text import storable

MOST_WIRE_ITEM_BYTES = 2 * 1024 * 1024
_SPOKEN = frozenset(("video", "audio"))  # stories where their script comes with them
_STORIES = frozenset(("text", "composite", ""))


class NoItem(Exception):
    """An item that cannot be read; its text is the reason, for whoever sees it set aside."""

    def __init__(self, why: str, entry: Entry | None = None) -> None:
        """Say why, and what the item says all the same."""
        super().__init__(why)
        self.entry = entry


@dataclass(slots=True)
class Notes:
    """What is found in one item on the way, and what is wrong with it."""

    custom: Custom
    problems: list[str] = field(default_factory=list)

    def moment(self, raw: str) -> datetime | None:
        """Return a date in UTC, None for none; notes what is wrong with it."""
        if not raw:
            return None
        found, problem = wire_moment(raw, self.custom.time_zone)
        self.say(problem)
        return found

    def say(self, problem: str) -> None:
        """Note a problem, '' for none."""
        if problem and problem not in self.problems:
            self.problems.append(problem)

    def urgency(self, raw: str) -> int | None:
        """Return an urgency from 1 to 9, None for none and for what is none."""
        if not raw:
            return None
        if raw.isascii() and raw.isdigit() and 1 <= int(raw[:4]) <= 9:  # noqa: PLR2004 - IPTC's scale
            return int(raw)
        self.say(f"its urgency {raw[:40]!r} is not 1 to 9")
        return None

    def status(self, raw: str, *, what: str = "status") -> WireStatus:
        """Return a status by its last word; usable where there is none, or none that is known."""
        word = re.split(r"[:/#]", raw.strip().rstrip("/#"))[-1].lower()
        if word == "withheld":
            return "withheld"
        if word in ("canceled", "cancelled"):
            if word != "canceled":
                self.say(f"its {what} {raw[:40]!r} is spelt otherwise than the standard has it")
            return "canceled"
        if word not in ("", "usable"):
            self.say(f"its {what} {raw[:40]!r} is none that the standard knows: read as usable")
        return "usable"

    def whole(self, raw: str) -> int | None:
        """Return a count greater than 0, None for none."""
        return int(raw) if raw.isascii() and raw.isdigit() and int(raw[:6]) > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one item, as its format gave them."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""  # HTML
    content: str = ""  # HTML
    byline: str = ""
    language: str = ""
    published_raw: str = ""
    published: datetime | None = None
    updated_raw: str = ""
    updated: datetime | None = None


_EMBARGO = re.compile(r"\bembargo", re.IGNORECASE)
_NO_EMBARGO = re.compile(
    r"\b(?:embargo (?:is |was |has been )?lifted|no (?:longer )?embargo)", re.IGNORECASE
)


def entry_of(  # noqa: PLR0913 - all that makes an entry
    position: int, words: Words, wire: Wire, notes: Notes, base_url: str, *, has_words: bool
) -> Entry:
    """Return an item's entry. Raises NoItem where it `has_words` and none of them could be read."""
    if not words.guid:
        notes.say("it has no id: its text identifies it")
    if (
        _EMBARGO.search(wire.ed_note)
        and wire.embargo is None
        and not _NO_EMBARGO.search(wire.ed_note)
    ):
        notes.say("its note speaks of an embargo that no field states: ask before it goes out")
    language = language_tag(words.language)
    if words.language and not language:
        notes.say(f"its language {words.language[:40]!r} is no language's tag")
    entry = Entry(
        position=position,
        guid=words.guid or None,
        url=web_address(words.url),
        base_url=web_address(words.url) or base_url,
        title=words.title,
        summary=words.summary,
        content=words.content,
        byline=words.byline,
        published=words.published,
        published_raw=words.published_raw,
        updated=words.updated,
        updated_raw=words.updated_raw,
        language=language,
        wire=wire,
        problems=tuple(notes.problems),
    )
    if has_words and not (says_something(entry) or is_notice(wire)):
        raise NoItem("it has no headline and no body", entry)
    return entry


def says_something(entry: Entry) -> bool:
    """Return whether there is anything to read in an entry."""
    return bool(entry.title or entry.content or entry.summary)


def is_notice(wire: Wire) -> bool:
    """Return whether an item is worth knowing though it may have no words."""
    return wire.status != "usable" or bool(wire.acts_on) or wire.action in ("correct", "advise")


def is_story(wire: Wire) -> bool:
    """Return whether an item of this kind is told in words."""
    return wire.kind in _STORIES


def _is_told(entry: Entry) -> bool:
    """Return whether an item is a story or acts on one; all others stand beside."""
    wire = entry.wire or Wire()
    if not is_story(wire):
        return wire.kind in _SPOKEN and bool(entry.content)
    return says_something(entry) or is_notice(wire)


@dataclass(slots=True)
class Collected:
    """The items of a document as they are read, one after the other."""

    answer: Answer
    entries: list[Entry] = field(default_factory=list)
    beside: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def take(self, position: int, read: Callable[[], Entry], raw: Callable[[], bytes]) -> None:
        """Take one item in; one that cannot be read is kept with its reason and bytes."""
        try:
            entry = read()
        except NoItem as why:
            refused = Refused(position=position, reason=str(why), raw=raw(), entry=why.entry)
            self.refused.append(refused)
            return
        (self.entries if _is_told(entry) else self.beside).append(entry)

    def document(self, format: str, problems: Sequence[str] = (), **known: str) -> Document:  # noqa: A002 - the console's word
        """Return the document."""
        return Document(
            format=format,
            title=known.get("title", ""),
            language=language_tag(known.get("language", "")),
            entries=tuple(self.entries),
            beside=tuple(self.beside),
            refused=tuple(self.refused),
            problems=tuple(dict.fromkeys(problems)),
        )


def cut_off(
    found: Sequence[object], raw: Callable[[], bytes]
) -> tuple[tuple[Refused, ...], tuple[str, ...]]:
    """Return what stands beyond the limit of items, set aside, and what to say of it."""
    if len(found) <= MOST_ITEMS:
        return (), ()
    why = too_many(len(found), MOST_ITEMS, f"limit of {MOST_ITEMS:,}")
    return (beyond(why, raw(), position=MOST_ITEMS),), (why,)


def left_over(pieces: Iterator[tuple[str, str]]) -> tuple[tuple[Refused, ...], tuple[str, ...]]:
    """Return what is left of the pieces of a message once as many as allowed are taken."""
    left = [raw.encode("utf-8", "replace") for raw, _ in pieces]
    return cut_off(range(MOST_ITEMS + len(left)), lambda: b"".join(left))


def embargo_of(until: datetime | None, *, is_embargoed: bool) -> Embargo | None:
    """Return an embargo: until then, with no known end, or none."""
    return Embargo(until) if is_embargoed or until is not None else None


def carried(others: Mapping[str, str]) -> dict[str, str]:
    """Return fields we have no name for, as text that can be kept."""
    return {
        storable(key)[:80]: storable(value)[:2_000]
        for key, value in others.items()
        if value.strip()
    }
