"""Text made even for looking up names: words in small plain letters, blanks for all else."""

import re
import unicodedata
from collections.abc import Sequence

from pipeline.text import fold, fold_with_offsets

_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_RUNS = re.compile(r"[^\S\n]{2}|\S\n\S?[^\S\n]|[^\S\n]\n")
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


def even(text: str) -> tuple[str, Sequence[int] | None]:
    """Return `text` made even, and where each character comes from: None, if it stays in place."""
    if not _RUNS.search(text):
        if text.isascii():
            return text.translate(_ASCII), None
        foreign = _FOREIGN.findall(text)
        if all(len(_EVEN[ord(character)]) == 1 for character in set(foreign)):
            if len(foreign) > _MANY * len(text):
                return text.translate(_EVEN), None
            plain = _FOREIGN.sub(lambda found: _EVEN[ord(found[0])], text)
            return plain.translate(_ASCII if plain.isascii() else _EVEN), None
    folded, offsets = fold_with_offsets(text)
    return "".join(" " if _EVEN[ord(one)] == " " else one for one in folded), offsets


def even_name(name: str) -> str:
    """Return a name as it stands in even text; '' for one that has no letters."""
    evened = even(fold(name))[0].strip()
    return evened if any(character.isalnum() for character in evened) else ""
