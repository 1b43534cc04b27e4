"""Sums as headlines shorten them: "$24bn" is so many billion, "€500m" so many million."""

import re

_SIZED = re.compile(r"\d+(bn|tn|mn|m)")
_SIZES = {"bn": "billion", "tn": "trillion", "mn": "million", "m": "million"}
_SUM = re.compile(r"[$\u00a3\u20ac] ?[\d.,]*\Z")  # before "500m", which may be metres
_LONGEST = 12  # characters of a sum before its last figures


def size_of(word: str, folded: str, start: int) -> str:
    """Return the word that "24bn", or the "500m" of "€500m", counts in; '' if it is no sum.

    `word` stands in the `folded` text from `start` on.
    """
    sized = _SIZED.fullmatch(word)
    if sized is None:
        return ""
    is_sum = sized[1] != "m" or _SUM.search(folded, max(start - _LONGEST, 0), start)
    return _SIZES[sized[1]] if is_sum else ""
