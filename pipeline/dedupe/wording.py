"""What a headline or a first line says of a story that no field says: corrected, taken back.

Feeds have neither corrections nor kills; some publishers write it out. Only what stands before a
mark counts, in the case it is used in: "Retracted claim haunts minister" is a headline like others.
"""

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.records import Story

_MARK = r"\s*[-:\u2013\u2014]\s*"
_KILL = re.compile(
    rf"(?:STORY WITHDRAWN(?:{_MARK}|\Z)|(?:WITHDRAWN|RETRACTED|MANDATORY KILL){_MARK}"
    rf"|KILL KILL KILL\b(?:{_MARK}|\s*))"
)
_HOLD = re.compile(rf"HOLD HOLD HOLD\b(?:{_MARK}|\s*)|(?:HOLD|WITHHELD){_MARK}")
_CORRECTED = re.compile(rf"(?:CORRECTED|CORRECTION|Corrected|Correction){_MARK}")
_PASSED_OVER = re.compile(
    rf"(?:REFILE|REPEAT|RPT|UPDATE \d{{1,2}}|UPDATED?|Updated?|BREAKING|EXTRA){_MARK}"
)
_NOTE = re.compile(
    r"editor['\u2019]?s['\u2019]? note\s*[:\u2013\u2014-]|correction(?:\s*[,(][^:\n]{1,30})?\s*:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the wording of a story says of it, and the headline without that."""

    says: Literal["", "kill", "hold", "correction"]
    headline: str
    said: str  # the line that explains it, '' if none does


def wording(story: Story) -> Wording:
    """Return what the wording of a story says of it, `says` '' for a story like others."""
    says, headline = _prefixed(story.title)
    opening = next((line for line in (story.summary, story.text) if line), "").partition("\n")[0]
    if not says and _NOTE.match(opening):
        return Wording("correction", headline, opening)
    if not says:
        says, _ = _prefixed(opening)
        return Wording(says, headline, opening if says else "")
    return Wording(says, headline, opening)


def _prefixed(line: str) -> tuple[Literal["", "kill", "hold", "correction"], str]:
    """The gravest marker of a line, of several that stack, and what they stand before."""
    found: set[str] = set()
    rest = line.strip()
    while True:
        for says, pattern in (("kill", _KILL), ("hold", _HOLD), ("correction", _CORRECTED)):
            if match := pattern.match(rest):
                found.add(says)
                break
        else:
            match = _PASSED_OVER.match(rest)
            if match is None:
                break
        rest = rest[match.end() :]
    for gravest in ("kill", "hold", "correction"):
        if gravest in found:
            return gravest, rest
    return "", rest
