"""Everything a story names, field by field: names of the list first, then what no list has."""

from collections.abc import Sequence

from pipeline.records import Story
from pipeline.tag import strangers
from pipeline.tag.capitals import governments
from pipeline.tag.entries import Entry, Words
from pipeline.tag.gazetteer import Gazetteer, Reading
from pipeline.tag.naming import Judge, Mention, Settled, nested

FIELDS = ("title", "summary", "text")
ABOUT = "about"  # the scheme of what a name brings along without naming it
_LONGEST = 100_000  # characters of a field that are read


def named(story: Story, gazetteer: Gazetteer, words: Words) -> dict[str, list[Mention]]:
    """Return what each field names, in order."""
    readings = {field: gazetteer.read(getattr(story, field)[:_LONGEST]) for field in FIELDS}
    judge = Judge(readings, words)
    found: dict[str, list[Mention]] = {}
    people: dict[str, list[Mention]] = {}
    for field, reading in readings.items():
        settled = judge.settle(reading, field)
        taken = [(one.found.start, one.found.end) for one in settled if one.entry.scheme != "topic"]
        people[field] = list(strangers.people(reading.text, taken, words))
        taken += [(one.start, one.end) for one in people[field]]
        bodies = strangers.bodies(reading.text, taken, words)
        found[field] = [*_listed(settled, reading, gazetteer, words), *people[field], *bodies]
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
    told = {(one.entry.code, one.start, one.end) for one in mentions}
    for one in settled:
        for code in one.entry.also:
            start, end = one.found.start, one.found.end
            is_told = any(
                code == other and start <= first and last <= end for other, first, last in told
            )
            if not is_told:
                entry = gazetteer.by_code[code]
                about = Entry(scheme=ABOUT, code=code, label=entry.label)
                mentions.append(Mention(about, start, end, one.sure))
    return mentions


def _add_surnames(
    found: dict[str, list[Mention]],
    people: dict[str, list[Mention]],
    readings: dict[str, Reading],
) -> None:
    """Add the bare surnames of people whom no list has, where nothing else is named."""
    known = {one.entry.code: one for field in reversed(FIELDS) for one in people[field]}
    for field, reading in readings.items():
        taken = [(one.start, one.end) for one in found[field]]
        for stranger in known.values():
            first = min(
                (one.start for one in people[field] if one.entry is stranger.entry), default=-1
            )
            for start, end in strangers.surnames(reading.text, stranger.entry.label):
                is_free = all(end <= begin or stop <= start for begin, stop in taken)
                if is_free and (field != "text" or start > first):
                    found[field].append(Mention(stranger.entry, start, end, stranger.sure))


def _without_doubles(found: dict[str, list[Mention]]) -> dict[str, list[Mention]]:
    """Leave out of what a story is about what it names anyway."""
    told = {
        one.entry.code
        for mentions in found.values()
        for one in mentions
        if one.entry.scheme != ABOUT
    }
    return {
        field: [
            one
            for one in dict.fromkeys(mentions)
            if one.entry.scheme != ABOUT or one.entry.code not in told
        ]
        for field, mentions in found.items()
    }
