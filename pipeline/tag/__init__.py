"""What a story is about, whom it credits and whom it quotes, each with the words that earned it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Outlet, Span, Story, Tag, Tagged
from pipeline.tag.gazetteer import Entry, Gazetteer, Mention, read_tags

__all__ = ["Entry", "Gazetteer", "Knowledge", "know", "read_tags", "tag"]

# How far a field speaks for what the story is about; further fields add to what is left.
_WEIGHTS = {"title": 0.7, "summary": 0.5, "text": 0.3}
FIELDS = tuple(_WEIGHTS)
_LONGEST = 100_000  # characters of a field that are read
_EVIDENCE = 10  # places kept of one tag


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What tagging knows of the world: built once, asked of every story."""

    gazetteer: Gazetteer
    outlets: tuple[Outlet, ...] = ()  # with the names others credit them by


def know(entries: Iterable[Entry], outlets: Sequence[Outlet] = ()) -> Knowledge:
    """Return what is known, ready to be asked."""
    return Knowledge(gazetteer=Gazetteer(entries), outlets=tuple(outlets))


def tag(story: Story, knowledge: Knowledge) -> Tagged:
    """Return `story` with what it names, the most certain first, then by label.

    The score of a tag is from 0 to 1. Of its places the first few are kept as evidence.
    """
    named = {
        field: knowledge.gazetteer.mentions(getattr(story, field)[:_LONGEST]) for field in FIELDS
    }
    return Tagged(story=story, tags=_tags(story, named))


def _tags(story: Story, named: Mapping[str, Sequence[Mention]]) -> tuple[Tag, ...]:
    evidence: dict[str, list[Span]] = defaultdict(list)
    entries: dict[str, Entry] = {}
    for field, mentions in named.items():
        text = getattr(story, field)
        for mention in mentions:
            start, end, entry = mention.start, mention.end, mention.entry
            entries[entry.code] = entry
            span = Span(field=field, start=start, end=end, text=text[start:end])
            evidence[entry.code].append(span)
    tags = [_tag(entries[code], spans) for code, spans in evidence.items()]
    return tuple(sorted(tags, key=lambda one: (-one.score, one.label)))


def _tag(entry: Entry, spans: list[Span]) -> Tag:
    doubt = 1.0
    for field in {span.field for span in spans}:
        doubt *= 1 - _WEIGHTS[field]
    return Tag(
        scheme=entry.scheme,
        code=entry.code,
        label=entry.label,
        score=round(1 - doubt, 4),
        evidence=tuple(spans[:_EVIDENCE]),
    )
