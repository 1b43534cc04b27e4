"""What changed between two texts, word by word: what stayed, what went, what came."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

_WORD = re.compile(r"\s+|[^\W_]+(?:['\u2019.,][^\W_]+)*|.", re.DOTALL)
_PARAGRAPH = re.compile(r"\n\s*\n|.+?(?=\n\s*\n|\Z)", re.DOTALL)
_SHORT_STAY = 2  # words: what stays so briefly between changes is read as part of them
# Comparing is quadratic in the worst case, and worse for words that are said again and again. What
# is longer is told as gone and come as a whole, and so is what is left when enough was looked at.
_LONGEST = 4_000  # pieces on either side
_MOST_LOOKS = 3_000_000  # at pairs of like pieces; some half a second


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that both have, only the old one, or only the new one."""

    kind: Literal["same", "gone", "come"]
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces of both texts in reading order; what went stands before what came for it.

    The pieces that stayed and went make up the old text, those that stayed and came the new one.
    """
    if old == new:
        return (Piece("same", old),) if old else ()
    found: list[Piece] = []
    one, other = _PARAGRAPH.findall(old), _PARAGRAPH.findall(new)
    # Paragraphs first: few, and most of them stay; words only where paragraphs differ.
    for kind, before, after in _blocks(one, other):
        if kind == "same":
            found.append(Piece("same", before))
        else:
            found += _by_words(before, after)
    return tuple(_joined(found))


def changed_share(old: str, new: str) -> float:
    """Return how much of the two texts' words is not common to both, 0 to 1."""
    pieces = word_diff(old, new)
    sizes = dict.fromkeys(("same", "gone", "come"), 0)
    for piece in pieces:
        sizes[piece.kind] += len(piece.text.split())
    whole = 2 * sizes["same"] + sizes["gone"] + sizes["come"]
    return (sizes["gone"] + sizes["come"]) / whole if whole else 0.0


def _by_words(old: str, new: str) -> Iterator[Piece]:
    one, other = _WORD.findall(old), _WORD.findall(new)
    for kind, before, after in _smoothed(list(_blocks(one, other))):
        if kind == "same":
            yield Piece("same", before)
            continue
        if before:
            yield Piece("gone", before)
        if after:
            yield Piece("come", after)


def _blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if max(len(one), len(other)) > _LONGEST:
        yield "differs", "".join(one), "".join(other)
        return
    done, reached = 0, 0
    for start, from_, size in (*_runs(one, other), (len(one), len(other), 0)):
        if (done, reached) != (start, from_):
            yield "differs", "".join(one[done:start]), "".join(other[reached:from_])
        done, reached = start + size, from_ + size
        if size:
            yield "same", "".join(one[start:done]), "".join(other[from_:reached])


