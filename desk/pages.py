"""Makes pages of templates: every name escaped, every missing fact an error, words from `words`."""

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from desk import words
from store.users import OpenSession

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


def environment() -> Environment:
    """The templates of the desk, with the words they may use."""
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,  # whatever a template is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["words"] = words
    # A changed style sheet has a changed address, so that browsers may keep the old one for long.
    style = (STATIC / "desk.css").read_bytes()
    templates.globals["style"] = f"/static/desk.css?v={hashlib.sha256(style).hexdigest()[:12]}"
    templates.globals["static"] = static
    return templates


@cache
def static(name: str) -> str:
    """The address of a file that pages use: changed with its bytes, so that it may be kept long."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    who: OpenSession | None = None,
    **facts: object,
) -> HTMLResponse:
    """A page made of a template and the facts it shows; `who` is signed in, if anybody is."""
    templates: Environment = request.app.state.templates
    return HTMLResponse(templates.get_template(template).render(who=who, **facts), status)
