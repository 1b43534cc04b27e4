"""The description of the API in OpenAPI 3.1, made from the list of operations."""

from collections.abc import Mapping
from typing import Any

from desk.api import links
from desk.api.contract import Operation
from desk.api.operations import OPERATIONS, SHAPES
from pipeline import __version__
from store.rights import RIGHTS

PREFIX = "/api/v1"
_WORDS = {
    400: "Something in the request cannot be read.",
    401: "There is no token, or it is not good.",
    403: "The token, or its owner, may not do that.",
    404: "There is nothing at this address, or the token is not for its series.",
    409: "It is not as the call took it to be; nothing was changed.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Something in the request is not as described here.",
    428: "The call does not say which version it is based on.",
    429: "The token was used too often.",
}


def description() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "serieswatch",
            "version": __version__,
            "description": (
                "The desk's actions for machines. Lists come in pages: send `next` back as "
                "`cursor`. Writes name the version they are based on (If-Match or `version`) and "
                "may carry an Idempotency-Key, which is known for a day. Objects may get further "
                "properties."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": dict(SHAPES),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.told,
        "description": f"Needs the right `{one.right}`: to {RIGHTS[one.right].what}.",
        "parameters": _parameters(one),
        "responses": _responses(one),
    }
    if one.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": one.body}},
        }
    return made


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in one.parts.items()
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in one.query.items()
    ]
    if one.method != "GET":
        key = {"type": "string", "pattern": "^[!-~]{1,100}$", "maxLength": 100}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    else:
        known = {"type": "string"}  # whatever is sent there: what we never gave matches nothing
        found.append({"name": "If-None-Match", "in": "header", "required": False, "schema": known})
    if one.is_based_on:
        etag = {"type": "string", "pattern": '^"[0-9]{1,18}(-[0-9a-f]{1,64})?"$'}
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": etag})
    return found


def _responses(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {"200": {"description": "Done.", "content": _content(one)}}
    if leads := links.of(one):
        made["200"]["links"] = leads
    if one.method == "GET":
        made["304"] = {"description": "The client has it already: nothing has changed."}
    statuses = {401, 403, 422, 429, *one.refuses}
    if one.body is not None:
        statuses |= {400, 413, 415}
    if one.parts:  # what cannot be in that place of an address is not there
        statuses |= {404}
    if one.is_based_on:
        statuses |= {400, 428}
    problem = {"$ref": "#/components/schemas/Problem"}
    for status in sorted(statuses):
        made[str(status)] = {
            "description": _WORDS[status],
            "content": {"application/problem+json": {"schema": problem}},
        }
    return made


def _content(one: Operation) -> Mapping[str, Any]:
    if not one.answers:
        return {media: {} for media in one.media}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{one.answers}"}}}
