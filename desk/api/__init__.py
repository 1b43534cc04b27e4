"""The JSON API: the desk's actions for machines, with tokens; `operations.py` lists all of it."""

from collections.abc import Awaitable, Callable
from itertools import groupby

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from desk.api.contract import Operation
from desk.api.describe import PREFIX, description
from desk.api.door import serve
from desk.api.operations import OPERATIONS

__all__ = ["PREFIX", "routes"]


def routes() -> list[Route]:
    """One route for each address, whatever methods it takes; and the description."""
    by_path = sorted(OPERATIONS, key=lambda one: one.path)
    found = [Route(f"{PREFIX}/openapi.json", _describe)]
    for path, several in groupby(by_path, key=lambda one: one.path):
        operations = {one.method: one for one in several}
        found.append(Route(PREFIX + path, _endpoint(operations), methods=list(operations)))
    return found


def _endpoint(operations: dict[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await serve(request, operations)

    return endpoint


def _describe(_request: Request) -> Response:
    return JSONResponse(description())
