"""What a wire's items are called by: their lineages, and the numbers that notices name."""

from datetime import UTC, datetime, timedelta
from itertools import chain

from pipeline.records import ActsOn, Story

FIRST = datetime.min.replace(tzinfo=UTC)
TAKES_BACK = {"kill", "withhold"}
_LONGEST = 400  # characters of a key
_CONTINUES = {"irel:previousversion", "previousversion", "evolvedfrom"}


def lineages(story: Story) -> tuple[str, ...]:
    """Return what a wire's item is a version of: its own names first, then what it continues."""
    if story.wire is None:
        return ()
    continued = [link.target for link in story.wire.links if link.rel.lower() in _CONTINUES]
    if story.wire.action not in TAKES_BACK:
        continued += [one.lineage for one in story.wire.acts_on if one.lineage]
    named = [story.wire.lineage, story.guid or "", *continued]
    return tuple(dict.fromkeys(name.strip()[:_LONGEST] for name in named if name.strip()))


def numbers(story: Story) -> tuple[str, ...]:
    """Return the item's number in its source's service, by the day it counts for."""
    wire = story.wire
    if wire is None or not wire.number:
        return ()
    made = moment(story)
    day = made.date().isoformat() if made > FIRST else ""
    return (f"{wire.source.lower()} {_bare(wire.number)} {day}"[:_LONGEST],)


def corrects(story: Story) -> tuple[str, ...]:
    """Return the numbers of the items that a wire's item corrects: it is their next version."""
    wire, made = story.wire, moment(story)
    if wire is None or wire.action in TAKES_BACK or made == FIRST:
        return ()
    named = (named_numbers(one, at=made) for one in wire.acts_on)
    return tuple(chain.from_iterable(named))


def named_numbers(target: ActsOn, *, at: datetime) -> tuple[str, ...]:
    """Return the numbers a notice may mean: of its own day first, then of the day before."""
    if not target.number:
        return ()
    day = target.day or at.date()
    days = (day,) if target.day else (day, day - timedelta(days=1))
    name = f"{target.source.lower()} {_bare(target.number)}"
    return tuple(f"{name} {one.isoformat()}"[:_LONGEST] for one in days)


def moment(story: Story) -> datetime:
    """Return when a version was made, as far as it says."""
    created = story.wire.version_created if story.wire else None
    return created or story.updated or story.published or FIRST


def _bare(number: str) -> str:
    """A number as it is compared: 007 and 7 are one."""
    return number.strip().lower().lstrip("0") or "0"
