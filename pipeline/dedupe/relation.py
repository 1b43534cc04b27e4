"""Is a text another's again: reissued, framed, cut, shuffled, updated, corrected?

Two texts are compared by the pairs of neighbouring words of the shorter one that the other has,
too. That share stays near 1 whether a copy is framed by a dateline and a house's notices or cut
after two sentences. Weighing the pairs by rarity was tried: it changed the result by .002 and would
have made each decision rest on what else was read that week.

A later text that keeps most of the words but has much of its own is no copy: folded away, its news
would be lost. It is a story of the same development. Nor is the next day's notice of the same form.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.dedupe.fingerprints import fingerprints_of, word_hash
from pipeline.records import Relation, RelationKind
from pipeline.text import content_words, neighbourly, words

_LEAST = 0.8  # of the shorter text's pairs: from here on two texts are one
_LEAST_TITLED_ALIKE = 0.45  # an update may leave little of the text, but it keeps the headline
_LEAST_SHORT = 0.9
_LEAST_SHORT_TITLED_ALIKE = 0.6
_SHORT = 30  # words: a text below is a form filled in as often as it is a copy
_TINY = 12  # words: a text below is what a house says of itself
_BEGINS = 4  # letters by which a word is known, whatever its ending
_ALIKE_FOR = timedelta(days=3)  # "Weekly round-up" comes again, with much the same words
_CORRECTED_WITHIN = timedelta(hours=12)  # the next day's notice has the same headline, too
_NEXT_DAY = timedelta(hours=20)
_NOTICE_LENGTH = 100  # words: what is longer is seldom written by filling in a form
_CUT = 1.5  # times as long: the shorter one is cut from it, and no notice like it
_FEWEST_IN_TITLE = 3  # words
_SHARED_FIGURES = 0.7  # of the text that has fewer
_FEWEST_FIGURES = 2
_WHOLE = 0.9  # of a text's pairs: as good as all of it
_EXCERPT = 0.7  # of the length
_EQUAL = 0.97
_OLD_NEWS = 2 / 3  # of a later text's pairs; with fewer from the earlier one it has news to tell
_NEWS = 40  # words: a house's notices and a dateline are no news
_LONGEST = 40_000  # characters; what follows is not compared

# How wires mark a text that takes another's place.
_MARKS = re.compile(
    r"""\A\W*(?:(?P<correction>correct(?:ed|ion|s|ing)?|refile)
    | (?P<update>update|upd|wrapup|recast\w*|(?:\d+(?:st|nd|rd|th)\s+)?(?:ld|lead)\b
        (?:\W*writethru)?|writethru)
    | rpt|repeat\w*)
    (?:[ -]*\d+)?(?:\s*\([^)]{0,20}\))?
    \s*[-\u2013\u2014:/]+\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_CORRECTS = re.compile(
    r"\(\s*(?:correct(?:s|ed|ing)|fixes)\b|\bcorrect(?:s|ed) (?:to|figure|spelling|headline|name)\b"
    r"|\bthis (?:story|article|version) (?:has been |was )?correct(?:s|ed)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"[^\n]{0,60}?\([^()\n]{2,30}\)\s*[-\u2013\u2014]")  # PORT LUCAN (Wire) -
_HOUSE = re.compile(
    r"all rights reserved|copyright|©|read (?:more|the (?:full|original))|this article was"
    r"|originally (?:appeared|published)|follow \w+ on |reporting by|subscribe|sign up",
    re.IGNORECASE,
)
_EDGE = 300  # characters at either end of a text, where a house and a wire speak of themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A story's text as it is compared, and the fingerprints by which it is found."""

    fingerprints: frozenset[int]
    pairs: array[int]  # hashes of neighbouring words, each once, ascending
    length: int  # in words
    figures: frozenset[str]
    headline: tuple[str, ...]  # its words, without marks
    is_told: bool  # a word of the headline stands in the text, or the headline has none to look for
    mark: RelationKind | None  # what the wire itself calls it
    is_framed: bool  # it carries a dateline or a house's notices
    outlet: str
    at: datetime | None


def read(title: str, text: str, *, outlet: str = "", at: datetime | None = None) -> Reading:
    """Return a story as it is compared with others; `text` may be a summary, if that is all."""
    mark, headline = _unmarked(title)
    edges = text if len(text) <= 2 * _EDGE else f"{text[:_EDGE]}\n{text[-_EDGE:]}"
    if mark is None and "orrect" in edges and _CORRECTS.search(edges):
        mark = "correction"
    text = text[:_LONGEST]
    dateline = _DATELINE.match(text)
    body = words(text[dateline.end() :] if dateline else text)
    joined = neighbourly(body)
    hashes = [word_hash(word) for word in joined]
    pairs = {first * 31 + second & 0xFFFF_FFFF for first, second in pairwise(hashes)}
    return Reading(
        fingerprints=fingerprints_of(hashes),
        pairs=array("I", sorted(pairs)),
        # Two characters of a script without blanks say about as much as a word.
        length=_length(body, joined),
        figures=frozenset(word for word in body if word[0].isdigit()),  # G7 is a name
        headline=tuple(words(headline)),
        is_told=_is_told(headline, joined),
        mark=mark,
        is_framed=bool(dateline or _HOUSE.search(edges[-_EDGE:])),
        outlet=outlet,
        at=at,
    )


def _length(body: Sequence[str], joined: Sequence[str]) -> int:
    """Return a text's length in words; two characters of a script without blanks make one."""
    if joined is body:
        return len(body)
    return len(body) - sum(map(str.__ne__, body, joined)) // 2


def _is_told(headline: str, body: Sequence[str]) -> bool:
    """Return whether a text speaks of what its headline does: a notice to pay speaks of neither."""
    about = {word[:_BEGINS] for word in content_words(headline)}
    return not about or not about.isdisjoint(word[:_BEGINS] for word in body)


def _unmarked(title: str) -> tuple[RelationKind | None, str]:
    """Return what the marks before a headline call the story, and the headline without them."""
    mark: RelationKind | None = None
    while found := _MARKS.match(title):
        if found["correction"]:
            mark = "correction"  # whatever else it is: a correction is never swallowed
        elif found["update"]:
            mark = mark or "update"
        title = title[found.end() :]
    return mark, title


def related(old: Reading, new: Reading) -> Relation | None:
    """Return what `new` is to `old`, of which it is a copy; None where they are two texts.

    The same two in the other order are a copy, too. A correction is called one whichever came
    first: what matters is that somebody looks.
    """
    if not old.pairs or not new.pairs:
        return None
    shared = len(set(new.pairs).intersection(old.pairs))
    of_old, of_new = shared / len(old.pairs), shared / len(new.pairs)
    if not _is_copy(old, new, of_old, of_new):
        return None
    kind, because = _kind(old, new, of_old, of_new)
    told = (
        f"{of_old:.0%} of the earlier text is in this one, {of_new:.0%} of this one in the earlier"
    )
    of_longer, score = sorted((of_old, of_new))
    return Relation(kind=kind, score=score, of_longer=of_longer, why=(because, told))


def _is_copy(old: Reading, new: Reading, of_old: float, of_new: float) -> bool:
    score = max(of_old, of_new)
    is_titled_alike = _titled_alike(old, new)
    is_short = min(old.length, new.length) < _SHORT
    if old.mark is None and new.mark is None:
        if not _figured_alike(old, new):
            # One notice beside the next of its kind; or a correction that does not say so.
            is_soon = _apart(old, new) <= _CORRECTED_WITHIN
            return is_titled_alike and is_soon and not is_short and score >= _WHOLE
        is_next_day = _are_notices(old, new) and _apart(old, new) >= _NEXT_DAY
        if (is_next_day and score < _EQUAL) or _has_news(old, new, of_old, of_new):
            return False
    if not is_titled_alike and _is_of_the_house(old, new):
        return False
    if is_titled_alike:
        return score >= (_LEAST_SHORT_TITLED_ALIKE if is_short else _LEAST_TITLED_ALIKE)
    return score >= (_LEAST_SHORT if is_short else _LEAST)


def _apart(old: Reading, new: Reading) -> timedelta:
    """Return the time between two texts; none where one does not tell it."""
    return timedelta() if old.at is None or new.at is None else abs(new.at - old.at)


def _are_notices(old: Reading, new: Reading) -> bool:
    """Return whether both are short and of about one length: neither is cut from the other."""
    shorter, longer = sorted((old.length, new.length))
    return shorter < _NOTICE_LENGTH and longer < _CUT * shorter


def _is_of_the_house(old: Reading, new: Reading) -> bool:
    """Return whether that may stand beneath any headline: "Subscribe to read on"."""
    if old.headline != new.headline and not old.is_told and not new.is_told:
        return True
    length = min(old.length, new.length)
    return length < _TINY or (length < _SHORT and old.outlet == new.outlet != "")


def _has_news(old: Reading, new: Reading, of_old: float, of_new: float) -> bool:
    """Return whether the one written later has much that the earlier had not, and reworded it.

    Where the times do not tell which is the later one, neither is taken to be.
    """
    if old.at is None or new.at is None or old.at == new.at:
        return False
    if new.at < old.at:
        old, new, of_old, of_new = new, old, of_new, of_old
    return of_new < _OLD_NEWS and new.length * (1 - of_new) > _NEWS and of_old < _EQUAL


def _titled_alike(old: Reading, new: Reading) -> bool:
    if old.headline != new.headline or len(new.headline) < _FEWEST_IN_TITLE:
        return False
    return _apart(old, new) <= _ALIKE_FOR


def _figured_alike(old: Reading, new: Reading) -> bool:
    """Return whether the figures of one are the other's, too: a form's are not."""
    fewer, more = sorted((len(old.figures), len(new.figures)))
    are_notices = _are_notices(old, new)
    if fewer < _FEWEST_FIGURES and not (are_notices and fewer == more == 1):
        return True
    least = 1 if are_notices else _SHARED_FIGURES
    return len(old.figures & new.figures) / fewer >= least


def _kind(  # noqa: PLR0911 - a line for each kind
    old: Reading, new: Reading, of_old: float, of_new: float
) -> tuple[RelationKind, str]:
    """Return what to call a copy, and why."""
    if new.mark == "correction":
        return "correction", "it says itself that it corrects"
    if old.mark == "correction":
        return "correction", "the earlier one is its correction"
    if new.mark == "update":
        return "update", "its headline says that it updates"
    if min(of_old, of_new) >= _WHOLE:
        return _of_equals(old, new, is_exact=min(of_old, of_new) >= _EQUAL)
    if of_new >= _WHOLE and new.length <= _EXCERPT * old.length:
        return "excerpt", f"{new.length} of {old.length} words"
    if of_old >= _WHOLE:
        if old.outlet != new.outlet or (new.is_framed and not old.is_framed):
            return "syndicated", "the earlier text, framed by the house"
        return "update", f"the earlier text with {new.length - old.length} words more"
    return "rewrite", "the earlier text, reworded or put in another order"


def _of_equals(old: Reading, new: Reading, *, is_exact: bool) -> tuple[RelationKind, str]:
    """Return what to call a copy that has all of the earlier text and little else."""
    if refigured := _refigured(old, new):
        return "correction", f"the same text with another figure: {refigured}"
    same = "the same text" if is_exact else "nearly the same text"
    if old.outlet != new.outlet:
        return "syndicated", f"{same} at {new.outlet or 'another outlet'}"
    if new.is_framed and not old.is_framed:
        return "syndicated", f"{same}, framed by the house"
    return "reissue", f"{same} again"


def _refigured(old: Reading, new: Reading) -> str:
    """Return which figures stand in the place of which, in words; '' where none do."""
    gone, come = sorted(old.figures - new.figures), sorted(new.figures - old.figures)
    if not gone or len(gone) != len(come):
        return ""
    return f"{', '.join(come)} for {', '.join(gone)}"
