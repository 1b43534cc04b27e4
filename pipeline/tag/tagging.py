"""What a story's names, subjects, language and outlet amount to: its tags."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipeline.records import OutletKind, Span, Story, Tag
from pipeline.tag.language import language
from pipeline.tag.named import FIELDS
from pipeline.tag.naming import Mention
from pipeline.text import fold

# How far a field speaks for what the story is about; further fields add to what is left.
_WEIGHTS = {"title": 0.7, "summary": 0.5, "text": 0.3}
_EVIDENCE = 10  # places kept of one tag
LANGUAGE, OUTLET_KIND = "language", "outlet_kind"  # schemes
_GUESSED = 0.8  # a language that the feed does not say
_KINDS = {"wire": "wire", "outlet": "outlet", "official": "official source", "own": "own site"}


def tags_of_names(story: Story, named: Mapping[str, Sequence[Mention]]) -> list[Tag]:
    """Return a tag for each thing named, with its places."""
    places: dict[tuple[str, str], dict[str, list[Mention]]] = defaultdict(dict)
    for one in FIELDS:
        for mention in named[one]:
            key = mention.entry.scheme, mention.entry.code
            places[key].setdefault(one, []).append(mention)
    return [_tag(story, found) for found in places.values()]


def _tag(story: Story, found: Mapping[str, Sequence[Mention]]) -> Tag:
    doubt, why = 1.0, ""
    spans: list[Span] = []
    for where, mentions in found.items():
        entry = mentions[0].entry
        doubt *= 1 - _WEIGHTS[where] * max([mention.sure for mention in mentions])
        text = getattr(story, where)
        spans += [
            Span(field=where, start=one.start, end=one.end, text=text[one.start : one.end])
            for one in mentions[: _EVIDENCE - len(spans)]
        ]
        why = why or next((mention.why for mention in mentions if mention.why), "")
    return Tag(
        scheme=entry.scheme,
        code=entry.code,
        label=entry.label,
        score=round(1 - doubt, 4),
        evidence=tuple(spans),
        why=why,
    )


def tags_of_source(story: Story, kinds: Mapping[str, OutletKind]) -> list[Tag]:
    """Return in what language the story is and what kind of outlet it is from.

    Where the feed says so, its word is the evidence; a language is else told by common words.
    """
    found: list[Tag] = []
    score, why, code = 1.0, "", story.language or ""
    spans: tuple[Span, ...] = (_said(story, LANGUAGE),) if code else ()
    if not code:
        code, spans = language(story)
        score, why = _GUESSED, "by its letters and commonest words"
    if code := code.lower().partition("-")[0]:
        found.append(
            Tag(scheme=LANGUAGE, code=code, label=code, score=score, evidence=spans, why=why)
        )
    kind = kinds.get(fold(story.outlet), story.outlet_kind)
    if story.outlet and (kind != "outlet" or fold(story.outlet) in kinds):
        spans = (_said(story, "outlet"),)
        found.append(
            Tag(scheme=OUTLET_KIND, code=kind, label=_KINDS[kind], score=1.0, evidence=spans)
        )
    return found


def _said(story: Story, field: str) -> Span:
    text = str(getattr(story, field))
    return Span(field=field, start=0, end=len(text), text=text)
