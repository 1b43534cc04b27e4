"""Checks what a client sends against the schema that the description shows for it.

The part of JSON Schema that our requests use, and no more: an unknown word in a schema is an error.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from desk.api.refusals import Refusal

Schema = Mapping[str, Any]

_KNOWN = {
    *("type", "properties", "required", "additionalProperties", "items", "enum", "pattern"),
    *("minLength", "maxLength", "minimum", "maximum", "maxItems", "description", "default"),
    *("examples", "format"),
}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}
DEEPEST = 20
_LARGEST_EXACT = 2**53


def read_json(body: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """The value in a body. Raises Refusal 400 for what is no JSON, or none we take."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as problem:
        raise Refusal(400, "The body is not JSON in UTF-8.") from problem
    _see_that_it_is_shallow(value, DEEPEST)
    return value


def _number(text: str) -> float:
    """A number with a point or an exponent; 3.0 is a whole one, as JSON Schema has it."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _LARGEST_EXACT else value


def _no_number(name: str) -> None:
    raise ValueError(name)


def _see_that_it_is_shallow(value: object, left: int) -> None:
    if left == 0:
        raise Refusal(400, f"The body is nested deeper than {DEEPEST} levels.")
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _see_that_it_is_shallow(one, left - 1)


def check(value: object, schema: Schema, where: str = "body") -> None:
    """Raise Refusal 422 that names the first place where a value is not as its schema says."""
    assert schema.keys() <= _KNOWN, schema.keys() - _KNOWN  # noqa: S101  # a mistake of ours
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        _refuse(where, f"must be {'an' if kind[0] in 'aio' else 'a'} {kind}")
    if "enum" in schema and value not in schema["enum"]:
        _refuse(where, f"must be one of {', '.join(map(str, schema['enum']))}")
    if isinstance(value, str):
        _check_text(value, schema, where)
    elif kind == "integer" and isinstance(value, int):
        _check_number(value, schema, where)
    elif isinstance(value, list):
        if len(value) > schema["maxItems"]:
            _refuse(where, f"has more than {schema['maxItems']} entries")
        for at, one in enumerate(value):
            check(one, schema["items"], f"{where}[{at}]")
    elif isinstance(value, dict):
        _check_object(value, schema, where)


def _check_text(value: str, schema: Schema, where: str) -> None:
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        _refuse(where, "holds a character that is none")
    if len(value) < schema.get("minLength", 0):
        _refuse(where, f"must have at least {schema['minLength']} characters")
    if len(value) > schema["maxLength"]:
        _refuse(where, f"must have at most {schema['maxLength']} characters")
    if "pattern" in schema and not re.fullmatch(schema["pattern"].strip("^$"), value):
        _refuse(where, f"must look like {schema['pattern']}")


def _check_number(value: int, schema: Schema, where: str) -> None:
    if not schema["minimum"] <= value <= schema["maximum"]:
        _refuse(where, f"must be from {schema['minimum']} to {schema['maximum']}")


def _check_object(value: dict[str, object], schema: Schema, where: str) -> None:
    known = schema["properties"]
    for name in schema.get("required", ()):
        if name not in value:
            _refuse(where, f"lacks {name}")
    for name, one in value.items():
        if name not in known:
            _refuse(where, f"knows no {name[:40]!r}")
        check(one, known[name], f"{where}.{name}")


def _refuse(where: str, why: str) -> None:
    raise Refusal(422, f"{where} {why}.", field=where)
