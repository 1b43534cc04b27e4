"""What a story is about, whom it credits and whom it quotes, each with the words that earned it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.records import Outlet, Span, Story, Tag, Tagged
from pipeline.tag.countries import of_countries
from pipeline.tag.credits import find_credits
from pipeline.tag.entries import Entry, Lists, Words, read_lists, read_tags, without_taken
from pipeline.tag.gazetteer import Gazetteer
from pipeline.tag.named import FIELDS, named
from pipeline.tag.naming import Mention
from pipeline.tag.outlets import Outlets, know_outlets
from pipeline.tag.quotes import find_quotes

__all__ = [
    "TAGGER",
    "Entry",
    "Gazetteer",
    "Knowledge",
    "Lists",
    "Mention",
    "Outlets",
    "Words",
    "know",
    "know_outlets",
    "of_countries",
    "read_lists",
    "read_tags",
    "tag",
    "without_taken",
]

TAGGER = "gazetteer/2"  # kept with what it decided, so that it can be explained later

# How far a field speaks for what the story is about; further fields add to what is left.
_WEIGHTS = {"title": 0.7, "summary": 0.5, "text": 0.3}
_EVIDENCE = 10  # places kept of one tag


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What tagging knows of the world: built once, asked of every story."""

    gazetteer: Gazetteer
    words: Words = field(default_factory=Words)
    outlets: Outlets = field(default_factory=know_outlets)  # by the names others credit them by


def know(
    entries: Iterable[Entry], outlets: Sequence[Outlet] = (), *, words: Words | None = None
) -> Knowledge:
    """Return what is known, ready to be asked."""
    return Knowledge(Gazetteer(entries), words=words or Words(), outlets=know_outlets(outlets))


def tag(story: Story, knowledge: Knowledge) -> Tagged:
    """Return `story` with what it names, the most certain first, whom it credits and quotes.

    The score of a tag, 0 to 1, says how sure the names are and how far up they stand: once in the
    headline .7, in the summary .5, in the text .3; several fields add to one another, and a name
    that had to be guessed at counts for less. Of its places the first few are kept as evidence.
    """
    mentions = named(story, knowledge.gazetteer, knowledge.words)
    credited = find_credits(story, knowledge.outlets)
    return Tagged(
        story=story,
        tags=_tags(story, mentions),
        credits=credited,
        quotes=find_quotes(story, credited),
    )


def _tags(story: Story, named_in: Mapping[str, Sequence[Mention]]) -> tuple[Tag, ...]:
    places: dict[tuple[str, str], dict[str, list[Mention]]] = defaultdict(dict)
    for one in FIELDS:
        for mention in named_in[one]:
            key = mention.entry.scheme, mention.entry.code
            places[key].setdefault(one, []).append(mention)
    return tuple(
        sorted(
            (_tag(story, found) for found in places.values()),
            key=lambda one: (-one.score, one.label, one.scheme),
        )
    )


def _tag(story: Story, found: Mapping[str, Sequence[Mention]]) -> Tag:
    doubt, spans, why = 1.0, [], ""
    for where, mentions in found.items():
        entry = mentions[0].entry
        doubt *= 1 - _WEIGHTS[where] * max(mention.sure for mention in mentions)
        text = getattr(story, where)
        spans += [
            Span(field=where, start=one.start, end=one.end, text=text[one.start : one.end])
            for one in mentions[:_EVIDENCE]
        ]
        why = why or next((mention.why for mention in mentions if mention.why), "")
    return Tag(
        scheme=entry.scheme,
        code=entry.code,
        label=entry.label,
        score=round(1 - doubt, 4),
        evidence=tuple(spans[:_EVIDENCE]),
        why=why,
    )
