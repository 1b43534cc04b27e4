"""What stands before a headline and is none of it: CORRECTED-, UPDATE 2-, KILL KILL KILL.

What tells a marker from an ordinary word is case, number or delimiter: "Hold the line" and "EXTRA
troops sent" are headlines. Forms that end in a blank count only where a source is known to use
them, a single bare KILL only in formats that carry control lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from pipeline.records import Custom, WireAction

Kind = Literal["kill", "hold", "correct", "refile", "repeat", "update", "ld", "alert"]

# What each kind proposes; a person confirms what no structured field says.
ACTIONS: dict[Kind, WireAction | None] = {
    "kill": "kill",
    "hold": "withhold",
    "correct": "correct",
    "refile": "refile",
    "repeat": "advise",
    "update": "update",
    "ld": "update",
    "alert": None,
}
_WORDS: tuple[tuple[str, Kind], ...] = (
    ("STORY WITHDRAWN", "kill"),
    ("MANDATORY KILL", "kill"),
    ("WITHDRAWN", "kill"),
    ("RETRACTED", "kill"),
    ("HOLD", "hold"),
    ("WITHHELD", "hold"),
    ("CORRECTED", "correct"),
    ("CORRECTION", "correct"),
    ("Corrected", "correct"),
    ("Correction", "correct"),
    ("REFILE", "refile"),
    ("REPEAT", "repeat"),
    ("RPT", "repeat"),
    ("BREAKING", "alert"),
    ("EXTRA", "alert"),
    ("APNewsAlert", "alert"),
    ("SNAP", "alert"),
    ("FLASH", "alert"),
)
# A hyphen that joins two words of a compound ("EXTRA-time goal") parts nothing.
_DASH = "-\u2010\u2011\u2012\u2013\u2014\u2015"
_SEP = rf"(?:\s*:\s*|\s+[{_DASH}]+\s*|[{_DASH}]+(?![a-z])\s*)"
_QUALIFIED = r"(?:\s*\([A-Z][A-Z ]+\))?"  # "CORRECTED (OFFICIAL)-"
_NUMBERED = re.compile(
    rf"(?P<update>UPDATE\s+(?P<n>\d{{1,2}}){_SEP})"
    r"|(?P<colon>(?:UPDATED|UPDATE|Updated|Update)\s*:\s*)"
    rf"|(?P<ld>(?P<nth>\d{{1,2}})(?:st|nd|rd|th)\s+L[dD](?:-?[Ww]rite[Tt]hru|-WRITETHRU)?(?:{_SEP}|\s+|\Z))"
    r"|(?P<kills>KILL(?:\s+KILL){1,2}(?:\s*[:!]\s*|\s+|\Z))"
    r"|(?P<holds>HOLD(?:\s+HOLD){1,2}(?:\s*[:!]\s*|\s+|\Z))"
    r"|(?P<withdrawn>STORY WITHDRAWN(?:\s+|\Z))"
)
_CONTROL = re.compile(r"KILL(?:\s*[:!]\s*|\s+|\Z)")
_MOST = 6  # prefixes that stack


class Prefix(NamedTuple):
    """One marker before a headline: what it means, as printed, and which one of its kind."""

    kind: Kind
    words: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """What a headline and the text below it say of the story itself."""

    headline: str  # without its prefixes
    prefixes: tuple[Prefix, ...] = ()  # of the headline, then of the first paragraph
    explanation: str = ""  # what was corrected, in the publisher's words
    editors_note: str = ""  # opens a paragraph; often a correction: worth a look

    @property
    def action(self) -> WireAction | None:
        """What the prefixes propose: the weightiest of them."""
        found = {ACTIONS[prefix.kind] for prefix in self.prefixes}
        return next((action for action in _WEIGHT if action in found), None)


_WEIGHT: tuple[WireAction, ...] = ("kill", "withhold", "correct", "refile", "update", "advise")


def read(
    headline: str, text: str = "", custom: Custom | None = None, *, has_control_lines: bool = False
) -> Marked:
    """Return what a story's headline and text say of the story itself."""
    custom = custom or Custom()
    prefixes, rest = parted(headline, custom, has_control_lines=has_control_lines)
    paragraphs = [one.strip() for one in text.split("\n\n") if one.strip()]
    if paragraphs:
        more, _ = parted(paragraphs[0], custom, has_control_lines=has_control_lines)
        prefixes += tuple(prefix for prefix in more if prefix not in prefixes)
    return Marked(rest, prefixes, _explanation(paragraphs), _editors_note(paragraphs))


