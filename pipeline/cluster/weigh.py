"""The telling words of a story, and how much each of them says."""

from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt

from pipeline import prefixes
from pipeline.records import Weighed
from pipeline.text import terms

# Words of the text that are read: what the news is stands at the beginning. Further down stand the
# events before it, by which two happenings of one kind look alike.
BODY = 120
UNIT = 1000  # the length of a story's weights
_IN_HEADLINE = 2.0  # a headline's word counts as much as so many of the text's
_KEPT = 80  # words of a story
_FEW = 100  # stories that are thought to have been read before the first, so that not all is rare
_HALF = 0.5
_SHORTEST_NAME = 2
_WITHIN = ",;:"  # after these, and after a small letter, a capital is no beginning of a sentence
_OPENING = "\"'(\u201c\u2018\u201e\u00ab"


def weigh(
    title: str, text: str, *, stories: int, slots: Mapping[str, int], having: Sequence[int]
) -> Weighed:
    """Return the telling words of a story; what its time teaches is left open.

    A word weighs by how often the story has it and how few of `stories` remembered ones do; that
    is `having`, by the word's slot.
    """
    # Nine letters a word and more: what is cut off would not be read anyway.
    beginning = text[: 12 * BODY]
    # "UPDATE 2-" says nothing of what it is about; nor does a headline without an end.
    in_title = terms(prefixes.blanked(title[: 12 * BODY]))
    in_body = terms(beginning)[:BODY]
    counts: dict[str, float] = {}
    for word in in_body:
        counts[word] = counts.get(word, 0.0) + 1
    for word in in_title:
        counts[word] = counts.get(word, 0.0) + _IN_HEADLINE
    read = log(stories + 1 + _FEW)
    rarity = {
        word: read - log((having[slots[word]] if word in slots else 0) + 1.5) for word in counts
    }
    order = sorted((-(1 + log(count)) * rarity[word], word) for word, count in counts.items())
    titled = set(in_title)
    kept = [(word, -weight) for weight, word in order[:_KEPT]]
    kept += [(word, -weight) for weight, word in order[_KEPT:] if word in titled]
    weights = _to_length(kept)
    headline = _to_length(sorted((word, rarity[word]) for word in titled))
    named = names(beginning)
    return Weighed(
        words=tuple(weights),
        weights=tuple(weights.values()),
        headline=tuple(headline.get(word, 0) for word in weights),
        names=tuple(place for place, word in enumerate(weights) if word in named),
        same=None,
        others=(),
    )


def names(text: str) -> set[str]:
    """Return the words of `text` that are written with a capital within a sentence.

    No list of names is asked: whoever they are, the account of another outlet has them too.
    """
    found: list[str] = []
    goes_on = False  # a name of several words
    before = ""
    for token in text.split():
        bare = token.lstrip(_OPENING)
        if (
            bare[:1].isupper()
            and len(bare) >= _SHORTEST_NAME
            and (goes_on or before.islower() or (before and before in _WITHIN))
        ):
            found.append(bare)
            goes_on = bare[-1].isalnum()
        else:
            goes_on = False
        before = token[-1]
    return set(terms(" ".join(found)))


def is_number(word: str) -> bool:
    """Whether a word begins with a digit: a count, a sum, an age, a day."""
    return word[0].isdigit()


def length(weights: Iterable[int]) -> float:
    """Return the length of weights as a vector; 1 where there are none."""
    return sqrt(sum([weight * weight for weight in weights])) or 1.0


def _to_length(weights: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Return weights in whole numbers, so that together they have the length of `UNIT`."""
    whole = sqrt(sum(weight * weight for _, weight in weights)) or 1.0
    return {word: max(1, int(weight / whole * UNIT + _HALF)) for word, weight in weights}
