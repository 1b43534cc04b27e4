"""Names found in one text with their places: one pass, whole words, the longest of several."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick

from pipeline.tag.entries import Entry, names_of
from pipeline.tag.evening import even, even_name
from pipeline.text import original_span

_GOES_ON = 4  # letters that may follow a name with a star: "Путин*" takes "Путином"
_WORD = re.compile(r"[^\W\d_]{4,}")
_LOOKED_AT = 300  # characters that tell how capitals are used
_MOSTLY = 0.85
_ARABIC = "\u0600-\u06ff"
_CLITICS = "وبلكف"  # and, in, for, like, so: written together with an Arabic word
_TWICE = (("U.S. ", "US "), ("U.N. ", "UN "), ("U.K. ", "UK "), ("E.U. ", "EU "))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may stand for, and how it counts."""

    entry: Entry
    kind: str  # sure, written, doubtful, short, located
    written: str  # the name as the list has it
    has_capital: bool  # so a text that writes it small means something else


class Found(NamedTuple):
    """A name of the list where a text has it; what it means is not settled yet."""

    start: int  # in the text
    end: int
    meanings: tuple[Meaning, ...]
    is_person: bool


class Reading:
    """A text with the names that stand in it, overlapping ones included, in order."""

    def __init__(
        self, text: str, evened: str, found: Sequence[Found], offsets: Sequence[int] | None = None
    ) -> None:
        """Note what the way a text is written says of all its names."""
        self._offsets = offsets
        self.text = text
        self.evened = evened
        self.found = found
        self.is_shouted = text.isupper()
        longer = _WORD.findall(text[:_LOOKED_AT])
        capital = [word for word in longer if word[0].isupper()]
        # Most words have a capital: capitals then tell no names.
        self.is_titled = len(capital) > _MOSTLY * len(longer)
        self._starts = [one.start for one in found]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text stands what is `start:end` of it made even."""
        # One less: even text begins with a blank of its own.
        if self._offsets is None:
            return start - 1, end - 1
        return original_span(self._offsets, start - 1, end - 1)

    def within(self, outer: Found) -> Iterator[Found]:
        """Yield the names that stand inside another."""
        at = bisect_left(self._starts, outer.start)
        while at < len(self.found) and self._starts[at] < outer.end:
            if self.found[at].end <= outer.end:
                yield self.found[at]
            at += 1


class Gazetteer:
    """The names of a list, ready to be looked for: all of them in one pass over a text."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Build the automaton; made once, used for every story."""
        self.by_code: dict[str, Entry] = {}
        meanings: dict[str, list[Meaning]] = {}
        for entry in entries:
            self.by_code[entry.code] = entry
            for name, kind in names_of(entry):
                for spelt in _spelt(name):
                    meaning = Meaning(entry, kind, spelt.rstrip("*"), spelt != spelt.lower())
                    pattern = _pattern(spelt)
                    if pattern:
                        meanings.setdefault(pattern, []).append(meaning)
        self._automaton: ahocorasick.Automaton[tuple[int, tuple[Meaning, ...], bool, bool]]
        self._automaton = ahocorasick.Automaton()
        # Every name begins with a blank: the automaton then leaves most letters at its first step.
        for name, meant in meanings.items():
            is_person = any(one.entry.scheme == "person" for one in meant)
            is_dotted = any(one.written.endswith(".") for one in meant)
            self._automaton.add_word(name, (len(name), tuple(meant), is_person, is_dotted))
        self._automaton.make_automaton()

    def read(self, text: str) -> Reading:
        """Return where `text` has names of the list: whole words, whatever they mean there."""
        evened, offsets = even(text)
        evened = f" {evened} "
        found = sorted(self._found(text, evened, offsets), key=_in_order)
        return Reading(text, evened, found, offsets)

    def _found(self, text: str, evened: str, offsets: Sequence[int] | None) -> Iterator[Found]:
        if not len(self._automaton):
            return
        for last, (length, meanings, is_person, is_dotted) in self._automaton.iter(evened):
            start, end = last + 2 - length, last
            if evened[last] != " ":  # a name with a star: the word may go on
                end = evened.find(" ", last)
                if end > last + 1 + _GOES_ON:
                    continue
            # Positions in even text are one too high: it begins with a blank of its own.
            first, stop = start - 1, end - 1
            if offsets is not None:
                first, stop = original_span(offsets, first, stop)
            if is_dotted and text[stop : stop + 1] == ".":
                stop += 1  # "U.S." is written with both its dots
            yield Found(first, stop, meanings, is_person)


def _in_order(found: Found) -> tuple[int, int]:
    return found.start, -found.end


def _pattern(name: str) -> str:
    evened = even_name(name.rstrip("*"))
    if not evened:
        return ""
    return f" {evened}" if name.endswith("*") else f" {evened} "


def _spelt(name: str) -> Iterator[str]:
    """Yield a name in the ways that follow from one another: U.S. and US, Arabic clitics."""
    yield name
    for dotted, plain in _TWICE:
        if name.startswith(dotted):
            yield plain + name.removeprefix(dotted)
    if name[0] >= _ARABIC[0] and name[0] <= _ARABIC[-1]:
        yield from (clitic + name for clitic in _CLITICS)
