"""Which developments of an instalment are one happening, and so one item: talks and their echo.

Clustering keeps apart what is told days apart or in other words; a reader of a weekly piece wants
the summit once. Compared are the words two stories share, names counted as one whatever their
spelling, each by its rarity among the instalment's own developments. What the series is always
about ("peace", "aid") says little.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pipeline.draft.matter import Matter, matter_of, same_matter
from pipeline.draft.told import Gathered, Memory, Telling
from pipeline.text import terms

_LEAD_CHARACTERS = 280  # of a summary: what it goes on to say is background
_IN_SUMMARY = 0.5  # a word of the summary counts so much of one in the headline
_PAIR = 0.7  # and two words of the headline side by side so much, besides each alone
# As if so many further developments had been seen, which hold a word of the series' description
# by this share and any other by that: in a week of three items no word is rare.
_UNSEEN, _USUAL, _RARE = 20, 0.3, 0.03
_MOST_NAME, _MOST_WORD = 3.2, 2.4  # a rare verb ("seeks") is no evidence as a rare name is
_TELLING = 1.2  # a shared term that counts as evidence of its own
_FEWEST = 2  # of these, one a name or an amount
_APART = timedelta(days=4)  # told so long after one another, they are two happenings
_SIZES = {"b": "billion", "m": "million", "t": "trillion"}
# What headlines say of who reports, not of what.
_SAID = frozenset(
    [
        "agency",
        "axios",
        "bloomberg",
        "exclusive",
        "headline",
        "magazine",
        "media",
        "newspaper",
        "politico",
        "press",
        "reuter",
        "review",
        "source",
        "top",
    ]  # a list of words reads worse
)
_AMOUNT = re.compile(
    r"(\d+(?:[.,]\d+)?)\s?(bn|billion|mn|million|tn|trillion|[bm])\b", re.IGNORECASE
)
_WORD = re.compile(r"\w+")

# Found on the weeks of decision record 0018; each pair of floors is one way to be sure enough.
_FLOORS = (
    # likeness, evidence
    (0.30, 5.0),  # mostly the same words
    (0.22, 6.0),
    (0.13, 7.0),  # long stories that share many telling words
)
_ALIKE = 0.16  # asked besides: as wholes they are alike, not by one stray story of many
_FOLLOWING = (0.16, 5.0)  # where clustering says that the one goes on from the other, and soon
_SOON = timedelta(days=2)
_MATTER = 0.5  # how alike two are whose headlines tell of one plan or act, in whatever words
_ELSEWHERE = (0.30, 8.0)  # where the headlines set them in different countries


@dataclass(frozen=True, slots=True)
class _Read:
    telling: Telling
    terms: Mapping[str, float]  # weight by term
    places: frozenset[str]  # in the headline
    matter: Matter | None = None
    length: float = 1.0  # of its terms, each by its weight and by how telling it is


@dataclass(slots=True)
class _Item:
    """A development that heads, with what it gathers, as one."""

    under: list[Gathered]
    around: list[_Read]
    whole: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Likeness:
    score: float
    evidence: float
    shared: tuple[str, ...]  # terms, the most telling first
    is_following: bool
    of: tuple[Telling, Telling]  # which two stories
    matter: Matter | None = None  # where one plan or act is all that says so


class _Weights:
    """How telling each term is among these developments."""

    def __init__(self, read: Collection[Sequence[_Read]], usual: Iterable[str]) -> None:
        found: Counter[str] = Counter()
        for told in read:
            found.update({term for one in told for term in one.terms})
        known = frozenset(usual)
        self.of: dict[str, float] = {}
        for term, times in found.items():
            often = times + _UNSEEN * (_USUAL if term in known else _RARE)
            rarity = math.log((len(read) + _UNSEEN) / often)
            most = _MOST_NAME if is_name(term) else _MOST_WORD
            self.of[term] = max(min(rarity, most), 0.0)

    def measured(self, one: _Read) -> _Read:
        """With the length of its terms."""
        squares = sum((self.of[term] * much) ** 2 for term, much in one.terms.items())
        return replace(one, length=math.sqrt(squares) or 1.0)

    def whole(self, told: Iterable[_Read]) -> dict[str, float]:
        """What stories say together, as a vector of length 1: each speaks as loud as another."""
        whole: defaultdict[str, float] = defaultdict(float)
        for one in told:
            for term, much in one.terms.items():
                whole[term] += self.of[term] * much / one.length
        size = math.sqrt(sum(much * much for much in whole.values())) or 1.0
        return {term: much / size for term, much in whole.items()}


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two wholes are, 0..1."""
    return sum(one[term] * other[term] for term in one.keys() & other.keys())


