"""The lists of names that editors keep: config/tags/*.toml, read and checked with line numbers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.catalogue import Catalogue, Place, did_you_mean
from pipeline.text import fold

SCHEMES = ("place", "organisation", "person", "office", "topic")
MISLEADING = "misleading"
WORDS = (
    "given",
    "titles",
    "weak_titles",
    "after_places",
    "body_heads",
    "decides",
    "decision_nouns",
    "no_names",
)
_SURNAME = 3  # letters: "Yi" is too many other things
_FIELDS = ("label", "names", "written", "doubtful", "near", "short", "state", "also", "given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person, place, body, office or topic of the list."""

    scheme: str
    code: str
    label: str
    names: tuple[str, ...] = ()  # besides the label; "Путин*": the word may go on
    written: tuple[str, ...] = ()  # only exactly so: "US" is a country, "us" is not
    doubtful: tuple[str, ...] = ()  # mean this only where the story speaks of it otherwise, too
    near: tuple[str, ...] = ()  # words that say so
    short: tuple[str, ...] = ()  # of a person already named in full: "Johnson"
    located: tuple[str, ...] = ()  # of a place: only after "in", "near" or before its country
    state: str = ""  # code of the state whose government a capital may stand for
    also: tuple[str, ...] = ()  # codes it brings along: an Israeli minister is about Israel
    is_label_a_name: bool = True  # "Georgia (country)" is none

    def __hash__(self) -> int:
        """By its code alone: asked again and again, and there are no two of one code."""
        return hash(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of the language that tell names from other words; of config/tags/words.toml."""

    given: frozenset[str] = frozenset()  # first names: "Hunter" before "Biden" is somebody else
    titles: frozenset[str] = frozenset()  # "President": what follows is a person
    weak_titles: frozenset[str] = frozenset()  # "Major": a person only with a first name
    after_places: frozenset[str] = frozenset()  # "Times": what stands before is no place
    body_heads: frozenset[str] = frozenset()  # "University": what it closes is a body
    decides: frozenset[str] = frozenset()  # "rejects": what a government does and a city does not
    decision_nouns: frozenset[str] = frozenset()  # "envoy": what a government has
    no_names: frozenset[str] = frozenset()  # places of the packages that are words or first names


@dataclass(frozen=True, slots=True)
class Lists:
    """What the files hold, together."""

    entries: tuple[Entry, ...]
    words: Words = field(default_factory=Words)


@dataclass(slots=True)
class _Known:
    """What the files read so far have taken."""

    codes: dict[str, Entry] = field(default_factory=dict)
    owners: dict[str, Entry] = field(default_factory=dict)
    misleading: list[str] = field(default_factory=list)
    words: dict[str, set[str]] = field(default_factory=lambda: {key: set() for key in WORDS})


def read_lists(files: Sequence[tuple[str, str]]) -> Lists:
    """Return what several files hold, each given as its text and its path.

    Names under `misleading` come as an entry without a code: they hide what they contain, and
    are no tag. Raises BadCatalogue with the file and line of the first mistake.
    """
    known = _Known()
    read = [(catalogue := Catalogue(text, path), _read(catalogue, known)) for text, path in files]
    for file, entries in read:
        for entry in entries:
            for code in (entry.state, *entry.also):
                if code and code not in known.codes:
                    hint = did_you_mean(code, known.codes) if len(known.codes) else ""
                    why = f'{entry.label} names "{code}", which is no code of these lists'
                    file.wrong((entry.scheme, entry.code), why + _short(hint))
    for file, _ in read:
        if problems := file.in_order():
            raise problems[0]
    entries = [entry for _, found in read for entry in found]
    if known.misleading:
        first, *rest = known.misleading
        entries.append(Entry(scheme="", code="", label=first, names=tuple(rest)))
    words = {key: frozenset(map(fold, found)) for key, found in known.words.items()}
    return Lists(tuple(entries), Words(**words))


def read_tags(text: str, path: str) -> tuple[Entry, ...]:
    """Return the entries of one list that stands by itself."""
    return read_lists([(text, path)]).entries


def _short(hint: str) -> str:
    """Return only a real suggestion: a thousand codes are none."""
    return hint if hint.startswith("; did you mean") else ""


def _read(file: Catalogue, known: _Known) -> list[Entry]:
    file.only(file.tables, (), (MISLEADING, *SCHEMES, "words"))
    entries = [
        _entry(file, (scheme, code), scheme)
        for scheme in SCHEMES
        for code in file.table(file.tables, (), scheme)
    ]
    for entry in entries:
        _check(file, entry, known)
    known.misleading += file.strings(file.tables, (), MISLEADING)
    words = file.table(file.tables, (), "words")
    file.only(words, ("words",), WORDS)
    for key in WORDS:
        known.words[key] |= set(file.strings(words, ("words",), key))
    return entries


def _entry(file: Catalogue, place: Place, scheme: str) -> Entry:
    code = str(place[1])
    table = file.table(file.table(file.tables, (), scheme), (scheme,), code)
    file.only(table, place, _FIELDS)
    label = file.string(table, place, "label")
    entry = Entry(
        scheme=scheme,
        code=code,
        label=label,
        names=file.strings(table, place, "names"),
        written=file.strings(table, place, "written"),
        doubtful=file.strings(table, place, "doubtful"),
        near=file.strings(table, place, "near"),
        short=file.strings(table, place, "short"),
        state=file.string(table, place, "state", ""),
        also=file.strings(table, place, "also"),
        is_label_a_name="(" not in label,
    )
    if entry.doubtful and not (entry.near or entry.names):
        why = 'its "doubtful" names never count: say in "near" which words vouch for them'
        file.wrong((*place, "doubtful"), why)
    return entry


def _check(file: Catalogue, entry: Entry, known: _Known) -> None:
    """Note a code or a name that another entry has."""
    place = (entry.scheme, entry.code)
    if entry.code in known.codes:
        file.wrong(place, f'the code "{entry.code}" is given twice')
    known.codes[entry.code] = entry
    label = (entry.label,) if entry.is_label_a_name else ()
    for name in (*map(fold, (*label, *entry.names)), *entry.written):
        owner = known.owners.setdefault(name, entry)
        if owner is not entry:
            why = f'"{name}" already names {owner.label} ({owner.code}): one of them must go'
            file.wrong(place, why)


def names_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield each name of an entry with how it counts: sure, written, doubtful, short, located."""
    if entry.is_label_a_name:
        yield entry.label, "sure"
    for kind, names in (
        ("sure", entry.names),
        ("written", entry.written),
        ("doubtful", entry.doubtful),
        ("short", entry.short),
        ("located", entry.located),
    ):
        for name in names:
            yield name, kind
    if entry.scheme == "person" and not entry.short:
        last = entry.label.rsplit(" ", 1)[-1]
        if (
            last != entry.label
            and len(last) >= _SURNAME
            and last not in (*entry.names, "Jr.", "III")
        ):
            yield last, "short"


def together(
    entries: Sequence[Entry], more: Iterable[Entry], no_names: Collection[str] = ()
) -> list[Entry]:
    """Return the entries with what the packages add: names they lack, and things they have not.

    What stands in the lists goes before; a name in `no_names` is too many other things.
    """
    taken = {fold(name) for entry in entries for name, _ in names_of(entry)} | set(no_names)
    found = {entry.code: entry for entry in entries}
    for entry in more:
        label = (entry.label,) if entry.is_label_a_name else ()
        mine = tuple(name for name in (*label, *entry.names) if fold(name) not in taken)
        located = tuple(name for name in entry.located if fold(name) not in taken)
        if not (mine or located):
            continue
        taken |= {fold(name) for name in (*mine, *located)}
        known = found.get(entry.code)
        if known is None:
            found[entry.code] = replace(entry, names=mine, located=located, is_label_a_name=False)
        else:
            found[entry.code] = replace(
                known, names=(*known.names, *mine), located=(*known.located, *located)
            )
    return list(found.values())
