"""A definition as a file again: TOML that reads back as the same series; one line of it changed."""

import json
import re
from collections.abc import Iterable, Iterator

from pipeline.records import ItemForm, Section, Series

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STATUS = re.compile(r"^[ \t]*(status|succeeded_by)[ \t]*=[^\n]*\n?", re.MULTILINE)
_FIRST_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_TITLE = re.compile(r"^[ \t]*title[ \t]*=[^\n]*\n", re.MULTILINE)


def series_to_toml(series: Series) -> str:
    """Return a file that `read_series` makes this series of. Remarks are not part of a series."""
    return "\n\n".join("\n".join(lines) for lines in _tables(series)) + "\n"


def with_status(source: str, status: str, succeeded_by: str = "") -> str:
    """Return the file with another status, all else as it was written, remarks included."""
    first = _FIRST_TABLE.search(source)
    at = first.start() if first else len(source)
    head, rest = source[:at], source[at:]
    said = f"status = {_text(status)}\n"
    said += f"succeeded_by = {_text(succeeded_by)}\n" if succeeded_by else ""
    if (there := _STATUS.search(head)) is not None:
        before, after = head[: there.start()], head[there.start() :]
        return before + said + _STATUS.sub("", after) + rest
    title = _TITLE.search(head)
    place = title.end() if title else 0
    return head[:place] + said + head[place:] + rest


def _tables(series: Series) -> Iterator[list[str]]:
    yield [
        *_line("key", series.key),
        *_line("title", series.title),
        *_line("title_template", series.title_template),
        *_line("subhead_template", series.subhead_template),
        *_line("kicker", series.kicker),
        *_line("description", series.description),
        *_line("language", series.language),
        *_line("status", series.status),
        *(_line("succeeded_by", series.succeeded_by) if series.succeeded_by else ()),
    ]
    yield [
        "[calendar]",
        *_line("cadence", series.cadence),
        *(_line("weekday", _WEEKDAYS[series.weekday]) if series.cadence == "weekly" else ()),
        *_line(
            "cut_off",
            series.cut_off.isoformat("minutes" if not series.cut_off.second else "seconds"),
        ),
        *_line("time_zone", series.time_zone),
        *_line("tail_days", series.tail_days),
        f"skipped = [{', '.join(day.isoformat() for day in series.skipped)}]",
    ]
    yield [
        "[matching]",
        *_line("query", series.query),
        *_line("against", series.against),
        *_line("exclude", series.exclude),
        *_line("exemplars", series.exemplars),
        *_line("entities", series.entities),
        *_line("countries", series.countries),
        *_line("subjects", series.subjects),
        *_line("leave_out", series.leave_out),
        *_line("suggest_from", series.suggest_from),
        *_line("precision", series.precision),
        *_line("half_life_weeks", series.half_life_weeks),
        *_line("show_ignored", series.show_ignored),
    ]
    if series.spelling:
        names: dict[str, list[str]] = {}
        for variant, name in series.spelling.items():
            names.setdefault(name, []).append(variant)
        yield ["[spelling]", *(f"{_text(name)} = {_list(names[name])}" for name in names)]
    yield [
        "[form]",
        *_line("lead", series.lead),
        *_line("credit_rule", series.credit_rule),
        *_line("outlet_share", series.outlet_share),
        *_line("own_outlets", series.own_outlets),
        *_line("own_items_apart", series.own_items_apart),
        *_line("previous_instalments", series.previous_instalments),
        *_line("previous_of", series.previous_of),
    ]
    yield ["[item]", *_fields(series.item)]
    for section in series.sections:
        yield ["[[sections]]", *_fields(section)]
    for target in series.targets:
        yield ["[[targets]]", *_line("name", target.name), *_line("status", target.status)]


def _fields(record: Section | ItemForm) -> Iterator[str]:
    for name in record.__dataclass_fields__:
        yield from _line(name, getattr(record, name))


def _line(name: str, value: object) -> tuple[str]:
    return (f"{name} = {_value(value)}",)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return _list(value)
        case str():
            return _long(value) if "\n" in value and _may_be_literal(value) else _text(value)
        case _:
            return repr(value)


def _may_be_literal(value: str) -> bool:
    """Whether three apostrophes can enclose it: what stands there is taken as it is."""
    plain = all(character >= " " or character in "\n\t" for character in value)
    return plain and "\x7f" not in value and "'''" not in value and not value.endswith("'")


def _long(value: str) -> str:
    # The line break after the opening marks is not part of the text.
    return f"'''\n{value}'''"


def _list(values: Iterable[str]) -> str:
    told = [_text(value) for value in values]
    if sum(map(len, told)) < 80:  # noqa: PLR2004  # what fits in a line
        return f"[{', '.join(told)}]"
    return "[\n" + "".join(f"  {one},\n" for one in told) + "]"


def _text(value: str) -> str:
    # JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
