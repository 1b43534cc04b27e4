"""The query language of the series: asked of every story, answered with the places hit.

    word            one word; case, accents and kinds of apostrophe do not matter
    US              up to three letters written in capitals are found in capitals only
    talk*           every word that begins so; at least three letters before the star
    "peace talk*"   words next to one another, in this order
    "envoy kyiv"~5  the words in any order, with at most five others between them
    title: summary: text:              look there only; before a word, a phrase or a bracket
    outlet: kind: language:            facts: outlet:guardian, kind:official
    tag: place: person: org: topic:    what the story is tagged with: tag:"Ukraine", place:UA
    credit:                            whom it credits for its news: credit:reuters
    a AND b, a b    both; writing nothing between two means AND
    a OR b          either; binds less tightly than AND
    NOT a, -a       not
    ( )             brackets;  # the rest of the line is a remark
    a^3  (a b)^0.5  how much it says where it is hit, 1 if nothing is written: for the score only

Words are looked for in the title, the summary and the opening of the text: what a story says
further down it mentions in passing. `text:` looks through all of it. Spellings of one name are one
word (`pipeline.match.spellings`), and "$24bn" holds the word "billion" (`pipeline.match.amounts`).
No pattern is ever built from what an editor typed, and a query of any kind ends after a bounded
number of steps on any story.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from pipeline.match.amounts import size_of
from pipeline.match.terms import counted_terms
from pipeline.records import Span, Tagged
from pipeline.text import fold, fold_with_offsets, original_span

OPENING = 600  # characters of the text that bare words look at
STEM = 3  # letters a prefix must have: prefixes are filed under them
_LONGEST_HEAD = 5_000  # characters that are read of a title, of a summary
_LONGEST_TEXT = 100_000
_MOST = 20  # places that one phrase of a query is shown at
PLACES = ("title", "summary", "text")
_SCHEMES = {
    "place": ("place", "about"),  # a demonym says what a story is about
    "person": ("person",),
    "org": ("organisation",),
    "topic": ("topic", "subject"),
}
FACTS = ("outlet", "kind", "language", "tag", *_SCHEMES, "credit")

# Chinese, Japanese and Thai are written without blanks: each character is a word of its own.
_SPACELESS = "\u0e01-\u0e4e\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(
    rf"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_]?(?!\w)|[{_SPACELESS}]|[^\W_{_SPACELESS}]+",
)


def cut(folded: str) -> list[tuple[str, int, int]]:
    """Return each word of a folded text with its start and end; "u.s." is the word "us"."""
    return [(w[0].replace(".", ""), w.start(), w.end()) for w in _WORD.finditer(folded)]


# -------------------------------------------------------------------------- the story


class Index:
    """Some fields of a story, cut into words: where each stands."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Index `texts`, by the name of their field."""
        self.words: list[str] = []  # of all fields, in order, an empty one after each
        self.fields: dict[str, range] = {}  # where each field's words stand in `words`
        self.places: defaultdict[str, list[int]] = defaultdict(list)
        self._spans: list[tuple[int, int]] = []
        self._folding: dict[str, tuple[str, Sequence[int]]] = {}
        for field, text in texts.items():
            folded, offsets = fold_with_offsets(text)
            first = len(self.words)
            for word, start, end in cut(folded):
                self.places[word].append(len(self.words))
                self.words.append(word)
                self._spans.append((start, end))
                if word[0].isdigit() and (size := size_of(word, folded, start)):
                    self.places[size].append(len(self.words) - 1)
            self.fields[field] = range(first, len(self.words))
            self._folding[field] = text, offsets
            self.words.append("")  # no phrase reaches from one field into the next
            self._spans.append((0, 0))

    @cached_property
    def stems(self) -> Mapping[str, list[str]]:
        """Every word, by its first letters."""
        stems: dict[str, list[str]] = defaultdict(list)
        for word in self.places:
            stems[word[:STEM]].append(word)
        return stems

    def span(self, first: int, last: int) -> Span:
        """Return where the words `first` to `last` stand in the story."""
        field = next(name for name, places in self.fields.items() if first in places)
        text, offsets = self._folding[field]
        start, end = original_span(offsets, self._spans[first][0], self._spans[last][1])
        return Span(field=field, start=start, end=end, text=text[start:end])


