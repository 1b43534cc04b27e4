"""Pages that tell of several developments: round-ups and live pages, by their headlines."""

import re
import tomllib
from importlib.resources import files

from pipeline.text import fold

_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_AFTER_NAME = r"(?=\s*[:|-])"  # "Briefing: ...", "Live - ..."; not "Live music returns"


def _whole(phrase: str) -> re.Pattern[str]:
    """Return what finds a phrase as whole words; of scripts without blanks, wherever it stands."""
    escaped = re.escape(phrase)
    return re.compile(escaped if _SPACELESS.search(phrase) else rf"(?<!\w){escaped}(?!\w)")


def _of_form(
    anywhere: list[str], starts: list[str], ends: list[str]
) -> list[tuple[str, re.Pattern[str]]]:
    """Return each phrase of a form, folded, with what finds it."""
    inside = [(phrase, _whole(phrase)) for phrase in map(fold, anywhere)]
    first = [(name, rf"\A{re.escape(name)}{_AFTER_NAME}") for name in map(fold, starts)]
    last = [(name, rf"-\s*{re.escape(name)}\Z") for name in map(fold, ends)]
    return inside + [(name, re.compile(pattern)) for name, pattern in [*first, *last]]


_FORMS = {
    form: _of_form(**phrases)
    for form, phrases in tomllib.loads(
        (files("pipeline.cluster") / "forms.toml").read_text(encoding="utf-8")
    ).items()
}


def form_of(title: str) -> str:
    """Return `roundup` or `live` for a page of that form, nothing for a story."""
    folded = fold(title)
    for form, phrases in _FORMS.items():
        # Most headlines hold none of them, and that is seen at once.
        if any(phrase in folded and found.search(folded) for phrase, found in phrases):
            return form
    return ""
