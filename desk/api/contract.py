"""What an operation of the API is: the one record behind its route, its checks, its description."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from desk.api.checking import Schema
from store.tokens import Bearer

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
    answers: str  # a schema of desk/api/shapes.py, or a media type for a file
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    refuses: Sequence[int] = ()  # beside those that all operations know
    is_based_on: bool = False  # a write that names the version it was based on
    path_schemas: Mapping[str, Schema] = field(default_factory=dict)
    is_list: bool = False

    @property
    def parts(self) -> Mapping[str, Schema]:
        """The schema of each part of the address that stands for something."""
        names = [one[1:-1] for one in self.path.split("/") if one.startswith("{")]
        usual = {"series": SLUG}
        return {name: self.path_schemas.get(name, usual.get(name, NUMBER)) for name in names}
