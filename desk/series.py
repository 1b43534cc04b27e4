"""The pages of the series: how each does, what its instalment lacks, what waits for a word."""

from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import pictures, words
from desk.door import Visit
from pipeline import match
from pipeline.definition import read_series, series_from_json, series_to_json
from pipeline.errors import BadInput
from pipeline.lacks import Lack, lacks
from pipeline.records import Series
from pipeline.series_file import series_to_toml, with_status
from pipeline.window import window
from store import (
    clock,
    definitions,
    nearmisses,
    rematches,
    series,
    seriesfigures,
    taught,
)

_OUT = {"published", "corrected", "withdrawn"}
COVERED = timedelta(days=56)
LOOKED_BACK = timedelta(days=182)
STATUSES = {"running": "Resume", "paused": "Pause", "ended": "End"}
# What the numbers a story is weighed by are called.
FEATURES = {
    "query": "what the query finds in it",
    "headline": "what its headline says",
    "least": "the part that is said least",
    "wording": "words of the description and the exemplars",
    "subjects": "its subjects",
    "entities": "people and bodies named",
    "countries": "countries named",
    "against": "what speaks against it",
    "official": "a source that speaks for itself",
    "age": "its age",
    "development": "what its development says",
    "plain": "a query without weights, hit",
}


def every(visit: Visit) -> Response:
    """All series, with what is worrying."""
    lines = series.lines(visit.session)
    return visit.page("series_list.html", lines=lines)


def one(visit: Visit) -> Response:
    """The page of one series."""
    key = visit.key("series")
    session = visit.session
    series_id, version = found(visit, key)
    read = _read(version)
    now = clock.now(session)
    zone = words.zone(read.time_zone)
    current = seriesfigures.current(session, series_id, now)
    model = taught.models(session).get(series_id)
    since = now - LOOKED_BACK
    mix = seriesfigures.sources(session, series_id, since=since)
    weeks = seriesfigures.weeks(session, series_id, since=since, zone=zone.key)
    shown = [
        pictures.coverage(
            seriesfigures.coverage(session, series_id, since=now - COVERED, zone=zone.key),
            seriesfigures.marks(session, series_id, since=now - COVERED),
            since=(now - COVERED).astimezone(zone).date(),
            until=now.astimezone(zone).date(),
            zone=zone,
        ),
        pictures.precision(weeks) if weeks else None,
        _mix(visit, read, series_id, current),
        pictures.accept_rate(mix),
        pictures.delay(seriesfigures.delays(session, series_id, since=now - COVERED)),
    ]
    missed = taught.missed(session, series_id)
    return visit.page(
        "series.html",
        key=key,
        read=read,
        version=version,
        file=_of_file(visit, series_id, version),
        zone=zone,
        now=now,
        real_now=clock.real_now(session),
        current=current,
        next_cut_off=window(read, now).cut_off,
        lacks=of_instalment(visit, read, series_id, current, now),
        pictures=[picture for picture in shown if picture],
        zones=seriesfigures.by_zone(session, series_id, since=since),
        recall=match.recall(
            series.accepted(session, series_id),
            reviewed=missed.reviewed,
            wanted=missed.wanted,
            covers=missed.covers,
            stands_for=missed.stands_for,
        ),
        missed=missed,
        model=model,
        weighs=_weighs(model, version.id),
        near=seriesfigures.near_misses(session, series_id, shown_as="uncertain"),
        drawn=seriesfigures.near_misses(session, series_id, shown_as="sample"),
        drift=match.drift(seriesfigures.decided(session, series_id), now),
        rematches=rematches.lines(session, series_id),
        may_define=visit.who.may("define", key),
        may_decide=visit.who.may("decide", key),
        statuses=STATUSES,
    )


def progress(visit: Visit) -> Response:
    """How far the latest rematch has come, as a piece of the page."""
    series_id, _ = found(visit, visit.key("series"))
    lines = rematches.lines(visit.session, series_id)
    now = clock.real_now(visit.session)
    return visit.page("rematch_fragment.html", key=visit.key("series"), rematches=lines, now=now)


def found(visit: Visit, key: str) -> tuple[int, definitions.Version]:
    """The series of that key and its definition in force. Raises HTTPException 404."""
    try:
        series_id = series.id_of(visit.session, key)
    except series.UnknownSeries as problem:
        raise HTTPException(404) from problem
    version = definitions.in_force(visit.session, series_id)
    if version is None:
        raise HTTPException(404)
    return series_id, version


def _read(version: definitions.Version) -> Series:
    """The definition of a version. Raises HTTPException 409 where it is past reading."""
    try:
        return series_from_json(version.definition)
    except BadInput as problem:
        raise HTTPException(409, f"Its definition cannot be read: {problem}.") from problem


