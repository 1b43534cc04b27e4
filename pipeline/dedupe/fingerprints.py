"""What a copy of a text is found by, however it was cut, framed or shuffled: its fingerprints.

Every four words in a row are hashed and of every six neighbouring hashes the least is kept
(winnowing): any passage of nine words that two texts share gives them a fingerprint in common, and
only a third of all hashes are kept. Hashes are the same in every process and on every machine.

Of scripts written without blanks a word is two neighbouring characters. Of a long text all
fingerprints of its beginning are kept, for that is what excerpts are cut from, and of the rest
only the least: what a story costs is bounded, however long it is.
"""

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from pipeline.text import neighbourly, words

_IN_A_ROW = 4
_NEIGHBOURS = 6
_BEGINNING = 350  # words
_MOST_OF_THE_REST = 64  # fingerprints
_MASK = 0xFFFF_FFFF_FFFF_FFFF
_SIGN = 0x8000_0000_0000_0000


@lru_cache(maxsize=1 << 17)
def word_hash(word: str) -> int:
    """Return 64 bits that stand for a word, the same wherever it is asked."""
    return crc32(word.encode()) * 0x9E37_79B9_7F4A_7C15 & _MASK


def fingerprints(text: str) -> frozenset[int]:
    """Return the fingerprints of a text as signed 64-bit numbers; none below four words."""
    return fingerprints_of([word_hash(word) for word in neighbourly(words(text))])


def fingerprints_of(hashes: Sequence[int]) -> frozenset[int]:
    """Return the fingerprints of a text whose words have these hashes, in their order."""
    found = []
    for first, second, third, fourth in zip(
        hashes, hashes[1:], hashes[2:], hashes[_IN_A_ROW - 1 :], strict=False
    ):
        mixed = first * 3 + second * 5 + third * 7 + fourth * 11 & _MASK
        found.append((mixed ^ mixed >> 31) * 0xBF58_476D_1CE4_E5B9 & _MASK)
    if not found:
        return frozenset()
    last = max(1, len(found) - _NEIGHBOURS + 1)
    least = {min(found[start : start + _NEIGHBOURS]) for start in range(min(last, _BEGINNING))}
    if last > _BEGINNING:
        rest = {min(found[start : start + _NEIGHBOURS]) for start in range(_BEGINNING, last)}
        least.update(sorted(rest)[:_MOST_OF_THE_REST])
    # PostgreSQL's bigint is signed.
    return frozenset((key ^ _SIGN) - _SIGN for key in least)
