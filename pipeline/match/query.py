"""The query language of the series: read once, asked of every story, answered with the places hit.

    word            one word; case, accents and kinds of apostrophe do not matter
    US              up to three letters written in capitals are found in capitals only
    talk*           every word that begins so; at least three letters before the star
    "peace talk*"   words next to one another, in this order
    "envoy kyiv"~5  the words in any order, with at most five others between them
    title: summary: text:              look there only; before a word, a phrase or a bracket
    outlet: kind: language: tag:       facts: outlet:guardian, kind:official, tag:"Ukraine"
    a AND b, a b    both; writing nothing between two means AND
    a OR b          either; binds less tightly than AND
    NOT a, -a       not
    ( )             brackets;  # the rest of the line is a remark

Words are looked for in the title, the summary and the opening of the text: what a story says
further down it mentions in passing. `text:` looks through all of it. Spellings of one name are one
word (`pipeline.match.spellings`). No pattern is ever built from what an editor typed, and a query
of any kind ends after a bounded number of steps on any story.
"""

import difflib
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

from pipeline.errors import BadQuery
from pipeline.match.spellings import spellings
from pipeline.records import Span, Tagged
from pipeline.text import fold, fold_with_offsets, original_span

OPENING = 600  # characters of the text that bare words look at
_STEM = 3  # letters a prefix must have: prefixes are filed under them
_CAPITALS = 3  # up to so many letters, capitals are meant: US, WHO, EU
_LONGEST = 20_000  # characters of a query
_LONGEST_HEAD = 5_000  # characters that are read of a title, of a summary
_LONGEST_TEXT = 100_000
_LONGEST_PHRASE = 20  # words in a row; with others in between so many would take too long
_LONGEST_NEAR = 8
_MOST = 20  # places that one phrase of a query is shown at
_DEEPEST = 40
_WIDEST = 50
PLACES = ("title", "summary", "text")
_FACTS = ("outlet", "kind", "language", "tag")

# Chinese, Japanese and Thai are written without blanks: each character is a word of its own.
_SPACELESS = "\u0e01-\u0e4e\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(
    rf"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_]?(?!\w)|[{_SPACELESS}]|[^\W_{_SPACELESS}]+",
)


def _words(folded: str) -> list[tuple[str, int, int]]:
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
            for word, start, end in _words(folded):
                self.places[word].append(len(self.words))
                self.words.append(word)
                self._spans.append((start, end))
            self.fields[field] = range(first, len(self.words))
            self._folding[field] = text, offsets
            self.words.append("")  # no phrase reaches from one field into the next
            self._spans.append((0, 0))

    @cached_property
    def stems(self) -> Mapping[str, list[str]]:
        """Every word, by its first letters."""
        stems: dict[str, list[str]] = defaultdict(list)
        for word in self.places:
            stems[word[:_STEM]].append(word)
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
class _Piece:
    """One word of a phrase: any of some spellings, or any word that begins with one of them."""

    spellings: frozenset[str]
    is_prefix: bool

    def takes(self, word: str) -> bool:
        if self.is_prefix:
            return word.startswith(tuple(self.spellings))
        return word in self.spellings

    def places(self, index: Index) -> Iterator[int]:
        for spelling in self.spellings:
            if not self.is_prefix:
                yield from index.places.get(spelling, ())
                continue
            for word in index.stems.get(spelling[:_STEM], ()):
                if word.startswith(spelling):
                    yield from index.places[word]


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or several that stand together."""

    term: str  # as the editor wrote it
    pieces: tuple[_Piece, ...]
    field: str  # "" for title, summary and opening
    is_capital: bool = False
    within: int | None = None  # other words allowed in between, in any order; None: in a row

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return where the words stand, the first places of many."""
        index = reading.body if self.field == "text" else reading.head
        places = self._in_a_row(index) if self.within is None else self._near(index)
        counted = islice((place for place in places if self._counts(place, index)), _MOST)
        return [Hit(self.term, index.span(*place)) for place in sorted(set(counted))] or None

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

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the tag's evidence, or a hit without a place."""
        evidence = reading.facts[self.field].get(self.value)
        if evidence is None:
            return None
        return [Hit(self.term, span) for span in evidence] or [Hit(self.term, None)]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    part: "Node"

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return nothing to show, or None if the part is hit."""
        return [] if self.part.hits(reading) is None else None


@dataclass(frozen=True, slots=True)
class And:
    """All of several."""

    parts: tuple["Node", ...]

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the hits of all parts, or None if one is missing."""
        found: list[Hit] = []
        for part in self.parts:
            hits = part.hits(reading)
            if hits is None:
                return None
            found += hits
        return found


