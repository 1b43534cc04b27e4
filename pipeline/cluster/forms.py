"""Pages that tell of several developments: round-ups and live pages, by their headlines."""

import re
import tomllib
from importlib.resources import files

from pipeline.text import fold

_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_AFTER_NAME = r"(?=\s*[:|-])"  # "Briefing: ...", "Live - ..."; not "Live music returns"


def _pattern(anywhere: list[str], starts: list[str]) -> re.Pattern[str]:
    inside = [_whole(fold(phrase)) for phrase in anywhere]
    first = [rf"\A{re.escape(fold(name))}{_AFTER_NAME}" for name in starts]
    return re.compile("|".join([*inside, *first]))


def _whole(phrase: str) -> str:
    """Return what finds a phrase as whole words; of scripts without blanks, wherever it stands."""
    escaped = re.escape(phrase)
    return escaped if _SPACELESS.search(phrase) else rf"(?<!\w){escaped}(?!\w)"


_FORMS = {
    form: _pattern(**phrases)
    for form, phrases in tomllib.loads(
        (files("pipeline.cluster") / "forms.toml").read_text(encoding="utf-8")
    ).items()
}


def form_of(title: str) -> str:
    """Return `roundup` or `live` for a page of that form, nothing for a story."""
    folded = fold(title)
    return next((form for form, pattern in _FORMS.items() if pattern.search(folded)), "")
