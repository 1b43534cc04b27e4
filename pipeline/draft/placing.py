"""Which section a story goes to, and how the items of a section are ordered."""

from collections.abc import Sequence

from pipeline.draft.told import Planned
from pipeline.records import Match, Section, Series


def section_for(match: Match, series: Series) -> str | None:
    """Return the key of the section that gets the story, or None if no section takes it.

    A section that names its own query or sources is asked first, wherever it stands: State
    Department news belongs there even if its score would make it a lead. Then the first takes it.
    """
    taking = [
        section
        for section in series.sections
        if section.key in match.sections and match.score >= section.minimum_score
    ]
    taking.sort(key=lambda section: not is_chosen(section))
    return taking[0].key if taking else None


def is_chosen(section: Section) -> bool:
    """Whether the section says itself what it takes."""
    return bool(section.query or section.outlet_kinds or section.outlets)


def order(items: Sequence[Planned], section: Section) -> list[Planned]:
    """Return the items of a section as its order rule ranks them; equals stay apart by number.

    All of them: it is the desk that shows the first `maximum` and hides the rest.
    """
    newest_first = sorted(
        items, key=lambda one: (-one.linked.first_seen.timestamp(), one.development)
    )
    if section.order == "oldest":
        return sorted(newest_first, key=lambda one: one.linked.first_seen)
    if section.order == "newest":
        return newest_first
    return sorted(newest_first, key=lambda one: -one.merit)
