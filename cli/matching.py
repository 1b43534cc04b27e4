"""The file verb `match`: how stories stand in one series, cold or after decisions, and why."""

from collections.abc import Sequence

from cli.files import READ, named_series, read_stories
from cli.output import as_json, tell
from pipeline import match, tag
from pipeline.errors import BadInput
from pipeline.records import Span, Story
from pipeline.text import fold
from workers.knowledge import knowledge


def match_file(name: str, *, series: str, decisions: str | None) -> int:
    """Print for each story of a JSONL file how it stands in one series, and why."""
    definition = named_series(series)
    compiled = match.compile_series(definition)
    if decisions is not None:
        learnt = _learnt(decisions, compiled)
        compiled = match.compile_series(definition, learnt.model)
    for given, story in read_stories(name):
        found = match.match(tag.tag(story, knowledge()), compiled)
        why = [
            {"reason": r.reason, "weight": r.weight, "text": r.text, "spans": _spans(r.spans)}
            for r in found.why
        ]
        carried = {key: value for key, value in given.items() if key not in READ}
        standing = {"score": found.score, "zone": found.zone, "why": why, "matcher": found.matcher}
        print(as_json({"id": given["id"]} | carried | standing))
    return 0


def _learnt(name: str, compiled: match.CompiledSeries) -> match.Learnt:
    """What the decisions of a JSONL file teach; said on standard error, with how well it holds.

    A development is one example: of decisions with one id, or one headline, the last counts.
    """
    decided: dict[str, tuple[Story, bool]] = {}
    ids: dict[str, str] = {}  # headline by id
    for given, story in read_stories(name):
        if not isinstance(given.get("accepted"), bool):
            why = f'{name}: the decision about {given["id"]!r} needs "accepted": true or false'
            raise BadInput(why)
        headline = fold(story.title)
        for known in {headline, ids.get(str(given["id"]), headline)}:
            decided.pop(known, None)
        ids[str(given["id"])] = headline
        decided[headline] = (story, given["accepted"])
    examples = []
    for story, is_wanted in decided.values():
        values, terms = match.numbers(match.Reading(tag.tag(story, knowledge())), compiled)
        examples.append(match.Example(values=values, terms=terms, is_wanted=is_wanted))
    learnt = match.learn(examples, compiled.series)
    tell(_told(learnt))
    return learnt


def _told(learnt: match.Learnt) -> str:
    figures = learnt.figures
    said = f"{figures.decisions} decisions, {figures.wanted} accepted: {learnt.model.method}"
    if figures.average_precision is not None:
        said += (
            f"; average precision on decisions not known yet {figures.average_precision:.3f}, "
            f"cold {figures.cold_average_precision:.3f}"
        )
    return f"{said}; {figures.note}" if figures.note else said


def _spans(spans: Sequence[Span]) -> list[dict[str, object]]:
    return [{"field": s.field, "start": s.start, "end": s.end, "text": s.text} for s in spans]