def is_name(term: str) -> bool:
    """Whether a term is a name or an amount."""
    return ":" in term or term[:1].isdigit()


def gather(
    tellings: Sequence[Telling], memory: Memory, *, usual: str
) -> dict[int, tuple[Gathered, ...]]:
    """Return the developments that head an item, each with the others that it gathers.

    `usual` is text of the words that the series is always about. A development heads where its
    item stands already, or it has most stories; what an editor took apart is not gathered.
    """
    read: dict[int, list[_Read]] = defaultdict(list)
    for one in tellings:
        read[one.development].append(_read(one))
    weights = _Weights(read.values(), terms(usual))
    read = {number: [weights.measured(one) for one in told] for number, told in read.items()}
    heads: dict[int, _Item] = {}
    touched = {number for number, rank in memory.standing.items() if rank == 0}
    for number in sorted(read, key=lambda number: _first(number, read[number], memory)):
        told, whole = read[number], weights.whole(read[number])
        best: tuple[_Likeness, int] | None = None
        for head, item in heads.items():
            if any(_pair(number, other) in memory.apart for other in _all(head, item.under)):
                continue
            if number in touched:
                break  # an editor works on its item: it stays one
            found = _of_one_matter(told, read[head])
            if found is None and _alike(whole, item.whole) >= _ALIKE:
                found = _likest(told, item.around, weights.of)
            if found is not None and (best is None or found.score > best[0].score):
                best = found, head
        if best is None:
            heads[number] = _Item([], told, whole)
        else:
            found, head = best
            item, score = heads[head], round(min(found.score, 1.0), 4)
            item.under.append(Gathered(development=number, score=score, why=_told(found)))
            item.around = [*item.around, *told]
            item.whole = weights.whole(item.around)
    return dict(_headed(head, item.under, memory, touched) for head, item in heads.items())


def _headed(
    head: int, under: Sequence[Gathered], memory: Memory, touched: Collection[int]
) -> tuple[int, tuple[Gathered, ...]]:
    """Let the development whose item stands already head what was gathered around another.

    Only now, so that what is gathered does not hang on what came first.
    """
    standing = next((one for one in under if one.development in memory.standing), None)
    if head in touched or head in memory.standing or standing is None:
        return head, tuple(under)
    others = [one for one in under if one is not standing]
    return standing.development, (replace(standing, development=head), *others)


def _all(head: int, under: Sequence[Gathered]) -> list[int]:
    return [head, *(one.development for one in under)]


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _first(number: int, told: Sequence[_Read], memory: Memory) -> tuple[bool, int, float, int]:
    """Whose item an editor works on heads, then who is told most, then the likeliest."""
    is_free = memory.standing.get(number) != 0
    return is_free, -len(told), -max(one.telling.score for one in told), number


def _read(telling: Telling) -> _Read:
    title = _terms(telling, "title", telling.title)
    summary = _terms(telling, "summary", telling.summary[:_LEAD_CHARACTERS])
    found = dict.fromkeys(summary, _IN_SUMMARY) | dict.fromkeys(title, 1.0)
    # "US plan", "US peace plan": side by side, two common words may say what is meant.
    for step in (1, 2):
        pairs = zip(title, title[step:], strict=False)
        found |= dict.fromkeys((f"{one} {other}" for one, other in pairs), _PAIR)
    places = {n.code for n in telling.names if n.field == "title" and n.code.startswith("place:")}
    return _Read(telling, found, frozenset(places), matter_of(telling))


