"""Text made even for looking up names: words in small plain letters, blanks for all else."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from pipeline.text import fold, fold_with_offsets

_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_RUNS = ("  ", "\n ", " \n", "\t")  # what folds to a single blank and moves what follows
_MANY = 0.3  # of a text's characters outside ASCII: another script, done in one go


class _Even(dict[int, str]):
    """What each character becomes: itself folded, where that is one letter; a blank otherwise."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = fold(character)
        if not folded or not (folded[0].isalnum() or unicodedata.category(folded[0])[0] == "M"):
            # Marks that fold to nothing (a soft hyphen, an accent by itself) move what follows.
            folded = " " if folded or character.isspace() else ""
        self[code] = folded
        return folded


_EVEN = _Even()


@lru_cache(
    maxsize=8
)  # names and credits are looked for in the same few fields, one after the other
def even(text: str) -> tuple[str, Sequence[int] | None]:
    """Return `text` made even, and where each character comes from: None, if it stays in place."""
    if not any(run in text for run in _RUNS):
        if text.isascii():
            return text.translate(_ASCII), None
        foreign = _FOREIGN.findall(text)
        if all(len(_EVEN[ord(character)]) == 1 for character in set(foreign)):
            if len(foreign) > _MANY * len(text):
                return text.translate(_EVEN), None
            plain = _FOREIGN.sub(lambda found: _EVEN[ord(found[0])], text)
            return plain.translate(_ASCII if plain.isascii() else _EVEN), None
    folded, offsets = fold_with_offsets(text)
    return folded.translate(_ASCII if folded.isascii() else _EVEN), offsets


def even_name(name: str) -> str:
    """Return a name as it stands in even text; '' for one that has no letters."""
    evened = even(fold(name))[0].strip()
    return evened if any(character.isalnum() for character in evened) else ""
