"""Style sheets and scripts under addresses that change with them, so that browsers may keep them.

All of them share one version, which stands in the address as a folder: what a script imports by a
relative address comes from the same version. A page may go on asking for an older one: it gets the
newest there is.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
HTMX = "htmx.min.js"
# Of the one file served out of the locked wheel: 2.0.3 as its authors released it.
HTMX_SHA256 = "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"


def routes() -> list[BaseRoute]:
    """The addresses of all static files, those with a version first."""
    files = StaticFiles(directory=STATIC)
    return [
        Route("/static/{version}/htmx.min.js", _htmx),
        Mount("/static/{version}", files),
        Mount("/static", files),
    ]


def asset(name: str) -> str:
    """The address of a static file, with its version."""
    return f"/static/{_version()}/{name}"


@cache
def _version() -> str:
    told = hashlib.sha256(htmx_path().read_bytes())
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:12]


@cache
def htmx_path() -> Path:
    """Where htmx lies. Raises ImportError when the wheel is missing or holds another file."""
    found = find_spec("js_lib_htmx")
    if found is None or not found.submodule_search_locations:
        raise ImportError("django-js-lib-htmx is not installed: run `make setup`")
    path = Path(found.submodule_search_locations[0]) / "static" / "htmx" / HTMX
    if hashlib.sha256(path.read_bytes()).hexdigest() != HTMX_SHA256:
        raise ImportError(f"{path.name} is not the file that desk/assets.py was written for")
    return path


async def _htmx(_request: Request) -> Response:
    return FileResponse(htmx_path(), media_type="text/javascript")
