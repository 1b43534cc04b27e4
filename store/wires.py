"""What a wire says of a version, as a column: to JSON and back."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from pipeline.records import ActsOn, Custom, Embargo, Link, Subject, Wire
from store.models.foundation import Json

_MOMENTS = frozenset(("version_created", "first_created", "expires", "until"))
_UNSAID: tuple[object, ...] = (None, "", (), {})  # a tuple: tables of further fields have no hash
_PARTS = {"acts_on": ActsOn, "subjects": Subject, "links": Link}


def to_json(wire: Wire) -> Json:
    """What is said, as it can be kept; what is not said is left out."""
    told: Json = _plain(wire)
    return told


def from_json(told: Mapping[str, Any]) -> Wire:
    """The record of what was kept. Fields that a later version brought are left out."""
    known = {field.name for field in fields(Wire)}
    values = {name: _read(name, value) for name, value in told.items() if name in known}
    if told.get("embargo") is not None:
        until = told["embargo"].get("until")
        values["embargo"] = Embargo(None if until is None else datetime.fromisoformat(until))
    return Wire(**values)


def custom_to_json(custom: Custom) -> Json:
    """What a source does, as it can be kept."""
    return {
        "time_zone": custom.time_zone,
        "charset": custom.charset,
        "prefixes": [list(pair) for pair in custom.prefixes],
        "has_bare_prefixes": custom.has_bare_prefixes,
    }


def custom_from_json(told: Mapping[str, Any]) -> Custom:
    """The record of what was kept; what was never set is as the house has it."""
    return Custom(
        time_zone=told.get("time_zone", "UTC"),
        charset=told.get("charset", ""),
        prefixes=tuple((word, kind) for word, kind in told.get("prefixes", ())),
        has_bare_prefixes=told.get("has_bare_prefixes", False),
    )


def _plain(value: Any) -> Any:  # noqa: ANN401  # any field of a record
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(one) for name, one in pairs if one not in _UNSAID}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _read(name: str, value: Any) -> Any:  # noqa: ANN401  # any field of a record
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    if name in _PARTS:
        return tuple(_part(_PARTS[name], one) for one in value)
    return value


def _part(record: Any, told: Mapping[str, Any]) -> Any:  # noqa: ANN401  # one of the records above
    known = {field.name for field in fields(record)}
    values = {name: value for name, value in told.items() if name in known}
    if "day" in values:
        values["day"] = date.fromisoformat(values["day"])
    return record(**values)
