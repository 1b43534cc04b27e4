"""What editors' corrections teach about a Media Topic: a logistic regression over its words.

A concept is learnt once it was corrected often enough both ways; until then its rules stand. What
is learnt is plain numbers, kept as JSON: the words and their weights, so that a tag can say which
words spoke for it.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.records import Span, Story, Tag
from pipeline.text import fold_with_offsets, original_span, terms

ENOUGH = 8  # corrections each way
_FIELDS = ("title", "summary", "text")
_MOST_WORDS = 2000  # of a story
_FOLDS = 4
_LEAST = 0.5  # of a probability
_SHOWN = 5  # words named as evidence
_TITLE = 2.0  # how much more a word of the title says


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What was learnt of one concept."""

    code: str
    label: str
    version: int
    weights: Mapping[str, float]
    intercept: float
    threshold: float  # of the probability, from which it is said
    precision: float  # from that threshold on, on corrections it was not taught with
    right: int  # corrections that said yes
    wrong: int  # that said no


def learn(
    code: str, label: str, examples: Sequence[tuple[Story, bool]], *, version: int, floor: float
) -> Learnt | None:
    """Return what the corrections of a concept teach; None while they are too few or too mixed.

    `floor` is the precision below which nothing is shown: the threshold is the lowest that held it
    on examples left out of the teaching, and without one the rules stand.
    """
    answers = [is_right for _, is_right in examples]
    if min(answers.count(True), answers.count(False)) < ENOUGH:
        return None
    said = _held_out([weighed_words(story) for story, _ in examples], answers)
    threshold = _threshold(said, answers, floor)
    if threshold is None:
        return None
    chosen = [right for one, right in zip(said, answers, strict=True) if one >= threshold]
    weights, intercept = _fit([weighed_words(story) for story, _ in examples], answers)
    return Learnt(
        code=code,
        label=label,
        version=version,
        weights={word: round(weight, 4) for word, weight in weights.items() if weight},
        intercept=round(intercept, 4),
        threshold=round(threshold, 4),
        precision=round(sum(chosen) / len(chosen), 4),
        right=answers.count(True),
        wrong=answers.count(False),
    )


def weighed_words(story: Story) -> dict[str, float]:
    """Return the words of a story as they weigh: once each, those of the title more."""
    words = dict.fromkeys(terms(f"{story.summary}\n{story.text}")[:_MOST_WORDS], 1.0)
    words |= dict.fromkeys(terms(story.title), _TITLE)
    length = math.sqrt(math.fsum(weight * weight for weight in words.values())) or 1.0
    return {word: weight / length for word, weight in words.items()}


def _fit(
    stories: Sequence[Mapping[str, float]], answers: Sequence[bool]
) -> tuple[dict[str, float], float]:
    # Half a second to import, and most processes never learn.
    import numpy as np  # noqa: PLC0415 - see above
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see above

    names = sorted({word for story in stories for word in story})
    place = {word: at for at, word in enumerate(names)}
    vectors = np.zeros((len(stories), len(names)))
    for row, story in enumerate(stories):
        for word, weight in story.items():
            vectors[row, place[word]] = weight
    # Both answers weigh the same, however many there are of each.
    counts = {answer: max(1, list(answers).count(answer)) for answer in (True, False)}
    weights = [len(answers) / (2 * counts[answer]) for answer in answers]
    model = LogisticRegression(C=10.0, max_iter=1000).fit(vectors, list(answers), weights)
    spoken = dict(zip(names, map(float, model.coef_[0]), strict=True))
    return spoken, float(model.intercept_[0])


def _held_out(stories: Sequence[Mapping[str, float]], answers: Sequence[bool]) -> list[float]:
    """Return for each example how likely it seemed to what was taught without it."""
    said = [0.0] * len(stories)
    # Each fold has its share of both answers, whatever their order.
    place = {True: 0, False: 0}
    folds = []
    for answer in answers:
        folds.append(place[answer] % _FOLDS)
        place[answer] += 1
    for fold in range(_FOLDS):
        inside = [at for at, one in enumerate(folds) if one != fold]
        weights, intercept = _fit([stories[at] for at in inside], [answers[at] for at in inside])
        for at, one in enumerate(folds):
            if one == fold:
                said[at] = _probability(stories[at], weights, intercept)
    return said


def _threshold(said: Sequence[float], answers: Sequence[bool], floor: float) -> float | None:
    """Return the lowest probability from which on the precision is at least `floor`."""
    below = 0.0
    for score in sorted(set(said)):
        chosen = [is_right for one, is_right in zip(said, answers, strict=True) if one >= score]
        is_enough = len(chosen) >= ENOUGH // 2 and sum(chosen) >= floor * len(chosen)
        if score >= _LEAST and is_enough:
            return max(_LEAST, (below + score) / 2)
        below = score
    return None


def _probability(
    words: Mapping[str, float], weights: Mapping[str, float], intercept: float
) -> float:
    score = intercept + math.fsum(weights.get(word, 0.0) * by for word, by in words.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def say(story: Story, learnt: Learnt) -> Tag | None:
    """Return the tag as learnt, with the words that spoke for it; None below its threshold."""
    words = weighed_words(story)
    probability = _probability(words, learnt.weights, learnt.intercept)
    if probability < learnt.threshold:
        return None
    spoke = sorted(
        (word for word in words if learnt.weights.get(word, 0.0) > 0),
        key=lambda word: -learnt.weights[word] * words[word],
    )
    evidence = [span for word in spoke[:_SHOWN] for span in _places(story, word)]
    if not evidence:
        return None
    return Tag(
        scheme="subject",
        code=learnt.code,
        label=learnt.label,
        score=round(probability, 4),
        evidence=tuple(evidence),
        why=f"learnt from {learnt.right + learnt.wrong} corrections, version {learnt.version}",
    )


def _places(story: Story, word: str) -> list[Span]:
    """Return where a word stands first."""
    for field in _FIELDS:
        text = getattr(story, field)
        folded, offsets = fold_with_offsets(text)
        found = re.search(rf"\b{re.escape(word)}\w*", folded)
        if found:
            start, end = original_span(offsets, *found.span())
            return [Span(field=field, start=start, end=end, text=text[start:end])]
    return []


def learnt_to_json(learnt: Learnt) -> dict[str, Any]:
    """Return what was learnt as the database keeps it."""
    return asdict(learnt) | {"weights": dict(learnt.weights)}


def learnt_from_json(kept: Mapping[str, Any]) -> Learnt:
    """Return what the database kept."""
    return Learnt(**kept)