def _terms(telling: Telling, field: str, text: str) -> list[str]:
    """The terms of a field in order: names by their codes, amounts in one writing, stems."""
    names = [
        one
        for one in telling.names
        if one.field == field and one.end <= len(text) and not one.code.startswith("about:")
    ]
    pieces: list[str] = []
    end = 0
    for name in sorted(names, key=lambda one: (one.start, -one.end)):
        if name.start >= end:
            pieces += [*_stems(text[end : name.start]), name.code]
            end = name.end
    return [*pieces, *_stems(text[end:])]


def _stems(text: str) -> list[str]:
    return [term for term in terms(_AMOUNT.sub(_amount, text)) if term not in _SAID]


def _amount(found: re.Match[str]) -> str:
    """An amount by its figure, and by its size: outlets count one sum differently."""
    size = found[2][0].lower()
    return f" {found[1].replace('.', 'p').replace(',', '')}{size} {_SIZES[size]} "


def _likest(
    told: Sequence[_Read], around: Sequence[_Read], weights: Mapping[str, float]
) -> _Likeness | None:
    """The best likeness of a story here to one there that is sure enough, None if none is."""
    found = (_likeness(one, other, weights) for one in told for other in around)
    return max((one for one in found if one is not None), key=lambda one: one.score, default=None)


def _likeness(one: _Read, other: _Read, weights: Mapping[str, float]) -> _Likeness | None:
    apart = abs(one.telling.at - other.telling.at)
    if apart > _APART:
        return None
    shared = {
        term: weights[term] * one.terms[term] * other.terms[term]
        for term in one.terms.keys() & other.terms.keys()
    }
    evidence = sum(shared.values())
    telling = [term for term in shared if weights[term] >= _TELLING]
    if len(telling) < _FEWEST or not any(map(is_name, telling)):
        return None
    lengths = one.length * other.length
    score = sum(weights[term] * much for term, much in shared.items()) / lengths
    follows = {(a.telling.development, a.telling.follows) for a in (one, other)}
    is_following = (
        bool(
            {
                (one.telling.development, other.telling.development),
                (other.telling.development, one.telling.development),
            }
            & follows
        )
        and apart <= _SOON
    )
    floors = [*_FLOORS, *([_FOLLOWING] if is_following else [])]
    if one.places and other.places and one.places.isdisjoint(other.places):
        floors = [_ELSEWHERE]
    if not any(score >= least and evidence >= enough for least, enough in floors):
        return None
    # A pair of words only where no word of it is told already.
    alone = [term for term in telling if " " not in term] or {
        word for pair in telling for word in pair.split()
    }
    most = sorted(alone, key=lambda term: (-shared[term], term))
    return _Likeness(score, evidence, tuple(most[:5]), is_following, (one.telling, other.telling))


def _of_one_matter(told: Sequence[_Read], head: Sequence[_Read]) -> _Likeness | None:
    """A likeness where a headline tells of the plan or act that the head's own headlines tell of.

    Not those of what it gathers: from day to day, one plan's echo would draw in the next one's.
    """
    for one in told:
        for other in head:
            apart = abs(one.telling.at - other.telling.at)
            if one.matter is None or other.matter is None or apart > _SOON:
                continue
            if same_matter(one.matter, other.matter):
                return _Likeness(
                    _MATTER, 0.0, (), False, (one.telling, other.telling), other.matter
                )
    return None


def _told(found: _Likeness) -> str:
    if found.matter is not None:
        return f"one happening: both headlines tell of {found.matter.said}"
    words = ", ".join(f"“{_written(term, found.of)}”" for term in found.shared)
    goes_on = "; goes on from it" if found.is_following else ""
    return f"one happening: both tell of {words}{goes_on}"


def _written(term: str, tellings: Iterable[Telling]) -> str:
    """A term as one of the stories writes it: names by their labels, no stems and no codes."""
    labels = {name.code: name.label for one in tellings for name in one.names}
    text = " ".join(f"{one.title} {one.summary}" for one in tellings)
    amounts = (found[0] for found in _AMOUNT.finditer(text) if term == _amount(found).split()[0])
    words = (word for word in _WORD.findall(text) if term in terms(word))
    return labels.get(term) or next(amounts, None) or next(words, term)
