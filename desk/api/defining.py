"""A series' definition: read, checked, tried over past days, put in force; what was ignored."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from desk.api import deeds
from desk.api.contract import (
    NOT_THERE,
    NUMBER,
    PAGING,
    SLUG,
    VERSION,
    WORDS,
    Call,
    Made,
    Operation,
    body,
    choice,
    does,
    puts,
    reads,
)
from desk.api.reading import numbered, paged
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, FREE, REAL, TEXT, Shape, a_page, listed, maybe, thing
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from desk.definitions import DAYS, LONGEST, mistakes_in, text_of
from pipeline import match
from pipeline.definition import read_series, series_from_json, series_to_json
from pipeline.errors import BadCatalogue, BadInput
from pipeline.series_file import with_status
from store import definitions, nearmisses, rematches, replays, series, seriesfigures, taught
from store.definitions import Version

_NOTES = {"running": "resumed", "paused": "paused", "ended": "ended"}


def definition(call: Call) -> Made:
    """The definition in force, in TOML; its version is the ETag."""
    return _told(_in_force(call))


def versions(call: Call) -> Made:
    """Every version of a definition: who wrote it, when and why."""
    found = partial(definitions.versions, call.session, deeds.series_id(call))
    return numbered(call, found, lambda one: one.number, tell=_line)


def version(call: Call) -> Made:
    """One version of a definition with its text."""
    found = definitions.version(call.session, deeds.series_id(call), call.path["version"])
    if found is None:
        raise Refusal(404, NOT_THERE)
    return _told(found)


def check(call: Call) -> Made:
    """What is wrong with a definition, line by line; nothing is kept."""
    deeds.series_id(call)
    found = mistakes_in(call.body["source"], call.path["series"])
    return Made(value={"is_good": not found, "mistakes": [_mistake(one) for one in found]})


def propose(call: Call) -> Made:
    """Bring a definition into force, upon the version it was written on."""
    deeds.series_id(call)
    plain = _good(call)
    _save(call, plain, call.body["source"], call.body.get("note", ""))
    deeds.note(call, "define")
    return _told(_in_force(call))


def set_status(call: Call) -> Made:
    """Pause, resume or end a series: a further version of its definition."""
    key, status = call.path["series"], call.body["status"]
    now = _in_force(call)
    successor = call.body.get("succeeded_by", "") if status == "ended" else ""
    if successor:
        known = {str(one["series"]) for one in series.lines(call.session)}
        if successor not in known or successor == key:
            raise Refusal(422, "There is no other series of that key.", field="body.succeeded_by")
    try:
        changed = with_status(text_of(now), status, successor)
        plain = series_to_json(read_series(changed, key))
    except BadInput as problem:
        raise Refusal(409, deeds.sentence(problem)) from problem
    _save(call, plain, changed, _NOTES[status])
    deeds.note(call, "status")
    return _told(_in_force(call))


def try_out(call: Call) -> Made:
    """Wish to see what a definition would match over past days; a worker looks."""
    series_id = deeds.series_id(call)
    number = replays.ask(
        call.session,
        series_id,
        based_on=_in_force(call).number,
        source=call.body["source"],
        definition=_good(call),
        days=call.body["days"],
        note=call.body.get("note", ""),
        by=call.bearer.person.name,
    )
    deeds.note(call, "try")
    return _replay(call, number)


def replay(call: Call) -> Made:
    """What a tried definition would match: gained, lost, kept; or how far the look is."""
    return _replay(call, call.path["replay"])


def rematch(call: Call) -> Made:
    """Wish that stored stories be matched again under the definition in force."""
    now = _in_force(call)
    rematches.ask_again(
        call.session,
        deeds.series_id(call),
        definition_id=now.id,
        matcher=match.METHOD,
        by=call.bearer.person.name,
    )
    deeds.note(call, "rematch")
    return rematched(call)


def rematched(call: Call) -> Made:
    """How far the latest rematches have come."""
    return numbered(
        call,
        partial(rematches.lines, call.session, deeds.series_id(call)),
        lambda one: one.id,
        tell=lambda one: {**asdict(one), "percent": one.percent},
    )


def near(call: Call) -> Made:
    """Ignored stories that wait for a word: ignored only just, or drawn at random."""
    series_id, shown_as = deeds.series_id(call), call.query["shown_as"]
    is_by_score = shown_as == "uncertain"
    return paged(
        call,
        lambda start, most: seriesfigures.near_misses(
            call.session, series_id, shown_as=shown_as, after=start, limit=most
        ),
        lambda one: (one.score if is_by_score else one.seen, one.id),
        *(float if is_by_score else datetime, int),
    )


def review(call: Call) -> Made:
    """Say of an ignored story whether it belongs; `take` puts it into the instalment."""
    series_id, now, story = deeds.series_id(call), deeds.now(call), call.path["story"]
    word, by = call.body["word"], call.bearer.person
    try:
        taught.review(call.session, series_id, story, is_wanted=word != "no", by=by.name, now=now)
    except taught.UnknownSample as problem:
        raise Refusal(404, NOT_THERE) from problem
    if word == "take":
        in_force = _in_force(call)
        with deeds.refusing():
            read = series_from_json(in_force.definition)
            nearmisses.take_in(call.session, series_id, in_force.id, read, story, by=by, now=now)
    deeds.note(call, "review")
    return Made(value={"story": story, "word": word})


def _in_force(call: Call) -> Version:
    found = definitions.in_force(call.session, deeds.series_id(call))
    if found is None:
        raise Refusal(404, NOT_THERE)
    return found


def _good(call: Call) -> dict[str, Any]:
    """The definition that was sent, as facts. Raises Refusal 422 with every mistake."""
    key, source = call.path["series"], call.body["source"]
    if found := mistakes_in(source, key):
        mistakes = [_mistake(one) for one in found]
        raise Refusal(422, "The definition cannot be read.", mistakes=mistakes)
    return series_to_json(read_series(source, key))


def _save(call: Call, plain: dict[str, Any], source: str, note: str) -> None:
    try:
        definitions.save(
            call.session,
            call.path["series"],
            based_on=deeds.based_on(call),
            definition=plain,
            source=source,
            by=call.bearer.person.name,
            note=note,
        )
    except definitions.Overtaken as problem:
        stands = problem.now
        raise Refusal(
            409,
            f"Meanwhile {problem}.",
            version=stands.number,
            decided_by=stands.created_by,
            decided_at=stands.created_at.isoformat(),
            now=text_of(stands),
        ) from problem


def _replay(call: Call, number: int) -> Made:
    wish = replays.find(call.session, number)
    if wish is None or wish.series != call.path["series"]:
        raise Refusal(404, NOT_THERE)
    value = {
        "id": wish.id,
        "based_on": wish.based_on,
        "days": wish.days,
        "note": wish.note,
        "asked_by": wish.asked_by,
        "asked_at": wish.asked_at,
        "percent": wish.percent,
        "result": wish.result,
        "state": wish.state,
        "error": wish.error,
    }
    return Made(value=value)


def _line(one: Version) -> dict[str, object]:
    return {
        "version": one.number,
        "who": one.created_by,
        "at": one.created_at,
        "note": one.note,
        "is_in_force": one.is_in_force,
    }


def _told(one: Version) -> Made:
    try:
        source = text_of(one)
    except BadInput as problem:
        raise Refusal(409, f"Its definition cannot be read: {problem}.") from problem
    return Made(value={**_line(one), "source": source}, version=one.number)


def _mistake(one: BadCatalogue) -> dict[str, object]:
    return {"said": one.why, "line": one.line}


_ONE = "/series/{series}/definition"
_SOURCE = {"type": "string", "minLength": 1, "maxLength": LONGEST, "description": "TOML."}
OPERATIONS: Sequence[Operation] = (
    reads("getDefinition", _ONE, definition, "Definition", refuses=(404, 409)),
    puts(
        "putDefinition",
        _ONE,
        propose,
        "Definition",
        right="define",
        body=body("source", source=_SOURCE, note=WORDS, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    does(
        "checkDefinition",
        f"{_ONE}/check",
        check,
        "Checked",
        right="read",
        body=body("source", source=_SOURCE),
        refuses=(404,),
    ),
    reads(
        "listDefinitions",
        f"{_ONE}/versions",
        versions,
        "DefinitionPage",
        query=PAGING,
        refuses=(404,),
    ),
    reads(
        "getDefinitionVersion",
        f"{_ONE}/versions/{{version}}",
        version,
        "Definition",
        refuses=(404, 409),
    ),
    does(
        "tryDefinition",
        f"{_ONE}/replays",
        try_out,
        "Replay",
        right="define",
        body=body(
            "source",
            "days",
            source=_SOURCE,
            days={"type": "integer", "minimum": 1, "maximum": max(DAYS)},
            note=WORDS,
        ),
        refuses=(404,),
    ),
    reads("getReplay", f"{_ONE}/replays/{{replay}}", replay, "Replay", refuses=(404,)),
    puts(
        "setStatus",
        "/series/{series}/status",
        set_status,
        "Definition",
        right="define",
        body=body(
            "status",
            status=choice("running", "paused", "ended"),
            succeeded_by=SLUG,
            version=VERSION,
        ),
        is_based_on=True,
        refuses=(404, 409),
    ),
    does(
        "rematch",
        "/series/{series}/rematches",
        rematch,
        "RematchPage",
        right="define",
        body=body(),
        refuses=(404,),
    ),
    reads(
        "listRematches",
        "/series/{series}/rematches",
        rematched,
        "RematchPage",
        query=PAGING,
        refuses=(404,),
    ),
    reads(
        "listNearMisses",
        "/series/{series}/near-misses",
        near,
        "NearMissPage",
        query={
            **PAGING,
            "shown_as": choice("uncertain", "sample", default="uncertain"),
        },
        refuses=(404,),
    ),
    does(
        "reviewNearMiss",
        "/series/{series}/near-misses/{story}",
        review,
        "Reviewed",
        right="decide",
        body=body("word", word=choice("yes", "no", "take")),
        path_schemas={"story": NUMBER},
        refuses=(404, 409),
    ),
)

_DEFINITION = {
    "version": A_NUMBER,
    "who": TEXT,
    "at": A_MOMENT,
    "note": TEXT,
    "is_in_force": CLAIM,
}
SHAPES: dict[str, Shape] = {
    "DefinitionLine": thing(**_DEFINITION),
    "DefinitionPage": a_page("DefinitionLine"),
    "Definition": thing(**_DEFINITION, source=TEXT),
    "Checked": thing(is_good=CLAIM, mistakes=listed(thing(said=TEXT, line=maybe(A_NUMBER)))),
    "Replay": thing(
        id=A_NUMBER,
        based_on=A_NUMBER,
        days=A_NUMBER,
        percent=A_NUMBER,
        result=maybe(FREE),
        state=TEXT,
        error=TEXT,
    ),
    "Rematch": thing(
        id=A_NUMBER,
        definition=A_NUMBER,
        stories=A_NUMBER,
        matched=A_NUMBER,
        total=A_NUMBER,
        percent=A_NUMBER,
        state=TEXT,
        error=TEXT,
    ),
    "RematchPage": a_page("Rematch"),
    "NearMiss": thing(
        story=A_NUMBER, title=TEXT, outlet=TEXT, url=maybe(TEXT), score=REAL, seen=A_MOMENT
    ),
    "NearMissPage": a_page("NearMiss"),
    "Reviewed": thing(story=A_NUMBER, word=TEXT),
}
