"""Which IPTC Media Topics a story is about, by the rules of config/tags/topics.toml."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import ahocorasick

from pipeline.catalogue import Catalogue, Place
from pipeline.errors import BadCatalogue
from pipeline.records import Span, Tag
from pipeline.tag.evening import even_name
from pipeline.tag.gazetteer import Reading

SCHEME = "subject"
_TOP = ("vocabulary", "version", "shown_from", "concept")
_FIELDS = ("label", "strong", "weak", "with", "without", "precision", "retired", "replaced_by")
_COLUMNS = ("NewsCode-QCode (flat)", "Name (en-GB)", "RetiredDate")
_LEAD = 300  # characters of a text that stand for the summary, where there is none
_WEIGHTS = {"title": 0.75, "summary": 0.55, "text": 0.28}
_STRONG, _WEAK = 1.0, 0.5
_ENOUGH = 0.5  # of a score: what is below is not said
_EVIDENCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A Media Topic, and the words that tell it."""

    code: str
    label: str
    strong: tuple[str, ...] = ()  # any of them says it; "negotiat*": the word may go on
    weak: tuple[str, ...] = ()  # two different ones say it, or one with another of `with`
    together: tuple[str, ...] = ()  # words one of which must stand in the story for weak ones
    without: tuple[str, ...] = ()  # where one of these stands, it is something else
    precision: float = 1.0  # as measured, of what it says
    is_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The concepts the desk uses, of one dated release of the vocabulary."""

    version: str = ""
    shown_from: float = 0.8  # a concept measured to be less precise is not shown
    concepts: tuple[Concept, ...] = field(default=())

    @property
    def shown(self) -> tuple[Concept, ...]:
        """The concepts that may be said: neither retired nor below the stated precision."""
        return tuple(
            one for one in self.concepts if not one.is_retired and one.precision >= self.shown_from
        )


def read_topics(text: str, path: str) -> Vocabulary:
    """Return the rules of a topics.toml. Raises BadCatalogue with the line of the first mistake."""
    file = Catalogue(text, path)
    file.only(file.tables, (), _TOP)
    concepts = [
        _concept(file, ("concept", code)) for code in file.table(file.tables, (), "concept")
    ]
    codes = {one.code for one in concepts}
    for one in concepts:
        successor = file.table(file.table(file.tables, (), "concept"), ("concept",), one.code).get(
            "replaced_by", ""
        )
        if successor and successor not in codes:
            place = ("concept", one.code, "replaced_by")
            file.wrong(place, f'"{successor}" is no concept of this file')
    version = file.string(file.tables, (), "version")
    shown_from = file.number(file.tables, (), "shown_from", 0.8)
    for problem in file.in_order():
        raise problem
    return Vocabulary(version=version, shown_from=shown_from, concepts=tuple(concepts))


def _concept(file: Catalogue, place: Place) -> Concept:
    code = str(place[1])
    table = file.table(file.table(file.tables, (), "concept"), ("concept",), code)
    file.only(table, place, _FIELDS)
    if not (code.isdigit() and len(code) == len("20000639")):
        file.wrong(place, f'"{code}" is no code of a Media Topic: it has eight digits')
    concept = Concept(
        code=code,
        label=file.string(table, place, "label"),
        strong=file.strings(table, place, "strong"),
        weak=file.strings(table, place, "weak"),
        together=file.strings(table, place, "with"),
        without=file.strings(table, place, "without"),
        precision=file.number(table, place, "precision", 1.0),
        is_retired=file.flag(table, place, "retired"),
    )
    if not (concept.strong or concept.weak or concept.is_retired):
        file.wrong(place, f'{concept.label} has no words: give it "strong" or "weak" ones')
    return concept


def compare_topics(text: str, path: str, ours: Vocabulary) -> list[tuple[str, str]]:
    """Return by code what a release of the vocabulary says otherwise than our rules.

    The release is a tab-separated file as the vocabulary's site offers it as a spreadsheet: a line
    of headings, among them NewsCode-QCode (flat), Name (en-GB), RetiredDate.
    """
    heading, *lines = text.splitlines() or [""]
    columns = [one.strip() for one in heading.split("\t")]
    try:
        code_at, name_at, retired_at = (columns.index(one) for one in _COLUMNS)
    except ValueError as error:
        why = f"wanted are, with tabs between, the columns {', '.join(_COLUMNS)}"
        raise BadCatalogue(path, why, line=1) from error
    said: dict[str, tuple[str, str]] = {}
    for line in lines:
        cells = [*line.split("\t"), *[""] * len(columns)]
        code = cells[code_at].rpartition(":")[2].partition(" ")[0]
        said[code] = cells[name_at].strip(), cells[retired_at].strip()
    changes: list[tuple[str, str]] = []
    for one in ours.concepts:
        if one.code not in said:
            changes.append((one.code, f"{one.label}: is not in this release"))
            continue
        name, retired = said[one.code]
        if retired and not one.is_retired:
            changes.append((one.code, f"{one.label}: retired {retired}; write retired = true"))
        if not retired and name != one.label:
            changes.append((one.code, f"{one.label}: is called {name} now"))
    return changes


class Subjects:
    """The rules, ready to be asked: all words of all concepts in one pass over a text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Build the automaton; made once, used for every story."""
        self.version = vocabulary.version
        self._concepts = vocabulary.shown
        told: dict[str, list[tuple[int, str]]] = {}
        for at, concept in enumerate(self._concepts):
            for kind in ("strong", "weak", "together", "without"):
                for words in getattr(concept, kind):
                    pattern = f" {even_name(words.rstrip('*'))}"
                    pattern += "" if words.endswith("*") else " "
                    told.setdefault(pattern, []).append((at, kind))
        self._automaton: ahocorasick.Automaton[tuple[int, tuple[tuple[int, str], ...]]]
        self._automaton = ahocorasick.Automaton()
        for pattern, kinds in told.items():
            self._automaton.add_word(pattern, (len(pattern), tuple(kinds)))
        self._automaton.make_automaton()

    def of(self, readings: Mapping[str, Reading]) -> list[Tag]:
        """Return the subjects of a story with the words that tell them."""
        met: dict[int, dict[str, list[Span]]] = {}
        for name, reading in readings.items():
            for span, kinds in self._spans(name, reading):
                for at, kind in kinds:
                    met.setdefault(at, {}).setdefault(kind, []).append(span)
        summary = readings.get("summary")
        has_summary = summary is not None and bool(summary.text)
        tags = (
            _tag(self._concepts[at], found, has_summary=has_summary) for at, found in met.items()
        )
        why = f"IPTC Media Topics of {self.version}"
        return [replace(tag, why=why) for tag in tags if tag is not None]

    def _spans(
        self, name: str, reading: Reading
    ) -> Iterable[tuple[Span, tuple[tuple[int, str], ...]]]:
        if not len(self._automaton):
            return
        evened = reading.evened
        for last, (length, kinds) in self._automaton.iter(evened):
            end = last if evened[last] == " " else evened.find(" ", last)
            start, stop = reading.original(last + 2 - length, end)
            yield Span(field=name, start=start, end=stop, text=reading.text[start:stop]), kinds


def _tag(concept: Concept, found: Mapping[str, Sequence[Span]], *, has_summary: bool) -> Tag | None:
    if found.get("without"):
        return None
    strong, weak = found.get("strong", ()), list(found.get("weak", ()))
    words = {span.text.lower() for span in weak}
    is_backed = len(words) > 1 if not concept.together else bool(found.get("together"))
    if not is_backed:
        weak = []
    doubt = 1.0
    for spans, weight in ((strong, _STRONG), (weak, _WEAK)):
        said: dict[tuple[str, str], float] = {}
        for span in spans:
            is_lead = span.field == "text" and span.start < _LEAD and not has_summary
            how_far = _WEIGHTS["summary" if is_lead else span.field]
            key = span.field, span.text.lower()
            said[key] = max(how_far, said.get(key, 0.0))
        for how_far in said.values():
            doubt *= 1 - weight * how_far
    score = round(1 - doubt, 4)
    if score < _ENOUGH:
        return None
    return Tag(
        scheme=SCHEME,
        code=concept.code,
        label=concept.label,
        score=score,
        evidence=tuple(sorted({*strong, *weak}, key=_place)[:_EVIDENCE]),
    )


def _place(span: Span) -> tuple[int, int, int]:
    return tuple(_WEIGHTS).index(span.field), span.start, span.end
