"""Everything a story names, field by field: names of the list first, then what no list has."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipeline.records import Story
from pipeline.tag import strangers
from pipeline.tag.capitals import governments
from pipeline.tag.entries import Entry, Words
from pipeline.tag.gazetteer import Gazetteer, Reading
from pipeline.tag.lists import LongList
from pipeline.tag.naming import Judge, Mention, Settled, Taken, nested

FIELDS = ("title", "summary", "text")
ABOUT = "about"  # the scheme of what a name brings along without naming it
_LONGEST = 100_000  # characters of a field that are read


def read(story: Story, gazetteer: Gazetteer) -> dict[str, Reading]:
    """Return each field as it is read once for all that is looked for in it."""
    return {field: gazetteer.read(getattr(story, field)[:_LONGEST]) for field in FIELDS}


def named(
    readings: Mapping[str, Reading], gazetteer: Gazetteer, words: Words, more: LongList
) -> dict[str, list[Mention]]:
    """Return what each field names, in order."""
    judge = Judge(readings, words)
    found: dict[str, list[Mention]] = {}
    people: dict[str, list[Mention]] = {}
    for field, reading in readings.items():
        settled = judge.settle(reading, field)
        taken = [(one.found.start, one.found.end) for one in settled if one.entry.scheme != "topic"]
        listed = list(more.find(reading, Taken(taken)))
        taken += [(one.start, one.end) for one in listed]
        bodies = Taken(
            (one.found.start, one.found.end)
            for one in settled
            if one.entry.scheme not in ("topic", "place")
        )
        new = list(strangers.strangers(reading, Taken(taken), bodies, words))
        people[field] = [one for one in new if one.entry.scheme == "person"]
        found[field] = [*_listed(settled, reading, gazetteer, words), *listed, *new]
    _add_surnames(found, people, readings)
    for mentions in found.values():
        mentions.sort(key=lambda one: (one.start, one.end, one.entry.scheme, one.entry.code))
    return _without_doubles(found)


def _listed(
    settled: Sequence[Settled], reading: Reading, gazetteer: Gazetteer, words: Words
) -> list[Mention]:
    mentions = [
        Mention(one.entry, one.found.start, one.found.end, one.sure)
        for one in settled
        if one.entry.code
    ]
    mentions += nested(settled, reading)
    mentions += governments(settled, reading, gazetteer, words)
    for one in settled:
        for code in one.entry.also:  # left out again below, where the story names it anyway
            about = _about(gazetteer.by_code[code])
            mentions.append(Mention(about, one.found.start, one.found.end, one.sure))
    return mentions


def _add_surnames(
    found: dict[str, list[Mention]],
    people: dict[str, list[Mention]],
    readings: Mapping[str, Reading],
) -> None:
    """Add the bare surnames of people whom no list has, where nothing else is named."""
    known = {one.entry.code: one for field in reversed(FIELDS) for one in people[field]}
    if not known:
        return
    for field, reading in readings.items():
        taken = Taken((one.start, one.end) for one in found[field])
        for stranger in known.values():
            entry = stranger.entry
            first = next((one.start for one in people[field] if one.entry == entry), -1)
            for start, end in strangers.surnames(reading.text, entry.label):
                if taken.is_free(start, end) and (field != "text" or start > first):
                    found[field].append(Mention(entry, start, end, stranger.sure))


def _without_doubles(found: dict[str, list[Mention]]) -> dict[str, list[Mention]]:
    """Leave out of what a story is about what it names anyway."""
    told = {
        one.entry.code
        for mentions in found.values()
        for one in mentions
        if one.entry.scheme != ABOUT
    }
    for field, mentions in found.items():
        kept: dict[tuple[str, str, int, int], Mention] = {}
        for one in mentions:
            if one.entry.scheme != ABOUT or one.entry.code not in told:
                kept.setdefault((one.entry.scheme, one.entry.code, one.start, one.end), one)
        found[field] = list(kept.values())
    return found


@lru_cache(maxsize=2000)
def _about(entry: Entry) -> Entry:
    return Entry(scheme=ABOUT, code=entry.code, label=entry.label)