class Or:
    """Any of several."""

    __slots__ = ("_by_stem", "_by_word", "_others", "parts")

    def __init__(self, parts: tuple["Node", ...]) -> None:
        """File words under what a story must have for them to be worth asking."""
        self.parts = parts
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
                    self._by_stem.setdefault(spelling[:_STEM], []).append(part)
                else:
                    self._by_word.setdefault(spelling, []).append(part)

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return the hits of every part that has some, or None."""
        head = reading.head
        asked = [self._by_word[word] for word in self._by_word.keys() & head.places.keys()]
        asked += [self._by_stem[stem] for stem in self._by_stem.keys() & head.stems.keys()]
        found: set[Hit] = set()
        is_hit = False
        for part in chain(self._others, *asked):
            hits = part.hits(reading)
            if hits is not None:
                is_hit = True
                found.update(hits)
        return sorted(found, key=_place) if is_hit else None


Node = Words | Fact | Not | And | Or


def _place(hit: Hit) -> tuple[int, int, str]:
    if hit.span is None:
        return len(PLACES), 0, hit.term
    return PLACES.index(hit.span.field), hit.span.start, hit.term


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read. `ways` are its outermost alternatives, each with what it asks for."""

    source: str
    ways: tuple[tuple[Node, ...], ...]

    def hits(self, reading: Reading) -> list[Hit] | None:
        """Return every place that answers the query, in reading order; None if it is not hit."""
        found: set[Hit] = set()
        is_hit = False
        for way in self.ways:
            hits = And(way).hits(reading)
            if hits is not None:
                is_hit = True
                found.update(hits)
        return sorted(found, key=_place) if is_hit else None


