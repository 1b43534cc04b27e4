"""People and bodies that no list has, told by what stands beside their capitals.

"Foreign Minister Aldo Verrani", "Marek Toller" (a first name we know), "the Harbour Institute".
Only in running text and in headlines that keep capitals for names: elsewhere they say nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pipeline.tag.entries import Entry, Words
from pipeline.tag.gazetteer import Reading
from pipeline.tag.naming import Mention, Taken, plain
from pipeline.text import fold

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪİĶŁĻŃŅŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽЀ-Я"
_NAME = rf"[{_UPPER}][\w’'-]{{0,30}}[^\W\d_]"  # noqa: RUF001 - a printer's apostrophe
_JOINT = (
    r"(?: [A-Z]\.)? (?:(?:al-|el-|bin |ibn |van |von |de |da |di |der |den |la |le |ter |zu |dos "
    r"|du |del )+|(?:of|for|on) (?:the )?|and )?"
)
# The first word as the others, but never given back letter by letter where none follows: most
# capitals stand alone. A \b before it would double its time.
_FIRST = rf"[{_UPPER}][\w’'-]{{1,31}}+(?<=[^\W\d_])"  # noqa: RUF001 - a printer's apostrophe
_RUN = re.compile(rf"{_FIRST}(?:{_JOINT}{_NAME})+")
_PARTS = re.compile(r"\S+")
_POSSESSIVE = re.compile(r"['’]s?\Z")  # noqa: RUF001 - a printer's apostrophe
_LINKS = frozenset({"of", "for", "and", "on"})  # part of a body's name, never of a person's
_OPENERS = frozenset(
    "the a an in on at but and when while after as for from with by if it he she they".split(),  # noqa: SIM905 - a list of quoted words reads worse
)
_LONGEST_NAME = 4  # words of a person's name
_SHORTEST_SURNAME = 3  # "Wu", "Li": too many other things
_SURE_TITLED = 0.8
_SURE_GIVEN = 0.7
_SURE_BODY = 0.6


class _Word:
    """A word of a run of capitals: where it stands, and what it is without a possessive."""

    __slots__ = ("bare", "end", "is_possessive", "start")

    def __init__(self, text: str, start: int) -> None:
        word = _POSSESSIVE.sub("", text) if text[-1] in "s'’" else text  # noqa: RUF001 - the same
        self.bare = plain(word)
        self.is_possessive = len(word) < len(text)
        self.start = start
        self.end = start + len(word)


def strangers(reading: Reading, taken: Taken, bodies: Taken, words: Words) -> Iterator[Mention]:
    """Yield the people and bodies of a text that no list has, where nothing else is named.

    A body may have a place in its name: what else is named there is told apart in `bodies`.
    """
    text = reading.text
    if reading.is_titled or reading.is_shouted:
        return
    telling = _telling(words)
    for run in _RUN.finditer(text):
        start = run.start()
        # Most runs hold no word that says anything: they are left before anything is made of them.
        if text[start - 1 : start].isalnum() or telling.isdisjoint(map(_bare, run[0].split())):
            continue
        if bodies.has(start, run.end()):
            continue  # all of it is a name of the list
        spoken = [_Word(one[0], one.start() + start) for one in _PARTS.finditer(run[0])]
        body = _body(text, spoken, words)
        if body is not None and bodies.is_free(body.start, body.end):
            yield body
            continue
        person = _person(text, spoken, words)
        if person is not None and taken.is_free(person.start, person.end):
            yield person


@lru_cache(maxsize=4)
def _telling(words: Words) -> frozenset[str]:
    """Return every word that makes a run of capitals somebody or some body."""
    return words.given | words.titles | words.body_heads


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """Return a word as it is compared, without a possessive."""
    return plain(_POSSESSIVE.sub("", word) if word[-1] in "s'’" else word)  # noqa: RUF001 - a printer's apostrophe


def _person(text: str, run: Sequence[_Word], words: Words) -> Mention | None:
    """Return the person in a run of capitals: after a title, or from a first name on."""
    titled = max((at + 1 for at, one in enumerate(run) if one.bare in words.titles), default=0)
    first, sure = titled, _SURE_TITLED
    is_weak = titled > 0 and run[titled - 1].bare in words.weak_titles
    if not titled or (is_weak and titled < len(run) and run[titled].bare not in words.given):
        given = [at for at, one in enumerate(run) if one.bare in words.given and at >= titled]
        if not given:
            return None
        first, sure = given[0], _SURE_GIVEN
    name = list(run[first:])
    stop = next((at for at, one in enumerate(name) if one.bare in _LINKS), len(name))
    owner = next((at + 1 for at, one in enumerate(name) if one.is_possessive), len(name))
    name = name[: min(stop, owner, _LONGEST_NAME)]
    if not name[1:] or any(_is_no_surname(one.bare, words) for one in name[1:]):
        return None
    start, end = name[0].start, name[-1].end
    return Mention(_entry("person", text[start:end]), start, end, sure)


def _is_no_surname(word: str, words: Words) -> bool:
    return word in words.body_heads or word in words.after_places


def _body(text: str, run: Sequence[_Word], words: Words) -> Mention | None:
    """Return the body in a run of capitals: up to the last word that heads one."""
    heads = [at for at, one in enumerate(run) if one.bare in words.body_heads]
    if not heads:
        return None
    first = next((at for at, one in enumerate(run) if one.bare not in _OPENERS), 0)
    last = heads[-1]
    if last + 2 < len(run) and run[last + 1].bare in ("of", "for"):
        last = len(run) - 1  # "Ministry of Ferries", "Institute for Tides"
    if last <= first:
        return None
    start, end = run[first].start, run[last].end
    return Mention(_entry("organisation", text[start:end]), start, end, _SURE_BODY)


def capital_spans(reading: Reading, taken: Taken) -> Iterator[str]:
    """Yield the runs of capitals in which nothing is named."""
    if reading.is_titled or reading.is_shouted:
        return
    for run in _RUN.finditer(reading.text):
        if taken.is_free(*run.span()):
            yield run[0]


def surnames(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Yield where the last word of a person's name stands by itself."""
    surname = name.rsplit(" ", 1)[-1]
    at = text.find(surname) if len(surname) >= _SHORTEST_SURNAME else -1
    while at >= 0:
        end = at + len(surname)
        beside = text[at - 1 : at] + text[end : end + 1]
        if not any(one.isalnum() or one == "-" for one in beside):
            yield at, end
        at = text.find(surname, end)


@lru_cache(maxsize=5000)
def _entry(scheme: str, name: str) -> Entry:
    slug = re.sub(r"[^\w]+", "-", fold(name)).strip("-")
    return Entry(scheme=scheme, code=f"name:{slug}", label=" ".join(name.split()))
