"""Which of the names found in a story mean what: surnames, words that are names, the longest.

A name of the list is believed by how the list gives it (pipeline/tag/entries.py: names_of), by how
it is written here, and by what stands beside it. Of overlapping names the longest counts.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from pipeline.tag.entries import Entry, Words
from pipeline.tag.evening import even_name
from pipeline.tag.gazetteer import Found, Meaning, Reading
from pipeline.text import fold

_SURE = {"sure": 1.0, "written": 1.0, "short": 0.9, "doubtful": 0.8, "located": 0.8}
_AFTER = re.compile(r"[ \u00a0]([^\W\d_][\w-]*)")
_FAR = 30  # characters looked back for the word before
_BLANKS = (" ", "\u00a0")
_IN = frozenset(
    """
    in at from near to around outside across into toward towards through throughout of
    leaving reach reached visit visited visiting central downtown northern southern eastern
    western
    """.split(),  # noqa: SIM905 - a list of quoted words reads worse
)
PACKAGED = "geonames-"  # of codes: cities that no editor has chosen
_OTHERS = frozenset({"jr", "street", "tower", "towers", "avenue", "organization"})
_SHOUTED = frozenset({"US", "WHO", "UN", "IT", "MAY"})  # words, where all is in capitals


class Mention(NamedTuple):
    """A place in a text that names an entry."""

    entry: Entry
    start: int
    end: int
    sure: float = 1.0  # 0..1
    why: str = ""  # where it is not plain: a capital that stands for its government


class Settled(NamedTuple):
    """A name, and what it means here."""

    found: Found
    entry: Entry
    sure: float


class Judge:
    """Decides for one story; asked field by field."""

    def __init__(self, readings: Mapping[str, Reading], words: Words) -> None:
        """Look through the story for whom it names in full, before surnames are judged."""
        self._words = words
        self._evened = [reading.evened for reading in readings.values()]
        self._told: set[str] | None = None
        self._in_full: dict[str, dict[str, list[int]]] = {}  # by code, by field: where, in order
        for field, reading in readings.items():
            for found in reading.found:
                meaning = self._meant(found, reading, field) if found.is_person else None
                if meaning and meaning.entry.scheme == "person" and meaning.kind != "short":
                    places = self._in_full.setdefault(meaning.entry.code, {})
                    places.setdefault(field, []).append(found.start)

    def settle(self, reading: Reading, field: str) -> list[Settled]:
        """Return the names believed; offices and topics stand beside the rest, not before it."""
        settled: list[Settled] = []
        ends = {True: 0, False: 0}  # "Ukrainian president" is an office, and about Ukraine
        for found in reading.found:
            if found.start < ends[True] and found.start < ends[False]:
                continue
            meaning = self._meant(found, reading, field)
            if meaning is None:
                continue
            is_beside = meaning.entry.scheme in ("office", "topic")
            if found.start >= ends[is_beside]:
                settled.append(Settled(found, meaning.entry, _SURE[meaning.kind]))
                ends[is_beside] = found.end
        return settled

    def _meant(self, found: Found, reading: Reading, field: str) -> Meaning | None:
        """Return what a name means here; None, if it is not to be believed.

        In a headline all in capitals "US" may be "us", and is not believed.
        """
        original = reading.text[found.start : found.end]
        is_small = original == original.lower()
        best: tuple[float, Meaning] | None = None
        for meaning in found.meanings:
            if meaning.kind == "written":
                is_word = reading.is_shouted and original in _SHOUTED
                is_it = meaning.written == original and not is_word
                weight = 9e9 if is_it and self._fits(meaning, found, reading) else 0.0
            elif (is_small and meaning.has_capital) or not self._fits(meaning, found, reading):
                weight = 0.0
            else:
                weight = self._weight(meaning, found, reading, field)
            if weight and (best is None or weight > best[0]):
                best = weight, meaning
        return best[1] if best else None

    def _weight(self, meaning: Meaning, found: Found, reading: Reading, field: str) -> float:
        """How much speaks for a meaning, against others of the same name; 0: not believed."""
        if meaning.kind == "sure":
            return 1e9
        if meaning.kind == "short":
            last = self._named_before(meaning.entry.code, field, found.start)
            return 0.0 if last is None else 1e6 + last
        if meaning.kind == "located":
            return 1.0 if _is_located(found, reading) else 0.0
        return self._vouching(meaning.entry)

    def _vouching(self, entry: Entry) -> float:
        """How many of the words that vouch for a doubtful name the story has."""
        if self._told is None:
            self._told = set(" ".join(self._evened).split())
        words, phrases = _vouchers(entry)
        found = len(words & self._told)
        return float(found + sum(any(one in text for text in self._evened) for one in phrases))

    def _named_before(self, code: str, field: str, at: int) -> float | None:
        """Return how near before the bearer of a surname is named in full.

        A headline and a summary come before the text, but are written after it.
        """
        if code not in self._in_full:
            return None
        places = self._in_full[code].get(field, ())
        if before := bisect_right(places, at):
            return float(places[before - 1])
        return 0.0 if field != "text" or set(self._in_full[code]) - {"text"} else None

    def _fits(self, meaning: Meaning, found: Found, reading: Reading) -> bool:
        """Whether what stands beside a name of one word leaves it what it is."""
        entry = meaning.entry
        if entry.scheme not in ("person", "place") or " " in meaning.written:
            return True
        before = word_before(reading.text, found.start)
        first_name = before if before and self._is_first_name(before) else ""
        if entry.scheme == "place":
            is_packaged = entry.code.startswith(PACKAGED)
            if first_name or (is_packaged and not _may_be_city(found, before, reading)):
                return False
        after = _AFTER.match(reading.text, found.end)
        follows = after[1] if after else ""
        if entry.scheme == "place":
            return not follows or self._may_follow_place(meaning.written, follows, reading)
        # "Hunter Biden" is not Joe Biden, and "Trump Tower" is nobody.
        is_other = first_name and not is_own(first_name, entry)
        return not is_other and follows.lower() not in _OTHERS

    def _may_follow_place(self, place: str, follows: str, reading: Reading) -> bool:
        """Whether the word after leaves it a place: not so "Washington Post", "Jordan Miller"."""
        if not follows[0].isupper():
            return True
        words, after = self._words, plain(follows)
        if after in words.after_places:
            return False
        return reading.is_titled or plain(place) not in words.given or after in words.titles

    def _is_first_name(self, word: str) -> bool:
        return word[0].isupper() and plain(word) in self._words.given


@lru_cache(maxsize=20_000)
def plain(word: str) -> str:
    """Return `fold(word)`: of words, which are few, it is asked again and again."""
    return fold(word)


@lru_cache(maxsize=1000)
def _vouchers(entry: Entry) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the words and the phrases that vouch for an entry's doubtful names."""
    label = (entry.label,) if " " in entry.label else ()
    evened = [even_name(one) for one in (*entry.near, *entry.names, *label)]
    return (
        frozenset(one for one in evened if " " not in one),
        tuple(f" {one} " for one in evened if " " in one),
    )