class Reading:
    """A story as queries see it: folded and cut into words once, however many queries ask."""

    def __init__(self, tagged: Tagged) -> None:
        """Index the title, the summary and the opening of the text of `tagged`."""
        self.tagged = tagged
        story = tagged.story
        opening = story.text[:OPENING]
        if len(story.text) > OPENING:
            opening = opening.rpartition(" ")[0] or opening  # no half word: it might be another
        title, summary = story.title[:_LONGEST_HEAD], story.summary[:_LONGEST_HEAD]
        self.head = Index({"title": title, "summary": summary, "text": opening})

    @cached_property
    def body(self) -> Index:
        """The whole text: rarely asked for, so not indexed before somebody does."""
        return Index({"text": self.tagged.story.text[:_LONGEST_TEXT]})

    @cached_property
    def counted(self) -> Counter[str]:
        """The story's terms, counted: what its wording is compared by."""
        return counted_terms(self.tagged.story)

    @cached_property
    def facts(self) -> Mapping[str, Mapping[str, tuple[Span, ...]]]:
        """What is known of the story apart from its words, folded, with the evidence for tags."""
        story = self.tagged.story
        tags = [(name, tag.evidence) for tag in self.tagged.tags for name in (tag.code, tag.label)]
        language = fold(story.language or "")
        outlet = fold(story.outlet)
        return {
            "outlet": {outlet: (), outlet.replace(" ", "-"): ()},  # a file may give the name
            "kind": {story.outlet_kind: ()},
            "language": {language: (), language.split("-")[0]: ()},  # en-GB is en too
            "tag": {fold(name): evidence for name, evidence in tags},
            "credit": {
                fold(name): (credit.span,)
                for credit in self.tagged.credits
                for name in (credit.name, credit.outlet)
            },
            **{
                field: {
                    fold(name): tag.evidence
                    for tag in self.tagged.tags
                    if tag.scheme in schemes
                    for name in (tag.code, tag.label)
                }
                for field, schemes in _SCHEMES.items()
            },
        }


# -------------------------------------------------------------------------- the query


@dataclass(frozen=True, slots=True)
class Hit:
    """One place that answers a query: the words of the query and where they stand.

    A fact has no place and no span.
    """

    term: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a phrase: any of some spellings, or any word that begins with one of them."""

    spellings: frozenset[str]
    is_prefix: bool

    def takes(self, word: str) -> bool:
        """Return whether the word is one of those meant."""
        if self.is_prefix:
            return word.startswith(tuple(self.spellings))
        return word in self.spellings

    def places(self, index: Index) -> Iterator[int]:
        """Yield where the words meant stand."""
        for spelling in self.spellings:
            if not self.is_prefix:
                yield from index.places.get(spelling, ())
                continue
            for word in index.stems.get(spelling[:STEM], ()):
                if word.startswith(spelling):
                    yield from index.places[word]


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or several that stand together."""

    term: str  # as the editor wrote it
    pieces: tuple[Piece, ...]
    field: str  # "" for title, summary and opening
    is_capital: bool = False
    within: int | None = None  # other words allowed in between, in any order; None: in a row
    boost: float = 1.0

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return where the words stand, the first places of many."""
        index = reading.body if self.field == "text" else reading.head
        places = self._in_a_row(index) if self.within is None else self._near(index)
        counted = islice((place for place in places if self._counts(place, index)), _MOST)
        return [Hit(self.term, index.span(*place)) for place in sorted(set(counted))] or None

    def is_hit(self, reading: Reading) -> bool:
        """Return whether the words stand anywhere: cheaper than where."""
        index = reading.body if self.field == "text" else reading.head
        places = self._in_a_row(index) if self.within is None else self._near(index)
        return any(self._counts(place, index) for place in places)

    def _counts(self, place: tuple[int, int], index: Index) -> bool:
        if self.field and place[0] not in index.fields[self.field]:
            return False
        return not self.is_capital or index.span(*place).text.isupper()

    def _in_a_row(self, index: Index) -> Iterator[tuple[int, int]]:
        for first in self.pieces[0].places(index):
            # The empty word that ends each field suits no piece and stops the walk.
            if all(p.takes(index.words[first + i]) for i, p in enumerate(self.pieces[1:], 1)):
                yield first, first + len(self.pieces) - 1

    def _near(self, index: Index) -> Iterator[tuple[int, int]]:
        count = len(self.pieces)
        others = [sorted(piece.places(index)) for piece in self.pieces[1:]]
        for first in self.pieces[0].places(index):
            field = next(places for places in index.fields.values() if first in places)
            taken = [first]
            for there in others:
                at = bisect_left(there, first)
                # As many to either side as there are pieces: others may stand on the nearest.
                near = there[max(at - count, 0) : at + count]
                free = [place for place in near if place in field and place not in taken]
                taken += sorted(free, key=lambda place: abs(place - first))[:1]
            span = min(taken), max(taken)
            if len(taken) == count and span[1] - span[0] < count + (self.within or 0):
                yield span


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of the story apart from its words."""

    term: str
    field: str
    value: str
    boost: float = 1.0

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the tag's evidence, or a hit without a place."""
        evidence = reading.facts[self.field].get(self.value)
        if evidence is None:
            return None
        return [Hit(self.term, span) for span in evidence] or [Hit(self.term, None)]

    def is_hit(self, reading: Reading) -> bool:
        """Return whether it is known of the story."""
        return self.value in reading.facts[self.field]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    part: "Node"

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return nothing to show, or None if the part is hit."""
        return [] if self.is_hit(reading) else None

    def is_hit(self, reading: Reading) -> bool:
        """Return whether the part is not hit."""
        return not self.part.is_hit(reading)


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    parts: tuple["Node", ...]
    boost: float = 1.0

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the hits of all parts, or None if one is missing."""
        found: list[Hit] = []
        for part in self.parts:
            hits = part.hits(reading)
            if hits is None:
                return None
            found += hits
        return found

    def is_hit(self, reading: Reading) -> bool:
        """Return whether all parts are hit."""
        return all(part.is_hit(reading) for part in self.parts)


