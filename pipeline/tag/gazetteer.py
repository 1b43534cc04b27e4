"""Names found in one text with their places: one pass, whole words, the longest of several."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from pipeline.tag.entries import Entry, names_of
from pipeline.tag.evening import even, even_name
from pipeline.text import original_span

_GOES_ON = 4  # letters that may follow a name with a star: "Путин*" takes "Путином"
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


@dataclass(frozen=True, slots=True)
class Found:
    """A name of the list where a text has it; what it means is not settled yet."""

    start: int  # in the text
    end: int
    even_start: int  # in the text made even, which begins and ends with a blank
    even_end: int
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with the names that stand in it, overlapping ones included, in order."""

    text: str
    evened: str
    found: tuple[Found, ...]


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
        self._automaton: ahocorasick.Automaton[tuple[int, tuple[Meaning, ...]]] = (
            ahocorasick.Automaton()
        )
        # Every name begins with a blank: the automaton then leaves most letters at its first step.
        for name, meant in meanings.items():
            self._automaton.add_word(name, (len(name), tuple(meant)))
        self._automaton.make_automaton()

    def read(self, text: str) -> Reading:
        """Return where `text` has names of the list: whole words, whatever they mean there."""
        evened, offsets = even(text)
        evened = f" {evened} "
        if not len(self._automaton):
            return Reading(text, evened, ())
        return Reading(
            text, evened, tuple(sorted(self._found(text, evened, offsets), key=_in_order))
        )

    def _found(self, text: str, evened: str, offsets: Sequence[int] | None) -> Iterator[Found]:
        for last, (length, meanings) in self._automaton.iter(evened):
            start, end = last + 2 - length, last
            if evened[last] != " ":  # a name with a star: the word may go on
                end = evened.find(" ", last)
                if end > last + 1 + _GOES_ON:
                    continue
            # Positions in even text are one too high: it begins with a blank of its own.
            first, stop = start - 1, end - 1
            if offsets is not None:
                first, stop = original_span(offsets, first, stop)
            if text[stop : stop + 1] == "." and any(one.written[-1] == "." for one in meanings):
                stop += 1  # "U.S." is written with both its dots
            yield Found(first, stop, start, end, meanings)


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