def _runs(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    """What both have in one order: where it begins in either, how long it is.

    Words are compared, without the blanks that stand between any two; blanks go with their words.
    """
    mine = [place for place, piece in enumerate(one) if not piece.isspace()]
    theirs = [place for place, piece in enumerate(other) if not piece.isspace()]
    runs: list[tuple[int, int, int]] = []
    a = b = 0  # up to where both are told
    for first, second, size in _alike([one[at] for at in mine], [other[at] for at in theirs]):
        for at, there in zip(
            mine[first : first + size], theirs[second : second + size], strict=True
        ):
            is_led = min(at - a, there - b) > 0 and one[at - 1] == other[there - 1]
            start, from_ = at - is_led, there - is_led
            is_followed = one[at + 1 : at + 2] == other[there + 1 : there + 2] != []
            is_followed = is_followed and one[at + 1].isspace()
            end, to = at + 1 + is_followed, there + 1 + is_followed
            if runs and (start, from_) == (a, b):
                begun, began, long = runs.pop()
                runs.append((begun, began, long + end - start))
            else:
                runs.append((start, from_, end - start))
            a, b = end, to
    return runs


def _alike(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    """The longest run that both have, and so on to the left and right of it, as difflib finds it.

    No further than a number of looks allows: what is left then is told as changed.
    """
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    often = Counter(other)
    looks = _MOST_LOOKS
    found: list[tuple[int, int, int]] = []
    waiting = [(0, len(one), 0, len(other))]
    while waiting:
        start, end, from_, to = waiting.pop()
        looks -= end - start + sum(often[word] for word in one[start:end])
        if looks < 0:
            break
        a, b, size = matcher.find_longest_match(start, end, from_, to)
        if size:
            found.append((a, b, size))
            waiting += [(start, a, from_, b), (a + size, end, b + size, to)]
    return sorted(found)


def _smoothed(blocks: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Runs of changes with hardly a word between them are one change: so a person reads them."""
    held: tuple[str, str] | None = None
    edges = {0, len(blocks) - 1}
    for place, (kind, before, after) in enumerate(blocks):
        is_brief = place not in edges and len(before.split()) < _SHORT_STAY
        if kind == "same" and not (is_brief and held is not None):
            if held is not None:
                yield "differs", *held
                held = None
            yield kind, before, after
        else:
            held = (held[0] + before, held[1] + after) if held else (before, after)
    if held is not None:
        yield "differs", *held


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece."""
    text = ""
    for piece, following in pairwise((*pieces, None)):
        assert piece is not None  # noqa: S101  # only the last one is none
        text += piece.text
        if following is None or following.kind != piece.kind:
            yield Piece(piece.kind, text)
            text = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """Two changes of one text put together; `is_clean` unless both changed the same words."""

    text: str
    is_clean: bool


_Hunk = tuple[int, int, list[str]]  # of the base from, to; what stands there instead


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Return what two people made of `base` as one text. No word that either wrote is lost.

    Where both changed the same words, theirs stand before mine.
    """
    if theirs in {mine, base}:
        return Merged(mine, is_clean=True)
    if mine == base:
        return Merged(theirs, is_clean=True)
    words = _WORD.findall(base)
    hunks = sorted(
        [(start, end, whose, put) for start, end, put in _hunks(words, mine) for whose in (1,)]
        + [(start, end, whose, put) for start, end, put in _hunks(words, theirs) for whose in (0,)]
    )
    told: list[str] = []
    is_clean, done = True, 0
    for group in _touching(hunks):
        start, end = group[0][0], max(hunk[1] for hunk in group)
        told += words[done:start]
        done = end
        sides = ["".join(_side(words, start, end, group, whose)) for whose in (0, 1)]
        whose_are = {hunk[2] for hunk in group}
        if len(whose_are) == 1:
            told.append(sides[whose_are.pop()])
        elif sides[0] == sides[1] or not sides[0].strip() or not sides[1].strip():
            # The same; or one took out what the other worded anew: the words stay.
            told.append(sides[0] if sides[0].strip() else sides[1])
        else:
            is_clean = False
            told.append(_both(sides[0], sides[1]))
    told += words[done:]
    return Merged("".join(told), is_clean=is_clean)


def _hunks(words: Sequence[str], text: str) -> list[_Hunk]:
    other = _WORD.findall(text)
    if max(len(words), len(other)) > _LONGEST:
        return [(0, len(words), other)]
    hunks: list[_Hunk] = []
    done, reached = 0, 0
    for start, from_, size in (*_runs(words, other), (len(words), len(other), 0)):
        if (done, reached) != (start, from_):
            hunks.append((done, start, other[reached:from_]))
        done, reached = start + size, from_ + size
    return hunks


def _touching(
    hunks: Sequence[tuple[int, int, int, list[str]]],
) -> Iterator[list[tuple[int, int, int, list[str]]]]:
    """Changes in groups: those of a group concern the same words, or the same place between."""
    group: list[tuple[int, int, int, list[str]]] = []
    reach = -1
    for hunk in hunks:
        is_same_place = bool(group) and hunk[:2] == group[-1][:2]
        if group and not (hunk[0] < reach or is_same_place):
            yield group
            group, reach = [], -1
        group.append(hunk)
        reach = max(reach, hunk[1])
    yield group


def _side(
    words: Sequence[str],
    start: int,
    end: int,
    group: Sequence[tuple[int, int, int, list[str]]],
    whose: int,
) -> list[str]:
    """How one of the two has the words from start to end."""
    told: list[str] = []
    for from_, to, of, put in group:
        if of == whose:
            told += [*words[start:from_], *put]
            start = to
    return [*told, *words[start:end]]


def _both(one: str, other: str) -> str:
    if one[-1:].isspace() or other[:1].isspace():
        return one + other
    gap = "\n\n" if "\n\n" in one or "\n\n" in other else " "
    return f"{one}{gap}{other}"