@lru_cache(maxsize=5000)
def is_own(word: str, entry: Entry) -> bool:
    """Whether a word is part of how a person is called."""
    return f" {even_name(word)} " in f" {' '.join(map(even_name, (entry.label, *entry.names)))} "


def word_before(text: str, start: int) -> str:
    """Return the word that a name follows, nothing but a blank between them."""
    if start < 2 or text[start - 1] not in _BLANKS:  # noqa: PLR2004 - a letter and a blank
        return ""
    before = text[max(0, start - _FAR) : start - 1].rsplit(None, 1)
    word = before[-1].lstrip("\"'(\u201c\u2018\u00ab") if before else ""
    return word if word and (word[-1].isalpha() or word[-1] == ".") and word[0].isalpha() else ""


def _may_be_city(found: Found, before: str, reading: Reading) -> bool:
    """Whether a city that no editor chose may be meant: not so "Delvys Garcia", "CAIR"."""
    name = reading.text[found.start : found.end]
    if name.isupper() and not reading.is_shouted and found.start > 0:
        return False
    return reading.is_titled or not before[:1].isupper()


def _is_located(found: Found, reading: Reading) -> bool:
    """Whether a name that many things bear is told as a place: "in Leeds", "LEEDS (Wire) -"."""
    before = word_before(reading.text, found.start)
    if before:
        return before.lower() in _IN
    return found.start == 0 and reading.text[found.end : found.end + 2] in (" (", ", ")


class Taken:
    """The places of a text in which something is named."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        """Sort them: asked of by place, far more often than made."""
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))

    def has(self, start: int, end: int) -> bool:
        """Whether all of it is part of one thing named."""
        at = bisect_right(self._starts, start)
        return at > 0 and self._reach[at - 1] >= end

    def is_free(self, start: int, end: int) -> bool:
        """Whether nothing is named there, not even in part."""
        at = bisect_left(self._starts, end)
        return at == 0 or self._reach[at - 1] <= start


def nested(settled: Sequence[Settled], reading: Reading) -> Iterator[Mention]:
    """Yield what names bring along: as its own mention, where it stands in the name itself.

    "Russian Foreign Ministry" names Russia; "Kremlin" only concerns it.
    """
    for one in settled:
        if not one.entry.also:
            continue
        for found in reading.within(one.found):
            for meaning in found.meanings:
                if meaning.entry.code in one.entry.also and meaning.entry.scheme == "place":
                    yield Mention(meaning.entry, found.start, found.end)
