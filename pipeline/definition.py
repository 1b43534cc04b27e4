"""A series' definition: read from its file with every mistake told, kept as JSON."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from pipeline.catalogue import Catalogue, Place, Table, did_you_mean
from pipeline.errors import BadCatalogue, BadInput, BadQuery
from pipeline.match import read_query
from pipeline.records import ItemForm, Section, Series, Target
from pipeline.text import fold

# What each table of the file may hold; the order is that of the documented examples.
_TOP = (
    *("key", "title", "title_template", "subhead_template", "kicker", "description", "language"),
    *("status", "succeeded_by", "calendar", "matching", "spelling", "form", "item"),
    *("sections", "targets"),
)
_CALENDAR = ("cadence", "weekday", "cut_off", "time_zone", "tail_days", "skipped")
_LISTS = ("exemplars", "entities", "countries", "subjects")
_MATCHING = (
    *("query", "against", "exclude", *_LISTS, "leave_out"),
    *("suggest_from", "precision", "half_life_weeks", "show_ignored"),
)
_FORM = (
    *("lead", "credit_rule", "outlet_share", "own_outlets", "own_items_apart"),
    *("previous_instalments", "previous_of"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KINDS = ("wire", "outlet", "official", "own")
_LEAVE_OUT = ("own_instalments", "round_ups", "live_pages")
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_SLOT = re.compile(r"\{(\w*)\}|[{}]")


def read_series(text: str, path: str) -> Series:
    """Return the series that the TOML `text` defines.

    Raises BadCatalogue with the line of the first mistake; `check_series` tells all of them.
    """
    problems, series = _read(text, path)
    if series is None:
        first, *more = problems
        if more:
            why = f"{first.why} (and {len(more)} more: `serieswatch series check` lists them)"
            raise BadCatalogue(path, why, line=first.line) from first
        raise first
    return series


def check_series(text: str, path: str) -> list[BadCatalogue]:
    """Return every mistake in the definition `text`, from top to bottom; none if it can be used."""
    return _read(text, path)[0]


def series_to_json(series: Series) -> dict[str, Any]:
    """Return `series` as plain JSON values; `series_from_json` gives it back unchanged."""
    plain = asdict(series)
    plain["cut_off"] = series.cut_off.isoformat()
    plain["skipped"] = [day.isoformat() for day in series.skipped]
    return plain


def series_from_json(stored: Mapping[str, Any]) -> Series:
    """Return the series a stored definition stands for.

    A version of long ago may lack fields, which then have their defaults, or hold fields that
    mean nothing any more. Raises BadInput if it cannot be read.
    """
    try:
        values = _known(Series, stored)
        values["sections"] = tuple(Section(**_known(Section, one)) for one in stored["sections"])
        values["targets"] = tuple(
            Target(**_known(Target, one)) for one in stored.get("targets", ())
        )
        values["item"] = ItemForm(**_known(ItemForm, stored.get("item", {})))
        values["skipped"] = tuple(date.fromisoformat(day) for day in stored.get("skipped", ()))
        if "cut_off" in stored:
            values["cut_off"] = time.fromisoformat(stored["cut_off"])
        return Series(**values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a stored definition cannot be read: {error!r}") from error


def _known(record: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(record)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in names
    }


def _read(text: str, path: str) -> tuple[list[BadCatalogue], Series | None]:
    """Return the mistakes, or the series if there are none."""
    try:
        file = Catalogue(text, path)
    except BadCatalogue as problem:
        return [problem], None
    top = file.tables
    file.only(top, (), _TOP)
    spelling = _spelling(file)
    series = Series(
        key=_key(file, top, ()),
        title=file.string(top, (), "title"),
        title_template=_template(file, top, (), "title_template", ("headline", "number", "date")),
        subhead_template=_template(file, top, (), "subhead_template", ("headline",)),
        kicker=file.string(top, (), "kicker", ""),
        description=file.string(top, (), "description", "").strip(),
        language=file.string(top, (), "language", "en"),
        spelling=spelling,
        sections=_sections(file, spelling),
        targets=_targets(file),
        **_status(file),
        **_calendar(file),
        **_matching(file, spelling),
        **_form(file),
        item=_item(file),
    )
    problems = file.in_order()
    return problems, None if problems else series


def _key(file: Catalogue, table: Table, place: Place) -> str:
    value = file.string(table, place, "key")
    if value.strip() and not _KEY.match(value):
        why = f'the key "{value}" must be small letters, digits and hyphens, as in "gaza-talks"'
        file.wrong((*place, "key"), why)
    return value


def _template(file: Catalogue, table: Table, place: Place, key: str, slots: Collection[str]) -> str:
    """Return the template under `key`; its first slot must be in it."""
    first = next(iter(slots))
    value = file.string(table, place, key, f"{{{first}}}")
    used = [slot[1] for slot in _SLOT.finditer(value)]
    for slot in used:
        if slot is None:
            file.wrong((*place, key), f'"{key}" has a brace without its partner')
        elif slot not in slots:
            hint = did_you_mean(slot, slots)
            file.wrong((*place, key), f'"{key}" has an unknown slot {{{slot}}}{hint}')
    if first not in used:
        file.wrong((*place, key), f'"{key}" must hold the slot {{{first}}}')
    return value


def _status(file: Catalogue) -> dict[str, Any]:
    status = file.choice(file.tables, (), "status", ("running", "paused", "ended"))
    successor = file.string(file.tables, (), "succeeded_by", "")
    if successor and status != "ended":
        file.wrong(("succeeded_by",), 'only a series that ended has a successor: status = "ended"')
    return {"status": status, "succeeded_by": successor}


def _calendar(file: Catalogue) -> dict[str, Any]:
    place = ("calendar",)
    table = file.table(file.tables, (), "calendar")
    file.only(table, place, _CALENDAR)
    cadence = file.choice(table, place, "cadence", ("weekly", "daily", "weekdays"))
    if "weekday" in table and cadence != "weekly":
        file.wrong((*place, "weekday"), f'a {cadence} series has no "weekday": take the line out')
    weekday = file.choice({"weekday": "friday", **table}, place, "weekday", _WEEKDAYS)
    return {
        "cadence": cadence,
        "weekday": _WEEKDAYS.index(weekday),
        "cut_off": _time(file, table, place),
        "time_zone": _time_zone(file, table, place),
        "tail_days": file.count(table, place, "tail_days", 7),
        "skipped": file.days(table, place, "skipped"),
    }


def _time(file: Catalogue, table: Table, place: Place) -> time:
    value = table.get("cut_off", "20:00")
    try:
        moment = value if isinstance(value, time) else time.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is not None:
        file.wrong((*place, "cut_off"), '"cut_off" must be a time of day: "20:00"')
        return time(20, 0)
    return moment


def _time_zone(file: Catalogue, table: Table, place: Place) -> str:
    value = file.string(table, place, "time_zone", "UTC")
    zones = available_timezones()
    if value not in zones:
        # Two hundred names would be no help: only a near one is told.
        hint = did_you_mean(value, sorted(zones, key=str.casefold))
        hint = hint if hint.startswith("; did") else ': write it as in "Europe/Kyiv"'
        file.wrong((*place, "time_zone"), f'there is no time zone "{value}"{hint}')
    return value


def _matching(file: Catalogue, spelling: Mapping[str, str]) -> dict[str, Any]:
    place = ("matching",)
    table = file.table(file.tables, (), "matching")
    file.only(table, place, _MATCHING)
    leave_out = table.get("leave_out", list(_LEAVE_OUT))
    lists = {key: file.strings(table, place, key) for key in _LISTS}
    query = _query(file, table, place, "query", spelling)
    description = file.tables.get("description")
    if not (query.strip() or lists["exemplars"] or description):
        why = 'nothing says what belongs: write a "query", a "description" or "exemplars"'
        file.wrong((*place, "query"), why)
    return {
        "query": query,
        "against": _query(file, table, place, "against", spelling),
        "suggest_from": file.number(table, place, "suggest_from", 0.5),
        "precision": file.number(table, place, "precision", 0.9),
        "half_life_weeks": max(file.count(table, place, "half_life_weeks", 26), 1),
        "show_ignored": file.number(table, place, "show_ignored", 0.02),
        "exclude": _query(file, table, place, "exclude", spelling),
        "leave_out": _words(file, {"leave_out": leave_out}, place, "leave_out", _LEAVE_OUT),
        **lists,
    }


def _query(
    file: Catalogue, table: Table, place: Place, key: str, spelling: Mapping[str, str]
) -> str:
    """Return the query under `key`, after reading it to be sure that it can be."""
    value = file.string(table, place, key, "")
    if value.strip():
        try:
            read_query(value, spelling)
        except BadQuery as error:
            column = error.at - value.rfind("\n", 0, error.at)
            why = f'"{key}" cannot be read at character {column} of this line: {error}'
            file.wrong((*place, key), why, at=error.at, within=value)
    return value


def _words(
    file: Catalogue, table: Table, place: Place, key: str, known: Collection[str]
) -> tuple[str, ...]:
    """Return the list under `key`, each of the known words."""
    values = file.strings(table, place, key)
    for value in values:
        if value not in known:
            hint = did_you_mean(value, known)
            file.wrong((*place, key), f'"{key}" cannot hold "{value}"{hint}')
    return values


def _spelling(file: Catalogue) -> dict[str, str]:
    """Return the house spelling by folded variant."""
    place = ("spelling",)
    table = file.table(file.tables, (), "spelling")
    spelling: dict[str, str] = {}
    for name in table:
        for variant in map(fold, file.strings(table, place, name)):
            if spelling.get(variant, name) != name:
                why = f'"{variant}" is given as a variant of both {spelling[variant]} and {name}'
                file.wrong((*place, name), why)
            spelling[variant] = name
    return spelling


def _form(file: Catalogue) -> dict[str, Any]:
    place = ("form",)
    table = file.table(file.tables, (), "form")
    file.only(table, place, _FORM)
    return {
        "lead": file.choice(table, place, "lead", ("promoted", "prose")),
        "credit_rule": file.choice(table, place, "credit_rule", ("origin", "outlet")),
        "outlet_share": file.number(table, place, "outlet_share", 1.0),
        "own_outlets": file.strings(table, place, "own_outlets"),
        "own_items_apart": file.flag(table, place, "own_items_apart"),
        "previous_instalments": file.count(table, place, "previous_instalments", 2),
        "previous_of": file.string(table, place, "previous_of", ""),
    }


def _item(file: Catalogue) -> ItemForm:
    place = ("item",)
    table = file.table(file.tables, (), "item")
    usual = asdict(ItemForm())
    file.only(table, place, usual)
    values: dict[str, Any] = {
        "mark": file.string(table, place, "mark", usual["mark"]),
        "credit_at": file.choice(table, place, "credit_at", ("start", "end")),
        "day": file.choice(table, place, "day", ("weekday", "date")),
        "quotation_required": file.flag(table, place, "quotation_required"),
        "paragraphs": file.count(table, place, "paragraphs", usual["paragraphs"]),
    }
    lines = {**usual, **table}  # a line that is not given is the usual one
    for key, slots in (("credit_line", ("outlet", "day")), ("credit_line_undated", ("outlet",))):
        values[key] = _template(file, lines, place, key, slots)
    return ItemForm(**values)


def _sections(file: Catalogue, spelling: Mapping[str, str]) -> tuple[Section, ...]:
    tables = file.tables_of(file.tables, "sections")
    if not tables:
        file.wrong(("sections",), "there are no sections: write [[sections]] above each")
    sections = tuple(
        _section(file, table, ("sections", number), spelling) for number, table in enumerate(tables)
    )
    met: set[str] = set()
    for number, section in enumerate(sections):
        if section.key in met:
            why = f'there are two sections with the key "{section.key}"'
            file.wrong(("sections", number, "key"), why)
        met.add(section.key)
    return sections


def _section(file: Catalogue, table: Table, place: Place, spelling: Mapping[str, str]) -> Section:
    file.only(table, place, [one.name for one in fields(Section)])
    values: dict[str, Any] = {
        "key": _key(file, table, place),
        "heading": file.string(table, place, "heading", ""),
        "query": _query(file, table, place, "query", spelling),
        "outlet_kinds": _words(file, table, place, "outlet_kinds", _KINDS),
        "outlets": file.strings(table, place, "outlets"),
        "minimum_score": file.number(table, place, "minimum_score", 0.0),
        "minimum": file.count(table, place, "minimum", 0),
        "maximum": file.count(table, place, "maximum", 12),
        "order": file.choice(table, place, "order", ("score", "newest", "oldest")),
        "when_empty": file.string(table, place, "when_empty", ""),
    }
    if values["maximum"] < max(values["minimum"], 1):
        why = '"maximum" must be 1 or more, and not below "minimum"'
        file.wrong((*place, "maximum"), why)
    return Section(**values)


def _targets(file: Catalogue) -> tuple[Target, ...]:
    targets = []
    for number, table in enumerate(file.tables_of(file.tables, "targets")):
        place = ("targets", number)
        file.only(table, place, ("name", "status"))
        status: Any = file.choice(table, place, "status", ("draft", "pending"))
        targets.append(Target(name=file.string(table, place, "name"), status=status))
    return tuple(targets)