# -------------------------------------------------------------------------- reading it

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<open>\()|(?P<close>\))
    |["\u201c\u201d](?P<phrase>[^"\u201c\u201d]*)["\u201c\u201d](?:~(?P<within>\d{1,3}))?
    |(?P<field>[A-Za-z_]+):
    |(?P<minus>-)(?=[^\s-])
    |(?P<word>[^\s():"\u201c\u201d]+)""",
    re.VERBOSE,
)


def read_query(source: str, house: Mapping[str, str] | None = None) -> Query:
    """Return `source`, read. `house` adds a series' own spellings of names, by folded variant.

    Raises BadQuery with the offset of what was not understood and how to write it.
    """
    if len(source) > _LONGEST:
        raise BadQuery(f"the query is longer than {_LONGEST:,} characters", at=_LONGEST)
    node = _Reader(source, house or {}).read()
    ways = node.parts if isinstance(node, Or) else (node,)
    return Query(source, tuple(way.parts if isinstance(way, And) else (way,) for way in ways))


class _Reader:
    """Recursive descent over the tokens: OR, AND, NOT, then brackets and words."""

    def __init__(self, source: str, house: Mapping[str, str]) -> None:
        self._source = source
        self._house = house
        self._tokens = list(_tokens(source))
        self._next = 0
        self._depth = 0

    def read(self) -> Node:
        if not self._tokens:
            raise BadQuery("the query is empty: name what the story must speak of", at=0)
        node = self._either("")
        if self._kind == "close":
            raise BadQuery('this ")" closes no bracket', at=self._at)
        if not _seeks(node):
            why = "the query only says what must not be there: name something to look for"
            raise BadQuery(why, at=0)
        return node

    @property
    def _kind(self) -> str:
        return self._tokens[self._next].kind if self._next < len(self._tokens) else "end"

    @property
    def _at(self) -> int:
        return self._tokens[self._next].at if self._next < len(self._tokens) else len(self._source)

    def _take(self) -> "_Token":
        self._next += 1
        return self._tokens[self._next - 1]

    def _either(self, field: str) -> Node:
        parts = [self._all(field)]
        while self._kind == "OR":
            self._take()
            parts.append(self._all(field))
        return Or(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self, field: str) -> Node:
        parts = [self._one(field)]
        while self._kind not in ("OR", "close", "end"):
            if self._kind == "AND":
                self._take()
            parts.append(self._one(field))
        return And(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self, field: str) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadQuery(f"brackets are nested more than {_DEEPEST} deep", at=self._at)
        at, kind = self._at, self._kind
        if kind in ("AND", "OR", "close", "end"):
            raise BadQuery(self._missing(kind), at=at)
        token = self._take()
        if kind == "NOT":
            node: Node = Not(self._one(field))
        elif kind == "field":
            node = self._within_field(token, field)
        elif kind == "open":
            node = self._either(field)
            if self._kind != "close":
                raise BadQuery('this "(" is never closed', at=at)
            self._take()
        elif field in _FACTS:
            node = Fact(f"{field}:{token.text}", field, fold(token.text))
        else:
            node = _words_node(token, field, self._house)
        self._depth -= 1
        return node

    def _within_field(self, token: "_Token", field: str) -> Node:
        if field:
            why = f'"{token.text}:" stands inside "{field}:": a word is looked for in one place'
            raise BadQuery(why, at=token.at)
        if self._kind not in ("word", "phrase", "open") or self._at != token.end:
            why = f'after "{token.text}:" comes a word, a phrase or a bracket, without a blank'
            raise BadQuery(why, at=token.at)
        return self._one(token.text)

    def _missing(self, kind: str) -> str:
        before = self._tokens[self._next - 1].text if self._next else ""
        if kind == "close":
            return f'something is missing before this ")"{f" (after {before})" if before else ""}'
        if kind == "end":
            return f'the query ends after "{before}": something is missing there'
        return f'something to look for is missing before "{kind}"'


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int
    end: int
    within: int | None = None


def _tokens(source: str) -> Iterator[_Token]:
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise BadQuery(_not_understood(source, at), at=at)
        at = match.end()
        if match["blank"] is None:
            yield _token(match)


def _token(match: re.Match[str]) -> _Token:
    start, end = match.span()
    kind = match.lastgroup or ""
    if match["phrase"] is not None:
        within = int(match["within"]) if match["within"] else None
        if within is not None and within > _WIDEST:
            raise BadQuery(f"at most {_WIDEST} words may stand in between: ~{_WIDEST}", at=start)
        return _Token("phrase", match["phrase"], start, end, within)
    text = match[kind]
    if kind == "field":
        return _Token(kind, _field(text, start), start, end)
    if kind == "minus" or text == "NOT":
        return _Token("NOT", text, start, end)
    if text in ("AND", "OR"):
        return _Token(text, text, start, end)
    if text in ("and", "or", "not"):
        why = f'write {text.upper()} in capitals, or "{text}" in quotation marks to look for it'
        raise BadQuery(why, at=start)
    return _Token(kind, text, start, end)


def _field(text: str, at: int) -> str:
    known = (*PLACES, *_FACTS)
    if text.lower() in known:
        return text.lower()
    near = difflib.get_close_matches(text.lower(), known, n=1)
    hint = f'did you mean "{near[0]}:"?' if near else f"there are: {', '.join(known)}"
    raise BadQuery(f'there is no field "{text}:"; {hint}', at=at)


def _not_understood(source: str, at: int) -> str:
    if source[at] in '"\u201c\u201d':
        return "this quotation mark is never closed"
    return f'"{source[at]}" means nothing here: put what you look for in quotation marks'


def _words_node(token: _Token, field: str, house: Mapping[str, str]) -> Words:
    """Return the words of a token to look for in a place."""
    starred = [word for word in token.text.split() if "*" in word]
    if any("*" in word[:-1] for word in starred):
        raise BadQuery('a "*" stands at the end of a word only', at=token.at)
    pieces: list[_Piece] = []
    for chunk in token.text.split():
        folded = [word for word, _, _ in _words(fold(chunk))]
        for number, word in enumerate(folded, 1):
            is_prefix = chunk.endswith("*") and number == len(folded)
            # The later words of a row are only compared, never looked up: "F-16*" is fine.
            is_sought = not pieces or token.within is not None
            if is_prefix and is_sought and len(word) < _STEM:
                why = f'at least {_STEM} letters must stand before the "*" of "{chunk}"'
                raise BadQuery(why, at=token.at)
            pieces.append(_Piece(spellings(word, house), is_prefix))
    most = _LONGEST_PHRASE if token.within is None else _LONGEST_NEAR
    if len(pieces) > most:
        raise BadQuery(f"these are {len(pieces)} words: at most {most} stand together", at=token.at)
    if not pieces:
        raise BadQuery(f'"{token.text}" has neither letters nor digits', at=token.at)
    is_capital = token.kind == "word" and token.text.isupper() and len(token.text) <= _CAPITALS
    term = f"{token.text}" if not field else f"{field}:{token.text}"
    return Words(term, tuple(pieces), field, is_capital, token.within)


def _seeks(node: Node) -> bool:
    """Return whether a story must have something for `node` to be hit."""
    if isinstance(node, And):
        return any(_seeks(part) for part in node.parts)
    if isinstance(node, Or):
        return all(_seeks(part) for part in node.parts)
    return not isinstance(node, Not)
