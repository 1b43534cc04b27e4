"""How a query is written: read with every mistake told at its place (the language: query.py)."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.errors import BadQuery
from pipeline.match.query import (
    FACTS,
    PLACES,
    STEM,
    And,
    Fact,
    Node,
    Not,
    Or,
    Piece,
    Query,
    Words,
    cut,
)
from pipeline.match.spellings import spellings
from pipeline.text import fold

_CAPITALS = 3  # up to so many letters, capitals are meant: US, WHO, EU
_LONGEST = 20_000  # characters of a query
_MOST_TOKENS = 6_000  # words, brackets and operators of a query
_LONGEST_PHRASE = 20  # words in a row; with others in between so many would take too long
_LONGEST_NEAR = 8
_DEEPEST = 40
_WIDEST = 50
_HEAVIEST = 20.0
_PLAIN = 2.0  # what a word counts in a query without weights: its writer means every hit

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<open>\()|(?P<close>\))
    |["\u201c\u201d](?P<phrase>[^"\u201c\u201d]*)["\u201c\u201d](?:~(?P<within>\d{1,3}))?
    |(?P<field>[A-Za-z_]+):
    |(?P<minus>-)(?=[^\s-])
    |\^(?P<boost>\d{1,4}(?:\.\d{1,4})?)
    |(?P<word>[^\s():"\u201c\u201d^]+)""",
    re.VERBOSE,
)


def read_query(
    source: str, house: Mapping[str, str] | None = None, *, plain: float = _PLAIN
) -> Query:
    """Return `source`, read. `house` adds a series' own spellings of names, by folded variant.

    In a query that gives no weights at all, every word counts `plain`.

    Raises BadQuery with the offset of what was not understood and how to write it.
    """
    if len(source) > _LONGEST:
        raise BadQuery(f"the query is longer than {_LONGEST:,} characters", at=_LONGEST)
    reader = _Reader(source, house or {}, plain)
    return Query(source, reader.read(), is_weighted=reader.is_weighted)


class _Reader:
    """Recursive descent over the tokens: OR, AND, NOT, then brackets and words."""

    def __init__(self, source: str, house: Mapping[str, str], plain: float) -> None:
        self._source = source
        self._house = house
        self._tokens = list(_tokens(source))
        self.is_weighted = any(token.kind == "boost" for token in self._tokens)
        self._usual = 1.0 if self.is_weighted else plain
        if len(self._tokens) > _MOST_TOKENS:
            why = f"the query has more than {_MOST_TOKENS:,} words, brackets and operators"
            raise BadQuery(why, at=self._tokens[_MOST_TOKENS].at)
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
        if kind in ("AND", "OR", "close", "end", "boost"):
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
        elif field in FACTS:
            node = Fact(f"{field}:{token.text}", field, fold(token.text), self._usual)
        else:
            node = replace(_words_node(token, field, self._house), boost=self._usual)
        self._depth -= 1
        return self._boosted(node) if self._kind == "boost" else node

    def _boosted(self, node: Node) -> Node:
        """Return the node with the weight that stands behind it."""
        token = self._take()
        boost = float(token.text)
        if not 0 < boost <= _HEAVIEST:
            why = f"^{token.text} weighs too much or nothing: from ^0.05 to ^{_HEAVIEST:g}"
            raise BadQuery(why, at=token.at)
        if isinstance(node, Not):
            raise BadQuery("what must not be there has no weight: take the ^ away", at=token.at)
        if isinstance(node, Or):
            return Or(node.parts, boost)
        return replace(node, boost=boost)

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
        if kind == "boost":
            return 'a "^" with its weight stands right behind what it weighs: "peace talks"^3'
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
    known = (*PLACES, *FACTS)
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
    pieces: list[Piece] = []
    for chunk in token.text.split():
        folded = [word for word, _, _ in cut(fold(chunk))]
        for number, word in enumerate(folded, 1):
            is_prefix = chunk.endswith("*") and number == len(folded)
            # The later words of a row are only compared, never looked up: "F-16*" is fine.
            is_sought = not pieces or token.within is not None
            if is_prefix and is_sought and len(word) < STEM:
                why = f'at least {STEM} letters must stand before the "*" of "{chunk}"'
                raise BadQuery(why, at=token.at)
            pieces.append(Piece(spellings(word, house), is_prefix))
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