def of_instalment(
    visit: Visit,
    read: Series,
    series_id: int,
    current: seriesfigures.Current | None,
    now: datetime,
) -> list[Lack]:
    """What the current instalment lacks; nothing to say before the first, or once it is out."""
    if current is None or current.state in _OUT:
        return []
    items = seriesfigures.items_by_section(visit.session, current.id)
    silent = seriesfigures.not_well(visit.session, series_id, now)
    return lacks(read, items, silent, now=now)


def lacking(visit: Visit, key: str, instalment_id: int, state: str) -> list[Lack]:
    """What one instalment lacks, for whoever shows it; nothing of a definition past reading."""
    if state in _OUT:
        return []
    session = visit.session
    series_id = series.id_of(session, key)
    try:
        read = series_from_json(series.definition(session, series_id))
    except BadInput:
        return []
    now = visit.now
    items = seriesfigures.items_by_section(session, instalment_id)
    return lacks(read, items, seriesfigures.not_well(session, series_id, now), now=now)


def _mix(
    visit: Visit, read: Series, series_id: int, current: seriesfigures.Current | None
) -> pictures.Picture | None:
    if current is None:
        return None
    shares = seriesfigures.sources(
        visit.session, series_id, since=current.opens, instalment_id=current.id
    )
    return pictures.source_mix(
        shares, own=read.own_outlets, hint_above=read.outlet_share, of=f"No. {current.number}"
    )


def _of_file(
    visit: Visit, series_id: int, version: definitions.Version
) -> definitions.Version | None:
    """What config's file says, if that is something else than what a person has put in force."""
    said = definitions.of_file(visit.session, series_id)
    if said is None or not version.is_by_person or said.definition == version.definition:
        return None
    return said


def _weighs(model: taught.Model | None, definition_id: int) -> list[tuple[str, float]]:
    """What decides now: the weights of the model in force, else the cold ones."""
    in_force = match.COLD_MODEL
    if model is not None and model.definition_id == definition_id:
        in_force = match.model_from_json(model.model)
    told = [(FEATURES.get(name, name), weight) for name, weight in in_force.weights.items()]
    terms = sorted(in_force.terms.items(), key=lambda one: (-abs(one[1]), one[0]))[:10]
    ranked = sorted(told, key=lambda one: -abs(one[1]))
    return [*ranked, *((f"the word “{term}”", weight) for term, weight in terms)]


def set_status(visit: Visit) -> Response:
    """Pause, resume or end a series: a further version of its definition with that status."""
    key, status = visit.key("series"), visit.request.path_params["status"]
    if status not in STATUSES:
        raise HTTPException(404)
    _, version = found(visit, key)
    successor = visit.form.get("succeeded_by", "").strip() if status == "ended" else ""
    if successor:
        _must_be(visit, successor, not_=key)
    source = version.source or series_to_toml(_read(version))
    changed = with_status(source, status, successor)
    try:
        read = read_series(changed, key)
        definitions.save(
            visit.session,
            key,
            based_on=visit.field("version"),
            definition=series_to_json(read),
            source=changed,
            by=visit.who.person.name,
            note={"running": "resumed", "paused": "paused", "ended": "ended"}[status],
        )
    except BadInput as problem:
        raise HTTPException(409, f"{problem}") from problem
    except definitions.Overtaken as problem:
        raise HTTPException(409, f"Meanwhile {problem}.") from problem
    return RedirectResponse(f"/series/{key}", status_code=303)


def _must_be(visit: Visit, successor: str, *, not_: str) -> None:
    known = [str(line["series"]) for line in series.lines(visit.session)]
    if successor not in known or successor == not_:
        others = ", ".join(name for name in known if name != not_) or "none"
        raise HTTPException(400, f"There is no other series “{successor}”. There are: {others}.")


def review(visit: Visit) -> Response:
    """Say of an ignored story whether it belongs; taken in, it goes into the instalment too."""
    key, word = visit.key("series"), visit.request.path_params["word"]
    if word not in {"yes", "no", "take"}:
        raise HTTPException(404)
    series_id, version = found(visit, key)
    story = visit.number("story")
    who, now = visit.who.person.name, clock.now(visit.session)
    try:
        taught.review(visit.session, series_id, story, is_wanted=word != "no", by=who, now=now)
    except taught.UnknownSample as problem:
        raise HTTPException(404) from problem
    if word == "take":
        nearmisses.take_in(
            visit.session,
            series_id,
            version.id,
            _read(version),
            story,
            by=visit.who.person,
            now=now,
        )
    return RedirectResponse(visit.back(f"/series/{key}#waiting"), status_code=303)


def rematch(visit: Visit) -> Response:
    """Wish for a rematch under the definition in force."""
    key = visit.key("series")
    series_id, version = found(visit, key)
    rematches.ask_again(
        visit.session,
        series_id,
        definition_id=version.id,
        matcher=match.METHOD,
        by=visit.who.person.name,
    )
    return RedirectResponse(f"/series/{key}#definition", status_code=303)
