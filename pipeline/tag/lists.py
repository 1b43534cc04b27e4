"""Larger lists than editors keep: read from Wikidata and JRC-Names forms, kept as plain lines.

A list of hundreds of thousands of names is no automaton: building one takes seconds at every start
and loading a built one longer still (docs/decisions). It is kept as lines, one name each, and
looked up word by word where a text has a capital.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import BadCatalogue
from pipeline.tag.entries import Entry
from pipeline.tag.evening import even_name
from pipeline.tag.gazetteer import Reading
from pipeline.tag.naming import Mention, Taken

FORMS = ("wikidata-json", "wikidata-tsv", "jrc-names")
HEADER = "# serieswatch names 1"  # the first line of a kept list; another version is read anew
_SURE = 0.7
_MOST_WORDS = 8  # of a name
_JRC_KINDS = {"P": "person", "O": "organisation"}
_SCHEMES = ("person", "organisation", "place")
_QID = re.compile(r"Q[1-9]\d*\Z")
_JRC_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a larger list."""

    evened: str
    scheme: str
    code: str
    label: str


def read_list(text: str, path: str, form: str) -> Iterator[Name]:
    """Yield the names of a file in one of the forms. Raises BadCatalogue with the line at fault.

    Names of a single word are passed over: they are too many other things.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (line.startswith("#") and form != "wikidata-json"):
            continue
        try:
            read = _READERS[form](line)
        except ValueError as error:
            raise BadCatalogue(path, f"this is no line of {form}: {error}", line=number) from error
        for scheme, code, label, names in read:
            for name in dict.fromkeys((label, *names)):
                evened = even_name(name)
                if " " in evened and evened.count(" ") < _MOST_WORDS:
                    yield Name(evened, scheme, code, label)


_Read = Iterable[tuple[str, str, str, Sequence[str]]]


def _wikidata_json(line: str) -> _Read:
    """One object a line: {"id": "Q…", "type": "person", "label": "…", "aliases": ["…"]}."""
    line = line.strip().rstrip(",")
    if line in ("[", "]"):  # a dump is one list, an entity a line
        return []
    one = json.loads(line)
    one = one if isinstance(one, dict) else {}
    code, scheme, label = one.get("id"), one.get("type"), one.get("label")
    aliases = one.get("aliases", [])
    if isinstance(aliases, dict):  # as a dump has them: by language
        aliases = [each["value"] for said in aliases.values() for each in said]
    if not isinstance(code, str) or not _QID.match(code):
        raise ValueError('"id" must be a Wikidata number, as "Q42"')
    if scheme not in _SCHEMES or not isinstance(label, str) or not isinstance(aliases, list):
        raise ValueError('wanted are "type" (person, organisation, place), "label" and "aliases"')
    return [(scheme, code, label, [str(each) for each in aliases])]


def _wikidata_tsv(line: str) -> _Read:
    """Tab between: number, type, label, aliases with | between them."""
    parts = line.split("\t")
    if len(parts) < 3 or not _QID.match(parts[0]) or parts[1] not in _SCHEMES:  # noqa: PLR2004 - see above
        raise ValueError("wanted are number, type and label, with tabs between")
    aliases = parts[3].split("|") if len(parts) > 3 else []  # noqa: PLR2004 - the aliases
    return [(parts[1], parts[0], parts[2], [each for each in aliases if each])]


def _jrc_names(line: str) -> _Read:
    """Tab between: number, kind (P, O), language (u: any), name with + for blanks."""
    parts = line.split("\t")
    if len(parts) < _JRC_FIELDS or not parts[0].isdigit():
        raise ValueError("wanted are number, P or O, language and name, with tabs between")
    if parts[1] not in _JRC_KINDS:
        return []  # other kinds than people and bodies
    return [(_JRC_KINDS[parts[1]], f"jrc-{parts[0]}", parts[3].replace("+", " "), [])]


_READERS = {
    "wikidata-json": _wikidata_json,
    "wikidata-tsv": _wikidata_tsv,
    "jrc-names": _jrc_names,
}


def to_lines(names: Iterable[Name]) -> Iterator[str]:
    """Yield the lines of a kept list: sorted, each name once; what two things bear is left out."""
    by_name: dict[str, Name | None] = {}
    labels: dict[str, str] = {}  # of one code the first: JRC lists variants as equals
    for one in names:
        label = labels.setdefault(one.code, one.label)
        found = by_name.get(one.evened, one)
        is_same = found is not None and found.code == one.code
        by_name[one.evened] = Name(one.evened, one.scheme, one.code, label) if is_same else None
    yield HEADER
    for evened, name in sorted(by_name.items()):
        if name is not None:
            yield "\t".join((evened, name.scheme, name.code, " ".join(name.label.split())))


class LongList:
    """Names of larger lists, looked up where a text has a capital."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Read kept lists; one of another version is passed over."""
        self._lines: dict[str, str] = {}
        self._most: dict[str, int] = {}  # by first word: of how many words the longest name is
        for text in texts:
            header, _, lines = text.partition("\n")
            if header != HEADER:
                continue
            for line in lines.splitlines():
                name, _, rest = line.partition("\t")
                self._lines.setdefault(name, rest)
                first = name.partition(" ")[0]
                count = name.count(" ") + 1
                if count > self._most.get(first, 0):
                    self._most[first] = count

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._lines)

    def find(self, reading: Reading, taken: Taken) -> Iterator[Mention]:
        """Yield what a text names of the list, the longest first, where nothing else is named."""
        if not self._lines:
            return
        evened, at, free = reading.evened, 0, 0
        for word in evened.split(" "):
            if at >= free and word in self._most:
                found = self._longest(evened, at, self._most[word])
                if found is not None:
                    end, rest = found
                    begin, close = reading.original(at, end)
                    name = reading.text[begin:close]
                    if taken.is_free(begin, close) and name != name.lower():
                        yield Mention(_entry(rest), begin, close, _SURE)
                        free = end
            at += len(word) + 1

    def _longest(self, evened: str, at: int, most: int) -> tuple[int, str] | None:
        ends = []
        end = at
        for _ in range(most):
            end = evened.find(" ", end + 1)
            if end < 0:
                break
            ends.append(end)
        for end in reversed(ends):
            if (rest := self._lines.get(evened[at:end])) is not None:
                return end, rest
        return None


def _entry(rest: str) -> Entry:
    scheme, code, label = rest.split("\t")
    return Entry(scheme=scheme, code=code, label=label)
