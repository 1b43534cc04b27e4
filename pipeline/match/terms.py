"""How near a story's words are to a series' own: BM25 to its description and its exemplars' terms.

How rare a word is, is not counted in what came in so far: the same story must score the same
whenever it comes. Instead the words that fill every news page are told from the rest by a list.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Story
from pipeline.text import content_words, terms

_K1, _B = 1.2, 0.3
_USUAL_LENGTH = 40  # words of a headline and a summary
_LONGEST = 2_000  # characters of the summary or text that are read
_HEADLINE = 2  # how often a word of the headline counts
_FULL = 8.0  # a sum that is half way to everything one could ask for
_MOST_TERMS = 40
_RARE, _COMMON = 3.0, 0.8  # rough logarithms of how seldom a word is
_EXEMPLAR = 0.6  # of an exemplar's term, beside one of the description

# Of every news page, whatever it is about; folded and without plural, as `terms` gives words.
_EVERYWHERE = frozenset(
    """
    government president minister official officials leader state country nation world war people
    group party power law court police public report plan talk deal meeting call move step side end
    day month time home house city area part number place case issue point question problem way
    million billion percent cent major big large small high low long short great good bad full
    former foreign national international general political economic military civil security
    prime chief head member team company business market money price cost work job
    life death family child woman man school student health food water energy oil gas
    support help aid fight force attack threat risk fear hope crisis conflict action decision
    statement message letter speech interview visit trip summit conference
    north south east west western eastern northern southern american european russian chinese
    u.s us uk eu un america europe russia china britain washington january february march april
    june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday accept further another other stand whoever
    """.split(),  # noqa: SIM905  # a list of two hundred quoted words reads worse
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A series' own words and how much each says."""

    weights: Mapping[str, float]


def vocabulary(description: str, exemplars: Iterable[str]) -> Vocabulary:
    """Return the words of the description, and of the exemplars the first that tell most."""
    weights = {word: rarity(word) for word in content_words(description)}
    counted = Counter(word for exemplar in exemplars for word in set(terms(exemplar)))
    ranked = sorted(counted, key=lambda word: (-counted[word] * rarity(word), word))
    for word in ranked[:_MOST_TERMS]:
        gained = _EXEMPLAR * rarity(word) * (1 + math.log(counted[word]))
        weights[word] = weights.get(word, 0.0) + gained
    return Vocabulary(weights)


def rarity(word: str) -> float:
    """Return how much meeting the word says: little for what every page has."""
    return _COMMON if word in _EVERYWHERE or word.isdigit() else _RARE


def terms_of(title: str) -> Counter[str]:
    """Return how often each term stands in a headline."""
    return Counter(terms(title))


def counted_terms(story: Story) -> Counter[str]:
    """Return how often each term stands in the story, the headline counted more."""
    body = story.summary or story.text
    counted = Counter(terms(body[:_LONGEST]))
    for word in terms(story.title):
        counted[word] += _HEADLINE
    return counted


def nearness(own: Vocabulary, counted: Counter[str]) -> tuple[float, Sequence[str]]:
    """Return how near the story is, 0 to 1, and the shared words that say most, best first."""
    length = _K1 * (1 - _B + _B * counted.total() / _USUAL_LENGTH)
    shared = {
        word: weight * counted[word] * (_K1 + 1) / (counted[word] + length)
        for word, weight in own.weights.items()
        if counted[word]
    }
    total = math.fsum(sorted(shared.values()))
    ranked = sorted(shared, key=lambda word: (-shared[word], word))
    return 1 - 0.5 ** (total / _FULL), ranked
