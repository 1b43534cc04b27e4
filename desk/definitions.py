"""A series' definition at the desk: written, checked, tried over past days, saved, compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from desk.door import Visit
from desk.series import found
from pipeline.definition import check_series, read_series, series_from_json, series_to_json
from pipeline.errors import BadCatalogue, BadInput
from pipeline.series_file import series_to_toml
from store import clock, definitions, replays
from store.definitions import Overtaken, Version

DAYS = (3, 7, 14, 30)
LARGEST = 400_000  # bytes of the form: a definition's text as a form sends it
LONGEST = 120_000  # characters of a definition
_AROUND = 3  # lines shown around a change


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of two versions laid side by side: of both, only the old or only the new one."""

    kind: str  # same, gone, come, skip
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands in the editor."""

    source: str
    based_on: int
    note: str = ""
    mistakes: Sequence[BadCatalogue] | None = None  # None: not checked
    overtaken: Version | None = None


def editor(visit: Visit) -> Response:
    """The definition in force, to be changed; with `from` another version as the beginning."""
    key = visit.key("series")
    series_id, version = found(visit, key)
    begin, note = version, ""
    asked = visit.request.query_params.get("from", "")
    if asked.isdecimal() and len(asked) < 10:  # noqa: PLR2004  # what fits a column
        begin = _version(visit, series_id, int(asked))
        note = f"back to version {begin.number}"
    if (number := visit.request.query_params.get("replay", "")).isdecimal():
        wish = replays.find(visit.session, int(number[:15]))
        if wish is not None and wish.series == key:
            return _page(visit, Sheet(source=wish.source, based_on=wish.based_on, note=wish.note))
    return _page(visit, Sheet(source=text_of(begin), based_on=version.number, note=note))


def change(visit: Visit) -> Response:
    """Check, try or save what was written, by the button that was pressed."""
    visit.must("define", visit.key("series"))
    key = visit.key("series")
    series_id, _ = found(visit, key)
    source = visit.form.get("source", "").replace("\r\n", "\n")
    note = visit.form.get("note", "").strip()[:200]
    sheet = Sheet(source=source, based_on=visit.field("version"), note=note)
    mistakes = mistakes_in(source, key)
    do = visit.form.get("do", "check")
    if mistakes or do == "check":
        checked = Sheet(source=source, based_on=sheet.based_on, note=note, mistakes=mistakes)
        return _page(visit, checked, 422 if mistakes and do != "check" else 200)
    plain = series_to_json(read_series(source, key))
    if do == "replay":
        days = visit.field("days")
        number = replays.ask(
            visit.session,
            series_id,
            based_on=sheet.based_on,
            source=source,
            definition=plain,
            days=min(max(days, 1), max(DAYS)),
            note=note,
            by=visit.who.person.name,
        )
        return RedirectResponse(f"/series/{key}/replays/{number}", status_code=303)
    if do != "save":
        raise HTTPException(404)
    try:
        definitions.save(
            visit.session,
            key,
            based_on=sheet.based_on,
            definition=plain,
            source=source,
            by=visit.who.person.name,
            note=note,
        )
    except Overtaken as problem:
        late = Sheet(
            source=source,
            based_on=problem.now.number,
            note=note,
            overtaken=problem.now,
        )
        return _page(visit, late, 409)
    return RedirectResponse(f"/series/{key}#definition", status_code=303)


def replay(visit: Visit) -> Response:
    """What an edited definition would match: gained, lost, kept; or how far the look has come."""
    key = visit.key("series")
    series_id, version = found(visit, key)
    wish = replays.find(visit.session, visit.number("replay"))
    if wish is None or wish.series != key:
        raise HTTPException(404)
    before = definitions.version(visit.session, series_id, wish.based_on)
    template = "replay_fragment.html" if visit.is_fragment else "replay.html"
    return visit.page(
        template,
        key=key,
        version=version,
        wish=wish,
        lines=list(lines(text_of(before), wish.source)) if before else [],
        may_define=visit.who.may("define", key),
    )


def versions(visit: Visit) -> Response:
    """Every version: who wrote it, when and why."""
    key = visit.key("series")
    series_id, version = found(visit, key)
    told = definitions.versions(visit.session, series_id)
    return visit.page(
        "versions.html",
        key=key,
        version=version,
        versions=told,
        now=clock.real_now(visit.session),
        may_define=visit.who.may("define", key),
    )


def one_version(visit: Visit) -> Response:
    """One version beside another, line by line; beside the one before it unless told otherwise."""
    key = visit.key("series")
    series_id, in_force = found(visit, key)
    shown = _version(visit, series_id, visit.number("number"))
    asked = visit.request.query_params.get("against", "")
    against = shown.number - 1
    if asked.isdecimal() and len(asked) < 10:  # noqa: PLR2004  # what fits a column
        against = int(asked)
    other = definitions.version(visit.session, series_id, against) if against else None
    return visit.page(
        "version.html",
        key=key,
        shown=shown,
        other=other,
        in_force=in_force,
        lines=list(lines(text_of(other) if other else "", text_of(shown))),
        now=clock.real_now(visit.session),
        may_define=visit.who.may("define", key),
    )


def compare(visit: Visit) -> Response:
    """Lead to the page that shows one version beside another."""
    key, asked = visit.key("series"), visit.request.query_params
    one, other = asked.get("one", ""), asked.get("other", "")
    if not all(number.isdecimal() and len(number) < 10 for number in (one, other)):  # noqa: PLR2004  # what fits a column
        raise HTTPException(400, "Two versions are compared by their numbers.")
    return RedirectResponse(f"/series/{key}/versions/{other}?against={one}", status_code=303)


def download(visit: Visit) -> Response:
    """The definition in force as a file for config/series."""
    key = visit.key("series")
    _, version = found(visit, key)
    return PlainTextResponse(
        text_of(version),
        media_type="application/toml",
        headers={"Content-Disposition": f'attachment; filename="{key}.toml"'},
    )


def text_of(version: Version) -> str:
    """A version's text as somebody wrote it; made of its facts where nobody's text was kept."""
    if version.source is not None:
        return version.source
    return series_to_toml(series_from_json(version.definition))


def lines(old: str, new: str) -> Iterator[Line]:
    """Two texts line by line; long stretches that are equal are left out."""
    one, other = old.splitlines(), new.splitlines()
    told = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for place, (tag, a, b, c, d) in enumerate(told):
        if tag != "equal":
            yield from (Line(kind="gone", text=text) for text in one[a:b])
            yield from (Line(kind="come", text=text) for text in other[c:d])
            continue
        same = one[a:b]
        head = 0 if place == 0 else _AROUND
        tail = 0 if place == len(told) - 1 else _AROUND
        if len(same) <= head + tail + 1:
            yield from (Line(kind="same", text=text) for text in same)
            continue
        yield from (Line(kind="same", text=text) for text in same[:head])
        yield Line(kind="skip", text=f"{len(same) - head - tail} lines are the same")
        yield from (Line(kind="same", text=text) for text in same[len(same) - tail :])


def mistakes_in(source: str, key: str) -> list[BadCatalogue]:
    """Every mistake, with its line; another key than the series' own is one."""
    if len(source) > LONGEST:
        return [BadCatalogue(key, f"a definition has at most {LONGEST:,} characters", line=1)]
    try:
        mistakes = check_series(source, key)
    except BadInput as problem:
        return [BadCatalogue(key, str(problem), line=1)]
    if not mistakes and (read := read_series(source, key)).key != key:
        why = f'the key is "{read.key}", but this is the definition of "{key}": a key never changes'
        mistakes = [BadCatalogue(key, why, line=_line_of_key(source))]
    return mistakes


def _line_of_key(source: str) -> int:
    for number, line in enumerate(source.splitlines(), start=1):
        if line.replace(" ", "").startswith("key="):
            return number
    return 1


def _version(visit: Visit, series_id: int, number: int) -> Version:
    version = definitions.version(visit.session, series_id, number)
    if version is None:
        raise HTTPException(404)
    return version


def _page(visit: Visit, sheet: Sheet, status: int = 200) -> Response:
    key = visit.key("series")
    _, version = found(visit, key)
    facts: dict[str, Any] = {}
    if sheet.overtaken is not None:
        facts["lines"] = list(lines(text_of(sheet.overtaken), sheet.source))
    return visit.page(
        "definition.html",
        status,
        key=key,
        version=version,
        sheet=sheet,
        days=DAYS,
        may_define=visit.who.may("define", key),
        **facts,
    )