def parted(
    headline: str, custom: Custom | None = None, *, has_control_lines: bool = False
) -> tuple[tuple[Prefix, ...], str]:
    """Return a headline's prefixes, and the headline without them."""
    custom = custom or Custom()
    found: list[Prefix] = []
    at = len(headline) - len(headline.lstrip())
    for _ in range(_MOST):
        one = _next(headline, at, custom, has_control_lines=has_control_lines)
        if one is None:
            break
        prefix, at = one
        found.append(prefix)
    return tuple(found), headline[at:].strip()


def blanked(headline: str, custom: Custom | None = None) -> str:
    """Return a headline with blanks for its prefixes: as long, so that offsets still hold."""
    prefixes, rest = parted(headline, custom)
    if not prefixes or not rest:
        return headline
    at = headline.rindex(rest)
    return " " * at + headline[at:]


def _next(
    headline: str, at: int, custom: Custom, *, has_control_lines: bool
) -> tuple[Prefix, int] | None:
    """Return the prefix that stands at a place, and where it ends."""
    if numbered := _NUMBERED.match(headline, at):
        number = numbered["n"] or numbered["nth"]
        kind: Kind = "kill" if numbered["kills"] or numbered["withdrawn"] else "update"
        kind = "hold" if numbered["holds"] else "ld" if numbered["ld"] else kind
        return _prefix(kind, numbered.group(), number), numbered.end()
    if has_control_lines and (bare := _CONTROL.match(headline, at)):
        return _prefix("kill", bare.group(), None), bare.end()
    delimited, blank_ended = _patterns(custom.prefixes, custom.has_bare_prefixes)
    word = delimited.match(headline, at) or (blank_ended and blank_ended.match(headline, at))
    if not word:
        return None
    return _prefix(_kinds(custom.prefixes)[word[1]], word.group(), None), word.end()


def _prefix(kind: Kind, words: str, number: str | None) -> Prefix:
    return Prefix(kind, words.strip(), int(number) if number else None)


@lru_cache(maxsize=64)
def _kinds(own: tuple[tuple[str, str], ...]) -> dict[str, Kind]:
    """Return what each word means to a source: its own table stands before the house's."""
    known: dict[str, Kind] = dict(_WORDS)
    for word, kind in own:
        known.pop(word, None)
        if kind in ACTIONS:
            known[word] = kind
    return known


@lru_cache(maxsize=64)
def _patterns(
    own: tuple[tuple[str, str], ...],
    has_bare: bool,
) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    words = "|".join(map(re.escape, sorted(_kinds(own), key=len, reverse=True)))
    delimited = re.compile(rf"({words}){_QUALIFIED}{_SEP}")
    bare = "|".join(re.escape(word) for word, kind in _kinds(own).items() if kind in _MAY_BE_BARE)
    return delimited, re.compile(rf"({bare})(?:\s+|\Z)") if has_bare and bare else None


_MAY_BE_BARE = ("refile", "alert")

_EXPLAINS = re.compile(
    r"\(?\s*(?:(?:Corrects|Corrected|Clarifies|Refiles|Removes|Fixes|Deletes|Withdraws)\b"
    r"|(?:CORRECTION|Correction|CLARIFICATION|Clarification)\s*[:\u2013\u2014-]"
    r"|(?:This|The) (?:story|article|report|version|item|headline)\b[^.]{0,60}?\b"
    r"(?:corrected|amended|withdrawn|retracted|clarified|corrects|updated to correct)\b"
    r"|An? (?:earlier|previous) version of this\b)"
)
_NOTES = re.compile(
    r"(?:EDITORS?['\u2019]?S?['\u2019]?|Editors?['\u2019]?s?['\u2019]?) (?:NOTE|Note|note)\b"
)
_LOOKED_AT = 3  # paragraphs at the start, and the last one
_LONGEST = 1_000


def _explanation(paragraphs: Sequence[str]) -> str:
    """Return the line that says what was corrected: at the start on wires, at the end in papers."""
    for one in (*paragraphs[:_LOOKED_AT], *paragraphs[_LOOKED_AT:][-1:]):
        if _EXPLAINS.match(one):
            return one[:_LONGEST].removeprefix("(").removesuffix(")").strip()
    return ""


def _editors_note(paragraphs: Sequence[str]) -> str:
    return next((one[:_LONGEST] for one in paragraphs if _NOTES.match(one)), "")
