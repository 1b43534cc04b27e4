"""Names and what they stand for: read from a list, found in a text with their places."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import ahocorasick

from pipeline.catalogue import Catalogue, Place
from pipeline.text import fold, fold_with_offsets, original_span

SCHEMES = ("place", "organisation", "person", "office", "topic")
_FIELDS = ("label", "names", "written", "state", "also")
_MISLEADING = "misleading"
# What a government does and a city does not: "Moscow says", but not "Moscow wakes to snow".
_DECIDES = frozenset(
    """
    accepts accuses agrees announces appeals approves asks backs bans blames blocks calls
    cancels claims condemns confirms cuts decides declines delays demands denies dismisses
    expels extends hails halts has hints imposes insists invites lifts may must needs offers
    opposes orders plans pledges praises presses proposes pushes quits ratifies refuses rejects
    rules said says seeks sends signals signs slams summons suspends threatens told urges vows
    wants warns welcomes will withdraws would
    """.split(),  # noqa: SIM905 - a list of sixty quoted words reads worse
)
_NEXT_WORD = re.compile(r" ([a-z]+)")
_BETWEEN_CAPITALS = re.compile(r" and | or |, ?| ?- ?|/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person, place, body, office or topic of the list."""

    scheme: str
    code: str
    label: str
    names: tuple[str, ...] = ()  # in any case and with any accents, besides the label
    written: tuple[str, ...] = ()  # only exactly so: "US" is a country, "us" is not
    state: str = ""  # code of the state whose government a capital may stand for
    also: tuple[str, ...] = ()  # codes it brings along: an Israeli minister is about Israel


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names an entry."""

    entry: Entry
    start: int
    end: int


def read_tags(text: str, path: str) -> tuple[Entry, ...]:
    """Return the entries of a list of tags, TOML with a table for each scheme.

    Names under `misleading` come as an entry without a code: they hide what they contain, and
    are no tag. Raises BadCatalogue with the line of the first mistake.
    """
    file = Catalogue(text, path)
    file.only(file.tables, (), (_MISLEADING, *SCHEMES))
    entries = [
        _entry(file, (scheme, code), scheme)
        for scheme in SCHEMES
        for code in file.table(file.tables, (), scheme)
    ]
    _check_together(file, entries)
    if names := file.strings(file.tables, (), _MISLEADING):
        entries.append(Entry(scheme="", code="", label=names[0], names=names[1:]))
    if problems := file.in_order():
        raise problems[0]
    return tuple(entries)


def _entry(file: Catalogue, place: Place, scheme: str) -> Entry:
    code = str(place[1])
    table = file.table(file.table(file.tables, (), scheme), (scheme,), code)
    file.only(table, place, _FIELDS)
    return Entry(
        scheme=scheme,
        code=code,
        label=file.string(table, place, "label"),
        names=file.strings(table, place, "names"),
        written=file.strings(table, place, "written"),
        state=file.string(table, place, "state", ""),
        also=file.strings(table, place, "also"),
    )


def _check_together(file: Catalogue, entries: Iterable[Entry]) -> None:
    """Note codes and names that two entries claim, and codes that no entry has."""
    known = list(entries)
    codes: set[str] = set()
    owners: dict[str, Entry] = {}
    for entry in known:
        place = (entry.scheme, entry.code)
        if entry.code in codes:
            file.wrong(place, f'the code "{entry.code}" is given twice')
        codes.add(entry.code)
        for name in (*map(fold, (entry.label, *entry.names)), *entry.written):
            owner = owners.setdefault(name, entry)
            if owner is not entry:
                why = f'"{name}" already names {owner.label} ({owner.code}): one of them must go'
                file.wrong(place, why)
    for entry in known:
        for code in (entry.state, *entry.also):
            if code and code not in codes:
                why = f'{entry.label} names "{code}", which is no code in this list'
                file.wrong((entry.scheme, entry.code), why)


class Gazetteer:
    """The names of a list, ready to be looked for: all of them in one pass over a text."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Build the automaton; made once, used for every story."""
        self._by_code = {entry.code: entry for entry in entries}
        # What a name may stand for, and how it must then be written, if that matters.
        meanings: dict[str, list[tuple[Entry, str]]] = {}
        for entry in self._by_code.values():
            for name in (entry.label, *entry.names):
                meanings.setdefault(fold(name), []).append((entry, ""))
            for name in entry.written:
                meanings.setdefault(fold(name), []).append((entry, name))
        self._automaton: ahocorasick.Automaton[tuple[int, list[tuple[Entry, str]]]] = (
            ahocorasick.Automaton()
        )
        for name, meant in meanings.items():
            if name:  # a label of nothing but marks that folding drops
                self._automaton.add_word(name, (len(name), meant))
        self._automaton.make_automaton()

    def mentions(self, text: str) -> list[Mention]:
        """Return what `text` names, in order; of overlapping names the longest.

        A capital that speaks or decides, or stands beside another, names its state too.
        """
        if not len(self._automaton):
            return []
        folded, offsets = fold_with_offsets(text)
        found = sorted(self._whole_words(folded), key=lambda one: (one[0], -one[1]))
        chosen: list[tuple[int, int, Entry]] = []
        for start, end, meanings in found:
            if chosen and start < chosen[-1][1]:
                continue
            original = original_span(offsets, start, end)
            entry = _meant(meanings, text[slice(*original)], is_shouted=text.isupper())
            if entry is not None:
                chosen.append((start, end, entry))
        codes = [(start, end, code) for start, end, entry in chosen for code in _told(entry)]
        codes += [(start, end, entry.state) for start, end, entry in _governments(chosen, folded)]
        return [
            Mention(self._by_code[code], *original_span(offsets, start, end))
            for start, end, code in sorted(set(codes))
        ]

    def _whole_words(self, folded: str) -> Iterator[tuple[int, int, list[tuple[Entry, str]]]]:
        for last, (length, meanings) in self._automaton.iter(folded):
            start, end = last + 1 - length, last + 1
            before, after = folded[start - 1 : start], folded[end : end + 1]
            if not before.isalnum() and not after.isalnum():
                yield start, end, meanings


def _meant(
    meanings: Iterable[tuple[Entry, str]], original: str, *, is_shouted: bool
) -> Entry | None:
    """Return the entry a name stands for as it is written here.

    In a headline all in capitals "US" may be "us": names that need their case are not believed.
    """
    for entry, written in meanings:
        if not written or (written == original and not is_shouted):
            return entry
    return None


def _told(entry: Entry) -> tuple[str, ...]:
    return (entry.code, *entry.also) if entry.code else ()


def _governments(
    chosen: list[tuple[int, int, Entry]], folded: str
) -> Iterator[tuple[int, int, Entry]]:
    """Yield the capitals that stand for their government."""
    beside: set[int] = set()
    for (_, end, entry), (start, _, following) in pairwise(chosen):
        if entry.state and following.state and _BETWEEN_CAPITALS.fullmatch(folded[end:start]):
            beside |= {end, start}
    for start, end, entry in chosen:
        verb = _NEXT_WORD.match(folded, end)
        decides = verb is not None and verb[1] in _DECIDES
        if entry.state and (decides or start in beside or end in beside):
            yield start, end, entry
