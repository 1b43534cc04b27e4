"""What of a ninjs item its standard does not know or would have otherwise: named, never fatal."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

Thing = Mapping[str, object]

_LATER_ONLY = frozenset(
    """
    headlines bodies descriptions people organisations places subjects events objects infosources
    genres by standard embargoeduntil eventdetails plannedcoverage trustindicators
    """.split(),  # noqa: SIM905 - plainer than quoted names
)
_EXTENSION = re.compile(r"[A-Za-z0-9_]")  # as the schemas have it: the first letter decides
_TRUNCATED = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?)?)?\Z"
)
_DEEPEST = 12
_MOST_NAMED = 5


@cache
def _shapes() -> Mapping[str, Mapping[str, object]]:
    text = files("pipeline.parse").joinpath("ninjs.toml").read_text("utf-8")
    shapes = tomllib.loads(text)
    return {
        name: {**shapes.get(str(shape.get("like")), {}), **shape} for name, shape in shapes.items()
    }


def unsound(item: Thing) -> Iterator[str]:
    """Give what in an item its standard would have otherwise, in words."""
    strangers: list[str] = []
    yield from _object(item, "later" if is_later(item) else "first", "", strangers, 0)
    if strangers:
        named = ", ".join(dict.fromkeys(strangers[:_MOST_NAMED]))
        more = f" and {len(strangers) - _MOST_NAMED} more" if len(strangers) > _MOST_NAMED else ""
        yield f"it has what ninjs does not know, kept as it is: {named}{more}"


def is_later(item: Thing) -> bool:
    """Return whether an item is of version 2 or 3, by how it names its standard and all else."""
    if "standard" in item or "$standard" in item:
        return "standard" in item
    if any(key.lower() in _LATER_ONLY for key in item):
        return True
    return any(key != key.lower() for key in item) or isinstance(item.get("associations"), list)


def _object(
    thing: Thing, shape_name: str, where: str, strangers: list[str], depth: int
) -> Iterator[str]:
    shape = _shapes()[shape_name]
    known = {key.lower() for key, value in thing.items() if value is not None}
    for key in (name for name in _names(shape, "needs") if name not in known):
        yield f'{_place(where)} has no "{key}", which the standard requires'
    both = [key for key in _names(shape, "either") if key in known]
    if len(both) > 1:
        yield f"{_place(where)} has both {both[0]} and {both[1]}: the standard allows one"
    for key, value in thing.items():
        rule = _rule(shape, key)
        if rule is None:
            strangers.append(f"{where}{key}"[:80])
        elif value is not None:
            yield from _value(value, rule, f"{where}{key}", strangers, depth)


def _place(where: str) -> str:
    return f"its {where.rstrip('.')}" if where else "it"


def _names(shape: Mapping[str, object], key: str) -> list[str]:
    found = shape.get(key)
    return found if isinstance(found, list) else []


def _rule(shape: Mapping[str, object], key: str) -> str | None:
    rule = shape.get(key.lower())
    if isinstance(rule, str) and key.lower() not in ("like", "needs", "either"):
        return rule
    base, underscore, extension = key.partition("_")
    found = shape.get(f"{base}_*") if underscore and _EXTENSION.match(extension) else None
    return found if isinstance(found, str) else None


def _value(value: object, rule: str, where: str, strangers: list[str], depth: int) -> Iterator[str]:
    kind, _, of = rule.partition(" ")
    if rule == "any":
        return
    if kind in _SCALARS:
        problem = _SCALARS[kind](value)
        yield from (f"its {where} {problem}",) if problem else ()
    elif kind == "one":
        if value not in of.removeprefix("of: ").split():
            yield f"its {where} {str(value)[:40]!r} is none that the standard knows"
    elif kind == "list":
        yield from _list(value, of, where, strangers, depth)
    elif not isinstance(value, dict):
        yield f"its {where} is no object"
    elif kind == "table":
        for name, one in value.items():
            yield from _value(one, of, f"{where}.{name}", strangers, depth)
    elif rule in _shapes() and depth < _DEEPEST:
        yield from _object(value, rule, f"{where}.", strangers, depth + 1)


def _list(value: object, of: str, where: str, strangers: list[str], depth: int) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"its {where} is no list"
        return
    for at, one in enumerate(value):
        yield from _value(one, of, f"{where}[{at}]", strangers, depth)


def _text(value: object) -> str:
    return "" if isinstance(value, str) else "is no text"


def _number(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number else "is no number"


def _whole(value: object) -> str:
    is_whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9  # noqa: PLR2004 - IPTC's scale
    return "" if is_whole else "is not 1 to 9"


def _moment(value: object) -> str:
    is_date = isinstance(value, str) and _TRUNCATED.match(value)
    return "" if is_date else f"{str(value)[:40]!r} is no date"


_SCALARS = {"text": _text, "number": _number, "whole": _whole, "moment": _moment}