class Or:
    """Any of several."""

    __slots__ = ("_by_stem", "_by_word", "_others", "boost", "parts")

    def __init__(self, parts: tuple["Node", ...], boost: float = 1.0) -> None:
        """File words under what a story must have for them to be worth asking."""
        self.parts = parts
        self.boost = boost
        self._by_word: dict[str, list[Words]] = {}
        self._by_stem: dict[str, list[Words]] = {}
        self._others: list[Node] = []
        for part in parts:
            if not isinstance(part, Words) or part.field == "text":
                self._others.append(part)
                continue
            first = part.pieces[0]
            for spelling in first.spellings:
                if first.is_prefix:
                    self._by_stem.setdefault(spelling[:STEM], []).append(part)
                else:
                    self._by_word.setdefault(spelling, []).append(part)

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the hits of every part that has some, or None."""
        found: set[Hit] = set()
        is_hit = False
        for part in self.asked(reading):
            hits = part.hits(reading)
            if hits is not None:
                is_hit = True
                found.update(hits)
        return sorted(found, key=_place) if is_hit else None

    def is_hit(self, reading: Reading) -> bool:
        """Return whether any part is hit."""
        return any(part.is_hit(reading) for part in self.asked(reading))

    def asked(self, reading: Reading) -> Iterator["Node"]:
        """Yield the parts that may be hit: the rest lacks a word that is nowhere in the story."""
        head = reading.head
        words = [self._by_word[word] for word in self._by_word.keys() & head.places.keys()]
        stems = [self._by_stem[stem] for stem in self._by_stem.keys() & head.stems.keys()]
        seen: set[int] = set()  # a word of two spellings is filed twice
        for part in chain(self._others, *words, *stems):
            if id(part) not in seen:
                seen.add(id(part))
                yield part


Node = Words | Fact | Not | And | Or


def _place(hit: Hit) -> tuple[int, int, str]:
    if hit.span is None:
        return len(PLACES), 0, hit.term
    return PLACES.index(hit.span.field), hit.span.start, hit.term


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read. `ways` are its outermost alternatives, each with what it asks for."""

    source: str
    node: Node
    is_weighted: bool = False  # its writer said how much each word says

    @property
    def ways(self) -> tuple[tuple[Node, ...], ...]:
        """The outermost alternatives; words of which each does alone are one way together."""
        ways = self.node.parts if isinstance(self.node, Or) else (self.node,)
        alone = tuple(way for way in ways if not isinstance(way, And))
        together = (Or(alone),) if len(alone) > 1 else alone
        return (*(way.parts for way in ways if isinstance(way, And)), *((one,) for one in together))

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return every place that answers the query, in reading order; None if it is not hit."""
        hits = self.node.hits(reading)
        return None if hits is None else sorted(set(hits), key=_place)

    def is_hit(self, reading: Reading) -> bool:
        """Return whether the query is hit: cheaper than where."""
        return self.node.is_hit(reading)
