"""The versions of a wire's story: their order, what stands of them, what each one changed.

All of it is decided from the set of versions alone, never from the order in which they came: the
same versions end the same, whichever overtook which.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from pipeline import prefixes
from pipeline.dedupe.naming import TAKES_BACK, moment
from pipeline.dedupe.versions import shortened, version_kind
from pipeline.records import (
    Embargo,
    Notice,
    Story,
    Told,
    VersionKind,
    Wire,
    WireStanding,
)

# That it is over, now; not when it will be, nor what is to wait until then.
_LIFTED = re.compile(
    r"(?<!\w)(?P<before>[^.;!?\n]{0,80}?)(?:"
    r"\bembargo(?:\s+(?:is|was|has\s+been|now))*\s+(?:lifted|removed|released|called\s+off|over)\b"
    r"|\bno\s+longer\s+(?:under\s+|held\s+under\s+)?(?:an?\s+)?embargo(?:ed)?\b"
    r"|\b(?:lifts|removes)\s+(?:the\s+)?embargo\b"
    r"|\bfor\s+immediate\s+(?:release|use|publication)\b"
    r")(?!\s+(?:at|on|from|until|by|in|after|when|tomorrow|tonight|next)\b)",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:until|till|unless|before|when|once|after|if|not)\b", re.IGNORECASE)


def standing(versions: Sequence[Told]) -> WireStanding:
    """Return what stands of a story of which these versions are known; at least one is given.

    A cancel wins whatever its number and whenever it came. The newest version that has words is
    shown: an empty one replaces nothing, and a cancel shows what it cancels. An embargo stays until
    a later version sets another or says that it is over.
    """
    ordered = sorted(versions, key=_order)
    canceled = [one for one in ordered if _wire(one).status == "canceled"]
    status = _wire(ordered[-1]).status
    last_word = canceled[-1] if canceled else ordered[-1]
    return WireStanding(
        current=_shown(ordered).number,
        status="killed" if canceled else "withheld" if status == "withheld" else "usable",
        embargo=_embargo(ordered),
        kinds=dict(_kinds(ordered)),
        said=_said(last_word.story) if canceled or status == "withheld" else "",
    )


def explained(old: Story | None, new: Story) -> str:
    """Return what a publisher says of its change in its own words, and what is odd about it."""
    said = "" if new.wire is None else new.wire.explanation or new.wire.ed_note
    odd = None if old is None else shortened(old, new)
    return " ".join(part for part in (said.strip(), f"{odd.capitalize()}." if odd else "") if part)


def notice(story: Story) -> Notice | None:
    """Return the notice that an item is, None for a story or a version of one.

    A wire's kill of another item is no story: nobody wants to read it in an instalment.
    """
    wire = story.wire
    if wire is None or not wire.acts_on:
        return None
    own = {story.guid}
    others = tuple(
        one
        for one in wire.acts_on
        if (one.lineage is None or one.lineage not in own) and one.status != "usable"
    )
    takes_back = wire.action in TAKES_BACK or any(
        one.status in {"canceled", "withheld"} for one in others
    )
    if not others or not takes_back:
        return None
    is_hold = wire.action == "withhold" or all(one.status == "withheld" for one in others)
    return Notice(
        action="withhold" if is_hold and wire.action != "kill" else "kill",
        targets=tuple(replace(one, hint=_unmarked(one.hint)) for one in others),
        is_sure=any(one.lineage or one.number for one in others),
        said=_said(story),
    )


def _unmarked(hint: str) -> str:
    """The headline that a notice gives, without what makes it one: KILL KILL KILL."""
    return prefixes.parted(hint, has_control_lines=True)[1]


def in_force(embargo: Embargo | None, now: datetime) -> bool:
    """Return whether an embargo still holds at `now`; one without an end always does."""
    return embargo is not None and (embargo.until is None or embargo.until > now)


def _wire(one: Told) -> Wire:
    assert one.story.wire is not None  # noqa: S101  # the record says so
    return one.story.wire


def _order(one: Told) -> tuple[datetime, int, str, str]:
    """By when it was made, then by number, which some agencies count in leaps; then by its words.

    Words last, so that two that say the same of themselves have one order whichever came first.
    """
    version = (_wire(one).version or "").strip()
    is_number = version.isdecimal() and version.isascii()
    return (
        moment(one.story),
        int(version) if is_number and len(version) < 30 else -1,  # noqa: PLR2004  # beyond: no number
        version,
        one.fingerprint,
    )


def _shown(ordered: Sequence[Told]) -> Told:
    """The newest version that has a text; if none has, the newest that has anything."""
    speaking = [one for one in ordered if _wire(one).status != "canceled"] or ordered
    full = [one for one in speaking if one.story.text] or [
        one for one in speaking if one.story.summary
    ]
    return (full or speaking)[-1]


def _embargo(ordered: Iterable[Told]) -> Embargo | None:
    standing: Embargo | None = None
    for one in ordered:
        if _wire(one).embargo is not None:
            standing = _wire(one).embargo
        elif _says_lifted(one.story):
            standing = None
    return standing


def _says_lifted(story: Story) -> bool:
    wire = story.wire
    told = (story.title, wire.ed_note, wire.explanation) if wire else ()
    found = (match for text in told for match in _LIFTED.finditer(text))
    return any(not _NOT_YET.search(match["before"]) for match in found)


def _kinds(ordered: Sequence[Told]) -> Iterator[tuple[int, VersionKind]]:
    """What each version is to the one before it, in their order."""
    yield ordered[0].number, "first"
    shown = ordered[0]
    embargo = _embargo(ordered[:1])
    for place, (before, one) in enumerate(pairwise(ordered), start=2):
        now = _embargo(ordered[:place])
        yield one.number, _kind(shown, before, one, is_embargo_new=now != embargo)
        embargo = now
        shown = _shown(ordered[:place])


def _kind(shown: Told, before: Told, one: Told, *, is_embargo_new: bool) -> VersionKind:
    wire = _wire(one)
    if wire.status == "canceled":
        return "killed"
    if wire.status == "withheld" and _wire(before).status != "withheld":
        return "withheld"
    if wire.action == "correct":
        return "correction"
    kind = version_kind(shown.story, one.story)
    if kind in {None, "date_only", "cosmetic"}:
        return "embargo" if is_embargo_new else "cosmetic"
    return "cosmetic" if wire.action == "refile" else "update"


def _said(story: Story) -> str:
    """The publisher's words about a kill or hold: its explanation, its note, its headline."""
    wire = story.wire
    told = (wire.explanation, wire.ed_note) if wire else ()
    return next((text.strip() for text in (*told, story.title) if text.strip()), "")
