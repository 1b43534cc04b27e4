"""What a story is about: tags from a list of names, each with the words that earned it."""

from collections import defaultdict

from pipeline.records import Span, Story, Tag, Tagged
from pipeline.tag.gazetteer import Entry, Gazetteer, read_tags

__all__ = ["Entry", "Gazetteer", "read_tags", "tag"]

# How far a field speaks for what the story is about; further fields add to what is left.
_WEIGHTS = {"title": 0.7, "summary": 0.5, "text": 0.3}
_LONGEST = 100_000  # characters of a field that are read
_EVIDENCE = 10  # places kept of one tag


def tag(story: Story, gazetteer: Gazetteer) -> Tagged:
    """Return `story` with what it names, the most certain first, then by label.

    The score of a tag is from 0 to 1. Of its places the first few are kept as evidence.
    """
    evidence: dict[str, list[Span]] = defaultdict(list)
    entries: dict[str, Entry] = {}
    for field in _WEIGHTS:
        text = getattr(story, field)
        for mention in gazetteer.mentions(text[:_LONGEST]):
            start, end, entry = mention.start, mention.end, mention.entry
            entries[entry.code] = entry
            span = Span(field=field, start=start, end=end, text=text[start:end])
            evidence[entry.code].append(span)
    tags = [_tag(entries[code], spans) for code, spans in evidence.items()]
    return Tagged(story=story, tags=tuple(sorted(tags, key=lambda one: (-one.score, one.label))))


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
