"""What the wording of a feed's story says of it that no field says: corrected, taken back.

Feeds have neither corrections nor kills; some publishers write it out before the headline or in
the first lines.
"""

from dataclasses import dataclass
from typing import Literal

from pipeline import prefixes
from pipeline.records import Story, WireAction

Says = Literal["", "kill", "hold", "correction"]
_SAYS: dict[WireAction | None, Says] = {
    "kill": "kill",
    "withhold": "hold",
    "correct": "correction",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What the wording of a story says of it, and the headline without that."""

    says: Says
    headline: str
    said: str  # the line that explains it, '' if none does


def wording(story: Story) -> Wording:
    """Return what the wording of a story says of it, `says` '' for a story like others."""
    body = story.text or story.summary
    marked = prefixes.read(story.title, body)
    explained = marked.explanation or marked.editors_note
    says = _SAYS.get(marked.action, "correction" if explained else "")
    opening = (story.summary or story.text).partition("\n")[0]
    headline = marked.headline.lstrip("-\u2013\u2014: ") if says else marked.headline
    return Wording(says, headline, (explained or opening) if says else "")
