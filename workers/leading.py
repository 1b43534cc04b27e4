"""Whose page an item shows, of the stories that tell its development."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from store import drafts

BRIEF = 1.5  # times: a story whose longest copy is that much longer was cut short


def lead(told: Sequence[drafts.Offered]) -> drafts.Offered:
    """The best original; where it is but a brief, the best of those that have its text whole.

    Of a story that came as a summary alone nobody knows how long it is: its page may be whole.
    """
    best = min(told, key=_first)
    if not best.length:
        return best
    family = [story for story in told if story.root_id == best.root_id]
    longest = max(story.length for story in family)
    if longest < BRIEF * best.length:
        return best
    whole = min((story for story in family if story.length * BRIEF > longest), key=_first)
    return replace(whole, section=best.section)


def _first(story: drafts.Offered) -> tuple[bool, float, datetime, datetime, str, str, int]:
    """An original before copies, then the best match, then the first.

    Two that came at one moment are told apart by what they say, not by who was read first.
    """
    published = story.published or story.first_seen
    came = (story.first_seen, published, story.outlet, story.title, story.story_id)
    return story.is_copy, -story.score, *came
