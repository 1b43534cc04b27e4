"""What an instalment lacks, said before it is published: empty sections, and silent feeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.records import Section, Series

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A feed that something is wrong with: silent, failing or gone."""

    feed_id: int
    name: str  # of its outlet
    outlet: str  # key
    kind: str  # of its outlet
    trouble: str
    since: datetime | None  # when it was last well; None: never, or not known
    brought: int  # stories of it that the series took lately


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that is missing, in words, with the feeds that may be why."""

    kind: Literal["empty", "thin", "silent"]
    text: str
    section: str = ""  # key
    feeds: tuple[Silent, ...] = ()


def lacks(
    series: Series, items: Mapping[str, int], silent: Sequence[Silent], *, now: datetime
) -> list[Lack]:
    """Return what is missing of an instalment that has so many items, not rejected, by section.

    First the sections that are empty or under their minimum, each with the silent feeds that may
    serve it; then the silent feeds that the series has drawn on lately and no section has named.
    """
    found = []
    named: set[int] = set()
    for section in series.sections:
        has, wanted = items.get(section.key, 0), section.minimum
        is_empty = not has and bool(wanted or section.when_empty)
        if not is_empty and has >= wanted:
            continue
        serving = _serving(section, silent)
        named.update(one.feed_id for one in serving)
        found.append(_of_section(section, has, serving, now))
    left = [one for one in silent if one.brought and one.feed_id not in named]
    if left:
        found.append(_of_feeds(left, now))
    return found


def _serving(section: Section, silent: Iterable[Silent]) -> tuple[Silent, ...]:
    """Return the silent feeds whose stories the section takes, those it has drawn on first.

    A section that takes everything is not thin because of any feed in particular, unless the
    series has drawn on it lately.
    """
    is_choosy = bool(section.outlet_kinds or section.outlets)
    taking = [
        one
        for one in silent
        if (not section.outlet_kinds or one.kind in section.outlet_kinds)
        and (not section.outlets or one.outlet in section.outlets)
        and (is_choosy or one.brought)
    ]
    return tuple(sorted(taking, key=lambda one: (-one.brought, one.name, one.feed_id)))


def _of_section(section: Section, has: int, serving: tuple[Silent, ...], now: datetime) -> Lack:
    heading = section.heading.rstrip(": ") or section.key.replace("-", " ").capitalize()
    if not has:
        said = section.when_empty.rstrip(". ") or f"Nothing for “{heading}” yet"
    else:
        said = f"“{heading}” has {_many(has, 'item')} of the {section.minimum} it should have"
    if serving:
        said += f": {_told(serving, now)}"
    return Lack(
        kind="thin" if has else "empty", text=f"{said}.", section=section.key, feeds=serving
    )


def _of_feeds(left: Sequence[Silent], now: datetime) -> Lack:
    ranked = tuple(sorted(left, key=lambda one: (-one.brought, one.name, one.feed_id)))
    told = _told(ranked, now)
    return Lack(kind="silent", text=f"{told[:1].upper()}{told[1:]}.", feeds=ranked)


def _told(feeds: Sequence[Silent], now: datetime) -> str:
    """Return the feeds in words, the first few by name."""
    told = [_one(one, now) for one in feeds[:_MOST_NAMED]]
    more = len(feeds) - len(told)
    if more:
        told.append(f"{_many(more, 'more feed')} {'is' if more == 1 else 'are'} not well")
    return "; ".join(told)


def _one(one: Silent, now: datetime) -> str:
    what = {"silent": "has been silent", "failing": "has failed", "gone": "has been gone"}
    told = f"{one.name} {what.get(one.trouble, 'has had trouble')}"
    if one.since is not None:
        told += f" for {_span(now - one.since)}"
    if one.brought:
        told += f", and gave {_many(one.brought, 'story', 'stories')} in the weeks before"
    return told


def _span(distance: timedelta) -> str:
    hours = int(distance.total_seconds() // 3600)
    if hours >= 48:  # noqa: PLR2004  # from two days on, days say more
        return _many(hours // 24, "day")
    return _many(max(hours, 1), "hour")


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"
