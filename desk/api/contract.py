"""What an operation of the API is: the one record behind its route, its checks, its description."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from desk.api.checking import Schema
from store.tokens import Bearer

NOT_THERE = "There is nothing at this address."
LARGEST_BODY = 262_144  # bytes
MOST = 200  # rows of one page
USUAL = 50
HIGHEST = 999_999_999_999_999_999  # a number that fits into a column

SLUG = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 80}
NUMBER = {"type": "integer", "minimum": 1, "maximum": HIGHEST}
VERSION = {
    "type": "integer",
    "minimum": 0,
    "maximum": HIGHEST,
    "description": "The version this write is based on; or say it with If-Match.",
}
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
CURSOR = {"type": "string", "maxLength": 400, "description": "`next` of the page before."}
PAGING: Mapping[str, Schema] = {"cursor": CURSOR, "limit": LIMIT}
WORD = {"type": "string", "maxLength": 80}
WORDS = {"type": "string", "maxLength": 200}
REASON = {"type": "string", "maxLength": 500}
SECTION = {**SLUG, "pattern": "^[a-z0-9]+([-_][a-z0-9]+)*$"}
MOMENT = {"type": "string", "maxLength": 40, "examples": ["2026-11-20T16:00:00Z"]}
DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10}
YES = {"type": "boolean"}


def choice(*words: str, **more: Any) -> Schema:  # noqa: ANN401  # any word of JSON Schema
    """One of some words."""
    return {"type": "string", "enum": list(words), "maxLength": 40, **more}


def body(*required: str, **properties: Schema) -> Schema:
    """The schema of a body with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that has been let in, inside its transaction; everything in it has been checked."""

    session: Session
    bearer: Bearer
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What an operation gives back: JSON, or a file with its media type."""

    value: object = None
    version: int | None = None  # goes out as ETag
    file: bytes | None = None
    media: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing a client may ask for."""

    name: str  # operationId
    method: str
    path: str  # below /api/v1
    right: str  # store/rights.py
    told: str
    do: Callable[[Call], Made]
    answers: str = ""  # a schema by its name; '' for a file
    media: Sequence[str] = ()  # of a file: what it may be
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    of_all: bool = False  # only for tokens of all series: what it tells belongs to none
    refuses: Sequence[int] = ()  # beside those that all operations know
    is_based_on: bool = False  # a write that names the version it was based on
    path_schemas: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def parts(self) -> Mapping[str, Schema]:
        """The schema of each part of the address that stands for something."""
        names = [one[1:-1] for one in self.path.split("/") if one.startswith("{")]
        usual = {"series": SLUG, "target": SLUG}
        return {name: self.path_schemas.get(name, usual.get(name, NUMBER)) for name in names}


def reads(
    name: str,
    path: str,
    do: Callable[[Call], Made],
    answers: str = "",
    *,
    right: str = "read",
    **more: Any,  # noqa: ANN401  # any further fact of an operation
) -> Operation:
    """An operation that changes nothing. What it is told by is the first line of its function."""
    return _operation("GET", name, path, do, answers, right, more)


def does(
    name: str,
    path: str,
    do: Callable[[Call], Made],
    answers: str = "",
    *,
    right: str,
    **more: Any,  # noqa: ANN401  # as above
) -> Operation:
    """An operation that adds something or moves something on."""
    return _operation("POST", name, path, do, answers, right, more)


def puts(
    name: str,
    path: str,
    do: Callable[[Call], Made],
    answers: str = "",
    *,
    right: str,
    **more: Any,  # noqa: ANN401  # as above
) -> Operation:
    """An operation that sets something: the same twice is the same."""
    return _operation("PUT", name, path, do, answers, right, more)


def _operation(  # noqa: PLR0913, PLR0917  # the record's own facts
    method: str,
    name: str,
    path: str,
    do: Callable[[Call], Made],
    answers: str,
    right: str,
    more: Mapping[str, Any],
) -> Operation:
    told = (do.__doc__ or "").partition("\n")[0]
    return Operation(
        name=name, method=method, path=path, right=right, told=told, do=do, answers=answers, **more
    )
