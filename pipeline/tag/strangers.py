"""People and bodies that no list has, told by what stands beside their capitals.

"Foreign Minister Aldo Verrani", "Marek Toller" (a first name we know), "the Harbour Institute".
Only in running text and in headlines that keep capitals for names: elsewhere they say nothing.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.tag.entries import Entry, Words
from pipeline.tag.naming import Mention, is_title_case
from pipeline.text import fold

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪİĶŁĻŃŅŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽЀ-Я"
_NAME = rf"[{_UPPER}][\w’'-]*[^\W\d_]"  # noqa: RUF001 - a printer's apostrophe
_PARTICLE = r"(?:al-|el-|bin |ibn |van |von |de |da |di |der |den |la |le |ter |zu |dos |du |del )"
_RUN = re.compile(
    rf"\b{_NAME}(?:(?: [A-Z]\.)? {_PARTICLE}{{0,2}}"
    rf"(?!(?:The|And|But|In|On|At|He|She|It)\b){_NAME}){{1,3}}"
)
_BODY = re.compile(rf"\b{_NAME}(?:(?: (?:of|for|and|on)(?: the)?)? {_NAME}){{1,5}}")
_SHORTEST_SURNAME = 3  # "Wu", "Li": too many other things
_SURE_TITLED = 0.8
_SURE_GIVEN = 0.7
_SURE_BODY = 0.6
_POSSESSIVE = re.compile(r"['’]s?\Z")  # noqa: RUF001 - a printer's apostrophe


def people(text: str, taken: Sequence[tuple[int, int]], words: Words) -> Iterator[Mention]:
    """Yield persons named in full whom the list does not have."""
    if is_title_case(text) or text.isupper():
        return
    for run in _RUN.finditer(text):
        start, end = run.span()
        found = _person(text, start, end, words)
        if found is not None and not _overlaps(found.start, found.end, taken):
            yield found


def _person(text: str, start: int, end: int, words: Words) -> Mention | None:
    """Return the person in a run of capitals: after a title, or from a first name on."""
    parts = [(m.start() + start, m.end() + start) for m in re.finditer(r"\S+", text[start:end])]
    bare = [_POSSESSIVE.sub("", text[a:b]) for a, b in parts]
    folded = [fold(one) for one in bare]
    titled = max((at + 1 for at, one in enumerate(folded) if one in words.titles), default=0)
    first, sure = titled, _SURE_TITLED
    if not titled:
        given = [at for at, one in enumerate(folded) if one in words.given]
        if not given:
            return None
        first, sure = given[0], _SURE_GIVEN
    least = 2
    if len(parts) - first < least or folded[-1] in words.body_heads | words.after_places:
        return None
    if any(one in words.body_heads for one in folded[first:]):
        return None
    begin, close = parts[first][0], parts[-1][0] + len(bare[-1])
    name = text[begin:close]
    return Mention(_entry("person", name), begin, close, sure)


def bodies(text: str, taken: Sequence[tuple[int, int]], words: Words) -> Iterator[Mention]:
    """Yield bodies told by the last word of their name, or by what they are "of"."""
    if is_title_case(text) or text.isupper():
        return
    for run in _BODY.finditer(text):
        found = _closed(run[0], words)
        if not found:
            continue
        start, end = run.start() + found[0], run.start() + found[1]
        if not _overlaps(start, end, taken):
            yield Mention(_entry("organisation", text[start:end]), start, end, _SURE_BODY)


_OPENERS = frozenset({"the", "a", "an", "in", "on", "at", "but", "and", "when", "while", "after"})


def _closed(run: str, words: Words) -> tuple[int, int] | None:
    """Return the part of a run of capitals up to the last word that heads a body."""
    parts = [(m.start(), m.end()) for m in re.finditer(r"\S+", run)]
    bare = [fold(_POSSESSIVE.sub("", run[a:b])) for a, b in parts]
    heads = [at for at, one in enumerate(bare) if one in words.body_heads]
    if not heads:
        return None
    first = next((at for at, one in enumerate(bare) if one not in _OPENERS), 0)
    last = heads[-1]
    if heads[0] == first and len(bare) > first + 1 and bare[first + 1] in ("of", "for"):
        last = len(bare) - 1  # "Ministry of Ferries", "Institute for Tides"
    if last <= first:
        return None
    return parts[first][0], parts[last][0] + len(_POSSESSIVE.sub("", run[slice(*parts[last])]))


def surnames(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Yield where the last word of a person's name stands by itself."""
    surname = name.rsplit(" ", 1)[-1]
    if len(surname) >= _SHORTEST_SURNAME:
        for place in re.finditer(rf"(?<![-\w]){re.escape(surname)}(?![-\w])", text):
            yield place.span()


def _overlaps(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    return any(start < stop and begin < end for begin, stop in taken)


def _entry(scheme: str, name: str) -> Entry:
    slug = re.sub(r"[^\w]+", "-", fold(name)).strip("-")
    return Entry(scheme=scheme, code=f"name:{slug}", label=" ".join(name.split()))
